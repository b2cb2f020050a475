"""Disk images in the formats of several systems, by QEMU's own `qemu-img`.

==========  =====================================================
``raw``     the bytes of the disk, one after the other
``qcow2``   QEMU's: grows as it is written, may rest upon another
``vmdk``    VMware's
``vdi``     VirtualBox's
``vhdx``    Hyper-V's
``vpc``     its predecessor, Virtual PC's ``.vhd``
==========  =====================================================
"""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.live import builds
from course.live.debian.errors import room
from course.live.errors import DiskImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMATS", "ImageInfo", "convert", "create", "info", "same_content"]

FORMATS = ("raw", "qcow2", "vmdk", "vdi", "vhdx", "vpc")


@dataclass(frozen=True)
class ImageInfo:
    """What an image is.

    Attributes:
        format: one of `FORMATS`, or what else QEMU can read.
        virtual_bytes: the size of the disk that a guest sees.
        allocated_bytes: what the file takes on this machine's disk; holes take nothing.
        file_bytes: how long the file is.
    """

    format: str
    virtual_bytes: int
    allocated_bytes: int
    file_bytes: int


def create(path: Path | str, mib: int, format: str = "qcow2") -> ImageInfo:  # noqa: A002
    """Make an empty image.

    Args:
        path: the file to make.
        mib: the size of the disk, in MiB.
        format: one of `FORMATS`.

    Raises:
        DiskImageError: there is such a file, or the format is none.
        DiskFullError: there is no room.
    """
    target = _new(path, format)
    if not isinstance(mib, int) or mib <= 0:
        raise DiskImageError(f"expected a size of whole MiB above 0, found {mib!r}")
    with _whole(target):
        _tool("create", "-q", "-f", format, str(target), f"{mib}M")
    return info(target)


def convert(source: Path | str, target: Path | str, format: str) -> ImageInfo:  # noqa: A002
    """Write an image anew in another format.

    Args:
        source: the image, of any format.
        target: the file to make.
        format: one of `FORMATS`.

    Raises:
        DiskImageError: the source cannot be read, there is such a target, or the format is none.
        DiskFullError: there is no room.
    """
    made = _new(target, format)
    with _whole(made):
        _tool("convert", "-O", format, "-f", info(source).format, str(source), str(made))
    return info(made)


def info(path: Path | str) -> ImageInfo:
    """Tell what an image is.

    Raises:
        DiskImageError: it cannot be read.
    """
    if not Path(path).is_file():
        raise DiskImageError(f"expected a disk image at {path}, found no such file")
    # What a raw image begins with is the guest's to write: it must not name files of this machine.
    told: dict[str, Any] = json.loads(_tool("info", "--output=json", str(path)))
    if "backing-filename" in told:
        raise DiskImageError(
            f"expected an image that is whole by itself at {path}, found one that rests upon "
            f"{told['backing-filename']}; convert it first where that other file is"
        )
    return ImageInfo(
        told["format"], told["virtual-size"], told["actual-size"], Path(path).stat().st_size
    )


def virtual_bytes(path: Path) -> int:
    """Return the size of the disk in a file of the course's own, which may be in use.

    Raises:
        DiskImageError: it cannot be read.
    """
    # What is in use is locked, and what it says of its size never changes.
    told = json.loads(_tool("info", "--force-share", "--output=json", str(path)))
    return int(told["virtual-size"])


def same_content(first: Path | str, second: Path | str) -> bool:
    """Tell whether a guest would read the same from two images, whatever their formats.

    A longer disk is the same if there are only zeros beyond the end of the shorter one, since some
    formats round sizes up.

    Raises:
        DiskImageError: one of them cannot be read.
    """
    formats = (info(first).format, info(second).format)
    done = subprocess.run(  # noqa: S603 (a program from PATH)
        [builds.find_tool("qemu-img", "qemu-utils", DiskImageError), "compare", "-q",
         "-f", formats[0], "-F", formats[1], str(first), str(second)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode > 1:  # 0: equal, 1: different, above: it could not be told
        raise DiskImageError(f"expected two images to compare, found: {done.stderr.strip()}")
    return done.returncode == 0


def _new(path: Path | str, format: str) -> Path:  # noqa: A002
    if format not in FORMATS:
        raise DiskImageError(f"expected one of the formats {', '.join(FORMATS)}, found {format!r}")
    if Path(path).exists():
        raise DiskImageError(f"expected no file at {path}, found one; name another, or delete it")
    if not (folder := Path(path).absolute().parent).is_dir():
        raise DiskImageError(f"expected the folder {folder}, found none; make it first")
    return Path(path)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Delete a file that was not written to its end."""
    with room(path.absolute().parent):
        try:
            yield
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _tool(*arguments: str) -> str:
    return builds.run_tool("qemu-img", *arguments, package="qemu-utils", error=DiskImageError)
