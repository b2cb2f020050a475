"""Distributions of times, fitted to the few figures that a publication gives.

==============  =====================  ==========================================================
distribution    fitted to              why
==============  =====================  ==========================================================
`Point`         one figure             nothing was published about how it scatters
`Lognormal`     the 50th and the 99th  times are positive, and slow ones lie farther from the
                percentile             median than fast ones
`Weibull`       the mean and the 90th  where the tail is so long that no lognormal has it
                percentile
==============  =====================  ==========================================================

Two figures fix the two parameters of a family exactly. They cannot tell whether the family is the
right one: between and beyond the published percentiles, the family is an assumption.

Those that are given by a mean and a variation instead, as queues want them, are in
`course.simulation.variability` and can be had from here too: `Exponential`, `Erlang`,
`Hyperexponential`, `Uniform`, `Empirical`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol, TypeAlias

from course.simulation.errors import ParameterError, require
from course.simulation.variability import (
    Empirical,
    Erlang,
    Exponential,
    Hyperexponential,
    Uniform,
    require_probability,
)

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Times: TypeAlias = numpy.typing.NDArray[numpy.float64]

__all__ = [
    "Distribution",
    "Empirical",
    "Erlang",
    "Exponential",
    "Hyperexponential",
    "Lognormal",
    "Point",
    "Uniform",
    "Weibull",
]

_STANDARD_NORMAL = NormalDist()


class Distribution(Protocol):
    """What a model of a time can be asked."""

    @property
    def family(self) -> str:
        """What it is called."""
        ...

    @property
    def mean_s(self) -> float:
        """The mean time, in seconds."""
        ...

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        ...

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        ...

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """Always the same time, for want of anything published about how it scatters.

    Attributes:
        value_s: that time, in seconds.
    """

    value_s: float

    @property
    def family(self) -> str:
        """What it is called."""
        return "point"

    @property
    def mean_s(self) -> float:
        """The mean time, in seconds."""
        return self.value_s

    def quantile(self, probability: float) -> float:
        """Return the same time for every share between 0 and 1, in seconds."""
        require_probability(probability)
        return self.value_s

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        return 0.0

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        import numpy  # the models of start-up do without it

        return numpy.full(count, float(self.value_s))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Times whose logarithms are normally distributed.

    Attributes:
        median_s: the time that half of all do not exceed, in seconds.
        sigma: the standard deviation of the natural logarithms; no unit.
    """

    median_s: float
    sigma: float

    @classmethod
    def through(cls, p50_s: float, p99_s: float) -> Lognormal:
        """Fit it to the 50th and the 99th percentile.

        Args:
            p50_s: the time that half of all do not exceed, in seconds.
            p99_s: the time that 99 of 100 do not exceed, in seconds; no less than the other.

        Raises:
            ParameterError: they are not positive, or the wrong way round.

        Example:
            >>> fitted = Lognormal.through(0.1609, 0.1725)
            >>> round(fitted.quantile(0.5), 6), round(fitted.quantile(0.99), 6)
            (0.1609, 0.1725)
        """
        require("p50_s", p50_s, above=0)
        require("p99_s", p99_s, at_least=p50_s)
        return cls(p50_s, math.log(p99_s / p50_s) / _STANDARD_NORMAL.inv_cdf(0.99))

    @property
    def family(self) -> str:
        """What it is called."""
        return "lognormal"

    @property
    def mean_s(self) -> float:
        """The mean time, in seconds."""
        return self.median_s * math.exp(self.sigma**2 / 2)

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        require_probability(probability)
        return self.median_s * math.exp(self.sigma * _STANDARD_NORMAL.inv_cdf(probability))

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        return math.sqrt(math.expm1(self.sigma**2))

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        return generator.lognormal(math.log(self.median_s), self.sigma, count)


@dataclass(frozen=True, slots=True)
class Weibull:
    """Times with a long tail: the smaller the shape, the longer it is.

    Attributes:
        scale_s: the time that 63 percent do not exceed, in seconds.
        shape: below 1 the tail is longer than that of an exponential distribution; no unit.
    """

    scale_s: float
    shape: float

    @classmethod
    def through(cls, mean_s: float, p90_s: float) -> Weibull:
        """Fit it to the mean and the 90th percentile.

        Two shapes may lead to the same ratio of the two; the one with the shorter tail is taken.

        Args:
            mean_s: the mean, in seconds.
            p90_s: the time that nine of ten do not exceed, in seconds; no less than the mean, and
                no more than 2.6 times the mean.

        Raises:
            ParameterError: no such distribution has these two.

        Example:
            >>> fitted = Weibull.through(mean_s=0.0035, p90_s=0.009)
            >>> round(fitted.mean_s, 6), round(fitted.quantile(0.9), 6), round(fitted.shape, 2)
            (0.0035, 0.009, 0.73)
        """
        require("mean_s", mean_s, above=0)
        require("p90_s", p90_s, at_least=mean_s)
        # The ratio grows with 1 / shape, up to 1.78 or so, and falls beyond.
        low, high = 0.0, 1.78
        if p90_s / mean_s >= _p90_to_mean(high):
            raise ParameterError(
                f"expected p90_s to be less than {_p90_to_mean(high):.3g} times the mean, "
                f"found {p90_s:g} and {mean_s:g}: no Weibull distribution has such a tail",
                name="p90_s",
                value=p90_s,
            )
        for _ in range(60):  # halves the interval until nothing of it is left
            middle = (low + high) / 2
            if _p90_to_mean(middle) < p90_s / mean_s:
                low = middle
            else:
                high = middle
        return cls(mean_s / math.gamma(1 + high), 1 / high)

    @property
    def family(self) -> str:
        """What it is called."""
        return "Weibull"

    @property
    def mean_s(self) -> float:
        """The mean time, in seconds."""
        return self.scale_s * math.gamma(1 + 1 / self.shape)

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        require_probability(probability)
        return self.scale_s * float((-math.log1p(-probability)) ** (1 / self.shape))

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        second = math.gamma(1 + 2 / self.shape) / math.gamma(1 + 1 / self.shape) ** 2
        return math.sqrt(second - 1)

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        return self.scale_s * generator.weibull(self.shape, count)


def _p90_to_mean(inverse_shape: float) -> float:
    return float(math.log(10) ** inverse_shape) / math.gamma(1 + inverse_shape)
