"""The image's container as Binder starts it, under Binder's limits and without any way out.

KubeSpawner passes the command as a pod's `args`, which stand after the image's entry point, as
Docker's command does. Binder lets sessions reach a few ports of the internet, slowly; these reach
nothing, so that nothing of the course can depend on it.
"""

from __future__ import annotations

import contextlib
import io
import json
import secrets
import tarfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import requests
from docker.errors import APIError, NotFound

from tests.binder import mybinder
from tests.binder.mybinder import PORT, SHARED_GROUP, UID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import docker

SHM_MIB = 64  # what Kubernetes gives to /dev/shm
START_S = 300  # z2jh's startTimeout
NOWHERE = "203.0.113.53"  # RFC 5737: an address for documentation, at which no name server is

_OOM_FILES = "memory.events memory/memory.oom_control"

# An internal network has a route to this machine, and older engines leave it to the firewall that
# nothing is passed on from there. So the route is taken away as well, by who is allowed to: by
# SIOCDELRT, with a `struct rtentry` of linux/route.h for all addresses, and the flag RTF_UP.
_WITHOUT_ROUTE = """
import fcntl, socket, struct
address = struct.pack("H14x", socket.AF_INET)
entry = struct.pack("8x16s16s16sH62x", address, address, address, 1)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    try:
        fcntl.ioctl(any_socket, 0x890C, entry)
    except ProcessLookupError:
        pass  # there was none
"""


class NotReadyError(Exception):
    """The container did not come to what was waited for; the message ends with its last lines."""


@dataclass(frozen=True)
class Limits:
    """What a session may use; by default what mybinder.org gives."""

    cpus: float = 1
    memory_mib: int = 2048


@dataclass
class Session:
    """A running session; a context manager, which leaves nothing behind.

    Attributes:
        client: of the engine in which it runs.
        image: the image's name.
        limits: what it may use.
        environment: more variables than Binder sets.
        files: contents to be put into the container, by path, as root and before it starts.
        volumes: names of the engine's volumes, by the path where they are mounted, as they are.
        command: what is started; by default what Binder starts.
        container: the container.
        token: what the server asks for.
        base_url: the path at which the server is.
        started: when it was started, as `time.monotonic` has it.
    """

    client: docker.DockerClient
    image: str
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()
    container: Any = field(init=False, default=None)
    token: str = field(init=False, default_factory=lambda: secrets.token_urlsafe(16))
    started: float = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._name = f"binder-test-{secrets.token_hex(4)}"
        self.base_url = f"/user/{self._name}/"
        self._network: Any = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def address(self) -> str:
        """The container's address in its network, which only this machine can reach."""
        self.container.reload()
        networks = self.container.attrs["NetworkSettings"]["Networks"]
        return str(networks[self._name]["IPAddress"])

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://{self.address}:{PORT}{self.base_url}"

    def wait_until_open(self) -> float:
        """Wait until JupyterLab can be opened, and return how long that took from the start.

        Raises:
            NotReadyError: it cannot.
        """
        url, headers = self.url, {"Authorization": f"token {self.token}"}
        with requests.Session() as http:
            http.headers.update(headers)
            for page in ("api/status", "lab"):
                self.wait(lambda page=page: _answers(http, f"{url}{page}"), f"{page} answers")
        return time.monotonic() - self.started

    def wait(self, condition: Callable[[], bool], what: str, timeout_s: float = START_S) -> None:
        """Wait until something is so.

        Raises:
            NotReadyError: it was not so in time, or the container has ended.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            self.container.reload()
            if self.container.status != "running":
                raise NotReadyError(f"expected that {what}; the container has ended\n{self.said()}")
            if time.monotonic() > deadline:
                raise NotReadyError(f"expected within {timeout_s:.0f} s that {what}\n{self.said()}")
            time.sleep(0.05)  # between two looks

    def run(self, *command: str) -> str:
        """Run a command in the container, and return what it prints.

        Raises:
            NotReadyError: it fails.
        """
        status, said = self.container.exec_run(list(command))
        text = str((said or b"").decode(errors="replace"))
        if status != 0:
            raise NotReadyError(f"{' '.join(command)} ended with {status}: {text}\n{self.said()}")
        return text

    def python(self, code: str) -> str:
        """Run Python code in the container, and return what it prints."""
        return self.run("python3", "-c", code)

    def said(self) -> str:
        """Return the container's state, and the last lines of its log."""
        self.container.reload()
        state = self.container.attrs["State"]
        told = {key: state.get(key) for key in ("Status", "ExitCode", "OOMKilled", "Error")}
        return f"{told}\n{self.container.logs(tail=30).decode(errors='replace')}"

    def oom_kills(self) -> int:
        """Return how many of the container's processes were killed for want of memory."""
        self.container.reload()
        if self.container.status != "running":
            return int(self.container.attrs["State"]["OOMKilled"])
        found: list[int] = []

        def told() -> bool:
            # "oom_kill 0": memory.events, or memory.oom_control in version 1 of control groups
            lines = self.run("sh", "-c", f"cd /sys/fs/cgroup; cat {_OOM_FILES} 2>&1 || :")
            pairs = [line.split() for line in lines.splitlines()]
            found.extend(int(pair[1]) for pair in pairs if pair[0:1] == ["oom_kill"])
            return bool(found)

        # On a busy machine an engine has once lost what a command printed.
        self.wait(told, "its control group tells how many processes were killed", timeout_s=30)
        return found[0]

    def remove(self) -> None:
        """End and remove the container and its network; safe to call twice."""
        if self.container is not None:
            with contextlib.suppress(NotFound):
                self.container.remove(force=True, v=True)
            self.container = None
        if self._network is not None:
            with contextlib.suppress(NotFound):
                self._network.remove()
            self._network = None

    def _start(self) -> None:
        self._network = self.client.networks.create(self._name, driver="bridge", internal=True)
        self.container = self.client.containers.create(
            self.image,
            list(self.command) or mybinder.command(self.base_url, self.token),
            name=self._name,
            network=self._name,
            dns=[NOWHERE],
            user=str(UID),
            group_add=[str(SHARED_GROUP)],
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            nano_cpus=int(self.limits.cpus * 10**9),
            mem_limit=f"{self.limits.memory_mib}m",
            memswap_limit=f"{self.limits.memory_mib}m",
            shm_size=f"{SHM_MIB}m",
            environment={
                **mybinder.environment(self.image, self._name, self.limits.memory_mib * 2**20),
                "CPU_LIMIT": str(float(self.limits.cpus)),
                **self.environment,
            },
            volumes={name: {"bind": path, "mode": "nocopy"} for path, name in self.volumes.items()},
        )
        etc_jupyter = {
            "/etc/jupyter/jupyter_server_config.json": json.dumps(mybinder.ETC_JUPYTER).encode()
        }
        self.container.put_archive("/", _archive({**etc_jupyter, **self.files}))
        self.started = time.monotonic()
        try:
            self.container.start()
        except APIError as error:
            raise NotReadyError(f"the container cannot be started: {error}") from error
        self.client.containers.run(
            self.image, ["python3", "-c", _WITHOUT_ROUTE], user="0", cap_drop=["ALL"],
            cap_add=["NET_ADMIN"], network_mode=f"container:{self.container.id}", remove=True,
        )  # fmt: skip


def _answers(http: requests.Session, url: str) -> bool:
    try:
        return http.get(url, timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Pack files as root's, to be unpacked in a container."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
