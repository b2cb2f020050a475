"""Lesson 06 in a learner's hands, on the lab VM: run, looked at, explored.

What was measured is read from a drawn record; that real machines write such a record, and how long
that takes, is tried in the instructor's round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.live.conftest import require_lab_vm
from tests.submissions_density import ASSIGNMENT, LIMITS, put_record, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lessons import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 900  # half a minute where nothing else runs
CHARTS = {"more", "limits-shown", "ratios", "filled-chart", "beside", "sizes-chart", "day", "curve",
          "mix-picture"}  # fmt: skip


@pytest.fixture
def lesson(open_lesson: Callable[[str], Lesson]) -> Lesson:
    """Open the learner's copy of lesson 06."""
    require_lab_vm()
    opened = open_lesson(ASSIGNMENT)
    put_record(opened.folder, record("example"))
    return opened


def test_an_untouched_lesson_runs_and_shows(lesson: Lesson) -> None:
    """It runs to its end without an error, draws its charts, explores, and looks at containers."""
    assert lesson.run(PATIENCE_S) >= CHARTS
    lesson.look_at("title", "stack", "requests", "pair", "orders", "fleet", "outcome")
    for identifier in ("explorer", "overcommit-explorer"):
        lesson.explore(identifier, key="ArrowLeft")

    notes = lesson.notebook.answer("limits-answer", LIMITS.strip(), check="limits-check")
    expect(notes).to_contain_text("Possible")
    lesson.picture("limits")
