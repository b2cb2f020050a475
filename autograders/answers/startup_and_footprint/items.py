"""How each item of lesson 05 is marked; `measured_items` has those that rest on records."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.answers.startup_and_footprint import measured_items, percentile_function
from autograders.answers.startup_and_footprint.quantities import quantities
from autograders.checks import Marker, choices, identity, numbers
from autograders.experiments import experiment
from course.exercise.startup_and_footprint import server
from course.exercise.startup_and_footprint.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["ITEMS", "QUIZ"]

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "pull": (
            "b",
            {
                "a": "the kernel does start at once; what came before it is what took the time.",
                "b": "right: what is fetched first is no part of the start, and happens once.",
                "c": "a mean of both kinds describes neither of them.",
                "d": "an engine is fast or slow; this one had to wait for a network.",
            },
        ),
        "emulated": (
            "c",
            {
                "a": "seconds are what emulation changes most.",
                "b": "the container's time was not stretched by the same factor, nor by any.",
                "c": "right: both were stretched, though not by exactly the same factor.",
                "d": "an emulated machine is slow, which says nothing of how it compares.",
            },
        ),
        "shared": (
            "d",
            {
                "a": "resident memory counts a shared page in each process that has it.",
                "b": "a virtual size counts what was never touched.",
                "c": "the image is on the disk, once; this is about memory.",
                "d": "right: what the next one adds is what one more costs.",
            },
        ),
        "distribution": (
            "a",
            {
                "a": "right: the one holds a whole system, the other an application alone.",
                "b": "both figures are of the same year and of the same application.",
                "c": "MB and MiB differ by 5 percent, not by a factor of 680.",
                "d": "a hypervisor keeps memory, and next to nothing of the disk.",
            },
        ),
    }
)

_numbers = partial(numbers, quantities, MISTAKES)


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "percentile": percentile_function.mark,
        "medians": measured_items.medians,
        "ratio": measured_items.ratio,
        "boot": measured_items.boot,
        "units": _numbers("disk_gb", "download_s"),
        "weight": measured_items.weight,
        "small": experiment(
            lambda task: f"the image {task.image('radius:small')}",
            server.small,
            {"answers": 2.0, "reply": 1.0, "refuses": 1.0, "size": 2.0},
            only_with="answers",
        ),
        "disk": _numbers("copies_gb", "clones_gb", "containers_gb"),
        "memory": measured_items.memory,
        "verdicts": measured_items.verdicts,
        "quiz": choices("quiz", QUIZ),
    }
)
