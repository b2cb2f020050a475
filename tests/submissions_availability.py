"""Submissions of assignment 09: a released notebook with answers filled in, and its records.

The records are drawn, and such that a machine could have written them: what is tried with them is
the marking. That real machines write such records is tried where they run.
"""

from __future__ import annotations

from typing import Any

from autograders.answers.availability import reference
from course.exercise import problem
from tests.records_availability import ASSIGNMENT, records
from tests.submissions import Answers

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


answered = Answers(
    right_answers,
    ANSWER_CELLS,
    {
        "precopy-answer": PRECOPY,
        "services-answer": SERVICES,
        "drill-answer": DRILL,
        "written-answer": WRITTEN,
    },
).answered
