"""Importing the course does no work."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WATCHED = """
import sys
before = set(sys.modules)
seen = []
def hook(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.putenv")):
        seen.append(event)
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc")):
        seen.append(f"open {arguments[0]}")
sys.addaudithook(hook)
import MODULE
print(sorted(name for name in set(sys.modules) - before if "." not in name))
print(seen)
"""


def imported(module: str) -> tuple[str, str]:
    """Return the top-level modules that importing one brings along, and what it touched."""
    output = subprocess.run(
        [sys.executable, "-c", _WATCHED.replace("MODULE", module)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    modules, seen = output.strip().split("\n")
    return modules, seen


def test_import_course_brings_nothing_along() -> None:
    """No file, socket, process or other package is touched."""
    assert imported("course") == ("['course']", "[]")


@pytest.mark.parametrize(
    "module",
    [
        *("course.facts", "course.model", "course.sizing", "course.simulation", "course.exercise"),
        *("course.charts", "course.live", "course.live.vm", "course.live.experiments"),
    ],
)
def test_parts_are_light(module: str) -> None:
    """Heavy and optional packages are imported where they are used."""
    modules, seen = imported(module)
    for heavy in ("altair", "ipywidgets", "docker", "ortools", "numpy", "pandas", "nbgrader"):
        assert f"'{heavy}'" not in modules
    assert seen == "[]"
