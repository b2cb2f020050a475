"""What becomes of a room of dedicated servers when they are put on hosts as virtual machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.model import BYTES_PER_GB, BYTES_PER_GIB, Demand, Host, Server
from course.sizing.packing import Packing, pack
from course.sizing.power import power_w

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Consolidation", "consolidate"]


@dataclass(frozen=True)
class Consolidation:
    """A room before and after.

    Attributes:
        servers: the dedicated servers, which become the tenants.
        host: the host model.
        demands: what each server asks of a host at its peak.
        usable: what one host has for its tenants, after its hypervisor and its headroom.
        packing: which tenants share a host; indices are those of `servers`.
        power_before_w: what the servers draw at their average use, in watts.
        power_after_w: what the hosts draw for the same work, in watts.
        use_before: the fraction of all cores that is busy on average, before.
        use_after: the same, after.
    """

    servers: tuple[Server, ...]
    host: Host
    demands: tuple[Demand, ...]
    usable: Demand
    packing: Packing
    power_before_w: float
    power_after_w: float
    use_before: float
    use_after: float

    @property
    def hosts(self) -> int:
        """The number of hosts, with no spare."""
        return self.packing.count


def _fraction(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{name} is a fraction from 0 to below 1, found {value!r}")
    return value


def consolidate(
    servers: Sequence[Server],
    host: Host,
    *,
    headroom: float,
    overhead: float,
    method: str = "first_fit_decreasing",
) -> Consolidation:
    """Put dedicated servers on hosts, by the cores and the memory of their peaks.

    The work stays the same: as many cores are busy on average after as before.

    Args:
        servers: the room.
        host: the host model.
        headroom: the fraction of what the hypervisor leaves that is to stay free.
        overhead: the fraction of each host that its hypervisor keeps, of cores and memory alike.
            A simplification: the explorer has one slider for it. What the host's own fields say
            about its hypervisor is not used.
        method: a method of `pack`.

    Raises:
        ValueError: a server is too large for the host, or an argument is out of its range.
    """
    left = (1 - _fraction("overhead", overhead)) * (1 - _fraction("headroom", headroom))
    usable = Demand(host.cores * left, host.memory_gib * left)
    demands = tuple(
        Demand(server.peak_cores, server.memory_peak_gb * BYTES_PER_GB / BYTES_PER_GIB)
        for server in servers
    )
    packing = pack(
        [(demand.cores, demand.memory_gib) for demand in demands],
        (usable.cores, usable.memory_gib),
        method=method,
    )
    busy_cores = sum(server.average_use * server.cores for server in servers)
    room_cores = sum(server.cores for server in servers)
    hosts = packing.count
    use_after = busy_cores / (hosts * host.cores) if hosts else 0.0
    return Consolidation(
        servers=tuple(servers),
        host=host,
        demands=demands,
        usable=usable,
        packing=packing,
        power_before_w=sum(
            power_w(server.idle_power_w, server.peak_power_w, server.average_use)
            for server in servers
        ),
        power_after_w=hosts * power_w(host.idle_power_w, host.peak_power_w, use_after),
        use_before=busy_cores / room_cores if room_cores else 0.0,
        use_after=use_after,
    )
