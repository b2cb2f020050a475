"""Right answers to lesson 06, and wrong ones that each hold one mistake.

What rests on measurements is right of one learner's record alone, so that is handed in too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.density_and_sizing import measured
from autograders.answers.density_and_sizing.density_function import density
from autograders.answers.density_and_sizing.items import (
    MEMORY,
    QUIZ,
    best_mix,
    other_remarks,
    right_other,
)
from autograders.answers.density_and_sizing.quantities import binding, quantities
from autograders.answers.density_and_sizing.risk_function import risk
from autograders.answers.mutant import Mutant, mutants_of_quantity, mutants_of_quiz
from course.exercise.density_and_sizing.measured_notes import VERDICTS
from course.exercise.density_and_sizing.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograders.checks import Quantity
    from course.exercise.density_and_sizing.problem import DensityProblem
    from course.live.experiments import Table

__all__ = ["ITEM_OF", "Mutant", "mutants", "reference"]

#: In which item each number is marked.
ITEM_OF = MappingProxyType(
    {
        "machines": "instances",
        "containers": "instances",
        "ratio_3_mib": "band",
        "ratio_4_mib": "band",
        "container_mib": "slope",
        "machine_mib": "slope",
        "clone_mib": "slope",
        "machine_over_container": "slope",
        "rounded_gib": "sizes",
        "menu_gib": "sizes",
        "menu_more": "sizes",
        "sum_of_peaks": "day",
        "peak_of_sum": "day",
        "enough_95": "day",
        "tenants_most": "overcommit",
        "overcommit_ratio": "overcommit",
        "stranded_gib": "stranded",
        "stranded_cores": "stranded",
        "machine_hosts": "fleet",
        "container_hosts": "fleet",
        "saved_eur_per_year": "fleet",
    }
)


def _every_number(task: DensityProblem, record: Table) -> dict[str, Quantity]:
    found = dict(quantities(task)) | measured.slopes(record)
    ratio = measured.ratio(record, {})
    return found if ratio is None else found | {"machine_over_container": ratio}


def reference(task: DensityProblem, record: Table) -> dict[str, Any]:
    """Return a right answer to every item but the experiment, by the learner's names.

    Args:
        task: the learner's problem.
        record: what the learner has recorded.
    """
    right: dict[str, Any] = {
        "density": density,
        "risk": risk,
        **{name: quantity.right for name, quantity in _every_number(task, record).items()},
        "machine_binding": binding(task.stack, task.stack.machine),
        "container_binding": binding(task.stack, task.stack.container),
        "other": right_other(task),
        "memory_answer": MEMORY[0],
        "mix": list(best_mix(task)),
        "quiz": {name: option for name, (option, _remarks) in QUIZ.items()},
    }
    if "machine_over_container" in right:
        right["verdict"] = measured.right_verdict(right["machine_over_container"])
    return right


def mutants(task: DensityProblem, record: Table) -> Iterator[Mutant]:
    """Yield every wrong answer that a usual mistake leads to, and other wrong answers.

    Two mistakes that lead to the same answer cannot be told apart; the first is taken.

    Args:
        task: the learner's problem.
        record: what the learner has recorded.
    """
    right = reference(task, record)
    for variable, quantity in _every_number(task, record).items():
        yield from mutants_of_quantity(variable, ITEM_OF[variable], quantity, MISTAKES)
    yield from _of_choices(task, right)
    yield Mutant("mix: alone", "stranded", "mix", [0, 0], 1, "no less unused")
    yield Mutant("mix: too many", "stranded", "mix", [999, 0], 1, "cores are missing")
    yield Mutant("mix: one number", "stranded", "mix", 3, 1, "should be two numbers")
    yield from mutants_of_quiz(QUIZ)


def _of_choices(task: DensityProblem, right: dict[str, Any]) -> Iterator[Mutant]:
    for name in ("machine_binding", "container_binding"):
        other = next(word for word in ("disk", "cores") if word != right[name])
        yield Mutant(f"{name}: other", "instances", name, other, 0.5, "ends earlier")
        yield Mutant(f"{name}: none", "instances", name, "network", 0.5, "should be one of")
    for letter, remark in other_remarks(task).items():
        if letter != right["other"]:
            yield Mutant(f"other: {letter}", "band", "other", letter, 1, remark)
    for letter, remark in MEMORY[1].items():
        if letter != MEMORY[0]:
            yield Mutant(
                f"memory_answer: {letter}", "overcommit", "memory_answer", letter, 1, remark
            )
    if "verdict" in right:
        other = next(verdict for verdict in VERDICTS if verdict != right["verdict"])
        yield Mutant("verdict: other", "slope", "verdict", other, 1, "says otherwise")
