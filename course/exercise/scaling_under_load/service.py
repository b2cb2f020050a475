"""A real service: replicas of a web server behind one address, and who asks it.

- `PAGE`: what each replica runs, so that it answers with its own name
- `open_network`: a network of the learner's own with a container that asks
- `ask`: what answers through the one address
- `replicas`: what an engine holds of the service, beside what was asked

The one address is a name in the network: all replicas go by it, and the engine's own name server
gives the address of another one each time. Whoever asks needs to know none of them.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from course.exercise.findings import Finding, NotThereError, find_container

if TYPE_CHECKING:
    import docker

    from course.exercise.scaling_under_load.problem import ScalingProblem

__all__ = ["ASKER", "IMAGE", "PAGE", "ask", "ask_one", "open_network", "replicas"]

#: The image of a replica, and that of the container that asks.
IMAGE, ASKER = "course/web:1", "course/busybox:1.35"
#: What a replica runs: its page /name holds its host name.
PAGE = ["sh", "-c", "hostname > /www/name; exec httpd -f -p 80 -h /www"]
#: So many times each replica's number is asked through the address: enough to meet everybody.
ASKED_EACH = 12

# Asks the same page again and again; each time the name is looked up anew. A name that nobody has
# is looked for in the whole world, which takes its time, so after two misses it gives up.
_ASK = """misses=0
for i in $(seq {times}); do
  timeout 5 wget -q -O - http://{name}/name 2> /dev/null && continue
  echo
  misses=$((misses + 1))
  [ $misses -lt 2 ] || exit 0
done"""
# A server that has just been started may not listen yet.
_UNTIL = """for i in $(seq 300); do
  timeout 5 wget -q -O - http://{name}/name 2> /dev/null && exit 0
  sleep 0.05
done
exit 1"""
# A shell as the first process takes leave of those whose parents have ended; sleep would not.
_STAY = ["sh", "-c", "while true; do sleep 3600; done"]


def open_network(client: docker.DockerClient, task: ScalingProblem) -> Any:
    """Make the learner's network with a container in it that asks, and return the network.

    Args:
        client: the engine.
        task: the learner's problem.
    """
    network = client.networks.create(task.name("net"), driver="bridge")
    client.containers.run(ASKER, _STAY, detach=True, name=task.name("asker"), network=network.name)
    return network


def ask(client: docker.DockerClient, task: ScalingProblem, times: int) -> Counter[str]:
    """Ask the one address so many times, and return who has answered how often.

    Args:
        client: the engine.
        task: the learner's problem.
        times: how many times.

    Raises:
        NotThereError: there is nobody in the network who could ask.
    """
    asker = find_container(client, task.name("asker"))
    _code, output = asker.exec_run(
        ["sh", "-c", _ASK.format(times=times, name=task.address)], stderr=False
    )
    lines = bytes(output).decode(errors="replace").splitlines()
    return Counter(line.strip() or "nobody" for line in lines)


def ask_one(client: docker.DockerClient, task: ScalingProblem, name: str) -> str:
    """Ask one container by its own name until it answers, and return its answer; "" if none came.

    Args:
        client: the engine.
        task: the learner's problem.
        name: the container's full name.
    """
    asker = find_container(client, task.name("asker"))
    code, output = asker.exec_run(["sh", "-c", _UNTIL.format(name=name)], stderr=False)
    return bytes(output).decode(errors="replace").strip() if code == 0 else ""


def replicas(client: docker.DockerClient, task: ScalingProblem) -> tuple[Finding, ...]:
    """Return what the engine holds of the service that was asked for.

    Args:
        client: the engine.
        task: the learner's problem.

    Raises:
        NotThereError: there is no network, nobody who asks, or no replica.
    """
    import docker.errors

    find_container(client, task.name("asker"))
    try:
        client.networks.get(task.name("net"))
    except docker.errors.NotFound:
        raise NotThereError(f"the engine has no network {task.name('net')}") from None
    wanted = {task.name(f"web-{number}") for number in range(1, task.replicas + 1)}
    found = _web_containers(client, task)
    if not found:
        raise NotThereError(f"the engine has no container {task.name('web-1')}")
    running = {name for name, one in found.items() if one.status == "running"}
    reachable = {name for name in running if task.address in _aliases(found[name], task)}
    hosts = {str(found[name].attrs["Config"]["Hostname"]): name for name in found}
    # Nobody has to be asked whom nobody can reach.
    times = ASKED_EACH * max(task.replicas, len(found)) if reachable else 0
    heard = ask(client, task, times) if times else Counter({"nobody": 1})
    answering = {hosts[host] for host in heard if host in hosts}
    strangers = sorted(set(heard) - set(hosts) - {"nobody"})
    images = {str(one.attrs["Config"]["Image"]) for one in found.values()}
    return (
        Finding("count", running == wanted and images == {IMAGE}, _count(running, wanted, images)),
        Finding("address", wanted <= reachable, _address(task, wanted - reachable)),
        Finding(
            "answers",
            wanted <= answering,
            f"Through http://{task.address}/name answered {len(wanted & answering)} of the "
            f"{len(wanted)} replicas, each with its own name.",
        ),
        Finding(
            "nothing else",
            not strangers and not heard["nobody"],
            f"Some requests to {task.address} went unanswered, or were answered by others.",
        ),
    )


def _web_containers(client: docker.DockerClient, task: ScalingProblem) -> dict[str, Any]:
    found = client.containers.list(all=True, ignore_removed=True)
    prefix = task.name("web-")
    return {str(one.name): one for one in found if str(one.name).startswith(prefix)}


def _aliases(container: Any, task: ScalingProblem) -> set[str]:
    with contextlib.suppress(LookupError, TypeError):
        networks = container.attrs["NetworkSettings"]["Networks"]
        return set(networks[task.name("net")]["Aliases"] or ())
    return set()


def _count(running: set[str], wanted: set[str], images: set[str]) -> str:
    if images != {IMAGE}:
        return f"Some of the replicas are not of {IMAGE}: {', '.join(sorted(images))}."
    if running == wanted:
        return f"{len(running)} replicas run."
    lacking, more = sorted(wanted - running), sorted(running - wanted)
    said = f"There have to run {len(wanted)} replicas, and {len(running)} do."
    said += f" {lacking[0]} does not." if lacking else ""
    return said + (f" {more[0]} is one too many." if more else "")


def _address(task: ScalingProblem, lacking: set[str]) -> str:
    if not lacking:
        return f"All of them go by {task.address}."
    return (
        f"In the network {task.name('net')}, {sorted(lacking)[0]} does not go by the name "
        f"{task.address}. Was it connected with that alias?"
    )
