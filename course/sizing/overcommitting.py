"""Overcommitment: more promised on one host than it has, and how often that goes wrong.

>>> day, night = [4, 4, 1, 1], [1, 1, 4, 4]
>>> found = overcommit([day, night, day], capacity=8)
>>> found.ratio, found.share_of_time_over, found.worst_excess
(1.5, 0.5, 1.0)

Processor time can be overcommitted: who asks for too much gets it later. Memory cannot be given
later, so that running short of it stops somebody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from course.sizing.allocation import over, read_traces
from course.sizing.arrays import TOLERANCE
from course.sizing.errors import AmountError, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from course.sizing.arrays import Floats

__all__ = ["Overcommit", "overcommit", "overcommit_curve", "overcommit_for_risk"]

# The parts of a host in which independent demands are added up.
_PARTS = 1024
_MOST_PARTS = 4096
_FOURIER_NOISE = 1e-12


@dataclass(frozen=True)
class Overcommit:
    """What becomes of one host on which more is promised than it has.

    Attributes:
        tenants: how many are on it.
        booked: what was promised to them.
        capacity: what it has, in the unit of the traces.
        resource: what it is.
        totals: what they ask for together, step by step.
        probability_of_running_out: how likely they ask for too much at any moment if each is busy
            whenever it likes, by its own trace and independent of the others. Where the share of
            the time that they really are over is larger, their peaks come together.
    """

    tenants: int
    booked: float
    capacity: float
    resource: str
    totals: tuple[float, ...]
    probability_of_running_out: float

    @property
    def ratio(self) -> float:
        """What is promised, over what there is."""
        return self.booked / self.capacity

    @cached_property
    def _excess(self) -> Floats:
        totals = np.array(self.totals)
        return np.where(over(totals, self.capacity), totals - self.capacity, 0.0)

    @property
    def steps_over(self) -> int:
        """In how many steps they ask for more than there is."""
        return int((self._excess > 0).sum())

    @property
    def share_of_time_over(self) -> float:
        """In which share of the steps they ask for more than there is."""
        return self.steps_over / len(self.totals)

    @property
    def longest_over_steps(self) -> int:
        """The most steps in a row in which they ask for more than there is."""
        longest = current = 0
        for excess in self._excess:
            current = current + 1 if excess > 0 else 0
            longest = max(longest, current)
        return longest

    @property
    def worst_step(self) -> int:
        """The first of the steps in which they ask for most."""
        return int(np.argmax(self.totals))

    @property
    def worst_excess(self) -> float:
        """How much more than there is they ask for in the worst step; 0 if it is never more."""
        return float(self._excess.max())

    @property
    def mean_excess(self) -> float:
        """How much more than there is they ask for on average of the steps in which it is more."""
        return float(self._excess.sum() / self.steps_over) if self.steps_over else 0.0

    @property
    def utilisation(self) -> float:
        """The share of the host that is used on average; what is asked beyond it is not used."""
        return float(np.minimum(self.totals, self.capacity).mean() / self.capacity)

    @property
    def binding(self) -> str | None:
        """The resource, if it ever runs out; else None."""
        return self.resource if self.steps_over else None

    @property
    def reason(self) -> str:
        """What was promised and what came of it, in a sentence."""
        promised = (
            f"{self.tenants} tenants were promised {self.booked:,.4g} of {self.capacity:,.4g} "
            f"{self.resource}, {self.ratio:.2f} times what there is"
        )
        if not self.steps_over:
            return f"{promised}; they never asked for more than there is."
        return (
            f"{promised}; in {self.share_of_time_over:.2%} of the time they asked for more, at "
            f"worst for {self.worst_excess:,.4g} more than there is (step {self.worst_step})."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each step, for a chart."""
        return [
            {"step": step, "total": total, "capacity": self.capacity, "over": excess > 0}
            for step, (total, excess) in enumerate(
                zip(self.totals, self._excess.tolist(), strict=True)
            )
        ]


def overcommit(
    traces: ArrayLike,
    capacity: float,
    *,
    ratio: float | None = None,
    tenants: int | None = None,
    booked: Sequence[float] | None = None,
    resource: str = "cores",
) -> Overcommit:
    """Put tenants on one host, and tell how often they ask for more than it has.

    Args:
        traces: for each tenant what it asks for, step by step.
        capacity: what the host has, in the same unit.
        ratio: how many times its capacity may be promised. Tenants are taken in the order given,
            up to the first that would go beyond it.
        tenants: how many of the first tenants are taken; neither this nor `ratio`: all.
        booked: what was promised to each tenant; None: the peak of its trace.
        resource: what it is, for the sentence.

    Raises:
        AmountError: a number is none, negative or not finite, traces differ in length, both `ratio`
            and `tenants` are given, or not one tenant is to be taken.
    """
    demands, promised = _read(traces, capacity, booked)
    if ratio is not None and tenants is not None:
        raise AmountError("expected ratio or tenants, found both", name="ratio", value=ratio)
    taken = len(demands)
    if ratio is not None:
        require("ratio", ratio, above=0)
        taken = int((np.cumsum(promised) <= ratio * capacity * (1 + TOLERANCE)).sum())
    if tenants is not None:
        require("tenants", tenants, at_least=1, at_most=len(demands), whole=True)
        taken = tenants
    return _of(demands[:taken], promised[:taken], capacity, resource)


def overcommit_for_risk(
    traces: ArrayLike,
    capacity: float,
    risk: float,
    *,
    booked: Sequence[float] | None = None,
    resource: str = "cores",
) -> Overcommit:
    """Put as many tenants on one host as a risk allows.

    Tenants are taken in the order given. With each more, the share of the steps in which they ask
    for too much can only rise, and the last number is taken with which it is not above the risk.

    Args:
        traces: as for `overcommit`.
        capacity: as for `overcommit`.
        risk: the share of the steps, from 0 to 1, in which they may ask for too much.
        booked: as for `overcommit`.
        resource: as for `overcommit`.

    Raises:
        AmountError: as of `overcommit`; or the first tenant alone is too much.

    >>> overcommit_for_risk([[4, 4, 1, 1], [1, 1, 4, 4], [4, 4, 1, 1]], 8, risk=0.1).tenants
    2
    """
    demands, promised = _read(traces, capacity, booked)
    require("risk", risk, at_most=1)
    risks = _risks(demands, capacity)
    taken = int((risks <= risk + TOLERANCE).sum())
    if not taken:
        raise AmountError(
            f"expected a risk that allows at least one tenant, found {risk:g}: the first one alone "
            f"asks for more than {capacity:g} in {risks[0]:.2%} of the steps",
            name="risk",
            value=risk,
        )
    return _of(demands[:taken], promised[:taken], capacity, resource)


def overcommit_curve(
    traces: ArrayLike, capacity: float, *, booked: Sequence[float] | None = None
) -> list[dict[str, Any]]:
    """Return what each further tenant on one host means, as rows for a chart.

    Args:
        traces: as for `overcommit`.
        capacity: as for `overcommit`.
        booked: as for `overcommit`.

    Returns:
        Rows with `tenants`, `ratio`, `risk` and `worst_excess`, from one tenant to all.
    """
    demands, promised = _read(traces, capacity, booked)
    ratios = np.cumsum(promised) / capacity
    worst = np.cumsum(demands, axis=0).max(axis=1) - capacity
    return [
        {"tenants": tenants, "ratio": ratio, "risk": share, "worst_excess": max(0.0, excess)}
        for tenants, (ratio, share, excess) in enumerate(
            zip(
                ratios.tolist(),
                _risks(demands, capacity).tolist(),
                worst.tolist(),
                strict=True,
            ),
            1,
        )
    ]


def _read(
    traces: ArrayLike, capacity: float, booked: Sequence[float] | None
) -> tuple[Floats, Floats]:
    demands = read_traces(traces)
    require("capacity", capacity, above=0)
    if booked is None:
        return demands, demands.max(axis=1)
    promised = np.array(booked, dtype=np.float64)
    if promised.shape != (len(demands),) or not (promised >= 0).all():
        raise AmountError(
            f"expected a booking of 0 or more for each of {len(demands)} tenants, found {booked!r}",
            name="booked",
            value=booked,
        )
    return demands, promised


def _risks(demands: Floats, capacity: float) -> Floats:
    """Return the risk of the first tenant, of the first two, and so on."""
    shares: Floats = over(np.cumsum(demands, axis=0), capacity).mean(axis=1)
    return shares


def _of(demands: Floats, promised: Floats, capacity: float, resource: str) -> Overcommit:
    if not len(demands):
        raise AmountError(
            "expected a ratio that admits at least one tenant, found one that admits none",
            name="ratio",
        )
    return Overcommit(
        tenants=len(demands),
        booked=float(promised.sum()),
        capacity=capacity,
        resource=resource,
        totals=tuple(demands.sum(axis=0).tolist()),
        probability_of_running_out=_independent(demands, capacity),
    )


def _independent(demands: Floats, capacity: float) -> float:
    """Return how likely the sum of independent demands exceeds a capacity.

    Distributions are added by multiplying their Fourier transforms, in whole parts. Demands are
    rounded down to these, and what that takes away on average is taken off the capacity as well:
    demands that are whole numbers of tenths or hundredths come out exactly, and n others about
    sqrt(n) / 3 parts of 1024 off.
    """
    part = _part(demands, capacity)
    places = demands / part
    parts = np.floor(places + 1e-6).astype(int)
    lost = float((places - parts).mean(axis=1).sum())
    size = 1 << int(parts.max(axis=1).sum() + 1).bit_length()
    transform = np.ones(size // 2 + 1, dtype=np.complex128)
    for row in parts:
        transform *= np.fft.rfft(np.bincount(row, minlength=size) / len(row))
    likely = np.fft.irfft(transform, size)
    most = math.floor(capacity / part - lost + 1e-6)
    above = float(likely[most + 1 :].sum())
    return min(1.0, above) if above > _FOURIER_NOISE else 0.0


def _part(demands: Floats, capacity: float) -> float:
    """Return the unit in which demands are added up: one of which all are whole, if there is."""
    for part in (1, 0.1, 0.01):
        places = demands / part
        if capacity / part <= _MOST_PARTS and np.abs(places - np.rint(places)).max() < 1e-6:
            return part
    return capacity / _PARTS
