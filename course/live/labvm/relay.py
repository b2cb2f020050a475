"""The owner-only socket of a lab VM's Docker Engine.

Why a socket, and not TLS on a port: attaching to a container needs each direction to end by itself,
which the SDK cannot do over TLS, and every engine of the course should behave alike. QEMU can
forward only a port of the loopback, which every user of the host can reach. So the guest lets in
only a connection that begins with the token of this start: 256 random bits, which the guest was
told through its agent and which the relay says. The relay itself listens on a socket in a folder
that only the owner can enter.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from course.live.labvm.emulator import Emulator

__all__ = ["Relay", "open_gate"]

DOCKER_PORT = 2375
_CHUNK = 2**18  # bytes; images and build contexts are what takes long
_NEXT_S = 0.05


class Relay:
    """Copies each connection of a socket to the gate of the guest, and back.

    Attributes:
        path: the socket.
    """

    def __init__(self, path: Path, port: int, token: str) -> None:
        self.path = path
        self._port = port
        self._greeting = f"{token}\n".encode()
        self._copying: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Begin to accept connections."""
        self._server = await asyncio.start_unix_server(self._serve, self.path, limit=_CHUNK)
        self.path.chmod(0o600)

    async def answers(self, timeout_s: float) -> bool:
        """Tell whether Docker answers within so many seconds."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(timeout_s):
                return b" 200 OK" in await self._ping()
        return False

    async def wait(self, timeout_s: float) -> None:
        """Wait until Docker answers.

        Raises:
            TimeoutError: it did not.
        """
        deadline = time.monotonic() + timeout_s
        while not await self.answers(max(0.1, deadline - time.monotonic())):
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(_NEXT_S)

    async def close(self) -> None:
        """Stop accepting connections and end those that there are."""
        self._server.close()
        for task in self._copying:
            task.cancel()
        await asyncio.gather(*self._copying, return_exceptions=True)

    async def _ping(self) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(self._greeting + b"GET /_ping HTTP/1.0\r\n\r\n")
            return await reader.readline()
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._copying.add(task)
        try:
            guest = await asyncio.open_connection("127.0.0.1", self._port, limit=_CHUNK)
            try:
                guest[1].write(self._greeting)
                async with asyncio.TaskGroup() as both:
                    both.create_task(_copy(reader, guest[1]))
                    both.create_task(_copy(guest[0], writer))
            finally:
                guest[1].close()
        except* (OSError, asyncio.CancelledError):
            pass  # one of the two sides has gone, and with it the connection
        finally:
            writer.close()
            self._copying.discard(task)


async def open_gate(emulator: Emulator, name: str, path: Path, timeout_s: float) -> Relay:
    """Make a resumed guest one of its own, open its gate and listen for its owner.

    The guest gets the time, its name, new randomness and a token; until then it admits nobody.

    Args:
        emulator: the attached, resumed QEMU.
        name: the guest's host name.
        path: the socket on which Docker shall answer.
        timeout_s: how long the guest may take, in seconds.

    Raises:
        RuntimeError: the guest could not do as told.
        TimeoutError: it does not answer.
    """
    token, seed = secrets.token_hex(32), secrets.token_hex(64)
    port = await emulator.forward(DOCKER_PORT)
    await emulator.tell_gate(name, seed, token, timeout_s)
    relay = Relay(path, port, token)
    await relay.listen()
    return relay


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends, and tell the other, which may still go on talking."""
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
