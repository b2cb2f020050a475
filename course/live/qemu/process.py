"""One QEMU process: started, talked to, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qemu.qmp import QMPClient

__all__ = ["QemuProcess"]

CONSOLE_LINES = 200
_POLL_S, _SAVE_POLL_S = 0.002, 0.02
_END_S = 5  # how long QEMU may take to end when it is asked to
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# sgr and cursor sequences, which loggers in the guest use for colour
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r\x00]")


class QemuProcess:
    """A QEMU process that ends with the thread that started it.

    The guest's first serial port is its console, whose lines are kept, with QEMU's own messages
    among them.

    Attributes:
        process: the process.
        command_line: what it was started with.
        monitor: the client of QEMU's control protocol, once `attach` has been called.
        console: the last lines of the guest's console and of QEMU's own messages.
    """

    monitor: QMPClient

    def __init__(
        self, program: str, arguments: Sequence[str], *, inherited: Sequence[int] = ()
    ) -> None:
        """Start the process, and do nothing else: the rest waits for the event loop.

        Args:
            program: QEMU.
            arguments: the machine, beside its console and its monitor.
            inherited: descriptors that the arguments name.
        """
        self._monitor_end, monitor = socket.socketpair()
        self.console: deque[str] = deque(maxlen=CONSOLE_LINES)
        with monitor:
            self.command_line = (program, *_talking(monitor.fileno()), *arguments)
            self.process = subprocess.Popen(  # noqa: S603 (our own arguments)
                self.command_line,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(monitor.fileno(), *inherited),
                # A terminal's Ctrl-C is for its owner, who ends it in order.
                start_new_session=True,
                preexec_fn=_ending_with_this_thread(),
            )

    async def attach(self) -> None:
        """Begin to read the console, and connect to the monitor."""
        from qemu.qmp import QMPClient

        self._reading = asyncio.create_task(self._read_console())
        self.monitor = QMPClient()
        self.monitor.logger.disabled = True  # what goes wrong is said by what is raised
        await self.monitor.connect(self._monitor_end)

    async def command(self, name: str, **arguments: Any) -> Any:
        """Run a command of QEMU's control protocol; a `_` in an argument stands for a `-`."""
        named = {key.replace("_", "-"): value for key, value in arguments.items()}
        return await self.monitor.execute(name, named)

    async def human(self, line: str) -> str:
        """Run a command of QEMU's human monitor, for what the control protocol cannot do."""
        answer: str = await self.command("human-monitor-command", command_line=line)
        return answer.strip()

    async def forwards(self) -> dict[int, int]:
        """Return the forwarded ports: this machine's, and the guest's for each."""
        #   TCP[HOST_FORWARD]  12       127.0.0.1 39157       10.0.2.15  2375     0     0
        lines = re.findall(
            r"TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)",
            await self.human("info usernet"),
        )
        return {int(host): int(guest) for host, guest in lines}

    async def resumed(self) -> None:
        """Wait until a saved state is loaded, and let the guest go on."""
        while (await self.command("query-status"))["status"] == "inmigrate":
            await asyncio.sleep(_POLL_S)
        await self.command("cont")

    async def save(self, file: Path, timeout_s: float, *, through: str = "cat") -> None:
        """Stop the guest, and write its memory and the state of its devices into a file.

        Args:
            file: what is written; it may be there in part if this fails.
            timeout_s: how long that may take, in seconds.
            through: a shell's command through which it goes on its way into the file.

        Raises:
            RuntimeError: QEMU could not write it; the message says why, if QEMU does.
            TimeoutError: it took longer.
        """
        await self.command("stop")
        await self.command("migrate-set-parameters", max_bandwidth=2**40)
        await self.command("migrate", uri=f"exec:{through} > {shlex.quote(str(file))}")
        async with asyncio.timeout(timeout_s):
            while (now := await self.command("query-migrate"))["status"] != "completed":
                if now["status"] == "failed":
                    raise RuntimeError(now.get("error-desc", "QEMU does not say why"))
                await asyncio.sleep(_SAVE_POLL_S)

    async def ended(self) -> int:
        """Wait for the end of the process, and return its exit status."""
        await self._reading
        return await asyncio.to_thread(self.process.wait)

    async def end(self) -> None:
        """End the process, in order if it can be, by force if not."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_END_S):
                await self.command("quit")
                await self.ended()
        self.kill()
        if hasattr(self, "monitor"):
            with contextlib.suppress(Exception):
                await self.monitor.disconnect()
        self._monitor_end.close()

    def kill(self) -> None:
        """End the process by force; nothing happens if it has ended."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def heard(self, data: bytes) -> None:
        """Notice what has just come from the console; for those who look for something in it."""

    async def _read_console(self) -> None:
        assert self.process.stdout is not None
        reader = asyncio.StreamReader(limit=2**20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self.process.stdout
        )
        rest = b""
        while data := await reader.read(65536):
            self.heard(data)
            *lines, rest = _ESCAPES.sub(b"", rest + data).split(b"\n")
            self.console.extend(line.decode(errors="replace") for line in lines if line.strip())
            rest = rest[-4096:]
        if rest.strip():
            self.console.append(rest.decode(errors="replace"))


def _talking(monitor: int) -> list[str]:
    return [
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=monitor,fd={monitor}"),
        *("-mon", "chardev=monitor,mode=control"),
    ]


def _ending_with_this_thread() -> Callable[[], None] | None:
    """Return what has the kernel end a child process when this thread ends, however that ends."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    # Asked for here, since a child whose parent has ended already is told of another one.
    parent = os.getpid()

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return in_child
