"""Two submissions of lesson 01 in an instructor's hands: graded, looked at, and given back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import choose
from tests.nbgrader_course import ASSIGNMENT, Course
from tests.submissions import answered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import FrameLocator, Locator, Page

    from tests.browser.running_lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.nbgrader]

GRADED, UNGRADED = "ada", "grace"
AUTOGRADE_TIMEOUT_MS = 300_000


@pytest.fixture(scope="module")
def graded_course(generated_course: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course with two submissions, the first of which is graded and has its feedback."""
    folder = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(generated_course.root, folder)
    course = Course(folder)
    released = course.notebook("release")
    course.submit(GRADED, answered(released, GRADED))
    course.submit(UNGRADED, answered(released, UNGRADED, {"average_use": 8.3}))
    course.run("autograde", ASSIGNMENT, f"--student={GRADED}")
    course.run("generate_feedback", ASSIGNMENT, f"--student={GRADED}")
    return course


@pytest.fixture
def course(graded_course: Course, tmp_path: Path) -> Course:
    """Return such a course that a test may change."""
    folder = tmp_path / "course"
    shutil.copytree(graded_course.root, folder)
    return Course(folder)


@pytest.fixture
def lab(course: Course, start_lab: Callable[[Path], Lab]) -> Lab:
    """Start `course lab` in that course."""
    return start_lab(course.root)


@pytest.fixture
def formgrader(lab: Lab, page: Page) -> FrameLocator:
    """Open Formgrader by JupyterLab's menu; return the frame that shows it."""
    page.goto(lab.url)
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
    choose(page, "View", "Appearance", "Show Left Sidebar")
    choose(page, "Nbgrader", "Formgrader")
    return page.frame_locator("iframe")


def test_formgrader_grades_a_submission(course: Course, formgrader: FrameLocator) -> None:
    """Formgrader lists the submissions, and its button grades one as the command would."""
    assignment = row(formgrader, ASSIGNMENT)
    expect(assignment.locator(".num-submissions")).to_have_text("2")
    assignment.locator(".num-submissions a").click()

    expect(row(formgrader, GRADED).locator(".status")).to_have_text("needs manual grading")
    submission = row(formgrader, UNGRADED)
    expect(submission.locator(".status")).to_have_text("needs autograding")
    submission.locator(".autograde a").click()
    said = formgrader.locator(".modal.in")
    expect(said.locator(".modal-title")).to_have_text("Success", timeout=AUTOGRADE_TIMEOUT_MS)
    expect(said).to_contain_text(f"Successfully autograded '{ASSIGNMENT}' for student")
    said.get_by_role("button", name="OK").click()

    expect(submission.locator(".status")).to_have_text("needs manual grading")
    expect(submission.locator(".score")).to_have_text(shown_score(course, UNGRADED))
    assert course.scores(UNGRADED)["average_use-check"] == 0
    assert course.scores(GRADED)["average_use-check"] == 2


def test_a_graded_submission_is_looked_at(
    course: Course, formgrader: FrameLocator, page: Page, picture: Callable[[Page, str], None]
) -> None:
    """Manual grading shows the score and the message of each check, and the charts."""
    formgrader.get_by_role("link", name="Manual Grading").click()
    for title in ("Manual Grading", ASSIGNMENT):
        expect(formgrader.locator(".breadcrumb .active")).to_have_text(title)
        row(formgrader, ASSIGNMENT).get_by_role("link").click()
    graded = row(formgrader, GRADED)
    expect(graded.locator(".score")).to_have_text(shown_score(course, GRADED))
    formgrader.get_by_role("button", name="Show All Names").click()
    graded.get_by_role("link", name=GRADED).click()

    for item, message in (
        ("average_use", "average_use is right."),
        ("by_hand", "fewer is impossible."),
    ):
        score = formgrader.locator(f'[id="{item}-check"]')
        expect(score).to_have_attribute("placeholder", "2")
        score.focus()  # nbgrader scrolls to it
        said = formgrader.get_by_text(message)
        said.hover(trial=True)  # waits until nothing moves any more
        expect(said).to_be_in_viewport()
    assert_drawn(formgrader.locator(".output_subarea img"), at_least=4)
    said.hover(trial=True)
    picture(page, "formgrader")


def test_feedback_is_read(
    course: Course, lab: Lab, page: Page, picture: Callable[[Page, str], None]
) -> None:
    """The feedback page has the score, the message of each check, and the charts."""
    page.goto(lab.url)
    feedback = f"feedback/{GRADED}/{ASSIGNMENT}/{ASSIGNMENT}.html"
    page.goto(f"{lab.home}files/{feedback}", referer=lab.home)

    points = shown_score(course, GRADED).replace(" / ", ".0 / ") + ".0"
    expect(page.get_by_role("heading", name=f"{ASSIGNMENT} (Score: {points})")).to_be_visible()
    for message in set(course.messages(GRADED).values()):
        expect(page.get_by_text(message.strip()).first).to_be_attached()
    expect(page.get_by_text("2 of 2 points. average_use is right.")).to_be_visible()
    assert_drawn(page.locator(".output_subarea img"), at_least=4)
    page.locator("[name=by_hand-check]").evaluate("e => e.scrollIntoView({block: 'center'})")
    picture(page, "feedback")


def row(formgrader: FrameLocator, text: str) -> Locator:
    """Return the row of a table that has a text in it."""
    return formgrader.locator("tbody tr").filter(has_text=text)


def shown_score(course: Course, student: str) -> str:
    """Return a submission's score as Formgrader writes it, such as `36 / 40`."""
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        return f"{submission.score:g} / {submission.max_score:g}"


def assert_drawn(pictures: Locator, at_least: int) -> None:
    """Check that charts are there as SVG pictures, with words for those who do not see them."""
    expect(pictures.first).to_be_visible()
    shown = pictures.all()
    assert len(shown) >= at_least
    for number, one in enumerate(shown):
        source, words = one.get_attribute("src") or "", one.get_attribute("alt") or ""
        assert source.startswith("data:image/svg+xml;base64,")
        assert one.evaluate("img => img.decode().then(() => img.naturalWidth)") > 100
        assert "No description" not in words, f"picture {number} has no alternative text"
        assert words
