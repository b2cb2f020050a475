"""What is kept of many waits: their sums and how they are spread, never the waits themselves.

`WaitingTimes` takes waits in portions and needs the same memory for a thousand as for a billion.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy

from course.simulation.errors import ConservationError
from course.simulation.variability import require_probability

if TYPE_CHECKING:
    from course.simulation.distributions import Times

__all__ = ["LEAST_FOR_ERROR", "WaitingTimes"]

BATCHES = 40
LEAST_FOR_ERROR = 1000  # of fewer customers than these, batches are too short to say anything
# A wait is counted by the power of two that it reaches and 128 steps up to the next one, which are
# the first bits of a float: a quantile is known to half a step, 0.4 percent.
_STEPS_BITS = 7
_STEPS = 2**_STEPS_BITS
_LOWEST, _HIGHEST = -40, 40  # powers of two, in seconds: from a picosecond to 35,000 years
_SHIFT = 52 - _STEPS_BITS
_BASE = (_LOWEST + 1023) << _STEPS_BITS
_CLASSES = (_HIGHEST - _LOWEST) * _STEPS


class WaitingTimes:
    """The sums and the spread of waits that are added in portions.

    The standard error of the mean comes from the means of 40 batches of waits that follow each
    other, since one wait resembles the next one.

    Args:
        count: how many waits there will be; 0 if that is not known, and no standard error wanted.

    Attributes:
        added: how many there are so far.
        total_s: their sum, in seconds.
        longest_s: the longest one, in seconds.
        waiting: how many are more than nothing.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.added = 0
        self.total_s = 0.0
        self.longest_s = 0.0
        self.waiting = 0
        self._classes = numpy.zeros(_CLASSES, dtype=numpy.int64)
        self._batch = max(1, count // BATCHES)
        self._batches_s = [0.0] * BATCHES

    def add(self, waits_s: Times) -> None:
        """Add some waits, which follow those that were added before."""
        if not len(waits_s):
            return
        portion_s = float(waits_s.sum())
        self.total_s += portion_s
        self.longest_s = max(self.longest_s, float(waits_s.max()))
        positive_s = waits_s[waits_s > 0]
        self.waiting += len(positive_s)
        classes = (positive_s.view(numpy.int64) >> _SHIFT) - _BASE
        numpy.clip(classes, 0, _CLASSES - 1, out=classes)
        found = numpy.bincount(classes)
        self._classes[: len(found)] += found
        first, end = self.added, self.added + len(waits_s)
        for batch in range(first // self._batch, min((end - 1) // self._batch + 1, BATCHES)):
            part = slice(max(batch * self._batch - first, 0), (batch + 1) * self._batch - first)
            whole = part.start == 0 and part.stop >= len(waits_s)
            self._batches_s[batch] += portion_s if whole else float(waits_s[part].sum())
        self.added = end

    @property
    def mean_s(self) -> float:
        """The mean wait, in seconds."""
        return self.total_s / self.added if self.added else 0.0

    @property
    def standard_error_s(self) -> float | None:
        """By how much the mean is usually off, in seconds; None if there are too few to tell."""
        if self.count < LEAST_FOR_ERROR:
            return None
        means_s = numpy.array(self._batches_s) / self._batch
        return float(means_s.std(ddof=1)) / math.sqrt(BATCHES)

    def quantile_s(self, probability: float) -> float:
        """Return the wait that this share of all does not exceed, in seconds.

        Raises:
            ParameterError: the share does not lie between 0 and 1.
        """
        require_probability(probability)
        rank = probability * self.added
        below = self.added - self.waiting
        if rank <= below:
            return 0.0
        counts = numpy.cumsum(self._classes)
        place = int(numpy.searchsorted(counts, rank - below))
        before = int(counts[place - 1]) if place else 0
        part = (rank - below - before) / int(self._classes[place])
        low_s, high_s = _edges_s(place), _edges_s(place + 1)
        return min(low_s + part * (high_s - low_s), self.longest_s)

    def share_longer(self, than_s: float) -> float:
        """Return the share of all that is longer than this, which is at least 0 s."""
        if than_s <= 0:
            return self.waiting / self.added
        place = (int(numpy.float64(than_s).view(numpy.int64)) >> _SHIFT) - _BASE
        if than_s >= self.longest_s:
            return 0.0
        place = min(max(place, 0), _CLASSES - 1)
        low_s, high_s = _edges_s(place), _edges_s(place + 1)
        part = (high_s - than_s) / (high_s - low_s)
        longer = int(self._classes[place + 1 :].sum()) + part * int(self._classes[place])
        return float(longer) / self.added

    def check(self) -> None:
        """Make sure that every wait was counted once.

        Raises:
            ConservationError: it was not.
        """
        if self.added != self.count or int(self._classes.sum()) != self.waiting:
            raise ConservationError(
                f"expected {self.count} waits, {self.waiting} of them positive, found "
                f"{self.added} and {int(self._classes.sum())}"
            )


def _edges_s(place: int) -> float:
    """Return where a class of waits begins, in seconds."""
    exponent, step = divmod(place, _STEPS)
    return math.ldexp(1 + step / _STEPS, exponent + _LOWEST)
