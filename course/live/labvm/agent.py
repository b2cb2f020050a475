"""Talk to the QEMU guest agent, which runs inside the guest.

Its protocol is one JSON object a line in each direction. Source: QEMU Guest Agent Protocol
Reference, https://www.qemu.org/docs/master/interop/qemu-ga-ref.html.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

__all__ = ["Agent", "AgentError", "Finished"]

_POLL_S = 0.01  # a program in the guest takes at least so long
_LARGEST_ANSWER = 2**24  # bytes; what a program prints is at most a few MB


class AgentError(Exception):
    """The agent refused a command; the message is its own."""


@dataclass(frozen=True)
class Finished:
    """How a program in the guest ended.

    Attributes:
        code: its exit status; minus the signal's number if a signal ended it.
        output: what it printed.
        errors: what it printed on its standard error.
    """

    code: int
    output: str
    errors: str


class Agent:
    """One connection to the agent of one guest."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def over(cls, connection: socket.socket) -> Agent:
        """Make one over a connected socket, which it then owns."""
        streams = await asyncio.open_connection(sock=connection, limit=_LARGEST_ANSWER)
        return cls(*streams)

    async def synchronise(self, timeout_s: float) -> None:
        """Wait until the agent answers, whatever was said on this channel before.

        Args:
            timeout_s: how long to wait, in seconds.

        Raises:
            TimeoutError: it did not answer.
        """
        async with self._turn, asyncio.timeout(timeout_s):
            while True:
                # 0xFF ends whatever half a command a former owner of the channel has left. It is
                # answered by an error, which comes before the answer to this try's own token.
                token = secrets.randbits(50)
                self._send("guest-sync", {"id": token}, prefix=b"\xff")
                try:
                    async with asyncio.timeout(1):
                        while (await self._receive()).get("return") != token:
                            pass
                except TimeoutError:
                    continue  # the guest was not listening yet
                return

    async def execute(self, command: str, timeout_s: float = 10, **arguments: Any) -> Any:
        """Run one command of the agent's protocol.

        Args:
            command: its name, such as `guest-ping`.
            timeout_s: how long to wait for its answer, in seconds.
            arguments: its arguments; a `_` in a name stands for a `-`.

        Returns:
            What it returns.

        Raises:
            AgentError: it refused.
            TimeoutError: it did not answer.
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        async with self._turn, asyncio.timeout(timeout_s):
            self._send(command, named)
            answer = await self._receive()
        if "error" in answer:
            raise AgentError(f"{command}: {answer['error'].get('desc', answer['error'])}")
        return answer["return"]

    async def run(
        self, program: str, *arguments: str, stdin: str = "", timeout_s: float = 30
    ) -> Finished:
        """Run a program in the guest, as root, and wait for its end.

        Args:
            program: its path in the guest.
            arguments: its arguments.
            stdin: what it reads.
            timeout_s: how long to wait, in seconds; the program is not ended then.

        Raises:
            AgentError: it cannot be started.
            TimeoutError: it has not ended.
        """
        async with asyncio.timeout(timeout_s):
            started = await self.execute(
                "guest-exec",
                path=program,
                arg=list(arguments),
                input_data=base64.b64encode(stdin.encode()).decode(),
                capture_output=True,
            )
            while True:
                status = await self.execute("guest-exec-status", pid=started["pid"])
                if status["exited"]:
                    break
                await asyncio.sleep(_POLL_S)
        code = status.get("exitcode", -status.get("signal", 0))
        return Finished(code, _text(status, "out-data"), _text(status, "err-data"))

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    def _send(self, command: str, arguments: dict[str, Any], prefix: bytes = b"") -> None:
        request = {"execute": command, "arguments": arguments}
        self._writer.write(prefix + json.dumps(request).encode() + b"\n")

    async def _receive(self) -> dict[str, Any]:
        while True:
            line = (await self._reader.readline()).lstrip(b"\xff")
            if not line:
                raise ConnectionError("the guest's agent has gone")
            try:
                answer = json.loads(line)
            except ValueError:
                continue  # the rest of an answer to somebody before us
            if isinstance(answer, dict):
                return answer


def _text(status: dict[str, Any], field: str) -> str:
    return base64.b64decode(status.get(field, "")).decode(errors="replace")
