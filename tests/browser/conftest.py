"""A running lab and a watched browser for the tests that look at pages as people see them.

- `lab`, `start_lab`: the real `course lab`, in a temporary folder
- `page`: a page of a real Chromium; the test fails if it asks anything of the internet, or if
  something goes wrong in it
- `picture`: keeps a picture where the environment variable COURSE_SCREENSHOTS names a folder
- `open_lesson`: opens a lesson in the lab, on the page
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from course import workspace
from tests.browser import running_lab
from tests.browser.jupyterlab import OpenNotebook
from tests.browser.lessons import Lesson
from tests.browser.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tests.browser.running_lab import Lab

TIMEOUT_MS = 120_000  # for one step; generous, since the machine may be busy with other tests
WIDTH, HEIGHT = 1240, 800
SCALE = 1.125  # pictures of 1395 by 900 pixels, whose text can be read in a README

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",  # in a container root is the usual user; the pages are our own
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # What asks for an address elsewhere is noticed by `Watch`, and goes nowhere.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, so that its page is pictured before it is closed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium is; without one, skip, or fail where nothing may be skipped."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = f"no browser is installed; looked for {', '.join(_NAMES)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start a browser for the tests of a module.

    It does not last for the whole session: while Playwright runs, its event loop counts as the
    running one, and tests elsewhere could not start their own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def start_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Return a function that starts `course lab` in a folder; all are ended with the test."""
    with contextlib.ExitStack() as stack:

        def start(folder: Path, base_url: str = "/") -> Lab:
            lab = running_lab.start(folder, tmp_path / f"server of {folder.name}", base_url)
            stack.callback(lab.kill)
            lab.wait_until_open()
            stack.callback(lab.end)
            return lab

        yield start


@pytest.fixture(scope="session")
def project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project in which the lessons lie ready, which takes nbgrader a while.

    Tests copy it and change nothing in it.
    """
    folder = running_lab.copy_of_project(root, tmp_path_factory.mktemp("lab") / "project")
    assert [copy for copy in workspace.prepare(folder) if copy.state != "made"] == []
    return folder


@pytest.fixture
def lab(project: Path, tmp_path: Path, start_lab: Callable[[Path], Lab]) -> Lab:
    """Start `course lab` in a copy of the project."""
    return start_lab(shutil.copytree(project, tmp_path / "project"))


@pytest.fixture
def page(
    browser: Browser,
    start_lab: Callable[[Path], Lab],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Page]:
    """Return a page that is watched, in a browser that remembers nothing of other tests."""
    del start_lab  # asked for, so that the page is closed before its server is
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE
    )
    context.set_default_timeout(TIMEOUT_MS)
    expect.set_options(timeout=TIMEOUT_MS)
    watch = Watch(context)
    yield context.new_page()
    if request.node.stash.get(_FAILED, False) or watch.problems():
        _keep_evidence(context, tmp_path)
    context.close()
    problems = "\n".join(watch.problems())
    assert not problems, problems


def _keep_evidence(context: BrowserContext, folder: Path) -> None:
    for number, page in enumerate(context.pages, 1):
        path = folder / f"page-{number}.png"
        with contextlib.suppress(Error):  # a page that crashed has no picture
            page.screenshot(path=path, full_page=True)
            print(f"{page.url} looked like this: {path}")  # noqa: T201 (pytest shows it)


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Return a function that keeps a picture of a page for the README, where that is asked for."""

    def keep(page: Page, name: str) -> None:
        if folder := os.environ.get("COURSE_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")

    return keep


@pytest.fixture
def open_lesson(
    lab: Lab, page: Page, picture: Callable[[Page, str], None]
) -> Callable[[str], Lesson]:
    """Return a function that opens the learner's copy of an assignment's lesson."""
    return lambda assignment: Lesson(OpenNotebook.of_lesson(page, lab, assignment), picture)
