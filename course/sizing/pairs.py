"""First fit and best fit, decreasing, of demands for two resources.

What makes two dimensions quick is the order. Demands come by their largest share of a bin, the
largest first; let a demand's *main* dimension be the one that this share is in. Among the demands
of one main dimension, sizes in it only fall. So

- seen from a bin, all demands from some place of the order on fit into it in their main dimension:
  a bisection finds the place;
- seen from the demands, a bin that has room for one of them in the main dimension has room for all
  later ones.

What is left to search for is the other dimension alone, and one dimension is searched by a binary
tree in log n steps. In both trees here, node i has the children 2 i and 2 i + 1, and the root is 1.
`course.sizing.heuristics` says what the rules are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.sizing.demands import Instance
    from course.sizing.heuristics import Bins

__all__ = ["best_fit", "first_fit"]


def first_fit(instance: Instance, order: Sequence[int]) -> Bins:
    """Pack by first fit, in an order of falling largest shares.

    It is done bin by bin, which comes to the same: a bin gets the first demand that is left, and
    then, one after the other, the next that fits.
    """
    mains = _mains(instance, order)
    sides = _Waiting(instance, order, mains, 0), _Waiting(instance, order, mains, 1)
    begun = [0, 0]
    bins: Bins = []
    for main in mains:
        at = begun[main]
        begun[main] += 1
        if not sides[main].has(at):
            continue
        content: list[int] = []
        room = list(instance.limits)
        candidates = [at, at]  # of each side, the first that fits
        while True:
            side, other = sides[main], sides[1 - main]
            side.drop(at)
            content.append(side.indices[at])
            main_room = room[main] = room[main] + side.falling[at]
            other_room = room[1 - main] = room[1 - main] - side.others[at]
            candidates[main] = side.first(main_room, other_room)
            if len(content) == 1 or not other.fits(candidates[1 - main], other_room, main_room):
                candidates[1 - main] = other.first(other_room, main_room)
            place, other_place = side.places[candidates[main]], other.places[candidates[1 - main]]
            if place == other_place:  # after all demands
                break
            if other_place < place:
                main = 1 - main
            at = candidates[main]
        bins.append(content)
    return bins


def best_fit(instance: Instance, order: Sequence[int]) -> Bins:
    """Pack by best fit, in an order of falling largest shares."""
    mains = _mains(instance, order)
    sides = _Looking(instance, order, mains, 0), _Looking(instance, order, mains, 1)
    first, second = sides
    first_weight, second_weight = instance.weights
    count = instance.count
    rooms: list[list[int]] = []
    keys: list[int] = []
    bins: Bins = []
    for main in mains:
        side = sides[main]
        at = side.at
        for key in side.later.pop(at, ()):
            number = key % count
            if keys[number] == key:  # nothing has come into the bin since
                side.add(number, key, rooms[number][1 - main])
        best = side.best()
        side.at += 1
        if best == side.nothing:
            number, room = len(bins), list(instance.limits)
            bins.append([])
            rooms.append(room)
            keys.append(best)
            first.leaf_of.append(-1)
            second.leaf_of.append(-1)
        else:
            number = best % count
            room = rooms[number]
            first.remove(number, best)
            second.remove(number, best)
        bins[number].append(side.indices[at])
        room[main] += side.falling[at]
        room[1 - main] -= side.others[at]
        # Bins compare by their room, and equal ones by their number.
        free, free_too = room
        keys[number] = key = (free * first_weight + free_too * second_weight) * count + number
        first.offer(number, key, free, free_too)
        second.offer(number, key, free_too, free)
    return bins


def _mains(instance: Instance, order: Sequence[int]) -> list[int]:
    """Return the main dimension of each demand, in their order."""
    first, second = instance.columns
    first_weight, second_weight = instance.weights
    return [int(first[i] * first_weight < second[i] * second_weight) for i in order]


class _Side:
    """The demands of one main dimension, in their order.

    Attributes:
        indices: which demands they are.
        places: where each comes in the order of all demands, and at last the end of that order.
        falling: the sizes in the main dimension, negative so that they rise.
        others: the sizes in the other dimension.
    """

    def __init__(
        self, instance: Instance, order: Sequence[int], mains: Sequence[int], main: int
    ) -> None:
        places = [place for place, its in enumerate(mains) if its == main]
        self.places = [*places, len(order)]
        self.indices = [order[place] for place in places]
        sizes, others = instance.columns[main], instance.columns[1 - main]
        self.falling = [-sizes[index] for index in self.indices]
        self.others = [others[index] for index in self.indices]


class _Waiting(_Side):
    """The demands of a side that are in no bin yet, searched for the first that fits.

    Each node of the tree knows the least size in the other dimension below it.
    """

    def __init__(
        self, instance: Instance, order: Sequence[int], mains: Sequence[int], main: int
    ) -> None:
        super().__init__(instance, order, mains, main)
        self._end = len(self.others)
        self._leaves = 1 << self._end.bit_length()
        self._gone = 1 + instance.limits[1 - main]  # the size of what is no longer there
        row = self.others + [self._gone] * (self._leaves - self._end)
        rows = [row]
        while len(row) > 1:
            row = list(map(min, row[::2], row[1::2]))
            rows.append(row)
        self._tree = [self._gone]
        for row in reversed(rows):
            self._tree += row

    def has(self, at: int) -> bool:
        """Tell whether a demand is in no bin yet."""
        return self._tree[at + self._leaves] != self._gone

    def fits(self, at: int, main_room: int, other_room: int) -> bool:
        """Tell whether a demand fits; the end always does."""
        return at == self._end or (
            self.falling[at] + main_room >= 0 and self.others[at] <= other_room
        )

    def first(self, main_room: int, other_room: int) -> int:
        """Return the first demand that fits, or the end."""
        tree, leaves = self._tree, self._leaves
        if tree[1] > other_room:
            return self._end
        node = bisect_left(self.falling, -main_room) + leaves
        while tree[node] > other_room:
            node += 1
            while not node & 1:  # the largest part that begins there
                node >>= 1
            if node == 1:  # a row is at its end, where no part but the whole would begin
                return self._end
        while node < leaves:
            node *= 2
            if tree[node] > other_room:
                node += 1
        return node - leaves

    def drop(self, at: int) -> None:
        """Take a demand out."""
        tree = self._tree
        node = at + self._leaves
        least = tree[node] = self._gone
        while node > 1:
            sibling = tree[node ^ 1]
            if sibling < least:
                least = sibling
            node >>= 1
            if tree[node] == least:
                break
            tree[node] = least


class _Looking(_Side):
    """The demands of a side, with the open bins that have room for the next in its main dimension.

    Bins are told by their keys, of which the least is the best. The leaves of the tree are the
    sizes in the other dimension: a bin is at the largest that it has room for. Each node knows the
    least key below it.

    Attributes:
        at: which demand comes next.
        later: the keys of the bins that will have room, by the demand from which on.
        leaf_of: for each bin the leaf that it is at, or -1.
        nothing: what is found where no bin fits; larger than every key.
    """

    def __init__(
        self, instance: Instance, order: Sequence[int], mains: Sequence[int], main: int
    ) -> None:
        super().__init__(instance, order, mains, main)
        most = sum(limit * w for limit, w in zip(instance.limits, instance.weights, strict=True))
        self.nothing = (most + 1) * len(order)
        self.at = 0
        self.later: dict[int, list[int]] = {}
        self.leaf_of: list[int] = []
        self._cuts = sorted(set(self.others))
        self._leaves = 1 << max(len(self._cuts) - 1, 0).bit_length()
        self._tree = [self.nothing] * (2 * self._leaves)
        self._keys: list[list[int]] = [[] for _ in self._cuts]
        node_of = {size: node for node, size in enumerate(self._cuts, self._leaves)}
        self._nodes = [node_of[size] for size in self.others]
        none = 1 + instance.limits[1 - main]
        # The least size in the other dimension from each demand on; too large after the last.
        self._least_from = list(accumulate(reversed([*self.others, none]), min))[::-1]

    def best(self) -> int:
        """Return the least key of the bins that the next demand fits into, or `nothing`."""
        tree, node = self._tree, self._nodes[self.at]
        best = tree[node]
        while node > 1:
            if not node & 1 and tree[node + 1] < best:
                best = tree[node + 1]
            node >>= 1
        return best

    def offer(self, number: int, key: int, main_room: int, other_room: int) -> None:
        """Add a bin now, or as soon as it has room; never, if none of the demands left will fit."""
        if self._least_from[self.at] > other_room:
            return
        at = bisect_left(self.falling, -main_room)
        if at <= self.at:
            self.add(number, key, other_room)
        elif self._least_from[at] <= other_room:
            self.later.setdefault(at, []).append(key)

    def add(self, number: int, key: int, other_room: int) -> None:
        """Add a bin, which must have room for the least size."""
        leaf = self.leaf_of[number] = bisect_right(self._cuts, other_room) - 1
        insort(self._keys[leaf], key)
        tree, node = self._tree, leaf + self._leaves
        while node and key < tree[node]:
            tree[node] = key
            node >>= 1

    def remove(self, number: int, key: int) -> None:
        """Remove a bin, if it is there."""
        leaf = self.leaf_of[number]
        if leaf < 0:
            return
        self.leaf_of[number] = -1
        keys = self._keys[leaf]
        del keys[bisect_left(keys, key)]
        tree, node = self._tree, leaf + self._leaves
        best = keys[0] if keys else self.nothing
        while tree[node] != best:
            tree[node] = best
            if node == 1:
                break
            sibling = tree[node ^ 1]
            if sibling < best:
                best = sibling
            node >>= 1
