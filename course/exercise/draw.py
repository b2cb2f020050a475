"""Numbers that belong to one learner: the same on every machine and in every Python.

Python promises one thing of its random module across versions: that `Random(seed).random()`
goes on giving the same sequence. `randint`, `choice` and `shuffle` are not covered by that
promise, so the draws here are built upon `random()` alone, and the seed on SHA-256.
"""

from __future__ import annotations

import hashlib
import random
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Draw"]

T = TypeVar("T")


class Draw:
    """A stream of draws that is fixed by its labels.

    >>> Draw("01", "ada").integer(1, 6) == Draw("01", "ada").integer(1, 6)
    True
    """

    def __init__(self, *labels: str) -> None:
        # Lengths keep ("ab", "c") and ("a", "bc") apart.
        text = "".join(f"{len(label)}:{label}" for label in labels)
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        self._random = random.Random(seed)  # noqa: S311 (exercises need no cryptography)

    def fraction(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return low + (high - low) * self._random.random()

    def integer(self, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.integer(0, len(options) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in another order (Fisher and Yates)."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.integer(0, last)
            result[last], result[other] = result[other], result[last]
        return result

    def split(self, total: int, parts: int, smallest: int) -> list[int]:
        """Return `parts` whole numbers of at least `smallest` that sum to `total`."""
        spare = total - parts * smallest
        if spare < 0:
            raise ValueError(f"{total} cannot be split into {parts} parts of {smallest} or more")
        cuts = sorted(self.integer(0, spare) for _ in range(parts - 1))
        edges = [0, *cuts, spare]
        return [smallest + high - low for low, high in pairwise(edges)]
