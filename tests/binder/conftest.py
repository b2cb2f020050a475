"""The image, built once for all tests, and what was measured of it, printed at the end.

- `engine`, `client`: the Docker Engine that builds it and runs it, and a client of it
- `image`: the image; where the environment variable COURSE_BINDER_IMAGE names one, that one
- `start`: starts sessions as Binder does; all of a test's or module's are ended with it
- `figures`, of all tests (`tests.conftest`): takes what is measured, for the table

Where neither an engine nor Debian's image can be had, the tests are skipped; in CI they fail.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import APIError, ImageNotFound

from tests.binder import base_image, building
from tests.binder.engine import any_engine
from tests.binder.figures import seconds
from tests.binder.session import Session
from tests.browser.conftest import (
    browser,
    chromium,
    page,
    picture,
    pytest_runtest_makereport,
    start_lab,
)
from tests.engines import CannotStartError
from tests.live.conftest import cannot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import docker

    from tests.binder.building import Build
    from tests.binder.engine import Engine
    from tests.binder.figures import Figures

__all__ = ["browser", "chromium", "page", "picture", "pytest_runtest_makereport", "start_lab"]

TAG = "measured-virtualization-test"
ENVIRONMENT = "COURSE_BINDER_IMAGE"


@dataclass(frozen=True)
class Image:
    """The image that is tested.

    Attributes:
        name: by which the engine knows it.
        build: how it was built; None if it was there.
        attributes: what the engine tells of it.
    """

    name: str
    build: Build | None
    attributes: dict[str, Any]


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Return a function that says at once what is being done, where that is asked for by -v."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    reporter = pytestconfig.pluginmanager.getplugin("terminalreporter")

    def print_line(line: str) -> None:
        if pytestconfig.get_verbosity() > 0 and reporter:  # one of several workers has none
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(f"    {line}")

    return print_line


@pytest.fixture(scope="session")
def engine(say: Callable[[str], None]) -> Iterator[Engine]:
    """Return the Docker Engine that is there, or one that is started for this."""
    with contextlib.ExitStack() as ends:
        try:
            found = ends.enter_context(any_engine(say))
        except CannotStartError as error:
            cannot(f"no Docker Engine answers, and none can be started: {error}")
        yield found


@pytest.fixture(scope="session")
def client(engine: Engine) -> docker.DockerClient:
    """Return a client of the engine."""
    return engine.client


@pytest.fixture(scope="session")
def image(
    engine: Engine,
    root: Path,
    say: Callable[[str], None],
    figures: Figures,
    tmp_path_factory: pytest.TempPathFactory,
) -> Image:
    """Build the image from the checkout, unless one is named."""
    if name := os.environ.get(ENVIRONMENT):
        return Image(name, None, engine.client.images.get(name).attrs)
    client = engine.client
    before = _identifier(client)
    try:
        base_image.provide(client, say)
    except CannotStartError as error:
        cannot(f"the image cannot be built: {error}")
    context = building.copy_of_checkout(root, tmp_path_factory.mktemp("context") / "checkout")
    say(f"building the image from {len(list(context.rglob('*')))} files")
    build = building.build(engine, context, TAG, say)
    say(f"built by {build.builder} in {seconds(build.took_s)}")
    figures.add("Build", f"by {build.builder}", seconds(build.took_s))
    for step in sorted(build.steps, key=lambda step: -step.took_s)[:5]:
        figures.add("Build", f"  {building.short(step.instruction, 56)}", seconds(step.took_s))
    attributes = client.images.get(TAG).attrs
    if before not in (None, attributes["Id"]):
        with contextlib.suppress(APIError):  # another run still uses it
            client.images.remove(before)
    # By its identifier: another run on the same engine may take the name.
    return Image(attributes["Id"], build, attributes)


def _identifier(client: docker.DockerClient) -> str | None:
    with contextlib.suppress(ImageNotFound):
        return str(client.images.get(TAG).id)
    return None


@contextlib.contextmanager
def sessions(client: docker.DockerClient, image: Image) -> Iterator[Callable[..., Session]]:
    """Give a function to a block that starts sessions, which end with it."""
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> Session:
            return stack.enter_context(Session(client, image.name, **options))

        yield start


@pytest.fixture
def start(client: docker.DockerClient, image: Image) -> Iterator[Callable[..., Session]]:
    """Return a function that starts sessions, given `Session`'s options; they end with the test."""
    with sessions(client, image) as start:
        yield start


@pytest.fixture(scope="module")
def session(client: docker.DockerClient, image: Image) -> Iterator[Session]:
    """Return a session with Binder's limits, open, for the tests of a module."""
    with sessions(client, image) as start:
        session = start()
        session.wait_until_open()
        yield session
