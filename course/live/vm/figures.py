"""What a running machine takes of the machine that it runs on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["DiskSize", "MachineMemory", "disk_size", "memory_of"]


@dataclass(frozen=True)
class MachineMemory:
    """What a machine takes of memory.

    Attributes:
        resident_mib: of QEMU's process: the guest's touched pages, and QEMU itself; in MiB.
        proportional_mib: the same, with pages that others use too counted in part; None where the
            system does not tell.
        guest_total_mib: what the guest's kernel has to give, in MiB.
        guest_used_mib: what of it is in use, so that it could not be had, in MiB.
    """

    resident_mib: float
    proportional_mib: float | None
    guest_total_mib: float
    guest_used_mib: float


@dataclass(frozen=True)
class DiskSize:
    """What a machine's disks are.

    Attributes:
        virtual_bytes: how large they are for the guest.
        allocated_bytes: what they take on this machine, with what they rest upon.
        own_bytes: what of that is this machine's alone: what it has written.
    """

    virtual_bytes: int
    allocated_bytes: int
    own_bytes: int


def memory_of(pid: int, meminfo: str) -> MachineMemory:
    """Measure a machine's memory.

    Args:
        pid: its QEMU's.
        meminfo: the guest's /proc/meminfo.
    """
    import psutil

    process = psutil.Process(pid)
    try:
        proportional = getattr(process.memory_full_info(), "pss", None)
    except psutil.Error:
        proportional = None
    # MemTotal:         118392 kB
    kib = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", meminfo, re.M)}
    total, available = kib.get("MemTotal", 0), kib.get("MemAvailable", 0)
    return MachineMemory(
        process.memory_info().rss / 2**20,
        None if proportional is None else proportional / 2**20,
        total / 1024,
        (total - available) / 1024,
    )


def disk_size(own: Sequence[Path], bases: Iterable[Path]) -> DiskSize:
    """Measure disks.

    Args:
        own: the files that the machine writes to.
        bases: the files on which they rest.
    """
    from course.live.vm.images import virtual_bytes

    own_bytes = sum(file.stat().st_blocks * 512 for file in own)
    shared = sum(base.stat().st_blocks * 512 for base in bases)
    return DiskSize(sum(map(virtual_bytes, own)), own_bytes + shared, own_bytes)
