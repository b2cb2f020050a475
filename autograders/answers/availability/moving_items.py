"""How the items of lesson 09 are marked about migrations that are reckoned and not measured.

- `rounds`: a migration worked out round by round, with the quantities that follow from it
- `stuck`: what helps a migration that does not converge
- `right_rounds`, `wrong_rounds`, `round_quantities`, `stuck_quantity`, `right_remedy`: what is
  right, and where mistakes lead
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograders.answers.availability.precopy_function import precopy
from autograders.checks import Mark, Mistake, Quantity, joined, mark_choice, mark_quantity
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.moving import MOST_ROUNDS
from course.exercise.availability.notes import sizes_notes
from course.exercise.notes import near
from course.simulation import migrate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.exercise import Answer
    from course.exercise.availability.moving import ByHand, Remedy, Stuck
    from course.exercise.availability.problem import AvailabilityProblem
    from course.exercise.draw import Draw
    from course.simulation import Migration

__all__ = [
    "right_remedy",
    "right_rounds",
    "round_quantities",
    "rounds",
    "stuck",
    "stuck_quantity",
    "wrong_rounds",
]

_ROUNDS_POINTS = 1.5
_BITS_PER_BYTE = 8
#: Rounds go on so far for those who leave out the limit.
_SMALLEST_MB = 1e-3


def _carried(hand: ByHand) -> float:
    return hand.network_mbit_per_s / _BITS_PER_BYTE


def right_rounds(hand: ByHand) -> list[float]:
    """Return what each round sends, in MB.

    Args:
        hand: the migration.
    """
    sizes = precopy(hand.memory_mb, _carried(hand), hand.dirty_mb_per_s, hand.limit_ms / 1000)
    assert sizes is not None  # it is drawn so
    return sizes


def wrong_rounds(hand: ByHand) -> dict[str, tuple[list[float], float]]:
    """Return the usual mistakes in the rounds: what they lead to, and what that still earns.

    Args:
        hand: the migration.
    """
    right, shrinks = right_rounds(hand), hand.dirty_mb_per_s / _carried(hand)
    bits = precopy(
        hand.memory_mb, hand.network_mbit_per_s, hand.dirty_mb_per_s, hand.limit_ms / 1000
    )
    on = math.ceil(math.log(right[-1] / _SMALLEST_MB) / math.log(1 / shrinks))
    return {
        "bits_for_bytes": (bits or [], 0.5),
        "last_left_out": (right[:-1], 0.5),
        "first_left_out": (right[1:], 0.5),
        "same_each_round": ([right[0], *([right[1]] * (len(right) - 1))], 0.25),
        "limit_left_out": (
            [*right, *(right[-1] * shrinks**number for number in range(1, on + 1))],
            0.5,
        ),
    }


def round_quantities(hand: ByHand, sizes: Sequence[float] | None = None) -> dict[str, Quantity]:
    """Return the downtime and the duration that follow from the sizes of rounds.

    Args:
        hand: the migration.
        sizes: the sizes to go on with, in MB; the right ones if None.
    """
    sent = right_rounds(hand) if sizes is None else sizes
    total_s, downtime_s = sum(sent) / _carried(hand), sent[-1] / _carried(hand)
    return {
        "hand_downtime_ms": Quantity(
            1000 * downtime_s,
            0.75,
            {
                "seconds_for_ms": Mistake(downtime_s, 0.5),
                "bits_for_bytes": Mistake(1000 * downtime_s / _BITS_PER_BYTE, 0.5),
                "total_for_downtime": Mistake(1000 * total_s),
                "limit_for_downtime": Mistake(hand.limit_ms, 0.25),
            },
        ),
        "hand_total_s": Quantity(
            total_s,
            0.75,
            {
                "bits_for_bytes": Mistake(total_s / _BITS_PER_BYTE, 0.5),
                "last_left_out": Mistake(total_s - downtime_s, 0.5),
                "first_round_alone": Mistake(sent[0] / _carried(hand), 0.25),
                "downtime_for_total": Mistake(downtime_s),
            },
        ),
    }


def _alike(given: Sequence[float], expected: Sequence[float]) -> bool:
    return len(given) == len(expected) and all(
        near(float(one), other) for one, other in zip(given, expected, strict=True)
    )


def _sizes(task: AvailabilityProblem, answer: Answer) -> tuple[Mark, list[float] | None]:
    """Mark the sizes of the rounds, and return those that later answers may follow from."""
    value: Any = answer.values.get("rounds_mb")
    wrong = wrong_rounds(task.by_hand)
    if notes := sizes_notes(task, value):
        told = notes[0].text
        first, share = wrong["first_left_out"]
        # The note is of numbers alone; not all that begin late are right from there on.
        late = told.endswith(MISTAKES["first_left_out"]) and _alike(value, first)
        return Mark(_ROUNDS_POINTS * share if late else 0, _ROUNDS_POINTS, told), None
    given = [float(size) for size in value]
    right = right_rounds(task.by_hand)
    if _alike(given, right):
        return Mark(_ROUNDS_POINTS, _ROUNDS_POINTS, "rounds_mb is right, round by round."), given
    for name, (mistaken, share) in wrong.items():
        # Nobody writes down rounds of nothing to the same last one.
        longer = name == "limit_left_out" and len(given) > len(right)
        if _alike(given, mistaken[: len(given)] if longer else mistaken):
            told = f"rounds_mb: {MISTAKES[name]}"
            return Mark(_ROUNDS_POINTS * share, _ROUNDS_POINTS, told), given
    alike = sum(near(one, other) for one, other in zip(given, right, strict=False))
    return (
        Mark(0, _ROUNDS_POINTS, f"rounds_mb is right in {alike} of its {len(right)} rounds."),
        None,
    )


def rounds(task: AvailabilityProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark a migration that was worked out round by round."""
    mark, own = _sizes(task, answer)
    asked, followed = round_quantities(task.by_hand), round_quantities(task.by_hand, own)
    return joined(
        [
            mark,
            *(
                mark_quantity(name, answer.values.get(name), asked[name], followed[name], MISTAKES)
                for name in asked
            ),
        ]
    )


def _tried(stuck: Stuck, remedy: Remedy) -> Migration:
    return migrate(
        stuck.memory_mib,
        remedy.bandwidth_mib_per_s,
        remedy.dirty_mib_per_s,
        working_set_mib=stuck.working_set_mib,
        downtime_limit_ms=remedy.limit_ms,
        max_rounds=remedy.most_rounds,
    )


def right_remedy(stuck: Stuck) -> str:
    """Return the letter of the one change with which the migration converges.

    Args:
        stuck: the migration and the changes.
    """
    (letter,) = (
        letter for letter, remedy in stuck.remedies.items() if _tried(stuck, remedy).converged
    )
    return letter


def stuck_quantity(stuck: Stuck) -> Quantity:
    """Return the downtime with the change that helps.

    Args:
        stuck: the migration and the changes.
    """
    remedy = stuck.remedies[right_remedy(stuck)]
    tried = _tried(stuck, remedy)
    assert tried.downtime_ms is not None  # it converges
    return Quantity(
        tried.downtime_ms,
        1,
        {
            "seconds_for_ms": Mistake(tried.downtime_ms / 1000, 0.5),
            "total_for_downtime": Mistake(1000 * tried.total_time_s, 0.25),
            "limit_for_downtime": Mistake(remedy.limit_ms),
        },
    )


def _remark(stuck: Stuck, letter: str, right: str) -> str:
    if letter == right:
        return "right: with this it gets away."
    remedy = stuck.remedies[letter]
    if remedy.most_rounds != MOST_ROUNDS:
        return "more rounds leave as much as those before, as long as none is smaller."
    if remedy.limit_ms != stuck.limit_ms:
        return "within this limit the network does not send the working set either."
    return "the machine still writes faster than the network sends, so no round gets smaller."


def stuck(task: AvailabilityProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark what helps a migration that does not converge."""
    given, right = task.stuck, right_remedy(task.stuck)
    quantity = stuck_quantity(given)
    return joined(
        [
            mark_choice(
                "remedy",
                answer.values.get("remedy"),
                right,
                1,
                {letter: _remark(given, letter, right) for letter in given.remedies},
            ),
            mark_quantity(
                "remedy_downtime_ms",
                answer.values.get("remedy_downtime_ms"),
                quantity,
                quantity,
                MISTAKES,
            ),
        ]
    )
