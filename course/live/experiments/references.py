"""What a table of measurements is compared with: which claims, which publications, which models."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLAIMED", "KINDS", "MODELS", "PUBLISHED", "Published", "in_unit"]

KINDS = ("claimed", "published", "modelled", "measured")

#: How many of the first unit of its kind each unit is: seconds, bytes, pieces.
_UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "ns": ("time", 1e-9),
        "µs": ("time", 1e-6),
        "ms": ("time", 1e-3),
        "s": ("time", 1.0),
        "min": ("time", 60.0),
        "B": ("size", 1.0),
        "KB": ("size", 1e3),
        "MB": ("size", 1e6),
        "GB": ("size", 1e9),
        "MiB": ("size", 2.0**20),
        "times": ("ratio", 1.0),
    }
)


def in_unit(value: float, unit: str, wanted: str) -> float:
    """Return a figure in another unit of the same kind.

    Args:
        value: the figure.
        unit: its unit.
        wanted: the unit that it is wanted in.

    Raises:
        ValueError: one cannot be turned into the other.

    >>> in_unit(5, "MB", "B"), in_unit(1, "min", "s"), round(in_unit(1, "MB", "MiB"), 3)
    (5000000.0, 60.0, 0.954)
    """
    of, size = _UNITS.get(unit, ("", 0.0))
    into, wanted_size = _UNITS.get(wanted, (" ", 1.0))
    if of != into:
        raise ValueError(f"expected a unit of the kind of {wanted!r}, found {unit!r}")
    return value * size / wanted_size


#: For each experiment: claim, whose figures of it, and as which quantity in which unit.
CLAIMED: Mapping[str, tuple[tuple[str, tuple[str, ...], str, str], ...]] = MappingProxyType(
    {
        "startup": (("C07", ("virtual machine", "container"), "start", "s"),),
        "footprint": (
            ("C06", ("virtual machine", "container"), "disk", "B"),
            ("C10", ("disk of one virtual machine",), "disk", "B"),
            ("C30", ("stripped virtual machine image", "virtual machine image"), "disk", "B"),
        ),
        "density": (("C11", ("containers for each virtual machine",), "ratio", "times"),),
        "migration": (("C26", ("virtual machine",), "downtime", "ms"),),
        "recovery": (("C27", ("virtual machine",), "restore", "s"),),
    }
)


@dataclass(frozen=True)
class Published:
    """A published figure that belongs beside an experiment's.

    Attributes:
        system: the system's id in the catalogue.
        parameter: which of its figures.
        subject: of what it is, in words.
        quantity: as which quantity it is compared.
        unit: in which unit.
        each: it is of so many, and compared for each.
        relative: it is compared as a multiple of the same figure of a process.
        inverse: of a speed, whose inverse is the time that the experiment measures.
    """

    system: str
    parameter: str
    subject: str
    quantity: str
    unit: str
    each: int = 1
    relative: bool = False
    inverse: bool = False


PUBLISHED: Mapping[str, tuple[Published, ...]] = MappingProxyType(
    {
        "startup": (
            Published("docker", "start_time", "container (Docker)", "start", "s"),
            Published("qemu", "start_time_p50", "VM (QEMU, KVM)", "start", "s"),
            Published("firecracker", "start_time_p50", "VM (Firecracker)", "start", "s"),
            Published("cloud-hypervisor", "start_time_p50", "VM (Cloud Hypervisor)", "start", "s"),
            Published("xen", "boot_time_debian", "VM (Xen, Debian, boot only)", "start", "s"),
            Published(
                "xen", "start_time_unikernel_lightvm", "VM (LightVM, unikernel)", "start", "s"
            ),
            Published("xen", "restore_time_lightvm", "VM restored (LightVM)", "start", "s"),
        ),
        "footprint": (
            Published("docker", "memory_empty_container", "container, empty", "memory", "MiB"),
            Published("firecracker", "memory_overhead", "Firecracker itself", "memory", "MiB"),
            Published("qemu", "memory_overhead", "QEMU itself", "memory", "MiB"),
            Published("xen", "memory_per_guest_debian", "VM (Xen, Debian)", "memory", "MiB"),
        ),
        "density": (
            Published(
                "docker", "memory_of_1000_containers", "container (Docker)",
                "memory, each further", "MiB", each=1000,
            ),
            Published(
                "xen", "memory_of_1000_guests_tinyx", "VM (Xen, Tinyx)",
                "memory, each further", "MiB", each=1000,
            ),
            Published(
                "xen", "memory_per_guest_debian", "VM (Xen, Debian)", "memory, each further", "MiB"
            ),
        ),
        "overhead": (
            Published(
                "docker", "linpack", "container, over a process", "CPU", "times",
                relative=True, inverse=True,
            ),
            Published(
                "kvm", "linpack", "VM (KVM), over a process", "CPU", "times",
                relative=True, inverse=True,
            ),
            Published(
                "docker", "stream_triad", "container, over a process", "memory bandwidth", "times",
                relative=True,
            ),
            Published(
                "kvm", "stream_triad", "VM (KVM), over a process", "memory bandwidth", "times",
                relative=True,
            ),
            Published(
                "docker", "disk_random_read", "container, over a process", "random read", "times",
                relative=True,
            ),
            Published(
                "kvm", "disk_random_read", "VM (KVM), over a process", "random read", "times",
                relative=True,
            ),
        ),
        "migration": (
            Published("xen", "migration_downtime_web_server", "web server", "downtime", "ms"),
            Published("xen", "migration_downtime_game_server", "game server", "downtime", "ms"),
            Published(
                "xen", "migration_downtime_memory_writer", "writer to memory", "downtime", "ms"
            ),
        ),
        "recovery": (
            Published("xen", "restore_time_lightvm", "VM (LightVM, unikernel)", "restore", "s"),
        ),
    }
)  # fmt: skip

#: The models of a start that are drawn from, by what they are of.
MODELS: Mapping[str, str] = MappingProxyType(
    {
        "process": "process",
        "container": "container",
        "VM (Firecracker)": "firecracker",
        "VM (QEMU, KVM)": "qemu",
        "VM (Xen, Debian)": "xen-debian",
        "VM (public cloud, 2021, cold)": "cloud-2021-aws-cold",
    }
)
