"""Tenants of one host over a day: what each has bought, and what each keeps busy.

- `Tenant`: one of them
- `draw_tenants`: several, with a day's shape, bursts of their own, and other peaks

Busy cores come in sixteenths, which Python adds up exactly: whether a sum is above a capacity never
depends on the order in which it was added up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MINUTES_PER_STEP", "STEPS", "Tenant", "draw_tenants"]

MINUTES_PER_STEP = 10
STEPS = 24 * 60 // MINUTES_PER_STEP
_SIXTEENTH = 16


@dataclass(frozen=True)
class Tenant:
    """One tenant.

    Attributes:
        name: what it is called.
        bought_cores: the cores that it has paid for, and never exceeds.
        busy_cores: the cores that it keeps busy, one number for each ten minutes of a day.
    """

    name: str
    bought_cores: int
    busy_cores: tuple[float, ...]


def draw_tenants(draw: Draw, count: int) -> tuple[Tenant, ...]:
    """Return tenants in the order in which they came.

    Args:
        draw: the learner's draws.
        count: how many.
    """
    return tuple(_tenant(draw, f"t{number:02}") for number in range(1, count + 1))


def _tenant(draw: Draw, name: str) -> Tenant:
    bought = draw.choice((2, 4, 4, 8))
    busiest_hour, width_hours = draw.fraction(8, 21), draw.fraction(2, 5)
    quiet, busy = draw.fraction(0.03, 0.12), draw.fraction(0.15, 0.4)
    shares = [quiet + busy * _hill(step, busiest_hour, width_hours) for step in range(STEPS)]
    # Most bursts come while a tenant is awake; some are jobs of the night. Not even a burst takes
    # all that was bought, so that a peak and what was bought are told apart.
    for _ in range(draw.integer(3, 7)):
        hour = draw.fraction(0, 24) if draw.fraction(0, 1) < 0.3 else busiest_hour
        middle = int((hour + draw.fraction(-4, 4)) % 24 * 60 / MINUTES_PER_STEP)
        height, length = draw.fraction(0.35, 0.7), draw.integer(2, 6)
        for step in range(middle, middle + length):
            shares[step % STEPS] = max(shares[step % STEPS], height)
    sixteenths = (
        round(_SIXTEENTH * bought * share * draw.fraction(0.75, 1.25)) for share in shares
    )
    busy_cores = tuple(min(float(bought), max(1, count) / _SIXTEENTH) for count in sixteenths)
    return Tenant(name, bought, busy_cores)


def _hill(step: int, busiest_hour: float, width_hours: float) -> float:
    """Return the height of a bell over the day at a step, from 0 to 1."""
    hour = step * MINUTES_PER_STEP / 60
    away = min(abs(hour - busiest_hour), 24 - abs(hour - busiest_hour))
    return math.exp(-((away / width_hours) ** 2))
