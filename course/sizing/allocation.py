"""Static against dynamic allocation: what tenants need who are busy at different hours.

A trace is what a tenant asks for, step by step; all traces have the same steps.

>>> day, night = [4, 4, 1, 1], [1, 1, 4, 4]
>>> found = allocate([day, night, day, night], capacity=10)
>>> found.sum_of_peaks, found.peak_of_sum, found.hosts_static, found.hosts_dynamic
(16.0, 10.0, 2, 1)

Percentiles do not add up: the sum of the tenants' 95th percentiles is not the 95th percentile of
their sum, which is why both are told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.sizing.arrays import TOLERANCE, table
from course.sizing.errors import AmountError, require

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from course.sizing.arrays import Floats

__all__ = ["Allocation", "allocate", "capacity_for_risk", "read_traces", "risk"]


@dataclass(frozen=True)
class Allocation:
    """What tenants need, allocated in advance and as they go.

    Attributes:
        tenants: how many there are.
        steps: how many steps their traces have.
        capacity: what one host has, in the unit of the traces.
        resource: what it is.
        sum_of_peaks: what has to be there if each tenant keeps its own peak.
        peak_of_sum: what has to be there if they share.
        mean_of_sum: what is used on average.
        quantile: the share of the steps, from 0 to 1, that the next two are for.
        quantile_of_sum: what is enough for all together in so many of the steps.
        sum_of_quantiles: what is enough for each by itself in so many of the steps, summed.
        hosts_static: hosts if each tenant keeps its peak, by first-fit decreasing.
        hosts_dynamic: hosts if tenants stay where they are and what one does not use is another's,
            so that no host is ever over its capacity; by first-fit decreasing as well.
        hosts_pooled: no fewer hosts will do, even if tenants move at every step.
        totals: what all ask for together, step by step.
    """

    tenants: int
    steps: int
    capacity: float
    resource: str
    sum_of_peaks: float
    peak_of_sum: float
    mean_of_sum: float
    quantile: float
    quantile_of_sum: float
    sum_of_quantiles: float
    hosts_static: int
    hosts_dynamic: int
    hosts_pooled: int
    totals: tuple[float, ...]

    @property
    def idle_share(self) -> float:
        """The share of what is allocated in advance that is idle on average."""
        return 1 - self.mean_of_sum / self.sum_of_peaks if self.sum_of_peaks else 0.0

    @property
    def binding(self) -> str:
        """The resource that the traces are of."""
        return self.resource

    @property
    def reason(self) -> str:
        """How much sharing saves, and why, in a sentence."""
        return (
            f"Kept in advance, {self.sum_of_peaks:,.4g} {self.resource} are needed, of which "
            f"{self.idle_share:.0%} are idle on average; shared, {self.peak_of_sum:,.4g} are "
            "enough, as not all peaks come at once: "
            f"{_hosts(self.hosts_static)} against {self.hosts_dynamic}."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each step, for a chart."""
        return [
            {"step": step, "total": total, "static": self.sum_of_peaks, "peak": self.peak_of_sum}
            for step, total in enumerate(self.totals)
        ]


def allocate(
    traces: ArrayLike, capacity: float, *, quantile: float = 0.95, resource: str = "cores"
) -> Allocation:
    """Compare allocation in advance with allocation as needed.

    Args:
        traces: for each tenant what it asks for, step by step.
        capacity: what one host has, in the same unit.
        quantile: the share of the steps in which a quantile is to be enough, from 0 to 1.
        resource: what it is, for the sentence.

    Raises:
        AmountError: a number is none, negative or not finite, traces differ in length, there are
            none, or a tenant's peak is above the capacity.
    """
    demands = read_traces(traces)
    require("capacity", capacity, above=0)
    require("quantile", quantile, at_most=1)
    peaks, totals = demands.max(axis=1), demands.sum(axis=0)
    if peaks.max() > capacity * (1 + TOLERANCE):
        raise AmountError(
            f"expected tenants whose peaks fit on a host of {capacity:g}, found a peak of "
            f"{peaks.max():g} of tenant {peaks.argmax()}. Choose a larger host",
            name="traces",
            value=traces,
        )
    order = np.argsort(-peaks, kind="stable")
    return Allocation(
        tenants=len(demands),
        steps=len(totals),
        capacity=capacity,
        resource=resource,
        sum_of_peaks=float(peaks.sum()),
        peak_of_sum=float(totals.max()),
        mean_of_sum=float(totals.mean()),
        quantile=quantile,
        quantile_of_sum=_quantile(totals, quantile),
        sum_of_quantiles=sum(_quantile(trace, quantile) for trace in demands),
        hosts_static=_first_fit(peaks[order, np.newaxis], capacity),
        hosts_dynamic=_first_fit(demands[order], capacity),
        hosts_pooled=math.ceil(totals.max() / capacity * (1 - TOLERANCE)),
        totals=tuple(totals.tolist()),
    )


def risk(traces: ArrayLike, capacity: float) -> float:
    """Return the share of the steps in which tenants together ask for more than there is.

    Args:
        traces: for each tenant what it asks for, step by step.
        capacity: what there is, in the same unit.

    Raises:
        AmountError: as of `allocate`.

    >>> risk([[1, 2, 3, 4], [1, 1, 1, 3]], capacity=4)
    0.25
    """
    require("capacity", capacity)
    return float(over(read_traces(traces).sum(axis=0), capacity).mean())


def capacity_for_risk(traces: ArrayLike, risk: float) -> float:
    """Return the least capacity that tenants together exceed in at most such a share of the steps.

    Args:
        traces: for each tenant what it asks for, step by step.
        risk: the share of the steps, from 0 to 1.

    Raises:
        AmountError: as of `allocate`.

    >>> capacity_for_risk([[1, 2, 3, 4], [1, 1, 1, 3]], risk=0.25)
    4.0
    """
    require("risk", risk, at_most=1)
    return _quantile(read_traces(traces).sum(axis=0), 1 - risk)


def read_traces(traces: ArrayLike) -> Floats:
    """Return traces as an array of tenants by steps.

    Raises:
        AmountError: as of `allocate`.
    """
    demands = table("traces", traces, "tenant", "step", flat=False)
    if not demands.size:
        raise AmountError(
            "expected at least one tenant with at least one step, found none",
            name="traces",
            value=traces,
        )
    return demands


def over(totals: Floats, capacity: float) -> Any:
    """Return where totals exceed a capacity by more than the rounding of floats."""
    return totals > capacity * (1 + TOLERANCE)


def _quantile(values: Floats, share: float) -> float:
    """Return the least of the values that so large a share of them does not exceed."""
    place = math.ceil(share * len(values) - TOLERANCE) - 1
    return float(np.sort(values)[max(place, 0)])


def _first_fit(traces: Floats, capacity: float) -> int:
    """Return how many hosts first fit opens, where no host may exceed its capacity at any step."""
    rooms = np.full_like(traces, capacity * (1 + TOLERANCE))
    hosts = 0
    for trace in traces:
        host = int((rooms[: hosts + 1] >= trace).all(axis=1).argmax())
        rooms[host] -= trace
        hosts = max(hosts, host + 1)
    return hosts


def _hosts(count: int) -> str:
    return "1 host" if count == 1 else f"{count} hosts"
