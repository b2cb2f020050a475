"""Lesson 07, *Scaling under load*: its personal problem and its formative notes.

- `problem`: what one learner is given, as one frozen dataclass; its parts are in `queues`, `looks`,
  `rushes`, `goal` and `afternoon`
- `start_ups`, `rollout`: what the learner has measured, in files; `recording` reads and writes them
- `policy`: a policy for an autoscaler, and how it does
- `service`, `workbench`: a real service in an engine
- `mistakes`: the usual mistakes and the sentences that name them
- `notes`, `function_notes`, `measured_notes`: what can be said of an answer without knowing whether
  it is right
"""

from course.exercise.scaling_under_load.notes import NOTES
from course.exercise.scaling_under_load.policy import rehearse
from course.exercise.scaling_under_load.problem import ScalingProblem, pose
from course.exercise.scaling_under_load.rollout import Rollout
from course.exercise.scaling_under_load.start_ups import StartUps, start_ups
from course.exercise.scaling_under_load.workbench import Workbench, workbench

__all__ = [
    "NOTES",
    "Rollout",
    "ScalingProblem",
    "StartUps",
    "Workbench",
    "pose",
    "rehearse",
    "start_ups",
    "workbench",
]
