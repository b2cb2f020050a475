"""A service under a load that changes, with replicas that take time to start.

`autoscale` treats requests as a fluid: in each step so many come, the ready replicas serve as many
as they can, and the rest waits its turn or is lost. What a single request does by chance is left
out; `course.simulation.scaling.requests` has it. So a latency here is the service and the wait for
those before, and there is a wait only where more came than could be served.

An `Autoscaler` decides at the end of steps, as soon as its sync period has gone by. What it starts
is paid from then on and serves when it is ready; of what it stops, those that are still starting
go first.

Where nothing waits and nothing is starting, most decisions change nothing. Which load would make a
difference is known beforehand, and the steps until then are passed over with one comparison each.
`course.simulation.scaling.fluid_process` does without, step by step, and comes to the same.

>>> from course.simulation.scaling.autoscaler import Autoscaler
>>> from course.simulation.scaling.load_shapes import spike_load
>>> load = spike_load(70, 280, at_s=300, lasts_s=300, duration_s=1200)
>>> for start_up_s in (2, 120):
...     found = autoscale(load, per_replica_per_s=10, start_up_s=start_up_s, replicas=10,
...                       autoscaler=Autoscaler(most=60))
...     print(start_up_s, round(found.p99_latency_s, 1), found.time_to_catch_up_s)
2 20.8 85
120 167.8 498
"""

from __future__ import annotations

import math
from array import array
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy

from course.simulation.scaling.autoscaler import ROUNDING
from course.simulation.scaling.controller import Controller
from course.simulation.scaling.result import Autoscaling, WeightedLatencies, summarise
from course.simulation.scaling.service import Service

if TYPE_CHECKING:
    import numpy.typing

    from course.simulation.distributions import Distribution, Times
    from course.simulation.scaling.autoscaler import Autoscaler
    from course.simulation.scaling.load import Load

__all__ = ["autoscale"]


def autoscale(
    load: Load,
    *,
    per_replica_per_s: float,
    start_up_s: float | Distribution = 0.0,
    autoscaler: Autoscaler | None = None,
    replicas: int | None = None,
    service_s: float | None = None,
    most_waiting: float | None = None,
    timeout_s: float | None = None,
    price_per_replica_hour_eur: float = 0.0,
    generator: numpy.random.Generator | None = None,
) -> Autoscaling:
    """Let a load go through a service, with an autoscaler or with a fixed number of replicas.

    Args:
        load: how many requests come, step by step.
        per_replica_per_s: how many requests a replica can serve each second.
        start_up_s: how long a replica takes until it is ready, in seconds: a number, or a
            distribution to draw from.
        autoscaler: its settings; None if the number of replicas is fixed.
        replicas: how many are ready at the beginning; with an autoscaler, as many as the first
            step of the load needs if None.
        service_s: how long a service takes, in seconds; 1 / per_replica_per_s if None, as if a
            replica served one request after the other.
        most_waiting: how many requests can wait at most; who comes then is lost. None if all can.
        timeout_s: who would have to wait longer, as things stand, is lost. None if all have
            patience.
        price_per_replica_hour_eur: what a replica costs each hour, in euros.
        generator: where chance comes from; needed if start-up times are drawn.

    Returns:
        What became of the load, step by step and in sums.

    Raises:
        ParameterError: a number is unusable, or there are neither replicas nor an autoscaler.

    Example:
        >>> from course.simulation.scaling.load_shapes import steady_load
        >>> found = autoscale(steady_load(30, 600), per_replica_per_s=10, replicas=2)
        >>> found.waiting_requests, found.mean_utilisation
        (6000.0, 1.0)
    """
    service = Service(
        load,
        per_replica_per_s=per_replica_per_s,
        start_up_s=start_up_s,
        autoscaler=autoscaler,
        replicas=replicas,
        service_s=service_s,
        most_waiting=most_waiting,
        timeout_s=timeout_s,
        price_per_replica_hour_eur=price_per_replica_hour_eur,
        generator=generator,
    )
    return _Fluid(service).run()


class _Fluid:
    """The fluid on its way: the state of the service, and what has been recorded of it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.load = service.load
        self.ready = service.replicas
        self.starting = 0
        self.due: list[tuple[float, int]] = []  # a heap: when how many of these will be ready
        self.waiting = 0.0
        self.changes = [(0, service.replicas)]  # steps, and the replicas from then on
        self.controller = None if service.autoscaler is None else Controller(service.autoscaler)
        # Of the steps that were not passed over: step, ready, starting, served, waiting, lost.
        self.recorded = array("d")
        self._has_lost = False
        self._heard = 0  # for so many intervals a recommendation is heard
        if service.autoscaler is not None:
            longest_s = max(service.autoscaler.up_window_s, service.autoscaler.down_window_s)
            self._heard = math.ceil(longest_s / (service.steps_per_decision * self.load.step_s))

    def run(self, *, pass_over: bool = True) -> Autoscaling:
        """Go through all steps, and pass over those in which nothing can change."""
        size = self.service.steps_per_decision
        intervals = self.load.steps // size
        needs, highest, lowest, window = self._thresholds(intervals)
        # Thresholds reckon with recommendations as the load alone makes them, for the replicas that
        # there are now. Others may be heard for a while after replicas were stopped, or requests
        # waited or were lost; at the beginning none is, since what is there counts as recommended.
        careful_until, before = 0, -1
        # No comparison with NaN is true: nothing is passed over as long as `calm` is NaN.
        calm = math.nan
        for place, (high, low) in enumerate(zip(highest, lowest, strict=True)):
            if high <= calm <= low:
                continue
            if self.controller and place > before + 1:
                self._remember(needs[max(before + 1, place - self._heard) : place], place)
            before = place
            utilisation = self._pass(place * size, size)
            fewer = self._decide(utilisation, (place + 1) * size)
            replicas = self.ready + self.starting
            if self.controller and self.controller.recommended >= replicas:
                careful_until = 0  # as long as this is heard, nothing is stopped
            elif fewer or self.waiting or self._has_lost:
                careful_until = place + 1 + window
            if pass_over and place + 1 >= careful_until and not self.starting and not self.waiting:
                calm = float(self.ready)
            else:
                calm = math.nan
        self._pass(intervals * size, self.load.steps - intervals * size)
        return self._result()

    def _thresholds(self, intervals: int) -> tuple[Times, list[float], list[float], int]:
        """Return for each interval which numbers of replicas it leaves alone.

        Returns:
            How many replicas are needed; the fewest that would not be raised or overrun; the most
            that would not be lowered, if nothing was waiting, lost or lowered within the window
            before; and how many intervals this window has.
        """
        size = self.service.steps_per_decision
        rates = self.load.requests_per_s[: intervals * size].reshape(intervals, size)
        per_s = self.service.per_replica_per_s
        highest = (rates[:, 0] if size == 1 else rates.max(axis=1)) / per_s
        rule = self.service.autoscaler
        if rule is None:
            return highest, highest.tolist(), [math.inf] * intervals, 0
        mean = rates[:, 0] if size == 1 else rates.mean(axis=1)
        needs = mean / (per_s * rule.target_utilisation)
        raised = numpy.minimum(needs / (1 + rule.tolerance), rule.most)
        numpy.maximum(highest, raised, out=highest)
        window = max(1, math.ceil(rule.down_window_s / (size * self.load.step_s) - ROUNDING))
        most_needed = _highest_of_last(needs, window)
        # A recommendation keeps the replicas if it is rounded up to them, or within the tolerance.
        lowest = numpy.maximum(numpy.ceil(most_needed - 2 * ROUNDING), rule.least)
        if rule.tolerance < 1:
            numpy.maximum(lowest, most_needed / (1 - rule.tolerance), out=lowest)
        else:
            lowest[:] = math.inf
        return needs, highest.tolist(), lowest.tolist(), window

    def _remember(self, needs: Times, end: int) -> None:
        """Let the controller know of the intervals that were passed over, up to this one."""
        assert self.controller is not None
        interval_s = self.service.steps_per_decision * self.load.step_s
        self.controller.remember_calm(
            (end - len(needs) + 1) * interval_s, interval_s, needs.tolist(), self.ready
        )

    def _pass(self, first: int, steps: int) -> float:
        """Go through some steps, and return which share of the ready replicas' time was used."""
        service, due, starting, record = self.service, self.due, self.starting, self.recorded.extend
        step_s, per_s = self.load.step_s, service.per_replica_per_s
        ready, waiting, rate_of = self.ready, self.waiting, self.load.requests_per_s.item
        used = there_in_all = lost_in_all = 0.0
        for step in range(first, first + steps):
            there: float = ready
            end_s = (step + 1) * step_s
            while starting and due[0][0] <= end_s + ROUNDING:
                ready_s, count = heappop(due)
                ready += count
                starting -= count
                there += count * min(max(end_s - ready_s, 0.0) / step_s, 1.0)
            could = there * per_s * step_s
            come = rate_of(step) * step_s
            left = waiting + come
            served = left if left <= could else could
            waiting = left - served
            lost = 0.0
            if waiting:
                room = min(service.most_waiting, service.timeout_s * there * per_s)
                if waiting > room:
                    lost = min(waiting - room, come)
                    waiting -= lost
                    lost_in_all += lost
            record((step, there, starting, served, waiting, lost))
            used += served
            there_in_all += could
        self.ready, self.starting, self.waiting = ready, starting, waiting
        self._has_lost = lost_in_all > 0
        return used / there_in_all if there_in_all else 0.0

    def _decide(self, utilisation: float, step: int) -> bool:
        """Let the autoscaler decide before a step, and return whether there are fewer replicas."""
        if self.controller is None or step == self.load.steps:
            return False
        time_s, there = step * self.load.step_s, self.ready + self.starting
        replicas = self.controller.step(time_s, utilisation, self.ready, self.starting)
        if replicas == there:
            return False
        self.changes.append((step, replicas))
        if replicas > there:
            self.starting += replicas - there
            for start_up_s, count in self.service.start_ups(replicas - there):
                heappush(self.due, (time_s + start_up_s, count))
            return False
        self.due.sort()  # a sorted list is a heap, too
        stopped = min(there - replicas, self.starting)
        self.starting -= stopped
        self.ready = replicas - self.starting
        while stopped:
            ready_s, count = self.due.pop()
            if count > stopped:
                self.due.append((ready_s, count - stopped))
            stopped = max(stopped - count, 0)
        return True

    def _result(self) -> Autoscaling:
        load, per_step = self.load, self.service.per_replica_per_s * self.load.step_s
        firsts, replicas = numpy.array(self.changes, dtype=numpy.int32).T
        desired = numpy.repeat(replicas, numpy.diff(numpy.append(firsts, load.steps)))
        come = load.requests_per_s * load.step_s
        arrived = float(come.sum())
        ready, used = desired.astype(numpy.float64), come / per_step
        starting = numpy.zeros(load.steps, dtype=numpy.int32)
        waiting, lost = numpy.zeros(load.steps), numpy.zeros(load.steps)
        latency_s = numpy.full(load.steps, float(self.service.service_s))
        recorded = numpy.frombuffer(self.recorded).reshape(-1, 6)
        steps = recorded[:, 0].astype(numpy.intp)
        ready[steps], starting[steps] = recorded[:, 1], recorded[:, 2]
        used[steps] = recorded[:, 3] / per_step
        waiting[steps], lost[steps] = recorded[:, 4], recorded[:, 5]
        served = float(used.sum()) * per_step
        taken = come - lost
        places, waits_s = _waits(load.step_s, taken, used * per_step, waiting, ready[-1] * per_step)
        latency_s[places] += waits_s
        return summarise(
            "fluid",
            load,
            start_up_s=self.service.start_up_s,
            ready=ready,
            starting=starting,
            desired=desired,
            used=used,
            waiting=waiting,
            lost=lost,
            latency_s=latency_s,
            arrived=arrived,
            served=served,
            latencies=WeightedLatencies(
                self.service.service_s, waits_s, taken[places], float(taken.sum())
            ),
            changes=len(self.changes) - 1,
            can_change=self.controller is not None,
            price_per_replica_hour_eur=self.service.price_per_replica_hour_eur,
        )


def _highest_of_last(values: Times, count: int) -> Times:
    """Return for each value the highest of so many up to it, of as many as there are."""
    highest = values.copy()
    covered = 1
    while covered < min(count, len(values)):
        shift = min(covered, count - covered)
        highest[shift:] = numpy.maximum(highest[shift:], highest[:-shift])
        covered += shift
    return highest


def _waits(
    step_s: float, taken: Times, served: Times, waiting: Times, last_per_step: float
) -> tuple[numpy.typing.NDArray[numpy.intp], Times]:
    """Return in which steps a queue was met with, and how long those waited who came in it.

    Who comes in the middle of a step is served when as many have been served as had come by then.

    Args:
        step_s: how long a step is, in seconds.
        taken: how many requests came in each step and were not lost.
        served: how many were served in each step.
        waiting: how many were waiting at the end of each step.
        last_per_step: how many can be served in each step after the last one.
    """
    met = waiting > 0
    met[1:] |= waiting[:-1] > 0
    places = numpy.flatnonzero(met)
    if not len(places):
        return places, numpy.empty(0)
    first = int(places[0])  # nothing was waiting before it
    served_by = numpy.concatenate(([0.0], numpy.cumsum(served[first:])))
    came_by = numpy.cumsum(taken[first:]) - taken[first:] / 2
    times_s = numpy.arange(len(served_by), dtype=numpy.float64) * step_s
    if waiting[-1] > 0:
        served_by = numpy.append(served_by, served_by[-1] + waiting[-1])
        times_s = numpy.append(times_s, times_s[-1] + waiting[-1] / last_per_step * step_s)
    came_s = (places - first + 0.5) * step_s
    left_s = numpy.interp(came_by[places - first], served_by, times_s)
    return places, numpy.maximum(left_s - came_s, 0.0)
