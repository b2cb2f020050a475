"""Bring saved work back into a workspace, and lose nothing that is there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from course import index, measurements
from course.work.archive import MANIFEST, Entry, Manifest, Opened, add, opened
from course.work.errors import WorkError
from course.work.notebook import cells, is_run, said
from course.work.tree import size, workspace
from course.workspace import originals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Change", "Restored", "restore"]

_LONGEST_NAME_BYTES = 255  # on nearly every file system

State = Literal["brought back", "same", "replaced", "kept beside", "put beside", "merged"]

_WORDS: dict[State, str] = {
    "brought back": "brought back",
    "same": "already there",
    "replaced": "brought back; there was only the untouched original",
    "kept beside": "brought back; what was there is kept as {}",
    "put beside": "put beside what is there, as {}",
    "merged": "merged, line by line",
}


@dataclass(frozen=True)
class Change:
    """What became of one file of an archive.

    Attributes:
        name: the file, with slashes, from the workspace on.
        state: what was done.
        beside: the name of what now lies beside it, if anything.
    """

    name: str
    state: State
    beside: str = ""

    @property
    def is_written(self) -> bool:
        """Whether the file itself is another one now."""
        return self.state in ("brought back", "replaced", "kept beside", "merged")

    @property
    def words(self) -> str:
        """What was done, in words."""
        return _WORDS[self.state].format(self.beside)


@dataclass(frozen=True)
class Restored:
    """What became of an archive's files.

    Attributes:
        folder: the workspace.
        manifest: what the archive said of itself.
        changes: what was done, file by file.
    """

    folder: Path
    manifest: Manifest
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        counts = Counter(change.state for change in self.changes)
        back = sum(counts[state] for state in ("brought back", "replaced", "kept beside"))
        lines = [f"{back} of {len(self.changes)} files brought back, saved {_when(self.manifest)}."]
        if counts["same"]:
            lines.append(f"{counts['same']} already there.")
        if counts["kept beside"]:
            lines.append(f"{counts['kept beside']} replaced; what was there is kept beside.")
        if counts["merged"]:
            lines.append("Your measurements are merged.")
        return " ".join(lines)


def restore(file: Path, *, folder: Path | None = None, called: str | None = None) -> Restored:
    """Bring the files of an archive back into a workspace, or one lesson's notebook.

    Everything is checked and unpacked before a file of the learner's is touched. A file that
    differs from the archive's is kept under another name, unless it is an untouched original;
    measurements are merged.

    Args:
        file: the archive, as `save` has written it; or a notebook, as it was downloaded by itself.
        folder: the workspace, which is made if need be; by default that of the current folder.
        called: the file's name, by which a notebook's lesson is known, if it is not its own.

    Raises:
        WorkError: the archive is not in order, or cannot be unpacked; nothing was changed then.
    """
    work = folder.expanduser().resolve() if folder else workspace()
    with _archive(file.expanduser(), called or file.name, work) as archive:
        entries = archive.manifest.files
        _make(work)
        _refuse_obstacles(work, entries)
        try:
            with tempfile.TemporaryDirectory(prefix=".bringing-back-", dir=work) as staging:
                staged = _unpack(archive, entries, Path(staging), work)
                moment = f"{datetime.now():%Y-%m-%d %H.%M}"
                changes = tuple(
                    _put(work, entry.name, path, moment) for entry, path in staged.items()
                )
        except OSError as error:
            raise WorkError(
                f"{error.filename or work} could not be written: {error.strerror or error}. "
                "What was there is still there; make room, and bring your work back again."
            ) from error
        return Restored(work, archive.manifest, changes)


@contextlib.contextmanager
def _archive(file: Path, called: str, work: Path) -> Iterator[Opened]:
    """Open an archive; a notebook becomes one that holds nothing else."""
    if not called.endswith(".ipynb") or not file.is_file():
        with opened(file) as archive:
            yield archive
        return
    cells(file)  # which says what is wrong with it
    # A browser that has a file of the same name already calls the next one "lesson (1).ipynb".
    lesson = re.sub(r" ?\(\d+\)$", "", Path(called).stem)
    known = index.names(work)
    if lesson not in known:
        raise WorkError(
            f"expected a my-work file, or the notebook of one of these lessons: "
            f"{', '.join(known) or 'none is here'}; found {called}. Nothing was changed. "
            "Rename it like its lesson, and bring it back again."
        )
    with tempfile.NamedTemporaryFile(suffix=".zip") as packed:
        with zipfile.ZipFile(packed, "w") as bundle:
            entries = [add(bundle, f"{lesson}/{lesson}.ipynb", file)]
            bundle.writestr(MANIFEST, Manifest.of(entries).as_json())
        with opened(Path(packed.name)) as archive:
            yield archive


def _make(work: Path) -> None:
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(f"{work} cannot be made a folder: {error.strerror}.") from error


def _refuse_obstacles(work: Path, entries: Sequence[Entry]) -> None:
    for entry in entries:
        target = work / entry.name
        # A link in the workspace must not lead what comes back to somewhere else.
        if not target.parent.resolve().is_relative_to(work):
            raise WorkError(
                f"{target.parent} is a link that leads out of {work}, so {entry.name} cannot be "
                "brought back there. Nothing was changed; rename the link, and try again."
            )
        taken = target if target.is_dir() else _file_above(work, target)
        if taken is not None:
            raise WorkError(
                f"{taken.relative_to(work)} stands where {entry.name} is to be brought back. "
                "Nothing was changed; rename it, and try again."
            )
    total, free = sum(entry.size_bytes for entry in entries), shutil.disk_usage(work).free
    if total > free:
        raise WorkError(
            f"expected room for {size(total)} in {work}, found {size(free)}. Nothing was changed."
        )


def _file_above(work: Path, target: Path) -> Path | None:
    above = (folder for folder in target.parents if folder.is_relative_to(work))
    return next((path for path in above if path.exists() and not path.is_dir()), None)


def _unpack(
    archive: Opened, entries: Sequence[Entry], staging: Path, work: Path
) -> dict[Entry, Path]:
    staged = {}
    for number, entry in enumerate(entries):
        # Numbered, so that no name of the archive's can matter yet.
        staged[entry] = staging / str(number)
        archive.unpack(entry, staged[entry])
        _set_time(staged[entry], entry)
        if entry.name == measurements.FILE and (work / entry.name).is_file():
            _merge(work / entry.name, staged[entry])
    return staged


def _merge(there: Path, brought: Path) -> None:
    texts = [
        path.read_text(encoding="utf-8", errors="surrogateescape") for path in (there, brought)
    ]
    text = measurements.merged(*texts)
    brought.write_text(text, encoding="utf-8", errors="surrogateescape")


def _put(work: Path, name: str, brought: Path, moment: str) -> Change:
    """Put one file in its place; each step leaves every version of it whole somewhere."""
    target = work / name
    if not target.exists() and not target.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        brought.replace(target)
        return Change(name, "brought back")
    if _is_same(target, brought, name):
        return Change(name, "same")
    if name == measurements.FILE:
        brought.replace(target)
        return Change(name, "merged")
    if name == index.NAME:
        # This page belongs to the course that runs now, and is open while work is brought back.
        beside = _free(target, f"brought back {moment}")
        brought.replace(beside)
        return Change(name, "put beside", beside.name)
    if _is_untouched(work, name):
        brought.replace(target)
        return Change(name, "replaced")
    beside = _free(target, f"before {moment}")
    target.rename(beside)
    brought.replace(target)
    return Change(name, "kept beside", beside.name)


def _is_same(target: Path, brought: Path, name: str) -> bool:
    if _digest(target) == _digest(brought):
        return True
    if name != index.NAME:
        return False
    # The outputs of the first page are its buttons, and its text is ours unless it was changed.
    return index.is_unchanged(brought) or said(target) == said(brought) is not None


def _is_untouched(work: Path, name: str) -> bool:
    """Tell whether a file is as the course has given it; where that is not known, it is not."""
    target = work / name
    for original in originals(work, name):
        if _digest(original) == _digest(target):
            return True
        # JupyterLab writes a notebook in its own way, even where nothing was changed.
        alike = target.suffix == ".ipynb" and said(original) == said(target) is not None
        if alike and not is_run(target):
            return True
    return False


def _free(target: Path, remark: str) -> Path:
    """Return a name beside a file that nothing has yet."""
    stem, number, told = target.stem, 1, remark
    while True:
        path = target.with_name(f"{stem} ({told}){target.suffix}")
        if len(os.fsencode(path.name)) > _LONGEST_NAME_BYTES:
            stem = stem[:-1]
        elif path.exists() or path.is_symlink():
            number += 1
            told = f"{remark}, {number}"
        else:
            return path


def _set_time(path: Path, entry: Entry) -> None:
    moment = datetime.fromisoformat(entry.modified).timestamp()
    os.utime(path, (moment, moment))
    path.chmod(0o644)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _when(manifest: Manifest) -> str:
    try:
        return f"{datetime.fromisoformat(manifest.saved).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return manifest.saved
