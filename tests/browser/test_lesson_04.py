"""Lesson 04 in a learner's hands, on the lab VM: run, looked at, explored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.live.conftest import require_lab_vm
from tests.nbgrader_course import IMAGES_ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lessons import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 900  # two minutes where nothing else runs


@pytest.fixture
def lesson(open_lesson: Callable[[str], Lesson]) -> Lesson:
    """Open the learner's copy of lesson 04."""
    require_lab_vm()
    return open_lesson(IMAGES_ASSIGNMENT)


def test_an_untouched_lesson_runs_and_shows(lesson: Lesson) -> None:
    """It runs to its end without an error, names its engine, draws its charts, and explores."""
    assert len(lesson.run(PATIENCE_S)) >= 4
    status = lesson.notebook.show("engine-status").get_by_role("status")
    expect(status).to_contain_text("in the lab VM")
    lesson.picture("engine")
    lesson.explore("explorer")
