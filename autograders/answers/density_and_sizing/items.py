"""How each item of lesson 06 is marked; the containers by what the engine holds."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.answers.density_and_sizing import density_function, measured, risk_function
from autograders.answers.density_and_sizing.quantities import binding, quantities
from autograders.checks import (
    Mark,
    Marker,
    choices,
    identity,
    joined,
    mark_choice,
    mark_quantity,
    numbers,
    own_number,
)
from autograders.experiments import experiment
from course.exercise.density_and_sizing.limits import limits
from course.exercise.density_and_sizing.measured_notes import (
    SLOPES,
    VERDICTS,
    lacks_ratio,
    lacks_slope,
)
from course.exercise.density_and_sizing.mistakes import MISTAKES
from course.exercise.density_and_sizing.notes import BINDING, mix_notes
from course.exercise.records import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise import Answer
    from course.exercise.density_and_sizing.problem import DensityProblem
    from course.exercise.draw import Draw

__all__ = ["ITEMS", "MEMORY", "QUIZ", "best_mix", "other_remarks", "right_other"]

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "bound": (
            "c",
            {
                "a": "there is memory left as it is; more of it stays unused.",
                "b": "the instances there already use all cores; none of them is idle for another.",
                "c": "right: the resource that ends first decides, whatever is left of the others.",
                "d": "what a container's own disk takes is not what ended here.",
            },
        ),
        "percentile": (
            "d",
            {
                "a": "that adds percentiles: each tenant's bad steps may be other ones.",
                "b": "so little is enough only if both are quiet in the same steps.",
                "c": "only if the two are never above 4 in the same step, which nobody said.",
                "d": "right: it takes both traces, step by step.",
            },
        ),
        "large": (
            "a",
            {
                "a": "right: beside 8 GiB hardly anything of what a machine adds is left to see.",
                "b": "that holds for applications of some tens of MiB.",
                "c": "a machine takes more of everything than a container, never less.",
                "d": "for small applications it does; this one is large.",
            },
        ),
        "reserved": (
            "b",
            {
                "a": "a limit is what it may not exceed; nobody keeps it free.",
                "b": "right: a reservation is protected when memory runs short, a limit is a wall.",
                "c": "the other way round: the limit is the wall.",
                "d": "the engine tells both to the kernel, which keeps them.",
            },
        ),
    }
)

#: What is said to each answer about overcommitting memory; the right one is the second.
MEMORY: tuple[str, Mapping[str, str]] = (
    "b",
    {
        "a": "how little is used is one thing; what happens when it runs out is another.",
        "b": "right: a core is handed on within milliseconds, memory is not.",
        "c": "the same risk of something else: compare what happens to a tenant in such a step.",
        "d": "pages can be shared and memory can be oversold; the question is at which price.",
    },
)

_OTHER: Mapping[str, str] = MappingProxyType(
    {
        "a": "between three and four times as many",
        "b": "more than four times as many",
        "c": "hardly more: fewer than one and a half times as many",
        "d": "fewer containers than machines",
    }
)

_numbers = partial(numbers, quantities, MISTAKES)


def _instances(task: DensityProblem, answer: Answer, draw: Draw) -> Mark:
    stack, marks = task.stack, [_numbers("machines", "containers")(task, answer, draw)]
    for name, technology in (
        ("machine_binding", stack.machine),
        ("container_binding", stack.container),
    ):
        right = binding(stack, technology)
        remarks = {
            word: "right, that ends first." if word == right else "another resource ends earlier."
            for word in BINDING
        }
        marks.append(mark_choice(name, answer.values.get(name), right, 0.5, remarks))
    return joined(marks)


def right_other(task: DensityProblem) -> str:
    """Return the letter of what the ratio is for the other application, by memory alone.

    Args:
        task: the learner's problem.
    """
    machine, container = (
        technology.each["memory_mib"] + task.other_mib
        for technology in (task.stack.machine, task.stack.container)
    )
    ratio = machine / container
    return "b" if ratio > 4 else "a" if ratio >= 3 else "c"


def other_remarks(task: DensityProblem) -> Mapping[str, str]:
    """Return what is said to each answer about the other application.

    Args:
        task: the learner's problem.
    """
    right = right_other(task)
    return {
        letter: f"right, {meaning}."
        if letter == right
        else f"it is not {meaning}. What does each take, application included?"
        for letter, meaning in _OTHER.items()
    }


def _band(task: DensityProblem, answer: Answer, draw: Draw) -> Mark:
    return joined(
        [
            _numbers("ratio_3_mib", "ratio_4_mib")(task, answer, draw),
            mark_choice(
                "other", answer.values.get("other"), right_other(task), 1, other_remarks(task)
            ),
        ]
    )


def _slope(_task: DensityProblem, answer: Answer, _draw: Draw) -> Mark:
    reading, values = read(answer.values.get("table"), "density"), answer.values
    if reading.table is None:
        return Mark(0, 4, "" if reading.note is None else reading.note.text)
    asked, marks = measured.slopes(reading.table), []
    for name, technology in SLOPES.items():
        if name in asked:
            marks.append(mark_quantity(name, values.get(name), asked[name], asked[name], MISTAKES))
        else:
            lacks = lacks_slope(reading, technology)
            marks.append(Mark(0, 0.75, f"{name} is not answered yet. {lacks}"))
    right, followed = measured.ratio(reading.table, {}), measured.ratio(reading.table, values)
    name = "machine_over_container"
    if right is None or followed is None:
        lacks = f"is not answered yet. {lacks_ratio(reading)}"
        return joined([*marks, Mark(0, 0.75, f"{name} {lacks}"), Mark(0, 1, f"verdict {lacks}")])
    marks.append(mark_quantity(name, values.get(name), right, followed, MISTAKES))
    said = measured.right_verdict(right.right)
    if values.get("verdict") != said:
        said = measured.right_verdict(own_number(values, name, right.right))
    remarks = {
        verdict: "this is what your ratio says."
        if verdict == said
        else "your own ratio says otherwise."
        for verdict in VERDICTS
    }
    return joined([*marks, mark_choice("verdict", values.get("verdict"), said, 1, remarks)])


def _overcommit(task: DensityProblem, answer: Answer, draw: Draw) -> Mark:
    right, remarks = MEMORY
    return joined(
        [
            _numbers("tenants_most", "overcommit_ratio")(task, answer, draw),
            mark_choice("memory_answer", answer.values.get("memory_answer"), right, 1, remarks),
        ]
    )


def best_mix(task: DensityProblem) -> tuple[int, int]:
    """Return the mix of the two kinds that leaves the least of the host unused.

    Args:
        task: the learner's problem.
    """
    return min(task.pair.mixes(), key=lambda mix: task.pair.unused(*mix))


def _mix(task: DensityProblem, answer: Answer) -> Mark:
    value = answer.values.get("mix")
    if notes := mix_notes(task, value):
        return Mark(0, 1, notes[0].text)
    pair = task.pair
    unused = pair.unused(int(value[0]), int(value[1]))  # type: ignore[index]
    if unused <= pair.unused(*best_mix(task)) + 1e-9:
        return Mark(1, 1, "No mix leaves less of the host unused.")
    alone = [mix for mix in pair.mixes() if 0 in mix]
    if unused < min(pair.unused(*mix) for mix in alone):
        return Mark(0.5, 1, "This mix is better than either kind alone; another is better still.")
    return Mark(0, 1, "This leaves no less unused than a host with one kind alone.")


def _stranded(task: DensityProblem, answer: Answer, draw: Draw) -> Mark:
    return joined(
        [_numbers("stranded_gib", "stranded_cores")(task, answer, draw), _mix(task, answer)]
    )


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "instances": _instances,
        "density": density_function.mark,
        "band": _band,
        "slope": _slope,
        "sizes": _numbers("rounded_gib", "menu_gib", "menu_more"),
        "day": _numbers("sum_of_peaks", "peak_of_sum", "enough_95"),
        "risk": risk_function.mark,
        "overcommit": _overcommit,
        "stranded": _stranded,
        "limits": experiment(
            lambda task: f"the containers {', '.join(task.name(o.role) for o in task.orders)}",
            limits,
            {"running": 1.0, "limit": 1.0, "reservation": 1.0, "cores": 1.0},
        ),
        "fleet": _numbers("machine_hosts", "container_hosts", "saved_eur_per_year"),
        "quiz": choices("quiz", QUIZ),
    }
)
