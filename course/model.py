"""The things that the course reasons about: servers, hosts and what they are asked for.

- `Server`: a physical machine that does one job, with a day of its load
- `Host`: a machine model on which many virtual machines are put
- `Demand`: what one tenant asks of a host
- `BuildStep`: one instruction of a Dockerfile, with the time that it takes
- `Layer`: what one instruction has put into an image

Units are in the names: `_gib` is 2**30 bytes, `_gb` is 10**9 bytes, `_w` is watts.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BYTES_PER_GB",
    "BYTES_PER_GIB",
    "BYTES_PER_MB",
    "HOURS_PER_DAY",
    "BuildStep",
    "Demand",
    "Host",
    "Layer",
    "Server",
]

BYTES_PER_MB = 10**6
BYTES_PER_GB = 10**9
BYTES_PER_GIB = 2**30
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class Demand:
    """What one tenant asks of a host, at the moment when it asks for most.

    Attributes:
        cores: processor cores that are busy.
        memory_gib: memory in use, in GiB.
    """

    cores: float
    memory_gib: float


@dataclass(frozen=True, slots=True)
class Server:
    """A dedicated physical server, as its inventory and its monitoring describe it.

    Attributes:
        name: what its administrators call it.
        role: what it does, in a few words.
        cores: processor cores installed.
        memory_gib: memory installed, in GiB.
        disk_gb: disk installed, in GB.
        busy_cores_by_hour: cores busy in each hour of a usual day, 24 numbers from midnight on.
        memory_average_gb: memory in use on average, in GB as its monitoring reports it.
        memory_peak_gb: the most memory in use, in GB as its monitoring reports it.
        idle_power_w: power drawn when it does nothing, in watts.
        peak_power_w: power drawn when all its cores are busy, in watts.
        remark: what the inventory says beyond numbers; may be empty.
    """

    name: str
    role: str
    cores: int
    memory_gib: int
    disk_gb: int
    busy_cores_by_hour: tuple[float, ...]
    memory_average_gb: float
    memory_peak_gb: float
    idle_power_w: int
    peak_power_w: int
    remark: str = ""

    @property
    def average_use(self) -> float:
        """The fraction of its own cores that is busy, averaged over the day."""
        return sum(self.busy_cores_by_hour) / len(self.busy_cores_by_hour) / self.cores

    @property
    def peak_use(self) -> float:
        """The fraction of its own cores that is busy in its busiest hour."""
        return self.peak_cores / self.cores

    @property
    def peak_cores(self) -> float:
        """The cores that are busy in its busiest hour."""
        return max(self.busy_cores_by_hour)


@dataclass(frozen=True, slots=True)
class Host:
    """A machine model that a hypervisor turns into room for many tenants.

    Attributes:
        name: the model's name on the order form.
        cores: processor cores installed.
        memory_gib: memory installed, in GiB.
        hypervisor_cores: cores that the hypervisor keeps for itself.
        hypervisor_memory_gib: memory that the hypervisor keeps for itself, in GiB.
        idle_power_w: power drawn when it does nothing, in watts.
        peak_power_w: power drawn when all its cores are busy, in watts.
        price_eur: what one costs, in euros.
    """

    name: str
    cores: int
    memory_gib: int
    hypervisor_cores: float
    hypervisor_memory_gib: float
    idle_power_w: int
    peak_power_w: int
    price_eur: int


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One instruction of a Dockerfile, and what it takes to carry it out.

    Attributes:
        text: the instruction as it is written.
        build_s: how long it takes if it is not in the cache, in seconds.
        needs: names of the steps that have to come before it.
    """

    text: str
    build_s: float
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """What one instruction has put into an image.

    Attributes:
        instruction: the instruction, as far as the image's history tells it.
        size_bytes: the bytes of the files that it added or changed.
    """

    instruction: str
    size_bytes: int
