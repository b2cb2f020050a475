"""How a start divides into stages, each from the moment at which the one before it ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["BootTimeline", "Recorder", "Stage"]


@dataclass(frozen=True)
class Stage:
    """One part of a start.

    Attributes:
        name: what happened meanwhile.
        began_s: when it began, in seconds since the start was asked for.
        ended_s: when it ended.
    """

    name: str
    began_s: float
    ended_s: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended_s - self.began_s


@dataclass(frozen=True)
class BootTimeline:
    """The stages of one start, without gaps.

    A booted machine has the stages `process` (until QEMU runs its first instruction), `firmware`,
    `kernel`, `user space` (until its shell answers) and, if it has one, `service` (until that
    answers). A resumed one has `process`, `loading` and `answer`.

    Attributes:
        stages: in order.
    """

    stages: tuple[Stage, ...]

    @property
    def total_s(self) -> float:
        """How long the start took, in seconds."""
        return self.stages[-1].ended_s if self.stages else 0.0

    def seconds(self, name: str) -> float:
        """Return how long a stage took.

        Raises:
            KeyError: there was no such stage.
        """
        found = {stage.name: stage.seconds for stage in self.stages}
        if name not in found:
            raise KeyError(f"expected one of the stages {', '.join(found)}, found {name!r}")
        return found[name]

    def __str__(self) -> str:
        parts = ", ".join(f"{stage.name} {stage.seconds:.2f} s" for stage in self.stages)
        return f"{self.total_s:.2f} s: {parts}"


@dataclass
class Recorder:
    """The moments at which stages ended.

    Attributes:
        began: when the start was asked for, as `time.monotonic` has it.
        ended: for each stage in order, when it ended.
    """

    began: float = field(default_factory=time.monotonic)
    ended: dict[str, float] = field(default_factory=dict)

    def end(self, name: str) -> None:
        """Note that a stage ends now; only the first time counts."""
        self.ended.setdefault(name, time.monotonic())

    def timeline(self, names: tuple[str, ...]) -> BootTimeline:
        """Return the stages of these names, as far as they have ended."""
        moments = [self.began, *(self.ended[name] for name in names if name in self.ended)]
        known = [name for name in names if name in self.ended]
        return BootTimeline(
            tuple(
                Stage(name, before - self.began, max(before, after) - self.began)
                for name, (before, after) in zip(known, pairwise(moments), strict=True)
            )
        )
