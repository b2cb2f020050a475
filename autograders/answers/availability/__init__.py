"""Lesson 09, *Availability*: reference answers and marking.

- `quantities`: the numbers that follow from the personal problem, and where mistakes lead
- `measured`: the numbers that follow from the learner's own records, and where mistakes lead
- `precopy_function`: the function that the learner writes, on hidden instances
- `measured_items`: how items are marked that rest on records
- `moving_items`: how items are marked about migrations that are reckoned
- `items`: how each item is marked
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.availability.items import ITEMS
from autograders.answers.availability.reference import Mutant, mutants, reference

__all__ = ["ITEMS", "Mutant", "mutants", "reference"]
