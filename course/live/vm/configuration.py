"""What a machine is: enough to start it, or to have it go on from a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace

from course.live.vm.hardware import DATA_DISK, ROOT_DISK, Hardware

__all__ = ["Configuration", "configured"]

#: How much memory each guest gets unless told otherwise, and at least, in MiB.
MEMORY_MIB = {"tiny": 128, "full": 384}
LEAST_MEMORY_MIB = {"tiny": 80, "full": 256}
#: What TCG keeps of translated code; a larger guest runs more of it.
_TRANSLATION_CACHE_MIB = {"tiny": 32, "full": 96}
_MOST_CPUS = 8
_LARGEST_DATA_DISK_MIB = 4096


@dataclass(frozen=True)
class Configuration:
    """What a machine is.

    Attributes:
        guest: `tiny` or `full`.
        hardware: what it is made of.
        service: `freeradius`, or None.
        tools: whether the programs that measure are in it.
        data_disk_mib: the size of its further disk, in MiB; 0 for none.
    """

    guest: str
    hardware: Hardware
    service: str | None
    tools: bool
    data_disk_mib: int

    @property
    def data_disk(self) -> str:
        """The path of the further disk in the guest; empty if there is none."""
        if not self.data_disk_mib:
            return ""
        return (DATA_DISK if self.guest == "full" else ROOT_DISK)[self.hardware.devices]

    @property
    def archives(self) -> tuple[str, ...]:
        """What its initramfs is put together from."""
        served = self.guest == "tiny" and self.service is not None
        return (
            "tiny",
            self.hardware.devices,
            *(["disk"] if self.guest == "full" else []),
            *(["freeradius"] if served else []),
            *(["tools"] if self.tools else []),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """What its kernel is told."""
        disk = [f"course.disk={ROOT_DISK[self.hardware.devices]}"] if self.guest == "full" else []
        # A kernel that panics ends its machine; network cards are called eth0, whatever they are.
        return ("loglevel=4", "panic=-1", "net.ifnames=0", *disk)

    def with_accelerator(self, accelerator: str) -> Configuration:
        """Return the same machine, run otherwise."""
        return replace(self, hardware=replace(self.hardware, accelerator=accelerator))


def configured(
    guest: str,
    *,
    memory_mib: int | None,
    cpus: int,
    accelerator: str,
    devices: str,
    data_disk_mib: int,
    tools: bool,
    service: str | None,
) -> Configuration:
    """Return a machine's configuration; the parameters are those of `VirtualMachine`.

    Raises:
        ValueError: a parameter is none of those that there are.
    """
    _require(guest in MEMORY_MIB, "guest", "'tiny' or 'full'", guest)
    memory = MEMORY_MIB[guest] if memory_mib is None else memory_mib
    least = LEAST_MEMORY_MIB[guest]
    _require(_is_whole(memory, least, 2**20), "memory_mib", f"{least} or more", memory)
    _require(_is_whole(cpus, 1, _MOST_CPUS), "cpus", f"1 to {_MOST_CPUS}", cpus)
    known = accelerator in ("auto", "tcg", "kvm")
    _require(known, "accelerator", "'auto', 'tcg' or 'kvm'", accelerator)
    _require(devices in ROOT_DISK, "devices", "'virtio' or 'emulated'", devices)
    fits = _is_whole(data_disk_mib, 0, _LARGEST_DATA_DISK_MIB)
    _require(fits, "data_disk_mib", f"0 to {_LARGEST_DATA_DISK_MIB}", data_disk_mib)
    _require(service in (None, "freeradius"), "service", "'freeradius' or None", service)
    hardware = Hardware(
        accelerator,
        cpus,
        memory,
        "emulated" if devices == "emulated" else "virtio",
        _TRANSLATION_CACHE_MIB[guest],
    )
    served = "freeradius" if guest == "full" else service
    return Configuration(guest, hardware, served, tools, data_disk_mib)


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _require(holds: bool, name: str, expected: str, found: object) -> None:
    if not holds:
        raise ValueError(f"expected {name} to be {expected}, found {found!r}")
