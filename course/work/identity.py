"""Read from a notebook whose it is, without running anything of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from course.exercise.student import normalise_student_id
from course.work.errors import WorkError
from course.work.notebook import cells, marks, source

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["IDENTITY", "student_of"]

#: The cell in which the learner writes who she is.
IDENTITY = "identity-answer"

_VARIABLE = "student_id"
_NOT_IN_A_NAME = set('<>:"|?*')  # in names of files, on some systems


def student_of(notebook: Path) -> str:
    """Return the student id that a notebook gives, as it was typed, without blanks around it.

    Args:
        notebook: the notebook's file.

    Raises:
        WorkError: it gives none, or one that cannot be one; the message says where to write it.
    """
    where = (
        f"Open {notebook.name}, go to exercise 1, and write your id into the cell below it, "
        f'such as {_VARIABLE} = "ada". Save, and hand in again.'
    )
    named = [cell for cell in cells(notebook) if marks(cell).get("grade_id") == IDENTITY]
    if not named:
        raise WorkError(
            f"expected a cell {IDENTITY!r} in {notebook.name} that says whose it is, found none. "
            "It was deleted: rename the lesson's folder, start the course again to get a new copy, "
            "and copy your answers into it."
        )
    try:
        value = _assigned(source(named[0]))
        normalise_student_id(_given(value))
    except (SyntaxError, TypeError, ValueError, RecursionError) as error:
        reason = "the cell cannot be read as Python" if isinstance(error, SyntaxError) else error
        raise WorkError(f"{notebook.name} does not say whose it is: {reason}. {where}") from None
    student = str(value).strip()
    if student.startswith(".") or student.endswith(".") or _NOT_IN_A_NAME.intersection(student):
        raise WorkError(f"{student!r} cannot be a file's name, so it is no student id. {where}")
    return student


def _assigned(text: str) -> object:
    """Return what the cell gives the variable last; only a constant counts."""
    value: object = None
    for statement in ast.parse(text).body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        if any(isinstance(target, ast.Name) and target.id == _VARIABLE for target in targets):
            given = statement.value  # type: ignore[attr-defined]  # both kinds have one
            if not isinstance(given, ast.Constant):
                raise ValueError(
                    f"expected text in quotes, found {_VARIABLE} = {ast.unparse(given)}"
                )
            value = given.value
    return value


def _given(value: object) -> object:
    if value is None:
        raise ValueError(f"{_VARIABLE} is not written yet")
    return value
