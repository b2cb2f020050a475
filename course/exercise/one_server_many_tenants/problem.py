"""The personal problem of lesson 01: a machine room, a host to buy, and what things cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.one_server_many_tenants.inventory import draw_host, draw_servers
from course.exercise.one_server_many_tenants.puzzles import Puzzle, draw_puzzles, draw_ten
from course.exercise.student import EXAMPLE_STUDENT
from course.exercise.table import Table
from course.model import Host, Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise.draw import Draw

__all__ = ["ConsolidationProblem", "pose"]


@dataclass(frozen=True)
class ConsolidationProblem:
    """One learner's room, and the terms under which it may be consolidated.

    Attributes:
        student_id: whose problem it is, normalised.
        servers: the 24 dedicated servers.
        host: the host model on offer.
        headroom: the fraction of what the hypervisor leaves that has to stay free on each host.
        power_usage_effectiveness: power at the room's meter for each watt that its machines draw.
        electricity_eur_per_kwh: price of electricity, in euros per kWh.
        upkeep_eur_per_year: floor space and maintenance of one machine, in euros a year.
        ten: ten tenants to pack by hand.
        puzzles: packing puzzles A, B and C.
    """

    student_id: str
    servers: tuple[Server, ...]
    host: Host
    headroom: float
    power_usage_effectiveness: float
    electricity_eur_per_kwh: float
    upkeep_eur_per_year: int
    ten: Puzzle
    puzzles: Mapping[str, Puzzle]

    @property
    def owner(self) -> str:
        """Whose room it is, in words."""
        return "the example company" if self.student_id == EXAMPLE_STUDENT else self.student_id

    def inventory(self) -> Table:
        """Return the room as a table, one row for each server."""
        rows = tuple(
            (
                server.name,
                f"{server.role}; {server.remark}" if server.remark else server.role,
                server.cores,
                f"{server.average_use:.0%}",
                f"{server.peak_use:.0%}",
                server.memory_gib,
                server.memory_average_gb,
                server.memory_peak_gb,
                server.disk_gb,
                server.idle_power_w,
                server.peak_power_w,
            )
            for server in self.servers
        )
        headings = (
            "server",
            "role and remark",
            "cores",
            "average use of its cores",
            "peak use of its cores",
            "memory installed (GiB)",
            "memory in use, average (GB)",
            "memory in use, peak (GB)",
            "disk (GB)",
            "power idle (W)",
            "power at peak (W)",
        )
        return Table(f"The machine room of {self.owner}", headings, rows)

    def terms(self) -> Table:
        """Return the host on offer and the costs as a table of quantities."""
        host = self.host
        rows = (
            ("cores of one host", host.cores, "cores", "host.cores"),
            ("memory of one host", host.memory_gib, "GiB", "host.memory_gib"),
            ("cores that its hypervisor keeps", host.hypervisor_cores, "cores",
             "host.hypervisor_cores"),
            ("memory that its hypervisor keeps", host.hypervisor_memory_gib, "GiB",
             "host.hypervisor_memory_gib"),
            ("headroom: of what is left, to be kept free", self.headroom, "fraction", "headroom"),
            ("power of one host, idle", host.idle_power_w, "W", "host.idle_power_w"),
            ("power of one host, all cores busy", host.peak_power_w, "W", "host.peak_power_w"),
            ("price of one host", host.price_eur, "EUR", "host.price_eur"),
            ("power usage effectiveness of the room", self.power_usage_effectiveness,
             "W at the meter per W drawn", "power_usage_effectiveness"),
            ("price of electricity", self.electricity_eur_per_kwh, "EUR/kWh",
             "electricity_eur_per_kwh"),
            ("floor space and maintenance of any one machine", self.upkeep_eur_per_year,
             "EUR/year", "upkeep_eur_per_year"),
        )  # fmt: skip
        named = tuple((what, value, unit, f"room.{name}") for what, value, unit, name in rows)
        return Table(
            f"What {self.owner} may buy, and what it costs",
            ("quantity", "value", "unit", "in Python"),
            named,
        )


def pose(student_id: str, draw: Draw) -> ConsolidationProblem:
    """Return the problem of the learner whose draws these are."""
    return ConsolidationProblem(
        student_id=student_id,
        servers=draw_servers(draw),
        host=draw_host(draw),
        headroom=draw.choice((0.15, 0.2, 0.25, 0.3)),
        power_usage_effectiveness=draw.integer(13, 19) / 10,
        electricity_eur_per_kwh=draw.integer(21, 36) / 100,
        upkeep_eur_per_year=10 * draw.integer(35, 90),
        ten=draw_ten(draw),
        puzzles=draw_puzzles(draw),
    )
