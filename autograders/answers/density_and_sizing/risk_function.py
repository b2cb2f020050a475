"""Marking the function `risk(traces, capacity)` on traces that nobody has seen.

Each set of traces is drawn so that every usual mistake gives another share. A function that gives
what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.learner_functions import Exercise, Extra, Task, written_function
from course.exercise.density_and_sizing.mistakes import MISTAKES
from course.exercise.density_and_sizing.notes import READY_MADE
from course.exercise.notes import near

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "draw_instances", "mark", "risk"]

POINTS = 4.0
_SHARE_POINTS, _EXACT_POINTS, _REFUSAL_POINTS = 3.0, 0.5, 0.5
_INSTANCES = 6

_Traces = Sequence[Sequence[float]]
_Function = Callable[[_Traces, float], float]


def _sums(traces: _Traces) -> list[float]:
    return [sum(step) for step in zip(*traces, strict=True)]


def risk(traces: _Traces, capacity: float) -> float:
    """Return the share of the steps in which tenants want more than a host has: the reference.

    Args:
        traces: for each tenant what it wants in each step.
        capacity: what the host has.

    Raises:
        ValueError: there are no tenants or no steps, or one tenant has more steps than another.
    """
    if not traces or not traces[0]:
        raise ValueError("expected tenants with at least one step")
    sums = _sums(traces)
    return sum(total > capacity for total in sums) / len(sums)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)


#: What each usual mistake gives.
MISTAKEN: MappingProxyType[str, _Function] = MappingProxyType(
    {
        "tenants_for_steps": lambda traces, capacity: _share(
            [sum(trace) > capacity for trace in traces]
        ),
        "at_capacity": lambda traces, capacity: _share([s >= capacity for s in _sums(traces)]),
        "counts_for_share": lambda traces, capacity: float(
            sum(total > capacity for total in _sums(traces))
        ),
        "percent_for_share": lambda traces, capacity: 100 * risk(traces, capacity),
        "means_compared": lambda traces, capacity: float(
            sum(_sums(traces)) / len(traces[0]) > capacity
        ),
        "own_risks_added": lambda traces, capacity: sum(
            _share([wanted > capacity for wanted in trace]) for trace in traces
        ),
        "below_for_above": lambda traces, capacity: 1 - risk(traces, capacity),
    }
)


@dataclass(frozen=True)
class Instance:
    """Hidden traces and a capacity.

    Attributes:
        traces: for each tenant what it wants in each step.
        capacity: what the host has.
    """

    traces: tuple[tuple[int, ...], ...]
    capacity: int

    def given(self) -> tuple[list[list[int]], int]:
        """Return what a learner's function is called with."""
        return [list(trace) for trace in self.traces], self.capacity


def _tells(instance: Instance) -> bool:
    """Return whether every mistake gives another share than the right one, and than the others."""
    right = risk(*instance.given())
    values = [mistaken(*instance.given()) for mistaken in MISTAKEN.values()]
    return 0.1 < right < 0.45 and not any(near(value, right, tolerance=0.02) for value in values)


def _wanted(draw: Draw) -> int:
    """Return what a tenant wants in a step: little, or now and then nearly a host of its own."""
    return draw.integer(8, 18) if draw.integer(1, 8) == 1 else draw.integer(0, 4)


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden traces on which the usual mistakes show."""
    instances: list[Instance] = []
    while len(instances) < _INSTANCES:
        steps, tenants = draw.integer(16, 40), draw.integer(3, 6)
        traces = tuple(tuple(_wanted(draw) for _ in range(steps)) for _ in range(tenants))
        # One of the sums, so that some are just the capacity.
        capacity = sorted(_sums(traces))[draw.integer(6 * steps // 10, 8 * steps // 10)]
        instance = Instance(traces, int(capacity))
        if _tells(instance):
            instances.append(instance)
    return instances


_EXTRAS = (
    Extra(
        [([[2, 3, 3], [2, 1, 0]], 4), ([[5, 5]], 4)],
        _EXACT_POINTS,
        "A sum that is just the capacity fits: right.",
        "A sum that is just the capacity should fit, and one above should not.",
        after_others=True,
    ),
    Extra(
        [([], 4), ([[], []], 4), ([[1, 2, 3], [1, 2]], 4)],
        _REFUSAL_POINTS,
        "Traces of unlike length, and none at all, are refused: right.",
        "For traces of unlike length, and for none, it should raise a ValueError.",
        after_others=True,
        apart=True,
    ),
)


def _task(draw: Draw) -> Task:
    return Task(
        Exercise("risk", POINTS, READY_MADE),
        risk,
        MISTAKEN,
        MISTAKES,
        [instance.given() for instance in draw_instances(draw)],
        _SHARE_POINTS,
        "It is right on {} hidden sets of traces.",
        extras=_EXTRAS,
        changed="It changes the traces that it is given; its caller still needs them.",
    )


#: Marks the item.
mark = written_function(_task)
