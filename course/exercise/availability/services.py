"""Whether two containers behave as they were asked to when their programs end.

- `services`: what the engine says of both
- `kill`: end a container's program by force, and see whether it comes back
- `settle`: wait until a container is started no more

A container is killed from inside, as a crash would: what the engine itself is told to kill it takes
for ended by a person, and starts no more whatever its policy is.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.findings import Finding, NotThereError, find_container
from course.live.progress import report, show

if TYPE_CHECKING:
    import docker

    from course.exercise.availability.problem import AvailabilityProblem

__all__ = ["JOB", "PAGE_URL", "WEB", "Comeback", "kill", "services", "settle"]

#: The short names of the two containers.
WEB, JOB = "web", "job"
PAGE_URL = "http://127.0.0.1:8080/"
_PATIENCE_S = 90.0
_START_S = 20.0
#: What has ended, and is not about to be started again, for so long stays so.
_DOWN_S = 2.0
#: A container that works does not need to be started again so often.
_LOOPS = 10


@dataclass(frozen=True)
class Comeback:
    """What became of a container whose program was killed.

    Attributes:
        name: its full name.
        policy: its restart policy, as the engine calls it.
        exit_code: with which code it ended.
        back_s: how long it took until its program answered again, in seconds; None if it did not.
        restarts: how often the engine has started it again so far.
    """

    name: str
    policy: str
    exit_code: int
    back_s: float | None
    restarts: int

    def __repr__(self) -> str:
        came = "stays down" if self.back_s is None else f"is back after {self.back_s:.2f} s"
        return (
            f"measured: {self.name}, restart policy {self.policy}\n"
            f"ended with exit code {self.exit_code} and {came}\n"
            f"started again {self.restarts} times so far"
        )


def _policy(container: Any) -> tuple[str, int]:
    found = container.attrs["HostConfig"].get("RestartPolicy") or {}
    return str(found.get("Name") or "no"), int(found.get("MaximumRetryCount") or 0)


def _serves(container: Any) -> str:
    """Return the page that a container serves, or nothing."""
    import docker.errors

    with contextlib.suppress(docker.errors.APIError):
        done = container.exec_run(["timeout", "5", "wget", "-q", "-O", "-", PAGE_URL])
        if done.exit_code == 0:
            return bytes(done.output).decode(errors="replace")
    return ""


def _until_serving(container: Any) -> None:
    """Wait until a server that may just have been started serves, so that it can be killed."""
    began = time.monotonic()
    while time.monotonic() - began < _START_S and container.status == "running":
        if _serves(container):
            return
        time.sleep(0.1)  # between two looks
        container.reload()


def kill(container: Any) -> Comeback:
    """Kill a container's server from inside, and see whether it comes back.

    Args:
        container: the container, which runs `Services.web_command`.

    Raises:
        NotThereError: it does not run.
    """
    container.reload()
    if container.status != "running":
        raise NotThereError(f"{container.name} does not run, it is {container.status}")
    progress = show()
    report(progress, None, f"killing the program of {container.name}")
    _until_serving(container)
    before, exit_code = container.attrs["State"]["StartedAt"], 0
    began = time.monotonic()
    container.exec_run(["killall", "-9", "httpd"])
    down_since: float | None = None
    back_s: float | None = None
    while time.monotonic() - began < _PATIENCE_S:
        container.reload()
        state = container.attrs["State"]
        if state["StartedAt"] != before and state["Running"] and _serves(container):
            back_s = time.monotonic() - began
            break
        exit_code = state["ExitCode"] or exit_code
        if state["Running"] or state["Restarting"]:
            down_since = None
        elif down_since is None:
            down_since = time.monotonic()
        elif time.monotonic() - down_since > _DOWN_S:
            break
        time.sleep(0.05)  # between two looks
    report(progress, 1.0, f"{container.name} {'stays down' if back_s is None else 'is back'}")
    return Comeback(
        str(container.name),
        _policy(container)[0],
        exit_code,
        back_s,
        int(container.attrs["RestartCount"]),
    )


def settle(container: Any) -> str:
    """Wait until a container is started no more, or has been often enough.

    Args:
        container: the container.

    Returns:
        What became of it, in a few words.
    """
    progress = show()
    report(progress, None, f"waiting until {container.name} is started no more")
    began, down_since = time.monotonic(), None
    while time.monotonic() - began < _PATIENCE_S:
        container.reload()
        state, restarts = container.attrs["State"], int(container.attrs["RestartCount"])
        if restarts > _LOOPS:
            break
        if state["Running"] or state["Restarting"]:
            down_since = None
        elif down_since is None:
            down_since = time.monotonic()
        elif time.monotonic() - down_since > _DOWN_S:
            break
        time.sleep(0.1)  # between two looks
    report(progress, 1.0, f"{container.name} was started again {restarts} times")
    name, most = _policy(container)
    return (
        f"measured: {container.name}, restart policy {name}{f' ({most} times)' if most else ''}\n"
        f"is {state['Status']}, with {state['ExitCode']} as its last exit code\n"
        f"started again {restarts} times so far"
    )


_WEB_POLICIES = {
    "no": "With no policy it stays down after its first crash.",
    "always": (
        "With the policy always it comes back whatever happened: after a restart of the host even "
        "if a person had stopped it."
    ),
    "on-failure": (
        "The policy on-failure looks at the exit code: a server that ends politely, with 0, stays "
        "down."
    ),
}
_JOB_POLICIES = {
    "no": "With no policy it is never tried again.",
    "always": "With the policy always it is tried for ever, and a job that is done is done again.",
    "unless-stopped": (
        "With the policy unless-stopped it is tried for ever, and a job that is done is done again."
    ),
}


def services(client: docker.DockerClient, task: AvailabilityProblem) -> tuple[Finding, ...]:
    """Return whether both containers behave as they were asked to.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: neither of them exists.
    """
    missing: list[NotThereError] = []
    findings: list[Finding] = []
    for short, look in ((WEB, _web), (JOB, _job)):
        try:
            findings += look(find_container(client, task.name(short)), task)
        except NotThereError as error:
            missing.append(error)
            findings += [
                Finding(f"{short}: {aspect}", False, f"{error}.") for aspect in ("policy", "end")
            ]
    if len(missing) == 2:
        raise missing[0]
    return tuple(findings)


def _web(container: Any, task: AvailabilityProblem) -> list[Finding]:
    name, _most = _policy(container)
    restarts, status = int(container.attrs["RestartCount"]), container.status
    told = f"{container.name}: "
    if status != "running":
        survived = Finding(f"{WEB}: end", False, f"{told}it does not run, it is {status}.")
    elif restarts == 0:
        survived = Finding(
            f"{WEB}: end", False, f"{told}it has not come back from anything yet. Kill its program."
        )
    elif restarts > _LOOPS:
        survived = Finding(
            f"{WEB}: end", False, f"{told}it was started {restarts} times: it comes back to crash."
        )
    else:
        serves = task.services.page in _serves(container)
        survived = Finding(
            f"{WEB}: end",
            serves,
            f"{told}it came back {restarts} times"
            + (" and serves its page." if serves else ", and does not serve your page."),
        )
    return [
        Finding(
            f"{WEB}: policy",
            name == "unless-stopped",
            told + _WEB_POLICIES.get(name, "its policy keeps what was asked."),
        ),
        survived,
    ]


def _job(container: Any, task: AvailabilityProblem) -> list[Finding]:
    asked, (name, most) = task.services.retries, _policy(container)
    state, restarts = container.attrs["State"], int(container.attrs["RestartCount"])
    told = f"{container.name}: "
    if name != "on-failure":
        policy = _JOB_POLICIES.get(name, f"its policy is {name}.")
    elif not most:
        policy = "It is tried again without an end. How often was asked for?"
    elif most != asked:
        policy = f"It is tried again {most} times at most, {asked} were asked for."
    else:
        policy = "its policy keeps what was asked."
    if state["Running"] or state["Restarting"]:
        end = f"it is still being started, {restarts} times so far."
    elif state["ExitCode"] == 0:
        end = "it ended with exit code 0, as if all were well. What was it to run?"
    else:
        end = f"it was started again {restarts} times, {asked} were asked for, and then given up."
    given_up = not (state["Running"] or state["Restarting"]) and state["ExitCode"] != 0
    return [
        Finding(f"{JOB}: policy", name == "on-failure" and most == asked, told + policy),
        Finding(f"{JOB}: end", given_up and restarts == asked, told + end),
    ]
