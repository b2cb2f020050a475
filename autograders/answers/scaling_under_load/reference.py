"""Right answers to lesson 07, and wrong ones that each hold one mistake.

What rests on measurements is right of one learner's records alone, so they are handed in too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.mutant import Mutant, mutants_of_quantity, mutants_of_quiz
from autograders.answers.scaling_under_load import measured, simulated
from autograders.answers.scaling_under_load.desired_function import desired_replicas
from autograders.answers.scaling_under_load.erlang_function import erlang_c
from autograders.answers.scaling_under_load.items import (
    LOOKS_POINTS,
    LOOKS_SHARE,
    POOL_REASON,
    QUIZ,
    WHY_REMARKS,
)
from autograders.answers.scaling_under_load.policies import best_policy
from autograders.answers.scaling_under_load.quantities import quantities
from course.exercise.notes import near
from course.exercise.scaling_under_load.looks import FORGOTTEN, follow
from course.exercise.scaling_under_load.mistakes import MISTAKES
from course.exercise.scaling_under_load.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograders.checks import Quantity
    from course.exercise.scaling_under_load.goal import Goal
    from course.exercise.scaling_under_load.problem import ScalingProblem
    from course.exercise.scaling_under_load.rollout import Rollout
    from course.exercise.scaling_under_load.start_ups import StartUps

__all__ = ["Mutant", "Records", "mutants", "reference"]


@dataclass(frozen=True)
class Records:
    """What one learner has recorded.

    Attributes:
        starting: how long replicas take to start.
        rollout: when each replica of the real service answered.
    """

    starting: StartUps
    rollout: Rollout


_ITEM_OF = MappingProxyType(
    {
        "offered_erlangs": "offered",
        "least_servers": "offered",
        "servers": "servers",
        "wait_ms": "servers",
        "wait_apart_ms": "pooling",
        "wait_together_ms": "pooling",
        "backlog": "rush",
        "lost": "rush",
        "catch_up_s": "rush",
        "spare_container": "spare",
        "spare_machine": "spare",
        "spare_eur": "spare",
        "least_for_machine": "spike",
        "all_ready_s": "rollout",
        "replicas_per_minute": "rollout",
    }
)


#: So much lower is the target of a careful policy than that of the cheapest for known afternoons.
_CARE = 0.15


def careful_policy(goal: Goal) -> dict[str, Any]:
    """Return a policy with some more in reserve than the practice afternoons ask for.

    Args:
        goal: what has to be reached.
    """
    best = best_policy(goal, goal.practice)
    return asdict(Policy(round(best.target_utilisation - _CARE, 2), best.least))


def _measured(task: ScalingProblem, records: Records) -> dict[str, Quantity]:
    least = simulated.least_for_machine(task.spike, records.starting)
    return measured.of_rollout(records.rollout) | {"least_for_machine": least}


def reference(task: ScalingProblem, records: Records) -> dict[str, Any]:
    """Return a right answer to every item but the experiment, by the learner's names.

    Args:
        task: the learner's problem.
        records: what the learner has recorded.
    """
    return {
        "erlang_c": erlang_c,
        "desired_replicas": desired_replicas,
        **{name: quantity.right for name, quantity in quantities(task).items()},
        **{name: quantity.right for name, quantity in _measured(task, records).items()},
        "reason": POOL_REASON,
        "replicas_by_look": list(follow(task.looks)),
        "lost_by_start": simulated.lost(task.spike, records.starting),
        "why": simulated.WHY,
        "policy": careful_policy(task.goal),
        "quiz": {name: option for name, (option, _remarks) in QUIZ.items()},
    }


def mutants(task: ScalingProblem, records: Records) -> Iterator[Mutant]:
    """Yield every wrong answer that a usual mistake leads to, and other wrong answers.

    Two mistakes that lead to the same answer cannot be told apart; the first is taken.

    Args:
        task: the learner's problem.
        records: what the learner has recorded.
    """
    right = reference(task, records)
    for variable, quantity in (dict(quantities(task)) | _measured(task, records)).items():
        yield from mutants_of_quantity(variable, _ITEM_OF[variable], quantity, MISTAKES)
    for rule in FORGOTTEN:
        yield Mutant(
            f"replicas_by_look: {rule}", "looks", "replicas_by_look",
            list(follow(task.looks, without=rule)), LOOKS_POINTS * (1 - LOOKS_SHARE),
            MISTAKES[rule],
        )  # fmt: skip
    yield Mutant("reason: another", "pooling", "reason", "a", 1, "as fast as they were")
    yield Mutant("why: another", "spike", "why", "d", 1, WHY_REMARKS["d"])
    yield from _of_lost(task, records, right["lost_by_start"])
    yield from mutants_of_quiz(QUIZ)


def _of_lost(
    task: ScalingProblem, records: Records, right: Mapping[str, float]
) -> Iterator[Mutant]:
    seen = [right]
    for name, (value, share) in simulated.wrong_lost(task.spike, records.starting).items():
        if any(all(near(value[one], other[one]) for one in right) for other in seen):
            continue
        seen.append(value)
        yield Mutant(
            f"lost_by_start: {name}", "spike", "lost_by_start", value, 1 - share, MISTAKES[name]
        )
    wild = {name: 3.7 * value + 9 for name, value in right.items()}
    yield Mutant(
        "lost_by_start: wild", "spike", "lost_by_start", wild, 1, "not what your start-up times"
    )
