"""The personal problem of lesson 09: a design, a room of hosts, outages, snapshots and moves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.availability.moving import ByHand, Stuck, draw_by_hand, draw_stuck
from course.exercise.availability.reckoning import (
    Design,
    Host,
    Outages,
    Room,
    Snapshots,
    draw_design,
    draw_host,
    draw_outages,
    draw_room,
    draw_snapshots,
)
from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["AvailabilityProblem", "Services", "pose"]


@dataclass(frozen=True)
class Services:
    """Two services in containers, and how each has to behave when its program ends.

    Attributes:
        page: what the first one serves.
        retries: how often the second one may be started again before it is given up.
    """

    page: str
    retries: int

    @property
    def web_command(self) -> list[str]:
        """What serves the page: a shell, which ends when the server that it has started ends."""
        serving = "httpd -f -p 8080 -h /www & wait $!"
        return ["sh", "-c", f"mkdir -p /www; echo '{self.page}' > /www/index.html; {serving}"]

    @property
    def job_command(self) -> list[str]:
        """What cannot do its work: it ends at once, with an exit code that says so."""
        return ["sh", "-c", "echo 'no configuration found'; exit 3"]


@dataclass(frozen=True)
class AvailabilityProblem:
    """What one learner is given.

    Attributes:
        student_id: whose problem it is, normalised.
        prefix: what the names of this learner's containers begin with.
        host: how often one host fails, and how long its repair takes.
        design: a service made of parts in series, some of which are there several times.
        room: virtual machines that must run on although hosts fail.
        outages: what users notice of a failure, by the policy that follows it.
        snapshots: how often a machine is saved, and what it does between.
        by_hand: a migration that is worked out round by round.
        stuck: a migration that does not converge, and what could be done about it.
        rates_mib_per_s: how fast the guest writes in the learner's own three migrations.
        services: two services for restart policies.
        token: what the learner's machine holds in memory when it is saved.
        late: what is written only after that.
    """

    student_id: str
    prefix: str
    host: Host
    design: Design
    room: Room
    outages: Outages
    snapshots: Snapshots
    by_hand: ByHand
    stuck: Stuck
    rates_mib_per_s: tuple[int, ...]
    services: Services
    token: str
    late: str

    def image(self, name: str) -> str:
        """Return the full name of one of this learner's images."""
        return f"{self.prefix}/{name}"

    def name(self, short: str) -> str:
        """Return the full name of one of this learner's containers."""
        return f"{self.prefix}-{short}"

    @property
    def moves_record(self) -> str:
        """The file for the learner's own migrations; its name says at which rates they were."""
        return f"migration-{self.rates_mib_per_s[1]}-{self.rates_mib_per_s[2]}.json"

    def contracts(self) -> Table:
        """Return what is asked of the two services as a table."""
        rows = (
            (self.name("web"), "a person stops it", "stays down, after a restart of the host too"),
            (self.name("web"), "its program dies", "comes back, as often as it takes"),
            (self.name("web"), "the host starts anew", "comes back"),
            (self.name("job"), "it ends by itself, all well", "stays down"),
            (
                self.name("job"),
                "its program fails",
                f"is tried again, at most {self.services.retries} times, and is then given up",
            ),
        )
        return Table("What is asked of your two containers", ("container", "if", "then it"), rows)


def pose(student_id: str, draw: Draw) -> AvailabilityProblem:
    """Return the problem of the learner whose draws these are."""
    # An id may hold what no name in an engine may, so the names are made from a digest of it.
    short = hashlib.sha256(student_id.encode()).hexdigest()[:8]
    host = draw_host(draw)
    return AvailabilityProblem(
        student_id=student_id,
        prefix=f"lesson09-{short}",
        host=host,
        design=draw_design(draw),
        room=draw_room(draw, host),
        outages=draw_outages(draw),
        snapshots=draw_snapshots(draw),
        by_hand=draw_by_hand(draw),
        stuck=draw_stuck(draw),
        rates_mib_per_s=(0, draw.integer(3, 6), 8 * draw.integer(7, 10)),
        services=Services(
            page=f"night shift {draw.integer(1000, 9999)}", retries=draw.integer(2, 3)
        ),
        token=f"ledger-{draw.integer(10**9, 10**10 - 1)}",
        late=f"order-{draw.integer(10**9, 10**10 - 1)}",
    )
