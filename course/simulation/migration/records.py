"""What became of a migration: its rounds, and what they came to.

- `Round`: one pass over what had to be sent
- `Migration`: all of them, with times and bytes
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise

from course.simulation.errors import ConservationError

__all__ = ["Migration", "Round"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One pass over what has to be sent.

    Attributes:
        number: from 1 on.
        start_s: when it began, in seconds from the beginning of the migration.
        duration_s: how long it took, in seconds.
        sent_mib: what it sent, in MiB.
        dirtied_mib: what of the memory was different at its end from what had been sent, in MiB.
        rate_mib_per_s: how fast it sent, in MiB each second.
        running: whether the machine was running meanwhile.
        skipped_mib: what it left out, because the machine had written to it again before its turn,
            in MiB; part of what was dirtied.
    """

    number: int
    start_s: float
    duration_s: float
    sent_mib: float
    dirtied_mib: float
    rate_mib_per_s: float
    running: bool
    skipped_mib: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What became of a migration.

    Attributes:
        method: by which rule it went.
        memory_mib: the memory of the machine, in MiB.
        rounds: the passes, in order.
        total_time_s: from its beginning to its end, in seconds.
        downtime_ms: how long the machine ran nowhere, in milliseconds; None if it was given up,
            so that the machine still runs where it was.
        sent_mib: all that went over the network, in MiB.
        left_mib: what would still have to be sent, in MiB; 0 after a migration that was completed.
        converged: whether the rest became small enough to stop; it did not if the migration was
            given up, or if it had to stop with more left.
        reason: why it ended as it did, in a sentence.
        degraded_s: for how long the machine ran without having all of its memory beside it, in
            seconds; only post-copy has such a time.
        faults: how many pages it had to wait for meanwhile.
        stalled_s: for how long it waited for them, in seconds.
    """

    method: str
    memory_mib: float
    rounds: tuple[Round, ...]
    total_time_s: float
    downtime_ms: float | None
    sent_mib: float
    left_mib: float
    converged: bool
    reason: str
    degraded_s: float = 0.0
    faults: int = 0
    stalled_s: float = 0.0

    @property
    def overhead(self) -> float:
        """All that was sent, as a multiple of the memory; no unit."""
        return self.sent_mib / self.memory_mib

    @property
    def slowdown(self) -> float:
        """The share of the degraded time in which the machine waited for pages, from 0 to 1."""
        return self.stalled_s / self.degraded_s if self.degraded_s else 0.0

    def records(self) -> list[dict[str, object]]:
        """Return a row for each round, ready for a chart: the fields of `Round`."""
        return [asdict(each) for each in self.rounds]


def check_rounds(rounds: tuple[Round, ...]) -> None:
    """Make sure that no page was lost: what a round had to send was sent or skipped.

    Raises:
        ConservationError: a model has lost something, or made it.
    """
    for one, following in pairwise(rounds):
        handled = following.sent_mib + following.skipped_mib
        if not math.isclose(handled, one.dirtied_mib, rel_tol=1e-9, abs_tol=1e-9):
            raise ConservationError(
                f"round {one.number} left {one.dirtied_mib} MiB, "
                f"and round {following.number} dealt with {handled}"
            )
        if one.skipped_mib > one.dirtied_mib * (1 + 1e-6) + 1e-9:
            raise ConservationError(
                f"round {one.number} skipped {one.skipped_mib} MiB as written again, "
                f"and only {one.dirtied_mib} were"
            )
