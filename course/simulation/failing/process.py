"""Services on hosts that fail, as SimPy processes: the model to be read.

- `fail_process`: the outages of all services, given when the hosts fail

Each host is a process that works and is repaired in turn, and each group of services is one that
waits for its host to fail, and then for what its policy makes it wait for. Free hosts stand in a
store, first come, first served. `failures` does the same without processes, and faster; given the
same failures, it finds the same outages. Maintenance is only there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simpy

from course.simulation.failing.records import Outage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from course.simulation.failing.outages import HostOutages

__all__ = ["fail_process"]

_SECONDS_PER_HOUR = 3600


class _Host:
    """A host: whether it is up, and events for what happens to it next."""

    def __init__(self, env: simpy.Environment, outages: list[tuple[float, float, bool]]) -> None:
        self.env, self.outages = env, outages
        self.up, self.carries = True, False
        self.failed, self.repaired = env.event(), env.event()

    def live(self, free: simpy.Store) -> Generator[simpy.Event, Any, None]:
        """Work, fail, be repaired, and so on."""
        for start_h, end_h, announced in self.outages:
            yield self.env.timeout(start_h - self.env.now)
            self.up = False
            if self in free.items:
                free.items.remove(self)
            self.failed.succeed(announced)
            self.failed = self.env.event()
            yield self.env.timeout(end_h - self.env.now)
            self.up = True
            self.repaired.succeed()
            self.repaired = self.env.event()
            if not self.carries:
                free.put(self)


def fail_process(
    hosts: int,
    plan: Iterable[HostOutages],
    *,
    spare_hosts: int = 0,
    policy: str = "restart-elsewhere",
    detection_s: float = 340,
    restart_s: float = 60,
    by_hand_s: float = 3600,
    migration_downtime_s: float = 0.3,
    duration_h: float,
) -> list[Outage]:
    """Return the outages of services on hosts that fail when a plan says so.

    Args:
        hosts: how many hosts carry services.
        plan: when hosts fail and are repaired, from `course.simulation.failing.outages`.
        spare_hosts: how many more hosts stand by.
        policy: what is done about a failure; see `course.simulation.failing.failures`.
        detection_s: how long it takes until a failure is acted upon, in seconds.
        restart_s: how long services take to start, in seconds.
        by_hand_s: how long it takes ``none`` after a repair until somebody starts them, in seconds.
        migration_downtime_s: how long a live migration stops them, in seconds.
        duration_h: when to stop, in hours.
    """
    env = simpy.Environment()
    failures: list[list[tuple[float, float, bool]]] = [[] for _ in range(hosts + spare_hosts)]
    for piece in plan:
        rows = zip(piece.host, piece.start_h, piece.end_h, piece.announced, strict=True)
        for host, start_h, end_h, announced in rows:
            failures[host].append((float(start_h), float(end_h), bool(announced)))
    all_hosts = [_Host(env, outages) for outages in failures]
    free = simpy.Store(env)
    free.items.extend(all_hosts[hosts:])
    outages: list[Outage] = []
    detection_h, pause_h = detection_s / _SECONDS_PER_HOUR, migration_downtime_s / _SECONDS_PER_HOUR
    restart_h = restart_s / _SECONDS_PER_HOUR
    again_h = restart_h + (by_hand_s / _SECONDS_PER_HOUR if policy == "none" else 0)

    def services(group: int, host: _Host) -> Generator[simpy.Event, Any, None]:
        """Run; when the host fails, go through what has to be gone through until they run again."""
        while True:
            host.carries = True
            announced = yield host.failed
            down_h, cause, runs = env.now, "failure", False
            while not runs:
                host, ready_h, moved = yield from next_host(host, announced)
                if moved and env.now == down_h:
                    cause = "migration"
                host.carries = True
                failed = host.failed
                yield env.timeout(ready_h) | failed
                runs = not failed.triggered
                announced = runs or failed.value
            outages.append(Outage(group, down_h, env.now, cause))

    def next_host(
        host: _Host, announced: bool
    ) -> Generator[simpy.Event, Any, tuple[_Host, float, bool]]:
        """Wait for a host; return it, how long the services take to start, and if they moved."""
        if policy == "live-migration" and announced and free.items:
            host.carries = False
            return (yield free.get()), pause_h, True
        if policy in ("none", "restart"):
            yield host.repaired
            return host, again_h, False
        yield env.timeout(detection_h) | host.repaired
        if not host.up:
            host.carries = False
            host = yield free.get()
        return host, restart_h, False

    for host in all_hosts:
        env.process(host.live(free))
    for group in range(hosts):
        env.process(services(group, all_hosts[group]))
    env.run(until=duration_h)
    return sorted(outages, key=lambda outage: (outage.start_h, outage.group))
