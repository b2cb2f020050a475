"""Marking the function `precopy(memory, rate, dirty, limit_s)` on machines that nobody has seen.

Each machine is drawn so that every usual mistake gives another answer on it. A function that gives
what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.checks import Mark
from autograders.learner_functions import MISTAKE_SHARE, Attempt, Exercise, raised, same_measure
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.notes import READY_MADE
from course.exercise.availability.patience import patiently
from course.exercise.notes import near

if TYPE_CHECKING:
    from course.exercise import Answer
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "draw_instances", "draw_stuck_instances", "mark",
           "precopy"]  # fmt: skip

POINTS = 4.0
_ROUNDS_POINTS, _STUCK_POINTS = 3.0, 1.0
_INSTANCES = 6
_EXERCISE = Exercise(
    "precopy", POINTS, READY_MADE, ready_made="the course's own model", call=patiently
)

_Function = Callable[[float, float, float, float], "list[float] | None"]


@dataclass(frozen=True)
class Instance:
    """One hidden machine.

    Attributes:
        memory: in MiB.
        rate: what the network sends, in MiB/s.
        dirty: what the machine writes, in MiB/s.
        limit_s: for how long it may be stopped, in seconds.
    """

    memory: float
    rate: float
    dirty: float
    limit_s: float


def precopy(memory: float, rate: float, dirty: float, limit_s: float) -> list[float] | None:
    """Return what each round of a migration by pre-copy sends: the reference answer.

    Args:
        memory: the machine's memory, in MiB.
        rate: what the network sends, in MiB/s.
        dirty: what the machine writes, in MiB/s.
        limit_s: for how long it may be stopped, in seconds.

    Returns:
        The sizes, in MiB; None if it does not converge.
    """
    rounds = [memory]
    while True:
        left = min(memory, rounds[-1] / rate * dirty)
        if left <= rate * limit_s:
            return [*rounds, left]
        if left >= rounds[-1]:
            return None
        rounds.append(left)


def _without_last(memory: float, rate: float, dirty: float, limit_s: float) -> list[float] | None:
    rounds = precopy(memory, rate, dirty, limit_s)
    return rounds and rounds[:-1]


def _without_first(memory: float, rate: float, dirty: float, limit_s: float) -> list[float] | None:
    rounds = precopy(memory, rate, dirty, limit_s)
    return rounds and rounds[1:]


def _in_milliseconds(
    memory: float, rate: float, dirty: float, limit_s: float
) -> list[float] | None:
    return precopy(memory, rate, dirty, limit_s / 1000)


def _limit_as_size(memory: float, rate: float, dirty: float, limit_s: float) -> list[float] | None:
    return precopy(memory, rate, dirty, limit_s / rate)


#: What each usual mistake gives.
MISTAKEN: MappingProxyType[str, _Function] = MappingProxyType(
    {
        "last_left_out": _without_last,
        "first_left_out": _without_first,
        "limit_left_out": _in_milliseconds,
        "limit_for_size": _limit_as_size,
    }
)


def _alike(found: Any, expected: list[float] | None) -> bool:
    if expected is None or found is None:
        return found is None and expected is None
    if not isinstance(found, list | tuple) or len(found) != len(expected):
        return False
    return all(same_measure(one, right) for one, right in zip(found, expected, strict=True))


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden machines that get away, on which the usual mistakes show."""
    instances: list[Instance] = []
    while len(instances) < _INSTANCES:
        rate = float(draw.integer(40, 200))
        instance = Instance(
            memory=float(64 * draw.integer(8, 128)),
            rate=rate,
            dirty=round(rate * draw.fraction(0.2, 0.8), 1),
            limit_s=draw.choice((0.05, 0.1, 0.2, 0.3, 0.5)),
        )
        right = precopy(*astuple(instance))
        assert right is not None
        clear = not near(right[-1], rate * instance.limit_s, tolerance=0.05)
        if clear and 4 <= len(right) <= 14 and not any(
            _alike(function(*astuple(instance)), right) for function in MISTAKEN.values()
        ):  # fmt: skip
            instances.append(instance)
    return instances


def draw_stuck_instances(draw: Draw) -> list[Instance]:
    """Return hidden machines that do not get away."""
    rate = float(draw.integer(40, 120))
    faster = rate * draw.fraction(1.1, 2.5)
    memory = float(64 * draw.integer(8, 64))
    return [Instance(memory, rate, round(faster, 1), 0.3), Instance(memory, rate, rate, 0.1)]


def mark(_problem: Any, answer: Answer, draw: Draw) -> Mark:
    """Mark a learner's function on hidden machines; a `Marker`."""
    function = answer.values.get("precopy")
    # A machine that writes nothing, and one that fits into the limit at once.
    instances = [*draw_instances(draw), Instance(512.0, 64.0, 0.0, 0.3), Instance(8, 64, 32, 0.5)]
    attempts = _EXERCISE.attempts(function, map(astuple, instances))
    if nothing := _EXERCISE.nothing_to_mark(function, attempts):
        return nothing
    points, messages = _mark_rounds(attempts)
    if points == 0:
        # Whoever returns nothing everywhere has not found out what does not converge.
        return Mark(0, POINTS, " ".join(messages))
    stuck = _EXERCISE.attempts(function, map(astuple, draw_stuck_instances(draw)))
    if all(attempt.empty for attempt in stuck):
        points += _STUCK_POINTS
        messages.append("What does not converge is told: right.")
    else:
        messages.append(MISTAKES["never_ends"])
    return Mark(points, POINTS, " ".join(messages))


def _mark_rounds(attempts: list[Attempt]) -> tuple[float, list[str]]:
    right = sum(_gives(precopy, attempt) for attempt in attempts)
    if right == len(attempts):
        return _ROUNDS_POINTS, [f"It is right on all {len(attempts)} hidden machines."]
    for name, function in MISTAKEN.items():
        if all(_gives(function, attempt) for attempt in attempts[:_INSTANCES]):
            return _ROUNDS_POINTS * MISTAKE_SHARE, [MISTAKES[name]]
    return _ROUNDS_POINTS * right / len(attempts), [
        f"It is right on {right} of {len(attempts)} hidden machines.",
        *raised(attempts, "On some it raised"),
    ]


def _gives(function: _Function, attempt: Attempt) -> bool:
    return _alike(attempt.outcome.value, function(*attempt.arguments))
