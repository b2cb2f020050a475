"""What can be said of answers of lesson 07 that rest on records or on an engine.

A record is public to the learner who made it. What follows from it by the model is not computed
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course.exercise.findings import findings_notes
from course.exercise.notes import Kind, Note, near, number_notes, unanswered
from course.exercise.scaling_under_load.mistakes import MISTAKES
from course.exercise.scaling_under_load.recording import UnreadableRecordError
from course.exercise.scaling_under_load.rollout import Rollout
from course.exercise.scaling_under_load.service import replicas
from course.exercise.scaling_under_load.start_ups import TECHNOLOGIES, StartUps
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.scaling_under_load.problem import ScalingProblem

__all__ = ["LEVERS", "read_rollout", "read_start_ups", "rollout", "service", "spike"]

#: What may explain what a start-up costs.
LEVERS = "abcd"


def read_start_ups(value: Any) -> StartUps | Note:
    """Return start-up times that can be used, or why there are none.

    Args:
        value: what a notebook holds: start-up times, or the data of them.
    """
    if unanswered(value):
        return Note.unanswered("The record of start-up times")
    try:
        return StartUps.from_data(value.to_data() if isinstance(value, StartUps) else value)
    except UnreadableRecordError as error:
        return Note.mistake(_sentence(error))


def read_rollout(value: Any, task: ScalingProblem) -> Rollout | Note:
    """Return a rollout that can be used, or why there is none.

    Args:
        value: what a notebook holds: a rollout, the data of one, or what stands in for it.
        task: the learner's problem, which says of how many replicas it has to be.
    """
    if isinstance(value, Unavailable):
        return Note(Kind.UNANSWERED, f"This is not answered yet: {value.reason}")
    if unanswered(value):
        return Note.unanswered("The rollout")
    try:
        found = Rollout.from_data(value.to_data() if isinstance(value, Rollout) else value)
    except UnreadableRecordError as error:
        return Note.mistake(_sentence(error))
    if len(found.ready_s) != task.replicas:
        return Note.mistake(
            f"The rollout is of {len(found.ready_s)} replicas; {task.replicas} were asked for. "
            "Measure once more, with again=True."
        )
    return found


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[0].upper() + text[1:]


def spike(task: ScalingProblem, answer: Answer) -> list[Note]:
    """Return what speaks against what was read off the simulated spike."""
    starting = read_start_ups(answer.values.get("starting"))
    if isinstance(starting, Note):
        return [starting]
    lost: Any = answer.values.get("lost_by_start")
    notes: list[Note] = []
    if unanswered(lost) or lost == {}:
        notes.append(Note.unanswered("lost_by_start"))
    elif not isinstance(lost, Mapping):
        notes.append(
            Note.mistake(f'lost_by_start should be a dictionary: {{"{TECHNOLOGIES[0]}": 12.3}}.')
        )
    else:
        for name in TECHNOLOGIES:
            notes += number_notes(f'lost_by_start["{name}"]', lost.get(name))
        if not notes and 0 < max(float(lost[name]) for name in TECHNOLOGIES) < 1:
            notes.append(Note.mistake(f"lost_by_start: {MISTAKES['share_for_requests']}"))
    least: Any = answer.values.get("least_for_machine")
    if found := number_notes("least_for_machine", least, whole=True):
        notes += found
    elif least < 1:
        notes.append(Note.mistake("least_for_machine: somebody has to be there."))
    lever: Any = answer.values.get("why")
    if unanswered(lever):
        notes.append(Note.unanswered("why"))
    elif not isinstance(lever, str) or lever.strip().lower() not in tuple(LEVERS):
        notes.append(Note.mistake(f"why should be one of {', '.join(LEVERS)}, found {lever!r}."))
    return notes


def service(task: ScalingProblem, _answer: Answer) -> list[Note]:
    """Return what the engine lacks of the service."""
    return findings_notes(task, replicas)


def rollout(task: ScalingProblem, answer: Answer) -> list[Note]:
    """Return what speaks against what was read off the stopwatch."""
    found = read_rollout(answer.values.get("rollout"), task)
    if isinstance(found, Note):
        return [found]
    notes = number_notes("all_ready_s", answer.values.get("all_ready_s"))
    notes += number_notes("replicas_per_minute", answer.values.get("replicas_per_minute"))
    if notes:
        return notes
    all_ready_s = float(answer.values["all_ready_s"])
    if all_ready_s > found.ready_s[-1] * 1.005:
        notes.append(
            Note.mistake(
                "all_ready_s: the last of them answered sooner. Each time counts from the first "
                "order on."
            )
        )
    if near(all_ready_s, found.ready_s[0]):
        notes.append(Note.mistake("all_ready_s: by then the first of them answered."))
    return notes
