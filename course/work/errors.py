"""The one error of saving, bringing back and handing in."""

from __future__ import annotations

__all__ = ["WorkError"]


class WorkError(RuntimeError):
    """Work cannot be saved, brought back or handed in.

    The message says what was expected, what was found and what to try. In a notebook it is shown
    without the way through the course's code.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]
