"""What can be said of answers that rest on a learner's own records.

A recorded table is public to the learner who made it, and so are its limits. What lies between is
not computed here.

- `back`: of the record of recovery
- `drill`: of the record of a drill
- `moved`: of the record of migrations
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from course.exercise.availability.findings import drilled, usable
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.records import (
    COMES_BACK,
    by_rate,
    own_processor,
    restores,
)
from course.exercise.notes import Kind, Note, near, number_notes, unanswered
from course.exercise.records import Reading, read

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.availability.problem import AvailabilityProblem

__all__ = ["BACK", "back", "drill", "kept_notes", "moved", "moves", "rate_notes", "up_notes"]

#: Each number that is asked for of the record of recovery, and what it is of.
BACK = {"machine_back_s": "tiny VM", "container_back_s": "container"}


def _number(answer: Answer, name: str) -> list[Note]:
    return number_notes(name, answer.values.get(name))


def back(_task: AvailabilityProblem, answer: Answer) -> list[Note]:
    """Return what speaks against what was read of two recoveries."""
    reading = read(answer.values.get("table"), "recovery")
    if reading.table is None:
        return [] if reading.note is None else [reading.note]
    own, times = Reading(own_processor(reading.table)), restores(reading.table)
    notes: list[Note] = []
    for name, technology in BACK.items():
        if technology not in times:
            lacks = reading.lacks(technology, "restore") or own.lacks(technology, "restore")
            notes.append(Note(Kind.UNANSWERED, f"{name} is not answered yet. {lacks}"))
        elif found := _number(answer, name):
            notes += found
        else:
            value, low, high = float(answer.values[name]), min(times[technology]), max(
                times[technology]
            )  # fmt: skip
            if low / 1.005 <= value / 1000 <= high * 1.005:
                notes.append(Note.mistake(f"{name}: {MISTAKES['milliseconds']}"))
            elif not low / 1.005 <= value <= high * 1.005:
                notes.append(
                    Note.mistake(
                        f"{name} is {value:.4g}, but it took between {low:.4g} and {high:.4g} s."
                    )
                )
    return notes + kept_notes(answer.values.get("kept"), tuple(times))


def kept_notes(value: Any, technologies: tuple[str, ...]) -> list[Note]:
    """Return what is wrong with the form of `kept`: True or False for each.

    Args:
        value: what was found.
        technologies: which have to be there.
    """
    if not isinstance(value, Mapping):
        return [Note.mistake('kept should stay a dictionary: {"container": True} or False.')]
    notes = []
    for technology in technologies:
        said = value.get(technology)
        if unanswered(said):
            notes.append(Note.unanswered(f'kept["{technology}"]'))
        elif not isinstance(said, bool):
            notes.append(
                Note.mistake(f'kept["{technology}"] should be True or False, found {said!r}.')
            )
    if strange := [name for name in value if name not in COMES_BACK]:
        notes.append(Note.mistake(f"kept has {strange[0]!r}, which was not killed."))
    return notes


def drill(task: AvailabilityProblem, answer: Answer) -> list[Note]:
    """Return what is wrong with the drill."""
    found = usable(answer.values.get("drill"))
    if isinstance(found, Note):
        return [found]
    texts = dict.fromkeys(finding.text for finding in drilled(found, task) if not finding.met)
    return [Note.mistake(text) for text in texts]


def moves(task: AvailabilityProblem, answer: Answer) -> Reading:
    """Return the record of a learner's own migrations, if it is of her rates.

    Args:
        task: the learner's problem.
        answer: her answer, with the record.
    """
    reading = read(answer.values.get("table"), "migration")
    if reading.table is None:
        return reading
    if lacks := reading.lacks("tiny VM", "dirty rate"):
        return Reading(None, Note(Kind.UNANSWERED, f"This is not answered yet. {lacks}"))
    rates = tuple(by_rate(reading.table, "dirty rate"))
    if rates != task.rates_mib_per_s:
        listed = ", ".join(map(str, rates))
        wanted = ", ".join(map(str, task.rates_mib_per_s))
        return Reading(
            None,
            Note.mistake(f"The record is of guests that write {listed} MiB/s; yours are {wanted}."),
        )
    return reading


def moved(task: AvailabilityProblem, answer: Answer) -> list[Note]:
    """Return what speaks against what was read of the learner's own migrations."""
    reading = moves(task, answer)
    if reading.table is None:
        return [] if reading.note is None else [reading.note]
    table = reading.table
    value: Any = answer.values.get("downtimes_ms")
    down = by_rate(table, "downtime")
    notes = rate_notes("downtimes_ms", value, tuple(down))
    if not notes and down:
        total = by_rate(table, "total time")
        if all(near(float(value[rate]), 1000 * total[rate]) for rate in down):
            notes.append(Note.mistake(f"downtimes_ms: {MISTAKES['total_time_ms']}"))
        elif any(float(value[rate]) > 1000 * total[rate] for rate in down):
            notes.append(Note.mistake("downtimes_ms: a downtime is longer than its whole move."))
    if found := _number(answer, "times_as_much"):
        notes += found
    elif float(answer.values["times_as_much"]) > math.ceil(
        max(by_rate(table, "sent").values()) / min(by_rate(table, "sent").values())
    ):
        notes.append(Note.mistake("times_as_much: no two of your moves are so far apart."))
    return notes + up_notes(answer.values.get("gave_up"), task)


def rate_notes(name: str, value: Any, rates: tuple[int, ...]) -> list[Note]:
    """Return what is wrong with the form of an answer that has a number for each rate.

    Args:
        name: what the learner calls it.
        value: what was found.
        rates: which have to be there.
    """
    if unanswered(value) or value == {}:
        return [Note.unanswered(name)] if rates else []
    if not isinstance(value, Mapping):
        return [Note.mistake(f"{name} should be a dictionary, such as {{0: 12.0}}.")]
    notes: list[Note] = []
    for rate in rates:
        notes += number_notes(f"{name}[{rate}]", value.get(rate))
    if strange := [key for key in value if key not in rates]:
        notes.append(
            Note.mistake(f"{name} has {strange[0]!r}: no machine that wrote so fast stood still.")
        )
    return notes


def up_notes(value: Any, task: AvailabilityProblem) -> list[Note]:
    """Return what is wrong with the form of the list of migrations that were given up.

    Args:
        value: what was found.
        task: the learner's problem.
    """
    if unanswered(value):
        return [Note.unanswered("gave_up")]
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [Note.mistake(f"gave_up should be a list of rates, found {value!r}.")]
    if strange := [rate for rate in value if rate not in task.rates_mib_per_s]:
        return [Note.mistake(f"gave_up has {strange[0]!r}, which is none of your rates.")]
    return []
