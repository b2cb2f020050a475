"""The learner's place in the engine in lesson 06."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.exercise.bench import Bench
from course.exercise.density_and_sizing.orders import BYTES_PER_MIB
from course.exercise.table import Table
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.density_and_sizing.problem import DensityProblem

__all__ = ["IMAGE", "Workbench", "workbench"]

#: The image that the containers with limits are made of.
IMAGE = "course/busybox:1.35"

_FILES = ("memory.max", "memory.low", "cpu.max")


class Workbench(Bench["DensityProblem"]):
    """An engine, and one learner's names in it.

    Attributes:
        client: the engine, as the Docker SDK gives it.
        task: the learner's problem, which knows the names.
    """

    images = (IMAGE,)

    def in_the_kernel(self) -> Table:
        """Return what the kernel has been told of each of the ordered containers that runs.

        The files are those of a control group of version 2; a container of an engine that uses
        version 1 has none of them, and its cells stay empty.
        """
        import docker.errors

        rows = []
        for order in self.task.orders:
            try:
                container = self.client.containers.get(self.task.name(order.role))
                words = _read(container)
            except docker.errors.APIError:
                continue  # it is not there, or does not run
            limit, low, quota = words
            rows.append((order.role, _mib(limit), _mib(low), _cores(quota)))
        headings = ("container", "memory.max (MiB)", "memory.low (MiB)", "cpu.max (cores)")
        return Table("What the kernel knows (measured)", headings, tuple(rows))


def _read(container: Any) -> list[str]:
    """Return what the files of a container's control group say; nothing of what is not there."""
    # One command for all of them: each costs a part of a second where machines are emulated.
    files = " ".join(f"/sys/fs/cgroup/{name}" for name in _FILES)
    command = f"for file in {files}; do cat $file 2> /dev/null || echo; done"
    _status, output = container.exec_run(["sh", "-c", command])
    lines = bytes(output).decode().splitlines()
    return (lines + [""] * len(_FILES))[: len(_FILES)]


def _mib(text: str) -> float | str | None:
    # "67108864", or "max" without a limit
    return int(text) / BYTES_PER_MIB if text.isdigit() else text or None


def _cores(text: str) -> float | str | None:
    # "50000 100000": so many of so many microseconds; "max 100000" without a limit
    quota, _, period = text.partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else quota or None


def workbench(task: DensityProblem) -> Workbench | Unavailable:
    """Open the learner's place in an engine; see `Bench.opened`."""
    return Workbench.opened(task)
