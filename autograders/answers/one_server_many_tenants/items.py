"""How each item of lesson 01 is marked."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.answers.one_server_many_tenants import hosts_needed
from autograders.answers.one_server_many_tenants.quantities import binding_resource, quantities
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
from course.exercise.notes import number_notes
from course.exercise.one_server_many_tenants.mistakes import MISTAKES
from course.exercise.one_server_many_tenants.notes import plan_notes
from course.sizing import lower_bound, pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise import Answer
    from course.exercise.draw import Draw
    from course.exercise.one_server_many_tenants.problem import ConsolidationProblem
    from course.exercise.one_server_many_tenants.puzzles import Puzzle

__all__ = ["ITEMS", "QUIZ", "beaten_puzzle", "hosts_lost", "upgrade"]

_RESOURCES = MappingProxyType(
    {
        "cores": "the cores are what runs out, by the figures given.",
        "memory": "the memory is what runs out, by the figures given.",
    }
)
_UPGRADES = MappingProxyType(
    {
        "a": "twice the memory helps where memory binds.",
        "b": "twice the cores help where cores bind.",
        "c": "a faster disk makes no room for tenants who lack cores or memory.",
        "d": "less headroom buys room today and takes it from the next busy day.",
    }
)

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "peaks": (
            "b",
            {
                "a": "16 is needed only if both are at their peak in the same hour.",
                "b": "right: it depends on whether the peaks meet.",
                "c": "8 is enough for one of them; while it is at its peak the other needs some.",
                "d": "averages say nothing of the busiest hour.",
            },
        ),
        "headroom": (
            "d",
            {
                "a": "one host does not even hold the tenants without headroom.",
                "b": "adding a quarter to the demand is not the same as keeping a quarter free.",
                "c": "four is more than the figures ask for.",
                "d": "right: what may be filled of each host is three quarters.",
            },
        ),
        "optimal": (
            "a",
            {
                "a": "right: a bound that is not reached proves nothing either way.",
                "b": "the bound says that fewer than 8 are impossible, not that 8 are possible.",
                "c": "first-fit decreasing is good, not always best: puzzle time was about that.",
                "d": "nothing is wrong: a heuristic may stay above the bound.",
            },
        ),
    }
)


_numbers = partial(numbers, quantities, MISTAKES)


def upgrade(binding: str) -> str:
    """Return the letter of the upgrade that helps where a resource binds."""
    return "a" if binding == "memory" else "b"


def _binding(room: ConsolidationProblem, answer: Answer, _draw: Draw) -> Mark:
    values = answer.values
    by_own_figures = binding_resource(room, values)
    chosen = values.get("binding_resource")
    right = chosen if chosen in (binding_resource(room), by_own_figures) else by_own_figures
    followed = chosen if isinstance(chosen, str) and chosen in _RESOURCES else right
    return joined(
        [
            mark_choice("binding_resource", chosen, right, 1, _with_verdict(_RESOURCES, right)),
            mark_choice("upgrade", values.get("upgrade"), upgrade(followed), 1, _UPGRADES),
            mark_quantity(
                "hosts_after_upgrade",
                values.get("hosts_after_upgrade"),
                quantities(room)["hosts_after_upgrade"],
                quantities(room, values)["hosts_after_upgrade"],
                MISTAKES,
            ),
        ]
    )


def _with_verdict(remarks: Mapping[str, str], right: str) -> dict[str, str]:
    return {
        option: f"right, {remark}" if option == right else "compare how many hosts each one fills."
        for option, remark in remarks.items()
    }


def _by_hand(room: ConsolidationProblem, answer: Answer, _draw: Draw) -> Mark:
    plan = answer.values.get("by_hand")
    demands, capacity = room.ten.demands_gib, room.ten.capacity_gib
    if notes := plan_notes(plan, demands, capacity):
        return Mark(0, 2, " ".join(note.text for note in notes))
    hosts = len(plan)  # type: ignore[arg-type]
    sizes = list(demands.values())
    if hosts == lower_bound(sizes, capacity):
        return Mark(2, 2, f"All ten on {hosts} hosts: fewer is impossible.")
    if hosts <= pack(sizes, capacity, method="first_fit_decreasing").count:
        return Mark(1, 2, f"All ten on {hosts} hosts, like the heuristic. One fewer can be done.")
    return Mark(0.5, 2, f"All ten on {hosts} hosts. There is room for them on fewer.")


def hosts_lost(puzzle: Puzzle) -> int:
    """Return how many hosts first-fit decreasing wastes on a puzzle.

    Puzzles are drawn so that as many hosts as the lower bound says are enough.
    """
    sizes = list(puzzle.demands_gib.values())
    heuristic = pack(sizes, puzzle.capacity_gib, method="first_fit_decreasing").count
    return heuristic - lower_bound(sizes, puzzle.capacity_gib)


def beaten_puzzle(room: ConsolidationProblem) -> str:
    """Return the name of the puzzle on which first-fit decreasing is not optimal."""
    return max(room.puzzles, key=lambda name: hosts_lost(room.puzzles[name]))


def _beaten(room: ConsolidationProblem, answer: Answer, _draw: Draw) -> Mark:
    right = beaten_puzzle(room)
    remarks = {
        name.lower(): "right, an exact packing needs fewer hosts there."
        if name == right
        else "there first-fit decreasing reaches the lower bound, so no packing is better."
        for name in room.puzzles
    }
    named = mark_choice("beaten", answer.values.get("beaten"), right.lower(), 1, remarks)
    lost = answer.values.get("hosts_lost")
    if notes := number_notes("hosts_lost", lost, whole=True):
        return joined([named, Mark(0, 1, notes[0].text)])
    if named.points and lost == hosts_lost(room.puzzles[right]):
        return joined([named, Mark(1, 1, "hosts_lost is right.")])
    return joined([named, Mark(0, 1, "hosts_lost is not what it loses there.")])


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "average_use": _numbers("average_use"),
        "idle_core_hours": _numbers("idle_core_hours"),
        "idle_kwh_per_year": _numbers("idle_kwh_per_year"),
        "peak_cores": _numbers("peak_cores"),
        "memory_needed_gib": _numbers("memory_needed_gib"),
        "usable": _numbers("usable_cores", "usable_memory_gib"),
        "hosts_by_resource": _numbers("hosts_by_cores", "hosts_by_memory"),
        "binding": _binding,
        "by_hand": _by_hand,
        "hosts_packed": _numbers("hosts_packed"),
        "hosts_needed": hosts_needed.mark,
        "beaten": _beaten,
        "hosts_with_spare": _numbers("hosts_with_spare"),
        "payback": _numbers("kwh_before", "kwh_after", "payback_months"),
        "quiz": choices("quiz", QUIZ),
    }
)
