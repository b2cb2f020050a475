"""A session as a browser sees it: behind a proxy, by the address to which Binder sends people."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.binder.mybinder import PORT
from tests.binder.relay import relay
from tests.browser.jupyterlab import OpenNotebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.binder.session import Session

WORK = "/home/jovyan/work"


@dataclass(frozen=True)
class FileThere:
    """A file in a session; read like a `pathlib.Path`."""

    session: Session
    path: str

    def read_text(self) -> str:
        """Return what is in it."""
        return self.session.run("cat", f"{WORK}/{self.path}")


@dataclass(frozen=True)
class Visit:
    """A session that a browser can open.

    Attributes:
        session: the session.
        home: where it is for the browser, with a slash at its end.
    """

    session: Session
    home: str

    def address(self, path: str = "") -> str:
        """Give the address of a path, with the token, as Binder does."""
        return f"{self.home}{path}?token={self.session.token}"

    def open(self, page: Page, path: str) -> OpenNotebook:
        """Open a notebook in a workspace of JupyterLab's in which no other is open."""
        page.goto(self.address(f"lab/workspaces/{secrets.token_hex(4)}/tree/{path}"))
        opened = self.opened(page, path)
        opened.wait_until_shown()
        return opened

    def opened(self, page: Page, path: str) -> OpenNotebook:
        """Return a notebook that is open."""
        return OpenNotebook(page, FileThere(self.session, path))  # type: ignore[arg-type]


@contextlib.contextmanager
def visited(session: Session) -> Iterator[Visit]:
    """Let a browser reach a session for a block."""
    with relay(session.address, PORT) as port:
        yield Visit(session, f"http://127.0.0.1:{port}{session.base_url}")
