"""The way from a browser to what a container serves.

A container's published port is a port of the engine's machine.  That is this machine, or another
one (a remote `DOCKER_HOST`), or the lab VM, into which a port is forwarded.
And behind a hub, as on Binder, the browser reaches this machine through one address only: there
jupyter-server-proxy, a part of the Jupyter server, passes requests on to a port.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from course.live.engine import current
from course.live.errors import BadRequestError

if TYPE_CHECKING:
    from course.live.engine import Connection

__all__ = ["forward", "url"]

LOOPBACK = "127.0.0.1"
_ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - what Docker reports, not what we bind to


def forward(port: int) -> int:
    """Make a port of the engine's machine one of this machine.

    Args:
        port: a port that a container has published.

    Returns:
        The port of this machine: another one for the lab VM, the same one for an engine that is
        on this machine.  A remote engine's ports stay where they are; see `url`.
    """
    lab_vm = current().lab_vm
    return port if lab_vm is None else int(lab_vm.forward(port))


def url(container: Any, port: int) -> str:
    """Give the address at which a browser reaches what a container serves.

    Args:
        container: a container of `connect`'s client, or its name.
        port: the port on which it listens inside; it must have been published.

    Returns:
        ``http://127.0.0.1:PORT/``; behind a hub ``/user/NAME/proxy/PORT/``, which is relative to
        the hub's own address, as a link in a notebook is.

    Raises:
        BadRequestError: the container does not publish the port, or not where it can be reached.
        ObjectNotFoundError: there is no such container.
    """
    connection = current()
    if isinstance(container, str):
        container = connection.client.containers.get(container)
    else:
        container.reload()  # what it publishes is known only once it runs
    address, published = _published(container, port)
    if connection.lab_vm is not None:
        if address not in _ANY_ADDRESS:
            raise BadRequestError(
                f"expected port {port} of {container.name!r} to be published on every address of "
                f"the lab VM, found {address} only, which is inside of it. "
                f"Publish it without an address: ports={{'{port}/tcp': None}}.",
                object_name=container.name,
            )
        address = LOOPBACK
    elif address in _ANY_ADDRESS:
        address = _host(connection)
    ours = forward(published)
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix and address == LOOPBACK:
        return f"{prefix.rstrip('/')}/proxy/{ours}/"
    return f"http://{f'[{address}]' if ':' in address else address}:{ours}/"


def _published(container: Any, port: int) -> tuple[str, int]:
    """Find the address and the port of the engine's machine that lead to a container's port."""
    # {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}], "443/tcp": None}
    ports = container.attrs["NetworkSettings"]["Ports"] or {}
    for binding in ports.get(f"{port}/tcp") or ():
        return str(binding["HostIp"]), int(binding["HostPort"])
    if container.status != "running":
        raise BadRequestError(
            f"expected {container.name!r} to run, found it {container.status}. "
            "container.start() starts it, container.logs() tells why it ended.",
            object_name=container.name,
        )
    others = ", ".join(name for name, bindings in ports.items() if bindings) or "none"
    raise BadRequestError(
        f"expected port {port} of {container.name!r} to be published, found these: {others}. "
        f"Run it with ports={{'{port}/tcp': None}}: the engine then chooses a free one.",
        object_name=container.name,
    )


def _host(connection: Connection) -> str:
    """Name the machine of an engine that is not in the lab VM."""
    address = urlsplit(connection.info.address)
    return (address.hostname if address.scheme in ("tcp", "ssh", "http", "https") else "") or (
        LOOPBACK
    )
