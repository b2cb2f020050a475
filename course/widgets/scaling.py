"""The explorer of scaling: what the start-up time of a replica costs under load."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import traitlets

from course import charts_explorers_scaling as charts
from course.simulation import (
    Autoscaler,
    Autoscaling,
    autoscale,
    bursty_load,
    daily_load,
    spike_load,
    steady_load,
)
from course.widgets.explorer import Explorer, Shown, choice, sentence, slider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.simulation import Load

__all__ = ["OWN", "SHAPES", "START_UPS", "ScalingExplorer"]

#: What a start-up takes in seconds, and whose it is: Docker's and Debian's under Xen are published
#: (Manco and others 2017, section 4.2), a minute is claimed of virtual machines (C07), and two
#: minutes are about what a cold start in a public cloud took (Hao and others 2021).
START_UPS: Final = MappingProxyType(
    {
        "0.2 s": (0.2, "container (published)"),
        "2 s": (2.0, "Debian under Xen (published)"),
        "60 s": (60.0, "virtual machine (claimed)"),
        "120 s": (120.0, "cloud, cold (published)"),
    }
)
OWN = "your own"
SHAPES: Final = ("a spike", "a day", "bursts", "steady")

#: Who would have to wait longer goes away, in seconds.
PATIENCE_S = 10.0
MOST_REPLICAS = 1000
#: So many points are drawn at most; of longer loads the means, and the worst, of neighbours.
MOST_POINTS = 240


class ScalingExplorer(Explorer):
    """Put a service under load, and see what it costs that replicas take time to start.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        shape: how the load changes, one of `SHAPES`, or ``"your own"``.
        start_up: how long a replica takes to start, a key of `start_ups`.
        peak_per_s: the load at its highest, in requests each second.
        per_replica_per_s: how many requests a replica can serve each second.
        target_percent: how busy the autoscaler wants the replicas to be, in percent.
        least: how many replicas there are at least.
        down_window_s: for so long the autoscaler remembers that it wanted more, in seconds.
        scaling: what comes of it; None after an error.
        start_ups: the times that can be chosen, in seconds, by name.
    """

    shape = traitlets.Unicode(SHAPES[0])
    start_up = traitlets.Unicode("60 s")
    peak_per_s = traitlets.Int(1200)
    per_replica_per_s = traitlets.Int(20)
    target_percent = traitlets.Int(70)
    least = traitlets.Int(2)
    down_window_s = traitlets.Int(300)
    scaling = traitlets.Instance(Autoscaling, allow_none=True)

    file_name = "scaling"
    height_px = 640

    def __init__(
        self,
        load: Load | None = None,
        *,
        start_up_s: Mapping[str, float] | None = None,
        price_per_replica_hour_eur: float = 0.05,
    ) -> None:
        """Explore scaling.

        Args:
            load: the learner's own load, offered beside the others and shown first.
            start_up_s: the learner's own start-up times in seconds, by name.
            price_per_replica_hour_eur: what a replica costs each hour, in euros.
        """
        self._load = load
        self._price = price_per_replica_hour_eur
        self._named = dict(START_UPS) | {
            name: (time_s, "yours (measured)") for name, time_s in (start_up_s or {}).items()
        }
        self.start_ups = {name: time_s for name, (time_s, _) in self._named.items()}
        shapes = [*SHAPES, *([OWN] if load else [])]
        begin: dict[str, Any] = {}
        most_peak = 5000
        if load:
            peak = max(1, round(load.peak_per_s))
            most_peak = max(most_peak, 2 * peak)
            begin = {"shape": OWN, "peak_per_s": peak}
        shown = {self._shown_as(name): name for name in self._named}
        super().__init__(
            {
                "shape": choice("load", shapes),
                "start_up": choice("a replica starts within", shown),
                "peak_per_s": slider("highest load (requests/s)", 1, most_peak),
                "per_replica_per_s": slider("a replica serves (requests/s)", 1, 200),
                "target_percent": slider("wanted: busy to (%)", 10, 95, 1),
                "least": slider("replicas at least", 1, 200),
                "down_window_s": slider("window before scaling in (s)", 0, 900, 15),
            },
            begin=begin,
        )

    @traitlets.validate("start_up")
    def _known(self, proposal: Any) -> str:
        if proposal["value"] not in self.start_ups:
            raise traitlets.TraitError(
                f"expected one of {', '.join(self.start_ups)}, found {proposal['value']!r}"
            )
        return str(proposal["value"])

    @traitlets.validate("shape")
    def _offered(self, proposal: Any) -> str:
        offered = [*SHAPES, *([OWN] if self._load else [])]
        if proposal["value"] not in offered:
            raise traitlets.TraitError(
                f"expected one of {', '.join(offered)}, found {proposal['value']!r}"
            )
        return str(proposal["value"])

    @property
    def start_up_s(self) -> float:
        """The chosen start-up time, in seconds."""
        return self.start_ups[self.start_up]

    @property
    def load(self) -> Load:
        """The load as the controls have it."""
        peak, draw = self.peak_per_s, np.random.default_rng(7)  # always the same bursts
        if self.shape == "a spike":
            return spike_load(
                peak / 6, peak, at_s=300, lasts_s=900, duration_s=1800, ramp_s=20, step_s=2
            )
        if self.shape == "a day":
            return daily_load(peak / 2.5, peak_to_mean=2.5, noise=0.03, generator=draw)
        if self.shape == "bursts":
            return bursty_load(peak / 5, duration_s=3600, burst_factor=5, step_s=2, generator=draw)
        if self._load and self.shape == OWN:
            return self._load.scaled(peak / self._load.peak_per_s)
        return steady_load(peak, 1800, step_s=2)

    def draw(self) -> Shown:
        """Return what becomes of the load with each start-up time."""
        self.scaling = None
        load = self.load
        found = {name: self._scaled(load, time_s) for name, time_s in self.start_ups.items()}
        self.scaling = scaling = found[self.start_up]
        every = -(-load.steps // MOST_POINTS)
        rows = [
            {
                "minute": row["time_s"] / 60,
                "load_per_s": row["requests_per_s"],
                "capacity_per_s": row["ready"] * self.per_replica_per_s,
                "lost_per_s": row["lost"] / (every * load.step_s),
                "latency_s": row["latency_s"],
            }
            for row in scaling.records(every=every)
        ]
        compared = [
            {
                "start_up": self._shown_as(name),
                "start_up_s": self.start_ups[name],
                "share_lost": each.share_lost,
                "p99_latency_s": each.p99_latency_s,
                "cost_eur": each.cost_eur,
            }
            for name, each in sorted(found.items(), key=lambda item: self.start_ups[item[0]])
        ]
        drawn = (
            charts.over_time(rows, load=self.shape, start_up=f"{self.start_up_s:g} s"),
            charts.by_start_up(compared, chosen=self._shown_as(self.start_up)),
        )
        figures: list[dict[str, Any]] = [{"chart": "over time"} | row for row in rows]
        figures += [{"chart": "start-up times"} | row for row in compared]
        return Shown(self._summary(scaling), drawn, figures)

    def _shown_as(self, name: str) -> str:
        time_s, whose = self._named[name]
        said = "" if name == f"{time_s:g} s" else f", {time_s:.3g} s"
        return f"{name}{said}: {whose}"

    def _scaled(self, load: Load, start_up_s: float) -> Autoscaling:
        return autoscale(
            load,
            per_replica_per_s=self.per_replica_per_s,
            start_up_s=start_up_s,
            autoscaler=Autoscaler(
                target_utilisation=self.target_percent / 100,
                down_window_s=self.down_window_s,
                least=self.least,
                most=MOST_REPLICAS,
            ),
            timeout_s=PATIENCE_S,
            price_per_replica_hour_eur=self._price,
        )

    def _summary(self, scaling: Autoscaling) -> str:
        words = (
            f"Of {scaling.arrived:,.0f} requests {scaling.share_lost:.2%} are lost, since nobody "
            f"waits longer than {PATIENCE_S:g} s. Of the others 99% take at most "
            f"{scaling.p99_latency_s:.3g} s. Up to {scaling.most_replicas} replicas cost "
            f"{scaling.cost_eur:,.2f} €."
        )
        return f"{words} {sentence(scaling.remark)}" if scaling.remark else words
