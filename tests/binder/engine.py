"""The Docker Engine that builds the image and runs it: the one that is there, or one of our own.

An engine that answers keeps the layers that it has built, so that the next run is short. One of our
own forgets everything, and needs root.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker

from course.live.engine import choose
from tests.engines import HostEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Engine", "any_engine"]

SILENCE_S = 600  # the longest: a layer of several hundred megabytes is packed in it


@dataclass(frozen=True)
class Engine:
    """An engine.

    Attributes:
        client: a client of it.
        docker_host: its address, for the `docker` command.
    """

    client: docker.DockerClient
    docker_host: str


@contextlib.contextmanager
def any_engine(say: Callable[[str], None]) -> Iterator[Engine]:
    """Give an engine to a block.

    Args:
        say: is told which engine it is.

    Raises:
        CannotStartError: no engine answers, and none can be started.
    """
    found = choose({**os.environ, "COURSE_ENGINE": "docker"})
    with contextlib.ExitStack() as ends:
        if found.kind == "docker":
            docker_host = found.address
            say(f"Docker {found.version} answers at {docker_host}")
        else:
            docker_host = ends.enter_context(HostEngine()).docker_host
            say("no Docker Engine answers: the tests have started their own")
        if os.environ.get("DOCKER_HOST") == docker_host:  # with its certificates
            client = docker.from_env(timeout=SILENCE_S)
        else:
            client = docker.DockerClient(docker_host, timeout=SILENCE_S)
        ends.callback(client.close)
        yield Engine(client, docker_host)
