"""A Docker Engine in which the tests make what a lesson asks for."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.engines import CannotStartError, HostEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from course.live.client import CourseClient

__all__ = ["LessonEngine", "environment", "lesson_engine"]

NOWHERE = "unix:///nonexistent/docker.sock"


@dataclass(frozen=True)
class LessonEngine:
    """An engine of the tests' own.

    Attributes:
        docker_host: its address.
        client: a client of it.
    """

    docker_host: str
    client: CourseClient

    def connected(self) -> contextlib.AbstractContextManager[None]:
        """Let `course.live.connect` find it, here and in processes that are started meanwhile."""
        return environment(self.docker_host)


@contextlib.contextmanager
def environment(docker_host: str = NOWHERE) -> Iterator[None]:
    """Let `course.live.connect` look at one address; by default there is no engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_ENGINE", "docker")
        patch.setenv("DOCKER_HOST", docker_host)
        yield


@contextlib.contextmanager
def lesson_engine() -> Iterator[LessonEngine]:
    """Start an engine; skip the test where that cannot be, and in CI let it fail."""
    from course.live import cleanup
    from course.live.client import CourseClient

    with contextlib.ExitStack() as ends:
        try:
            engine = ends.enter_context(HostEngine())
        except CannotStartError as error:
            if os.environ.get("CI"):
                pytest.fail(str(error))
            pytest.skip(str(error))
        client = ends.enter_context(contextlib.closing(CourseClient(engine.docker_host)))
        yield LessonEngine(engine.docker_host, client)
        assert cleanup(client).kept == ()
