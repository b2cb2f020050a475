"""Marking a function that a learner wrote, by itself: what holds whatever is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autograders.learner_functions import (
    Exercise,
    Extra,
    Task,
    mark_function,
    same_count,
    same_measure,
)


def largest(values: list[float]) -> float:
    """Return the largest value, and refuse to look for it among none."""
    return max(values)


TASK = Task(
    Exercise("largest", 4.0, ("statistics",)),
    largest,
    {"smallest": (min, lambda values: sorted(values)[0]), "last": lambda values: values[-1]},
    {"smallest": "That is the other end.", "last": "They are in no order."},
    [([3, 8, 5],), ([9, 1, 4],), ([2, 7, 6],), ([6, 9, 8],)],
    3.0,
    "It is right on {} hidden lists.",
    extras=(Extra([([],)], 1.0, "None are refused.", "None should be refused."),),
    changed="It changes the list.",
)


def changing(values: list[float]) -> float:
    """Return the largest value, and leave the list in order behind."""
    values.sort()
    return values[-1]


def half_right(values: list[float]) -> float:
    """Return the largest value, and raise where a list begins with 4 or more."""
    if values and values[0] >= 4:
        raise KeyError("four")
    return max(values)


@pytest.mark.parametrize(
    ("function", "points", "message"),
    [
        (largest, 4, "It is right on all 4 hidden lists. None are refused."),
        (min, 2.5, "That is the other end. None are refused."),
        (lambda values: values[-1], 1.5, "They are in no order. None should be refused."),
        (half_right, 1, "It is right on 2 of 4 hidden lists. On some it raised KeyError: 'four'"),
        (lambda _values: None, 0, "largest is not answered yet: it returns nothing."),
        (None, 0, "largest is not answered yet: it is not a function."),
    ],
)
def test_a_function_earns_what_it_does(function: Any, points: float, message: str) -> None:
    """What is right earns points, a usual mistake half of them, and luck none."""
    marked = mark_function(TASK, function)
    assert marked.points == points
    assert marked.message.startswith(message)


def test_a_function_that_changes_what_it_is_given_spoils_nothing_else() -> None:
    """It costs a point, and the hidden instances are as they were."""
    marked = mark_function(TASK, changing)
    assert marked.points == 2
    assert marked.message.endswith("It changes the list.")
    assert TASK.instances[0] == ([3, 8, 5],)
    assert mark_function(replace(TASK, changed=""), changing).points == 3


def test_an_extra_may_count_after_others_alone() -> None:
    """A function that refuses everything earns nothing for it where this is asked."""

    def refusing(_values: list[float]) -> float:
        raise ValueError("never")

    assert mark_function(TASK, refusing).points == 1
    (extra,) = TASK.extras
    later = replace(TASK, extras=(replace(extra, after_others=True),))
    assert mark_function(later, refusing).points == 0


def test_an_extra_may_stand_apart() -> None:
    """What a function does with it is then no answer, if it gives none to anything else."""

    def only_refusing(values: list[float]) -> None:
        if not values:
            raise ValueError("none")

    assert mark_function(TASK, only_refusing).points == 1
    (extra,) = TASK.extras
    apart = replace(TASK, extras=(replace(extra, apart=True),))
    assert "it returns nothing" in mark_function(apart, only_refusing).message


@pytest.mark.parametrize("found", [None, True, "3", [3], float("nan"), -3, 3.1])
def test_nothing_but_the_number_is_the_number(found: Any) -> None:
    """Neither text nor truth nor another number passes for it."""
    assert not same_count(found, 3)
    assert not same_measure(found, 3)


def test_counts_are_exact_and_measures_are_not() -> None:
    """Rounding of floats is forgiven where it can happen."""
    assert same_measure(0.1 + 0.2, 0.3)
    assert not same_count(0.1 + 0.2, 0.3)
    assert same_count(3.0, 3)
