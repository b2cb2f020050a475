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
from typing import TYPE_CHECKING, Any

from autograders.checks import Mark
from course.exercise.notes import near, number_notes
from course.exercise.own_work import Outcome, call
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.exercise.startup_and_footprint.notes import READY_MADE

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "draw_instances", "mark", "percentile"]

POINTS = 4.0
_VALUE_POINTS, _EDGE_POINTS, _REFUSAL_POINTS = 3.0, 0.5, 0.5
_SHARE = 0.5  # of the points for values, where exactly one usual mistake is made
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


def mark(function: Any, draw: Draw) -> Mark:
    """Mark a learner's function on hidden lists.

    Args:
        function: what the learner wrote.
        draw: draws that depend on the course's secret and on the learner.
    """
    if not callable(function):
        return Mark(0, POINTS, "percentile is not answered yet: it is not a function.")
    instances = draw_instances(draw)
    edges = ((Instance((7.5,), 0.3), 7.5), (Instance((4, 9, 2), 0), 2), (Instance((4, 9, 2), 1), 9))
    refused = (Instance((), 0.5), Instance((1, 2), 1.5))
    every = [*instances, *(edge for edge, _ in edges), *refused]
    given = [list(instance.values) for instance in every]
    outcomes = [
        call(function, values, instance.share, packages=READY_MADE)
        for values, instance in zip(given, every, strict=True)
    ]
    if any(outcome.ready_made for outcome in outcomes):
        return Mark(
            0,
            POINTS,
            "percentile lets a ready-made function do the work. The exercise was to write it.",
        )
    if all(outcome.value is None and outcome.error is None for outcome in outcomes):
        return Mark(0, POINTS, "percentile is not answered yet: it returns nothing.")
    points, messages = _mark_values(instances, outcomes[: len(instances)])
    at_edges = outcomes[len(instances) : -len(refused)]
    if all(_is(o, right) for o, (_, right) in zip(at_edges, edges, strict=True)):
        points += _EDGE_POINTS
        messages.append("One value alone, the share 0 and the share 1: right.")
    else:
        messages.append("One value alone is every percentile; 0 is the smallest, 1 the largest.")
    if all(isinstance(outcome.error, ValueError) for outcome in outcomes[-len(refused) :]):
        points += _REFUSAL_POINTS
        messages.append("No values, and a share beyond 1, are refused: right.")
    else:
        messages.append("For no values, and for a share beyond 1, it should raise a ValueError.")
    if any(values != list(i.values) for values, i in zip(given, every, strict=True)):
        points = max(0.0, points - 1)
        messages.append("It changes the list that it is given; its caller still needs that list.")
    return Mark(points, POINTS, " ".join(messages))


def _mark_values(instances: list[Instance], outcomes: list[Outcome]) -> tuple[float, list[str]]:
    pairs = list(zip(instances, outcomes, strict=True))
    right = sum(_is(outcome, percentile(i.values, i.share)) for i, outcome in pairs)
    if right == len(pairs):
        return _VALUE_POINTS, [f"It is right on all {len(pairs)} hidden lists."]
    for name, functions in MISTAKEN.items():
        for function in functions:
            if all(_is(outcome, function(list(i.values), i.share)) for i, outcome in pairs):
                return _VALUE_POINTS * _SHARE, [MISTAKES[name]]
    raised = [outcome.error for outcome in outcomes if outcome.error is not None]
    messages = [f"It is right on {right} of {len(pairs)} hidden lists."]
    if raised:
        messages.append(f"On some it raised {type(raised[0]).__name__}: {raised[0]}")
    # Half of the instances may be right by luck, so the points begin above that.
    return _VALUE_POINTS * max(0.0, 2 * right / len(pairs) - 1), messages


def _is(outcome: Outcome, expected: float) -> bool:
    return not number_notes("", outcome.value) and near(
        float(outcome.value), expected, tolerance=1e-6
    )
