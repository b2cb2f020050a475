"""Marking the function `run_time(program, technique, costs, clock_ghz)` on hidden programs.

Each program is drawn so that every usual mistake gives other seconds on at least one of them. A
function that gives what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.checks import Mark
from autograders.learner_functions import MISTAKE_SHARE, Attempt, Exercise, raised, same_measure
from course.exercise.hypervisors.mistakes import MISTAKES
from course.simulation.overhead import TECHNIQUES, Costs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise import Answer
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "Lines", "draw_instances", "mark", "run_time"]

POINTS = 5.0  # one for each technique, and one for a technique that there is not
_INSTANCES = 5
_EXERCISE = Exercise(
    "run_time",
    POINTS,
    ("course",),
    ready_made="the course's own model",
    no_function="is not answered yet: it is no function.",
)

#: A program as the exercise gives it: lines, each with how often it is carried out.
Lines = Sequence[tuple[str, int]]
Function = Callable[[Lines, str, Costs, float], float]


@dataclass(frozen=True)
class Instance:
    """One hidden program, on one machine.

    Attributes:
        lines: its lines, each with how often it is carried out.
        costs: what things cost, in cycles.
        clock_ghz: cycles in a nanosecond.
    """

    lines: tuple[tuple[str, int], ...]
    costs: Costs
    clock_ghz: float

    def given(self, technique: str) -> tuple[Lines, str, Costs, float]:
        """Return what a learner's function is called with."""
        return list(self.lines), technique, self.costs, self.clock_ghz


def _is_privileged(line: str) -> bool:
    return line.split()[0] in ("out", "page")


def _mistaken(
    *,
    privileged: Callable[[str], bool] = _is_privileged,
    once: bool = False,
    emulation: bool = True,
    to_seconds: Callable[[float, float], float] = lambda cycles, clock_ghz: (
        cycles / (clock_ghz * 1e9)
    ),
    ordinary: bool = True,
    reads: Callable[[float, float], float] = lambda ordinary, privileged: ordinary + privileged,
    call_cycles: Callable[[Costs], float] = lambda costs: costs.hypercall,
) -> Function:
    """Return the right function, but for what is told."""

    def function(lines: Lines, technique: str, costs: Costs, clock_ghz: float) -> float:
        if technique not in TECHNIQUES:
            raise ValueError(f"expected one of {', '.join(TECHNIQUES)}, found {technique!r}")
        times = [(line, 1 if once else count) for line, count in lines]
        special = sum(count for line, count in times if privileged(line))
        plain = sum(count for _line, count in times) - special
        each = {
            "direct": costs.direct,
            "trap-and-emulate": costs.exit,
            "paravirtual": call_cycles(costs),
            "interpretation": 0.0,
        }[technique]
        cycles = special * each + (plain * costs.direct if ordinary else 0.0)
        if technique != "direct" and emulation:
            cycles += special * costs.emulation
        if technique == "interpretation":
            cycles += reads(plain, special) * costs.dispatch
        return to_seconds(cycles, clock_ghz)

    return function


#: The right function; it calls nothing of the course.
run_time = _mistaken()

#: What each usual mistake gives.
MISTAKEN = MappingProxyType(
    {
        "cycles_for_seconds": _mistaken(to_seconds=lambda cycles, _clock_ghz: cycles),
        "mhz_for_ghz": _mistaken(to_seconds=lambda cycles, clock_ghz: cycles / (clock_ghz * 1e6)),
        "lines_for_times": _mistaken(once=True),
        "word_anywhere": _mistaken(
            privileged=lambda line: any(word in line for word in ("out", "page"))
        ),
        "traps_alone": _mistaken(emulation=False),
        "ordinary_forgotten": _mistaken(ordinary=False),
        "dispatch_of_privileged": _mistaken(reads=lambda _ordinary, privileged: privileged),
        "dispatch_of_ordinary": _mistaken(reads=lambda ordinary, _privileged: ordinary),
        "trap_for_call": _mistaken(call_cycles=lambda costs: costs.exit),
    }
)

_ORDINARY = ("set r0, 7", "add r0, r1", "sub r1, r3", "load r2, 4", "store 1, r0")
_PRIVILEGED = ("out r0", "page r1", "out r2", "page r0")
#: Ordinary, and their labels hold the name of a privileged instruction.
_MISLEADING = ("jump r1, pages", "jump r0, output", "jump r2, layout")


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden programs on which the usual mistakes show."""
    return [_draw_instance(draw, number) for number in range(_INSTANCES)]


def _draw_instance(draw: Draw, number: int) -> Instance:
    ordinary = draw.shuffled(_ORDINARY)[: draw.integer(2, 5)]
    # The last one has nothing privileged: everything must go on without.
    privileged = draw.shuffled(_PRIVILEGED)[: draw.integer(1, 2)] if number else []
    lines = [(line, draw.integer(200, 9000)) for line in ordinary]
    lines += [(draw.choice(_MISLEADING), draw.integer(200, 5000))]
    lines += [(line, draw.integer(40, 900)) for line in privileged]
    return Instance(
        tuple(draw.shuffled(lines)),
        Costs(
            direct=draw.integer(1, 3),
            exit=draw.integer(500, 3000),
            emulation=draw.integer(50, 400),
            hypercall=draw.integer(100, 450),
            dispatch=draw.integer(15, 90),
        ),
        draw.integer(15, 45) / 10,
    )


def mark(_problem: Any, answer: Answer, draw: Draw) -> Mark:
    """Mark a learner's function on hidden programs; a `Marker`."""
    function = answer.values.get("run_time")
    instances = draw_instances(draw)
    attempts = {
        technique: _EXERCISE.attempts(function, [each.given(technique) for each in instances])
        for technique in TECHNIQUES
    }
    every = [attempt for found in attempts.values() for attempt in found]
    unknown = _EXERCISE.attempts(function, [instances[1].given("magic")])
    if nothing := _EXERCISE.nothing_to_mark(function, [*every, *unknown], every):
        return nothing
    points, messages = _mark_techniques(attempts)
    messages += raised(every, "It raised")
    # A function that refuses everything is not right where it should refuse.
    if isinstance(unknown[0].outcome.error, ValueError) and points:
        points += 1
        messages.append("A technique that there is not: refused, right.")
    else:
        messages.append(MISTAKES["unknown_accepted"])
    return Mark(points, POINTS, " ".join(messages))


def _mark_techniques(attempts: Mapping[str, list[Attempt]]) -> tuple[float, list[str]]:
    points, right, wrong = 0.0, [], []
    named: dict[str, None] = {}
    for technique, found in attempts.items():
        if _gives(run_time, found):
            points += 1
            right.append(technique)
            continue
        wrong.append(technique)
        for name, mistaken in MISTAKEN.items():
            if _gives(mistaken, found):
                points += MISTAKE_SHARE
                named[MISTAKES[name]] = None
                break
    messages = [f"Right on all hidden programs: {', '.join(right) or 'no technique'}."]
    if wrong:
        messages.append(f"Not right: {', '.join(wrong)}.")
    return points, [*messages, *named]


def _gives(expected: Function, attempts: list[Attempt]) -> bool:
    return all(same_measure(each.outcome.value, expected(*each.arguments)) for each in attempts)
