"""A running machine goes to another host.

- `precopy`: `migrate`, and the rules by which rounds follow each other
- `copying`: one round after the other
- `postcopy`: the machine goes first, its memory follows
- `working_set`: what of its memory a machine writes to, and how fast
- `records`: what became of a migration
- `process`: the same page by page with SimPy, to be read
"""

from course.simulation.migration.precopy import METHODS, migrate
from course.simulation.migration.records import Migration, Round
from course.simulation.migration.working_set import Region, WorkingSet

__all__ = [
    "METHODS",
    "Migration",
    "Region",
    "Round",
    "WorkingSet",
    "migrate",
]
