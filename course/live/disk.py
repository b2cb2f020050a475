"""What containers and images take on an engine's disk.

- `written`: what each container has written, beside what it seems to be
- `usage`: the engine's own account, as `docker system df` gives it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import docker

__all__ = ["ContainerDisk", "Usage", "usage", "written"]


@dataclass(frozen=True)
class ContainerDisk:
    """What one container takes.

    Attributes:
        name: the container's name.
        written_bytes: the files that it has written itself.
        virtual_bytes: those and its image's; the image's are there once for all its containers.
    """

    name: str
    written_bytes: int
    virtual_bytes: int


def written(client: docker.DockerClient, names: Iterable[str]) -> tuple[ContainerDisk, ...]:
    """Return what containers have written, in the order of their names.

    Args:
        client: the engine.
        names: the containers' names; those that do not exist are left out.
    """
    wanted = list(names)
    listed: Any = client.api.containers(all=True, size=True)
    found = {
        name.lstrip("/"): ContainerDisk(
            name.lstrip("/"), int(entry.get("SizeRw") or 0), int(entry.get("SizeRootFs") or 0)
        )
        for entry in listed
        for name in entry["Names"]
    }
    return tuple(found[name] for name in wanted if name in found)


@dataclass(frozen=True)
class Usage:
    """What an engine keeps.

    Attributes:
        images: how many images there are, those without a name included.
        image_bytes: what their layers take together, each counted once.
        containers: how many containers there are.
        container_bytes: what they have written.
        volumes: how many volumes there are.
    """

    images: int
    image_bytes: int
    containers: int
    container_bytes: int
    volumes: int


def usage(client: docker.DockerClient) -> Usage:
    """Return the engine's own account of its disk.

    Args:
        client: the engine.
    """
    account: Any = client.df()
    containers = account.get("Containers") or []
    return Usage(
        len(account.get("Images") or []),
        int(account.get("LayersSize") or 0),
        len(containers),
        sum(int(container.get("SizeRw") or 0) for container in containers),
        len(account.get("Volumes") or []),
    )
