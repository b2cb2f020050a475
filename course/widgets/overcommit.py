"""The explorer of overcommitment: how much more may be promised than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from course import charts_explorers_overcommit as charts
from course.sizing import overcommit_curve
from course.widgets.explorer import Explorer, Shown, slider

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

__all__ = ["OvercommitExplorer", "example_traces"]

TENANTS = 240
STEPS_A_DAY = 96  # one for each quarter of an hour
#: So many steps are drawn at most; of longer traces the highest of neighbours.
MOST_STEPS = 400


class OvercommitExplorer(Explorer):
    """Admit more and more tenants to a host, and see how often it is too much.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        tenants: how many tenants are on the host.
        capacity: what the host has.
        risk_percent: the percentage of time in which it may be too much.
        over: the share of time in which it is.
        ratio: of what the tenants reserved, each its peak, to what the host has.
        most_tenants: how many may be admitted with that risk, in the order given.
    """

    tenants = traitlets.Int(40)
    capacity = traitlets.Int(16)
    risk_percent = traitlets.Float(1.0)
    over = traitlets.Float()
    ratio = traitlets.Float()
    most_tenants = traitlets.Int()

    file_name = "overcommit"
    height_px = 560

    def __init__(
        self,
        traces: Sequence[Sequence[float]] | np.ndarray | None = None,
        *,
        capacity: int | None = None,
        unit: str = "cores",
        step: str | None = None,
    ) -> None:
        """Explore overcommitment.

        Args:
            traces: what each tenant needs, step by step, in `unit`; by default a made-up day.
            capacity: what the host has, to begin with.
            unit: cores, or memory with its unit.
            step: what the steps are, for the axis.
        """
        import numpy as np

        self._traces = example_traces() if traces is None else np.asarray(traces, dtype=float)
        self._unit = unit
        self._step = step or ("quarter of an hour" if traces is None else "step")
        most = len(self._traces)
        begun = capacity or 16
        super().__init__(
            {
                "tenants": slider("tenants on the host", 1, most),
                "capacity": slider(f"the host has ({unit})", 1, max(256, 4 * begun)),
                "risk_percent": slider("allowed: too much (% of time)", 0, 20, 0.25),
            },
            begin={"tenants": min(40, most), "capacity": begun},
        )

    def draw(self) -> Shown:
        """Return what the tenants need together, and the risk of each number of them."""
        curve = overcommit_curve(self._traces, self.capacity)
        now = curve[self.tenants - 1]
        allowed = self.risk_percent / 100
        self.over, self.ratio = now["risk"], now["ratio"]
        # The first that is too much ends it: more tenants never need less.
        self.most_tenants = sum(row["risk"] <= allowed for row in curve)
        admitted = self._traces[: self.tenants]
        total = admitted.sum(axis=0)
        lines = {
            "the host": float(self.capacity),
            "sum of peaks": float(admitted.max(axis=1).sum()),
            "peak of the sum": float(total.max()),
            "mean": float(total.mean()),
        }
        steps = _thinned(total)
        kind = "cores" if self._unit == "cores" else "memory"
        default = charts.OPENSTACK_RATIOS[kind]
        drawn = (
            charts.busy(steps, lines, unit=self._unit, capacity=self.capacity, step=self._step),
            charts.risks(
                curve,
                now=now,
                allowed=allowed,
                published={
                    "static (B): 1": 1.0,
                    f"OpenStack's default for {kind}: {default:g}": default,
                },
            ),
        )
        figures: list[dict[str, Any]] = [{"chart": "over time"} | row for row in steps]
        figures += [{"chart": "over time", "what": name, "total": n} for name, n in lines.items()]
        figures += [{"chart": "risk"} | dict(row) for row in curve]
        figures.append({"chart": "published", "what": "OpenStack's default", "ratio": default})
        return Shown(self._summary(lines), drawn, figures)

    def _summary(self, lines: dict[str, float]) -> str:
        peak, sum_of_peaks = lines["peak of the sum"], lines["sum of peaks"]
        return (
            f"{_tenants(self.tenants)} reserved {sum_of_peaks:,.1f} {self._unit} at their peaks, "
            f"{self.ratio:.2f} times what the host has, and together never need more than "
            f"{peak:,.1f}. It is too much in {self.over:.1%} of the time. With "
            f"{self.risk_percent:g} % allowed, {_tenants(self.most_tenants)} may be "
            "admitted."
        )


def example_traces(tenants: int = TENANTS, seed: int = 12) -> np.ndarray:
    """Return what made-up tenants need over a day, in cores.

    Most are busy by day, some by night, each at its own hour; and all have short bursts.

    Args:
        tenants: how many.
        seed: of their being made up; the same one gives the same tenants.

    Returns:
        An array of tenants and quarters of an hour.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    hours = np.arange(STEPS_A_DAY) / 4
    size = generator.choice([0.5, 1, 2, 4], size=(tenants, 1), p=[0.35, 0.35, 0.2, 0.1])
    busiest = np.where(
        generator.random((tenants, 1)) < 0.75,
        generator.normal(14, 2, (tenants, 1)),
        generator.normal(2, 2, (tenants, 1)),
    )
    daily = 0.1 + 0.5 * np.exp(2.5 * (np.cos((hours - busiest) * np.pi / 12) - 1))
    bursts = (generator.random((tenants, STEPS_A_DAY)) < 0.06) * generator.random(
        (tenants, STEPS_A_DAY)
    )
    noise = generator.normal(0, 0.04, (tenants, STEPS_A_DAY))
    return np.asarray(np.clip(daily + bursts + noise, 0.02, 1.0) * size)


def _tenants(count: int) -> str:
    return "1 tenant" if count == 1 else f"{count} tenants"


def _thinned(total: np.ndarray) -> list[dict[str, float]]:
    """Return the steps that are drawn: all, or of many the highest of each group of neighbours."""
    group = -(-len(total) // MOST_STEPS)
    return [
        {"step": start, "total": float(total[start : start + group].max())}
        for start in range(0, len(total), group)
    ]
