"""The image in a learner's browser, from the address that Binder opens to a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from course.charts import VEGA_LITE_MIME_TYPE
from tests.binder.visit import visited
from tests.browser.lessons import CHART, assert_drawn
from tests.nbgrader_course import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.binder.session import Session
    from tests.binder.visit import Visit

pytestmark = [pytest.mark.binder, pytest.mark.browser]

LESSON = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"


@pytest.fixture
def visit(start: Callable[..., Session]) -> Iterator[Visit]:
    """Start a session, in which nobody has opened anything, and let the browser reach it."""
    session = start()
    session.wait_until_open()
    with visited(session) as visit:
        yield visit


@pytest.mark.parametrize("path", ["", "lab/tree/index.ipynb"])
def test_binders_address_opens_the_first_page(
    visit: Visit, page: Page, picture: Callable[[Page, str], None], path: str
) -> None:
    """With or without a path, the first page is there, and its links open the lessons."""
    page.goto(visit.address(path))
    first = visit.opened(page, "index.ipynb")
    first.wait_until_shown()
    expect(page.get_by_role("tab", name="index.ipynb")).to_be_visible()
    picture(page, "binder-index")
    page.locator(".jp-Notebook").get_by_role("link").filter(
        has_text="One server, many tenants"
    ).click()
    expect(page.get_by_role("tab", name=f"{ASSIGNMENT}.ipynb")).to_be_visible()
    expect(page.get_by_role("heading", name="Three kinds of figures")).to_be_visible()
    picture(page, "binder-lesson")


def test_a_lesson_draws_its_charts(
    visit: Visit, page: Page, picture: Callable[[Page, str], None]
) -> None:
    """Run to its end on Binder's one CPU, the first lesson shows every chart that it makes."""
    lesson = visit.open(page, LESSON)
    lesson.run_all()
    cells = [cell for cell in lesson.save()["cells"] if cell["cell_type"] == "code"]
    drawn = {
        cell["id"]: output["data"][VEGA_LITE_MIME_TYPE]["description"]
        for cell in cells
        for output in cell["outputs"]
        if VEGA_LITE_MIME_TYPE in output.get("data", {})
    }
    assert drawn
    for identifier, description in drawn.items():
        chart = lesson.show(identifier).locator(CHART)
        expect(chart).to_have_attribute("aria-label", description)
        assert_drawn(chart)
    picture(page, "binder-charts")
