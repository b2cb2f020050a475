"""Find the course's folders and give the learner a copy of every assignment.

A learner's workspace is a folder ``work/``: her assignments, and the page that leads to them.
It is filled from one of two places.

- An instructor's checkout holds the assignments with their answers in ``source/``.  `prepare` has
  nbgrader's own command make the learner's version, as ``course lab`` does to try it.
- An image, or another installation for learners, holds the released lessons.  `fill` copies them.

A copy is moved into place in one step, so that it is whole or absent.
What is in ``work/`` belongs to the learner and is never overwritten.
From which state of its origin a copy was made, and the copy as it was then, is kept in
``work/.made-from/``.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from course import index

__all__ = [
    "Copy",
    "CopyError",
    "absent",
    "assignments",
    "digest",
    "fill",
    "find_checkout",
    "find_workspace",
    "notebooks",
    "originals",
    "prepare",
    "shipped",
]

WORK = "work"
WORK_VARIABLE = "COURSE_WORK"
MADE_FROM = ".made-from"
UNTOUCHED = Path(MADE_FROM, "untouched")  # each copy as it was made, to know a learner's work by
LESSONS = Path("share", "measured-virtualization", "lessons")  # below a Python environment
GENERATE_TIMEOUT_S = 120
IGNORED = {".ipynb_checkpoints", "__pycache__"}  # what nbgrader leaves out of a release, too


@dataclass(frozen=True)
class Copy:
    """What became of one assignment's copy in ``work/``.

    ``made``: it is new; ``kept``: it was there; ``outdated``: it was there, and its origin has
    changed since it was made; ``failed``: it could not be made, and ``reason`` says why.
    """

    assignment: str
    state: Literal["made", "kept", "outdated", "failed"]
    reason: str = ""


class CopyError(RuntimeError):
    """A copy was not made; the message says why, such as nbgrader's last words."""


def find_checkout(start: Path) -> Path | None:
    """Find the instructor's checkout that a folder lies in.

    Args:
        start: where to begin; its parents are searched upwards.

    Returns:
        The first folder that holds both ``nbgrader_config.py`` and ``source/``, or None.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "nbgrader_config.py").is_file() and (folder / "source").is_dir():
            return folder
    return None


def find_workspace(start: Path) -> Path | None:
    """Find the learner's workspace that a folder lies in.

    It is what the environment variable COURSE_WORK names, whether it exists or not; else the first
    folder upwards that ``course lab`` has filled, or that holds the course's ``index.ipynb`` and a
    lesson. Neither a checkout nor a grader's folder is one.

    Args:
        start: where to begin; its parents are searched upwards.

    Returns:
        The workspace, or None.
    """
    if chosen := os.environ.get(WORK_VARIABLE):
        return Path(chosen).expanduser().resolve()
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / MADE_FROM).is_dir() or (
            (folder / index.NAME).is_file() and index.names(folder)
        ):
            return folder
    return None


def originals(work: Path, name: str) -> list[Path]:
    """List what a file in a workspace may have been copied from.

    Args:
        work: the workspace.
        name: the file, with slashes, from the workspace on.
    """
    folders = [work / UNTOUCHED, shipped()]
    return [folder / name for folder in folders if folder and (folder / name).is_file()]


def shipped() -> Path | None:
    """Find the released lessons that were installed beside this Python, as in the image.

    Returns:
        The folder that holds a folder for each assignment, or None if there is none.
    """
    folder = sys.prefix / LESSONS
    return folder if folder.is_dir() else None


def assignments(checkout: Path) -> list[str]:
    """List the assignments in ``source/``: every folder that holds a notebook, in order."""
    folders = (checkout / "source").iterdir()
    return sorted(f.name for f in folders if f.name[0] != "." and any(f.glob("*.ipynb")))


def notebooks(root: Path) -> list[Path]:
    """List the notebooks that a learner works in.

    They are in ``work/`` if there is one, and else in the folder itself; at its top and in the
    folders of the assignments.

    Args:
        root: the folder that is served.

    Returns:
        Paths relative to ``root``, in order.
    """
    base = root / WORK if (root / WORK).is_dir() else root
    found = sorted([*base.glob("*.ipynb"), *base.glob("*/*.ipynb")])
    paths = [path.relative_to(root) for path in found]
    return [path for path in paths if not any(part.startswith(".") for part in path.parts)]


def digest(folder: Path) -> str:
    """Digest the names and contents of a folder's files, so that any change shows."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not IGNORED.intersection(name.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{name.as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def absent(checkout: Path) -> list[str]:
    """List the assignments that have no copy in ``work/`` yet."""
    return [name for name in assignments(checkout) if not (checkout / WORK / name).exists()]


def prepare(checkout: Path) -> Iterator[Copy]:
    """Make the copies that ``work/`` lacks, several at a time, and the page that leads to them.

    Args:
        checkout: the instructor's checkout, as ``find_checkout`` finds it.

    Yields:
        What became of each assignment, as soon as it is known.

    Raises:
        OSError: ``work/`` cannot be written.
    """
    work, wanted = checkout / WORK, absent(checkout)
    (work / MADE_FROM).mkdir(parents=True, exist_ok=True)

    def make(name: str) -> bool:
        origin = checkout / "source" / name
        return _put(work, origin, lambda folder: _generate(checkout, name, folder))

    for name in assignments(checkout):
        if name not in wanted:
            yield _there(work, checkout / "source" / name)
    # nbgrader needs seconds for each, nearly all of them to start.
    with ThreadPoolExecutor(max_workers=4) as pool:
        pending = {pool.submit(make, name): name for name in wanted}
        try:
            for future in as_completed(pending):
                try:
                    yield Copy(pending[future], "made" if future.result() else "kept")
                except CopyError as failure:
                    yield Copy(pending[future], "failed", str(failure))
        finally:
            pool.shutdown(cancel_futures=True)  # after Ctrl-C, begin no further one
    index.write(work)


def fill(folder: Path, lessons: Path) -> list[Copy]:
    """Copy the released lessons that a workspace lacks, and make the page that leads to them.

    Args:
        folder: the learner's workspace; it is made if need be.
        lessons: a folder for each assignment, as ``shipped`` finds it.

    Returns:
        What became of each assignment, in order.

    Raises:
        OSError: the workspace cannot be made, or its page not written.
    """
    (folder / MADE_FROM).mkdir(parents=True, exist_ok=True)
    copies = []
    for origin in sorted(path for path in lessons.iterdir() if path.is_dir()):
        if (folder / origin.name).exists():
            copies.append(_there(folder, origin))
            continue
        try:
            made = _put(folder, origin, functools.partial(_copy, origin))
        except (CopyError, OSError) as failure:
            reason = getattr(failure, "strerror", None) or str(failure)
            copies.append(Copy(origin.name, "failed", reason))
        else:
            copies.append(Copy(origin.name, "made" if made else "kept"))
    index.write(folder)
    return copies


def _there(work: Path, origin: Path) -> Copy:
    """Tell what there is to say about a copy that was there."""
    record = work / MADE_FROM / origin.name
    # A copy without a record was put there by someone else: nothing is known about it.
    changed = record.is_file() and record.read_text().strip() != digest(origin)
    return Copy(origin.name, "outdated" if changed else "kept")


def _put(work: Path, origin: Path, make: Callable[[Path], None]) -> bool:
    """Have one copy made; return whether it was put in place, and not someone else's meanwhile."""
    name, made_from = origin.name, digest(origin)
    # Inside work/, since only within one file system is a rename a single step.
    with tempfile.TemporaryDirectory(prefix=".making-", dir=work) as new:
        make(Path(new))
        # The records go first, since they say nothing as long as there is no folder.
        shutil.copytree(Path(new) / name, work / UNTOUCHED / name, dirs_exist_ok=True)
        (work / MADE_FROM / name).write_text(made_from + "\n")
        try:
            (Path(new) / name).rename(work / name)
        except OSError as error:
            if (work / name).exists():
                return False
            raise CopyError(f"work/{name} could not be put in place: {error.strerror}") from error
    return True


def _copy(origin: Path, into: Path) -> None:
    """Copy a folder that may be read-only, for someone who is to write in it."""
    target = into / origin.name
    target.mkdir()
    for path in origin.iterdir():
        if path.name in IGNORED:
            continue
        if path.is_dir():
            _copy(path, target)
        else:
            copied = Path(shutil.copy(path, target))
            copied.chmod(copied.stat().st_mode | stat.S_IWUSR)


def _generate(checkout: Path, name: str, release: Path) -> None:
    command = [
        *(sys.executable, "-m", "nbgrader", "generate_assignment", f"--assignment={name}"),
        "--no-db",  # a learner's try-out leaves the gradebook alone
        f"--CourseDirectory.release_directory={release}",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter; no shell
            command,
            cwd=checkout,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=GENERATE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CopyError(f"nbgrader took more than {GENERATE_TIMEOUT_S} s") from error
    if done.returncode != 0 or not (release / name).is_dir():
        said = done.stdout.strip().splitlines()[-8:]
        raise CopyError(
            "\n".join(said) or f"nbgrader ended with {done.returncode} and said nothing"
        )
