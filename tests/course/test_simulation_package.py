"""The package of simulations: its face, and what it does not know."""

from __future__ import annotations

import subprocess
import sys

import pytest

import course.simulation
from course.simulation import errors, overhead

_IMPORTED = """
import sys
seen = []
def hook(event, arguments):
    if event.startswith(("socket.", "subprocess.")):
        seen.append(event)
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc")):
        seen.append(str(arguments[0]))
sys.addaudithook(hook)
import course.simulation
print([name for name in HEAVY if name in sys.modules], seen)
"""


def test_importing_it_is_cheap_and_brings_no_chart_widget_or_engine() -> None:
    """It stands below live engines, charts and widgets, and reads nothing."""
    heavy = [
        "altair",
        "ipywidgets",
        "docker",
        "numpy",
        "simpy",
        "pandas",
        "course.charts",
        "course.live",
    ]
    output = subprocess.run(
        [sys.executable, "-c", _IMPORTED.replace("HEAVY", repr(heavy))],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert output == "[] []\n"


@pytest.mark.parametrize("module", [course.simulation, overhead])
def test_the_face_is_complete(module) -> None:
    """What is named is there."""
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("name", ["queue", "autoscale", "migrate", "boot", "fail", "recovery"])
def test_fixed_names_are_functions(name: str) -> None:
    """They are called, whatever modules there are."""
    assert callable(getattr(course.simulation, name))


def test_all_errors_are_of_one_tree() -> None:
    """Who catches `SimulationError` catches them all; who catches ValueError, too."""
    own = [getattr(errors, name) for name in errors.__all__ if name != "require"]
    assert all(issubclass(each, errors.SimulationError) for each in own)
    assert issubclass(errors.SimulationError, ValueError)
    assert issubclass(errors.StepLimitError, TimeoutError)
