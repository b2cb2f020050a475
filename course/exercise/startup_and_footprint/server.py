"""Whether an image of a RADIUS server is small and does its work: it is started and asked.

- `small`: what the learner's image has of what was asked
- `ask`: start an image and send it requests

Each question has random bytes of its own, and the answer's signature is checked, so that an answer
that was noted down earlier is of no use.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from course.exercise.findings import Finding, find_image
from course.live import radius

if TYPE_CHECKING:
    import docker

    from course.exercise.startup_and_footprint.problem import StartupProblem

__all__ = ["MESSENGER", "ask", "small"]

#: Image whose Python carries a request to the server, from the network that the server is in.
MESSENGER = "course/python:3.11"
READY_S = 30.0
#: What the messenger prints where no answer came.
NOTHING = "nothing"

# It sends what it is given and prints what comes back. A server that has just been started may not
# listen yet, so a request is sent until somebody answers.
_CARRY = """
import socket, sys
for request in sys.argv[1:]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(2)
        answer = b""
        for _ in range(8):
            try:
                connection.connect(("127.0.0.1", 1812))
                connection.send(bytes.fromhex(request))
                answer = connection.recv(4096)
                break
            except OSError:
                pass
        print(answer.hex() or "nothing", flush=True)
"""


def small(client: docker.DockerClient, task: StartupProblem) -> tuple[Finding, ...]:
    """Return what the learner's image has of what was asked; it is started for that.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: there is no such image.
    """
    asked, reference = task.radius, task.image("radius:small")
    size_bytes = int(find_image(client, reference).attrs["Size"])
    replies, log = ask(
        client,
        reference,
        (asked.user, asked.password),
        (asked.user, f"not {asked.password[:8]}"),
        name=task.name("asked"),
    )
    right, wrong = replies
    answers = right.accepted is True
    return (
        Finding("answers", answers, _answer_text(asked.user, right, log)),
        Finding(
            "reply",
            answers and right.message == asked.reply,
            f"It lets {asked.user} in with the words {right.message!r}; asked for was "
            f"{asked.reply!r}.",
        ),
        Finding(
            "refuses",
            wrong.accepted is False,
            "It lets in whoever comes, with a wrong password too."
            if wrong.accepted
            else "To a wrong password it does not answer."
            if wrong.accepted is None
            else "It turns away a wrong password.",
        ),
        Finding(
            "size",
            size_bytes <= asked.most_bytes,
            f"All its layers together hold {size_bytes} bytes; at most {asked.most_bytes} were "
            "asked for. Whatever a lower layer holds counts, deleted later or not.",
        ),
    )


def _answer_text(user: str, reply: radius.Reply, log: str) -> str:
    if reply.accepted:
        return f"It lets {user} in."
    if reply.accepted is False:
        return f"It turns {user} away, with the right password. Which users file does it read?"
    said = f" Its log ends with: {log}" if log else ""
    return f"A container of it was started and asked, and it did not answer.{said}"


def ask(
    client: docker.DockerClient, reference: str, *users: tuple[str, str], name: str
) -> tuple[list[radius.Reply], str]:
    """Start an image of a RADIUS server, ask it to let users in, and remove its container.

    Args:
        client: the engine.
        reference: the image's name.
        users: names with passwords.
        name: the name of the container; one that has it is removed.

    Returns:
        What it answered to each, and the last line of its log.
    """
    import docker.errors

    from course.live.errors import LiveError

    with contextlib.suppress(docker.errors.NotFound):
        client.containers.get(name).remove(force=True, v=True)
    asked = [radius.request(user, password) for user, password in users]
    container = None
    try:
        try:
            container = client.containers.run(reference, detach=True, name=name)
        except (docker.errors.APIError, LiveError) as error:
            return [radius.Reply(None)] * len(users), str(error)
        _until_ready(container)
        if container.status == "running":
            said = _carried(client, str(container.id), [one.packet.hex() for one in asked])
        else:
            said = []
        log = container.logs(tail=1).decode(errors="replace").strip()
    finally:
        if container is None:
            with contextlib.suppress(docker.errors.NotFound):
                client.containers.get(name).remove(force=True, v=True)
        else:
            container.remove(force=True, v=True)
    said += [NOTHING] * (len(asked) - len(said))
    return [_read(text, one) for text, one in zip(said, asked, strict=False)], log


def _until_ready(container: Any) -> None:
    """Wait until a server says that it is ready, or its container has ended."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        container.reload()
        if container.status not in ("created", "running"):
            return
        if b"Ready to process requests" in container.logs():
            return
        time.sleep(0.05)  # between two looks


def _carried(client: docker.DockerClient, server: str, requests: list[str]) -> list[str]:
    """Send requests from a container beside the server's, and return what came back."""
    from course.live import images

    images.provide(client, MESSENGER)
    output = client.containers.run(
        MESSENGER,
        ["python3", "-c", _CARRY, *requests],
        network_mode=f"container:{server}",
        remove=True,
    )
    return bytes(output).decode().split()


def _read(text: str, asked: radius.Request) -> radius.Reply:
    try:
        return radius.read(bytes.fromhex(text), asked)
    except ValueError:
        return radius.Reply(None)
