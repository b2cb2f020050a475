"""The Docker SDK's client, with two things added: a label and understandable errors.

`CourseClient` is what `course.live.connect` returns and what a lab VM hands out.
It is an ordinary `docker.DockerClient`: the SDK's documentation describes it.  What differs:

- Containers, networks, volumes and images that it makes carry the label `course.live.LABEL`.
- Errors are translated by `course.live.translation`, and remain instances of the SDK's classes.
- A failed build leaves no container of its own behind (``forcerm``), since that has no label.
- The course's own images are never looked for in a registry, which has none of them.

Importing this imports the SDK, which takes a moment; so it is imported where it is used.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import docker
import docker.errors
from docker.models.containers import ContainerCollection
from docker.models.images import ImageCollection
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection

from course.live.errors import (
    EngineGoneError,
    EngineNotAnsweringError,
    LiveError,
    NoEngineError,
    OutOfTimeError,
)
from course.live.label import LABEL, LESSON
from course.live.translation import made_from, translate

__all__ = ["TIMEOUT_S", "CourseClient", "Explain"]

#: How long an answer may take, in seconds.  An emulated engine starts a container in 3 s, and in
#: ten times that where several share a core; a stream has no limit.
TIMEOUT_S = 120

#: How long to wait for the engine to learn why a container with a memory limit was killed.
OOM_EVENT_S = 2

#: Says more about a connection that failed, or None: the lab VM behind it may have died.
Explain = Callable[[BaseException], LiveError | None]

_Kind = TypeVar("_Kind", bound=type)


def _translating(kind: _Kind) -> _Kind:
    """Make all public methods that a class has from the SDK, or overrides, translate errors.

    A class decorator.  This is the one place where errors are translated: some arise before
    anything is sent, some on the way, some from the answer, and each of the SDK's methods ends in
    the same exceptions.
    """
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        ours = method.__module__ == __name__
        if not name.startswith("_") and (ours or method.__module__.startswith("docker.")):
            setattr(kind, name, _translated(method))
    return kind


def _translated(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        api = self if isinstance(self, CourseAPIClient) else self.client.api
        with api._errors_translated():
            return method(self, *arguments, **options)

    return call


class _Connection(UnixHTTPConnection):
    """A connection whose socket is closed if nobody answers; the SDK's own leaves it open."""

    def connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self.timeout)
            connection.connect(self.unix_socket)
        except BaseException:
            connection.close()
            raise
        self.sock = connection


class _Adapter(UnixHTTPAdapter):
    """The SDK's way to a Unix socket, by such connections."""

    def get_connection(self, url: Any, proxies: Any = None) -> Any:
        pool: Any = super().get_connection(url, proxies)
        pool._new_conn = functools.partial(_Connection, url, self.socket_path, self.timeout)
        return pool


@_translating
class CourseAPIClient(docker.APIClient):
    """The SDK's low-level client, through which everything goes."""

    def __init__(
        self, base_url: str | None = None, *, explain: Explain | None = None, **options: Any
    ) -> None:
        self._address = base_url or ""
        self._explain = explain
        self._answered = False
        # The last container that ended by SIGKILL, and whether for its memory: `run(remove=True)`
        # removes it before it says that it failed.
        self._killed: tuple[str, bool | None] | None = None
        try:
            with self._errors_translated():
                super().__init__(base_url, **options)
        except BaseException:
            if hasattr(self, "adapters"):
                self.close()  # its pool holds a socket
            raise
        self._answered = True

    def mount(self, prefix: Any, adapter: Any) -> None:
        if type(adapter) is UnixHTTPAdapter:
            adapter = _Adapter(
                f"http+unix://{adapter.socket_path}",
                adapter.timeout,
                max_pool_size=adapter.max_pool_size,
            )
            self._custom_adapter = adapter
        super().mount(prefix, adapter)

    @contextlib.contextmanager
    def _errors_translated(self) -> Iterator[None]:
        try:
            yield
        except LiveError:
            raise
        except Exception as error:
            ours = translate(error, address=self._address, answered=self._answered)
            if ours is None:
                raise
            lost = isinstance(ours, (EngineGoneError, EngineNotAnsweringError, NoEngineError))
            if lost and self._explain is not None:
                ours = self._explain(error) or ours
            if ours is error:
                raise
            raise ours from error

    # Streams are read after the method that made them has returned.  At their end, or when their
    # reader closes them, so is their connection, which the SDK leaves to the garbage collector.

    def _reading(self, response: Any, stream: Iterator[Any]) -> Iterator[Any]:
        with self._errors_translated():
            try:
                yield from stream
            finally:
                response.close()

    def _stream_helper(self, response: Any, decode: bool = False) -> Iterator[Any]:
        return self._reading(response, super()._stream_helper(response, decode))

    def _multiplexed_response_stream_helper(self, response: Any) -> Iterator[Any]:
        stream = super()._multiplexed_response_stream_helper(response)
        return self._reading(response, stream)

    def _stream_raw_result(self, response: Any, *arguments: Any) -> Iterator[Any]:
        return self._reading(response, super()._stream_raw_result(response, *arguments))

    def _read_from_socket(self, response: Any, stream: bool, *arguments: Any, **more: Any) -> Any:
        read = super()._read_from_socket(response, stream, *arguments, **more)
        return self._reading(response, read) if stream else read

    # What is made, is labelled.

    def create_container_from_config(self, config: Any, *arguments: Any, **options: Any) -> Any:
        """Make a container, labelled."""
        config["Labels"] = _labels(config.get("Labels"))
        return super().create_container_from_config(config, *arguments, **options)

    def create_network(self, *arguments: Any, **options: Any) -> Any:
        """Make a network, labelled."""
        options["labels"] = _labels(options.get("labels"))
        return super().create_network(*arguments, **options)

    def create_volume(self, *arguments: Any, **options: Any) -> Any:
        """Make a volume, labelled."""
        options["labels"] = _labels(options.get("labels"))
        return super().create_volume(*arguments, **options)

    def build(self, *arguments: Any, **options: Any) -> Any:
        """Build an image, labelled; leave nothing behind if that fails."""
        options["labels"] = _labels(options.get("labels"))
        options.setdefault("forcerm", True)
        return super().build(*arguments, **options)

    def commit(self, *arguments: Any, **options: Any) -> Any:
        """Make an image of a container, labelled."""
        options["changes"] = _changes(options.get("changes"))
        return super().commit(*arguments, **options)

    def import_image(self, *arguments: Any, **options: Any) -> Any:
        """Make an image of a file system's archive, labelled."""
        options["changes"] = _changes(options.get("changes"))
        return super().import_image(*arguments, **options)

    def import_image_from_data(self, *arguments: Any, **options: Any) -> Any:
        """Make an image of a file system's archive in memory, labelled."""
        options["changes"] = _changes(options.get("changes"))
        return super().import_image_from_data(*arguments, **options)

    def pull(self, repository: str, *arguments: Any, **options: Any) -> Any:
        """Pull an image, unless it is one that no registry has."""
        if repository.startswith("course/"):
            said = f"No such image: {repository}"
            raise docker.errors.ImageNotFound(said, explanation=said)
        return super().pull(repository, *arguments, **options)

    def wait(self, container: Any, timeout: Any = None, condition: Any = None) -> Any:
        """Wait for a container's end; see why, if it was killed."""
        try:
            result = super().wait(container, timeout, condition)
        except Exception as error:
            kind = EngineNotAnsweringError
            if timeout is None or not isinstance(translate(error), kind):
                raise
            message = (
                f"expected the container to end within {timeout} s, found it still running. "
                "Wait longer, or stop it."
            )
            raise made_from(error, OutOfTimeError, message) from error
        if result.get("StatusCode") == 137:
            with contextlib.suppress(LiveError):  # it may be gone, and is not what was asked for
                self._killed = self._why_killed(container)
        return result

    def _why_killed(self, container: Any) -> tuple[str, bool | None]:
        """Say which container was killed, and whether for its memory, if that is known."""
        deadline = time.monotonic() + OOM_EVENT_S
        while True:
            found = self.inspect_container(container)
            if found["State"]["OOMKilled"]:
                return found["Id"], True
            if not found["HostConfig"]["Memory"]:
                return found["Id"], False
            # The kernel tells the engine of the end and of its reason apart, in either order.
            if time.monotonic() > deadline:
                return found["Id"], None
            time.sleep(0.05)  # between two looks


@_translating
class _Containers(ContainerCollection):
    def run(self, *arguments: Any, **options: Any) -> Any:
        """Run a container, as the SDK does, and know why it failed."""
        try:
            return super().run(*arguments, **options)
        except docker.errors.ContainerError as error:
            killed = self.client.api._killed
            if killed is not None and killed[0] == error.container.id:
                vars(error)["out_of_memory"] = killed[1]
            raise


@_translating
class _Images(ImageCollection):
    pass


class CourseClient(docker.DockerClient):
    """A Docker SDK client whose objects are labelled and whose errors are translated.

    Args:
        base_url: where the engine is: ``unix:///...``, ``tcp://...``, ``ssh://...``.
        timeout: how long an answer may take, in seconds.
        explain: called with the error when the connection fails; may return a better one.
        options: the other arguments of `docker.DockerClient`.

    Raises:
        EngineError: the engine does not answer, not to this user, or not intelligibly.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        explain: Explain | None = None,
        **options: Any,
    ) -> None:
        self.api = CourseAPIClient(base_url, timeout=timeout, explain=explain, **options)

    @property
    def containers(self) -> _Containers:
        """The engine's containers."""
        return _Containers(client=self)

    @property
    def images(self) -> _Images:
        """The engine's images."""
        return _Images(client=self)

    def answers(self, timeout_s: float = 10) -> bool:
        """Say whether the engine answers within a time, in seconds."""
        try:
            return bool(self.api.get(self.api._url("/_ping"), timeout=timeout_s).ok)
        except (OSError, docker.errors.DockerException):  # requests' errors are OSErrors
            return False


def _labels(given: Any) -> dict[str, str]:
    """Add our label to those that were given: a mapping, a list of names, or none."""
    if given is None or isinstance(given, dict):
        return {LABEL: LESSON, **(given or {})}
    if isinstance(given, str) or not isinstance(given, Iterable):
        return given  # type: ignore[return-value]  # the SDK refuses it
    return {LABEL: LESSON, **dict.fromkeys(given, "")}


def _changes(given: str | list[str] | None) -> list[str]:
    """Add our label to the Dockerfile instructions that were given; a later one wins."""
    added = [given] if isinstance(given, str) else list(given or [])
    return [f'LABEL {LABEL}="{LESSON}"', *added]
