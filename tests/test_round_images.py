"""The instructor's round on assignment 04: real nbgrader, real submissions, a real engine.

An experiment is right if the engine holds it. So each submission makes its own objects while it is
graded, and one that only prints, or renames what is there, earns nothing by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograders.answers.images_and_layers.quantities import (
    layer_bytes,
    quantities,
    rebuilt_steps,
)
from course.exercise import problem
from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import IMAGES_ASSIGNMENT, Course
from tests.submissions_images import COMMITTED, EXPERIMENTS, PYTHONS, answered

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from tests.lesson_engine import LessonEngine

pytestmark = pytest.mark.nbgrader

FULL = 44  # points that are given automatically; 4 more are given by hand
EXPERIMENT_CELLS = ("secret", "contract", "committed", "pinned", "tills", "pythons")


@dataclass(frozen=True)
class Case:
    """One submission and what it must earn.

    Attributes:
        make: makes the notebook out of the released one.
        lost: points lost, by grade cell.
        said: what has to be said in a grade cell.
    """

    make: Callable[[NotebookNode], NotebookNode]
    lost: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


PRINTS = """
secret, secret_layer = "123456789012", 5
contract_dockerfile = None
pinned = "sha256:" + 64 * "0"
for name in ("contract", "committed"):
    client.images.get("course/busybox:1.35").tag(task.image(name))
for name in ("till-1", "till-2", "till-3", "python-3.11", "python-3.13"):
    client.containers.create("course/busybox:1.35", ["true"], name=bench.fresh(name))
print("6 of 6 points. The engine holds what was asked for.")
"""

CARELESS_CONTRACT = '''
c = task.contract
contract_dockerfile = f"""FROM course/busybox:1.35
COPY . /srv/shop/
RUN mv /srv/shop/app/* /srv/shop/ && rm -r /srv/shop/secrets.env /srv/shop/photos
WORKDIR /srv/shop
ENV SHOP_MODE={c.environment["SHOP_MODE"]} SHOP_PORT=80
LABEL shop.owner={c.labels["shop.owner"]}
"""
'''
CARELESS_PYTHONS = """
client.containers.run(
    "course/python:3.11", ["python3", "prices.py"], detach=True, name=bench.fresh("python-3.11"),
    volumes={task.name("script"): {"bind": "/work", "mode": "rw"}}, working_dir="/work",
).wait()
client.containers.run(
    "course/python:3.13", ["python3", "-c", "print('Python 3.13')"], detach=True,
    name=bench.fresh("python-3.13"),
    volumes={task.name("script"): {"bind": "/work", "mode": "ro"}}, working_dir="/work",
).wait()
"""
CARELESS_TILLS = """
for n in "123":
    client.containers.run(
        task.image("shop:1"), ["sleep", "900"], detach=True, name=bench.fresh(f"till-{n}")
    )
"""
CARELESS_FIND = """
files = [layer.files.get("srv/token.txt") for layer in leaky.layers]
secret = next(content for content in files if content).decode().strip()[6:]
secret_layer = [bool(content) for content in files].index(True)
"""


def careless(released: NotebookNode) -> NotebookNode:
    """Every experiment done, each with its usual mistake."""
    asked = quantities(problem(IMAGES_ASSIGNMENT, "careless"))["pushed_bytes"]
    oops = "box.exec_run('touch /srv/oops')\nbox.commit"
    return answered(
        released,
        "careless",
        {"pushed_bytes": asked.mistakes["whole_image"].value},
        {
            "secret-answer": CARELESS_FIND,
            "contract-answer": CARELESS_CONTRACT,
            "committed-answer": COMMITTED.replace("box.commit", oops),
            "pinned-answer": 'pinned = "menu"',
            "tills-answer": CARELESS_TILLS,
            "pythons-answer": CARELESS_PYTHONS,
        },
    )


def clumsy(released: NotebookNode) -> NotebookNode:
    """Other mistakes, some of which leave nothing to be looked at."""
    renamed = 'client.images.get(task.image("shop:1")).tag(task.image("committed"))'
    return answered(
        released,
        "clumsy",
        {"order": "ABCDEFG", "minutes_saved": 0},
        {
            "contract-answer": 'contract_dockerfile = "FROM course/busybox:1.35\\nUSER 1"',
            "committed-answer": renamed,
            "pinned-answer": 'pinned = client.images.get(task.image("committed")).id',
            "pythons-answer": PYTHONS.replace("prices.py", "price.py"),
            "tills-answer": EXPERIMENTS["tills-answer"].replace("(1, 2, 3)", "(1, 2)"),
        },
    )


def carries_on(released: NotebookNode) -> NotebookNode:
    """One early mistake, and what follows reckoned rightly from there."""
    task = problem(IMAGES_ASSIGNMENT, "carries-on")
    sizes, reached = layer_bytes(task), rebuilt_steps(task)[0]
    too_early = max(line for line in sizes if line < reached)
    steps = list(range(too_early, len(task.shop.lines) + 1))
    sent = sum(size for line, size in sizes.items() if line in steps)
    return answered(released, "carries-on", {"rebuilt_steps": steps, "pushed_bytes": sent})


CASES: dict[str, Case] = {
    "right": Case(
        lambda released: answered(released, "right"),
        said={"contract-check": "The engine holds", "rebuilt-check": "5 of 5 points"},
    ),
    "prints": Case(
        lambda released: answered(
            released, "prints", cells=dict.fromkeys(
                (f"{item}-answer" for item in EXPERIMENT_CELLS), PRINTS)
        ),
        {"secret-check": 3, "contract-check": 6, "committed-check": 4, "pinned-check": 3,
         "tills-check": 2, "pythons-check": 4},
        {"contract-check": "is missing", "pinned-check": "nothing of this digest",
         "tills-check": "of another image", "pythons-check": "is not of the image"},
    ),
    "careless": Case(
        careless,
        {"secret-check": 2.5, "contract-check": 5, "committed-check": 1, "pushed_bytes-check": 1.5,
         "pinned-check": 3, "tills-check": 1, "pythons-check": 2.5},
        {"secret-check": "was replaced by another", "contract-check": "hides it",
         "committed-check": "srv/oops", "pushed_bytes-check": "every layer of your own",
         "pinned-check": "is no digest", "tills-check": "has written 0 bytes",
         "pythons-check": "can be written to"},
    ),
    "clumsy": Case(
        clumsy,
        {"plan-check": 2, "contract-check": 6, "committed-check": 4, "pinned-check": 3,
         "tills-check": 2, "pythons-check": 4},
        {"contract-check": "is missing", "committed-check": "nothing was committed",
         "pinned-check": "the id of the image", "pythons-check": "does not run prices.py",
         "tills-check": "till-3", "plan-check": "saves nothing"},
    ),
    "carries-on": Case(
        carries_on, {"rebuilt_steps-check": 2}, {"pushed_bytes-check": "follows from your own"}
    ),
    "untouched": Case(lambda released: released),
}  # fmt: skip

SHARDS = 2  # as many as a small machine has cores; each has a gradebook of its own


@pytest.fixture(scope="module")
def graded(
    generated: Callable[[str], Course],
    lesson_engine: LessonEngine,
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Course]:
    """Hand in every case's submission, autograde them all on one engine, write feedback for one."""
    released = generated(IMAGES_ASSIGNMENT).notebook("release")
    shards = [
        Course.copy_of(root, tmp_path_factory.mktemp("shard"), IMAGES_ASSIGNMENT).generated()
        for _ in range(SHARDS)
    ]
    courses = {}
    for number, (name, case) in enumerate(CASES.items()):
        courses[name] = shards[number % SHARDS]
        courses[name].submit(name, case.make(released))
    with lesson_engine.connected():
        processes = [shard.start("autograde", IMAGES_ASSIGNMENT) for shard in shards]
        outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0, output
    courses["right"].run("generate_feedback", IMAGES_ASSIGNMENT, "--student=right")
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
def test_feedback_pages(graded: dict[str, Course]) -> None:
    """A feedback page shows points, messages and charts, and loads nothing from anywhere."""
    folder = graded["right"].root / "feedback" / "right" / IMAGES_ASSIGNMENT
    html = (folder / f"{IMAGES_ASSIGNMENT}.html").read_text()
    assert "layer_bytes is right, line by line." in html
    assert html.count("data:image/svg+xml;base64") >= 5
    assert '<img alt="One bar for each' in html
    for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
        assert attribute not in html


@pytest.mark.docker
def test_what_was_made_can_be_swept(graded: dict[str, Course], lesson_engine: LessonEngine) -> None:
    """Whatever the submissions left in the engine is the lessons', and cleaning up removes it."""
    from course.live import cleanup

    prefix = problem(IMAGES_ASSIGNMENT, "right").prefix
    assert any(prefix in tag for image in lesson_engine.client.images.list() for tag in image.tags)
    assert cleanup(lesson_engine.client).kept == ()
    left: list[Any] = lesson_engine.client.containers.list(all=True)
    left += [t for i in lesson_engine.client.images.list() for t in i.tags if "lesson04" in t]
    # A name that somebody gave to one of the course's own images is no object of its own.
    renamed = problem(IMAGES_ASSIGNMENT, "prints").prefix
    assert [name for name in left if renamed not in str(name)] == []


@pytest.mark.labvm
def test_a_right_submission_on_the_lab_vm(
    own_images_course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab VM serves the lesson as a host's engine does: a right submission earns everything."""
    require_lab_vm()
    monkeypatch.setenv("COURSE_ENGINE", "labvm")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    student = "right"
    own_images_course.submit(student, answered(own_images_course.notebook("release"), student))
    own_images_course.run("autograde", IMAGES_ASSIGNMENT)
    scores = own_images_course.scores(student)
    scores.pop("written-answer")
    assert scores == possible(own_images_course), own_images_course.messages(student)


@pytest.fixture
def own_images_course(root: Path, tmp_path: Path) -> Course:
    """Return a generated course that a test may change."""
    return Course.copy_of(root, tmp_path, IMAGES_ASSIGNMENT).generated()
