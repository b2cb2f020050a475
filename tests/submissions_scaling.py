"""Submissions of assignment 07: a released notebook with answers filled in, and its records.

The records are drawn, and such that a machine could have written them: what is tried with them is
the marking. That real machines write such records is tried where they run.
"""

from __future__ import annotations

import functools
import random
from typing import TYPE_CHECKING, Any

from autograders.answers.scaling_under_load import reference
from autograders.answers.scaling_under_load.reference import Records
from course.exercise import problem
from course.exercise.scaling_under_load.rollout import RECORD as ROLLOUT
from course.exercise.scaling_under_load.rollout import Rollout
from course.exercise.scaling_under_load.start_ups import RECORD as STARTING
from course.exercise.scaling_under_load.start_ups import StartUp, StartUps
from tests.submissions import Answers

if TYPE_CHECKING:
    from pathlib import Path

ASSIGNMENT = "07-scaling-under-load"

#: Which answers each answer cell defines that holds values.
ANSWER_CELLS = {
    "offered-answer": ("offered_erlangs", "least_servers"),
    "servers-answer": ("servers", "wait_ms"),
    "pooling-answer": ("wait_apart_ms", "wait_together_ms", "reason"),
    "looks-answer": ("replicas_by_look",),
    "rush-answer": ("backlog", "lost", "catch_up_s"),
    "spike-answer": ("lost_by_start", "least_for_machine", "why"),
    "spare-answer": ("spare_container", "spare_machine", "spare_eur"),
    "policy-answer": ("policy",),
    "rollout-answer": ("all_ready_s", "replicas_per_minute"),
    "quiz-answer": ("quiz",),
}

ERLANG_C = '''
def erlang_c(servers, offered_erlangs):
    """Go over the states from the last one down, so that no power is needed."""
    if servers < 1 or offered_erlangs >= servers:
        raise ValueError("the queue grows and grows")
    if offered_erlangs == 0:
        return 0.0
    weight, below = 1.0, 0.0
    for busy in range(servers, 0, -1):
        weight = weight * busy / offered_erlangs
        below = below + weight
    waiting = servers / (servers - offered_erlangs)
    return waiting / (below + waiting)
'''

DESIRED = '''
def desired_replicas(current, utilisation, target, least=1, most=100):
    """Follow the rule with whole numbers."""
    if target <= 0:
        raise ValueError("no such target")
    wish = current
    if not 0.9 <= utilisation / target <= 1.1:
        wish = -int(-current * utilisation / target // 1)
    if wish < least:
        return least
    return most if wish > most else wish
'''

START_REPLICA = """
def start_replica(number):
    container = bench.client.containers.create(
        "course/web:1", bench.page, name=task.name(f"web-{number}"), hostname=f"web-{number}"
    )
    bench.network.connect(container, aliases=[task.address])
    container.start()
"""

WRITTEN = "Containers start in 3 s (measured, emulated), so I keep 3 in reserve instead of 13."

#: Start-up times of the machines that learners have: containers and full machines, in seconds.
MACHINES = {
    "emulated": (3.1, 24.0, "emulated"),
    "emulated, slow": (9.4, 81.0, "emulated"),
    "KVM": (0.31, 2.4, "KVM"),
}


@functools.cache
def records(seed: str = "ada", kind: str = "emulated") -> Records:
    """Return what a learner's machine could have recorded.

    Args:
        seed: whose records.
        kind: on which of `MACHINES`.
    """
    chance = random.Random(f"{seed} {kind}")
    container_s, machine_s, how = MACHINES[kind]
    container_s *= chance.lognormvariate(0, 0.1)
    starting = StartUps(
        (
            StartUp("container", container_s, "measured", f"lesson 05, a median, {how}"),
            StartUp(
                "full VM",
                machine_s * chance.lognormvariate(0, 0.1),
                "measured",
                f"lesson 05, a median, {how}",
            ),
        )
    )
    ready_s, now = [], 0.0
    for _number in range(problem(ASSIGNMENT, seed).replicas):
        now += container_s * chance.lognormvariate(0, 0.15)
        ready_s.append(now)
    return Records(starting, Rollout(tuple(ready_s), f"Docker Engine 20.10, {how}"))


def put_records(folder: Path, made: Records) -> None:
    """Lay down a learner's records beside the notebook.

    Args:
        folder: the folder of the submission.
        made: what was recorded.
    """
    made.starting.write(folder / STARTING)
    made.rollout.write(folder / ROLLOUT)


def right_answers(student: str, made: Records) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    answers = reference(problem(ASSIGNMENT, student), made)
    del answers["erlang_c"], answers["desired_replicas"]
    return answers


answered = Answers(
    lambda student: right_answers(student, records(student)),
    ANSWER_CELLS,
    {
        "erlang_c-answer": ERLANG_C,
        "desired_replicas-answer": DESIRED,
        "service-answer": START_REPLICA,
        "written-answer": WRITTEN,
    },
).answered
