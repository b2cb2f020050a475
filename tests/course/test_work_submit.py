"""What is handed in: whose it is, what it holds, and what is said about it."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import compute_checksum

from course import workspace
from course.cli import main
from course.work import WorkError, submit

from .conftest import grade_cell

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAME = "01-a"
NOTEBOOK = f"{NAME}/{NAME}.ipynb"


def released() -> NotebookNode:
    """Return a small notebook as nbgrader releases it."""
    cells = [
        grade_cell("identity-answer", "student_id = None", solution=True),
        grade_cell("use-answer", "use = None", solution=True),
        grade_cell("use-check", "assert use", solution=False),
        new_markdown_cell("*Your answer goes here.*", metadata={"nbgrader": written()}),
        new_code_cell("1 + 1"),
        new_code_cell(""),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
    return new_notebook(cells=cells)


def written() -> dict[str, Any]:
    """Return what nbgrader knows of a written answer."""
    marks = {"grade": True, "solution": True, "locked": False, "task": False, "points": 4}
    return {"grade_id": "written-answer", "schema_version": 3, **marks}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace that is the current folder, with a lesson as it was given."""
    folder = tmp_path / "work"
    for place in (folder, folder / workspace.UNTOUCHED):
        (place / NAME).mkdir(parents=True)
        nbformat.write(released(), place / NOTEBOOK)
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.chdir(folder)
    return folder


def change(work: Path, number: int, source: str) -> None:
    """Write into a cell of the lesson."""
    notebook = nbformat.read(work / NOTEBOOK, as_version=4)
    notebook.cells[number].source = source
    nbformat.write(notebook, work / NOTEBOOK)


def finish(work: Path) -> None:
    """Answer everything, and run it from top to bottom."""
    change(work, 0, 'student_id = "ada"')
    change(work, 1, "use = 0.5")
    change(work, 3, "I think so.")
    notebook = nbformat.read(work / NOTEBOOK, as_version=4)
    for count, cell in enumerate(c for c in notebook.cells if c.cell_type == "code" and c.source):
        cell.execution_count = count + 1
    nbformat.write(notebook, work / NOTEBOOK)


def test_the_same_work_gives_the_same_archive(work: Path) -> None:
    """The archive holds the lesson's folder, and its bytes depend on nothing but the work."""
    finish(work)
    (work / NAME / "data").mkdir()
    (work / NAME / "data/größen.csv").write_text("1\n")
    packed = submit("01")
    assert packed.file == work / "hand-in" / NAME / "ada.zip"
    first = packed.file.read_bytes()
    with zipfile.ZipFile(packed.file) as bundle:
        assert bundle.namelist() == [NOTEBOOK, f"{NAME}/data/größen.csv"]
        assert bundle.read(NOTEBOOK) == (work / NOTEBOOK).read_bytes()
    (work / NOTEBOOK).touch()
    assert submit(NAME, into=work.parent / "sent").file.read_bytes() == first
    assert (work.parent / "sent/ada.zip").exists()
    assert packed.warnings == ()


def test_what_belongs_to_something_else_stays_out(work: Path, tmp_path: Path) -> None:
    """Other notebooks, copies from before, hidden files and links to elsewhere, each named."""
    finish(work)
    (tmp_path / "key").write_text("key")
    (work / NAME / "link").symlink_to(tmp_path / "key")
    for name in ("Untitled.ipynb", "data (before 2026-11-20 15.03).csv", ".hidden"):
        (work / NAME / name).write_text("{}")
    packed = submit("01")
    assert packed.files == (f"{NAME}.ipynb",)
    left = {out.name for out in packed.left_out}
    assert left == {"Untitled.ipynb", "data (before 2026-11-20 15.03).csv", "link"}
    assert all(any(name in warning for warning in packed.warnings) for name in left)


@pytest.mark.parametrize(
    ("cell", "student"),
    [
        ('student_id = "ada"', "ada"),
        ("student_id = ' Ada.Lovelace@example.org '  # me", "Ada.Lovelace@example.org"),
        ('student_id = None\nstudent_id: str = "ada"', "ada"),
        ('student_id = me = "a.b-c_d"', "a.b-c_d"),
        ('student_id = "ädä"\nprint(student_id)', "ädä"),
    ],
)
def test_the_id_is_read(work: Path, cell: str, student: str) -> None:
    """It is the constant that the cell assigns last, without blanks around it."""
    change(work, 0, cell)
    packed = submit("01")
    assert packed.student == student
    assert packed.file.name == f"{student}.zip"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("student_id = None", "not written yet"),
        ("", "not written yet"),
        ('# student_id = "ada"', "not written yet"),
        ('name = "ada"', "not written yet"),
        ('student_id = "  "', "is empty"),
        ("student_id = 4711", "text in quotes, found int"),
        ("student_id = True", "text in quotes, found bool"),
        ("student_id = ada", "found student_id = ada"),
        ('student_id = "a" + "b"', "found student_id = "),
        ("student_id = open('/tmp/x', 'w').name", "found student_id = open"),
        ('student_id = "ada', "cannot be read as Python"),
        ("!touch /tmp/x", "cannot be read as Python"),
        ('student_id = "../ada"', "the character '/'"),
        (r'student_id = "a\\b"', "the character"),
        (r'student_id = "a\x00b"', "the character"),
        ('student_id = "' + "a" * 300 + '"', "characters long"),
        ('student_id = ".."', "file's name"),
        ('student_id = "a:b"', "file's name"),
        ("(" * 10_000, "cannot be read as Python"),
    ],
)
def test_an_id_that_is_none_is_refused(work: Path, cell: str, why: str) -> None:
    """The message says why and which cell to fill; nothing of the cell is run or written."""
    change(work, 0, cell)
    with pytest.raises(WorkError, match=f"{re.escape(why)}.*exercise 1"):
        submit("01")
    assert not (work / "hand-in").exists()


def test_a_lesson_without_its_first_cell_is_refused(work: Path) -> None:
    """Nobody can tell whose it is; the message says how to get the cell back."""
    notebook = nbformat.read(work / NOTEBOOK, as_version=4)
    del notebook.cells[0]
    nbformat.write(notebook, work / NOTEBOOK)
    with pytest.raises(WorkError, match="get a new copy"):
        submit("01")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": [3]}', '{"cells": [{}]}'])
def test_what_is_no_notebook_is_refused(work: Path, content: str) -> None:
    """A damaged file is named, with what to do."""
    (work / NOTEBOOK).write_text(content)
    with pytest.raises(WorkError, match="cannot be read as a notebook"):
        submit("01")


def test_open_answers_are_counted(work: Path) -> None:
    """Those that say what they said at first, in code and in words; they are packed as well."""
    change(work, 0, 'student_id = "ada"')
    packed = submit("01")
    assert packed.condition.answers == 3
    assert packed.condition.unanswered == ("use-answer", "written-answer")
    assert "2 of 3 answers are still open: use, written." in packed.warnings


def test_what_was_not_run_is_said(work: Path) -> None:
    """Cells that have never been run, or in another order; an empty cell is none."""
    finish(work)
    assert submit("01").condition.code_cells == 4
    notebook = nbformat.read(work / NOTEBOOK, as_version=4)
    notebook.cells[0].execution_count = 9
    nbformat.write(notebook, work / NOTEBOOK)
    assert "another order" in " ".join(submit("01").warnings)
    notebook.cells[0].execution_count = None
    nbformat.write(notebook, work / NOTEBOOK)
    assert "1 of 4 cells have not been run" in " ".join(submit("01").warnings)


def test_errors_are_said(work: Path) -> None:
    """An error below a cell names the cell."""
    finish(work)
    notebook = nbformat.read(work / NOTEBOOK, as_version=4)
    notebook.cells[2].outputs = [new_output("error", ename="E", evalue="e", traceback=[])]
    nbformat.write(notebook, work / NOTEBOOK)
    assert submit("01").condition.failed == ("use-check",)
    assert "There is an error below use." in submit("01").warnings


@pytest.mark.parametrize("known", [True, False])
def test_changed_and_deleted_checks_are_said(work: Path, known: bool) -> None:
    """A changed check shows by nbgrader's checksum, a deleted one by the original."""
    finish(work)
    change(work, 2, "assert True")
    assert submit("01").condition.changed == ("use-check",)
    notebook = nbformat.read(work / NOTEBOOK, as_version=4)
    del notebook.cells[2]
    nbformat.write(notebook, work / NOTEBOOK)
    if not known:
        (work / workspace.UNTOUCHED / NOTEBOOK).unlink()
    assert submit("01").condition.missing == (("use-check",) if known else ())
    assert any("changed or deleted: use" in w for w in submit("01").warnings) == known


def test_without_an_original_the_exercises_tell_what_is_missing(work: Path) -> None:
    """Of a lesson of the course it is known which checks it has."""
    finish(work)
    name = "01-one-server-many-tenants"
    (work / NAME).rename(work / name)
    (work / name / f"{NAME}.ipynb").rename(work / name / f"{name}.ipynb")
    missing = submit(name).condition.missing
    assert "average_use-check" in missing
    assert all(item.endswith("-check") for item in missing)


def test_an_assignment_is_named_by_its_beginning(work: Path) -> None:
    """A beginning must be of one only; otherwise the message lists what there is."""
    finish(work)
    (work / "01-b").mkdir()
    nbformat.write(released(), work / "01-b/01-b.ipynb")
    assert submit("01-a").assignment == NAME
    for beginning in ("01", "", "02", "../x"):
        with pytest.raises(WorkError, match="There are: 01-a, 01-b"):
            submit(beginning)


def test_the_command_says_what_was_packed(
    work: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """When the notebook was saved, what is open, and where the archive is; or why there is none."""
    change(work, 0, 'student_id = "ada"')
    assert main(["submit", "01", "--to", str(tmp_path / "sent")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"01-a of ada is packed, as it was saved on \d{4}-\d\d-\d\d at ", said)
    assert "! 2 of 3 answers are still open" in said
    assert said.splitlines()[-1] == str(tmp_path / "sent/ada.zip")
    change(work, 0, "student_id = None")
    assert main(["submit", "01"]) == 1
    assert "course: 01-a.ipynb does not say whose it is" in capsys.readouterr().err


def test_a_source_of_several_lines_is_read_like_text(work: Path) -> None:
    """The notebook's format allows a list of lines as well."""
    finish(work)
    notebook = json.loads((work / NOTEBOOK).read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    (work / NOTEBOOK).write_text(json.dumps(notebook))
    assert submit("01").warnings == ()
