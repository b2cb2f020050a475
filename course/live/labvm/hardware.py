"""The machine that QEMU makes: one list of arguments for the first boot and for every resume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GUEST", "Channels", "Machine", "arguments"]

#: What the guest's kernel is told: only what matters on the console, and one kind of cgroups.
GUEST = ("loglevel=4", "cgroup_no_v1=all")


@dataclass(frozen=True)
class Machine:
    """What a snapshot depends on: it resumes on exactly the machine on which it was taken.

    Attributes:
        accelerator: `tcg` (software emulation) or `kvm`.
        cpus: virtual CPUs. Two answer sooner than one, even on a host with one core.
        memory_mib: the guest's memory, in MiB.
        translation_cache_mib: the most that TCG keeps of translated code, in MiB. Unbounded it
            doubles what QEMU takes.
    """

    accelerator: str = "tcg"
    cpus: int = 2
    memory_mib: int = 512
    translation_cache_mib: int = 192

    @property
    def resident_limit_mib(self) -> int:
        """The most that QEMU takes of the host's memory, about, in MiB."""
        translated = self.translation_cache_mib if self.accelerator == "tcg" else 0
        return self.memory_mib + translated + 64


@dataclass(frozen=True)
class Channels:
    """How the owner of a VM talks to it; nothing of this can be reached by another user.

    Attributes:
        agent: a connected socket's descriptor, for the guest's agent.
        gate: a connected socket's descriptor, for what a resumed guest is told.
        shell: where QEMU listens for the guest's shell; a folder that only the owner can enter.
    """

    agent: int
    gate: int
    shell: Path


def arguments(machine: Machine, channels: Channels, *, disk: str, network: str) -> list[str]:
    """Return QEMU's arguments, without those of `course.live.qemu.process`.

    The devices and their order are part of the snapshot: a change here makes snapshots unusable,
    and is therefore part of their fingerprint.

    Args:
        machine: its size.
        channels: how it is talked to.
        disk: the value of `-drive`, without the device: file, format, snapshot.
        network: options of the user network, such as `restrict=on`.
    """
    accelerator = machine.accelerator
    if accelerator == "tcg":
        accelerator += f",tb-size={machine.translation_cache_mib},thread=multi"
    cpu = "qemu64" if machine.accelerator == "tcg" else "host"
    return [
        *("-nodefaults", "-no-user-config", "-display", "none"),
        *("-machine", "q35,usb=off,vmport=off", "-accel", accelerator, "-cpu", cpu),
        *("-smp", str(machine.cpus), "-m", str(machine.memory_mib)),
        # A guest that powers off or panics is a VM that has ended.
        *("-no-reboot", "-rtc", "base=utc,clock=host"),
        *("-device", "virtio-rng-pci"),
        *("-drive", f"if=none,id=disk,{disk}"),
        *("-device", "virtio-blk-pci,drive=disk"),
        *("-netdev", f"user,id=network,{network}"),
        *("-device", "virtio-net-pci,netdev=network,romfile=,mac=52:54:00:12:34:56"),
        *("-device", "virtio-serial-pci,max_ports=4"),
        *("-chardev", f"socket,id=shell,path={channels.shell},server=on,wait=off"),
        *("-device", "virtconsole,chardev=shell"),
        *("-chardev", f"socket,id=agent,fd={channels.agent}"),
        *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
        *("-chardev", f"socket,id=gate,fd={channels.gate}"),
        *("-device", "virtserialport,chardev=gate,name=course.gate"),
    ]
