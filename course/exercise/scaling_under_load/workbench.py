"""The learner's place in the engine in lesson 07: a network, who asks, and a stopwatch."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.exercise.bench import Bench
from course.exercise.scaling_under_load import service
from course.exercise.scaling_under_load.recording import graded
from course.exercise.scaling_under_load.rollout import RECORD, Rollout
from course.exercise.table import Table
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from course.exercise.scaling_under_load.problem import ScalingProblem

__all__ = ["IMAGES", "Workbench", "workbench"]

#: The course's images that the lesson uses.
IMAGES = (service.IMAGE, service.ASKER)


class Workbench(Bench["ScalingProblem"]):
    """An engine, and one learner's network in it.

    Attributes:
        client: the engine, as the Docker SDK gives it.
        task: the learner's problem, which knows the names.
        network: the learner's network.
    """

    images = IMAGES
    network: Any = None

    def furnish(self) -> None:
        """Make the network, and the container that asks."""
        self.network = service.open_network(self.client, self.task)

    def clear(self) -> int:
        """Remove everything of this learner's, the network too."""
        gone = super().clear()
        for network in self.client.networks.list(names=[self.task.name("net")]):
            network.remove()
            gone += 1
        self.network = None
        return gone

    def scale_out(
        self,
        start_replica: Callable[[int], object],
        *,
        record: str = RECORD,
        again: bool = False,
    ) -> Rollout | Unavailable:
        """Start all replicas, one after the other, and note when each has answered.

        The replicas are started whenever this is called; the times are those of the file `record`,
        if there is one.

        Args:
            start_replica: starts a replica; it gets its number, from 1 on.
            record: the name of the file in the current folder.
            again: take the new times, whatever the file holds.

        Returns:
            When each answered; or what stands in for that, if a replica did not.
        """
        self.scale_in(0)
        rollout = self._started(start_replica)
        path = Path(record)
        if path.exists() and not again:
            return Rollout.read(path)
        if graded():
            return Unavailable(
                f"{path.name} was not handed in with the notebook, so nothing is known of what "
                "was measured. Hand it in too."
            )
        if rollout:
            rollout.write(path)
        return rollout

    def _started(self, start_replica: Callable[[int], object]) -> Rollout | Unavailable:
        began, ready_s = time.perf_counter(), []
        for number in range(1, self.task.replicas + 1):
            name = self.task.name(f"web-{number}")
            start_replica(number)
            if not self.client.containers.list(filters={"name": f"^/?{name}$"}):
                return Unavailable(
                    f"start_replica({number}) is not answered yet: no container {name} runs."
                )
            if not service.ask_one(self.client, self.task, name):
                return Unavailable(
                    f"{name} runs and does not answer at http://{name}/name. Is it in the network "
                    f"{self.task.name('net')}, and does it run bench.page?"
                )
            ready_s.append(time.perf_counter() - began)
        return Rollout(tuple(ready_s), _engine())

    @property
    def page(self) -> list[str]:
        """What each replica runs, so that it answers with its own name."""
        return list(service.PAGE)

    def ask(self, times: int = 24) -> Table:
        """Ask the one address so many times, and return who has answered how often.

        Args:
            times: how many times.
        """
        heard = service.ask(self.client, self.task, times)
        rows = tuple(sorted(heard.items()))
        title = f"Who answers as http://{self.task.address}/name (measured)"
        return Table(title, ("host name of the replica", "answers"), rows)

    def scale_in(self, replicas: int) -> int:
        """Remove replicas, the youngest first, until so many are left.

        Args:
            replicas: how many are to stay.

        Returns:
            How many were removed.
        """
        import docker.errors

        gone = 0
        for container in self.client.containers.list(all=True, ignore_removed=True):
            prefix, _, number = str(container.name).rpartition("-")
            if prefix == self.task.name("web") and not 1 <= _number(number) <= replicas:
                with contextlib.suppress(docker.errors.NotFound):
                    container.remove(force=True, v=True)
                gone += 1
        return gone


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _engine() -> str:
    from course.live.engine import remembered

    connection = remembered()
    if connection is None:
        return "an engine"
    info = connection.info
    where = {None: "on this machine", True: "in the lab VM, KVM", False: "in the lab VM, emulated"}
    return f"Docker Engine {info.version} {where[info.accelerated]}"


def workbench(task: ScalingProblem) -> Workbench | Unavailable:
    """Open the learner's place in an engine; see `Bench.opened`."""
    return Workbench.opened(task)
