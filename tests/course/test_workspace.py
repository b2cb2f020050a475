"""A learner's copy is whole or absent, and never overwritten."""

import shutil
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
