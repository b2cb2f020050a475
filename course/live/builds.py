"""Folders that are built once and used for long: the lab VM's, and that of the machines' guests.

A build fills a scratch folder, which takes the place of the former build in one step at the end.
One that fails or is interrupted leaves that as it was.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course.live.cache import CURRENT
from course.live.debian.errors import room
from course.live.progress import Progress, report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from course.live.errors import VirtualMachineError
    from course.live.progress import Reporter

__all__ = ["Parts", "find_tool", "locked", "run_tool", "sweep", "under_way"]


class Parts:
    """The parts of a build, each with its share of the whole's progress."""

    def __init__(self, weights: Mapping[str, float], progress: Reporter | None) -> None:
        """Divide a build.

        Args:
            weights: about how long each part takes, in order, in seconds.
            progress: told how far the whole is.
        """
        self._weights = weights
        self._progress = progress

    def begin(self, name: str, text: str) -> None:
        """Say that a part begins."""
        self.within(name)(Progress(0, text))

    def within(self, name: str) -> Reporter:
        """Return a reporter whose fractions are of one part of the build."""
        names = list(self._weights)
        before = sum(self._weights[other] for other in names[: names.index(name)])

        def within(said: Progress) -> None:
            fraction = before + self._weights[name] * (said.fraction or 0)
            whole = sum(self._weights.values())
            report(self._progress, fraction / whole, said.text, lasting=said.lasting)

        return within


@contextmanager
def under_way(home: Path, room_mib: int, error: type[VirtualMachineError]) -> Iterator[Path]:
    """Build for a block, in the folder that it gets; at its end that is the current build.

    Args:
        home: the folder of builds.
        room_mib: what a build needs on the disk, in MiB.
        error: what is raised if another build is under way there.

    Raises:
        DiskFullError: there is no room.
    """
    with locked(home) as free:
        if not free:
            raise error(
                f"expected to be the only build in {home}, found another under way; wait for it"
            )
        sweep(home)
        with room(home, room_mib * 2**20):
            if shutil.disk_usage(home).free < room_mib * 2**20:  # rather now than after minutes
                raise OSError(errno.ENOSPC, "no room for a build", str(home))
            scratch = Path(tempfile.mkdtemp(prefix="building-", dir=home))
            try:
                yield scratch
                _publish(scratch, home)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Lock a folder for a build; yields whether the lock was free.

    Args:
        folder: the folder, made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def find_tool(tool: str, package: str, error: type[VirtualMachineError]) -> str:
    """Return where a program is; on Debian some are where only root looks.

    Args:
        tool: its name.
        package: the Debian package that has it.
        error: what is raised if there is none.
    """
    found = shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        raise error(
            f"expected the program {tool}, found none; install it: apt-get install {package}, "
            "or your system's package of it"
        )
    return found


def run_tool(tool: str, *arguments: str, package: str, error: type[VirtualMachineError]) -> str:
    """Run a program, and return what it printed.

    Args:
        tool: its name.
        arguments: its arguments.
        package: the Debian package that has it.
        error: what is raised if it fails, or if there is none.
    """
    try:
        done = subprocess.run(  # noqa: S603 (a program from PATH, our own arguments)
            [find_tool(tool, package, error), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.strip()
        if "No space left" in said:
            raise OSError(errno.ENOSPC, said) from failed
        raise error(
            f"expected {tool} to succeed, found status {failed.returncode}: {said}"
        ) from failed
    return done.stdout


def _publish(scratch: Path, home: Path) -> None:
    """Make a finished build the current one, in one step, and delete the former."""
    scratch.chmod(0o755)
    build_id = f"build-{time.time_ns():x}"
    scratch.rename(home / build_id)
    link = home / f".current-{build_id}"
    link.symlink_to(build_id)
    link.replace(home / CURRENT)
    sweep(home)


def sweep(home: Path) -> None:
    """Delete what is not the current build; only for who has locked the folder."""
    current = (home / CURRENT).resolve()
    for leftover in home.iterdir():
        if leftover.name.startswith(("build-", "building-")) and leftover != current:
            shutil.rmtree(leftover, ignore_errors=True)
        elif leftover.name.startswith(".current-"):
            leftover.unlink()
