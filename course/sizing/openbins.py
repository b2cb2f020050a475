"""The open bins of a vector packing, searched by the room that they have left.

A demand fits where there is room for it in *every* dimension, so bins cannot be sorted for it as
they can for numbers. `OpenBins` divides them by one dimension after the other (a k-d tree,
Bentley 1975), with two peculiarities:

- It cuts only at sizes of demands. Which of two rooms lies between the same sizes makes no
  difference to any demand, so that no division is finer than it must be, and the depth is limited
  whatever the order in which bins come and go.
- Each node knows the best bin below it, so that a search passes over whatever cannot be better
  than what it has found.

A search goes only to the high side of a cut that a demand reaches. Below a cut that it does not
reach, it must look on both sides; but on the high side, that dimension is settled. Where all
dimensions are settled, the best bin of the node is taken without going further down.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from operator import le
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["OpenBins", "OpenedBin"]

Vector: TypeAlias = tuple[int, ...]
# Rank, number and room of a bin. The lower rank is the better, then the lower number.
OpenedBin: TypeAlias = tuple[float, int, Vector]

_NONE: OpenedBin = (math.inf, -1, ())
_MOST_IN_A_LEAF = 16  # fewer means a deeper tree, more means more comparisons at its end


class _Node:
    """A leaf, which holds bins, or a division into a low and a high side.

    Attributes:
        parent: the node above; None of the root.
        spans: for each dimension, between which of its cuts the node lies.
        best: the best bin in it, or `_NONE`.
        bins: of a leaf, its bins, the best first.
        most: of a leaf, the most room that any of its bins has, dimension by dimension.
        dimension: of a division, in which dimension it is made. A leaf has -1.
        cut: of a division, the least room of the high side.
        low: of a division, the side with less room than the cut.
        high: of a division, the other.
    """

    __slots__ = ("best", "bins", "cut", "dimension", "high", "low", "most", "parent", "spans")

    low: _Node
    high: _Node

    def __init__(
        self, parent: _Node | None, spans: tuple[tuple[int, int], ...], bins: list[OpenedBin]
    ) -> None:
        self.parent = parent
        self.spans = spans
        self.bins = bins
        self.dimension = -1
        self.cut = 0
        self.summarise()

    def summarise(self) -> None:
        """Find the best bin and the most room of a leaf."""
        self.best = self.bins[0] if self.bins else _NONE
        self.most: Vector = tuple(map(max, zip(*[room for _, _, room in self.bins], strict=True)))


class OpenBins:
    """Bins that are found by their room.

    Args:
        columns: for each dimension, the sizes of all demands that will be asked for.

    Example:
        >>> bins = OpenBins(([1, 2], [2, 1]))
        >>> bins.add((0, 0, (1, 5)))
        >>> bins.add((0, 1, (5, 5)))
        >>> bins.least((1, 2)), bins.least((2, 1)), bins.least((6, 1))
        ((0, 0, (1, 5)), (0, 1, (5, 5)), None)
    """

    def __init__(self, columns: Sequence[Sequence[int]]) -> None:
        self._cuts = [sorted(set(column)) for column in columns]
        self._root = _Node(None, tuple((0, len(cuts)) for cuts in self._cuts), [])
        self._all = (1 << len(columns)) - 1

    def least(self, size: Vector) -> OpenedBin | None:
        """Return the bin of least rank, then number, in which a demand fits; None if there is none.

        The size must be that of one of the demands that were announced.
        """
        found = _NONE
        # Nodes to look at, each with the set of its dimensions that are settled, as bits.
        waiting = [(self._root, 0)]
        push, pop, everything = waiting.append, waiting.pop, self._all
        while waiting:
            node, settled = pop()
            if node.best >= found:
                continue
            dimension = node.dimension
            if settled == everything:
                found = node.best
            elif dimension < 0:
                if all(map(le, size, node.most)):
                    for candidate in node.bins:
                        if candidate >= found:
                            break
                        if all(map(le, size, candidate[2])):
                            found = candidate
                            break
            elif size[dimension] >= node.cut:
                push((node.high, settled))
            else:
                low, high = (node.low, settled), (node.high, settled | 1 << dimension)
                # The better side first: then the other can more often be passed over.
                if node.low.best < node.high.best:
                    push(high)
                    push(low)
                else:
                    push(low)
                    push(high)
        return None if found is _NONE else found

    def add(self, opened: OpenedBin) -> None:
        """Add a bin."""
        leaf = self._leaf(opened[2])
        insort(leaf.bins, opened)
        if len(leaf.bins) > _MOST_IN_A_LEAF:
            self._divide(leaf)
        leaf.most = tuple(map(max, opened[2], leaf.most)) or opened[2]
        node: _Node | None = leaf
        while node is not None and opened < node.best:
            node.best = opened
            node = node.parent

    def remove(self, opened: OpenedBin) -> None:
        """Remove a bin, which must be there."""
        leaf = self._leaf(opened[2])
        del leaf.bins[bisect_left(leaf.bins, opened)]
        leaf.summarise()
        node = leaf.parent
        while node is not None and node.best == opened:
            low, high = node.low.best, node.high.best
            node.best = low if low < high else high
            node = node.parent

    def _leaf(self, room: Vector) -> _Node:
        node = self._root
        while node.dimension >= 0:
            node = node.high if room[node.dimension] >= node.cut else node.low
        return node

    def _divide(self, node: _Node) -> None:
        """Divide a leaf until no part holds too much, or no demand tells its bins apart."""
        while len(node.bins) > _MOST_IN_A_LEAF:
            dimension = max(
                range(len(node.spans)), key=lambda d: node.spans[d][1] - node.spans[d][0]
            )
            start, end = node.spans[dimension]
            if start == end:
                return
            middle = (start + end) // 2
            cut = self._cuts[dimension][middle]
            before, after = node.spans[:dimension], node.spans[dimension + 1 :]
            low = [opened for opened in node.bins if opened[2][dimension] < cut]
            high = [opened for opened in node.bins if opened[2][dimension] >= cut]
            node.low = _Node(node, (*before, (start, middle), *after), low)
            node.high = _Node(node, (*before, (middle + 1, end), *after), high)
            node.dimension, node.cut, node.bins = dimension, cut, []
            node = node.low if len(low) > len(high) else node.high
