"""Pre-copy, round by round: what is sent, how fast, and when to stop.

- `Sending`: the memory on its way, and the rounds so far
- `precopy_rounds`: QEMU's rule
- `Adaptive`: the rule of Clark and others (NSDI 2005)

`course.simulation.migration.precopy` checks what is asked for, and calls these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.simulation.migration.records import Migration, Round, check_rounds
from course.simulation.migration.working_set import Writes

if TYPE_CHECKING:
    from course.simulation.migration.working_set import WorkingSet

__all__ = ["Adaptive", "Sending", "precopy_rounds"]


class Sending:
    """The memory on its way."""

    def __init__(
        self, memory_mib: float, working_set: WorkingSet, *, skip: bool, resume_ms: float
    ) -> None:
        self.memory_mib = memory_mib
        self.working_set = working_set
        self.writes = Writes(memory_mib, working_set)
        self.skip = skip
        self.resume_ms = resume_ms
        self.time_s = 0.0
        self.rounds: list[Round] = []

    @property
    def left_mib(self) -> float:
        """What the next round has to send, in MiB."""
        return self.writes.left_mib

    def send(self, rate_mib_per_s: float, *, running: bool) -> None:
        """Send all that is left; a running machine writes meanwhile."""
        left_mib = self.left_mib
        skip = self.skip and running
        duration_s = self.writes.round_s(rate_mib_per_s, skip=skip)
        sent_mib = min(left_mib, duration_s * rate_mib_per_s) if skip else left_mib
        self.writes.pass_by(duration_s if running else 0.0)
        self.rounds.append(
            Round(
                number=len(self.rounds) + 1,
                start_s=self.time_s,
                duration_s=duration_s,
                sent_mib=sent_mib,
                dirtied_mib=self.left_mib,
                rate_mib_per_s=rate_mib_per_s,
                running=running,
                skipped_mib=left_mib - sent_mib,
            )
        )
        self.time_s += duration_s

    def result(self, method: str, *, converged: bool, reason: str) -> Migration:
        """Return what the rounds came to."""
        last = self.rounds[-1]
        rounds = tuple(self.rounds)
        check_rounds(rounds)
        resume_s = 0.0 if last.running else self.resume_ms / 1000
        return Migration(
            method=method,
            memory_mib=self.memory_mib,
            rounds=rounds,
            total_time_s=self.time_s + resume_s,
            downtime_ms=None if last.running else 1000 * last.duration_s + self.resume_ms,
            sent_mib=math.fsum(each.sent_mib for each in rounds),
            left_mib=self.left_mib,
            converged=converged,
            reason=reason,
        )


def precopy_rounds(
    sending: Sending, bandwidth: float, limit_ms: float, bounds: tuple[int, float]
) -> Migration:
    """Send round after round until the rest can be sent within the limit, or give up.

    Args:
        sending: the memory, of which nothing was sent yet.
        bandwidth: how fast to send, in MiB each second.
        limit_ms: for how long the machine may be stopped, in milliseconds.
        bounds: after how many rounds to give up, and after how many seconds.
    """
    max_rounds, deadline_s = bounds
    fits_mib = bandwidth * limit_ms / 1000
    while True:
        sending.send(bandwidth, running=True)
        if sending.left_mib <= fits_mib:
            left = f"{sending.left_mib:.4g} MiB"
            sending.send(bandwidth, running=False)
            return sending.result(
                "pre-copy",
                converged=True,
                reason=f"{left} were left, which can be sent within {limit_ms:g} ms",
            )
        if len(sending.rounds) >= max_rounds or sending.time_s >= deadline_s:
            break
    return sending.result(
        "pre-copy",
        converged=False,
        reason=(
            f"given up after {_rounds(sending)}: the memory is written at "
            f"{sending.working_set.mib_per_s:.4g} MiB/s and sent at {bandwidth:.4g} MiB/s, so that "
            f"{sending.left_mib:.4g} MiB are left{_each_time(sending)}, and {fits_mib:.4g} MiB "
            f"can be sent within {limit_ms:g} ms"
        ),
    )


def _rounds(sending: Sending) -> str:
    number = len(sending.rounds)
    return "1 round" if number == 1 else f"{number} rounds"


def _each_time(sending: Sending) -> str:
    """Say so where more rounds would not change anything."""
    last = sending.rounds[-1]
    return " each time" if sending.left_mib == last.sent_mib + last.skipped_mib else ""


@dataclass(frozen=True, slots=True)
class Adaptive:
    """Clark's rule, in MiB and MiB each second."""

    first_rate: float
    step: float
    stop_size_mib: float
    bandwidth: float
    try_full_speed: bool

    def run(self, sending: Sending, max_rounds: int, deadline_s: float) -> Migration:
        """Send round after round, and then the rest of a stopped machine."""
        rate = self.first_rate
        while True:
            sending.send(rate, running=True)
            last = sending.rounds[-1]
            # A round of nothing takes no time: all that it had was skipped.
            needed = math.inf
            if last.duration_s:
                needed = last.dirtied_mib / last.duration_s + self.step
            small = sending.left_mib < self.stop_size_mib or sending.left_mib == 0
            late = len(sending.rounds) >= max_rounds or sending.time_s >= deadline_s
            too_fast = needed > self.bandwidth and not self._may_try(sending)
            if small or late or too_fast:
                break
            rate = min(needed, self.bandwidth)
        left = f"{sending.left_mib:.4g} MiB"
        if small:
            reason = f"{left} were left, less than {self.stop_size_mib:.4g} MiB"
        elif too_fast:
            reason = (
                f"stopped with {left} left: the next round needed {needed:.4g} MiB/s, "
                f"and the network sends {self.bandwidth:.4g}"
            )
        else:
            reason = f"stopped with {left} left, after {_rounds(sending)}"
        sending.send(self.bandwidth, running=False)
        return sending.result("adaptive", converged=small, reason=reason)

    def _may_try(self, sending: Sending) -> bool:
        """Return whether another round at full speed may still help."""
        if not self.try_full_speed:
            return False
        last = sending.rounds[-1]
        if last.rate_mib_per_s < self.bandwidth:
            return True
        before = sending.rounds[-2].sent_mib if len(sending.rounds) > 1 else math.inf
        return last.sent_mib <= before
