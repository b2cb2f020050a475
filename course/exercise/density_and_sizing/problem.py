"""The personal problem of lesson 06: a host to fill, tenants to share it, a fleet to size."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.density_and_sizing.orders import Order, draw_orders
from course.exercise.density_and_sizing.shapes import Pair, Request, draw_pair, draw_requests
from course.exercise.density_and_sizing.stacks import Stack, draw_stack, fit
from course.exercise.density_and_sizing.tenants import Tenant, draw_tenants
from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["DensityProblem", "Fleet", "Sharing", "pose"]

_DAY_TENANTS, _TENANTS = 12, 40


@dataclass(frozen=True)
class Sharing:
    """Tenants who are to share the cores of one host.

    Attributes:
        cores: what the host has for them.
        risk: the share of the ten-minute steps in which they may want more than that.
        tenants: the tenants, in the order in which they came.
    """

    cores: int
    risk: float
    tenants: tuple[Tenant, ...]

    @property
    def first(self) -> tuple[Tenant, ...]:
        """The first twelve of them."""
        return self.tenants[:_DAY_TENANTS]


@dataclass(frozen=True)
class Fleet:
    """A fleet of hosts that is to be sized.

    Attributes:
        instances: how many instances of the application have to run.
        spare_hosts: how many hosts may fail at a time without anybody's noticing.
        host_price_eur: what one host costs, in euros.
        years: over how many years it is written off.
        upkeep_eur_per_year: power, cooling and floor space of one host, in euros a year.
    """

    instances: int
    spare_hosts: int
    host_price_eur: int
    years: int
    upkeep_eur_per_year: int

    def terms(self) -> Table:
        """Return the figures as a table."""
        rows = (
            ("instances of the application", self.instances, "", "fleet.instances"),
            ("hosts that may fail at a time", self.spare_hosts, "", "fleet.spare_hosts"),
            ("price of one host", self.host_price_eur, "EUR", "fleet.host_price_eur"),
            ("years in which it is written off", self.years, "years", "fleet.years"),
            ("power, cooling, floor space of one host", self.upkeep_eur_per_year, "EUR/year",
             "fleet.upkeep_eur_per_year"),
        )  # fmt: skip
        return Table("Your fleet (invented)", ("what", "value", "unit", "in Python"), rows)


@dataclass(frozen=True)
class DensityProblem:
    """What one learner is given.

    Attributes:
        student_id: whose problem it is, normalised.
        prefix: what the names of this learner's containers begin with.
        stack: a host, an application, and two ways to run it.
        other_mib: the memory of another application, in MiB.
        requests: what ten tenants ask for.
        sharing: tenants who share the cores of a host.
        pair: two kinds of tenants for one host.
        orders: what three containers are to be given.
        fleet: the fleet that is to be sized.
    """

    student_id: str
    prefix: str
    stack: Stack
    other_mib: int
    requests: tuple[Request, ...]
    sharing: Sharing
    pair: Pair
    orders: tuple[Order, ...]
    fleet: Fleet

    def image(self, name: str) -> str:
        """Return the full name of one of this learner's images."""
        return f"{self.prefix}/{name}"

    def name(self, short: str) -> str:
        """Return the full name of one of this learner's containers."""
        return f"{self.prefix}-{short}"


def pose(student_id: str, draw: Draw) -> DensityProblem:
    """Return the problem of the learner whose draws these are."""
    # An id may hold what no name in an engine may, so the names are made from a digest of it.
    short = hashlib.sha256(student_id.encode()).hexdigest()[:8]
    stack = draw_stack(draw)
    return DensityProblem(
        student_id=student_id,
        prefix=f"lesson06-{short}",
        stack=stack,
        other_mib=draw.choice((2, 3, 4, 5, 2048, 3072, 4096, 6144)),
        requests=draw_requests(draw),
        sharing=_draw_sharing(draw),
        pair=draw_pair(draw),
        orders=draw_orders(draw),
        fleet=_draw_fleet(draw, stack),
    )


def _draw_fleet(draw: Draw, stack: Stack) -> Fleet:
    machines = min(fit(stack.host, stack.application, stack.machine).values())
    return Fleet(
        instances=round(draw.fraction(9, 19) * machines),
        spare_hosts=draw.choice((1, 2)),
        host_price_eur=100 * draw.integer(80, 190),
        years=draw.choice((4, 5, 6)),
        upkeep_eur_per_year=10 * draw.integer(90, 240),
    )


def _draw_sharing(draw: Draw) -> Sharing:
    return Sharing(
        cores=draw.choice((20, 24, 28, 32)),
        risk=draw.choice((0.01, 0.02, 0.05)),
        tenants=draw_tenants(draw, _TENANTS),
    )
