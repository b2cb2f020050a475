"""What the tests share.

- nbgrader courses in temporary folders, and a Docker Engine for the lessons' experiments
- `figures`: takes what tests measure, for a table at the end
- by which parts a run is divided among workers (`pytest -n 2`), and what they do not do at once
"""

from __future__ import annotations

import fcntl
import functools
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.binder.figures import Figures
from tests.lesson_engine import LessonEngine
from tests.lesson_engine import lesson_engine as start_lesson_engine
from tests.nbgrader_course import ASSIGNMENT, Course

ROOT = Path(__file__).resolve().parent.parent

# Tests that a test file inherits tell as much when they fail as its own.
pytest.register_assert_rewrite("tests.rounds", "tests.browser.lessons")

#: The folders and files whose tests take long, the longest first: they begin first, so that at the
#: end of a run no worker is left with much while the others have nothing.
_LONG = ("tests/binder/", "tests/test_round", "tests/live/", "tests/browser/", "tests/notebooks/")

_FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    """Let the tests be interrupted, and what they start, also where a shell runs them unattended.

    A shell has what it starts in the background ignore Ctrl-C, and its children inherit that.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[_FIGURES] = Figures()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers begin with what takes long."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.nodeid))


def _place(test: str) -> int:
    return next((place for place, name in enumerate(_LONG) if test.startswith(name)), len(_LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Keep the tests of a file together, and all of the image, which is built once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, _ = nodeid.partition("::")
            return _LONG[0] if file.startswith(_LONG[0]) else file

    config.option.loadscopereorder = False  # they are in order already
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let no worker start containers while another one looks at pages.

    Chromium drops its connections whenever a network interface comes or goes, as it does with each
    container.
    """
    looks = "page" in getattr(item, "fixturenames", ())
    starts = item.get_closest_marker("docker") or item.nodeid.startswith("tests/binder/")
    if not (looks or starts) or not hasattr(item.config, "workerinput"):
        return (yield)
    with (ROOT / "pyproject.toml").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX if looks else fcntl.LOCK_SH)
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker has measured to the process that prints it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash[_FIGURES].as_data()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker has measured."""
    for figure in getattr(node, "workeroutput", {}).get("figures", ()):
        node.config.stash[_FIGURES].add(*figure)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what was measured."""
    if lines := config.stash[_FIGURES].lines():
        terminalreporter.section("the image that Binder starts")
        for line in lines[1:]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Return where figures are noted for the table."""
    return pytestconfig.stash[_FIGURES]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's root."""
    return ROOT


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Course]:
    """Return what gives a course whose assignment has been generated, once for each assignment.

    Tests read such a course and change nothing.
    """

    @functools.cache
    def generate(assignment: str) -> Course:
        folder = tmp_path_factory.mktemp("course")
        return Course.copy_of(ROOT, folder, assignment).generated()

    return generate


@pytest.fixture(scope="session")
def generated_course(generated: Callable[[str], Course]) -> Course:
    """Return a course whose assignment 01 has been generated; tests change nothing in it."""
    return generated(ASSIGNMENT)


@pytest.fixture(scope="session")
def lesson_engine() -> Iterator[LessonEngine]:
    """Return a Docker Engine for the experiments of the lessons."""
    with start_lesson_engine() as engine:
        yield engine


@pytest.fixture(scope="class")
def graded(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Course]:
    """Grade the round of a test class, and return by case the course in which that was done."""
    stated = request.cls.round
    engine = request.getfixturevalue("lesson_engine") if stated.leaves else None
    return stated.grade(root, tmp_path_factory, engine)


@pytest.fixture
def own_course(generated_course: Course, tmp_path: Path) -> Course:
    """Return a generated course that a test may change."""
    folder = tmp_path / "course"
    shutil.copytree(generated_course.root, folder)
    return Course(folder)
