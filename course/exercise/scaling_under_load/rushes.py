"""What of lesson 07's problem is about too many at once: a rush, a spike, a growth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw
    from course.simulation import Autoscaling, Load

__all__ = ["Growth", "Rush", "Spike", "draw_growth", "draw_rush", "draw_spike"]

_HEADINGS = ("what", "value", "unit", "in Python")


@dataclass(frozen=True)
class Rush:
    """A rush that begins at once, and replicas that are not there yet.

    Attributes:
        per_s: requests a second while it lasts.
        replicas: how many replicas are ready when it begins.
        more: how many are ordered.
        per_replica_per_s: what one replica serves in a second.
        notices_s: how long it takes until somebody notices and orders, in seconds.
        start_up_s: how long an ordered replica takes to be ready, in seconds.
        room: how many requests can wait; who comes when it is full is turned away.
    """

    per_s: int
    replicas: int
    more: int
    per_replica_per_s: int
    notices_s: int
    start_up_s: int
    room: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("the rush", self.per_s, "requests a second", "rush.per_s"),
            ("replicas that are ready", self.replicas, "", "rush.replicas"),
            ("replicas that are ordered", self.more, "", "rush.more"),
            ("one replica serves", self.per_replica_per_s, "a second", "rush.per_replica_per_s"),
            ("until they are ordered", self.notices_s, "s", "rush.notices_s"),
            ("from then until they are ready", self.start_up_s, "s", "rush.start_up_s"),
            ("can wait", self.room, "requests", "rush.room"),
        )
        return Table("Your rush (invented)", _HEADINGS, rows)


@dataclass(frozen=True)
class Spike:
    """The hour in which a front page links to a service.

    Attributes:
        base_per_s: requests a second before and after.
        peak_per_s: requests a second at its height.
        at_s: when it begins, in seconds.
        ramp_s: how long it takes to its height, and back, in seconds.
        lasts_s: how long it stays there, in seconds.
        duration_s: how long the whole is watched, in seconds.
        step_s: the time between two values of the load, in seconds.
        per_replica_per_s: what one replica serves in a second.
        room: how many requests can wait.
        least: at least so many replicas.
        eur_per_replica_hour: what one replica costs in an hour, in euros.
    """

    base_per_s: int
    peak_per_s: int
    at_s: int
    ramp_s: int
    lasts_s: int
    duration_s: int
    step_s: int
    per_replica_per_s: int
    room: int
    least: int
    eur_per_replica_hour: float

    def per_s(self) -> tuple[float, ...]:
        """Return the load, a value for each step, in requests a second."""
        ends = self.at_s + self.ramp_s + self.lasts_s
        shape = []
        for now in range(0, self.duration_s, self.step_s):
            risen = min(max((now - self.at_s) / self.ramp_s, 0.0), 1.0)
            fallen = min(max((now - ends) / self.ramp_s, 0.0), 1.0)
            shape.append(self.base_per_s + (self.peak_per_s - self.base_per_s) * (risen - fallen))
        return tuple(round(value, 3) for value in shape)

    def load(self) -> Load:
        """Return the load as the simulation takes it."""
        import numpy

        from course.simulation import Load

        return Load(self.step_s, numpy.array(self.per_s()), name="a link on the front page")

    def run(self, start_up_s: float, *, least: int | None = None) -> Autoscaling:
        """Return what the simulation makes of it, with replicas that start so slowly.

        Args:
            start_up_s: how long a replica takes to be ready, in seconds.
            least: at least so many replicas; as many as the terms say if None.
        """
        from course.simulation import Autoscaler, autoscale

        return autoscale(
            self.load(),
            start_up_s=start_up_s,
            per_replica_per_s=self.per_replica_per_s,
            autoscaler=Autoscaler(least=self.least if least is None else least),
            most_waiting=self.room,
            price_per_replica_hour_eur=self.eur_per_replica_hour,
        )

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("before the link", self.base_per_s, "requests a second", "spike.base_per_s"),
            ("at its height", self.peak_per_s, "requests a second", "spike.peak_per_s"),
            ("the link appears at", self.at_s, "s", "spike.at_s"),
            ("from there to the height", self.ramp_s, "s", "spike.ramp_s"),
            ("stays there for", self.lasts_s, "s", "spike.lasts_s"),
            ("one replica serves", self.per_replica_per_s, "a second", "spike.per_replica_per_s"),
            ("can wait", self.room, "requests", "spike.room"),
            ("replicas, at least", self.least, "", "spike.least"),
        )
        return Table("Your front page (invented)", _HEADINGS, rows)


@dataclass(frozen=True)
class Growth:
    """A load that rises and rises, and two ways to start replicas.

    Attributes:
        per_s_each_minute: by how many requests a second the load rises in each minute.
        per_replica_per_s: what one replica serves in a second.
        notices_s: how long it takes until a replica is ordered, in seconds.
        container_s: how long a container takes to be ready, in seconds.
        machine_s: how long a virtual machine takes, in seconds.
        eur_per_replica_hour: what one replica costs in an hour, in euros.
    """

    per_s_each_minute: int
    per_replica_per_s: int
    notices_s: int
    container_s: int
    machine_s: int
    eur_per_replica_hour: float

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("the load rises, each minute, by", self.per_s_each_minute, "requests a second",
             "growth.per_s_each_minute"),
            ("one replica serves", self.per_replica_per_s, "a second", "growth.per_replica_per_s"),
            ("until a replica is ordered", self.notices_s, "s", "growth.notices_s"),
            ("start-up of a container", self.container_s, "s", "growth.container_s"),
            ("start-up of a virtual machine", self.machine_s, "s", "growth.machine_s"),
            ("price of a replica", self.eur_per_replica_hour, "EUR an hour",
             "growth.eur_per_replica_hour"),
        )  # fmt: skip
        return Table("Your growing load (invented)", _HEADINGS, rows)


def draw_rush(draw: Draw) -> Rush:
    """Draw a rush that fills the room before anything is ready."""
    while True:
        each, replicas = draw.integer(15, 60), draw.integer(3, 8)
        per_s = round(each * replicas * draw.fraction(1.5, 2.6))
        notices_s, start_up_s = draw.choice((15, 20, 30)), draw.integer(45, 110)
        excess = per_s - each * replicas
        waiting = excess * (notices_s + start_up_s)
        rush = Rush(
            per_s=per_s,
            replicas=replicas,
            more=math.ceil(excess / each) + draw.integer(1, 3),
            per_replica_per_s=each,
            notices_s=notices_s,
            start_up_s=start_up_s,
            room=50 * round(waiting * draw.fraction(0.2, 0.45) / 50),
        )
        spare = (rush.replicas + rush.more) * each - per_s
        # The room is full before anything is ready, and afterwards there is some speed to spare.
        if rush.room >= 200 and spare >= 0.3 * each:
            return rush


def draw_spike(draw: Draw) -> Spike:
    """Draw the hour of a link on a front page."""
    each, least = 10 * draw.integer(2, 5), draw.integer(2, 4)
    base = round(each * least * draw.fraction(0.45, 0.6))
    return Spike(
        base_per_s=base,
        peak_per_s=round(base * draw.fraction(5, 8)),
        at_s=300,
        ramp_s=draw.choice((20, 30, 40)),
        lasts_s=draw.choice((900, 1200)),
        duration_s=3600,
        step_s=1,
        per_replica_per_s=each,
        room=10 * round(each * least * draw.fraction(1.5, 3) / 10),
        least=least,
        eur_per_replica_hour=draw.integer(4, 12) / 100,
    )


def draw_growth(draw: Draw) -> Growth:
    """Draw a growing load, and two ways to start replicas."""
    while True:
        growth = Growth(
            per_s_each_minute=draw.integer(60, 200),
            per_replica_per_s=draw.integer(10, 35),
            notices_s=draw.choice((15, 20, 30)),
            container_s=draw.integer(1, 6),
            machine_s=draw.integer(60, 150),
            eur_per_replica_hour=draw.integer(4, 15) / 100,
        )
        needs = [
            growth.per_s_each_minute / 60 * time_s / growth.per_replica_per_s
            for time_s in (
                growth.notices_s + growth.container_s,
                growth.container_s,
                growth.notices_s + growth.machine_s,
                growth.machine_s,
            )
        ]
        container, _, machine, _ = needs
        counts = [*map(math.ceil, needs), math.floor(container), math.floor(machine)]
        # Whole numbers that rounding decides, and that tell the mistakes apart.
        if len(set(counts)) == len(counts) and all(0.08 < need % 1 < 0.95 for need in needs):
            return growth
