"""Lesson 02 in a learner's hands: real machines are booted, charts drawn, the explorer moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from course.charts import VEGA_LITE_MIME_TYPE
from tests.browser.jupyterlab import OpenNotebook
from tests.browser.test_learner import CHART, assert_drawn
from tests.course.test_hypervisors_lesson import require_machines
from tests.submissions_hypervisors import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.running_lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 900  # two minutes where nothing else runs


@pytest.fixture
def lesson(lab: Lab, page: Page) -> OpenNotebook:
    """Open the learner's copy of lesson 02."""
    require_machines()
    return OpenNotebook.of_lesson(page, lab, ASSIGNMENT)


def test_an_untouched_lesson_runs_and_shows(
    lesson: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """It runs to its end without an error, boots machines, draws its charts, and explores."""
    lesson.run_all(PATIENCE_S)
    cells = [cell for cell in lesson.save()["cells"] if cell["cell_type"] == "code"]
    outputs = [(cell["id"], output) for cell in cells for output in cell["outputs"]]
    assert [(i, o) for i, o in outputs if o["output_type"] == "error"] == []
    assert [(i, o) for i, o in outputs if o.get("name") == "stderr"] == []
    charts = {
        identifier: output["data"][VEGA_LITE_MIME_TYPE]["description"]
        for identifier, output in outputs
        if VEGA_LITE_MIME_TYPE in output.get("data", {})
    }
    assert len(charts) >= 7
    for identifier, description in charts.items():
        chart = lesson.show(identifier).locator(CHART).first
        expect(chart).to_have_attribute("aria-label", description)
        assert_drawn(chart)
        picture(lesson.page, f"lesson-02-{identifier}")

    explorer = lesson.show("explorer")
    slider = explorer.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowRight")
    expect(explorer).to_contain_text("With 2.1 % privileged instructions")
    expect(explorer.locator(CHART).first).to_contain_text("21,000 exits")
    picture(lesson.page, "lesson-02-explorer")

    expect(lesson.show("first-boot")).to_contain_text("Its kernel is Linux")
    picture(lesson.page, "lesson-02-first-boot")

    # A notebook that has run says what to do, and reads its records the next time.
    records = {"first.json", "imitated.json", "startup.json", "overhead.json"}
    assert records <= {file.name for file in lesson.path.parent.iterdir()}
    note = lesson.answer("counts-answer", "instructions = 7\nprivileged = 9", check="counts-check")
    expect(note.first).to_contain_text("counts each line once")
    picture(lesson.page, "lesson-02-note")
