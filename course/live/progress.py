"""How far a long work is, said by the one who does it and shown by the one who waits.

A function that takes long has a parameter ``progress``, a callable that gets ``Progress`` values.
``show()`` makes such a callable: one line that is rewritten, in a terminal or in a notebook.
"""

from __future__ import annotations

import html
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Progress", "Reporter", "part", "report", "show"]

BAR_WIDTH = 24
REWRITE_INTERVAL_S = 0.1  # often enough to look alive, seldom enough for a slow connection


@dataclass(frozen=True)
class Progress:
    """How far a work is.

    Attributes:
        fraction: the part that is done, 0 to 1; None while it cannot be known.
        text: what is being done, in a few words, without the fraction.
        lasting: the text stays to be read, such as a warning, and is not rewritten.
    """

    fraction: float | None
    text: str
    lasting: bool = False

    def __str__(self) -> str:
        return self.text if self.fraction is None else f"{self.fraction:4.0%} {self.text}"


if TYPE_CHECKING:
    Reporter = Callable[[Progress], None]


def report(
    progress: Reporter | None, fraction: float | None, text: str, *, lasting: bool = False
) -> None:
    """Tell a reporter how far the work is, if there is one."""
    if progress is not None:
        progress(Progress(fraction, text, lasting))


def part(progress: Reporter | None, start: float, end: float) -> Reporter:
    """Make a reporter for a part of a work, which tells the whole work's.

    Args:
        progress: the whole work's reporter, if there is one.
        start: the fraction of the whole at which the part starts.
        end: the fraction at which it ends.

    Example:
        >>> part(print, 0.5, 1.0)(Progress(0.5, "second half"))
         75% second half
    """

    def scaled(said: Progress) -> None:
        fraction = None if said.fraction is None else start + (end - start) * said.fraction
        report(progress, fraction, said.text, lasting=said.lasting)

    return scaled


def show(stream: TextIO | None = None) -> Reporter:
    """Make a reporter that shows one line, which is rewritten as the work goes on.

    In a notebook it is a display below the cell, in a terminal a line of ``stream``; anywhere
    else, such as in a log, each new text becomes a line of its own.

    Args:
        stream: where lines go outside of a notebook; the standard error by default.
    """
    if stream is None and _in_notebook():
        return _Notebook()
    stream = sys.stderr if stream is None else stream
    return _Terminal(stream) if stream.isatty() else _Log(stream)


class _Pace:
    """Tells what is worth showing: every new text, the end, and now and then a new fraction."""

    def __init__(self) -> None:
        self._last_text = ""
        self._next_s = 0.0

    def has_come(self, progress: Progress) -> bool:
        soon = progress.text == self._last_text and time.monotonic() < self._next_s
        if soon and not (_is_done(progress) or progress.lasting):
            return False
        self._last_text, self._next_s = progress.text, time.monotonic() + REWRITE_INTERVAL_S
        return True


class _Terminal:
    """A line that is overwritten from its beginning."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._pace = _Pace()

    def __call__(self, progress: Progress) -> None:
        import shutil

        if not self._pace.has_come(progress):
            return
        if progress.lasting:
            line, end = progress.text, "\n"
        else:
            # A line that wraps cannot be overwritten: it is cut to the terminal's width.
            columns = shutil.get_terminal_size().columns
            line, end = _line(progress)[: columns - 1], "\n" if _is_done(progress) else ""
        self._stream.write(f"\r{line}\x1b[K{end}")
        self._stream.flush()


class _Log:
    """A line for each new text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last_text = ""

    def __call__(self, progress: Progress) -> None:
        if progress.text != self._last_text:
            self._last_text = progress.text
            self._stream.write(f"{progress.text}\n")
            self._stream.flush()


class _Notebook:
    """A display that is updated in place, and lasting texts below it."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._pace = _Pace()
        self._lasting: list[str] = []

    def __call__(self, progress: Progress) -> None:
        if not self._pace.has_come(progress):
            return
        if progress.lasting:
            self._lasting.append(progress.text)
            progress = Progress(progress.fraction, "")
        self._display(
            {
                "text/plain": "\n".join([_line(progress), *self._lasting]),
                "text/html": _html(progress, self._lasting),
            }
        )

    def _display(self, content: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(content, raw=True)


def _is_done(progress: Progress) -> bool:
    return progress.fraction is not None and progress.fraction >= 1


def _in_notebook() -> bool:
    """Is this the process of a notebook's kernel?  IPython is asked only if it already runs."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _line(progress: Progress) -> str:
    if progress.fraction is None:
        return progress.text
    full = round(BAR_WIDTH * min(max(progress.fraction, 0), 1))
    return f"{'█' * full}{'░' * (BAR_WIDTH - full)} {progress}"


def _html(progress: Progress, lasting: list[str]) -> str:
    text = html.escape(progress.text)
    if progress.fraction is None:
        line = text
    else:
        bar = f'<progress max="1" value="{progress.fraction:.3f}"></progress>'
        line = f"{bar} {progress.fraction:.0%} {text}"
    return f"<div>{line}</div>" + "".join(f"<div>{html.escape(text)}</div>" for text in lasting)
