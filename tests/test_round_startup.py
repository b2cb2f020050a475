"""The instructor's round on assignment 05: real nbgrader, real submissions, an engine, records.

What was measured is marked by the record that was handed in. A grader's machine measures nothing
of a learner's, so a notebook without its records earns nothing where they are asked for.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograders.answers.startup_and_footprint.measured import starts
from autograders.answers.startup_and_footprint.quantities import quantities
from course.exercise import problem
from course.live.experiments import Table
from tests.nbgrader_course import STARTUP_ASSIGNMENT, Course
from tests.records_startup import MACHINES, records
from tests.rounds import (
    Case,
    EngineTests,
    RecordsTests,
    Round,
    RoundTests,
    edited,
    expect_right_answers_for_real,
    forget,
    untouched,
)
from tests.submissions_startup import answered, put_records, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

#: What rests on a record, and what it earns.
MEASURED = {"medians-check": 3, "ratio-check": 2, "boot-check": 3, "weight-check": 3,
            "memory-check": 4, "verdicts-check": 3.5}  # fmt: skip


CARELESS_SMALL = """
small_dockerfile = task.radius.fat_dockerfile + "RUN rm -rf /usr/lib/python3.11 /usr/share/doc\\n"
"""
CARELESS_PERCENTILE = """
def percentile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]
"""


def careless(released: NotebookNode) -> NotebookNode:
    """Every item with one usual mistake."""
    made, task = records("careless"), problem(STARTUP_ASSIGNMENT, "careless")
    right, asked = right_answers("careless", made), quantities(task)
    used = [row.value for row in made.density.rows
            if (row.technology, row.quantity) == ("tiny VM", "memory")]  # fmt: skip
    return answered(
        released,
        "careless",
        {
            "slow": {name: max(values) for name, values in starts(made.startup).items()},
            "tiny_over_container": 1 / right["tiny_over_container"],
            "longest_share": 100 * right["longest_share"],
            "download_s": asked["download_s"].mistakes["bytes_for_bits"].value,
            "full_vm_mb": right["full_vm_mb"] * 10**6 / 2**20,
            "containers_gb": asked["containers_gb"].mistakes["virtual_summed"].value,
            "machine_mib": used[-1] / len(used),
            "verdicts": right["verdicts"] | {"machine_longer": "does not hold"},
            "quiz": right["quiz"] | {"pull": "c"},
        },
        {"percentile-answer": CARELESS_PERCENTILE, "small-answer": CARELESS_SMALL},
    )


def carries_on(released: NotebookNode) -> NotebookNode:
    """One early mistake, and what follows reckoned rightly from there."""
    times = starts(records("carries-on").startup)
    means = {name: statistics.fmean(values) for name, values in times.items()}
    return answered(
        released,
        "carries-on",
        {
            "medians": means,
            "machine_over_container": means["full VM"] / means["container"],
            "tiny_over_container": means["tiny VM"] / means["container"],
        },
    )


def quicken(folder: Path) -> None:
    """Make the container's starts quicker in the file, as an editor would."""
    with edited(folder / "startup.json") as table:
        for row in table["rows"]:
            if row["technology"] == "container":
                row["value"] /= 10


CASES: dict[str, Case] = {
    "right": Case(
        said={"medians-check": "technology by technology", "small-check": "The engine holds",
              "verdicts-check": "what your records say", "percentile-check": "4 of 4 points"},
    ),
    "careless": Case(
        {"percentile-check": 2, "medians-check": 0.75, "ratio-check": 0.75, "boot-check": 0.5,
         "units-check": 0.75, "weight-check": 0.5, "disk-check": 0.75, "small-check": 2,
         "memory-check": 0.5625, "verdicts-check": 0.5, "quiz-check": 1},
        {"percentile-check": "a value between them", "medians-check": "the largest values",
         "ratio-check": "the larger", "boot-check": "A half is written 0.5",
         "units-check": "eight bits", "weight-check": "which gives MiB",
         "disk-check": "once for each container", "small-check": "deleted later or not",
         "memory-check": "each *further* one adds", "verdicts-check": "machine_longer"},
        make=careless,
    ),
    "carries-on": Case(
        {"medians-check": 1.5}, {"ratio-check": "follows from your own"}, make=carries_on
    ),
    "edits": Case(
        {"medians-check": 3, "ratio-check": 2, "boot-check": 3, "verdicts-check": 3.5},
        {"medians-check": "changed after it was measured", "boot-check": "again=True"},
        spoil=quicken,
    ),
    "forgets": Case(
        MEASURED,
        {"medians-check": "startup.json was not handed in", "memory-check": "not handed in"},
        spoil=forget,
    ),
    "borrows": Case(
        {"medians-check": 3, "ratio-check": 2, "boot-check": 1, "weight-check": 2,
         "memory-check": 4, "verdicts-check": 1},
        {"medians-check": "not what your record leads to",
         "verdicts-check": "container_second, full_ten_seconds"},
        spoil=lambda folder: put_records(folder, records("another", MACHINES["KVM, lab VM"])),
    ),
    "no-engine": Case(
        {"small-check": 6},
        {"small-check": "no engine"},
        engine=False,
    ),
    "untouched": Case(make=untouched),
}  # fmt: skip


@pytest.mark.docker
class TestRound(RoundTests, RecordsTests, EngineTests):
    """Lesson 05's round."""

    round = Round(
        STARTUP_ASSIGNMENT,
        points=38.5,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=("It is right on all",),
        charts=5,
        hand_in=lambda folder, student: put_records(folder, records(student)),
        records=3,
        leaves=("images", ""),
    )


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path
) -> None:
    """From nothing, on real machines and the lab VM: the notebook's own answers are right of it."""
    expect_right_answers_for_real(generated(STARTUP_ASSIGNMENT), tmp_path)
    tables = [Table.read(tmp_path / f"{name}.json") for name in ("startup", "footprint", "density")]
    assert [table.problems() for table in tables] == [()] * len(tables)
    assert {"container", "tiny VM", "full VM", "resumed VM"} <= set(tables[0].technologies)
