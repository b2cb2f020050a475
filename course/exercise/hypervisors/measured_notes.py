"""What can be said of the measured answers of lesson 02 without knowing the right ones.

They rest on the learner's own records, so a note looks at those too: they have to be such that they
can be true.

- `machine_notes`, `boot_notes`, `devices_notes`, `speed_notes`, `images_notes`: one for each item
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from course.exercise.findings import NotThereError
from course.exercise.hypervisors import measured
from course.exercise.hypervisors.converted import converted
from course.exercise.hypervisors.mistakes import MISTAKES
from course.exercise.notes import Kind, Note, number_notes, unanswered

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.hypervisors.problem import HypervisorsProblem

__all__ = ["boot_notes", "devices_notes", "images_notes", "machine_notes", "speed_notes"]


def _number(answer: Answer, name: str) -> list[Note]:
    return number_notes(name, answer.values.get(name))


def machine_notes(task: HypervisorsProblem, answer: Answer) -> list[Note]:
    """Return what is wrong with the machine that was booted, and with `hidden_mib`.

    Args:
        task: the learner's problem.
        answer: her answer, with her record.
    """
    observed = measured.observation(answer.values.get("machine"))
    if isinstance(observed, Note):
        return [observed]
    notes = [
        Note.mistake(finding.text)
        for finding in measured.ordered(observed, task)
        if not finding.met
    ]
    notes += _number(answer, "hidden_mib")
    if not notes and float(answer.values["hidden_mib"]) >= observed.memory_mib:
        notes.append(Note.mistake("hidden_mib is as much as the whole machine has, or more."))
    return notes


def boot_notes(_task: HypervisorsProblem, answer: Answer) -> list[Note]:
    """Return what is wrong with the stages of the recorded starts.

    Args:
        _task: the learner's problem.
        answer: her answer, with her record.
    """
    table = measured.startup(answer.values.get("table"))
    if isinstance(table, Note):
        return [table]
    stages = measured.stages(table)
    given = answer.values.get("stages_s")
    if not isinstance(given, Mapping):
        return [Note.mistake("stages_s should stay a dictionary of stages and seconds.")]
    notes: list[Note] = []
    if not given:
        notes.append(Note.unanswered("stages_s"))
    elif set(given) != set(stages):
        notes.append(Note.mistake(f"stages_s should have the stages {', '.join(stages)}."))
    else:
        for stage, values in stages.items():
            notes += number_notes(f'stages_s["{stage}"]', given[stage])
            if not notes and not min(values) * 0.995 <= given[stage] <= max(values) * 1.005:
                notes.append(
                    Note.mistake(f'stages_s["{stage}"] is not between its least and its most.')
                )
    longest = answer.values.get("longest_stage")
    if unanswered(longest):
        notes.append(Note.unanswered("longest_stage"))
    elif not isinstance(longest, str) or longest not in stages:
        notes.append(Note.mistake(f"longest_stage should be one of {', '.join(stages)}."))
    notes += (share := _number(answer, "longest_share"))
    if not share and float(answer.values["longest_share"]) > 1:
        notes.append(Note.mistake(f"longest_share: {MISTAKES['percent_for_fraction']}"))
    return notes


def devices_notes(_task: HypervisorsProblem, answer: Answer) -> list[Note]:
    """Return what is wrong with the two ratios, or with the table that they come from.

    Args:
        _task: the learner's problem.
        answer: her answer, with her record.
    """
    table = measured.overhead(answer.values.get("table"))
    if isinstance(table, Note):
        return [table]
    return _number(answer, "disk_ratio") + _number(answer, "network_ratio")


def speed_notes(_task: HypervisorsProblem, answer: Answer) -> list[Note]:
    """Return what is wrong with the factor and the accelerator, or with their table.

    Args:
        _task: the learner's problem.
        answer: her answer, with her record.
    """
    table = measured.overhead(answer.values.get("table"))
    if isinstance(table, Note):
        return [table]
    notes = _number(answer, "slowdown")
    given = answer.values.get("accelerator")
    if unanswered(given):
        notes.append(Note.unanswered("accelerator"))
    elif given not in ("tcg", "kvm"):
        notes.append(Note.mistake(f'accelerator should be "tcg" or "kvm", found {given!r}.'))
    return notes


def images_notes(task: HypervisorsProblem, _answer: Answer) -> list[Note]:
    """Return what is wrong with the images beside the notebook.

    Args:
        task: the learner's problem.
        _answer: her answer, with her record.
    """
    try:
        findings = converted(task.disk)
    except NotThereError as error:
        return [Note(Kind.UNANSWERED, f"This is not answered yet: {error}.")]
    return [Note.mistake(finding.text) for finding in findings if not finding.met]
