"""The instructor's round on assignment 09: real nbgrader, real submissions, an engine, records.

What two containers did is read from the engine, and what was measured from the records that were
handed in. A grader's machine boots nothing of a learner's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbclient import NotebookClient

from autograders.answers.availability.quantities import quantities
from course.exercise import problem
from course.exercise.availability import drill as drills
from course.live.experiments import Table
from tests.lesson_engine import environment
from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import Course
from tests.notebooks.test_release import expect_full_marks
from tests.records_availability import MACHINES, drill_of, put_records, records
from tests.submissions_availability import ASSIGNMENT, answered, right_answers

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
        spoil: changes the records that are handed in, in their folder.
        engine: whether there is an engine while it is graded.
    """

    make: Callable[[NotebookNode], NotebookNode]
    lost: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    spoil: Callable[[Path], None] = lambda _folder: None
    engine: bool = True


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
    data = json.loads(path.read_text())
    for row in data["rows"]:
        if row["quantity"] == "downtime":
            row["value"] = 1.0
    path.write_text(json.dumps(data))


def forget(folder: Path) -> None:
    """Hand in the notebook alone."""
    for path in folder.glob("*.json"):
        path.unlink()


def borrow(folder: Path) -> None:
    """Hand in what somebody else has recorded, under the names of one's own."""
    put_records(folder, "lender", MACHINES["KVM, lab VM"])
    own = folder / problem(ASSIGNMENT, "borrows").moves_record
    (folder / problem(ASSIGNMENT, "lender").moves_record).rename(own)


RATES_DIFFER = (
    problem(ASSIGNMENT, "borrows").rates_mib_per_s != problem(ASSIGNMENT, "lender").rates_mib_per_s
)

CASES: dict[str, Case] = {
    "right": Case(
        lambda released: answered(released, "right"),
        said={"services-check": "The engine holds", "drill-check": "all of it",
              "precopy-check": "right on all", "moved-check": "move by move"},
    ),
    "careless": Case(
        careless,
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
        put_careless_drill,
    ),
    "carries-on": Case(
        carries_on,
        {"room-check": 0.75, "outages-check": 0.5},
        {"room-check": "follows from your own", "outages-check": "follows from your own"},
    ),
    "edits": Case(
        lambda released: answered(released, "edits"),
        {"moved-check": 3},
        {"moved-check": "changed after it was measured"},
        edit,
    ),
    "forgets": Case(
        lambda released: answered(released, "forgets"),
        {"back-check": 2, "drill-check": 4, "moved-check": 3},
        {"back-check": "recovery.json was not handed in", "drill-check": "not handed in",
         "moved-check": "was not handed in"},
        forget,
    ),
    "borrows": Case(
        lambda released: answered(released, "borrows"),
        {"back-check": 1.5, "drill-check": 4, "moved-check": 3},
        {"drill-check": "of other steps", "moved-check": "yours are"},
        borrow,
    ),
    "no-engine": Case(
        lambda released: answered(released, "no-engine"),
        {"services-check": 4},
        {"services-check": "no engine"},
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
    assert RATES_DIFFER
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
        put_records(folder, name)
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
        handed_in = course.root / "submitted" / name / ASSIGNMENT
        marked = course.root / "autograded" / name / ASSIGNMENT
        before = {path.name: path.read_bytes() for path in handed_in.glob("*.json")}
        assert {path.name: path.read_bytes() for path in marked.glob("*.json")} == before
    assert before == {}


@pytest.mark.docker
def test_feedback_pages(graded: dict[str, Course]) -> None:
    """A feedback page shows points, messages and charts, and loads nothing from anywhere."""
    folder = graded["right"].root / "feedback" / "right" / ASSIGNMENT
    html = (folder / f"{ASSIGNMENT}.html").read_text()
    assert "It is right on all" in html
    assert html.count("data:image/svg+xml;base64") >= 6
    for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
        assert attribute not in html


@pytest.mark.docker
def test_what_was_made_can_be_swept(graded: dict[str, Course], lesson_engine: LessonEngine) -> None:
    """Whatever the submissions left in the engine is the lessons', and cleaning up removes it."""
    from course.live import cleanup

    name = problem(ASSIGNMENT, "right").name("web")
    assert graded
    found: list[Any] = lesson_engine.client.containers.list(all=True)
    assert name in [container.name for container in found]
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
    tables = [
        Table.read(path) for path in tmp_path.glob("[rm]*.json") if path.stem != "measurements"
    ]
    assert [table.problems() for table in tables] == [(), ()]
    assert drills.read(tmp_path / "drill.json").problems() == ()
