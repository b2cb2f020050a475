"""An autoscaler, look by look: what lesson 07 has its learners follow with a pencil.

- `Looks`: the figures of a few looks
- `follow`: how many replicas there are after each, by the rules or with one of them forgotten
- `draw_looks`: looks in which each rule decides at least once

The rules are those of Kubernetes' HorizontalPodAutoscaler; `course.simulation.Autoscaler` has all
of them. Here a replica that is wished for is there at the next look.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["FORGOTTEN", "Looks", "draw_looks", "follow"]

#: What can be forgotten of the rules.
FORGOTTEN = ("window", "tolerance", "rounding", "bounds")


@dataclass(frozen=True)
class Looks:
    """A few looks of an autoscaler, one after the other.

    Attributes:
        per_s: the requests a second that each look finds.
        start: how many replicas there are at the first look.
        per_replica_per_s: what one replica can serve in a second.
        target: the utilisation that is aimed at, a share.
        tolerance: how far the utilisation may be off, as a share of the target.
        window: for how many looks, this one included, a wish for more is remembered.
        least: at least so many replicas.
        most: at most so many.
    """

    per_s: tuple[int, ...]
    start: int
    per_replica_per_s: int
    target: float
    tolerance: float
    window: int
    least: int
    most: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("requests a second, look by look", ", ".join(map(str, self.per_s)), "looks.per_s"),
            ("replicas at the first look", self.start, "looks.start"),
            ("one replica serves, a second", self.per_replica_per_s, "looks.per_replica_per_s"),
            ("target utilisation", self.target, "looks.target"),
            ("tolerance, of the target", self.tolerance, "looks.tolerance"),
            ("looks that a wish is remembered", self.window, "looks.window"),
            ("replicas, at least", self.least, "looks.least"),
            ("replicas, at most", self.most, "looks.most"),
        )
        return Table("Your autoscaler's looks (invented)", ("what", "value", "in Python"), rows)


def follow(looks: Looks, *, without: str = "") -> tuple[int, ...]:
    """Return how many replicas there are after each look.

    Args:
        looks: the figures.
        without: which of `FORGOTTEN` is left out; all rules are kept by default.

    Example:
        >>> looks = Looks(per_s=(60, 90, 30, 30), start=10, per_replica_per_s=10, target=0.6,
        ...               tolerance=0.1, window=2, least=2, most=20)
        >>> follow(looks)
        (10, 15, 15, 5)
        >>> follow(looks, without="window")
        (10, 15, 5, 5)
    """
    rounded: Callable[[float], int] = math.floor if without == "rounding" else math.ceil
    replicas, wishes, after = looks.start, [], []
    for per_s in looks.per_s:
        ratio = per_s / (replicas * looks.per_replica_per_s) / looks.target
        wish = replicas
        if without == "tolerance" or abs(ratio - 1) > looks.tolerance:
            # Nothing that is whole is rounded up for the last bit of a float.
            wish = rounded(round(replicas * ratio, 9))
        if without != "bounds":
            wish = min(max(wish, looks.least), looks.most)
        wishes.append(max(wish, 1))
        # A wish for fewer waits until no wish of the window is for more.
        replicas = wishes[-1] if without == "window" else max(wishes[-looks.window :])
        after.append(replicas)
    return tuple(after)


def draw_looks(draw: Draw) -> Looks:
    """Draw looks in which each rule decides at least once."""
    while True:
        each = draw.integer(8, 40)
        start = draw.integer(3, 6)
        target = draw.choice((0.5, 0.6, 0.7, 0.75))
        calm = target * start * each
        factors = (
            draw.fraction(1.02, 1.08), draw.fraction(1.25, 1.6), draw.fraction(1.7, 2.3),
            draw.fraction(1.5, 1.9), draw.fraction(0.5, 0.9), draw.fraction(0.4, 0.7),
            draw.fraction(0.2, 0.6), draw.fraction(0.1, 0.3),
        )  # fmt: skip
        looks = Looks(
            per_s=tuple(round(calm * factor) for factor in factors),
            start=start,
            per_replica_per_s=each,
            target=target,
            tolerance=0.1,
            window=draw.integer(2, 3),
            least=2,
            most=start + draw.integer(2, 4),
        )
        traces = [follow(looks), *(follow(looks, without=rule) for rule in FORGOTTEN)]
        if len(set(traces)) == len(traces) and _clear(looks):
            return looks


def _clear(looks: Looks) -> bool:
    """Return whether no look is so near to the tolerance's edge that rounding would decide."""
    before = (looks.start, *follow(looks))
    for replicas, per_s in zip(before, looks.per_s, strict=False):
        ratio = per_s / (replicas * looks.per_replica_per_s) / looks.target
        if abs(abs(ratio - 1) - looks.tolerance) < 0.01 or 0.001 > replicas * ratio % 1 > 0:
            return False
    return True
