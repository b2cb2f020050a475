"""Which resource is used most, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["most_used"]


def most_used(where: str, resources: Sequence[str], shares: Sequence[float]) -> str:
    """Say which resource is used most, and how far the others are.

    Args:
        where: what the resources are of, to begin the sentence.
        resources: their names.
        shares: which share of each is used; 1 is all.

    >>> most_used("Host 2", ("cores", "memory_gib"), (0.5, 0.875))
    'Host 2: memory_gib runs out first, 88% of it is used (cores 50%).'
    """
    largest = max(shares)
    if largest == 0:
        return f"{where}: nothing is used."
    first = shares.index(largest)
    rest = ", ".join(
        f"{name} {share:.0%}"
        for place, (name, share) in enumerate(zip(resources, shares, strict=True))
        if place != first
    )
    found = f"{where}: {resources[first]} runs out first, {largest:.0%} of it is used"
    return f"{found} ({rest})." if rest else f"{found}."
