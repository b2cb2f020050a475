"""What tenants ask for, beside the sizes that are sold, and shapes that share a host badly.

- `Request`: what one tenant asks for
- `MENU`: the sizes of virtual machines that are on sale
- `draw_requests`: tenants whose requests fit no size exactly
- `Pair`: two kinds of tenants and a host; `draw_pair` draws them
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from course.exercise.draw import Draw

__all__ = ["MENU", "Pair", "Request", "draw_pair", "draw_requests", "requests_table"]

_REQUESTS = 10
_NAMES = ("mail", "wiki", "shop", "till", "maps", "chat", "jobs", "logs", "scan", "feed", "blog",
          "pay")  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What one tenant asks for.

    Attributes:
        name: the tenant.
        cores: processor cores.
        memory_gib: memory, in GiB.
    """

    name: str
    cores: float
    memory_gib: float


#: The sizes of virtual machines on sale, as (cores, GiB): each the double of the one before.
MENU: tuple[tuple[int, int], ...] = tuple((2**step, 2 * 2**step) for step in range(7))


def requests_table(requests: Sequence[Request]) -> Table:
    """Return what tenants ask for as a table."""
    rows = tuple((one.name, one.cores, one.memory_gib) for one in requests)
    return Table("Ten requests (invented)", ("tenant", "cores", "memory (GiB)"), rows)


def draw_requests(draw: Draw) -> tuple[Request, ...]:
    """Return tenants, some of whom ask for more of one resource than the menu's shape has."""
    while True:
        names = draw.shuffled(_NAMES)[:_REQUESTS]
        requests = tuple(Request(name, *_asked(draw)) for name in names)
        by_cores = sum(_smallest(r, by_memory=False)[1] > _smallest(r, by_cores=False)[1]
                       for r in requests)  # fmt: skip
        by_memory = sum(_smallest(r, by_memory=False)[1] < _smallest(r, by_cores=False)[1]
                        for r in requests)  # fmt: skip
        if by_cores >= 2 and by_memory >= 2:
            return requests


def _asked(draw: Draw) -> tuple[float, float]:
    # Evenly spread over the doublings, and never just at a size, where rounding would decide.
    cores = 2 ** draw.fraction(-0.6, 3.8)
    memory_gib = 2 * cores * 2 ** draw.fraction(-1.2, 1.2)
    asked = round(cores, 1), round(memory_gib, 1)
    if all(abs(math.log2(number) - round(math.log2(number))) > 0.06 for number in asked):
        return asked
    return _asked(draw)


def _smallest(
    request: Request, *, by_cores: bool = True, by_memory: bool = True
) -> tuple[int, int]:
    return next(
        size
        for size in MENU
        if (not by_cores or size[0] >= request.cores)
        and (not by_memory or size[1] >= request.memory_gib)
    )


@dataclass(frozen=True)
class Pair:
    """Two kinds of tenants that a host is to be filled with.

    Attributes:
        cores: what the host has for them.
        memory_gib: what the host has for them, in GiB.
        calculating: the kind that asks for many cores and little memory.
        remembering: the kind that asks for much memory and few cores.
    """

    cores: int
    memory_gib: int
    calculating: Request
    remembering: Request

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("the host, for its tenants", self.cores, self.memory_gib, ""),
            ("each that calculates", self.calculating.cores, self.calculating.memory_gib,
             "pair.calculating"),
            ("each that remembers", self.remembering.cores, self.remembering.memory_gib,
             "pair.remembering"),
        )  # fmt: skip
        headings = ("what", "cores", "memory (GiB)", "in Python")
        return Table("One host, two kinds of tenants (invented)", headings, rows)

    def left(self, calculating: int, remembering: int) -> tuple[int, int]:
        """Return the cores and the GiB that a mix leaves; below zero if it does not fit.

        Args:
            calculating: how many of the one kind.
            remembering: how many of the other kind.
        """
        a, b = self.calculating, self.remembering
        return (
            int(self.cores - calculating * a.cores - remembering * b.cores),
            int(self.memory_gib - calculating * a.memory_gib - remembering * b.memory_gib),
        )

    def unused(self, calculating: int, remembering: int) -> float:
        """Return the share of the host's cores that a mix leaves, plus that of its memory.

        Args:
            calculating: how many of the one kind.
            remembering: how many of the other kind.
        """
        cores, memory_gib = self.left(calculating, remembering)
        return cores / self.cores + memory_gib / self.memory_gib

    def on_one_host(self, mix: object) -> dict[str, tuple[float, float]]:
        """Return the tenants of a mix by name, each with its cores and GiB, for a picture.

        Args:
            mix: how many of each kind; what is no mix stands for one that calculates.
        """
        counts = mix if isinstance(mix, list | tuple) and len(mix) == 2 else (1, 0)
        return {
            f"{letter}{number}": (kind.cores, kind.memory_gib)
            for letter, kind, count in zip(
                "cr", (self.calculating, self.remembering), counts, strict=True
            )
            for number in range(1, min(int(count), 99) + 1)
        }

    def mixes(self) -> Iterator[tuple[int, int]]:
        """Yield every mix that fits, nothing at all included."""
        for calculating in range(self.cores + 1):
            for remembering in range(self.cores + 1):
                if min(self.left(calculating, remembering)) < 0:
                    break
                yield calculating, remembering


def draw_pair(draw: Draw) -> Pair:
    """Return two kinds of tenants that leave much of a host unused alone, and little together."""
    while True:
        pair = Pair(
            cores=draw.choice((32, 40, 48, 56, 64)),
            memory_gib=draw.choice((128, 160, 192, 256)),
            calculating=Request("calculating", draw.integer(3, 6), draw.integer(3, 7)),
            remembering=Request("remembering", draw.integer(1, 2), draw.integer(13, 31)),
        )
        if _is_worth_mixing(pair):
            return pair


def _is_worth_mixing(pair: Pair) -> bool:
    mixes = list(pair.mixes())
    a_alone = max(mix for mix in mixes if mix[1] == 0)
    b_alone = max(mix for mix in mixes if mix[0] == 0)
    unused = sorted(pair.unused(*mix) for mix in mixes)
    # The best mix is one alone, and clearly better than what either kind leaves.
    return (
        unused[0] < 0.12 < 0.3 < min(pair.unused(*a_alone), pair.unused(*b_alone))
        and unused[1] > unused[0] + 0.01
    )
