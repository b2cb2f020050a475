"""The same service in a process and in a container: freeradius, until it says that it is ready."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING, Any

from course.live.errors import LiveError
from course.live.experiments.engines import container_of
from course.live.experiments.programs import FREERADIUS, freeradius

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from course.live.experiments.programs import Freeradius
    from course.live.progress import Reporter

__all__ = ["serving_container", "serving_process"]

_READY = b"Ready to process requests"
_END_S = 5


@contextlib.contextmanager
def serving_process(
    *, progress: Reporter | None = None
) -> Iterator[tuple[Freeradius, subprocess.Popen[bytes]]]:
    """Run the service as a process of this machine, for a block.

    Args:
        progress: told how far a download is, where one is needed.

    Raises:
        LiveError: it did not become ready, or cannot be had here.
    """
    with freeradius(progress=progress) as program:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            program.command,
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            assert process.stdout is not None
            _wait(iter(process.stdout.readline, b""))
            yield program, process
        finally:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextlib.contextmanager
def serving_container(client: Any) -> Iterator[tuple[Any, float]]:
    """Run the service in a new container, for a block.

    Args:
        client: the engine's client; it has the image.

    Returns:
        The container, and how long it took until the service was ready, in seconds.

    Raises:
        LiveError: it did not become ready.
    """
    began = time.perf_counter()
    with container_of(client, FREERADIUS) as container:
        with contextlib.closing(container.attach(stream=True)) as output:
            container.start()
            _wait(output)
            took_s = time.perf_counter() - began
        yield container, took_s


def _wait(output: Iterable[bytes]) -> None:
    said = b""
    for piece in output:
        said += piece
        if _READY in said:
            return
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    raise LiveError(f"expected freeradius to become ready, found that it ended: {last}")
