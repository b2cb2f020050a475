"""Lesson 06, *Density and sizing*: reference answers and marking.

- `quantities`: the numbers that follow from the personal problem, and where mistakes lead
- `tenancy`: those of them that are about tenants who share
- `measured`: the numbers that follow from the learner's own record, and where mistakes lead
- `density_function`, `risk_function`: the functions that the learner writes, on hidden instances
- `items`: how each item is marked
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.density_and_sizing.items import ITEMS
from autograders.answers.density_and_sizing.reference import Mutant, mutants, reference

__all__ = ["ITEMS", "Mutant", "mutants", "reference"]
