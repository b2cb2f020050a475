"""Marking a policy for an autoscaler: by afternoons that nobody has seen.

What may be lost comes first: on each afternoon on which a policy loses no more than that, it earns
its part. What it costs is then compared with the cheapest policy found for these very afternoons,
which a learner cannot know; so a good deal more is still full marks.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from autograders.checks import Mark
from course.exercise.scaling_under_load.afternoon import draw_afternoon
from course.exercise.scaling_under_load.policy import Policy, Rehearsal, policy_notes, rehearse

if TYPE_CHECKING:
    from course.exercise.draw import Draw
    from course.exercise.scaling_under_load.goal import Goal

__all__ = ["POINTS", "best_policy", "hidden_afternoons", "mark"]

POINTS = 5.0
_KEPT_POINTS, _COST_POINTS = 2.0, 3.0
_AFTERNOONS = 4
#: Up to this multiple of the cheapest a policy earns all points for its cost, and from the other
#: on none.
_CHEAP, _DEAR = 1.4, 2.5
_TARGETS = tuple(percent / 100 for percent in range(30, 96, 5))

_Afternoons = tuple[tuple[float, ...], ...]


def hidden_afternoons(goal: Goal, draw: Draw) -> _Afternoons:
    """Return the afternoons by which a policy is marked.

    Args:
        goal: what they have in common with those of the problem.
        draw: draws that depend on the course's secret and on the learner.
    """
    return tuple(draw_afternoon(draw, goal.afternoon) for _ in range(_AFTERNOONS))


@functools.lru_cache(maxsize=64)
def best_policy(goal: Goal, afternoons: _Afternoons) -> Policy:
    """Return the cheapest policy found that keeps to what may be lost on each afternoon.

    For each target the least number of replicas that does is looked for by halving: as a rule,
    more in readiness lose less. So it is the cheapest that was found, and not the cheapest at all.

    Args:
        goal: what has to be reached.
        afternoons: their loads.
    """
    enough = max(map(max, afternoons)) / goal.per_replica_per_s
    best: tuple[float, Policy] | None = None
    for target in _TARGETS:
        low, high = 1, int(enough) + 2
        while low < high:
            middle = (low + high) // 2
            if all(_tried(goal, Policy(target, middle), afternoons).kept):
                high = middle
            else:
                low = middle + 1
        found = _tried(goal, Policy(target, high), afternoons)
        if all(found.kept) and (best is None or found.cost_eur < best[0]):
            best = found.cost_eur, Policy(target, high)
    assert best is not None  # replicas for all that can come lose nothing
    return best[1]


def _tried(goal: Goal, policy: Policy, afternoons: _Afternoons) -> Rehearsal:
    rehearsal = rehearse(goal, policy, afternoons)
    assert isinstance(rehearsal, Rehearsal)
    return rehearsal


def mark(goal: Goal, value: Any, draw: Draw) -> Mark:
    """Mark a policy on hidden afternoons.

    Args:
        goal: what has to be reached.
        value: the learner's dictionary.
        draw: draws that depend on the course's secret and on the learner.
    """
    if notes := policy_notes(value):
        return Mark(0, POINTS, notes[0].text)
    afternoons = hidden_afternoons(goal, draw)
    found = _tried(goal, Policy.of(value), afternoons)
    kept = sum(found.kept) / len(found.kept)
    times = found.cost_eur / _tried(goal, best_policy(goal, afternoons), afternoons).cost_eur
    thrift = min(max((_DEAR - times) / (_DEAR - _CHEAP), 0.0), 1.0)
    messages = [
        f"On {sum(found.kept)} of {len(found.kept)} hidden afternoons it loses no more than "
        f"{100 * goal.most_lost:g} %."
    ]
    if kept < 1:
        messages.append(
            "Where more was lost, what was saved does not count. Which figure gives a start-up "
            "time to run its course?"
        )
    if thrift == 1:
        messages.append("It costs little.")
    else:
        messages.append(
            f"It costs {times:.2f} times as much as the cheapest that was found for these "
            "afternoons. How busy are your replicas in quiet times?"
        )
    return Mark(_KEPT_POINTS * kept + _COST_POINTS * kept * thrift, POINTS, " ".join(messages))
