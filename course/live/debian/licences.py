"""The copyright notices of packages, which whoever hands their programs on must hand on too.

The lab VM's guest and the course's images leave out what only people read.  What is built for
oneself needs no more; an image that others are given ships these notices beside the programs.
"""

from __future__ import annotations

import shutil
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from course.live.debian.unpacking import members

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from course.live.debian.pins import Deb

__all__ = ["write"]

_NOTICE = "usr/share/doc/*/copyright"


def write(debs: Iterable[Deb], folder: Path) -> list[str]:
    """Write each package's copyright notice to ``folder/PACKAGE_VERSION``.

    Args:
        debs: the packages.
        folder: where to write; it is made.

    Returns:
        The packages without a notice of their own: theirs is that of another package of the same
        source, to which their documentation is a link.
    """
    folder.mkdir(parents=True, exist_ok=True)
    without = []
    for deb in debs:
        notice = folder / f"{deb.package.name}_{deb.package.version}"
        for member in members(deb.file, keep=lambda path: fnmatchcase(path, _NOTICE)):
            if member.content is not None:
                with notice.open("wb") as stream:
                    shutil.copyfileobj(member.content, stream)
        if not notice.exists():
            without.append(deb.package.name)
    return without
