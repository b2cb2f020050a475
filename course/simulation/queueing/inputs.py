"""The times that a queue is given: drawn or measured, in portions.

Long runs are drawn portion by portion, so that memory does not grow with the number of customers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from course.simulation.errors import ParameterError, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from course.simulation.distributions import Distribution, Times

__all__ = ["require_stable", "sources"]

_PORTION = 2**15  # customers at a time: few enough for the processor's cache


def sources(
    interarrival: Distribution | Sequence[float] | Times,
    service: Distribution | Sequence[float] | Times,
    customers: int | None,
    generator: numpy.random.Generator | None,
) -> tuple[Iterator[Times], Iterator[Times], int]:
    """Return the times between arrivals and those of service in portions, and how many."""
    given = {
        name: _trace_of(name, times)
        for name, times in (("interarrival", interarrival), ("service", service))
        if not _is_distribution(times)
    }
    lengths = {name: len(times) for name, times in given.items()}
    if customers is None and not given:
        raise ParameterError(
            "expected customers, since both times are drawn, found none: say how many come",
            name="customers",
        )
    count = max(lengths.values()) if customers is None else customers
    require("customers", count, at_least=1, whole=True)
    for name, length in lengths.items():
        if length < count:
            raise ParameterError(
                f"expected {name} to have a time for each of {count:,} customers, found {length:,}",
                name=name,
                value=length,
            )
    if len(given) == 2:
        seeds: list[Any] = [None, None]
    elif isinstance(generator, numpy.random.Generator):
        seeds = list(generator.spawn(2))
    else:
        raise ParameterError(
            "expected a generator, since times are drawn, found "
            f"{generator!r}: pass numpy.random.default_rng(a number of your choice)",
            name="generator",
            value=generator,
        )
    gaps = _portions(given.get("interarrival", interarrival), count, seeds[0])
    works = _portions(given.get("service", service), count, seeds[1])
    return gaps, works, count


def _portions(source: Any, count: int, generator: numpy.random.Generator | None) -> Iterator[Times]:
    for first in range(0, count, _PORTION):
        size = min(_PORTION, count - first)
        drawn = generator is not None and _is_distribution(source)
        yield source.draw(generator, size) if drawn else source[first : first + size]


def _is_distribution(times: object) -> bool:
    return hasattr(times, "draw")


def _trace_of(name: str, times: Any) -> Times:
    """Return given times as an array.

    Raises:
        ParameterError: they are no times.
    """
    try:
        times_s: Times = numpy.asarray(times, dtype=float)
    except (TypeError, ValueError):
        times_s = numpy.empty((0, 0))
    if times_s.ndim != 1 or not len(times_s):
        raise ParameterError(
            f"expected {name} to be a distribution, such as Exponential(2.0), or a list of times "
            f"in seconds, found {times!r:.80}",
            name=name,
            value=times,
        )
    usable = numpy.isfinite(times_s) & (times_s >= 0)
    if not usable.all():
        first = int(usable.argmin())
        raise ParameterError(
            f"expected every time in {name} to be a number of at least 0, "
            f"found {float(times_s[first])!r} at place {first}",
            name=name,
            value=float(times_s[first]),
        )
    return times_s


def require_stable(interarrival: Any, service: Any, servers: int) -> None:
    """Refuse work without end; a trace that somebody measured may bring what it likes."""
    if not (_is_distribution(interarrival) and _is_distribution(service)):
        return
    offered = service.mean_s / interarrival.mean_s if interarrival.mean_s > 0 else math.inf
    if offered >= servers:
        raise ParameterError(
            f"expected an offered load of less than {servers} erlang for {servers} "
            f"server{'s' if servers > 1 else ''}, found {offered:.6g}: the queue would grow "
            "without end. Take more servers, or set allow_overload=True to watch it grow",
            name="service",
            value=offered,
        )
