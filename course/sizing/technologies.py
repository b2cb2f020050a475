"""What one more instance costs, technology by technology, beyond the application in it.

`TECHNOLOGIES` has the published figures, each with its source. For figures of your own make a
`Technology`, or change one with `dataclasses.replace`.

>>> technology("qemu").memory_mib > 10 * technology("container").memory_mib
True
"""

from __future__ import annotations

from dataclasses import dataclass

from course.sizing.errors import UnknownTechnologyError

__all__ = ["TECHNOLOGIES", "Technology", "technology"]

_MB = 10**6 / 2**20  # in MiB

# A Firecracker guest of 128 MiB has 64.9 MiB available when idle (raw data of NSDI 2020): the rest
# is its kernel's, and that of the few processes of its system.
_LINUX_GUEST_MIB = 128 - 64.9

# Manco and others give idle use as a share of a machine, for 1,000 guests; their 114 GB of memory
# can only be those of the machine with 64 cores and 128 GB.
_MANCO_CORES = 64


@dataclass(frozen=True)
class Technology:
    """What an instance costs beyond its application, and what is needed once a host.

    Attributes:
        id: a short name.
        name: its name for a chart.
        kind: "process", "container", "micro-VM", "VM" or "unikernel".
        monitor_memory_mib: what the virtual machine monitor or the runtime takes for each
            instance, on the host's side, in MiB.
        guest_memory_mib: what the guest's own kernel and idle system take in each instance, in MiB.
        cores: processor cores that each idle instance keeps busy, or has reserved.
        disk_mb: the system on each instance's disk, in MB of 10**6 bytes.
        shared_memory_mib: memory that is taken once a host, in MiB.
        shared_disk_mb: disk that is taken once a host, in MB.
        shares_pages: whether instances share the memory pages of files that they have in common,
            as they do under one kernel.
        shares_layers: whether instances share the layers of an image on disk.
        most: the most instances that were published for one host, or None.
        source: where the figures come from.
    """

    id: str
    name: str
    kind: str
    monitor_memory_mib: float = 0.0
    guest_memory_mib: float = 0.0
    cores: float = 0.0
    disk_mb: float = 0.0
    shared_memory_mib: float = 0.0
    shared_disk_mb: float = 0.0
    shares_pages: bool = False
    shares_layers: bool = False
    most: int | None = None
    source: str = ""

    @property
    def memory_mib(self) -> float:
        """The memory that each instance takes beyond its application, in MiB."""
        return self.monitor_memory_mib + self.guest_memory_mib


TECHNOLOGIES: dict[str, Technology] = {
    known.id: known
    for known in (
        Technology(
            "process",
            "Process",
            "process",
            shares_pages=True,
            shares_layers=True,
            source="By definition: the application and nothing else.",
        ),
        Technology(
            "container",
            "Container (runc)",
            "container",
            monitor_memory_mib=4_092_149.76 / 2**20,
            shares_pages=True,
            shares_layers=True,
            most=3_000,
            source="An empty container under runc: gVisor project, performance/density.csv. "
            "Most: Docker on 128 GB, Manco and others 2017, section 6.1.",
        ),
        Technology(
            "gvisor",
            "Container (gVisor)",
            "container",
            monitor_memory_mib=23_695_032.32 / 2**20,
            shares_layers=True,
            source="An empty container under runsc: gVisor project, performance/density.csv.",
        ),
        Technology(
            "kata",
            "Container in a VM (Kata)",
            "micro-VM",
            monitor_memory_mib=160 - 128,
            guest_memory_mib=128,
            cores=0.6,
            shares_layers=True,
            source="The pod overhead of Kata's guide to sizing: 160 MiB and 0.6 cores, of which "
            "128 MiB for the guest. A reservation, not a measurement.",
        ),
        Technology(
            "firecracker",
            "Micro-VM (Firecracker)",
            "micro-VM",
            monitor_memory_mib=2.5,
            guest_memory_mib=_LINUX_GUEST_MIB,
            disk_mb=1_100,
            source="Monitor and guest: raw data of Agache and others, NSDI 2020. "
            "Disk: the Debian of Manco and others 2017.",
        ),
        Technology(
            "cloud-hypervisor",
            "Micro-VM (Cloud Hypervisor)",
            "micro-VM",
            monitor_memory_mib=13.3,
            guest_memory_mib=_LINUX_GUEST_MIB,
            disk_mb=1_100,
            source="Monitor: raw data of Agache and others, NSDI 2020; its Firecracker guest. "
            "Disk: the Debian of Manco and others 2017.",
        ),
        Technology(
            "qemu",
            "VM (QEMU)",
            "VM",
            monitor_memory_mib=131,
            guest_memory_mib=_LINUX_GUEST_MIB,
            disk_mb=1_100,
            source="Monitor: raw data of Agache and others, NSDI 2020; its Firecracker guest. "
            "Disk: the Debian of Manco and others 2017.",
        ),
        Technology(
            "debian-vm",
            "VM (Debian on Xen)",
            "VM",
            guest_memory_mib=111 * _MB,
            cores=0.25 * _MANCO_CORES / 1_000,
            disk_mb=1_100,
            source="Manco and others 2017, sections 4.2, 6.3 and 6.4: 111 MB each, and 25 % of a "
            "machine that idles with 1,000 of them.",
        ),
        Technology(
            "tinyx",
            "VM (Tinyx on Xen)",
            "VM",
            guest_memory_mib=27 * _MB,
            cores=0.01 * _MANCO_CORES / 1_000,
            disk_mb=9.5,
            source="Manco and others 2017, sections 4.2, 6.3 and 6.4: 27 GB and 1 % of a machine "
            "for 1,000 of them.",
        ),
        Technology(
            "unikernel",
            "Unikernel (LightVM)",
            "unikernel",
            guest_memory_mib=3.6 * _MB,
            disk_mb=0.48,
            most=8_000,
            source="Manco and others 2017, sections 4.2 and 6.1; 3.6 MB of memory are quoted from "
            "section 3.1 at second hand.",
        ),
    )
}


def technology(id: str | Technology) -> Technology:  # noqa: A002  # as in `course.facts`
    """Return a technology by its id; one that is given already is returned as it is.

    Raises:
        UnknownTechnologyError: there is none of this id.
    """
    if isinstance(id, Technology):
        return id
    try:
        return TECHNOLOGIES[id]
    except (KeyError, TypeError):
        raise UnknownTechnologyError(id, TECHNOLOGIES) from None
