"""Put an initramfs together from archives, one after the other, as the kernel reads them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["put_together"]


def put_together(target: Path, archives: Iterable[Path]) -> None:
    """Write archives one after the other; in the guest a later one's files join those before it.

    Args:
        target: the file to write.
        archives: compressed cpio archives.
    """
    with target.open("wb") as stream:
        for archive in archives:
            with archive.open("rb") as part:
                shutil.copyfileobj(part, stream)
