"""Marking the function `hosts_needed(demands, capacity)` on instances that nobody has seen.

Each instance is drawn so that first-fit decreasing is optimal on it while the usual mistakes give
another count. Any correct packing that is no worse than first-fit decreasing therefore returns the
same number, and a wrong one can be told by what it returns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.learner_functions import Exercise, Extra, Task, same_count, written_function
from course.exercise.one_server_many_tenants.mistakes import MISTAKES
from course.sizing import lower_bound, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from course.exercise.draw import Draw

__all__ = ["Instance", "draw_instances", "hosts_needed", "mark"]

POINTS = 6.0
_COUNT_POINTS = 4.0  # the hidden instances; the rest is for the two edge cases
_INSTANCES = 8


def hosts_needed(demands: Sequence[float], capacity: float) -> int:
    """Return how many hosts first-fit decreasing opens: the reference answer."""
    return pack(demands, capacity, method="first_fit_decreasing").count


def _unsorted(demands: Sequence[float], capacity: float) -> int:
    return pack(demands, capacity, method="first_fit").count


def _cut(demands: Sequence[float], capacity: float) -> int:
    return math.ceil(sum(demands) / capacity)


_MISTAKEN: Mapping[str, Callable[[Sequence[float], float], int]] = MappingProxyType(
    {"not_sorted": _unsorted, "tenants_cut": _cut}
)
_EXTRAS = (
    Extra(
        [([], 64)],
        1.0,
        "No tenants need no hosts: right.",
        "For an empty list it should return 0.",
        apart=True,
    ),
    Extra(
        [([12, 65, 8], 64)],
        1.0,
        "A tenant that fits on no host is refused: right.",
        "For a tenant that fits on no host it should raise a ValueError.",
        apart=True,
    ),
)


@dataclass(frozen=True)
class Instance:
    """One hidden instance.

    Attributes:
        demands: what the tenants ask for.
        capacity: what a host has.
        right: hosts that first-fit decreasing opens, which is optimal here.
        unsorted: hosts that first fit opens in the order given; more than `right`.
    """

    demands: tuple[int, ...]
    capacity: int
    right: int
    unsorted: int


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden instances on which the usual mistakes show."""
    instances: list[Instance] = []
    while len(instances) < _INSTANCES:
        capacity = draw.choice((64, 96, 100, 120, 128))
        demands = [
            draw.integer(capacity // 12, 2 * capacity // 3) for _ in range(draw.integer(14, 28))
        ]
        right, unsorted = hosts_needed(demands, capacity), _unsorted(demands, capacity)
        if _cut(demands, capacity) < right < unsorted and lower_bound(demands, capacity) == right:
            instances.append(Instance(tuple(demands), capacity, right, unsorted))
    return instances


def _task(draw: Draw) -> Task:
    return Task(
        Exercise(
            "hosts_needed",
            POINTS,
            ready_made="the course's own packing",
            no_function="is not a function any more.",
        ),
        hosts_needed,
        _MISTAKEN,
        MISTAKES,
        [(list(instance.demands), instance.capacity) for instance in draw_instances(draw)],
        _COUNT_POINTS,
        "The count is right on {} hidden inventories.",
        same_count,
        _EXTRAS,
        changed="It changes the list that it is given; its caller still needs that list.",
        shares={"tenants_cut": 0.0},
    )


#: Marks the item.
mark = written_function(_task)
