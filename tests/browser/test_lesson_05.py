"""Lesson 05 in a learner's hands, on the lab VM: run, looked at, explored.

What was measured is read from drawn records; that real machines write such records, and how long
that takes, is tried in the instructor's round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import STARTUP_ASSIGNMENT
from tests.records_startup import records
from tests.submissions_startup import put_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lessons import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 900  # a minute and a half where nothing else runs


@pytest.fixture
def lesson(open_lesson: Callable[[str], Lesson]) -> Lesson:
    """Open the learner's copy of lesson 05."""
    require_lab_vm()
    opened = open_lesson(STARTUP_ASSIGNMENT)
    put_records(opened.folder, records())
    return opened


def test_an_untouched_lesson_runs_and_shows(lesson: Lesson) -> None:
    """It runs to its end without an error, shows its records, draws its charts, and explores."""
    charts = lesson.run(PATIENCE_S)
    assert {"starts", "timeline", "footprint-chart", "density-chart", "beside"} <= charts
    lesson.look_at("startup", "own", "stages", "fat", "small-terms", "outcome")
    lesson.explore("explorer", slider=-1)
