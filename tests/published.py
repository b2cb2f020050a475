"""What the models are held against: published figures, each beside what a model makes of it.

- `Check`: one published figure, the model's, and how far they may differ
- `checks`: all of them

`tests/course/test_published.py` asserts them; `tests/bench/bench_published.py` prints them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Check", "checks"]


@dataclass(frozen=True)
class Check:
    """A published figure and the model that is held against it.

    Attributes:
        what: what the figure is of, in a few words; no two checks have the same.
        source: who published it, such as "Clark 2005".
        published: the figure.
        unit: its unit; empty if it has none.
        model: returns the model's figure.
        tolerance: by how much the model may be off, in the figure's unit.
        why: where the tolerance comes from, in a sentence.
        kind: "predicted" if the figure was not used to set the model up; "fitted" if it was, so
            that the check says only that the fit is kept.
        miss: why the model does not reach the figure, where it is known not to; else empty. Such a
            check is told with the others, and fails if the model does reach it.
    """

    what: str
    source: str
    published: float
    unit: str
    model: Callable[[], float]
    tolerance: float
    why: str
    kind: str = "predicted"
    miss: str = ""

    @cached_property
    def modelled(self) -> float:
        """The model's figure."""
        return float(self.model())

    @property
    def holds(self) -> bool:
        """Whether the model is within the tolerance of the published figure."""
        # A share of the tolerance is left to the rounding of floats.
        return math.fabs(self.modelled - self.published) <= self.tolerance * (1 + 1e-9)


def checks() -> list[Check]:
    """Return all checks, by area."""
    from tests import published_booting, published_migration, published_queueing, published_sizing

    return [
        *published_queueing.CHECKS,
        *published_sizing.CHECKS,
        *published_booting.CHECKS,
        *published_migration.CHECKS,
    ]
