"""What can be said of answers that rest on a learner's own record of density.

A recorded table is public to the learner who made it, and so are its limits: a line that is fitted
to points rises no faster than between any two neighbours. What lies between is not computed here.

- `slope`: what one more takes, how many times as much, and what that says of the claim
- `slopes_asked`: which technologies are asked for, with what is recorded of each
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from course.exercise.density_and_sizing.mistakes import MISTAKES
from course.exercise.notes import Kind, Note, number_notes, unanswered
from course.exercise.records import Reading, read
from course.exercise.startup_and_footprint.records import memory_used, one_accelerator

if TYPE_CHECKING:
    from course.exercise.answer import Answer
    from course.exercise.density_and_sizing.problem import DensityProblem

__all__ = ["SLOPES", "VERDICTS", "lacks_ratio", "lacks_slope", "slope"]

#: Each slope that is asked for, and the technology that it is of.
SLOPES = {"container_mib": "container", "machine_mib": "tiny VM", "clone_mib": "clone"}
#: What a measured ratio can say of the claim.
VERDICTS = ("less than 3", "3 to 4", "more than 4")
_FEWEST = 3


def lacks_slope(reading: Reading, technology: str) -> str:
    """Return why the record holds no slope of a technology, in a sentence; empty if it does.

    Args:
        reading: the record.
        technology: which one.
    """
    if reading.table is None:
        return reading.lacks(technology)
    used = memory_used(reading.table, technology)
    if not used:
        return reading.lacks(technology, "memory")
    if len(used) < _FEWEST:
        return (
            f"The record has {len(used)} of the {technology}; three or more are needed. "
            "Measure once more, with again=True and more seconds."
        )
    if used[-1] <= used[0]:
        return (
            f"The record shows nothing that one more {technology} takes. "
            "Measure once more, with again=True."
        )
    return ""


def lacks_ratio(reading: Reading) -> str:
    """Return why the record holds no ratio of machine and container; empty if it does.

    Args:
        reading: the record.
    """
    for technology in ("tiny VM", "container"):
        if lacks := lacks_slope(reading, technology):
            return lacks
    if reading.table is not None and "container" not in one_accelerator(reading.table).technologies:
        return "Of the container there are no figures on the accelerator of the machines."
    return ""


def slope(_task: DensityProblem, answer: Answer) -> list[Note]:
    """Return what speaks against the slopes, their ratio and the verdict."""
    reading = read(answer.values.get("table"), "density")
    if reading.table is None:
        return [] if reading.note is None else [reading.note]
    notes: list[Note] = []
    for name, technology in SLOPES.items():
        if lacks := lacks_slope(reading, technology):
            notes.append(Note(Kind.UNANSWERED, f"{name} is not answered yet. {lacks}"))
        elif found := number_notes(name, answer.values.get(name)):
            notes += found
        else:
            value = float(answer.values[name])
            notes += _outside(name, value, memory_used(reading.table, technology))
    return notes + _ratio(reading, answer)


def _outside(name: str, value: float, used: list[float]) -> list[Note]:
    steps = [after - before for before, after in pairwise(used)]
    if min(steps) - 0.005 * abs(min(steps)) <= value <= max(steps) * 1.005:
        return []
    return [
        Note.mistake(
            f"{name} is {value:.4g}, but each further one added between {min(steps):.4g} and "
            f"{max(steps):.4g} MiB."
        )
    ]


def _ratio(reading: Reading, answer: Answer) -> list[Note]:
    name, verdict = "machine_over_container", answer.values.get("verdict")
    if lacks := lacks_ratio(reading):
        return [
            Note(Kind.UNANSWERED, f"{one} is not answered yet. {lacks}")
            for one in (name, "verdict")
        ]
    notes = number_notes(name, answer.values.get(name))
    if not notes and float(answer.values[name]) < 1:
        notes.append(Note.mistake(MISTAKES["inverted"]))
    if unanswered(verdict):
        notes.append(Note.unanswered("verdict"))
    elif verdict not in VERDICTS:
        options = ", ".join(f'"{option}"' for option in VERDICTS)
        notes.append(Note.mistake(f"verdict should be one of {options}, found {verdict!r}."))
    return notes
