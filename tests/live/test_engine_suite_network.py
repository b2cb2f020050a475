"""Networks, ports, volumes and mounts, on a real engine of this machine and in the lab VM."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from typing import Any

import docker.errors
import docker.types
import pytest

from course.live import errors, put
from tests.live.conftest import Engine


@pytest.fixture(scope="module")
def network(box: Any, client: Any) -> Any:
    """Return a network of the module's own; `box` removes it at the end."""
    network = client.networks.create("lesson")
    network.connect(box, aliases=["asker"])
    return network


@pytest.fixture(scope="module")
def web(client: Any, busybox: str, network: Any) -> Any:
    """Return a container that serves a page, in the network and on a published port."""
    serve = "mkdir /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www"
    return client.containers.run(
        busybox, ["sh", "-c", serve], name="web", network=network.name,
        ports={"80/tcp": None}, detach=True,
    )  # fmt: skip


def fetched(port: int, timeout_s: float = 60) -> bytes:
    """Fetch what a port of this machine serves, as soon as it serves anything."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                return answer.read()
        except OSError:  # a proxy accepts before the server behind it listens
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # between two tries


def test_containers_find_each_other_by_name(box: Any, web: Any) -> None:
    """In a network of one's own, a container's name is its address."""
    ask = "until wget -q -O - http://web/ 2> /dev/null; do sleep 0.1; done"
    code, printed = box.exec_run(["timeout", "60", "sh", "-c", ask])
    assert (code, printed) == (0, b"served\n")


def test_other_networks_do_not_know_the_name(client: Any, busybox: str, web: Any) -> None:
    """The name means nothing outside of the network."""
    with pytest.raises(errors.ContainerFailedError):
        client.containers.run(busybox, ["wget", "-q", "-O", "-", "http://web/"])


def test_without_a_network(client: Any, busybox: str) -> None:
    """A container without a network has its loopback only."""
    printed = client.containers.run(
        busybox, ["ls", "/sys/class/net"], network_mode="none", remove=True
    )
    assert printed.split() == [b"lo"]


def test_published_port(engine: Engine, web: Any) -> None:
    """A published port answers on this machine, wherever the engine is."""
    web.reload()
    port = int(web.ports["80/tcp"][0]["HostPort"])
    assert fetched(engine.forward(port)) == b"served\n"


def test_port_in_use(client: Any, busybox: str, web: Any) -> None:
    """A port is published once, and the message names it."""
    web.reload()
    port = int(web.ports["80/tcp"][0]["HostPort"])
    with pytest.raises(errors.PortInUseError, match=str(port)) as caught:
        client.containers.run(busybox, ["true"], ports={"80/tcp": port})
    assert caught.value.object_name == str(port)
    assert isinstance(caught.value, docker.errors.APIError)


def test_network_in_use(client: Any, network: Any) -> None:
    """A network with containers in it is not removed; an unknown one is not found."""
    with pytest.raises(errors.RequestError, match="active endpoints"):
        network.remove()
    with pytest.raises(errors.ObjectNotFoundError, match="nowhere"):
        client.networks.get("nowhere")


def test_volume_outlives_its_containers(client: Any, busybox: str) -> None:
    """What one container writes into a volume, another one reads; read-only is kept."""
    volume = client.volumes.create("kept")
    there = {volume.name: {"bind": "/kept", "mode": "rw"}}
    client.containers.run(busybox, ["sh", "-c", "echo 42 > /kept/n"], volumes=there, remove=True)
    there[volume.name]["mode"] = "ro"
    script = "cat /kept/n; echo 43 > /kept/n || echo refused"
    printed = client.containers.run(busybox, ["sh", "-c", script], volumes=there, remove=True)
    assert printed == b"42\nrefused\n"


def test_bind_mount(client: Any, busybox: str, box: Any) -> None:
    """A path of the engine's machine is seen inside; one that there is not is refused."""
    mount = docker.types.Mount("/outside", "/proc/sys/kernel", type="bind", read_only=True)
    outside = client.containers.run(
        busybox, ["cat", "/outside/ostype"], mounts=[mount], remove=True
    )
    assert outside == b"Linux\n"
    nowhere = docker.types.Mount("/outside", "/nowhere/at/all", type="bind")
    with pytest.raises(errors.BadRequestError, match="does not exist"):
        client.containers.create(busybox, ["true"], mounts=[nowhere])


def test_temporary_file_system(client: Any, busybox: str) -> None:
    """A tmpfs has its own size."""
    printed = client.containers.run(
        busybox, ["df", "-k", "/scratch"], tmpfs={"/scratch": "size=1m"}, remove=True
    )
    assert b" 1024 " in printed


def test_files_are_put_into_a_volume(client: Any, busybox: str, tmp_path: Path) -> None:
    """A lesson's files reach a read-only mount on every engine."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho from a file\n")
    script.chmod(0o755)
    volume = client.volumes.create("lesson-files")
    put(volume, {"bin/script": script, "text": "from a text\n", "data": b"from bytes\n"})
    printed = client.containers.run(
        busybox, ["sh", "-c", "/v/bin/script; cat /v/text /v/data; touch /v/x || echo refused"],
        volumes={volume.name: {"bind": "/v", "mode": "ro"}}, user="1000", remove=True,
    )  # fmt: skip
    assert printed == b"from a file\nfrom a text\nfrom bytes\nrefused\n"


def test_files_are_put_into_a_container(box: Any) -> None:
    """They reach a running container too, and its archive brings them back."""
    put(box, {"/new/place/file": "content"})
    assert box.exec_run(["cat", "/new/place/file"]).output == b"content"
    chunks, about = box.get_archive("/new/place/file")
    assert about["size"] == 7
    assert b"content" in b"".join(chunks)
    with pytest.raises(errors.BadRequestError, match=r"\.\."):
        put(box, {"../outside": "x"})
