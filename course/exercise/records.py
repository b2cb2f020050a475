"""What a learner has recorded, as the notes and the marks read it.

- `Reading`, `read`: a recorded table that can be used, or why there is none
- `why_missing`: why a technology could not be measured

The files are written by `course.live.experiments`, which knows what cannot be true of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.notes import Kind, Note, unanswered
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.live.experiments.table import Table

__all__ = ["Reading", "read", "why_missing"]


@dataclass(frozen=True)
class Reading:
    """A recorded table, or why it cannot be used.

    Attributes:
        table: what was recorded; None if there is nothing that can be used.
        note: why there is nothing; None if there is a table.
    """

    table: Table | None
    note: Note | None = None

    def lacks(self, technology: str, quantity: str | None = None) -> str:
        """Return why a technology is not in the table, in a sentence; empty if it is.

        Args:
            technology: which one.
            quantity: of which quantity there have to be figures; any if None.
        """
        if self.table is None:
            return "" if self.note is None else self.note.text
        rows = self.table.rows
        if any(
            row.technology == technology and (quantity is None or row.quantity == quantity)
            for row in rows
        ):
            return ""
        reason = why_missing(self.table, technology) or "your record holds no figures of it"
        return f"Nothing was measured of the {technology}: {reason.rstrip('.')}."


def why_missing(table: Table, technology: str) -> str:
    """Return why a technology could not be measured, as the record says; empty if it does not.

    Args:
        table: what was recorded.
        technology: which one.
    """
    # The record tells of places too: "container in the lab VM".
    reasons = [
        reason
        for name, reason in table.missing.items()
        if name == technology or name.startswith(f"{technology} ")
    ]
    return reasons[0] if reasons else ""


def read(value: Any, experiment: str) -> Reading:
    """Return a recorded table if it can be used.

    Args:
        value: what a notebook holds: a table, the data of one (`Table.to_data`), or what stands
            in for one that could not be measured.
        experiment: of which experiment it has to be.
    """
    from course.live.experiments.table import Table

    if isinstance(value, Unavailable):
        return _none(Kind.UNANSWERED, f"This is not answered yet: {value.reason}")
    if unanswered(value):
        return _none(Kind.UNANSWERED, f"The record of {experiment} is not answered yet.")
    try:
        # A table goes by its data too, so that one that was tinkered with is what it holds.
        value = Table.from_data(Table.to_data(value) if isinstance(value, Table) else value)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        if not isinstance(value, Table | Mapping):
            return _none(
                Kind.MISTAKE,
                f"Expected what experiments.{experiment}(...) returned, "
                f"found {type(value).__name__}. Run its cell again.",
            )
        return _none(Kind.MISTAKE, f"The record of {experiment} cannot be read: {error}")
    if value.experiment != experiment:
        return _none(
            Kind.MISTAKE, f"Expected a record of {experiment}, found one of {value.experiment}."
        )
    if problems := value.problems():
        return _none(
            Kind.MISTAKE,
            f"The record of {experiment} cannot be what an experiment has written: "
            f"{' '.join(problems)} Measure once more, with again=True.",
        )
    return Reading(value)


def _none(kind: Kind, text: str) -> Reading:
    return Reading(None, Note(kind, text))
