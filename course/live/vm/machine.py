"""A virtual machine as a learner has it: booted, looked into, suspended, moved, crashed."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from course.limits import available_memory_bytes
from course.live.debian.errors import room
from course.live.errors import MachineStateError, NotEnoughMemoryError
from course.live.progress import report
from course.live.qemu import program as qemu
from course.live.vm import accelerator as accelerators
from course.live.vm import portal
from course.live.vm.configuration import configured
from course.live.vm.disks import make_disks
from course.live.vm.explaining import died, explained
from course.live.vm.figures import DiskSize, MachineMemory, disk_size, memory_of
from course.live.vm.guests import DISK, Manifest, built
from course.live.vm.running import Running
from course.live.vm.snapshots import Snapshot
from course.live.vm.timeline import BootTimeline
from course.live.workfolder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType
    from typing import Self

    from course.live.progress import Reporter
    from course.live.vm.migration import Migration
    from course.live.vm.shell import Finished

__all__ = ["VirtualMachine"]

T = TypeVar("T")
State = Literal["new", "running", "paused", "stopped", "crashed"]
_KEPT_FREE_MIB = 12  # below it a guest begins to kill its programs


class VirtualMachine:
    """A real virtual machine, run by QEMU, that needs no privilege.

    Use it as a context manager: at the end of the block, or by Ctrl-C, the machine and its files
    are gone. If Python itself is killed, the machine goes with it.

    Example:
        >>> from course.live.vm import VirtualMachine
        >>> with VirtualMachine("tiny") as machine:  # doctest: +SKIP
        ...     machine.run("uname -r").output
        '6.1.0-56-amd64'
    """

    def __init__(
        self,
        guest: Literal["tiny", "full"] = "tiny",
        *,
        memory_mib: int | None = None,
        cpus: int = 1,
        accelerator: Literal["auto", "tcg", "kvm"] = "auto",
        devices: Literal["virtio", "emulated"] = "virtio",
        data_disk_mib: int = 0,
        tools: bool = False,
        service: Literal["freeradius"] | None = None,
        progress: Reporter | None = None,
    ) -> None:
        """Describe a machine; nothing is started.

        Args:
            guest: `tiny` (a kernel and busybox, in memory alone) or `full` (a general-purpose
                Debian with systemd and freeradius, on a disk).
            memory_mib: the guest's memory, in MiB; by default 128 for `tiny`, 384 for `full`.
            cpus: how many virtual CPUs, 1 to 8.
            accelerator: `tcg` (software emulation, works everywhere), `kvm`, or what is found to
                work.
            devices: `virtio` (the guest knows that they are made for it) or `emulated` (they
                imitate an IDE disk and an Intel network card).
            data_disk_mib: the size of a further disk with random content, in MiB; 0 for none.
            tools: the programs that measure are in the guest's `/tools`.
            service: `freeradius` has a tiny guest run it; a full one always does.
            progress: told what goes on.

        Raises:
            ValueError: a parameter is none of these.
        """
        self._configuration = configured(
            guest,
            memory_mib=memory_mib,
            cpus=cpus,
            accelerator=accelerator,
            devices=devices,
            data_disk_mib=data_disk_mib,
            tools=tools,
            service=service,
        )
        self._prepare(None, progress)

    @classmethod
    def restored(
        cls, snapshot: Snapshot | Path | str, *, progress: Reporter | None = None
    ) -> VirtualMachine:
        """Return a machine that goes on where a snapshot was taken, once it is started.

        Any number may run at once: each has a copy of the disks, and its memory is its own.

        Args:
            snapshot: what was saved, or its folder.
            progress: told what goes on.

        Raises:
            MachineStateError: there is no whole snapshot.
        """
        saved = snapshot if isinstance(snapshot, Snapshot) else Snapshot.read(snapshot)
        machine = cls.__new__(cls)
        machine._configuration = saved.configuration
        machine._prepare(saved, progress)
        return machine

    def _prepare(self, snapshot: Snapshot | None, progress: Reporter | None) -> None:
        self._snapshot = snapshot
        self._progress = progress
        self._running: Running | None = None
        self._folder: WorkFolder | None = None
        self._state: State = "new"

    # What it is

    @property
    def guest(self) -> str:
        """`tiny` or `full`."""
        return self._configuration.guest

    @property
    def accelerator(self) -> str:
        """What it runs with, `tcg` or `kvm`; before the start also `auto`."""
        return self._configuration.hardware.accelerator

    @property
    def devices(self) -> str:
        """`virtio` or `emulated`."""
        return self._configuration.hardware.devices

    @property
    def memory_mib(self) -> int:
        """The guest's memory, in MiB."""
        return self._configuration.hardware.memory_mib

    @property
    def cpus(self) -> int:
        """How many virtual CPUs it has."""
        return self._configuration.hardware.cpus

    @property
    def data_disk(self) -> str:
        """The path of the further disk in the guest; empty if there is none."""
        return self._configuration.data_disk

    @property
    def state(self) -> State:
        """`new`, `running`, `paused`, `stopped`, or `crashed` if it ended without being asked."""
        alive = self._state in ("running", "paused") and self._running is not None
        if alive and self._started().process.process.poll() is not None:
            self._state = "crashed"
        return self._state

    @property
    def pid(self) -> int:
        """The process id of its QEMU, which changes with a migration.

        Raises:
            MachineStateError: it was never started.
        """
        return self._started().process.process.pid

    @property
    def command_line(self) -> tuple[str, ...]:
        """What its QEMU was started with.

        Raises:
            MachineStateError: it was never started.
        """
        return self._started().process.command_line

    @property
    def console(self) -> str:
        """The last lines of its console; empty before it is started."""
        return "" if self._running is None else "\n".join(self._running.process.console)

    @property
    def timeline(self) -> BootTimeline:
        """The stages of its start; see `BootTimeline`."""
        return BootTimeline(()) if self._running is None else self._running.timeline

    @property
    def ports(self) -> dict[int, int]:
        """For each forwarded TCP port of the guest, the port of this machine's loopback."""
        return {} if self._running is None else dict(self._running.ports)

    def __repr__(self) -> str:
        what = f"{self.guest} machine, {self.memory_mib} MiB, {self.cpus} CPU, {self.devices}"
        return f"<{what}, {self.accelerator}, {self.state}>"

    # Its life

    def start(self) -> VirtualMachine:
        """Boot it, or resume it from its snapshot, and wait until it answers.

        Returns:
            The machine.

        Raises:
            MachineStateError: it has been started before.
            QemuMissingError: there is no QEMU, or an old one.
            GuestsNotBuiltError: there is nothing to boot.
            FingerprintMismatchError: guests or snapshot are another version's.
            NotEnoughMemoryError: this machine has too little memory left.
            DiskFullError: there is no room for its disks.
            GuestDiedError: it ended meanwhile.
            GuestFrozenError: it did not answer in time.
        """
        if self._state != "new":
            raise MachineStateError(
                f"expected a machine that was not started yet, found a {self.state} one; make a "
                "new VirtualMachine"
            )
        program = qemu.find()
        manifest = Manifest.read()
        manifest.require_usable()
        chosen = accelerators.choose(self.accelerator, program)
        self._configuration = self._configuration.with_accelerator(chosen)
        if self._snapshot is not None:
            self._snapshot.require_resumable(qemu.version(program), manifest.recipe)
        self._require_memory()
        what = "resuming" if self._snapshot else "booting"
        report(self._progress, None, f"{what} a {self.guest} machine")
        self._state = "stopped"  # should the start fail, another one would not go better
        folder = self._folder = WorkFolder()
        starting: Running | None = None
        try:
            with room(folder.path):
                disks = make_disks(folder.path, self._configuration, self._snapshot)
                starting = Running(program, self._configuration, folder.path, disks, self._progress)
                portal.run(starting.resume(self._snapshot) if self._snapshot else starting.boot())
        except BaseException as error:  # Ctrl-C too
            process = getattr(starting, "process", None)
            why = explained(error, process)
            if process is not None:
                portal.run(process.end())
            folder.remove()
            if why is error:
                raise
            raise why from error
        self._running = starting
        self._state = "running"
        report(self._progress, 1, f"the {self.guest} machine answers, after {self.timeline}")
        return self

    def stop(self) -> None:
        """End it and delete its files; nothing happens if it has ended."""
        alive = self.state in ("running", "paused")
        try:
            if self._running is not None:
                portal.run(self._running.process.end())
        finally:
            if self._folder is not None:
                self._folder.remove()
            if alive:
                self._state = "stopped"

    def crash(self) -> None:
        """Kill its QEMU as a power cut would: nothing is saved, nothing is told to the guest."""
        self._awake().process.kill()
        self._state = "crashed"

    def pause(self) -> None:
        """Have it stand still; its memory stays."""
        self._do(self._awake().process.command("stop"))
        self._state = "paused"

    def resume(self) -> None:
        """Have a paused machine go on.

        Raises:
            MachineStateError: it is not paused.
        """
        if self.state != "paused":
            raise MachineStateError(
                f"expected a paused machine, found a {self.state} one; a saved one goes on "
                "by VirtualMachine.restored(snapshot)"
            )
        self._do(self._started().process.command("cont"))
        self._state = "running"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Inside

    def run(self, command: str, timeout_s: float = 30) -> Finished:
        """Run a command in the guest, as root, and wait for its end.

        Args:
            command: for the guest's shell.
            timeout_s: how long it may take, in seconds; then it is ended.

        Returns:
            Its exit status and what it printed.

        Raises:
            MachineStateError: the machine is not running.
            GuestDiedError: it has ended.
            GuestFrozenError: it does not answer.
        """
        return self._do(self._awake().process.shell.run(command, timeout_s))

    def memory(self) -> MachineMemory:
        """Measure what QEMU takes of this machine's memory, and the guest of its own."""
        return memory_of(self._awake().process.process.pid, self.run("cat /proc/meminfo").output)

    def disk(self) -> DiskSize:
        """Measure its disks: as the guest sees them, and what they take on this machine."""
        disks = [Path(disk["file"]) for disk in self._awake().disks]
        return disk_size(disks, [built() / DISK] if self.guest == "full" else [])

    def write_memory(self, mib_per_s: float, working_set_mib: float = 16) -> None:
        """Have the guest overwrite a part of its memory, again and again, in the background.

        Args:
            mib_per_s: how much in a second, in MiB; 0 ends it.
            working_set_mib: how large the part is, in MiB.

        Raises:
            ValueError: the guest has not so much memory left.
        """
        self.run("kill $(cat /run/writer.pid) 2> /dev/null; rm -f /run/writer/*")
        meminfo = self.run("cat /proc/meminfo").output
        free_mib = int(re.findall(r"MemAvailable:\s+(\d+)", meminfo)[0]) / 1024
        largest = math.floor(free_mib - _KEPT_FREE_MIB)
        if not 0 <= mib_per_s < math.inf or not 0.0625 <= working_set_mib <= largest:
            raise ValueError(
                f"expected a rate of 0 or more and a working set of at most {largest} MiB, which "
                f"this guest has left, found {mib_per_s!r} and {working_set_mib!r}; give the "
                "machine more: memory_mib=..."
            )
        if mib_per_s:
            self.run(
                f"sh /usr/lib/course/writer {mib_per_s:g} {working_set_mib:g} "
                "> /dev/null 2>&1 & echo $! > /run/writer.pid"
            )

    def written_mib(self) -> float:
        """Return how much `write_memory` has written since it began, in MiB."""
        said = self.run("cat /run/writer/written 2> /dev/null").output.strip()
        return int(said) / 1024 if said.isdigit() else 0.0

    def ticks(self) -> int:
        """Return how far the guest has counted, from the moment on that this was first asked."""
        return self._do(self._awake().tick())

    # Saved and moved

    def snapshot(self, folder: Path | str) -> Snapshot:
        """Save it as it is, and let it go on.

        Args:
            folder: the folder to make.

        Raises:
            FileExistsError: there is such a folder.
            DiskFullError: there is no room; nothing is left of the attempt.
        """
        return self._save(Path(folder), go_on=True)

    def suspend(self, folder: Path | str) -> Snapshot:
        """Save it as it is, and end it; `VirtualMachine.restored` has it go on.

        Args:
            folder: the folder to make.

        Raises:
            FileExistsError: there is such a folder.
            DiskFullError: there is no room; the machine goes on.
        """
        saved = self._save(Path(folder), go_on=False)
        self.stop()
        return saved

    def migrate(
        self,
        *,
        bandwidth_mib_per_s: float = 32,
        downtime_limit_ms: int = 300,
        timeout_s: float = 60,
    ) -> Migration:
        """Move it to a second QEMU process while it runs.

        Args:
            bandwidth_mib_per_s: the most that is sent in a second, in MiB.
            downtime_limit_ms: the longest that it may stand still, in milliseconds.
            timeout_s: after so long a migration that does not converge is given up, and the
                machine goes on where it was.

        Returns:
            How it went.

        Raises:
            ValueError: a parameter is not positive.
            NotEnoughMemoryError: there is no room for a second process.
            GuestDiedError: it ended meanwhile.
        """
        for name, value in {
            "bandwidth_mib_per_s": bandwidth_mib_per_s,
            "downtime_limit_ms": downtime_limit_ms,
            "timeout_s": timeout_s,
        }.items():
            if not 0 < value < math.inf:
                raise ValueError(f"expected {name} above 0, found {value!r}")
        moving = self._awake()
        self._require_memory()
        went = self._do(moving.migrate(bandwidth_mib_per_s, downtime_limit_ms, timeout_s))
        report(self._progress, 1, str(went), lasting=not went.completed)
        return went

    def _save(self, folder: Path, *, go_on: bool) -> Snapshot:
        running = self._awake()
        report(self._progress, None, "saving the machine")
        with room(folder.absolute().parent):
            folder.mkdir(parents=True)
            try:
                version = qemu.version(qemu.find())
                saved = Snapshot(folder, self._configuration, version, Manifest.read().recipe)
                self._do(running.save(saved, go_on=go_on))
                saved.write()
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        report(self._progress, 1, f"saved in {folder}, {saved.memory_bytes / 2**20:.0f} MiB")
        return saved

    # Its state

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something with the running machine, and say what kept it from being done."""
        try:
            return portal.run(work)
        except BaseException as error:
            why = explained(error, self._started().process)
            if why is error:
                raise
            raise why from error

    def _started(self) -> Running:
        if self._running is None:
            raise MachineStateError(
                f"expected a machine that runs, found a {self._state} one; use it inside of "
                "`with VirtualMachine(...) as machine:`, or call machine.start()"
            )
        return self._running

    def _awake(self) -> Running:
        """Return what runs, and is not paused."""
        running, state = self._started(), self.state
        if state == "crashed":
            raise died(running.process)
        if state != "running":
            hint = "call machine.resume()" if state == "paused" else "make a new VirtualMachine"
            raise MachineStateError(f"expected a machine that runs, found a {state} one; {hint}")
        return running

    def _require_memory(self) -> None:
        """Refuse a start that the kernel would end by killing QEMU, or a notebook beside it."""
        needed_mib = self._configuration.hardware.resident_limit_mib
        available_mib = available_memory_bytes() // 2**20
        if available_mib < needed_mib:
            raise NotEnoughMemoryError(
                f"expected {needed_mib} MiB of memory for the machine, found {available_mib} MiB "
                "left; stop other machines and notebooks, or give this one less: memory_mib=..."
            )
