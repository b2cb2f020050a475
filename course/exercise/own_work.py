"""Calling a learner's function, and noticing when it leaves the work to the course."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import FrameType

__all__ = ["Outcome", "call"]

_READY_MADE = str(Path(__file__).parent.parent / "sizing") + os.sep


@dataclass(frozen=True)
class Outcome:
    """What came of one call of a learner's function.

    Attributes:
        value: what it returned, or None where it raised.
        error: what it raised, or None.
        ready_made: names of the course's own functions that it called to do the work.
    """

    value: Any
    error: Exception | None
    ready_made: frozenset[str]


def call(function: Callable[..., Any], *arguments: Any, packages: Collection[str] = ()) -> Outcome:
    """Call a learner's function and watch what it calls.

    Args:
        function: the learner's function.
        arguments: what it is called with.
        packages: other packages whose functions would do the work, such as `statistics`.

    Returns:
        What it returned or raised, and which ready-made functions of `course.sizing` or of the
        packages it used. They are noticed by the file or the module that their code comes from,
        under whatever name they are called.
    """
    seen: set[str] = set()

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if frame.f_code.co_filename.startswith(_READY_MADE) or module in packages:
            seen.add(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    threading.setprofile(watch)
    try:
        value, error = function(*arguments), None
    except Exception as raised:
        value, error = None, raised
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    return Outcome(value, error, frozenset(seen))
