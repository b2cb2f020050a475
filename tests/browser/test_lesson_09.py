"""Lesson 09 in a learner's hands, on the lab VM: run, looked at, explored.

What was measured is read from drawn records; that real machines write such records, and how long
that takes, is tried in the instructor's round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import require_lab_vm
from tests.records_availability import ASSIGNMENT, put_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lessons import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 600  # a minute where nothing else runs
CHARTS = {"back-chart", "design-chart", "spares-chart", "simulate", "loss-chart", "model",
          "moves-chart", "beside"}  # fmt: skip


@pytest.fixture
def lesson(open_lesson: Callable[[str], Lesson]) -> Lesson:
    """Open the learner's copy of lesson 09."""
    require_lab_vm()
    opened = open_lesson(ASSIGNMENT)
    put_records(opened.folder)
    return opened


def test_an_untouched_lesson_runs_and_shows(lesson: Lesson) -> None:
    """It runs to its end without an error, shows its records, draws its charts, and explores."""
    assert lesson.run(PATIENCE_S) >= CHARTS
    lesson.look_at("first", "contracts", "plain", "outages", "stuck-choices", "outcome")
    for identifier in ("explorer", "move-explorer"):
        lesson.explore(identifier)
