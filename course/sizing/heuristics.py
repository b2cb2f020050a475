"""First fit and best fit.

Both take the demands one after the other, put each into a bin where it fits, and open a bin only
where there is none. They differ in their choice among the bins:

- *first fit*: the one that was opened first;
- *best fit*: the one with the least room left; among equals, the one that was opened first.

*Decreasing* means that the largest demands come first. Both rules, and what they cost in the worst
case, are from Johnson, "Near-optimal bin packing algorithms" (1973), and Johnson, Demers, Ullman,
Garey and Graham, SIAM Journal on Computing 3 (1974). First-fit decreasing of numbers never opens
more than 11/9 of the fewest bins and 6/9 (Dósa, ESCAPE 2007).

The rules leave open how large a vector is; Panigrahy, Talwar, Uyeda and Wieder, "Heuristics for
vector bin packing" (2011), compare some answers. Here

- a demand is as large as its largest share of a bin, over the dimensions: of 2 cores of 8 and
  16 GiB of 32, the 16 GiB count. It is the order "maximum" of Stillwell, Schanzenbach, Vivien and
  Casanova, "Resource allocation algorithms for virtualized service hosting platforms" (2010);
- the room of a bin is the sum of its free shares over the dimensions.

All of it is whole numbers, so equal is equal: among equal demands the one given first comes first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from course.sizing import pairs
from course.sizing.openbins import OpenBins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from course.sizing.demands import Instance

__all__ = ["Bins", "best_fit_decreasing", "decreasing", "first_fit", "first_fit_decreasing"]

Bins = list[list[int]]


def first_fit(instance: Instance) -> Bins:
    """Pack by first fit, in the order given."""
    return _first_fit(instance, range(instance.count))


def first_fit_decreasing(instance: Instance) -> Bins:
    """Pack by first fit, the largest demands first."""
    order = decreasing(instance)
    if len(instance.columns) == 2:
        return pairs.first_fit(instance, order)
    return _first_fit(instance, order)


def best_fit_decreasing(instance: Instance) -> Bins:
    """Pack by best fit, the largest demands first."""
    order = decreasing(instance)
    if len(instance.columns) == 1:
        return _best_fit_of_numbers(instance.columns[0], instance.limits[0], order)
    if len(instance.columns) == 2:
        return pairs.best_fit(instance, order)
    return _fit_of_vectors(instance, order, instance.weights)


def decreasing(instance: Instance) -> list[int]:
    """Return the indices of the demands, the largest first and equal ones in the order given."""
    largest = instance.columns[0]
    if len(instance.columns) > 1:
        weights = instance.weights
        shares = [
            [size * weight for size in column]
            for column, weight in zip(instance.columns, weights, strict=True)
        ]
        largest = list(map(max, *shares))
    # Python keeps the order of equals also where it sorts in reverse.
    return sorted(range(instance.count), key=largest.__getitem__, reverse=True)


def _first_fit(instance: Instance, order: Sequence[int]) -> Bins:
    if len(instance.columns) == 1:
        return _first_fit_of_numbers(instance.columns[0], instance.limits[0], order)
    # Where room does not count, all open bins are equal, and the first is chosen.
    return _fit_of_vectors(instance, order, (0,) * len(instance.columns))


def _first_fit_of_numbers(sizes: Sequence[int], limit: int, order: Iterable[int]) -> Bins:
    """Pack numbers by first fit, in n log n steps.

    A tournament is played among the bins: each is a leaf of a binary tree, and each inner node
    knows the most room of any bin below it. Going down from the root, to the left wherever there
    is room enough, ends at the first bin that fits. All bins that could be needed are in the tree
    from the beginning; an empty one is chosen only where no open one fits, as it comes after them.
    """
    leaves = 1 << max(len(sizes) - 1, 0).bit_length()
    room = [limit] * (2 * leaves)  # node i has the children 2 i and 2 i + 1; the root is 1
    bins: Bins = []
    for index in order:
        size = sizes[index]
        node = 1
        while node < leaves:
            node *= 2
            if room[node] < size:
                node += 1
        number = node - leaves
        if number == len(bins):
            bins.append([])
        bins[number].append(index)
        most = room[node] = room[node] - size
        while node > 1:
            most = max(most, room[node ^ 1])
            node //= 2
            if room[node] == most:
                break
            room[node] = most
    return bins


def _best_fit_of_numbers(sizes: Sequence[int], limit: int, order: Iterable[int]) -> Bins:
    """Pack numbers by best fit.

    The bins stand in a list that is sorted by room, then by number, so that a bisection finds the
    best. Moving a bin in the list takes time in proportion to its length, but very little of it:
    a list of 50,000 is shifted in a few microseconds.
    """
    rooms: list[tuple[int, int]] = []
    bins: Bins = []
    for index in order:
        size = sizes[index]
        at = bisect_left(rooms, (size,))
        room, number = rooms.pop(at) if at < len(rooms) else (limit, len(bins))
        if number == len(bins):
            bins.append([])
        bins[number].append(index)
        insort(rooms, (room - size, number))
    return bins


def _fit_of_vectors(instance: Instance, order: Iterable[int], weights: Sequence[int]) -> Bins:
    """Pack vectors; each goes to the bin whose room, times the weights, is least."""
    vectors = instance.vectors()
    open_bins = OpenBins(instance.columns)
    bins: Bins = []
    for index in order:
        size = vectors[index]
        chosen = open_bins.least(size)
        if chosen is None:
            number, room = len(bins), instance.limits
            bins.append([])
        else:
            open_bins.remove(chosen)
            _, number, room = chosen
        bins[number].append(index)
        room = tuple([r - s for r, s in zip(room, size, strict=True)])
        rank = sum([r * w for r, w in zip(room, weights, strict=True)])
        open_bins.add((rank, number, room))
    return bins
