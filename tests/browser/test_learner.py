"""Lesson 01 in a learner's hands: opened, run, explored, answered wrongly and validated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from course.charts import VEGA_LITE_MIME_TYPE
from course.exercise import problem
from course.widgets import ConsolidationExplorer
from tests.browser.jupyterlab import OpenNotebook, choose
from tests.browser.legibility import LEAST, texts_in
from tests.browser.lessons import CHART, assert_drawn, charts_of
from tests.nbgrader_course import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.browser.running_lab import Lab

pytestmark = pytest.mark.browser

LEAVES_ONE_OUT = """
names = list(room.ten.demands_gib)
by_hand = [names[0:2], names[2:4], names[4:6], names[6:9]]
""".strip()


@pytest.fixture
def lesson(lab: Lab, page: Page) -> OpenNotebook:
    """Open the learner's copy of lesson 01."""
    return OpenNotebook.of_lesson(page, lab, ASSIGNMENT)


def test_the_printed_address_shows_the_lessons(lab: Lab, page: Page) -> None:
    """The address that `course lab` prints opens JupyterLab where the lessons are."""
    page.goto(lab.url)
    lessons = page.get_by_role("listitem").or_(page.locator(".jp-DirListing-item"))
    expect(lessons.filter(has_text="01-one-server")).to_be_visible()
    expect(lessons.filter(has_text="04-images")).to_be_visible()


def test_every_cell_runs_and_every_chart_is_drawn(lesson: OpenNotebook) -> None:
    """An untouched lesson runs to its end, and each chart is a picture that says what it shows."""
    expect(lesson.page.get_by_role("heading", name="One server, many tenants")).to_be_visible()
    lesson.run_all()

    content = lesson.save()
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code if cell["execution_count"] is None] == []

    drawn = charts_of(content)
    assert len(drawn) >= 4
    for identifier, description in drawn.items():
        chart = lesson.show(identifier).locator(CHART)
        expect(chart).to_have_attribute("aria-label", description)
        assert_drawn(chart)


def test_the_explorer_follows_its_sliders(
    lesson: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """A slider moved by keyboard changes words and charts to what the model says."""
    lesson.run_all()
    explorer = lesson.show("explorer")
    room = problem("01")
    model = ConsolidationExplorer(room.servers, room.host)
    assert_explorer_shows(explorer, model)

    controls = {control.description: control for control in model.children[:4]}
    for label, presses in (("cores of a host", 5), ("memory of a host (GiB)", 4)):
        before = model.message, model.plan.power_after_w
        slider = explorer.locator(".widget-slider").filter(has_text=label).get_by_role("slider")
        slider.focus()
        for _ in range(presses):
            slider.press("ArrowRight")
        controls[label].value += presses * controls[label].step
        assert (model.message, model.plan.power_after_w) != before
        assert_explorer_shows(explorer, model)

    choose(lesson.page, "View", "Appearance", "Show Left Sidebar")
    lesson.show("explorer")
    picture(lesson.page, "lesson-01")


def test_a_wrong_answer_is_named(lesson: OpenNotebook) -> None:
    """A usual mistake is named below the answer, and validating does not call it a success."""
    lesson.run_all()
    note = lesson.answer("average_use-answer", "average_use = 8.3", check="average_use-check")
    expect(note).to_contain_text("Look again")
    expect(note).to_contain_text("This reads like a percentage")

    lesson.page.get_by_role("button", name="Validate").click()
    dialog = lesson.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Validation Results")
    expect(dialog).to_contain_text("This reads like a percentage")
    expect(dialog).to_contain_text("hosts_packed is not answered yet")
    expect(dialog).not_to_contain_text("Success")
    dialog.get_by_role("button", name="Ok").click()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_notes_and_charts_are_legible(
    lesson: OpenNotebook, picture: Callable[[Page, str], None], theme: str
) -> None:
    """In JupyterLab's light and dark theme all text of notes and charts stands out clearly."""
    if theme == "Dark":
        choose(lesson.page, "Settings", "Theme", "JupyterLab Dark")
        expect(lesson.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    lesson.run_all()
    notes = lesson.answer("by_hand-answer", LEAVES_ONE_OUT, check="by_hand-check")
    expect(notes.first).to_contain_text("Look again")

    faint = {}
    charts = ("day", "measured", "busy-cores", "by-hand-picture", "explorer")
    for identifier in (*charts, "average_use-check", "by_hand-check"):
        cell = lesson.show(identifier)
        expect(cell.locator(f"{CHART}, [role=note]").first).to_be_visible()
        texts = texts_in(cell)
        assert texts
        faint |= {
            (identifier, text.text): round(text.contrast, 1)
            for text in texts
            if text.contrast < LEAST
        }
    if theme == "Dark":
        choose(lesson.page, "View", "Appearance", "Show Left Sidebar")
        lesson.show("by_hand-answer")
        picture(lesson.page, "dark")
    assert faint == {}


def assert_explorer_shows(explorer: Locator, model: ConsolidationExplorer) -> None:
    """Check that the words below the sliders, and both charts, are those of a model."""
    expect(explorer.get_by_role("status")).to_have_text(model.message)
    expected = [output["data"][VEGA_LITE_MIME_TYPE] for output in model.children[-1].outputs]
    charts = explorer.locator(CHART)
    expect(charts).to_have_count(len(expected))
    for number, specification in enumerate(expected):
        chart = charts.nth(number)
        expect(chart).to_have_attribute("aria-label", specification["description"])
        assert_drawn(chart)
