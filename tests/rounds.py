"""The instructor's round: submissions handed in, graded by nbgrader's real commands, looked at.

- `Case`: one submission, and what it must earn
- `Round`: all submissions of one assignment, and what must be true when they are graded
- `RoundTests`: what is true of every round
- `RecordsTests`: what is true where learners hand in what they have measured
- `EngineTests`: what is true where their submissions make something in a Docker Engine
- `edited`, `forget`: what learners do to their records
- `on_the_lab_vm`, `expect_right_answers_for_real`: the same with nothing drawn

A test file describes its `round` in a class `TestRound`, which inherits the tests that fit and adds
what is particular to its lesson.  The fixture `graded` grades once for all of its tests.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from nbclient import NotebookClient

from course.exercise import problem
from course.live import cleanup
from tests.lesson_engine import environment
from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import Course

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from course.live.client import CourseClient
    from tests.lesson_engine import LessonEngine

SHARDS = 2  # as many as a small machine has cores; each has a gradebook of its own


@dataclass(frozen=True)
class Case:
    """One submission and what it must earn.

    Attributes:
        lost: points lost, by grade cell.
        said: what has to be said in a grade cell.
        make: makes the notebook out of the released one; by default everything in it is right.
        spoil: changes the records that are handed in, in their folder.
        engine: whether the round's engine, if it has one, is there while it is graded.
        student: who hands it in; by default somebody who is called like the case.
    """

    lost: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    make: Callable[[NotebookNode], NotebookNode] | None = None
    spoil: Callable[[Path], None] = lambda _folder: None
    engine: bool = True
    student: str = ""


@dataclass(frozen=True)
class Round:
    """Everybody's submissions of one assignment.

    Attributes:
        assignment: its name.
        points: how many can be given automatically.
        cases: the submissions, one of which is `right` and one `untouched`.
        answered: makes a student's right submission out of the released notebook.
        feedback: what the page of the right submission holds, beside points.
        charts: how many charts that page shows at least.
        apart: the cases of which a test of its own says what they earn.
        hand_in: lays down a student's records in the submission's folder.
        records: how many files of them there are.
        leaves: of what the right submission leaves in the engine, a kind (`containers`, `images`
            or `networks`), and how a name of that kind goes on after the student's prefix; None if
            the assignment needs no engine.
    """

    assignment: str
    points: float
    cases: Mapping[str, Case]
    answered: Callable[[NotebookNode, str], NotebookNode]
    feedback: tuple[str, ...]
    charts: int
    apart: tuple[str, ...] = ("untouched",)
    hand_in: Callable[[Path, str], None] = lambda _folder, _student: None
    records: int = 0
    leaves: tuple[str, str] | None = None

    def student(self, name: str) -> str:
        """Return who hands a case in."""
        return self.cases[name].student or name

    def submit(self, name: str, course: Course) -> None:
        """Hand a case in."""
        case, student = self.cases[name], self.student(name)
        released = course.notebook("release")
        right = case.make is None
        course.submit(student, self.answered(released, student) if right else case.make(released))
        folder = course.folder("submitted", student)
        self.hand_in(folder, student)
        case.spoil(folder)

    def grade(
        self, project: Path, folders: pytest.TempPathFactory, engine: LessonEngine | None
    ) -> dict[str, Course]:
        """Hand every case in, grade them side by side, and write feedback for the right one.

        Args:
            project: the project's root.
            folders: where courses are made.
            engine: what submissions make their objects in.

        Returns:
            By case the course in which it was graded.
        """
        # nbgrader grades a whole course at once, so those without the engine need one of their own.
        mixed = len({case.engine for case in self.cases.values()}) > 1
        shards: dict[tuple[bool, int], Course] = {}
        courses = {}
        for number, (name, case) in enumerate(self.cases.items()):
            key = (case.engine, 0 if mixed else number % SHARDS)
            if key not in shards:
                folder = folders.mktemp("shard")
                shards[key] = Course.copy_of(project, folder, self.assignment).generated()
            courses[name] = shards[key]
            self.submit(name, shards[key])
        processes = []
        for (wanted, _), shard in shards.items():
            with engine.connected() if engine and wanted else environment():
                processes.append(shard.start("autograde", self.assignment))
        outputs = [process.communicate()[0] for process in processes]
        for process, output in zip(processes, outputs, strict=True):
            assert process.returncode == 0, output
        student = self.student("right")
        courses["right"].run("generate_feedback", self.assignment, f"--student={student}")
        return courses


class RoundTests:
    """What is true of every round."""

    round: ClassVar[Round]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Try every case whose points are stated."""
        if "name" in metafunc.fixturenames:
            names = [name for name in self.round.cases if name not in self.round.apart]
            metafunc.parametrize("name", names)

    def test_points_and_messages(self, graded: dict[str, Course], name: str) -> None:
        """A submission loses what its mistakes cost, in their cells, and they are named there."""
        case, course, student = self.round.cases[name], graded[name], self.round.student(name)
        scores, messages = course.scores(student), course.messages(student)
        del scores["written-answer"]
        possible = course.possible_points()
        expected = {cell: points - case.lost.get(cell, 0) for cell, points in possible.items()}
        assert scores == pytest.approx(expected), messages
        assert sum(possible.values()) == self.round.points
        for cell, sentence in case.said.items():
            assert sentence in messages[cell], (cell, messages[cell])

    def test_untouched(self, graded: dict[str, Course]) -> None:
        """An untouched notebook earns nothing, and every check says what is missing."""
        course = graded["untouched"]
        assert set(course.scores("untouched").values()) == {0}
        messages = course.messages("untouched")
        assert all("not answered yet" in message for message in messages.values()), messages

    def test_feedback_pages(self, graded: dict[str, Course]) -> None:
        """A feedback page shows points, messages and charts, and loads nothing from anywhere."""
        html = graded["right"].feedback(self.round.student("right"))
        assert [text for text in self.round.feedback if text not in html] == []
        assert html.count("data:image/svg+xml;base64") >= self.round.charts
        for attribute in ('src="http', "src='http", 'src="//', "@import url(http"):
            assert attribute not in html
        assert '<link rel="stylesheet" href="http' not in html


class RecordsTests:
    """What is true where learners hand in what they have measured; one of them `forgets` to."""

    round: ClassVar[Round]

    def test_grading_measures_nothing(self, graded: dict[str, Course]) -> None:
        """The records are read as they were handed in, and none is written where there is none."""
        for name, count in (("right", self.round.records), ("forgets", 0)):
            before, after = (
                {path.name: path.read_bytes() for path in folder.glob("*.json")}
                for folder in (
                    graded[name].folder(step, self.round.student(name))
                    for step in ("submitted", "autograded")
                )
            )
            assert after == before
            assert len(before) == count


class EngineTests:
    """What is true where submissions make something in a Docker Engine."""

    round: ClassVar[Round]

    def test_what_was_made_can_be_swept(
        self, graded: dict[str, Course], lesson_engine: LessonEngine
    ) -> None:
        """What the submissions left in the engine is the lessons', and cleaning up removes it."""
        assert graded
        assert self.round.leaves is not None
        kind, rest = self.round.leaves
        name = problem(self.round.assignment, self.round.student("right")).prefix + rest
        assert any(name in found for found in names_in(lesson_engine.client)[kind])

        assert cleanup(lesson_engine.client).kept == ()
        left = names_in(lesson_engine.client)
        assert left["containers"] == []
        ours = f"lesson{self.round.assignment[:2]}"
        assert [name for names in left.values() for name in names if ours in name] == []


def names_in(client: CourseClient) -> dict[str, list[str]]:
    """Return the names of what is in an engine, by kind.

    A name that somebody gave to one of the course's own images is no object of its own.
    """
    images: list[Any] = client.images.list()
    return {
        "containers": [container.name for container in client.containers.list(all=True)],
        "images": [
            tag
            for image in images
            if not any(tag.startswith("course/") for tag in image.tags)
            for tag in image.tags
        ],
        "networks": [network.name for network in client.networks.list()],
    }


def untouched(released: NotebookNode) -> NotebookNode:
    """Answer nothing."""
    return released


@contextlib.contextmanager
def edited(path: Path) -> Iterator[Any]:
    """Change what a record's file holds, as an editor would."""
    data = json.loads(path.read_text())
    yield data
    path.write_text(json.dumps(data))


def forget(folder: Path) -> None:
    """Hand in the notebook alone."""
    for path in folder.iterdir():
        if path.suffix != ".ipynb":
            path.unlink()


@contextlib.contextmanager
def on_the_lab_vm() -> Iterator[None]:
    """Let `course.live.connect` use the lab VM; skip the test where it is not built."""
    require_lab_vm()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_ENGINE", "labvm")
        patch.delenv("DOCKER_HOST", raising=False)
        yield


def expect_full_marks(notebook: NotebookNode) -> None:
    """Check that every check of a notebook that has run gives all of its points."""
    for cell in notebook.cells:
        if cell.id.endswith("-check"):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            points = float(cell.metadata.nbgrader.points)
            assert f"{points:g} of {points:g} points" in printed, (cell.id, printed)


def expect_right_answers_for_real(course: Course, folder: Path) -> None:
    """Check that the notebook's own answers are right of what it measures, on the lab VM.

    Args:
        course: the assignment's course.
        folder: where it runs and writes its records; empty.
    """
    notebook = course.notebook("source")
    resources = {"metadata": {"path": str(folder)}}
    with on_the_lab_vm():
        NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    expect_full_marks(notebook)
