"""The first page in a learner's hands: read, followed into a lesson, run, in light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from course import index
from tests.browser.jupyterlab import OpenNotebook, choose
from tests.browser.legibility import LEAST, texts_in
from tests.nbgrader_course import ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.running_lab import Lab

pytestmark = pytest.mark.browser


@pytest.fixture
def first_page(lab: Lab, page: Page) -> OpenNotebook:
    """Open the address that `course lab` prints."""
    page.goto(lab.url)
    opened = OpenNotebook(page, lab.folder / "work" / index.NAME)
    opened.wait_until_shown()
    return opened


def test_the_printed_address_leads_to_a_lesson(
    first_page: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """The page is there at once, lists every lesson, and a click on one opens it."""
    page = first_page.page
    shown = page.locator(".jp-Notebook").get_by_role("link")
    for lesson in index.lessons(first_page.path.parent):
        expect(shown.filter(has_text=lesson.title)).to_be_visible()
    choose(page, "View", "Appearance", "Show Left Sidebar")
    picture(page, "index")
    shown.filter(has_text="One server, many tenants").click()
    expect(page.get_by_role("tab", name=f"{ASSIGNMENT}.ipynb")).to_be_visible()
    expect(page.get_by_role("heading", name="One server, many tenants")).to_be_visible()
    picture(page, "index-followed")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_its_cells_show_the_work_and_the_engine(
    first_page: OpenNotebook, picture: Callable[[Page, str], None], theme: str
) -> None:
    """Run, it shows the learner's work and an engine that waits to be started, legibly."""
    page = first_page.page
    if theme == "Dark":
        choose(page, "Settings", "Theme", "JupyterLab Dark")
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    choose(page, "View", "Appearance", "Show Left Sidebar")
    first_page.run_all()
    work = first_page.show("my-work")
    expect(work.get_by_role("button", name="Download all my work")).to_be_enabled()
    picture(page, f"index-{theme.lower()}")
    engine = first_page.show("engine-status")
    expect(engine.get_by_role("status")).to_have_text("No engine has been started yet.")
    expect(engine.get_by_role("button", name="Start")).to_be_enabled()
    picture(page, f"index-{theme.lower()}-engine")
    faint = {t.text: t.contrast for c in (work, engine) for t in texts_in(c) if t.contrast < LEAST}
    assert faint == {}
