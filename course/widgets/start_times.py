"""The explorer of lesson 05: published start-up times beside one's own."""

from __future__ import annotations

import random
import statistics
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from course import charts_simulation
from course.simulation import boot, boot_models
from course.widgets.explorer import Explorer, Shown, choice, labelled, slider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.live.experiments import Table
    from course.simulation import BootModel

__all__ = ["CHOICES", "StartTimesExplorer"]

#: What can be looked at together, by the ids of the models.
CHOICES = MappingProxyType(
    {
        "one of each": (
            "process", "lightvm-unikernel", "firecracker", "container", "qemu", "xen-debian",
            "borg-task", "cloud-2021-aws-warm", "cloud-2021-aws-cold",
        ),
        "machines, small to large": (
            "lightvm-unikernel", "xen-unikernel", "cloud-hypervisor", "firecracker", "qemu",
            "xen-tinyx", "xen-debian",
        ),
        "processes and containers": (
            "process", "container", "container-64-cores", "container-with-pull",
        ),
        "public clouds, cold and warm": (
            "cloud-2012-aws-linux", "cloud-2012-rackspace-linux", "cloud-2021-aws-cold",
            "cloud-2021-aws-warm", "cloud-2021-gcp-cold", "cloud-2021-gcp-cached",
            "cloud-2021-gcp-warm",
        ),
    }
)  # fmt: skip

#: How many starts are drawn from each model.
STARTS = 120
PARALLEL = (1, 50, 100)
MOST_GUESTS = 999


class StartTimesExplorer(Explorer):
    """Look at start-up times of many technologies, and see what company and crowds do to them.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        choice: which technologies are shown, one of `CHOICES`.
        parallel: how many start at a time.
        guests: how many the host has already.
        own: whether the learner's own starts are shown below the published ones.
        shown: the medians of what is shown, in seconds, by name.
    """

    choice = traitlets.Enum(list(CHOICES), next(iter(CHOICES)))
    parallel = traitlets.Enum(list(PARALLEL), 1)
    guests = traitlets.Int(0)
    own = traitlets.Bool(default_value=True)
    shown = traitlets.Dict()

    file_name = "start-times"
    height_px = 340

    def __init__(self, table: Table | None = None) -> None:
        """Explore published start-up times.

        Args:
            table: the learner's own record of start-ups; None, or what stands in for one that
                could not be measured, if there is none.
        """
        self._own = _own_times(table) if table else {}
        controls: dict[str, Any] = {
            "choice": choice("show", list(CHOICES)),
            "parallel": ipywidgets.SelectionSlider(
                description="starts at a time", options=list(PARALLEL), **labelled()
            ),
            "guests": slider("guests that the host has", 0, MOST_GUESTS, 37),
        }
        if self._own:
            controls["own"] = ipywidgets.Checkbox(
                description="your own starts too", value=True, indent=True, **labelled()
            )
        super().__init__(controls)

    def draw(self) -> Shown:
        """Return the starts of what was published for this company, and the learner's own."""
        models = [boot_models()[name] for name in CHOICES[self.choice]]
        told = [model for model in models if self._is_published(model)]
        times = {model.name: self._drawn(model) for model in told}
        self.shown = {name: statistics.median(drawn) for name, drawn in times.items()}
        message = self._summary(models, told)
        if self.own:
            times |= self._own
        if not times:
            return Shown(message)
        chart: Any = charts_simulation.boot_times(
            times,
            claimed_s=charts_simulation.claimed_start_times(),
            kind="modelled from what was published" + (", yours measured" if self.own else ""),
        )
        figures = [
            {"what": what, "start": number, "time_s": time_s}
            for what, drawn in times.items()
            for number, time_s in enumerate(drawn, 1)
        ]
        return Shown(message, [chart], figures)

    def _is_published(self, model: BootModel) -> bool:
        """Return whether anybody has measured this technology in the company that is chosen."""
        if self.parallel not in model.times:
            return False
        return self.guests == 0 or (model.growth is not None and model.growth.most >= self.guests)

    def _drawn(self, model: BootModel) -> Sequence[float]:
        # The same seed each time, so that a slider moves dots and does not shuffle them.
        generator = random.Random(model.id)  # noqa: S311 (a simulation)
        return boot(
            model.id, STARTS, generator, parallel=self.parallel, existing=self.guests
        ).times_s

    def _summary(self, models: Sequence[BootModel], told: Sequence[BootModel]) -> str:
        company = []
        if self.parallel > 1:
            company.append(f"{self.parallel} at a time")
        if self.guests:
            company.append(f"{self.guests} guests already there")
        where = f" ({', '.join(company)})" if company else ""
        if not told:
            return f"Of none of these anything was published for this{where}."
        quickest = min(self.shown, key=lambda name: self.shown[name])
        slowest = max(self.shown, key=lambda name: self.shown[name])
        words = (
            f"Medians{where}: from {_seconds(self.shown[quickest])} ({quickest}) "
            f"to {_seconds(self.shown[slowest])} ({slowest})."
        )
        if missing := [model.name for model in models if model not in told]:
            words += f" Nothing was published for this of: {', '.join(missing)}."
        return words


def _own_times(table: Table) -> dict[str, list[float]]:
    """Return a learner's starts by technology, with the accelerator that each ran on."""
    times: dict[str, list[float]] = {}
    for row in table.rows:
        if row.quantity == "start":
            times.setdefault(f"yours: {row.technology} ({row.accelerator})", []).append(row.value)
    return times


def _seconds(time_s: float) -> str:
    """Write a time as people say it.

    >>> _seconds(0.0023), _seconds(1.5), _seconds(96.9)
    ('2.3 ms', '1.5 s', '97 s')
    """
    if time_s < 1:
        return f"{1000 * time_s:.3g} ms"
    return f"{time_s:.0f} s" if time_s >= 10 else f"{time_s:.2g} s"
