"""Right answers to lesson 09, and wrong ones that each hold one mistake.

What rests on measurements is right of one learner's records alone, so they are handed in too.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.availability import measured
from autograders.answers.availability.items import LEVERS, QUIZ
from autograders.answers.availability.moving_items import (
    right_remedy,
    right_rounds,
    round_quantities,
    stuck_quantity,
    wrong_rounds,
)
from autograders.answers.availability.precopy_function import precopy
from autograders.answers.availability.quantities import next_part, quantities, right_lever
from autograders.answers.mutant import Mutant, mutants_of_quantity, mutants_of_quiz
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.records import by_rate, given_up, kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograders.checks import Quantity
    from course.exercise.availability.drill import Drill
    from course.exercise.availability.problem import AvailabilityProblem
    from course.live.experiments import Table

__all__ = ["Mutant", "Records", "mutants", "reference"]


@dataclass(frozen=True)
class Records:
    """What one learner has recorded.

    Attributes:
        recovery: how two that were killed came back.
        moves: three migrations.
        drill: a machine that was saved, destroyed and brought back.
    """

    recovery: Table
    moves: Table
    drill: Drill


_ITEM_OF = MappingProxyType(
    {
        "down_h": "budget",
        "allowed_min": "budget",
        "single_down_min": "design",
        "design_down_min": "design",
        "hosts": "room",
        "hosts_for_failures": "room",
        "short_min": "room",
        "elsewhere_min": "outages",
        "announced_min": "outages",
        "worst_lost": "lost",
        "mean_lost": "lost",
        "back_min": "lost",
        "every_needed_min": "lost",
        "hand_downtime_ms": "rounds",
        "hand_total_s": "rounds",
        "remedy_downtime_ms": "stuck",
        "machine_back_s": "back",
        "container_back_s": "back",
        "times_as_much": "moved",
    }
)


def _every(task: AvailabilityProblem, records: Records) -> dict[str, Quantity]:
    """Return every single number that is asked for."""
    found = dict(quantities(task)) | round_quantities(task.by_hand)
    found["remedy_downtime_ms"] = stuck_quantity(task.stuck)
    found |= measured.back(records.recovery)
    if by_rate(records.moves, "sent"):
        found["times_as_much"] = measured.times_as_much(records.moves, task)
    return found


def reference(task: AvailabilityProblem, records: Records) -> dict[str, Any]:
    """Return a right answer to every item but the experiment, by the learner's names.

    Args:
        task: the learner's problem.
        records: what the learner has recorded.
    """
    right: dict[str, Any] = {
        "precopy": precopy,
        "rounds_mb": right_rounds(task.by_hand),
        "next_part": next_part(task.design),
        "lever": right_lever(task.outages),
        "remedy": right_remedy(task.stuck),
        "kept": kept(records.recovery),
        "quiz": {name: option for name, (option, _remarks) in QUIZ.items()},
    }
    right |= {name: quantity.right for name, quantity in _every(task, records).items()}
    if by_rate(records.moves, "sent"):
        right["downtimes_ms"] = measured.downtimes(records.moves)
        right["gave_up"] = given_up(records.moves)
    return right


def mutants(task: AvailabilityProblem, records: Records) -> Iterator[Mutant]:
    """Yield every wrong answer that a usual mistake leads to, and other wrong answers.

    Two mistakes that lead to the same answer cannot be told apart; the first is taken.

    Args:
        task: the learner's problem.
        records: what the learner has recorded.
    """
    right = reference(task, records)
    for variable, quantity in _every(task, records).items():
        yield from mutants_of_quantity(variable, _ITEM_OF[variable], quantity, MISTAKES)
    yield from _of_rounds(task, right)
    yield from _of_moves(records.moves, right)
    yield from _of_choices(task, right)
    for technology, held in right["kept"].items():
        yield Mutant(
            f"kept: {technology}", "back", "kept", right["kept"] | {technology: not held}, 0.5,
            "your record says otherwise",
        )  # fmt: skip
    yield from mutants_of_quiz(QUIZ)


def _of_rounds(task: AvailabilityProblem, right: Mapping[str, Any]) -> Iterator[Mutant]:
    for name, (wrong, share) in wrong_rounds(task.by_hand).items():
        yield Mutant(
            f"rounds_mb: {name}", "rounds", "rounds_mb", wrong, 1.5 * (1 - share), MISTAKES[name]
        )
    wild = [size + 17 * number for number, size in enumerate(right["rounds_mb"])]
    yield Mutant("rounds_mb: wild", "rounds", "rounds_mb", wild, 1.5, "is right in 1 of its")


def _of_moves(table: Table, right: Mapping[str, Any]) -> Iterator[Mutant]:
    if not right.get("downtimes_ms"):
        return
    for name, (wrong, share) in measured.wrong_downtimes(table).items():
        yield Mutant(
            f"downtimes_ms: {name}", "moved", "downtimes_ms", wrong, 1.5 * (1 - share),
            MISTAKES[name],
        )  # fmt: skip
    wild = {rate: 3.7 * value + 1 for rate, value in right["downtimes_ms"].items()}
    yield Mutant(
        "downtimes_ms: wild", "moved", "downtimes_ms", wild, 1.5, "is not what your record"
    )
    others = [rate for rate in right["downtimes_ms"] if rate not in right["gave_up"]]
    yield Mutant("gave_up: others", "moved", "gave_up", others, 0.5, "under `completed`")


def _of_choices(task: AvailabilityProblem, right: Mapping[str, Any]) -> Iterator[Mutant]:
    for letter, remark in LEVERS.items():
        if letter != right["lever"]:
            yield Mutant(f"lever: {letter}", "outages", "lever", letter, 1, remark)
    for part in task.design.parts:
        if part.name != right["next_part"]:
            yield Mutant(
                f"next_part: {part.name}", "design", "next_part", part.name, 1, "down for longer"
            )
    for letter in task.stuck.remedies:
        if letter != right["remedy"]:
            yield Mutant(f"remedy: {letter}", "stuck", "remedy", letter, 1, "remedy: ")
    yield Mutant("remedy: none", "stuck", "remedy", "z", 1, "should be one of")
