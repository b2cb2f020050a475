"""What goes wrong with a table of measurements.

::

    MixedAcceleratorsError (a ValueError)   figures of unlike processors would be compared
    UnknownNameError (a LookupError)        a technology, a quantity or the like that there is not
    TableFileError (a ValueError)           a recorded table that cannot be read

A message says what was expected, what was found and what to try.
"""

from __future__ import annotations

__all__ = ["MixedAcceleratorsError", "TableFileError", "UnknownNameError"]


class MixedAcceleratorsError(ValueError):
    """Report figures that were measured on unlike processors and would be mixed or compared.

    Attributes:
        found: what would be mixed, such as ``("native", "tcg")``.
    """

    def __init__(self, message: str, found: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.found = found


class UnknownNameError(LookupError):
    """Report a name that a table does not know.

    Attributes:
        name: the name.
        known: the names that there are.
    """

    def __init__(self, kind: str, name: object, known: tuple[str, ...]) -> None:
        listed = ", ".join(repr(one) for one in known) or "none"
        super().__init__(f"expected a {kind} of the table, found {name!r}. There are: {listed}.")
        self.name = name
        self.known = known


class TableFileError(ValueError):
    """Report a file that holds no table of measurements, or another one than was expected."""
