"""Marking an experiment: by what the engine holds, aspect by aspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograders.checks import Mark, Marker
from autograders.engine_state import engine_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from course.exercise import Answer
    from course.exercise.draw import Draw
    from course.exercise.findings import Finding

__all__ = ["experiment"]


def experiment(
    looked_for: Callable[[Any], str],
    reading: Callable[[Any, Any], tuple[Finding, ...]],
    points: Mapping[str, float],
    *,
    only_with: str = "",
) -> Marker:
    """Return what marks an experiment by what the engine holds.

    Args:
        looked_for: what is looked for, for a learner whose engine does not have it; it gets the
            learner's problem.
        reading: what reads it; it gets the engine's client and the problem.
        points: what each aspect earns.
        only_with: the aspect without which the others earn nothing.
    """

    def mark(problem: Any, _answer: Answer, _draw: Draw) -> Mark:
        possible = sum(points.values())
        look = engine_state().look(looked_for(problem), lambda client: reading(client, problem))
        if look.found is None:
            return Mark(0, possible, f"This is not answered yet. {look.missing}")
        met = {finding.aspect for finding in look.found if finding.met}
        wrong = dict.fromkeys(finding.text for finding in look.found if not finding.met)
        if only_with and only_with not in met:
            return Mark(0, possible, " ".join(wrong))
        earned = sum(share for aspect, share in points.items() if aspect in met)
        return Mark(earned, possible, " ".join(wrong) or "The engine holds what was asked for.")

    return mark
