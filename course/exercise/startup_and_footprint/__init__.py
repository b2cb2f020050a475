"""Lesson 05, *Start-up and footprint*: its personal problem and its formative notes.

- `problem`: what one learner is given, as one frozen dataclass
- `records`: what is looked for in what a learner has recorded
- `server`: whether an image of a RADIUS server is small and answers
- `workbench`: the learner's place in the engine
- `mistakes`: the usual mistakes and the sentences that name them
- `measured_notes`: what can be said of answers that rest on records
- `notes`: what can be said of an answer without knowing whether it is right
"""

from course.exercise.startup_and_footprint.notes import NOTES
from course.exercise.startup_and_footprint.problem import StartupProblem, pose
from course.exercise.startup_and_footprint.records import (
    booted,
    figures,
    memory_used,
    one_accelerator,
    stages,
)
from course.exercise.startup_and_footprint.workbench import Workbench, workbench

__all__ = [
    "NOTES",
    "StartupProblem",
    "Workbench",
    "booted",
    "figures",
    "memory_used",
    "one_accelerator",
    "pose",
    "stages",
    "workbench",
]
