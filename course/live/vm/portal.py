"""One event loop in a thread of its own, in which machines are watched while a notebook waits.

QEMU's control protocol is asynchronous, and a notebook's own loop is busy with its cells. The
thread lives as long as the process: QEMU processes end with the thread that has started them.
"""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

__all__ = ["run"]

T = TypeVar("T")
_CLEANUP_S = 15


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do something in the loop, and wait for it.

    Interrupted by Ctrl-C, it is cancelled, and what it cleans up is waited for.
    """
    over = threading.Event()

    async def watched() -> T:
        try:
            return await work
        finally:
            over.set()

    future = asyncio.run_coroutine_threadsafe(watched(), _loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        over.wait(_CLEANUP_S)
        raise


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="course machines", daemon=True).start()
    return loop
