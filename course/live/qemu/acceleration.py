"""Whether hardware virtualization works here, which only a guest that runs can prove."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from course.live.qemu.booting import runs_a_guest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["kvm_works"]

_DEVICE = "/dev/kvm"


def kvm_works(program: str, kernel: Path, initramfs: Path) -> bool:
    """Tell whether a guest runs with KVM; takes seconds where one only seems to be there.

    Args:
        program: QEMU.
        kernel: a guest's kernel.
        initramfs: the guest's, which knows `course.probe`.
    """
    return os.access(_DEVICE, os.R_OK | os.W_OK) and runs_a_guest(program, "kvm", kernel, initramfs)
