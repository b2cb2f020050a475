"""How each item of lesson 07 is marked."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.scaling_under_load import (
    desired_function,
    erlang_function,
    measured,
    policies,
    simulated,
)
from autograders.answers.scaling_under_load.quantities import quantities
from autograders.checks import (
    Mark,
    Marker,
    choices,
    identity,
    joined,
    mark_choice,
    mark_quantity,
    numbers,
)
from autograders.experiments import experiment
from course.exercise.notes import Note, near, number_notes, unanswered
from course.exercise.scaling_under_load import service
from course.exercise.scaling_under_load.looks import FORGOTTEN, follow
from course.exercise.scaling_under_load.measured_notes import read_rollout, read_start_ups
from course.exercise.scaling_under_load.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise import Answer
    from course.exercise.draw import Draw
    from course.exercise.scaling_under_load.problem import ScalingProblem
    from course.exercise.scaling_under_load.start_ups import StartUps

__all__ = ["ITEMS", "LOOKS_POINTS", "LOOKS_SHARE", "POOL_REASON", "QUIZ", "WHY_REMARKS"]

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "busy": (
            "c",
            {
                "a": "the time of service is the same; what grows is the wait before it.",
                "b": "that would be so if waits grew in a straight line.",
                "c": "right: the idle part has halved, and the wait goes with one over it.",
                "d": "the server keeps up, as long as it is busy for less than all of the time.",
            },
        ),
        "fast": (
            "a",
            {
                "a": "right: with few requests most of the ten stand idle, and each is slow.",
                "b": "they can do as much work together, but one request uses one of them.",
                "c": "one waits less for one of ten, and is then served ten times as slowly.",
                "d": "by this model both can be reckoned exactly.",
            },
        ),
        "window": (
            "d",
            {
                "a": "more is wished for at once; the window is for fewer.",
                "b": "the target stays as it is; what changes is how soon fewer are allowed.",
                "c": "it costs more: replicas are kept for longer.",
                "d": "right: a short lull takes no replica away that would be missed at once.",
            },
        ),
    }
)

#: Why a pool waits less, and what is said to each option.
POOL_REASON = "b"
_POOL_REMARKS: Mapping[str, str] = MappingProxyType(
    {
        "a": "the servers of a pool are as fast as they were.",
        "b": "right: apart, a queue can stand in one region while servers idle in another.",
        "c": "the pool is exactly as busy as its parts: as much work, as many servers.",
        "d": "all requests of all regions arrive at the pool.",
    }
)
#: Why a slow start loses requests, and what is said to each option.
WHY_REMARKS: Mapping[str, str] = MappingProxyType(
    {
        "a": "in this model every replica serves equally many, however it was started.",
        "b": "the autoscaler's rule knows nothing of start-up times.",
        "c": "right: what the ready ones cannot serve waits, until there is no more room.",
        "d": "nobody gives up in this model: who is lost found no room to wait.",
    }
)

LOOKS_POINTS = 2.0
#: The share that a trace still earns in which one rule is forgotten.
LOOKS_SHARE = 0.5

_numbers = partial(numbers, quantities, MISTAKES)


def _pooling(task: ScalingProblem, answer: Answer, draw: Draw) -> Mark:
    reason = mark_choice("reason", answer.values.get("reason"), POOL_REASON, 1, _POOL_REMARKS)
    return joined([_numbers("wait_apart_ms", "wait_together_ms")(task, answer, draw), reason])


def _looks(task: ScalingProblem, answer: Answer, _draw: Draw) -> Mark:
    value: Any = answer.values.get("replicas_by_look")
    right = follow(task.looks)
    if unanswered(value) or value == []:
        return Mark(0, LOOKS_POINTS, "replicas_by_look is not answered yet.")
    if (
        not isinstance(value, list | tuple)
        or len(value) != len(right)
        or any(number_notes("", one, whole=True) for one in value)
    ):
        return Mark(
            0, LOOKS_POINTS, f"replicas_by_look should be a list of {len(right)} whole numbers."
        )
    given = tuple(int(one) for one in value)
    if given == right:
        return Mark(LOOKS_POINTS, LOOKS_POINTS, "replicas_by_look is right, look by look.")
    for rule in FORGOTTEN:
        if given == follow(task.looks, without=rule):
            points = LOOKS_POINTS * LOOKS_SHARE
            return Mark(points, LOOKS_POINTS, f"replicas_by_look: {MISTAKES[rule]}")
    first = next(n for n, pair in enumerate(zip(given, right, strict=True), 1) if len({*pair}) > 1)
    # What follows a slip is not right by itself any more, so what came before it counts.
    earned = LOOKS_POINTS * LOOKS_SHARE * (first - 1) / len(right)
    return Mark(
        earned, LOOKS_POINTS, f"replicas_by_look leaves the rule at look {first}; look there again."
    )


def _spike(task: ScalingProblem, answer: Answer, _draw: Draw) -> Mark:
    starting = read_start_ups(answer.values.get("starting"))
    if isinstance(starting, Note):
        return Mark(0, 3, starting.text)
    values = answer.values
    least = simulated.least_for_machine(task.spike, starting)
    return joined(
        [
            _lost(task, values.get("lost_by_start"), starting),
            mark_quantity(
                "least_for_machine", values.get("least_for_machine"), least, least, MISTAKES
            ),
            mark_choice("why", values.get("why"), simulated.WHY, 1, WHY_REMARKS),
        ]
    )


def _lost(task: ScalingProblem, value: Any, starting: StartUps) -> Mark:
    right = simulated.lost(task.spike, starting)
    if unanswered(value) or value == {}:
        return Mark(0, 1, "lost_by_start is not answered yet.")
    if not isinstance(value, dict):
        return Mark(0, 1, f"lost_by_start should be a dictionary, found {type(value).__name__}.")
    for name in right:
        if notes := number_notes(f'lost_by_start["{name}"]', value.get(name)):
            return Mark(0, 1, notes[0].text)

    def same(expected: Mapping[str, float]) -> list[str]:
        return [name for name in right if near(float(value[name]), expected[name])]

    if len(same(right)) == len(right):
        return Mark(1, 1, "lost_by_start is what the simulation says.")
    for mistake, (expected, share) in simulated.wrong_lost(task.spike, starting).items():
        if len(same(expected)) == len(right):
            return Mark(share, 1, f"lost_by_start: {MISTAKES[mistake]}")
    wrong = ", ".join(name for name in right if name not in same(right))
    return Mark(0, 1, f"lost_by_start is not what your start-up times lead to for: {wrong}.")


def _policy(task: ScalingProblem, answer: Answer, draw: Draw) -> Mark:
    return policies.mark(task.goal, answer.values.get("policy"), draw)


def _rollout(task: ScalingProblem, answer: Answer, _draw: Draw) -> Mark:
    found = read_rollout(answer.values.get("rollout"), task)
    if isinstance(found, Note):
        return Mark(0, 2, found.text)
    asked = measured.of_rollout(found)
    return joined(
        mark_quantity(name, answer.values.get(name), quantity, quantity, MISTAKES)
        for name, quantity in asked.items()
    )


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "offered": _numbers("offered_erlangs", "least_servers"),
        "erlang_c": erlang_function.mark,
        "servers": _numbers("servers", "wait_ms"),
        "pooling": _pooling,
        "desired_replicas": desired_function.mark,
        "looks": _looks,
        "rush": _numbers("backlog", "lost", "catch_up_s"),
        "spike": _spike,
        "spare": _numbers("spare_container", "spare_machine", "spare_eur"),
        "policy": _policy,
        "service": experiment(
            lambda task: f"the containers {task.name('web-1')} and on",
            service.replicas,
            {"count": 1.0, "address": 1.0, "answers": 1.5, "nothing else": 0.5},
        ),
        "rollout": _rollout,
        "quiz": choices("quiz", QUIZ),
    }
)
