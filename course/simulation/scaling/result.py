"""What became of a load on a service whose replicas are started and stopped.

- `Autoscaling`: the result, step by step and in sums
- `summarise`: makes one from what a simulation has recorded
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy

from course.simulation.errors import ConservationError, require
from course.simulation.variability import require_probability

if TYPE_CHECKING:
    import numpy.typing

    from course.simulation.distributions import Times
    from course.simulation.scaling.load import Load

    Counts = numpy.typing.NDArray[numpy.int32]

__all__ = ["Autoscaling", "Latencies", "WeightedLatencies", "summarise"]

_ROUNDING = 1e-6  # of all requests: what may be lost in adding up


class Latencies(Protocol):
    """How long requests took, as far as it was kept."""

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        ...

    @property
    def longest_s(self) -> float:
        """The longest, in seconds."""
        ...

    def quantile_s(self, probability: float) -> float:
        """Return what this share does not exceed, in seconds."""
        ...


@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    """What became of a load. A series has one value for each step of the load.

    Attributes:
        kind: ``"fluid"``, where requests are like water, or ``"requests"``, one by one.
        load: what came.
        start_up_s: how long replicas take until they are ready, in seconds, on average.
        ready: how many replicas were ready, on average over the step.
        starting: how many were starting at the end of the step.
        desired: how many were paid during the step, ready or starting.
        utilisation: which share of the ready replicas' time was used; at most 1.
        waiting: how many requests were waiting at the end of the step.
        lost: how many requests were lost that came in the step.
        latency_s: how long a request took that came in the middle of the step (fluid), or the mean
            of those that came in it (requests; the service alone if none came), in seconds.
        arrived: all requests that came.
        served: those that were served in time, or are being served at the end.
        lost_requests: those that were turned away or gave up.
        waiting_requests: those that were still waiting at the end.
        share_lost: those that were lost, of those that came.
        mean_latency_s: how long requests took that were not lost, on average, in seconds.
        p50_latency_s: what half of them did not exceed.
        p95_latency_s: what 95 of 100 did not exceed.
        p99_latency_s: what 99 of 100 did not exceed.
        worst_latency_s: the longest.
        mean_utilisation: which share of the ready replicas' time was used in all.
        replica_hours: what is to be paid: all replicas, from their order to their end, in hours.
        cost_eur: replica hours times their price.
        most_replicas: the most that there were at a time.
        changes: how often replicas were added or stopped.
        time_to_catch_up_s: the longest time without a break in which requests were waiting, in
            seconds, in whole steps.
        remark: what did not happen, if it was to be expected; else empty.
        latencies_s: how long each request took, in the order of arrival, without those that were
            lost; None if they were not kept.
    """

    kind: str
    load: Load
    start_up_s: float
    ready: Times = field(repr=False, compare=False)
    starting: Counts = field(repr=False, compare=False)
    desired: Counts = field(repr=False, compare=False)
    utilisation: Times = field(repr=False, compare=False)
    waiting: Times = field(repr=False, compare=False)
    lost: Times = field(repr=False, compare=False)
    latency_s: Times = field(repr=False, compare=False)
    arrived: float
    served: float
    lost_requests: float
    waiting_requests: float
    share_lost: float
    mean_latency_s: float
    p50_latency_s: float
    p95_latency_s: float
    p99_latency_s: float
    worst_latency_s: float
    mean_utilisation: float
    replica_hours: float
    cost_eur: float
    most_replicas: int
    changes: int
    time_to_catch_up_s: float
    remark: str
    latencies_s: Times | None = field(default=None, repr=False, compare=False)
    _latencies: Latencies = field(repr=False, compare=False)

    @property
    def time_s(self) -> Times:
        """When each step begins, in seconds."""
        return self.load.times_s

    @property
    def requests_per_s(self) -> Times:
        """The load in each step, in requests each second."""
        return self.load.requests_per_s

    def latency_quantile_s(self, share: float) -> float:
        """Return how long this share of the requests took at most, in seconds.

        Raises:
            ParameterError: the share does not lie between 0 and 1.
        """
        return self._latencies.quantile_s(share)

    def records(self, every: int = 1) -> list[dict[str, float]]:
        """Return the series as flat dicts, ready for a chart.

        Args:
            every: how many steps make one record: rates, replicas and utilisation are then means,
                waiting and latency the highest, and lost requests the sum.

        Raises:
            ParameterError: it is no whole number of at least 1.
        """
        require("every", every, at_least=1, whole=True)
        starts = numpy.arange(0, self.load.steps, every)
        sizes = numpy.diff(numpy.append(starts, self.load.steps))

        def mean(series: Any) -> Any:
            return series if every == 1 else numpy.add.reduceat(series, starts) / sizes

        def highest(series: Any) -> Any:
            return series if every == 1 else numpy.maximum.reduceat(series, starts)

        columns = {
            "time_s": self.time_s[starts],
            "requests_per_s": mean(self.requests_per_s),
            "ready": mean(self.ready),
            "starting": mean(self.starting),
            "desired": mean(self.desired),
            "utilisation": mean(self.utilisation),
            "waiting": highest(self.waiting),
            "lost": self.lost if every == 1 else numpy.add.reduceat(self.lost, starts),
            "latency_s": highest(self.latency_s),
        }
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]


class WeightedLatencies:
    """Latencies of a fluid: the same for all, but for those who came while others were waiting.

    Args:
        least_s: what all requests take, in seconds.
        added_s: what some take in addition, in seconds.
        requests: how many each of these are.
        in_all: how many requests there are, with those that take no more than the least.
    """

    def __init__(self, least_s: float, added_s: Times, requests: Times, in_all: float) -> None:
        order = numpy.argsort(added_s)
        self._least_s = least_s
        self._added_s = added_s[order]
        self._up_to = numpy.cumsum(requests[order])
        self._in_all = in_all
        total_s = float(added_s @ requests)
        self.mean_s = least_s + (total_s / in_all if in_all else 0.0)
        counted = self._added_s[requests[order] > 0]
        self.longest_s = least_s + (float(counted[-1]) if len(counted) else 0.0)

    def quantile_s(self, probability: float) -> float:
        """Return what this share does not exceed, in seconds."""
        require_probability(probability)
        added = float(self._up_to[-1]) if len(self._up_to) else 0.0
        rank = probability * self._in_all - (self._in_all - added)
        if rank <= 0:
            return self._least_s
        place = min(int(numpy.searchsorted(self._up_to, rank)), len(self._added_s) - 1)
        return self._least_s + float(self._added_s[place])


def summarise(
    kind: str,
    load: Load,
    *,
    start_up_s: float,
    ready: Times,
    starting: Counts,
    desired: Counts,
    used: Times,
    waiting: Times,
    lost: Times,
    latency_s: Times,
    arrived: float,
    served: float,
    latencies: Latencies,
    latencies_s: Times | None = None,
    changes: int,
    can_change: bool,
    price_per_replica_hour_eur: float,
) -> Autoscaling:
    """Make a result of what a simulation has recorded in each step, as in `Autoscaling`.

    What is busy on average over a step, `used`, is made the utilisation; `can_change` tells whether
    there was an autoscaler that could have changed something.

    Raises:
        ConservationError: requests have vanished or come from nowhere, or replicas were more than
            busy.
    """
    lost_requests, waiting_requests = float(lost.sum()), float(waiting[-1])
    if abs(arrived - served - lost_requests - waiting_requests) > _ROUNDING * max(arrived, 1.0):
        raise ConservationError(
            f"expected {arrived} requests to be served, lost or waiting, found {served}, "
            f"{lost_requests} and {waiting_requests}"
        )
    busy, there = float(used.sum()), float(ready.sum())
    utilisation = numpy.divide(used, ready, out=used)
    if float(utilisation.max()) > 1 + _ROUNDING:
        raise ConservationError(f"expected a utilisation of at most 1, found {utilisation.max()}")
    numpy.minimum(utilisation, 1.0, out=utilisation)
    replica_hours = float(desired.sum(dtype=numpy.int64)) * load.step_s / 3600
    return Autoscaling(
        kind=kind,
        load=load,
        start_up_s=start_up_s,
        ready=ready,
        starting=starting,
        desired=desired,
        utilisation=utilisation,
        waiting=waiting,
        lost=lost,
        latency_s=latency_s,
        arrived=arrived,
        served=served,
        lost_requests=lost_requests,
        waiting_requests=waiting_requests,
        share_lost=lost_requests / arrived if arrived else 0.0,
        mean_latency_s=latencies.mean_s,
        p50_latency_s=latencies.quantile_s(0.5),
        p95_latency_s=latencies.quantile_s(0.95),
        p99_latency_s=latencies.quantile_s(0.99),
        worst_latency_s=latencies.longest_s,
        mean_utilisation=busy / there,
        replica_hours=replica_hours,
        cost_eur=replica_hours * price_per_replica_hour_eur,
        most_replicas=int(desired.max()),
        changes=changes,
        time_to_catch_up_s=_longest_run(waiting) * load.step_s,
        remark=_remark(load, arrived, changes, can_change, latencies),
        latencies_s=latencies_s,
        _latencies=latencies,
    )


def _longest_run(waiting: Times) -> int:
    """Return the most steps that follow each other at whose end somebody was waiting."""
    places = numpy.flatnonzero(waiting > 0)
    if not len(places):
        return 0
    breaks = numpy.flatnonzero(numpy.diff(places) > 1)
    ends = numpy.append(breaks, len(places) - 1)
    begins = numpy.insert(breaks + 1, 0, 0)
    return int((places[ends] - places[begins]).max()) + 1


def _remark(
    load: Load, arrived: float, changes: int, can_change: bool, latencies: Latencies
) -> str:
    if not arrived:
        return f"no request came in {load.duration_s:g} s"
    if can_change and not changes:
        return (
            f"no replica was added or stopped in {load.duration_s:g} s: the load was never far "
            "enough from the target, or the autoscaler was not allowed to"
        )
    return ""
