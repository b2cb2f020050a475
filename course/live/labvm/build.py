"""Build the lab VM: from Debian's packages to a frozen guest in which Docker is running."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from course.live import builds, cache, debian
from course.live.errors import LabVMBuildError, LiveError
from course.live.kernel.modules import kernel_of
from course.live.labvm import manifest, places, root
from course.live.labvm.emulator import Emulator
from course.live.labvm.hardware import GUEST, Machine
from course.live.labvm.manifest import COMPRESSOR, DISK, INITRAMFS, KERNEL, STATE, Manifest
from course.live.labvm.relay import open_gate
from course.live.progress import report
from course.live.qemu import program as qemu
from course.live.qemu.acceleration import kvm_works
from course.live.qemu.booting import boot

if TYPE_CHECKING:
    from course.live.debian import Deb
    from course.live.progress import Reporter

__all__ = ["build"]

DISK_MIB = 2048
#: What a build needs on the disk, in MiB: packages, root folder, disk, snapshot, and the old build.
ROOM_MIB = 1500
_BOOT_S = 180
_SAVE_S = 120
_LAST_LINES = 20
_WARM_UP_IMAGE = "course/busybox:1.35"

#: The parts of a build and about how long each takes, in seconds on two cores.
PARTS = {"packages": 8, "root": 8, "boot": 12, "images": 90, "freeze": 10, "digest": 2}


def build(
    *,
    accelerator: Literal["auto", "tcg", "kvm"] = "auto",
    strict: bool = False,
    images: bool = True,
    compress: bool = False,
    progress: Reporter | None = None,
) -> Manifest:
    """Build the lab VM, as an ordinary user and without Docker.

    It replaces the former build in one step at the end: one that fails or is interrupted leaves
    that as it was.

    Args:
        accelerator: `tcg`, `kvm`, or what a guest is found to run with.
        strict: only the pinned versions of packages will do.
        images: the course's images are put into the guest.
        compress: the snapshot is kept compressed. It takes a third of the room, and a fifth of a
            second longer to resume.
        progress: told how far the build is.

    Raises:
        QemuMissingError: there is no QEMU, or an old one.
        PackageError: a package cannot be had.
        DiskFullError: there is no room.
        LabVMBuildError: another program is missing or failed, or the guest did not come up.
    """
    program = qemu.find()
    qemu.require_new_enough(program)
    tools = {"mkfs.ext4": "e2fsprogs", "qemu-img": "qemu-utils"}
    if compress:
        tools[COMPRESSOR] = COMPRESSOR
    for tool, package in tools.items():
        builds.find_tool(tool, package, LabVMBuildError)
    with builds.under_way(cache.folder() / "labvm", ROOM_MIB, LabVMBuildError) as scratch:
        built = _Build(program, scratch, accelerator, compress, builds.Parts(PARTS, progress))
        result = built.run(strict=strict, images=images)
    report(progress, 1, f"the lab VM is built, in {result.build_s:.0f} s")
    return result


@dataclass
class _Build:
    """One build under way.

    Attributes:
        program: QEMU.
        folder: where everything is made.
        accelerator: as for `build`.
        compress: as for `build`.
        parts: its parts, with their progress.
    """

    program: str
    folder: Path
    accelerator: Literal["auto", "tcg", "kvm"]
    compress: bool
    parts: builds.Parts

    def run(self, *, strict: bool, images: bool) -> Manifest:
        began = time.monotonic()
        debs = debian.fetch(
            debian.pinned("guest"), progress=self.parts.within("packages"), strict=strict
        )
        self.parts.begin("root", "unpacking the guest's programs")
        kernel_version = self._make_root(debs)
        machine = Machine(accelerator=self._choose_accelerator())
        found = asyncio.run(self._boot_and_freeze(machine, images=images))
        self.parts.begin("digest", "taking digests")
        for leftover in ("root", "kernel-package", "disk.raw", "disk.writable"):
            path = self.folder / leftover
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        result = Manifest(
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            machine=machine,
            arguments=manifest.generic_arguments(machine),
            qemu_version=qemu.version(self.program),
            qemu_identity=qemu.identity(self.program),
            compressed=self.compress,
            recipe=manifest.recipe(),
            kernel_version=kernel_version,
            packages=tuple(_record(deb) for deb in debs),
            size_bytes={name: (self.folder / name).stat().st_size for name in manifest.FILES},
            sha256={name: manifest.digest(self.folder / name) for name in manifest.FILES},
            build_s=round(time.monotonic() - began, 1),
            **found,
        )
        result.write(self.folder)
        return result

    def _make_root(self, debs: list[Deb]) -> str:
        """Make kernel, initramfs and disk; return the kernel's version."""
        tree, package = self.folder / "root", self.folder / "kernel-package"
        tree.mkdir()
        package.mkdir()
        root.fill(tree, debs, package)
        kernel, version = kernel_of(package)
        shutil.copy(kernel, self.folder / KERNEL)
        root.write_initramfs(self.folder / INITRAMFS, tree, package)
        raw = self.folder / "disk.raw"
        with raw.open("wb") as stream:
            stream.truncate(DISK_MIB * 2**20)
        # No journal: a disk that is thrown away after a crash needs no recovery.
        builds.run_tool(
            "mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-E", "root_owner=0:0",
            "-d", str(tree), str(raw), package="e2fsprogs", error=LabVMBuildError,
        )  # fmt: skip
        self._convert(raw, self.folder / "disk.writable")
        return version

    def _convert(self, source: Path, target: Path, *options: str) -> None:
        builds.run_tool(
            "qemu-img", "convert", *options, "-O", "qcow2", str(source), str(target),
            package="qemu-utils", error=LabVMBuildError,
        )  # fmt: skip

    def _choose_accelerator(self) -> str:
        if self.accelerator == "tcg":
            return "tcg"
        if kvm_works(self.program, self.folder / KERNEL, self.folder / INITRAMFS):
            return "kvm"
        if self.accelerator == "kvm":
            raise LabVMBuildError(
                "expected a guest to run with KVM, found that none does: /dev/kvm is missing, not "
                "open to you, or does not work here; build without: course labvm build "
                "--accelerator tcg"
            )
        return "tcg"

    async def _boot_and_freeze(self, machine: Machine, *, images: bool) -> dict[str, Any]:
        folder = places.RunFolder(f"{places.BUILDING}{os.getpid()}")
        with folder.claimed():
            found = await self._freeze_in(folder, machine, images=images)
        self._convert(self.folder / "disk.writable", self.folder / DISK, "-c")
        return found

    async def _freeze_in(
        self, folder: places.RunFolder, machine: Machine, *, images: bool
    ) -> dict[str, Any]:
        address = f"unix://{folder.docker}"
        began = time.monotonic()
        emulator = Emulator(
            self.program,
            machine,
            disk=f"file={self.folder / 'disk.writable'},format=qcow2,"
            "discard=unmap,detect-zeroes=unmap",
            network="restrict=on",
            shell=folder.shell,
            more=boot(self.folder / KERNEL, self.folder / INITRAMFS, *GUEST),
        )
        try:
            await emulator.attach()
            self.parts.begin("boot", "booting the guest")
            async with asyncio.timeout(_BOOT_S):
                relay = await open_gate(emulator, "labvm", folder.docker, _BOOT_S)
                await relay.wait(_BOOT_S)
            cold_boot_s = round(time.monotonic() - began, 2)
            docker, records = await asyncio.to_thread(self._put_images, address, images)
            # What was read while images were built is not what a container needs.
            await emulator.agent.synchronise(_BOOT_S)
            await emulator.agent.run(
                "/bin/sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches", timeout_s=_SAVE_S
            )
            await asyncio.to_thread(self._warm_up, address)
            await relay.close()
            self.parts.begin("freeze", "freezing the guest")
            await self._freeze(emulator)
        except Exception as error:  # QEMU's client, Docker's and our own each have their kinds
            if isinstance(error, LiveError) and emulator.process.poll() is None:
                raise  # a package or an image, say; the guest is well
            found = str(error) or "no answer"
            raise LabVMBuildError(
                "expected a guest with Docker in which the course's images are built, found: "
                f"{found}; try again, and if it happens again report it with these lines",
                console_tail="\n".join(list(emulator.console)[-_LAST_LINES:]),
            ) from error
        finally:
            await emulator.end()
        return {
            "cold_boot_s": cold_boot_s,
            "docker_version": docker["Version"],
            "docker_api_version": docker["ApiVersion"],
            "images": tuple(records),
        }

    def _put_images(
        self, address: str, wanted: bool
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Have the guest's Docker build the course's images."""
        from course.live.client import CourseClient
        from course.live.images import IMAGES, measure, provide

        client = CourseClient(address)
        try:
            version: dict[str, Any] = client.version()
            if not wanted:
                return version, []
            provide(client, *IMAGES, progress=self.parts.within("images"))
            client.images.prune()
            return version, [asdict(record) for record in measure(client)]
        finally:
            client.close()

    def _warm_up(self, address: str) -> None:
        """Have the guest do once what learners will do, so that the programs for it are loaded."""
        from course.live.client import CourseClient

        client = CourseClient(address)
        try:
            if client.images.list(name=_WARM_UP_IMAGE):
                container = client.containers.run(_WARM_UP_IMAGE, ["sleep", "60"], detach=True)
                container.exec_run("true")
                container.remove(force=True)
        finally:
            client.close()

    async def _freeze(self, emulator: Emulator) -> None:
        await emulator.tell_gate("labvm", secrets.token_hex(64), "", _BOOT_S)
        await emulator.agent.synchronise(_BOOT_S)
        done = await emulator.agent.run("/etc/freeze", timeout_s=_SAVE_S)
        if done.code:
            raise RuntimeError(f"the guest could not be made ready to freeze: {done.errors}")
        # Level 9 takes 5 s, and those above it hardly make it smaller.
        through = f"{COMPRESSOR} -q -9 -T0" if self.compress else "cat"
        await emulator.save(self.folder / STATE, _SAVE_S, through=through)


def _record(deb: Deb) -> dict[str, Any]:
    package = deb.package
    return {
        "name": package.name,
        "version": package.version,
        "release": package.release,
        "drifted": deb.drifted,
    }
