"""Marking the function `desired_replicas(current, utilisation, target, least, most)`.

On the hidden instances each usual mistake gives other answers than the right function and than
every other mistake.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.learner_functions import Exercise, Extra, Task, written_function
from course.exercise.scaling_under_load.function_notes import READY_MADE
from course.exercise.scaling_under_load.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "desired_replicas", "draw_instances", "mark"]

#: How far the utilisation may be off, as a share of the target.
TOLERANCE = 0.1


def _bounded(wish: float, least: float, most: float) -> float:
    return min(max(wish, least), most)


def _wish(
    rounded: Callable[[float], int] = math.ceil,
    *,
    tolerance: float = TOLERANCE,
    absolute: bool = False,
    inverted: bool = False,
) -> Callable[..., float]:
    def wish(
        current: int, utilisation: float, target: float, least: int = 1, most: int = 100
    ) -> float:
        if target <= 0:
            raise ValueError(f"a target of {target} cannot be reached")
        off = abs(utilisation - target) if absolute else abs(utilisation / target - 1)
        ratio = target / max(utilisation, 1e-9) if inverted else utilisation / target
        return _bounded(current if off <= tolerance else rounded(current * ratio), least, most)

    return wish


_right = _wish()


def desired_replicas(
    current: int, utilisation: float, target: float, least: int = 1, most: int = 100
) -> float:
    """Return how many replicas there shall be: the reference answer.

    Kubernetes' rule: so many that the utilisation would be the target; see
    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details

    Args:
        current: how many there are.
        utilisation: how busy they are.
        target: how busy they shall be.
        least: at least so many.
        most: at most so many.

    Raises:
        ValueError: the target is not above 0.
    """
    return _right(current, utilisation, target, least, most)


#: What each usual mistake gives.
MISTAKEN: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        "rounding": _wish(math.floor),
        "no_tolerance": _wish(tolerance=0.0),
        "absolute_tolerance": _wish(absolute=True),
        "inverted": _wish(inverted=True),
    }
)


def _clear(current: int, utilisation: float, target: float) -> bool:
    """Return whether no rounding of floats decides here."""
    ratio = utilisation / target
    return abs(abs(ratio - 1) - TOLERANCE) > 0.01 and 0.02 < current * ratio % 1 < 0.98


def _instance(draw: Draw, low: float, high: float) -> tuple[int, float, float]:
    while True:
        current, target = draw.integer(3, 30), draw.choice((0.4, 0.5, 0.6, 0.7, 0.8))
        utilisation = round(target * draw.fraction(low, high), 2)
        if utilisation <= 1 and _clear(current, utilisation, target):
            return current, utilisation, target


def draw_instances(draw: Draw) -> list[tuple[int, float, float]]:
    """Return hidden instances that tell each usual mistake from all else."""
    while True:
        instances = [
            _instance(draw, low, high)
            for low, high in ((0.91, 0.99), (1.01, 1.09), (1.12, 1.2), (0.8, 0.88), (1.2, 1.9),
                              (1.2, 1.9), (0.2, 0.7), (0.2, 0.7))
        ]  # fmt: skip
        answers = [
            tuple(function(*instance) for instance in instances)
            for function in (_right, *MISTAKEN.values())
        ]
        if len(set(answers)) == len(answers):
            return draw.shuffled(instances)


_EXTRAS = (
    Extra(
        [(4, 0.95, 0.5, 1, 6), (9, 0.11, 0.6, 4, 20), (2, 0.6, 0.6, 3, 9)],
        0.5,
        "It keeps to the least and the most.",
        "It gives fewer than the least or more than the most.",
    ),
    Extra(
        [(4, 0.5, 0.0), (4, 0.5, -0.5)],
        0.5,
        "A target that cannot be reached is refused: right.",
        "For a target of 0, or below, it should raise a ValueError.",
    ),
)


def _task(draw: Draw) -> Task:
    return Task(
        Exercise("desired_replicas", 4.0, READY_MADE),
        desired_replicas,
        MISTAKEN,
        MISTAKES,
        draw_instances(draw),
        3.0,
        "It is right on {} hidden instances.",
        extras=_EXTRAS,
    )


#: Marks the item.
mark = written_function(_task)
