"""Consolidation and power: what a room becomes on hosts."""

from __future__ import annotations

import dataclasses

import pytest

from course.exercise import problem
from course.sizing import power_w
from course.sizing.consolidation import consolidate

ROOM = problem("01", "ada")


def test_the_same_work_is_done() -> None:
    """As many cores are busy after as before, and every server has its place."""
    plan = consolidate(ROOM.servers, ROOM.host, headroom=0.2, overhead=0.05)
    cores = sum(server.cores for server in ROOM.servers)
    assert plan.use_before * cores == pytest.approx(plan.use_after * plan.hosts * plan.host.cores)
    placed = [tenant for tenants in plan.packing.bins for tenant in tenants]
    assert sorted(placed) == list(range(24))


def test_no_host_holds_more_than_it_may() -> None:
    """Cores and memory of the tenants' peaks stay below what a host has for them."""
    plan = consolidate(ROOM.servers, ROOM.host, headroom=0.25, overhead=0.1)
    for tenants in plan.packing.bins:
        assert sum(plan.demands[t].cores for t in tenants) <= plan.usable.cores * (1 + 1e-9)
        assert sum(plan.demands[t].memory_gib for t in tenants) <= plan.usable.memory_gib * (
            1 + 1e-9
        )


def test_fewer_machines_draw_less() -> None:
    """Idle power goes with the machines."""
    plan = consolidate(ROOM.servers, ROOM.host, headroom=0.2, overhead=0.05)
    assert plan.hosts < 24
    assert plan.power_after_w < plan.power_before_w


def test_memory_is_converted() -> None:
    """Monitoring reports GB, hosts offer GiB."""
    server = dataclasses.replace(ROOM.servers[0], memory_peak_gb=1.073741824)
    plan = consolidate([server], ROOM.host, headroom=0, overhead=0)
    assert plan.demands[0].memory_gib == pytest.approx(1)


def test_an_empty_room_needs_no_hosts() -> None:
    """Nothing in, nothing out, no division by zero."""
    plan = consolidate([], ROOM.host, headroom=0.2, overhead=0.05)
    assert (plan.hosts, plan.power_after_w, plan.use_before) == (0, 0, 0)


@pytest.mark.parametrize(("name", "value"), [("headroom", 1.0), ("headroom", 20), ("overhead", -1)])
def test_fractions_are_fractions(name: str, value: float) -> None:
    """A percentage where a fraction belongs is refused by its name."""
    arguments = {"headroom": 0.2, "overhead": 0.05, name: value}
    with pytest.raises(ValueError, match=name):
        consolidate(ROOM.servers, ROOM.host, **arguments)


def test_a_server_that_fits_on_no_host_is_named() -> None:
    """The error says what does not fit, so that a larger host can be chosen."""
    small = dataclasses.replace(ROOM.host, memory_gib=16)
    with pytest.raises(ValueError, match=r"fits"):
        consolidate(ROOM.servers, small, headroom=0.2, overhead=0.05)


def test_power_is_a_line_from_idle_to_peak() -> None:
    """Nothing busy draws idle power, everything busy draws peak power."""
    assert power_w(90, 210, 0) == 90
    assert power_w(90, 210, 1) == 210
    assert power_w(90, 210, 0.5) == 150


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((90, 210, 25), "For 25 % write 0.25"),
        ((90, 210, -0.1), "fraction"),
        ((210, 90, 0.5), "idle"),
    ],
)
def test_power_refuses_what_makes_no_sense(arguments: tuple[float, ...], said: str) -> None:
    """A percentage, a negative share and a peak below idle are errors that say what to write."""
    with pytest.raises(ValueError, match=said):
        power_w(*arguments)
