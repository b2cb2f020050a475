"""What is looked for in the record of a drill.

- `drilled`: whether a machine was saved, destroyed and brought back with its token
- `usable`: a drill that can have been, or a note that says why it cannot
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.exercise.availability.drill import Drill
from course.exercise.findings import Finding
from course.exercise.notes import Kind, Note, unanswered
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.availability.drill import Event
    from course.exercise.availability.problem import AvailabilityProblem

__all__ = ["LATE", "TOKEN", "drilled", "usable"]

#: The files in the machine's memory that are asked for.
TOKEN, LATE = "token", "late"


def usable(found: Any) -> Drill | Note:
    """Return a drill, or a note that says why it cannot be used.

    Args:
        found: what the learner hands in.
    """
    if isinstance(found, Unavailable):
        return Note(Kind.UNANSWERED, f"This is not answered yet: {found.reason}")
    if unanswered(found):
        return Note.unanswered("drill")
    if not isinstance(found, Drill):
        return Note.mistake(
            f"drill should be what rehearse(...) returns, found {type(found).__name__}."
        )
    if problems := Drill.problems(found):
        return Note.mistake(f"What was recorded of the drill cannot be. {' '.join(problems)}")
    return found


def _last(events: tuple[Event, ...], step: str, end: int) -> int:
    """Return which event before `end` was the last that did a step; -1 if none was."""
    return max((n for n, e in enumerate(events[:end]) if e.step == step and e.done), default=-1)


def drilled(drill: Drill, task: AvailabilityProblem) -> tuple[Finding, ...]:
    """Return whether a machine was saved, destroyed and brought back with its token.

    Args:
        drill: a drill that can have been.
        task: the learner's problem.
    """
    events = drill.events
    back = _last(events, "restore", len(events))
    saved = _last(events, "snapshot", back) if back > 0 else -1
    crashed = _last(events, "crash", back) if back > 0 else -1
    if back < 0 or saved < 0:
        told = "No machine was restored: the drill needs a snapshot, and later a restore."
        return tuple(Finding(aspect, False, told) for aspect in ("token", "crash", "lost"))
    after, before = events[back], events[saved]
    holds = after.held.get(TOKEN) == task.token
    destroyed = (
        saved < crashed < back and after.boot == before.boot and after.process != before.process
    )
    wrote = any(event.held.get(LATE) == task.late for event in events[saved + 1 : back])
    gone = LATE not in after.held
    return (
        Finding(
            "token",
            holds,
            f"What came back holds your token in /dev/shm/{TOKEN}."
            if holds
            else f"What came back holds {after.held.get(TOKEN, 'nothing')} in /dev/shm/{TOKEN}, "
            "and not your token. What did the machine hold when it was saved?",
        ),
        Finding(
            "crash",
            destroyed,
            "It was destroyed after it was saved, and goes on in another process."
            if destroyed
            else "Between its snapshot and its return the machine was not destroyed.",
        ),
        Finding(
            "lost",
            wrote and gone,
            f"What was written after the snapshot, /dev/shm/{LATE}, is lost."
            if wrote and gone
            else f"What was written to /dev/shm/{LATE} is there again: it was written before the "
            "snapshot, so nothing was lost."
            if not gone
            else f"Between the snapshot and the crash your second word was not in /dev/shm/{LATE}.",
        ),
    )
