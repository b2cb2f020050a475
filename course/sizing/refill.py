"""Fill one bin after another as full as possible, many times over.

The rule is the minimum bin slack of Gupta and Ho, "A new heuristic algorithm for the
one-dimensional bin-packing problem", Production Planning and Control 10 (1999), with the
improvement of Fleszar and Hindi, "New heuristics for one-dimensional bin-packing", Computers and
Operations Research 29 (2002): each bin begins with one demand, and is completed by those of the
others that together leave the least room. The first try begins bins with the largest demands, the
others with random ones, which are the same each time. In a fraction of a second this finds most of
the optimal packings that the simple heuristics miss; it cannot prove that one is optimal.
"""

from __future__ import annotations

import random
from operator import mul, truediv
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.sizing.heuristics import Bins
    from course.sizing.kinds import Contents, Kinds, Vector

__all__ = ["refill"]

_MOST_TRIES = 200
_MOST_STEPS = 1_000_000  # over all tries; about a second
_STEPS_FOR_A_BIN = 5_000
_MOST_IN_A_BIN = 200  # each is a level of recursion
_NEGLIGIBLE = 500_000_000  # room of less than one part in so many is none: floats leave that


def refill(kinds: Kinds, best: Bins, enough: int, deadline: float) -> Bins:
    """Return the best packing of many tries, or the one known if that is as good.

    Args:
        kinds: the demands.
        best: the best packing known.
        enough: with so many bins, no better packing is looked for.
        deadline: when to stop, on the clock of `time.monotonic`.
    """
    chance = random.Random(1)  # noqa: S311 - always the same, and nothing is secret
    shares = [max(map(truediv, size, kinds.limits)) for size in kinds.sizes]
    order: Sequence[int] = range(len(shares))
    steps = 0
    for _ in range(_MOST_TRIES):
        contents, taken = _fill(kinds, order, len(best) - 1, _MOST_STEPS - steps)
        steps += taken
        if contents is not None:
            best = kinds.bins(contents)
        if len(best) <= enough or steps > _MOST_STEPS or monotonic() > deadline:
            break
        # Large demands still tend to come first, as they are the hardest to place.
        keys = [share * (1 + chance.random()) for share in shares]
        order = sorted(range(len(keys)), key=keys.__getitem__, reverse=True)
    return best


def _fill(
    kinds: Kinds, order: Sequence[int], most_bins: int, most_steps: int
) -> tuple[list[Contents] | None, int]:
    """Return a packing that begins each bin with the first demand left, and the steps it took.

    There is none where it would take more bins, or more steps, than it may.
    """
    left = list(kinds.counts)
    contents: list[Contents] = []
    steps = 0
    waiting = list(order)
    while waiting:
        if len(contents) == most_bins or steps > most_steps:
            return None, steps
        content, taken = _fullest(kinds, waiting, left)
        steps += taken + len(waiting)
        contents.append(content)
        for kind, number in content.items():
            left[kind] -= number
        waiting = [kind for kind in waiting if left[kind]]
    return contents, steps


def _fullest(kinds: Kinds, waiting: Sequence[int], left: Sequence[int]) -> tuple[Contents, int]:
    """Return the fullest content found that has the first kind waiting, and the steps it took."""
    sizes, weights = kinds.sizes, kinds.weights
    negligible = sum(map(mul, kinds.limits, weights)) // _NEGLIGIBLE
    available = list(left)
    chosen: list[int] = []
    fullest: list[int] = []
    least = None
    steps = 0

    def add(kind: int, position: int, room: Vector) -> None:
        """Add one demand, then, in all ways, further ones from a position on."""
        nonlocal least, fullest, steps
        room = tuple([r - s for r, s in zip(room, sizes[kind], strict=True)])
        chosen.append(kind)
        available[kind] -= 1
        rest = sum([r * w for r, w in zip(room, weights, strict=True)])
        if least is None or rest < least:
            least, fullest = rest, chosen.copy()
        for following in range(position, len(waiting)):
            if least <= negligible or steps > _STEPS_FOR_A_BIN or len(chosen) == _MOST_IN_A_BIN:
                break
            steps += 1
            other = waiting[following]
            if available[other]:
                for s, r in zip(sizes[other], room, strict=True):
                    if s > r:
                        break
                else:
                    add(other, following, room)
        chosen.pop()
        available[kind] += 1

    add(waiting[0], 0, kinds.limits)
    return {kind: fullest.count(kind) for kind in fullest}, steps
