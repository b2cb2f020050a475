"""The machine that QEMU makes: one list of arguments for the first boot and for every resume."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from course.live.errors import QemuMissingError

__all__ = [
    "GUEST",
    "PROGRAM",
    "Channels",
    "Machine",
    "arguments",
    "boot",
    "find",
    "identity",
    "require_new_enough",
    "runs_a_guest",
    "version",
]

PROGRAM = "qemu-system-x86_64"
OLDEST = (7, 2)  # Debian 12's; older ones have not been tried
#: What the guest's kernel is told: only what matters on the console, and one kind of cgroups.
GUEST = ("loglevel=4", "cgroup_no_v1=all")
_PROBE_S = 5  # a guest that runs says so within one second


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
        monitor: a connected socket's descriptor, for QEMU's control protocol.
        agent: a connected socket's descriptor, for the guest's agent.
        gate: a connected socket's descriptor, for what a resumed guest is told.
        shell: where QEMU listens for the guest's shell; a folder that only the owner can enter.
    """

    monitor: int
    agent: int
    gate: int
    shell: Path


def arguments(machine: Machine, channels: Channels, *, disk: str, network: str) -> list[str]:
    """Return QEMU's arguments, without the program's name.

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
        *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
        *("-chardev", f"socket,id=monitor,fd={channels.monitor}"),
        *("-mon", "chardev=monitor,mode=control"),
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


def boot(kernel: Path, initramfs: Path, *words: str) -> list[str]:
    """Return the arguments that have a machine boot the guest's kernel.

    Args:
        kernel: the kernel.
        initramfs: what it begins with.
        words: what it is told beside where its console is.
    """
    told = " ".join(("console=ttyS0", "quiet", *words))
    return ["-kernel", str(kernel), "-initrd", str(initramfs), "-append", told]


def find() -> str:
    """Return where QEMU is.

    Raises:
        QemuMissingError: it is not installed.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise QemuMissingError(
            f"the lab VM needs QEMU ({PROGRAM}), found none on the PATH; install it: "
            "apt-get install qemu-system-x86 qemu-utils, or your system's package of that name"
        )
    return program


def require_new_enough(program: str) -> None:
    """Make sure that a QEMU can run the lab VM.

    Raises:
        QemuMissingError: it is too old, or cannot be run.
    """
    said = version(program)
    found = re.match(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise QemuMissingError(
            f"the lab VM needs QEMU {OLDEST[0]}.{OLDEST[1]} or newer, found {said!r} at {program}; "
            "install a newer one, from your distribution's backports for example"
        )


def identity(program: str) -> str:
    """Return what tells whether a file is the same QEMU as before, without running it."""
    file = Path(program).resolve()
    found = file.stat()
    return f"{file} {found.st_size} {found.st_mtime_ns}"


def version(program: str) -> str:
    """Return what a QEMU says of its version, its distribution's revision included.

    Raises:
        QemuMissingError: it cannot be run.
    """
    try:
        done = subprocess.run(  # noqa: S603 (a program from PATH)
            [program, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise QemuMissingError(
            f"expected {program} to tell its version, found that it cannot be run ({error}); "
            "install QEMU anew: apt-get install --reinstall qemu-system-x86"
        ) from error
    # QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)
    return done.stdout.splitlines()[0].removeprefix("QEMU emulator version ").strip()


def runs_a_guest(program: str, accelerator: str, kernel: Path, initramfs: Path) -> bool:
    """Tell whether a guest really runs with an accelerator, by running one.

    That /dev/kvm is there and answers proves nothing: in many nested and cloud machines it does,
    and a guest never executes its first instruction.

    Args:
        program: QEMU.
        accelerator: `kvm` or `tcg`.
        kernel: the guest's kernel.
        initramfs: the guest's, which knows `course.probe`.
    """
    command = [
        *(program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", "q35", "-accel", accelerator, "-m", "128", "-serial", "stdio"),
        *("-cpu", "host" if accelerator == "kvm" else "qemu64"),
        *boot(kernel, initramfs, "course.probe"),
    ]
    try:
        done = subprocess.run(  # noqa: S603 (our own arguments)
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return b"lab VM: alive" in done.stdout
