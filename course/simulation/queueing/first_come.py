"""A queue in front of servers: first come, first served, simulated without a simulator.

`queue` takes any times between arrivals and any times of service (G/G/c in Kendall's notation).
As everybody is served in the order of arrival, nobody's wait depends on those who come later: one
pass over the customers is enough, and no list of events is needed.

- One server: Lindley's recursion, wait = max(0, wait before + service before - time between), for
  a whole portion of customers at once: it is a running sum less its lowest value so far (Lindley,
  Mathematical Proceedings of the Cambridge Philosophical Society 48, 1952).
- Several: a customer begins when they come, or when the first server becomes free, whichever is
  later; a heap knows which server that is (Kiefer and Wolfowitz 1955).

`course.simulation.queueing.process` has the same as processes to be read; both give the same waits.
`course.simulation.queueing.erlang` has the formulae for when all is by chance.

>>> import numpy
>>> from course.simulation.distributions import Exponential
>>> from course.simulation.queueing.erlang import mean_wait_s
>>> found = queue(Exponential(1.0), Exponential(0.8), 1, 200_000, numpy.random.default_rng(1))
>>> abs(found.mean_wait_s - mean_wait_s(1, 1.0, 0.8)) < 3 * found.standard_error_s
True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapreplace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy

from course.simulation.errors import ConservationError, UnknownNameError, require
from course.simulation.queueing.inputs import require_stable, sources
from course.simulation.queueing.waiting import WaitingTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.simulation.distributions import Distribution, Times

__all__ = ["KEEP", "Queue", "queue"]

KEEP: Final = ("summary", "waits")
_ROUNDING_S = 1e-9  # a shorter wait is what is left of adding times up


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What customers met with in a queue, as far as they were counted.

    Attributes:
        customers: how many were counted.
        warm_up: how many came before them, and were not.
        servers: how many there are.
        duration_s: from the arrival of the first one counted to that of the last, in seconds.
        mean_interarrival_s: the mean time between arrivals, in seconds.
        mean_service_s: the mean time of a service, in seconds.
        offered_erlangs: how many servers would be busy on average if nobody had to wait.
        utilisation: which share of the servers' time was busy, until the last service ended; at
            most 1.
        mean_wait_s: how long a customer waited for service, on average, in seconds.
        standard_error_s: by how much this mean is usually off, in seconds; None if too few were
            counted to say so.
        share_waiting: which share had to wait at all.
        longest_wait_s: the longest wait, in seconds.
        mean_in_queue: how many were waiting, on average over the time (Little's law).
        remark: what is particular about this queue; else empty.
        waits_s: every wait, in the order of arrival, in seconds; None if they were not kept.
    """

    customers: int
    warm_up: int
    servers: int
    duration_s: float
    mean_interarrival_s: float
    mean_service_s: float
    offered_erlangs: float
    utilisation: float
    mean_wait_s: float
    standard_error_s: float | None
    share_waiting: float
    longest_wait_s: float
    mean_in_queue: float
    remark: str
    waits_s: Times | None = field(repr=False, compare=False)
    _times: WaitingTimes = field(repr=False, compare=False)

    @property
    def mean_response_s(self) -> float:
        """How long a customer stayed, waiting and being served, on average, in seconds."""
        return self.mean_wait_s + self.mean_service_s

    def quantile_wait_s(self, share: float) -> float:
        """Return the wait that this share of customers did not exceed, in seconds.

        It is exact if the waits were kept, and else off by 0.8 percent at most.

        Raises:
            ParameterError: the share does not lie between 0 and 1.
        """
        if self.waits_s is None:
            return self._times.quantile_s(share)
        require("share", share, above=0, at_most=1)
        return float(numpy.quantile(self.waits_s, share))

    def share_waiting_longer(self, than_s: float) -> float:
        """Return the share of customers who waited longer than so many seconds.

        Raises:
            ParameterError: it is no number of at least 0.
        """
        require("than_s", than_s, at_least=0)
        if self.waits_s is None:
            return self._times.share_longer(than_s)
        return float((self.waits_s > than_s).mean())

    def records(self, points: int = 100) -> list[dict[str, float]]:
        """Return which share waited longer than how long, ready for a chart.

        Args:
            points: how many waits to name, evenly spaced from 0 to the longest one.

        Returns:
            Dicts of `wait_s` and `share_waiting_longer`.
        """
        require("points", points, at_least=2, whole=True)
        waits_s = [self.longest_wait_s * point / (points - 1) for point in range(points)]
        return [
            {"wait_s": wait_s, "share_waiting_longer": self.share_waiting_longer(wait_s)}
            for wait_s in waits_s
        ]

    def histogram(self, bins: int = 40) -> list[dict[str, float]]:
        """Return which share waited from how long to how long, ready for a chart.

        Those who did not wait at all are in no bin: `share_waiting` tells how many they are.

        Args:
            bins: how many ranges of the same width, from 0 to the longest wait.

        Returns:
            Dicts of `from_s`, `to_s` and `share`.
        """
        require("bins", bins, at_least=1, whole=True)
        edges_s = [self.longest_wait_s * edge / bins for edge in range(bins + 1)]
        longer = [self.share_waiting_longer(edge_s) for edge_s in edges_s]
        return [
            {"from_s": from_s, "to_s": to_s, "share": more - less}
            for (from_s, to_s), (more, less) in zip(
                pairwise(edges_s), pairwise(longer), strict=True
            )
        ]


def queue(
    interarrival: Distribution | Sequence[float] | Times,
    service: Distribution | Sequence[float] | Times,
    servers: int = 1,
    customers: int | None = None,
    generator: numpy.random.Generator | None = None,
    *,
    warm_up: int = 0,
    keep: str = "summary",
    allow_overload: bool = False,
) -> Queue:
    """Simulate a queue in front of servers, first come, first served.

    Arrivals and services are drawn from two generators that are spawned from the one given, so
    that the same customers come whatever the service is.

    Args:
        interarrival: the times between arrivals: a distribution, or the times themselves, in
            seconds, one for each customer; the first one is the time until the first arrival.
        service: how long the services take, likewise.
        servers: how many there are, at least 1.
        customers: how many come in all; not needed where the times themselves are given.
        generator: where chance comes from; not needed where both times are given.
        warm_up: how many of the first customers are not counted: a queue begins empty, which is
            not what it is like later.
        keep: ``"summary"``, or ``"waits"`` for every single wait as well, which takes 8 bytes each.
        allow_overload: whether distributions may bring more work than the servers can do. Then
            waits grow as long as customers come, and their mean says little.

    Returns:
        What the customers met with.

    Raises:
        ParameterError: a number is unusable, there are not as many times of one kind as of the
            other, or the queue would grow without end.
        UnknownNameError: there is no such way to keep them.

    Example:
        >>> found = queue([1, 1, 1, 1], [2, 2, 2, 2], keep="waits")
        >>> found.waits_s.tolist(), found.utilisation
        ([0.0, 1.0, 2.0, 3.0], 0.8888888888888888)
        >>> queue([1, 1, 1, 1], [2, 2, 2, 2], servers=2).remark
        'nobody had to wait'
    """
    require("servers", servers, at_least=1, whole=True)
    if keep not in KEEP:
        raise UnknownNameError("way to keep waits", keep, KEEP)
    gaps, works, count = sources(interarrival, service, customers, generator)
    require("warm_up", warm_up, at_least=0, at_most=count - 1, whole=True)
    if not allow_overload:
        require_stable(interarrival, service, servers)
    times = WaitingTimes(count - warm_up)
    kept: list[Times] = []
    waiting = _OneServer() if servers == 1 else _Servers(servers)
    done = 0
    sums = _Sums()
    for gaps_s, works_s in zip(gaps, works, strict=True):
        waits_s = waiting.pass_by(gaps_s, works_s)
        waits_s[waits_s < _ROUNDING_S] = 0.0
        skip = min(max(warm_up - done, 0), len(waits_s))
        done += len(waits_s)
        if skip < len(waits_s):
            sums.add(gaps_s[skip:], works_s[skip:], first=times.added == 0)
            times.add(waits_s[skip:])
            if keep == "waits":
                kept.append(waits_s[skip:])
        sums.all_work_s += float(works_s.sum())
    times.check()
    return _result(times, sums, waiting.end_s, servers, warm_up, kept)


class _Sums:
    """The sums of what was offered to the servers."""

    def __init__(self) -> None:
        self.between_s = 0.0
        self.work_s = 0.0
        self.all_work_s = 0.0

    def add(self, gaps_s: Times, works_s: Times, *, first: bool) -> None:
        # The time before the first one counted lies outside of what is counted.
        self.between_s += float(gaps_s.sum()) - (float(gaps_s[0]) if first else 0.0)
        self.work_s += float(works_s.sum())


class _OneServer:
    """Waits before one server, portion by portion.

    Attributes:
        end_s: when the last service ended, in seconds.
    """

    def __init__(self) -> None:
        self.end_s = 0.0
        self._now_s = 0.0
        self._left_s = 0.0  # what the last customer leaves to wait for: wait and service

    def pass_by(self, gaps_s: Times, works_s: Times) -> Times:
        steps = numpy.empty_like(gaps_s)
        steps[0] = self._left_s - gaps_s[0]
        numpy.subtract(works_s[:-1], gaps_s[1:], out=steps[1:])
        walk = numpy.cumsum(steps, out=steps)
        lowest = numpy.minimum.accumulate(walk)
        numpy.minimum(lowest, 0.0, out=lowest)
        waits_s = numpy.subtract(walk, lowest, out=walk)
        self._now_s += float(gaps_s.sum())
        self._left_s = float(waits_s[-1]) + float(works_s[-1])
        self.end_s = self._now_s + self._left_s
        return waits_s


class _Servers:
    """Waits before several servers, portion by portion.

    Attributes:
        end_s: when the last service ended, in seconds.
    """

    def __init__(self, servers: int) -> None:
        self._free_s = [0.0] * servers
        self._now_s = 0.0

    @property
    def end_s(self) -> float:
        return max(self._free_s)

    def pass_by(self, gaps_s: Times, works_s: Times) -> Times:
        arrivals_s = gaps_s.copy()
        arrivals_s[0] += self._now_s
        numpy.cumsum(arrivals_s, out=arrivals_s)
        self._now_s = float(arrivals_s[-1])
        free_s = self._free_s  # a heap: its first is the one that is free first
        freed_s = [
            heapreplace(free_s, (come_s if come_s > free_s[0] else free_s[0]) + work_s)
            for come_s, work_s in zip(arrivals_s.tolist(), works_s.tolist(), strict=True)
        ]
        waits_s = numpy.array(freed_s)
        waits_s -= arrivals_s  # less than nothing for who did not have to wait
        return waits_s


def _result(
    times: WaitingTimes, sums: _Sums, end_s: float, servers: int, warm_up: int, kept: list[Times]
) -> Queue:
    mean_interarrival_s = sums.between_s / max(times.count - 1, 1)
    mean_service_s = sums.work_s / times.count
    utilisation = sums.all_work_s / (servers * end_s) if end_s > 0 else 0.0
    if utilisation > 1 + 1e-9:
        raise ConservationError(f"expected a utilisation of at most 1, found {utilisation!r}")
    return Queue(
        customers=times.count,
        warm_up=warm_up,
        servers=servers,
        duration_s=sums.between_s,
        mean_interarrival_s=mean_interarrival_s,
        mean_service_s=mean_service_s,
        offered_erlangs=mean_service_s / mean_interarrival_s if mean_interarrival_s else 0.0,
        utilisation=min(utilisation, 1.0),
        mean_wait_s=times.mean_s,
        standard_error_s=times.standard_error_s,
        share_waiting=times.waiting / times.count,
        longest_wait_s=times.longest_s,
        mean_in_queue=times.total_s / sums.between_s if sums.between_s else 0.0,
        remark="" if times.waiting else "nobody had to wait",
        waits_s=numpy.concatenate(kept) if kept else None,
        _times=times,
    )
