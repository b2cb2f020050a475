"""Submissions as learners would make them: a released notebook with its answer cells filled in.

`Answers` fills in any assignment's; what else is here is of assignment 01.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Answers:
    """Right answers to an assignment, as learners would write them.

    Attributes:
        values: returns what a student's answers are that can be written as values, by name.
        cells: which of them each answer cell defines, by grade id.
        sources: what stands in all other answer cells, by grade id.
        beside: what stands above the values in a cell, by grade id.
    """

    values: Callable[[str], dict[str, Any]]
    cells: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, str]
    beside: Mapping[str, str] = field(default_factory=dict)

    def answered(
        self,
        released: NotebookNode,
        student: str,
        changes: dict[str, Any] | None = None,
        cells: dict[str, str] | None = None,
    ) -> NotebookNode:
        """Return a student's submission: all right, of the student's records, but for the changes.

        Args:
            released: the notebook as it was released.
            student: the id that the notebook gives.
            changes: answers that are not the right ones, by name.
            cells: sources of cells that are not the right ones, by grade id.
        """
        notebook = copy.deepcopy(released)
        values = self.values(student) | (changes or {})
        sources = {"identity-answer": f"student_id = {student!r}"}
        for grade_id, names in self.cells.items():
            lines = "\n".join(f"{name} = {values[name]!r}" for name in names)
            sources[grade_id] = self.beside.get(grade_id, "") + lines
        for grade_id, source in {**sources, **self.sources, **(cells or {})}.items():
            cell_of(notebook, grade_id).source = source.strip()
        return notebook


answered = Answers(
    right_answers,
    ANSWER_CELLS,
    {"hosts_needed-answer": FIRST_FIT_DECREASING, "written-answer": WRITTEN},
).answered
