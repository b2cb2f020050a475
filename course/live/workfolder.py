"""Folders for what is needed only now, on a disk that has room, swept when nobody has them.

The process that made one holds its lock, which the kernel takes away from a process that ends,
however it ends. So a folder that can be locked belongs to nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["WorkFolder", "roomy"]

_PREFIX = "course-machine-"


class WorkFolder:
    """A locked folder, such as for the disks of a machine; as a block it is gone at its end.

    Attributes:
        path: where it is.
    """

    def __init__(self) -> None:
        base = roomy()
        _sweep(base)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """Delete the folder; nothing happens the second time."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


def roomy() -> Path:
    """Return where temporary files are on a disk, which /tmp often is not."""
    chosen = Path(os.environ.get("TMPDIR", "/var/tmp"))  # noqa: S108 (folders are made safely)
    return chosen if os.access(chosen, os.W_OK) else Path(tempfile.gettempdir())


def _sweep(base: Path) -> None:
    """Delete the folders of this user's processes that were killed before they could."""
    for folder in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another process may be faster
            if folder.lstat().st_uid != os.getuid() or folder.is_symlink():
                continue
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            except BlockingIOError:
                pass
            finally:
                os.close(descriptor)
