"""Two technologies compared: how many times as many instances fit, and for which applications.

"Three to four times as many containers" is true of applications of a certain size:

>>> host = Capacity(cores=64, memory_mib=128 * 1024, disk_mb=1_000_000)
>>> tuple(round(size) for size in band(host, "container", "debian-vm").intervals[0])
(30, 47)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from course.sizing.densities import Application, Capacity, costs_of, density, quotient
from course.sizing.errors import AmountError, require
from course.sizing.technologies import technology as known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from course.sizing.technologies import Technology

__all__ = ["Band", "band", "density_ratio", "ratio_curve"]

_ALMOST_NOTHING_MIB = 1e-9  # of an application of no memory, a process may fit without end
_HALVINGS = 60


def density_ratio(
    host: Capacity, application: Application, a: str | Technology, b: str | Technology
) -> float:
    """Return how many times as many instances fit with one technology as with another.

    Whole instances are counted. It is infinite where not one fits with `b`.

    Args:
        host: as for `density`.
        application: as for `density`.
        a: the technology counted.
        b: the technology that it is compared with.

    Raises:
        AmountError: as of `density`, or not one instance fits with either.
    """
    count, count_b = (density(host, application, which).count for which in (a, b))
    if not count and not count_b:
        raise AmountError(
            f"expected an application that fits on the host at least once, found {application}",
            name="application",
            value=application,
        )
    return count / count_b if count_b else math.inf


def ratio_curve(
    host: Capacity,
    application: Application,
    a: str | Technology,
    b: str | Technology,
    memory_mib: Sequence[float],
) -> list[dict[str, Any]]:
    """Return density ratios over the size of the application's memory, as rows for a chart.

    Sizes with which not one instance fits in `b` are left out.

    Args:
        host: as for `density`.
        application: as for `density_curve`.
        a: the technology counted.
        b: the technology that it is compared with.
        memory_mib: the application's memory, for each point.

    Returns:
        Rows with `memory_mib`, `ratio`, `count_a`, `count_b`.
    """
    rows = []
    for size in memory_mib:
        sized = application.of_size(size)
        count_a, count_b = (density(host, sized, which).count for which in (a, b))
        if count_b:
            ratio = count_a / count_b
            rows.append(
                {"memory_mib": size, "ratio": ratio, "count_a": count_a, "count_b": count_b}
            )
    return rows


@dataclass(frozen=True)
class Band:
    """For which sizes of an application the ratio of two densities lies between two figures.

    Attributes:
        intervals: from and to which memory of the application, in MiB; empty if it never does.
        low: the lower figure.
        high: the upper figure.
        a: the technology counted.
        b: the technology that it is compared with.
        reason: all this in a sentence.
    """

    intervals: tuple[tuple[float, float], ...]
    low: float
    high: float
    a: Technology
    b: Technology
    reason: str

    def contains(self, memory_mib: float) -> bool:
        """Tell whether an application of this memory has such a ratio."""
        return any(start <= memory_mib <= end for start, end in self.intervals)


def band(
    host: Capacity,
    a: str | Technology,
    b: str | Technology,
    low: float = 3,
    high: float = 4,
    *,
    application: Application | None = None,
    most_memory_mib: float | None = None,
) -> Band:
    """Return for which sizes of an application `a` holds `low` to `high` times as many as `b`.

    Instances are not rounded to whole ones here: with few of them, the ratio of whole instances
    jumps around this one. Between two sizes at which another resource begins to bind, the ratio
    only rises or only falls, so that the ends are found by halving.

    Args:
        host: as for `density`.
        a: the technology counted.
        b: the technology that it is compared with.
        low: the lower figure.
        high: the upper figure.
        application: its cores and disk count, and its memory does not; None: memory alone counts.
        most_memory_mib: the largest application to look at, in MiB; None: all the host's memory.

    Raises:
        AmountError: a number is negative or none, or `high` is below `low`.
        UnknownTechnologyError: there is no such technology.
    """
    require("low", low)
    require("high", high, at_least=low)
    most = host.memory_mib if most_memory_mib is None else most_memory_mib
    require("most_memory_mib", most, above=0)
    first, second = known(a), known(b)
    resources = ("memory_mib",) if application is None else ("cores", "memory_mib", "disk_mb")
    shape = application or Application(0, 0, 0)

    def instances(its: Technology, memory_mib: float, names: Sequence[str] = resources) -> float:
        once, each = costs_of(shape.of_size(memory_mib), its)
        return min(quotient(getattr(host, name), once[name], each[name]) for name in names)

    def ratio(memory_mib: float) -> float:
        divisor = instances(second, memory_mib)
        return instances(first, memory_mib) / divisor if divisor else math.inf

    # Where a technology's memory begins to bind, the ratio may turn; and where the application
    # has more memory than can be shared.
    ends = {_ALMOST_NOTHING_MIB, most, min(max(shape.shared_memory_mib, _ALMOST_NOTHING_MIB), most)}
    for its in (first, second):

        def slack(memory_mib: float, its: Technology = its) -> float:
            others = [name for name in resources if name != "memory_mib"]
            allowed = instances(its, memory_mib, others) if others else math.inf
            return instances(its, memory_mib, ("memory_mib",)) - allowed

        ends.add(_crossing(slack, _ALMOST_NOTHING_MIB, most, 0))
    pieces = [_piece(ratio, *piece, low, high) for piece in pairwise(sorted(ends))]
    intervals = _joined([piece for piece in pieces if piece is not None])
    where = " and ".join(f"{start:,.0f} to {end:,.0f} MiB" for start, end in intervals)
    found = f"for applications of {where}" if where else "for no size of the application"
    times = f"{low:g} to {high:g} times as many"
    reason = f"{first.name} holds {times} instances as {second.name} {found}."
    return Band(intervals, low, high, first, second, reason)


def _piece(
    ratio: Callable[[float], float], start: float, end: float, low: float, high: float
) -> tuple[float, float] | None:
    """Return where a ratio that only rises or only falls is between two figures."""
    first, last = ratio(start), ratio(end)
    if max(first, last) < low or min(first, last) > high:
        return None
    begin, finish = start, end
    if not low <= first <= high:
        begin = _crossing(ratio, start, end, low if first < low else high)
    if not low <= last <= high:
        finish = _crossing(ratio, start, end, low if last < low else high)
    return begin, finish


def _crossing(function: Callable[[float], float], start: float, end: float, level: float) -> float:
    """Return where a function that only rises or only falls crosses a level, or the nearer end."""
    below = function(start) < level
    for _ in range(_HALVINGS):
        middle = (start + end) / 2
        if (function(middle) < level) == below:
            start = middle
        else:
            end = middle
    return start


def _joined(intervals: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return intervals in their order, those that touch made one."""
    joined: list[tuple[float, float]] = []
    for start, end in intervals:
        if joined and math.isclose(joined[-1][1], start, rel_tol=1e-6):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return tuple(joined)
