"""A host, an application, and what two technologies add to each instance of it.

- `Resources`: cores, memory and disk, of a host or of one instance
- `Technology`: what an instance costs beyond its application, and what is needed once a host
- `Stack`: the four of them, as one learner is given them
- `draw_stack`: draw them, so that every usual mistake leads to another count

The figures are invented. They lie near published ones: QEMU's 131 MiB for each machine (Agache and
others, NSDI 2020), a guest of about 60 to 120 MiB (the same, and Manco and others, SOSP 2017), and
4 to 12 MiB for the helper of a container.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["RESOURCES", "Resources", "Stack", "Technology", "draw_stack", "fit"]

#: The names of what a host has, as the lesson's dictionaries use them.
RESOURCES = ("cores", "memory_mib", "disk_mb")
MIB_PER_GIB = 1024
#: How far a quotient stays away from a whole number, so that rounding decides nothing.
_CLEAR = 0.03


@dataclass(frozen=True)
class Resources:
    """What a host has, or one instance takes.

    Attributes:
        cores: processor cores; of an instance those that it keeps busy at the busiest time.
        memory_mib: memory, in MiB of 2**20 bytes.
        disk_mb: disk, in MB of 10**6 bytes.
    """

    cores: float
    memory_mib: float
    disk_mb: float

    def as_dict(self) -> dict[str, float]:
        """Return the three numbers by their names."""
        return {name: getattr(self, name) for name in RESOURCES}


@dataclass(frozen=True)
class Technology:
    """What a technology takes beyond the applications that it runs.

    Attributes:
        name: what it is called.
        monitor_mib: memory of each instance's monitor or helper process, in MiB.
        guest_mib: memory of each instance's own kernel and services, in MiB.
        idle_cores: cores that each instance keeps busy beyond its application.
        disk_mb: disk that each instance takes alone, in MB.
        shared_disk_mb: disk that all instances on a host share, in MB.
        host: what the host keeps for itself: its system and the engine or the hypervisor.
    """

    name: str
    monitor_mib: int
    guest_mib: int
    idle_cores: float
    disk_mb: int
    shared_disk_mb: int
    host: Resources

    @property
    def each(self) -> dict[str, float]:
        """What each instance takes beyond its application."""
        memory_mib = self.monitor_mib + self.guest_mib
        return Resources(self.idle_cores, memory_mib, self.disk_mb).as_dict()

    @property
    def once(self) -> dict[str, float]:
        """What is needed once on a host, however many instances it has."""
        shared_mb = self.host.disk_mb + self.shared_disk_mb
        return Resources(self.host.cores, self.host.memory_mib, shared_mb).as_dict()

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Return both, as the function `density` takes them."""
        return {"each": self.each, "once": self.once}


@dataclass(frozen=True)
class Stack:
    """A host, an application, and two ways to run it.

    Attributes:
        host: what one host has.
        application: what one instance of the application takes by itself.
        machine: what a virtual machine adds.
        container: what a container adds.
    """

    host: Resources
    application: Resources
    machine: Technology
    container: Technology

    def terms(self) -> Table:
        """Return all figures as a table."""
        host, application, both = self.host, self.application, (self.machine, self.container)
        rows: tuple[tuple[object, ...], ...] = (
            ("cores", host.cores, application.cores, *(t.idle_cores for t in both)),
            ("memory", host.memory_mib, application.memory_mib, None, None),
            ("memory: a kernel and services of its own", None, None, *(t.guest_mib for t in both)),
            ("memory: monitor or helper process", None, None, *(t.monitor_mib for t in both)),
            ("disk", host.disk_mb, application.disk_mb, *(t.disk_mb for t in both)),
            ("once: cores that the host keeps", None, None, *(t.host.cores for t in both)),
            ("once: memory that the host keeps", None, None, *(t.host.memory_mib for t in both)),
            ("once: disk that the host keeps", None, None, *(t.host.disk_mb for t in both)),
            ("once: disk that all share", None, None, *(t.shared_disk_mb for t in both)),
        )
        units = ("cores", "MiB", "MiB", "MiB", "MB", "cores", "MiB", "MB", "MB")
        headings = ("what", "the host has", "each application takes", "each machine adds",
                    "each container adds", "unit")  # fmt: skip
        return Table(
            "One host, one application, two ways (invented)",
            headings,
            tuple((*row, unit) for row, unit in zip(rows, units, strict=True)),
        )


def fit(host: Resources, application: Resources, technology: Technology) -> dict[str, float]:
    """Return how many instances each resource alone has room for, not rounded.

    Args:
        host: what the host has.
        application: what each instance takes by itself.
        technology: what is added.
    """
    has, asks = host.as_dict(), application.as_dict()
    return {
        name: (has[name] - technology.once[name]) / (asks[name] + technology.each[name])
        for name in RESOURCES
    }


def draw_stack(draw: Draw) -> Stack:
    """Return a host that memory ends with machines, and cores with containers."""
    while True:
        stack = _drawn(draw)
        if stack is not None and _tells(stack):
            return stack


def _drawn(draw: Draw) -> Stack | None:
    gib = draw.choice((64, 96, 128, 192, 256))
    host_mib = MIB_PER_GIB * gib
    cores = draw.choice((24, 32, 48, 64))
    application_mib = draw.integer(45, 180)
    monitor_mib, guest_mib = draw.integer(70, 140), draw.integer(55, 125)
    helper_mib = draw.integer(4, 12)
    kept = Resources(draw.choice((1, 2)), MIB_PER_GIB * draw.integer(2, 4), 0)
    left_mib = host_mib - kept.memory_mib
    machines = left_mib / (application_mib + monitor_mib + guest_mib)
    containers_by_memory = left_mib / (application_mib + helper_mib)
    # As many containers as the cores allow: more than machines, fewer than the memory holds.
    containers = draw.fraction(0.45, 0.8) * containers_by_memory
    if containers < 1.3 * machines:
        return None
    busy = round((cores - kept.cores) / containers, 3)
    idle_cores = round(busy * draw.fraction(0.1, 0.3), 3)
    if idle_cores < 0.002 or busy < 0.01:
        return None
    machine_disk_mb = 10 * draw.integer(90, 170)
    own_mb = draw.integer(4, 25)
    disk_kept_mb = 1000 * draw.integer(15, 30)
    disk_mb = disk_kept_mb + round(draw.fraction(1.1, 1.4) * machines * machine_disk_mb, -3)
    # So large that one image for each container would not have room, and one for all has.
    image_mb = round(disk_mb / (draw.fraction(0.55, 0.9) * containers), -1)
    if not 200 <= image_mb <= 0.9 * machine_disk_mb:
        return None
    kept = Resources(kept.cores, kept.memory_mib, disk_kept_mb)
    return Stack(
        host=Resources(cores, host_mib, int(disk_mb)),
        application=Resources(busy, application_mib, own_mb),
        machine=Technology(
            "virtual machine", monitor_mib, guest_mib, idle_cores, machine_disk_mb, 0, kept
        ),
        container=Technology("container", helper_mib, 0, 0.001, 0, int(image_mb), kept),
    )


def _tells(stack: Stack) -> bool:
    """Return whether the resource that binds is clear, and rounding decides nothing."""
    for technology, binds in ((stack.machine, "memory_mib"), (stack.container, "cores")):
        limits = fit(stack.host, stack.application, technology)
        least = limits.pop(binds)
        if min(limits.values()) < 1.08 * least:
            return False
        if any(
            not _CLEAR < value - math.floor(value) < 1 - _CLEAR
            for value in (least, *limits.values())
        ):
            return False
    ratio = _density_ratio(stack)
    return 1.3 < ratio < 2.9


def _density_ratio(stack: Stack) -> float:
    containers = min(fit(stack.host, stack.application, stack.container).values())
    return containers / min(fit(stack.host, stack.application, stack.machine).values())
