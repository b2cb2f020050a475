"""The errors of packing.

::

    PackingError (a ValueError)
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

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.sizing.packing import Packing

__all__ = [
    "CapacityError",
    "CapacityTypeError",
    "DemandError",
    "DemandTooLargeError",
    "DemandTypeError",
    "OptimumNotProvenError",
    "PackingError",
    "TimeLimitError",
    "UnknownMethodError",
]


class PackingError(ValueError):
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
