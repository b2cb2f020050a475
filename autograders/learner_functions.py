"""Mark a function that a learner wrote, on instances that nobody has seen.

- `Task`: what is asked for: the reference answer, its mistakes, the hidden instances
- `Extra`: something more that the function has to do, such as refusing what cannot be
- `written_function`: marks a whole item by a task; a `Marker`
- `Exercise`, `Attempt`: calling the function, and noticing that there is nothing to mark; what is
  marked in a way of its own builds upon them
- `same_count`, `same_measure`: when what was returned is right

A function that gives what a mistake gives on all of the hidden instances holds that mistake. So
they have to be drawn such that every usual mistake shows on them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.checks import Mark, Marker
from course.exercise.notes import near, number_notes
from course.exercise.own_work import Outcome, call

if TYPE_CHECKING:
    from course.exercise import Answer
    from course.exercise.draw import Draw

__all__ = [
    "MISTAKE_SHARE",
    "Attempt",
    "Exercise",
    "Extra",
    "Task",
    "mark_function",
    "raised",
    "same_count",
    "same_measure",
    "written_function",
]

#: What a function is called with.
Arguments = tuple[Any, ...]
Function = Callable[..., Any]

#: Of the points for the hidden instances, where exactly one usual mistake is made.
MISTAKE_SHARE = 0.5


def same_count(found: Any, expected: float) -> bool:
    """Return whether what was returned is this count, exactly."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    return found == expected


def same_measure(found: Any, expected: float) -> bool:
    """Return whether what was returned is this number, but for the rounding of floats."""
    return not number_notes("", found) and near(float(found), expected, tolerance=1e-6)


@dataclass(frozen=True)
class Attempt:
    """One call of a learner's function.

    Attributes:
        arguments: what it should be called with.
        given: the copy that it was called with, as it is now.
        outcome: what came of it.
    """

    arguments: Arguments
    given: Arguments
    outcome: Outcome

    @property
    def empty(self) -> bool:
        """Whether it returned nothing, without raising anything."""
        return self.outcome.value is None and self.outcome.error is None

    @property
    def changed(self) -> bool:
        """Whether it changed what it was given."""
        return self.given != self.arguments


@dataclass(frozen=True)
class Exercise:
    """A function that is asked for.

    Attributes:
        name: its name.
        points: what everything earns together.
        packages: packages whose functions would do the work.
        ready_made: what these are called, when they are found doing it.
        no_function: what is said of the name where it is none.
        call: what calls the function and tells what came of it.
    """

    name: str
    points: float
    packages: Collection[str] = ()
    ready_made: str = "a ready-made function"
    no_function: str = "is not answered yet: it is not a function."
    call: Callable[..., Outcome] = call

    def attempts(self, function: Any, instances: Iterable[Arguments]) -> list[Attempt]:
        """Call a learner's function with copies of all arguments, in order.

        Args:
            function: what the learner wrote; where it is no function, each call raises.
            instances: what it is called with.
        """
        found = []
        for arguments in instances:
            given = copy.deepcopy(arguments)
            outcome = self.call(function, *given, packages=self.packages)
            found.append(Attempt(arguments, given, outcome))
        return found

    def nothing_to_mark(
        self,
        function: Any,
        attempts: Iterable[Attempt],
        answering: Iterable[Attempt] | None = None,
    ) -> Mark | None:
        """Return the mark of what is no function, not the learner's own or not written yet.

        Args:
            function: what the learner wrote.
            attempts: every call of it.
            answering: the calls that all return nothing as long as nothing is written; None if
                these are all.

        Returns:
            The mark, without points; None if there is something to mark.
        """
        every = list(attempts)
        if not callable(function):
            remark = self.no_function
        elif any(attempt.outcome.ready_made for attempt in every):
            remark = f"lets {self.ready_made} do the work. The exercise was to write it."
        elif all(attempt.empty for attempt in (every if answering is None else answering)):
            remark = "is not answered yet: it returns nothing."
        else:
            return None
        return Mark(0, self.points, f"{self.name} {remark}")


@dataclass(frozen=True)
class Extra:
    """Something more that a function has to do.

    It does so if it gives what the reference answer gives, and refuses with a ValueError what that
    refuses.

    Attributes:
        instances: what the function is called with.
        points: what it earns.
        right: what is said where the function does it.
        wrong: what is said where it does not.
        after_others: whether it earns nothing if nothing before it earned anything.
        apart: whether these calls do not count where it is asked if a function returns anything,
            and if it leaves alone what it is given.
    """

    instances: Sequence[Arguments]
    points: float
    right: str
    wrong: str
    after_others: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Task:
    """A function that is asked for, and what it is tried with.

    Attributes:
        exercise: what is asked for.
        reference: the reference answer.
        mistaken: what each usual mistake gives; several functions if it can be made in several
            ways.
        sentences: the sentence that names each mistake.
        instances: the hidden instances.
        points: what is earned by being right on them.
        right_on: what is said of how many are right, such as `It is right on {} hidden hosts.`
        same: whether what was returned is what was expected.
        extras: what else the function has to do.
        changed: what is said, at the price of a point, where it changes what it is given; it may
            if this is empty.
        shares: the share of the points that a mistake earns, where it is another than usual.
    """

    exercise: Exercise
    reference: Function
    mistaken: Mapping[str, Function | tuple[Function, ...]]
    sentences: Mapping[str, str]
    instances: Sequence[Arguments]
    points: float
    right_on: str
    same: Callable[[Any, Any], bool] = same_measure
    extras: tuple[Extra, ...] = ()
    changed: str = ""
    shares: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def mark_function(task: Task, function: Any) -> Mark:
    """Mark what a learner wrote.

    Args:
        task: what was asked for.
        function: what the learner wrote.
    """
    exercise = task.exercise
    hidden = exercise.attempts(function, task.instances)
    tried = [(extra, exercise.attempts(function, extra.instances)) for extra in task.extras]
    every = [*hidden, *(attempt for _, attempts in tried for attempt in attempts)]
    counting = [*hidden, *(each for extra, them in tried if not extra.apart for each in them)]
    if nothing := exercise.nothing_to_mark(function, every, counting):
        return nothing
    points, messages = _mark_hidden(task, hidden)
    for extra, attempts in tried:
        if (points or not extra.after_others) and all(_is_right(task, each) for each in attempts):
            points += extra.points
            messages.append(extra.right)
        else:
            messages.append(extra.wrong)
    if task.changed and any(attempt.changed for attempt in counting):
        points = max(0.0, points - 1)
        messages.append(task.changed)
    return Mark(points, exercise.points, " ".join(messages))


def written_function(task: Callable[[Draw], Task]) -> Marker:
    """Return what marks an item that asks for a function.

    Args:
        task: gives what is asked for, with instances drawn from the course's secret.
    """

    def mark(_problem: Any, answer: Answer, draw: Draw) -> Mark:
        asked = task(draw)
        return mark_function(asked, answer.values.get(asked.exercise.name))

    return mark


def raised(attempts: Iterable[Attempt], where: str) -> list[str]:
    """Return what is said of the first error that a function raised; nothing if there is none.

    Args:
        attempts: the calls.
        where: how the sentence begins, such as `On some it raised`.
    """
    errors = [each.outcome.error for each in attempts if each.outcome.error is not None]
    return [f"{where} {type(errors[0]).__name__}: {errors[0]}"] if errors else []


def _mark_hidden(task: Task, attempts: list[Attempt]) -> tuple[float, list[str]]:
    right = sum(_is_right(task, attempt) for attempt in attempts)
    if right == len(attempts):
        return task.points, [task.right_on.format(f"all {len(attempts)}")]
    for name, ways in task.mistaken.items():
        for mistaken in ways if isinstance(ways, tuple) else (ways,):
            if all(_gives(task, mistaken, attempt) for attempt in attempts):
                share = task.shares.get(name, MISTAKE_SHARE)
                return task.points * share, [task.sentences[name]]
    # Half of the instances may be right by luck, so the points begin above that.
    return task.points * max(0.0, 2 * right / len(attempts) - 1), [
        task.right_on.format(f"{right} of {len(attempts)}"),
        *raised(attempts, "On some it raised"),
    ]


def _gives(task: Task, expected: Function, attempt: Attempt) -> bool:
    return task.same(attempt.outcome.value, expected(*attempt.arguments))


def _is_right(task: Task, attempt: Attempt) -> bool:
    try:
        right = task.reference(*attempt.arguments)
    except ValueError:
        return isinstance(attempt.outcome.error, ValueError)
    return task.same(attempt.outcome.value, right)
