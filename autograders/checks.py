"""Turn an answer into points and a message.

- `Mark`: points and what is said about them
- `Quantity`: a number that is right, and the numbers that usual mistakes lead to
- `mark_quantity`, `mark_choice`: the two kinds of answer that every lesson has
- `joined`: several marks as one
- `numbers`, `choices`, `identity`: markers of whole items, which every lesson has too

A later answer may build upon an earlier one. Where the earlier one was wrong and the later one
follows from it, the later one earns its points: each mistake costs once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from course.exercise.answer import Answer
from course.exercise.draw import Draw
from course.exercise.notes import near, number_notes, unanswered
from course.exercise.student import normalise_student_id

__all__ = [
    "FOLLOWED_WITHIN",
    "Mark",
    "Marker",
    "Mistake",
    "Quantity",
    "Values",
    "choices",
    "identity",
    "joined",
    "mark_choice",
    "mark_quantity",
    "numbers",
    "own_number",
    "same",
]

#: A learner's answers by name.
Values = Mapping[str, Any]
#: What marks an item: it gets the learner's problem, her answer, and draws that depend on the
#: course's secret.
Marker = Callable[[Any, Answer, Draw], "Mark"]

#: An own earlier answer is followed if it is wrong by less than this factor either way. Beyond it
#: the later question would be another one.
FOLLOWED_WITHIN = 4.0


@dataclass(frozen=True)
class Mark:
    """What one answer earned.

    Attributes:
        points: the points earned.
        possible: the points that could be earned.
        message: what the learner is told, never the right answer.
    """

    points: float
    possible: float
    message: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.points) and 0 <= self.points <= self.possible):
            raise ValueError(
                f"a mark lies between 0 and {self.possible} points, found {self.points}"
            )

    def __str__(self) -> str:
        return f"{self.points:g} of {self.possible:g} points. {self.message}"


@dataclass(frozen=True)
class Mistake:
    """A usual mistake in a number.

    Attributes:
        value: the number that it leads to.
        share: the fraction of the points that it still earns.
    """

    value: float
    share: float = 0.0


@dataclass(frozen=True)
class Quantity:
    """A number that is asked for.

    Attributes:
        right: the right number.
        points: what it earns.
        mistakes: the usual mistakes by name.
        whole: whether only a whole number can be right.
    """

    right: float
    points: float
    mistakes: Mapping[str, Mistake] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = False

    def distinct_mistakes(self) -> dict[str, Mistake]:
        """Return the mistakes that lead to a number of their own, not to the right one."""
        return {
            name: mistake
            for name, mistake in self.mistakes.items()
            if not same(mistake.value, self.right, whole=self.whole)
        }


def same(found: float, expected: float, *, whole: bool) -> bool:
    """Return whether two numbers are one answer: counts exactly, measures but for rounding."""
    return found == expected if whole else near(found, expected)


def own_number(values: Values, name: str, right: float) -> float:
    """Return a learner's earlier answer to go on with, or the right one where hers cannot serve.

    Args:
        values: the learner's answers.
        name: which one.
        right: the right number.
    """
    value = values.get(name)
    if number_notes(name, value) or not value:
        return right
    own = float(value)
    return own if right / FOLLOWED_WITHIN < own < right * FOLLOWED_WITHIN else right


def mark_quantity(
    name: str,
    value: Any,
    asked: Quantity,
    followed: Quantity,
    sentences: Mapping[str, str],
) -> Mark:
    """Mark one number.

    Args:
        name: what the learner calls it.
        value: what she answered.
        asked: the quantity as it is right.
        followed: the quantity as it follows from her earlier answers.
        sentences: the sentence that names each mistake.
    """
    # A count that is not whole is a usual mistake, not a wrong kind of value.
    if notes := number_notes(name, value):
        return Mark(0, asked.points, notes[0].text)
    number = float(value)
    if same(number, asked.right, whole=asked.whole):
        return Mark(asked.points, asked.points, f"{name} is right.")
    if same(number, followed.right, whole=followed.whole):
        return Mark(
            asked.points, asked.points, f"{name} follows from your own earlier figures. Full marks."
        )
    for quantity in (asked, followed):
        for mistake_name, mistake in quantity.distinct_mistakes().items():
            # Not `whole`: a count that was not rounded is matched as the measure that it is.
            if near(number, mistake.value):
                return Mark(
                    asked.points * mistake.share,
                    asked.points,
                    f"{name}: {sentences[mistake_name]}",
                )
    return Mark(0, asked.points, f"{name} is not what your figures lead to.")


def mark_choice(
    name: str, value: Any, right: str, points: float, remarks: Mapping[str, str]
) -> Mark:
    """Mark an answer that is one of several options.

    Args:
        name: what the learner calls it.
        value: what she chose.
        right: the right option.
        points: what it earns.
        remarks: what is said to each option.
    """
    if unanswered(value):
        return Mark(0, points, f"{name} is not answered yet.")
    chosen = value.strip().lower() if isinstance(value, str) else ""
    if chosen not in remarks:
        return Mark(0, points, f"{name} should be one of {', '.join(remarks)}, found {value!r}.")
    earned = points if chosen == right else 0
    return Mark(earned, points, f"{name}: {remarks[chosen]}")


def joined(marks: Iterable[Mark]) -> Mark:
    """Return several marks as one: their points together, their messages in order."""
    parts = list(marks)
    return Mark(
        sum(mark.points for mark in parts),
        sum(mark.possible for mark in parts),
        " ".join(mark.message for mark in parts),
    )


def numbers(
    quantities: Callable[..., Mapping[str, Quantity]], sentences: Mapping[str, str], *names: str
) -> Marker:
    """Return what marks an item that asks for numbers.

    Args:
        quantities: gives the quantities of a problem, and as they follow from a learner's answers
            if it is given these too.
        sentences: the sentence that names each mistake.
        names: which quantities.
    """

    def mark(problem: Any, answer: Answer, _draw: Draw) -> Mark:
        asked, followed = quantities(problem), quantities(problem, answer.values)
        return joined(
            mark_quantity(name, answer.values.get(name), asked[name], followed[name], sentences)
            for name in names
        )

    return mark


def choices(item: str, questions: Mapping[str, tuple[str, Mapping[str, str]]]) -> Marker:
    """Return what marks a quiz: a dictionary with one option for each question.

    Args:
        item: what the learner calls the dictionary.
        questions: for each question the right option, and what is said to each one.
    """

    def mark(_problem: Any, answer: Answer, _draw: Draw) -> Mark:
        given = answer.values.get(item)
        options = given if isinstance(given, dict) else {}
        return joined(
            mark_choice(name, options.get(name), right, 1, remarks)
            for name, (right, remarks) in questions.items()
        )

    return mark


def identity(problem: Any, answer: Answer, _draw: Draw) -> Mark:
    """Mark that a notebook says whose it is; a `Marker`."""
    if unanswered(answer.student_id):
        return Mark(0, 1, "student_id is not answered yet, so the figures were the example's.")
    try:
        written = normalise_student_id(answer.student_id)
    except (TypeError, ValueError) as error:
        return Mark(0, 1, str(error))
    if written != problem.student_id:
        return Mark(
            0,
            1,
            f"This notebook says that it is {written}'s, and {problem.student_id} handed it in. "
            f"All of it is marked by the figures of {problem.student_id}.",
        )
    return Mark(1, 1, f"This is the notebook of {written}.")
