"""What the tests of virtual machines share."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

import psutil

from course.live import vm
from course.live.workfolder import roomy
from tests.live.conftest import cannot


def require_guests() -> None:
    """Skip, or fail where nothing may be skipped, unless machines can be booted."""
    ready = vm.readiness()
    if ready.state != "built":
        cannot(f"{ready.reason}: {ready.remedy}")


def own_qemus() -> list[int]:
    """Return the process ids of the machines of this process."""
    found = []
    for process in psutil.Process().children():
        try:
            if "qemu-system" in process.name() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.NoSuchProcess:
            pass
    return found


def left_folders() -> list[str]:
    """Return the folders of machines that this process has, or that belong to nobody any more."""
    held = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one by which they are listed
            held.add(str(descriptor.readlink()))
    found = []
    for folder in sorted(roomy().glob("course-machine-*")):
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.append(folder.name)  # whoever had it has gone
            except BlockingIOError:
                if str(folder) in held:
                    found.append(folder.name)
            finally:
                os.close(descriptor)
    return found
