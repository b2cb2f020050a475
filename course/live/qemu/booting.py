"""Booting a kernel directly, and whether a guest runs here with an accelerator."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ALIVE", "PROBE", "boot", "runs_a_guest"]

#: The word that has a guest's initramfs say that it lives, and end.
PROBE = "course.probe"
#: What it says.
ALIVE = "course: alive"
_PROBE_S = 5  # a guest that runs says so within one second


def boot(kernel: Path, initramfs: Path, *words: str) -> list[str]:
    """Return the arguments that have a machine boot a guest's kernel.

    Args:
        kernel: the kernel.
        initramfs: what it begins with.
        words: what it is told beside where its console is.
    """
    told = " ".join(("console=ttyS0", "quiet", *words))
    return ["-kernel", str(kernel), "-initrd", str(initramfs), "-append", told]


def runs_a_guest(program: str, accelerator: str, kernel: Path, initramfs: Path) -> bool:
    """Tell whether a guest really runs with an accelerator, by running one.

    That /dev/kvm is there and answers proves nothing: in many nested and cloud machines it does,
    and a guest never executes its first instruction.

    Args:
        program: QEMU.
        accelerator: `kvm` or `tcg`.
        kernel: a guest's kernel.
        initramfs: the guest's, which knows `course.probe`.
    """
    command = [
        *(program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", "q35", "-accel", accelerator, "-m", "128", "-serial", "stdio"),
        *("-cpu", "host" if accelerator == "kvm" else "qemu64"),
        *boot(kernel, initramfs, PROBE),
    ]
    try:
        done = subprocess.run(  # noqa: S603 (our own arguments)
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return ALIVE.encode() in done.stdout
