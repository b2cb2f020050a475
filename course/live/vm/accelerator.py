"""Which accelerator machines run with here, found out once for each QEMU and build."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from course.live.errors import VirtualMachineError
from course.live.labvm import places
from course.live.qemu import program as qemu
from course.live.qemu.acceleration import kvm_works
from course.live.vm.guests import KERNEL, built

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["choose"]


def choose(wanted: str, program: str) -> str:
    """Return `tcg` or `kvm`.

    Args:
        wanted: one of the two, or `auto` for what works.
        program: QEMU.

    Raises:
        VirtualMachineError: KVM is wanted, and does not work here.
    """
    if wanted == "tcg" or (wanted == "auto" and not _works(program)):
        return "tcg"
    if not _works(program):
        raise VirtualMachineError(
            "expected a guest to run with KVM, found that none does: /dev/kvm is missing, not open "
            'to you, or does not work here; use accelerator="tcg", which works everywhere'
        )
    return "kvm"


@cache
def _works(program: str) -> bool:
    # To find out takes seconds where KVM is broken, so other processes are told.
    known = hashlib.sha256(f"{qemu.identity(program)} {built().resolve()}".encode()).hexdigest()
    note = places.runtime() / f"kvm-{known[:16]}"
    if note.is_file():
        return note.read_text() == "works"
    folder: Path = built()
    found = kvm_works(program, folder / KERNEL, folder / "tiny.cpio.gz")
    note.write_text("works" if found else "does not work")
    return found
