"""The instructor's round on assignment 02: real nbgrader, real submissions, records handed in.

What was measured is marked by the records beside the notebook, so that no virtual machine is booted
while submissions are graded, and the figures are the learner's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograders.answers.hypervisors import Records
from autograders.answers.hypervisors.quantities import boot_quantities, quantities
from course.exercise import problem
from course.work import submit
from tests.lesson_engine import environment
from tests.nbgrader_course import Course
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

FULL = 43  # points that are given automatically; 4 more are given by hand


@dataclass(frozen=True)
class Case:
    """One submission and what it must earn.

    Attributes:
        make: makes the notebook out of the released one.
        files: puts the other files of the submission into its folder.
        lost: points lost, by grade cell.
        said: what has to be said in a grade cell.
    """

    make: Callable[[NotebookNode], NotebookNode]
    files: Callable[[Path], None]
    lost: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


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


def hurried_files(folder: Path) -> None:
    """Put another machine than the one that was ordered there, and one image under a false name."""
    task = problem(ASSIGNMENT, "hurried")
    # The cell orders the right one; what was recorded first is of that name and has to be it too.
    hand_in(folder, "hurried")
    file = next(iter(task.disk.files.values()))
    (folder / file).write_bytes(task.disk.content)


def forged_files(folder: Path) -> None:
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
        lambda released: answered(released, "right"),
        lambda folder: hand_in(folder, "right"),
        said={"run_time-check": "5 of 5 points", "machine-check": "as ordered",
              "images-check": "holds your disk", "boot-check": "right, stage by stage"},
    ),
    "hurried": Case(
        hurried,
        hurried_files,
        {"cycles-check": 1.25, "run_time-check": 1.5, "break_even-check": 1.5, "places-check": 1,
         "boot-check": 1, "devices-check": 1, "machine-check": 0.5, "speed-check": 1,
         "images-check": 1},
        {"cycles-check": "not what they replace", "run_time-check": "should raise a ValueError",
         "break_even-check": "the wrong way round", "boot-check": "quotient of the means",
         "devices-check": "the wrong way round", "machine-check": "kB and means KiB",
         "speed-check": "the column of the accelerator", "images-check": "format raw inside"},
    ),
    "forger": Case(
        lambda released: answered(released, "forger"),
        forged_files,
        {**MEASURED, "images-check": 3},
        {"machine-check": "never all", "boot-check": "add up", "images-check": "disk.",
         "devices-check": "emulated and others were not"},
    ),
    "forgetful": Case(
        lambda released: answered(released, "forgetful"),
        lambda folder: None,
        {**MEASURED, "images-check": 3},
        {"machine-check": "was not handed in", "boot-check": "was not handed in",
         "devices-check": "was not handed in", "images-check": "beside the notebook"},
    ),
    "untouched": Case(lambda released: released, lambda folder: None),
}  # fmt: skip

SHARDS = 2  # as many as a small machine has cores; each has a gradebook of its own


@pytest.fixture(scope="module")
def graded(
    generated: Callable[[str], Course], root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Course]:
    """Hand in every case's submission, autograde them all, and write feedback for one."""
    released = generated(ASSIGNMENT).notebook("release")
    shards = [
        Course.copy_of(root, tmp_path_factory.mktemp("shard"), ASSIGNMENT).generated()
        for _ in range(SHARDS)
    ]
    courses = {}
    for number, (name, case) in enumerate(CASES.items()):
        course = courses[name] = shards[number % SHARDS]
        course.submit(name, case.make(released))
        case.files(course.root / "submitted" / name / ASSIGNMENT)
    with environment():
        processes = [shard.start("autograde", ASSIGNMENT) for shard in shards]
        outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0, output
    courses["right"].run("generate_feedback", ASSIGNMENT, "--student=right")
    return courses


def possible(course: Course) -> dict[str, float]:
    """Return the points of each grade cell that is marked automatically."""
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in course.notebook("release").cells
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
    }


@pytest.mark.parametrize("name", [name for name in CASES if name != "untouched"])
def test_points_and_messages(graded: dict[str, Course], name: str) -> None:
    """A submission loses the points that its mistakes cost, in their cells, and they are named."""
    case, course = CASES[name], graded[name]
    scores, messages = course.scores(name), course.messages(name)
    scores.pop("written-answer")
    points = possible(course)
    expected = {cell: full - case.lost.get(cell, 0) for cell, full in points.items()}
    assert scores == pytest.approx(expected), messages
    assert sum(points.values()) == FULL
    for cell, sentence in case.said.items():
        assert sentence in messages[cell]


def test_untouched(graded: dict[str, Course]) -> None:
    """An untouched notebook earns nothing, and every check says what is missing."""
    course = graded["untouched"]
    assert set(course.scores("untouched").values()) == {0}
    messages = course.messages("untouched")
    assert all("not answered yet" in message for message in messages.values()), messages


def test_nothing_is_measured_while_grading(graded: dict[str, Course]) -> None:
    """The grader's machine adds nothing to a submission: no record, no image, no machine."""
    folder = graded["forgetful"].root / "autograded" / "forgetful" / ASSIGNMENT
    assert sorted(file.name for file in folder.glob("*.json")) == []
    assert [file.name for file in folder.glob("disk.*")] == ["disk.raw"]


def test_feedback_pages(graded: dict[str, Course]) -> None:
    """A feedback page shows points, messages and charts, and loads nothing from anywhere."""
    folder = graded["right"].root / "feedback" / "right" / ASSIGNMENT
    html = (folder / f"{ASSIGNMENT}.html").read_text()
    assert "stages_s is right, stage by stage." in html
    assert html.count("data:image/svg+xml;base64") >= 5
    for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
        assert attribute not in html


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
