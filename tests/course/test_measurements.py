"""Measurements are kept line by line, never stop a lesson, and are never lost."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbclient import NotebookClient

from course.live.unavailable import Unavailable
from course.measurements import FILE, MalformedMeasurement, keep, kept, merged

if TYPE_CHECKING:
    from tests.nbgrader_course import Course


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace that is the current folder."""
    folder = tmp_path / "work"
    (folder / ".made-from").mkdir(parents=True)
    (folder / "01-a").mkdir()
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(folder)
    return folder


def test_what_is_kept_is_read_again(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, value, unit, lesson, facts, time and machine come back, in order of time."""
    monkeypatch.chdir(work / "01-a")  # where a lesson's kernel runs
    before = datetime.now(UTC)
    said = keep("first build", 12.5, "s", lesson="04", lines=7, cached=False)
    assert repr(said) == f"Kept in {FILE}: first build = 12.5 s."
    keep("image", 4_200_000, "B", lesson="04")
    build, image = kept()
    assert (build.name, build.value, build.unit, build.lesson) == ("first build", 12.5, "s", "04")
    assert build.facts == {"lines": 7, "cached": False}
    assert before <= build.time <= image.time <= datetime.now(UTC)
    assert build.machine["cores"] > 0
    assert build.machine["memory_mib"] > 0
    assert (build.engine, build.accelerated) == ("", None)
    assert kept("image") == (image,)
    assert image.value == 4_200_000
    assert build == said.measurement


def test_a_line_is_plain_json(work: Path) -> None:
    """Other programs can read the file: one object a line, its time in UTC."""
    keep("größte Zeit", 1, "s", lesson="01")
    (line,) = (work / FILE).read_text(encoding="utf-8").splitlines()
    fields = json.loads(line)
    assert fields["name"] == "größte Zeit"
    assert fields["time"].endswith("Z")
    assert "größte" in line


@pytest.mark.parametrize("value", [None, Unavailable("no engine"), float("nan"), float("inf")])
def test_what_was_not_measured_is_not_kept(work: Path, value: object) -> None:
    """It leaves no line, and says so."""
    said = keep("image", value, "B", lesson="04")
    assert not said
    assert repr(said).startswith("Not kept: ")
    assert not (work / FILE).exists()


def test_an_unavailable_fact_is_none(work: Path) -> None:
    """A fact that is not known does not hinder the figure."""
    keep("image", 1, "B", lesson="04", layers=Unavailable("no engine"))
    assert kept()[0].facts == {"layers": None}


@pytest.mark.parametrize("value", ["3", True, [3], object()])
def test_what_is_no_number_is_refused(work: Path, value: object) -> None:
    """A lesson that keeps something else has a mistake, and is told what it gave."""
    with pytest.raises(TypeError, match="expected a number"):
        keep("image", value, "B", lesson="04")


def test_without_a_workspace_a_lesson_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written anywhere, a sentence says so, and there is nothing to read."""
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "01-a").mkdir()
    (tmp_path / "01-a/01-a.ipynb").touch()  # as in a grader's or an author's folder
    assert "no workspace" in repr(keep("use", 0.5, "", lesson="01"))
    assert kept() == ()
    assert not list(tmp_path.rglob(FILE))


def test_the_first_page_marks_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the first page and a lesson is one, a first page alone is not."""
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "index.ipynb").touch()
    assert not keep("use", 0.5, "", lesson="01")
    (tmp_path / "01-a").mkdir()
    (tmp_path / "01-a/01-a.ipynb").touch()
    assert keep("use", 0.5, "", lesson="01")


def test_the_variable_decides(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """COURSE_WORK names the workspace; a lesson goes on even where there is no such folder."""
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("COURSE_WORK", str(elsewhere))
    assert "cannot be written" in repr(keep("use", 0.5, "", lesson="01"))
    elsewhere.mkdir()
    assert keep("use", 0.5, "", lesson="01")
    assert [m.value for m in kept()] == [0.5]
    assert not (work / FILE).exists()


@pytest.mark.parametrize("by", ["autograde", "validate"])
def test_grading_keeps_nothing(work: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """What nbgrader runs measures its own machine, and not the learner's."""
    monkeypatch.setenv("NBGRADER_EXECUTION", by)
    assert "graded or validated" in repr(keep("use", 0.5, "", lesson="01"))
    assert not (work / FILE).exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "cannot be read"),
        ("3", "found int"),
        ("[" * 100_000, "cannot be read"),
        ('{"name": "x"}', "'time' is missing"),
    ],
)
def test_a_malformed_line_is_named_and_the_others_are_read(work: Path, line: str, why: str) -> None:
    """A warning says which line and what is wrong; no other line is lost by it."""
    keep("first", 1, "s", lesson="01")
    with (work / FILE).open("a") as stream:
        stream.write(f"{line}\n\n")
    keep("second", 2, "s", lesson="01")
    with pytest.warns(MalformedMeasurement, match=f"line 2, .*{why}"):
        assert [m.name for m in kept()] == ["first", "second"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("value", "3"), ("value", True), ("time", "yesterday"), ("time", "2026-01-01T00:00:00")],
)
def test_a_field_of_another_kind_is_malformed(work: Path, field: str, value: object) -> None:
    """A line whose fields are not what they must be is left out."""
    keep("first", 1, "s", lesson="01")
    spoilt = json.loads((work / FILE).read_text()) | {field: value}
    (work / FILE).write_text(json.dumps(spoilt))
    with pytest.warns(MalformedMeasurement, match="line 1"):
        assert kept() == ()


def test_a_line_without_its_end_spoils_no_other(work: Path) -> None:
    """After a crash in the middle of a line the next one begins a new line."""
    (work / FILE).write_text('{"time"')
    keep("whole", 1, "s", lesson="01")
    with pytest.warns(MalformedMeasurement, match="line 1"):
        assert [m.name for m in kept()] == ["whole"]


def _keep_many(folder: str, name: str) -> None:
    script = (
        "from course.measurements import keep\n"
        f"for n in range(200): assert keep({name!r}, n, 's', lesson='01', text='x' * 3000)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)


def test_two_notebooks_may_keep_at_once(work: Path) -> None:
    """Lines of two processes never mix, and none is lost."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        pool.starmap(_keep_many, [(str(work), "a"), (str(work), "b")])
    found = [(m.name, m.value) for m in kept()]
    assert sorted(found) == [(name, n) for name in "ab" for n in range(200)]


def test_merging_loses_and_doubles_nothing() -> None:
    """Each line once, in order of time; what cannot be read stays behind its neighbour."""
    early, late, later = (f'{{"time": "2026-01-0{day}T00:00:00Z"}}' for day in (1, 2, 3))
    assert merged(f"{early}\n{later}\n", f"{early}\n{late}") == f"{early}\n{late}\n{later}\n"
    assert merged(f"{early}\nbroken\n{later}\n", f"{late}\n").split("\n")[:2] == [early, "broken"]
    assert merged("", "") == ""
    both = merged(f"{later}\n{early}\n", f"{late}\n")
    assert merged(both, both) == both


@pytest.mark.nbgrader
def test_the_first_lesson_keeps_its_figure(
    generated_course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run in a workspace, the lesson leaves what it has measured, for the lessons to come."""
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    notebook = generated_course.notebook("release")
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    (use,) = kept("machine use")
    assert 0 <= use.value <= 100
    assert (use.unit, use.lesson) == ("%", "01")
    (cell,) = (cell for cell in notebook.cells if cell.id == "measured-keep")
    assert cell.outputs[0].data["text/plain"].startswith(f"Kept in {FILE}: machine use = ")
