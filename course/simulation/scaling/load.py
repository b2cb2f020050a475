"""Loads: how many requests a service gets each second, over time.

A `Load` is a rate that holds for one step of time after the other. It comes from a shape
(`load_shapes`) or from a learner's own file (`load_csv`). Loads of the same steps can be added up,
and `scaled`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

from course.simulation.errors import ParameterError, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.simulation.distributions import Times

__all__ = ["Load"]


@dataclass(frozen=True, eq=False, init=False)
class Load:
    """How many requests come each second, step by step.

    Attributes:
        step_s: how long a step is, in seconds.
        requests_per_s: the rate in each step, as an array that cannot be written to; it is made of
            any sequence of numbers of at least 0.
        name: what it is called in a chart.
        source: where it comes from.

    Raises:
        ParameterError: there is no step, or a rate is no number of at least 0.

    Example:
        >>> load = Load(60, [1.0, 3.0])
        >>> load.requests, load.mean_per_s, load.records()[1]
        (240.0, 2.0, {'time_s': 60.0, 'requests_per_s': 3.0})
    """

    step_s: float
    requests_per_s: Times
    name: str
    source: str

    def __init__(
        self,
        step_s: float,
        requests_per_s: Sequence[float] | Times,
        name: str = "load",
        source: str = "",
    ) -> None:
        require("step_s", step_s, above=0)
        for field, value in (
            ("step_s", step_s),
            ("requests_per_s", _rates(requests_per_s)),
            ("name", name),
            ("source", source),
        ):
            object.__setattr__(self, field, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Load):
            return NotImplemented
        same = (self.step_s, self.name, self.source) == (other.step_s, other.name, other.source)
        return same and numpy.array_equal(self.requests_per_s, other.requests_per_s)

    __hash__ = None  # type: ignore[assignment]  # an array has none

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.requests_per_s)

    @property
    def duration_s(self) -> float:
        """How long it lasts, in seconds."""
        return self.steps * self.step_s

    @property
    def times_s(self) -> Times:
        """When each step begins, in seconds."""
        return numpy.arange(self.steps, dtype=numpy.float64) * self.step_s

    @property
    def requests(self) -> float:
        """How many requests come in all, on average."""
        return float(self.requests_per_s.sum()) * self.step_s

    @property
    def mean_per_s(self) -> float:
        """The mean rate, in requests each second."""
        return float(self.requests_per_s.mean())

    @property
    def peak_per_s(self) -> float:
        """The highest rate, in requests each second."""
        return float(self.requests_per_s.max())

    def records(self, every: int = 1) -> list[dict[str, float]]:
        """Return a dict of `time_s` and `requests_per_s` for each step, or for every so many."""
        require("every", every, at_least=1, whole=True)
        pairs = zip(
            self.times_s[::every].tolist(), self.requests_per_s[::every].tolist(), strict=True
        )
        return [{"time_s": time_s, "requests_per_s": rate} for time_s, rate in pairs]

    def scaled(self, factor: float) -> Load:
        """Return the same shape with every rate multiplied.

        Raises:
            ParameterError: the factor is no number of at least 0.
        """
        require("factor", factor, at_least=0)
        return Load(self.step_s, self.requests_per_s * factor, self.name, self.source)

    def __add__(self, other: Load) -> Load:
        if not isinstance(other, Load):
            return NotImplemented
        if (self.step_s, self.steps) != (other.step_s, other.steps):
            raise ParameterError(
                f"expected two loads of the same steps, found {self.steps} of {self.step_s:g} s "
                f"and {other.steps} of {other.step_s:g} s",
                name="step_s",
                value=other.step_s,
            )
        return Load(
            self.step_s, self.requests_per_s + other.requests_per_s, f"{self.name} + {other.name}"
        )


def _rates(given: Any) -> Times:
    try:
        rates: Times = numpy.array(given, dtype=float)
    except (TypeError, ValueError):
        rates = numpy.empty((0, 0))
    if rates.ndim != 1 or not len(rates):
        raise ParameterError(
            f"expected requests_per_s to be a list of rates, one for each step, "
            f"found {given!r:.80}",
            name="requests_per_s",
            value=given,
        )
    usable = numpy.isfinite(rates) & (rates >= 0)
    if not usable.all():
        first = int(usable.argmin())
        raise ParameterError(
            "expected every rate in requests_per_s to be a number of at least 0, "
            f"found {float(rates[first])!r} at step {first}",
            name="requests_per_s",
            value=float(rates[first]),
        )
    rates.flags.writeable = False
    return rates
