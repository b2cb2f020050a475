"""Lesson 09 in a learner's hands, on the lab VM: run, looked at, explored.

What was measured is read from drawn records; that real machines write such records, and how long
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
from tests.records_availability import ASSIGNMENT, put_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.running_lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 600  # a minute where nothing else runs


@pytest.fixture
def lesson(lab: Lab, page: Page) -> OpenNotebook:
    """Open the learner's copy of lesson 09."""
    require_lab_vm()
    opened = OpenNotebook.of_lesson(page, lab, ASSIGNMENT)
    put_records(opened.path.parent)
    return opened


def test_an_untouched_lesson_runs_and_shows(
    lesson: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """It runs to its end without an error, shows its records, draws its charts, and explores."""
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
    expected = {"back-chart", "design-chart", "spares-chart", "simulate", "loss-chart", "model",
                "moves-chart", "beside"}  # fmt: skip
    assert expected <= set(charts)
    for identifier, description in charts.items():
        chart = lesson.show(identifier).locator(CHART).first
        expect(chart).to_have_attribute("aria-label", description)
        assert_drawn(chart)
        picture(lesson.page, f"lesson-09-{identifier}")
    for identifier in ("first", "contracts", "plain", "outages", "stuck-choices", "outcome"):
        lesson.show(identifier)
        picture(lesson.page, f"lesson-09-{identifier}")

    for identifier in ("explorer", "move-explorer"):
        explorer = lesson.show(identifier)
        before = explorer.inner_text()
        slider = explorer.get_by_role("slider").first
        slider.focus()
        slider.press("ArrowRight")
        expect(explorer).not_to_have_text(before)
        picture(lesson.page, f"lesson-09-{identifier}")
