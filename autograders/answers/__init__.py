"""Reference answers and marking, one package for each assignment."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from course.exercise.problem import resolve_assignment

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["MARKINGS", "marking"]

#: The package that marks each assignment.
MARKINGS = MappingProxyType(
    {
        "01-one-server-many-tenants": "autograders.answers.one_server_many_tenants",
        "02-hypervisors": "autograders.answers.hypervisors",
        "04-images-and-layers": "autograders.answers.images_and_layers",
        "05-startup-and-footprint": "autograders.answers.startup_and_footprint",
        "06-density-and-sizing": "autograders.answers.density_and_sizing",
        "07-scaling-under-load": "autograders.answers.scaling_under_load",
        "09-availability": "autograders.answers.availability",
    }
)


def marking(assignment: str) -> ModuleType:
    """Return the package that marks an assignment.

    Args:
        assignment: its name, or a beginning that only one assignment has.

    Raises:
        LookupError: there is no such assignment.
    """
    return import_module(MARKINGS[resolve_assignment(assignment)])
