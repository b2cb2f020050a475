"""A machine, saved: its memory, its devices and its disks, in a folder that can be moved.

==================  ============================================================
``machine.json``    what the machine is made of, and what it was saved by
``memory``          its memory and the state of its devices, as QEMU writes them
``disk-0``, ...     its disks, where it has any
==================  ============================================================
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course.live.errors import FingerprintMismatchError, MachineStateError
from course.live.vm.configuration import Configuration
from course.live.vm.hardware import Hardware

__all__ = ["MEMORY", "Snapshot"]

MEMORY = "memory"
_DESCRIPTION = "machine.json"
FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """A saved machine.

    Attributes:
        path: its folder.
        configuration: what the machine is.
        qemu_version: what it was saved by, and what alone resumes it.
        recipe: of the guests that it was started from.
    """

    path: Path
    configuration: Configuration
    qemu_version: str
    recipe: str

    @property
    def memory_bytes(self) -> int:
        """What its memory takes; pages that hold only zeros take nothing."""
        return (self.path / MEMORY).stat().st_size

    @property
    def disk_bytes(self) -> int:
        """What its disks take: only what was written since the guest was built."""
        return sum(disk.stat().st_blocks * 512 for disk in self.disks())

    def disks(self) -> list[Path]:
        """Return the files of its disks, in order."""
        return sorted(self.path.glob("disk-*"))

    def delete(self) -> None:
        """Delete it; nothing happens if it has gone."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self) -> None:
        """Write down what it is, which makes it whole."""
        content = {
            "format": FORMAT,
            "configuration": asdict(self.configuration),
            "qemu_version": self.qemu_version,
            "recipe": self.recipe,
        }
        (self.path / _DESCRIPTION).write_text(json.dumps(content, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path | str) -> Snapshot:
        """Read what a folder holds.

        Raises:
            MachineStateError: it is no snapshot, or one that was not finished.
        """
        folder = Path(path)
        try:
            told: dict[str, Any] = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
            configuration = told["configuration"]
            hardware = Hardware(**configuration.pop("hardware"))
            found = cls(
                folder,
                Configuration(hardware=hardware, **configuration),
                told["qemu_version"],
                told["recipe"],
            )
            whole = told["format"] == FORMAT and (folder / MEMORY).is_file()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MachineStateError(
                f"expected a snapshot in {folder}, found none that can be read ({error}); take one "
                "with machine.snapshot(folder)"
            ) from error
        if not whole:
            raise MachineStateError(
                f"expected a whole snapshot in {folder}, found a part of one; take it again"
            )
        return found

    def require_resumable(self, qemu_version: str, recipe: str) -> None:
        """Make sure that it can be resumed with this QEMU and these guests.

        Raises:
            FingerprintMismatchError: it was saved by others.
        """
        for what, then, now in (
            ("QEMU", self.qemu_version, qemu_version),
            ("the guests' build", self.recipe, recipe),
        ):
            if then != now:
                raise FingerprintMismatchError(
                    f"the snapshot in {self.path} resumes only where it was taken: expected "
                    f"{what} to be {then}, found {now}; boot a machine and take it again"
                )
