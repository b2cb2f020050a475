"""Where the lab VM's files are: those of the build, which stay, and of a running VM, which go."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course.live import cache
from course.live.errors import LabVMError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BUILDING", "RunFolder", "built", "running", "runtime"]

#: How the names of VMs begin that are being built.
BUILDING = "building-"

_LONGEST_SOCKET_PATH = 107  # bytes; sockaddr_un of linux/un.h, less the ending zero


def built() -> Path:
    """Return the folder of the current build; it need not exist."""
    return cache.folder() / "labvm" / cache.CURRENT


def runtime() -> Path:
    """Return the folder of this user's running VMs, made if need be; nobody else can enter it.

    Raises:
        LabVMError: somebody else made it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base, "course-labvm") if base else None
    if folder is None or not os.access(folder.parent, os.W_OK) or len(str(folder)) > 60:
        folder = Path(tempfile.gettempdir(), f"course-labvm-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LabVMError(
            f"expected {folder} to be a folder that only you can enter, found that it belongs to "
            f"user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):o}; delete it, or name "
            "another place in TMPDIR"
        )
    return folder


class RunFolder:
    """The folder of one running VM, locked for as long as it runs.

    Its supervisor holds the lock, which the kernel takes away from a process that ends, however it
    ends. So a folder that can be locked belongs to nobody, and what is in it is swept away.

    Attributes:
        name: the VM's name.
        path: the folder.
    """

    def __init__(self, name: str) -> None:
        if not name or not name.replace("-", "").replace("_", "").isalnum():
            raise LabVMError(
                f"expected a lab VM's name of letters, digits, '-' and '_', found {name!r}"
            )
        self.name = name
        self.path = runtime() / name
        if len(bytes(self.control)) > _LONGEST_SOCKET_PATH:
            raise LabVMError(
                f"expected a path of at most {_LONGEST_SOCKET_PATH} bytes, found {self.control}; "
                "choose a shorter name, or a shorter TMPDIR"
            )

    @property
    def docker(self) -> Path:
        """Where Docker's API is."""
        return self.path / "docker.sock"

    @property
    def control(self) -> Path:
        """Where the supervisor takes commands."""
        return self.path / "control.sock"

    @property
    def shell(self) -> Path:
        """Where the guest's shell is."""
        return self.path / "shell.sock"

    @property
    def log(self) -> Path:
        """Where the supervisor's own last words are."""
        return self.path / "supervisor.log"

    def lock(self) -> int | None:
        """Lock the folder, made or swept; return the descriptor that holds the lock.

        Returns:
            None if a running VM has it.
        """
        while True:
            self.path.mkdir(mode=0o700, exist_ok=True)
            try:
                descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Its last owner may have removed it between our two steps.
                if os.fstat(descriptor).st_ino == self.path.stat().st_ino:
                    self.sweep()
                    return descriptor
            except FileNotFoundError:
                pass
            except BlockingIOError:
                os.close(descriptor)
                return None
            os.close(descriptor)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Have the folder for a block, at whose end it is deleted.

        Raises:
            LabVMError: a running VM has it.
        """
        descriptor = self.lock()
        if descriptor is None:
            raise LabVMError(f"expected {self.path} to be free, found that a lab VM has it")
        try:
            yield
        finally:
            self.remove()
            os.close(descriptor)

    def is_running(self) -> bool:
        """Tell whether a VM has the folder, and sweep away what a dead one has left."""
        if not self.path.is_dir():
            return False
        descriptor = self.lock()
        if descriptor is None:
            return True
        self.remove()
        os.close(descriptor)
        return False

    def sweep(self) -> None:
        """Delete what is in the folder; only for who has locked it."""
        for leftover in self.path.iterdir():
            leftover.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the folder; only for who has locked it."""
        self.sweep()
        self.path.rmdir()


def running() -> list[RunFolder]:
    """Return this user's running VMs, by name; what dead ones have left is swept away."""
    folders = [RunFolder(path.name) for path in sorted(runtime().iterdir()) if path.is_dir()]
    alive = [folder for folder in folders if folder.is_running()]
    return [folder for folder in alive if not folder.name.startswith(BUILDING)]
