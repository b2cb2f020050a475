"""The errors of simulation.

::

    SimulationError (a ValueError)
    ├── ParameterError        a number that a model cannot use
    ├── UnknownNameError      a technique, technology or method that there is not
    ├── InstructionError      an instruction, or a program, that the toy machine does not have
    ├── AssemblyError         a line of a program that cannot be read; carries the line
    ├── StepLimitError (also a TimeoutError)   a program did not end
    └── ConservationError     a model has lost or made something: a fault of the model
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AssemblyError",
    "ConservationError",
    "InstructionError",
    "ParameterError",
    "SimulationError",
    "StepLimitError",
    "UnknownNameError",
    "require",
]


class SimulationError(ValueError):
    """Tell apart the errors of simulation from all others."""


class ParameterError(SimulationError):
    """Report a number that a model cannot use.

    Attributes:
        name: the parameter.
        value: as given.
    """

    def __init__(self, message: str, *, name: str = "", value: object = None) -> None:
        super().__init__(message)
        self.name = name
        self.value = value


class UnknownNameError(SimulationError):
    """Report a name that there is not, with the one that may have been meant.

    Args:
        what: what the name is of.
        name: as given.
        names: the names that there are.

    Attributes:
        name: as given.
        names: the names that there are.
        near: the name that resembles the one given, or None.

    Example:
        >>> print(UnknownNameError("technique", "trap", ("direct", "trap-and-emulate")))
        expected a technique, found 'trap'. Did you mean 'trap-and-emulate'? \
There are: direct, trap-and-emulate.
    """

    def __init__(self, what: str, name: object, names: Iterable[str]) -> None:
        super().__init__(what, name, names)
        self.what = what
        self.name = name
        self.names = tuple(names)
        from difflib import get_close_matches  # only a mistake needs it

        spelling = "-".join(str(name).casefold().replace("_", " ").replace("-", " ").split())
        begun = [known for known in self.names if spelling and known.startswith(spelling)]
        self.near = next(iter(begun or get_close_matches(spelling, self.names, n=1)), None)

    def __str__(self) -> str:
        meant = f" Did you mean {self.near!r}?" if self.near else ""
        return (
            f"expected a {self.what}, found {self.name!r}.{meant} "
            f"There are: {', '.join(self.names)}."
        )


class InstructionError(SimulationError):
    """Report an instruction or a program that the toy machine does not have."""


class AssemblyError(SimulationError):
    """Report a line of a program that cannot be read.

    Attributes:
        line: the number of the line, from 1 on.
        text: the line as given.
    """

    def __init__(self, message: str, *, line: int, text: str) -> None:
        super().__init__(f"line {line}: {message}, in {text.strip()!r}")
        self.line = line
        self.text = text


class StepLimitError(SimulationError, TimeoutError):
    """Report that a program did not end within so many steps.

    Attributes:
        max_steps: how many steps were allowed.
    """

    def __init__(self, max_steps: int) -> None:
        super().__init__(
            f"expected a program that ends within {max_steps:,} steps, and it was still running. "
            "Does the register of each `jump` reach 0? If it only takes long, allow more with "
            "max_steps"
        )
        self.max_steps = max_steps


class ConservationError(SimulationError):
    """Report that a model has broken a law which it must keep: the fault is the model's."""


def require(
    name: str,
    value: object,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float = math.inf,
    whole: bool = False,
) -> None:
    """Refuse a number that a model cannot use.

    Args:
        name: the parameter, for the message.
        value: what was given for it.
        at_least: the smallest number that can be used.
        above: what the number must exceed.
        at_most: the largest number that can be used.
        whole: whether it must be a whole number.

    Raises:
        ParameterError: it is no finite number, or lies outside of these bounds.

    Example:
        >>> require("share", 1.5, at_least=0, at_most=1)
        Traceback (most recent call last):
        course.simulation.errors.ParameterError: expected share to be a number of at least 0 and \
at most 1, found 1.5
    """
    bounds = [f"at least {at_least:g}"] if at_least is not None else []
    bounds += [f"more than {above:g}"] if above is not None else []
    bounds += [f"at most {at_most:g}"] if at_most != math.inf else []
    right_kind = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if (
        not right_kind
        or not math.isfinite(value)  # type: ignore[arg-type]  # a number, as was just asked
        or (at_least is not None and value < at_least)  # type: ignore[operator]
        or (above is not None and value <= above)  # type: ignore[operator]
        or value > at_most  # type: ignore[operator]
    ):
        kind = "a whole number" if whole else "a number"
        of = f" of {' and '.join(bounds)}" if bounds else ""
        raise ParameterError(
            f"expected {name} to be {kind}{of}, found {value!r}", name=name, value=value
        )
