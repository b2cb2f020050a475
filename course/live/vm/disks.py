"""The disks of one machine: what it writes is its own, and goes with it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from course.live import builds
from course.live.errors import DiskImageError
from course.live.vm.guests import DISK, built

if TYPE_CHECKING:
    from pathlib import Path

    from course.live.vm.configuration import Configuration
    from course.live.vm.snapshots import Snapshot

__all__ = ["make_disks"]


def make_disks(
    folder: Path, configuration: Configuration, snapshot: Snapshot | None
) -> list[dict[str, str]]:
    """Make a machine's disks.

    Args:
        folder: where.
        configuration: what the machine is.
        snapshot: what it goes on from, or None.

    Returns:
        For each disk its `file` and its `format`, as QEMU wants to be told.
    """
    disks = []
    if configuration.guest == "full":
        disks.append({"file": str(folder / "root.qcow2"), "format": "qcow2"})
    if configuration.data_disk_mib:
        disks.append({"file": str(folder / "data.raw"), "format": "raw"})
    for number, disk in enumerate(disks):
        if snapshot is not None:
            shutil.copy(snapshot.path / f"disk-{number}", disk["file"])
        elif disk["format"] == "qcow2":
            base = str((built() / DISK).resolve())
            builds.run_tool(
                "qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, disk["file"],
                package="qemu-utils", error=DiskImageError,
            )  # fmt: skip
        else:
            with open(disk["file"], "wb") as stream:  # noqa: PTH123 (QEMU wants text)
                for _mib in range(configuration.data_disk_mib):
                    # Noise, since zeros might be answered without being read.
                    stream.write(os.urandom(2**20))
    return disks
