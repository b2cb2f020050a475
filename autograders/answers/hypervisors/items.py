"""How each item of lesson 02 is marked; what was measured, by the learner's own records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.hypervisors import run_time_function
from autograders.answers.hypervisors.quantities import (
    boot_quantities,
    cheaper,
    device_quantities,
    machine_quantities,
    quantities,
    speed_quantities,
)
from autograders.checks import (
    Mark,
    Marker,
    Quantity,
    choices,
    identity,
    joined,
    mark_choice,
    mark_quantity,
    numbers,
)
from course.exercise.findings import NotThereError
from course.exercise.hypervisors import measured
from course.exercise.hypervisors.converted import converted
from course.exercise.hypervisors.mistakes import MISTAKES
from course.exercise.hypervisors.notes import CHEAPER, gone_notes, place_notes
from course.exercise.notes import Note, unanswered
from course.facts import system

if TYPE_CHECKING:
    from course.exercise import Answer
    from course.exercise.draw import Draw
    from course.exercise.hypervisors.problem import HypervisorsProblem

__all__ = ["ITEMS", "QUIZ"]

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "sensitive": (
            "c",
            {
                "a": "only what traps can be emulated, and this instruction does not trap.",
                "b": "the guest runs on, and that is the trouble: nobody notices.",
                "c": "right: it is sensitive and not privileged, so the guest sees the wrong mode.",
                "d": "how fast it is does not matter; what it answers does.",
            },
        ),
        "kvm": (
            "d",
            {
                "a": "the processor may be able to, and whoever gave you this machine may not let "
                "you.",
                "b": "a file is there as soon as the kernel's module is loaded.",
                "c": "opening it shows that you are allowed to ask, not that the answer is yes.",
                "d": "right: only a guest that has run under it proves it.",
            },
        ),
        "survives": (
            "b",
            {
                "a": "seconds of an emulated processor say little of a real one.",
                "b": "right: how often a driver has to call does not depend on who carries out the "
                "rest; what a call costs does, so measure the ratio again.",
                "c": "that is the factor of the emulation itself, which KVM does away with.",
                "d": "host and guest ran on different kinds of processor there.",
            },
        ),
        "convert": (
            "a",
            {
                "a": "right: the bytes came along, and the machine around them did not.",
                "b": "the formats are documented, and the bytes were compared.",
                "c": "a virtual machine's kernel is on its disk and came along.",
                "d": "a processor of the same kind runs the same code.",
            },
        ),
    }
)

_numbers = partial(numbers, quantities, MISTAKES)


def _break_even(task: HypervisorsProblem, answer: Answer, draw: Draw) -> Mark:
    given = answer.values.get("cheaper")
    followed = cheaper(task, answer.values)
    right = given if given in (cheaper(task), followed) else followed
    remarks = {
        name: "right, by your program's share." if name == right else
        "compare your program's share with the one at which both cost the same."
        for name in CHEAPER
    }  # fmt: skip
    share = _numbers("break_even_share")(task, answer, draw)
    return joined([share, mark_choice("cheaper", given, right, 1, remarks)])


def _places(task: HypervisorsProblem, answer: Answer, _draw: Draw) -> Mark:
    return joined([_placed(task, answer), _misplaced(task, answer), _gone(task, answer)])


def _placed(task: HypervisorsProblem, answer: Answer) -> Mark:
    value: Any = answer.values.get("places")
    notes = place_notes(task, value)
    if not isinstance(value, Mapping):
        return Mark(0, 3, notes[0].text)
    right = task.choice.right_places
    wrong = [name for name in right if value.get(name) != right[name]]
    points = 3 * (len(right) - len(wrong)) / len(right)
    if not wrong:
        return Mark(3, 3, "All six stand where they belong.")
    if all(unanswered(value.get(name)) for name in right):
        return Mark(0, 3, "places is not answered yet.")
    names = ", ".join(system(name).name for name in wrong)
    return Mark(
        points, 3, f"Look again at {names}: what is below it, and whose kernel runs its tenants?"
    )


def _misplaced(task: HypervisorsProblem, answer: Answer) -> Mark:
    (right,) = task.choice.misplaced
    remarks = {
        name: "right, a text puts it elsewhere."
        if name == right
        else "the texts that place it put it where this course does."
        for name in task.choice.systems
    }
    return mark_choice("misplaced", answer.values.get("misplaced"), right, 1, remarks)


def _gone(task: HypervisorsProblem, answer: Answer) -> Mark:
    value: Any = answer.values.get("gone")
    if notes := gone_notes(task, value):
        return Mark(0, 1, notes[0].text)
    right, given = set(task.choice.gone), set(value)
    if given == right:
        return Mark(1, 1, "gone is right.")
    if given - right:
        names = ", ".join(sorted(system(name).name for name in given - right))
        return Mark(0, 1, f"gone: somebody keeps {names} to this day.")
    return Mark(0.5, 1, "gone: these are gone, and they are not all.")


def _by_record(
    recorded: Callable[[Any], Any],
    possible: float,
    marked: Callable[[HypervisorsProblem, Answer, Any], list[Mark]],
    name: str = "table",
) -> Marker:
    """Return what marks an item that rests on a record: nothing, if the record cannot be used.

    Args:
        recorded: reads the record; a note says why it cannot be used.
        possible: the points of the item.
        marked: marks the answers by the record.
        name: by which name the record is handed in.
    """

    def mark(task: HypervisorsProblem, answer: Answer, _draw: Draw) -> Mark:
        record = recorded(answer.values.get(name))
        if isinstance(record, Note):
            return Mark(0, possible, record.text)
        return joined(marked(task, answer, record))

    return mark


def _quantity(answer: Answer, name: str, asked: Quantity) -> Mark:
    return mark_quantity(name, answer.values.get(name), asked, asked, MISTAKES)


def _machine(task: HypervisorsProblem, answer: Answer, seen: Any) -> list[Mark]:
    found = [Mark(float(each.met), 1, each.text) for each in measured.ordered(seen, task)]
    return [*found, _quantity(answer, "hidden_mib", machine_quantities(seen)["hidden_mib"])]


def _boot(_task: HypervisorsProblem, answer: Answer, table: Any) -> list[Mark]:
    asked = boot_quantities(table)
    share = asked.pop("longest_share")
    given = answer.values.get("stages_s")
    if not isinstance(given, Mapping) or not given:
        medians = [Mark(0, 2, "stages_s is not answered yet.")]
    else:
        medians = _stage_marks(given, asked)
    longest = max(asked, key=lambda name: asked[name].right)
    remarks = {
        name.lower(): "right." if name == longest else "another stage takes longer."
        for name in asked
    }
    chosen = mark_choice(
        "longest_stage", answer.values.get("longest_stage"), longest.lower(), 1, remarks
    )
    return [*medians, chosen, _quantity(answer, "longest_share", share)]


def _stage_marks(given: Mapping[Any, Any], asked: dict[str, Quantity]) -> list[Mark]:
    marks = [
        mark_quantity(f'stages_s["{name}"]', given.get(name), quantity, quantity, MISTAKES)
        for name, quantity in asked.items()
    ]
    if all(mark.points == mark.possible for mark in marks):
        return [Mark(2, 2, "stages_s is right, stage by stage.")]
    points = sum(mark.points for mark in marks)
    wrong = dict.fromkeys(mark.message for mark in marks if mark.points < mark.possible)
    return [Mark(min(points, 2), 2, " ".join(wrong))]


def _devices(_task: HypervisorsProblem, answer: Answer, table: Any) -> list[Mark]:
    return [_quantity(answer, name, asked) for name, asked in device_quantities(table).items()]


def _speed(_task: HypervisorsProblem, answer: Answer, table: Any) -> list[Mark]:
    right = measured.guest_accelerator(table)
    remarks = {
        name: "right, by your own record."
        if name == right
        else "what does your record say in the column of the accelerator?"
        for name in ("tcg", "kvm")
    }
    asked = speed_quantities(table)["slowdown"]
    return [
        _quantity(answer, "slowdown", asked),
        mark_choice("accelerator", answer.values.get("accelerator"), right, 1, remarks),
    ]


def _images(task: HypervisorsProblem, _answer: Answer, _draw: Draw) -> Mark:
    try:
        findings = converted(task.disk)
    except NotThereError as error:
        return Mark(0, len(task.disk.formats), f"This is not answered yet: {error}.")
    return joined(Mark(float(each.met), 1, each.text) for each in findings)


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "counts": _numbers("instructions", "privileged"),
        "cycles": _numbers(
            "direct_cycles", "trapped_cycles", "hypercall_cycles", "interpreted_cycles", "trapped_s"
        ),
        "run_time": run_time_function.mark,
        "break_even": _break_even,
        "places": _places,
        "machine": _by_record(measured.observation, 4, _machine, "machine"),
        "boot": _by_record(measured.startup, 4, _boot),
        "devices": _by_record(measured.overhead, 4, _devices),
        "speed": _by_record(measured.overhead, 3, _speed),
        "images": _images,
        "quiz": choices("quiz", QUIZ),
    }
)
