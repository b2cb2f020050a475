"""The instructor's round on assignment 07: real nbgrader, real submissions, an engine, records.

Start-up times and the times of the rollout are marked by the records that were handed in; the
service itself is started again while it is graded, and looked at in that engine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograders.answers.scaling_under_load.quantities import quantities
from course.exercise import problem
from course.exercise.scaling_under_load.looks import follow
from course.exercise.scaling_under_load.rollout import Rollout
from course.exercise.scaling_under_load.start_ups import StartUps
from tests.nbgrader_course import Course
from tests.rounds import (
    Case,
    EngineTests,
    RecordsTests,
    Round,
    RoundTests,
    edited,
    expect_right_answers_for_real,
    forget,
    untouched,
)
from tests.submissions_scaling import ASSIGNMENT, answered, put_records, records, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

CARELESS_ERLANG = """
import math

def erlang_c(servers, offered_erlangs):
    terms = [offered_erlangs**n / math.factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)
"""
CARELESS_DESIRED = """
def desired_replicas(current, utilisation, target, least=1, most=100):
    if target <= 0:
        raise ValueError("no target")
    wish = int(current * utilisation / target)
    if abs(utilisation / target - 1) <= 0.1:
        wish = current
    return min(max(wish, least), most)
"""
CARELESS_SERVICE = """
def start_replica(number):
    bench.client.containers.run(
        "course/web:1", bench.page, detach=True, network=bench.network.name,
        name=task.name(f"web-{number}"), hostname=f"web-{number}",
    )
"""


def careless(released: NotebookNode) -> NotebookNode:
    """Every item with one usual mistake."""
    made, task = records("careless"), problem(ASSIGNMENT, "careless")
    right, asked = right_answers("careless", made), quantities(task)

    def mistake(name: str, kind: str) -> float:
        return asked[name].mistakes[kind].value

    return answered(
        released,
        "careless",
        {
            "least_servers": mistake("least_servers", "rounded_down"),
            "wait_ms": mistake("wait_ms", "only_those_who_wait"),
            "wait_together_ms": mistake("wait_together_ms", "divided_by_regions"),
            "replicas_by_look": list(follow(task.looks, without="window")),
            "catch_up_s": mistake("catch_up_s", "arrivals_forgotten"),
            "why": "a",
            "spare_eur": mistake("spare_eur", "an_hour"),
            "policy": {"target_utilisation": 0.9, "least": 1, "down_window_s": 0},
            "replicas_per_minute": right["replicas_per_minute"] / 60,
            "quiz": right["quiz"] | {"busy": "b"},
        },
        {
            "erlang_c-answer": CARELESS_ERLANG,
            "desired_replicas-answer": CARELESS_DESIRED,
            "service-answer": CARELESS_SERVICE,
        },
    )


def carries_on(released: NotebookNode) -> NotebookNode:
    """Early mistakes, and what follows reckoned rightly from there."""
    task = problem(ASSIGNMENT, "carries-on")
    right = right_answers("carries-on", records("carries-on"))
    backlog = quantities(task)["backlog"].mistakes["notice_forgotten"].value
    machines = quantities(task)["spare_machine"].mistakes["rounded_down"].value
    return answered(
        released,
        "carries-on",
        {
            "backlog": backlog,
            "lost": backlog - task.rush.room,
            "spare_machine": int(machines),
            "spare_eur": machines * right["spare_eur"] / right["spare_machine"],
        },
    )


def quicken(folder: Path) -> None:
    """Make the starts quicker in the file, as an editor would."""
    with edited(folder / "start-ups.json") as starting:
        starting["figures"]["each"][1]["seconds"] /= 10


CASES: dict[str, Case] = {
    "right": Case(
        said={"erlang_c-check": "right on all 6", "desired_replicas-check": "right on all 8",
              "service-check": "The engine holds", "policy-check": "4 of 4 hidden afternoons",
              "spike-check": "what the simulation says", "rollout-check": "all_ready_s is right"},
    ),
    "careless": Case(
        {"offered-check": 0.75, "erlang_c-check": 2.5, "servers-check": 0.75,
         "pooling-check": 0.75, "desired_replicas-check": 1.5, "looks-check": 1,
         "rush-check": 0.75, "spike-check": 1, "spare-check": 0.75, "policy-check": 5,
         "service-check": 3, "rollout-check": 0.5, "quiz-check": 1},
        {"offered-check": "rounds down", "erlang_c-check": "where nobody can wait",
         "servers-check": "who find a server free", "pooling-check": "another queue",
         "desired_replicas-check": "serves nobody", "looks-check": "each wish for fewer",
         "rush-check": "others go on arriving", "spike-check": "however it was started",
         "spare-check": "for one hour", "policy-check": "0 of 4 hidden afternoons",
         "service-check": "does not go by the name", "rollout-check": "replicas a second"},
        make=careless,
    ),
    "carries-on": Case(
        {"rush-check": 0.5, "spare-check": 0.5},
        {"rush-check": "follows from your own", "spare-check": "follows from your own"},
        make=carries_on,
    ),
    "edits": Case(
        {"spike-check": 3},
        {"spike-check": "needs does not exist"},
        spoil=quicken,
    ),
    "forgets": Case(
        {"spike-check": 1, "rollout-check": 2},
        {"spike-check": "not what your start-up times lead to",
         "rollout-check": "rollout.json was not handed in"},
        spoil=forget,
    ),
    "no-engine": Case(
        {"service-check": 4, "rollout-check": 2},
        {"service-check": "no engine", "rollout-check": "not answered yet"},
        engine=False,
    ),
    "untouched": Case(make=untouched),
}  # fmt: skip


@pytest.mark.docker
class TestRound(RoundTests, RecordsTests, EngineTests):
    """Lesson 07's round."""

    round = Round(
        ASSIGNMENT,
        points=41,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=("right, look by look",),
        charts=6,
        hand_in=lambda folder, student: put_records(folder, records(student)),
        records=2,
        leaves=("networks", ""),
    )


@pytest.mark.labvm
def test_what_is_measured_for_real_earns_everything(
    generated: Callable[[str], Course], tmp_path: Path
) -> None:
    """From nothing, in the lab VM: the notebook's own answers are right of what it measures."""
    expect_right_answers_for_real(generated(ASSIGNMENT), tmp_path)
    starting = StartUps.read(tmp_path / "start-ups.json")
    assert {one.kind for one in starting.each} == {"measured"}
    rollout = Rollout.read(tmp_path / "rollout.json")
    assert len(rollout.ready_s) == problem(ASSIGNMENT, "example").replicas
