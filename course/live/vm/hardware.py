"""The machine that QEMU makes for a learner: one list of arguments for every start of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["DATA_DISK", "PORTS", "ROOT_DISK", "Channels", "Hardware", "arguments"]

#: TCP ports of the guest that are forwarded from free ports of this machine's loopback.
PORTS = (1812, 9000)
#: How the disks are called in a guest, by the kind of its devices.
ROOT_DISK = {"virtio": "/dev/vda", "emulated": "/dev/sda"}
#: Of memory of a round size QEMU reads in one go which pages were written to, and under emulation
#: may then miss later writes: a migrated guest crashes. (Mended in QEMU 9.0: "physmem: Fix
#: migration dirty bitmap coherency with TCG memory access".) Of other sizes it reads page by page.
_LEFT_OUT_KIB = 8
DATA_DISK = {"virtio": "/dev/vdb", "emulated": "/dev/sdb"}


@dataclass(frozen=True)
class Hardware:
    """What a machine is made of; a snapshot resumes on equal hardware only.

    Attributes:
        accelerator: `tcg` (software emulation) or `kvm`.
        cpus: virtual CPUs.
        memory_mib: the guest's memory, in MiB.
        devices: `virtio` (the guest knows that they are made for it) or `emulated` (they imitate
            an IDE disk and an Intel network card).
        translation_cache_mib: the most that TCG keeps of translated code, in MiB.
    """

    accelerator: str
    cpus: int
    memory_mib: int
    devices: Literal["virtio", "emulated"]
    translation_cache_mib: int = 32

    @property
    def resident_limit_mib(self) -> int:
        """The most that QEMU takes of this machine's memory, about, in MiB."""
        translated = self.translation_cache_mib if self.accelerator == "tcg" else 0
        return self.memory_mib + translated + 64


@dataclass(frozen=True)
class Channels:
    """The descriptors of connected sockets by which a machine's owner talks to it.

    Attributes:
        shell: the guest's second serial port, where it takes commands.
        ticks: its third, where it counts.
        firmware: where the firmware says what it does.
    """

    shell: int
    ticks: int
    firmware: int


def arguments(
    hardware: Hardware, channels: Channels, disks: Sequence[Mapping[str, str | Path]]
) -> list[str]:
    """Return QEMU's arguments, without those of `course.live.qemu.process`.

    Args:
        hardware: what the machine is made of.
        channels: how it is talked to.
        disks: the `file` and `format` of each disk; the first is the guest's root.
    """
    accelerator = hardware.accelerator
    if accelerator == "tcg":
        accelerator += f",tb-size={hardware.translation_cache_mib},thread=multi"
    virtio = hardware.devices == "virtio"
    card = "virtio-net-pci" if virtio else "e1000"
    forwards = "".join(f",hostfwd=tcp:127.0.0.1:0-10.0.2.15:{port}" for port in PORTS)
    built = [
        *("-nodefaults", "-no-user-config", "-display", "none"),
        *("-machine", "pc,usb=off,vmport=off", "-accel", accelerator),
        *("-cpu", "qemu64" if hardware.accelerator == "tcg" else "host"),
        *("-smp", str(hardware.cpus), "-m", f"{hardware.memory_mib * 1024 - _LEFT_OUT_KIB}K"),
        # A guest that powers off or panics is a machine that has ended.
        *("-no-reboot", "-rtc", "base=utc,clock=host"),
        *("-chardev", f"socket,id=shell,fd={channels.shell}", "-serial", "chardev:shell"),
        *("-chardev", f"socket,id=ticks,fd={channels.ticks}", "-serial", "chardev:ticks"),
        *("-chardev", f"socket,id=firmware,fd={channels.firmware}"),
        *("-device", "isa-debugcon,iobase=0x402,chardev=firmware"),
        *("-netdev", f"user,id=network,restrict=on{forwards}"),
        *("-device", f"{card},netdev=network,romfile=,mac=52:54:00:12:34:57"),
    ]
    if virtio:
        built += ["-device", "virtio-rng-pci"]
    for number, disk in enumerate(disks):
        options = ",".join(f"{name}={value}" for name, value in disk.items())
        built += ["-drive", f"if=none,id=disk{number},cache=unsafe,{options}"]
        device = "virtio-blk-pci" if virtio else f"ide-hd,bus=ide.{number}"
        built += ["-device", f"{device},drive=disk{number}"]
    return built
