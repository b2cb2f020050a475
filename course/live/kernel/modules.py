"""A kernel's modules: where they are, and in which order they are loaded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["kernel_of", "modules"]


def kernel_of(package: Path) -> tuple[Path, str]:
    """Return the kernel's file and version.

    Args:
        package: where the kernel's package has been unpacked.
    """
    (kernel,) = (package / "boot").glob("vmlinuz-*")
    return kernel, kernel.name.removeprefix("vmlinuz-")


def modules(package: Path, names: Iterable[str]) -> list[Path]:
    """Return the files of modules, each after those that it needs.

    Args:
        package: where the kernel's package has been unpacked.
        names: which modules; one that is built into the kernel is left out.
    """
    # names use `_` where files may use `-`
    found = (package / "lib/modules").rglob("*.ko")
    files = {file.stem.replace("-", "_"): file for file in found}
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in ordered:
            # a module names what it needs in its section .modinfo: "depends=mbcache,jbd2\0"
            for line in re.findall(rb"\0depends=([^\0]*)\0", files[name].read_bytes()):
                for needed in filter(None, line.decode().split(",")):
                    add(needed.replace("-", "_"))
            ordered[name] = None

    for name in names:
        if name in files:
            add(name)
    return [files[name] for name in ordered]
