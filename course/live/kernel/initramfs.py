"""Write an initial RAM file system: a `newc` cpio archive, as the kernel documents it.

Source: Documentation/driver-api/early-userspace/buffer-format.rst of the Linux kernel.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Member", "directory", "file", "link", "tree", "write"]

_DIRECTORY = 0o040000
_REGULAR = 0o100000
_LINK = 0o120000
_END = "TRAILER!!!"


@dataclass(frozen=True)
class Member:
    """One file, directory or symbolic link of the archive, owned by root.

    Attributes:
        name: its path, without a leading slash.
        mode: type and permission bits, as in `stat`.
        content: a file's bytes, or where a link leads.
    """

    name: str
    mode: int
    content: bytes = b""


def directory(name: str) -> Member:
    """Return a directory that all may enter."""
    return Member(name, _DIRECTORY | 0o755)


def file(name: str, content: bytes, *, executable: bool = False) -> Member:
    """Return a file that all may read, and run if it is a program."""
    return Member(name, _REGULAR | (0o755 if executable else 0o644), content)


def link(name: str, target: str) -> Member:
    """Return a symbolic link."""
    return Member(name, _LINK | 0o777, target.encode())


def tree(folder: Path, below: str = "") -> list[Member]:
    """Return all that is in a folder, each directory before what is in it.

    Args:
        folder: the folder, which stands for the archive's root.
        below: where in the archive it is put.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        name = f"{below}{path.relative_to(folder).as_posix()}"
        if path.is_symlink():
            found.append(link(name, str(path.readlink())))
        elif path.is_dir():
            found.append(directory(name))
        else:
            executable = bool(path.stat().st_mode & 0o100)
            found.append(file(name, path.read_bytes(), executable=executable))
    return found


def write(target: Path, members: Iterable[Member]) -> None:
    """Write an archive, compressed by gzip; equal members give equal bytes.

    Args:
        target: the file to write.
        members: what it holds; a directory comes before what is in it.
    """
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as archive:
        for inode, member in enumerate([*members, Member(_END, 0)], start=1):
            archive.write(_packed(member, inode))


def _packed(member: Member, inode: int) -> bytes:
    name = member.name.encode() + b"\0"
    links = 1
    # inode, mode, uid, gid, links, mtime, size, 4 device numbers, length of the name, checksum
    fields = (inode, member.mode, 0, 0, links, 0, len(member.content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _to_four(header + name) + _to_four(member.content)


def _to_four(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
