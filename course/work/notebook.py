"""What of a notebook's file is a learner's."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from course.work.errors import WorkError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cell", "cells", "is_changed", "is_run", "marks", "said", "source"]

#: A cell as it stands in the file.
Cell = dict[str, Any]


def cells(file: Path) -> list[Cell]:
    """Read a notebook's cells.

    Raises:
        WorkError: it is no notebook of format 4.
    """
    try:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        found = notebook["cells"]
        for cell in found:
            source(cell), cell["cell_type"], cell["metadata"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise WorkError(
            f"{file.name} cannot be read as a notebook: {error!r}. "
            "Open it in JupyterLab, save it, and try again."
        ) from None
    return list(found)


def source(cell: Cell) -> str:
    """Return what stands in a cell."""
    found = cell["source"]  # the form allows a text or a list of lines
    return found if isinstance(found, str) else "".join(found)


def marks(cell: Cell) -> dict[str, Any]:
    """Return what nbgrader knows about a cell; nothing of one that it does not know."""
    return dict(cell["metadata"].get("nbgrader") or {})


def said(file: Path) -> list[tuple[str, str]] | None:
    """Return the kinds and texts of a notebook's cells; None if it is none."""
    try:
        found = cells(file)
    except WorkError:
        return None
    # JupyterLab puts an empty cell at the end when the last one is run.
    every = [(str(cell["cell_type"]), source(cell)) for cell in found]
    return [(kind, text) for kind, text in every if text.strip()]


def is_run(file: Path) -> bool:
    """Tell whether a notebook holds outputs."""
    return any(cell.get("outputs") or cell.get("execution_count") for cell in cells(file))


def is_changed(cell: Cell) -> bool | None:
    """Tell whether a cell says something else than in the released notebook.

    nbgrader writes a checksum into each cell that it knows, by `nbgrader.utils.compute_checksum`.

    Returns:
        The answer; None where the cell has no checksum.
    """
    known = marks(cell)
    if not known.get("checksum") or "grade_id" not in known:
        return None
    grade, solution = bool(known.get("grade")), bool(known.get("solution"))
    locked = not solution and (grade or bool(known.get("locked")))
    parts = [source(cell), cell["cell_type"], str(grade), str(solution), str(locked)]
    parts.append(known["grade_id"])
    if grade:
        parts.append(str(float(known.get("points") or 0)))
    computed = hashlib.md5("".join(parts).encode(), usedforsecurity=False)
    return bool(computed.hexdigest() != known["checksum"])
