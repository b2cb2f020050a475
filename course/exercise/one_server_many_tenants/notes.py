"""What can be said of the answers of lesson 01 without knowing the right ones.

`NOTES` has a function for each item. It gets the learner's problem and her answer and returns
notes; none means that nothing speaks against the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.exercise.notes import (
    Note,
    choice_notes,
    identity_notes,
    near,
    number_notes,
    unanswered,
)
from course.exercise.one_server_many_tenants.mistakes import MISTAKES
from course.exercise.own_work import call
from course.model import HOURS_PER_DAY

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.one_server_many_tenants.problem import ConsolidationProblem

__all__ = ["NOTES", "QUIZ_OPTIONS", "UPGRADES"]

#: The letters that each question of the quiz can be answered with.
QUIZ_OPTIONS = MappingProxyType({"peaks": "abcd", "headroom": "abcd", "optimal": "abcd"})
#: The letters of the upgrades on offer.
UPGRADES = "abcd"


def _mistake(name: str) -> Note:
    return Note.mistake(MISTAKES[name])


def _number(answer: Answer, name: str, *, whole: bool = False) -> list[Note]:
    return number_notes(name, answer.values.get(name), whole=whole)


def _own(answer: Answer, name: str) -> float | None:
    """Return an earlier answer of the learner if it can be reckoned with."""
    value = answer.values.get(name)
    return None if number_notes(name, value) or not value else float(value)


def _average_use(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "average_use"):
        return notes
    use = float(answer.values["average_use"])
    if use > 1:
        return [_mistake("percent_for_fraction")]
    uses = [server.average_use for server in room.servers]
    if near(use, sum(uses) / len(uses)):
        return [_mistake("averaged_averages")]
    if use > max(uses):
        return [Note.mistake("No server is that busy on average, so the room cannot be.")]
    return []


def _idle_core_hours(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "idle_core_hours"):
        return notes
    hours = float(answer.values["idle_core_hours"])
    cores = sum(server.cores for server in room.servers)
    use = _own(answer, "average_use")
    if hours > cores * HOURS_PER_DAY:
        return [Note.mistake("There are not so many core-hours in the room's whole day.")]
    if use and near(hours, use * cores * HOURS_PER_DAY):
        return [_mistake("busy_for_idle")]
    if hours <= cores:
        return [_mistake("hour_for_day")]
    return []


def _idle_kwh_per_year(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "idle_kwh_per_year"):
        return notes
    kwh = float(answer.values["idle_kwh_per_year"])
    lowest_kw = min(server.idle_power_w for server in room.servers) * len(room.servers) / 1000
    highest_kw = max(server.peak_power_w for server in room.servers) * len(room.servers) / 1000
    if kwh > 100 * highest_kw * HOURS_PER_DAY * 365:
        return [_mistake("wh_for_kwh")]
    if kwh < lowest_kw * HOURS_PER_DAY * 30:
        return [
            Note.mistake("That is less than the room draws in a month. Is it a year, and in kWh?")
        ]
    return []


def _peak_cores(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "peak_cores"):
        return notes
    cores = float(answer.values["peak_cores"])
    if near(cores, sum(server.peak_cores for server in room.servers)):
        return [_mistake("sum_of_peaks")]
    if cores <= max(server.peak_cores for server in room.servers):
        return [Note.mistake("One server alone is as busy as that in its busiest hour.")]
    if near(cores, sum(server.average_use * server.cores for server in room.servers)):
        return [_mistake("average_for_peak")]
    return []


def _memory_needed(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "memory_needed_gib"):
        return notes
    gib = float(answer.values["memory_needed_gib"])
    peak_gb = sum(server.memory_peak_gb for server in room.servers)
    if near(gib, peak_gb):
        return [_mistake("gb_for_gib")]
    if near(gib, sum(server.memory_gib for server in room.servers)):
        return [_mistake("installed_for_used")]
    if gib > peak_gb:
        return [_mistake("conversion_inverted")]
    if gib <= sum(server.memory_average_gb for server in room.servers):
        return [_mistake("average_for_peak")]
    return []


def _usable_part(name: str, value: float, whole: float, kept: float, headroom: float) -> list[Note]:
    if near(value, whole - kept):
        return [Note.mistake(f"{name}: {MISTAKES['forgot_headroom']}")]
    if value > whole - kept or near(value, whole * (1 - headroom)):
        return [Note.mistake(f"{name}: {MISTAKES['forgot_hypervisor']}")]
    return []


def _usable(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    host = room.host
    parts = {
        "usable_cores": (host.cores, host.hypervisor_cores),
        "usable_memory_gib": (host.memory_gib, host.hypervisor_memory_gib),
    }
    notes: list[Note] = []
    for name, (whole, kept) in parts.items():
        found = _number(answer, name)
        notes += found or _usable_part(name, float(answer.values[name]), whole, kept, room.headroom)
    return notes


def _hosts(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    parts = {
        "hosts_by_cores": ("peak_cores", "usable_cores"),
        "hosts_by_memory": ("memory_needed_gib", "usable_memory_gib"),
    }
    notes: list[Note] = []
    for name, (needed_name, usable_name) in parts.items():
        if found := _number(answer, name, whole=True):
            notes += found
            continue
        needed, usable = _own(answer, needed_name), _own(answer, usable_name)
        hosts = answer.values[name]
        if needed and usable and hosts * usable < needed:
            notes.append(
                Note.mistake(
                    f"{name}: by your own figures {hosts} hosts hold {hosts * usable:.4g} of the "
                    f"{needed:.4g} that are needed. {MISTAKES['rounded_down']}"
                )
            )
    return notes


def _binding(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    notes = _one_of(answer, "binding_resource", ("cores", "memory"))
    notes += _one_of(answer, "upgrade", UPGRADES)
    return notes + _number(answer, "hosts_after_upgrade", whole=True)


def _one_of(answer: Answer, name: str, options: tuple[str, ...] | str) -> list[Note]:
    value = answer.values.get(name)
    if unanswered(value):
        return [Note.unanswered(name)]
    if not isinstance(value, str) or value not in tuple(options):
        expected = ", ".join(f'"{option}"' for option in options)
        return [Note.mistake(f"{name} should be one of {expected}, found {value!r}.")]
    return []


def plan_notes(plan: Any, demands_gib: Mapping[str, int], capacity_gib: int) -> list[Note]:
    """Return what is wrong with a packing that was written by hand.

    Args:
        plan: what the learner wrote; expected is a list of hosts, each a list of tenants' names.
        demands_gib: the tenants and what they ask for.
        capacity_gib: what a host has for its tenants.
    """
    if unanswered(plan) or plan == []:
        return [Note.unanswered("by_hand")]
    if not isinstance(plan, list | tuple) or not all(isinstance(h, list | tuple) for h in plan):
        return [
            Note.mistake('by_hand should be a list of hosts, each a list of names: [["ant"], ...].')
        ]
    if not all(isinstance(name, str) for host in plan for name in host):
        return [Note.mistake("by_hand should hold the tenants' names, in quotes.")]
    placed = Counter(name for host in plan for name in host)
    problems = {
        "has no such tenant": sorted(placed.keys() - demands_gib.keys()),
        "leaves out": sorted(demands_gib.keys() - placed.keys()),
        "places more than once": sorted(name for name, times in placed.items() if times > 1),
    }
    notes = [
        Note.mistake(f"by_hand {what}: {', '.join(names)}.")
        for what, names in problems.items()
        if names
    ]
    for number, host in enumerate(plan, 1):
        load = sum(demands_gib.get(name, 0) for name in host)
        if load > capacity_gib:
            notes.append(
                Note.mistake(f"Host {number} of by_hand holds {load} GiB in {capacity_gib} GiB.")
            )
        if not host:
            notes.append(Note.mistake(f"Host {number} of by_hand is empty."))
    return notes


def _by_hand(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    return plan_notes(answer.values.get("by_hand"), room.ten.demands_gib, room.ten.capacity_gib)


def _hosts_packed(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "hosts_packed", whole=True):
        return notes
    bounds = [_own(answer, "hosts_by_cores"), _own(answer, "hosts_by_memory")]
    if any(bound and answer.values["hosts_packed"] < bound for bound in bounds):
        return [Note.mistake("That is fewer than you found for one of the two resources alone.")]
    return []


_TRIAL_CASES: tuple[tuple[list[int], int, int], ...] = (([5, 5], 10, 1), ([6, 6, 4, 4], 10, 2))


def _hosts_needed(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    function = answer.values.get("hosts_needed")
    if not callable(function):
        return [Note.unanswered("hosts_needed")]
    for demands, capacity, expected in _TRIAL_CASES:
        outcome = call(function, list(demands), capacity)
        if outcome.ready_made:
            return [
                Note.mistake(
                    "hosts_needed lets the course's own packing do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        asked = f"hosts_needed({demands}, {capacity})"
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered("hosts_needed")]
        if outcome.value != expected:
            return [Note.mistake(f"{asked} gives {outcome.value!r}; count it with pen and paper.")]
    return []


def _beaten(room: ConsolidationProblem, answer: Answer) -> list[Note]:
    notes = _one_of(answer, "beaten", tuple(room.puzzles))
    notes += _number(answer, "hosts_lost", whole=True)
    if not notes and answer.values["hosts_lost"] == 0:
        notes.append(Note.mistake("hosts_lost is 0, so first-fit decreasing was not beaten there."))
    return notes


def _hosts_with_spare(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    if notes := _number(answer, "hosts_with_spare", whole=True):
        return notes
    packed = _own(answer, "hosts_packed")
    if packed and answer.values["hosts_with_spare"] <= packed:
        return [_mistake("no_spare")]
    return []


def _payback(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    notes = [
        note
        for name in ("kwh_before", "kwh_after", "payback_months")
        for note in _number(answer, name)
    ]
    if notes:
        return notes
    before, after = float(answer.values["kwh_before"]), float(answer.values["kwh_after"])
    idle = _own(answer, "idle_kwh_per_year")
    if idle and before < idle * (1 - 0.001):
        notes.append(Note.mistake("kwh_before is less than you found for servers that do nothing."))
    if idle and before > 100 * idle:
        notes.append(Note.mistake(f"kwh_before: {MISTAKES['wh_for_kwh']}"))
    if after >= before:
        notes.append(Note.mistake("kwh_after is not below kwh_before: nothing would be saved."))
    return notes


def _quiz(_room: ConsolidationProblem, answer: Answer) -> list[Note]:
    return choice_notes("quiz", answer.values.get("quiz"), QUIZ_OPTIONS)


NOTES: Mapping[str, Callable[[ConsolidationProblem, Answer], list[Note]]] = MappingProxyType(
    {
        "identity": identity_notes,
        "average_use": _average_use,
        "idle_core_hours": _idle_core_hours,
        "idle_kwh_per_year": _idle_kwh_per_year,
        "peak_cores": _peak_cores,
        "memory_needed_gib": _memory_needed,
        "usable": _usable,
        "hosts_by_resource": _hosts,
        "binding": _binding,
        "by_hand": _by_hand,
        "hosts_packed": _hosts_packed,
        "hosts_needed": _hosts_needed,
        "beaten": _beaten,
        "hosts_with_spare": _hosts_with_spare,
        "payback": _payback,
        "quiz": _quiz,
    }
)
