"""Lesson 07 in a learner's hands, on the lab VM: run, looked at, explored.

Start-up times are read from a drawn record; that real machines give such records is tried in the
instructor's round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from course.charts import VEGA_LITE_MIME_TYPE
from tests.browser.jupyterlab import OpenNotebook
from tests.browser.test_learner import CHART, assert_drawn
from tests.live.conftest import require_lab_vm
from tests.submissions_scaling import ASSIGNMENT, START_REPLICA, put_records, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.running_lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 600  # half a minute where nothing else runs


@pytest.fixture
def lesson(lab: Lab, page: Page) -> OpenNotebook:
    """Open the learner's copy of lesson 07."""
    require_lab_vm()
    opened = OpenNotebook.of_lesson(page, lab, ASSIGNMENT)
    put_records(opened.path.parent, records("example"))
    return opened


def test_an_untouched_lesson_runs_and_shows(
    lesson: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """It runs to its end without an error, draws its charts, explores, and starts a service."""
    (lesson.path.parent / "rollout.json").unlink()
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
    assert {"waiting", "tail", "runs", "losses", "swing"} <= set(charts)
    for identifier, description in charts.items():
        chart = lesson.show(identifier).locator(CHART).first
        expect(chart).to_have_attribute("aria-label", description)
        assert_drawn(chart)
        picture(lesson.page, f"lesson-07-{identifier}")
    for identifier in ("fast", "looks", "starting", "swing-figures", "rollout", "outcome"):
        lesson.show(identifier)
        picture(lesson.page, f"lesson-07-{identifier}")

    explorer = lesson.show("explorer")
    expect(explorer.locator(CHART).first).to_be_visible()
    before = explorer.inner_text()
    slider = explorer.get_by_role("slider").last
    slider.focus()
    slider.press("ArrowRight")
    expect(explorer).not_to_have_text(before)
    picture(lesson.page, "lesson-07-explorer")

    lesson.answer("service-answer", START_REPLICA.strip(), check="ask-again")
    for identifier, said in (
        ("ask-again", "web-1"),
        ("service-check", "Nothing speaks against this answer"),
        ("rollout", "replicas that answer"),
        ("ask", "answers"),
        ("rollout-chart", ""),
        ("scale-in", "replicas removed in"),
    ):
        shown = lesson.cell(identifier)
        expect(shown).to_contain_text(said, timeout=PATIENCE_S * 1000)
        lesson.show(identifier)
        picture(lesson.page, f"lesson-07-answered-{identifier}")
