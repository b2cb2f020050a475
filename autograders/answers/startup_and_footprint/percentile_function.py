"""Marking the function `percentile(values, share)` on lists that nobody has seen.

Each list is drawn so that every usual mistake gives another answer on it. A function that gives
what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.learner_functions import Exercise, Extra, Task, written_function
from course.exercise.notes import near
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.exercise.startup_and_footprint.notes import READY_MADE

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "draw_instances", "mark", "percentile"]

POINTS = 4.0
_VALUE_POINTS, _EDGE_POINTS, _REFUSAL_POINTS = 3.0, 0.5, 0.5
_INSTANCES = 6
_SHARES = (0.1, 0.2, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)

_Function = Callable[[Sequence[float], float], float]


def _at(ordered: Sequence[float], position: float) -> float:
    """Return the value at a position between the first, 0, and the last one."""
    position = min(max(position, 0.0), len(ordered) - 1.0)
    lower = math.floor(position)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (position - lower) * (ordered[upper] - ordered[lower])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values lie below: the reference answer.

    Between two neighbours in order it is interpolated (definition 7 of Hyndman and Fan, 1996).

    Args:
        values: one or more.
        share: from 0 to 1.

    Raises:
        ValueError: there are no values, or the share is no share.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError(f"expected values and a share from 0 to 1, found {values!r}, {share!r}")
    return _at(sorted(values), share * (len(values) - 1))


def _one_of_them(rounded: Callable[[float], int]) -> _Function:
    return lambda values, share: sorted(values)[rounded(share * (len(values) - 1))]


#: What each usual mistake gives; some can be made in several ways.
MISTAKEN: MappingProxyType[str, tuple[_Function, ...]] = MappingProxyType(
    {
        "not_sorted": (lambda values, share: _at(values, share * (len(values) - 1)),),
        "no_interpolation": tuple(_one_of_them(way) for way in (math.floor, math.ceil, round)),
        "counts_to_n": (
            lambda values, share: _at(sorted(values), share * len(values)),
            lambda values, share: sorted(values)[min(int(share * len(values)), len(values) - 1)],
        ),
        "other_definition": (
            lambda values, share: _at(sorted(values), share * (len(values) + 1) - 1),
        ),
        "percent_share": (
            lambda values, share: _at(sorted(values), share / 100 * (len(values) - 1)),
        ),
    }
)


_EXTRAS = (
    Extra(
        [([7.5], 0.3), ([4, 9, 2], 0), ([4, 9, 2], 1)],
        _EDGE_POINTS,
        "One value alone, the share 0 and the share 1: right.",
        "One value alone is every percentile; 0 is the smallest, 1 the largest.",
    ),
    Extra(
        [([], 0.5), ([1, 2], 1.5)],
        _REFUSAL_POINTS,
        "No values, and a share beyond 1, are refused: right.",
        "For no values, and for a share beyond 1, it should raise a ValueError.",
    ),
)


@dataclass(frozen=True)
class Instance:
    """One hidden list and a share.

    Attributes:
        values: the list, not in order.
        share: the share.
    """

    values: tuple[float, ...]
    share: float


def _tells(instance: Instance) -> bool:
    """Return whether on this list every mistake gives another answer than the right one."""
    right = percentile(instance.values, instance.share)
    values = list(instance.values)
    return values != sorted(values) and not any(
        near(function(values, instance.share), right, tolerance=0.02)
        for functions in MISTAKEN.values()
        for function in functions
    )


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden lists on which the usual mistakes show."""
    instances: list[Instance] = []
    while len(instances) < _INSTANCES:
        values = tuple(draw.integer(100, 9000) / 1000 for _ in range(draw.integer(4, 12)))
        instance = Instance(values, draw.choice(_SHARES))
        # Values that lie close together would let a wrong place pass for the right one.
        apart = all(upper > lower * 1.05 for lower, upper in pairwise(sorted(values)))
        if apart and _tells(instance):
            instances.append(instance)
    return instances


def _task(draw: Draw) -> Task:
    return Task(
        Exercise("percentile", POINTS, READY_MADE),
        percentile,
        MISTAKEN,
        MISTAKES,
        [(list(instance.values), instance.share) for instance in draw_instances(draw)],
        _VALUE_POINTS,
        "It is right on {} hidden lists.",
        extras=_EXTRAS,
        changed="It changes the list that it is given; its caller still needs that list.",
    )


#: Marks the item.
mark = written_function(_task)
