"""Distributions by their mean and how much they vary: from always the same time to bursts.

==================  ===========  ============================================================
distribution        variation    is used for
==================  ===========  ============================================================
`Uniform`           below 1      times that are known to lie between two bounds
`Erlang`            at most 1    work in several stages, one after the other
`Exponential`       1            independent users: what Erlang's formulae assume
`Hyperexponential`  above 1      many short times and a few long ones: bursts
`Empirical`         as measured  times that somebody measured, drawn again
==================  ===========  ============================================================

The *variation* is the standard deviation divided by the mean. Waiting depends on it as much as on
the load. `course.simulation.distributions` has those that are fitted to published percentiles, and
exports these too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.simulation.errors import ParameterError, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy

    from course.simulation.distributions import Times

__all__ = ["Empirical", "Erlang", "Exponential", "Hyperexponential", "Uniform"]


@dataclass(frozen=True, slots=True)
class Exponential:
    """Times without a memory: how long it has taken says nothing about how long it still takes.

    Attributes:
        mean_s: the mean, in seconds.

    Example:
        >>> round(Exponential(2.0).quantile(0.5), 4)  # 2 ln 2
        1.3863
    """

    mean_s: float

    def __post_init__(self) -> None:
        require("mean_s", self.mean_s, above=0)

    @property
    def family(self) -> str:
        """What it is called."""
        return "exponential"

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        return 1.0

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        require_probability(probability)
        return -self.mean_s * math.log1p(-probability)

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        return generator.exponential(self.mean_s, count)


@dataclass(frozen=True, slots=True)
class Erlang:
    """Times of several stages, one after the other, each of them exponential with the same mean.

    Attributes:
        stages: how many; the more, the less the sum varies.
        mean_s: the mean of all stages together, in seconds.

    Example:
        >>> Erlang(stages=4, mean_s=2.0).variation
        0.5
    """

    stages: int
    mean_s: float

    def __post_init__(self) -> None:
        require("stages", self.stages, at_least=1, whole=True)
        require("mean_s", self.mean_s, above=0)

    @property
    def family(self) -> str:
        """What it is called."""
        return "Erlang"

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        return 1 / math.sqrt(self.stages)

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        require_probability(probability)
        return _inverse(self._share_up_to, probability, self.mean_s)

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        return generator.gamma(self.stages, self.mean_s / self.stages, count)

    def _share_up_to(self, time_s: float) -> float:
        # As many stages are over as a Poisson process has events: P(N >= stages).
        events = self.stages * time_s / self.mean_s
        logs = (
            number * math.log(events) - events - math.lgamma(number + 1)
            for number in range(self.stages)
        )
        return 1 - math.fsum(map(math.exp, logs))


@dataclass(frozen=True, slots=True)
class Hyperexponential:
    """Times of two kinds, short ones and a few long ones, each of them exponential.

    Both kinds have the same share of the time as a whole, which leaves one distribution for each
    mean and variation ("balanced means", Whitt, Operations Research 30(1), 1982).

    Attributes:
        mean_s: the mean, in seconds.
        variation: the standard deviation divided by the mean; more than 1.

    Example:
        >>> bursts = Hyperexponential(mean_s=1.0, variation=3.0)
        >>> round(bursts.quantile(0.5), 2), round(bursts.quantile(0.99), 1)
        (0.39, 15.8)
    """

    mean_s: float
    variation: float

    def __post_init__(self) -> None:
        require("mean_s", self.mean_s, above=0)
        require("variation", self.variation, above=1)

    @property
    def family(self) -> str:
        """What it is called."""
        return "hyperexponential"

    @property
    def share_short(self) -> float:
        """Which share of the times is of the short kind."""
        square = self.variation**2
        return (1 + math.sqrt((square - 1) / (square + 1))) / 2

    @property
    def means_s(self) -> tuple[float, float]:
        """The means of the short and of the long kind, in seconds."""
        share = self.share_short
        return self.mean_s / (2 * share), self.mean_s / (2 * (1 - share))

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        require_probability(probability)
        return _inverse(self._share_up_to, probability, self.mean_s)

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        short_s, long_s = self.means_s
        is_short = generator.random(count) < self.share_short
        return generator.standard_exponential(count) * (is_short * (short_s - long_s) + long_s)

    def _share_up_to(self, time_s: float) -> float:
        short_s, long_s = self.means_s
        share = self.share_short
        return -share * math.expm1(-time_s / short_s) - (1 - share) * math.expm1(-time_s / long_s)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Times that lie between two bounds, each as likely as the other.

    Attributes:
        low_s: the shortest time, in seconds.
        high_s: the longest time, in seconds; more than the shortest.

    Example:
        >>> Uniform(1.0, 3.0).mean_s
        2.0
    """

    low_s: float
    high_s: float

    def __post_init__(self) -> None:
        require("low_s", self.low_s, at_least=0)
        require("high_s", self.high_s, above=self.low_s)

    @property
    def family(self) -> str:
        """What it is called."""
        return "uniform"

    @property
    def mean_s(self) -> float:
        """The mean time, in seconds."""
        return (self.low_s + self.high_s) / 2

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean."""
        return (self.high_s - self.low_s) / math.sqrt(12) / self.mean_s

    def quantile(self, probability: float) -> float:
        """Return the time that this share of all times does not exceed, in seconds."""
        require_probability(probability)
        return self.low_s + probability * (self.high_s - self.low_s)

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        return generator.uniform(self.low_s, self.high_s, count)


@dataclass(frozen=True, slots=True)
class Empirical:
    """Times that somebody measured: each is as likely as any other to be drawn again.

    Attributes:
        values_s: the measured times, in seconds; any sequence of numbers, kept sorted.

    Example:
        >>> starts = Empirical([0.61, 0.55, 0.58, 2.1])
        >>> starts.values_s, round(starts.mean_s, 2), starts.quantile(0.75)
        ((0.55, 0.58, 0.61, 2.1), 0.96, 0.61)
    """

    values_s: tuple[float, ...]

    def __init__(self, values_s: Iterable[float]) -> None:
        values = tuple(getattr(values_s, "tolist", lambda: values_s)())
        if not values:
            raise ParameterError(
                "expected at least one measured time in values_s, found none",
                name="values_s",
                value=values,
            )
        for value in values:
            require("each of values_s", value, at_least=0)
        object.__setattr__(self, "values_s", tuple(sorted(map(float, values))))

    @property
    def family(self) -> str:
        """What it is called."""
        return "empirical"

    @property
    def mean_s(self) -> float:
        """The mean time, in seconds."""
        return math.fsum(self.values_s) / len(self.values_s)

    @property
    def variation(self) -> float:
        """The standard deviation divided by the mean; 0 if all times are 0."""
        mean_s = self.mean_s
        squares = math.fsum((value - mean_s) ** 2 for value in self.values_s)
        return math.sqrt(squares / len(self.values_s)) / mean_s if mean_s else 0.0

    def quantile(self, probability: float) -> float:
        """Return the smallest measured time that this share of them does not exceed, in seconds."""
        require_probability(probability)
        return self.values_s[math.ceil(probability * len(self.values_s) - 1e-9) - 1]

    def draw(self, generator: numpy.random.Generator, count: int) -> Times:
        """Return so many times, in seconds."""
        return generator.choice(self.values_s, count)


def require_probability(probability: float) -> None:
    """Refuse what is no share between 0 and 1, without these two.

    Raises:
        ParameterError: it is not.
    """
    if not 0 < probability < 1:
        raise ParameterError(
            f"expected a share between 0 and 1, without these two, found {probability!r}",
            name="probability",
            value=probability,
        )


def _inverse(share_up_to: Callable[[float], float], probability: float, guess_s: float) -> float:
    """Return the time up to which this share lies, by halving an interval that holds it."""
    low_s, high_s = 0.0, guess_s
    while share_up_to(high_s) < probability:
        low_s, high_s = high_s, 2 * high_s
    for _ in range(60):
        middle_s = (low_s + high_s) / 2
        if share_up_to(middle_s) < probability:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s
