"""Right answers to lesson 02, and wrong ones that each hold one mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograders.answers.hypervisors.items import QUIZ
from autograders.answers.hypervisors.quantities import (
    boot_quantities,
    cheaper,
    device_quantities,
    machine_quantities,
    quantities,
    speed_quantities,
)
from autograders.answers.hypervisors.run_time_function import run_time
from autograders.answers.mutant import Mutant, mutants_of_quantity, mutants_of_quiz
from course.exercise.hypervisors.measured import guest_accelerator
from course.exercise.hypervisors.mistakes import MISTAKES
from course.exercise.notes import near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograders.checks import Quantity
    from course.exercise.hypervisors.observation import Observation
    from course.exercise.hypervisors.problem import HypervisorsProblem
    from course.live.experiments.table import Table

__all__ = ["Mutant", "Records", "measured_answers", "mutants", "reference"]


@dataclass(frozen=True)
class Records:
    """What a learner has recorded.

    Attributes:
        machine: the machine that was ordered, as it was seen.
        startup: starts with their stages.
        overhead: the same work in several places.
    """

    machine: Observation
    startup: Table
    overhead: Table


def reference(task: HypervisorsProblem) -> dict[str, Any]:
    """Return a right answer to every item that rests on no measurement, by the learner's names."""
    return {
        **{name: quantity.right for name, quantity in quantities(task).items()},
        "run_time": run_time,
        "cheaper": cheaper(task),
        "places": task.choice.right_places,
        "misplaced": task.choice.misplaced[0],
        "gone": list(task.choice.gone),
        "quiz": {name: right for name, (right, _remarks) in QUIZ.items()},
    }


def measured_answers(records: Records) -> dict[str, Any]:
    """Return what is right by a learner's records, by the learner's names."""
    boot = {name: quantity.right for name, quantity in boot_quantities(records.startup).items()}
    share = boot.pop("longest_share")
    return {
        "hidden_mib": machine_quantities(records.machine)["hidden_mib"].right,
        "stages_s": boot,
        "longest_stage": max(boot, key=lambda name: boot[name]),
        "longest_share": share,
        **{name: each.right for name, each in device_quantities(records.overhead).items()},
        "slowdown": speed_quantities(records.overhead)["slowdown"].right,
        "accelerator": guest_accelerator(records.overhead),
    }


_ITEM_OF = {
    "instructions": "counts",
    "privileged": "counts",
    "direct_cycles": "cycles",
    "trapped_cycles": "cycles",
    "hypercall_cycles": "cycles",
    "interpreted_cycles": "cycles",
    "trapped_s": "cycles",
    "break_even_share": "break_even",
    "hidden_mib": "machine",
    "longest_share": "boot",
    "disk_ratio": "devices",
    "network_ratio": "devices",
    "slowdown": "speed",
}


def mutants(task: HypervisorsProblem, records: Records) -> Iterator[Mutant]:
    """Yield every wrong answer that a usual mistake leads to, and other wrong answers.

    Two mistakes that lead to the same number cannot be told apart; the first is taken.
    """
    boot = boot_quantities(records.startup)
    share = boot.pop("longest_share")
    numbers = {
        **quantities(task),
        **machine_quantities(records.machine),
        "longest_share": share,
        **device_quantities(records.overhead),
        **speed_quantities(records.overhead),
    }
    for variable, quantity in numbers.items():
        yield from mutants_of_quantity(variable, _ITEM_OF[variable], quantity, MISTAKES)
    yield from _stages(boot)
    yield from _of_choice(task)
    right = reference(task) | measured_answers(records)
    other = "interpretation" if right["cheaper"] == "trap-and-emulate" else "trap-and-emulate"
    yield Mutant("cheaper: other", "break_even", "cheaper", other, 1, "compare your program's")
    other = "kvm" if right["accelerator"] == "tcg" else "tcg"
    yield Mutant("accelerator: other", "speed", "accelerator", other, 1, "the column")
    yield from mutants_of_quiz(QUIZ)


def _stages(boot: Mapping[str, Quantity]) -> Iterator[Mutant]:
    right = {name: quantity.right for name, quantity in boot.items()}
    for mistake in ("mean_for_median", "first_for_median"):
        wrong = {name: quantity.mistakes[mistake].value for name, quantity in boot.items()}
        found = {name: q for name, q in boot.items() if not near(wrong[name], right[name])}
        lost = sum(q.points * (1 - q.mistakes[mistake].share) for q in found.values())
        same = any(
            near(quantity.mistakes["mean_for_median"].value, wrong[name])
            for name, quantity in found.items()
            if mistake != "mean_for_median"
        )
        if found and not same:
            yield Mutant(f"stages_s: {mistake}", "boot", "stages_s", wrong, lost, MISTAKES[mistake])
    shortest = min(right, key=lambda name: right[name])
    yield Mutant("longest_stage: other", "boot", "longest_stage", shortest, 1, "another stage")
    yield Mutant("stages_s: none", "boot", "stages_s", {}, 2, "stages_s is not answered yet")


def _of_choice(task: HypervisorsProblem) -> Iterator[Mutant]:
    choice, right = task.choice, reference(task)
    alive = next(name for name in choice.systems if name not in choice.gone)
    kept = next(name for name in choice.systems if name not in choice.misplaced)
    moved = dict(right["places"])
    moved[kept] = "partition" if moved[kept] != "partition" else "type 2"
    yield Mutant("places: one moved", "places", "places", moved, 0.5, "Look again at")
    yield Mutant("misplaced: other", "places", "misplaced", kept, 1, "put it where this course")
    yield Mutant("gone: one alive", "places", "gone", [*choice.gone, alive], 1, "to this day")
    yield Mutant("gone: none", "places", "gone", [], 0.5, "they are not all")
