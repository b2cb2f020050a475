"""Lesson 01, *One server, many tenants*: reference answers and marking.

- `quantities`: every number that is asked for, and where the usual mistakes lead
- `hosts_needed`: the function that the learner writes, on hidden instances
- `items`: how each item is marked
- `reference`: right answers, and wrong ones with what they must cost
"""

from autograders.answers.one_server_many_tenants.items import ITEMS
from autograders.answers.one_server_many_tenants.reference import Mutant, mutants, reference

__all__ = ["ITEMS", "Mutant", "mutants", "reference"]
