"""How many there are over time, from when each comes and goes: waiting, busy, ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

if TYPE_CHECKING:
    from course.simulation.distributions import Times

__all__ = ["Level"]


class Level:
    """A number that rises and falls by one, kept for each step of time.

    What happens after the last step is left out.

    Args:
        steps: how many steps there are.
        step_s: how long each is, in seconds.

    Example:
        >>> busy = Level(steps=3, step_s=10)
        >>> busy.add(numpy.array([5.0, 12.0]), numpy.array([15.0, 40.0]))
        >>> busy.means().tolist(), busy.ends().tolist()
        ([0.5, 1.3, 1.0], [1.0, 1.0, 1.0])
    """

    def __init__(self, steps: int, step_s: float) -> None:
        self._step_s = step_s
        self._changes = numpy.zeros(steps)
        self._parts = numpy.zeros(steps)  # what the changes of a step mean for its own mean

    def add(self, from_s: Times, to_s: Times) -> None:
        """Add one from each of these times until the other."""
        self.rise(from_s)
        self.fall(to_s)

    def rise(self, times_s: Times) -> None:
        """Let it rise by one at each of these times, in seconds."""
        self._change(times_s, 1)

    def fall(self, times_s: Times) -> None:
        """Let it fall by one at each of these times, in seconds."""
        self._change(times_s, -1)

    def means(self) -> Times:
        """Return the mean over each step."""
        means = numpy.cumsum(self._changes)
        means -= self._changes
        means += self._parts
        return numpy.maximum(means, 0.0, out=means)  # but for the rounding of differences

    def ends(self) -> Times:
        """Return the number at the end of each step."""
        return numpy.cumsum(self._changes)

    def _change(self, times_s: Times, by: int) -> None:
        places = times_s / self._step_s
        if not len(places):
            return
        steps = places.astype(numpy.intp)
        first, last = int(steps.min()), int(steps.max())
        if last >= len(self._changes):
            within = steps < len(self._changes)
            places, steps = places[within], steps[within]
            if not len(places):
                return
            last = int(steps.max())
        part = slice(first, last + 1)
        steps -= first
        self._changes[part] += by * numpy.bincount(steps)
        self._parts[part] += by * numpy.bincount(steps, steps + (first + 1) - places)
