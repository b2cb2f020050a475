"""What can be said of answers to lesson 05 by one who does not know the right ones.

`measured_notes` looks at what rests on a learner's own records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from course.exercise.findings import findings_notes
from course.exercise.notes import (
    Note,
    choice_notes,
    identity_notes,
    near,
    number_notes,
)
from course.exercise.own_work import call
from course.exercise.startup_and_footprint import measured_notes, server
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.model import BYTES_PER_GIB

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.startup_and_footprint.problem import StartupProblem

__all__ = ["NOTES", "QUIZ_OPTIONS", "READY_MADE"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType(
    {"pull": "abcd", "emulated": "abcd", "shared": "abcd", "distribution": "abcd"}
)
#: Packages whose functions would do the work of `percentile`.
READY_MADE = ("statistics", "numpy", "pandas", "scipy")


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


# The function

_TRIAL_CASES: tuple[tuple[list[float], float, float], ...] = (
    ([30, 10, 20], 0.5, 20),
    ([30, 10, 20], 1.0, 30),
    ([10, 20], 0.25, 12.5),
)


def _percentile(_task: StartupProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("percentile")
    if not callable(function):
        return [Note.unanswered("percentile")]
    for values, share, expected in _TRIAL_CASES:
        outcome = call(function, list(values), share, packages=READY_MADE)
        asked = f"percentile({values}, {share})"
        if outcome.ready_made:
            return [
                Note.mistake(
                    "percentile lets a ready-made function do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered("percentile")]
        if number_notes("", outcome.value) or not near(float(outcome.value), expected):
            return [
                Note.mistake(f"{asked} gives {outcome.value!r}; work it out with pen and paper.")
            ]
    return []


# What is worked out


def _units(task: StartupProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "disk_gb") + _number(answer, "download_s")
    if notes:
        return notes
    given = task.download
    disk_gb, seconds = float(answer.values["disk_gb"]), float(answer.values["download_s"])
    if near(disk_gb, given.disk_gib):
        notes.append(Note.mistake(f"disk_gb: {MISTAKES['gb_for_gib']}"))
    elif disk_gb < given.disk_gib:
        notes.append(Note.mistake(f"disk_gb: {MISTAKES['conversion_inverted']}"))
    if near(seconds, given.disk_gib * BYTES_PER_GIB / (given.rate_mbit_per_s * 10**6)):
        notes.append(Note.mistake(f"download_s: {MISTAKES['bytes_for_bits']}"))
    return notes


def _disk(task: StartupProblem, answer: Answer) -> list[Note]:
    tenants = task.tenants
    notes: list[Note] = []
    least_mb = {
        "copies_gb": 2 * tenants.machine_mb,
        "clones_gb": tenants.machine_mb,
        "containers_gb": tenants.base_mb,
    }
    for name, least in least_mb.items():
        if found := _number(answer, name):
            notes += found
        elif float(answer.values[name]) > 2 * tenants.count * tenants.machine_mb / 1000:
            notes.append(Note.mistake(f"{name}: {MISTAKES['megabytes']}"))
        elif 1000 * float(answer.values[name]) < least:
            notes.append(
                Note.mistake(f"{name}: one of the things that have to be there takes more.")
            )
    if not notes and float(answer.values["clones_gb"]) >= float(answer.values["copies_gb"]):
        notes.append(Note.mistake("A shared disk cannot take more than one copy for everybody."))
    return notes


def _small(task: StartupProblem, _answer: Answer) -> list[Note]:
    return findings_notes(task, server.small)


def _quiz(_task: StartupProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[StartupProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "percentile": _percentile,
        "medians": measured_notes.medians,
        "ratio": measured_notes.ratio,
        "boot": measured_notes.boot,
        "units": _units,
        "weight": measured_notes.weight,
        "small": _small,
        "disk": _disk,
        "memory": measured_notes.memory,
        "verdicts": measured_notes.verdicts,
        "quiz": _quiz,
    }
)
