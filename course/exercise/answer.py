"""An answer on its way from a notebook to its marks.

A grade cell calls `check`, whose result shows formative notes to the learner. In the instructor's
copy of the cell the same object goes on to be marked.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from course.exercise.notes import Kind, Note
from course.exercise.problem import assignment_module, problem, resolve_assignment

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "UnfinishedAnswer", "check"]

# Blue, amber and grey are told apart by every kind of colour vision; the mark and the word before
# the text say the same without colour. The text keeps JupyterLab's own colour, light or dark.
_LOOK = {
    Kind.UNANSWERED: ("#8c8c8c", "Open"),
    Kind.MISTAKE: ("#d98200", "Look again"),
    Kind.POSSIBLE: ("#0072b2", "Possible"),
}


class UnfinishedAnswer(AssertionError):  # noqa: N818 (learners read this name)
    """An answer is missing, or a usual mistake was found in it. Raised while validating only."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: the message, without the way through the course's code."""
        return [str(self)]


@dataclass(frozen=True)
class Answer:
    """What a learner answered to one item.

    Attributes:
        assignment: the assignment's full name.
        item: which of its questions is answered.
        student_id: the id that the notebook gives, as it was typed.
        values: the answers by name, with earlier answers that they build upon.
    """

    assignment: str
    item: str
    student_id: object
    values: Mapping[str, Any]

    def notes(self) -> tuple[Note, ...]:
        """Return what can be said of the answer without knowing the right one."""
        try:
            posed = problem(self.assignment, self.student_id)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            return (Note.mistake(str(error)),)
        notes = assignment_module(self.assignment).NOTES[self.item](posed, self)
        if notes:
            return tuple(notes)
        return (
            Note.possible("Nothing speaks against this answer. Grading tells whether it is right."),
        )

    def __repr__(self) -> str:
        return "\n".join(f"{note.kind.value} {note.text}" for note in self.notes())

    def _repr_html_(self) -> str:
        return "".join(_note_html(note) for note in self.notes())


def _note_html(note: Note) -> str:
    colour, word = _LOOK[note.kind]
    return (
        f'<div role="note" style="border-left: 5px solid {colour}; padding: 4px 10px; '
        f'margin: 3px 0"><b>{note.kind.value} {word}.</b> {escape(note.text)}</div>'
    )


def check(assignment: str, item: str, student_id: object, /, **values: Any) -> Answer:
    """Look at an answer without knowing the right one.

    Args:
        assignment: the assignment's name.
        item: which of its questions is answered.
        student_id: the id that the learner wrote in the notebook.
        values: the answers by name, with earlier answers that they build upon.

    Returns:
        The answer, which shows its notes where a notebook displays it.

    Raises:
        LookupError: there is no such assignment or item.
        UnfinishedAnswer: while the notebook is validated (nbgrader says so by an environment
            variable), and the answer is missing or holds a usual mistake.
    """
    name = resolve_assignment(assignment)
    items = assignment_module(name).NOTES
    if item not in items:
        raise LookupError(f"{name} has no item {item!r}. There are: {', '.join(items)}.")
    answer = Answer(name, item, student_id, values)
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        open_notes = [note.text for note in answer.notes() if note.kind is not Kind.POSSIBLE]
        if open_notes:
            raise UnfinishedAnswer(" ".join(open_notes))
    return answer
