"""Lesson 09, *Availability*: its personal problem and its formative notes.

- `problem`: what one learner is given, as one frozen dataclass
- `reckoning`, `moving`: the figures that are reckoned with, and how they are drawn
- `services`: whether two containers behave as they should when their programs end
- `workbench`: the learner's place in the engine
- `drill`, `rehearsing`: a machine that is saved, destroyed and brought back, and the record of it
- `findings`: what is looked for in that record
- `records`: what is looked for in records of experiments
- `mistakes`: the usual mistakes and the sentences that name them
- `patience`: calling a function that may never end
- `measured_notes`: what can be said of answers that rest on records
- `notes`: what can be said of an answer without knowing whether it is right
"""

from course.exercise.availability.drill import Drill
from course.exercise.availability.notes import NOTES
from course.exercise.availability.problem import AvailabilityProblem, pose
from course.exercise.availability.records import by_rate, given_up, kept, own_processor, restores
from course.exercise.availability.rehearsing import rehearse
from course.exercise.availability.workbench import Workbench, workbench

__all__ = [
    "NOTES",
    "AvailabilityProblem",
    "Drill",
    "Workbench",
    "by_rate",
    "given_up",
    "kept",
    "own_processor",
    "pose",
    "rehearse",
    "restores",
    "workbench",
]
