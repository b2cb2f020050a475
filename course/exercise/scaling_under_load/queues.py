"""What of lesson 07's problem is about waiting: a busy hour, and regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["Busy", "Regions", "draw_busy", "draw_regions"]

_HEADINGS = ("what", "value", "unit", "in Python")


@dataclass(frozen=True)
class Busy:
    """The busiest hour of a service.

    Attributes:
        per_minute: requests a minute in its busiest hour.
        mean_per_minute: requests a minute, over the whole day.
        service_ms: how long a server works on one request, on average, in ms.
        wait_ms: how long a request may wait before that, on average, in ms.
    """

    per_minute: int
    mean_per_minute: int
    service_ms: int
    wait_ms: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("requests, in the busiest hour", self.per_minute, "a minute", "busy.per_minute"),
            ("requests, over the day", self.mean_per_minute, "a minute", "busy.mean_per_minute"),
            ("work on one request, on average", self.service_ms, "ms", "busy.service_ms"),
            ("may wait, on average", self.wait_ms, "ms", "busy.wait_ms"),
        )
        return Table("Your service (invented)", _HEADINGS, rows)


@dataclass(frozen=True)
class Regions:
    """Regions that each have servers of their own, and might share them.

    Attributes:
        count: how many regions.
        servers_each: the servers of each region.
        per_s_each: the requests of each region, a second.
        service_ms: how long a server works on one request, on average, in ms.
    """

    count: int
    servers_each: int
    per_s_each: float
    service_ms: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("regions", self.count, "", "regions.count"),
            ("servers of each region", self.servers_each, "", "regions.servers_each"),
            ("requests of each region", self.per_s_each, "a second", "regions.per_s_each"),
            ("work on one request, on average", self.service_ms, "ms", "regions.service_ms"),
        )
        return Table("Your regions (invented)", _HEADINGS, rows)


def draw_busy(draw: Draw) -> Busy:
    """Draw the busiest hour of a service."""
    while True:
        per_minute = 10 * draw.integer(180, 600)
        service_ms = 10 * draw.integer(9, 30)
        busy = Busy(
            per_minute=per_minute,
            mean_per_minute=10 * draw.integer(per_minute // 35, per_minute // 20),
            service_ms=service_ms,
            wait_ms=max(2, round(service_ms * draw.fraction(0.04, 0.12))),
        )
        erlangs = busy.per_minute / 60 * busy.service_ms / 1000
        # Between whole numbers, so that rounding decides, and of a size that can be pictured.
        if 6 < erlangs < 28 and 0.25 < erlangs % 1 < 0.85:
            return busy


def draw_regions(draw: Draw) -> Regions:
    """Draw regions that are well used, each alone."""
    servers, service_ms = draw.integer(2, 4), 10 * draw.integer(10, 40)
    busy = draw.fraction(0.74, 0.9)
    return Regions(
        count=draw.integer(3, 6),
        servers_each=servers,
        per_s_each=round(busy * servers / (service_ms / 1000), 2),
        service_ms=service_ms,
    )
