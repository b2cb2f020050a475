"""Packing: how many hosts do these demands need, and which goes where?

>>> packing = pack([5, 7, 3, 4, 1], capacity=10)
>>> packing.count, packing.bins
(2, ((1, 2), (0, 3, 4)))

Demands and capacity are numbers of the same unit, whatever it is. With several resources, each
demand is a sequence of numbers, and so is the capacity:

>>> packing = pack([(2, 8), (1, 16), (4, 4), (2, 8)], capacity=(8, 32))
>>> packing.count, packing.loads
(2, ((7, 28), (2, 8)))
"""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

from course.sizing.bounds import fewest_bins
from course.sizing.demands import names_of, read
from course.sizing.errors import OptimumNotProvenError, TimeLimitError, UnknownMethodError
from course.sizing.exact import fewest
from course.sizing.heuristics import best_fit_decreasing, first_fit, first_fit_decreasing
from course.sizing.reasons import most_used

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.sizing.demands import Amount, Capacity, Demands, Instance, Number
    from course.sizing.heuristics import Bins

__all__ = ["METHODS", "Packing", "lower_bound", "pack"]

_HEURISTICS = {
    "first_fit": first_fit,
    "first_fit_decreasing": first_fit_decreasing,
    "best_fit_decreasing": best_fit_decreasing,
}
METHODS = (*_HEURISTICS, "exact")


@dataclass(frozen=True, repr=False)
class Packing:
    """Which demands share a bin.

    Attributes:
        bins: for each bin, the indices of its demands in the order in which they were placed.
        loads: for each bin, what its demands come to: a number, or a tuple of one number for each
            dimension. Sums of ints are ints; sums of floats are rounded once.
        lower_bound: a number of bins that no packing of these demands goes below.
        method: the method that found it.
        capacity: what a bin holds: a number, or a tuple of one number for each dimension.
        resources: what the dimensions are called.
    """

    bins: tuple[tuple[int, ...], ...]
    loads: tuple[Amount, ...]
    lower_bound: int
    method: str
    capacity: Amount
    resources: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of bins."""
        return len(self.bins)

    @property
    def is_optimal(self) -> bool:
        """Whether it is proven that there is no packing into fewer bins.

        A packing that is not proven to be optimal may be optimal all the same.
        """
        return self.count == self.lower_bound

    @property
    def placement(self) -> tuple[int, ...]:
        """For each demand, its bin.

        >>> pack([5, 7, 3, 4, 1], capacity=10).placement
        (1, 0, 0, 1, 1)
        """
        bin_of = {index: number for number, tenants in enumerate(self.bins) for index in tenants}
        return tuple(bin_of[index] for index in range(len(bin_of)))

    @property
    def utilisation(self) -> float | tuple[float, ...]:
        """The share of all bins that is used, from 0 to 1; 0 where there are no bins.

        A number, or a tuple of one number for each dimension.

        >>> pack([5, 7, 3, 4], capacity=10).utilisation
        0.95
        >>> pack([(2, 8), (1, 16), (4, 4), (2, 8)], capacity=(8, 32)).utilisation
        (0.5625, 0.5625)
        """
        if isinstance(self.capacity, tuple):
            columns = [
                [load[dimension] for load in self.loads if isinstance(load, tuple)]
                for dimension in range(len(self.capacity))
            ]
            return tuple(map(_share, columns, self.capacity))
        return _share([load for load in self.loads if not isinstance(load, tuple)], self.capacity)

    def binding(self, number: int | None = None) -> str | None:
        """Return the resource that runs out first: of which the largest share is used.

        Args:
            number: which bin; None: all of them together.

        Returns:
            Its name, or None where nothing is used.

        Raises:
            IndexError: there is no such bin.

        >>> packing = pack([(2, 8), (1, 16), (4, 4)], (8, 32), resources=("cores", "GiB"))
        >>> packing.binding(), packing.reason()
        ('cores', 'All bins: cores runs out first, 88% of it is used (GiB 88%).')
        """
        shares = self._shares(number)
        largest = max(shares)
        return self.resources[shares.index(largest)] if largest > 0 else None

    def reason(self, number: int | None = None) -> str:
        """Say in a sentence which resource runs out first, and how far it is used.

        Args:
            number: as for `binding`.
        """
        return most_used(
            "All bins" if number is None else f"Bin {number}", self.resources, self._shares(number)
        )

    def _shares(self, number: int | None) -> tuple[float, ...]:
        if number is None:
            use = self.utilisation
            return use if isinstance(use, tuple) else (use,)
        load, capacity = self.loads[number], self.capacity
        if isinstance(load, tuple) and isinstance(capacity, tuple):
            return tuple(float(part / has) for part, has in zip(load, capacity, strict=True))
        return (float(load / capacity),)  # type: ignore[operator]  # then both are numbers

    def __repr__(self) -> str:
        # Of a hundred thousand demands, a notebook shall show some.
        return (
            f"Packing(method={self.method!r}, count={self.count}, lower_bound={self.lower_bound}, "
            f"bins={reprlib.repr(self.bins)})"
        )


def pack(
    demands: Demands,
    capacity: Capacity,
    method: str = "first_fit_decreasing",
    *,
    time_limit_s: float = 60.0,
    resources: Sequence[str] | None = None,
) -> Packing:
    """Pack demands into as few bins as the method finds.

    Equal demands are taken in the order given, and so the result depends on nothing else.

    Args:
        demands: numbers, or sequences of numbers with one length. Each is 0 or more and at most
            the capacity. Any iterable; it is read once and not changed.
        capacity: what each bin holds: a number, or a sequence with one number for each dimension,
            in the units of the demands.
        method: one of

            - ``first_fit``: each demand, in the order given, into the first bin with room for it;
            - ``first_fit_decreasing``: the same, the largest demands first;
            - ``best_fit_decreasing``: the largest first, each into the bin where least is left;
            - ``exact``: the fewest bins there can be, proven: by the lower bound where that is
              enough, and else by OR-Tools' CP-SAT.
        time_limit_s: how long ``exact`` may take, in seconds; the others take no notice of it.
        resources: what the dimensions are called; None: as named tuples call them, if they do.

    Returns:
        The packing. Where a dimension has floats, bins may hold 10**-9 of the capacity more than
        it, to allow for the rounding of floats: ``pack([0.1, 0.2], 0.3)`` is one bin.

    Raises:
        DemandError: a demand is no number, is negative or not finite, is larger than the capacity,
            or has other dimensions than the rest.
        CapacityError: the capacity is no number, is not above 0 or not finite, or has other
            dimensions than the demands.
        UnknownMethodError: there is no such method.
        TimeLimitError: the time limit is no positive number.
        OptimumNotProvenError: ``exact`` ran out of time, or the demands are too many for it. The
            error carries the best packing found.
        ImportError: ``exact`` needs OR-Tools, and it is not installed.

    Vectors are ordered and compared as `course.sizing.heuristics` says, where the sources of the
    methods are.

    Example:
        >>> demands = [2, 5, 4, 3, 4, 2]
        >>> pack(demands, 10).count, pack(demands, 10, method="exact").count
        (3, 2)
    """
    if method not in METHODS:
        raise UnknownMethodError(method, METHODS)
    if isinstance(time_limit_s, bool) or not isinstance(time_limit_s, Real) or not time_limit_s > 0:
        raise TimeLimitError(
            f"expected a time limit in seconds, above 0, found {time_limit_s!r}",
            time_limit_s=time_limit_s,
        )
    instance = read(demands, capacity)
    lower = fewest_bins(instance)
    names = names_of(resources or instance.names or None, len(instance.columns))
    if method in _HEURISTICS:
        return _packing(instance, _HEURISTICS[method](instance), lower, method, names)
    best = min((pack_by(instance) for pack_by in _HEURISTICS.values()), key=len)
    outcome = fewest(instance, best, lower, time_limit_s)
    packing = _packing(instance, outcome.bins, outcome.lower, method, names)
    if not packing.is_optimal:
        raise OptimumNotProvenError.of(packing, time_limit_s, too_large=outcome.too_large)
    return packing


def lower_bound(demands: Demands, capacity: Capacity) -> int:
    """Return a number of bins that no packing of these demands goes below.

    It is the bound L2 of Martello and Toth (1990), which is never below the sum of the demands over
    the capacity, rounded up; of vectors, the largest of their dimensions' bounds.

    Args:
        demands: as for `pack`.
        capacity: as for `pack`.

    Raises:
        DemandError: as of `pack`.
        CapacityError: as of `pack`.

    Example:
        Three demands of more than half a bin need three bins, though their sum is below two:

        >>> lower_bound([6, 6, 6], 10)
        3
    """
    return fewest_bins(read(demands, capacity))


def _share(loads: list[Number], capacity: Number) -> float:
    return math.fsum(load / capacity for load in loads) / len(loads) if loads else 0.0


def _packing(
    instance: Instance, bins: Bins, lower: int, method: str, names: tuple[str, ...]
) -> Packing:
    return Packing(
        bins=tuple(map(tuple, bins)),
        loads=instance.loads(bins),
        lower_bound=lower,
        method=method,
        capacity=instance.capacity,
        resources=names,
    )
