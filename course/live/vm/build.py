"""Build what machines boot: from Debian's packages, without root.

The full guest is unpacked here, and configured by its own dpkg in a machine that runs for that.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from course.live import builds, cache, debian
from course.live.errors import GuestsBuildError
from course.live.kernel.image import unpacked
from course.live.kernel.modules import kernel_of
from course.live.progress import Progress, report
from course.live.qemu import program as qemu
from course.live.qemu.booting import boot
from course.live.qemu.process import QemuProcess
from course.live.vm import archives, guests
from course.live.vm.guests import ARCHIVES, DISK, KERNEL, SERVICE, TOOLS, Manifest
from course.live.vm.initramfs import put_together
from course.live.vm.installing import unpack_system

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from course.live.progress import Reporter

__all__ = ["build"]

DISK_MIB = 4096
#: What a build needs on the disk, in MiB: packages, unpacked system, disks, and the old build.
ROOM_MIB = 2500
_CONFIGURE_S = 900
_LAST_LINES = 25

#: The parts of a build and about how long each takes, in seconds on two cores.
PARTS = {"packages": 8, "unpack": 25, "archives": 4, "configure": 110, "compress": 15}


def build(*, strict: bool = False, progress: Reporter | None = None) -> Manifest:
    """Build the guests, as an ordinary user; the former ones stay until that has succeeded.

    Args:
        strict: only the pinned versions of packages will do.
        progress: told how far the build is.

    Raises:
        QemuMissingError: there is no QEMU, or an old one.
        PackageError: a package cannot be had.
        DiskFullError: there is no room.
        GuestsBuildError: another program is missing or failed, or the system was not configured.
    """
    program = qemu.find()
    qemu.require_new_enough(program)
    for tool, package in {"mkfs.ext4": "e2fsprogs", "qemu-img": "qemu-utils"}.items():
        builds.find_tool(tool, package, GuestsBuildError)
    began = time.monotonic()
    parts = builds.Parts(PARTS, progress)
    with builds.under_way(cache.folder() / "guests", ROOM_MIB, GuestsBuildError) as folder:
        debs = _fetch(parts, strict=strict)
        parts.begin("unpack", "unpacking the full guest's packages")
        root = folder / "root"
        unpacking = parts.within("unpack")
        owners = unpack_system(
            debs["full"], root, lambda done: unpacking(Progress(done, "unpacking the full guest"))
        )
        kernel, version = kernel_of(root)
        packed = kernel.read_bytes()
        (folder / KERNEL).write_bytes(unpacked(packed) or packed)
        parts.begin("archives", "packing what every machine begins with")
        _write_archives(folder, root, debs)
        _add_own(root, owners)
        raw = folder / "disk.raw"
        _make_disk(root, raw)
        asyncio.run(_configure(program, folder, raw, parts))
        parts.begin("compress", "compressing the full guest's disk")
        used_bytes = raw.stat().st_blocks * 512
        _tool("qemu-img", "convert", "-c", "-O", "qcow2", "-o", "compression_type=zstd",
              str(raw), str(folder / DISK))  # fmt: skip
        raw.unlink()
        shutil.rmtree(root)
        result = Manifest(
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            recipe=guests.recipe(),
            kernel_version=version,
            packages=tuple(
                {
                    "name": deb.package.name,
                    "version": deb.package.version,
                    "drifted": deb.drifted,
                }
                for deb in dict.fromkeys(deb for found in debs.values() for deb in found)
            ),
            size_bytes={
                name: (folder / name).stat().st_size
                for name in (KERNEL, DISK, *(f"{name}.cpio.gz" for name in ARCHIVES))
            },
            kernel_packed_bytes=len(packed),
            full_virtual_bytes=DISK_MIB * 2**20,
            full_used_bytes=used_bytes,
            build_s=round(time.monotonic() - began, 1),
        )
        result.write(folder)
    report(progress, 1, f"the guests are built, in {result.build_s:.0f} s")
    return result


def _fetch(parts: builds.Parts, *, strict: bool) -> dict[str, list[debian.Deb]]:
    """Return the packages of each set, downloaded together."""
    wanted = {name: debian.pinned(name) for name in ("full", "busybox", "tools")}
    every = list(dict.fromkeys(package for packages in wanted.values() for package in packages))
    debs = debian.fetch(every, progress=parts.within("packages"), strict=strict)
    found = dict(zip(every, debs, strict=True))
    return {name: [found[package] for package in packages] for name, packages in wanted.items()}


def _write_archives(folder: Path, root: Path, debs: dict[str, list[debian.Deb]]) -> None:
    from course.live.images import IMAGES
    from course.live.images.contexts import prepare

    archives.take_tools(folder / TOOLS, debs["busybox"][0], debs["tools"])
    (context,) = prepare([IMAGES["course/freeradius:3.2"]])
    archives.take_service(folder / SERVICE, context.file)
    archives.write_all(folder, root)


def _add_own(root: Path, owners: Sequence[str]) -> None:
    """Add the course's few files to the full guest."""
    own = root / "usr/lib/course"
    own.mkdir(parents=True)
    for name in ("configure", "shell", "writer", "ticker", "listen", "client"):
        (own / name).write_bytes(archives.own(name))
        (own / name).chmod(0o755)
    (own / "owners").write_text("".join(f"{line}\n" for line in owners))
    unit = root / "etc/systemd/system/course-shell.service"
    unit.write_bytes(archives.own("course-shell.service"))
    radius = root.parent / SERVICE / "etc/freeradius"
    (own / "users").write_bytes((radius / "users").read_bytes())


def _make_disk(root: Path, raw: Path) -> None:
    with raw.open("wb") as stream:
        stream.truncate(DISK_MIB * 2**20)
    _tool("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "root_owner=0:0", "-d", str(root), str(raw))


async def _configure(program: str, folder: Path, raw: Path, parts: builds.Parts) -> None:
    """Have the guest's own dpkg configure it."""
    begin = folder / "configure.initramfs"
    put_together(begin, [folder / f"{name}.cpio.gz" for name in ("tiny", "virtio", "disk")])
    words = ("course.disk=/dev/vda", f"{archives.NEXT}=/usr/lib/course/configure", "loglevel=4")
    machine = QemuProcess(
        program,
        [
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-machine", "pc", "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "qemu64"),
            *("-smp", "2", "-m", "768", "-device", "virtio-rng-pci"),
            # A build that is interrupted is thrown away: nothing needs to reach the disk in time.
            *("-drive", f"if=none,id=disk,file={raw},format=raw,cache=unsafe,discard=unmap,"
              "detect-zeroes=unmap"),
            *("-device", "virtio-blk-pci,drive=disk"),
            *boot(folder / KERNEL, begin, *words),
        ],
    )  # fmt: skip
    try:
        await machine.attach()
        async with asyncio.timeout(_CONFIGURE_S):
            ended = asyncio.create_task(machine.ended())
            while not ended.done():
                done = [re.findall(r"^course: ([01]\.\d\d)$", line) for line in machine.console]
                fraction = float(next((found[0] for found in reversed(done) if found), 0))
                said = f"configuring the full guest: {fraction:.0%} of its packages"
                parts.within("configure")(Progress(fraction, said))
                await asyncio.wait({ended}, timeout=2)
    except TimeoutError:
        pass  # said below, with what the console shows
    finally:
        await machine.end()
    begin.unlink()
    if "course: configured" not in machine.console:
        raise GuestsBuildError(
            "expected the full guest to be configured, found that it was not; try again, and if "
            "it happens again report it with these lines",
            console_tail="\n".join(list(machine.console)[-_LAST_LINES:]),
        )


def _tool(tool: str, *arguments: str) -> str:
    package = {"mkfs.ext4": "e2fsprogs", "qemu-img": "qemu-utils"}[tool]
    return builds.run_tool(tool, *arguments, package=package, error=GuestsBuildError)
