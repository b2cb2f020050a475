"""The QEMU of one machine, with what can be seen and heard of it from outside."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import deque
from typing import TYPE_CHECKING

from course.live.qemu.process import QemuProcess
from course.live.vm.hardware import Channels, Hardware, arguments
from course.live.vm.shell import Shell
from course.live.vm.timeline import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["MachineProcess"]

_KEPT_TICKS = 20_000
# What SeaBIOS and the guest's first program say.
_FIRMWARE_LEAVES = b"Booting from"
_USER_SPACE = b"course: user space"


class MachineProcess(QemuProcess):
    """A machine's QEMU: its shell, its ticks, and the moments of its start.

    Attributes:
        shell: the client of the guest's shell, once `attach` has been called.
        recorder: when the stages of the start ended.
        ticks: what the guest has counted: when it was heard, as `time.monotonic` has it, and what.
    """

    shell: Shell

    def __init__(
        self,
        program: str,
        hardware: Hardware,
        disks: Sequence[Mapping[str, str | Path]],
        more: Sequence[str],
        *,
        inherited: Sequence[int] = (),
    ) -> None:
        """Start the process.

        Args:
            program: QEMU.
            hardware: what the machine is made of.
            disks: see `hardware.arguments`.
            more: further arguments: what to boot, or from where to resume.
            inherited: descriptors that these name.
        """
        self.recorder = Recorder()
        self.ticks: deque[tuple[float, int]] = deque(maxlen=_KEPT_TICKS)
        self._tail = b""
        pairs = [socket.socketpair() for _channel in range(3)]
        self._shell_end, self._ticks_end, self._firmware_end = (ours for ours, _theirs in pairs)
        theirs = [other for _ours, other in pairs]
        channels = Channels(*(other.fileno() for other in theirs))
        with theirs[0], theirs[1], theirs[2]:
            super().__init__(
                program,
                [*arguments(hardware, channels, disks), *more],
                inherited=(*(other.fileno() for other in theirs), *inherited),
            )

    async def attach(self) -> None:
        """Begin to listen, and connect to the monitor and to the guest's shell."""
        self._listening = [
            asyncio.create_task(self._hear_firmware()),
            asyncio.create_task(self._hear_ticks()),
        ]
        self.shell = await Shell.over(self._shell_end)
        await super().attach()

    async def resumed(self) -> None:
        """Wait until a saved state is loaded, and let the guest go on."""
        self.recorder.end("process")
        await super().resumed()
        self.recorder.end("loading")

    async def end(self) -> None:
        """End the process, in order if it can be, by force if not."""
        await super().end()
        if hasattr(self, "shell"):
            self.shell.close()
            for task in self._listening:
                task.cancel()
            await asyncio.gather(*self._listening, return_exceptions=True)
        for connection in (self._shell_end, self._ticks_end, self._firmware_end):
            connection.close()

    def heard(self, data: bytes) -> None:
        """Notice when the guest's first program says that it runs."""
        if "kernel" not in self.recorder.ended:
            self._tail = (self._tail + data)[-4096:]
            if _USER_SPACE in self._tail:
                self.recorder.end("kernel")

    async def _hear_firmware(self) -> None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=self._firmware_end)
            said = b""
            while data := await reader.read(4096):
                self.recorder.end("process")  # its first word is the machine's first instructions
                said = (said + data)[-4096:]
                if _FIRMWARE_LEAVES in said:
                    self.recorder.end("firmware")
            writer.close()

    async def _hear_ticks(self) -> None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(sock=self._ticks_end)
            while line := await reader.readline():
                if line.strip().isdigit():
                    self.ticks.append((time.monotonic(), int(line)))
            writer.close()
