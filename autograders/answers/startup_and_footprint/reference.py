"""Right answers to lesson 05, and wrong ones that each hold one mistake.

What rests on measurements is right of one learner's records alone, so they are handed in too.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.mutant import Mutant, mutants_of_quantity, mutants_of_quiz
from autograders.answers.startup_and_footprint import measured
from autograders.answers.startup_and_footprint.items import QUIZ
from autograders.answers.startup_and_footprint.percentile_function import percentile
from autograders.answers.startup_and_footprint.quantities import quantities
from course.exercise.notes import near
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.exercise.startup_and_footprint.records import booted, figures, memory_used, stages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograders.checks import Quantity
    from course.exercise.startup_and_footprint.problem import StartupProblem
    from course.live.experiments import Table

__all__ = ["Mutant", "Records", "mutants", "reference"]


@dataclass(frozen=True)
class Records:
    """What one learner has recorded.

    Attributes:
        startup: how long starts took.
        footprint: what one service takes.
        density: how much memory each further instance took.
    """

    startup: Table
    footprint: Table
    density: Table


_ITEM_OF = MappingProxyType(
    {
        "disk_gb": "units",
        "download_s": "units",
        "copies_gb": "disk",
        "clones_gb": "disk",
        "containers_gb": "disk",
        "machine_over_container": "ratio",
        "tiny_over_container": "ratio",
        "full_vm_mb": "weight",
        "container_mb": "weight",
        "disk_ratio": "weight",
        "container_mib": "memory",
        "container_error_mib": "memory",
        "machine_mib": "memory",
        "machine_error_mib": "memory",
        "tasks": "memory",
    }
)


def _measured(task: StartupProblem, records: Records) -> dict[str, Quantity]:
    """Return every single number that rests on the records."""
    found = measured.ratios(records.startup)
    found |= {
        name: sizes[0] for name, sizes in measured.weights(records.footprint).items() if sizes
    }
    for name, technology in (("container", "container"), ("machine", "tiny VM")):
        used = memory_used(records.density, technology)
        if len(used) > 2:
            resident = figures(records.footprint, technology, "memory")
            found[f"{name}_mib"], found[f"{name}_error_mib"] = measured.memory(used, resident)
    fit = measured.tasks(memory_used(records.density, "clone"), task.budget_gib)
    return found if fit is None else found | {"tasks": fit}


def _longest(table: Table) -> str:
    taken = stages(table, booted(table))
    return max(taken, key=lambda stage: taken[stage])


def reference(task: StartupProblem, records: Records) -> dict[str, Any]:
    """Return a right answer to every item but the experiment, by the learner's names.

    Args:
        task: the learner's problem.
        records: what the learner has recorded.
    """
    times = measured.starts(records.startup)
    right: dict[str, Any] = {
        "percentile": percentile,
        "medians": {name: statistics.median(values) for name, values in times.items()},
        "slow": measured.slow(times),
        **{name: quantity.right for name, quantity in quantities(task).items()},
        **{name: quantity.right for name, quantity in _measured(task, records).items()},
        "verdicts": measured.right_verdicts(records.startup, records.footprint),
        "quiz": {name: option for name, (option, _remarks) in QUIZ.items()},
    }
    if stages(records.startup, booted(records.startup)):
        stage = _longest(records.startup)
        right["longest_stage"] = stage
        right["longest_share"] = measured.shares(records.startup)[stage].right
        right["lever"] = measured.right_lever(stage)
    if "full_vm_mb" in right and "container_mb" in right:
        right["disk_ratio"] = right["full_vm_mb"] / right["container_mb"]
    return right


def mutants(task: StartupProblem, records: Records) -> Iterator[Mutant]:
    """Yield every wrong answer that a usual mistake leads to, and other wrong answers.

    Two mistakes that lead to the same answer cannot be told apart; the first is taken.

    Args:
        task: the learner's problem.
        records: what the learner has recorded.
    """
    right = reference(task, records)
    for variable, quantity in (dict(quantities(task)) | _measured(task, records)).items():
        yield from mutants_of_quantity(variable, _ITEM_OF[variable], quantity, MISTAKES)
    yield from _of_dictionary("medians", right, 2, measured.wrong_medians(records.startup))
    yield from _of_dictionary("slow", right, 1, measured.wrong_slow(records.startup))
    yield from _of_boot(records.startup, right)
    for name, verdict in right["verdicts"].items():
        other = "holds" if verdict == "does not hold" else "does not hold"
        yield Mutant(
            f"verdicts: {name}", "verdicts", "verdicts", right["verdicts"] | {name: other}, 0.5,
            f"Your records say otherwise of: {name}.",
        )  # fmt: skip
    yield from mutants_of_quiz(QUIZ)


def _of_dictionary(
    variable: str,
    right: Mapping[str, Any],
    points: float,
    wrong: Mapping[str, tuple[Mapping[str, float], float]],
) -> Iterator[Mutant]:
    seen: list[Mapping[str, float]] = [right[variable]]
    for name, (value, share) in wrong.items():
        if any(
            all(near(value[one], other[one], tolerance=0.001) for one in value) for other in seen
        ):
            continue
        seen.append(value)
        yield Mutant(
            f"{variable}: {name}", "medians", variable, value, points * (1 - share), MISTAKES[name]
        )
    wild = {name: 3.7 * value for name, value in right[variable].items()}
    yield Mutant(
        f"{variable}: wild", "medians", variable, wild, points, "is not what your record leads to"
    )


def _of_boot(table: Table, right: Mapping[str, Any]) -> Iterator[Mutant]:
    asked = measured.shares(table)
    if not asked:
        return
    longest = str(right["longest_stage"])
    yield from mutants_of_quantity("longest_share", "boot", asked[longest], MISTAKES)
    letters = [letter for letter in measured.LEVER_OF.values() if letter != right["lever"]]
    yield Mutant("lever: another", "boot", "lever", letters[0], 1, "not where most of the time")
    yield Mutant("lever: none", "boot", "lever", "z", 1, "should be one of")
    yield Mutant("longest_stage: none", "boot", "longest_stage", "boot", 1, "should be one of")
