"""Packing puzzles of lesson 01, drawn so that each has its point.

A puzzle is cut from hosts that are filled to the brim, so that a packing into so many hosts is
known to exist; it is drawn again until first-fit decreasing does what the lesson wants to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.sizing import lower_bound, pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise.draw import Draw

__all__ = ["Puzzle", "draw_puzzles", "draw_ten"]

_TEN = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay")


@dataclass(frozen=True)
class Puzzle:
    """Demands for memory, and the memory that one host has for them.

    Attributes:
        demands_gib: what each tenant asks for, in GiB; its names are the keys.
        capacity_gib: what one host has for its tenants, in GiB.
    """

    demands_gib: Mapping[str, int]
    capacity_gib: int


def _first_fit_decreasing(demands: list[int], capacity: int) -> int:
    return pack(demands, capacity, method="first_fit_decreasing").count


def _brimful(draw: Draw, capacity: int, parts: tuple[int, ...], smallest: int) -> list[int]:
    """Return the parts of hosts that are filled exactly, in another order."""
    return draw.shuffled([d for n in parts for d in draw.split(capacity, n, smallest)])


def draw_ten(draw: Draw) -> Puzzle:
    """Return ten tenants that fill three hosts exactly, where first-fit decreasing opens a fourth.

    A patient person beats the rule on them.
    """
    capacity = 64
    while True:
        demands = _brimful(draw, capacity, (3, 3, 4), 8)
        if len(set(demands)) > 7 and _first_fit_decreasing(demands, capacity) == 4:
            return Puzzle(dict(zip(_TEN, demands, strict=True)), capacity)


def draw_puzzles(draw: Draw) -> dict[str, Puzzle]:
    """Return puzzles A, B and C, of which first-fit decreasing wastes hosts on one."""
    capacity = 100
    beaten = draw.choice("ABC")
    return {
        name: _draw_hard(draw, capacity) if name == beaten else _draw_easy(draw, capacity)
        for name in "ABC"
    }


def _named(demands: list[int], capacity: int) -> Puzzle:
    return Puzzle({f"t{number:02}": d for number, d in enumerate(demands, 1)}, capacity)


def _draw_hard(draw: Draw, capacity: int) -> Puzzle:
    hosts = draw.integer(9, 12)
    while True:
        demands = _brimful(draw, capacity, (3,) * hosts, 15)
        # Loosen a few, so that the sum alone does not tell this puzzle from the others.
        for _ in range(draw.integer(3, 8)):
            number = draw.integer(0, len(demands) - 1)
            demands[number] = max(10, demands[number] - draw.integer(1, 3))
        if lower_bound(demands, capacity) == hosts < _first_fit_decreasing(demands, capacity):
            return _named(demands, capacity)


def _draw_easy(draw: Draw, capacity: int) -> Puzzle:
    while True:
        demands = [draw.integer(8, 60) for _ in range(draw.integer(27, 36))]
        if lower_bound(demands, capacity) == _first_fit_decreasing(demands, capacity):
            return _named(demands, capacity)
