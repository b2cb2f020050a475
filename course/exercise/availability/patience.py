"""Calling a learner's function that may never end.

- `patiently`: call it, and stop it after so many lines

A loop that waits for a migration which does not converge goes on for ever, and would take the
notebook, or a grader, with it. Lines are counted and not seconds, so that a slow computer stops
nobody who is right.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from course.exercise.own_work import Outcome, call

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import FrameType

__all__ = ["MOST_LINES", "NeverEndsError", "patiently"]

MOST_LINES = 100_000


class NeverEndsError(Exception):
    """A learner's function had not ended after very many lines."""


def patiently(
    function: Callable[..., Any], *arguments: Any, packages: Collection[str] = ()
) -> Outcome:
    """Call a learner's function as `call` does, and stop it if it does not end.

    Args:
        function: the learner's function.
        arguments: what it is called with.
        packages: packages whose functions would do the work.

    Returns:
        What came of it; `error` is a `NeverEndsError` if it was stopped.
    """
    left = MOST_LINES

    def line(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal left
        left -= event == "line"
        if left <= 0:
            raise NeverEndsError(f"it had not ended after {MOST_LINES} lines")
        return line

    def entered(frame: FrameType, _event: str, _argument: object) -> Any:
        ours = str(frame.f_globals.get("__name__", "")).startswith("course.")
        return None if ours else line

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        return call(function, *arguments, packages=packages)
    finally:
        sys.settrace(before)
