"""How much memory a container uses, as Kubernetes reckons it: its working set.

The working set is what counts against the limit: all that the container's group uses, less the
files' pages that the kernel can drop.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Self

from docker.errors import APIError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.binder.session import Session

EVERY_S = 0.5


def working_set(statistics: Mapping[str, Any]) -> int | None:
    """Return the bytes in a container's working set, or None where nothing is told of it.

    >>> working_set({"memory_stats": {"usage": 900, "stats": {"total_inactive_file": 200}}})
    700
    >>> working_set({"memory_stats": {"usage": 900, "stats": {"inactive_file": 100}}})
    800
    """
    memory = statistics.get("memory_stats", {})
    if "usage" not in memory:
        return None
    kinds = memory.get("stats", {})
    # version 1 of control groups, which has both, means the group alone by the second
    reclaimable = kinds.get("total_inactive_file", kinds.get("inactive_file", 0))
    return int(memory["usage"]) - int(reclaimable)


class MemoryWatch:
    """Looks at a session's working set again and again; a context manager.

    Attributes:
        peak_bytes: the most that was seen.
    """

    def __init__(self, session: Session) -> None:
        self.peak_bytes = 0
        self._session = session
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        with contextlib.suppress(APIError):  # the container has ended
            self.look()

    def look(self) -> int:
        """Return the working set of now, in bytes."""
        container = self._session.container
        now = working_set(container.client.api.stats(container.id, stream=False, one_shot=True))
        self.peak_bytes = max(self.peak_bytes, now or 0)
        return now or 0

    def _watch(self) -> None:
        while not self._ended.wait(EVERY_S):
            try:
                self.look()
            except APIError:  # the container has ended
                return
