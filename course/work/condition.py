"""What is said about a notebook before it is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.problem import ASSIGNMENTS, assignment_module
from course.work.notebook import cells, is_changed, marks, source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from course.work.notebook import Cell

__all__ = ["Condition", "examine"]

_RUN_ALL = "Choose Kernel > Restart Kernel and Run All Cells, look at the checks, and save."


@dataclass(frozen=True)
class Condition:
    """The condition of a notebook.

    Attributes:
        answers: how many cells are to be answered.
        unanswered: the names of those that say what they said at first.
        code_cells: how many cells hold code.
        not_run: how many of them have never been run.
        in_order: whether those that were run were run from top to bottom.
        failed: names of cells that show an error.
        changed: names of locked cells that say something else than at first.
        missing: names of cells that were deleted.
    """

    answers: int
    unanswered: tuple[str, ...]
    code_cells: int
    not_run: int
    in_order: bool
    failed: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]

    def warnings(self) -> tuple[str, ...]:
        """Return what the learner should know before handing in, a sentence or two for each."""
        found = []
        if self.unanswered:
            found.append(
                f"{len(self.unanswered)} of {self.answers} answers are still open: "
                f"{_named(self.unanswered)}."
            )
        if self.not_run:
            found.append(f"{self.not_run} of {self.code_cells} cells have not been run. {_RUN_ALL}")
        elif not self.in_order:
            found.append(f"Cells were run in another order than they stand in. {_RUN_ALL}")
        if self.failed:
            found.append(f"There is an error below {_named(self.failed)}.")
        if self.changed or self.missing:
            found.append(
                f"Check cells were changed or deleted: {_named((*self.changed, *self.missing))}. "
                "They are marked as they were; an answer belongs into the cell above its check."
            )
        return tuple(found)


def examine(notebook: Path, originals: Sequence[Path] = ()) -> Condition:
    """Look at a notebook as it is saved; nothing of it is run.

    Args:
        notebook: the learner's notebook.
        originals: what it may have been copied from.

    Raises:
        WorkError: it is no notebook.
    """
    found = cells(notebook)
    answers = [cell for cell in found if marks(cell).get("solution")]
    locked = [cell for cell in found if marks(cell).get("locked")]
    code = [cell for cell in found if cell["cell_type"] == "code" and source(cell).strip()]
    counts = [cell["execution_count"] for cell in code if cell.get("execution_count")]
    there = {marks(cell).get("grade_id") for cell in found}
    return Condition(
        answers=len(answers),
        unanswered=tuple(_name(cell) for cell in answers if is_changed(cell) is False),
        code_cells=len(code),
        not_run=len(code) - len(counts),
        in_order=counts == sorted(counts),
        failed=tuple(_name(cell) for cell in code if _has_failed(cell)),
        changed=tuple(_name(cell) for cell in locked if is_changed(cell)),
        missing=tuple(n for n in _expected(notebook.stem, originals) if n not in there),
    )


def _expected(assignment: str, originals: Sequence[Path]) -> list[str]:
    """Return the names of the cells that nbgrader knows: of the original, or of the exercises."""
    for original in originals:
        named = [marks(cell).get("grade_id") for cell in cells(original)]
        return [name for name in named if name]
    if assignment not in ASSIGNMENTS:
        return []
    return [f"{item}-check" for item in assignment_module(assignment).NOTES]


def _has_failed(cell: Cell) -> bool:
    return any(output.get("output_type") == "error" for output in cell.get("outputs", ()))


def _name(cell: Cell) -> str:
    return str(marks(cell).get("grade_id") or cell.get("id") or source(cell).split("\n")[0][:40])


def _named(names: Sequence[str], most: int = 6) -> str:
    plain = [name.removesuffix("-answer").removesuffix("-check") for name in names]
    others = len(plain) - most
    return ", ".join(plain[:most]) + (f" and {others} more" if others > 0 else "")
