"""Telling how far a work is, in a terminal, in a log and in a notebook."""

from __future__ import annotations

import io

import pytest

from course.live import progress
from course.live.progress import Progress, part, report, show


class Terminal(io.StringIO):
    """A terminal that remembers what was written."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def test_nobody_needs_to_listen() -> None:
    """Reporting to nobody does nothing."""
    report(None, 0.5, "half")


def test_a_terminal_has_one_line_that_is_rewritten() -> None:
    """Only what lasts, and the end, begin a new line."""
    terminal = Terminal()
    reporter = show(terminal)
    reporter(Progress(None, "looking"))
    reporter(Progress(0.5, "building"))
    reporter(Progress(None, "a warning", lasting=True))
    reporter(Progress(1.0, "built"))
    lines = terminal.getvalue().split("\n")
    assert [line.split("\r")[-1].removesuffix("\x1b[K") for line in lines] == [
        "a warning",
        f"{'█' * 24} 100% built",
        "",
    ]
    assert f"{'█' * 12}{'░' * 12}  50% building" in terminal.getvalue()


def test_a_line_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer line than the terminal is wide could not be rewritten."""
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    show(terminal)(Progress(0.1, "x" * 100))
    assert len(terminal.getvalue().strip("\r").removesuffix("\x1b[K")) < 40


def test_a_log_has_a_line_for_each_text() -> None:
    """A fraction that grows is no news."""
    log = io.StringIO()
    reporter = show(log)
    for fraction in (0.0, 0.1, 0.2):
        reporter(Progress(fraction, "building"))
    reporter(Progress(1.0, "built"))
    assert log.getvalue() == "building\nbuilt\n"


def test_a_notebook_has_one_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is updated in place, keeps what lasts, and shows text as text."""
    shown: list[dict[str, str]] = []
    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    monkeypatch.setattr(progress._Notebook, "_display", lambda self, content: shown.append(content))
    reporter = show()
    reporter(Progress(0.0, "<b>"))
    reporter(Progress(0.25, "a warning", lasting=True))
    reporter(Progress(1.0, "built"))
    assert "<b>" not in shown[0]["text/html"]
    assert shown[-1]["text/plain"] == f"{'█' * 24} 100% built\na warning"
    assert shown[-1]["text/html"].count("<div>") == 2


def test_a_real_kernel_updates_one_display() -> None:
    """A cell that took a while has one output, the last state."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    cell = new_code_cell(
        "from course.live.progress import Progress, show\n"
        "reporter = show()\n"
        "for fraction in (0.0, 0.5, 1.0): reporter(Progress(fraction, f'at {fraction}'))"
    )
    NotebookClient(new_notebook(cells=[cell]), kernel_name="python3").execute()
    (output,) = cell.outputs
    assert output.data["text/plain"] == f"{'█' * 24} 100% at 1.0"
    assert "<progress" in output.data["text/html"]


def test_a_part_is_told_in_terms_of_the_whole() -> None:
    """Unknown stays unknown, and what lasts stays lasting."""
    told: list[Progress] = []
    reporter = part(told.append, 0.5, 0.75)
    reporter(Progress(0.0, "begun"))
    reporter(Progress(None, "a warning", lasting=True))
    reporter(Progress(1.0, "done"))
    assert told == [
        Progress(0.5, "begun"),
        Progress(None, "a warning", lasting=True),
        Progress(0.75, "done"),
    ]
