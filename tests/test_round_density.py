"""The instructor's round on assignment 06: real nbgrader, real submissions, an engine, a record.

What was measured is marked by the record that was handed in, the containers by what the engine
holds. A grader's machine measures nothing of a learner's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbclient import NotebookClient

from autograders.answers.density_and_sizing.quantities import quantities
from course.exercise import problem
from course.live.experiments import Table
from tests.lesson_engine import environment
from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import Course
from tests.notebooks.test_release import expect_full_marks
from tests.records_startup import MACHINES
from tests.submissions_density import ASSIGNMENT, answered, put_record, record, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from tests.lesson_engine import LessonEngine

pytestmark = pytest.mark.nbgrader

FULL = 42  # points that are given automatically; 4 more are given by hand


@dataclass(frozen=True)
class Case:
    """One submission and what it must earn.

    Attributes:
        make: makes the notebook out of the released one.
        lost: points lost, by grade cell.
        said: what has to be said in a grade cell.
        spoil: changes the record that is handed in, in its folder.
        engine: whether there is an engine while it is graded.
    """

    make: Callable[[NotebookNode], NotebookNode]
    lost: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    spoil: Callable[[Path], None] = lambda _folder: None
    engine: bool = True


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
    path = folder / "density.json"
    data = json.loads(path.read_text())
    for row in data["rows"]:
        if row["technology"] == "container" and row["quantity"] == "memory":
            row["value"] /= 3
    path.write_text(json.dumps(data))


CASES: dict[str, Case] = {
    "right": Case(
        lambda released: answered(released, "right"),
        said={"density-check": "4 of 4 points", "risk-check": "4 of 4 points",
              "limits-check": "The engine holds", "slope-check": "what your ratio says",
              "stranded-check": "No mix leaves less"},
    ),
    "careless": Case(
        careless,
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
    ),
    "carries-on": Case(
        carries_on,
        {"instances-check": 0.75},
        {"instances-check": "leaves out the guest", "fleet-check": "follows from your own"},
    ),
    "edits": Case(
        lambda released: answered(released, "edits"),
        {"slope-check": 4},
        {"slope-check": "changed after it was measured"},
        lighten,
    ),
    "forgets": Case(
        lambda released: answered(released, "forgets"),
        {"slope-check": 4},
        {"slope-check": "density.json was not handed in"},
        lambda folder: (folder / "density.json").unlink(),
    ),
    "borrows": Case(
        lambda released: answered(released, "borrows"),
        # The ratio of two figures that were written down follows from them.
        {"slope-check": 2.25},
        {"slope-check": "is not what your figures lead to"},
        lambda folder: put_record(folder, record("another", MACHINES["KVM, lab VM"])),
    ),
    "no-engine": Case(
        lambda released: answered(released, "no-engine"),
        {"limits-check": 4},
        {"limits-check": "no engine"},
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
    released = generated(ASSIGNMENT).notebook("release")
    shards = {
        engine: Course.copy_of(root, tmp_path_factory.mktemp("shard"), ASSIGNMENT)
        for engine in (True, False)
    }
    courses = {}
    for shard in shards.values():
        shard.generated()
    for name, case in CASES.items():
        courses[name] = course = shards[case.engine]
        course.submit(name, case.make(released))
        folder = course.root / "submitted" / name / ASSIGNMENT
        put_record(folder, record(name))
        case.spoil(folder)
    with lesson_engine.connected():
        with_engine = shards[True].start("autograde", ASSIGNMENT)
    with environment():
        without = shards[False].start("autograde", ASSIGNMENT)
    for process in (with_engine, without):
        output = process.communicate()[0]
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
        assert sentence in messages[cell], (cell, messages[cell])


@pytest.mark.docker
def test_untouched(graded: dict[str, Course]) -> None:
    """An untouched notebook earns nothing, and every check says what is missing."""
    course = graded["untouched"]
    assert set(course.scores("untouched").values()) == {0}
    messages = course.messages("untouched")
    assert all("not answered yet" in message for message in messages.values()), messages


@pytest.mark.docker
def test_grading_measures_nothing(graded: dict[str, Course]) -> None:
    """The record is read as it was handed in, and none is written where there is none."""
    for name, count in (("right", 1), ("forgets", 0)):
        course = graded[name]
        handed_in = course.root / "submitted" / name / ASSIGNMENT
        marked = course.root / "autograded" / name / ASSIGNMENT
        before = {path.name: path.read_bytes() for path in handed_in.glob("*.json")}
        assert {path.name: path.read_bytes() for path in marked.glob("*.json")} == before
        assert len(before) == count


@pytest.mark.docker
def test_feedback_pages(graded: dict[str, Course]) -> None:
    """A feedback page shows points, messages and charts, and loads nothing from anywhere."""
    folder = graded["right"].root / "feedback" / "right" / ASSIGNMENT
    html = (folder / f"{ASSIGNMENT}.html").read_text()
    assert "It is right on all" in html
    assert html.count("data:image/svg+xml;base64") >= 7
    for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
        assert attribute not in html


@pytest.mark.docker
def test_what_was_made_can_be_swept(graded: dict[str, Course], lesson_engine: LessonEngine) -> None:
    """Whatever the submissions left in the engine is the lessons', and cleaning up removes it."""
    from course.live import cleanup

    prefix = problem(ASSIGNMENT, "right").prefix
    assert graded
    left: list[Any] = lesson_engine.client.containers.list(all=True)
    assert any(str(container.name).startswith(prefix) for container in left)
    assert cleanup(lesson_engine.client).kept == ()
    assert lesson_engine.client.containers.list(all=True) == []


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing, on real machines and the lab VM: the notebook's own answers are right of it."""
    require_lab_vm()
    monkeypatch.setenv("COURSE_ENGINE", "labvm")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    notebook = generated(ASSIGNMENT).notebook("source")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    expect_full_marks(notebook)
    table = Table.read(tmp_path / "density.json")
    assert table.problems() == ()
    assert {"container", "tiny VM", "clone"} <= set(table.technologies)
