"""The small disk that a learner converts: one mebibyte with bytes of her own.

- `Disk`: its content, and into which formats it is to be converted
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from course.exercise.draw import Draw

__all__ = ["MAKERS", "Disk", "draw_disk"]

DISK_BYTES = 2**20
BLOCK_BYTES = 4096

#: The formats that are asked for, and whose they are.
MAKERS = {
    "qcow2": "QEMU and KVM",
    "vmdk": "VMware",
    "vdi": "VirtualBox",
    "vpc": "Microsoft, in files that usually end in .vhd",
}


@dataclass(frozen=True)
class Disk:
    """A disk and what is to become of it.

    Attributes:
        token: what only this learner's disk holds, in its first block.
        blocks: the numbers of the blocks of 4096 bytes that hold something.
        formats: three formats, as `qemu-img` calls them.
    """

    token: str
    blocks: tuple[int, ...]
    formats: tuple[str, ...]

    @property
    def content(self) -> bytes:
        """The bytes of the disk: most are zeros, the rest looks random and is always the same."""
        disk = bytearray(DISK_BYTES)
        for number in self.blocks:
            at = number * BLOCK_BYTES
            filling = hashlib.shake_256(f"{self.token} {number}".encode()).digest(BLOCK_BYTES)
            disk[at : at + BLOCK_BYTES] = filling
        words = f"This is the disk {self.token}.\n".encode()
        disk[: len(words)] = words
        return bytes(disk)

    @property
    def files(self) -> dict[str, str]:
        """The name of the file for each of the three formats."""
        return {name: f"disk.{name}" for name in self.formats}

    def write(self, path: Path) -> int:
        """Write the disk as it is, byte by byte, and return how many bytes that are.

        Args:
            path: the file; one that holds these bytes already is left alone.
        """
        content = self.content
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
        return len(content)


def draw_disk(draw: Draw) -> Disk:
    """Return the disk of the learner whose draws these are."""
    numbers = draw.shuffled(range(1, DISK_BYTES // BLOCK_BYTES - 1))[: draw.integer(4, 8)]
    left_out = draw.choice(tuple(MAKERS))
    return Disk(
        token=f"{draw.integer(10**8, 10**9 - 1)}",
        # The last block is filled, so that a disk that was cut short can be told.
        blocks=(0, *sorted(numbers), DISK_BYTES // BLOCK_BYTES - 1),
        formats=tuple(name for name in MAKERS if name != left_out),
    )
