"""The migrations of lesson 09: one that is worked out by hand, and one that does not converge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MOST_ROUNDS", "ByHand", "Remedy", "Stuck", "draw_by_hand", "draw_stuck"]

#: After how many rounds a migration that does not converge is given up.
MOST_ROUNDS = 30


@dataclass(frozen=True)
class ByHand:
    """A migration that is worked out round by round, in decimal units.

    Attributes:
        memory_mb: the machine's memory, in MB of 10**6 bytes.
        network_mbit_per_s: what the network carries, in Mbit/s of 10**6 bits a second.
        dirty_mb_per_s: how fast the machine writes, each page once, in MB/s.
        limit_ms: for how long it may be stopped, in milliseconds.
    """

    memory_mb: int
    network_mbit_per_s: int
    dirty_mb_per_s: int
    limit_ms: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("memory of the machine", self.memory_mb, "MB", "memory_mb"),
            ("the network carries", self.network_mbit_per_s, "Mbit/s", "network_mbit_per_s"),
            ("the machine writes", self.dirty_mb_per_s, "MB/s", "dirty_mb_per_s"),
            ("it may be stopped for", self.limit_ms, "ms", "limit_ms"),
        )
        headings = ("what", "value", "unit", "in Python: hand.")
        return Table("A machine on its way (invented)", headings, rows)


def draw_by_hand(draw: Draw) -> ByHand:
    """Return a migration of four or five rounds, and never just at the limit."""
    while True:
        carried = 10 * draw.integer(5, 12)  # MB/s
        hand = ByHand(
            memory_mb=100 * draw.integer(4, 16),
            network_mbit_per_s=8 * carried,
            dirty_mb_per_s=draw.integer(carried // 5, carried // 2),
            limit_ms=50 * draw.integer(2, 8),
        )
        fits, left, rounds = carried * hand.limit_ms / 1000, float(hand.memory_mb), 0
        clear = hand.dirty_mb_per_s % carried != 0
        while left > fits:
            left *= hand.dirty_mb_per_s / carried
            rounds += 1
            clear = clear and not fits / 1.15 < left < fits * 1.15
        if clear and rounds in (3, 4):
            return hand


@dataclass(frozen=True)
class Remedy:
    """A migration with something changed.

    Attributes:
        change: what is changed, in words.
        bandwidth_mib_per_s: how fast the network then sends, in MiB/s.
        dirty_mib_per_s: how fast the machine then writes, in MiB/s.
        limit_ms: for how long it may then be stopped, in milliseconds.
        most_rounds: after how many rounds it is then given up.
    """

    change: str
    bandwidth_mib_per_s: int
    dirty_mib_per_s: int
    limit_ms: int
    most_rounds: int = MOST_ROUNDS


@dataclass(frozen=True)
class Stuck:
    """A migration that does not converge, and four things that could be changed.

    Attributes:
        memory_mib: the machine's memory, in MiB.
        bandwidth_mib_per_s: how fast the network sends, in MiB/s.
        dirty_mib_per_s: how fast the machine writes, in MiB/s.
        working_set_mib: the part of its memory that it writes to, over and over, in MiB.
        limit_ms: for how long it may be stopped, in milliseconds.
        remedies: what could be changed, by letter; one of the four helps.
    """

    memory_mib: int
    bandwidth_mib_per_s: int
    dirty_mib_per_s: int
    working_set_mib: int
    limit_ms: int
    remedies: dict[str, Remedy]

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("memory of the machine", self.memory_mib, "MiB", "memory_mib"),
            ("the network sends", self.bandwidth_mib_per_s, "MiB/s", "bandwidth_mib_per_s"),
            ("the machine writes", self.dirty_mib_per_s, "MiB/s", "dirty_mib_per_s"),
            ("over and over in", self.working_set_mib, "MiB", "working_set_mib"),
            ("it may be stopped for", self.limit_ms, "ms", "limit_ms"),
        )
        headings = ("what", "value", "unit", "in Python: stuck.")
        return Table("A machine that does not get away (invented)", headings, rows)

    def choices(self) -> Table:
        """Return what could be changed, by letters, as a table."""
        rows = tuple((letter, remedy.change) for letter, remedy in self.remedies.items())
        return Table("What could be changed", ("letter", "change"), rows)


def draw_stuck(draw: Draw) -> Stuck:
    """Return a migration that does not converge, and of which one change in four makes one."""
    carried = 8 * draw.integer(8, 15)
    dirty = round(carried * draw.fraction(1.25, 1.45))
    limit = draw.choice((200, 300, 400))
    helps = draw.choice(("network", "machine", "limit"))
    # What cannot be sent within the limit, by far; or within a limit three times as long.
    working_set = round(carried * limit / 1000 * (draw.fraction(2.2, 2.6) if helps == "limit"
                                                  else draw.fraction(7, 9)))  # fmt: skip
    faster = round(carried * (2.4 if helps == "network" else 1.1))
    slower = round(dirty * (0.35 if helps == "machine" else 0.9))
    remedies = [
        Remedy(f"the network sends {faster} MiB/s", faster, dirty, limit),
        Remedy(f"the machine is slowed down to {slower} MiB/s", carried, slower, limit),
        Remedy(f"it may be stopped for {3 * limit} ms", carried, dirty, 3 * limit),
        Remedy(f"it may take {10 * MOST_ROUNDS} rounds", carried, dirty, limit, 10 * MOST_ROUNDS),
    ]
    return Stuck(
        memory_mib=1024 * draw.integer(2, 8),
        bandwidth_mib_per_s=carried,
        dirty_mib_per_s=dirty,
        working_set_mib=working_set,
        limit_ms=limit,
        remedies=dict(zip("abcd", draw.shuffled(remedies), strict=True)),
    )
