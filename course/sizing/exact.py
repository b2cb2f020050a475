"""Packings that are proven to be optimal.

As little as possible is left to the solver. A packing into as many bins as the lower bound is
optimal, whatever found it; only where none is known after the heuristics and many tries
(`course.sizing.refill`), the solver is asked (`course.sizing.solver`), from the lower bound upward:
is there a packing into so many bins? The first number for which there is one is the optimum, as
all smaller ones have been excluded.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from course.sizing.kinds import Kinds
from course.sizing.refill import refill
from course.sizing.solver import TooLargeError, UndecidedError, pack_into

if TYPE_CHECKING:
    from course.sizing.demands import Instance
    from course.sizing.heuristics import Bins

__all__ = ["Outcome", "fewest"]


class Outcome(NamedTuple):
    """What was found.

    Attributes:
        bins: the best packing; optimal where it has as many bins as the lower bound.
        lower: the lower bound that has been proven.
        too_large: whether more time would not help.
    """

    bins: Bins
    lower: int
    too_large: bool = False


def fewest(instance: Instance, best: Bins, lower: int, time_limit_s: float) -> Outcome:
    """Look for a packing into fewer bins until one is proven to be optimal, or time is up.

    Args:
        instance: the demands.
        best: the best packing known.
        lower: a lower bound on the number of bins.
        time_limit_s: when to stop, in seconds from now.

    Raises:
        ImportError: OR-Tools is needed, and is not installed.
    """
    deadline = monotonic() + time_limit_s
    if len(best) == lower:
        return Outcome(best, lower)
    kinds = Kinds.of(instance)
    best = refill(kinds, best, lower, deadline)
    for count in range(lower, len(best)):
        now = monotonic()
        if now > deadline:
            break
        # If one number of bins takes too long, the next may be easier, and is still better.
        until = deadline if count == len(best) - 1 else now + (deadline - now) / 2
        try:
            found = pack_into(kinds, count, best, until)
        except TooLargeError:
            return Outcome(best, lower, too_large=True)
        except UndecidedError:
            continue
        if found is not None:
            return Outcome(found, lower)
        lower = count + 1
    return Outcome(best, lower)
