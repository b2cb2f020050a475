"""What can be said of answers to lesson 06 by one who does not know the right ones.

`measured_notes` looks at what rests on a learner's own record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.exercise.density_and_sizing import measured_notes
from course.exercise.density_and_sizing.limits import limits
from course.exercise.density_and_sizing.mistakes import MISTAKES
from course.exercise.density_and_sizing.shapes import MENU
from course.exercise.findings import findings_notes
from course.exercise.notes import (
    Note,
    choice_notes,
    identity_notes,
    near,
    number_notes,
    unanswered,
)
from course.exercise.own_work import call

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.density_and_sizing.problem import DensityProblem

__all__ = ["BINDING", "LETTERS", "NOTES", "QUIZ_OPTIONS", "READY_MADE", "mix_notes"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType(
    {"bound": "abcd", "percentile": "abcd", "large": "abcd", "reserved": "abcd"}
)
#: The words for what ends first.
BINDING = ("cores", "memory", "disk")
#: The letters of the two questions with reasons.
LETTERS = "abcd"
#: Packages whose functions would do the work of `risk`.
READY_MADE = ("numpy", "pandas", "scipy")


def _mistake(name: str) -> Note:
    return Note.mistake(MISTAKES[name])


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


def _choice(answer: Answer, name: str, options: Sequence[str]) -> list[Note]:
    value = answer.values.get(name)
    if unanswered(value):
        return [Note.unanswered(name)]
    if not isinstance(value, str) or value.strip().lower() not in options:
        return [Note.mistake(f"{name} should be one of {', '.join(options)}, found {value!r}.")]
    return []


# How many fit


def _instances(task: DensityProblem, answer: Answer) -> list[Note]:
    stack, notes = task.stack, []
    most = stack.host.memory_mib / stack.application.memory_mib
    for name in ("machines", "containers"):
        if found := _number(answer, name, whole=True):
            notes += found
        elif answer.values[name] > most:
            notes.append(
                Note.mistake(
                    f"{name}: not even the applications alone, without anything that runs them, "
                    "would have so much memory."
                )
            )
    if not notes and answer.values["machines"] >= answer.values["containers"]:
        notes.append(
            Note.mistake("A machine takes no less of anything here than a container: look again.")
        )
    for name in ("machine_binding", "container_binding"):
        notes += _choice(answer, name, BINDING)
    return notes


_HOST = {"cores": 8, "memory_mib": 1000}
_TRIAL_DENSITIES: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, Any], int], ...] = (
    (_HOST, {"cores": 1, "memory_mib": 100}, {"each": {}, "once": {}}, 8),
    (_HOST, {"cores": 1, "memory_mib": 100}, {"each": {"memory_mib": 100}, "once": {}}, 5),
    (_HOST, {"cores": 1, "memory_mib": 100}, {"each": {}, "once": {"cores": 2}}, 6),
)


def _density(_task: DensityProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("density")
    cases = [
        ((host, application, technology), f"density({host}, {application}, {technology})", right)
        for host, application, technology, right in _TRIAL_DENSITIES
    ]
    return _tried("density", function, cases)


_TRIAL_RISKS: tuple[tuple[list[list[float]], float, float], ...] = (
    ([[1, 2, 3, 4]], 3, 0.25),
    ([[1, 2, 3, 4], [4, 3, 2, 1]], 4, 1.0),
    ([[1, 2, 0, 0], [0, 2, 0, 5]], 3, 0.5),
)


def _risk(_task: DensityProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("risk")
    cases = [
        (([list(trace) for trace in traces], capacity), f"risk({traces}, {capacity})", right)
        for traces, capacity, right in _TRIAL_RISKS
    ]
    return _tried("risk", function, cases)


def _tried(name: str, function: Any, cases: Sequence[tuple[Any, str, float]]) -> list[Note]:
    """Return what a learner's function does wrong in small cases that anybody can check."""
    if not callable(function):
        return [Note.unanswered(name)]
    for arguments, asked, right in cases:
        outcome = call(function, *arguments, packages=READY_MADE)
        if outcome.ready_made:
            return [
                Note.mistake(
                    f"{name} lets a ready-made function do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered(name)]
        if number_notes("", outcome.value) or not near(float(outcome.value), right):
            return [
                Note.mistake(f"{asked} gives {outcome.value!r}; work it out with pen and paper.")
            ]
    return []


def _band(task: DensityProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "ratio_3_mib") + _number(answer, "ratio_4_mib")
    if not notes:
        three, four = (float(answer.values[name]) for name in ("ratio_3_mib", "ratio_4_mib"))
        overhead = task.stack.machine.each["memory_mib"]
        if four >= three:
            notes.append(_mistake("band_swapped"))
        if near(three, overhead / 3):
            notes.append(_mistake("machine_over_application"))
        elif near(three, overhead / 2) and near(four, overhead / 3):
            notes.append(_mistake("container_overhead_forgotten"))
    return notes + _choice(answer, "other", LETTERS)


# Sizes


def _sizes(task: DensityProblem, answer: Answer) -> list[Note]:
    asked_gib = sum(request.memory_gib for request in task.requests)
    notes: list[Note] = []
    for name in ("rounded_gib", "menu_gib"):
        if found := _number(answer, name):
            notes += found
        elif near(float(answer.values[name]), asked_gib):
            notes.append(Note.mistake(f"{name}: {MISTAKES['nothing_rounded']}"))
        elif float(answer.values[name]) < asked_gib:
            notes.append(Note.mistake(f"{name} is less than the tenants asked for."))
        elif float(answer.values[name]) > len(task.requests) * MENU[-1][1]:
            notes.append(Note.mistake(f"{name} is more than the largest size for everybody."))
    if found := _number(answer, "menu_more"):
        return notes + found
    more = float(answer.values["menu_more"])
    if more > 4:
        notes.append(_mistake("percent_for_share"))
    elif not notes and near(more, float(answer.values["menu_gib"]) / asked_gib):
        notes.append(_mistake("ratio_for_more"))
    return notes


# Over time


def _day(task: DensityProblem, answer: Answer) -> list[Note]:
    notes: list[Note] = []
    bought = sum(tenant.bought_cores for tenant in task.sharing.first)
    for name in ("sum_of_peaks", "peak_of_sum", "enough_95"):
        if found := _number(answer, name):
            notes += found
        elif near(float(answer.values[name]), bought):
            notes.append(Note.mistake(f"{name}: {MISTAKES['bought_for_busy']}"))
        elif float(answer.values[name]) > bought:
            notes.append(Note.mistake(f"{name}: so much the tenants have not even bought."))
    if notes:
        return notes
    peaks, together, enough = (
        float(answer.values[name]) for name in ("sum_of_peaks", "peak_of_sum", "enough_95")
    )
    if together > peaks:
        notes.append(Note.mistake("The peak of a sum is never above the sum of the peaks."))
    if enough > together:
        notes.append(Note.mistake("What is enough in all steps is enough in 95 of a hundred."))
    return notes


def _overcommit(task: DensityProblem, answer: Answer) -> list[Note]:
    sharing, notes = task.sharing, _number(answer, "tenants_most", whole=True)
    if not notes:
        count = int(answer.values["tenants_most"])
        if count > len(sharing.tenants):
            notes.append(Note.mistake(f"There are {len(sharing.tenants)} tenants in all."))
        elif sum(tenant.bought_cores for tenant in sharing.tenants[:count]) <= sharing.cores:
            notes.append(_mistake("sold_once"))
    found = _number(answer, "overcommit_ratio")
    if not found and float(answer.values["overcommit_ratio"]) < 1:
        found.append(_mistake("ratio_inverted"))
    return notes + found + _choice(answer, "memory_answer", LETTERS)


# Two resources


def mix_notes(task: DensityProblem, value: Any) -> list[Note]:
    """Return what is wrong with a mix of the two kinds of tenants.

    Args:
        task: the learner's problem.
        value: what was answered; expected are two whole numbers.
    """
    if unanswered(value) or value == []:
        return [Note.unanswered("mix")]
    if not isinstance(value, list | tuple) or len(value) != 2:
        return [Note.mistake("mix should be two numbers, such as [3, 4].")]
    for number, kind in zip(value, ("calculating", "remembering"), strict=True):
        if found := number_notes(f"mix, {kind}", number, whole=True):
            return found
    cores, memory_gib = task.pair.left(*(min(int(number), 10**6) for number in value))
    if cores < 0:
        return [Note.mistake(f"mix: {-cores} cores are missing on the host.")]
    if memory_gib < 0:
        return [Note.mistake(f"mix: {-memory_gib} GiB are missing on the host.")]
    return []


def _stranded(task: DensityProblem, answer: Answer) -> list[Note]:
    notes: list[Note] = []
    for name, most in (
        ("stranded_gib", task.pair.memory_gib),
        ("stranded_cores", task.pair.cores),
    ):
        if found := _number(answer, name):
            notes += found
        elif float(answer.values[name]) > most:
            notes.append(Note.mistake(f"{name}: so much the host does not even have."))
    return notes + mix_notes(task, answer.values.get("mix"))


def _limits(task: DensityProblem, _answer: Answer) -> list[Note]:
    return findings_notes(task, limits)


# The fleet


def _fleet(task: DensityProblem, answer: Answer) -> list[Note]:
    fleet, notes = task.fleet, []
    for name in ("machine_hosts", "container_hosts"):
        if found := _number(answer, name, whole=True):
            notes += found
        elif answer.values[name] <= fleet.spare_hosts:
            notes.append(Note.mistake(f"{name}: all of these may fail at a time."))
    if not notes and answer.values["machine_hosts"] < answer.values["container_hosts"]:
        notes.append(Note.mistake("Fewer instances on each host need more hosts, not fewer."))
    return notes + _number(answer, "saved_eur_per_year")


def _quiz(_task: DensityProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[DensityProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "instances": _instances,
        "density": _density,
        "band": _band,
        "slope": measured_notes.slope,
        "sizes": _sizes,
        "day": _day,
        "risk": _risk,
        "overcommit": _overcommit,
        "stranded": _stranded,
        "limits": _limits,
        "fleet": _fleet,
        "quiz": _quiz,
    }
)
