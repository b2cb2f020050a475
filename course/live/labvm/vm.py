"""A lab VM as its user has it: started, used, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from course.limits import available_memory_bytes
from course.live import errors
from course.live.errors import (
    GuestDiedError,
    GuestFrozenError,
    LabVMError,
    LiveError,
    NotEnoughMemoryError,
)
from course.live.labvm import places
from course.live.labvm.manifest import Manifest
from course.live.progress import report

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from course.live.client import CourseClient
    from course.live.progress import Reporter

__all__ = ["NAME_VARIABLE", "LabVM", "Status", "shared_name"]

#: The environment variable that names the VM which a user's notebooks share.
NAME_VARIABLE = "COURSE_LABVM_NAME"

State = Literal["stopped", "running", "frozen", "dead"]

_START_S = 90  # a start takes half a second; on a machine that is out of breath a minute
_ANSWER_S = 15
_END_S = 15
_POLL_S = 0.01


@dataclass(frozen=True)
class Status:
    """How a lab VM is.

    Attributes:
        name: its name.
        state: `stopped`, `running`, `frozen` (it is there, but stands still) or `dead` (it ended
            although nobody asked it to).
        pid: QEMU's process id; None unless it runs.
        age_s: how long it has been running, in seconds.
        resident_mib: what QEMU takes of this machine's memory now, in MiB.
        kept: it goes on until it is stopped, whoever uses it.
        users: how many processes use it.
        console: the last lines of its console.
    """

    name: str
    state: State
    pid: int | None = None
    age_s: float = 0
    resident_mib: int = 0
    kept: bool = False
    users: int = 0
    console: tuple[str, ...] = ()


class LabVM:
    """A real Docker Engine in a virtual machine, resumed from a snapshot.

    It ends with the `with` block, with `stop`, or with the process that started it, however that
    ends; what was made in it is then gone. Several run side by side, each on a throw-away copy of
    the same disk, with its own time, host name and random numbers.

    Docker answers on a socket in a folder that only its owner can enter (why: `labvm.relay`). From
    the guest nothing can be reached but what it forwards, unless `outbound` asks for more.

    Each takes at most about 0.75 GiB of memory: 512 MiB for the guest, 192 MiB for translated
    code, the rest for QEMU and its supervisor.

    Example::

        with LabVM() as vm:
            print(vm.client().containers.run("course/busybox:1.35", "uname -a").decode())
    """

    #: Docker is reached through a socket, so no certificates are needed.
    tls = None

    def __init__(
        self,
        name: str | None = None,
        *,
        outbound: bool = False,
        keep: bool = False,
        progress: Reporter | None = None,
    ) -> None:
        """Say which VM is meant; nothing is started yet.

        Args:
            name: letters, digits, `-` and `_`; by default one that nobody else has.
            outbound: the guest may reach the network of this machine.
            keep: it goes on when the process that started it ends, until it is stopped.
            progress: told how far the start is.
        """
        self.name = name or f"p{os.getpid()}-{secrets.token_hex(3)}"
        self._folder = places.RunFolder(self.name)
        self._outbound = outbound
        self._keep = keep
        self._progress = progress
        self._lease: socket.socket | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._said = b""
        self._died: dict[str, Any] | None = None
        self._clients: list[CourseClient] = []

    @classmethod
    def shared(cls, progress: Reporter | None = None) -> LabVM:
        """Return the VM that this user's notebooks share, started if need be.

        It ends when the last process that uses it has ended. COURSE_LABVM_NAME names another one.

        Args:
            progress: told how far the start is.

        Raises:
            LabVMError: it cannot be started.
        """
        vm = cls(shared_name(), progress=progress)
        vm._join_or_start()
        return vm

    def start(self) -> Self:
        """Resume the VM and wait until Docker answers.

        Raises:
            LabVMNotBuiltError: there is nothing to resume.
            FingerprintMismatchError: it was built for another QEMU or machine.
            NotEnoughMemoryError: it, or what runs beside it, would be killed for want of memory.
            QemuMissingError: there is no QEMU, or an old one.
            LabVMError: one of this name runs already.
            GuestDiedError: it ended while it started.
        """
        if self._lease is not None and self.state in ("running", "frozen"):
            return self
        self._forget()
        lock = self._folder.lock()
        if lock is None:
            raise LabVMError(
                f"expected no running lab VM of the name {self.name!r}, found one; use another "
                "name, or stop it: course labvm stop"
            )
        self._start_locked(lock)
        return self

    def stop(self) -> None:
        """End the VM and delete what it had; nothing happens if it does not run."""
        for client in self._clients:
            client.close()
        supervisor_pid = None
        if self._folder.path.is_dir():
            try:
                supervisor_pid = self._ask({"do": "status"}).get("supervisor_pid")
                self._ask({"do": "stop"})
            except LiveError:
                pass  # it is ending, or has ended, by itself
        self._forget()
        deadline = time.monotonic() + _END_S
        while self._folder.is_running():
            if time.monotonic() > deadline:
                if supervisor_pid is None:
                    raise LabVMError(
                        f"expected the lab VM {self.name!r} to end within {_END_S} s, found it "
                        f"still there; end the process that has locked {self._folder.path}"
                    )
                os.kill(supervisor_pid, 9)  # QEMU ends with it
                supervisor_pid, deadline = None, deadline + _END_S
            time.sleep(_POLL_S)

    def restart(self) -> Self:
        """Stop the VM, whatever its state, and start a new one of the same name."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def docker_host(self) -> str:
        """What the `docker` command and the SDK take as DOCKER_HOST."""
        return f"unix://{self._folder.docker}"

    @property
    def shell_socket(self) -> str:
        """The path of the socket on which the guest's shell is; only its owner can open it."""
        return str(self._folder.shell)

    def client(self, **options: Any) -> CourseClient:
        """Return a Docker client for this VM, closed when the VM is stopped.

        Args:
            options: as for `docker.DockerClient`, such as `timeout` in seconds.
        """
        from course.live.client import CourseClient

        # To ask for the version takes as long as to resume.
        options.setdefault("version", Manifest.read().docker_api_version)
        client = CourseClient(self.docker_host, explain=self.explain, **options)
        self._clients.append(client)
        return client

    def forward(self, port: int) -> int:
        """Forward a free port of this machine's loopback to a port of the guest.

        A container's published port is a port of the guest. The same port is forwarded once.

        Args:
            port: the port in the guest.

        Returns:
            The port on 127.0.0.1.
        """
        forwarded: int = self._ask({"do": "forward", "port": port})["port"]
        return forwarded

    def execute(
        self, *command: str, stdin: str = "", timeout_s: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the guest itself, as root and outside of all containers.

        Args:
            command: the program's path in the guest, and its arguments.
            stdin: what it reads.
            timeout_s: how long it may take, in seconds.

        Returns:
            Its exit status and what it printed.
        """
        request = {"do": "run", "command": command, "stdin": stdin, "timeout_s": timeout_s}
        done = self._ask(request, timeout_s + _ANSWER_S)
        return subprocess.CompletedProcess(command, done["code"], done["output"], done["errors"])

    @property
    def state(self) -> State:
        """`stopped`, `running`, `frozen` or `dead`."""
        return self.status().state

    def status(self) -> Status:
        """Ask how the VM is; takes some seconds if it does not answer."""
        self._hear()
        if self._died is None and self._folder.is_running():
            answer = None
            with contextlib.suppress(LiveError):
                answer = self._ask({"do": "status"})
            if answer is None or answer["state"] == "dead":
                self._hear(_ANSWER_S)
            else:
                return Status(
                    self.name,
                    answer["state"],
                    answer["pid"],
                    time.time() - answer["started_at"],
                    _resident_mib(answer["pid"]),
                    answer["kept"],
                    answer["leases"],
                    tuple(answer["console"]),
                )
        if self._died is not None:
            return Status(self.name, "dead", console=tuple(self._died["console"]))
        return Status(self.name, "stopped")

    def console_tail(self) -> str:
        """Return the last lines of the guest's console, also of one that has ended."""
        return "\n".join(self.status().console)

    def keep(self) -> None:
        """Let the VM go on until it is stopped, whoever uses it."""
        self._ask({"do": "keep"})

    def explain(self, error: BaseException) -> LiveError | None:
        """Return what is wrong with this VM, if that is why a Docker client got an error.

        Args:
            error: what the client got.

        Returns:
            None if the VM is well.
        """
        status = self.status()
        what_to_do = "start a new one: live.connect() again, or course labvm start"
        if status.state == "dead":
            assert self._died is not None
            return GuestDiedError(
                f"the lab VM ended ({_cause(self._died)}), and with it all that was "
                f"in it; {what_to_do}",
                console_tail="\n".join(status.console),
            )
        if status.state == "stopped":
            return errors.EngineGoneError(f"the lab VM was stopped; {what_to_do}")
        if status.state == "frozen":
            return GuestFrozenError(
                f"the lab VM is there (process {status.pid}) but stands still; wait if this "
                "machine is busy, or end it: course labvm stop",
                console_tail="\n".join(status.console),
            )
        return None

    def _join_or_start(self) -> None:
        """Become one of the users of a running VM, or its first."""
        deadline = time.monotonic() + _START_S
        while (lock := self._folder.lock()) is None:
            try:
                lease = socket.socket(socket.AF_UNIX)
                lease.connect(str(self._folder.control))
            except OSError:  # another process is just starting it, or ending it
                lease.close()
                if time.monotonic() > deadline:
                    raise LabVMError(
                        f"expected the lab VM {self.name!r}, which another process starts, to be "
                        f"there within {_START_S} s, found it not; end it: course labvm stop"
                    ) from None
                time.sleep(_POLL_S)
                continue
            lease.sendall(b'{"do": "lease"}\n')
            self._lease = lease
            self._receive(_ANSWER_S)
            return
        self._start_locked(lock)

    def _require_memory(self) -> None:
        """Refuse a start that the kernel would end by killing QEMU, or a notebook beside it."""
        needed_mib = Manifest.read().machine.resident_limit_mib
        available_mib = available_memory_bytes() // 2**20
        if available_mib < needed_mib:
            raise NotEnoughMemoryError(
                f"expected {needed_mib} MiB of memory for the lab VM, found {available_mib} MiB "
                "left; shut down other notebooks and programs, or use a machine with more"
            )

    def _start_locked(self, lock: int) -> None:
        report(self._progress, None, "resuming the lab VM")
        ours, theirs = socket.socketpair()
        options = ["--outbound"] * self._outbound + ["--keep"] * self._keep
        began = time.monotonic()
        try:
            with theirs, self._folder.log.open("wb", buffering=0) as log:
                self._require_memory()
                self._supervisor = subprocess.Popen(  # noqa: S603 (our own module)
                    [
                        sys.executable,
                        "-P",
                        "-m",
                        "course.live.labvm.supervisor",
                        self.name,
                        str(lock),
                        *options,
                    ],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    pass_fds=(lock,),
                    start_new_session=True,
                )
            self._lease = ours
            said = self._receive(_START_S)
        except BaseException:  # Ctrl-C too
            if self._supervisor is not None:
                self._supervisor.terminate()
            ours.close()
            self._lease = None
            self._reap()
            raise
        finally:
            os.close(lock)
            if self._lease is None:
                self._folder.is_running()  # sweeps away what it has left
        if said is None or said["event"] != "ready":
            self._fail(said)
        report(self._progress, 1, f"the lab VM is there, after {time.monotonic() - began:.1f} s")

    def _fail(self, said: dict[str, Any] | None) -> None:
        """Raise what kept the VM from starting."""
        log = self._folder.log.read_text() if self._folder.log.exists() else ""
        self._forget()
        if said is None:
            said = {"message": f"the lab VM's supervisor ended at once:\n{errors.tail(log)}"}
        kind = getattr(errors, said.get("kind", "LabVMError"), LabVMError)
        raise kind(said["message"], console_tail="\n".join(said.get("console", ())))

    def _ask(self, request: dict[str, Any], timeout_s: float = _ANSWER_S) -> dict[str, Any]:
        """Ask the supervisor over a connection of its own, so that threads do not disturb it."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(timeout_s)
                connection.connect(str(self._folder.control))
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as answers:
                    line = answers.readline()
        except TimeoutError as error:
            raise GuestFrozenError(
                f"expected an answer of the lab VM {self.name!r} within {timeout_s:g} s, found "
                "none; wait if this machine is busy, or end it: course labvm stop"
            ) from error
        except OSError as error:
            raise self._gone() from error
        if not line:
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LabVMError(
                f"the lab VM {self.name!r} could not do {request['do']!r}: {answer['error']}"
            )
        return answer

    def _gone(self) -> LiveError:
        return errors.EngineGoneError(
            f"expected a running lab VM of the name {self.name!r}, found none; start it: "
            "course labvm start, or live.connect() in a notebook"
        )

    def _receive(self, timeout_s: float) -> dict[str, Any] | None:
        """Read the next line of the supervisor on the lease; None if it has gone."""
        assert self._lease is not None
        self._lease.settimeout(timeout_s)
        while b"\n" not in self._said:
            try:
                data = self._lease.recv(65536)
            except TimeoutError:
                raise LabVMError(
                    f"expected the lab VM within {timeout_s} s, found it not ready; this machine "
                    "may be too busy: try again, or see course doctor"
                ) from None
            except OSError:
                data = b""
            if not data:
                return None
            self._said += data
        line, _, self._said = self._said.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said

    def _hear(self, patience_s: float = 0) -> None:
        """Notice what the supervisor says: that the VM has died.

        Args:
            patience_s: how long to wait for it, in seconds.
        """
        while self._lease is not None and select.select([self._lease], [], [], patience_s)[0]:
            said = self._receive(_ANSWER_S)
            if said is None:
                self._died = self._died or {"code": None, "console": ()}
                self._lease.close()
                self._lease = None
                self._reap()
                self._folder.is_running()  # sweeps away what a killed supervisor has left
            elif said.get("event") == "died":
                self._died = said

    def _forget(self) -> None:
        if self._lease is not None:
            self._lease.close()
        self._lease = self._died = None
        self._said = b""
        self._clients = []
        self._reap()

    def _reap(self) -> None:
        """Wait for our own child, so that it leaves no zombie."""
        if self._supervisor is not None:
            try:
                self._supervisor.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
                self._supervisor.wait()
            self._supervisor = None


def shared_name() -> str:
    """Return the name of the VM that this user's notebooks share."""
    return os.environ.get(NAME_VARIABLE) or "default"


def _cause(died: dict[str, Any]) -> str:
    # [  187.381] Kernel panic - not syncing: sysrq triggered crash
    for line in died["console"]:
        if "Kernel panic" in line:
            return str(line[line.index("Kernel panic") :])
    code = died["code"]
    if code is None:
        return "its supervisor was ended"
    return f"QEMU was ended by signal {-code}" if code < 0 else f"QEMU ended with status {code}"


def _resident_mib(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss / 2**20)
    except psutil.Error:
        return 0
