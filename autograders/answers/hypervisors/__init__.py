"""Lesson 02, *Hypervisors*: reference answers and marking.

- `quantities`: every number that is asked for, and where the usual mistakes lead
- `run_time_function`: the function that the learner writes, on hidden programs
- `items`: how each item is marked; what was measured, by the learner's own records
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.hypervisors.items import ITEMS
from autograders.answers.hypervisors.reference import (
    Mutant,
    Records,
    measured_answers,
    mutants,
    reference,
)

__all__ = ["ITEMS", "Mutant", "Records", "measured_answers", "mutants", "reference"]
