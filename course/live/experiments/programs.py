"""The programs that are timed: the same files on this machine, in a container and in a guest.

They come from the course's own images, so nothing of this machine's own software is timed.

- `busybox`: one program that is a shell, awk, dd and nc
- `tools`: it and ioping, which reads a disk at random places
- `freeradius`: a RADIUS server, with its libraries and its loader
"""

from __future__ import annotations

import contextlib
import io
import platform
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course.live.errors import LiveError, UnsupportedError
from course.live.workfolder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from course.live.progress import Reporter

__all__ = [
    "BUSYBOX",
    "FREERADIUS",
    "Freeradius",
    "busybox",
    "files_of",
    "freeradius",
    "random_reads",
    "tools",
]

#: The course's images that the programs come from.
BUSYBOX = "course/busybox:1.35"
FREERADIUS = "course/freeradius:3.2"


@dataclass(frozen=True)
class Freeradius:
    """A RADIUS server that can be run from a folder of its own.

    Attributes:
        folder: where its files are.
        command: starts it in the foreground.
        environment: what it needs in its environment.
        port: where it listens, on 127.0.0.1, by UDP.
        size_bytes: what its files take together.
    """

    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str]
    port: int
    size_bytes: int


@contextlib.contextmanager
def files_of(image: str, *, progress: Reporter | None = None) -> Iterator[Path]:
    """Put the files of one of the course's images into a folder, for a block.

    Args:
        image: the image's name.
        progress: told how far a download is, where one is needed.

    Raises:
        UnsupportedError: they are for x86-64 Linux, and this machine is another.
        PackageError: they could not be had.
    """
    from course.live.images import IMAGES
    from course.live.images.contexts import prepare

    _require_linux()
    (context,) = prepare([IMAGES[image]], progress=progress)
    with WorkFolder() as folder:
        with tarfile.open(context.file) as archive:
            root = archive.extractfile("rootfs.tar")
            assert root is not None
            with tarfile.open(fileobj=io.BytesIO(root.read())) as inner:
                _extract(inner, folder, "")
            _extract(archive, folder, "files/")
        yield folder


@contextlib.contextmanager
def busybox(*, progress: Reporter | None = None) -> Iterator[Path]:
    """Give the static busybox of the course's images as a program of this machine, for a block.

    Args:
        progress: told how far a download is, where one is needed.

    Raises:
        UnsupportedError: this machine cannot run it.
        PackageError: it could not be had.
    """
    _require_linux()
    if (folder := _built("tools")) is not None:
        yield folder / "busybox"
        return
    with files_of(BUSYBOX, progress=progress) as folder:
        yield folder / "usr/bin/busybox"


def tools() -> Path:
    """Return the folder of the programs that measure: ``busybox``, and ``ioping`` with its loader.

    Raises:
        LiveError: they have not been built, or this machine cannot run them.
    """
    from course.live.vm import guests

    _require_linux()
    return guests.tools()


def random_reads(folder: str, file: str, size_mib: int, count: int) -> str:
    """Return a command that reads 4 KiB at so many random places of a file or disk.

    It reads past the caches of the kernel that runs it, one place after the other, and prints how
    many reads there were, and how many nanoseconds they took together, by its own clock.

    Args:
        folder: where the tools are.
        file: what is read.
        size_mib: how large it is, in MiB.
        count: how many places.
    """
    return (
        f"{folder}/ld.so --library-path {folder}/lib {folder}/ioping -B -D -i 0 -c {count} "
        f"-s 4k -S {size_mib}m {file}"
    )


@contextlib.contextmanager
def freeradius(*, progress: Reporter | None = None) -> Iterator[Freeradius]:
    """Give the RADIUS server of the course's image as a program of this machine, for a block.

    Args:
        progress: told how far a download is, where one is needed.

    Raises:
        UnsupportedError: this machine cannot run it.
        PackageError: it could not be had.
    """
    with _service_files(progress) as folder:
        size_bytes = sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())
        port = _free_udp_port()
        configuration = folder / "etc/freeradius/radiusd.conf"
        text = configuration.read_text()
        # Its paths begin at the image's root, which here is a folder; and nobody else may ask it.
        text = text.replace("= /usr", f"= {folder}/usr").replace("= /etc", f"= {folder}/etc")
        text = text.replace(
            "ipaddr = *\n        port = 1812", f"ipaddr = 127.0.0.1\n port = {port}"
        )
        configuration.write_text(text)
        library = folder / "usr/lib/x86_64-linux-gnu"
        command = (
            str(folder / "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
            "--library-path",
            f"{library}:{folder}/usr/lib/freeradius",
            str(folder / "usr/sbin/freeradius"),
            *("-f", "-l", "stdout"),
            *("-d", str(folder / "etc/freeradius")),
            *("-D", str(folder / "usr/share/freeradius")),
        )
        environment = {"OPENSSL_MODULES": str(library / "ossl-modules"), "PATH": "/usr/bin:/bin"}
        yield Freeradius(folder, command, environment, port, size_bytes)


@contextlib.contextmanager
def _service_files(progress: Reporter | None) -> Iterator[Path]:
    """Give a copy of the service's files, whose configuration may be changed, for a block."""
    _require_linux()
    built = _built("service_files")
    if built is None:
        with files_of(FREERADIUS, progress=progress) as folder:
            yield folder
        return
    with WorkFolder() as parent:
        yield Path(shutil.copytree(built, parent / "freeradius", symlinks=True))


def _built(what: str) -> Path | None:
    """Return a folder that was built beside the guests, or None if there is none."""
    from course.live.vm import guests

    try:
        folder: Path = getattr(guests, what)()
    except LiveError:
        return None
    return folder if folder.is_dir() else None


def _require_linux() -> None:
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise UnsupportedError(
            f"expected Linux on x86-64 to run the course's programs on, found {platform.system()} "
            f"on {platform.machine()}; look at the container's figures instead"
        )


def _extract(archive: tarfile.TarFile, folder: Path, beginning: str) -> None:
    """Extract what is below a folder of an archive, but no links out of it."""
    for entry in archive:
        if entry.name.startswith(beginning) and not (
            entry.issym() and entry.linkname.startswith("/")
        ):
            entry.name = entry.name.removeprefix(beginning)
            archive.extract(entry, folder, filter="data")


def _free_udp_port() -> int:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
