"""What a browser did that it should not have done."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page

#: Console messages that are not ours, each with the reason why they may be there.
ALLOWED_MESSAGES = {
    r"^An iframe which has both allow-scripts and allow-same-origin .* can escape": (
        "Chromium on the frame in which nbgrader's extension shows Formgrader"
    ),
}


class Watch:
    """Everything in a browser context that left this machine or went wrong.

    Attributes:
        outside: the addresses that were asked for and are not on the loopback interface.
        complaints: warnings and errors on the console, and errors that no page caught.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.outside: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", self._opened)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))

    def problems(self) -> list[str]:
        """Return what has to be looked into, one line each."""
        return [f"left this machine: {url}" for url in self.outside] + self.complaints

    def _opened(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _asked(self, url: str) -> None:
        if leaves_loopback(url):
            self.outside.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if not any(re.search(pattern, message.text) for pattern in ALLOWED_MESSAGES):
            place = message.location
            self.complaints.append(
                f"console {message.type}: {message.text} ({place['url']}:{place['lineNumber']})"
            )


def leaves_loopback(url: str) -> bool:
    """Return whether an address is asked for over a network.

    >>> leaves_loopback("https://example.org/"), leaves_loopback("ws://127.0.0.1:8888/api")
    (True, False)
    >>> leaves_loopback("data:image/svg+xml;base64,PHN2Zy8+")
    False
    """
    address = urlsplit(url)
    if address.scheme not in {"http", "https", "ws", "wss"}:
        return False
    host = address.hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host != "localhost"
