"""The `course labvm` command as it is typed."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from course.live.labvm import LabVM
from tests.live.conftest import require_lab_vm

pytestmark = pytest.mark.labvm

NAME = f"cli-{os.getpid()}"
PATIENCE_S = 60


def course(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the tests' own VM."""
    command = [sys.executable, "-m", "course.cli", "labvm", *arguments]
    environment = os.environ | {"COURSE_LABVM_NAME": NAME}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def started() -> Iterator[subprocess.CompletedProcess[str]]:
    """Start a VM by the command, and stop it by the command."""
    require_lab_vm()
    yield course("start")
    assert course("stop").stdout == f"The lab VM {NAME!r} has ended.\n"
    assert LabVM(NAME).state == "stopped"


def test_start_says_how_to_go_on(started: subprocess.CompletedProcess[str]) -> None:
    """Start ends at once, the VM goes on, and a second start finds it."""
    assert started.returncode == 0, started.stderr
    assert 'eval "$(course labvm env)"' in started.stdout
    assert "runs already" in course("start").stdout
    assert LabVM(NAME).state == "running"


@pytest.mark.usefixtures("started")
def test_status_tells_machines_and_people() -> None:
    """The status has the VM's state, age and memory, in words and as JSON."""
    said = course("status")
    assert said.returncode == 0
    assert f"✓ {NAME}: running for" in said.stdout
    assert "until it is stopped" in said.stdout
    answer = json.loads(course("status", "--json").stdout)
    (running,) = [status for status in answer["running"] if status["name"] == NAME]
    assert running["state"] == "running"
    assert 100 < running["resident_mib"] < 1000
    assert answer["readiness"]["state"] == "built"


@pytest.mark.usefixtures("started")
def test_env_is_what_a_shell_needs() -> None:
    """A shell that evaluates it has the VM's socket, and nothing that points elsewhere."""
    script = (
        f"export DOCKER_TLS_VERIFY=1; {course('env').stdout} echo $DOCKER_HOST,$DOCKER_TLS_VERIFY"
    )
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{LabVM(NAME).docker_host},\n"
    assert course("env", "--unset").stdout == "unset DOCKER_HOST\n"


def test_env_of_none() -> None:
    """Without a running VM it prints nothing to be evaluated, and says what to do."""
    done = course("env", "--name", "no-such-vm")
    assert (done.returncode, done.stdout) == (1, "")
    assert "course labvm start --name no-such-vm" in done.stderr
    assert (
        course("stop", "--name", "no-such-vm").stdout == "The lab VM 'no-such-vm' does not run.\n"
    )


@pytest.mark.usefixtures("started")
def test_one_command_in_the_guest() -> None:
    """Its output and exit status are those of the command."""
    assert course("shell", "--", "id -u; uname -s").stdout == "0\nLinux\n"
    assert course("shell", "--", "exit 7").returncode == 7


@pytest.mark.usefixtures("started")
def test_a_shell_in_a_terminal() -> None:
    """In a terminal one types to the guest's shell, until Ctrl-]."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["COURSE_LABVM_NAME"] = NAME
        command = [sys.executable, "-m", "course.cli", "labvm", "shell"]
        os.execv(command[0], command)  # noqa: S606 (the child becomes it)
    shown = b""

    def show_until(expected: bytes) -> None:
        nonlocal shown
        deadline = time.monotonic() + PATIENCE_S
        while expected not in shown:
            assert time.monotonic() < deadline, shown
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 4096)

    show_until(b"Ctrl-] leaves it")
    show_until(b"# ")
    os.write(terminal, b"echo $((6 * 7))-$(hostname)\r")
    show_until(b"42-labvm-")
    os.write(terminal, b"\x1d")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)


def test_a_shell_needs_a_terminal() -> None:
    """Without a terminal and without a command it says what to type."""
    done = course("shell")
    assert done.returncode == 1
    assert "course labvm shell -- " in done.stderr
