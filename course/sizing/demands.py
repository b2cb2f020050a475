"""Demands and a capacity, checked, and turned into whole numbers.

Rounding is dealt with here, once, so that no other module of packing meets it.
Every int, float and `Fraction` is a ratio of two whole numbers; over a common denominator the
demands of one dimension become whole numbers, and from there on all arithmetic is exact.
The limit of a bin, in those units, is

- the capacity, where every number of the dimension is an int or a `Fraction`;
- the capacity and a 10**-9 part of it, rounded down, where one of them is a float. Floats are
  mostly rounded before they come here: 0.1 + 0.2 is meant to fit in 0.3, and is larger by 10**-17.

That a demand fits, that a bin is not overfull and that a bound holds is meant with respect to
this limit, whatever the method.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from fractions import Fraction
from numbers import Integral, Real
from reprlib import repr as short
from typing import Any, TypeAlias

from course.sizing.errors import (
    AmountError,
    CapacityError,
    CapacityTypeError,
    DemandError,
    DemandTooLargeError,
    DemandTypeError,
)

__all__ = ["Amount", "Capacity", "Demands", "Instance", "Number", "names_of", "read"]

Number: TypeAlias = int | float | Fraction
# What a demand, a load or a capacity is: a number, or one number for each dimension.
Amount: TypeAlias = Number | tuple[Number, ...]

Demands: TypeAlias = Iterable[Number] | Iterable[Sequence[Number]]
Capacity: TypeAlias = Number | Sequence[Number]

_PLAIN = frozenset({int, float})
_TOLERANCE = 10**9
_MANY = 1000  # from here on it pays to load numpy


@dataclasses.dataclass(frozen=True)
class Instance:
    """A packing problem in whole numbers.

    Attributes:
        columns: for each dimension, the sizes of all demands.
        capacities: for each dimension, the capacity of a bin.
        limits: for each dimension, the most that a bin may hold: the capacity, or a little more.
        units: for each dimension, how many of its units make 1 of what was given.
        kinds: for each dimension, the widest type among its numbers: int, `Fraction`, then float.
        capacity: the capacity, as a number or as a tuple of numbers.
        names: for each dimension, what named tuples call it; empty where they are plain.
    """

    columns: tuple[list[int], ...]
    capacities: tuple[int, ...]
    limits: tuple[int, ...]
    units: tuple[int, ...]
    kinds: tuple[type[Number], ...]
    capacity: Amount
    names: tuple[str, ...] = dataclasses.field(default=(), repr=False)

    @property
    def count(self) -> int:
        """The number of demands."""
        return len(self.columns[0])

    @property
    def weights(self) -> tuple[int, ...]:
        """For each dimension, a whole number in proportion to 1 / capacity.

        Sizes times weights are shares of a bin, which can be compared across dimensions.
        """
        common = math.lcm(*self.capacities)
        return tuple(common // capacity for capacity in self.capacities)

    def vectors(self) -> list[tuple[int, ...]]:
        """Return the sizes demand by demand, each with one number for each dimension."""
        return list(zip(*self.columns, strict=True))

    def loads(self, bins: Sequence[Sequence[int]]) -> tuple[Amount, ...]:
        """Return what the demands of each bin come to, rounded once where it is a float."""
        columns = [
            [_as_given(sum([column[index] for index in tenants]), unit, kind) for tenants in bins]
            for column, unit, kind in zip(self.columns, self.units, self.kinds, strict=True)
        ]
        if isinstance(self.capacity, tuple):
            return tuple(zip(*columns, strict=True))
        return tuple(columns[0])


def read(demands: Demands, capacity: Capacity) -> Instance:
    """Check demands and a capacity, and return them in whole numbers.

    Args:
        demands: numbers, or sequences of one length. Any iterable; it is read once.
        capacity: a number, or a sequence of that length.

    Raises:
        DemandError: a demand is no number, is negative, not finite or larger than the capacity,
            or has other dimensions than the rest.
        CapacityError: the capacity is no number, is not above 0 or not finite, or has other
            dimensions than the demands.

    Example:
        >>> read([0.5, 0.25], 1)
        Instance(columns=([2, 1],), capacities=(4,), limits=(4,), units=(4,), \
kinds=(<class 'float'>,), capacity=1)
    """
    bin_size = _bin_size(capacity)
    sizes = bin_size if isinstance(bin_size, tuple) else (bin_size,)
    given = _listed(demands)
    names = _names(given, capacity)
    wholes = [_whole(*pair) for pair in zip(_columns(given, bin_size), sizes, strict=True)]
    columns, capacities, limits, units, kinds = zip(*wholes, strict=True)
    _check_that_each_fits(columns, limits, given, bin_size, names)
    return Instance(columns, capacities, limits, units, kinds, bin_size, names)


def names_of(resources: Sequence[str] | None, width: int) -> tuple[str, ...]:
    """Return the names of so many resources, as given or made up.

    Raises:
        AmountError: there are more or fewer names, or one is there twice.

    >>> names_of(None, 2)
    ('resource 0', 'resource 1')
    """
    if resources is None:
        return tuple(f"resource {number}" for number in range(width))
    names = tuple(resources)
    if isinstance(resources, str) or len(set(names)) != width or len(names) != width:
        raise AmountError(
            f"expected a different name for each of {width} resources, found {resources!r}",
            name="resources",
            value=resources,
        )
    return names


def _bin_size(capacity: object) -> Amount:
    """Return the capacity in plain numbers."""
    width = _width(capacity)
    if width == 0:
        raise CapacityError(
            "expected a capacity of at least one dimension, found none", capacity=capacity
        )
    values: Iterable[object] = [capacity] if width is None else capacity  # type: ignore[assignment]
    sizes = []
    for dimension, value in enumerate(values):
        where = "" if width is None else f" in dimension {dimension}"
        number = _number(value)
        if number is None:
            raise CapacityTypeError(
                "expected a capacity that is a number (int, float or Fraction) or a sequence of "
                f"numbers, found {short(value)}{where}",
                capacity=capacity,
            )
        if not 0 < number < math.inf:
            raise CapacityError(
                f"expected a capacity above 0 and finite, found {number}{where}", capacity=capacity
            )
        sizes.append(number)
    return sizes[0] if width is None else tuple(sizes)


def _listed(demands: object) -> list[Any]:
    if hasattr(demands, "tolist"):
        # The rows of an array of numpy are arrays; lists of plain numbers are read much faster.
        demands = demands.tolist()
    if isinstance(demands, Iterable) and not isinstance(demands, Mapping | Set | str | bytes):
        return list(demands)
    hint = ""
    if isinstance(demands, Mapping):
        hint = ". Pass its values(); bins hold their positions"
    elif isinstance(demands, Set):
        hint = ", which has no order. Pass a list; bins hold positions in it"
    raise DemandTypeError(
        f"expected a list or another iterable of demands, found {short(demands)}{hint}",
        demand=demands,
    )


def _names(given: list[Any], capacity: Capacity) -> tuple[str, ...]:
    """Return the names that named tuples give to the dimensions; none where they are plain.

    Demands of (cores, memory) against a capacity of (memory, cores) would be packed, wrongly.
    """
    names: tuple[str, ...] = getattr(capacity, "_fields", ())
    named = {kind: kind._fields for kind in set(map(type, given)) if hasattr(kind, "_fields")}
    for index, demand in enumerate(given if named else ()):
        fields = named.get(type(demand), names)
        names = names or fields
        if fields != names:
            raise DemandError(
                f"expected the dimensions ({', '.join(names)}) in every demand and in the "
                f"capacity, found ({', '.join(fields)}) in demand {index}",
                index=index,
                demand=demand,
            )
    return names


def _columns(given: list[Any], bin_size: Amount) -> Sequence[list[Number]]:
    """Return the demands dimension by dimension, in plain numbers."""
    columns = _plain_columns(given, bin_size)
    if columns is None:
        rows = [_row(given, index, bin_size) for index in range(len(given))]
        columns = [list(column) for column in zip(*rows, strict=True)]
    for dimension, column in enumerate(columns):
        wrong = next((i for i, value in enumerate(column) if not 0 <= value < math.inf), None)
        if wrong is not None:
            where = f" in dimension {dimension}" if isinstance(bin_size, tuple) else ""
            raise DemandError(
                "expected demands that are 0 or more and finite, found "
                f"{column[wrong]}{where} of demand {wrong}",
                index=wrong,
                demand=given[wrong],
            )
    return columns


def _plain_columns(given: list[Any], bin_size: Amount) -> list[list[Number]] | None:
    """Return what `_columns` does where nothing is unusual, or None; a tenth of the time."""
    if not isinstance(bin_size, tuple):
        return [given] if set(map(type, given)) <= _PLAIN else None
    if not given:
        return [[] for _ in bin_size]
    if not all(issubclass(kind, tuple | list) for kind in set(map(type, given))):
        return None
    if set(map(len, given)) != {len(bin_size)}:
        return None
    columns = [list(column) for column in zip(*given, strict=True)]
    return columns if all(set(map(type, column)) <= _PLAIN for column in columns) else None


def _row(given: list[Any], index: int, bin_size: Amount) -> tuple[Number, ...]:
    """Return one demand in plain numbers, one for each dimension."""
    demand = given[index]
    width = _width(demand)
    values = (demand,) if width is None else tuple(demand)
    numbers = [number for value in values if (number := _number(value)) is not None]
    if len(numbers) < len(values):
        hint = ""
        if dataclasses.is_dataclass(demand):
            hint = "; dataclasses.astuple() turns it into a sequence"
        raise DemandTypeError(
            "expected demands that are numbers (int, float or Fraction) or sequences of numbers, "
            f"found demand {index} = {short(demand)}{hint}",
            index=index,
            demand=demand,
        )
    if width == (len(bin_size) if isinstance(bin_size, tuple) else None):
        return tuple(numbers)
    if width != _width(given[0]):
        raise DemandError(
            "expected demands of the same dimensions, found "
            f"demand 0 = {short(given[0])} and demand {index} = {short(demand)}",
            index=index,
            demand=demand,
        )
    dimensions = "a number" if width is None else f"{width} numbers, one for each dimension"
    raise CapacityError(
        f"expected a capacity of {dimensions}, as demand {index} = {short(demand)} has, "
        f"found {short(bin_size)}",
        capacity=bin_size,
    )


def _whole(
    column: list[Number], size: Number
) -> tuple[list[int], int, int, int, type[int] | type[float] | type[Fraction]]:
    """Return sizes, capacity, limit, unit and kind of one dimension."""
    kinds = set(map(type, column)) | {type(size)}
    if kinds == {int}:
        return column, size, size, 1, int  # type: ignore[return-value]  # the line above says so
    if kinds <= _PLAIN and len(column) >= _MANY:
        scaled = _whole_floats(column, size)
        if scaled is not None:
            return scaled
    ratios = [value.as_integer_ratio() for value in column]
    above, below = size.as_integer_ratio()
    unit = math.lcm(below, *{denominator for _, denominator in ratios})
    sizes = [numerator * (unit // denominator) for numerator, denominator in ratios]
    capacity = above * (unit // below)
    if float not in kinds:
        return sizes, capacity, capacity, unit, Fraction
    return sizes, capacity, capacity + capacity // _TOLERANCE, unit, float


def _whole_floats(
    column: list[Number], size: Number
) -> tuple[list[int], int, int, int, type[float]] | None:
    """Return what `_whole` does of many floats, if 62 bits are enough for it; a tenth of the time.

    A float is a whole number of 53 bits times a power of two, so the unit is a power of two.
    """
    import numpy as np

    values = np.array([*column, size], dtype=np.float64)
    if any(type(value) is int and value > 2**53 for value in (size, *column)):
        return None  # not every such int is a float
    mantissas, exponents = np.frexp(values)
    digits = (mantissas * 2.0**53).astype(np.int64)
    zeros = np.frexp((digits & -digits).astype(np.float64))[1] - 1  # at the end of the digits
    used = digits != 0
    after_point = int(max(0, (53 - exponents - zeros)[used].max(initial=0)))
    if after_point + int(exponents[used].max(initial=0)) > 62:
        return None
    *sizes, capacity = np.ldexp(values, after_point).astype(np.int64).tolist()
    return sizes, capacity, capacity + capacity // _TOLERANCE, 2**after_point, float


def _check_that_each_fits(
    columns: Sequence[list[int]],
    limits: Sequence[int],
    given: list[Any],
    bin_size: Amount,
    names: tuple[str, ...],
) -> None:
    too_large = [
        (next(i for i, size in enumerate(column) if size > limit), dimension)
        for dimension, (column, limit) in enumerate(zip(columns, limits, strict=True))
        if max(column, default=0) > limit
    ]
    if not too_large:
        return
    index, dimension = min(too_large)
    demand = given[index]
    why = f"the capacity is {bin_size}"
    if isinstance(bin_size, tuple):
        name = f" ({names[dimension]})" if names else ""
        asked = tuple(demand)[dimension]
        why = f"it asks for {asked} in dimension {dimension}{name}, where the capacity is "
        why += f"{bin_size[dimension]}"
    raise DemandTooLargeError(
        f"demand {index} = {short(demand)} fits in no bin: {why}. "
        "Choose a larger host, or split the demand",
        index=index,
        demand=demand,
        dimension=dimension if isinstance(bin_size, tuple) else None,
        capacity=bin_size,
    )


def _width(value: object) -> int | None:
    """Return the length of what can be a vector, and None of everything else."""
    if isinstance(value, str | bytes | Mapping | Set) or not isinstance(value, Iterable):
        return None
    try:
        return len(value)  # type: ignore[arg-type]  # if it has no length, it is no vector
    except TypeError:
        return None


def _number(value: object) -> Number | None:
    """Return an int, a float or a `Fraction` of the same value, or None where there is none.

    Other libraries' numbers become Python's. True is not taken for 1: it is a mistake here.
    """
    if type(value) in _PLAIN or isinstance(value, Fraction):
        return value  # type: ignore[return-value]  # the line above says so
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def _as_given(amount: int, unit: int, kind: type[Number]) -> Number:
    if kind is int:
        return amount
    return Fraction(amount, unit) if kind is Fraction else amount / unit
