"""Tables of numbers, checked, as numpy arrays."""

from __future__ import annotations

from reprlib import repr as short
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from course.sizing.errors import AmountError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["TOLERANCE", "table"]

# Floats are mostly rounded before they come here: 0.1 + 0.2 is meant to fit in 0.3. A sum may be
# above a limit by so large a share of it, as in `course.sizing.demands`.
TOLERANCE = 1e-9


def table(name: str, values: ArrayLike, row: str, column: str, *, flat: bool = True) -> Floats:
    """Return rows of numbers as an array of two dimensions.

    Args:
        name: what the numbers are, for the messages.
        values: rows of equal length, or plain numbers: then each is a row of one.
        row: what a row is, for the messages.
        column: what a number in a row is.
        flat: whether plain numbers are accepted.

    Raises:
        AmountError: the rows are of unequal length, or a number is none, negative or not finite.

    Example:
        >>> table("traces", [[1, 2], [3, float("nan")]], "tenant", "step")
        Traceback (most recent call last):
        course.sizing.errors.AmountError: expected traces that are numbers of 0 or more and \
finite, found nan for tenant 1, step 1
    """
    try:
        given = np.array(values)
    except ValueError:  # numpy's word for rows of unequal length
        given = np.array(None)
    if given.ndim == 1 and (flat or not given.size):
        given = given.reshape(-1, 1)
    if given.ndim != 2 or given.dtype.kind not in "iuf":
        if given.size == 0 and given.ndim == 2:
            return np.zeros(given.shape)
        raise AmountError(
            f"expected {name} to be one row of numbers for each {row}, all of one length, "
            f"found {short(values)}",
            name=name,
            value=values,
        )
    numbers = given.astype(np.float64)
    wrong = np.argwhere(~(numbers >= 0) | np.isinf(numbers))
    if len(wrong):
        at, place = map(int, wrong[0])
        raise AmountError(
            f"expected {name} that are numbers of 0 or more and finite, found "
            f"{numbers[at, place]:g} for {row} {at}, {column} {place}",
            name=name,
            value=values,
        )
    return numbers
