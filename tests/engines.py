"""Docker Engines for tests: a real one of the tests' own, which touches no other.

`HostEngine` starts a containerd and a dockerd with folders, sockets, a bridge, address ranges and
control groups of their own, so that several run side by side and beside a machine's real one.
It writes no firewall rules but one of its own: a second dockerd that did would break the first
one's.  Published ports are then passed on by Docker's own proxy.
It ends what it started, by process id, and leaves no folder, mount, bridge or group behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Self

import docker

from course.live.client import CourseClient
from course.live.errors import LiveError

START_S = 60
END_S = 20
PROGRAMS = ("dockerd", "containerd", "runc", "ip", "iptables")
CGROUPS = Path("/sys/fs/cgroup")


class CannotStartError(Exception):
    """Say why no engine can be started here: what is missing, or what its log says."""


class HostEngine:
    """A Docker Engine of one's own on this machine; a context manager.

    Attributes:
        docker_host: its address, a Unix socket.
        folder: where everything of it is.
    """

    def __init__(self) -> None:
        # A short path: a Unix socket's may have 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/tmp"))
        self.docker_host = f"unix://{self.folder}/docker.sock"
        self._name = self.folder.name.replace("_", "x")
        self._bridge = f"b{self._name[-8:]}"
        self._range: str | None = None
        self._ends = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self) -> docker.DockerClient:
        """Return a plain client of the SDK."""
        return docker.DockerClient(self.docker_host)

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            CannotStartError: it cannot be started here.
        """
        if os.geteuid() != 0:
            raise CannotStartError("a dockerd of one's own needs root")
        if missing := [program for program in PROGRAMS if not shutil.which(program)]:
            raise CannotStartError(f"not installed: {', '.join(missing)}")
        self._make_network()
        self.restart()

    def restart(self) -> None:
        """Start the daemons; they must not run."""
        containerd = self.folder / "containerd.toml"
        containerd.write_text(
            "version = 2\n"
            f'root = "{self.folder}/containerd"\n'
            f'state = "{self.folder}/run"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\n  address = "{self.folder}/containerd.sock"\n'
        )
        (self.folder / "daemon.json").write_text("{}")
        self._run("containerd", "--config", str(containerd))
        self._wait(
            "containerd", lambda: (self.folder / "containerd.sock").is_socket(), "opened a socket"
        )
        self._dockerd = self._run(
            "dockerd",
            f"--host={self.docker_host}",
            f"--config-file={self.folder}/daemon.json",
            f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/exec",
            f"--pidfile={self.folder}/docker.pid",
            f"--containerd={self.folder}/containerd.sock",
            f"--bridge={self._bridge}",
            f"--default-address-pool=base={self._range}.128.0/17,size=24",
            f"--cgroup-parent=/{self._name}",
            "--iptables=false",
            "--ip6tables=false",
            "--shutdown-timeout=5",
            "--exec-opt=native.cgroupdriver=cgroupfs",
        )
        self._wait("dockerd", self._answers, "answered")

    def stop(self) -> None:
        """End what was started, and remove it; safe to call twice."""
        with contextlib.suppress(LiveError), contextlib.closing(self._quiet_client()) as client:
            api = client.api
            for container in api.containers(all=True, quiet=True):
                api.remove_container(container["Id"], force=True)
        self._ends.close()
        self._end_shims()
        for mount in self._mounts():
            subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
        self._remove_network()
        # A control group is removed from the inside out, and by rmdir alone.
        for group in CGROUPS.glob(f"**/{self._name}"):
            for inner in (*sorted(group.glob("**/"), reverse=True), group):
                with contextlib.suppress(OSError):
                    inner.rmdir()
        shutil.rmtree(self.folder, ignore_errors=True)

    def leftovers(self) -> list[str]:
        """List what is still there after the end: processes, mounts, links, groups, folders."""
        found = [f"process {pid}" for pid in self._shims()]
        found += [f"mount {mount}" for mount in self._mounts()]
        found += [f"link {link}" for link in self._links()]
        found += [f"group {group}" for group in CGROUPS.glob(f"**/{self._name}")]
        return found + ([f"folder {self.folder}"] if self.folder.exists() else [])

    def kill(self) -> None:
        """Kill dockerd, as a crash would."""
        self._dockerd.kill()
        self._dockerd.wait()

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        log: IO[bytes] = (self.folder / f"{command[0]}.log").open("ab")
        with log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._ends.callback(_end, process)
        return process

    def _wait(self, program: str, ready, what: str) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            if time.monotonic() > deadline:
                log = (self.folder / f"{program}.log").read_text(errors="replace")
                tail = "\n".join(log.splitlines()[-20:])
                raise CannotStartError(f"{program} has not {what} within {START_S} s:\n{tail}")
            time.sleep(0.05)  # between two looks

    def _answers(self) -> bool:
        if self._dockerd.poll() is not None:
            log = (self.folder / "dockerd.log").read_text(errors="replace")
            raise CannotStartError("dockerd ended:\n" + "\n".join(log.splitlines()[-20:]))
        if not (self.folder / "docker.sock").is_socket():
            return False
        with contextlib.closing(self._quiet_client()) as client:
            return client.answers()

    def _quiet_client(self) -> CourseClient:
        """Return a client that asks nothing when it is made."""
        return CourseClient(self.docker_host, version="1.41", timeout=10)

    def _make_network(self) -> None:
        """Make a bridge, and a range of addresses that nobody uses."""
        used = json.loads(_output("ip", "-json", "-4", "address"))
        taken = {a["local"].rsplit(".", 2)[0] for link in used for a in link["addr_info"]}
        begin = os.getpid() % 200  # several test runs at once seldom try the same one
        for number in (*range(begin, 200), *range(begin)):
            self._range = f"10.{number + 40}"
            if self._range in taken:
                continue
            made = _succeeds("ip", "link", "add", self._bridge, "type", "bridge")
            if not made:
                raise CannotStartError("no network bridge can be made here")
            _output("ip", "address", "add", f"{self._range}.0.1/24", "dev", self._bridge)
            _output("ip", "link", "set", self._bridge, "up")
            # A real dockerd has the kernel drop what it forwards for others.
            if not _succeeds("iptables", "--wait", "--insert", *self._rule):
                raise CannotStartError("no firewall rule can be made here")
            return

    def _remove_network(self) -> None:
        for link in self._links():
            _succeeds("ip", "link", "delete", link)
        if self._range is not None:
            _succeeds("iptables", "--wait", "--delete", *self._rule)

    @property
    def _rule(self) -> tuple[str, ...]:
        every = f"{self._range}.0.0/16"
        return ("FORWARD", "--source", every, "--destination", every, "--jump", "ACCEPT")

    def _links(self) -> list[str]:
        if self._range is None:
            return []
        return [
            link["ifname"]
            for link in json.loads(_output("ip", "-json", "-4", "address"))
            if any(a["local"].startswith(f"{self._range}.") for a in link["addr_info"])
        ]

    def _mounts(self) -> list[str]:
        # /dev/vda /tmp/engine-x/data/overlay2/... overlay rw 0 0: the inner ones come last
        lines = Path("/proc/self/mounts").read_text().splitlines()
        mounts = [line.split()[1] for line in lines]
        return [mount for mount in reversed(mounts) if mount.startswith(f"{self.folder}/")]

    def _shims(self) -> list[int]:
        """Find the containers' shims: they outlive containerd, and name its socket."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (process / "cmdline").read_bytes().split(b"\0")
                if f"{self.folder}/containerd.sock".encode() in command:
                    found.append(int(process.name))
        return found

    def _end_shims(self) -> None:
        for pid in self._shims():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + END_S
        while self._shims() and time.monotonic() < deadline:
            time.sleep(0.05)  # between two looks


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
