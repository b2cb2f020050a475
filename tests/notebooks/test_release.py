"""What reaches a learner: released notebooks and the installed package hold no answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbclient import NotebookClient

from course.exercise.problem import ASSIGNMENTS
from tests import (
    records_availability,
    records_startup,
    submissions_density,
    submissions_hypervisors,
    submissions_scaling,
)
from tests.answers import hidden_lines
from tests.lesson_engine import environment
from tests.nbgrader_course import ASSIGNMENT, IMAGES_ASSIGNMENT, STARTUP_ASSIGNMENT, Course
from tests.records_availability import ASSIGNMENT as AVAILABILITY
from tests.rounds import expect_full_marks
from tests.submissions import cell_of
from tests.submissions_density import ASSIGNMENT as DENSITY
from tests.submissions_hypervisors import ASSIGNMENT as HYPERVISORS
from tests.submissions_scaling import ASSIGNMENT as SCALING

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from tests.lesson_engine import LessonEngine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=sorted(ASSIGNMENTS))
def course(generated: Callable[[str], Course], request: pytest.FixtureRequest) -> Course:
    """Return each assignment's course in turn, generated; tests change nothing in it."""
    return generated(request.param)


@pytest.mark.nbgrader
def test_released_notebooks_hold_no_answers(course: Course) -> None:
    """No solution, no hidden test, no marking scheme, no import of the instructor's package."""
    file = course.root / "release" / course.assignment / f"{course.assignment}.ipynb"
    text = file.read_text()
    for word in ("autograders", "BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "Marking scheme"):
        assert word not in text
    lines = hidden_lines(course.notebook("source"))
    assert len(lines) > 40  # so that the search below looks for something
    released = "\n".join(cell.source for cell in course.notebook("release").cells)
    assert [line for line in lines if line in released] == []


LEAKS = {
    "01-one-server-many-tenants": ("average_use = busy_cores / all_cores", "USB stick"),
    HYPERVISORS: ("hidden_mib = task.memory_mib - machine.memory_mib", "keep up with a desktop"),
    "04-images-and-layers": ("pinned = push_committed.digest", "cannot be built again"),
    "05-startup-and-footprint": ("weight = position - below", "A sentence that is shorter than"),
    DENSITY: ("adds_machine - 3 * adds_container", "Half a point where figures are there"),
    SCALING: (
        "backlog = too_many_per_s * (rush.notices_s + rush.start_up_s)",
        "replaced instead of repaired",
    ),
    AVAILABILITY: ("hand_downtime_ms = rounds_mb[-1] / carried * 1000", "cannot be followed"),
}


@pytest.mark.nbgrader
def test_a_leak_would_be_found(course: Course) -> None:
    """A solution that stands outside its region is what the search above looks for."""
    lines = hidden_lines(course.notebook("source"))
    for telling in ("autograders.grade(given)", *LEAKS[course.assignment]):
        assert any(telling in line for line in lines)


def put_startup_records(folder: Path) -> None:
    """Lay down what a learner has measured, so that lesson 05 reads it and measures nothing."""
    made = records_startup.records()
    for name in ("startup", "footprint", "density"):
        getattr(made, name).write(folder / f"{name}.json")


#: What lays down the records that a lesson's notebook reads.
RECORDS: dict[str, Callable[[Path], None]] = {
    HYPERVISORS: lambda folder: submissions_hypervisors.hand_in(folder, "example", images=False),
    STARTUP_ASSIGNMENT: put_startup_records,
    DENSITY: lambda folder: submissions_density.put_record(
        folder, submissions_density.record("example")
    ),
    SCALING: lambda folder: submissions_scaling.put_records(
        folder, submissions_scaling.records("example")
    ),
    AVAILABILITY: records_availability.put_records,
}

#: The lessons with experiments in a Docker Engine.
IN_AN_ENGINE = (IMAGES_ASSIGNMENT, STARTUP_ASSIGNMENT, DENSITY, SCALING, AVAILABILITY)


def executed(notebook: NotebookNode, folder: Path, assignment: str = "") -> NotebookNode:
    """Run a notebook from top to bottom, in a folder with records; what raises fails."""
    RECORDS.get(assignment, lambda _folder: None)(folder)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return notebook


def expect_nothing_answered(notebook: NotebookNode, charts: int) -> None:
    """Check what an untouched notebook shows when it has run."""
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert len([o for o in outputs if "vegalite" in json.dumps(o)]) >= charts
    for cell in notebook.cells:
        if cell.id.endswith("-check"):
            assert "not answered yet" in json.dumps(cell.outputs)


@pytest.mark.nbgrader
def test_a_released_notebook_runs_from_top_to_bottom(course: Course, tmp_path: Path) -> None:
    """Before anything is answered, and where no engine is, every cell runs and raises nothing."""
    with environment():
        notebook = executed(course.notebook("release"), tmp_path, course.assignment)
    expect_nothing_answered(notebook, 4 if course.assignment.startswith("01") else 1)


@pytest.mark.nbgrader
@pytest.mark.docker
@pytest.mark.parametrize("assignment", IN_AN_ENGINE)
def test_a_released_notebook_runs_with_an_engine(
    generated: Callable[[str], Course], lesson_engine: LessonEngine, assignment: str, tmp_path: Path
) -> None:
    """Before anything is answered, the experiments that need no answer run, charts and all."""
    with lesson_engine.connected():
        notebook = executed(generated(assignment).notebook("release"), tmp_path, assignment)
    expect_nothing_answered(notebook, 5)
    assert "no Docker Engine" not in json.dumps([c.get("outputs") for c in notebook.cells])


@pytest.mark.nbgrader
@pytest.mark.parametrize("assignment", [ASSIGNMENT, HYPERVISORS])
def test_the_source_notebook_answers_itself(
    generated: Callable[[str], Course], assignment: str, tmp_path: Path
) -> None:
    """The solutions in the notebook, a second way of reckoning, earn full marks."""
    expect_full_marks(executed(generated(assignment).notebook("source"), tmp_path, assignment))


@pytest.mark.nbgrader
@pytest.mark.docker
@pytest.mark.parametrize("assignment", IN_AN_ENGINE)
def test_the_source_notebook_answers_itself_in_an_engine(
    generated: Callable[[str], Course], lesson_engine: LessonEngine, assignment: str, tmp_path: Path
) -> None:
    """The experiments in the notebook leave in the engine what their checks look for."""
    with lesson_engine.connected():
        expect_full_marks(executed(generated(assignment).notebook("source"), tmp_path, assignment))


def test_written_answers_are_worth_something(course: Course) -> None:
    """The written answer is graded by hand, for the points that its question says."""
    cell = cell_of(course.notebook("release"), "written-answer")
    assert cell.metadata.nbgrader.points == 4
    assert "4 points" in cell_of(course.notebook("release"), "written-question").source


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel that a learner installs, as it would be released."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_is_the_course_alone(wheel: Path) -> None:
    """It holds `course` with its data and types, and nothing of the instructor's."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"course"}
    assert "course/py.typed" in names
    assert "course/facts/claims.toml" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    for name in names:
        if name.endswith(".py"):
            source = zipfile.ZipFile(wheel).read(name).decode()
            assert not re.search(r"^\s*(from|import) autograders", source, re.MULTILINE), name


def test_a_student_installation_cannot_import_autograders(wheel: Path, tmp_path: Path) -> None:
    """With the wheel alone `course` works and `autograders` does not exist."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import course.facts, course.sizing, course.exercise\n"
        "assert course.facts.claim('C01').statement\n"
        "assert course.exercise.problem('01', 'ada').servers\n"
        f"assert course.__file__.startswith({str(site)!r})\n"
        "import autograders\n"
    )
    # -I and -S leave out the folder that this is run from and everything that is installed.
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert process.stderr.strip().endswith("ModuleNotFoundError: No module named 'autograders'")
