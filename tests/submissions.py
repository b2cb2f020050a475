"""Submissions as learners would make them: a released notebook with its answer cells filled in."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from autograders.answers.one_server_many_tenants import reference
from course.exercise import problem
from tests.nbgrader_course import ASSIGNMENT

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: Which answers each answer cell of assignment 01 defines.
ANSWER_CELLS = {
    "average_use-answer": ("average_use",),
    "idle_core_hours-answer": ("idle_core_hours",),
    "idle_kwh_per_year-answer": ("idle_kwh_per_year",),
    "peak_cores-answer": ("peak_cores",),
    "memory_needed_gib-answer": ("memory_needed_gib",),
    "usable-answer": ("usable_cores", "usable_memory_gib"),
    "hosts_by_resource-answer": ("hosts_by_cores", "hosts_by_memory"),
    "binding-answer": ("binding_resource", "upgrade", "hosts_after_upgrade"),
    "by_hand-answer": ("by_hand",),
    "beaten-answer": ("beaten", "hosts_lost"),
    "hosts_packed-answer": ("hosts_packed",),
    "hosts_with_spare-answer": ("hosts_with_spare",),
    "payback-answer": ("kwh_before", "kwh_after", "payback_months"),
    "quiz-answer": ("quiz",),
}

FIRST_FIT_DECREASING = """
def hosts_needed(demands, capacity):
    left = []
    for demand in sorted(demands, reverse=True):
        if demand > capacity:
            raise ValueError(f"{demand} fits on no host of {capacity}")
        for number in range(len(left)):
            if demand <= left[number]:
                left[number] -= demand
                break
        else:
            left.append(capacity - demand)
    return len(left)
"""

WRITTEN = "The licence server stays where its USB stick is. Backups go to another room."


def right_answers(student: str) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    answers = reference(problem(ASSIGNMENT, student))
    del answers["hosts_needed"]
    return answers


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the cell with a grade id."""
    return next(
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def answered(
    released: NotebookNode,
    student: str,
    changes: dict[str, Any] | None = None,
    *,
    function: str = FIRST_FIT_DECREASING,
    written: str = WRITTEN,
) -> NotebookNode:
    """Return a student's submission: right answers, but for the changes.

    Args:
        released: the notebook as it was released.
        student: the id that the notebook gives.
        changes: answers that are not the right ones, by name.
        function: the source of `hosts_needed`.
        written: the written answer.
    """
    notebook = copy.deepcopy(released)
    values = right_answers(student) | (changes or {})
    cell_of(notebook, "identity-answer").source = f"student_id = {student!r}"
    for grade_id, names in ANSWER_CELLS.items():
        cell_of(notebook, grade_id).source = "\n".join(f"{n} = {values[n]!r}" for n in names)
    cell_of(notebook, "hosts_needed-answer").source = function.strip()
    cell_of(notebook, "written-answer").source = written
    return notebook
