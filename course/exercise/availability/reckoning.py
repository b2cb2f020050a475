"""What of lesson 09 is reckoned: a host, a design, a room of hosts, outages, snapshots.

The figures are invented, and drawn so that no two usual mistakes lead to about the same number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from course.exercise.draw import Draw

__all__ = [
    "HOURS_PER_YEAR",
    "MINUTES_PER_YEAR",
    "Design",
    "Host",
    "Outages",
    "Part",
    "Room",
    "Snapshots",
    "draw_design",
    "draw_host",
    "draw_outages",
    "draw_room",
    "draw_snapshots",
]

#: Of a year of 365 days.
HOURS_PER_YEAR = 365 * 24
MINUTES_PER_YEAR = HOURS_PER_YEAR * 60

#: For more than this share of the time nobody lets a room be short of hosts.
_MOST_SHORT = 0.05
#: Two usual mistakes lead to numbers that differ at least by this factor.
_APART = 1.02


def _apart(values: Iterable[float]) -> bool:
    return all(max(two) > _APART * min(two) for two in combinations(values, 2))


@dataclass(frozen=True)
class Host:
    """One host: it runs, fails, is repaired, and runs again.

    Attributes:
        hours_to_failure: how long it runs on average until it fails, in hours.
        hours_to_repair: how long it is then down on average, in hours.
        promised_percent: which part of a month is promised to a customer, in percent.
    """

    hours_to_failure: int
    hours_to_repair: int
    promised_percent: float

    @property
    def availability(self) -> float:
        """The share of the time in which it runs."""
        return self.hours_to_failure / (self.hours_to_failure + self.hours_to_repair)

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("it runs, on average, until it fails", self.hours_to_failure, "h", "hours_to_failure"),
            ("its repair takes, on average", self.hours_to_repair, "h", "hours_to_repair"),
            ("promised to a customer, of each month", self.promised_percent, "%",
             "promised_percent"),
        )  # fmt: skip
        headings = ("what", "value", "unit", "in Python: host.")
        return Table("Your host, and a promise (invented)", headings, rows)


def draw_host(draw: Draw) -> Host:
    """Return an old host, so that its failures can be seen in a year or two."""
    return Host(
        hours_to_failure=24 * draw.integer(30, 60),
        hours_to_repair=draw.integer(28, 48),
        promised_percent=draw.choice((99.0, 99.5, 99.9, 99.95, 99.99)),
    )


@dataclass(frozen=True)
class Part:
    """A part of a design.

    Attributes:
        name: what it is.
        availability: the share of the time in which one copy of it works.
        copies: how many there are; one that works is enough.
    """

    name: str
    availability: float
    copies: int


@dataclass(frozen=True)
class Design:
    """Parts that a request has to pass one after the other.

    Attributes:
        parts: the parts, in order.
    """

    parts: tuple[Part, ...]

    def terms(self) -> Table:
        """Return the parts as a table."""
        rows = tuple((part.name, f"{part.availability:.4f}", part.copies) for part in self.parts)
        headings = ("part", "availability of one copy", "copies in the new design")
        return Table("What a request has to pass (invented)", headings, rows)


_PARTS = (
    ("power", "network", "storage", "gateway"),  # of which there is one
    ("web server", "application", "search", "mail relay"),  # of which there are several
    ("database", "login", "payment", "message queue"),
)


def draw_design(draw: Draw) -> Design:
    """Return three or four parts, one of them alone, in an order of their own."""
    while True:
        alone, several, two = (draw.shuffled(names) for names in _PARTS)
        parts = [
            Part(alone[0], 1 - draw.integer(4, 30) / 10_000, 1),
            Part(several[0], 1 - draw.integer(100, 420) / 10_000, draw.integer(2, 3)),
            Part(two[0], 1 - draw.integer(100, 420) / 10_000, 2),
        ]
        if draw.integer(0, 1):
            parts.append(Part(several[1], 1 - draw.integer(150, 480) / 10_000, 2))
        design = Design(tuple(draw.shuffled(parts)))
        if _tells_mistakes_apart(design):
            return design


def _tells_mistakes_apart(design: Design) -> bool:
    parts = design.parts
    missing = [1 - part.availability for part in parts]
    left = sorted(
        (gone**part.copies for gone, part in zip(missing, parts, strict=True)), reverse=True
    )
    single = (
        1 - math.prod(part.availability for part in parts),
        sum(missing),
        max(missing),
    )
    doubled = (
        1 - math.prod(1 - (1 - part.availability) ** part.copies for part in parts),
        1 - math.prod(1 - (1 - part.availability) / part.copies for part in parts),
        1 - math.prod(part.availability**part.copies for part in parts),
        single[0],
        max(left),
    )
    # The part that is doubled next has to be clear, too.
    return _apart(single) and _apart(doubled) and left[0] > 1.4 * left[1]


@dataclass(frozen=True)
class Room:
    """Virtual machines, all alike, and the hosts that they need, all alike.

    Attributes:
        machines: how many virtual machines.
        machine_gib: the memory of each, in GiB; it is what runs out first.
        host_gib: what a host has for them, in GiB.
        failures: how many hosts may be down at once while all machines run.
    """

    machines: int
    machine_gib: int
    host_gib: int
    failures: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("virtual machines", self.machines, "", "room.machines"),
            ("memory of each", self.machine_gib, "GiB", "room.machine_gib"),
            ("memory of a host for them", self.host_gib, "GiB", "room.host_gib"),
            ("hosts that may be down at once", self.failures, "", "room.failures"),
        )
        headings = ("what", "value", "unit", "in Python")
        return Table("Your machines and hosts (invented)", headings, rows)


def draw_room(draw: Draw, host: Host) -> Room:
    """Return a room in which memory is cut into machines that do not fill a host."""
    down = 1 - host.availability
    while True:
        room = Room(
            machines=draw.integer(30, 70),
            machine_gib=draw.choice((12, 20, 24, 28)),
            host_gib=draw.choice((160, 184, 232, 250)),
            failures=draw.integer(1, 2),
        )
        each = room.host_gib // room.machine_gib
        hosts = math.ceil(room.machines / each)
        pooled = math.ceil(room.machines * room.machine_gib / room.host_gib)
        every, spare = hosts + room.failures, room.failures
        exactly = math.comb(every, spare + 1) * down ** (spare + 1) * (1 - down) ** (hosts - 1)
        short = sum(
            math.comb(every, gone) * down**gone * (1 - down) ** (every - gone)
            for gone in range(spare + 1, every + 1)
        )
        some = (short, exactly, down ** (spare + 1), 1 - (1 - down) ** every)
        sensible = 5 <= hosts <= 9 and short < _MOST_SHORT
        if pooled == hosts - 1 == room.machines // each and sensible and _apart(some):
            return room


@dataclass(frozen=True)
class Outages:
    """What follows when a host of a cluster fails.

    Attributes:
        hours_to_failure: how long a host runs on average until it fails, in hours.
        hours_to_repair: how long its repair takes on average, in hours.
        notice_s: how long it takes until the cluster marks it as lost, in seconds.
        wait_s: how long the cluster then waits, lest it come back, in seconds.
        start_s: how long the service then takes to start on another host, in seconds.
        quick_start_s: how long it would take in a container, in seconds.
        short_wait_s: how long one might let the cluster wait instead, in seconds.
        announced: the share of failures that a host announces (a fan, a disk) early enough.
    """

    hours_to_failure: int
    hours_to_repair: int
    notice_s: int
    wait_s: int
    start_s: int
    quick_start_s: int
    short_wait_s: int
    announced: float

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("a host fails, on average every", self.hours_to_failure, "h", "hours_to_failure"),
            ("its repair takes, on average", self.hours_to_repair, "h", "hours_to_repair"),
            ("until the cluster marks it as lost", self.notice_s, "s", "notice_s"),
            ("until it gives it up", self.wait_s, "s", "wait_s"),
            ("until the service runs elsewhere", self.start_s, "s", "start_s"),
            ("failures that are announced", self.announced, "", "announced"),
        )
        headings = ("what", "value", "unit", "in Python: outages.")
        return Table("What happens after a failure (invented)", headings, rows)

    def levers(self) -> Table:
        """Return what could be changed, by letters, as a table."""
        rows = (
            ("a", f"the service starts in {self.quick_start_s} s: a container, not a machine"),
            ("b", f"the cluster waits {self.short_wait_s} s and no longer, once a host is lost"),
            ("c", "the host is repaired in half the time"),
            ("d", "one more spare host"),
        )
        return Table("What could be changed", ("letter", "change"), rows)


def draw_outages(draw: Draw) -> Outages:
    """Return outages of which either the wait or the start is clearly the longer part."""
    while True:
        outages = Outages(
            hours_to_failure=24 * draw.integer(10, 60),
            hours_to_repair=draw.choice((4, 6, 8, 10)),
            notice_s=draw.choice((40, 50)),
            wait_s=draw.choice((30, 60, 120, 300)),
            start_s=draw.integer(25, 240),
            quick_start_s=draw.integer(1, 4),
            short_wait_s=draw.choice((5, 10, 20)),
            announced=draw.choice((0.25, 0.3, 0.4, 0.6)),
        )
        by_start = outages.start_s - outages.quick_start_s
        by_wait = outages.wait_s - outages.short_wait_s
        low, high = sorted((by_start, by_wait))
        if high > 1.5 * low:
            return outages


@dataclass(frozen=True)
class Snapshots:
    """A machine that is saved from time to time, and loses what came after.

    A snapshot holds the machine as it was when its writing began, and is of use only when the
    writing has ended.

    Attributes:
        every_min: from the beginning of one snapshot to the beginning of the next, in minutes.
        writing_min: how long the writing takes, in minutes.
        orders_per_h: how many orders come in each hour, day and night.
        notice_min: how long it takes until somebody knows of a crash, in minutes.
        restore_min: how long the restoring takes, in minutes.
        most_lost: how many orders may be lost at most.
    """

    every_min: int
    writing_min: int
    orders_per_h: int
    notice_min: int
    restore_min: int
    most_lost: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("a snapshot is begun every", self.every_min, "min", "every_min"),
            ("writing it takes", self.writing_min, "min", "writing_min"),
            ("orders come in", self.orders_per_h, "each hour", "orders_per_h"),
            ("a crash is noticed after", self.notice_min, "min", "notice_min"),
            ("restoring takes", self.restore_min, "min", "restore_min"),
            ("orders that may be lost at most", self.most_lost, "", "most_lost"),
        )
        headings = ("what", "value", "unit", "in Python: snapshots.")
        return Table("A machine and its snapshots (invented)", headings, rows)


def draw_snapshots(draw: Draw) -> Snapshots:
    """Return snapshots that are too rare for what may be lost."""
    while True:
        every, writing = 60 * draw.integer(2, 8), draw.integer(8, 25)
        orders = 12 * draw.integer(5, 25)
        allowed_min = draw.integer(60, 110)  # longer than two of them being written
        snapshots = Snapshots(
            every_min=every,
            writing_min=writing,
            orders_per_h=orders,
            notice_min=draw.integer(3, 12),
            restore_min=draw.integer(4, 20),
            most_lost=round(orders * allowed_min / 60),
        )
        if _apart((every / 2 + writing, every / 2, every, every + writing)):
            return snapshots
