"""Push images to a registry and count what moves.

- `start_registry`, `Registry`: a registry in a container, for one lesson
- `push`, `Push`: which layers were sent, which the registry had, and how many bytes that was
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.live.errors import EngineNotAnsweringError, RequestError

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container

    from course.live.progress import Reporter

__all__ = ["Push", "Registry", "push", "start_registry"]

_PORT = "5000/tcp"
_ATTEMPT_INTERVAL_S = 0.2


@dataclass(frozen=True)
class Registry:
    """A registry that runs in a container.

    Attributes:
        container: its container.
        address: where the engine reaches it, such as `127.0.0.1:32768`. An engine trusts a registry
            on its own machine without encryption, so nothing has to be configured.
    """

    container: Container
    address: str

    def received_bytes(self) -> int:
        """Return how many bytes have come in over its network since it was started."""
        statistics: Any = self.container.stats(stream=False, one_shot=True)
        networks = statistics.get("networks") or {}
        return sum(int(network["rx_bytes"]) for network in networks.values())

    def __repr__(self) -> str:
        return f"<registry at {self.address}>"


def start_registry(
    client: docker.DockerClient, name: str, *, image: str, timeout_s: float = 60.0
) -> Registry:
    """Start a registry and wait until it answers.

    Args:
        client: the engine.
        name: what to call its container.
        image: the registry's image.
        timeout_s: how long to wait, in seconds.

    Raises:
        EngineNotAnsweringError: it did not answer in time.
    """
    anywhere: Any = ("127.0.0.1", None)  # the engine chooses a port; the SDK's types forget this
    container = client.containers.run(image, detach=True, name=name, ports={_PORT: anywhere})
    container.reload()
    (published, *_) = container.ports[_PORT] or [{"HostPort": "0"}]
    address = f"127.0.0.1:{published['HostPort']}"
    deadline = time.monotonic() + timeout_s
    while not _answers(client, address):
        if time.monotonic() > deadline:
            log = container.logs(tail=5).decode(errors="replace")
            raise EngineNotAnsweringError(
                f"The registry {name} at {address} did not answer within {timeout_s:g} s. "
                f"Its last words:\n{log}\nRun the cell again."
            )
        time.sleep(_ATTEMPT_INTERVAL_S)
    return Registry(container, address)


def _answers(client: docker.DockerClient, address: str) -> bool:
    """Return whether a registry answers the engine: that it has no such image is an answer."""
    import docker.errors

    try:
        client.images.get_registry_data(f"{address}/nothing:none")
    except docker.errors.APIError as error:
        said = str(error.explanation).lower()
        return "refused" not in said and "reset" not in said and "eof" not in said
    return True


@dataclass(frozen=True)
class Push:
    """What one push did.

    Attributes:
        reference: what was pushed, with the registry's address in front.
        digest: the name under which the registry keeps its manifest.
        sent: the layers that were sent, and how many bytes of files each holds.
        kept: the layers that the registry had.
        wire_bytes: what came in over the registry's network, in bytes; compressed, with what the
            two say to each other. None if nobody counted.
    """

    reference: str
    digest: str
    sent: dict[str, int]
    kept: tuple[str, ...]
    wire_bytes: int | None

    @property
    def sent_bytes(self) -> int:
        """The bytes of files in the layers that were sent."""
        return sum(self.sent.values())

    def __str__(self) -> str:
        wire = "" if self.wire_bytes is None else f", {self.wire_bytes:,} bytes on the wire"
        return (
            f"{self.reference}\n  {self.digest}\n  {len(self.sent)} layers sent with "
            f"{self.sent_bytes:,} bytes of files{wire} (measured)\n"
            f"  {len(self.kept)} layers were there already"
        )

    __repr__ = __str__


def push(
    client: docker.DockerClient,
    image: str,
    repository: str,
    tag: str,
    *,
    registry: Registry | None = None,
    progress: Reporter | None = None,
) -> Push:
    """Tag an image for a registry, push it and count.

    Args:
        client: the engine.
        image: the image's name or id.
        repository: where to, with the registry's address in front.
        tag: under which tag.
        registry: the registry, if its network is to be watched.
        progress: called as the layers go.

    Raises:
        RequestError: the registry refused it.
    """
    from course.live.progress import report

    client.images.get(image).tag(repository, tag)
    before = registry.received_bytes() if registry else None
    totals: dict[str, int] = {}
    sent: dict[str, int] = {}
    kept: list[str] = []
    digest = ""
    for message in client.api.push(repository, tag=tag, stream=True, decode=True):
        if "error" in message:
            raise RequestError(
                f"{repository}:{tag} was not pushed: {message['error']}. "
                "Does the registry still run? Start it again, and push again."
            )
        layer, status = str(message.get("id", "")), str(message.get("status", ""))
        if status == "Pushing":
            totals[layer] = int(message.get("progressDetail", {}).get("total") or 0)
            report(progress, None, f"pushing layer {layer}")
        elif status == "Pushed":
            sent[layer] = totals.get(layer, 0)
        elif status.startswith(("Layer already exists", "Mounted from")):
            kept.append(layer)
        digest = str(message.get("aux", {}).get("Digest", digest))
    wire = registry.received_bytes() - before if registry and before is not None else None
    return Push(f"{repository}:{tag}", digest, sent, tuple(kept), wire)
