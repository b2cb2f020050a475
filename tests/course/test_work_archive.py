"""An archive from a stranger's hand does no harm: it is refused before a file is written."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from course.work import WorkError, archive, restore, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODIFIED = "2026-11-20T15:03:00+00:00"


def entry(name: str, content: bytes = b"x", **changes: Any) -> dict[str, Any]:
    """Describe a file as a manifest does."""
    digest = hashlib.sha256(content).hexdigest()
    said = {"name": name, "size_bytes": len(content), "sha256": digest, "modified": MODIFIED}
    return said | changes


def manifest(*files: dict[str, Any], **changes: Any) -> str:
    """Return a manifest's text."""
    said = {"format": 1, "course": "1", "saved": MODIFIED, "files": list(files)}
    return json.dumps(said | changes)


def bundle(*members: tuple[str | zipfile.ZipInfo, bytes | str]) -> bytes:
    """Return a zip file's bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members:
            written.writestr(name, content)
    return stream.getvalue()


def of(name: str, content: bytes = b"x", **changes: Any) -> bytes:
    """Return an archive of one file, whose manifest is right but for the changes."""
    said = manifest(entry(name, content, **changes))
    return bundle((f"work/{name}", content), ("my-work.json", said))


def special(kind: int) -> bytes:
    """Return an archive whose file is of another kind, such as a symbolic link."""
    info = zipfile.ZipInfo("work/link")
    info.external_attr = (kind | 0o777) << 16
    target = b"/etc/passwd"
    return bundle((info, target), ("my-work.json", manifest(entry("link", target))))


def twice() -> bytes:
    """Return an archive that holds a name twice: one for the check, one for the disk."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        return bundle(
            ("work/a", b"x"), ("work/a", b"y"), ("my-work.json", manifest(entry("a", b"y")))
        )


def flipped() -> bytes:
    """Return an archive in which a byte of a file has changed on its way."""
    content = b"quite some bytes " * 100
    good = bytearray(of("a", content))
    good[60] ^= 0xFF
    return bytes(good)


def locked() -> bytes:
    """Return an archive that says that its file is encrypted."""
    good = bytearray(of("a"))
    good[good.index(b"PK\x01\x02") + 8] |= 1
    return bytes(good)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "no zip archive"),
    "empty": (lambda: b"", "no zip archive"),
    "cut off": (lambda: of("a", b"x" * 5000)[:-30], "no zip archive"),
    "another zip": (lambda: bundle(("a", b"x")), "no my-work.json"),
    "no JSON": (lambda: bundle(("my-work.json", "{")), "cannot be read"),
    "deep JSON": (lambda: bundle(("my-work.json", "[" * 100_000)), "cannot be read"),
    "no object": (lambda: bundle(("my-work.json", "[]")), "cannot be read"),
    "no list": (lambda: bundle(("my-work.json", manifest(files=3))), "cannot be read"),
    "format of text": (lambda: bundle(("my-work.json", manifest(format="1"))), "cannot be read"),
    "newer format": (lambda: bundle(("my-work.json", manifest(format=2))), "Update the course"),
    "size of text": (lambda: of("a", size_bytes="1"), "cannot be read"),
    "negative size": (lambda: of("a", size_bytes=-1), "cannot be read"),
    "no time": (lambda: of("a", modified="now"), "cannot be read"),
    "above": (lambda: of("../a"), "leads outside"),
    "above inside": (lambda: of("b/../../a"), "leads outside"),
    "absolute": (lambda: of("/etc/cron.d/a"), "leads outside"),
    "backslashes": (lambda: of("..\\a"), "leads outside"),
    "hidden": (lambda: of(".bashrc"), "not a file of yours"),
    "hidden folder": (lambda: of(".ipython/startup.py"), "not a file of yours"),
    "no name": (lambda: of(""), "not a file of yours"),
    "control character": (lambda: of("a\nb"), "not a file of yours"),
    "link": (lambda: special(stat.S_IFLNK), "a link or a device"),
    "device": (lambda: special(stat.S_IFCHR), "a link or a device"),
    "twice": (twice, "twice"),
    "twice in the list": (
        lambda: bundle(("work/a", b"x"), ("my-work.json", manifest(entry("a"), entry("a")))),
        "twice",
    ),
    "not in the list": (
        lambda: bundle(("work/a", b"x"), ("b", b"x"), ("my-work.json", manifest(entry("a")))),
        "not both in it and in its list",
    ),
    "not in it": (lambda: bundle(("my-work.json", manifest(entry("a")))), "not both"),
    "encrypted": (locked, "password"),
    "another size": (lambda: of("a", size_bytes=2), "size in its list"),
    "another digest": (lambda: of("a", sha256="0" * 64), "its digest differs"),
    "damaged": (flipped, "is damaged"),
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a workspace with a file in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files in a folder with their contents."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_in_order_is_refused(work: Path, tmp_path: Path, name: str) -> None:
    """The message says what is wrong, and nothing was written, in the workspace or outside."""
    make, why = HOSTILE[name]
    file = tmp_path / "given.zip"
    file.write_bytes(make())
    before = everything(tmp_path)
    with pytest.raises(WorkError, match=why):
        restore(file, folder=work)
    assert everything(tmp_path) == before
    assert [path.name for path in work.iterdir()] == ["notes.txt"]


def test_a_good_one_of_the_same_making_is_accepted(work: Path, tmp_path: Path) -> None:
    """What the tests above change is what makes the difference."""
    (tmp_path / "given.zip").write_bytes(of("folder/a"))
    restore(tmp_path / "given.zip", folder=work)
    assert (work / "folder/a").read_bytes() == b"x"


@pytest.mark.parametrize(("limit", "value"), [("MOST_BYTES", 5000), ("MOST_FILES", 1)])
def test_a_bomb_is_refused(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    """A small archive may not fill the disk, be it with one large file or with many."""
    files = [(f"{number}", b"0" * 4000) for number in range(2)]
    said = manifest(*(entry(name, content) for name, content in files))
    data = bundle(*((f"work/{n}", content) for n, content in files), ("my-work.json", said))
    (tmp_path / "given.zip").write_bytes(data)
    assert len(data) < 2000
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(WorkError, match="at most"):
        restore(tmp_path / "given.zip", folder=work)
    assert [path.name for path in work.iterdir()] == ["notes.txt"]


def test_a_bomb_that_lies_about_its_size_is_refused(work: Path, tmp_path: Path) -> None:
    """No more is unpacked than the archive's directory says; the rest makes it damaged."""
    content = b"0" * 10_000_000
    data = bytearray(of("a", content, size_bytes=1))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = (1).to_bytes(4, "little")
    (tmp_path / "given.zip").write_bytes(data)
    with pytest.raises(WorkError, match="damaged"):
        restore(tmp_path / "given.zip", folder=work)
    assert [path.name for path in work.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("obstacle", ["folder", "file", "link"])
def test_an_obstacle_is_named_and_left(work: Path, tmp_path: Path, obstacle: str) -> None:
    """A folder in a file's place, a file in a folder's, a link that leads out: all stay."""
    outside = tmp_path / "outside"
    outside.mkdir()
    if obstacle == "folder":
        (work / "a/b").mkdir(parents=True)
    elif obstacle == "file":
        (work / "a").write_text("mine")
    else:
        (work / "a").symlink_to(outside)
    (tmp_path / "given.zip").write_bytes(of("a/b"))
    before = everything(tmp_path)
    with pytest.raises(WorkError, match="rename"):
        restore(tmp_path / "given.zip", folder=work)
    assert everything(tmp_path) == before
    assert list(outside.iterdir()) == []


def test_a_link_in_a_file_s_place_is_kept_and_not_written_through(
    work: Path, tmp_path: Path
) -> None:
    """What the link leads to stays; the link takes another name."""
    (tmp_path / "outside").write_text("theirs")
    (work / "a").symlink_to(tmp_path / "outside")
    (tmp_path / "given.zip").write_bytes(of("a"))
    (change,) = restore(tmp_path / "given.zip", folder=work).changes
    assert (tmp_path / "outside").read_text() == "theirs"
    assert (work / "a").read_text() == "x"
    assert (work / change.beside).is_symlink()


def test_a_zip_program_may_add_folders(work: Path, tmp_path: Path) -> None:
    """Packed anew by another program, with entries for its folders, it is still ours."""
    said = manifest(entry("folder/a"))
    data = bundle(("work/", b""), ("work/folder/", b""), ("work/folder/a", b"x"))
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as written:
        written.writestr("my-work.json", said)
    (tmp_path / "given.zip").write_bytes(stream.getvalue())
    restore(tmp_path / "given.zip", folder=work)
    assert (work / "folder/a").read_bytes() == b"x"


def test_any_zip_program_opens_what_is_saved(work: Path, tmp_path: Path) -> None:
    """The archive is whole by Python's own check, and its files have their names and times."""
    file = save(tmp_path / "mine.zip", folder=work).file
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["work/notes.txt", "my-work.json"]
        assert stat.S_ISREG(opened.getinfo("work/notes.txt").external_attr >> 16)
