"""Which folder holds a learner's work, and which of its files are the learner's."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course import index
from course.work.errors import WorkError
from course.workspace import WORK, find_checkout, find_workspace, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LARGE_BYTES", "LeftOut", "Tree", "read_tree", "size", "workspace"]

#: From this size on a file is named, since it decides how long saving and loading take.
LARGE_BYTES = 20 * 10**6

_NO_WORK = {"__pycache__", "node_modules"}  # what programs make anew


@dataclass(frozen=True)
class LeftOut:
    """Something in a folder that is not saved.

    Attributes:
        name: where it is, with slashes.
        reason: why it stays out.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Tree:
    """The files of a folder.

    Attributes:
        folder: the folder.
        files: the learner's files by name; a name has slashes and begins at the folder.
        left_out: what a learner might look for in vain.
    """

    folder: Path
    files: dict[str, Path]
    left_out: tuple[LeftOut, ...]


def workspace(folder: Path | None = None, *, start: Path | None = None) -> Path:
    """Return the folder that holds the learner's work.

    Args:
        folder: this one; or None to find it. `course.workspace` says how; a folder with lessons in
            it will do too.
        start: where to begin to look; by default in the current folder.

    Raises:
        WorkError: there is none.
    """
    here = start or Path.cwd()
    found = folder.expanduser() if folder else find_workspace(here) or _around(here)
    if found is None:
        raise WorkError(
            f"expected a folder with lessons, found none around {here}. Go to the folder in which "
            "your lessons are, or name it by the environment variable COURSE_WORK."
        )
    if not found.is_dir():
        raise WorkError(f"expected your work in the folder {found}, and there is no such folder.")
    return found.resolve()


def _around(here: Path) -> Path | None:
    if checkout := find_checkout(here):
        # Never the checkout itself, which holds the answers.
        return checkout / WORK
    here = here.resolve()
    for folder in (here, *here.parents):
        if index.names(folder):
            return folder
    # Where the course is installed with its lessons, it serves this one.
    return Path.home() / WORK if shipped() else None


def read_tree(folder: Path) -> Tree:
    """List the learner's files in a folder, in order.

    Hidden files and what programs make anew are no work. A link is followed if it leads to a file
    inside the folder; nothing outside is touched.

    Args:
        folder: the folder, without links in its own path.
    """
    files, left_out = {}, []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        reason = _reason_against(folder, path, name)
        if reason is None:
            files[name] = path
        elif reason:
            left_out.append(LeftOut(name.encode("utf-8", "replace").decode(), reason))
    return Tree(folder, files, tuple(left_out))


def _walk(folder: Path) -> Iterator[Path]:
    """Yield files, links and locked folders; neither hidden ones nor what programs make anew."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _NO_WORK:
            continue
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder and os.access(path, os.R_OK | os.X_OK):
            yield from _walk(path)
        else:
            yield path


def _reason_against(folder: Path, path: Path, name: str) -> str | None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "its name is no text"
    if "\\" in name or any(ord(character) < 32 for character in name):
        return "its name holds a character that other systems refuse"
    if path.is_symlink() and not path.resolve().is_relative_to(folder):
        return "a link that leads outside"
    if path.is_symlink() and not path.exists():
        return "a link that leads nowhere"
    if path.is_dir() and path.is_symlink():
        return "a link to a folder, whose files are saved where they are"
    if not os.access(path, os.R_OK):
        return "it cannot be read"
    if not stat.S_ISREG(path.stat().st_mode):
        return "no file but a pipe, a socket or a device"
    return None


def size(count: int) -> str:
    """Write a number of bytes as people say it.

    >>> size(12), size(45_300), size(12_600_000), size(3_200_000_000)
    ('12 B', '45 kB', '13 MB', '3.2 GB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            digits = 1 if count < 10 * unit else 0
            return f"{count / unit:.{digits}f} {name}"
    return f"{count} B"
