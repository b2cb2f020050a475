"""The writable working set: what a running machine writes to while it is being moved.

- `Region`: a part of memory that is written to, at one rate and in one pattern
- `WorkingSet`: some regions; what lies outside of them is not written to
- `Writes`: which pages have to be sent in a round, and how long that takes

Clark and others (NSDI 2005) call the pages that a machine writes to all the time, and that are
therefore hardly worth sending while it runs, its *writable working set*.

=============  ====================================================================================
pattern        what was written after t seconds, of a region of W MiB written at w MiB/s
=============  ====================================================================================
``sweep``      min(w t, W): the machine goes through the region from its beginning to its end, and
               begins again, like a copy in a loop
``scattered``  W (1 - exp(-w t / W)): each write hits any page of the region, so that more and more
               of them hit a page that was written before; the usual case of a heap
=============  ====================================================================================

A round goes through the pages that it has to send in an order that has nothing to do with the
order in which they are written; Xen shuffles them on purpose. If it *skips*, it leaves out a page
that was written again before its turn: the next round has to send it anyway. Let g(t) be what is
still worth sending after t seconds. Then it takes g(t) / r seconds to get through the whole list
at the speed of that moment, and the round is over when the shares of the list add up to one:

    integral of r / g(t) dt, from 0 to the round's duration = 1

This is the exact expectation for pages that are small beside the memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from course.simulation.errors import ParameterError, UnknownNameError, require

__all__ = ["PATTERNS", "Region", "WorkingSet", "Writes"]

PATTERNS: Final = ("sweep", "scattered")

# Of what is worth sending, so much may be lost within one step of the integration; steps a tenth as
# long change durations by less than three thousandths.
_STEP = 0.1
_NOTHING = 1e-9  # of a whole


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the memory that is written to over and over.

    Attributes:
        mib: how large it is, in MiB.
        mib_per_s: how fast it is written to, in MiB each second; a page that is written twice
            counts twice.
        pattern: in which order, one of `PATTERNS`.

    Raises:
        ParameterError: a number is negative, or not finite.
        UnknownNameError: there is no such pattern.

    Example:
        >>> Region(256, 512).dirtied_mib(0.25), Region(256, 512).dirtied_mib(2)
        (128.0, 256)
        >>> round(Region(256, 512, "scattered").dirtied_mib(0.25), 1)
        100.7
    """

    mib: float
    mib_per_s: float
    pattern: str = "sweep"

    def __post_init__(self) -> None:
        require("mib", self.mib, at_least=0)
        require("mib_per_s", self.mib_per_s, at_least=0)
        if self.pattern not in PATTERNS:
            raise UnknownNameError("pattern of writes", self.pattern, PATTERNS)

    def dirtied_mib(self, seconds: float) -> float:
        """Return how much of it is written to at least once within so many seconds, in MiB."""
        if self.pattern == "sweep" or self.mib == 0:
            return min(self.mib_per_s * seconds, self.mib)
        return -self.mib * math.expm1(-self.mib_per_s * seconds / self.mib)


@dataclass(frozen=True, slots=True)
class WorkingSet:
    """All that a machine writes to.

    Attributes:
        regions: its parts, which do not overlap.

    Example:
        >>> quake = WorkingSet((Region(1, 30, "scattered"), Region(20, 5, "scattered")))
        >>> quake.mib, quake.mib_per_s
        (21, 35)
        >>> round(quake.dirtied_mib(1), 2)
        5.42
    """

    regions: tuple[Region, ...]

    def __post_init__(self) -> None:
        if not all(isinstance(region, Region) for region in self.regions):
            raise ParameterError(
                "expected regions to be a tuple of Region, such as "
                f"WorkingSet((Region(256, 512),)), found {self.regions!r}",
                name="regions",
                value=self.regions,
            )

    @property
    def mib(self) -> float:
        """How large it is, in MiB."""
        return sum(region.mib for region in self.regions)

    @property
    def mib_per_s(self) -> float:
        """How fast it is written to, in MiB each second."""
        return sum(region.mib_per_s for region in self.regions)

    def dirtied_mib(self, seconds: float) -> float:
        """Return how much is written to at least once within so many seconds, in MiB."""
        return sum(region.dirtied_mib(seconds) for region in self.regions)


class Writes:
    """The pages that a round has to send, and the writes that overtake it.

    Args:
        memory_mib: the memory of the machine, in MiB; all of it has to be sent at first.
        working_set: what it writes to.

    Attributes:
        left_mib: what the next round has to send, in MiB.
    """

    def __init__(self, memory_mib: float, working_set: WorkingSet) -> None:
        self._regions = working_set.regions
        self._calm_mib = max(0.0, memory_mib - working_set.mib)
        self._dirty_mib = [region.mib for region in self._regions]
        self.left_mib: float = memory_mib

    def round_s(self, rate_mib_per_s: float, *, skip: bool) -> float:
        """Return how long a round takes, in seconds.

        Args:
            rate_mib_per_s: how fast it sends, in MiB each second.
            skip: whether it leaves out what was written again before its turn.
        """
        return self._shortened_s(rate_mib_per_s) if skip else self.left_mib / rate_mib_per_s

    def pass_by(self, seconds: float) -> None:
        """Let the machine run while everything was sent or skipped: what it wrote is left."""
        self._calm_mib = 0.0
        self._dirty_mib = [region.dirtied_mib(seconds) for region in self._regions]
        self.left_mib = sum(self._dirty_mib)

    def worth_sending_mib(self, seconds: float) -> float:
        """Return how much of the round's pages is not yet written again, in MiB."""
        return self._calm_mib + sum(
            dirty * (1 - _written_again(region, dirty, seconds))
            for region, dirty in zip(self._regions, self._dirty_mib, strict=True)
            if dirty
        )

    def _shortened_s(self, rate: float) -> float:
        """Integrate until the whole list has had its turn."""
        time_s, passed, worth = 0.0, 0.0, self.left_mib
        bends = self._bends_s()
        while worth > _NOTHING * self.left_mib:
            # As far as `worth` hardly changes, and never past a bend of it.
            step_s = max(_STEP * self._timescale_s(time_s), _NOTHING * time_s)
            step_s = min([step_s, (1 - passed) * worth / rate, *(end - time_s for end in bends)])
            then = self.worth_sending_mib(time_s + step_s)
            # Between two points, `worth` is taken to fall like an exponential function.
            decay = math.log(worth / then) / step_s if 0 < then < worth else 0.0
            growth = math.expm1(decay * step_s) / decay if decay else step_s
            if passed + rate * growth / worth >= 1 - 1e-12:
                rest = (1 - passed) * worth / rate
                return time_s + (math.log1p(decay * rest) / decay if decay else rest)
            passed += rate * growth / worth
            time_s, worth = time_s + step_s, then
            bends = [end for end in bends if end > time_s * (1 + _NOTHING)]
        return time_s

    def _timescale_s(self, seconds: float) -> float:
        """Return in how many seconds `worth` would fall to nothing, if it went on as it does."""
        worth, loss = self._calm_mib, 0.0
        for region, dirty in zip(self._regions, self._dirty_mib, strict=True):
            rest = dirty * (1 - _written_again(region, dirty, seconds)) if dirty else 0.0
            worth += rest
            if not rest:
                continue
            if region.pattern == "scattered":
                loss += rest * region.mib_per_s / region.mib
            elif region.mib - dirty <= region.mib_per_s * seconds + _NOTHING * region.mib:
                loss += region.mib_per_s
        return worth / loss if loss else math.inf

    def _bends_s(self) -> list[float]:
        """Return when a sweep reaches what has to be sent, and when it has been everywhere."""
        bends = [
            share / region.mib_per_s
            for region, dirty in zip(self._regions, self._dirty_mib, strict=True)
            if dirty and region.mib_per_s and region.pattern == "sweep"
            for share in (region.mib - dirty, region.mib)
        ]
        return sorted({bend for bend in bends if bend > 0})


def _written_again(region: Region, dirty_mib: float, seconds: float) -> float:
    """Return the share of a region's pages to be sent that are written within so many seconds.

    A sweep has just been at these pages, so that it comes back to them last.
    """
    if region.pattern == "scattered":
        return -math.expm1(-region.mib_per_s * seconds / region.mib)
    reached = region.mib_per_s * seconds - (region.mib - dirty_mib)
    return min(1.0, max(0.0, reached / dirty_mib))
