"""The instructor's round on assignment 02: real nbgrader, real submissions, records handed in.

What was measured is marked by the records beside the notebook, so that no virtual machine is booted
while submissions are graded, and the figures are the learner's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograders.answers.hypervisors import Records
from autograders.answers.hypervisors.quantities import boot_quantities, quantities
from course.exercise import problem
from course.work import submit
from tests.nbgrader_course import Course
from tests.rounds import Case, Round, RoundTests, forget, untouched
from tests.submissions_hypervisors import (
    ASSIGNMENT,
    RUN_TIME,
    answered,
    changed,
    hand_in,
    overhead,
    records,
    right_answers,
    seen,
    startup,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

# A new mistake in each exercise, as somebody who is in a hurry makes them.
HURRIED_RUN_TIME = RUN_TIME.replace("costs.exit + costs.emulation", "costs.exit").replace(
    "        raise ValueError(technique)", "        return 0"
)


def hurried(released: NotebookNode) -> NotebookNode:
    """Every exercise done, most of them with a usual mistake."""
    task = problem(ASSIGNMENT, "hurried")
    asked, boot = quantities(task), boot_quantities(startup())
    right = right_answers("hurried")
    means = {
        name: each.mistakes["mean_for_median"].value
        for name, each in boot.items()
        if name != "longest_share"
    }
    return answered(
        released,
        "hurried",
        {
            "trapped_cycles": asked["trapped_cycles"].mistakes["traps_alone"].value,
            "trapped_s": asked["trapped_cycles"].mistakes["traps_alone"].value,
            "break_even_share": asked["break_even_share"].mistakes["inverted"].value,
            "misplaced": next(n for n in task.choice.systems if n not in task.choice.misplaced),
            "stages_s": means,
            "network_ratio": 1 / right["network_ratio"],
            "hidden_mib": right["hidden_mib"] * 1024,
            "accelerator": "kvm",
        },
        {"run_time-answer": HURRIED_RUN_TIME},
    )


def misname(folder: Path) -> None:
    """Put an image there whose name says another format."""
    disk = problem(ASSIGNMENT, "hurried").disk
    (folder / next(iter(disk.files.values()))).write_bytes(disk.content)


def forge(folder: Path) -> None:
    """Write figures by hand, with a digest that fits: one that no machine has, and two sorts."""
    task = problem(ASSIGNMENT, "forger")
    forged = Records(
        seen(task, guest_mib=2 * task.memory_mib),
        changed(startup(), 3, value=30.0),
        changed(overhead(), 20, accelerator="kvm"),
    )
    hand_in(folder, "forger", forged, images=False)
    for file in task.disk.files.values():
        (folder / file).write_bytes(b"QFI\xfb" + b"3 of 3 points" * 99)


MEASURED = {"machine-check": 4, "boot-check": 4, "devices-check": 4, "speed-check": 3}

CASES: dict[str, Case] = {
    "right": Case(
        said={"run_time-check": "5 of 5 points", "machine-check": "as ordered",
              "images-check": "holds your disk", "boot-check": "right, stage by stage"},
    ),
    "hurried": Case(
        {"cycles-check": 1.25, "run_time-check": 1.5, "break_even-check": 1.5, "places-check": 1,
         "boot-check": 1, "devices-check": 1, "machine-check": 0.5, "speed-check": 1,
         "images-check": 1},
        {"cycles-check": "not what they replace", "run_time-check": "should raise a ValueError",
         "break_even-check": "the wrong way round", "boot-check": "quotient of the means",
         "devices-check": "the wrong way round", "machine-check": "kB and means KiB",
         "speed-check": "the column of the accelerator", "images-check": "format raw inside"},
        make=hurried,
        spoil=misname,
    ),
    "forger": Case(
        {**MEASURED, "images-check": 3},
        {"machine-check": "never all", "boot-check": "add up", "images-check": "disk.",
         "devices-check": "emulated and others were not"},
        spoil=forge,
    ),
    "forgetful": Case(
        {**MEASURED, "images-check": 3},
        {"machine-check": "was not handed in", "boot-check": "was not handed in",
         "devices-check": "was not handed in", "images-check": "beside the notebook"},
        spoil=forget,
    ),
    "untouched": Case(make=untouched, spoil=forget),
}  # fmt: skip


class TestRound(RoundTests):
    """Lesson 02's round."""

    round = Round(
        ASSIGNMENT,
        points=43,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=("stages_s is right, stage by stage.",),
        charts=5,
        hand_in=hand_in,
    )

    def test_nothing_is_measured_while_grading(self, graded: dict[str, Course]) -> None:
        """The grader's machine adds nothing to a submission: no record, no image, no machine."""
        folder = graded["forgetful"].folder("autograded", "forgetful")
        assert sorted(file.name for file in folder.glob("*.json")) == []
        assert [file.name for file in folder.glob("disk.*")] == ["disk.raw"]


def test_a_submission_takes_its_records_along(
    tmp_path: Path, generated: Callable[[str], Course]
) -> None:
    """What is packed for handing in holds the records and the images: it is marked by them."""
    import nbformat

    folder: Any = tmp_path / ASSIGNMENT
    folder.mkdir()
    hand_in(folder, "ada", records(problem(ASSIGNMENT, "ada")))
    notebook = answered(generated(ASSIGNMENT).notebook("release"), "ada")
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")
    packed = submit(ASSIGNMENT, folder=tmp_path, into=tmp_path / "out")
    names = {Path(name).name for name in packed.files}
    assert {"machine.json", "startup.json", "overhead.json"} <= names
    assert set(problem(ASSIGNMENT, "ada").disk.files.values()) <= names
    assert packed.left_out == ()
