"""A learner's copy is whole or absent, and never overwritten."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course import workspace
from course.workspace import Copy

from .conftest import ANSWER


def files(folder):
    """Return all files in a folder with their contents."""
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def generate(monkeypatch):
    """Replace nbgrader's command, which needs seconds, by a plain copy of the source."""

    def copy(checkout, name, release):
        shutil.copytree(checkout / "source" / name, release / name)

    monkeypatch.setattr(workspace, "_generate", copy)


def test_the_checkout_is_found_upwards(checkout, tmp_path):
    """The checkout is the nearest folder upwards that has both a configuration and a source."""
    inside = checkout / "source" / "01-a"
    inside.mkdir()
    assert workspace.find_checkout(inside) == checkout.resolve()
    assert workspace.find_checkout(tmp_path) is None
    (checkout / "nbgrader_config.py").unlink()
    assert workspace.find_checkout(inside) is None


def test_an_assignment_is_a_folder_with_a_notebook(checkout, write_assignment):
    """Assignments come in order; a file, a hidden folder and a folder without notebook are none."""
    write_assignment("02-b")
    write_assignment("01-a")
    write_assignment(".hidden")
    (checkout / "source" / "03-notes").mkdir()
    (checkout / "source" / "header.ipynb").touch()
    assert workspace.assignments(checkout) == ["01-a", "02-b"]


def test_notebooks_are_looked_for_in_work_first(tmp_path):
    """A learner's notebooks are in `work/`, or else in the folder itself; checkpoints are none."""
    for place in ("01-a/one.ipynb", "top.ipynb", ".ipynb_checkpoints/top.ipynb"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
    assert workspace.notebooks(tmp_path) == [Path("01-a/one.ipynb"), Path("top.ipynb")]
    (tmp_path / "work/02-b").mkdir(parents=True)
    (tmp_path / "work/02-b/two.ipynb").touch()
    assert workspace.notebooks(tmp_path) == [Path("work/02-b/two.ipynb")]


def test_the_digest_shows_every_change(tmp_path):
    """A content, a name and a new file change the digest; what is not released does not."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/lesson.ipynb").write_text("one")
    seen = {workspace.digest(tmp_path)}
    (tmp_path / "a/lesson.ipynb").write_text("two")
    seen.add(workspace.digest(tmp_path))
    (tmp_path / "a/lesson.ipynb").rename(tmp_path / "a/renamed.ipynb")
    seen.add(workspace.digest(tmp_path))
    (tmp_path / "figure.svg").touch()
    seen.add(workspace.digest(tmp_path))
    assert len(seen) == 4
    (tmp_path / "a/.ipynb_checkpoints").mkdir()
    (tmp_path / "a/.ipynb_checkpoints/lesson.ipynb").write_text("old")
    assert workspace.digest(tmp_path) in seen


@pytest.mark.nbgrader
def test_the_copy_is_nbgraders_and_holds_no_answer(checkout, write_assignment):
    """The copy has the lesson without its answers, and making it leaves the gradebook alone."""
    write_assignment("01-a")
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "made")]
    copy = checkout / "work/01-a/lesson.ipynb"
    assert ANSWER not in copy.read_text()
    assert [cell.id for cell in nbformat.read(copy, as_version=4).cells] == [
        "title",
        "answer",
        "test",
    ]
    assert not (checkout / "gradebook.db").exists()
    assert not (checkout / "release").exists()


@pytest.mark.nbgrader
def test_what_cannot_be_made_is_explained_and_the_rest_is_made(checkout, write_assignment):
    """An assignment that nbgrader refuses leaves nothing, gives its reason, and stops no other."""
    write_assignment("01-good")
    write_assignment("02-bad", valid=False)
    copies = {copy.assignment: copy for copy in workspace.prepare(checkout)}
    assert copies["01-good"].state == "made"
    assert copies["02-bad"].state == "failed"
    assert "02-bad" in copies["02-bad"].reason
    assert sorted(p.name for p in (checkout / "work").iterdir()) == [".made-from", "01-good"]


def test_a_copy_is_never_overwritten(checkout, write_assignment, generate):
    """Whatever the learner did and however the source changed: what is in `work/` stays."""
    source = write_assignment("01-a")
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "made")]
    (checkout / "work/01-a/lesson.ipynb").write_text("my answer")
    (checkout / "work/01-a/notes.txt").write_text("my notes")
    before = files(checkout / "work")
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "kept")]
    source.write_text(source.read_text() + " ")
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "outdated")]
    assert files(checkout / "work") == before


def test_renaming_brings_the_new_version(checkout, write_assignment, generate):
    """After the old copy was renamed, the new version is made beside it."""
    source = write_assignment("01-a")
    list(workspace.prepare(checkout))
    (checkout / "work/01-a").rename(checkout / "work/01-a-old")
    source.write_text(source.read_text() + " ")
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "made")]
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "kept")]
    assert (checkout / "work/01-a-old/lesson.ipynb").exists()


def test_a_copy_of_unknown_origin_is_kept(checkout, write_assignment, generate):
    """A folder that someone else put into `work/` stays, and nothing is claimed about its age."""
    write_assignment("01-a")
    (checkout / "work/01-a").mkdir(parents=True)
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "kept")]
    assert files(checkout / "work") == {}


def test_a_copy_made_meanwhile_is_kept(checkout, write_assignment, monkeypatch):
    """When two make the same copy, the later one gives way."""

    def made_by_both(checkout, name, release):
        (release / name).mkdir()
        (checkout / "work" / name).mkdir()
        (checkout / "work" / name / "first.txt").touch()

    monkeypatch.setattr(workspace, "_generate", made_by_both)
    write_assignment("01-a")
    assert list(workspace.prepare(checkout)) == [Copy("01-a", "kept")]
    assert [p.name for p in (checkout / "work/01-a").iterdir()] == ["first.txt"]


def test_an_interruption_leaves_no_half_copy(checkout, write_assignment, monkeypatch):
    """Whatever stops the making, `work/` holds no part of the copy."""

    def interrupted(checkout, name, release):
        (release / name).mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(workspace, "_generate", interrupted)
    write_assignment("01-a")
    with pytest.raises(KeyboardInterrupt):
        list(workspace.prepare(checkout))
    assert [p.name for p in (checkout / "work").iterdir()] == [".made-from"]


@pytest.fixture
def lessons(tmp_path):
    """Return the released lessons as an image holds them: read-only."""
    folder = tmp_path / "lessons"
    for name in ("01-a", "02-b"):
        (folder / name / "data").mkdir(parents=True)
        (folder / name / f"{name}.ipynb").write_text(f'{{"cells": [], "name": "{name}"}}')
        (folder / name / "data" / "table.csv").write_text("1,2\n")
        (folder / name / "__pycache__").mkdir()
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o755)


def lesson_files(folder):
    """Return the files of a workspace that are the learner's."""
    found = files(folder)
    return {
        path: content for path, content in found.items() if workspace.MADE_FROM not in path.parts
    }


def test_lessons_are_shipped_beside_the_python(tmp_path, monkeypatch):
    """An installation holds lessons or does not; a checkout's environment does not."""
    assert workspace.shipped() is None
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert workspace.shipped() is None
    (tmp_path / "share/measured-virtualization/lessons").mkdir(parents=True)
    assert workspace.shipped() == tmp_path / "share/measured-virtualization/lessons"


def test_an_empty_workspace_is_filled(tmp_path, lessons):
    """A home that starts empty gets every lesson, to be written in, and the page listing them."""
    work = tmp_path / "home" / "work"
    assert workspace.fill(work, lessons) == [Copy("01-a", "made"), Copy("02-b", "made")]
    expected, found = files(lessons), lesson_files(work)
    assert {path: found.pop(path) for path in expected} == expected
    assert list(found) == [Path("index.ipynb")]
    assert "02-b/02-b.ipynb" in (work / "index.ipynb").read_text()
    for path in work.rglob("*"):
        assert path.stat().st_mode & 0o200, f"{path} cannot be written"


def test_filling_again_changes_nothing(tmp_path, lessons):
    """What the learner did stays, be it changed, added or deleted within a lesson."""
    workspace.fill(tmp_path / "work", lessons)
    (tmp_path / "work/01-a/01-a.ipynb").write_text("my answer")
    (tmp_path / "work/01-a/mine.txt").write_text("my notes")
    shutil.rmtree(tmp_path / "work/02-b/data")
    before = files(tmp_path / "work")
    assert workspace.fill(tmp_path / "work", lessons) == [
        Copy("01-a", "kept"),
        Copy("02-b", "kept"),
    ]
    assert files(tmp_path / "work") == before


def test_a_new_version_of_a_lesson_does_not_replace_the_learners(tmp_path, lessons):
    """A newer image says that it has another version; the learner's copy stays as it is."""
    workspace.fill(tmp_path / "work", lessons)
    before = files(tmp_path / "work")
    (lessons / "02-b/02-b.ipynb").chmod(0o644)
    (lessons / "02-b/02-b.ipynb").write_text("{}")
    assert [copy.state for copy in workspace.fill(tmp_path / "work", lessons)] == [
        "kept",
        "outdated",
    ]
    assert files(tmp_path / "work") == before


def test_a_deleted_lesson_comes_back(tmp_path, lessons):
    """To begin a lesson anew, its folder is deleted or renamed."""
    workspace.fill(tmp_path / "work", lessons)
    shutil.rmtree(tmp_path / "work/01-a")
    assert [copy.state for copy in workspace.fill(tmp_path / "work", lessons)] == ["made", "kept"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits a file's size")
def test_a_full_disk_leaves_no_half_lesson(tmp_path, lessons):
    """What does not fit is not there at all and says why; what fits is."""
    (lessons / "02-b/02-b.ipynb").chmod(0o644)
    (lessons / "02-b/02-b.ipynb").write_text("x" * 100_000)
    code = (
        "import resource, sys; from pathlib import Path; from course import workspace\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "for copy in workspace.fill(Path(sys.argv[1]), Path(sys.argv[2])): print(copy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "work", lessons],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert "assignment='01-a', state='made'" in done.stdout
    assert "assignment='02-b', state='failed', reason='File too large'" in done.stdout
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == [
        ".made-from",
        "01-a",
        "index.ipynb",
    ]


def test_a_workspace_that_cannot_be_made_is_an_error(tmp_path, lessons):
    """Where the workspace's place is taken by a file, nothing is done but to say so."""
    (tmp_path / "work").write_text("mine")
    with pytest.raises(OSError, match="work"):
        workspace.fill(tmp_path / "work", lessons)
    assert (tmp_path / "work").read_text() == "mine"


def test_a_checkout_gets_the_page_too(checkout, generate):
    """In an instructor's checkout `work/` holds the page beside the lessons."""
    (checkout / "source/01-a").mkdir()
    (checkout / "source/01-a/01-a.ipynb").write_text("{}")
    list(workspace.prepare(checkout))
    assert "01-a/01-a.ipynb" in (checkout / "work/index.ipynb").read_text()
