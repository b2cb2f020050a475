"""The learner's place in the engine in lesson 09."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.exercise.availability import services
from course.exercise.bench import Bench
from course.exercise.findings import NotThereError, find_container
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.availability.problem import AvailabilityProblem

__all__ = ["IMAGE", "Workbench", "workbench"]

#: The image that both services run in.
IMAGE = "course/busybox:1.35"


class Workbench(Bench["AvailabilityProblem"]):
    """An engine, and one learner's names in it.

    Attributes:
        client: the engine, as the Docker SDK gives it.
        task: the learner's problem, which knows the names.
    """

    images = (IMAGE,)

    def start(self, short: str, command: list[str], **options: Any) -> Any:
        """Start one of this learner's containers in the background.

        Args:
            short: the container's name without the prefix; one that has it is removed.
            command: what it runs.
            options: as for `docker.DockerClient.containers.run`, such as ``restart_policy``.
        """
        return self.client.containers.run(
            IMAGE, command, name=self.fresh(short), detach=True, **options
        )

    def kill(self, short: str) -> services.Comeback | Unavailable:
        """Kill the server in one of this learner's containers, and see whether it comes back.

        Args:
            short: the container's name without the prefix.

        Returns:
            What became of it; or, where no such container runs, something that says so.
        """
        try:
            return services.kill(find_container(self.client, self.task.name(short)))
        except NotThereError as error:
            return Unavailable(f"There is nothing to kill: {error}.")

    def settle(self, short: str) -> str | Unavailable:
        """Wait until one of this learner's containers is started no more.

        Args:
            short: the container's name without the prefix.

        Returns:
            What became of it; or, where there is no such container, something that says so.
        """
        try:
            return services.settle(find_container(self.client, self.task.name(short)))
        except NotThereError as error:
            return Unavailable(f"There is nothing to wait for: {error}.")


def workbench(task: AvailabilityProblem) -> Workbench | Unavailable:
    """Open the learner's place in an engine; see `Bench.opened`."""
    return Workbench.opened(task)
