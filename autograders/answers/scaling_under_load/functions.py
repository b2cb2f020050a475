"""Marking a function that a learner wrote, on instances that nobody has seen.

Both functions of this lesson take numbers and return one. On the hidden instances each usual
mistake gives other answers than the right function and than every other mistake, so a function that
gives what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograders.checks import Mark
from course.exercise.notes import near, number_notes
from course.exercise.own_work import Outcome, call
from course.exercise.scaling_under_load.function_notes import READY_MADE
from course.exercise.scaling_under_load.mistakes import MISTAKES

__all__ = ["MISTAKE_SHARE", "Extra", "Function", "Instance", "Task", "mark"]

Function = Callable[..., float]
Instance = tuple[float, ...]

#: Of the points for values, where exactly one usual mistake is made.
MISTAKE_SHARE = 0.5
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Extra:
    """Something more that a function has to do.

    Attributes:
        instances: what it is tried with.
        points: what that earns.
        right: what is said where it does it.
        wrong: what is said where it does not.
        refused: whether it has to refuse these with a ValueError.
    """

    instances: tuple[Instance, ...]
    points: float
    right: str
    wrong: str
    refused: bool = False


@dataclass(frozen=True)
class Task:
    """A function that is asked for.

    Attributes:
        name: its name.
        function: the reference answer.
        mistaken: what each usual mistake gives.
        instances: the hidden instances.
        points: what right values on them earn.
        extras: what else it has to do.
    """

    name: str
    function: Function
    mistaken: Mapping[str, Function]
    instances: Sequence[Instance]
    points: float
    extras: tuple[Extra, ...]

    @property
    def possible(self) -> float:
        """What everything earns together."""
        return self.points + sum(extra.points for extra in self.extras)


def mark(task: Task, function: Any) -> Mark:
    """Mark a learner's function.

    Args:
        task: what was asked for.
        function: what the learner wrote.
    """
    if not callable(function):
        return Mark(0, task.possible, f"{task.name} is not answered yet: it is not a function.")
    outcomes = {
        instance: call(function, *instance, packages=READY_MADE)
        for instance in (*task.instances, *(i for extra in task.extras for i in extra.instances))
    }
    if any(outcome.ready_made for outcome in outcomes.values()):
        return Mark(
            0,
            task.possible,
            f"{task.name} lets a ready-made function do the work. The exercise was to write it.",
        )
    if all(outcome.value is None and outcome.error is None for outcome in outcomes.values()):
        return Mark(0, task.possible, f"{task.name} is not answered yet: it returns nothing.")
    points, messages = _mark_values(task, [outcomes[instance] for instance in task.instances])
    for extra in task.extras:
        if all(_does(task, extra, i, outcomes[i]) for i in extra.instances):
            points += extra.points
            messages.append(extra.right)
        else:
            messages.append(extra.wrong)
    return Mark(points, task.possible, " ".join(messages))


def _does(task: Task, extra: Extra, instance: Instance, outcome: Outcome) -> bool:
    if extra.refused:
        return isinstance(outcome.error, ValueError)
    return _is(outcome, task.function(*instance))


def _mark_values(task: Task, outcomes: list[Outcome]) -> tuple[float, list[str]]:
    pairs = list(zip(task.instances, outcomes, strict=True))
    right = sum(_is(outcome, task.function(*instance)) for instance, outcome in pairs)
    if right == len(pairs):
        return task.points, [f"It is right on all {len(pairs)} hidden instances."]
    for name, mistaken in task.mistaken.items():
        if all(_is(outcome, mistaken(*instance)) for instance, outcome in pairs):
            return task.points * MISTAKE_SHARE, [MISTAKES[name]]
    raised = [outcome.error for outcome in outcomes if outcome.error is not None]
    messages = [f"It is right on {right} of {len(pairs)} hidden instances."]
    if raised:
        messages.append(f"On some it raised {type(raised[0]).__name__}: {raised[0]}")
    # Half of the instances may be right by luck, so the points begin above that.
    return task.points * max(0.0, 2 * right / len(pairs) - 1), messages


def _is(outcome: Outcome, expected: float) -> bool:
    return not number_notes("", outcome.value) and near(
        float(outcome.value), expected, tolerance=_TOLERANCE
    )
