"""Afternoons of a service: a swelling load, with links that bring many at once.

- `Afternoon`: what the afternoons of one learner have in common
- `draw_afternoon`: one of them

A policy is tuned with afternoons that are shown and judged by others of the same kind, so both are
drawn here. The shapes are invented.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["DURATION_S", "STEP_S", "Afternoon", "draw_afternoon"]

#: How long an afternoon is, and the time between two values of its load, in seconds.
DURATION_S, STEP_S = 4 * 3600, 15


@dataclass(frozen=True)
class Afternoon:
    """What the afternoons of one learner have in common.

    Attributes:
        quiet_per_s: requests a second in quiet times.
        swell: by which factor the load is higher in the middle of the afternoon.
        links: how many links bring many at once.
    """

    quiet_per_s: int
    swell: float = 1.6
    links: int = 3


def draw_afternoon(draw: Draw, afternoon: Afternoon) -> tuple[float, ...]:
    """Return one afternoon's load, a value for each step, in requests a second.

    Args:
        draw: where chance comes from.
        afternoon: what it has in common with others.
    """
    part_s = DURATION_S / afternoon.links
    links = []
    for number in range(afternoon.links):
        begins_s = part_s * number + draw.fraction(0.1, 0.45) * part_s
        ramp_s = draw.fraction(90, 240)
        lasts_s = draw.fraction(300, 1200)
        height = afternoon.quiet_per_s * draw.fraction(1.2, 2.4)
        links.append((begins_s, ramp_s, lasts_s, height))
    values = []
    for now in range(0, DURATION_S, STEP_S):
        swell = 1 + (afternoon.swell - 1) * math.sin(math.pi * now / DURATION_S) ** 2
        value = afternoon.quiet_per_s * swell
        for begins_s, ramp_s, lasts_s, height in links:
            risen = min(max((now - begins_s) / ramp_s, 0.0), 1.0)
            # Readers leave more slowly than they come.
            gone = min(max((now - begins_s - ramp_s - lasts_s) / (4 * ramp_s), 0.0), 1.0)
            value += height * (risen - gone)
        values.append(round(value * draw.fraction(0.97, 1.03), 1))
    return tuple(values)
