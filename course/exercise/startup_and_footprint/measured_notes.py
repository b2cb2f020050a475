"""What can be said of answers that rest on a learner's own records.

A recorded table is public to the learner who made it, and so are its limits: a median lies
between the fastest and the slowest. What lies between is not computed here.

- `medians`, `ratio`, `boot`: of the record of start-ups
- `weight`: of the record of footprints
- `memory`: of the record of density
- `verdicts`: of the first two
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from course.exercise.notes import Kind, Note, near, number_notes, unanswered
from course.exercise.records import Reading, read
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.exercise.startup_and_footprint.records import (
    booted,
    figures,
    memory_used,
    one_accelerator,
    stages,
)

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.startup_and_footprint.problem import StartupProblem

__all__ = ["LEVERS", "STATEMENTS", "VERDICTS", "boot", "by_technology", "medians", "memory",
           "ratio", "verdicts", "weight"]  # fmt: skip

#: What might shorten a start.
LEVERS = "abcde"
#: The statements that the learner's own data decide.
STATEMENTS = (
    "container_second", "full_ten_seconds", "every_machine", "machine_longer", "container_5_mb",
    "stripped_100_mb", "machine_1_gb",
)  # fmt: skip
VERDICTS = ("holds", "does not hold", "not measured")


def _mistake(name: str) -> Note:
    return Note.mistake(MISTAKES[name])


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


# What was measured: starts


def by_technology(name: str, value: Any, technologies: tuple[str, ...]) -> list[Note]:
    """Return what is wrong with the form of an answer that has a number for each technology.

    Args:
        name: what the learner calls it.
        value: what was found.
        technologies: which have to be there.
    """
    if unanswered(value) or value == {}:
        return [Note.unanswered(name)]
    if not isinstance(value, Mapping):
        return [
            Note.mistake(f'{name} should be a dictionary, such as {{"{technologies[0]}": 1.5}}.')
        ]
    notes: list[Note] = []
    for technology in technologies:
        notes += number_notes(f'{name}["{technology}"]', value.get(technology))
    if strange := [key for key in value if key not in technologies]:
        notes.append(Note.mistake(f"{name} has {strange[0]!r}, which `own` does not have."))
    return notes


def _table(reading: Reading) -> list[Note]:
    return [] if reading.note is None else [reading.note]


def medians(_task: StartupProblem, answer: Answer) -> list[Note]:
    """Return what speaks against the medians and the slow ends."""
    reading = read(answer.values.get("table"), "startup")
    if reading.table is None:
        return _table(reading)
    own = one_accelerator(reading.table)
    starts = {name: own.values(name, "start") for name in own.select(quantity="start").technologies}
    notes: list[Note] = []
    for asked in ("medians", "slow"):
        value: Any = answer.values.get(asked)
        if found := by_technology(asked, value, tuple(starts)):
            notes += found
            continue
        given = {name: float(value[name]) for name in starts}
        notes += _outside(asked, given, starts)
        several = {name: times for name, times in starts.items() if len(times) > 2}
        # Tighter than a rounded answer: a true median may lie as near to the mean as that.
        if (
            asked == "medians"
            and several
            and all(
                math.isclose(given[name], sum(times) / len(times), rel_tol=1e-9)
                for name, times in several.items()
            )
        ):
            notes.append(_mistake("mean_for_median"))
    return notes


def _outside(
    name: str, given: Mapping[str, float], starts: Mapping[str, list[float]]
) -> list[Note]:
    slack = 1.005  # for answers that were rounded
    outside = {
        technology: (min(times), max(times))
        for technology, times in starts.items()
        if not min(times) / slack <= given[technology] <= max(times) * slack
    }
    if not outside:
        return []
    if all(low / slack <= given[t] / 1000 <= high * slack for t, (low, high) in outside.items()):
        return [_mistake("milliseconds")]
    technology, (low, high) = next(iter(outside.items()))
    return [
        Note.mistake(
            f'{name}["{technology}"] is {given[technology]:.4g}, but all of its starts took '
            f"between {low:.4g} and {high:.4g} s."
        )
    ]


def ratio(_task: StartupProblem, answer: Answer) -> list[Note]:
    """Return what speaks against the ratios of starts."""
    reading = read(answer.values.get("table"), "startup")
    if reading.table is None:
        return _table(reading)
    own = Reading(one_accelerator(reading.table))
    notes: list[Note] = []
    for name, technology in (
        ("machine_over_container", "full VM"),
        ("tiny_over_container", "tiny VM"),
    ):
        if lacks := own.lacks(technology, "start") or own.lacks("container", "start"):
            notes.append(Note(Kind.UNANSWERED, f"{name} is not answered yet. {lacks}"))
            continue
        if found := _number(answer, name):
            notes += found
            continue
        over = own.table.values(technology, "start") if own.table else []
        under = own.table.values("container", "start") if own.table else []
        value = float(answer.values[name])
        low, high = min(over) / max(under), max(over) / min(under)
        if low / 1.005 <= value <= high * 1.005:
            continue
        if value and low / 1.005 <= 1 / value <= high * 1.005:
            notes.append(_mistake("inverted"))
        else:
            notes.append(
                Note.mistake(f"{name}: no two of these starts are {value:.4g} times apart.")
            )
    return notes


def boot(_task: StartupProblem, answer: Answer) -> list[Note]:
    """Return what speaks against what was read off the timeline."""
    reading = read(answer.values.get("table"), "startup")
    if reading.table is None:
        return _table(reading)
    machine = booted(reading.table)
    if lacks := reading.lacks(machine, "start"):
        return [Note(Kind.UNANSWERED, f"This is not answered yet. {lacks}")]
    taken = stages(reading.table, machine)
    stage, lever = answer.values.get("longest_stage"), answer.values.get("lever")
    notes: list[Note] = []
    if unanswered(stage):
        notes.append(Note.unanswered("longest_stage"))
    elif stage not in taken:
        notes.append(
            Note.mistake(f"longest_stage should be one of {', '.join(taken)}, found {stage!r}.")
        )
    found = _number(answer, "longest_share")
    share = -1.0 if found else float(answer.values["longest_share"])
    notes += found
    if share > 1 and any(near(share, seconds) for seconds in taken.values()):
        notes.append(_mistake("seconds_for_share"))
    elif share > 1:
        notes.append(_mistake("percent_for_share"))
    elif 0 <= share < 1 / len(taken) * 0.995:
        notes.append(
            Note.mistake(f"There are {len(taken)} stages; the longest has a larger share.")
        )
    if unanswered(lever):
        notes.append(Note.unanswered("lever"))
    elif not isinstance(lever, str) or lever.strip().lower() not in tuple(LEVERS):
        notes.append(Note.mistake(f"lever should be one of {', '.join(LEVERS)}, found {lever!r}."))
    return notes


# What was measured: sizes


def weight(_task: StartupProblem, answer: Answer) -> list[Note]:
    """Return what speaks against the sizes and their ratio."""
    reading = read(answer.values.get("table"), "footprint")
    if reading.table is None:
        return _table(reading)
    notes: list[Note] = []
    for name, technology in (("full_vm_mb", "full VM"), ("container_mb", "container")):
        if lacks := reading.lacks(technology, "disk"):
            notes.append(Note(Kind.UNANSWERED, f"{name} is not answered yet. {lacks}"))
        elif found := _number(answer, name):
            notes += found
        else:
            sizes = figures(reading.table, technology, "disk")
            value = float(answer.values[name])
            if any(near(value, size) for size in sizes):
                notes.append(Note.mistake(f"{name}: {MISTAKES['bytes_for_mb']}"))
            elif any(near(value, size / 2**20) for size in sizes):
                notes.append(Note.mistake(f"{name}: {MISTAKES['mebibytes']}"))
    notes += _number(answer, "disk_ratio")
    if not notes and float(answer.values["disk_ratio"]) < 1:
        notes.append(Note.mistake("disk_ratio: the machine's disk goes above, the image below."))
    return notes


_MEMORY = (
    ("container_mib", "container_error_mib", "container"),
    ("machine_mib", "machine_error_mib", "tiny VM"),
)


def memory(task: StartupProblem, answer: Answer) -> list[Note]:
    """Return what speaks against what one more takes of memory."""
    reading = read(answer.values.get("table"), "density")
    if reading.table is None:
        return _table(reading)
    notes: list[Note] = []
    for name, error_name, technology in _MEMORY:
        used = memory_used(reading.table, technology)
        if len(used) < 3:
            lacks = reading.lacks(technology, "memory") or (
                f"The record has {len(used)} of the {technology}; three or more are needed. "
                "Measure once more, with again=True and more seconds."
            )
            notes.append(Note(Kind.UNANSWERED, f"{name} is not answered yet. {lacks}"))
            continue
        found = _number(answer, name) + _number(answer, error_name)
        notes += found
        if not found:
            notes += _memory_mistakes(name, error_name, answer, used)
    if reading.lacks("clone", "memory"):
        notes.append(
            Note(Kind.UNANSWERED, f"tasks is not answered yet. {reading.lacks('clone', 'memory')}")
        )
    elif found := _number(answer, "tasks", whole=True):
        notes += found
    elif answer.values["tasks"] <= task.budget_gib / 64:
        notes.append(_mistake("gigabytes_for_mib"))
    return notes


def _memory_mistakes(name: str, error_name: str, answer: Answer, used: list[float]) -> list[Note]:
    value, error = float(answer.values[name]), float(answer.values[error_name])
    steps = [after - before for before, after in pairwise(used)]
    if not min(steps) - 0.005 * abs(min(steps)) <= value <= max(steps) * 1.005:
        return [
            Note.mistake(
                f"{name} is {value:.4g}, but each further one added between {min(steps):.4g} and "
                f"{max(steps):.4g} MiB."
            )
        ]
    if error > max(steps) - min(steps):
        return [Note.mistake(f"{error_name} is more than the differences lie apart.")]
    return []


def verdicts(_task: StartupProblem, answer: Answer) -> list[Note]:
    """Return what is wrong with the form of the verdicts."""
    for name in ("startup", "footprint"):
        reading = read(answer.values.get(name), name)
        if reading.table is None:
            return _table(reading)
    value = answer.values.get("verdicts")
    if unanswered(value):
        return [Note.unanswered("verdicts")]
    if not isinstance(value, Mapping):
        return [Note.mistake(f'verdicts should stay a dictionary: {{"{STATEMENTS[0]}": "holds"}}.')]
    notes = []
    for statement in STATEMENTS:
        chosen = value.get(statement)
        if unanswered(chosen):
            notes.append(Note.unanswered(f'verdicts["{statement}"]'))
        elif chosen not in VERDICTS:
            options = ", ".join(f'"{option}"' for option in VERDICTS)
            notes.append(
                Note.mistake(
                    f'verdicts["{statement}"] should be one of {options}, found {chosen!r}.'
                )
            )
    return notes
