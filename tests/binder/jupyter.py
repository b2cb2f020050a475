"""Jupyter's own API, as JupyterLab talks to it: contents, sessions, and kernels by a WebSocket.

The messages are those of jupyter-client.readthedocs.io/en/stable/messaging.html.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import requests
import websocket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.binder.session import Session

SILENCE_S = 900  # the longest silence of a kernel that is only slow


class CellError(Exception):
    """A cell has raised something; the message has its source and its traceback."""


@dataclass(frozen=True)
class Ran:
    """A cell that has run.

    Attributes:
        cell: its id.
        source: its source.
        outputs: the messages that are shown below it, by nbformat's names.
        took_s: how long it ran, in seconds.
    """

    cell: str
    source: str
    outputs: list[dict[str, Any]]
    took_s: float

    @property
    def text(self) -> str:
        """Everything that it shows, as JSON."""
        return json.dumps(self.outputs, ensure_ascii=False)


@dataclass
class Jupyter:
    """A client of a session's server; a context manager."""

    session: Session
    http: requests.Session = field(init=False, default_factory=requests.Session)

    def __enter__(self) -> Self:
        self.http.headers["Authorization"] = f"token {self.session.token}"
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Ask the server for something, and return its answer.

        Raises:
            requests.HTTPError: it refuses.
        """
        url = f"{self.session.url}api/{path}"
        answer = self.http.request(method, url, timeout=SILENCE_S, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def notebooks(self, folder: str = "") -> list[str]:
        """List the notebooks that are there, in order, with those in folders."""
        found: list[str] = []
        for entry in self.ask("GET", f"contents/{folder}")["content"]:
            if entry["type"] == "directory":
                found += self.notebooks(entry["path"])
            elif entry["type"] == "notebook":
                found.append(entry["path"])
        return sorted(found)

    def cells(self, path: str) -> list[dict[str, Any]]:
        """Return a notebook's cells."""
        content: list[dict[str, Any]] = self.ask("GET", f"contents/{path}")["content"]["cells"]
        return content

    @contextlib.contextmanager
    def kernel(self, path: str) -> Iterator[Kernel]:
        """Start a notebook's kernel for a block, as opening the notebook does."""
        opened = self.ask(
            "POST", "sessions",
            json={"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}},
        )  # fmt: skip
        try:
            url = self.session.url.replace("http:", "ws:", 1)
            channels = f"{url}api/kernels/{opened['kernel']['id']}/channels"
            socket = websocket.create_connection(
                channels, timeout=SILENCE_S, header=[f"Authorization: token {self.session.token}"]
            )
            with contextlib.closing(socket):
                yield Kernel(socket, self.session)
        finally:
            self.ask("DELETE", f"sessions/{opened['id']}")

    def run(self, path: str) -> list[Ran]:
        """Run a notebook's code cells from top to bottom in a kernel of its own.

        Raises:
            CellError: a cell raises something.
        """
        with self.kernel(path) as kernel:
            return [kernel.run(cell) for cell in self.cells(path) if cell["cell_type"] == "code"]


@dataclass
class Kernel:
    """A kernel that runs one cell after the other."""

    socket: websocket.WebSocket
    session: Session

    def run(self, cell: dict[str, Any] | str) -> Ran:
        """Run a cell, or a piece of code.

        Raises:
            CellError: it raises something, or the kernel has died.
        """
        if isinstance(cell, str):
            cell = {"id": "", "source": cell}
        source = "".join(cell["source"])
        asked, began = self._execute(source), time.monotonic()
        outputs: list[dict[str, Any]] = []
        replied = idle = False
        while not (replied and idle):
            kind, content = self._hear(asked, source)
            if kind in ("stream", "display_data", "execute_result", "error"):
                outputs.append({"output_type": kind, **content})
            if kind == "error":
                trace = "\n".join(content["traceback"])
                raise CellError(f"cell {cell['id']!r} has failed:\n{source}\n{trace}")
            replied = replied or kind == "execute_reply"
            idle = idle or (kind == "status" and content["execution_state"] == "idle")
        return Ran(cell["id"], source, outputs, time.monotonic() - began)

    def text(self, code: str) -> str:
        """Run a piece of code, and return what it prints."""
        outputs = self.run(code).outputs
        return "".join(output.get("text", "") for output in outputs).strip()

    def _execute(self, source: str) -> str:
        asked = uuid.uuid4().hex
        header = {
            "msg_id": asked, "msg_type": "execute_request", "session": asked, "username": "",
            "version": "5.3", "date": "",
        }  # fmt: skip
        content = {
            "code": source, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": True,
        }  # fmt: skip
        message = {
            "header": header, "parent_header": {}, "metadata": {}, "content": content,
            "channel": "shell", "buffers": [],
        }  # fmt: skip
        self.socket.send(json.dumps(message))
        return asked

    def _hear(self, asked: str, source: str) -> tuple[str, dict[str, Any]]:
        """Return the kind and content of the next message that answers a request."""
        while True:
            try:
                message = json.loads(self._receive())
            except (websocket.WebSocketException, OSError) as error:
                said = self.session.said()
                raise CellError(
                    f"no answer from the kernel ({error}) to:\n{source}\n{said}"
                ) from None
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] in ("restarting", "dead"):
                raise CellError(f"the kernel has died of:\n{source}\n{self.session.said()}")
            if message["parent_header"].get("msg_id") == asked:
                return kind, content

    def _receive(self) -> str:
        """Return the next text; what is in binary are widgets' messages with buffers."""
        while isinstance(received := self.socket.recv(), bytes):
            pass
        return received
