"""The page that shows a widget: it saves what is open, downloads files, and loads them up.

A kernel knows files, and the page knows which notebooks are open and what is typed in them. So the
kernel gives the page an order (``page.js``, in an output of the widget), and hears by a hidden text
field what came of it. The page may never answer, or say anything at all.
"""

from __future__ import annotations

import json
import secrets
import threading
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import ipywidgets

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BUTTON_CLASS", "ROOT_CLASS", "Output", "Page", "Said", "html", "link"]

#: What the page says: saved, unsaved, fetched, uploaded ...; see ``page.js``.
Said = dict[str, Any]
#: One output of a cell, as the notebook's format has it.
Output = dict[str, Any]

#: The class of the widget that the page belongs to.
ROOT_CLASS = "course-page"
#: The class of the button that has the page ask for a file.
BUTTON_CLASS = "course-page-upload"

_SCRIPT = Path(__file__).with_suffix(".js")
_TOKEN = "THIS-ORDER"  # noqa: S105 (it stands for a number, and nothing is secret about it)


class Page:
    """The page that shows a widget.

    Attributes:
        children: what the widget has to show, in this order.
        answer: the hidden field in which the page answers.
    """

    def __init__(self, heard: Callable[[Said], None], *, upload_prefix: str) -> None:
        """Begin to listen.

        Args:
            heard: called with what the page says by itself: how far the loading up of a file is,
                and what came of it.
            upload_prefix: how the name begins that a file gets when it is loaded up, beside the
                notebook.
        """
        self._heard = heard
        self._lock = threading.Lock()
        self._waiting: tuple[str, Callable[[Said], None]] | None = None
        self._timer: threading.Timer | None = None
        self.answer = ipywidgets.Text(layout={"display": "none"})
        self.answer.add_class("course-page-answer")
        self.answer.observe(self._hear, names="value")
        self._shown = ipywidgets.Output()
        # It stays, so that each view of the widget listens.
        listening = ipywidgets.Output(outputs=(_script("listen", prefix=upload_prefix),))
        self.children = (self._shown, listening, self.answer)

    def show(self, *shown: Output) -> None:
        """Show something below the widget, and nothing else."""
        self._shown.outputs = shown

    def order(
        self,
        action: str,
        then: Callable[[Said], None],
        *shown: Output,
        patience_s: float | None = None,
        **details: Any,
    ) -> None:
        """Show something and have the page do something.

        Args:
            action: ``save``, ``fetch`` or ``reload``.
            then: called once with the answer; it replaces what an earlier order waits for.
            shown: what to show.
            patience_s: after so many seconds go on with an empty answer; None to wait for ever.
            details: what the action needs to know.
        """
        token = secrets.token_hex(8)
        self.close()
        with self._lock:
            self._waiting = (token, then)
        text = json.dumps(shown).replace(_TOKEN, token)
        self._shown.outputs = (*json.loads(text), _script(action, token=token, **details))
        if patience_s is not None:
            self._timer = threading.Timer(patience_s, self._go_on, args=(token, {}))
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Wait for no answer any more."""
        with self._lock:
            self._waiting = None
        if self._timer is not None:
            self._timer.cancel()

    def _hear(self, change: Any) -> None:
        try:
            said = json.loads(change.new)
            token = said.get("token")
        except (ValueError, AttributeError, RecursionError):
            return
        if token:
            self._go_on(token, said)
        else:
            self._heard(said)

    def _go_on(self, token: str, said: Said) -> None:
        with self._lock:
            if self._waiting is None or self._waiting[0] != token:
                return
            then, self._waiting = self._waiting[1], None
        if self._timer is not None:
            self._timer.cancel()
        then(said)


def html(text: str) -> Output:
    """Return HTML as an output."""
    return _output({"text/html": text, "text/plain": ""})


def link(path: str, name: str) -> Output:
    """Return a link to a file, which the order ``fetch`` follows.

    JupyterLab makes an address of it that has the server's base URL and what else it needs.

    Args:
        path: where the file is from the notebook on, with slashes.
        name: the name under which a browser saves it.
    """
    return html(
        f'<a href="{escape(quote(path))}" download="{escape(name)}" data-token="{_TOKEN}" '
        f'style="text-decoration: underline">Download {escape(name)}</a>'
    )


def _script(action: str, **details: Any) -> Output:
    order = json.dumps({"action": action, **details})
    script = _SCRIPT.read_text(encoding="utf-8").strip()
    return _output({"application/javascript": f"({script})(element, {order})"})


def _output(data: dict[str, str]) -> Output:
    return {"output_type": "display_data", "data": data, "metadata": {}}
