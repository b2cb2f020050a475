"""What a policy of lesson 07 has to reach, and the afternoons at which it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from course.exercise.draw import Draw
from course.exercise.scaling_under_load.afternoon import Afternoon, draw_afternoon
from course.exercise.table import Table

__all__ = ["Goal", "draw_goal"]

_HEADINGS = ("what", "value", "unit", "in Python")


_PRACTICE = 3  # afternoons to tune a policy with


@dataclass(frozen=True)
class Goal:
    """What a policy has to reach, and at what it is tried.

    Attributes:
        most_lost: the share of the requests of an afternoon that may be lost.
        afternoon: what the afternoons are like.
        start_up_s: how long a replica takes to be ready, in seconds.
        per_replica_per_s: what one replica serves in a second.
        room: how many requests can wait.
        eur_per_replica_hour: what one replica costs in an hour, in euros.
        seed: which afternoons there are to try a policy with.
    """

    most_lost: float
    afternoon: Afternoon
    start_up_s: int
    per_replica_per_s: int
    room: int
    eur_per_replica_hour: float
    seed: int

    @property
    def practice(self) -> tuple[tuple[float, ...], ...]:
        """Afternoons to try a policy with, each a load in requests a second."""
        return _practice(self.afternoon, self.seed)

    def terms(self) -> Table:
        """Return the figures as a table."""
        each = self.per_replica_per_s
        rows = (
            ("may be lost, of an afternoon's requests", 100 * self.most_lost, "%",
             "goal.most_lost (a share)"),
            ("quiet times", self.afternoon.quiet_per_s, "requests a second",
             "goal.afternoon.quiet_per_s"),
            ("start-up of a replica", self.start_up_s, "s", "goal.start_up_s"),
            ("one replica serves", each, "a second", "goal.per_replica_per_s"),
            ("can wait", self.room, "requests", "goal.room"),
            ("price of a replica", self.eur_per_replica_hour, "EUR an hour",
             "goal.eur_per_replica_hour"),
        )  # fmt: skip
        return Table("What your policy has to reach (invented)", _HEADINGS, rows)


@lru_cache(maxsize=32)
def _practice(afternoon: Afternoon, seed: int) -> tuple[tuple[float, ...], ...]:
    # Drawn when they are looked at: every check of the lesson poses the problem.
    draw = Draw("07 practice", str(seed))
    return tuple(draw_afternoon(draw, afternoon) for _ in range(_PRACTICE))


def draw_goal(draw: Draw) -> Goal:
    """Draw what a policy has to reach."""
    each = 10 * draw.integer(2, 5)
    afternoon = Afternoon(quiet_per_s=round(each * draw.fraction(3.2, 5.5)))
    return Goal(
        most_lost=draw.choice((0.002, 0.003, 0.005)),
        afternoon=afternoon,
        start_up_s=draw.integer(50, 90),
        per_replica_per_s=each,
        room=10 * round(each * draw.fraction(2, 5)),
        eur_per_replica_hour=draw.integer(4, 12) / 100,
        seed=draw.integer(0, 10**9),
    )
