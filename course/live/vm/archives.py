"""The archives that machines begin with, made from Debian's packages and the course's scripts."""

from __future__ import annotations

import io
import tarfile
from importlib import resources
from typing import TYPE_CHECKING

from course.live import debian
from course.live.debian.unpacking import MERGED
from course.live.kernel import initramfs
from course.live.kernel.modules import modules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["NEXT", "own", "take_service", "take_tools", "write_all"]

#: What is loaded for paravirtual devices, for devices that imitate hardware, and for a disk.
MODULES = {
    "virtio": ("virtio_pci", "virtio_blk", "virtio_net", "virtio_rng"),
    "emulated": ("ata_piix", "sd_mod", "e1000"),
    "disk": ("crc32c_generic", "ext4"),
}
#: The kernel word that names the first program on a disk.
NEXT = "course.next"
_MODULE_FOLDER = "usr/lib/modules"
_SCRIPTS = ("shell", "writer", "ticker")
#: What programs that are not static need, as they are found by their names.
_LIBRARIES = ("libc.so.6", "libm.so.6")


def write_all(folder: Path, package: Path) -> None:
    """Write all archives into the folder of a build.

    Args:
        folder: the build's; its tools and its service are there already.
        package: where the kernel's package has been unpacked.
    """
    _write(folder, "tiny", _tiny((folder / "tools/busybox").read_bytes()))
    for name, wanted in MODULES.items():
        _write(folder, name, _drivers(name, modules(package, wanted)))
    _write(folder, "freeradius", initramfs.tree(folder / "freeradius"))
    tools = initramfs.tree(folder / "tools", "tools/")
    _write(folder, "tools", [initramfs.directory("tools"), *tools])


def take_tools(target: Path, busybox: debian.Deb, debs: Sequence[debian.Deb]) -> None:
    """Take the programs that measure from their packages.

    Args:
        target: the folder to make.
        busybox: the package that has it.
        debs: the packages of the set `tools`.
    """
    (target / "lib").mkdir(parents=True)
    wanted = {"usr/bin/ioping": "ioping", "usr/lib64/ld-linux-x86-64.so.2": "ld.so"}
    wanted |= {f"usr/lib/x86_64-linux-gnu/{name}": f"lib/{name}" for name in _LIBRARIES}
    wanted["usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"] = "ld.so"
    for member in debian.members(busybox.file, lambda path: path == "usr/bin/busybox"):
        _place(member, target / "busybox")
    for deb in debs:
        for member in debian.members(deb.file, wanted.__contains__):
            if member.kind == "file":
                _place(member, target / wanted[member.path])


def take_service(target: Path, context: Path) -> None:
    """Take the service's files from what its image is built from.

    Args:
        target: the folder to make.
        context: the context of the course's image of it, a tar archive.
    """
    target.mkdir()
    with tarfile.open(context) as archive:
        root = archive.extractfile("rootfs.tar")
        assert root is not None
        with tarfile.open(fileobj=io.BytesIO(root.read())) as inner:
            for entry in inner:
                _extract(inner, entry, target / entry.name)
        for entry in archive:
            if entry.name.startswith("files/"):
                _extract(archive, entry, target / entry.name.removeprefix("files/"))


def own(name: str) -> bytes:
    """Return one of the course's own files for guests."""
    return resources.files(__package__).joinpath("guest", name).read_bytes()


def _tiny(busybox: bytes) -> list[initramfs.Member]:
    folders = ("usr", *(f"usr/{name}" for name in MERGED), "usr/lib/course", _MODULE_FOLDER)
    members = [initramfs.directory(name) for name in (*folders, "dev", "etc", "proc", "root")]
    members += [initramfs.directory(name) for name in ("run", "sys", "tmp")]
    members += [initramfs.link(name, f"usr/{name}") for name in MERGED]
    members.append(initramfs.file("usr/bin/busybox", busybox, executable=True))
    members.append(initramfs.link("usr/bin/sh", "busybox"))
    members.append(initramfs.file("init", own("init"), executable=True))
    members += [
        initramfs.file(f"usr/lib/course/{name}", own(name), executable=True) for name in _SCRIPTS
    ]
    members.append(initramfs.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"))
    members.append(initramfs.file("etc/group", b"root:x:0:\n"))
    return members


def _drivers(name: str, files: Sequence[Path]) -> list[initramfs.Member]:
    members = [initramfs.file(f"{_MODULE_FOLDER}/{file.name}", file.read_bytes()) for file in files]
    order = "".join(f"{file.name}\n" for file in files)
    # Lists are read in the order of their names: a file system comes after its device.
    place = list(MODULES).index(name) + 1
    return [*members, initramfs.file(f"{_MODULE_FOLDER}/{place}-{name}.list", order.encode())]


def _write(folder: Path, name: str, members: list[initramfs.Member]) -> None:
    initramfs.write(folder / f"{name}.cpio.gz", members)


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    """Extract what the course itself has packed, so that nothing in it can lead astray."""
    if entry.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif entry.issym():
        target.symlink_to(entry.linkname)
    elif stream := archive.extractfile(entry):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(stream.read())
        target.chmod(entry.mode)


def _place(member: debian.Member, target: Path) -> None:
    assert member.content is not None
    target.write_bytes(member.content.read())
    target.chmod(member.mode)
