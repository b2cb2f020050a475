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
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.notes import READY_MADE
from course.exercise.availability.patience import patiently
from course.exercise.notes import near, number_notes

if TYPE_CHECKING:
    from course.exercise.draw import Draw
    from course.exercise.own_work import Outcome

__all__ = ["MISTAKEN", "POINTS", "Instance", "draw_instances", "draw_stuck_instances", "mark",
           "precopy"]  # fmt: skip

POINTS = 4.0
_ROUNDS_POINTS, _STUCK_POINTS = 3.0, 1.0
_SHARE = 0.5  # of the points for rounds, where exactly one usual mistake is made
_INSTANCES = 6

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
    return not any(number_notes("", one) for one in found) and all(
        near(float(one), right, tolerance=1e-6) for one, right in zip(found, expected, strict=True)
    )


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


def mark(function: Any, draw: Draw) -> Mark:
    """Mark a learner's function on hidden machines.

    Args:
        function: what the learner wrote.
        draw: draws that depend on the course's secret and on the learner.
    """
    if not callable(function):
        return Mark(0, POINTS, "precopy is not answered yet: it is not a function.")
    # A machine that writes nothing, and one that fits into the limit at once.
    instances = [*draw_instances(draw), Instance(512.0, 64.0, 0.0, 0.3), Instance(8, 64, 32, 0.5)]
    outcomes = [patiently(function, *astuple(one), packages=READY_MADE) for one in instances]
    if any(outcome.ready_made for outcome in outcomes):
        return Mark(
            0,
            POINTS,
            "precopy lets the course's own model do the work. The exercise was to write it.",
        )
    if all(outcome.value is None and outcome.error is None for outcome in outcomes):
        return Mark(0, POINTS, "precopy is not answered yet: it returns nothing.")
    points, messages = _mark_rounds(instances, outcomes)
    if points == 0:
        # Whoever returns nothing everywhere has not found out what does not converge.
        return Mark(0, POINTS, " ".join(messages))
    stuck = [
        patiently(function, *astuple(one), packages=READY_MADE)
        for one in draw_stuck_instances(draw)
    ]
    if all(outcome.value is None and outcome.error is None for outcome in stuck):
        points += _STUCK_POINTS
        messages.append("What does not converge is told: right.")
    else:
        messages.append(MISTAKES["never_ends"])
    return Mark(points, POINTS, " ".join(messages))


def _mark_rounds(instances: list[Instance], outcomes: list[Outcome]) -> tuple[float, list[str]]:
    pairs = list(zip(instances, outcomes, strict=True))
    right = sum(_alike(outcome.value, precopy(*astuple(i))) for i, outcome in pairs)
    if right == len(pairs):
        return _ROUNDS_POINTS, [f"It is right on all {len(pairs)} hidden machines."]
    for name, function in MISTAKEN.items():
        if all(_alike(o.value, function(*astuple(i))) for i, o in pairs[:_INSTANCES]):
            return _ROUNDS_POINTS * _SHARE, [MISTAKES[name]]
    raised = [outcome.error for outcome in outcomes if outcome.error is not None]
    messages = [f"It is right on {right} of {len(pairs)} hidden machines."]
    if raised:
        messages.append(f"On some it raised {type(raised[0]).__name__}: {raised[0]}")
    return _ROUNDS_POINTS * right / len(pairs), messages
