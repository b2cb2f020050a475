"""Density: how many instances of an application a host holds, and which resource ends it.

With each technology, every instance takes its application and its own overhead, and some things are
taken once a host. Whatever runs out first ends it:

>>> host = Capacity(cores=64, memory_mib=128 * 1024, disk_mb=1_000_000)
>>> small = Application(cores=0.01, memory_mib=32, disk_mb=50)
>>> density(host, small, "container").count, density(host, small, "debian-vm").count
(3650, 869)

`course.sizing.ratios` compares two technologies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from course.sizing.errors import AmountError, require
from course.sizing.technologies import technology as known

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from course.sizing.technologies import Technology

__all__ = ["Application", "Capacity", "Density", "costs_of", "density", "density_curve", "quotient"]

_RESOURCES = ("cores", "memory_mib", "disk_mb")
_UNITS = {
    "cores": ("cores run", "cores"),
    "memory_mib": ("memory runs", "MiB"),
    "disk_mb": ("disk runs", "MB"),
}
_ROUNDING = 1e-9  # 0.3 / 0.1 is meant to be 3


@dataclass(frozen=True)
class Capacity:
    """What a host has for its tenants, or what they use of it.

    Attributes:
        cores: processor cores.
        memory_mib: memory, in MiB of 2**20 bytes.
        disk_mb: disk, in MB of 10**6 bytes.
    """

    cores: float
    memory_mib: float
    disk_mb: float


@dataclass(frozen=True)
class Application:
    """What one instance of an application takes, whatever it runs in.

    Attributes:
        cores: processor cores that it keeps busy.
        memory_mib: memory, in MiB of 2**20 bytes.
        disk_mb: disk, in MB of 10**6 bytes.
        shared_memory_mib: the part of its memory that is the same in all instances: the pages of
            its program and its libraries.
        shared_disk_mb: the part of its disk that is the same in all instances: its image.
    """

    cores: float
    memory_mib: float
    disk_mb: float
    shared_memory_mib: float = 0.0
    shared_disk_mb: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that no application has."""
        for name in (*_RESOURCES, "shared_memory_mib", "shared_disk_mb"):
            require(name, getattr(self, name))
        for shared, whole in (("shared_memory_mib", "memory_mib"), ("shared_disk_mb", "disk_mb")):
            if getattr(self, shared) > getattr(self, whole):
                raise AmountError(
                    f"expected {shared} to be a part of {whole} ({getattr(self, whole):g}), found "
                    f"{getattr(self, shared):g}",
                    name=shared,
                    value=getattr(self, shared),
                )

    def of_size(self, memory_mib: float) -> Application:
        """Return the same application with other memory; what is shared of it is cut to it."""
        shared = min(self.shared_memory_mib, memory_mib)
        return replace(self, memory_mib=memory_mib, shared_memory_mib=shared)


@dataclass(frozen=True)
class Density:
    """How many instances fit.

    Attributes:
        count: how many.
        binding: the resource that ends it: "cores", "memory_mib" or "disk_mb".
        limits: how many instances each resource alone would allow; None where it sets no limit.
        used: what they take of the host.
        left: what stays stranded on it.
        overhead_share: the share of the memory used that is not the applications'.
        host: what the host has for its tenants.
        application: what one instance takes.
        technology: what they run in.
    """

    count: int
    binding: str
    limits: dict[str, int | None]
    used: Capacity
    left: Capacity
    overhead_share: float
    host: Capacity
    application: Application
    technology: Technology

    @property
    def reason(self) -> str:
        """Which resource ends it, and why, in a sentence."""
        costs = costs_of(self.application, self.technology)
        once, each = (cost[self.binding] for cost in costs)
        has, (verb, unit) = getattr(self.host, self.binding), _UNITS[self.binding]
        shared = f" after {once:,.1f} taken once" if once else ""
        return (
            f"{self.technology.name}: {verb} out first. Each instance takes {each:,.4g} of "
            f"{has:,.0f} {unit}{shared}, which makes {self.count:,}."
        )


def density(host: Capacity, application: Application, technology: str | Technology) -> Density:
    """Return how many instances of an application a host holds.

    Args:
        host: what the host has for its tenants.
        application: what one instance takes.
        technology: what they run in, or its id in `TECHNOLOGIES`.

    Raises:
        AmountError: a number of the host is negative or none, or an instance takes nothing at all,
            so that there is no end to them.
        UnknownTechnologyError: there is no such technology.
    """
    its = known(technology)
    for name in _RESOURCES:
        require(name, getattr(host, name))
    once, each = costs_of(application, its)
    allowed = {name: quotient(getattr(host, name), once[name], each[name]) for name in _RESOURCES}
    binding = min(allowed, key=allowed.__getitem__)
    if allowed[binding] == math.inf:
        raise AmountError(
            "expected an instance that takes cores, memory or disk, found one that takes nothing: "
            "there would be no end to them",
            name="application",
            value=application,
        )
    count = math.floor(allowed[binding])
    used = {name: (once[name] + count * each[name]) if count else 0.0 for name in _RESOURCES}
    taken, applications = used["memory_mib"], count * application.memory_mib
    if its.shares_pages and count:
        applications -= (count - 1) * application.shared_memory_mib
    return Density(
        count=count,
        binding=binding,
        limits={name: None if n == math.inf else math.floor(n) for name, n in allowed.items()},
        used=Capacity(**used),
        left=Capacity(**{name: max(0.0, getattr(host, name) - used[name]) for name in _RESOURCES}),
        overhead_share=max(0.0, 1 - applications / taken) if taken else 0.0,
        host=host,
        application=application,
        technology=its,
    )


def density_curve(
    host: Capacity,
    application: Application,
    technologies: Iterable[str | Technology],
    memory_mib: Sequence[float],
) -> list[dict[str, Any]]:
    """Return densities over the size of the application's memory, as rows for a chart.

    Args:
        host: as for `density`.
        application: as for `density`; its memory is replaced, and shared memory is cut to it.
        technologies: those to compare.
        memory_mib: the application's memory, for each point.

    Returns:
        Rows with `technology`, `name`, `kind`, `memory_mib`, `count`, `binding`, `overhead_share`.
    """
    rows = []
    for its in map(known, technologies):
        for size in memory_mib:
            found = density(host, application.of_size(size), its)
            rows.append(
                {
                    "technology": its.id,
                    "name": its.name,
                    "kind": its.kind,
                    "memory_mib": size,
                    "count": found.count,
                    "binding": found.binding,
                    "overhead_share": found.overhead_share,
                }
            )
    return rows


def costs_of(
    application: Application, technology: Technology
) -> tuple[dict[str, float], dict[str, float]]:
    """Return what is taken once a host, and what each instance takes, resource by resource."""
    pages = application.shared_memory_mib if technology.shares_pages else 0.0
    layers = application.shared_disk_mb if technology.shares_layers else 0.0
    once = {
        "cores": 0.0,
        "memory_mib": technology.shared_memory_mib + pages,
        "disk_mb": technology.shared_disk_mb + layers,
    }
    each = {
        "cores": application.cores + technology.cores,
        "memory_mib": application.memory_mib - pages + technology.memory_mib,
        "disk_mb": application.disk_mb - layers + technology.disk_mb,
    }
    return once, each


def quotient(has: float, once: float, each: float) -> float:
    """Return how many instances a resource allows, not rounded to whole ones; perhaps no limit."""
    left = has - once
    if left < 0:
        return 0.0
    return left / each * (1 + _ROUNDING) if each else math.inf
