"""What containers do, on a real engine of this machine and in the lab VM, with one expectation.

An emulated engine takes seconds to start a container, so tests share one where that is no matter.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import docker.errors
import pytest

from course.live import errors


@pytest.fixture(autouse=True)
def _swept(box: Any) -> None:
    """Have what a module makes removed at its end, which is `box`'s."""


@contextlib.contextmanager
def closing(stream: Any) -> Iterator[None]:
    """Close a stream of the SDK, and the socket below it, which it leaves open."""
    with contextlib.closing(stream._sock), stream:
        yield


def test_run_returns_what_is_printed(client: Any, busybox: str) -> None:
    """`run` returns the output of a command, and `remove` leaves no container."""
    before = len(client.containers.list(all=True))
    printed = client.containers.run(
        busybox, ["sh", "-c", "echo $WHO; hostname; id -u"],
        environment={"WHO": "learner"}, hostname="inside", user="1000", remove=True,
    )  # fmt: skip
    assert printed == b"learner\ninside\n1000\n"
    assert len(client.containers.list(all=True)) == before


def test_a_failure_is_told(client: Any, busybox: str) -> None:
    """A command that fails raises with its exit code and what it said."""
    with pytest.raises(errors.ContainerFailedError, match="out of luck") as caught:
        client.containers.run(busybox, ["sh", "-c", "echo out of luck >&2; exit 3"], remove=True)
    assert caught.value.exit_code == caught.value.exit_status == 3
    assert isinstance(caught.value, docker.errors.ContainerError)


def test_a_command_that_is_not_there(client: Any, busybox: str) -> None:
    """A command that is not in the image is refused when the container starts."""
    with pytest.raises(errors.RequestError) as caught:
        client.containers.run(busybox, ["no-such-command"])
    assert "no-such-command" in str(caught.value)
    assert isinstance(caught.value, docker.errors.APIError)


def test_exec_runs_beside(box: Any) -> None:
    """`exec_run` gives exit code and output, apart if asked, as a stream if asked."""
    assert box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 4"], demux=True) == (
        4, (b"out\n", b"err\n"),
    )  # fmt: skip
    _, stream = box.exec_run(["sh", "-c", "echo 1; echo 2"], stream=True)
    assert b"".join(stream) == b"1\n2\n"
    assert box.exec_run(["pwd"], workdir="/dev").output == b"/dev\n"


def test_exec_takes_input(box: Any, client: Any) -> None:
    """An exec's socket carries input, and its end."""
    number = client.api.exec_create(box.id, ["cat"], stdin=True, tty=True)["Id"]
    stream = client.api.exec_start(number, tty=True, socket=True)
    with closing(stream):
        stream._sock.sendall(b"hello\n\x04")
        answer = b""
        while chunk := stream.read(100):
            answer += chunk
    assert answer.count(b"hello") == 2  # the terminal's echo, and cat's answer
    assert client.api.exec_inspect(number)["ExitCode"] == 0


def test_logs_follow(client: Any, busybox: str) -> None:
    """Logs come while the container still runs, line by line, and end with it."""
    script = "echo first; read line < /tmp/go; echo last"
    container = client.containers.run(
        busybox, ["sh", "-c", f"mkfifo /tmp/go; {script}"], detach=True
    )
    lines = container.logs(stream=True, follow=True)
    assert next(lines) == b"first\n"
    container.reload()
    assert container.status == "running"
    container.exec_run(["sh", "-c", "echo > /tmp/go"])
    assert list(lines) == [b"last\n"]
    assert container.wait()["StatusCode"] == 0
    assert container.logs(tail=1) == b"last\n"
    assert re.match(rb"20\d\d-\d\d-\d\dT", container.logs(timestamps=True))


def test_attach_with_half_closed_input(client: Any, busybox: str) -> None:
    """Input can be ended while output is still to come: both directions close apart."""
    container = client.containers.create(busybox, ["sh", "-c", "sort; echo end"], stdin_open=True)
    stream = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    with closing(stream):
        container.start()
        stream._sock.sendall(b"pear\napple\n")
        stream._sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := stream.read(4096):
            received += chunk
    # each frame has a header of eight bytes: the stream's number, three zeros, the length
    assert b"apple\npear\n" in received
    assert received.endswith(b"end\n")
    assert container.wait()["StatusCode"] == 0


def test_stats(box: Any, client: Any) -> None:
    """Statistics come as a stream, with memory, processor time and processes."""
    stream = client.api.stats(box.id, stream=True, decode=True)
    first, second = next(stream), next(stream)
    stream.close()
    assert first["id"] == box.id
    assert second["read"] > first["read"]
    assert 0 < second["memory_stats"]["usage"] < second["memory_stats"]["limit"]
    assert second["cpu_stats"]["cpu_usage"]["total_usage"] > 0
    assert second["pids_stats"]["current"] >= 1


def test_out_of_memory(client: Any, busybox: str) -> None:
    """Who takes more memory than the limit is killed: exit code 137, and the engine says why."""
    limits: dict[str, Any] = {"mem_limit": "12m", "memswap_limit": "12m"}
    # It begins when told to: the engine begins to watch the memory only after the start.
    hungry = "mkfifo /tmp/go; read line < /tmp/go; exec tail /dev/zero"
    container = client.containers.run(busybox, ["sh", "-c", hungry], detach=True, **limits)
    container.exec_run(["sh", "-c", "until test -p /tmp/go; do sleep 0.1; done; echo > /tmp/go"])
    assert container.wait()["StatusCode"] == 137  # returns once the reason is known, too
    container.reload()
    assert container.attrs["State"]["OOMKilled"]


def test_out_of_memory_is_explained(client: Any, busybox: str) -> None:
    """The error names the memory, even if it was taken too soon for the engine to notice."""
    with pytest.raises(errors.ContainerFailedError, match="OOMKilled") as caught:
        client.containers.run(
            busybox, ["tail", "/dev/zero"], remove=True, mem_limit="12m", memswap_limit="12m"
        )
    assert caught.value.exit_code == 137
    assert caught.value.out_of_memory is not False


def test_limit_of_processes(client: Any, busybox: str) -> None:
    """A container cannot have more processes than its limit."""
    script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; echo all"
    with pytest.raises(errors.ContainerFailedError) as caught:
        client.containers.run(busybox, ["sh", "-c", script], pids_limit=5, remove=True)
    assert "fork" in str(caught.value)


def test_limit_of_processor_time(client: Any, busybox: str) -> None:
    """A container that wants more than its share of a core is throttled, and can see that."""
    # in the one or the other place, as the kernel's control groups are of version 2 or 1
    places = "/sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat"
    busy = f"until grep -qs 'nr_throttled [1-9]' {places}; do :; done; echo throttled"
    printed = client.containers.run(
        busybox, ["timeout", "100", "sh", "-c", busy], nano_cpus=100_000_000, remove=True
    )
    assert printed == b"throttled\n"


def test_init(client: Any, busybox: str) -> None:
    """An init process of Docker's own can be the first one, and the command runs below it."""
    printed = client.containers.run(busybox, ["sh", "-c", "echo $$"], init=True, remove=True)
    assert int(printed) > 1


def test_a_killed_container_is_not_out_of_memory(client: Any, busybox: str) -> None:
    """A container that somebody kills has exit code 137 too, but not for its memory."""
    container = client.containers.run(busybox, ["sleep", "infinity"], detach=True)
    container.kill()
    assert container.wait()["StatusCode"] == 137
    container.reload()
    assert not container.attrs["State"]["OOMKilled"]


def test_pause_and_stop(box: Any) -> None:
    """A paused container stands still, and goes on."""
    box.pause()
    box.reload()
    assert box.status == "paused"
    with pytest.raises(errors.ConflictError, match="paused"):
        box.exec_run(["true"])
    box.unpause()
    assert box.exec_run(["true"]).exit_code == 0


def test_top_and_rename(box: Any) -> None:
    """The engine sees the processes inside; a name can be changed, and is unique."""
    assert any("sleep" in " ".join(row) for row in box.top()["Processes"])
    box.rename("the-box")
    box.reload()
    assert box.name == "the-box"


def test_names_are_unique(box: Any, client: Any, busybox: str) -> None:
    """A second container of a name is refused, and the message says whose it is."""
    client.containers.create(busybox, ["true"], name="only-one")
    with pytest.raises(errors.NameConflictError, match="only-one") as caught:
        client.containers.create(busybox, ["true"], name="only-one")
    assert (caught.value.status_code, caught.value.object_name) == (409, "only-one")
    assert isinstance(caught.value, docker.errors.APIError)


def test_events(client: Any, busybox: str) -> None:
    """What happens to a container is told while it happens, in its order."""
    stream = client.events(decode=True, filters={"type": "container", "label": "test=events"})
    seen: list[str] = []
    complete = threading.Event()

    def listen() -> None:
        for event in stream:
            seen.append(event["Action"])
            if event["Action"] == "destroy":
                complete.set()
                return

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        client.containers.run(busybox, ["true"], labels={"test": "events"}, remove=True)
        assert complete.wait(60), f"no end was told, only {seen}"
    finally:
        stream.close()
        thread.join()
    wanted = ["create", "attach", "start", "die", "destroy"]
    assert [action for action in seen if action in wanted and action != "attach"] == [
        "create", "start", "die", "destroy",
    ]  # fmt: skip


def test_waiting_has_an_end(box: Any) -> None:
    """Waiting for a container can be limited; then the message says that it still runs."""
    began = time.monotonic()
    with pytest.raises(errors.OutOfTimeError, match="still running"):
        box.wait(timeout=1)
    assert time.monotonic() >= began + 1
