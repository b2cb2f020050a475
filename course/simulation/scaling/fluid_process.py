"""An autoscaled service as processes, to be read: what `autoscale` does faster.

The load goes by step by step; at the end of some steps the autoscaler looks at how busy the ready
replicas were. Each replica that it orders is a process which becomes ready after a while, unless it
is stopped before.

>>> from course.simulation.scaling.load import Load
>>> steps = autoscale_process(
...     Load(15, [5, 30, 30, 30]), per_replica_per_s=10, start_up_s=20,
...     autoscaler=Autoscaler(target_utilisation=0.5), replicas=1)
>>> [(each["ready"], each["starting"], each["waiting"]) for each in steps]
[(1.0, 0, 0.0), (1.0, 0, 300.0), (1.0, 1, 600.0), (1.6666666666666667, 0, 800.0)]
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import simpy

from course.simulation.errors import require
from course.simulation.scaling.autoscaler import ROUNDING, Autoscaler
from course.simulation.scaling.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Generator

    from course.simulation.scaling.load import Load

__all__ = ["autoscale_process"]


def autoscale_process(
    load: Load,
    *,
    per_replica_per_s: float,
    replicas: int,
    start_up_s: float = 0.0,
    autoscaler: Autoscaler | None = None,
    most_waiting: float = math.inf,
    timeout_s: float = math.inf,
) -> list[dict[str, float]]:
    """Let a load go through a service, step by step.

    Args:
        load: how many requests come, step by step.
        per_replica_per_s: how many requests a replica can serve each second.
        replicas: how many are ready at the beginning.
        start_up_s: how long a replica takes until it is ready, in seconds.
        autoscaler: its settings; None if the number of replicas is fixed.
        most_waiting: how many requests can wait at most; who comes then is lost.
        timeout_s: who would have to wait longer, as things stand, is lost.

    Returns:
        A dict for each step, with `ready` (on average over it), and with `starting`, `served`,
        `waiting` and `lost` at its end.

    Raises:
        ParameterError: a number is unusable.
    """
    require("per_replica_per_s", per_replica_per_s, above=0)
    require("replicas", replicas, at_least=1, whole=True)
    require("start_up_s", start_up_s, at_least=0)
    environment = simpy.Environment()
    controller = None if autoscaler is None else Controller(autoscaler)
    sync_s = load.step_s if autoscaler is None else autoscaler.sync_s
    steps_per_decision = max(1, math.ceil(sync_s / load.step_s - ROUNDING))
    starting: list[simpy.Process] = []
    steps: list[dict[str, float]] = []
    ready, ready_s, waiting = replicas, 0.0, 0.0  # ready_s: replica seconds in this step
    used = could = 0.0  # since the last decision

    def replica() -> Generator[simpy.Event, object, None]:
        nonlocal ready, ready_s
        try:
            yield environment.timeout(start_up_s)
        except simpy.Interrupt:
            return  # stopped before it was ready
        starting.pop(0)  # the first one that was ordered
        ready += 1
        ready_s += len(steps) * load.step_s + load.step_s - environment.now

    def clock() -> Generator[simpy.Event, object, None]:
        nonlocal ready_s, used, could
        for step, rate_per_s in enumerate(load.requests_per_s.tolist(), start=1):
            ready_s += ready * load.step_s
            yield environment.timeout(step * load.step_s - environment.now)
            yield environment.timeout(0)  # replicas that are ready just now come first
            steps.append(serve(rate_per_s * load.step_s))
            used += steps[-1]["served"]
            could += ready_s * per_replica_per_s
            ready_s = 0.0
            if controller and step % steps_per_decision == 0:
                scale(controller.step(environment.now, used / could, ready, len(starting)))
                used = could = 0.0

    def serve(come: float) -> dict[str, float]:
        nonlocal waiting
        at_once = ready_s * per_replica_per_s
        served = min(waiting + come, at_once)
        left = waiting + come - served
        room = min(most_waiting, timeout_s * at_once / load.step_s)
        lost = min(max(left - room, 0.0), come)
        waiting = left - lost
        return {
            "ready": ready_s / load.step_s,
            "starting": len(starting),
            "served": served,
            "waiting": waiting,
            "lost": lost,
        }

    def scale(wanted: int) -> None:
        nonlocal ready
        more = wanted - ready - len(starting)
        starting.extend(environment.process(replica()) for _ in range(more))
        while starting and wanted < ready + len(starting):
            starting.pop().interrupt()
        ready = min(ready, wanted)

    environment.process(clock())
    environment.run(until=load.duration_s + load.step_s / 2)
    return steps
