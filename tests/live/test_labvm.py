"""The lab VM's life: started, shared, stopped; and what becomes of it when something dies."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from course.live.errors import (
    DiskFullError,
    EngineGoneError,
    GuestDiedError,
    GuestFrozenError,
    LabVMError,
    LiveError,
)
from course.live.labvm import LabVM, places
from tests.live.conftest import require_lab_vm

pytestmark = pytest.mark.labvm

PATIENCE_S = 60
BUSYBOX = "course/busybox:1.35"


def eventually(condition: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"expected within {patience_s} s: {what}"
        time.sleep(0.02)


def qemus(folder: Path) -> list[int]:
    """Return the QEMU processes whose VM has this folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if "qemu-system" in command and str(folder) in command:
            found.append(process.pid)
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a folder of its own for running VMs; nothing may be in it at the end."""
    require_lab_vm()
    # Not tmp_path: a socket's path must be short.
    base = Path(tempfile.mkdtemp(prefix="course-test-", dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield base
    runtime = base / "course-labvm"
    eventually(lambda: not qemus(base), "no QEMU process is left")
    eventually(lambda: not places.running(), "no VM is left")
    assert list(runtime.iterdir()) == []
    assert list(tmp_path.glob("vl.*")) == []
    runtime.rmdir()
    base.rmdir()


@pytest.fixture
def vm() -> Iterator[LabVM]:
    """Return a running VM."""
    with LabVM() as running:
        yield running


def folder_of(vm: LabVM) -> Path:
    """Return the folder of a VM."""
    return places.RunFolder(vm.name).path


def test_a_vm_is_a_docker_engine_until_its_block_ends() -> None:
    """In the block Docker answers; after it nothing is there any more."""
    with LabVM() as vm:
        assert vm.client().ping()
        assert vm.state == "running"
        client = vm.client()
    assert vm.state == "stopped"
    with pytest.raises(EngineGoneError):
        client.ping()
    vm.stop()  # which does no harm


def test_only_its_owner_can_reach_it(vm: LabVM) -> None:
    """Its sockets and their folder are closed to others, and so is the port behind them."""
    folder = folder_of(vm)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("docker.sock", "control.sock"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    ports = {
        connection.laddr.port
        for connection in psutil.Process(vm.status().pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    (port,) = ports
    for said in (b"", b"GET /_ping HTTP/1.0\r\n\r\n", b"a" * 64 + b"\nGET /_ping HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.settimeout(PATIENCE_S)
            stranger.sendall(said)
            stranger.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                assert stranger.recv(100) == b""
    assert vm.client().ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_cannot_open_its_socket(vm: LabVM) -> None:
    """Somebody else on this machine gets no connection."""
    connect = "use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!"
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "perl", "-e", connect,
         vm.docker_host.removeprefix("unix://")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Permission denied" in done.stderr


def test_clones_have_the_time_and_are_not_alike() -> None:
    """Four at once: the right time within a second, and nothing that two of them share."""
    with contextlib.ExitStack() as stack:
        vms = [stack.enter_context(LabVM()) for _ in range(4)]
        for vm in vms:
            before = time.time()
            guest = float(vm.execute("/usr/bin/perl", "-e", "print time").stdout)
            assert before - 1 <= guest <= time.time() + 1

        def different(*command: str) -> bool:
            return len({vm.execute(*command).stdout for vm in vms}) == len(vms)

        assert different("/bin/cat", "/proc/sys/kernel/random/uuid")
        assert different("/usr/bin/head", "-c16", "/dev/urandom")
        assert different("/bin/hostname")
        ids = {vm.client().containers.create(BUSYBOX, "true").id for vm in vms}
        assert len(ids) == len(vms)


def test_a_guest_reaches_nothing_unless_asked() -> None:
    """Without `outbound` the guest cannot reach this machine; with it, it can."""

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # (This busybox's wget cannot be given a time: it crashes.)
        address = f"http://10.0.2.2:{server.server_port}/"
        fetch = ("/usr/bin/timeout", "5", "wget", "-q", "-O", "-", address)
        with LabVM() as vm:
            assert vm.execute(*fetch).returncode != 0
        with LabVM(outbound=True) as vm:
            assert vm.execute(*fetch).stdout == "hello"
        server.shutdown()


def test_two_of_one_name_cannot_be(vm: LabVM) -> None:
    """A second VM of a name is refused, and the first goes on."""
    with pytest.raises(LabVMError, match="use another name"):
        LabVM(vm.name).start()
    assert vm.client().ping()


@pytest.mark.parametrize("name", ["", "..", "a/b", "a" * 200])
def test_a_name_is_part_of_a_path(name: str) -> None:
    """What cannot be a folder's name is refused before anything is made."""
    if name:
        with pytest.raises(LabVMError, match="expected"):
            LabVM(name)
    else:
        assert LabVM(name).name  # none is asked for, so one is found


USER = """
import sys
from course.live.labvm import LabVM
vm = LabVM.shared()
print(vm.status().pid, flush=True)
sys.stdin.readline()
"""


OWNER = """
from course.live.labvm import LabVM
vm = LabVM().start()
print(vm.status().pid, flush=True)
input()
"""


def a_user(**environment: str) -> tuple[subprocess.Popen[str], int]:
    """Start a process that uses the shared VM; return it and QEMU's process id."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment,
    )  # fmt: skip
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def leave(process: subprocess.Popen[str], how: int) -> None:
    """End a process by a signal."""
    process.send_signal(how)
    process.wait(PATIENCE_S)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()


def test_users_share_one_until_the_last_has_gone() -> None:
    """Two processes use one VM; it outlives the one that started it, and ends with the other."""
    first, pid = a_user()
    second, same = a_user()
    assert pid == same
    leave(first, signal.SIGKILL)
    shared = LabVM("default")
    eventually(lambda: shared.status().users == 1, "one user is left")
    assert psutil.pid_exists(pid)
    leave(second, signal.SIGTERM)
    eventually(lambda: not psutil.pid_exists(pid), "QEMU ends with its last user")


def test_a_name_in_the_environment_keeps_users_apart() -> None:
    """Each submission that is graded names its own."""
    first, pid = a_user(COURSE_LABVM_NAME="one")
    second, other = a_user(COURSE_LABVM_NAME="two")
    assert pid != other
    leave(first, signal.SIGKILL)
    leave(second, signal.SIGKILL)


def test_a_kept_one_goes_on_until_it_is_stopped() -> None:
    """One that is kept outlives its users."""
    process, pid = a_user()
    shared = LabVM("default")
    shared.keep()
    leave(process, signal.SIGKILL)
    eventually(lambda: shared.status().users == 0, "nobody uses it")
    assert shared.status().kept
    assert psutil.pid_exists(pid)
    shared.stop()
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("after_s", [0.02, 0.05, 0.08, 0.12, 0.2, 0.3, 0.45])
def test_ctrl_c_while_it_starts(after_s: float) -> None:
    """`course labvm start` is interrupted, early or late: it says so, and nothing is left."""
    command = [sys.executable, "-m", "course.cli", "labvm", "start"]
    starting = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert starting.stderr is not None
    assert "resuming" in starting.stderr.readline()
    with contextlib.suppress(subprocess.TimeoutExpired):
        starting.wait(after_s)
    starting.send_signal(signal.SIGINT)
    said = starting.communicate(timeout=PATIENCE_S)[1]
    if "the lab VM is there" in said:  # it was faster
        LabVM("default").stop()
    else:
        # If it comes while a class is made by exec(), as dataclasses are, Python ends by the signal
        # itself although it was caught; a shell shows both as 130.
        assert starting.returncode in (130, -signal.SIGINT), said
        assert "Stopped." in said


def test_one_that_is_killed_is_noticed_and_can_be_restarted(vm: LabVM) -> None:
    """QEMU is killed: the client is told so, the state is `dead`, and a restart helps."""
    client = vm.client()
    os.kill(vm.status().pid, signal.SIGKILL)
    with pytest.raises(GuestDiedError, match="ended by signal 9"):
        eventually(client.ping, "the client notices")
    assert vm.state == "dead"
    vm.restart()
    assert vm.client().ping()
    assert vm.state == "running"


def test_its_last_words_are_reported(vm: LabVM) -> None:
    """The guest's kernel panics: the error repeats what the console said."""
    client = vm.client()
    vm.execute("/bin/sh", "-c", "(sleep 0.2; echo c > /proc/sysrq-trigger) > /dev/null 2>&1 &")
    with pytest.raises(GuestDiedError, match="Kernel panic"):
        eventually(lambda: not client.ping(), "the client notices")
    assert "Kernel panic" in vm.console_tail()


def test_it_ends_with_its_supervisor(vm: LabVM) -> None:
    """The supervisor is killed: QEMU ends too, and what they left is swept away."""
    pid = vm.status().pid
    os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
    eventually(lambda: not psutil.pid_exists(pid), "QEMU ends")
    with pytest.raises(LiveError):
        vm.client().ping()
    assert vm.state == "dead"
    assert not folder_of(vm).exists()
    vm.restart()
    assert vm.client().ping()


def test_it_ends_with_the_process_that_started_it() -> None:
    """Its owner is killed: nothing is left."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    leave(owner, signal.SIGKILL)
    eventually(lambda: not psutil.pid_exists(pid), "QEMU ends with its owner")


def test_dockerd_is_started_again(vm: LabVM) -> None:
    """The guest's dockerd is killed in the guest: it comes back, with what it had."""
    client = vm.client()
    container = client.containers.create(BUSYBOX, "true").id
    vm.execute("/bin/sh", "-c", "kill -9 $(pidof dockerd)")

    def is_back() -> bool:
        with contextlib.suppress(LiveError):
            return client.containers.get(container).id == container
        return False

    eventually(is_back, "dockerd answers again")
    assert vm.state == "running"


def test_a_full_disk_is_said_and_can_be_emptied(vm: LabVM) -> None:
    """A container fills the guest's disk: it is told so, Docker goes on, cleaning up helps."""
    client = vm.client()
    fill = ["dd", "if=/dev/zero", "of=/full", "bs=1M"]
    with pytest.raises(LiveError):
        client.containers.run(BUSYBOX, fill, name="full")
    full = client.containers.get("full")
    with pytest.raises(DiskFullError, match="expected room"):
        full.commit("more")
    full.remove()
    assert client.containers.run(BUSYBOX, "echo again", remove=True) == b"again\n"


def test_a_guest_out_of_memory_kills_the_container_alone(vm: LabVM) -> None:
    """A container without a limit takes all memory: it is killed, and Docker answers."""
    client = vm.client()
    eater = client.containers.run(BUSYBOX, ["tail", "/dev/zero"], detach=True)
    assert eater.wait()["StatusCode"] == 137
    assert client.ping()
    assert vm.state == "running"


def test_a_frozen_one_is_told_apart_and_can_be_ended(vm: LabVM) -> None:
    """QEMU is stopped by a signal: a client is told that it stands still, and `stop` ends it."""
    client = vm.client(timeout=3)
    pid = vm.status().pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(GuestFrozenError, match="stands still"):
        client.ping()
    assert vm.state == "frozen"
    vm.stop()
    assert not psutil.pid_exists(pid)


def test_the_same_port_is_forwarded_once(vm: LabVM) -> None:
    """A port of the guest is one port of this machine, however often it is asked for."""
    assert vm.forward(8080) == vm.forward(8080) != vm.forward(8081)


def test_another_s_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sockets are not put where somebody else could look: a folder that others can enter."""
    with monkeypatch.context() as other:
        other.setenv("XDG_RUNTIME_DIR", "")
        other.setattr(tempfile, "tempdir", str(tmp_path))
        theirs = tmp_path / f"course-labvm-{os.getuid()}"
        theirs.mkdir()
        theirs.chmod(0o755)
        with pytest.raises(LabVMError, match="only you can enter"):
            places.runtime()
