"""Source notebooks: their form, and the tool that puts them into it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from autograders import notebooks
from autograders.answers import marking
from autograders.marking import mark
from course.exercise import check
from course.exercise.problem import ASSIGNMENTS
from tests.lesson_engine import environment

if TYPE_CHECKING:
    from nbformat import NotebookNode

SOURCE = Path(__file__).resolve().parents[2] / "source"
FILES = sorted(SOURCE.glob("*/*.ipynb"))


@pytest.fixture
def lesson() -> NotebookNode:
    """Return the first lesson, to be spoilt."""
    return nbformat.read(FILES[0], as_version=4)


def test_every_assignment_has_its_notebook() -> None:
    """The folders of source/ are the assignments, and each holds a notebook of its own name."""
    assert [(file.parent.name, file.stem) for file in FILES] == [
        (n, n) for n in sorted(ASSIGNMENTS)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_notebooks_are_in_form(file: Path) -> None:
    """No outputs, ids and metadata that an author chose, one layout, nothing left to mend."""
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert file.read_text() == notebooks.in_form(notebooks.tidied(notebook))
    assert list(notebooks.problems(notebook)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_points_in_the_notebook_are_the_markers(file: Path) -> None:
    """What a cell says that it is worth is what its marker gives, with or without an engine."""
    notebook = nbformat.read(file, as_version=4)
    points = {
        cell.metadata.nbgrader.grade_id.removesuffix("-check"): cell.metadata.nbgrader.points
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    with environment():
        marks = {item: mark(check(file.stem, item, None)) for item in marking(file.stem).ITEMS}
    assert {item: marked.possible for item, marked in marks.items()} == points


def spoil_output(notebook: NotebookNode) -> None:
    """Leave an output behind, as running a notebook does."""
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.outputs = [nbformat.v4.new_output("stream", text="3\n")]
    cell.execution_count = 7


def spoil_id(notebook: NotebookNode) -> None:
    """Give a cell an id as Jupyter draws it."""
    notebook.cells[5].id = "0f3a9c1e"


def spoil_metadata(notebook: NotebookNode) -> None:
    """Leave behind what an editor remembers."""
    notebook.cells[0].metadata["collapsed"] = True
    notebook.metadata["toc"] = {}


@pytest.mark.parametrize("spoil", [spoil_output, spoil_id, spoil_metadata])
def test_tidying_mends_what_needs_no_author(lesson: NotebookNode, spoil: object) -> None:
    """What an editor leaves behind is taken away; putting in form twice changes nothing more."""
    before = notebooks.in_form(lesson)
    spoil(lesson)  # type: ignore[operator]
    assert notebooks.in_form(lesson) != before
    once = notebooks.tidied(lesson)
    assert notebooks.in_form(notebooks.tidied(once)) == notebooks.in_form(once)
    assert not [cell for cell in once.cells if cell.get("outputs")]
    assert len({cell.id for cell in once.cells}) == len(once.cells)
    if spoil is not spoil_id:
        assert notebooks.in_form(once) == before


def test_ids_are_the_same_for_everybody(lesson: NotebookNode) -> None:
    """Two authors who add the same cell give it the same id."""
    for cell in lesson.cells:
        if "nbgrader" not in cell.metadata:
            cell.id = "a1b2c3d4"
    other = copy.deepcopy(lesson)
    ids = [cell.id for cell in notebooks.tidied(lesson).cells]
    assert ids == [cell.id for cell in notebooks.tidied(other).cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("where", "source", "said"),
    [
        ("title", "One thing is said. Another follows it.", "one sentence a line"),
        ("title", "![](picture.png)", "without alt text"),
        ("guess", "\n".join("x = 1" for _ in range(16)), "16 lines of code"),
        ("average_use-check", "check()", "begins with a docstring"),
        ("quiz-question", "Nothing here.", "'## Quiz' is missing"),
    ],
)
def test_what_an_author_has_to_mend_is_said(
    lesson: NotebookNode, where: str, source: str, said: str
) -> None:
    """Each rule names the cell and what is wrong with it."""
    next(cell for cell in lesson.cells if cell.id == where).source = source
    assert any(said in problem for problem in notebooks.problems(lesson))


def test_code_without_prose_is_noticed(lesson: NotebookNode) -> None:
    """Four code cells in a row say nothing to a reader."""
    lesson.cells = [*lesson.cells, *[nbformat.v4.new_code_cell("1") for _ in range(4)]]
    assert any("no prose between them" in problem for problem in notebooks.problems(lesson))


def test_the_command_mends_the_file(
    tmp_path: Path, lesson: NotebookNode, capsys: pytest.CaptureFixture[str]
) -> None:
    """It rewrites what it can, lists the rest, and its exit status says whether there is any."""
    file = tmp_path / "lesson.ipynb"
    spoil_output(lesson)
    nbformat.write(lesson, file)
    assert notebooks.main([str(file)]) == 0
    assert "put into form" in capsys.readouterr().out
    assert notebooks.main([str(file)]) == 0
    assert capsys.readouterr().out == ""
    lesson.cells[0].source = "Nothing."
    nbformat.write(lesson, file)
    assert notebooks.main([str(file)]) == 1
    assert "is missing" in capsys.readouterr().out
