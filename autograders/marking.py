"""Mark one answer: the one call in the hidden part of a grade cell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from autograders.answers import marking
from autograders.secret import course_secret
from course.exercise import normalise_student_id, problem
from course.exercise.draw import Draw

if TYPE_CHECKING:
    from autograders.checks import Mark
    from course.exercise import Answer

__all__ = ["STUDENT_VARIABLE", "grade", "mark"]

#: The environment variable in which the grader says whose submission it runs.
STUDENT_VARIABLE = "AUTOGRADERS_STUDENT_ID"


def mark(answer: Answer, student_id: str | None = None) -> Mark:
    """Mark an answer by the figures of one learner.

    Args:
        answer: what a grade cell's `check` returned.
        student_id: whose submission it is; None if nobody knows better than the notebook.

    Raises:
        LookupError: there is no such assignment or item.
    """
    marker = marking(answer.assignment).ITEMS[answer.item]
    true_id = normalise_student_id(answer.student_id if student_id is None else student_id)
    draw = Draw(course_secret(), answer.assignment, answer.item, true_id)
    result: Mark = marker(problem(answer.assignment, true_id), answer, draw)
    return result


def grade(answer: Answer) -> float:
    """Mark an answer, print what is to be said about it, and return its points.

    nbgrader takes a number that a grade cell ends with as the cell's score, and shows what it
    prints in the feedback.

    Args:
        answer: what the grade cell's `check` returned.
    """
    result = mark(answer, os.environ.get(STUDENT_VARIABLE))
    print(result)  # noqa: T201 (this is the feedback)
    return result.points
