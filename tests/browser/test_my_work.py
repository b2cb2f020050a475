"""A learner's work in the notebook: downloaded, brought back elsewhere, and handed in."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import running_lab
from tests.browser.jupyterlab import OpenNotebook, choose
from tests.browser.legibility import LEAST, texts_in
from tests.nbgrader_course import ASSIGNMENT
from tests.submissions import cell_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.running_lab import Lab

pytestmark = pytest.mark.browser

LESSON = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
INSIDE = f"work/{LESSON}"
ANSWER = 'student_id = "ada"'
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"


def open_index(page: Page, lab: Lab) -> Locator:
    """Open the first page, run it, and return what it shows of the learner's work."""
    page.goto(f"{lab.home}lab/tree/work/index.ipynb?token={lab.token}")
    opened = OpenNotebook(page, lab.folder / "work/index.ipynb")
    opened.wait_until_shown()
    opened.run_all()
    return opened.show("my-work")


def open_lesson(page: Page) -> None:
    """Open the lesson by its link on the first page."""
    page.locator(SHOWN).get_by_role("link", name="One server, many tenants").click()
    expect(page.locator(".lm-DockPanel-tabBar .lm-mod-current")).to_contain_text(ASSIGNMENT)


def show(page: Page, name: str) -> None:
    """Show an open notebook by its tab."""
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").get_by_text(name).click()


def identity(page: Page, notebook: Path) -> Locator:
    """Return the cell of the shown lesson that says who the learner is."""
    cells = nbformat.read(notebook, as_version=4).cells
    number = [cell.id for cell in cells].index("identity-answer")
    return page.locator(f"{SHOWN} .jp-Cell").nth(number)


def type_answer(page: Page, notebook: Path) -> None:
    """Answer who one is, and leave that unsaved."""
    identity(page, notebook).locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(ANSWER)
    expect(page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty")).to_have_count(1)


def test_work_survives_the_machine_it_was_made_on(
    root: Path,
    tmp_path: Path,
    start_lab: Callable[..., Lab],
    page: Page,
    picture: Callable[[Page, str], None],
) -> None:
    """What was typed and not even saved comes along, comes back on a new machine, and is sent."""
    old = start_lab(running_lab.copy_of_project(root, tmp_path / "old"))
    # Random bytes stay as many, and are more than one message to a kernel may carry.
    (old.folder / "work/data.bin").write_bytes(os.urandom(11 * 2**20))
    work = open_index(page, old)
    open_lesson(page)
    type_answer(page, old.folder / INSIDE)
    show(page, "index.ipynb")
    picture(page, "my-work")
    with page.expect_download() as download:
        work.get_by_role("button", name="Download all my work").click()
    expect(work.get_by_role("status")).to_contain_text("saved in my-work-")
    expect(work.get_by_role("link", name="Download my-work-")).to_be_visible()
    brought = tmp_path / download.value.suggested_filename
    download.value.save_as(brought)
    with zipfile.ZipFile(brought) as bundle:
        saved = nbformat.reads(bundle.read(INSIDE).decode(), as_version=4)
    assert cell_of(saved, "identity-answer").source == ANSWER
    picture(page, "my-work-saved")
    page.reload()  # which brings the widget back, and no second download
    work = page.locator(SHOWN).locator(".course-page")
    with page.expect_download() as download:
        work.get_by_role("button", name="Hand in 01").click()
    assert download.value.suggested_filename == "ada.zip"

    project = running_lab.copy_of_project(root, tmp_path / "new")
    new = start_lab(project, base_url="/user/ada/")
    work = open_index(page, new)
    open_lesson(page)
    show(page, "index.ipynb")
    with page.expect_file_chooser() as chooser:
        work.get_by_role("button", name="Bring work back").click()
    chooser.value.set_files(brought)
    expect(work.get_by_role("status")).to_contain_text("files brought back")
    expect(work.get_by_role("table")).to_contain_text("untouched original")
    picture(page, "my-work-back")
    assert (new.folder / "work/data.bin").read_bytes() == (
        old.folder / "work/data.bin"
    ).read_bytes()
    show(page, ASSIGNMENT)
    expect(identity(page, new.folder / INSIDE)).to_contain_text(ANSWER)
    show(page, "index.ipynb")
    there = nbformat.read(new.folder / INSIDE, as_version=4)
    assert cell_of(there, "identity-answer").source == ANSWER
    assert list((new.folder / "work").glob("my-work-*")) == []

    with page.expect_download() as download:
        work.get_by_role("button", name="Hand in 01").click()
    assert download.value.suggested_filename == "ada.zip"
    expect(work.get_by_role("status")).to_contain_text("answers are still open")
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert bundle.namelist() == [LESSON]
        assert bundle.read(LESSON) == (new.folder / INSIDE).read_bytes()
    picture(page, "my-work-handed-in")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_what_it_says_is_legible(
    lab: Lab, page: Page, picture: Callable[[Page, str], None], theme: str
) -> None:
    """In both themes all text stands out clearly, and an error is said in its place."""
    work = open_index(page, lab)
    if theme == "Dark":
        choose(page, "Settings", "Theme", "JupyterLab Dark")
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    work.get_by_role("button", name="Hand in 01").click()
    expect(work.get_by_role("status")).to_contain_text("student_id is not written yet")
    expect(work.get_by_role("button", name="Download all my work")).to_be_enabled()
    picture(page, f"my-work-{theme.lower()}")
    texts = texts_in(work)
    assert texts
    assert {text.text: text.contrast for text in texts if text.contrast < LEAST} == {}
