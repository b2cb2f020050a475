"""How each item of lesson 09 is marked; `measured_items` has those that rest on records."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.answers.availability import measured_items, moving_items, precopy_function
from autograders.answers.availability.quantities import next_part, quantities, right_lever
from autograders.checks import Mark, Marker, choices, identity, joined, mark_choice, numbers
from autograders.experiments import experiment
from course.exercise.availability import services
from course.exercise.availability.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise import Answer
    from course.exercise.availability.problem import AvailabilityProblem
    from course.exercise.draw import Draw

__all__ = ["ITEMS", "LEVERS", "QUIZ"]

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "policy": (
            "b",
            {
                "a": "only on-failure counts, and only if it is given a number.",
                "b": "right: it is tried for ever, and the pauses keep it from eating a processor.",
                "c": "it ran, if only for a moment; and always means whatever happened.",
                "d": "a policy is one engine's, and an engine knows no other host.",
            },
        ),
        "copies": (
            "c",
            {
                "a": "of unlike age they fail at other times, which is what the formula wants.",
                "b": "rounding changes a digit; what they share changes all of them.",
                "c": "right: power, network, a host, a configuration: they go down together.",
                "d": "an idle copy is up as well, though nobody knows until it is needed.",
            },
        ),
        "converge": (
            "d",
            {
                "a": "it would, if what is sent stayed sent.",
                "b": "each round leaves as much as it has sent, or more.",
                "c": "until the very end the machine runs where it always ran.",
                "d": "right: nothing is lost by having tried.",
            },
        ),
        "point": (
            "a",
            {
                "a": "right: how old the state is, and how long it takes to have it back.",
                "b": "18 hours is how old the state is that comes back.",
                "c": "four minutes is how long the restoring takes.",
                "d": "the 18 hours have passed already; what was done in them is what is lost.",
            },
        ),
    }
)

#: What is said to each change of a cluster, if it is not the one that helps most.
LEVERS: Mapping[str, str] = MappingProxyType(
    {
        "a": "a quicker start shortens the third step.",
        "b": "a shorter wait shortens the second step.",
        "c": "the service does not wait for the repair; it runs elsewhere by then.",
        "d": "there is a spare host already, and one more does not start anything sooner.",
    }
)

_numbers = partial(numbers, quantities, MISTAKES)


def _design(task: AvailabilityProblem, answer: Answer, draw: Draw) -> Mark:
    right = next_part(task.design)
    remarks = {
        part.name: "right: it brings most of what is left."
        if part.name == right
        else "another part is down for longer, with all its copies."
        for part in task.design.parts
    }
    return joined(
        [
            _numbers("single_down_min", "design_down_min")(task, answer, draw),
            mark_choice("next_part", answer.values.get("next_part"), right, 1, remarks),
        ]
    )


def _outages(task: AvailabilityProblem, answer: Answer, draw: Draw) -> Mark:
    right = right_lever(task.outages)
    remarks = {
        letter: f"right: {remark}"
        if letter == right
        else remark
        if letter in "cd"
        else f"{remark} Another step is longer."
        for letter, remark in LEVERS.items()
    }
    return joined(
        [
            _numbers("elsewhere_min", "announced_min")(task, answer, draw),
            mark_choice("lever", answer.values.get("lever"), right, 1, remarks),
        ]
    )


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "back": measured_items.back,
        "services": experiment(
            lambda task: f"the containers {task.name('web')} and {task.name('job')}",
            services.services,
            {"web: policy": 1.0, "web: end": 1.0, "job: policy": 1.0, "job: end": 1.0},
        ),
        "budget": _numbers("down_h", "allowed_min"),
        "design": _design,
        "room": _numbers("hosts", "hosts_for_failures", "short_min"),
        "outages": _outages,
        "drill": measured_items.drill,
        "lost": _numbers("worst_lost", "mean_lost", "back_min", "every_needed_min"),
        "rounds": moving_items.rounds,
        "precopy": precopy_function.mark,
        "stuck": moving_items.stuck,
        "moved": measured_items.moved,
        "quiz": choices("quiz", QUIZ),
    }
)
