"""Lesson 06 in a learner's hands, on the lab VM: run, looked at, explored.

What was measured is read from a drawn record; that real machines write such a record, and how long
that takes, is tried in the instructor's round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from course.charts import VEGA_LITE_MIME_TYPE
from tests.browser.jupyterlab import OpenNotebook
from tests.browser.test_learner import CHART, assert_drawn
from tests.live.conftest import require_lab_vm
from tests.submissions_density import ASSIGNMENT, LIMITS, put_record, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.running_lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 900  # half a minute where nothing else runs
CHARTS = {"more", "limits-shown", "ratios", "filled-chart", "beside", "sizes-chart", "day", "curve",
          "mix-picture"}  # fmt: skip


@pytest.fixture
def lesson(lab: Lab, page: Page) -> OpenNotebook:
    """Open the learner's copy of lesson 06."""
    require_lab_vm()
    opened = OpenNotebook.of_lesson(page, lab, ASSIGNMENT)
    put_record(opened.path.parent, record("example"))
    return opened


def test_an_untouched_lesson_runs_and_shows(
    lesson: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """It runs to its end without an error, draws its charts, explores, and looks at containers."""
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
    assert set(charts) >= CHARTS
    for identifier, description in charts.items():
        chart = lesson.show(identifier).locator(CHART).first
        expect(chart).to_have_attribute("aria-label", description)
        assert_drawn(chart)
        picture(lesson.page, f"lesson-06-{identifier}")
    for identifier in ("title", "stack", "requests", "pair", "orders", "fleet", "outcome"):
        lesson.show(identifier)
        picture(lesson.page, f"lesson-06-{identifier}")

    for identifier in ("explorer", "overcommit-explorer"):
        explorer = lesson.show(identifier)
        before = explorer.inner_text()
        slider = explorer.get_by_role("slider").first
        slider.focus()
        slider.press("ArrowLeft")
        expect(explorer).not_to_have_text(before)
        picture(lesson.page, f"lesson-06-{identifier}")

    notes = lesson.answer("limits-answer", LIMITS.strip(), check="limits-check")
    expect(notes).to_contain_text("Possible")
    picture(lesson.page, "lesson-06-limits")
