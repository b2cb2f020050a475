"""Work that is saved comes back byte by byte, and nothing that is there is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course import index, workspace
from course.cli import main
from course.measurements import FILE
from course.work import WorkError, restore, save, saving, tree

NOTEBOOK = "01-a/01-a.ipynb"


def notebook(answer: str = "x = None", *, run: bool = False) -> str:
    """Return a small notebook's text."""
    cell = new_code_cell(answer, id="answer")
    if run:
        cell.execution_count = 1
        cell.outputs = [new_output("stream", text="1\n")]
    cells = [new_markdown_cell("# A lesson", id="title"), cell]
    return str(nbformat.writes(new_notebook(cells=cells)))


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace that is the current folder: a lesson, as it was given, and its mark."""
    folder = tmp_path / "work"
    for place in (folder, folder / workspace.UNTOUCHED):
        (place / "01-a").mkdir(parents=True)
        (place / NOTEBOOK).write_text(notebook())
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.chdir(folder)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Return the visible files of a folder with their contents."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".made-from" not in path.parts
    }


def states(restored: object) -> dict[str, str]:
    """Return what became of each file."""
    return {change.name: change.state for change in restored.changes}  # type: ignore[attr-defined]


def test_a_round_trip_gives_the_same_bytes(work: Path, tmp_path: Path) -> None:
    """Every file comes back in a new folder as it was: names in any script, empty ones, times."""
    names = (
        "Übung ✓/日本 語.txt",
        "empty",
        "a/b/c/d.bin",
        "spaces and 'quotes'.csv",
        "e\u0301.txt",
    )
    for number, name in enumerate(names):
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1000 * number))
    os.utime(work / "empty", (1_000_000_000.25, 1_000_000_000.25))
    before = files(work)
    saved = save(tmp_path / "mine.zip")
    assert {entry.name for entry in saved.files} == set(before)
    restored = restore(saved.file, folder=tmp_path / "new")
    assert files(tmp_path / "new") == before
    assert set(states(restored).values()) == {"brought back"}
    assert (tmp_path / "new/empty").stat().st_mtime == 1_000_000_000.25
    assert set(states(restore(saved.file, folder=tmp_path / "new")).values()) == {"same"}


def test_what_is_no_work_is_left_out(work: Path, tmp_path: Path) -> None:
    """Hidden files, caches and earlier archives stay out; the list says what every file is."""
    for name in (".hidden", ".ipynb_checkpoints/x", "01-a/__pycache__/a.pyc", "my-work-1.zip"):
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text("x")
    saved = save()
    assert re.fullmatch(r"my-work-\d{8}-\d{4}\.zip", saved.file.name)
    with zipfile.ZipFile(saved.file) as bundle:
        assert bundle.namelist() == [f"work/{NOTEBOOK}", "my-work.json"]
        said = json.loads(bundle.read("my-work.json"))
    assert said["format"] == 1
    assert [entry["name"] for entry in said["files"]] == [NOTEBOOK]
    assert [entry.name for entry in save(work / "copy.zip").files] == [NOTEBOOK]


def test_links_that_lead_outside_are_named_and_not_followed(work: Path, tmp_path: Path) -> None:
    """Neither a file nor a folder outside is read; a link inside becomes the file."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("key")
    (work / "file").symlink_to(secret / "key")
    (work / "folder").symlink_to(secret)
    (work / "nowhere").symlink_to(work / "missing")
    (work / "inside").symlink_to(work / NOTEBOOK)
    os.mkfifo(work / "pipe")
    saved = save(tmp_path / "mine.zip")
    assert [entry.name for entry in saved.files] == [NOTEBOOK, "inside"]
    assert {out.name for out in saved.left_out} == {"file", "folder", "nowhere", "pipe"}
    assert "left out: file (a link that leads outside)" in str(saved)


def test_a_large_file_is_saved_and_named(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the archive, and what is printed says its name and size."""
    monkeypatch.setattr(saving, "LARGE_BYTES", 1000)
    (work / "data.bin").write_bytes(bytes(12_000))
    assert "large: data.bin, 12 kB" in str(save(tmp_path / "mine.zip"))
    monkeypatch.setattr(saving, "MOST_FILES", 1)
    with pytest.raises(WorkError, match="at most 1 files"):
        save(tmp_path / "more.zip")
    monkeypatch.setattr(saving, "MOST_FILES", 2)
    monkeypatch.setattr(saving, "MOST_BYTES", 10_000)
    with pytest.raises(WorkError, match=r"data\.bin \(12 kB\)"):
        save(tmp_path / "more.zip")
    assert not (tmp_path / "more.zip").exists()


def test_an_interruption_leaves_no_half_archive(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stops the saving, an earlier archive stays as it is and no part of one is left."""
    target = save(tmp_path / "out/mine.zip").file
    before = target.read_bytes()

    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(saving, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(target)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.zip"]
    assert target.read_bytes() == before


@pytest.mark.parametrize("called", ["01-a.ipynb", "01-a (1).ipynb", "01-a(12).ipynb"])
def test_a_notebook_by_itself_comes_back(work: Path, tmp_path: Path, called: str) -> None:
    """A lesson's notebook that a browser has saved goes to its lesson; nothing there is lost."""
    mine = tmp_path / called
    mine.write_text(notebook("x = 1"))
    restored = restore(mine)
    assert states(restored) == {NOTEBOOK: "replaced"}
    assert (work / NOTEBOOK).read_text() == notebook("x = 1")
    (work / NOTEBOOK).write_text(notebook("x = 2"))
    loaded_up = tmp_path / "my-work-upload-7.zip"
    mine.rename(loaded_up)
    (change,) = restore(loaded_up, called=called).changes
    assert (change.state, (work / NOTEBOOK).read_text()) == ("kept beside", notebook("x = 1"))
    assert (work / "01-a" / change.beside).read_text() == notebook("x = 2")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("05-unknown.ipynb", notebook(), "one of these lessons: 01-a; found 05-unknown.ipynb"),
        ("01-a.ipynb", "{", "cannot be read as a notebook"),
        ("index.ipynb", notebook(), "one of these lessons"),
    ],
)
def test_another_notebook_is_refused(
    work: Path, tmp_path: Path, name: str, text: str, said: str
) -> None:
    """What is no lesson's notebook is not brought back, and changes nothing."""
    (tmp_path / name).write_text(text)
    before = files(work)
    with pytest.raises(WorkError, match=said):
        restore(tmp_path / name)
    assert files(work) == before


def test_changed_work_is_kept_beside(work: Path, tmp_path: Path) -> None:
    """A file that differs takes another name that says when; what was saved takes its place."""
    (work / NOTEBOOK).write_text(notebook("x = 1"))
    (work / "notes.txt").write_text("old")
    longest = "ü" * 127  # bytes that leave no room for a remark
    (work / longest).write_text("old")
    saved = save(tmp_path / "mine.zip")
    (work / NOTEBOOK).write_text(notebook("x = 2"))
    (work / "notes.txt").write_text("new")
    (work / longest).write_text("new")
    restored = restore(saved.file)
    assert set(states(restored).values()) == {"kept beside"}
    assert sorted(path.read_text() for path in work.glob("ü*")) == ["new", "old"]
    assert (work / NOTEBOOK).read_text() == notebook("x = 1")
    beside = {change.name: change.beside for change in restored.changes}
    assert re.fullmatch(r"01-a \(before \d{4}-\d\d-\d\d \d\d\.\d\d\)\.ipynb", beside[NOTEBOOK])
    assert (work / "01-a" / beside[NOTEBOOK]).read_text() == notebook("x = 2")
    assert (work / beside["notes.txt"]).read_text() == "new"
    # Within the same minute again: a further name.
    (work / "notes.txt").write_text("newer")
    again = restore(saved.file)
    contents = sorted(path.read_text() for path in work.glob("notes*"))
    assert contents == ["new", "newer", "old"]
    assert states(again)[NOTEBOOK] == "same"


def test_an_untouched_original_makes_room(work: Path, tmp_path: Path) -> None:
    """What the course gave and nobody changed is not kept, however JupyterLab has written it."""
    (work / NOTEBOOK).write_text(notebook("x = 1"))
    saved = save(tmp_path / "mine.zip")
    rewritten = json.dumps(json.loads(notebook()))
    for untouched in (notebook(), rewritten):
        (work / NOTEBOOK).write_text(untouched)
        assert states(restore(saved.file)) == {NOTEBOOK: "replaced"}
        assert (work / NOTEBOOK).read_text() == notebook("x = 1")
    # Outputs are a learner's; and where the original is not known, nothing is taken for one.
    (work / NOTEBOOK).write_text(notebook(run=True))
    assert states(restore(saved.file)) == {NOTEBOOK: "kept beside"}
    shutil.rmtree(work / workspace.UNTOUCHED)
    (work / NOTEBOOK).write_text(notebook())
    assert states(restore(saved.file)) == {NOTEBOOK: "kept beside"}


def test_shipped_lessons_are_originals(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the image, what is installed beside Python tells what is untouched."""
    (work / NOTEBOOK).write_text(notebook("x = 1"))
    saved = save(tmp_path / "mine.zip")
    shutil.move(work / workspace.UNTOUCHED, tmp_path / "shipped")
    monkeypatch.setattr(workspace, "shipped", lambda: tmp_path / "shipped")
    (work / NOTEBOOK).write_text(notebook())
    assert states(restore(saved.file)) == {NOTEBOOK: "replaced"}


def test_measurements_are_merged(work: Path, tmp_path: Path) -> None:
    """Lines of both, none twice, in order of time."""
    lines = [f'{{"time": "2026-01-0{day}T00:00:00Z", "day": {day}}}\n' for day in range(1, 5)]
    (work / FILE).write_text(lines[0] + lines[2])
    saved = save(tmp_path / "mine.zip")
    (work / FILE).write_text(lines[1] + lines[2] + "broken\n" + lines[3])
    assert states(restore(saved.file))[FILE] == "merged"
    assert (work / FILE).read_text() == "".join(lines[:3]) + "broken\n" + lines[3]
    assert states(restore(saved.file))[FILE] == "same"


def test_the_first_page_is_the_running_course_s(work: Path, tmp_path: Path) -> None:
    """It holds buttons and no work: outputs do not count, and another text is put beside."""
    index.write(work)
    page = json.loads((work / index.NAME).read_text())
    page["cells"][-1]["source"] += "\nMy notes."
    (work / index.NAME).write_text(json.dumps(page))
    saved = save(tmp_path / "mine.zip")
    page["metadata"]["seen"] = True
    (work / index.NAME).write_text(json.dumps(page))
    assert states(restore(saved.file))[index.NAME] == "same"
    (work / index.NAME).unlink()
    index.write(work)
    older = save(tmp_path / "older.zip")
    (work / index.NAME).write_text(json.dumps(page))
    assert states(restore(older.file))[index.NAME] == "same"
    (work / index.NAME).unlink()
    index.write(work)
    fresh = (work / index.NAME).read_bytes()
    restored = restore(saved.file)
    assert states(restored)[index.NAME] == "put beside"
    assert (work / index.NAME).read_bytes() == fresh
    assert len(list(work.glob("index (brought back *).ipynb"))) == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_stops_unpacking_changes_nothing(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    """Ctrl-C and a full disk leave the workspace as it was, with no half file."""
    from course.work import archive

    (work / "notes.txt").write_text("old")
    saved = save(tmp_path / "mine.zip")
    (work / "notes.txt").write_text("new")
    before = files(work)
    copy, calls = archive._copy, []

    def second_fails(*streams: object) -> object:
        calls.append(streams)
        if len(calls) == 2:
            raise stop
        return copy(*streams)

    monkeypatch.setattr(archive, "_copy", second_fails)
    with pytest.raises(KeyboardInterrupt if stop is KeyboardInterrupt else WorkError):
        restore(saved.file)
    assert files(work) == before


def test_the_workspace_is_found_and_named(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder in it, by the variable, and in a checkout only in its `work/`."""
    monkeypatch.chdir(work / "01-a")
    assert tree.workspace() == work
    checkout = tmp_path / "checkout"
    for path in (checkout / "source/01-a/01-a.ipynb", checkout / "nbgrader_config.py"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(checkout / "source/01-a")
    with pytest.raises(WorkError, match="no such folder"):
        tree.workspace()
    (checkout / "work").mkdir()
    assert tree.workspace() == checkout / "work"
    monkeypatch.setenv("COURSE_WORK", str(work))
    assert tree.workspace() == work
    monkeypatch.delenv("COURSE_WORK")
    monkeypatch.chdir(tmp_path / "checkout/..")
    with pytest.raises(WorkError, match="COURSE_WORK"):
        tree.workspace()
    monkeypatch.setattr(tree, "shipped", lambda: tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tree.workspace() == work


def test_the_commands_save_and_restore(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They print what was done file by file, and an error in one sentence with status 1."""
    archive = tmp_path / "mine.zip"
    assert main(["save", str(archive)]) == 0
    assert "1 file saved in mine.zip" in capsys.readouterr().out
    (work / NOTEBOOK).unlink()
    assert main(["restore", str(archive)]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"{NOTEBOOK} +brought back\n", said)
    assert main(["restore", str(archive), "--into", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / NOTEBOOK).read_text() == notebook()
    capsys.readouterr()
    assert main(["restore", str(work / "missing.zip")]) == 1
    assert "course: expected a saved archive" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(
    work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Saving into a file's place says where and why."""
    (tmp_path / "file").touch()
    assert main(["save", str(tmp_path / "file/mine.zip")]) == 1
    assert "could not be written" in capsys.readouterr().err
