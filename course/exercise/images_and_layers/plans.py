"""A Dockerfile whose lines may be put into another order, and a month of edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table
from course.model import BuildStep
from course.sizing.images import BuildPlan

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["Kitchen", "draw_kitchen"]

#: How the Dockerfile was found: everything is copied first, for convenience.
_FOUND = ("A", "B", "C", "D", "E", "F", "G")
_GAIN = 1.5  # the order that was found takes so many times the best one's minutes, at least


@dataclass(frozen=True)
class Kitchen:
    """A build that takes too long.

    Attributes:
        plan: its steps, what each takes and needs, and the edits of a month.
        found_order: the order in which the Dockerfile was found.
    """

    plan: BuildPlan
    found_order: tuple[str, ...]

    def steps(self) -> Table:
        """Return the steps as a table."""
        rows = tuple(
            (name, step.text, step.build_s, ", ".join(step.needs) or "—")
            for name, step in self.plan.steps.items()
        )
        headings = ("step", "instruction", "takes (s)", "comes after")
        return Table(f"The Dockerfile as it was found, after {self.plan.first}", headings, rows)

    def edits(self) -> Table:
        """Return the edits of a month as a table."""
        rows = tuple(self.plan.edits_per_month.items())
        return Table("Edits, each followed by a build", ("file", "edits a month"), rows)


def draw_kitchen(draw: Draw) -> Kitchen:
    """Return a build that gains much by another order of its steps."""
    while True:
        plan = _draw_plan(draw)
        if plan.minutes_per_month(_FOUND) > _GAIN * plan.minutes_per_month(plan.best_order()):
            return Kitchen(plan, _FOUND)


def _draw_plan(draw: Draw) -> BuildPlan:
    def takes(low: int, high: int) -> float:
        return float(draw.integer(low, high))

    steps = {
        "A": BuildStep("COPY . /srv/", 1.0),
        "B": BuildStep("RUN apt-get install -y python3-pip nodejs", takes(60, 150)),
        "C": BuildStep("COPY requirements.txt /srv/", 1.0),
        "D": BuildStep("RUN pip install -r /srv/requirements.txt", takes(40, 160), ("B", "C")),
        "E": BuildStep("COPY assets/ /srv/assets/", 1.0),
        "F": BuildStep("RUN node /srv/assets/pack.js", takes(40, 160), ("B", "E")),
        "G": BuildStep("RUN python3 -m compileall /srv", takes(4, 20), ("A", "D")),
    }
    edits = {
        "app.py": draw.integer(60, 160),
        "assets/logo.svg": draw.integer(3, 25),
        "requirements.txt": draw.integer(3, 25),
    }
    return BuildPlan("FROM debian:12", steps, edits)
