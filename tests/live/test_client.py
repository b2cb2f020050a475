"""The client labels what it makes, translates errors, and is an ordinary one otherwise."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import docker
import docker.errors
import pytest

from course.live import LABEL, errors
from course.live.client import CourseClient
from tests.engines import HostEngine
from tests.live.conftest import Engine, provided, started_engine

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def client(host: Engine) -> CourseClient:
    """Return a client of an engine on this machine."""
    return host.client


@pytest.fixture(scope="module")
def busybox(client: CourseClient) -> str:
    """Return the name of the small image, which the engine has."""
    return provided(client, "course/busybox:1.35")


@pytest.fixture
def crash() -> Iterator[HostEngine]:
    """Return an engine that a test may kill."""
    with started_engine() as engine:
        yield engine


def test_everything_made_is_labelled(client: Any, busybox: str) -> None:
    """Containers, networks, volumes and images carry the label, beside one's own."""
    with contextlib.ExitStack() as made:
        container = client.containers.create(busybox, labels={"mine": "1"})
        made.callback(container.remove)
        network = client.networks.create("labelled", labels={"mine": "1"})
        made.callback(network.remove)
        volume = client.volumes.create(labels={"mine": "1"})
        made.callback(volume.remove)
        built, _ = client.images.build(
            fileobj=io.BytesIO(f"FROM {busybox}\nENV A=1\n".encode()), labels={"mine": "1"}
        )
        made.callback(client.images.remove, built.id)
        committed = container.commit("t/labelled", "1", changes='LABEL mine="1"')
        made.callback(client.images.remove, committed.id)
        labels = [
            container.labels,
            network.attrs["Labels"],
            volume.attrs["Labels"],
            built.labels,
            committed.labels,
        ]
        assert [(found[LABEL], found["mine"]) for found in labels] == [("lesson", "1")] * 5


def test_a_label_of_ones_own_wins(client: Any, busybox: str) -> None:
    """Who gives the label another value means it; a list of labels is taken, too."""
    container = client.containers.create(busybox, labels={LABEL: "course"})
    assert container.labels[LABEL] == "course"
    container.remove()
    container = client.containers.create(busybox, labels=["mine"])
    assert (container.labels[LABEL], container.labels["mine"]) == ("lesson", "")
    container.remove()


def test_it_is_an_ordinary_client(client: Any) -> None:
    """It is the SDK's class, and has every public name of it."""
    assert isinstance(client, docker.DockerClient)
    assert isinstance(client.api, docker.APIClient)
    assert set(dir(docker.DockerClient)) <= set(dir(client))
    assert client.ping()
    assert client.info()["ServerVersion"] == client.version()["Version"]


def test_mistakes_before_the_wire(client: Any) -> None:
    """What the SDK refuses by itself is translated; a mistake in Python is left alone."""
    with pytest.raises(errors.BadRequestError) as caught:
        client.containers.get("")
    assert isinstance(caught.value, docker.errors.NullResource)
    with pytest.raises(TypeError):
        client.containers.run("course/busybox:1.35", no_such_option=True)


def test_streams_can_be_ended_by_their_reader(client: Any) -> None:
    """Closing a stream of events ends it for the thread that reads it."""
    stream = client.events()
    ended = threading.Event()

    def read() -> None:
        for _ in stream:
            pass
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    stream.close()
    assert ended.wait(30)
    thread.join()


def fails(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    """Expect an error, and keep nothing of it."""
    with pytest.raises(kind, match=words):
        call()


def test_an_engine_that_goes_away(crash: HostEngine) -> None:
    """A killed engine is reported as gone; and what knows better may say more."""
    why = errors.GuestDiedError("expected a guest, found none", console_tail="kernel panic")
    plain = CourseClient(crash.docker_host)
    knowing = CourseClient(crash.docker_host, explain=lambda _: why)
    with contextlib.closing(plain), contextlib.closing(knowing):
        assert plain.answers()
        crash.kill()
        assert not plain.answers()
        fails(plain.containers.list, errors.EngineGoneError, "went away")
        fails(knowing.containers.list, errors.GuestDiedError, "kernel panic")
        fails(partial(CourseClient, crash.docker_host), errors.NoEngineError, "none listens")


def test_no_engine(tmp_path: Path) -> None:
    """A socket that there is not, and an address that is none, are told apart."""
    with pytest.raises(errors.NoEngineError, match="none listens"):
        CourseClient(f"unix://{tmp_path}/nothing.sock")
    with pytest.raises(errors.EngineChoiceError, match="bind address"):
        CourseClient("nonsense://here")
