"""Personal problems: each learner gets numbers of her own.

An assignment's package has a function `pose(student_id, draw)` that turns the learner's draws
into a problem. Its numbers depend on the assignment and the student id alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from course.exercise.draw import Draw
from course.exercise.student import normalise_student_id

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["ASSIGNMENTS", "assignment_module", "problem", "resolve_assignment"]

#: The assignments that pose personal problems, and the package of each.
ASSIGNMENTS = {
    "01-one-server-many-tenants": "course.exercise.one_server_many_tenants",
    "02-hypervisors": "course.exercise.hypervisors",
    "04-images-and-layers": "course.exercise.images_and_layers",
    "05-startup-and-footprint": "course.exercise.startup_and_footprint",
    "06-density-and-sizing": "course.exercise.density_and_sizing",
    "07-scaling-under-load": "course.exercise.scaling_under_load",
    "09-availability": "course.exercise.availability",
}


def resolve_assignment(name: str) -> str:
    """Return the full name of an assignment.

    Args:
        name: a full name, or a beginning that only one assignment has.

    Raises:
        LookupError: no assignment begins so, or more than one does.

    >>> resolve_assignment("01")
    '01-one-server-many-tenants'
    """
    known = [full for full in ASSIGNMENTS if full.startswith(name)] if name else list(ASSIGNMENTS)
    if name in known:
        return name
    if len(known) == 1:
        return known[0]
    what = "more than one assignment begins" if known and name else "no assignment begins"
    raise LookupError(f"{what} with {name!r}. There are: {', '.join(known or ASSIGNMENTS)}.")


def assignment_module(name: str) -> ModuleType:
    """Return the package that poses an assignment's problem and looks at its answers."""
    return import_module(ASSIGNMENTS[resolve_assignment(name)])


def problem(assignment: str, student_id: str | None = None) -> Any:
    """Return the problem of one learner.

    Args:
        assignment: the assignment's name, or a beginning that only one assignment has.
        student_id: the learner's id; case and surrounding blanks do not matter. None gives the
            example that a notebook shows before its learner has written an id.

    Returns:
        The assignment's own problem type, a frozen dataclass. The same id gives the same problem
        on every machine and in every Python.

    Raises:
        LookupError: there is no such assignment.
        TypeError: the id is not text.
        ValueError: the id cannot be an id.

    >>> problem("01", "ada") == problem("01-one-server-many-tenants", " Ada ")
    True
    """
    name = resolve_assignment(assignment)
    student = normalise_student_id(student_id)
    return assignment_module(name).pose(student, Draw(name, student))
