"""The one way in which marking reads an engine.

- `EngineState`: an engine, asked so that what is missing is an answer and not an error
- `engine_state`: the engine of the submission that is being marked
- `use`: mark by another engine

Experiments are marked by what the engine holds, never by what a notebook printed. By default that
is the engine that `course.live.connect` gives in the process that marks; whoever runs a submission
against an engine of its own hands its client to `use`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import docker

__all__ = ["EngineState", "Look", "engine_state", "use"]

T = TypeVar("T")


@dataclass(frozen=True)
class Look(Generic[T]):
    """What a look into an engine found.

    Attributes:
        found: what was found, or None.
        missing: what was looked for and why it was not found, in a sentence; empty if it was.
    """

    found: T | None
    missing: str = ""


@dataclass(frozen=True)
class EngineState:
    """An engine, or the reason why there is none.

    Attributes:
        client: the engine.
        reason: why there is none, in a sentence.
    """

    client: docker.DockerClient | None
    reason: str = ""

    def look(self, looked_for: str, reading: Callable[[docker.DockerClient], T]) -> Look[T]:
        """Read something from the engine.

        Args:
            looked_for: what is looked for, in words for a learner, such as `the image a/b`.
            reading: what reads it. A `LookupError` of its own says what is missing.

        Returns:
            What it returned; or a sentence, if the object, the engine or its answer is missing.
        """
        import tarfile

        import docker.errors
        import requests.exceptions

        from course.live.errors import LiveError

        if self.client is None:
            return Look(None, f"Looked for {looked_for}, but found no engine: {self.reason}")
        try:
            return Look(reading(self.client))
        except LiveError as error:
            why = str(error)
        except LookupError as error:
            why = str(error.args[0]) if error.args else type(error).__name__
        # The engine may stop between two questions, and its answers are no contract.
        except (
            docker.errors.DockerException,
            requests.exceptions.RequestException,
            tarfile.TarError,
            AttributeError,
            OSError,
            ValueError,
            TypeError,
        ) as error:
            why = f"the engine's answer could not be read ({type(error).__name__}: {error})"
        return Look(None, f"Looked for {looked_for}: {why}.")


_handed_in: ContextVar[EngineState | None] = ContextVar("handed_in", default=None)


@contextmanager
def use(client: docker.DockerClient) -> Iterator[None]:
    """Mark by this engine while the context lasts.

    Args:
        client: the engine that a submission has worked in.
    """
    token = _handed_in.set(EngineState(client))
    try:
        yield
    finally:
        _handed_in.reset(token)


def engine_state() -> EngineState:
    """Return the engine to mark by: the one that was handed in, or the one that is here."""
    handed_in = _handed_in.get()
    if handed_in is not None:
        return handed_in
    from course import live
    from course.live.errors import LiveError

    try:
        return EngineState(live.connect())
    except LiveError as error:
        return EngineState(None, str(error))
