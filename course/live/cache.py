"""The folder where downloads and what is built from them are kept between sessions."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CURRENT", "ENVIRONMENT", "folder", "writing"]

ENVIRONMENT = "COURSE_LABVM_DIR"
#: The link in a folder of builds that leads to the one that counts.
CURRENT = "current"
PARTIAL_SUFFIX = ".partial"
STALE_S = 24 * 60 * 60  # no download takes a day: an older half file has lost its process


def folder() -> Path:
    """Return the cache folder, which may not exist yet.

    It is ``$COURSE_LABVM_DIR`` if that is set, else ``measured-virtualization`` in the place that
    the operating system has for a user's caches, such as ``~/.cache``.
    """
    if chosen := os.environ.get(ENVIRONMENT):
        return Path(chosen).expanduser().resolve()
    import platformdirs

    return platformdirs.user_cache_path("measured-virtualization", appauthor=False)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that is there as a whole or not at all.

    The block writes to a file beside ``path``, which takes its name when the block ends well and is
    deleted when it does not, be it by an error or by Ctrl-C.
    Two processes may write the same path at once: the last one to end is what stays.

    Args:
        path: the file to write; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    descriptor, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL_SUFFIX
    )
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _sweep(parent: Path) -> None:
    """Delete half files of processes that were killed before they could."""
    for partial in parent.glob(f".*{PARTIAL_SUFFIX}"):
        # Another process may be faster.
        with contextlib.suppress(OSError):
            if time.time() - partial.stat().st_mtime > STALE_S:
                partial.unlink()
