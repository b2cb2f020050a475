"""Lesson 05, *Start-up and footprint*: reference answers and marking.

- `quantities`: the numbers that follow from the personal problem, and where mistakes lead
- `measured`: the numbers that follow from the learner's own records, and where mistakes lead
- `percentile_function`: the function that the learner writes, on hidden instances
- `measured_items`: how items are marked that rest on records
- `items`: how each item is marked
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.startup_and_footprint.items import ITEMS
from autograders.answers.startup_and_footprint.reference import Mutant, mutants, reference

__all__ = ["ITEMS", "Mutant", "mutants", "reference"]
