"""The machine room of lesson 01: 24 servers, drawn for one learner.

What a server's day looks like is given as whole percentages of the way from its quiet to its busy
use, hour by hour. The shapes are our own and stand for kinds of work, not for measured traces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.model import BYTES_PER_GB, BYTES_PER_GIB, Host, Server

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["draw_host", "draw_servers"]

# hour of the day    0   1   2   3   4   5   6   7   8   9  10  11
OFFICE = (           0,  0,  0,  0,  0,  0,  5, 20, 55, 85, 100, 90,
                    60, 75, 95, 90, 70, 35, 10,  5,  0,  0,  0,  0)  # fmt: skip
SHOP = (            25, 12,  6,  4,  4,  6, 10, 20, 30, 38, 42, 45,
                    52, 48, 44, 45, 50, 62, 78, 92, 100, 95, 75, 45)  # fmt: skip
NIGHT = (           70, 95, 100, 98, 80, 30,  5,  0,  0,  0,  0,  0,
                     0,  0,  0,  0,  0,  0,  0,  0,  0,  5, 20, 45)  # fmt: skip
MORNING = (          2,  0,  0,  0,  0,  5, 25, 60, 100, 90, 60, 45,
                    35, 45, 50, 45, 40, 30, 18, 12, 10,  8,  5,  3)  # fmt: skip
BURSTS = (           5,  0,  0, 60,  0,  0,  0,  5, 30, 70, 45, 100,
                    20, 80, 55, 95, 60, 40, 15,  5, 10,  0,  5,  0)  # fmt: skip
EVEN = (            80, 78, 76, 75, 75, 76, 80, 85, 90, 95, 98, 100,
                    98, 99, 100, 98, 96, 94, 92, 90, 88, 86, 84, 82)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of server: what is drawn about it, as ranges."""

    name: str
    role: str
    day: tuple[int, ...]
    cores: tuple[int, ...]
    memory_gib: tuple[int, ...]
    peak_percent: tuple[int, int]
    memory_percent: tuple[int, int]
    remark: str = ""


_KINDS = (
    _Kind("web-1", "web shop, front", SHOP, (8, 12, 16), (16, 32), (40, 70), (30, 60)),
    _Kind("web-2", "web shop, front", SHOP, (8, 12, 16), (16, 32), (40, 70), (30, 60)),
    _Kind("cache", "web shop, cache", SHOP, (4, 8), (48, 64), (20, 40), (70, 90)),
    _Kind("shop-db", "web shop, database", SHOP, (12, 16), (64, 96), (50, 70), (60, 80)),
    _Kind("reports", "nightly reports", NIGHT, (8, 12), (64, 96), (60, 90), (45, 70)),
    _Kind("backup", "backups", NIGHT, (8, 12), (16, 32), (50, 85), (35, 60),
          "holds the backups of all the others"),
    _Kind("mail", "mail", MORNING, (8, 12), (32, 48), (30, 55), (45, 70)),
    _Kind("files", "shared files", OFFICE, (8, 8), (24, 32), (20, 40), (40, 70)),
    _Kind("directory", "user accounts", MORNING, (4, 4), (8, 16), (15, 35), (30, 55)),
    _Kind("radius", "network log-in (freeradius)", MORNING, (4, 4), (8, 8), (5, 15), (10, 25)),
    _Kind("dns", "names", EVEN, (4, 4), (8, 8), (5, 12), (10, 25)),
    _Kind("print", "printing", OFFICE, (4, 4), (8, 16), (5, 20), (15, 35)),
    _Kind("wiki", "wiki", OFFICE, (4, 8), (16, 16), (10, 30), (25, 50)),
    _Kind("crm", "customers", OFFICE, (8, 12), (32, 64), (35, 60), (40, 70)),
    _Kind("erp", "orders and stock", OFFICE, (12, 16), (64, 96), (40, 65), (50, 80)),
    _Kind("payroll", "salaries", NIGHT, (8, 8), (32, 32), (25, 60), (30, 60)),
    _Kind("build-1", "builds software", BURSTS, (12, 16), (32, 64), (50, 70), (40, 75)),
    _Kind("build-2", "builds software", BURSTS, (12, 16), (32, 64), (45, 70), (40, 75)),
    _Kind("test-1", "test environment", OFFICE, (8, 8), (32, 32), (15, 45), (25, 55)),
    _Kind("test-2", "test environment", BURSTS, (8, 8), (32, 32), (15, 45), (25, 55)),
    _Kind("monitor", "monitoring", EVEN, (4, 8), (16, 16), (20, 40), (40, 65)),
    _Kind("logs", "collects logs", EVEN, (8, 8), (48, 64), (25, 45), (55, 80)),
    _Kind("phone", "telephone exchange", OFFICE, (4, 4), (8, 8), (20, 40), (30, 50),
          "a pause of 20 ms is heard in every call"),
    _Kind("licence", "licences of the design office", OFFICE, (4, 4), (8, 8), (2, 8), (10, 20),
          "its licence key is a stick in its USB port"),
)  # fmt: skip


def _draw_server(kind: _Kind, draw: Draw, busyness: float, fullness: float) -> Server:
    cores = draw.choice(kind.cores)
    memory_gib = draw.choice(kind.memory_gib)
    peak = busyness * draw.integer(*kind.peak_percent) / 100
    quiet = peak * draw.integer(4, 12) / 100
    busy = tuple(
        # Three in a hundred up or down keeps two servers of one kind from being twins.
        round(cores * (quiet + (peak - quiet) * share / 100) * draw.integer(97, 103) / 100, 2)
        for share in kind.day
    )
    memory_peak = fullness * memory_gib * draw.integer(*kind.memory_percent) / 100
    memory_average = memory_peak * draw.integer(60, 85) / 100
    gb_per_gib = BYTES_PER_GIB / BYTES_PER_GB
    idle_power_w = 60 + 5 * cores + draw.integer(0, 40)
    return Server(
        name=kind.name,
        role=kind.role,
        cores=cores,
        memory_gib=memory_gib,
        disk_gb=draw.choice((240, 480, 960, 1920)),
        busy_cores_by_hour=busy,
        memory_average_gb=round(memory_average * gb_per_gib, 1),
        memory_peak_gb=round(memory_peak * gb_per_gib, 1),
        idle_power_w=idle_power_w,
        peak_power_w=idle_power_w + 8 * cores + draw.integer(20, 70),
        remark=kind.remark,
    )


def draw_servers(draw: Draw) -> tuple[Server, ...]:
    """Return the 24 dedicated servers of one learner's room."""
    # Some rooms are quieter than others, and some have more memory to spare.
    busyness, fullness = draw.integer(55, 100) / 100, draw.integer(65, 100) / 100
    return tuple(_draw_server(kind, draw, busyness, fullness) for kind in _KINDS)


def draw_host(draw: Draw) -> Host:
    """Return the host model that the learner may buy."""
    cores = draw.choice((20, 22, 24, 28))
    memory_gib = draw.choice((144, 192, 224, 256))
    return Host(
        name=f"H{cores}-{memory_gib}",
        cores=cores,
        memory_gib=memory_gib,
        hypervisor_cores=draw.choice((1, 1.5, 2, 2.5)),
        hypervisor_memory_gib=draw.choice((6, 8, 10, 12)),
        idle_power_w=100 + 2 * cores + draw.integer(0, 30),
        peak_power_w=180 + 8 * cores + draw.integer(0, 60),
        price_eur=1800 + 55 * cores + 7 * memory_gib + 10 * draw.integer(0, 40),
    )
