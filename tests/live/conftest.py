"""Real Docker Engines for the tests: one on this machine, and the lab VM.

- `engine`: both, one after the other, as `Engine`; what uses it is expected to go alike on both
- `host_engine`: a dockerd of the tests' own (`tests.engines`)
- `labvm_engine`: the lab VM
- `own_environment`: nothing that says where an engine is, and nothing remembered

What cannot be started here is skipped; in CI it fails.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from course.live import cleanup, labvm
from course.live.client import CourseClient
from tests.engines import CannotStartError, HostEngine


@dataclass(frozen=True)
class Engine:
    """An engine to be tested.

    Attributes:
        client: a client of it.
        docker_host: what the ``docker`` command needs to find it.
        forward: makes a port that a container has published one of this machine.
    """

    client: CourseClient
    docker_host: str
    forward: Callable[[int], int]


def cannot(reason: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def started_engine() -> Iterator[HostEngine]:
    """Give an engine of this machine to a block, and see that nothing of it is left."""
    engine = HostEngine()
    try:
        engine.start()
    except CannotStartError as error:
        engine.stop()
        cannot(str(error))
    yield engine
    engine.stop()
    assert engine.leftovers() == []


def require_lab_vm() -> None:
    """Skip, or fail where nothing may be skipped, unless the lab VM can be started."""
    ready = labvm.readiness()
    if ready.state != "built":
        cannot(f"{ready.reason}: {ready.remedy}")


@pytest.fixture(scope="session")
def host_engine() -> Iterator[HostEngine]:
    """Return a Docker Engine on this machine, the tests' own."""
    with started_engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def host(host_engine: HostEngine) -> Iterator[Engine]:
    """Return it as an engine to be tested."""
    client = CourseClient(host_engine.docker_host)
    yield Engine(client, host_engine.docker_host, lambda port: port)
    client.close()


@pytest.fixture(scope="session")
def labvm_engine() -> Iterator[Engine]:
    """Return the engine of a lab VM, the tests' own."""
    require_lab_vm()
    with labvm.LabVM() as vm:
        client = vm.client()
        yield Engine(client, vm.docker_host, vm.forward)
        client.close()


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("host", marks=pytest.mark.docker),
        pytest.param("labvm_engine", marks=pytest.mark.labvm, id="labvm"),
    ],
)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return each engine in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def client(engine: Engine) -> CourseClient:
    """Return a client of the engine."""
    return engine.client


@pytest.fixture(scope="session")
def busybox(client: CourseClient) -> str:
    """Return the name of the small image, which the engine has."""
    return provided(client, "course/busybox:1.35")


def provided(client: CourseClient, name: str) -> str:
    """Have the engine have one of the course's images, and return its name."""
    from course.live import images

    images.provide(client, name)
    return name


@pytest.fixture(scope="module")
def box(client: CourseClient, busybox: str) -> Iterator:
    """Return a container that runs and does nothing, for all the tests of a module."""
    yield client.containers.run(busybox, ["sleep", "infinity"], detach=True)
    assert cleanup(client).kept == ()
