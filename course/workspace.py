"""Find the course's folders and give the learner a copy of every assignment.

An instructor's checkout holds the assignments with their answers in ``source/``.
To try one as a learner sees it, ``course lab`` puts the learner's version into ``work/``:
made by nbgrader's own command, and moved into place in one step, so that a copy is whole or absent.
What is in ``work/`` belongs to the learner and is never overwritten.
From which state of the source a copy was made is kept in ``work/.made-from/``.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "Copy",
    "CopyError",
    "absent",
    "assignments",
    "digest",
    "find_checkout",
    "notebooks",
    "prepare",
]

WORK = "work"
MADE_FROM = ".made-from"
GENERATE_TIMEOUT_S = 120
IGNORED = {".ipynb_checkpoints", "__pycache__"}  # what nbgrader leaves out of a release, too


@dataclass(frozen=True)
class Copy:
    """What became of one assignment's copy in ``work/``.

    ``made``: it is new; ``kept``: it was there; ``outdated``: it was there, and the source has
    changed since it was made; ``failed``: nbgrader could not make it, and ``reason`` says why.
    """

    assignment: str
    state: Literal["made", "kept", "outdated", "failed"]
    reason: str = ""


class CopyError(RuntimeError):
    """The learner's version was not made; the message is what nbgrader said last."""


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
    """Make the copies that ``work/`` lacks, several at a time.

    Args:
        checkout: the instructor's checkout, as ``find_checkout`` finds it.

    Yields:
        What became of each assignment, as soon as it is known.
    """
    (checkout / WORK / MADE_FROM).mkdir(parents=True, exist_ok=True)
    wanted = absent(checkout)
    for name in assignments(checkout):
        if name not in wanted:
            yield Copy(name, "outdated" if _has_changed(checkout, name) else "kept")
    # nbgrader needs seconds for each, nearly all of them to start.
    with ThreadPoolExecutor(max_workers=4) as pool:
        pending = {pool.submit(_make, checkout, name): name for name in wanted}
        try:
            for future in as_completed(pending):
                try:
                    yield Copy(pending[future], "made" if future.result() else "kept")
                except CopyError as failure:
                    yield Copy(pending[future], "failed", str(failure))
        finally:
            pool.shutdown(cancel_futures=True)  # after Ctrl-C, begin no further one


def _has_changed(checkout: Path, name: str) -> bool:
    record = checkout / WORK / MADE_FROM / name
    # A copy without a record was put there by someone else: nothing is known about it.
    return record.is_file() and record.read_text().strip() != digest(checkout / "source" / name)


def _make(checkout: Path, name: str) -> bool:
    """Make one copy; return whether it was put in place, and not someone else's meanwhile."""
    work = checkout / WORK
    made_from = digest(checkout / "source" / name)
    # Inside work/, since only within one file system is a rename a single step.
    with tempfile.TemporaryDirectory(prefix=".making-", dir=work) as release:
        _generate(checkout, name, Path(release))
        # The record goes first, since it says nothing as long as there is no folder.
        (work / MADE_FROM / name).write_text(made_from + "\n")
        try:
            (Path(release) / name).rename(work / name)
        except OSError as error:
            if (work / name).exists():
                return False
            raise CopyError(f"work/{name} could not be put in place: {error.strerror}") from error
    return True


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
