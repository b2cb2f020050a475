"""Lesson 02, *Hypervisors*: its personal problem and its formative notes.

- `problem`: what one learner is given, as one frozen dataclass
- `toy`: the program for the toy machine, what things cost there
- `places`: six systems to be placed on the map
- `disk`: the small disk that is converted; `reading` and `converted` look at what came of it
- `observing`: boot a virtual machine and look at it; `observation` is what was seen
- `measured`: recorded measurements, read with care
- `mistakes`: the usual mistakes and the sentences that name them
- `notes`, `measured_notes`: what can be said of an answer without knowing whether it is right
"""

from course.exercise.hypervisors.notes import NOTES
from course.exercise.hypervisors.observing import convert, observe
from course.exercise.hypervisors.problem import HypervisorsProblem, pose

__all__ = ["NOTES", "HypervisorsProblem", "convert", "observe", "pose"]
