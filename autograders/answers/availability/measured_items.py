"""How each item of lesson 09 is marked that rests on the learner's own records.

Each is right of that machine: what is asked follows from the record, whatever it holds. A record
that cannot be is refused, and what could not be measured is said to be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograders.answers.availability import measured
from autograders.checks import Mark, joined, mark_quantity
from course.exercise.availability.findings import drilled, usable
from course.exercise.availability.measured_notes import (
    BACK,
    kept_notes,
    moves,
    rate_notes,
    up_notes,
)
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.records import given_up, kept, own_processor
from course.exercise.notes import Note, near
from course.exercise.records import Reading, read

if TYPE_CHECKING:
    from course.exercise import Answer
    from course.exercise.availability.problem import AvailabilityProblem
    from course.exercise.draw import Draw
    from course.live.experiments import Table

__all__ = ["back", "drill", "moved"]

#: A figure of one's own record is known to all digits; this leaves room for one that was typed.
_TOLERANCE = 0.001
_BACK_POINTS, _KEPT_POINTS = 0.75, 0.5
_DOWNTIME_POINTS, _MORE_POINTS, _GAVE_UP_POINTS = 1.5, 1.0, 0.5
_DRILL_POINTS = {"token": 1.5, "crash": 1.0, "lost": 1.5}


def _why(note: Note | None) -> str:
    return "" if note is None else note.text


def back(_task: AvailabilityProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark how long it took to come back, and with what in memory."""
    reading = read(answer.values.get("table"), "recovery")
    if reading.table is None:
        return Mark(0, len(BACK) * _BACK_POINTS + _KEPT_POINTS, _why(reading.note))
    asked, own = measured.back(reading.table), Reading(own_processor(reading.table))
    marks = []
    for name, technology in BACK.items():
        if name in asked:
            quantity = asked[name]
            marks.append(mark_quantity(name, answer.values.get(name), quantity, quantity, MISTAKES))
        else:
            lacks = reading.lacks(technology, "restore") or own.lacks(technology, "restore")
            marks.append(Mark(0, _BACK_POINTS, f"{name} is not answered yet. {lacks}"))
    return joined([*marks, _kept(answer.values.get("kept"), kept(reading.table))])


def _kept(value: Any, right: Mapping[str, bool]) -> Mark:
    if notes := kept_notes(value, tuple(right)):
        return Mark(0, _KEPT_POINTS, notes[0].text)
    if not right:
        return Mark(0, _KEPT_POINTS, "kept is not answered yet: nothing came back.")
    if wrong := [name for name, held in right.items() if value[name] is not held]:
        return Mark(
            0, _KEPT_POINTS, f"kept: of the {wrong[0]}, your record says otherwise (content kept)."
        )
    return Mark(_KEPT_POINTS, _KEPT_POINTS, "kept is what your record says.")


def drill(task: AvailabilityProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark whether a machine was saved, destroyed and brought back with its token."""
    possible = sum(_DRILL_POINTS.values())
    found = usable(answer.values.get("drill"))
    if isinstance(found, Note):
        return Mark(0, possible, found.text)
    findings = drilled(found, task)
    met = {finding.aspect for finding in findings if finding.met}
    wrong = dict.fromkeys(finding.text for finding in findings if not finding.met)
    if "token" not in met:
        return Mark(0, possible, " ".join(wrong))
    earned = sum(points for aspect, points in _DRILL_POINTS.items() if aspect in met)
    return Mark(earned, possible, " ".join(wrong) or "Saved, destroyed, restored: all of it.")


def moved(task: AvailabilityProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark what was read of the learner's own migrations."""
    reading = moves(task, answer)
    if reading.table is None:
        possible = _DOWNTIME_POINTS + _MORE_POINTS + _GAVE_UP_POINTS
        return Mark(0, possible, _why(reading.note))
    table, values = reading.table, answer.values
    more = measured.times_as_much(table, task)
    return joined(
        [
            _downtimes(values.get("downtimes_ms"), table),
            mark_quantity("times_as_much", values.get("times_as_much"), more, more, MISTAKES),
            _gave_up(values.get("gave_up"), task, table),
        ]
    )


def _downtimes(value: Any, table: Table) -> Mark:
    right = measured.downtimes(table)
    if notes := rate_notes("downtimes_ms", value, tuple(right)):
        return Mark(0, _DOWNTIME_POINTS, notes[0].text)
    if not right:
        # With no move at all that was completed, an empty dictionary is what the record holds.
        return Mark(_DOWNTIME_POINTS, _DOWNTIME_POINTS, "downtimes_ms is right: there are none.")

    def same(expected: Mapping[int, float]) -> list[int]:
        # A downtime is a whole number of milliseconds, and may be 0.
        return [r for r in right if near(float(value[r]), expected[r], tolerance=_TOLERANCE)]

    correct = same(right)
    if len(correct) == len(right):
        return Mark(_DOWNTIME_POINTS, _DOWNTIME_POINTS, "downtimes_ms is right, move by move.")
    for name, (expected, share) in measured.wrong_downtimes(table).items():
        if len(same(expected)) == len(right):
            return Mark(
                _DOWNTIME_POINTS * share, _DOWNTIME_POINTS, f"downtimes_ms: {MISTAKES[name]}"
            )
    others = ", ".join(str(rate) for rate in right if rate not in correct)
    return Mark(
        _DOWNTIME_POINTS * len(correct) / len(right) / 2,
        _DOWNTIME_POINTS,
        f"downtimes_ms is not what your record holds for: {others} MiB/s.",
    )


def _gave_up(value: Any, task: AvailabilityProblem, table: Table) -> Mark:
    if notes := up_notes(value, task):
        return Mark(0, _GAVE_UP_POINTS, notes[0].text)
    right = sorted(given_up(table))
    if sorted(value) == right:
        return Mark(_GAVE_UP_POINTS, _GAVE_UP_POINTS, "gave_up is right.")
    return Mark(
        0, _GAVE_UP_POINTS, "gave_up is not what your record says under `completed`: 1 or 0."
    )
