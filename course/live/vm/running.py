"""A machine that runs: booted or resumed, saved, moved to another process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING

from course.live import radius
from course.live.errors import DiskFullError, VirtualMachineError
from course.live.progress import report
from course.live.qemu.booting import boot
from course.live.vm.guests import KERNEL, built
from course.live.vm.hardware import PORTS
from course.live.vm.initramfs import put_together
from course.live.vm.migration import Migration, move
from course.live.vm.process import MachineProcess
from course.live.vm.snapshots import MEMORY
from course.live.vm.timeline import BootTimeline

if TYPE_CHECKING:
    from pathlib import Path

    from course.live.progress import Reporter
    from course.live.vm.configuration import Configuration
    from course.live.vm.snapshots import Snapshot

__all__ = ["Running"]

#: How long a start may take, in seconds, on a machine that is busy with other things.
_START_S = {"tiny": 120, "full": 420}
_RESUME_S = 60
_SAVE_S = 120
_TICKS_S = 10
_BOOTED = ("process", "firmware", "kernel", "user space", "service")
_RESUMED = ("process", "loading", "answer")
_LEAST_FREE_MIB = 16  # a disk with less is why something could not be written


class Running:
    """One running machine.

    Attributes:
        process: its QEMU, which another takes the place of when it is moved.
        timeline: the stages of its start.
        ports: for each forwarded TCP port of the guest, the port of this machine's loopback.
        disks: for each disk its `file` and its `format`.
    """

    process: MachineProcess

    def __init__(
        self,
        program: str,
        configuration: Configuration,
        folder: Path,
        disks: list[dict[str, str]],
        progress: Reporter | None,
    ) -> None:
        """Prepare for a start.

        Args:
            program: QEMU.
            configuration: what the machine is.
            folder: a folder of its own.
            disks: its disks.
            progress: told what goes on.
        """
        self.timeline = BootTimeline(())
        self.ports: dict[int, int] = {}
        self.disks = disks
        self._program = program
        self._configuration = configuration
        self._folder = folder
        self._progress = progress

    async def boot(self) -> None:
        """Boot it, and wait until its shell, and its service if it has one, answer."""
        told = self._configuration
        begin = self._folder / "initramfs"
        put_together(begin, [built() / f"{name}.cpio.gz" for name in told.archives])
        more = boot(built() / KERNEL, begin, *told.words)
        process = self.process = MachineProcess(self._program, told.hardware, self.disks, more)
        async with asyncio.timeout(_START_S[told.guest]):
            await process.attach()
            self._say(0.2, "its kernel")
            await process.shell.ready()
            process.recorder.end("user space")
            await self._learn_ports()
            if told.service:
                self._say(0.8, "its service")
                await self._wait_for_service()
                process.recorder.end("service")
        self.timeline = process.recorder.timeline(_BOOTED)

    async def resume(self, snapshot: Snapshot) -> None:
        """Have it go on from a snapshot, and wait until its shell answers."""
        descriptor = os.open(snapshot.path / MEMORY, os.O_RDONLY)
        try:
            process = self.process = MachineProcess(
                self._program,
                self._configuration.hardware,
                self.disks,
                ["-incoming", f"fd:{descriptor}"],
                inherited=(descriptor,),
            )
        finally:
            os.close(descriptor)
        async with asyncio.timeout(_RESUME_S):
            await process.attach()
            await process.resumed()
            # Its clock stands where it was, and clones would have the same random numbers.
            now = f"date -u -s @{time.time():.0f} > /dev/null"
            await process.shell.run(f"{now}; echo {os.urandom(64).hex()} > /dev/urandom", 10)
            process.recorder.end("answer")
            await self._learn_ports()
        self.timeline = process.recorder.timeline(_RESUMED)

    async def tick(self) -> int:
        """Return how far the guest has counted; it begins when this is first asked."""
        process = self.process
        if not process.ticks:
            await process.shell.run("sh /usr/lib/course/ticker > /dev/null 2>&1 &", _TICKS_S)
            async with asyncio.timeout(_TICKS_S):
                while not process.ticks:
                    await asyncio.sleep(0.01)
        return process.ticks[-1][1]

    async def migrate(
        self, bandwidth_mib_per_s: float, downtime_limit_ms: int, timeout_s: float
    ) -> Migration:
        """Move it to another QEMU process; see `VirtualMachine.migrate`."""
        await self.tick()  # so that somebody outside hears when it stands still
        source, hardware = self.process, self._configuration.hardware
        target = MachineProcess(self._program, hardware, self.disks, ["-incoming", "defer"])
        meeting = self._folder / "migration"
        moved = False
        try:
            await target.attach()
            went = await move(
                source,
                target,
                meeting,
                memory_mib=hardware.memory_mib,
                bandwidth_mib_per_s=bandwidth_mib_per_s,
                downtime_limit_ms=downtime_limit_ms,
                timeout_s=timeout_s,
                heard=lambda share, said: report(self._progress, share, f"migrating, {said}"),
            )
            moved = went.completed
            if moved:
                self.process = target
                await self._learn_ports()
        finally:
            await (source if moved else target).end()
            meeting.unlink(missing_ok=True)
        return went

    async def save(self, snapshot: Snapshot, *, go_on: bool) -> None:
        """Write its memory and disks into a snapshot's folder.

        Args:
            snapshot: what is being made.
            go_on: whether it goes on afterwards; it does in any case if it could not be saved.

        Raises:
            DiskFullError: there is no room.
            VirtualMachineError: QEMU could not write it.
        """
        memory = snapshot.path.absolute() / MEMORY
        saved = False
        try:
            try:
                await self.process.save(memory, _SAVE_S)
            except RuntimeError as error:
                raise _unsaved(memory, error) from error
            for number, disk in enumerate(self.disks):
                target = snapshot.path / f"disk-{number}"
                await asyncio.to_thread(shutil.copy, disk["file"], target)
            saved = True
        finally:
            if go_on or not saved:
                with contextlib.suppress(Exception):
                    await self.process.command("migrate_cancel")
                with contextlib.suppress(Exception):
                    await self.process.command("cont")

    async def _learn_ports(self) -> None:
        forwarded = {guest: host for host, guest in (await self.process.forwards()).items()}
        self.ports = {port: forwarded[port] for port in PORTS if port in forwarded}

    async def _wait_for_service(self) -> None:
        port = self.ports[radius.PORT]
        while not await asyncio.to_thread(radius.answers, port, timeout_s=2):
            if self.process.process.poll() is not None:
                raise ConnectionError("the machine has gone")
            await asyncio.sleep(0.05)

    def _say(self, fraction: float, waiting_for: str) -> None:
        text = f"booting a {self._configuration.guest} machine, waiting for {waiting_for}"
        report(self._progress, fraction, text)


def _unsaved(memory: Path, error: Exception) -> Exception:
    free_mib = shutil.disk_usage(memory.parent).free / 2**20
    if free_mib < _LEAST_FREE_MIB:
        return DiskFullError(
            f"expected room for the machine's memory in {memory.parent}, found {free_mib:.0f} MiB "
            "left; delete what is not needed any more, or name a folder on another disk"
        )
    return VirtualMachineError(
        f"expected QEMU to save the machine in {memory.parent}, found that it could not: {error}; "
        "see that the folder can be written to"
    )
