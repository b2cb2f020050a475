"""One QEMU process: started, talked to, watched, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from course.live.labvm.qemu import Channels, Machine, arguments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qemu.qmp import QMPClient

    from course.live.labvm.agent import Agent

__all__ = ["Emulator"]

CONSOLE_LINES = 200
_POLL_S = 0.005
_END_S = 5  # how long QEMU may take to end when it is asked to
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# sgr and cursor sequences, which loggers in the guest use for colour
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r\x00]")


class Emulator:
    """A QEMU process that ends with the process that started it.

    Attributes:
        process: the process.
        monitor: the client of QEMU's control protocol, once `attach` has been called.
        agent: the client of the guest's agent, once `attach` has been called.
        console: the last lines of the guest's console and of QEMU's own messages.
    """

    monitor: QMPClient
    agent: Agent

    def __init__(
        self,
        program: str,
        machine: Machine,
        *,
        disk: str,
        network: str,
        shell: Path,
        more: list[str],
        inherited: tuple[int, ...] = (),
    ) -> None:
        """Start the process, and do nothing else: the rest waits for the event loop.

        Args:
            program: QEMU.
            machine: its size.
            disk: see `qemu.arguments`.
            network: see `qemu.arguments`.
            shell: see `qemu.Channels`.
            more: further arguments: what to boot, or from where to resume.
            inherited: descriptors that these arguments name.
        """
        self._monitor_end, monitor = socket.socketpair()
        self._agent_end, agent = socket.socketpair()
        self._gate_end, gate = socket.socketpair()
        channels = Channels(monitor.fileno(), agent.fileno(), gate.fileno(), shell)
        command = arguments(machine, channels, disk=disk, network=network)
        self.console: deque[str] = deque(maxlen=CONSOLE_LINES)
        with monitor, agent, gate:
            self.process = subprocess.Popen(  # noqa: S603 (our own arguments)
                [program, *command, *more],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(monitor.fileno(), agent.fileno(), gate.fileno(), *inherited),
                # A terminal's Ctrl-C is for its owner, who ends it in order.
                start_new_session=True,
                preexec_fn=_ending_with_this_process(),
            )

    async def attach(self) -> None:
        """Begin to read the console, and connect to the monitor and to the agent's channel."""
        from qemu.qmp import QMPClient

        from course.live.labvm.agent import Agent

        self._reading = asyncio.create_task(self._read_console())
        self.monitor = QMPClient()
        self.monitor.logger.disabled = True  # what goes wrong is said by what is raised
        await self.monitor.connect(self._monitor_end)
        self.agent = await Agent.over(self._agent_end)
        self._gate = await asyncio.open_connection(sock=self._gate_end)

    async def command(self, name: str, **arguments: Any) -> Any:
        """Run a command of QEMU's control protocol; a `_` in an argument stands for a `-`."""
        named = {key.replace("_", "-"): value for key, value in arguments.items()}
        return await self.monitor.execute(name, named)

    async def human(self, line: str) -> str:
        """Run a command of QEMU's human monitor, for what the control protocol cannot do."""
        answer: str = await self.command("human-monitor-command", command_line=line)
        return answer.strip()

    async def resumed(self) -> None:
        """Wait until the snapshot is loaded, and let the guest go on."""
        while (await self.command("query-status"))["status"] == "inmigrate":
            await asyncio.sleep(_POLL_S)
        await self.command("cont")

    async def tell_gate(self, name: str, seed: str, token: str, timeout_s: float) -> None:
        """Tell the guest's gate the time and who it is; see `guest/gate`.

        Args:
            name: the guest's host name.
            seed: randomness of this machine, for the guest's own.
            token: what opens the gate; an empty one closes it.
            timeout_s: how long it may take, in seconds.

        Raises:
            RuntimeError: it could not do as told.
            TimeoutError: it does not answer.
        """
        reader, writer = self._gate
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)
        writer.write(f"{seconds} {nanoseconds} {name} {seed} {token}\n".encode())
        async with asyncio.timeout(timeout_s):
            answer = (await reader.readline()).decode().strip()
        if answer != "ready":
            raise RuntimeError(f"the guest could not be made ready: {answer or 'it has gone'}")

    async def forward(self, guest_port: int, host_port: int = 0) -> int:
        """Forward a port of this machine's loopback to one of the guest.

        Args:
            guest_port: the port in the guest.
            host_port: the port of this machine; 0 for a free one.

        Returns:
            The port of this machine.

        Raises:
            OSError: it is taken.
        """
        before = await self.forwards()
        rule = f"tcp:127.0.0.1:{host_port}-10.0.2.15:{guest_port}"
        if refusal := await self.human(f"hostfwd_add network {rule}"):
            raise OSError(refusal)
        after = await self.forwards()
        (new,) = [port for port in after if port not in before]
        return new

    async def forwards(self) -> dict[int, int]:
        """Return the forwarded ports: this machine's, and the guest's for each."""
        #   TCP[HOST_FORWARD]  12       127.0.0.1 39157       10.0.2.15  2375     0     0
        lines = re.findall(
            r"TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)",
            await self.human("info usernet"),
        )
        return {int(host): int(guest) for host, guest in lines}

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
        with contextlib.suppress(Exception):
            await self.monitor.disconnect()
        if hasattr(self, "_gate"):
            self.agent.close()
            self._gate[1].close()
        else:  # it ended before it was attached to
            for channel in (self._monitor_end, self._agent_end, self._gate_end):
                channel.close()

    def kill(self) -> None:
        """End the process by force; nothing happens if it has ended."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    async def _read_console(self) -> None:
        assert self.process.stdout is not None
        reader = asyncio.StreamReader(limit=2**20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self.process.stdout
        )
        rest = b""
        while data := await reader.read(65536):
            *lines, rest = _ESCAPES.sub(b"", rest + data).split(b"\n")
            self.console.extend(line.decode(errors="replace") for line in lines if line.strip())
            rest = rest[-4096:]
        if rest.strip():
            self.console.append(rest.decode(errors="replace"))


def _ending_with_this_process() -> Callable[[], None] | None:
    """Return what has the kernel end a child process when this one ends, however that ends."""
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
