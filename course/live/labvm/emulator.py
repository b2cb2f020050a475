"""The QEMU of a lab VM: what it has beside a console and a monitor."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

from course.live.labvm.hardware import Channels, Machine, arguments
from course.live.qemu.process import QemuProcess

if TYPE_CHECKING:
    from pathlib import Path

    from course.live.labvm.agent import Agent

__all__ = ["Emulator"]


class Emulator(QemuProcess):
    """A lab VM's QEMU, with the ways to its guest's agent and gate.

    Attributes:
        agent: the client of the guest's agent, once `attach` has been called.
    """

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
            disk: see `hardware.arguments`.
            network: see `hardware.arguments`.
            shell: see `hardware.Channels`.
            more: further arguments: what to boot, or from where to resume.
            inherited: descriptors that these arguments name.
        """
        self._agent_end, agent = socket.socketpair()
        self._gate_end, gate = socket.socketpair()
        channels = Channels(agent.fileno(), gate.fileno(), shell)
        with agent, gate:
            super().__init__(
                program,
                [*arguments(machine, channels, disk=disk, network=network), *more],
                inherited=(agent.fileno(), gate.fileno(), *inherited),
            )

    async def attach(self) -> None:
        """Begin to read the console, and connect to the monitor and to the agent's channel."""
        from course.live.labvm.agent import Agent

        await super().attach()
        self.agent = await Agent.over(self._agent_end)
        self._gate = await asyncio.open_connection(sock=self._gate_end)

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

    async def end(self) -> None:
        """End the process, in order if it can be, by force if not."""
        await super().end()
        if hasattr(self, "_gate"):
            self.agent.close()
            self._gate[1].close()
        else:  # it ended before it was attached to
            self._agent_end.close()
            self._gate_end.close()
