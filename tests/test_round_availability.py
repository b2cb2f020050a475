"""The instructor's round on assignment 09: real nbgrader, real submissions, an engine, records.

What two containers did is read from the engine, and what was measured from the records that were
handed in. A grader's machine boots nothing of a learner's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograders.answers.availability.quantities import quantities
from course.exercise import problem
from course.exercise.availability import drill as drills
from course.live.experiments import Table
from tests.nbgrader_course import Course
from tests.records_availability import MACHINES, drill_of, put_records, records
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
from tests.submissions_availability import ASSIGNMENT, answered, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

CARELESS_SERVICES = """
bench.start("web", task.services.web_command, restart_policy={"Name": "always"})
bench.start("job", task.services.job_command,
            restart_policy={"Name": "on-failure", "MaximumRetryCount": 1})
"""
CARELESS_PRECOPY = """
def precopy(memory, rate, dirty, limit_s):
    rounds = [memory]
    while rounds[-1] * dirty / rate > rate * limit_s:
        rounds.append(rounds[-1] * dirty / rate)
    return rounds
"""
CARELESS_DRILL = """
steps = [f"echo {task.token} > /dev/shm/token", f"echo {task.late} > /dev/shm/late",
         "snapshot", "crash", "restore"]
"""


def careless(released: NotebookNode) -> NotebookNode:
    """Every item with one usual mistake."""
    task, right = problem(ASSIGNMENT, "careless"), right_answers("careless")
    asked = quantities(task)
    table = records("careless").moves
    totals = {row.repeat: 1000 * row.value for row in table if row.quantity == "total time"}
    rates = {row.repeat: round(row.value) for row in table if row.quantity == "dirty rate"}
    return answered(
        released,
        "careless",
        {
            "kept": dict.fromkeys(right["kept"], True),
            "allowed_min": asked["allowed_min"].mistakes["year_for_month"].value,
            "design_down_min": asked["design_down_min"].mistakes["added_parallel"].value,
            "hosts_for_failures": right["hosts"],
            "elsewhere_min": asked["elsewhere_min"].mistakes["wait_forgotten"].value,
            "mean_lost": asked["mean_lost"].mistakes["half_of_writing"].value,
            "rounds_mb": right["rounds_mb"][:-1],
            "hand_downtime_ms": 1000 * right["hand_total_s"],
            "remedy_downtime_ms": right["remedy_downtime_ms"] / 1000,
            "downtimes_ms": {
                rates[repeat]: total
                for repeat, total in totals.items()
                if rates[repeat] in right["downtimes_ms"]
            },
            "quiz": right["quiz"] | {"point": "d"},
        },
        {
            "services-answer": CARELESS_SERVICES,
            "precopy-answer": CARELESS_PRECOPY,
            "drill-answer": CARELESS_DRILL,
        },
    )


def put_careless_drill(folder: Path) -> None:
    """Lay down the drill of somebody who saved too late."""
    order = ("token", "late", "snapshot", "crash", "restore")
    drills.write(drill_of(problem(ASSIGNMENT, "careless"), order=order), folder / "drill.json")


def carries_on(released: NotebookNode) -> NotebookNode:
    """Two early mistakes, and what follows reckoned rightly from there."""
    task = problem(ASSIGNMENT, "carries-on")
    hosts = quantities(task)["hosts"].right - 1
    elsewhere = quantities(task)["elsewhere_min"].mistakes["start_forgotten"].value
    own = {"hosts": hosts, "elsewhere_min": elsewhere}
    followed = quantities(task, own)
    names = ("hosts_for_failures", "short_min", "announced_min")
    return answered(released, "carries-on", own | {name: followed[name].right for name in names})


def edit(folder: Path) -> None:
    """Make a downtime shorter in the file, as an editor would."""
    (path,) = folder.glob("migration-*.json")
    with edited(path) as record:
        for row in record["rows"]:
            if row["quantity"] == "downtime":
                row["value"] = 1.0


def borrow(folder: Path) -> None:
    """Hand in what somebody else has recorded, under the names of one's own."""
    own, lent = (problem(ASSIGNMENT, student) for student in ("borrows", "lender"))
    assert own.rates_mib_per_s != lent.rates_mib_per_s
    put_records(folder, "lender", MACHINES["KVM, lab VM"])
    (folder / lent.moves_record).rename(folder / own.moves_record)


CASES: dict[str, Case] = {
    "right": Case(
        said={"services-check": "The engine holds", "drill-check": "all of it",
              "precopy-check": "right on all", "moved-check": "move by move"},
    ),
    "careless": Case(
        {"back-check": 0.5, "services-check": 3, "budget-check": 0.5, "design-check": 0.75,
         "room-check": 1, "outages-check": 0.5, "drill-check": 1.5, "lost-check": 0.375,
         "rounds-check": 1.5, "precopy-check": 2.5, "stuck-check": 0.5, "moved-check": 1.125,
         "quiz-check": 1},
        {"back-check": "your record says otherwise", "services-check": "a person had stopped it",
         "budget-check": "month by month", "design-check": "stand in for each other",
         "room-check": "when some are down", "outages-check": "lest the host comes back",
         "drill-check": "so nothing was lost", "lost-check": "halves the writing too",
         "rounds-check": "The last round is missing", "precopy-check": "for ever",
         "stuck-check": "in seconds", "moved-check": "times of whole moves",
         "quiz-check": "have passed already"},
        make=careless,
        spoil=put_careless_drill,
    ),
    "carries-on": Case(
        {"room-check": 0.75, "outages-check": 0.5},
        {"room-check": "follows from your own", "outages-check": "follows from your own"},
        make=carries_on,
    ),
    "edits": Case(
        {"moved-check": 3},
        {"moved-check": "changed after it was measured"},
        spoil=edit,
    ),
    "forgets": Case(
        {"back-check": 2, "drill-check": 4, "moved-check": 3},
        {"back-check": "recovery.json was not handed in", "drill-check": "not handed in",
         "moved-check": "was not handed in"},
        spoil=forget,
    ),
    "borrows": Case(
        {"back-check": 1.5, "drill-check": 4, "moved-check": 3},
        {"drill-check": "of other steps", "moved-check": "yours are"},
        spoil=borrow,
    ),
    "no-engine": Case(
        {"services-check": 4},
        {"services-check": "no engine"},
        engine=False,
    ),
    "untouched": Case(make=untouched),
}  # fmt: skip


@pytest.mark.docker
class TestRound(RoundTests, RecordsTests, EngineTests):
    """Lesson 09's round."""

    round = Round(
        ASSIGNMENT,
        points=42,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=("It is right on all",),
        charts=6,
        hand_in=put_records,
        records=4,
        leaves=("containers", "-web"),
    )


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path
) -> None:
    """From nothing, on real machines and the lab VM: the notebook's own answers are right of it."""
    expect_right_answers_for_real(generated(ASSIGNMENT), tmp_path)
    tables = [
        Table.read(path) for path in tmp_path.glob("[rm]*.json") if path.stem != "measurements"
    ]
    assert [table.problems() for table in tables] == [(), ()]
    assert drills.read(tmp_path / "drill.json").problems() == ()
