"""How each item of lesson 05 is marked that rests on the learner's own records.

Each is right of that machine: what is asked follows from the record, whatever it holds. A record
that cannot be is refused, and what could not be measured is said to be missing.
"""

from __future__ import annotations

import statistics
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.startup_and_footprint import measured
from autograders.checks import FOLLOWED_WITHIN, Mark, joined, mark_choice, mark_quantity
from course.exercise.notes import near, number_notes, unanswered
from course.exercise.records import read
from course.exercise.startup_and_footprint.measured_notes import (
    STATEMENTS,
    VERDICTS,
    by_technology,
)
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.exercise.startup_and_footprint.records import (
    booted,
    figures,
    memory_used,
    one_accelerator,
    stages,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograders.checks import Quantity
    from course.exercise import Answer
    from course.exercise.draw import Draw
    from course.exercise.startup_and_footprint.problem import StartupProblem
    from course.live.experiments import Table

__all__ = ["boot", "medians", "memory", "ratio", "verdicts", "weight"]

#: A median of one's own record is known to all digits; this leaves room for one that was typed.
_TOLERANCE = 0.001
_VERDICT_POINTS = 0.5

_LEVERS = MappingProxyType(
    {
        "a": "a smaller firmware, or none, shortens the firmware's stage.",
        "b": "a kernel with fewer drivers shortens the kernel's stage.",
        "c": "fewer services before yours shorten the user space's stage.",
        "d": "a service that reads less at its start shortens its own stage.",
        "e": "a leaner machine monitor shortens the process's stage.",
    }
)


def _by_technology(
    name: str,
    value: Any,
    right: Mapping[str, float],
    points: float,
    wrong: Mapping[str, tuple[Mapping[str, float], float]],
) -> Mark:
    """Mark a dictionary with a number for each technology."""
    if notes := by_technology(name, value, tuple(right)):
        return Mark(0, points, notes[0].text)
    given = {technology: float(value[technology]) for technology in right}

    def same(expected: Mapping[str, float]) -> set[str]:
        return {t for t in right if near(given[t], expected[t], tolerance=_TOLERANCE)}

    correct = same(right)
    if len(correct) == len(right):
        return Mark(points, points, f"{name} is right, technology by technology.")
    for mistake, (expected, share) in wrong.items():
        if len(same(expected)) == len(right):
            return Mark(points * share, points, f"{name}: {MISTAKES[mistake]}")
    others = ", ".join(technology for technology in right if technology not in correct)
    # A few may be right by luck, so the points begin at the half.
    earned = points * max(0.0, 2 * len(correct) / len(right) - 1)
    return Mark(earned, points, f"{name} is not what your record leads to for: {others}.")


def medians(_task: StartupProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark the medians and the slow ends."""
    reading = read(answer.values.get("table"), "startup")
    if reading.table is None:
        return Mark(0, 3, _why(reading.note))
    times = measured.starts(reading.table)
    middle = {name: statistics.median(values) for name, values in times.items()}
    values = answer.values
    return joined(
        [
            _by_technology(
                "medians", values.get("medians"), middle, 2, measured.wrong_medians(reading.table)
            ),
            _by_technology(
                "slow",
                values.get("slow"),
                measured.slow(times),
                1,
                measured.wrong_slow(reading.table),
            ),
        ]
    )


def _why(note: Any) -> str:
    return "" if note is None else str(note.text)


def _own_medians(table: Table, value: Any) -> Mapping[str, float] | None:
    """Return a learner's medians to go on with, if each lies among the starts that it is of."""
    times = measured.starts(table)
    if by_technology("medians", value, tuple(times)):
        return None
    within = all(min(v) <= float(value[name]) <= max(v) for name, v in times.items())
    return {name: float(value[name]) for name in times} if within else None


def ratio(_task: StartupProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark how many times as long a machine takes as a container."""
    reading = read(answer.values.get("table"), "startup")
    if reading.table is None:
        return Mark(0, len(measured.RATIOS), _why(reading.note))
    table, own = reading.table, one_accelerator(reading.table)
    asked = measured.ratios(table)
    followed = measured.ratios(table, _own_medians(table, answer.values.get("medians")))
    marks = []
    for name, technology in measured.RATIOS.items():
        if name not in asked:
            lacking = technology if technology not in own.technologies else "container"
            reason = reading.lacks(lacking, "start") or (
                f"Of the {lacking} there are no starts on the accelerator of the machines."
            )
            marks.append(Mark(0, 1, f"{name} is not answered yet. {reason}"))
            continue
        marks.append(
            mark_quantity(name, answer.values.get(name), asked[name], followed[name], MISTAKES)
        )
    return joined(marks)


def boot(_task: StartupProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark what was read off the timeline of a boot."""
    reading = read(answer.values.get("table"), "startup")
    if reading.table is None:
        return Mark(0, 3, _why(reading.note))
    machine = booted(reading.table)
    taken, values = stages(reading.table, machine), answer.values
    if not taken:
        return Mark(0, 3, f"This is not answered yet. {reading.lacks(machine)}")
    longest = max(taken, key=lambda stage: taken[stage])
    remarks = {
        stage.lower(): f"right, that is where the {machine} spent most of its start."
        if stage == longest
        else "another stage took longer: look at the timeline."
        for stage in taken
    }
    chosen = values.get("longest_stage")
    followed = chosen if isinstance(chosen, str) and chosen in taken else longest
    asked = measured.shares(reading.table)
    right = measured.right_lever(followed)
    return joined(
        [
            mark_choice("longest_stage", chosen, longest.lower(), 1, remarks),
            mark_quantity(
                "longest_share",
                values.get("longest_share"),
                asked[longest],
                asked[followed],
                MISTAKES,
            ),
            mark_choice(
                "lever",
                values.get("lever"),
                right,
                1,
                {
                    letter: f"right: {remark}"
                    if letter == right
                    else f"{remark} That is not where most of the time went."
                    for letter, remark in _LEVERS.items()
                },
            ),
        ]
    )


def weight(_task: StartupProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark what two disks take, and their ratio."""
    reading = read(answer.values.get("table"), "footprint")
    if reading.table is None:
        return Mark(0, 3, _why(reading.note))
    sizes, values = measured.weights(reading.table), answer.values
    marks = []
    for name, technology in measured.WEIGHED.items():
        if not sizes[name]:
            lacks = reading.lacks(technology, "disk")
            marks.append(Mark(0, 1, f"{name} is not answered yet. {lacks}"))
            continue
        tries = [
            mark_quantity(name, values.get(name), size, size, MISTAKES) for size in sizes[name]
        ]
        marks.append(max(tries, key=lambda mark: mark.points))
    marks.append(_disk_ratio(values, sizes))
    return joined(marks)


def _disk_ratio(values: Mapping[str, Any], sizes: Mapping[str, tuple[Quantity, ...]]) -> Mark:
    name, value = "disk_ratio", values.get("disk_ratio")
    if notes := number_notes(name, value):
        return Mark(0, 1, notes[0].text)
    if not all(sizes.values()):
        return Mark(0, 1, f"{name} is not answered yet: one of the two was not weighed.")
    given = float(value)  # type: ignore[arg-type]
    if any(
        near(given, machine.right / image.right)
        for machine in sizes["full_vm_mb"]
        for image in sizes["container_mb"]
    ):
        return Mark(1, 1, f"{name} is right.")
    own = [values.get(which) for which in measured.WEIGHED]
    if not any(number_notes("", one) for one in own) and own[1]:
        ratio = float(own[0]) / float(own[1])  # type: ignore[arg-type]
        close = any(
            1 / FOLLOWED_WITHIN < ratio * image.right / machine.right < FOLLOWED_WITHIN
            for machine in sizes["full_vm_mb"]
            for image in sizes["container_mb"]
        )
        if close and near(given, ratio):
            return Mark(1, 1, f"{name} follows from your own earlier figures. Full marks.")
    return Mark(0, 1, f"{name} is not what your record leads to.")


def memory(task: StartupProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark what one more takes of memory, and how many tasks fit."""
    reading = read(answer.values.get("table"), "density")
    if reading.table is None:
        return Mark(0, 4, _why(reading.note))
    table, values = reading.table, answer.values
    weighed = read(values.get("footprint"), "footprint").table
    marks = []
    for name, error_name, technology in (
        ("container_mib", "container_error_mib", "container"),
        ("machine_mib", "machine_error_mib", "tiny VM"),
    ):
        used = memory_used(table, technology)
        if len(used) < 3:
            lacks = reading.lacks(technology, "memory") or (
                f"The record has {len(used)} of the {technology}; three or more are needed. "
                "Measure once more, with again=True and more seconds."
            )
            marks.append(Mark(0, 1.5, f"{name} is not answered yet. {lacks}"))
            continue
        resident = figures(weighed, technology, "memory") if weighed else []
        for variable, asked in zip(
            (name, error_name), measured.memory(used, resident), strict=True
        ):
            marks.append(mark_quantity(variable, values.get(variable), asked, asked, MISTAKES))
    fit = measured.tasks(memory_used(table, "clone"), task.budget_gib)
    if fit is None:
        lacks = reading.lacks("clone", "memory") or "The record shows nothing that a clone adds."
        marks.append(Mark(0, 1, f"tasks is not answered yet. {lacks}"))
    else:
        marks.append(mark_quantity("tasks", values.get("tasks"), fit, fit, MISTAKES))
    return joined(marks)


def verdicts(_task: StartupProblem, answer: Answer, _draw: Draw) -> Mark:
    """Mark which statements hold by the learner's own records."""
    possible = _VERDICT_POINTS * len(STATEMENTS)
    tables = {name: read(answer.values.get(name), name) for name in ("startup", "footprint")}
    for reading in tables.values():
        if reading.table is None:
            return Mark(0, possible, _why(reading.note))
    startup, footprint = tables["startup"].table, tables["footprint"].table
    value = answer.values.get("verdicts")
    given = value if isinstance(value, dict) else {}
    if startup is None or footprint is None or all(unanswered(one) for one in given.values()):
        return Mark(0, possible, "verdicts is not answered yet.")
    right = measured.right_verdicts(startup, footprint)
    wrong = [name for name in STATEMENTS if given.get(name) != right[name]]
    earned = possible - _VERDICT_POINTS * len(wrong)
    strange = [name for name in wrong if given.get(name) not in VERDICTS]
    parts = []
    if strange:
        parts.append(f"Not answered with one of the three words: {', '.join(strange)}.")
    if others := [name for name in wrong if name not in strange]:
        parts.append(f"Your records say otherwise of: {', '.join(others)}.")
    return Mark(earned, possible, " ".join(parts) or "All of this is what your records say.")
