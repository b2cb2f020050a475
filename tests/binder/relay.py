"""A port of this machine that leads to a session, as Binder's proxy does for a browser."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

CHUNK_BYTES = 2**16


@contextlib.contextmanager
def relay(address: str, port: int) -> Iterator[int]:
    """Pass on what comes to a port of the loopback interface, and what is answered.

    Args:
        address: where to.
        port: the port there.

    Yields:
        The port here.
    """
    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server, contextlib.ExitStack() as ends:
        ends.callback(_close, opened)
        ends.callback(_close, [server])
        threading.Thread(
            target=_accept, args=(server, (address, port), opened), daemon=True
        ).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket, target: tuple[str, int], opened: list[socket.socket]) -> None:
    while True:
        try:
            here, _ = server.accept()
        except OSError:  # closed: it is over
            return
        opened.append(here)
        try:
            there = socket.create_connection(target)
        except OSError:  # the session has ended; so has what asked for it
            _close([here])
            continue
        opened.append(there)
        for source, sink in ((here, there), (there, here)):
            threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Pass on one direction to its end, and say that it has ended; the other goes on."""
    with contextlib.suppress(OSError):
        while received := source.recv(CHUNK_BYTES):
            sink.sendall(received)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _close(sockets: list[socket.socket]) -> None:
    for opened in sockets:
        with contextlib.suppress(OSError):  # wakes the thread that waits for it
            opened.shutdown(socket.SHUT_RDWR)
        opened.close()
