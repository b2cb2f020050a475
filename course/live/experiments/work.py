"""Work of a fixed kind, and the places in which it is done and timed from outside.

A guest's own clock may drift while it is emulated, so every duration is taken by this machine's
clock: that of the work, less that of asking for nothing in the same place.

- `arithmetic`, `system_calls`, `memory`: commands for busybox's shell
- `Workplace`: where commands can be run
"""

from __future__ import annotations

import contextlib
import re
import socket
import statistics
import struct
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.live.errors import LiveError, OutOfTimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = [
    "BLOCK_MIB",
    "SINK",
    "SINK_PORT",
    "Workplace",
    "arithmetic",
    "memory",
    "send_mib_per_s",
    "system_calls",
]

#: Where a sink listens inside a container or a guest.
SINK_PORT = 9000
#: Takes all that comes, and says so at the end: only then is all of it there.
SINK = "cat > /dev/null; echo taken"
_TAKEN = b"taken"
#: A larger buffer would be new to the guest each time, and its pages cost more than to fill them.
BLOCK_MIB = 1
_SHORTEST_S = 0.004  # a shorter duration is that of asking
_TRIES = 4
_CONNECT_S = 20
_PATIENCE_S = 120
_MARK = "that was all, with"
_CHUNK = bytes(2**16)


def arithmetic(turns: int) -> str:
    """Return a command that multiplies and adds so often, as decimal fractions."""
    return f"busybox awk 'BEGIN {{ for (i = 0; i < {turns}; i++) s += i * i; print s }}'"


def system_calls(count: int) -> str:
    """Return a command that makes two system calls for each of so many bytes."""
    return f"busybox dd if=/dev/zero of=/dev/null bs=1 count={count}"


def memory(blocks: int) -> str:
    """Return a command that has the kernel fill a buffer with zeros so often."""
    return f"busybox dd if=/dev/zero of=/dev/null bs={BLOCK_MIB}M count={blocks}"


@dataclass(frozen=True)
class Workplace:
    """Where commands can be run.

    Attributes:
        run: runs a command with busybox's shell to its end, and returns what it printed.
        port: where its sink can be reached, on 127.0.0.1; None if it cannot.
    """

    run: Callable[[str], str]
    port: int | None = None

    def empty_s(self) -> float:
        """Return how long it takes to ask for nothing, in seconds: the median of five times."""
        return statistics.median(self._raw_s("true") for _ in range(5))

    def timed_s(self, command: str, empty_s: float) -> float:
        """Return how long a command takes, in seconds.

        Args:
            command: the command.
            empty_s: what asking for nothing takes, which is subtracted.

        Raises:
            OutOfTimeError: this machine is so busy that asking alone took longer.
        """
        for _ in range(_TRIES):
            took_s = self._raw_s(command) - empty_s
            if took_s > 0:
                return took_s
        raise OutOfTimeError(
            f"expected a command to take longer than asking for nothing ({empty_s:.3g} s), found "
            "that it does not; this machine is too busy: try again with fewer things beside it"
        )

    def fitting(
        self, command: Callable[[int], str], count: int, shortest_s: float, empty_s: float
    ) -> int:
        """Return how much of a work takes long enough to be timed.

        Args:
            command: makes a command of a count.
            count: where to begin.
            shortest_s: how long it must take at least, in seconds.
            empty_s: what asking for nothing takes, in seconds.
        """
        while True:
            took_s = self._raw_s(command(count)) - empty_s
            if took_s >= shortest_s or count > 2**30:
                return count
            growth = 1.3 * shortest_s / max(took_s, _SHORTEST_S)
            count = max(2 * count, int(min(growth, 64) * count))

    def _raw_s(self, command: str) -> float:
        began = time.perf_counter()
        self.run(command)
        return time.perf_counter() - began


def in_process(program: Path) -> Callable[[str], str]:
    """Return what runs commands on this machine.

    Args:
        program: busybox.
    """

    def run(command: str) -> str:
        done = subprocess.run(  # noqa: S603 (our own program)
            [program, "sh", "-c", command.replace("busybox", str(program))],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return _output(command, done.returncode, done.stdout, done.stderr)

    return run


@contextlib.contextmanager
def in_container(container: Any) -> Iterator[Callable[[str], str]]:
    """Give what runs commands in a running container, for a block.

    One shell runs them all, since the engine takes longer to start one than most of them last.

    Args:
        container: of an engine's client.
    """
    api = container.client.api
    number = api.exec_create(container.id, ["sh"], stdin=True)["Id"]
    stream = api.exec_start(number, socket=True)
    connection: socket.socket = stream._sock
    connection.settimeout(_PATIENCE_S)

    def run(command: str) -> str:
        connection.sendall(f"{{ {command}\n}} < /dev/null; echo {_MARK} $?\n".encode())
        said = {1: b"", 2: b""}  # what it printed, and its errors
        while not (found := re.search(rb"(?:^|\n)%s (\d+)\n$" % _MARK.encode(), said[1])):
            # Each piece comes behind a header: which of the two, three zeros, its length.
            kind, size = struct.unpack(">BxxxL", _exactly(connection, 8))
            said[kind] += _exactly(connection, size)
        return _output(command, int(found[1]), said[1][: found.start()], said[2])

    try:
        with contextlib.closing(connection), stream:
            yield run
    except TimeoutError as error:
        raise OutOfTimeError(
            f"expected a command in {container.name!r} to end within {_PATIENCE_S} s, found that "
            "it did not; try again when this machine is less busy"
        ) from error


def in_lab_vm(lab_vm: Any) -> Callable[[str], str]:
    """Return what runs commands in the lab VM's guest, outside of its containers.

    Args:
        lab_vm: a running lab VM.
    """

    def run(command: str) -> str:
        done = lab_vm.execute("/bin/busybox", "sh", "-c", command, timeout_s=_PATIENCE_S)
        return _output(command, done.returncode, done.stdout.encode(), done.stderr.encode())

    return run


def in_machine(machine: Any) -> Callable[[str], str]:
    """Return what runs commands in a virtual machine.

    Args:
        machine: a running machine.
    """

    def run(command: str) -> str:
        done = machine.run(command, timeout_s=_PATIENCE_S)
        return _output(command, done.code, done.output.encode(), done.errors.encode())

    return run


@contextlib.contextmanager
def sink_process(program: Path) -> Iterator[int]:
    """Give a port of this machine behind which a process takes what it is sent, for a block.

    Args:
        program: busybox, whose ``nc`` would listen on every address of this machine; so the
            connection is made here, and handed to the program.
    """
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:  # the block has ended
                    return
                with connection:
                    subprocess.run(  # noqa: S603 (our own program)
                        [str(program), "sh", "-c", SINK.replace("cat", f"{program} cat")],
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        check=False,
                    )

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            server.join()


def send_mib_per_s(port: int, size_mib: float) -> float:
    """Send zeros to a sink, and return how fast they were taken, in MiB/s.

    Args:
        port: the sink's port on 127.0.0.1.
        size_mib: how much to send, in MiB.

    Raises:
        OutOfTimeError: nobody takes anything there.
    """
    deadline = time.monotonic() + _CONNECT_S
    while time.monotonic() < deadline:
        took_s = _send_s(port, size_mib)
        if took_s is not None:
            return size_mib / took_s
        time.sleep(0.05)  # whoever forwards the port takes connections before the sink listens
    raise OutOfTimeError(
        f"expected a sink behind port {port} to take {size_mib:g} MiB within {_CONNECT_S} s, found "
        "that it did not; try again when this machine is less busy"
    )


def _send_s(port: int, size_mib: float) -> float | None:
    left = int(size_mib * 2**20)
    try:
        with socket.create_connection(("127.0.0.1", port), _CONNECT_S) as connection:
            connection.settimeout(_CONNECT_S)
            began = time.perf_counter()
            while left > 0:
                piece = _CHUNK[:left]
                connection.sendall(piece)
                left -= len(piece)
            connection.shutdown(socket.SHUT_WR)
            said = connection.recv(64)
            return time.perf_counter() - began if said.startswith(_TAKEN) else None
    except OSError:
        return None


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = connection.recv(size - len(found))
        if not piece:
            raise LiveError("expected the container's shell to go on, found that it ended")
        found += piece
    return found


def _output(command: str, code: int, output: bytes, errors: bytes) -> str:
    if code:
        said = (errors or output).decode(errors="replace").strip().rpartition("\n")[2]
        raise LiveError(f"expected {command!r} to succeed, found exit status {code}: {said}")
    return output.decode(errors="replace")
