"""The instructor's round on assignment 05: real nbgrader, real submissions, an engine, records.

What was measured is marked by the record that was handed in. A grader's machine measures nothing
of a learner's, so a notebook without its records earns nothing where they are asked for.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbclient import NotebookClient

from autograders.answers.startup_and_footprint.measured import starts
from autograders.answers.startup_and_footprint.quantities import quantities
from course.exercise import problem
from course.live.experiments import Table
from tests.lesson_engine import environment
from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import STARTUP_ASSIGNMENT, Course
from tests.notebooks.test_release import expect_full_marks
from tests.records_startup import MACHINES, Machine, records
from tests.submissions_startup import answered, put_records, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from tests.lesson_engine import LessonEngine

pytestmark = pytest.mark.nbgrader

FULL = 38.5  # points that are given automatically; 4 more are given by hand
#: What rests on a record, and what it earns.
MEASURED = {"medians-check": 3, "ratio-check": 2, "boot-check": 3, "weight-check": 3,
            "memory-check": 4, "verdicts-check": 3.5}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One submission and what it must earn.

    Attributes:
        make: makes the notebook out of the released one.
        lost: points lost, by grade cell.
        said: what has to be said in a grade cell.
        spoil: changes the records that are handed in, in their folder.
        engine: whether there is an engine while it is graded.
    """

    make: Callable[[NotebookNode], NotebookNode]
    lost: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    spoil: Callable[[Path], None] = lambda _folder: None
    engine: bool = True


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
    path = folder / "startup.json"
    data = json.loads(path.read_text())
    for row in data["rows"]:
        if row["technology"] == "container":
            row["value"] /= 10
    path.write_text(json.dumps(data))


def forget(folder: Path) -> None:
    """Hand in the notebook alone."""
    for path in folder.glob("*.json"):
        path.unlink()


def another_machine(machine: Machine) -> Callable[[Path], None]:
    """Return what hands in the records of another machine."""
    return lambda folder: put_records(folder, records("another", machine))


CASES: dict[str, Case] = {
    "right": Case(
        lambda released: answered(released, "right"),
        said={"medians-check": "technology by technology", "small-check": "The engine holds",
              "verdicts-check": "what your records say", "percentile-check": "4 of 4 points"},
    ),
    "careless": Case(
        careless,
        {"percentile-check": 2, "medians-check": 0.75, "ratio-check": 0.75, "boot-check": 0.5,
         "units-check": 0.75, "weight-check": 0.5, "disk-check": 0.75, "small-check": 2,
         "memory-check": 0.5625, "verdicts-check": 0.5, "quiz-check": 1},
        {"percentile-check": "a value between them", "medians-check": "the largest values",
         "ratio-check": "the larger", "boot-check": "A half is written 0.5",
         "units-check": "eight bits", "weight-check": "which gives MiB",
         "disk-check": "once for each container", "small-check": "deleted later or not",
         "memory-check": "each *further* one adds", "verdicts-check": "machine_longer"},
    ),
    "carries-on": Case(
        carries_on, {"medians-check": 1.5}, {"ratio-check": "follows from your own"}
    ),
    "edits": Case(
        lambda released: answered(released, "edits"),
        {"medians-check": 3, "ratio-check": 2, "boot-check": 3, "verdicts-check": 3.5},
        {"medians-check": "changed after it was measured", "boot-check": "again=True"},
        quicken,
    ),
    "forgets": Case(
        lambda released: answered(released, "forgets"),
        MEASURED,
        {"medians-check": "startup.json was not handed in", "memory-check": "not handed in"},
        forget,
    ),
    "borrows": Case(
        lambda released: answered(released, "borrows"),
        {"medians-check": 3, "ratio-check": 2, "boot-check": 1, "weight-check": 2,
         "memory-check": 4, "verdicts-check": 1},
        {"medians-check": "not what your record leads to",
         "verdicts-check": "container_second, full_ten_seconds"},
        another_machine(MACHINES["KVM, lab VM"]),
    ),
    "no-engine": Case(
        lambda released: answered(released, "no-engine"),
        {"small-check": 6},
        {"small-check": "no engine"},
        engine=False,
    ),
    "untouched": Case(lambda released: released),
}  # fmt: skip


@pytest.fixture(scope="module")
def graded(
    generated: Callable[[str], Course],
    lesson_engine: LessonEngine,
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Course]:
    """Hand in every case's submission, autograde them with and without an engine."""
    released = generated(STARTUP_ASSIGNMENT).notebook("release")
    shards = {
        engine: Course.copy_of(root, tmp_path_factory.mktemp("shard"), STARTUP_ASSIGNMENT)
        for engine in (True, False)
    }
    courses = {}
    for shard in shards.values():
        shard.generated()
    for name, case in CASES.items():
        courses[name] = course = shards[case.engine]
        course.submit(name, case.make(released))
        folder = course.root / "submitted" / name / STARTUP_ASSIGNMENT
        put_records(folder, records(name))
        case.spoil(folder)
    with lesson_engine.connected():
        with_engine = shards[True].start("autograde", STARTUP_ASSIGNMENT)
    with environment():
        without = shards[False].start("autograde", STARTUP_ASSIGNMENT)
    for process in (with_engine, without):
        output = process.communicate()[0]
        assert process.returncode == 0, output
    courses["right"].run("generate_feedback", STARTUP_ASSIGNMENT, "--student=right")
    return courses


def possible(course: Course) -> dict[str, float]:
    """Return the points of each grade cell that is marked automatically."""
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in course.notebook("release").cells
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
    }


@pytest.mark.docker
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


@pytest.mark.docker
def test_untouched(graded: dict[str, Course]) -> None:
    """An untouched notebook earns nothing, and every check says what is missing."""
    course = graded["untouched"]
    assert set(course.scores("untouched").values()) == {0}
    messages = course.messages("untouched")
    assert all("not answered yet" in message for message in messages.values()), messages


@pytest.mark.docker
def test_grading_measures_nothing(graded: dict[str, Course]) -> None:
    """The records are read as they were handed in, and none is written where there is none."""
    for name in ("right", "forgets"):
        course = graded[name]
        handed_in = course.root / "submitted" / name / STARTUP_ASSIGNMENT
        marked = course.root / "autograded" / name / STARTUP_ASSIGNMENT
        before = {path.name: path.read_bytes() for path in handed_in.glob("*.json")}
        assert {path.name: path.read_bytes() for path in marked.glob("*.json")} == before
    assert before == {}


@pytest.mark.docker
def test_feedback_pages(graded: dict[str, Course]) -> None:
    """A feedback page shows points, messages and charts, and loads nothing from anywhere."""
    folder = graded["right"].root / "feedback" / "right" / STARTUP_ASSIGNMENT
    html = (folder / f"{STARTUP_ASSIGNMENT}.html").read_text()
    assert "It is right on all" in html
    assert html.count("data:image/svg+xml;base64") >= 5
    for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
        assert attribute not in html


@pytest.mark.docker
def test_what_was_made_can_be_swept(graded: dict[str, Course], lesson_engine: LessonEngine) -> None:
    """Whatever the submissions left in the engine is the lessons', and cleaning up removes it."""
    from course.live import cleanup

    prefix = problem(STARTUP_ASSIGNMENT, "right").prefix
    assert graded
    assert any(prefix in tag for image in lesson_engine.client.images.list() for tag in image.tags)
    assert cleanup(lesson_engine.client).kept == ()
    left: list[Any] = lesson_engine.client.containers.list(all=True)
    left += [t for i in lesson_engine.client.images.list() for t in i.tags if "lesson05" in t]
    assert left == []


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing, on real machines and the lab VM: the notebook's own answers are right of it."""
    require_lab_vm()
    monkeypatch.setenv("COURSE_ENGINE", "labvm")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    notebook = generated(STARTUP_ASSIGNMENT).notebook("source")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    expect_full_marks(notebook)
    tables = [Table.read(tmp_path / f"{name}.json") for name in ("startup", "footprint", "density")]
    assert [table.problems() for table in tables] == [()] * len(tables)
    assert {"container", "tiny VM", "full VM", "resumed VM"} <= set(tables[0].technologies)
