"""Submissions of assignment 09: a released notebook with answers filled in, and its records.

The records are drawn, and such that a machine could have written them: what is tried with them is
the marking. That real machines write such records is tried where they run.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from autograders.answers.availability import reference
from course.exercise import problem
from tests.records_availability import ASSIGNMENT, records
from tests.submissions import cell_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["ANSWER_CELLS", "ASSIGNMENT", "answered", "right_answers"]

#: Which answers each answer cell defines that holds values.
ANSWER_CELLS = {
    "back-answer": ("machine_back_s", "container_back_s", "kept"),
    "budget-answer": ("down_h", "allowed_min"),
    "design-answer": ("single_down_min", "design_down_min", "next_part"),
    "room-answer": ("hosts", "hosts_for_failures", "short_min"),
    "outages-answer": ("elsewhere_min", "announced_min", "lever"),
    "lost-answer": ("worst_lost", "mean_lost", "back_min", "every_needed_min"),
    "rounds-answer": ("rounds_mb", "hand_downtime_ms", "hand_total_s"),
    "stuck-answer": ("remedy", "remedy_downtime_ms"),
    "moved-answer": ("downtimes_ms", "times_as_much", "gave_up"),
    "quiz-answer": ("quiz",),
}

PRECOPY = """
def precopy(memory, rate, dirty, limit_s):
    sent, rest = [], memory
    while True:
        sent.append(rest)
        written = min(memory, dirty * rest / rate)
        if written / rate <= limit_s:
            return sent + [written]
        if not written < rest:
            return None
        rest = written
"""

SERVICES = """
for short, command, policy in (
    ("web", task.services.web_command, {"Name": "unless-stopped"}),
    ("job", task.services.job_command,
     {"Name": "on-failure", "MaximumRetryCount": task.services.retries}),
):
    bench.start(short, command, restart_policy=policy)
"""

DRILL = """
steps = [
    f"echo {task.token} > /dev/shm/token", "snapshot", f"echo {task.late} > /dev/shm/late",
    "crash", "restore",
]
"""

WRITTEN = "1. Call somebody. 2. Restore the newest snapshot, and say what is lost since."


def right_answers(student: str) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    answers = reference(problem(ASSIGNMENT, student), records(student))
    del answers["precopy"]
    return answers


def answered(
    released: NotebookNode,
    student: str,
    changes: dict[str, Any] | None = None,
    cells: dict[str, str] | None = None,
) -> NotebookNode:
    """Return a student's submission: all right of the student's drawn records, but for the changes.

    Args:
        released: the notebook as it was released.
        student: the id that the notebook gives.
        changes: answers that are not the right ones, by name.
        cells: sources of cells that are not the right ones, by grade id.
    """
    notebook = copy.deepcopy(released)
    values = right_answers(student) | (changes or {})
    cell_of(notebook, "identity-answer").source = f"student_id = {student!r}"
    sources = {
        grade_id: "\n".join(f"{name} = {values[name]!r}" for name in names)
        for grade_id, names in ANSWER_CELLS.items()
    }
    own = {"precopy-answer": PRECOPY, "services-answer": SERVICES, "drill-answer": DRILL}
    for grade_id, source in (sources | own | (cells or {})).items():
        cell_of(notebook, grade_id).source = source.strip()
    cell_of(notebook, "written-answer").source = WRITTEN
    return notebook
