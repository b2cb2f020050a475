"""Single requests on a service whose replicas are started and stopped.

`autoscale_requests` is `autoscale` without its simplification: requests come at random (a Poisson
process with the rate of the load), their services take different times, one queue serves them first
come, first served, and each replica serves one at a time. So requests wait now and then even where
there are enough replicas on average.

As in `queue`, a request begins when it comes or when the first replica is free, whichever is later.
What the autoscaler does at some moment changes nothing for those who began before it: they are
settled in one pass from decision to decision. A replica that is starting is like one that is busy
until it is ready. One that is stopped ends the request that it has begun.

`requests_process` has the same as processes, and comes to the same.

>>> from course.simulation.scaling.load_shapes import steady_load
>>> generator = numpy.random.default_rng(1)
>>> found = autoscale_requests(
...     steady_load(40, 600), per_replica_per_s=10, replicas=5, generator=generator)
>>> found.arrived, found.share_lost, round(found.mean_utilisation, 2)
(23880.0, 0.0, 0.81)
"""

from __future__ import annotations

import math
from collections import deque
from heapq import heapify, heappop, heappush, heapreplace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy

from course.simulation.errors import ParameterError, UnknownNameError
from course.simulation.queueing.waiting import WaitingTimes
from course.simulation.scaling.autoscaler import ROUNDING
from course.simulation.scaling.controller import Controller
from course.simulation.scaling.levels import Level
from course.simulation.scaling.result import Autoscaling, summarise
from course.simulation.scaling.service import Service
from course.simulation.variability import Exponential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from course.simulation.distributions import Distribution, Times
    from course.simulation.scaling.autoscaler import Autoscaler
    from course.simulation.scaling.load import Load

__all__ = ["KEEP", "autoscale_requests", "draw_requests"]

KEEP = ("summary", "latencies")
_PORTION = 2**15  # requests at a time, more or less


def autoscale_requests(
    load: Load,
    *,
    per_replica_per_s: float,
    generator: numpy.random.Generator,
    start_up_s: float | Distribution = 0.0,
    autoscaler: Autoscaler | None = None,
    replicas: int | None = None,
    service: Distribution | None = None,
    most_waiting: float | None = None,
    timeout_s: float | None = None,
    price_per_replica_hour_eur: float = 0.0,
    keep: str = "summary",
) -> Autoscaling:
    """Let requests come one by one to a service, with an autoscaler or a fixed number of replicas.

    Args:
        load: how many requests come on average, step by step.
        per_replica_per_s: how many requests a replica can serve each second.
        generator: where chance comes from.
        start_up_s: how long a replica takes until it is ready, in seconds: a number, or a
            distribution to draw from.
        autoscaler: its settings; None if the number of replicas is fixed.
        replicas: how many are ready at the beginning; with an autoscaler, as many as the first
            step of the load needs if None.
        service: how long services take; exponential if None. Its mean must be
            1 / per_replica_per_s, since a replica serves one request at a time.
        most_waiting: how many requests can wait at most; who comes then is lost. None if all can.
        timeout_s: who has waited so long gives up and is lost. None if all have patience.
        price_per_replica_hour_eur: what a replica costs each hour, in euros.
        keep: ``"summary"``, or ``"latencies"`` for every single latency as well, which takes 8
            bytes each.

    Returns:
        What became of the requests, step by step and in sums.

    Raises:
        ParameterError: a number is unusable, there are neither replicas nor an autoscaler, or no
            generator.
        UnknownNameError: there is no such way to keep latencies.
    """
    if keep not in KEEP:
        raise UnknownNameError("way to keep latencies", keep, KEEP)
    if not isinstance(generator, numpy.random.Generator):
        raise ParameterError(
            f"expected a generator, found {generator!r}: pass "
            "numpy.random.default_rng(a number of your choice)",
            name="generator",
            value=generator,
        )
    offered = Service(
        load,
        per_replica_per_s=per_replica_per_s,
        start_up_s=start_up_s,
        autoscaler=autoscaler,
        replicas=replicas,
        service_s=None,
        most_waiting=most_waiting,
        timeout_s=timeout_s,
        price_per_replica_hour_eur=price_per_replica_hour_eur,
        generator=generator,
    )
    times = Exponential(offered.service_s) if service is None else service
    if not math.isclose(times.mean_s, offered.service_s, rel_tol=1e-6):
        raise ParameterError(
            f"expected services of {offered.service_s:g} s on average, since a replica serves "
            f"{per_replica_per_s:g} each second one after the other, found {times.mean_s:g} s",
            name="service",
            value=service,
        )
    arriving, serving = generator.spawn(2)
    requests = _Requests(offered, keep == "latencies")
    for first, end, arrivals_s, services_s in draw_requests(load, times, arriving, serving):
        requests.take(first, end, arrivals_s, services_s)
    return requests.result()


def draw_requests(
    load: Load,
    service: Distribution,
    arriving: numpy.random.Generator,
    serving: numpy.random.Generator,
) -> Iterator[tuple[int, int, Times, Times]]:
    """Draw requests, some steps of the load at a time.

    Args:
        load: how many come on average.
        service: how long their services take.
        arriving: where the chance of arrivals comes from.
        serving: where the chance of services comes from.

    Yields:
        The first step, the one after the last, when requests arrive in them, in order, and how
        long their services take, in seconds.
    """
    means = load.requests_per_s * load.step_s
    portion_of = (numpy.cumsum(means) // _PORTION).astype(numpy.int64)
    edges = [0, *(numpy.flatnonzero(numpy.diff(portion_of)) + 1).tolist(), load.steps]
    for first, end in pairwise(edges):
        counts = arriving.poisson(means[first:end])
        places = numpy.repeat(numpy.arange(first, end, dtype=numpy.float64), counts)
        places += arriving.random(len(places))
        places.sort()
        yield first, end, places * load.step_s, service.draw(serving, len(places))


class _Requests:
    """Requests on their way: the replicas, and what has been recorded."""

    def __init__(self, service: Service, keep: bool) -> None:
        self.service, self.load = service, service.load
        self.controller = None if service.autoscaler is None else Controller(service.autoscaler)
        self.free_s = [0.0] * service.replicas  # a heap: when each replica is free
        self.starting_s: list[float] = []  # when those that are starting will be ready
        self.interval_s = service.steps_per_decision * self.load.step_s
        self.decided = 0
        self.horizon_s = math.inf if self.controller is None else self.interval_s
        self._skip_decisions_after_the_end()
        self.work_s = 0.0  # that began since the last decision
        self.backlog_s = 0.0  # of what had begun before it
        self.ready_at_s = [0.0] * service.replicas
        self.stopped_at_s: list[float] = []
        self.changes = [(0, service.replicas)]
        steps = self.load.steps
        self.busy, self.queue = Level(steps, self.load.step_s), Level(steps, self.load.step_s)
        self.came, self.lost = numpy.zeros(steps), numpy.zeros(steps)
        self.taken, self.latency_s = numpy.zeros(steps), numpy.zeros(steps)
        self.times = WaitingTimes(0)
        self.kept: list[Times] | None = [] if keep else None
        self.begun = 0
        self.leaving_s: deque[float] = deque()  # when those in the queue will begin or give up

    def take(self, first: int, end: int, arrivals_s: Times, services_s: Times) -> None:
        """Settle the requests of some steps, and what the autoscaler does meanwhile."""
        starts_s = numpy.array(self._settle(arrivals_s.tolist(), services_s.tolist()))
        size, part = end - first, slice(first, end)
        steps = numpy.minimum((arrivals_s / self.load.step_s).astype(numpy.intp), end - 1) - first
        self.came[part] += numpy.bincount(steps, minlength=size)
        taken = numpy.isfinite(starts_s)
        if not taken.all():
            gave_up = numpy.isposinf(starts_s)
            until_s = arrivals_s[gave_up] + self.service.timeout_s
            self.queue.add(arrivals_s[gave_up], until_s)
            gave_up[gave_up] = until_s < self.load.duration_s  # the others are waiting at the end
            lost = gave_up | numpy.isnan(starts_s)
            self.lost[part] += numpy.bincount(steps[lost], minlength=size)
            steps, arrivals_s = steps[taken], arrivals_s[taken]
            services_s, starts_s = services_s[taken], starts_s[taken]
        ends_s = starts_s + services_s
        latencies_s = ends_s - arrivals_s
        self.taken[part] += numpy.bincount(steps, minlength=size)
        self.latency_s[part] += numpy.bincount(steps, latencies_s, minlength=size)
        self.times.add(latencies_s)
        if self.kept is not None:
            self.kept.append(latencies_s)
        self.begun += int((starts_s < self.load.duration_s).sum())
        waited = starts_s > arrivals_s
        self.queue.add(arrivals_s[waited], starts_s[waited])
        self.busy.add(starts_s, ends_s)

    def _settle(self, arrivals_s: list[float], services_s: list[float]) -> list[float]:
        """Return when requests begin: infinity if they give up, NaN if they are turned away."""
        free_s, horizon_s, work_s = self.free_s, self.horizon_s, self.work_s
        patience_s, most_waiting = self.service.timeout_s, self.service.most_waiting
        limited = patience_s < math.inf or most_waiting < math.inf
        leaving_s = self.leaving_s
        starts_s: list[float] = []
        append = starts_s.append
        for come_s, work in zip(arrivals_s, services_s, strict=True):
            start_s = come_s if come_s > free_s[0] else free_s[0]
            while start_s >= horizon_s:
                self.work_s = work_s
                self._decide()
                horizon_s, work_s = self.horizon_s, 0.0
                start_s = come_s if come_s > free_s[0] else free_s[0]
            if limited:
                while leaving_s and leaving_s[0] <= come_s:
                    leaving_s.popleft()
                if start_s > come_s and len(leaving_s) >= most_waiting:
                    append(math.nan)
                    continue
                leaving_s.append(min(start_s, come_s + patience_s))
                if start_s > come_s + patience_s:
                    append(math.inf)
                    continue
            heapreplace(free_s, start_s + work)
            work_s += work
            append(start_s)
        self.work_s = work_s
        return starts_s

    def _decide(self) -> None:
        """Let the autoscaler decide, and start or stop what it wants."""
        assert self.controller is not None
        time_s = self.horizon_s
        begun_s = time_s - self.interval_s
        due_s = [each for each in self.starting_s if each <= time_s + ROUNDING]
        self.starting_s = [each for each in self.starting_s if each > time_s + ROUNDING]
        ready = len(self.free_s) - len(self.starting_s)
        there_s = (ready - len(due_s)) * self.interval_s
        there_s += sum(time_s - max(each, begun_s) for each in due_s)
        used_s = self.backlog_s + self.work_s - self._backlog_s(time_s)
        there = ready + len(self.starting_s)
        replicas = self.controller.step(
            time_s, min(max(used_s / there_s, 0.0), 1.0), ready, len(self.starting_s)
        )
        if replicas > there:
            self._start(replicas - there, time_s)
        elif replicas < there:
            self._stop(there - replicas, time_s)
        self.decided += 1
        if replicas != there:
            self.changes.append((self.decided * self.service.steps_per_decision, replicas))
        self.backlog_s, self.work_s = self._backlog_s(time_s), 0.0
        self.horizon_s = (self.decided + 1) * self.interval_s
        self._skip_decisions_after_the_end()

    def _skip_decisions_after_the_end(self) -> None:
        if self.horizon_s > self.load.duration_s - ROUNDING:
            self.horizon_s = math.inf

    def _backlog_s(self, time_s: float) -> float:
        """Return how much is left of what replicas have begun, in seconds."""
        busy_s = sum(each - time_s for each in self.free_s if each > time_s)
        return busy_s - sum(each - time_s for each in self.starting_s if each > time_s)

    def _start(self, count: int, time_s: float) -> None:
        for start_up_s, alike in self.service.start_ups(count):
            for _ in range(alike):
                heappush(self.free_s, time_s + start_up_s)
                self.starting_s.append(time_s + start_up_s)
                self.ready_at_s.append(time_s + start_up_s)

    def _stop(self, count: int, time_s: float) -> None:
        """Stop those that would be ready last, and then those that are free first."""
        self.starting_s.sort()
        while count and self.starting_s:
            ready_s = self.starting_s.pop()
            self.free_s.remove(ready_s)
            self.ready_at_s.remove(ready_s)
            count -= 1
        heapify(self.free_s)
        for _ in range(count):
            heappop(self.free_s)
            self.stopped_at_s.append(time_s)

    def result(self) -> Autoscaling:
        """Return what became of the requests."""
        while self.horizon_s < math.inf:
            self._decide()
        load = self.load
        firsts, replicas = numpy.array(self.changes, dtype=numpy.int32).T
        desired = numpy.repeat(replicas, numpy.diff(numpy.append(firsts, load.steps)))
        readiness = Level(load.steps, load.step_s)
        readiness.rise(numpy.array(self.ready_at_s))
        readiness.fall(numpy.array(self.stopped_at_s))
        ready = readiness.means()
        latency_s = numpy.full(load.steps, float(self.service.service_s))
        numpy.divide(self.latency_s, self.taken, out=latency_s, where=self.taken > 0)
        return summarise(
            "requests",
            load,
            start_up_s=self.service.start_up_s,
            ready=ready,
            starting=numpy.maximum(desired - readiness.ends(), 0).astype(numpy.int32),
            desired=desired,
            # A replica that was stopped may still end a request when it is no longer there.
            used=numpy.minimum(self.busy.means(), ready),
            waiting=self.queue.ends(),
            lost=self.lost,
            latency_s=latency_s,
            arrived=float(self.came.sum()),
            served=float(self.begun),
            latencies=self.times,
            latencies_s=None if self.kept is None else numpy.concatenate(self.kept),
            changes=len(self.changes) - 1,
            can_change=self.controller is not None,
            price_per_replica_hour_eur=self.service.price_per_replica_hour_eur,
        )
