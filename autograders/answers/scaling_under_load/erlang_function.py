"""Marking the function `erlang_c(servers, offered_erlangs)`.

On each of the hidden instances every usual mistake gives an answer of its own.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.learner_functions import Exercise, Extra, Task, written_function
from course.exercise.notes import near
from course.exercise.scaling_under_load.function_notes import READY_MADE
from course.exercise.scaling_under_load.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "draw_instances", "erlang_c", "mark"]

_INSTANCES = 6


def erlang_b(servers: int, offered_erlangs: float) -> float:
    """Return the share that is turned away where nobody can wait."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered_erlangs * blocked / (number + offered_erlangs * blocked)
    return blocked


def erlang_c(servers: int, offered_erlangs: float) -> float:
    """Return the share that has to wait: the reference answer.

    Args:
        servers: how many; 1 or more.
        offered_erlangs: the offered load, less than the servers.

    Raises:
        ValueError: the load is too much for the servers.
    """
    if servers < 1 or not 0 <= offered_erlangs < servers:
        raise ValueError(f"{offered_erlangs} erlangs are too much for {servers} servers")
    blocked = erlang_b(servers, offered_erlangs)
    return blocked / (1 - offered_erlangs / servers * (1 - blocked))


def _unbalanced(servers: int, offered_erlangs: float) -> float:
    """Return the weight of waiting over that of all states, in which waiting counts too little."""
    terms = [offered_erlangs**n / math.factorial(n) for n in range(servers + 1)]
    return terms[-1] * servers / (servers - offered_erlangs) / sum(terms)


#: What each usual mistake gives.
MISTAKEN: Mapping[str, Callable[[int, float], float]] = MappingProxyType(
    {
        "erlang_b": erlang_b,
        "utilisation": lambda servers, erlangs: erlangs / servers,
        "complement": lambda servers, erlangs: 1 - erlang_c(servers, erlangs),
        "denominator": _unbalanced,
    }
)


def _tells(servers: int, erlangs: float) -> bool:
    """Return whether every mistake gives an answer of its own here."""
    values = [f(servers, erlangs) for f in (erlang_c, *MISTAKEN.values())]
    return not any(
        near(one, other, tolerance=0.02)
        for number, one in enumerate(values)
        for other in values[:number]
    )


def draw_instances(draw: Draw) -> list[tuple[int, float]]:
    """Return hidden instances on each of which the usual mistakes show."""
    instances: list[tuple[int, float]] = []
    while len(instances) < _INSTANCES:
        servers = draw.integer(2, 24)
        erlangs = round(servers * draw.fraction(0.4, 0.93), 2)
        if _tells(servers, erlangs):
            instances.append((servers, erlangs))
    return instances


_EXTRAS = (
    Extra(
        [(400, 380.0), (1000, 970.5)],
        0.5,
        "Hundreds of servers are no trouble to it.",
        "With hundreds of servers it goes wrong: factorials grow beyond what a float holds. The "
        "recursion has none.",
    ),
    Extra(
        [(3, 3.0), (2, 7.5)],
        0.5,
        "More load than the servers can take is refused: right.",
        "Where the load is as much as the servers, or more, it should raise a ValueError.",
    ),
)


def _task(draw: Draw) -> Task:
    return Task(
        Exercise("erlang_c", 4.0, READY_MADE),
        erlang_c,
        MISTAKEN,
        MISTAKES,
        draw_instances(draw),
        3.0,
        "It is right on {} hidden instances.",
        extras=_EXTRAS,
    )


#: Marks the item.
mark = written_function(_task)
