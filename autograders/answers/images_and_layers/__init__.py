"""Lesson 04, *Images and layers*: reference answers and marking.

- `quantities`: every number that is asked for, and where the usual mistakes lead
- `rebuilt_function`: the function that the learner writes, on hidden instances
- `items`: how each item is marked; the experiments by what the engine holds
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.images_and_layers.items import ITEMS
from autograders.answers.images_and_layers.reference import Mutant, mutants, reference

__all__ = ["ITEMS", "Mutant", "mutants", "reference"]
