"""Run commands in a guest over its second serial port, whose other end is `guest/shell`."""

from __future__ import annotations

import asyncio
import base64
import itertools
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

__all__ = ["Finished", "Shell"]

_LARGEST_ANSWER = 2**24  # bytes
_LATE_S = 5  # what the guest gets beyond a command's time to say that it is over
_TIMED_OUT = 124, 143  # exit statuses of GNU's and busybox's timeout


@dataclass(frozen=True)
class Finished:
    """How a command in a guest ended.

    Attributes:
        code: its exit status.
        output: what it printed.
        errors: what it printed on its standard error.
    """

    code: int
    output: str
    errors: str

    @property
    def timed_out(self) -> bool:
        """Whether it was ended since its time was up."""
        return self.code in _TIMED_OUT


class Shell:
    """One connection to the shell of one guest; it runs one command at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._numbers = itertools.count(secrets.randbelow(2**30))

    @classmethod
    async def over(cls, connection: socket.socket) -> Shell:
        """Make one over a connected socket, which it then owns."""
        return cls(*await asyncio.open_connection(sock=connection, limit=_LARGEST_ANSWER))

    async def ready(self) -> None:
        """Wait until a guest that boots says that its shell is there.

        Raises:
            ConnectionError: the machine has gone.
        """
        while line := await self._reader.readline():
            if line.strip() == b"ready":
                return
        raise ConnectionError("the machine has gone")

    async def run(self, command: str, timeout_s: float) -> Finished:
        """Run a command and wait for its end.

        Args:
            command: for the guest's `sh`.
            timeout_s: how long it may take, in seconds; then it is ended.

        Raises:
            ConnectionError: the machine has gone.
            TimeoutError: the guest does not answer.
        """
        async with self._turn:
            number = str(next(self._numbers)).encode()
            packed = base64.b64encode(command.encode() + b"\n")
            self._writer.write(b"%b %d %b\n" % (number, max(1, round(timeout_s)), packed))
            async with asyncio.timeout(timeout_s + _LATE_S):
                while line := await self._reader.readline():
                    words = line.split()
                    # What was asked before an interrupt, or before a snapshot, is answered too.
                    if len(words) == 4 and words[0] == number:
                        output, errors = (base64.b64decode(word[1:]) for word in words[2:])
                        return Finished(
                            int(words[1]),
                            output.decode(errors="replace"),
                            errors.decode(errors="replace"),
                        )
        raise ConnectionError("the machine has gone")

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()
