"""Pin the course's Debian packages to what Debian has now: ``python -m course.live.debian``."""

from __future__ import annotations

import sys
from pathlib import Path

from course.live.debian.errors import PackageError
from course.live.debian.pinning import repin
from course.live.debian.pins import PINS
from course.live.progress import show


def main() -> int:
    """Write the pins beside this module; return the process's status."""
    file = Path(__file__).with_name(PINS)
    try:
        sets = repin(file, progress=show())
    except PackageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, packages in sets.items():
        size_bytes = sum(package.size_bytes for package in packages)
        sys.stdout.write(f"{name}: {len(packages)} packages, {size_bytes / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
