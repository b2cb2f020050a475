"""What the tests share: nbgrader courses in temporary folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.nbgrader_course import Course

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's root."""
    return ROOT


@pytest.fixture(scope="session")
def generated_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course whose assignment has been generated; tests read it and change nothing."""
    return Course.copy_of(ROOT, tmp_path_factory.mktemp("course")).generated()


@pytest.fixture
def own_course(generated_course: Course, tmp_path: Path) -> Course:
    """Return a generated course that a test may change."""
    folder = tmp_path / "course"
    shutil.copytree(generated_course.root, folder)
    return Course(folder)
