"""Lesson 06, *Density and sizing*: its personal problem and its formative notes.

- `problem`: what one learner is given, as one frozen dataclass
- `stacks`: a host, an application, and what two technologies add to it
- `tenants`: traces of what tenants keep busy over a day
- `shapes`: requests beside the sizes on sale, and shapes that share a host badly
- `orders`: what three containers are to be given
- `limits`: whether the engine's containers have been given it
- `workbench`: the learner's place in the engine
- `mistakes`: the usual mistakes and the sentences that name them
- `measured_notes`: what can be said of answers that rest on a record
- `notes`: what can be said of an answer without knowing whether it is right
"""

from course.exercise.density_and_sizing.notes import NOTES
from course.exercise.density_and_sizing.problem import DensityProblem, pose
from course.exercise.density_and_sizing.shapes import MENU
from course.exercise.density_and_sizing.workbench import Workbench, workbench
from course.exercise.startup_and_footprint.records import memory_used, one_accelerator

__all__ = [
    "MENU",
    "NOTES",
    "DensityProblem",
    "Workbench",
    "memory_used",
    "one_accelerator",
    "pose",
    "workbench",
]
