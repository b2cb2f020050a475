"""Read packages: their files, with their modes and links, below any folder and without root.

Debian 12 ships files under ``/lib`` and under ``/usr/lib`` and expects both to be one folder, the
"merged /usr"; so all paths here are those of a merged system.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from course.live.debian.errors import PackageDamagedError, UnsafePackageError, room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MERGED", "Member", "members", "merged", "unpack"]

MERGED = ("bin", "lib", "lib64", "sbin")  # links at the root, to the same name below usr
HALF_MODE = 0o700  # a folder that its owner may fill, whatever the package says


@dataclass(frozen=True)
class Member:
    """One file, folder or link of a package.

    Attributes:
        path: where it belongs, such as ``usr/bin/tini``.
        mode: its permission bits.
        kind: ``"file"``, ``"folder"`` or ``"link"``.
        target: where a link leads.
        content: what a file holds; of no use after the next member.
    """

    path: str
    mode: int
    kind: str
    target: str = ""
    content: IO[bytes] | None = None


def merged(name: str) -> str:
    """Return where a member of a package belongs on a merged system.

    >>> merged("./lib/x86_64-linux-gnu/libc.so.6")
    'usr/lib/x86_64-linux-gnu/libc.so.6'

    Raises:
        UnsafePackageError: the name leads out of the root.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise UnsafePackageError(
            f"expected a package's paths to stay below the root, found {name!r}; "
            "do not use this file: fetch the package anew from a mirror you trust"
        )
    if path.parts[:1] and path.parts[0] in MERGED:
        path = "usr" / path
    return path.as_posix()


def members(file: Path, keep: Callable[[str], bool] | None = None) -> Iterator[Member]:
    """Read a package's members one by one, in its own order.

    Args:
        file: a ``.deb`` file.
        keep: called with each member's path; what it says no to is left out. None keeps all.

    Raises:
        PackageDamagedError: the file is no Debian package, or a damaged one.
        UnsafePackageError: a path leads out of the root.
    """
    import lzma
    import zlib

    from debian.arfile import ArError
    from debian.debfile import DebFile

    try:
        with DebFile(str(file)) as deb, deb.data.tgz() as archive:
            for entry in archive:
                path = merged(entry.name)
                if path == "." or (keep is not None and not keep(path)):
                    continue
                mode = entry.mode & 0o7777
                if entry.isdir():
                    yield Member(path, mode, "folder")
                elif entry.issym():
                    yield Member(path, mode, "link", target=entry.linkname)
                elif entry.isfile() or entry.islnk():
                    # A hard link becomes a file of its own: its other name may not be kept.
                    yield Member(path, mode, "file", content=archive.extractfile(entry))
                # No package of the course has devices, and only root could make them.
    except (ArError, EOFError, lzma.LZMAError, zlib.error, tarfile.TarError) as error:
        raise PackageDamagedError(
            f"expected a Debian package in {file}, found one that cannot be read ({error}); "
            "delete it, so that it is fetched anew"
        ) from error


def unpack(file: Path, root: Path, keep: Callable[[str], bool] | None = None) -> None:
    """Unpack a package below a folder, as on a merged system.

    Modes and links are kept; the owner is whoever unpacks. Scripts of the package are not run.

    Args:
        file: a ``.deb`` file.
        root: what becomes ``/``; made if need be, with its links ``bin``, ``lib`` and so on.
        keep: called with each member's path, such as ``usr/sbin/dockerd``; what it says no to is
            left out. Folders on the way to what is kept are made anyway. None keeps all.

    Raises:
        PackageDamagedError: the file is no Debian package, or a damaged one.
        UnsafePackageError: a path leads out of ``root``, by itself or through a link.
        DiskFullError: there is no room.
    """
    with room(root):
        root.mkdir(parents=True, exist_ok=True)
        for name in MERGED:
            (root / "usr" / name).mkdir(parents=True, exist_ok=True)
            if not (root / name).is_symlink():
                (root / name).symlink_to(f"usr/{name}")
        for member in members(file, keep):
            _place(member, root)


def _place(member: Member, root: Path) -> None:
    target = root / member.path
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise UnsafePackageError(
            f"expected {member.path!r} to stay below {root}, found a link on the way that leads "
            f"to {target.parent.resolve()}; unpack into an empty folder"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.kind == "folder":
        target.mkdir(exist_ok=True)
        target.chmod(member.mode | HALF_MODE)
        return
    if target.is_dir() and not target.is_symlink():
        if member.kind == "link":
            return  # like dpkg, which never replaces a folder by a link
        raise UnsafePackageError(
            f"expected to write the file {member.path!r}, found a folder at {target}; "
            "unpack into an empty folder"
        )
    target.unlink(missing_ok=True)
    if member.kind == "link":
        target.symlink_to(member.target)
        return
    # Not through a link that someone else puts there meanwhile.
    with target.open("xb") as stream:
        shutil.copyfileobj(member.content or io.BytesIO(), stream)
    os.chmod(target, member.mode)  # noqa: PTH101 - follows no link: the file was just made
