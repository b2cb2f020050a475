"""Right answers to lesson 01, and wrong ones that each hold one mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograders.answers.one_server_many_tenants.hosts_needed import hosts_needed
from autograders.answers.one_server_many_tenants.items import (
    QUIZ,
    beaten_puzzle,
    hosts_lost,
    upgrade,
)
from autograders.answers.one_server_many_tenants.quantities import binding_resource, quantities
from autograders.checks import same
from course.exercise.notes import near
from course.exercise.one_server_many_tenants.mistakes import MISTAKES
from course.sizing import pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from course.exercise.one_server_many_tenants.problem import ConsolidationProblem

__all__ = ["Mutant", "mutants", "reference"]


@dataclass(frozen=True)
class Mutant:
    """An answer with one mistake.

    Attributes:
        name: the answer and the mistake, such as `average_use: averaged_averages`.
        variable: which answer holds it.
        value: the wrong value.
        points_lost: what it has to cost.
        sentence: what the learner has to be told, or part of it.
    """

    name: str
    variable: str
    value: Any
    points_lost: float
    sentence: str


def reference(room: ConsolidationProblem) -> dict[str, Any]:
    """Return a right answer to every item, by the learner's names for them."""
    answers: dict[str, Any] = {name: quantity.right for name, quantity in quantities(room).items()}
    names, sizes = list(room.ten.demands_gib), list(room.ten.demands_gib.values())
    binding, beaten = binding_resource(room), beaten_puzzle(room)
    return answers | {
        "binding_resource": binding,
        "upgrade": upgrade(binding),
        "by_hand": [
            [names[tenant] for tenant in host]
            for host in pack(sizes, room.ten.capacity_gib, method="exact").bins
        ],
        "hosts_needed": hosts_needed,
        "beaten": beaten,
        "hosts_lost": hosts_lost(room.puzzles[beaten]),
        "quiz": {name: right for name, (right, _remarks) in QUIZ.items()},
    }


def mutants(room: ConsolidationProblem) -> Iterator[Mutant]:
    """Yield every wrong number that a usual mistake leads to in this room, and other wrong answers.

    Two mistakes that lead to the same number in this room cannot be told apart; the first is taken.
    """
    for variable, quantity in quantities(room).items():
        seen: list[float] = []
        for name, mistake in quantity.distinct_mistakes().items():
            if any(near(mistake.value, other) for other in seen) or mistake.value <= 0:
                continue
            seen.append(mistake.value)
            yield Mutant(
                f"{variable}: {name}",
                variable,
                mistake.value,
                quantity.points * (1 - mistake.share),
                MISTAKES[name],
            )
        wild = quantity.right * 3 + 7
        if not any(same(wild, other, whole=False) for other in seen):
            yield Mutant(
                f"{variable}: wild", variable, wild, quantity.points, f"{variable} is not what"
            )
    right = reference(room)
    other = {"cores": "memory", "memory": "cores"}[right["binding_resource"]]
    yield Mutant("binding_resource: other", "binding_resource", other, 2, "compare how many hosts")
    yield Mutant("upgrade: faster disk", "upgrade", "c", 1, "a faster disk makes no room")
    alone = [[name] for name in room.ten.demands_gib]
    yield Mutant("by_hand: a host each", "by_hand", alone, 1.5, "There is room for them on fewer.")
    yield Mutant("by_hand: one left out", "by_hand", alone[1:], 2, "leaves out")
    all_in_one = [list(room.ten.demands_gib)]
    yield Mutant("by_hand: overfull", "by_hand", all_in_one, 2, f"in {room.ten.capacity_gib} GiB")
    not_beaten = next(name for name in room.puzzles if name != right["beaten"])
    yield Mutant("beaten: another", "beaten", not_beaten, 2, "reaches the lower bound")
    yield Mutant(
        "hosts_lost: too many", "hosts_lost", right["hosts_lost"] + 3, 1, "hosts_lost is not"
    )
    for name, (right_option, remarks) in QUIZ.items():
        option = next(letter for letter in remarks if letter != right_option)
        yield Mutant(f"quiz: {name}", "quiz", right["quiz"] | {name: option}, 1, remarks[option])
