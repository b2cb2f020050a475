"""Submissions of assignment 05: a released notebook with answers filled in, and its records.

The records are drawn, and such that a machine could have written them: what is tried with them is
the marking. That real machines write such records is tried where they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograders.answers.startup_and_footprint import reference
from course.exercise import problem
from tests.nbgrader_course import STARTUP_ASSIGNMENT
from tests.records_startup import records
from tests.submissions import Answers

if TYPE_CHECKING:
    from pathlib import Path

    from autograders.answers.startup_and_footprint.reference import Records

#: Which answers each answer cell defines that holds values.
ANSWER_CELLS = {
    "medians-answer": ("medians", "slow"),
    "ratio-answer": ("machine_over_container", "tiny_over_container"),
    "boot-answer": ("longest_stage", "longest_share", "lever"),
    "units-answer": ("disk_gb", "download_s"),
    "weight-answer": ("full_vm_mb", "container_mb", "disk_ratio"),
    "disk-answer": ("copies_gb", "clones_gb", "containers_gb"),
    "memory-answer": (
        "container_mib", "container_error_mib", "machine_mib", "machine_error_mib", "tasks",
    ),
    "verdicts-answer": ("verdicts",),
    "quiz-answer": ("quiz",),
}  # fmt: skip

PERCENTILE = """
def percentile(values, share):
    if len(values) == 0:
        raise ValueError("nothing to look at")
    if share < 0 or share > 1:
        raise ValueError("no such share")
    rest = list(values)
    rest.sort()
    place = share * (len(rest) - 1)
    low = int(place // 1)
    if place == low:
        return rest[low]
    return rest[low] + (place - low) * (rest[low + 1] - rest[low])
"""

SMALL = '''
small_dockerfile = """FROM scratch
COPY --from=course/freeradius:3.2 / /
COPY users /etc/freeradius/users
ENTRYPOINT ["/usr/sbin/freeradius"]
CMD ["-f", "-l", "stdout", "-d", "/etc/freeradius"]
"""
'''

WRITTEN = "A Debian takes 700 MB and ten times as long to start as the server alone."


def right_answers(student: str, made: Records) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    answers = reference(problem(STARTUP_ASSIGNMENT, student), made)
    del answers["percentile"]
    return answers


answered = Answers(
    lambda student: right_answers(student, records(student)),
    ANSWER_CELLS,
    {"percentile-answer": PERCENTILE, "small-answer": SMALL, "written-answer": WRITTEN},
    {"weight-answer": "from course.exercise.startup_and_footprint import figures\n"},
).answered


def put_records(folder: Path, made: Records) -> None:
    """Lay down a learner's records beside the notebook.

    Args:
        folder: the folder of the submission.
        made: what was recorded.
    """
    made.startup.write(folder / "startup.json")
    made.footprint.write(folder / "footprint.json")
    made.density.write(folder / "density.json")
