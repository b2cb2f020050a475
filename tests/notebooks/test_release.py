"""What reaches a learner: released notebooks and the installed package hold no answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbclient import NotebookClient

from tests.nbgrader_course import ASSIGNMENT, Course
from tests.submissions import cell_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]

_REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)### END \1", re.DOTALL)


def hidden_lines(source: NotebookNode) -> set[str]:
    """Return the telling lines of a source notebook that a learner must not get."""
    hidden = {
        line.strip()
        for cell in source.cells
        for region in _REGION.finditer(cell.source)
        for line in region[2].split("\n")
    }
    shown = "\n".join(_REGION.sub("", cell.source) for cell in source.cells)
    return {line for line in hidden if len(line) > 15 and line not in shown}


@pytest.mark.nbgrader
def test_released_notebooks_hold_no_answers(generated_course: Course) -> None:
    """No solution, no hidden test, no marking scheme, no import of the instructor's package."""
    file = generated_course.root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    text = file.read_text()
    for word in ("autograders", "BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "Marking scheme"):
        assert word not in text
    lines = hidden_lines(generated_course.notebook("source"))
    assert len(lines) > 40  # so that the search below looks for something
    released = "\n".join(cell.source for cell in generated_course.notebook("release").cells)
    assert [line for line in lines if line in released] == []


@pytest.mark.nbgrader
def test_a_leak_would_be_found(generated_course: Course) -> None:
    """A solution that stands outside its region is what the search above looks for."""
    lines = hidden_lines(generated_course.notebook("source"))
    assert "average_use = busy_cores / all_cores" in lines
    assert "autograders.grade(given)" in lines
    assert any("USB stick" in line for line in lines)


@pytest.mark.nbgrader
def test_a_released_notebook_runs_from_top_to_bottom(generated_course: Course) -> None:
    """Before anything is answered every cell runs, draws its charts and raises nothing."""
    notebook = generated_course.notebook("release")
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    assert len([o for o in outputs.values() if "vegalite" in json.dumps(o)]) >= 4
    for cell in notebook.cells:
        if cell.id.endswith("-check"):
            assert "not answered yet" in json.dumps(cell.outputs)


@pytest.mark.nbgrader
def test_the_source_notebook_answers_itself(generated_course: Course) -> None:
    """The solutions in the notebook, a second way of reckoning, earn full marks."""
    notebook = generated_course.notebook("source")
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    for cell in notebook.cells:
        if cell.id.endswith("-check"):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            points = float(cell.metadata.nbgrader.points)
            assert f"{points:g} of {points:g} points" in printed


def test_written_answers_are_worth_something(generated_course: Course) -> None:
    """The written answer is graded by hand, for the points that its question says."""
    cell = cell_of(generated_course.notebook("release"), "written-answer")
    assert cell.metadata.nbgrader.points == 4
    assert "4 points" in cell_of(generated_course.notebook("release"), "written-question").source


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
