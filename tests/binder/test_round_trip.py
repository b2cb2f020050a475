"""From the first answer on Binder to the grade: what was made survives that Binder forgets it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from tests.binder.jupyter import Jupyter
from tests.binder.visit import FileThere, visited
from tests.nbgrader_course import ASSIGNMENT, Course
from tests.submissions import right_answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.binder.session import Session
    from tests.binder.visit import Visit

pytestmark = [pytest.mark.binder, pytest.mark.browser, pytest.mark.nbgrader]

TIMEOUT_MS = 120_000
LESSON = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
STUDENT = "ada"
ANSWER = f"student_id = {STUDENT!r}"
ANSWERED = "average_use"
MEASURE = f"""
from course import measurements
print(measurements.keep("a first start", 1.25, "s", lesson={ASSIGNMENT!r}))
"""


def open_work(visit: Visit, page: Page) -> Locator:
    """Open the first page, run it, and return what it shows of the learner's work."""
    index = visit.open(page, "index.ipynb")
    index.run_all()
    return index.show("my-work")


def answer(visit: Visit, page: Page) -> None:
    """Write the student id and one right answer into the first lesson, and save it."""
    lesson = visit.open(page, LESSON)
    lesson.answer("identity-answer", ANSWER, check="identity-answer")
    value = right_answers(STUDENT)[ANSWERED]
    lesson.answer(f"{ANSWERED}-answer", f"{ANSWERED} = {value!r}", check=f"{ANSWERED}-answer")
    lesson.save()


def source_of(notebook: str, cell: str) -> str:
    """Return what stands in a cell of a notebook's text."""
    cells = nbformat.reads(notebook, as_version=4).cells
    return str(next(one.source for one in cells if one.get("id") == cell))


def downloaded(page: Page, work: Locator, button: str, folder: Path) -> Path:
    """Press a button, and keep what the browser downloads."""
    with page.expect_download() as download:
        work.get_by_role("button", name=button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_what_is_still_on_the_page_outlives_the_machine(
    start: Callable[..., Session],
    browser: Browser,
    picture: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    """Binder forgot it before anything was downloaded: the open page still gives it, to bring back.

    The page is not watched: that its server has gone is an error that it may complain of.
    """
    first = start()
    first.wait_until_open()
    with browser.new_context() as context, visited(first) as visit:
        page = context.new_page()
        lesson = visit.open(page, LESSON)
        lesson.answer("identity-answer", ANSWER, check="identity-answer")
        first.remove()
        # JupyterLab may say so, in a window that comes again and again.
        window = page.locator("dialog.jp-Dialog")
        page.add_locator_handler(window, lambda: window.get_by_role("button").last.click())
        expect(page.locator("#jp-main-statusbar")).to_contain_text("Connecting", timeout=TIMEOUT_MS)
        picture(page, "binder-gone")
        with page.expect_download() as download:
            page.locator(".jp-NotebookPanel-toolbar").get_by_text("Download").click()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)

    second = start()
    second.wait_until_open()
    with browser.new_context() as context, visited(second) as visit:
        page = context.new_page()
        work = open_work(visit, page)
        with page.expect_file_chooser() as chooser:
            work.get_by_role("button", name="Bring work back").click()
        chooser.value.set_files(saved)
        expect(work.get_by_role("status")).to_contain_text("brought back", timeout=TIMEOUT_MS)
        assert ANSWER in source_of(FileThere(second, LESSON).read_text(), "identity-answer")


def test_from_an_answer_to_its_grade(
    start: Callable[..., Session],
    own_course: Course,
    page: Page,
    picture: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    """Answered, downloaded, forgotten, brought back, handed in, collected and marked."""
    first = start()
    first.wait_until_open()
    with Jupyter(first) as jupyter, jupyter.kernel("any.ipynb") as kernel:
        kernel.text(MEASURE)
    with visited(first) as visit:
        answer(visit, page)
        work = open_work(visit, page)
        saved = downloaded(page, work, "Download all my work", tmp_path)
        expect(work.get_by_role("status")).to_contain_text("saved in my-work-")
        picture(page, "binder-work-saved")
        before = {
            name: FileThere(first, name).read_text() for name in (LESSON, "measurements.jsonl")
        }
        page.goto("about:blank")
    first.remove()  # Binder forgets

    second = start()
    second.wait_until_open()
    with visited(second) as visit:
        work = open_work(visit, page)
        with page.expect_file_chooser() as chooser:
            work.get_by_role("button", name="Bring work back").click()
        chooser.value.set_files(saved)
        expect(work.get_by_role("status")).to_contain_text("brought back")
        picture(page, "binder-work-back")
        after = {name: FileThere(second, name).read_text() for name in before}
        assert after == before
        handed_in = downloaded(page, work, "Hand in 01", tmp_path)
        picture(page, "binder-handed-in")
        page.goto("about:blank")

    assert handed_in.name == f"{STUDENT}.zip"
    archive = own_course.root / "downloaded" / ASSIGNMENT / "archive"
    archive.mkdir(parents=True)
    shutil.copy(handed_in, archive)
    own_course.run("zip_collect", ASSIGNMENT)
    own_course.run("autograde", ASSIGNMENT)
    earned = {cell: points for cell, points in own_course.scores(STUDENT).items() if points}
    assert earned == {"identity-check": 1, f"{ANSWERED}-check": 2}
