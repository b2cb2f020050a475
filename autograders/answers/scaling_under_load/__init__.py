"""Lesson 07, *Scaling under load*: reference answers and marking.

- `quantities`: the numbers that follow from the personal problem, and where mistakes lead
- `erlang_function`, `desired_function`: the functions that the learner writes, on hidden instances
- `simulated`: what follows from the simulation of a spike, with the learner's start-up times
- `policies`: how a policy is judged, on afternoons that nobody has seen
- `measured`: what follows from the learner's own rollout
- `items`: how each item is marked
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.scaling_under_load.items import ITEMS
from autograders.answers.scaling_under_load.reference import Mutant, mutants, reference

__all__ = ["ITEMS", "Mutant", "mutants", "reference"]
