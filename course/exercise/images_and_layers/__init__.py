"""Lesson 04, *Images and layers*: its personal problem and its formative notes.

- `problem`: what one learner is given, as one frozen dataclass
- `shop`: the Dockerfile of the lesson, its files and the edit
- `plans`: the Dockerfile whose order is open
- `orders`: what the experiments are to leave in the engine: a contract, a difference, a script
- `workbench`: the learner's place in the engine
- `experiments`: what the engine holds, beside what was asked for
- `mistakes`: the usual mistakes and the sentences that name them
- `notes`: what can be said of an answer without knowing whether it is right
"""

from course.exercise.images_and_layers.notes import NOTES
from course.exercise.images_and_layers.problem import ImagesProblem, pose
from course.exercise.images_and_layers.workbench import Workbench, workbench

__all__ = ["NOTES", "ImagesProblem", "Workbench", "pose", "workbench"]
