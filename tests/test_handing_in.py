"""The ways from a released notebook to a collected submission, by nbgrader's own commands."""

from __future__ import annotations

import getpass
import zipfile
from pathlib import Path

import nbformat
import pytest

from course.work import submit
from tests.nbgrader_course import ASSIGNMENT, Course
from tests.submissions import answered

pytestmark = pytest.mark.nbgrader

FILE = f"{ASSIGNMENT}.ipynb"


def test_by_the_exchange(own_course: Course, tmp_path: Path) -> None:
    """Released, fetched, submitted and collected: what arrives is what was handed in."""
    exchange, home = tmp_path / "exchange", tmp_path / "home"
    exchange.mkdir()
    exchange.chmod(0o777)
    home.mkdir()
    options = (f"--Exchange.root={exchange}", f"--Exchange.cache={tmp_path / 'cache'}")
    student = Course(home)  # a learner's folder has no configuration of ours
    own_course.run("release_assignment", ASSIGNMENT, *options)
    student.run("fetch_assignment", ASSIGNMENT, "--course=measured-virtualization", *options)
    fetched = home / ASSIGNMENT / FILE
    work = answered(nbformat.read(fetched, as_version=4), "ada")
    nbformat.write(work, fetched)
    student.run("submit", ASSIGNMENT, "--course=measured-virtualization", *options)
    own_course.run("collect", ASSIGNMENT, *options)
    collected = own_course.notebook("submitted", getpass.getuser())
    assert collected.cells == work.cells


@pytest.mark.parametrize("inside", [FILE, f"{ASSIGNMENT}/{FILE}"])
def test_by_archives(own_course: Course, inside: str) -> None:
    """One archive for each student, named after her, with or without a folder in it."""
    archive = own_course.root / "downloaded" / ASSIGNMENT / "archive"
    archive.mkdir(parents=True)
    released = own_course.notebook("release")
    for student in ("ada.lovelace@example.org", "grace"):
        with zipfile.ZipFile(archive / f"{student}.zip", "w") as bundle:
            bundle.writestr(inside, nbformat.writes(answered(released, student)))
    own_course.run("zip_collect", ASSIGNMENT)
    for student in ("ada.lovelace@example.org", "grace"):
        assert own_course.notebook("submitted", student).cells == answered(released, student).cells


def test_by_what_course_submit_has_packed(own_course: Course, tmp_path: Path) -> None:
    """What a learner packs is collected under her name, marked, and earns its points."""
    lesson = tmp_path / "work" / ASSIGNMENT
    lesson.mkdir(parents=True)
    nbformat.write(answered(own_course.notebook("release"), "ada"), lesson / FILE)
    (lesson / "sketch.txt").write_text("a learner's own file")
    measured = {"startup.json": b'{"rows": []}', "disk.raw": b"\0\1", "disk.qcow2": b"QFI"}
    for name, content in measured.items():
        (lesson / name).write_bytes(content)
    archive = own_course.root / "downloaded" / ASSIGNMENT / "archive"
    packed = submit("01", folder=tmp_path / "work", into=archive)
    assert packed.file == archive / "ada.zip"
    own_course.run("zip_collect", ASSIGNMENT)
    own_course.run("autograde", ASSIGNMENT)
    scores = own_course.scores("ada")
    assert scores["identity-check"] == 1
    assert scores["hosts_needed-check"] == 6
    assert scores["quiz-check"] == 3
    # What lessons measure and make comes along, and is beside the notebook when that is marked.
    for step in ("submitted", "autograded"):
        found = own_course.root / step / "ada" / ASSIGNMENT
        assert {name: (found / name).read_bytes() for name in measured} == measured
    assert not list(own_course.root.rglob("measurements.jsonl"))


def test_the_course_has_a_secret_or_says_so(own_course: Course) -> None:
    """Grading with the public default is possible and warned of; with a secret it is quiet."""
    released = own_course.notebook("release")
    own_course.submit("ada", answered(released, "ada"))
    assert "fit for trying out only" in own_course.run("autograde", ASSIGNMENT)
    (own_course.root / ".autograders-secret").write_text("0123456789abcdef0123")
    assert "trying out" not in own_course.run("autograde", ASSIGNMENT, "--force")
    assert own_course.scores("ada")["hosts_needed-check"] == 6
