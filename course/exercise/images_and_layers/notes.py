"""What can be said of the answers of lesson 04 without knowing the right ones.

`NOTES` has a function for each item. It gets the learner's problem and her answer and returns
notes; none means that nothing speaks against the answer. For an experiment the note looks into the
learner's engine and says what of the exercise, which is public, it does not find there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.exercise.findings import Finding, findings_notes
from course.exercise.images_and_layers import experiments
from course.exercise.images_and_layers.mistakes import MISTAKES
from course.exercise.notes import (
    Note,
    choice_notes,
    identity_notes,
    near,
    number_notes,
    unanswered,
)
from course.exercise.own_work import call
from course.model import BYTES_PER_MB

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.images_and_layers.problem import ImagesProblem

__all__ = ["NOTES", "QUIZ_OPTIONS", "layer_bytes_notes", "order_notes", "steps_notes"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType(
    {"deleted": "abcd", "name": "abcd", "anywhere": "abcd", "prune": "abcd"}
)

#: Instructions that only write down a setting, and the one that names the base.
_SETTINGS = ("ENV", "LABEL", "CMD", "WORKDIR", "USER", "EXPOSE")


def _mistake(name: str) -> Note:
    return Note.mistake(MISTAKES[name])


def _is_whole(value: Any) -> bool:
    return not number_notes("", value, whole=True)


def layer_bytes_notes(task: ImagesProblem, value: Any) -> list[Note]:
    """Return what is wrong with the form of `layer_bytes`.

    Args:
        task: the learner's problem.
        value: what was answered; expected are bytes by the number of the line.
    """
    if unanswered(value) or value == {}:
        return [Note.unanswered("layer_bytes")]
    last = len(task.shop.lines)
    if not isinstance(value, Mapping) or not all(_is_whole(v) for v in value.values()):
        return [
            Note.mistake(
                "layer_bytes should be a dictionary of line numbers and bytes: {4: 1200, ...}."
            )
        ]
    # A dictionary that has been through JSON has text for keys.
    strange = [key for key in value if not str(key).isdigit() or not 1 <= int(key) <= last]
    if strange:
        return [Note.mistake(f"layer_bytes has no line {strange[0]!r}; lines are 1 to {last}.")]
    return []


def _layer_bytes(task: ImagesProblem, answer: Answer) -> list[Note]:
    value = answer.values.get("layer_bytes")
    if notes := layer_bytes_notes(task, value):
        return notes
    given = {int(line): float(size) for line, size in dict(value or {}).items() if size}
    notes = []
    if 1 in given:
        notes.append(_mistake("base_counted"))
    keywords = {line: task.shop.lines[line - 1].split()[0] for line in given}
    if any(keyword in _SETTINGS for keyword in keywords.values()):
        notes.append(_mistake("metadata_counted"))
    over = task.shop.lines.index("COPY menus/today.txt /srv/site/menu.txt") + 1
    sizes = task.shop.sizes_bytes
    if given.get(over) == sizes["menus/today.txt"] - sizes["site/menu.txt"]:
        notes.append(_mistake("overwrite_difference"))
    if sum(given.values()) < sizes["libraries.bin"]:
        notes.append(Note.mistake("Together that is less than one of the files that are copied."))
    return notes


def steps_notes(task: ImagesProblem, value: Any) -> list[Note]:
    """Return what is wrong with the form of `rebuilt_steps`.

    Args:
        task: the learner's problem.
        value: what was answered; expected is a list of line numbers.
    """
    if unanswered(value):
        return [Note.unanswered("rebuilt_steps")]
    last = len(task.shop.lines)
    if not isinstance(value, list | tuple) or not all(_is_whole(number) for number in value):
        return [Note.mistake("rebuilt_steps should be a list of line numbers, such as [2, 5].")]
    if outside := [number for number in value if not 1 <= number <= last]:
        return [Note.mistake(f"There is no line {outside[0]}; lines are 1 to {last}.")]
    return []


def _rebuilt_steps(task: ImagesProblem, answer: Answer) -> list[Note]:
    value = answer.values.get("rebuilt_steps")
    if notes := steps_notes(task, value):
        return notes
    numbers = sorted({int(number) for number in value or ()})
    if len(numbers) == 1 and numbers[0] < len(task.shop.lines):
        return [_mistake("only_the_changed")]
    if numbers and len(numbers) >= len(task.shop.lines) - 1:
        return [_mistake("everything")]
    return []


_TRIAL_LINES = ("FROM base", "ENV A=1", "COPY menu.txt /srv/", "CMD run")
_TRIAL_CASES: tuple[tuple[str | int, list[int]], ...] = (
    ("menu.txt", [3, 4]),
    ("other.txt", []),
    (4, [4]),
)


def _rebuilt(_task: ImagesProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("rebuilt")
    if not callable(function):
        return [Note.unanswered("rebuilt")]
    for change, expected in _TRIAL_CASES:
        outcome = call(function, list(_TRIAL_LINES), change)
        asked = f"rebuilt({list(_TRIAL_LINES)}, {change!r})"
        if outcome.ready_made:
            return [
                Note.mistake(
                    "rebuilt lets the course's own model do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered("rebuilt")]
        if not isinstance(outcome.value, list | tuple) or list(outcome.value) != expected:
            return [Note.mistake(f"{asked} gives {outcome.value!r}; count it with pen and paper.")]
    return []


def order_notes(task: ImagesProblem, value: Any) -> list[Note]:
    """Return what is wrong with an order of the kitchen's steps.

    Args:
        task: the learner's problem.
        value: what was answered; expected are the steps' letters, as a text or a list.
    """
    if unanswered(value) or value == []:
        return [Note.unanswered("order")]
    plan = task.kitchen.plan
    letters = "".join(plan.steps)
    if not isinstance(value, str | list | tuple) or sorted(map(str, value)) != sorted(letters):
        return [
            Note.mistake(
                f'order should hold each of the letters {letters} once, such as "{letters}".'
            )
        ]
    return [
        Note.mistake(f"In this order {step} comes before {needed}, which it needs.")
        for step, needed in plan.out_of_place([str(letter) for letter in value])
    ]


def _plan(task: ImagesProblem, answer: Answer) -> list[Note]:
    plan, found = task.kitchen.plan, task.kitchen.found_order
    order, saved = answer.values.get("order"), answer.values.get("minutes_saved")
    notes = order_notes(task, order)
    ordered = not notes
    notes += number_notes("minutes_saved", saved)
    if not ordered or len(notes):
        return notes
    letters = [str(letter) for letter in order]  # type: ignore[union-attr]
    if plan.minutes_per_month(letters) >= plan.minutes_per_month(found):
        notes.append(Note.mistake("This order saves nothing against the one that was found."))
    if float(saved) > plan.minutes_per_month(found):  # type: ignore[arg-type]
        notes.append(Note.mistake("So many minutes were not even spent before."))
    return notes


def _secret(_task: ImagesProblem, answer: Answer) -> list[Note]:
    secret, layer = answer.values.get("secret"), answer.values.get("secret_layer")
    notes = [Note.unanswered("secret")] if unanswered(secret) else []
    if not notes and str(secret).strip() == "changeme":
        notes.append(_mistake("decoy"))
    if not notes and not str(secret).strip().isdigit():
        notes.append(Note.mistake("secret should be what stands behind token=, which is digits."))
    notes += number_notes("secret_layer", layer, whole=True)
    if not notes and int(layer or 0) < 1:
        notes.append(Note.mistake("Layers are counted from 1, the lowest."))
    return notes


def _looked(
    experiment: Callable[[Any, ImagesProblem], tuple[Finding, ...]],
) -> Callable[[ImagesProblem, Answer], list[Note]]:
    """Return the note of an experiment: it looks into the engine that the notebook uses."""

    def notes(task: ImagesProblem, _answer: Answer) -> list[Note]:
        return findings_notes(task, experiment)

    return notes


def _pinned(task: ImagesProblem, answer: Answer) -> list[Note]:
    value = answer.values.get("pinned")
    if unanswered(value) or not value:
        return [Note.unanswered("pinned")]
    return findings_notes(task, lambda client, task: experiments.pinned(client, task, value))


def _pushed_bytes(task: ImagesProblem, answer: Answer) -> list[Note]:
    value = answer.values.get("pushed_bytes")
    if notes := number_notes("pushed_bytes", value):
        return notes
    size, sizes = float(value), task.shop.sizes_bytes  # type: ignore[arg-type]
    if near(size, sizes[task.shop.edited]):
        return [_mistake("file_only")]
    if near(size, sum(sizes.values()) + task.shop.index_bytes):
        return [_mistake("whole_image")]
    if size < sizes[task.shop.edited]:
        return [Note.mistake("That is less than the edited file alone.")]
    return []


def _disk(task: ImagesProblem, answer: Answer) -> list[Note]:
    value = answer.values.get("three_disks_mb")
    if notes := number_notes("three_disks_mb", value):
        return notes
    size, image, written = float(value), task.image_mb, task.written_mb  # type: ignore[arg-type]
    if near(size, 3 * (image + written)):
        return [_mistake("virtual_summed")]
    if near(size, 3 * written):
        return [_mistake("image_forgotten")]
    if near(size, image + written):
        return [_mistake("written_once")]
    if size > 100 * image:
        return [Note.mistake(f"The question asks for MB, of {BYTES_PER_MB} bytes.")]
    return []


def _quiz(_task: ImagesProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[ImagesProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "layer_bytes": _layer_bytes,
        "rebuilt_steps": _rebuilt_steps,
        "rebuilt": _rebuilt,
        "plan": _plan,
        "secret": _secret,
        "contract": _looked(experiments.contract),
        "committed": _looked(experiments.committed),
        "pushed_bytes": _pushed_bytes,
        "pinned": _pinned,
        "disk": _disk,
        "tills": _looked(experiments.tills),
        "pythons": _looked(experiments.pythons),
        "quiz": _quiz,
    }
)
