"""A wrong answer that holds one mistake, for the tests of an assignment's marking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Mutant"]


@dataclass(frozen=True)
class Mutant:
    """An answer with one mistake.

    Attributes:
        name: the answer and the mistake, such as `pushed_bytes: whole_image`.
        item: the item in which it is marked.
        variable: which answer holds it.
        value: the wrong value.
        points_lost: what it has to cost.
        sentence: what the learner has to be told, or part of it.
    """

    name: str
    item: str
    variable: str
    value: Any
    points_lost: float
    sentence: str
