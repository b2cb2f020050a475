"""Demands of equal size, taken together.

What a bin holds is then told by *contents*: how many demands of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from course.sizing.heuristics import decreasing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from course.sizing.demands import Instance
    from course.sizing.heuristics import Bins

__all__ = ["Contents", "Kinds", "Vector"]

Vector: TypeAlias = tuple[int, ...]
# From the position of a kind to how many of its demands there are.
Contents: TypeAlias = "Mapping[int, int]"


@dataclass(frozen=True)
class Kinds:
    """The kinds of an instance, the largest first.

    Attributes:
        sizes: the size of each kind.
        members: the indices of each kind's demands.
        limits: the most that a bin may hold.
        weights: times these, sizes are shares of a bin.
    """

    sizes: tuple[Vector, ...]
    members: tuple[tuple[int, ...], ...]
    limits: Vector
    weights: Vector

    @classmethod
    def of(cls, instance: Instance) -> Kinds:
        """Sort the demands of an instance by kinds."""
        vectors = instance.vectors()
        members: dict[Vector, list[int]] = {}
        for index in decreasing(instance):
            members.setdefault(vectors[index], []).append(index)
        return cls(
            sizes=tuple(members),
            members=tuple(map(tuple, members.values())),
            limits=instance.limits,
            weights=instance.weights,
        )

    @property
    def counts(self) -> tuple[int, ...]:
        """How many demands there are of each kind."""
        return tuple(map(len, self.members))

    @property
    def totals(self) -> Vector:
        """What all demands come to."""
        return tuple(
            sum(size * count for size, count in zip(column, self.counts, strict=True))
            for column in zip(*self.sizes, strict=True)
        )

    def contents(self, bins: Bins) -> list[Contents]:
        """Return what each bin holds."""
        kind_of = {index: kind for kind, members in enumerate(self.members) for index in members}
        counted: list[Contents] = []
        for tenants in bins:
            content: dict[int, int] = {}
            for index in tenants:
                content[kind_of[index]] = content.get(kind_of[index], 0) + 1
            counted.append(content)
        return counted

    def bins(self, contents: Iterable[Contents]) -> Bins:
        """Return bins of demands.

        Contents may offer more places than there are demands; the last ones then stay empty, and
        so may bins, which are left out.

        Returns:
            Each bin in the order of its indices, the bins in the order of their first ones.
        """
        left = [list(reversed(members)) for members in self.members]
        filled = (
            sorted(left[kind].pop() for kind, n in content.items() for _ in range(n) if left[kind])
            for content in contents
        )
        return sorted(filter(None, filled))

    def room(self, content: Contents) -> Vector:
        """Return what some content leaves of a bin; below 0 where it does not fit."""
        return tuple(
            limit - sum([self.sizes[kind][dimension] * n for kind, n in content.items()])
            for dimension, limit in enumerate(self.limits)
        )
