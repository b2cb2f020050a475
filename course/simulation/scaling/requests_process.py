"""Single requests on an autoscaled service as processes, to be read.

Every request is a process: it takes a replica from the store of those that are idle, waits its turn
if there is none, perhaps gives up, is served, and gives the replica back. What
`course.simulation.scaling.requests` reckons in one pass comes to the same.

>>> requests_process([0.0, 0.5, 1.0], [2.0, 2.0, 2.0], replicas=2, duration_s=10)
[0.0, 0.5, 2.0]
>>> requests_process([0.0, 0.5, 1.0], [2.0, 2.0, 2.0], replicas=2, duration_s=10, timeout_s=0.5)
[0.0, 0.5, None]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import simpy

from course.simulation.errors import require
from course.simulation.scaling.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from course.simulation.scaling.autoscaler import Autoscaler

__all__ = ["requests_process"]


@dataclass(eq=False)
class _Replica:
    """A replica: when it was ready, when it is free, and how long it has worked until then."""

    ready_s: float
    free_s: float
    worked_s: float = 0.0
    stopped: bool = False

    def worked_until_s(self, time_s: float) -> float:
        return self.worked_s - max(self.free_s - time_s, 0.0)


def requests_process(
    arrivals_s: Sequence[float],
    services_s: Sequence[float],
    *,
    replicas: int,
    duration_s: float,
    start_up_s: float = 0.0,
    autoscaler: Autoscaler | None = None,
    most_waiting: float = math.inf,
    timeout_s: float = math.inf,
) -> list[float | None]:
    """Let requests come one by one to a service.

    Args:
        arrivals_s: when they come, in seconds, in order.
        services_s: how long their services take, in seconds.
        replicas: how many are ready at the beginning.
        duration_s: for how long the autoscaler decides, in seconds.
        start_up_s: how long a replica takes until it is ready, in seconds.
        autoscaler: its settings; None if the number of replicas is fixed.
        most_waiting: how many requests can wait at most; who comes then is lost.
        timeout_s: who has waited so long gives up and is lost.

    Returns:
        When the service of each began, in seconds; None if it was lost.

    Raises:
        ParameterError: a number is unusable.
    """
    require("replicas", replicas, at_least=1, whole=True)
    require("start_up_s", start_up_s, at_least=0)
    environment = simpy.Environment()
    idle = simpy.Store(environment)
    begun_s: list[float | None] = [None] * len(arrivals_s)
    ready = [_Replica(ready_s=0.0, free_s=0.0) for _ in range(replicas)]
    idle.items.extend(ready)
    starting: list[simpy.Process] = []

    def request(number: int) -> Generator[simpy.Event, object, None]:
        if not idle.items and len(idle.get_queue) >= most_waiting:
            return
        turn = idle.get()
        yield turn if timeout_s == math.inf else turn | environment.timeout(timeout_s)
        if not turn.triggered:
            turn.cancel()
            return
        replica: _Replica = turn.value  # type: ignore[assignment]  # what the store holds
        begun_s[number] = environment.now
        replica.worked_s += services_s[number]
        replica.free_s = environment.now + services_s[number]
        yield environment.timeout(services_s[number])
        if not replica.stopped:
            yield idle.put(replica)

    def street() -> Generator[simpy.Event, object, None]:
        for number, arrival_s in enumerate(arrivals_s):
            yield environment.timeout(arrival_s - environment.now)
            environment.process(request(number))

    def new_replica() -> Generator[simpy.Event, object, None]:
        try:
            yield environment.timeout(start_up_s)
        except simpy.Interrupt:
            return  # stopped before it was ready
        starting.pop(0)  # the first one that was ordered
        ready.append(_Replica(ready_s=environment.now, free_s=environment.now))
        yield idle.put(ready[-1])

    def scaling(controller: Controller) -> Generator[simpy.Event, object, None]:
        sync_s = controller.autoscaler.sync_s
        decisions = math.ceil(duration_s / sync_s) - 1
        for number in range(1, decisions + 1):
            worked_s = {id(each): each.worked_until_s(environment.now) for each in ready}
            since_s = environment.now
            yield environment.timeout(number * sync_s - environment.now)
            yield environment.timeout(0)  # replicas that are ready just now come first
            now_s = environment.now
            used_s = sum(each.worked_until_s(now_s) - worked_s.get(id(each), 0.0) for each in ready)
            there_s = sum(now_s - max(each.ready_s, since_s) for each in ready)
            scale(controller.step(now_s, used_s / there_s, len(ready), len(starting)))

    def scale(wanted: int) -> None:
        more = wanted - len(ready) - len(starting)
        starting.extend(environment.process(new_replica()) for _ in range(more))
        while starting and wanted < len(ready) + len(starting):
            starting.pop().interrupt()
        ready.sort(key=lambda each: each.free_s)
        while wanted < len(ready):
            stopped = ready.pop(0)
            stopped.stopped = True  # it ends what it has begun
            if stopped in idle.items:
                idle.items.remove(stopped)

    environment.process(street())
    if autoscaler is not None:
        environment.process(scaling(Controller(autoscaler)))
    environment.run()
    return begun_s
