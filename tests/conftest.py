"""What the tests share: nbgrader courses in temporary folders."""

from __future__ import annotations

import functools
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lesson_engine import LessonEngine
from tests.lesson_engine import lesson_engine as start_lesson_engine
from tests.nbgrader_course import ASSIGNMENT, Course

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Let the tests be interrupted, and what they start, also where a shell runs them unattended.

    A shell has what it starts in the background ignore Ctrl-C, and its children inherit that.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture
def own_course(generated_course: Course, tmp_path: Path) -> Course:
    """Return a generated course that a test may change."""
    folder = tmp_path / "course"
    shutil.copytree(generated_course.root, folder)
    return Course(folder)
