"""What can be said of answers to lesson 07 by one who does not know the right ones.

`function_notes` tries the functions; `measured_notes` looks at what rests on records and engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.exercise.notes import Note, choice_notes, identity_notes, near, number_notes, unanswered
from course.exercise.scaling_under_load import function_notes, measured_notes
from course.exercise.scaling_under_load.mistakes import MISTAKES
from course.exercise.scaling_under_load.policy import policy_notes

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.scaling_under_load.problem import ScalingProblem

__all__ = ["NOTES", "POOL_REASONS", "QUIZ_OPTIONS"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType({"busy": "abcd", "fast": "abcd", "window": "abcd"})
#: Why a pool waits less.
POOL_REASONS = "abcd"


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


def _mistake(name: str, mistake: str) -> Note:
    return Note.mistake(f"{name}: {MISTAKES[mistake]}")


def _letter(answer: Answer, name: str, letters: str) -> list[Note]:
    value: Any = answer.values.get(name)
    if unanswered(value):
        return [Note.unanswered(name)]
    if not isinstance(value, str) or value.strip().lower() not in tuple(letters):
        return [Note.mistake(f"{name} should be one of {', '.join(letters)}, found {value!r}.")]
    return []


def _offered(task: ScalingProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "offered_erlangs") + _number(answer, "least_servers", whole=True)
    if notes:
        return notes
    erlangs, servers = float(answer.values["offered_erlangs"]), answer.values["least_servers"]
    busy = task.busy
    # At most this much work arrives in a second, whatever is made of the units.
    if near(erlangs, busy.per_minute * busy.service_ms / 1000):
        notes.append(_mistake("offered_erlangs", "per_minute_for_second"))
    elif near(erlangs, busy.per_minute / 60 * busy.service_ms):
        notes.append(_mistake("offered_erlangs", "milliseconds_for_seconds"))
    elif near(erlangs, busy.mean_per_minute / 60 * busy.service_ms / 1000):
        notes.append(_mistake("offered_erlangs", "mean_for_peak"))
    if servers <= erlangs:
        notes.append(_mistake("least_servers", "rounded_down"))
    return notes


def _servers(task: ScalingProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "servers", whole=True) + _number(answer, "wait_ms")
    if notes:
        return notes
    busy, servers = task.busy, answer.values["servers"]
    wait_ms = float(answer.values["wait_ms"])
    if servers * 60_000 <= busy.per_minute * busy.service_ms:
        notes.append(Note.mistake("servers: with so few the queue grows without end."))
    elif wait_ms > busy.wait_ms * 1.005:
        notes.append(
            Note.mistake(f"wait_ms is longer than the {busy.wait_ms} ms that one may wait.")
        )
    elif wait_ms * 1000 <= busy.wait_ms:
        notes.append(_mistake("wait_ms", "seconds_for_ms"))
    return notes


def _pooling(task: ScalingProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "wait_apart_ms") + _number(answer, "wait_together_ms")
    if not notes:
        apart = float(answer.values["wait_apart_ms"])
        together = float(answer.values["wait_together_ms"])
        if together >= apart:
            notes.append(Note.mistake("A pool that waits longer than its parts is worth a look."))
        elif near(together * task.regions.count, apart):
            notes.append(_mistake("wait_together_ms", "divided_by_regions"))
        if apart < task.regions.service_ms / 100:
            notes.append(_mistake("wait_apart_ms", "seconds_for_ms"))
    return notes + _letter(answer, "reason", POOL_REASONS)


def _looks(task: ScalingProblem, answer: Answer) -> list[Note]:
    value = answer.values.get("replicas_by_look")
    looks = task.looks
    if unanswered(value) or value == []:
        return [Note.unanswered("replicas_by_look")]
    if not isinstance(value, list | tuple) or len(value) != len(looks.per_s):
        return [
            Note.mistake(
                f"replicas_by_look should be a list of {len(looks.per_s)} numbers, one after each "
                "look."
            )
        ]
    for number, one in enumerate(value, 1):
        if notes := number_notes(f"Number {number} of replicas_by_look", one, whole=True):
            return notes
    if any(not looks.least <= one <= looks.most for one in value):
        return [Note.mistake(f"replicas_by_look: {MISTAKES['bounds']}")]
    return []


def _rush(task: ScalingProblem, answer: Answer) -> list[Note]:
    names = ("backlog", "lost", "catch_up_s")
    if notes := [note for name in names for note in _number(answer, name)]:
        return notes
    rush = task.rush
    backlog, lost, catch_up_s = (float(answer.values[name]) for name in names)
    excess = rush.per_s - rush.replicas * rush.per_replica_per_s
    if near(backlog, excess * rush.start_up_s):
        notes.append(_mistake("backlog", "notice_forgotten"))
    elif near(backlog, rush.per_s * (rush.notices_s + rush.start_up_s)):
        notes.append(_mistake("backlog", "all_for_excess"))
    if lost and near(lost, backlog):
        notes.append(_mistake("lost", "room_forgotten"))
    elif lost > backlog:
        notes.append(Note.mistake("lost: more than have waited cannot be turned away."))
    if catch_up_s == 0:
        notes.append(_mistake("catch_up_s", "waiting_forgotten"))
    return notes


def _spare(task: ScalingProblem, answer: Answer) -> list[Note]:
    notes = _number(answer, "spare_container", whole=True)
    notes += _number(answer, "spare_machine", whole=True) + _number(answer, "spare_eur")
    if notes:
        return notes
    spare = answer.values["spare_machine"]
    if spare <= answer.values["spare_container"]:
        notes.append(Note.mistake("The slower the start, the more have to be ready before it."))
    price = task.growth.eur_per_replica_hour
    eur = float(answer.values["spare_eur"])
    if spare > 1 and near(eur, price * 24 * 30):
        notes.append(_mistake("spare_eur", "one_replica"))
    elif near(eur, price * spare):
        notes.append(_mistake("spare_eur", "an_hour"))
    return notes


def _policy(_task: ScalingProblem, answer: Answer) -> list[Note]:
    return policy_notes(answer.values.get("policy"))


def _quiz(_task: ScalingProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[ScalingProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "offered": _offered,
        "erlang_c": function_notes.erlang_c,
        "servers": _servers,
        "pooling": _pooling,
        "desired_replicas": function_notes.desired_replicas,
        "looks": _looks,
        "rush": _rush,
        "spike": measured_notes.spike,
        "spare": _spare,
        "policy": _policy,
        "service": measured_notes.service,
        "rollout": measured_notes.rollout,
        "quiz": _quiz,
    }
)
