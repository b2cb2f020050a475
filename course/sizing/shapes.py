"""Fixed sizes against exact ones: what is lost by rounding up.

A cloud sells machines in a few sizes; a container gets the limits that are asked for.

>>> waste([3, 5, 8]).more
(0.25,)
>>> fitting_size((3, 4), {"small": (2, 8), "medium": (4, 16), "large": (8, 32)})
'medium'
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from course.sizing.arrays import TOLERANCE, table
from course.sizing.demands import names_of
from course.sizing.errors import AmountError, require

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from course.sizing.arrays import Floats

__all__ = ["Sizes", "Waste", "fitting_size", "powers_of_two", "rounded", "waste"]

# None for powers of two, the steps of each resource by itself, or whole machines by their name.
Sizes: TypeAlias = Sequence[float] | Mapping[str, Sequence[float]] | None


@dataclass(frozen=True)
class Waste:
    """What was asked for, and what had to be given.

    Attributes:
        asked: the sum of the demands, resource by resource.
        given: the sum of the sizes that they got.
        each: the size that each demand got.
        resources: the names of the resources.
    """

    asked: tuple[float, ...]
    given: tuple[float, ...]
    each: tuple[tuple[float, ...], ...]
    resources: tuple[str, ...]

    @property
    def more(self) -> tuple[float, ...]:
        """By which share of what was asked more is given."""
        return tuple(
            given / asked - 1 if asked else 0.0
            for given, asked in zip(self.given, self.asked, strict=True)
        )

    @property
    def share(self) -> tuple[float, ...]:
        """Which share of what is given was not asked for."""
        return tuple(
            1 - asked / given if given else 0.0
            for given, asked in zip(self.given, self.asked, strict=True)
        )

    @property
    def binding(self) -> str:
        """The resource of which the largest share is wasted."""
        return self.resources[self.share.index(max(self.share))]

    @property
    def reason(self) -> str:
        """What is wasted, in a sentence."""
        worst = self.resources.index(self.binding)
        return (
            f"{len(self.each):,} demands for {self.asked[worst]:,.4g} {self.binding} are given "
            f"{self.given[worst]:,.4g}, which is {self.more[worst]:.0%} more than was asked: each "
            "gets the next larger size."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each resource, for a chart."""
        rows = zip(self.resources, self.asked, self.given, self.more, self.share, strict=True)
        return [
            {
                "resource": name,
                "asked": asked,
                "given": given,
                "wasted": given - asked,
                "more": more,
                "share": share,
            }
            for name, asked, given, more, share in rows
        ]


def powers_of_two(least: float, most: float) -> tuple[float, ...]:
    """Return the powers of two from one number to another.

    Raises:
        AmountError: a number is not above 0, or `most` is below `least`.

    >>> powers_of_two(0.5, 5)
    (0.5, 1.0, 2.0, 4.0)
    """
    require("least", least, above=0)
    require("most", most, at_least=least)
    first, last = math.ceil(math.log2(least)), math.floor(math.log2(most))
    return tuple(2.0**exponent for exponent in range(first, last + 1))


def rounded(demand: Any, sizes: Sequence[float] | None = None) -> float | tuple[float, ...]:
    """Return the size that a demand gets: the next larger one, for each resource by itself.

    Args:
        demand: a number of 0 or more, or one number for each resource.
        sizes: the sizes that there are; None: powers of two, and 0 for 0.

    Raises:
        AmountError: a number is none, negative or not finite, or above all sizes.

    >>> rounded(5), rounded(0.3), rounded((3, 17), sizes=(1, 4, 20))
    (8.0, 0.5, (4.0, 20.0))
    """
    vector = isinstance(demand, Sequence | np.ndarray)
    numbers = table("demands", [demand], "demand", "resource")
    found = _rounded(numbers, sizes)[0].tolist()
    return tuple(found) if vector else float(found[0])


def fitting_size(demand: Sequence[float], sizes: Mapping[str, Sequence[float]]) -> str:
    """Return the smallest of some machines that holds a demand in all resources.

    Machines are compared by the sum of their shares of the largest that there is; of equal ones,
    the first given is taken.

    Args:
        demand: one number for each resource.
        sizes: the machines by their names, each with one number for each resource.

    Raises:
        AmountError: a number is none, negative or not finite, or no machine holds the demand.
    """
    names, machines = _machines(sizes)
    return names[int(_smallest(table("demand", [demand], "demand", "resource"), machines)[0])]


def waste(
    demands: ArrayLike, sizes: Sizes = None, *, resources: Sequence[str] | None = None
) -> Waste:
    """Return what is lost if demands are rounded up to sizes.

    Args:
        demands: a number, or one number for each resource, for each tenant.
        sizes: None: powers of two, for each resource by itself; numbers: these sizes instead; a
            mapping from names to machines: the smallest machine that holds a demand in all
            resources.
        resources: names for the resources.

    Raises:
        AmountError: a number is none, negative or not finite, there are no demands, or one is above
            all sizes.

    Example:
        >>> waste([(1, 8), (2, 2)], {"S": (1, 4), "M": (2, 8)}, resources=("cores", "GiB")).given
        (4.0, 16.0)
    """
    asked = table("demands", demands, "demand", "resource")
    if not asked.size:
        raise AmountError("expected at least one demand, found none", name="demands", value=demands)
    if isinstance(sizes, Mapping):
        machines = _machines(sizes)[1]
        given = machines[_smallest(asked, machines)]
    else:
        given = _rounded(asked, sizes)
    return Waste(
        asked=tuple(asked.sum(axis=0).tolist()),
        given=tuple(given.sum(axis=0).tolist()),
        each=tuple(map(tuple, given.tolist())),
        resources=names_of(resources, asked.shape[1]),
    )


def _rounded(numbers: Floats, sizes: Sequence[float] | None) -> Floats:
    if sizes is None:
        fractions, exponents = np.frexp(numbers)  # a fraction from 1/2 to below 1
        powers: Floats = np.ldexp(1.0, np.where(fractions == 0.5, exponents - 1, exponents))
        return np.where(numbers == 0, 0.0, powers)
    steps = np.sort(table("sizes", sizes, "size", "number").reshape(-1))
    if not steps.size:
        raise AmountError("expected at least one size, found none", name="sizes", value=sizes)
    places = np.searchsorted(steps * (1 + TOLERANCE), numbers)
    if (places == len(steps)).any():
        raise AmountError(
            f"expected demands of at most the largest size, {steps[-1]:g}, found "
            f"{numbers.max():g}. Offer a larger size",
            name="demands",
            value=float(numbers.max()),
        )
    return np.asarray(steps[places])


def _machines(sizes: Mapping[str, Sequence[float]]) -> tuple[list[str], Floats]:
    machines = table("sizes", list(sizes.values()), "machine", "resource")
    if not machines.size:
        raise AmountError("expected at least one machine, found none", name="sizes", value=sizes)
    return list(sizes), machines


def _smallest(asked: Floats, machines: Floats) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return for each demand the smallest machine that holds it."""
    if asked.shape[1] != machines.shape[1]:
        raise AmountError(
            "expected as many resources in a demand as in a machine, found "
            f"{asked.shape[1]} and {machines.shape[1]}",
            name="sizes",
        )
    most = machines.max(axis=0)
    shares = np.divide(machines, most, out=np.zeros_like(machines), where=most > 0).sum(axis=1)
    chosen = np.full(len(asked), -1)
    for machine in np.argsort(shares, kind="stable"):
        fits = (asked <= machines[machine] * (1 + TOLERANCE)).all(axis=1)
        chosen[fits & (chosen < 0)] = machine
    if (chosen < 0).any():
        index = int(np.argmin(chosen))
        demand = ", ".join(f"{part:g}" for part in asked[index])
        raise AmountError(
            f"expected demands that one of the machines holds, found demand {index} = ({demand}). "
            "Offer a larger machine",
            name="demands",
            value=index,
        )
    return chosen
