"""Marking the function `hosts_needed(demands, capacity)` on instances that nobody has seen.

Each instance is drawn so that first-fit decreasing is optimal on it while the usual mistakes give
another count. Any correct packing that is no worse than first-fit decreasing therefore returns the
same number, and a wrong one can be told by what it returns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograders.checks import Mark
from course.exercise.draw import Draw
from course.exercise.one_server_many_tenants.mistakes import MISTAKES
from course.exercise.own_work import Outcome, call
from course.sizing import lower_bound, pack

__all__ = ["Instance", "draw_instances", "hosts_needed", "mark"]

POINTS = 6.0
_COUNT_POINTS = 4.0  # the hidden instances; the rest is for the two edge cases
_INSTANCES = 8


def hosts_needed(demands: list[float], capacity: float) -> int:
    """Return how many hosts first-fit decreasing opens: the reference answer."""
    return pack(demands, capacity, method="first_fit_decreasing").count


@dataclass(frozen=True)
class Instance:
    """One hidden instance.

    Attributes:
        demands: what the tenants ask for.
        capacity: what a host has.
        right: hosts that first-fit decreasing opens, which is optimal here.
        unsorted: hosts that first fit opens in the order given; more than `right`.
        cut: the sum over the capacity, rounded up; fewer than `right`.
    """

    demands: tuple[int, ...]
    capacity: int
    right: int
    unsorted: int
    cut: int


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden instances on which the usual mistakes show."""
    instances: list[Instance] = []
    while len(instances) < _INSTANCES:
        capacity = draw.choice((64, 96, 100, 120, 128))
        demands = [
            draw.integer(capacity // 12, 2 * capacity // 3) for _ in range(draw.integer(14, 28))
        ]
        right = hosts_needed(list(demands), capacity)
        unsorted = pack(demands, capacity, method="first_fit").count
        cut = math.ceil(sum(demands) / capacity)
        if cut < right < unsorted and lower_bound(demands, capacity) == right:
            instances.append(Instance(tuple(demands), capacity, right, unsorted, cut))
    return instances


def mark(function: Any, draw: Draw) -> Mark:
    """Mark a learner's function on hidden instances.

    Args:
        function: what the learner wrote.
        draw: draws that depend on the course's secret and on the learner.
    """
    if not callable(function):
        return Mark(0, POINTS, "hosts_needed is not a function any more.")
    instances = draw_instances(draw)
    demands = [list(instance.demands) for instance in instances]
    outcomes = [
        call(function, given, instance.capacity)
        for given, instance in zip(demands, instances, strict=True)
    ]
    empty, too_large = call(function, [], 64), call(function, [12, 65, 8], 64)
    if any(outcome.ready_made for outcome in (*outcomes, empty, too_large)):
        return Mark(
            0,
            POINTS,
            "hosts_needed lets the course's own packing do the work. The exercise was to write it.",
        )
    if all(outcome.value is None and outcome.error is None for outcome in outcomes):
        return Mark(0, POINTS, "hosts_needed is not answered yet: it returns nothing.")
    points, messages = _mark_counts(instances, outcomes)
    for earned, message in (
        _mark_empty(empty),
        _mark_too_large(too_large),
    ):
        points += earned
        messages.append(message)
    if any(given != list(i.demands) for given, i in zip(demands, instances, strict=True)):
        points = max(0.0, points - 1)
        messages.append("It changes the list that it is given; its caller still needs that list.")
    return Mark(points, POINTS, " ".join(messages))


def _mark_counts(instances: list[Instance], outcomes: list[Outcome]) -> tuple[float, list[str]]:
    pairs = list(zip(instances, outcomes, strict=True))
    right = sum(_is(outcome, instance.right) for instance, outcome in pairs)
    if right == len(pairs):
        return _COUNT_POINTS, [f"The count is right on all {len(pairs)} hidden inventories."]
    if all(_is(outcome, instance.unsorted) for instance, outcome in pairs):
        return _COUNT_POINTS / 2, [MISTAKES["not_sorted"]]
    if all(_is(outcome, instance.cut) for instance, outcome in pairs):
        return 0.0, [MISTAKES["tenants_cut"]]
    raised = [outcome.error for outcome in outcomes if outcome.error is not None]
    messages = [f"The count is right on {right} of {len(pairs)} hidden inventories."]
    if raised:
        messages.append(f"On some it raised {type(raised[0]).__name__}: {raised[0]}")
    # Half of the instances may be right by luck, so the points begin above that.
    return _COUNT_POINTS * max(0.0, 2 * right / len(pairs) - 1), messages


def _is(outcome: Outcome, expected: int) -> bool:
    value = outcome.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == expected


def _mark_empty(outcome: Outcome) -> tuple[float, str]:
    if _is(outcome, 0):
        return 1.0, "No tenants need no hosts: right."
    return 0.0, "For an empty list it should return 0."


def _mark_too_large(outcome: Outcome) -> tuple[float, str]:
    if isinstance(outcome.error, ValueError):
        return 1.0, "A tenant that fits on no host is refused: right."
    return 0.0, "For a tenant that fits on no host it should raise a ValueError."
