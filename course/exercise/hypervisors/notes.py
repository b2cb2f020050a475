"""What can be said of the answers of lesson 02 without knowing the right ones.

`NOTES` has a function for each item. It gets the learner's problem and her answer and returns
notes; none means that nothing speaks against the answer. What rests on the learner's own
measurements is in `measured_notes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.exercise.hypervisors import measured_notes
from course.exercise.hypervisors.mistakes import MISTAKES
from course.exercise.hypervisors.places import PLACES
from course.exercise.notes import (
    Note,
    choice_notes,
    identity_notes,
    near,
    number_notes,
    unanswered,
)
from course.exercise.own_work import call
from course.simulation.overhead import Costs

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.hypervisors.problem import HypervisorsProblem

__all__ = ["CHEAPER", "NOTES", "QUIZ_OPTIONS", "gone_notes", "place_notes", "run_time_trials"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType(
    {"sensitive": "abcd", "kvm": "abcd", "survives": "abcd", "convert": "abcd"}
)
#: What the item on the break-even can be answered with.
CHEAPER = ("trap-and-emulate", "interpretation")


def _mistake(name: str) -> Note:
    return Note.mistake(MISTAKES[name])


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


def _own(answer: Answer, name: str) -> float | None:
    """Return an earlier answer of the learner if it can be reckoned with."""
    value = answer.values.get(name)
    return None if number_notes(name, value) or not value else float(value)


def _counts(task: HypervisorsProblem, answer: Answer) -> list[Note]:
    toy = task.toy
    notes = _number(answer, "instructions", whole=True) + _number(answer, "privileged", whole=True)
    if notes:
        return notes
    instructions, privileged = answer.values["instructions"], answer.values["privileged"]
    lines = len(toy.program())
    if instructions <= lines:
        notes.append(Note.mistake(f"instructions: {MISTAKES['lines_for_times']}"))
    elif instructions < toy.rounds:
        notes.append(Note.mistake(f"instructions: {MISTAKES['one_round']}"))
    if privileged <= len(toy.privileged_lines):
        notes.append(Note.mistake(f"privileged: {MISTAKES['lines_for_times']}"))
    if privileged >= instructions:
        notes.append(Note.mistake("There are more privileged instructions than instructions."))
    return notes


def _cycles(task: HypervisorsProblem, answer: Answer) -> list[Note]:
    names = ("direct_cycles", "trapped_cycles", "hypercall_cycles", "interpreted_cycles")
    notes = [note for name in (*names, "trapped_s") for note in _number(answer, name)]
    if notes:
        return notes
    value = {name: float(answer.values[name]) for name in (*names, "trapped_s")}
    privileged, costs = _own(answer, "privileged"), task.toy.costs
    notes.extend(
        Note.mistake(f"{name} is less than the same work takes directly.")
        for name in names[1:]
        if value[name] < value["direct_cycles"]
    )
    if value["trapped_cycles"] and near(value["trapped_s"], value["trapped_cycles"]):
        notes.append(Note.mistake(f"trapped_s: {MISTAKES['cycles_for_seconds']}"))
    if privileged:
        least = {
            "trapped_cycles": costs.exit + costs.emulation,
            "hypercall_cycles": costs.hypercall + costs.emulation,
        }
        notes.extend(
            Note.mistake(f"{name} is less than your privileged instructions cost by themselves.")
            for name, each in least.items()
            if value[name] < privileged * each * (1 - 1e-6)
        )
    return notes


_TRIAL_PROGRAM = (("set r1, 3", 1), ("add r0, r1", 10), ("out r0", 2))
_TRIAL_COSTS = Costs(direct=1, exit=100, emulation=10, hypercall=20, dispatch=5)


def run_time_trials() -> tuple[tuple[str, float], ...]:
    """Return the techniques that a notebook tries, each with the seconds that it takes.

    They are worked out by hand for 11 ordinary and 2 privileged instructions at 1 GHz.
    """
    cycles = {"direct": 13, "trap-and-emulate": 231, "paravirtual": 71, "interpretation": 96}
    return tuple((technique, count * 1e-9) for technique, count in cycles.items())


def _run_time(_task: HypervisorsProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("run_time")
    if not callable(function):
        return [Note.unanswered("run_time")]
    for technique, expected in run_time_trials():
        outcome = call(
            function, list(_TRIAL_PROGRAM), technique, _TRIAL_COSTS, 1.0, packages=("course",)
        )
        asked = f"run_time({list(_TRIAL_PROGRAM)}, {technique!r}, {_TRIAL_COSTS}, 1.0)"
        if outcome.ready_made:
            return [
                Note.mistake(
                    "run_time lets the course's own model do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered("run_time")]
        if number_notes("run_time", outcome.value) or not near(outcome.value, expected):
            return [Note.mistake(f"{asked} gives {outcome.value!r}; work it out on paper.")]
    return []


def _break_even(task: HypervisorsProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "break_even_share")
    cheaper = answer.values.get("cheaper")
    if unanswered(cheaper):
        notes.append(Note.unanswered("cheaper"))
    elif cheaper not in CHEAPER:
        expected = " or ".join(f'"{name}"' for name in CHEAPER)
        notes.append(Note.mistake(f"cheaper should be {expected}, found {cheaper!r}."))
    if notes:
        return notes
    share = float(answer.values["break_even_share"])
    costs = task.toy.costs
    if near(share, costs.exit / costs.dispatch):
        return [_mistake("inverted")]
    if share > 1:
        return [_mistake("percent_for_fraction")]
    privileged, instructions = _own(answer, "privileged"), _own(answer, "instructions")
    if privileged and instructions and near(share, privileged / instructions):
        return [_mistake("own_share")]
    trapped, interpreted = _own(answer, "trapped_cycles"), _own(answer, "interpreted_cycles")
    if trapped and interpreted:
        by_cycles = CHEAPER[interpreted < trapped]
        if cheaper != by_cycles:
            return [Note.mistake("cheaper is not what your own cycles of exercise 3 say.")]
    return []


def place_notes(task: HypervisorsProblem, value: Any) -> list[Note]:
    """Return what is wrong with the form of `places`.

    Args:
        task: the learner's problem.
        value: what was answered; expected is a place for each of the six systems.
    """
    if not isinstance(value, Mapping):
        return [Note.mistake("places should stay a dictionary of the six systems.")]
    notes: list[Note] = []
    for name in task.choice.systems:
        given = value.get(name)
        if unanswered(given):
            notes.append(Note.unanswered(f'places["{name}"]'))
        elif not isinstance(given, str) or given not in PLACES:
            words = ", ".join(f'"{word}"' for word in PLACES)
            notes.append(
                Note.mistake(f'places["{name}"] should be one of {words}; found {given!r}.')
            )
    return notes


def gone_notes(task: HypervisorsProblem, value: Any) -> list[Note]:
    """Return what is wrong with the form of `gone`.

    Args:
        task: the learner's problem.
        value: what was answered; expected is a list of ids.
    """
    if unanswered(value):
        return [Note.unanswered("gone")]
    if not isinstance(value, list | tuple | set | frozenset):
        return [Note.mistake('gone should be a list of ids, such as ["kvm"], or an empty one.')]
    if strange := [name for name in value if name not in task.choice.systems]:
        return [Note.mistake(f"gone: {strange[0]!r} is none of your six systems.")]
    return []


def _places(task: HypervisorsProblem, answer: Answer) -> list[Note]:
    notes = place_notes(task, answer.values.get("places"))
    misplaced = answer.values.get("misplaced")
    if unanswered(misplaced):
        notes.append(Note.unanswered("misplaced"))
    elif misplaced not in task.choice.systems:
        notes.append(Note.mistake(f"misplaced: {misplaced!r} is none of your six systems."))
    return notes + gone_notes(task, answer.values.get("gone"))


def _quiz(_task: HypervisorsProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[HypervisorsProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "counts": _counts,
        "cycles": _cycles,
        "run_time": _run_time,
        "break_even": _break_even,
        "places": _places,
        "machine": measured_notes.machine_notes,
        "boot": measured_notes.boot_notes,
        "devices": measured_notes.devices_notes,
        "speed": measured_notes.speed_notes,
        "images": measured_notes.images_notes,
        "quiz": _quiz,
    }
)
