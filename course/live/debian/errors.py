"""What can go wrong with Debian packages.

::

    LiveError
    ├── PackageError
    │   ├── MirrorUnreachableError (also a ConnectionError)   a mirror does not answer, or fails
    │   ├── PackageMissingError (also a LookupError)          no mirror has the package
    │   ├── PackageDamagedError          a file is not what its pin or its index says
    │   ├── SignatureError               an archive's index is not signed by Debian
    │   └── UnsafePackageError           a package wants to write outside of its folder
    └── DiskFullError (also an OSError)  no room for the download or for what is unpacked
"""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from course.live.errors import DiskFullError, LiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "DiskFullError",
    "MirrorUnreachableError",
    "PackageDamagedError",
    "PackageError",
    "PackageMissingError",
    "SignatureError",
    "UnsafePackageError",
    "room",
]


class PackageError(LiveError):
    """Report what is wrong with a Debian package or where it comes from."""


class MirrorUnreachableError(PackageError, ConnectionError):
    """Report a mirror that does not answer, fails, or breaks off."""


class PackageMissingError(PackageError, LookupError):
    """Report a package that no mirror has any more."""


class PackageDamagedError(PackageError):
    """Report a file that is not the one that was expected."""


class SignatureError(PackageError):
    """Report an archive's index that is not signed by Debian."""


class UnsafePackageError(PackageError):
    """Report a package with a path that leaves the folder into which it is unpacked."""


@contextlib.contextmanager
def room(folder: Path, needed_bytes: int | None = None) -> Iterator[None]:
    """Translate a full disk, met by the block that writes below a folder.

    Args:
        folder: what is written to.
        needed_bytes: how much the whole work writes, if that is known.

    Raises:
        DiskFullError: the disk is full, or the user's share of it.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        needed = "room" if needed_bytes is None else f"{needed_bytes / 1e6:,.0f} MB"
        raise DiskFullError(
            f"expected {needed} in {folder}, found the disk full; "
            "delete what is not needed any more, or set COURSE_LABVM_DIR to a folder with room"
        ) from error
