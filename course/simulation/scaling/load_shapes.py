"""Shapes of loads, made by a rule and named so: none of them was measured.

===============  ===========================================================
`steady_load`    always the same
`spike_load`     a base, and for a while a peak: the front page links to you
`daily_load`     days with an evening peak, and weekends
`bursty_load`    a base, and bursts at random times
===============  ===========================================================

>>> load = spike_load(10, 100, at_s=60, lasts_s=30, duration_s=120)
>>> load.peak_per_s, load.requests
(100.0, 3900.0)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from course.simulation.errors import ParameterError, require
from course.simulation.scaling.load import Load

if TYPE_CHECKING:
    from course.simulation.distributions import Times

__all__ = ["bursty_load", "daily_load", "spike_load", "steady_load"]

DAY_S = 86_400.0
_MOST_STEPS = 20_000_000  # 38 years of minutes: more is a mistake in a unit


def steady_load(per_s: float, duration_s: float, *, step_s: float = 1) -> Load:
    """Return a load that is always the same.

    Args:
        per_s: requests each second.
        duration_s: how long it lasts, in seconds.
        step_s: how long a step is, in seconds.

    Raises:
        ParameterError: a number is unusable.
    """
    require("per_s", per_s, at_least=0)
    steps = _steps(duration_s, step_s)
    return Load(step_s, numpy.full(steps, float(per_s)), f"steady {per_s:g} requests/s")


def spike_load(
    base_per_s: float,
    peak_per_s: float,
    *,
    at_s: float,
    lasts_s: float,
    duration_s: float,
    ramp_s: float = 0,
    step_s: float = 1,
) -> Load:
    """Return a load with one spike, which may rise and fall slowly.

    Args:
        base_per_s: requests each second before and after it.
        peak_per_s: requests each second at its height.
        at_s: when it begins to rise, in seconds.
        lasts_s: how long it stays at its height, in seconds.
        duration_s: how long the load lasts, in seconds.
        ramp_s: how long it takes to rise, and to fall again, in seconds.
        step_s: how long a step is, in seconds.

    Raises:
        ParameterError: a number is unusable.

    Example:
        >>> spike_load(0, 4, at_s=1, lasts_s=1, ramp_s=2, duration_s=7).requests_per_s.tolist()
        [0.0, 1.0, 3.0, 4.0, 3.0, 1.0, 0.0]
    """
    for name, value in (("base_per_s", base_per_s), ("peak_per_s", peak_per_s), ("at_s", at_s)):
        require(name, value, at_least=0)
    require("lasts_s", lasts_s, at_least=0)
    require("ramp_s", ramp_s, at_least=0)
    steps = _steps(duration_s, step_s)
    # The mean over a step is the difference of the sum at its ends: no step misses a short spike.
    edges_s = numpy.arange(steps + 1, dtype=numpy.float64) * step_s
    top_s, fall_s = at_s + ramp_s, at_s + ramp_s + lasts_s
    share = _ramped(edges_s, at_s, top_s) - _ramped(edges_s, fall_s, fall_s + ramp_s)
    height = numpy.diff(share) / step_s
    numpy.clip(height, 0.0, 1.0, out=height)  # but for the rounding of differences
    rates = base_per_s + (peak_per_s - base_per_s) * height
    return Load(step_s, rates, f"spike from {base_per_s:g} to {peak_per_s:g} requests/s")


def _ramped(times_s: Times, start_s: float, end_s: float) -> Times:
    """Return the area up to each time under what rises from 0 to 1 between start and end."""
    within_s = numpy.clip(times_s - start_s, 0.0, end_s - start_s)
    after_s = numpy.maximum(times_s - end_s, 0.0)
    return after_s + within_s**2 / (2 * (end_s - start_s)) if end_s > start_s else after_s


def daily_load(
    mean_per_s: float,
    *,
    days: float = 1,
    peak_to_mean: float = 2.0,
    peak_hour: float = 20.0,
    weekend_share: float = 1.0,
    noise: float = 0.0,
    step_s: float = 60,
    generator: numpy.random.Generator | None = None,
) -> Load:
    """Return a load that rises and falls with the day.

    Its shape is exp(k cos t), which is a wave for a small peak, and flat with a narrow evening for
    a high one; k is chosen so that the peak is as high as asked. It is made, not measured.

    Args:
        mean_per_s: requests each second, on average over a working day.
        days: how many; the first one is a Monday.
        peak_to_mean: the highest rate of a day divided by its mean: at least 1, at most 4.
        peak_hour: when it is highest, from 0 to 24.
        weekend_share: the requests of a Saturday or Sunday, divided by those of a working day.
        noise: by which share each step is usually off from this shape (a lognormal factor whose
            mean is 1).
        step_s: how long a step is, in seconds.
        generator: where the noise comes from.

    Raises:
        ParameterError: a number is unusable, or there is noise and no generator.

    Example:
        >>> day = daily_load(100, peak_to_mean=3)
        >>> round(day.mean_per_s), round(day.peak_per_s), int(day.requests_per_s.argmax()) / 60
        (100, 300, 20.0)
    """
    require("mean_per_s", mean_per_s, at_least=0)
    require("days", days, above=0)
    require("peak_to_mean", peak_to_mean, at_least=1, at_most=4)
    require("peak_hour", peak_hour, at_least=0, at_most=24)
    require("weekend_share", weekend_share, at_least=0)
    require("noise", noise, at_least=0)
    steps = _steps(days * DAY_S, step_s)
    time_s = numpy.arange(steps, dtype=numpy.float64) * step_s
    steepness = _steepness(peak_to_mean)
    rates = numpy.cos((time_s - peak_hour * 3600) * (2 * math.pi / DAY_S))
    numpy.exp(steepness * rates, out=rates)
    rates *= mean_per_s / float(numpy.i0(steepness))
    if weekend_share != 1:
        rates[(time_s // DAY_S) % 7 >= 5] *= weekend_share
    if noise:
        sigma = math.sqrt(math.log1p(noise**2))
        rates *= _generator(generator, "noise").lognormal(-(sigma**2) / 2, sigma, steps)
    return Load(step_s, rates, f"{days:g} days of {mean_per_s:g} requests/s")


def _steepness(peak_to_mean: float) -> float:
    """Return k for which exp(k cos t) is so much higher at its peak than on average."""
    low, high = 0.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        if math.exp(middle - math.log(float(numpy.i0(middle)))) < peak_to_mean:
            low = middle
        else:
            high = middle
    return low


def bursty_load(
    base_per_s: float,
    *,
    duration_s: float,
    generator: numpy.random.Generator,
    burst_factor: float = 4.0,
    burst_s: float = 60,
    every_s: float = 900,
    step_s: float = 1,
) -> Load:
    """Return a load with bursts that begin and end at random.

    Args:
        base_per_s: requests each second between bursts.
        duration_s: how long the load lasts, in seconds.
        generator: where chance comes from.
        burst_factor: what the base is multiplied with during a burst; at least 1.
        burst_s: how long a burst is, in seconds, on average (exponential).
        every_s: the time from the end of a burst to the beginning of the next one, in seconds, on
            average (exponential).
        step_s: how long a step is, in seconds.

    Raises:
        ParameterError: a number is unusable, or there is no generator.
    """
    require("base_per_s", base_per_s, at_least=0)
    require("burst_factor", burst_factor, at_least=1)
    require("burst_s", burst_s, above=0)
    require("every_s", every_s, above=0)
    steps = _steps(duration_s, step_s)
    draw = _generator(generator, "bursts")
    share = numpy.zeros(steps)
    time_s = draw.exponential(every_s)
    edges_s = numpy.arange(steps + 1, dtype=numpy.float64) * step_s
    while time_s < duration_s:
        end_s = time_s + draw.exponential(burst_s)
        first = int(time_s / step_s)
        last = min(int(end_s / step_s) + 1, steps)
        part = edges_s[first : last + 1]
        share[first:last] += numpy.diff(numpy.clip(part, time_s, end_s)) / step_s
        time_s = end_s + draw.exponential(every_s)
    rates = base_per_s * (1 + (burst_factor - 1) * numpy.minimum(share, 1.0))
    return Load(step_s, rates, f"{base_per_s:g} requests/s with bursts")


def _steps(duration_s: float, step_s: float) -> int:
    require("step_s", step_s, above=0)
    require("duration_s", duration_s, at_least=step_s)
    steps = round(duration_s / step_s)
    if steps > _MOST_STEPS:
        raise ParameterError(
            f"expected at most {_MOST_STEPS:,} steps, found {steps:,}: take a longer step_s",
            name="step_s",
            value=step_s,
        )
    return steps


def _generator(generator: Any, purpose: str) -> numpy.random.Generator:
    if not isinstance(generator, numpy.random.Generator):
        raise ParameterError(
            f"expected a generator for the {purpose}, found {generator!r}: pass "
            "numpy.random.default_rng(a number of your choice)",
            name="generator",
            value=generator,
        )
    return generator
