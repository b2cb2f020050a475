"""What can be said of answers to lesson 09 by one who does not know the right ones.

`measured_notes` looks at what rests on a learner's own records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.exercise.availability import measured_notes, services
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.patience import NeverEndsError, patiently
from course.exercise.availability.reckoning import HOURS_PER_YEAR, MINUTES_PER_YEAR
from course.exercise.findings import findings_notes
from course.exercise.notes import (
    Note,
    choice_notes,
    identity_notes,
    near,
    number_notes,
    unanswered,
)

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.availability.problem import AvailabilityProblem

__all__ = ["LEVERS", "NOTES", "QUIZ_OPTIONS", "READY_MADE", "one_of", "sizes_notes"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType(
    {"policy": "abcd", "copies": "abcd", "converge": "abcd", "point": "abcd"}
)
#: Packages whose functions would do the work of `precopy`.
READY_MADE = ("course",)
#: What could be changed, by letters.
LEVERS = "abcd"

MINUTES_PER_MONTH = 30 * 24 * 60


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


def _value(answer: Answer, name: str) -> float:
    return float(answer.values[name])


def _mistake(name: str, mistake: str) -> Note:
    return Note.mistake(f"{name}: {MISTAKES[mistake]}")


def one_of(name: str, value: Any, options: Sequence[str]) -> list[Note]:
    """Return what is wrong with an answer that is one of several words.

    Args:
        name: what the learner calls it.
        value: what was found.
        options: the words.
    """
    if unanswered(value):
        return [Note.unanswered(name)]
    if not isinstance(value, str) or value.strip().lower() not in options:
        return [Note.mistake(f"{name} should be one of {', '.join(options)}, found {value!r}.")]
    return []


# What is reckoned


def _budget(_task: AvailabilityProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "down_h") + _number(answer, "allowed_min")
    if notes:
        return notes
    down_h, allowed_min = _value(answer, "down_h"), _value(answer, "allowed_min")
    if down_h < 1:
        notes.append(_mistake("down_h", "share_for_time"))
    elif down_h > HOURS_PER_YEAR / 2:
        minutes = down_h > HOURS_PER_YEAR
        notes.append(_mistake("down_h", "minutes_for_hours" if minutes else "up_for_down"))
    if allowed_min > MINUTES_PER_MONTH / 20:
        notes.append(Note.mistake("allowed_min: so much of a month is promised to no one."))
    return notes


def _design(task: AvailabilityProblem, answer: Answer) -> list[Note]:
    notes: list[Note] = []
    for name in ("single_down_min", "design_down_min"):
        if found := _number(answer, name):
            notes += found
        elif _value(answer, name) < 1:
            notes.append(_mistake(name, "share_for_time"))
        elif _value(answer, name) > MINUTES_PER_YEAR / 2:
            notes.append(_mistake(name, "up_for_down"))
    if not notes:
        single, doubled = _value(answer, "single_down_min"), _value(answer, "design_down_min")
        if near(single, doubled):
            notes.append(_mistake("design_down_min", "copies_forgotten"))
        elif doubled > single:
            notes.append(_mistake("design_down_min", "added_parallel"))
    return notes + one_of(
        "next_part", answer.values.get("next_part"), [part.name for part in task.design.parts]
    )


def _room(task: AvailabilityProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "hosts", whole=True) + _number(
        answer, "hosts_for_failures", whole=True
    ) + _number(answer, "short_min")  # fmt: skip
    if notes:
        return notes
    hosts, every = _value(answer, "hosts"), _value(answer, "hosts_for_failures")
    room = task.room
    if hosts * room.host_gib < room.machines * room.machine_gib:
        notes.append(_mistake("hosts", "too_few"))
    if near(hosts, every):
        notes.append(_mistake("hosts_for_failures", "failures_forgotten"))
    elif every < hosts:
        notes.append(Note.mistake("With failures in mind, more hosts are needed and not fewer."))
    if _value(answer, "short_min") > MINUTES_PER_YEAR:
        notes.append(Note.mistake("short_min: a year does not have so many minutes."))
    return notes


def _outages(task: AvailabilityProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "elsewhere_min") + _number(answer, "announced_min")
    if not notes and _value(answer, "announced_min") >= _value(answer, "elsewhere_min"):
        notes.append(
            Note.mistake("announced_min: to know of failures earlier makes nothing worse.")
        )
    if not notes:
        asked = task.outages
        once_min = (asked.notice_s + asked.wait_s + asked.start_s) / 60
        if near(_value(answer, "elsewhere_min"), once_min):
            notes.append(_mistake("elsewhere_min", "one_failure"))
    return notes + one_of("lever", answer.values.get("lever"), LEVERS)


def _lost(_task: AvailabilityProblem, answer: Answer) -> list[Note]:
    names = ("worst_lost", "mean_lost", "back_min", "every_needed_min")
    notes = [note for name in names for note in _number(answer, name)]
    if not notes and _value(answer, "mean_lost") >= _value(answer, "worst_lost"):
        notes.append(Note.mistake("On average less is lost than at the worst moment."))
    return notes


# What is moved


def sizes_notes(task: AvailabilityProblem, value: Any) -> list[Note]:
    """Return what is wrong with the form of the sizes of rounds: a list of numbers.

    Args:
        task: the learner's problem.
        value: what was found.
    """
    if unanswered(value) or value == []:
        return [Note.unanswered("rounds_mb")]
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [Note.mistake(f"rounds_mb should be a list of sizes, found {value!r}.")]
    if len(value) > 1000:
        return [_mistake("rounds_mb", "limit_left_out")]
    notes = [
        note
        for number, size in enumerate(value)
        for note in number_notes(f"rounds_mb[{number}]", size)
    ]
    if not notes and not near(float(value[0]), task.by_hand.memory_mb):
        notes.append(_mistake("rounds_mb", "first_left_out"))
    return notes


def _rounds(task: AvailabilityProblem, answer: Answer) -> list[Note]:
    value: Any = answer.values.get("rounds_mb")
    notes = sizes_notes(task, value)
    if not notes and any(later >= first for first, later in pairwise(value)):
        notes.append(Note.mistake("rounds_mb: one round is no smaller than the one before it."))
    numbers = _number(answer, "hand_downtime_ms") + _number(answer, "hand_total_s")
    if not numbers:
        downtime, total = _value(answer, "hand_downtime_ms"), _value(answer, "hand_total_s")
        if near(downtime, 1000 * total):
            notes.append(_mistake("hand_downtime_ms", "total_for_downtime"))
        elif downtime > task.by_hand.limit_ms:
            notes.append(Note.mistake("hand_downtime_ms is longer than the limit allows."))
    return notes + numbers


_TRIALS: tuple[tuple[tuple[float, float, float, float], list[float]], ...] = (
    ((100, 10, 5, 2), [100, 50, 25, 12.5]),
    ((80, 20, 0, 1), [80, 0]),
)


def _precopy(_task: AvailabilityProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("precopy")
    if not callable(function):
        return [Note.unanswered("precopy")]
    for arguments, expected in _TRIALS:
        outcome = patiently(function, *arguments, packages=READY_MADE)
        asked = f"precopy{arguments}"
        if outcome.ready_made:
            return [
                Note.mistake(
                    "precopy lets the course's own model do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        if isinstance(outcome.error, NeverEndsError):
            return [Note.mistake(f"{asked} does not end. When is what is left small enough?")]
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered("precopy")]
        found = outcome.value
        if not isinstance(found, list) or any(number_notes("", one) for one in found):
            return [Note.mistake(f"{asked} should be a list of sizes, found {found!r}.")]
        if len(found) != len(expected) or not all(
            near(float(one), right) for one, right in zip(found, expected, strict=True)
        ):
            return [Note.mistake(f"{asked} gives {found!r}; work it out with pen and paper.")]
    return []


def _stuck(_task: AvailabilityProblem, answer: Answer) -> list[Note]:
    return one_of("remedy", answer.values.get("remedy"), LEVERS) + _number(
        answer, "remedy_downtime_ms"
    )


def _services(task: AvailabilityProblem, _answer: Answer) -> list[Note]:
    return findings_notes(task, services.services)


def _quiz(_task: AvailabilityProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[AvailabilityProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "back": measured_notes.back,
        "services": _services,
        "budget": _budget,
        "design": _design,
        "room": _room,
        "outages": _outages,
        "drill": measured_notes.drill,
        "lost": _lost,
        "rounds": _rounds,
        "precopy": _precopy,
        "stuck": _stuck,
        "moved": measured_notes.moved,
        "quiz": _quiz,
    }
)
