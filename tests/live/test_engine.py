"""Which engine a learner gets, and that only what lessons made is removed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from course import live
from course.live import errors
from course.live.client import CourseClient
from course.live.engine import choose, remembered
from tests.live.conftest import Engine, provided


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have nothing say where an engine is, but a home folder that is empty."""
    for name in ("COURSE_ENGINE", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH",
                 "DOCKER_TLS_VERIFY", "XDG_RUNTIME_DIR", "JUPYTERHUB_SERVICE_PREFIX"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    monkeypatch.setenv("COURSE_LABVM_DIR", str(tmp_path / "labvm"))  # none is built there
    return tmp_path


@pytest.fixture
def client(host: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[CourseClient]:
    """Connect to an engine on this machine as a learner does."""
    monkeypatch.setenv("DOCKER_HOST", host.docker_host)
    client = live.connect(lambda _: None)
    yield client
    client.close()


@pytest.mark.parametrize("value", ["podman", "vm", "Docker"])
def test_an_unknown_engine_is_refused(value: str) -> None:
    """COURSE_ENGINE is not guessed at."""
    with pytest.raises(errors.EngineChoiceError, match=value):
        choose({"COURSE_ENGINE": value})


def test_no_engine_is_explained(tmp_path: Path) -> None:
    """Where there is none, the choice says what was tried and what to do, and starts nothing."""
    nowhere = f"unix://{tmp_path}/nothing.sock"
    choice = choose({"DOCKER_HOST": nowhere})
    assert choice.kind is None
    assert nowhere in choice.reason
    assert "does not answer" in choice.reason
    assert "lab VM" in choice.reason
    assert choice.remedy
    forced = choose({"COURSE_ENGINE": "docker", "DOCKER_HOST": nowhere})
    assert forced.kind is None
    assert "lab VM" not in forced.reason


def test_connecting_to_none_raises(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Then connecting says the same."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    monkeypatch.setenv("COURSE_ENGINE", "docker")
    with pytest.raises(errors.NoEngineError, match="does not answer"):
        live.connect(lambda _: None)
    assert remembered() is None


def test_a_forbidden_socket_names_the_group(tmp_path: Path) -> None:
    """A socket that is there but not for this user is not called absent."""
    path = tmp_path / "d.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0)
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o055)
        code = (
            "import os\n"
            "from course.live.engine import choose\n"
            "choose({'COURSE_ENGINE': 'docker', 'DOCKER_HOST': 'unix:///nowhere'})\n"  # imports
            "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            f"c = choose({{'COURSE_ENGINE': 'docker', 'DOCKER_HOST': 'unix://{path}'}})\n"
            "print(c.kind, '|', c.reason, '|', c.remedy)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert "None | " in done.stdout, done.stderr
    assert "not for you" in done.stdout
    assert "usermod" in done.stdout


def test_an_unknown_context_is_refused() -> None:
    """A context that there is not is not passed over."""
    with pytest.raises(errors.EngineChoiceError, match="nowhere"):
        choose({"DOCKER_CONTEXT": "nowhere"})


@pytest.mark.docker
def test_docker_host_is_first(host: Engine) -> None:
    """DOCKER_HOST is asked first, and the reason says so."""
    choice = choose({"DOCKER_HOST": host.docker_host})
    version = host.client.version()["Version"]
    assert (choice.kind, choice.address, choice.version) == ("docker", host.docker_host, version)
    assert choice.reason == f"DOCKER_HOST={host.docker_host} answers"


@pytest.mark.docker
def test_the_context_is_next(host: Engine, home: Path) -> None:
    """Without DOCKER_HOST the docker command's context is asked, as that command would."""
    if shutil.which("docker") is None:
        pytest.skip("the docker command is not installed")
    subprocess.run(
        ["docker", "context", "create", "there", f"--docker=host={host.docker_host}"],
        check=True, capture_output=True,
    )  # fmt: skip
    code = (
        "import os; from course.live.engine import choose\n"
        "c = choose(); print(c.kind, c.address, c.reason)"
    )
    for settings, more in (({}, {"DOCKER_CONTEXT": "there"}), ({"currentContext": "there"}, {})):
        # without this file the SDK does not find contexts
        (home / ".docker" / "config.json").write_text(json.dumps(settings))
        # in a process of its own: the SDK looks for the folder when it is imported
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True, capture_output=True, text=True, env={**os.environ, **more},
        )  # fmt: skip
        assert done.stdout.split()[:2] == ["docker", host.docker_host]
        assert "context 'there'" in done.stdout


@pytest.mark.docker
def test_podmans_socket_counts(host: Engine, tmp_path: Path) -> None:
    """Where the default socket is silent, Podman's is asked."""
    if choose({"COURSE_ENGINE": "docker"}).kind is not None:
        pytest.skip("this machine has an engine of its own, which comes first")
    folder = tmp_path / "podman"
    folder.mkdir()
    (folder / "podman.sock").symlink_to(host.docker_host.removeprefix("unix://"))
    choice = choose({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert choice.address == f"unix://{folder}/podman.sock"
    assert choice.reason == "Podman's socket answers"


@pytest.mark.docker
def test_the_connection_is_remembered(
    client: CourseClient, host: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second call returns the same client, until the environment says something else."""
    assert live.connect() is client
    info = live.engine()
    assert (info.kind, info.accelerated, info.address) == ("docker", None, host.docker_host)
    assert info.version == client.version()["Version"]
    assert info.api_version == client.api.api_version
    assert info.age_s >= 0
    assert info.version in str(info)
    monkeypatch.setenv("COURSE_ENGINE", "docker")
    other = live.connect(lambda _: None)
    assert other is not client
    other.close()


@pytest.mark.docker
def test_a_forked_process_looks_again(client: CourseClient) -> None:
    """A fork does not use its parent's sockets."""
    assert client.answers()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        other = live.connect(lambda _: None)
        os.write(writing, b"1" if other is not client and other.ping() else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        assert answer.read() == b"1"
    assert live.connect() is client


@pytest.mark.docker
def test_the_start_is_told(host: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Without a reporter one line says which engine it is, once."""
    monkeypatch.setenv("DOCKER_HOST", host.docker_host)
    monkeypatch.setenv("COURSE_LABVM_NAME", "unlike-before")
    client = live.connect()
    assert "Docker Engine" in capsys.readouterr().err
    live.connect()
    assert capsys.readouterr().err == ""
    client.close()


@pytest.mark.docker
def test_clean_up_removes_what_lessons_made_and_nothing_else(
    client: CourseClient, host: Engine
) -> None:
    """Labelled objects go, running and in use or not; others stay; a second time does nothing."""
    busybox = provided(client, "course/busybox:1.35")
    foreign = docker.DockerClient(host.docker_host)
    try:
        stays = foreign.containers.create(busybox, name="not-ours")
        foreign.networks.create("not-ours")
        foreign.volumes.create("not-ours")
        network = client.networks.create("ours")
        volume = client.volumes.create("ours")
        box = client.containers.run(
            busybox, ["sleep", "infinity"], name="ours", detach=True, network="ours",
            volumes=["ours:/v"],
        )  # fmt: skip
        parent = box.commit("t/parent", "1")
        parent.tag("t/alias", "1")
        child = client.containers.create("t/parent:1").commit("t/child", "1")
        assert child.id != parent.id

        removed = live.cleanup()
        assert "ours" in removed.containers
        assert len(removed.containers) == 2
        assert (removed.networks, removed.volumes) == ((network.name,), (volume.name,))
        assert set(removed.images) == {"t/parent:1", "t/alias:1", "t/child:1"}
        assert removed.kept == ()
        assert removed.count == 7
        assert "removed 2 containers: " in str(removed)
        assert live.cleanup(client).count == 0
        assert "nothing to remove" in str(live.cleanup(client))

        stays.reload()
        assert foreign.networks.list(names=["not-ours"])
        assert foreign.volumes.get("not-ours")
        assert client.images.get(busybox)
    finally:
        for container in foreign.containers.list(all=True, filters={"name": "not-ours"}):
            container.remove(force=True)
        for network in foreign.networks.list(names=["not-ours"]):
            network.remove()
        for volume in foreign.volumes.list(filters={"name": "not-ours"}):
            volume.remove()
        foreign.close()


@pytest.mark.docker
def test_clean_up_says_what_it_cannot_remove(client: CourseClient, host: Engine) -> None:
    """What another's container uses stays, and the reason is told."""
    busybox = provided(client, "course/busybox:1.35")
    client.volumes.create("lent")
    foreign = docker.DockerClient(host.docker_host)
    borrower = foreign.containers.create(busybox, volumes=["lent:/v"])
    try:
        removed = live.cleanup(client)
        assert removed.volumes == ()
        assert "volume lent: " in removed.kept[0]
        assert "in use" in str(removed)
    finally:
        borrower.remove()
        foreign.close()
    assert live.cleanup(client).volumes == ("lent",)


@pytest.mark.docker
def test_a_page_can_be_opened(client: CourseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A published port has an address for a browser: direct, or through a hub."""
    busybox = provided(client, "course/busybox:1.35")
    web = client.containers.run(
        busybox, ["httpd", "-f", "-p", "80"], ports={"80/tcp": None, "81/tcp": ("127.0.0.1", None)},
        name="page", detach=True, init=True,
    )  # fmt: skip
    try:
        web.reload()
        port = int(web.ports["80/tcp"][0]["HostPort"])
        assert live.forward(port) == port
        assert live.url(web, 80) == live.url("page", 80) == f"http://127.0.0.1:{port}/"
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
        assert live.url(web, 80) == f"/user/ada/proxy/{port}/"
        with pytest.raises(errors.BadRequestError, match=r"443.*80/tcp"):
            live.url(web, 443)
        web.stop(timeout=0)
        with pytest.raises(errors.BadRequestError, match="exited"):
            live.url(web, 80)
        with pytest.raises(errors.ObjectNotFoundError, match="nobody"):
            live.url("nobody", 80)
    finally:
        live.cleanup(client)
