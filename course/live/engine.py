"""Which Docker Engine the lessons use, and what they leave behind.

`connect` gives a Docker SDK client, on every machine:

1. `COURSE_ENGINE=docker` or `COURSE_ENGINE=labvm` forces one;
2. else the engine that the ``docker`` command would use, if it answers: `DOCKER_HOST`, else the
   docker context, else the default socket; Podman's Docker-compatible socket counts;
3. else the lab VM, an engine of one's own that needs no privilege.

The answer is remembered by the process.  It is looked for again after a fork, when one of the
environment's variables above has changed, or when the engine answers no more.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from course.live import progress as reporting
from course.live.errors import (
    EngineChoiceError,
    EngineForbiddenError,
    LiveError,
    NoEngineError,
    ObjectNotFoundError,
)
from course.live.label import LABEL, LESSON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from course.live.client import CourseClient
    from course.live.progress import Reporter

__all__ = ["Choice", "EngineInfo", "Removed", "choose", "cleanup", "connect", "engine"]

Kind = Literal["docker", "podman", "labvm"]

#: How long an engine may take to say what it is, in seconds, before it counts as none.
LOOK_S = 5
DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_VARIABLES = (
    "COURSE_ENGINE", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "COURSE_LABVM_NAME", "COURSE_LABVM_DIR", "XDG_RUNTIME_DIR",
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Which engine a learner gets, decided without starting anything.

    Attributes:
        kind: ``docker``, ``podman``, ``labvm``; None if there is none to be had.
        address: where it is, such as ``unix:///var/run/docker.sock``; empty for the lab VM.
        version: of the engine that answers, or that the lab VM holds; empty if there is none.
        reason: why this one, in a sentence.
        remedy: what to do to have one, or a better one; empty when nothing is to be done.
    """

    kind: Kind | None
    address: str
    version: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class EngineInfo:
    """The engine that the lessons use.

    Attributes:
        kind: ``docker``, ``podman`` or ``labvm``.
        version: of the engine.
        api_version: of the interface that it and the SDK agreed on.
        accelerated: whether the lab VM runs on hardware virtualization (True) or is emulated
            (False: about ten times slower); None for an engine on the host.
        address: where it is; what `DOCKER_HOST` would be.
        reason: why this one, in a sentence.
        started_at: since when this process uses it; for the lab VM, since when it runs.
    """

    kind: Kind
    version: str
    api_version: str
    accelerated: bool | None
    address: str
    reason: str
    started_at: datetime

    @property
    def age_s(self) -> float:
        """How long ago that was, in seconds."""
        return (datetime.now(UTC) - self.started_at).total_seconds()

    def __str__(self) -> str:
        names = {"docker": "Docker Engine", "podman": "Podman", "labvm": "Docker Engine"}
        where = {None: "", True: " in the lab VM (KVM)", False: " in the lab VM (emulated)"}
        return f"{names[self.kind]} {self.version}{where[self.accelerated]}: {self.reason}"


@dataclass(frozen=True)
class Removed:
    """What `cleanup` removed.

    Attributes:
        containers: their names.
        networks: their names.
        volumes: their names.
        images: their tags, or their short ids if they had none.
        kept: what carries the label and could not be removed, with the engine's reason.
    """

    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many objects were removed."""
        return sum(map(len, (self.containers, self.networks, self.volumes, self.images)))

    def __str__(self) -> str:
        kinds = ("container", "network", "volume", "image")
        lines = []
        for kind in kinds:
            names = getattr(self, f"{kind}s")
            if names:
                plural = "" if len(names) == 1 else "s"
                lines.append(f"removed {len(names)} {kind}{plural}: {', '.join(names)}")
        lines += [f"kept {what}" for what in self.kept]
        return "\n".join(lines) or "nothing to remove: no object carries the lessons' label"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


@dataclass(frozen=True)
class Connection:
    """A client and what it is connected to.

    Attributes:
        client: the SDK's client.
        info: the engine.
        lab_vm: the lab VM, if it is one.
        variables: the environment in which it was chosen.
    """

    client: CourseClient
    info: EngineInfo
    lab_vm: Any
    variables: tuple[str | None, ...]


class _Memory:
    """What one process remembers.  A forked one begins anew: a lock may be held for ever in it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.connection: Connection | None = None


_memories: dict[int, _Memory] = {}


def connect(progress: Reporter | None = None) -> CourseClient:
    """Give a client of the Docker Engine that the lessons use; start the lab VM if need be.

    Args:
        progress: told how far the start is; by default one line is shown that is rewritten.

    Returns:
        A `docker.DockerClient`; the same one again while its engine answers.

    Raises:
        EngineChoiceError: `COURSE_ENGINE`, `DOCKER_HOST` or the docker context cannot be used.
        NoEngineError: no engine is in reach and no lab VM can be started.
        LabVMError: the lab VM does not start.
    """
    return current(progress).client


def engine() -> EngineInfo:
    """Say which engine the lessons use, and why; connect to it if that has not been done."""
    return current().info


def current(progress: Reporter | None = None) -> Connection:
    """Give the connection that `connect` gives the client of.

    Args:
        progress: as for `connect`.
    """
    memory = _memory()
    with memory.lock:
        known = memory.connection
        if known is not None and known.variables == _variables() and known.client.answers():
            return known
        memory.connection = None
        memory.connection = _connect(progress or reporting.show())
        return memory.connection


def remembered() -> Connection | None:
    """Give the connection that this process has, without asking whether it still answers."""
    return _memory().connection


def choose(environment: Mapping[str, str] | None = None) -> Choice:
    """Decide which engine a learner gets, and say why; start nothing.

    Args:
        environment: the variables to go by; this process's by default.

    Raises:
        EngineChoiceError: `COURSE_ENGINE` is neither ``docker`` nor ``labvm``.
    """
    environment = os.environ if environment is None else environment
    forced = environment.get("COURSE_ENGINE", "")
    if forced not in ("", "docker", "labvm"):
        raise EngineChoiceError(
            f"expected COURSE_ENGINE to be 'docker' or 'labvm', found {forced!r}. "
            "Correct it, or unset it: then the course looks for an engine by itself.",
            object_name=forced,
        )
    if forced == "labvm":
        return _choose_lab_vm("COURSE_ENGINE=labvm asks for it")
    found = _look(environment)
    if found.kind is not None:
        why = "COURSE_ENGINE=docker asks for an engine, and " if forced else ""
        return Choice(found.kind, found.address, found.version, f"{why}{found.reason}")
    if forced == "docker":
        reason = f"COURSE_ENGINE=docker asks for an engine, but {found.reason}"
        return Choice(None, "", "", reason, found.remedy)
    return _choose_lab_vm(found.reason, found.remedy)


def cleanup(client: Any = None) -> Removed:
    """Remove the objects that were made for lessons, and nothing else.

    What carries the lessons' label is removed: containers (running ones too), then networks and
    volumes, then images, since each may use those after it.  The course's own images stay.

    Args:
        client: a Docker client; by default that of `connect`.

    Returns:
        What was removed, and what could not be.
    """
    api = (connect() if client is None else client).api
    kept: list[str] = []

    def swept(kind: str, found: list[tuple[str, Callable[[], Any]]]) -> tuple[str, ...]:
        return tuple(name for name, remove in found if _remove(kind, name, remove, kept))

    marked = {"label": f"{LABEL}={LESSON}"}
    containers = swept(
        "container",
        [
            # with its anonymous volumes, which have no label
            (_name(found), partial(api.remove_container, found["Id"], v=True, force=True))
            for found in api.containers(all=True, filters=marked)
        ],
    )
    networks = swept(
        "network",
        [
            (found["Name"], partial(api.remove_network, found["Id"]))
            for found in api.networks(filters=marked)
        ],
    )
    volumes = swept(
        "volume",
        [
            (found["Name"], partial(api.remove_volume, found["Name"]))
            for found in api.volumes(filters=marked)["Volumes"] or ()
        ],
    )
    images = _remove_images(api, marked, kept)
    return Removed(containers, networks, volumes, images, tuple(kept))


def _memory() -> _Memory:
    return _memories.setdefault(os.getpid(), _Memory())


def _variables() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in _VARIABLES)


def _connect(progress: Reporter) -> Connection:
    choice = choose()
    if choice.kind is None:
        raise NoEngineError(
            f"expected a Docker Engine or a lab VM, found none: {choice.reason}. "
            f"Try: {choice.remedy}."
        )
    if choice.kind == "labvm":
        connection = _connect_to_lab_vm(choice, progress)
    else:
        from course.live.client import CourseClient

        client = CourseClient(choice.address, **_tls(choice.address, os.environ))
        connection = Connection(client, _info(client, choice), None, _variables())
    reporting.report(progress, 1.0, str(connection.info))
    return connection


def _connect_to_lab_vm(choice: Choice, progress: Reporter) -> Connection:
    from course.live import labvm

    lab_vm = labvm.LabVM.shared(progress=progress)
    client = lab_vm.client()
    info = _info(client, choice, labvm.readiness().accelerator == "kvm", lab_vm)
    return Connection(client, info, lab_vm, _variables())


def _info(
    client: CourseClient, choice: Choice, accelerated: bool | None = None, lab_vm: Any = None
) -> EngineInfo:
    age_s = 0.0 if lab_vm is None else lab_vm.status().age_s
    return EngineInfo(
        choice.kind or "docker",
        choice.version,
        client.api.api_version,
        accelerated,
        choice.address if lab_vm is None else lab_vm.docker_host,
        choice.reason,
        datetime.now(UTC) - timedelta(seconds=age_s),
    )


def _choose_lab_vm(why: str, remedy: str = "") -> Choice:
    try:
        from course.live import labvm

        ready = labvm.readiness()
    except (ImportError, AttributeError) as error:
        return Choice(None, "", "", f"{why}; and the lab VM is not there ({error})", remedy)
    if ready.state == "built":
        return Choice("labvm", "", ready.docker_version, why)
    remedies = "; or ".join(filter(None, (ready.remedy, remedy)))
    return Choice(None, "", "", f"{why}; and the lab VM: {ready.reason}", remedies)


def _look(environment: Mapping[str, str]) -> Choice:
    """Ask the engines of this machine, in their order; the first one that answers is it."""
    failures, remedies = [], []
    for address, origin in _candidates(environment):
        try:
            kind, version = _ask(address, environment)
        except LiveError as error:
            failures.append(f"{origin} {_failure(error)}")
            if isinstance(error, EngineForbiddenError):
                remedies.append("sudo usermod -aG docker $USER, then log in again")
            continue
        return Choice(kind, address, version, f"{origin} answers")
    remedies.append("start Docker (sudo systemctl start docker, or open Docker Desktop)")
    return Choice(None, "", "", "; ".join(failures), remedies[0])


def _candidates(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """List the addresses at which an engine may be, each with who says so."""
    if address := environment.get("DOCKER_HOST"):
        return [(address, f"DOCKER_HOST={address}")]
    from docker.context import ContextAPI

    try:
        context = ContextAPI.get_context(environment.get("DOCKER_CONTEXT"))
    except Exception as error:  # an unreadable file, or one that says something else
        raise EngineChoiceError(
            f"expected a docker context that can be read, found: {error}. "
            "Correct ~/.docker/config.json and ~/.docker/contexts, or set COURSE_ENGINE=labvm."
        ) from error
    if context is None:
        name = environment.get("DOCKER_CONTEXT") or "the current one"
        raise EngineChoiceError(
            f"expected a docker context that there is, found {name!r}, which there is not. "
            "`docker context ls` lists them; `docker context use default` goes back.",
            object_name=name,
        )
    if context.name != "default" and context.Host:
        return [(str(context.Host), f"the docker context {context.name!r}")]
    candidates = [(str(context.Host or DEFAULT_SOCKET), "the default socket")]
    podman = [Path("/run/podman/podman.sock")]
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        podman.insert(0, Path(runtime, "podman", "podman.sock"))
    candidates += [(f"unix://{path}", "Podman's socket") for path in podman if _exists(path)]
    return candidates


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that this user may not look into
        return False


def _ask(address: str, environment: Mapping[str, str]) -> tuple[Kind, str]:
    """Ask an engine what it is."""
    import contextlib

    from course.live.client import CourseClient

    tls = _tls(address, environment)
    with contextlib.closing(CourseClient(address, timeout=LOOK_S, **tls)) as client:
        said = client.version()
    names = [str(part.get("Name", "")) for part in said.get("Components") or ()]
    is_podman = any("podman" in name.casefold() for name in names)
    return "podman" if is_podman else "docker", str(said.get("Version", "?"))


def _tls(address: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the client's TLS settings for an address: the environment's, or its context's."""
    from docker.context import ContextAPI
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    from course.live.translation import translate

    try:
        if environment.get("DOCKER_HOST") == address:
            settings = kwargs_from_env(dict(environment))
        elif address.startswith("unix:"):
            return {}
        else:
            settings = ContextAPI.kwargs_from_context(environment=dict(environment))
    except DockerException as error:
        raise (translate(error) or error) from error
    return {"tls": settings["tls"]} if "tls" in settings else {}


def _failure(error: LiveError) -> str:
    if isinstance(error, EngineForbiddenError):
        return "is not for you"
    if isinstance(error, EngineChoiceError):
        return f"cannot be used: {error.explanation or error}"
    return "does not answer"


def _remove(kind: str, name: str, remove: Callable[[], Any], kept: list[str]) -> bool:
    """Remove one object; note why not, if that fails, unless it has gone by itself."""
    from docker.errors import APIError

    try:
        remove()
    except (ObjectNotFoundError, APIError) as error:
        if error.status_code != 404 and "already in progress" not in str(error):
            kept.append(f"{kind} {name}: {getattr(error, 'explanation', None) or error}")
        return False
    return True


def _remove_images(api: Any, marked: dict[str, str], kept: list[str]) -> tuple[str, ...]:
    """Remove images, children before their parents, until none can be removed any more."""
    removed: list[str] = []
    while True:
        before, failed = len(removed), list[str]()
        for found in api.images(filters=marked):
            # One reference after the other: an image goes with its last one, and removing it by
            # force would take it from a container that is not ours.
            references = [tag for tag in found["RepoTags"] or () if tag != "<none>:<none>"]
            for reference in references or [found["Id"]]:
                name = reference.removeprefix("sha256:")[:12] if not references else reference
                if _remove("image", name, partial(api.remove_image, reference), failed):
                    removed.append(name)
        if len(removed) == before:
            kept += failed
            return tuple(removed)


def _name(container: Mapping[str, Any]) -> str:
    names = container.get("Names") or [container["Id"][:12]]
    return str(names[0]).removeprefix("/")
