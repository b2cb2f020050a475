"""The errors of sizing.

::

    SizingError (a ValueError)
    ├── AmountError                                  a number, or numbers, that cannot be used
    ├── UnknownTechnologyError                       a technology that there is not
    └── PackingError                                 what goes wrong in packing and placing
        ├── DemandError                              a demand that cannot be used
        │   ├── DemandTypeError (also a TypeError)   it is no number and no sequence of numbers
        │   └── DemandTooLargeError                  it fits in no bin
        ├── CapacityError                            a capacity that cannot be used
        │   └── CapacityTypeError (also a TypeError)
        ├── UnknownMethodError                       a method that there is not
        ├── TimeLimitError                           a time limit that is no time
        └── OptimumNotProvenError (also a TimeoutError)   carries the best packing found

Where OR-Tools is needed and not installed, the error is Python's `ImportError`.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from course.sizing.packing import Packing

__all__ = [
    "AmountError",
    "CapacityError",
    "CapacityTypeError",
    "DemandError",
    "DemandTooLargeError",
    "DemandTypeError",
    "OptimumNotProvenError",
    "PackingError",
    "SizingError",
    "TimeLimitError",
    "UnknownMethodError",
    "UnknownTechnologyError",
    "require",
]


class SizingError(ValueError):
    """Tell apart the errors of sizing from all others."""


class AmountError(SizingError):
    """Report a number, or numbers, that cannot be used.

    Attributes:
        name: what it was given for.
        value: as given.
    """

    def __init__(self, message: str, *, name: str = "", value: object = None) -> None:
        super().__init__(message)
        self.name = name
        self.value = value


class UnknownTechnologyError(SizingError):
    """Report a technology that there is not, with the one that may have been meant.

    Args:
        name: what was asked for.
        names: the technologies that there are.

    Attributes:
        name: as given.
        names: as given.
        near: the technology that resembles the one asked for, or None.

    Example:
        >>> print(UnknownTechnologyError("Fire Cracker", ("container", "firecracker")))
        expected a technology, found 'Fire Cracker'. Did you mean 'firecracker'? \
There are: container, firecracker.
    """

    def __init__(self, name: object, names: Iterable[str]) -> None:
        super().__init__(name)
        self.name = name
        self.names = tuple(names)
        from difflib import get_close_matches  # only a mistake needs it

        self.near = next(iter(get_close_matches(str(name).casefold(), self.names, n=1)), None)

    def __str__(self) -> str:
        meant = f" Did you mean {self.near!r}?" if self.near else ""
        return (
            f"expected a technology, found {self.name!r}.{meant} "
            f"There are: {', '.join(self.names)}."
        )


def require(
    name: str,
    value: Any,
    *,
    at_least: float = 0,
    above: float | None = None,
    at_most: float = math.inf,
    whole: bool = False,
) -> None:
    """Refuse a number that cannot be used.

    Args:
        name: what it is given for.
        value: what was given.
        at_least: the smallest number that can be used.
        above: what the number must exceed.
        at_most: the largest number that can be used.
        whole: whether it must be a whole number.

    Raises:
        AmountError: it is no finite number, or lies outside of these bounds.

    Example:
        >>> require("years", 0, above=0)
        Traceback (most recent call last):
        course.sizing.errors.AmountError: expected years to be a number above 0, found 0
    """
    number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    # No comparison with NaN is true.
    if not (
        number
        and at_least <= value <= at_most
        and value < math.inf
        and (above is None or value > above)
    ):
        bound = f"of at least {at_least:g}" if above is None else f"above {above:g}"
        bound += "" if at_most == math.inf else f" and at most {at_most:g}"
        noun = "a whole number" if whole else "a number"
        raise AmountError(
            f"expected {name} to be {noun} {bound}, found {value!r}", name=name, value=value
        )


class PackingError(SizingError):
    """Tell apart the errors of packing from all others."""


class DemandError(PackingError):
    """Report a demand that cannot be used.

    Attributes:
        index: which of the demands, from 0 on; None where it is all of them.
        demand: the demand as given.
    """

    def __init__(self, message: str, *, index: int | None = None, demand: object = None) -> None:
        super().__init__(message)
        self.index = index
        self.demand = demand


class DemandTypeError(DemandError, TypeError):
    """Report a demand that is neither a number nor a sequence of numbers."""


class DemandTooLargeError(DemandError):
    """Report a demand that is larger than a whole bin.

    Attributes:
        dimension: the first dimension in which it is too large; None where demands are numbers.
        capacity: the capacity of a bin, as given.
    """

    def __init__(
        self,
        message: str,
        *,
        index: int | None = None,
        demand: object = None,
        dimension: int | None = None,
        capacity: object = None,
    ) -> None:
        super().__init__(message, index=index, demand=demand)
        self.dimension = dimension
        self.capacity = capacity


class CapacityError(PackingError):
    """Report a capacity that cannot be used.

    Attributes:
        capacity: the capacity as given.
    """

    def __init__(self, message: str, *, capacity: object = None) -> None:
        super().__init__(message)
        self.capacity = capacity


class CapacityTypeError(CapacityError, TypeError):
    """Report a capacity that is neither a number nor a sequence of numbers."""


class UnknownMethodError(PackingError):
    """Report a method that there is not, with the one that may have been meant.

    Args:
        method: what was asked for.
        methods: the methods that there are.

    Attributes:
        method: as given.
        methods: as given.
        near: the method that resembles the one asked for, or None.

    Example:
        >>> error = UnknownMethodError("first fit", ("first_fit", "exact"))
        >>> error.near
        'first_fit'
        >>> print(error)
        expected a method of packing, found 'first fit'. Did you mean 'first_fit'? \
There are: first_fit, exact.
    """

    def __init__(self, method: object, methods: tuple[str, ...]) -> None:
        super().__init__(method, methods)
        self.method = method
        self.methods = methods
        from difflib import get_close_matches  # only a mistake needs it

        spelling = "_".join(str(method).casefold().replace("-", " ").replace("_", " ").split())
        abbreviated = {"".join(word[0] for word in m.split("_")): m for m in methods}
        alike = get_close_matches(spelling, methods, n=1)
        self.near = abbreviated.get(spelling) or next(iter(alike), None)

    def __str__(self) -> str:
        meant = f" Did you mean {self.near!r}?" if self.near else ""
        return (
            f"expected a method of packing, found {self.method!r}.{meant} "
            f"There are: {', '.join(self.methods)}."
        )


class TimeLimitError(PackingError):
    """Report a time limit that is not a positive number of seconds.

    Attributes:
        time_limit_s: as given.
    """

    def __init__(self, message: str, *, time_limit_s: object = None) -> None:
        super().__init__(message)
        self.time_limit_s = time_limit_s


class OptimumNotProvenError(PackingError, TimeoutError):
    """Report that no packing was proven to be optimal, in the time allowed or at all.

    Attributes:
        packing: the best packing found. It is valid; its `lower_bound` is what has been proven.
        time_limit_s: the time that was allowed, in seconds.
    """

    packing: Packing
    time_limit_s: float

    def __init__(self, message: str) -> None:
        super().__init__(message)

    @classmethod
    def of(
        cls, packing: Packing, time_limit_s: float, *, too_large: bool = False
    ) -> OptimumNotProvenError:
        """Make the error from what was reached.

        Args:
            packing: the best packing found.
            time_limit_s: the time that was allowed, in seconds.
            too_large: whether there are too many demands of different sizes for the solver.
        """
        why, more_time = f"within {time_limit_s:g} s", "Allow more with time_limit_s, round"
        if too_large:
            why, more_time = "as there are too many demands of different sizes for it", "Round"
        error = cls(
            f"no packing was proven to be optimal {why}: the best one found has {packing.count} "
            f"bins, and none has fewer than {packing.lower_bound}. {more_time} demands up so that "
            "fewer of them differ, or take the best one, which is .packing of this error"
        )
        error.packing = packing
        error.time_limit_s = time_limit_s
        return error
