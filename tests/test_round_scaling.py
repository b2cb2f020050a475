"""The instructor's round on assignment 07: real nbgrader, real submissions, an engine, records.

Start-up times and the times of the rollout are marked by the records that were handed in; the
service itself is started again while it is graded, and looked at in that engine.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbclient import NotebookClient

from autograders.answers.scaling_under_load.quantities import quantities
from course.exercise import problem
from course.exercise.scaling_under_load.looks import follow
from course.exercise.scaling_under_load.rollout import Rollout
from course.exercise.scaling_under_load.start_ups import StartUps
from tests.lesson_engine import environment
from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import Course
from tests.notebooks.test_release import expect_full_marks
from tests.submissions_scaling import ASSIGNMENT, answered, put_records, records, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from tests.lesson_engine import LessonEngine

pytestmark = pytest.mark.nbgrader

FULL = 41  # points that are given automatically; 4 more are given by hand


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


CARELESS_ERLANG = """
import math

def erlang_c(servers, offered_erlangs):
    terms = [offered_erlangs**n / math.factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)
"""
CARELESS_DESIRED = """
def desired_replicas(current, utilisation, target, least=1, most=100):
    if target <= 0:
        raise ValueError("no target")
    wish = int(current * utilisation / target)
    if abs(utilisation / target - 1) <= 0.1:
        wish = current
    return min(max(wish, least), most)
"""
CARELESS_SERVICE = """
def start_replica(number):
    bench.client.containers.run(
        "course/web:1", bench.page, detach=True, network=bench.network.name,
        name=task.name(f"web-{number}"), hostname=f"web-{number}",
    )
"""


def careless(released: NotebookNode) -> NotebookNode:
    """Every item with one usual mistake."""
    made, task = records("careless"), problem(ASSIGNMENT, "careless")
    right, asked = right_answers("careless", made), quantities(task)

    def mistake(name: str, kind: str) -> float:
        return asked[name].mistakes[kind].value

    return answered(
        released,
        "careless",
        {
            "least_servers": mistake("least_servers", "rounded_down"),
            "wait_ms": mistake("wait_ms", "only_those_who_wait"),
            "wait_together_ms": mistake("wait_together_ms", "divided_by_regions"),
            "replicas_by_look": list(follow(task.looks, without="window")),
            "catch_up_s": mistake("catch_up_s", "arrivals_forgotten"),
            "why": "a",
            "spare_eur": mistake("spare_eur", "an_hour"),
            "policy": {"target_utilisation": 0.9, "least": 1, "down_window_s": 0},
            "replicas_per_minute": right["replicas_per_minute"] / 60,
            "quiz": right["quiz"] | {"busy": "b"},
        },
        {
            "erlang_c-answer": CARELESS_ERLANG,
            "desired_replicas-answer": CARELESS_DESIRED,
            "service-answer": CARELESS_SERVICE,
        },
    )


def carries_on(released: NotebookNode) -> NotebookNode:
    """Early mistakes, and what follows reckoned rightly from there."""
    task = problem(ASSIGNMENT, "carries-on")
    right = right_answers("carries-on", records("carries-on"))
    backlog = quantities(task)["backlog"].mistakes["notice_forgotten"].value
    machines = quantities(task)["spare_machine"].mistakes["rounded_down"].value
    return answered(
        released,
        "carries-on",
        {
            "backlog": backlog,
            "lost": backlog - task.rush.room,
            "spare_machine": int(machines),
            "spare_eur": machines * right["spare_eur"] / right["spare_machine"],
        },
    )


def quicken(folder: Path) -> None:
    """Make the starts quicker in the file, as an editor would."""
    path = folder / "start-ups.json"
    data = json.loads(path.read_text())
    data["figures"]["each"][1]["seconds"] /= 10
    path.write_text(json.dumps(data))


def forget(folder: Path) -> None:
    """Hand in the notebook alone."""
    for path in folder.glob("*.json"):
        path.unlink()


CASES: dict[str, Case] = {
    "right": Case(
        lambda released: answered(released, "right"),
        said={"erlang_c-check": "right on all 6", "desired_replicas-check": "right on all 8",
              "service-check": "The engine holds", "policy-check": "4 of 4 hidden afternoons",
              "spike-check": "what the simulation says", "rollout-check": "all_ready_s is right"},
    ),
    "careless": Case(
        careless,
        {"offered-check": 0.75, "erlang_c-check": 2.5, "servers-check": 0.75,
         "pooling-check": 0.75, "desired_replicas-check": 1.5, "looks-check": 1,
         "rush-check": 0.75, "spike-check": 1, "spare-check": 0.75, "policy-check": 5,
         "service-check": 3, "rollout-check": 0.5, "quiz-check": 1},
        {"offered-check": "rounds down", "erlang_c-check": "where nobody can wait",
         "servers-check": "who find a server free", "pooling-check": "another queue",
         "desired_replicas-check": "serves nobody", "looks-check": "each wish for fewer",
         "rush-check": "others go on arriving", "spike-check": "however it was started",
         "spare-check": "for one hour", "policy-check": "0 of 4 hidden afternoons",
         "service-check": "does not go by the name", "rollout-check": "replicas a second"},
    ),
    "carries-on": Case(
        carries_on,
        {"rush-check": 0.5, "spare-check": 0.5},
        {"rush-check": "follows from your own", "spare-check": "follows from your own"},
    ),
    "edits": Case(
        lambda released: answered(released, "edits"),
        {"spike-check": 3},
        {"spike-check": "needs does not exist"},
        quicken,
    ),
    "forgets": Case(
        lambda released: answered(released, "forgets"),
        {"spike-check": 1, "rollout-check": 2},
        {"spike-check": "not what your start-up times lead to",
         "rollout-check": "rollout.json was not handed in"},
        forget,
    ),
    "no-engine": Case(
        lambda released: answered(released, "no-engine"),
        {"service-check": 4, "rollout-check": 2},
        {"service-check": "no engine", "rollout-check": "not answered yet"},
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
        put_records(folder, records(name))
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
    assert "right, look by look" in html
    assert html.count("data:image/svg+xml;base64") >= 6
    for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
        assert attribute not in html


@pytest.mark.docker
def test_what_was_made_can_be_swept(graded: dict[str, Course], lesson_engine: LessonEngine) -> None:
    """Whatever the submissions left in the engine is the lessons', and cleaning up removes it."""
    from course.live import cleanup

    client = lesson_engine.client
    prefix = problem(ASSIGNMENT, "right").prefix
    assert graded
    assert any(network.name.startswith(prefix) for network in client.networks.list())
    assert cleanup(client).kept == ()
    left: list[Any] = client.containers.list(all=True)
    left += [network for network in client.networks.list() if "lesson07" in network.name]
    assert left == []


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing, in the lab VM: the notebook's own answers are right of what it measures."""
    require_lab_vm()
    monkeypatch.setenv("COURSE_ENGINE", "labvm")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    notebook = generated(ASSIGNMENT).notebook("source")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    expect_full_marks(notebook)
    starting = StartUps.read(tmp_path / "start-ups.json")
    assert {one.kind for one in starting.each} == {"measured"}
    rollout = Rollout.read(tmp_path / "rollout.json")
    assert len(rollout.ready_s) == problem(ASSIGNMENT, "example").replicas
