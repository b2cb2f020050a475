"""The QEMU that is installed: where it is, and whether it will do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from course.live.errors import QemuMissingError

__all__ = ["OLDEST", "PROGRAM", "find", "identity", "require_new_enough", "version"]

PROGRAM = "qemu-system-x86_64"
OLDEST = (7, 2)  # Debian 12's; older ones have not been tried


def find() -> str:
    """Return where QEMU is.

    Raises:
        QemuMissingError: it is not installed.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise QemuMissingError(
            f"expected QEMU ({PROGRAM}), found none on the PATH; install it: "
            "apt-get install qemu-system-x86 qemu-utils, or your system's package of that name"
        )
    return program


def require_new_enough(program: str) -> None:
    """Make sure that a QEMU can run the machines of the course.

    Raises:
        QemuMissingError: it is too old, or cannot be run.
    """
    said = version(program)
    found = re.match(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise QemuMissingError(
            f"expected QEMU {OLDEST[0]}.{OLDEST[1]} or newer, found {said!r} at {program}; "
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
