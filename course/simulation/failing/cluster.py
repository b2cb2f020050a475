"""The hosts of a cluster and what they carry, event by event: the fast path of `failing`.

- `Cluster`: takes what happens to the hosts in the order of time, and counts what comes of it

It keeps no event that is over: what is counted takes as much memory as there are hosts. A group of
services that is down has *steps*: what it is still waiting for, and until when. They are counted
only when something else happens to it, so that a restart needs no event for its end.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from course.simulation.errors import ConservationError
from course.simulation.failing.records import CAUSES, Outage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from course.simulation.failing.outages import HostOutages

__all__ = ["Cluster"]

_UP, _DOWN, _SERVICED = range(3)
_NOBODY = -1


class Cluster:
    """The hosts, what they carry, and what each group of services is waiting for."""

    def __init__(
        self,
        hosts: int,
        spare_hosts: int,
        policy: str,
        *,
        detection_h: float,
        restart_h: float,
        by_hand_h: float,
        pause_h: float,
        keep: bool,
    ) -> None:
        self.policy = policy
        self.moves = policy in ("restart-elsewhere", "live-migration")
        self.detection_h, self.pause_h, self.keep = detection_h, pause_h, keep
        # What services go through once they have a host: what they wait for, and how long.
        self.start = [("restart", restart_h)]
        self.start_after_repair = self.start
        if policy == "none":
            self.start_after_repair = [("by hand", by_hand_h), *self.start]
        # By host. A free one is in the queue with the stamp that it has now.
        self.state = [_UP] * (hosts + spare_hosts)
        self.carries = [*range(hosts), *[_NOBODY] * spare_hosts]
        self.stamp = [0] * (hosts + spare_hosts)
        self.free = deque((host, 0) for host in range(hosts, hosts + spare_hosts))
        # By group. Steps are what it is still waiting for, each until when.
        self.host_of = list(range(hosts))
        self.steps: list[list[tuple[str, float]]] = [[] for _ in range(hosts)]
        self.since_h = [0.0] * hosts
        self.began: list[tuple[float, str] | None] = [None] * hosts
        self.noticed: deque[tuple[float, int, int]] = deque()
        self.token = [0] * hosts
        self.waiting: deque[int] = deque()
        # What it comes to.
        self.outages_of = [0] * hosts
        self.down_h = [0.0] * hosts
        self.waited_h = dict.fromkeys(CAUSES, 0.0)
        self.squares = self.longest_h = 0.0
        self.kept: list[Outage] = []
        self.failures = self.announced = self.restarts = self.migrations = 0
        self.maintenances = self.postponed = 0

    def run(
        self,
        pieces: Iterator[HostOutages],
        service: tuple[float, float] | None,
        duration_h: float,
    ) -> None:
        """Let happen what happens to the hosts, in the order of time."""
        repairs = (np.empty(0), np.empty(0, dtype=np.int64))  # of earlier pieces
        from_h = 0.0
        act = (self.fail, self.fail_announced, self.repair, self.take_out, self.give_back)
        for piece in pieces:
            end_h = np.concatenate([repairs[0], piece.end_h])
            host = np.concatenate([repairs[1], piece.host])
            now = end_h < piece.until_h
            repairs = (end_h[~now], host[~now])
            out_h, back_h, serviced = _maintenance(
                service, len(self.state), from_h, piece.until_h, duration_h
            )
            times_h = np.concatenate([piece.start_h, end_h[now], out_h, back_h])
            hosts = np.concatenate([piece.host, host[now], *serviced])
            kinds = np.repeat(
                np.arange(5),
                [0, 0, int(now.sum()), out_h.size, back_h.size],
            )
            kinds = np.concatenate([piece.announced.astype(np.int64), kinds])
            order = np.argsort(times_h, kind="stable")
            for time_h, kind, which in zip(
                times_h[order].tolist(), kinds[order].tolist(), hosts[order].tolist(), strict=True
            ):
                while self.noticed and self.noticed[0][0] <= time_h:
                    self.notice(*self.noticed.popleft())
                act[kind](which, time_h)
            from_h = piece.until_h
        while self.noticed and self.noticed[0][0] <= duration_h:
            self.notice(*self.noticed.popleft())

    def fail(self, host: int, time_h: float, *, announced: bool = False) -> None:
        """Let a host fail; one that is being serviced is switched off, and cannot."""
        if self.state[host] != _UP:
            return
        self.failures += 1
        self.announced += announced
        self.state[host] = _DOWN
        self.stamp[host] += 1
        group = self.carries[host]
        if group == _NOBODY:
            return
        if not self.moves:
            self.wait_for("repair", group, time_h)
        elif announced and self.policy == "live-migration" and self.move_live(group, time_h):
            pass
        else:
            self.down(group, time_h, "failure", [("detection", math.inf)])
            self.noticed.append((time_h + self.detection_h, group, self.token[group]))

    def fail_announced(self, host: int, time_h: float) -> None:
        """Let a host fail that has given notice of it."""
        self.fail(host, time_h, announced=True)

    def wait_for(self, cause: str, group: int, time_h: float) -> None:
        """Let a group wait for its own host."""
        began = "failure" if cause == "repair" else cause
        self.down(group, time_h, began, [(cause, math.inf)])

    def repair(self, host: int, time_h: float) -> None:
        """Bring a host back that has failed."""
        if self.state[host] == _DOWN:
            self.bring_back(host, time_h, self.start_after_repair)

    def bring_back(self, host: int, time_h: float, start: list[tuple[str, float]]) -> None:
        """Let a host carry what it carried before, who waits for one, or nobody for now."""
        self.state[host] = _UP
        group = self.carries[host]
        if group != _NOBODY:
            self.begin(group, host, time_h, start)
        elif self.waiting:
            self.begin(self.waiting.popleft(), host, time_h, self.start)
        else:
            self.free.append((host, self.stamp[host]))

    def notice(self, time_h: float, group: int, token: int) -> None:
        """Act upon a failure, unless the host has come back meanwhile."""
        if token != self.token[group]:
            return
        self.carries[self.host_of[group]] = _NOBODY
        host = self.take_free()
        if host is None:
            self.settle(group, time_h)
            self.host_of[group] = _NOBODY
            self.steps[group] = [("room", math.inf)]
            self.waiting.append(group)
        else:
            self.begin(group, host, time_h, self.start)

    def take_out(self, host: int, time_h: float) -> None:
        """Begin the maintenance of a host, if it works and its services can do without it."""
        if self.state[host] != _UP:
            return
        group = self.carries[host]
        if group != _NOBODY and self.moves:
            runs = not self.steps[group] or self.steps[group][-1][1] <= time_h
            if self.policy == "live-migration" and runs:
                moved = self.move_live(group, time_h)
            else:
                moved = self.move(group, time_h)
            if not moved:
                self.postponed += 1
                return
        elif group != _NOBODY:
            self.wait_for("maintenance", group, time_h)
        self.maintenances += 1
        self.state[host] = _SERVICED
        self.stamp[host] += 1

    def give_back(self, host: int, time_h: float) -> None:
        """End the maintenance of a host."""
        if self.state[host] == _SERVICED:
            self.bring_back(host, time_h, self.start)

    def move_live(self, group: int, time_h: float) -> bool:
        """Move running services to a free host, and return whether there was one."""
        host = self.take_free()
        if host is None:
            return False
        self.migrations += 1
        self.carries[self.host_of[group]] = _NOBODY
        self.down(group, time_h, "migration", [])
        self.put(group, host, time_h, [("migration", self.pause_h)])
        return True

    def move(self, group: int, time_h: float) -> bool:
        """Stop services and start them on a free host, and return whether there was one."""
        host = self.take_free()
        if host is None:
            return False
        self.carries[self.host_of[group]] = _NOBODY
        self.down(group, time_h, "maintenance", [])
        self.begin(group, host, time_h, self.start)
        return True

    def take_free(self) -> int | None:
        """Return the host that has been free for longest, and keep it for the one who asks."""
        while self.free:
            host, stamp = self.free.popleft()
            if self.stamp[host] == stamp:
                self.stamp[host] += 1
                return host
        return None

    def begin(self, group: int, host: int, time_h: float, start: list[tuple[str, float]]) -> None:
        """Start services on a host."""
        self.restarts += 1
        self.settle(group, time_h)
        self.put(group, host, time_h, start)

    def put(self, group: int, host: int, time_h: float, start: list[tuple[str, float]]) -> None:
        """Give services a host, and steps until they run on it."""
        self.carries[host] = group
        self.host_of[group] = host
        self.token[group] += 1
        steps = []
        for cause, lasts_h in start:
            time_h += lasts_h
            steps.append((cause, time_h))
        self.steps[group] = steps

    def down(self, group: int, time_h: float, cause: str, steps: list[tuple[str, float]]) -> None:
        """Stop services that run, or that were about to."""
        self.settle(group, time_h)
        if self.began[group] is None:
            self.began[group] = (time_h, cause)
        self.since_h[group] = time_h
        self.steps[group] = steps

    def settle(self, group: int, time_h: float) -> None:
        """Count what a group has waited for until now, and end its outage if it runs again."""
        began = self.began[group]
        if began is None:
            return
        since_h = self.since_h[group]
        for cause, until_h in self.steps[group]:
            if until_h > time_h:
                self.waited_h[cause] += time_h - since_h
                self.since_h[group] = time_h
                return
            self.waited_h[cause] += until_h - since_h
            since_h = until_h
        self.since_h[group] = since_h
        if self.steps[group]:
            self.end(group, began, since_h)

    def end(self, group: int, began: tuple[float, str], time_h: float) -> None:
        """Note an outage that is over."""
        lasted_h = time_h - began[0]
        self.began[group] = None
        self.outages_of[group] += 1
        self.down_h[group] += lasted_h
        self.squares += lasted_h**2
        self.longest_h = max(self.longest_h, lasted_h)
        if self.keep:
            self.kept.append(Outage(group, began[0], time_h, began[1]))

    def finish(self, time_h: float) -> None:
        """End what is still down, and make sure that nothing was lost.

        Raises:
            ConservationError: a group is on two hosts, or downtime has no cause.
        """
        for group in range(len(self.host_of)):
            self.settle(group, time_h)
            began = self.began[group]
            if began is not None:
                self.end(group, began, time_h)
        for group, host in enumerate(self.host_of):
            if host != _NOBODY and self.carries[host] != group:
                raise ConservationError(f"host {host} does not know that it carries {group}")
        carried = [group for group in self.carries if group != _NOBODY]
        if sorted([*carried, *self.waiting]) != list(range(len(self.host_of))):
            raise ConservationError("a group of services is nowhere, or on two hosts")
        causes_h = math.fsum(self.waited_h.values())
        if not math.isclose(causes_h, math.fsum(self.down_h), rel_tol=1e-6, abs_tol=1e-6):
            raise ConservationError(
                f"services were down for {math.fsum(self.down_h)} h, and waited for {causes_h} h"
            )


def _maintenance(
    service: tuple[float, float] | None,
    hosts: int,
    from_h: float,
    until_h: float,
    duration_h: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return when hosts are taken out and given back within a stretch of time, and which."""
    if service is None:
        nothing = np.empty(0)
        return nothing, nothing, (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    every_h, lasts_h = service
    last = until_h if until_h < duration_h else duration_h
    rounds = np.arange(max(0, int(from_h / every_h) - 2), int(last / every_h) + 1)
    # The hosts take turns, so that as few as possible are out at one time.
    turn = (np.arange(hosts) + 1) / (hosts + 1)
    out_h = ((rounds[:, None] + turn) * every_h).ravel()
    host = np.tile(np.arange(hosts), rounds.size)
    back_h = out_h + lasts_h
    out = (out_h >= from_h) & (out_h < last)
    back = (back_h >= from_h) & (back_h < last)
    return out_h[out], back_h[back], (host[out], host[back])
