"""The ways to fill a bin.

A *pattern* is what a bin may hold, by kinds of demands. A packing is then a number of uses for each
pattern: the formulation of Gilmore and Gomory, "A linear programming approach to the cutting-stock
problem", Operations Research 9 (1961). It does away with two symmetries that make packing hard for
a solver, as bins can be renumbered and equal demands exchanged. And its linear relaxation is tight.

Of all patterns, a packing into a given number of bins needs only

- *full* ones, which leave room for no further demand: whoever can use a pattern can use a fuller
  one, and leave places in it empty;
- those that waste no more than all bins together may, since the rest would not fit in the others.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.sizing.kinds import Contents, Kinds, Vector

__all__ = ["TooManyPatternsError", "full_patterns"]

_MOST_PATTERNS = 50_000  # the solver would need minutes for more
_MOST_STEPS = 3_000_000  # some two seconds
_MOST_KINDS_IN_A_BIN = 100  # each is a level of recursion


class TooManyPatternsError(Exception):
    """Tell that the patterns cannot be listed with reasonable effort, or not in time."""


def full_patterns(kinds: Kinds, count: int, deadline: float) -> list[Contents]:
    """List the full patterns that a packing into so many bins can use.

    Args:
        kinds: the demands.
        count: how many bins there are.
        deadline: when to give up, on the clock of `time.monotonic`.

    Raises:
        TooManyPatternsError: there are too many, or the deadline has passed.

    Example:
        >>> from course.sizing.demands import read
        >>> from course.sizing.kinds import Kinds
        >>> kinds = Kinds.of(read([6, 5, 5, 4, 4], 10))
        >>> [{kinds.sizes[k]: n for k, n in pattern.items()}
        ...  for pattern in full_patterns(kinds, 3, deadline=float("inf"))]
        [{(6,): 1, (4,): 1}, {(5,): 2}, {(5,): 1, (4,): 1}, {(4,): 2}]
    """
    sizes, counts = kinds.sizes, kinds.counts
    waste = tuple(
        count * limit - total for limit, total in zip(kinds.limits, kinds.totals, strict=True)
    )
    following = _sums_from(kinds)
    patterns: list[Contents] = []
    content: dict[int, int] = {}
    steps = 0

    def extend(start: int, room: Vector) -> None:
        """List the patterns that have this content of the kinds before `start`."""
        nonlocal steps
        if steps > _MOST_STEPS or len(content) > _MOST_KINDS_IN_A_BIN or monotonic() > deadline:
            raise TooManyPatternsError
        full = True
        for kind in range(start, len(sizes)):
            # Even all demands from here on would leave too much room.
            if any(r - f > w for r, f, w in zip(room, following[kind], waste, strict=True)):
                return
            steps += 1
            size = sizes[kind]
            most = counts[kind]
            for r, s in zip(room, size, strict=True):
                if s:
                    most = min(most, r // s)
            full = full and not most
            for number in range(most, 0, -1):
                content[kind] = number
                extend(kind + 1, tuple([r - number * s for r, s in zip(room, size, strict=True)]))
            content.pop(kind, None)
        if any(r > w for r, w in zip(room, waste, strict=True)):
            return
        if full and not any(
            content.get(kind, 0) < counts[kind]
            and all(s <= r for s, r in zip(sizes[kind], room, strict=True))
            for kind in range(start)
        ):
            patterns.append(dict(content))
            if len(patterns) > _MOST_PATTERNS:
                raise TooManyPatternsError

    extend(0, kinds.limits)
    return patterns


def _sums_from(kinds: Kinds) -> list[Vector]:
    """Return what the demands of each kind and of all following kinds come to."""
    sums = [tuple(0 for _ in kinds.limits)]
    for size, number in zip(reversed(kinds.sizes), reversed(kinds.counts), strict=True):
        sums.append(tuple(total + number * s for total, s in zip(sums[-1], size, strict=True)))
    return sums[::-1]
