"""Lesson 02 in a learner's hands: real machines are booted, charts drawn, the explorer moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lessons import CHART
from tests.course.test_hypervisors_lesson import require_machines
from tests.submissions_hypervisors import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lessons import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 900  # two minutes where nothing else runs


@pytest.fixture
def lesson(open_lesson: Callable[[str], Lesson]) -> Lesson:
    """Open the learner's copy of lesson 02."""
    require_machines()
    return open_lesson(ASSIGNMENT)


def test_an_untouched_lesson_runs_and_shows(lesson: Lesson) -> None:
    """It runs to its end without an error, boots machines, draws its charts, and explores."""
    assert len(lesson.run(PATIENCE_S)) >= 7

    lesson.explore("explorer")
    explorer = lesson.notebook.cell("explorer")
    expect(explorer).to_contain_text("With 2.1 % privileged instructions")
    expect(explorer.locator(CHART).first).to_contain_text("21,000 exits")
    lesson.picture("explorer")

    expect(lesson.notebook.show("first-boot")).to_contain_text("Its kernel is Linux")
    lesson.picture("first-boot")

    # A notebook that has run says what to do, and reads its records the next time.
    records = {"first.json", "imitated.json", "startup.json", "overhead.json"}
    assert records <= {file.name for file in lesson.folder.iterdir()}
    note = lesson.notebook.answer(
        "counts-answer", "instructions = 7\nprivileged = 9", check="counts-check"
    )
    expect(note.first).to_contain_text("counts each line once")
    lesson.picture("note")
