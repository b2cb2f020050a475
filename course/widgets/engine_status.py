"""Which Docker Engine a lesson uses, told in its first cell while the engine starts and runs."""

from __future__ import annotations

import threading
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from course.live.engine import cleanup, current
from course.live.errors import LiveError

if TYPE_CHECKING:
    from collections.abc import Callable

    from course.live.engine import Connection, EngineInfo, Removed
    from course.live.progress import Progress, Reporter

__all__ = ["EngineStatus", "engine_status"]

#: How often the engine is asked whether it still answers, and its age is shown anew, in seconds.
INTERVAL_S = 5.0

_NAMES = {"docker": "Docker Engine", "podman": "Podman", "labvm": "Docker Engine"}
_WHERE = {
    None: "on this machine's own engine",
    True: "in the lab VM, with hardware virtualization",
    False: "in the lab VM, emulated: about ten times slower",
}


class EngineStatus(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """The engine that the lessons use: which one, why, how old; start it, stop it, clean up.

    What takes long is done in a thread, so that the notebook goes on; a cell that needs the
    engine waits for it.  `close` ends the thread that watches.

    Attributes:
        state: ``none``, ``starting``, ``ready``, ``stopping``, ``stopped``, ``gone`` or ``failed``.
        kind: ``docker``, ``podman`` or ``labvm``; empty while there is none.
        version: of the engine.
        reason: why this one.
        age_s: how long it has been running, as far as this process knows, in seconds.
        fraction: how far its start is, 0 to 1; None where that is not known.
        message: what is said in words.
    """

    state = traitlets.Enum(
        ["none", "starting", "ready", "stopping", "stopped", "gone", "failed"], "none"
    )
    kind = traitlets.Unicode()
    version = traitlets.Unicode()
    reason = traitlets.Unicode()
    age_s = traitlets.Float()
    fraction = traitlets.Float(None, allow_none=True)
    message = traitlets.Unicode("No engine has been started yet.")

    def __init__(
        self,
        *,
        start: bool = True,
        interval_s: float = INTERVAL_S,
        connect: Callable[[Reporter], Connection] = current,
        sweep: Callable[[Any], Removed] = cleanup,
    ) -> None:
        """Show the engine.

        Args:
            start: whether to find or start it at once.
            interval_s: how often to look whether it still answers, in seconds.
            connect: gives the connection to it, and reports how far its start is.
            sweep: removes the lessons' objects by a client.
        """
        self._connect = connect
        self._sweep = sweep
        self._connection: Connection | None = None
        self._work: threading.Thread | None = None
        self._closing = threading.Event()
        self._words = ipywidgets.HTML()
        self._age = ipywidgets.HTML()
        self._progress = ipywidgets.HTML()
        self.start_button = _button("Start", "play", "Find or start the engine", self.start)
        self.stop_button = _button("Stop", "stop", "Stop the lab VM", self.stop)
        self.clean_button = _button(
            "Clean up lesson objects",
            "trash",
            "Remove the containers, networks, volumes and images that lessons made",
            self.clean_up,
        )
        buttons = [self.start_button, self.stop_button, self.clean_button]
        super().__init__([self._words, self._age, self._progress, ipywidgets.HBox(buttons)])
        self.observe(self._redraw, names=["state", "message", "age_s", "fraction", "kind"])
        self._redraw()
        self._watch = threading.Thread(
            target=self._keep_watch, args=(interval_s,), name="engine status", daemon=True
        )
        self._watch.start()
        if start:
            self.start()

    def start(self) -> None:
        """Find or start the engine."""
        if self._begin("starting", "Looking for an engine."):
            self._in_background(self._start)

    def stop(self) -> None:
        """Stop the lab VM; another engine is not ours to stop."""
        if self.kind == "labvm" and self._begin("stopping", "Stopping the lab VM."):
            self._in_background(self._stop)

    def clean_up(self) -> None:
        """Remove what the lessons made."""
        if self.state == "ready" and not self._busy():
            self.message = "Cleaning up."
            self._in_background(self._clean_up)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until what was begun has ended."""
        if self._work is not None:
            self._work.join(timeout_s)

    def close(self) -> None:
        """End the watch, and take the widget away; the engine goes on."""
        self._closing.set()
        super().close()

    def _busy(self) -> bool:
        return self._work is not None and self._work.is_alive()

    def _begin(self, state: str, message: str) -> bool:
        if self._busy():
            return False
        self.message = message
        self.state = state
        return True

    def _in_background(self, work: Callable[[], None]) -> None:
        self._work = threading.Thread(target=self._do, args=(work,), daemon=True)
        self._work.start()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # it is shown: nobody looks into this thread
            said = (
                str(error) if isinstance(error, LiveError) else f"{type(error).__name__}: {error}"
            )
            self.message = said
            self.state = "failed"
        finally:
            self.fraction = None

    def _start(self) -> None:
        connection = self._connect(self._report)
        self._connection = connection
        info = connection.info
        self.kind, self.version, self.reason = info.kind, info.version, info.reason
        self.age_s = info.age_s
        self.message = _sentence(info)
        self.state = "ready"

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.lab_vm.stop()
        self._connection = None
        self.message = "The lab VM is stopped. What ran in it is gone; Start makes a fresh one."
        self.state = "stopped"

    def _clean_up(self) -> None:
        assert self._connection is not None
        self.message = f"{self._sweep(self._connection.client)}".capitalize()

    def _report(self, progress: Progress) -> None:
        self.fraction = progress.fraction
        self.message = progress.text

    def _keep_watch(self, interval_s: float) -> None:
        while not self._closing.wait(interval_s):
            connection = self._connection
            if connection is None or self.state not in ("ready", "gone") or self._busy():
                continue
            answers = connection.client.answers()
            if self._closing.is_set() or connection is not self._connection or self._busy():
                continue
            if answers and self.state == "gone":
                self.message = _sentence(connection.info)
                self.state = "ready"
            elif answers:
                self.age_s = connection.info.age_s
            elif self.state == "ready":
                self.message = "The engine does not answer any more. Start finds or starts one."
                self.state = "gone"

    def _redraw(self, _change: Any = None) -> None:
        lines = "<br>".join(escape(line) for line in self.message.splitlines())
        self._words.value = f'<div role="status" style="margin: 6px 0">{lines}</div>'
        # Outside of the live region: a screen reader shall not read it out every few seconds.
        age = f"running for {_duration(self.age_s)}" if self.state == "ready" else ""
        self._age.value = f'<div style="opacity: 0.8">{age}</div>'
        going = self.state in ("starting", "stopping")
        self._progress.value = _bar(self.fraction) if going else ""
        self.start_button.disabled = going or self.state == "ready"
        self.stop_button.disabled = going or self.kind != "labvm" or self.state != "ready"
        self.clean_button.disabled = self.state != "ready"


def engine_status(*, start: bool = True) -> EngineStatus:
    """Show which engine the lessons use, and start it if need be.

    Args:
        start: whether to find or start it at once.
    """
    return EngineStatus(start=start)


def _button(name: str, icon: str, explanation: str, action: Callable[[], None]) -> Any:
    button = ipywidgets.Button(
        description=name, icon=icon, tooltip=explanation, layout={"width": "auto"}
    )
    button.on_click(lambda _: action())
    return button


def _sentence(info: EngineInfo) -> str:
    where = _WHERE[info.accelerated] if info.kind == "labvm" else f"at {info.address}"
    return f"{_NAMES[info.kind]} {info.version}, {where}. Why this one: {info.reason}."


def _bar(fraction: float | None) -> str:
    value = "" if fraction is None else f' value="{fraction:.3f}"'
    return f'<progress aria-label="progress of the engine" max="1"{value}></progress>'


def _duration(seconds: float) -> str:
    """Write a duration as people say it.

    Example:
        >>> _duration(42.3), _duration(125), _duration(7300)
        ('42 s', '2 min', '2 h 1 min')
    """
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
