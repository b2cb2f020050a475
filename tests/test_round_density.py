"""The instructor's round on assignment 06: real nbgrader, real submissions, an engine, a record.

What was measured is marked by the record that was handed in, the containers by what the engine
holds. A grader's machine measures nothing of a learner's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograders.answers.density_and_sizing.quantities import quantities
from course.exercise import problem
from course.live.experiments import Table
from tests.nbgrader_course import Course
from tests.records_startup import MACHINES
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
from tests.submissions_density import ASSIGNMENT, answered, put_record, record, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

CARELESS_DENSITY = """
def density(host, application, technology):
    takes = application["memory_mib"] + technology["each"]["memory_mib"]
    return (host["memory_mib"] - technology["once"]["memory_mib"]) // takes
"""
CARELESS_RISK = """
def risk(traces, capacity):
    if not traces or not traces[0] or len({len(trace) for trace in traces}) != 1:
        raise ValueError("no")
    return sum(sum(step) >= capacity for step in zip(*traces)) / len(traces[0])
"""
CARELESS_LIMITS = """
for order in task.orders:
    bench.client.containers.run(
        "course/busybox:1.35",
        ["sleep", "900"],
        detach=True,
        name=bench.fresh(order.role),
        mem_limit=order.limit_mib * 10**6,
        mem_reservation=f"{order.reserved_mib}m",
        cpu_shares=int(order.cores * 1024),
    )
"""


def careless(released: NotebookNode) -> NotebookNode:
    """Every item with one usual mistake."""
    task = problem(ASSIGNMENT, "careless")
    right, asked = right_answers("careless", record("careless")), quantities(task)

    def mistaken(name: str, mistake: str) -> float:
        return asked[name].mistakes[mistake].value

    return answered(
        released,
        "careless",
        {
            "machines": mistaken("machines", "guest_forgotten"),
            "container_binding": "memory",
            "ratio_3_mib": mistaken("ratio_3_mib", "machine_over_application"),
            "other": "a",
            "machine_over_container": 1 / right["machine_over_container"],
            "menu_gib": mistaken("menu_gib", "menu_memory_only"),
            "enough_95": mistaken("enough_95", "percentiles_added"),
            "tenants_most": mistaken("tenants_most", "sold_once"),
            "memory_answer": "a",
            "stranded_gib": mistaken("stranded_gib", "used_for_left"),
            "mix": [0, 0],
            "machine_hosts": mistaken("machine_hosts", "spare_forgotten"),
            "quiz": right["quiz"] | {"percentile": "a"},
        },
        {
            "density-answer": CARELESS_DENSITY,
            "risk-answer": CARELESS_RISK,
            "limits-answer": CARELESS_LIMITS,
        },
    )


def carries_on(released: NotebookNode) -> NotebookNode:
    """One early mistake, and what follows reckoned rightly from there."""
    task = problem(ASSIGNMENT, "carries-on")
    own = {"machines": quantities(task)["machines"].mistakes["guest_forgotten"].value}
    own["machine_hosts"] = quantities(task, own)["machine_hosts"].right
    own["saved_eur_per_year"] = quantities(task, own)["saved_eur_per_year"].right
    return answered(released, "carries-on", own)


def lighten(folder: Path) -> None:
    """Make the containers lighter in the file, as an editor would."""
    with edited(folder / "density.json") as table:
        for row in table["rows"]:
            if row["technology"] == "container" and row["quantity"] == "memory":
                row["value"] /= 3


CASES: dict[str, Case] = {
    "right": Case(
        said={"density-check": "4 of 4 points", "risk-check": "4 of 4 points",
              "limits-check": "The engine holds", "slope-check": "what your ratio says",
              "stranded-check": "No mix leaves less"},
    ),
    "careless": Case(
        {"instances-check": 1.25, "density-check": 2.5, "band-check": 1.75, "slope-check": 0.5625,
         "sizes-check": 0.75, "day-check": 0.75, "risk-check": 2, "overcommit-check": 2,
         "stranded-check": 1.75, "limits-check": 2, "fleet-check": 0.5, "quiz-check": 1},
        {"instances-check": "a kernel and services of its own",
         "density-check": "looks at the memory alone",
         "band-check": "compares a machine's overhead", "slope-check": "Which one goes above",
         "sizes-check": "sizes by memory alone", "day-check": "each tenant's own value",
         "risk-check": "What fits exactly, fits", "overcommit-check": "sells each core once",
         "stranded-check": "what is used", "limits-check": "in MB of 10**6 bytes",
         "fleet-check": "nothing spare", "quiz-check": "adds percentiles"},
        make=careless,
    ),
    "carries-on": Case(
        {"instances-check": 0.75},
        {"instances-check": "leaves out the guest", "fleet-check": "follows from your own"},
        make=carries_on,
    ),
    "edits": Case(
        {"slope-check": 4},
        {"slope-check": "changed after it was measured"},
        spoil=lighten,
    ),
    "forgets": Case(
        {"slope-check": 4},
        {"slope-check": "density.json was not handed in"},
        spoil=forget,
    ),
    "borrows": Case(
        # The ratio of two figures that were written down follows from them.
        {"slope-check": 2.25},
        {"slope-check": "is not what your figures lead to"},
        spoil=lambda folder: put_record(folder, record("another", MACHINES["KVM, lab VM"])),
    ),
    "no-engine": Case(
        {"limits-check": 4},
        {"limits-check": "no engine"},
        engine=False,
    ),
    "untouched": Case(make=untouched),
}  # fmt: skip


@pytest.mark.docker
class TestRound(RoundTests, RecordsTests, EngineTests):
    """Lesson 06's round."""

    round = Round(
        ASSIGNMENT,
        points=42,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=("It is right on all",),
        charts=7,
        hand_in=lambda folder, student: put_record(folder, record(student)),
        records=1,
        leaves=("containers", ""),
    )


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path
) -> None:
    """From nothing, on real machines and the lab VM: the notebook's own answers are right of it."""
    expect_right_answers_for_real(generated(ASSIGNMENT), tmp_path)
    table = Table.read(tmp_path / "density.json")
    assert table.problems() == ()
    assert {"container", "tiny VM", "clone"} <= set(table.technologies)
