"""How long it took until so many replicas of the real service answered.

- `Rollout`: when each replica answered for the first time, since the first was ordered
- `RECORD`: the file in which it is handed in
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from course.exercise.scaling_under_load.recording import (
    UnreadableRecordError,
    opened,
    read,
    sealed,
    write,
)
from course.exercise.table import Table

__all__ = ["RECORD", "Rollout"]

#: The file beside the notebook.
RECORD = "rollout.json"
#: No container answers sooner than that after the one before it, in seconds; nobody waits longer.
LEAST_S, MOST_S = 0.005, 3600.0

_KIND = "rollout"


@dataclass(frozen=True)
class Rollout:
    """When each replica answered, one ordered after the other.

    Attributes:
        ready_s: for each replica the seconds since the first was ordered.
        engine: in which engine, in a few words.

    Example:
        >>> Rollout((2.5, 1.5), "an engine").problems()
        ('A replica answered before it can have been started.',)
    """

    ready_s: tuple[float, ...]
    engine: str

    def problems(self) -> tuple[str, ...]:
        """Return what cannot be true of it, a sentence each."""
        found = []
        if not all(isinstance(s, float) and math.isfinite(s) for s in self.ready_s):
            return ("A time in it is no number of seconds.",)
        if len(self.ready_s) < 2:
            found.append("It has fewer than two replicas.")
        steps = [after - before for before, after in pairwise((0.0, *self.ready_s))]
        if any(step < LEAST_S for step in steps):
            found.append("A replica answered before it can have been started.")
        if len(steps) > 2 and len(set(steps)) == 1:
            found.append("All replicas took equally long, to the last digit: no clock shows that.")
        if self.ready_s and self.ready_s[-1] > MOST_S:
            found.append(f"It took longer than {MOST_S:g} s.")
        return tuple(found)

    def _figures(self) -> dict[str, Any]:
        return {"ready_s": list(self.ready_s), "engine": self.engine}

    def to_data(self) -> dict[str, Any]:
        """Return it as data that JSON takes."""
        return sealed(_KIND, self._figures())

    @classmethod
    def from_data(cls, data: Any) -> Rollout:
        """Return a rollout from data.

        Raises:
            UnreadableRecordError: it is another thing, was changed, or cannot be true.
        """
        return cls._from_figures(opened(_KIND, data))

    @classmethod
    def _from_figures(cls, figures: Mapping[str, Any]) -> Rollout:
        try:
            found = cls(tuple(figures["ready_s"]), str(figures["engine"]))
        except (LookupError, TypeError):
            raise UnreadableRecordError(
                "expected the times of a rollout. Measure once more, with again=True."
            ) from None
        if problems := found.problems():
            raise UnreadableRecordError(
                f"the record of the rollout cannot be what was measured: {' '.join(problems)} "
                "Measure once more, with again=True."
            )
        return found

    def write(self, path: Path) -> None:
        """Write it into a file."""
        write(path, _KIND, self._figures())

    @classmethod
    def read(cls, path: Path) -> Rollout:
        """Read it from a file.

        Raises:
            UnreadableRecordError: the file is another thing, was changed, or cannot be true.
        """
        return cls._from_figures(read(path, _KIND))

    def records(self) -> list[dict[str, float]]:
        """Return a row for each replica, ready for a chart."""
        return [
            {"replicas": number, "ready_s": ready_s}
            for number, ready_s in enumerate(self.ready_s, 1)
        ]

    def table(self) -> Table:
        """Return it as a table."""
        rows = tuple((row["replicas"], row["ready_s"]) for row in self.records())
        title = f"When each replica answered (measured: {self.engine})"
        return Table(title, ("replicas that answer", "s since the first was ordered"), rows)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
