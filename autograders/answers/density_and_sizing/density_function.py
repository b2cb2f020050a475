"""Marking the function `density(host, application, technology)` on hosts that nobody has seen.

Each instance is drawn so that every usual mistake gives another count on at least one of them.
A function that gives what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.learner_functions import Exercise, Extra, Task, same_count, written_function
from course.exercise.density_and_sizing.mistakes import MISTAKES
from course.exercise.density_and_sizing.notes import READY_MADE

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "density", "draw_instances", "mark"]

POINTS = 4.0
_COUNT_POINTS, _NONE_POINTS, _REFUSAL_POINTS = 3.0, 0.5, 0.5
_INSTANCES = 7

_Amounts = Mapping[str, float]
_Technology = Mapping[str, _Amounts]
_Function = Callable[[_Amounts, _Amounts, _Technology], int]


def _limits(host: _Amounts, application: _Amounts, technology: _Technology) -> dict[str, float]:
    """Return how many instances each resource alone allows; what nobody takes is left out."""
    each, once = technology["each"], technology["once"]
    asked = {name: application.get(name, 0) + each.get(name, 0) for name in host}
    return {
        name: (has - once.get(name, 0)) / asked[name] for name, has in host.items() if asked[name]
    }


def density(host: _Amounts, application: _Amounts, technology: _Technology) -> int:
    """Return how many instances fit on a host: the reference answer.

    Args:
        host: what the host has, by resource.
        application: what one instance takes by itself.
        technology: what is added, for `each` instance and `once` on a host.

    Raises:
        ValueError: an instance takes nothing, so that any number of them would fit.
    """
    limits = _limits(host, application, technology)
    if not limits:
        raise ValueError("an instance that takes nothing fits any number of times")
    return max(0, math.floor(min(limits.values())))


def _with(
    change: Callable[[_Amounts, _Amounts, _Technology], tuple[_Amounts, _Amounts, _Technology]],
) -> _Function:
    return lambda host, application, technology: density(*change(host, application, technology))


def _all_each(host: _Amounts, application: _Amounts, technology: _Technology) -> Any:
    each, once = technology["each"], technology["once"]
    summed = {name: each.get(name, 0) + once.get(name, 0) for name in host}
    return host, application, {"each": summed, "once": {}}


def _only(resource: int) -> _Function:
    def function(host: _Amounts, application: _Amounts, technology: _Technology) -> int:
        limits = list(_limits(host, application, technology).values())
        return max(0, math.floor(limits[min(resource, len(limits) - 1)]))

    return function


def _by(way: Callable[[list[float]], float]) -> _Function:
    return lambda *given: max(0, math.floor(way(list(_limits(*given).values()))))


def _added(host: _Amounts, application: _Amounts, technology: _Technology) -> int:
    each, once = technology["each"], technology["once"]
    has, shared = sum(host.values()), sum(once.values())
    return max(0, int((has - shared) / (sum(application.values()) + sum(each.values()))))


#: What each usual mistake gives; some can be made in several ways.
MISTAKEN: MappingProxyType[str, tuple[_Function, ...]] = MappingProxyType(
    {
        "overhead_forgotten": (
            _with(lambda h, a, t: (h, a, {"each": {}, "once": t["once"]})),
            _with(lambda h, a, _t: (h, a, {"each": {}, "once": {}})),
        ),
        "host_share_forgotten": (_with(lambda h, a, t: (h, a, {"each": t["each"], "once": {}})),),
        "host_share_each": (_with(_all_each),),
        "by_cores": (_only(0),),
        "by_memory": (_only(1),),
        "by_disk": (_only(2),),
        "rounded_up": (
            lambda *given: max(0, math.ceil(min(_limits(*given).values()))),
            lambda *given: max(0, round(min(_limits(*given).values()))),
        ),
        "resources_averaged": (_by(lambda limits: sum(limits) / len(limits)),),
        "most_for_least": (_by(max),),
        "resources_added": (_added,),
    }
)


@dataclass(frozen=True)
class Instance:
    """One hidden host with what is to run on it.

    Attributes:
        host: what the host has.
        application: what one instance takes by itself.
        technology: what is added.
    """

    host: _Amounts
    application: _Amounts
    technology: _Technology

    def given(self) -> tuple[_Amounts, _Amounts, _Technology]:
        """Return what a learner's function is called with."""
        return self.host, self.application, self.technology


def _drawn(draw: Draw, binds: str) -> Instance | None:
    """Return a host on which one resource ends first; None if another one does."""
    # Quarters of a core, so that no division depends on how a fraction is kept.
    host = {
        "cores": draw.integer(16, 96),
        "memory_mib": 1024 * draw.integer(16, 256),
        "disk_mb": 1000 * draw.integer(200, 4000),
    }
    application: _Amounts = {
        "cores": draw.integer(1, 8) / 4,
        "memory_mib": draw.integer(40, 2500),
        "disk_mb": draw.integer(100, 30_000),
    }
    technology: _Technology = {
        "each": {
            "cores": draw.integer(0, 2) / 4,
            "memory_mib": draw.integer(30, 900),
            "disk_mb": draw.integer(50, 9000),
        },
        "once": {
            "cores": draw.integer(1, 3),
            "memory_mib": draw.integer(900, 6000),
            "disk_mb": draw.integer(10_000, 60_000),
        },
    }
    instance = Instance(host, application, technology)
    limits = _limits(host, application, technology)
    least = min(limits.values())
    clear = sorted(limits.values())[1] > 1.2 * least
    # Whole and nearly whole quotients would leave it to the machine which way they are rounded.
    if limits[binds] == least and clear and least > 4 and 0.5 < least % 1 < 0.95:
        return instance
    return None


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden hosts on which the usual mistakes show, each resource ending some of them."""
    instances: list[Instance] = []
    while len(instances) < _INSTANCES:
        binds = ("cores", "memory_mib", "disk_mb")[len(instances) % 3]
        instance = _drawn(draw, binds)
        if instance is not None:
            instances.append(instance)
    return instances


_EXTRAS = (
    # A function that never counts anything is not right where nothing fits.
    Extra(
        [
            (
                {"cores": 4, "memory_mib": 1000},
                {"cores": 1, "memory_mib": 10},
                {"each": {}, "once": {"memory_mib": 1500}},
            )
        ],
        _NONE_POINTS,
        "Where the host's own share leaves nothing, none fits: right.",
        MISTAKES["negative_count"],
        after_others=True,
    ),
    Extra(
        [
            (
                {"cores": 4, "memory_mib": 1000, "licences": 2},
                {"memory_mib": 100},
                {"each": {"memory_mib": 20}, "once": {}},
            ),
            ({"cores": 4}, {}, {"each": {}, "once": {"cores": 1}}),
        ],
        _REFUSAL_POINTS,
        "A resource that nobody takes does not limit: right.",
        "A resource of which an instance takes nothing does not limit; if that is so of all, "
        "it should raise a ValueError.",
        after_others=True,
    ),
)


def _task(draw: Draw) -> Task:
    return Task(
        Exercise("density", POINTS, READY_MADE),
        density,
        MISTAKEN,
        MISTAKES,
        [instance.given() for instance in draw_instances(draw)],
        _COUNT_POINTS,
        "It is right on {} hidden hosts.",
        same_count,
        _EXTRAS,
        changed="It changes what it is given; its caller still needs that.",
    )


#: Marks the item.
mark = written_function(_task)
