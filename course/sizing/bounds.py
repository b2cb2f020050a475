"""How many bins are needed at the least.

The bound is L2 of Martello and Toth, "Lower bounds and reduction procedures for the bin packing
problem", Discrete Applied Mathematics 28 (1990), section 2; also in chapter 8 of their book
"Knapsack Problems" (1990). For a threshold `a` of at most half a bin, let

- J1 be the demands above `limit - a`: each has a bin to itself, as far as demands of `a` or more
  are concerned;
- J2 be the others above half a bin: no two of them share a bin;
- J3 be the demands from `a` to half a bin: they go into bins of J2, which leave
  `|J2| * limit - sum(J2)`, or into further bins.

Then `|J1| + |J2| + max(0, ceil((sum(J3) - what J2 leaves) / limit))` bins are needed, and L2 is
the largest of these over all thresholds. With `a = 0` it is at least the sum of all demands over
the limit. For demands of several dimensions, each dimension by itself gives a bound, and the
largest holds.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from course.sizing.demands import Instance

__all__ = ["fewest_bins", "martello_toth"]


def fewest_bins(instance: Instance) -> int:
    """Return a number of bins that no packing can go below.

    It is 0 where there are no demands, and else at least 1, even if every demand is 0.
    """
    bounds = map(martello_toth, instance.columns, instance.limits)
    return max(min(1, instance.count), *bounds)


def martello_toth(sizes: Iterable[int], limit: int) -> int:
    """Return the bound L2 for whole sizes, none of them above the limit.

    Takes n log n steps for n sizes.

    Example:
        >>> martello_toth([6, 6, 6, 4, 3], 10)
        3
        >>> martello_toth([4, 4, 4, 4], 10)  # the sum alone says 2 as well
        2
    """
    ordered = sorted(sizes)
    sums = [0, *accumulate(ordered)]
    half = bisect_right(ordered, limit // 2)  # from here on, demands above half a bin
    alone = len(ordered)  # from here on, demands of J1: none for a threshold of 0
    spare = (alone - half) * limit - (sums[alone] - sums[half])
    excess = max(0, sums[half] - spare)
    # Between two sizes, J3 is that of the larger, so that no other threshold needs to be tried.
    for threshold, before in zip(ordered[:half], sums, strict=False):
        if alone > half and ordered[alone - 1] > limit - threshold:
            while alone > half and ordered[alone - 1] > limit - threshold:
                alone -= 1
            spare = (alone - half) * limit - (sums[alone] - sums[half])
        if sums[half] - before - spare > excess:
            excess = sums[half] - before - spare
    return len(ordered) - half - (-excess // limit)
