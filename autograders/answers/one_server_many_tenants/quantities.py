"""Every number that lesson 01 asks for, with the numbers that its usual mistakes lead to.

The lesson goes in steps, and so does this module: a step's function gets the room and `figure`,
which gives the figure of an earlier step, the learner's own where it can serve.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.model import BYTES_PER_GB, BYTES_PER_GIB, HOURS_PER_DAY
from course.sizing import pack
from course.sizing.power import power_w

if TYPE_CHECKING:
    from course.exercise.one_server_many_tenants.problem import ConsolidationProblem

__all__ = ["binding_resource", "quantities"]

HOURS_PER_YEAR = HOURS_PER_DAY * 365
GIB_PER_GB = BYTES_PER_GB / BYTES_PER_GIB

Figure = Callable[[str], float]
Step = dict[str, Quantity]


def quantities(room: ConsolidationProblem, own: Values = MappingProxyType({})) -> Step:
    """Return every number that the lesson asks for.

    Args:
        room: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    asked: Step = {}

    def figure(name: str) -> float:
        return own_number(own, name, asked[name].right)

    for step in _STEPS:
        asked |= step(room, figure)
    return asked


def _room_cores(room: ConsolidationProblem) -> int:
    return sum(server.cores for server in room.servers)


def _busy_cores(room: ConsolidationProblem) -> float:
    return sum(server.average_use * server.cores for server in room.servers)


def _sum_of_peaks(room: ConsolidationProblem) -> float:
    return sum(server.peak_cores for server in room.servers)


def _kwh_per_year(room: ConsolidationProblem, power_w: float) -> float:
    """Return the energy at the room's meter, in kWh, of machines that draw a power for a year."""
    return power_w * room.power_usage_effectiveness * HOURS_PER_YEAR / 1000


def _use(room: ConsolidationProblem, _figure: Figure) -> Step:
    cores, uses = _room_cores(room), [server.average_use for server in room.servers]
    right = _busy_cores(room) / cores
    mistakes = {
        "averaged_averages": Mistake(sum(uses) / len(uses), 0.25),
        "percent_for_fraction": Mistake(100 * right, 0.5),
        "peak_for_average": Mistake(_sum_of_peaks(room) / cores),
    }
    return {"average_use": Quantity(right, 2, mistakes)}


def _idle(room: ConsolidationProblem, figure: Figure) -> Step:
    cores, use = _room_cores(room), figure("average_use")
    idle_w = sum(server.idle_power_w for server in room.servers)
    kwh = _kwh_per_year(room, idle_w)
    return {
        "idle_core_hours": Quantity(
            (1 - use) * cores * HOURS_PER_DAY,
            2,
            {
                "busy_for_idle": Mistake(use * cores * HOURS_PER_DAY, 0.25),
                "hour_for_day": Mistake((1 - use) * cores, 0.5),
            },
        ),
        "idle_kwh_per_year": Quantity(
            kwh,
            2,
            {
                "wh_for_kwh": Mistake(kwh * 1000, 0.5),
                "forgot_cooling": Mistake(kwh / room.power_usage_effectiveness, 0.5),
                "day_for_year": Mistake(kwh / 365, 0.5),
                "peak_power_for_idle": Mistake(
                    _kwh_per_year(room, sum(server.peak_power_w for server in room.servers)), 0.25
                ),
            },
        ),
    }


def _demand(room: ConsolidationProblem, _figure: Figure) -> Step:
    by_hour = zip(*(server.busy_cores_by_hour for server in room.servers), strict=True)
    peak_gb = sum(server.memory_peak_gb for server in room.servers)
    average_gb = sum(server.memory_average_gb for server in room.servers)
    return {
        "peak_cores": Quantity(
            max(sum(hour) for hour in by_hour),
            2,
            {
                "sum_of_peaks": Mistake(_sum_of_peaks(room), 0.25),
                "average_for_peak": Mistake(_busy_cores(room)),
            },
        ),
        "memory_needed_gib": Quantity(
            peak_gb * GIB_PER_GB,
            2,
            {
                "gb_for_gib": Mistake(peak_gb, 0.5),
                "conversion_inverted": Mistake(peak_gb / GIB_PER_GB, 0.5),
                "installed_for_used": Mistake(
                    sum(server.memory_gib for server in room.servers), 0.25
                ),
                "average_for_peak": Mistake(average_gb * GIB_PER_GB, 0.25),
            },
        ),
    }


def _usable(room: ConsolidationProblem, _figure: Figure) -> Step:
    host, kept_free = room.host, 1 - room.headroom

    def usable(whole: float, kept: float) -> Quantity:
        return Quantity(
            (whole - kept) * kept_free,
            1,
            {
                "forgot_hypervisor": Mistake(whole * kept_free, 0.5),
                "forgot_headroom": Mistake(whole - kept, 0.5),
                "headroom_divided": Mistake((whole - kept) / (1 + room.headroom), 0.5),
                "headroom_before_hypervisor": Mistake(whole * kept_free - kept, 0.5),
            },
        )

    return {
        "usable_cores": usable(host.cores, host.hypervisor_cores),
        "usable_memory_gib": usable(host.memory_gib, host.hypervisor_memory_gib),
    }


def _exact_hosts(figure: Figure) -> dict[str, float]:
    """Return how many hosts each resource fills, not rounded."""
    return {
        "cores": figure("peak_cores") / figure("usable_cores"),
        "memory": figure("memory_needed_gib") / figure("usable_memory_gib"),
    }


def _hosts(_room: ConsolidationProblem, figure: Figure) -> Step:
    return {
        f"hosts_by_{resource}": Quantity(
            math.ceil(exact),
            1,
            {"rounded_down": Mistake(math.floor(exact), 0.5), "not_rounded": Mistake(exact, 0.5)},
            whole=True,
        )
        for resource, exact in _exact_hosts(figure).items()
    }


def _upgrade(room: ConsolidationProblem, figure: Figure) -> Step:
    kept_free, filled = 1 - room.headroom, _exact_hosts(figure)
    # Twice the resource that binds; what the hypervisor keeps stays as it is.
    doubled = dict(filled)
    if filled["cores"] > filled["memory"]:
        more = figure("usable_cores") + room.host.cores * kept_free
        doubled["cores"] = figure("peak_cores") / more
    else:
        more = figure("usable_memory_gib") + room.host.memory_gib * kept_free
        doubled["memory"] = figure("memory_needed_gib") / more
    halved = math.ceil(math.ceil(max(filled.values())) / 2)
    return {
        "hosts_after_upgrade": Quantity(
            math.ceil(max(doubled.values())),
            1,
            {"halved_the_hosts": Mistake(halved, 0.5)},
            whole=True,
        )
    }


def _packing(room: ConsolidationProblem, figure: Figure) -> Step:
    in_gib = [(s.peak_cores, s.memory_peak_gb * GIB_PER_GB) for s in room.servers]
    in_gb = [(s.peak_cores, s.memory_peak_gb) for s in room.servers]
    usable = (figure("usable_cores"), figure("usable_memory_gib"))
    mistakes = {
        "gb_for_gib": Mistake(_packed(in_gb, usable), 0.5),
        "raw_host": Mistake(_packed(in_gib, (room.host.cores, room.host.memory_gib)), 0.5),
    }
    return {"hosts_packed": Quantity(_packed(in_gib, usable), 1, mistakes, whole=True)}


def _packed(demands: list[tuple[float, float]], capacity: tuple[float, float]) -> int:
    """Return the hosts that first-fit decreasing opens, 0 where one server is too large for any."""
    if any(d[0] > capacity[0] or d[1] > capacity[1] for d in demands):
        return 0
    return pack(demands, capacity, method="first_fit_decreasing").count


def _spare(_room: ConsolidationProblem, figure: Figure) -> Step:
    packed = figure("hosts_packed")
    mistakes = {"no_spare": Mistake(packed), "spare_twice": Mistake(packed + 2, 0.5)}
    return {"hosts_with_spare": Quantity(packed + 1, 1, mistakes, whole=True)}


def _energy(room: ConsolidationProblem, figure: Figure) -> Step:
    host, hosts, cooled = room.host, figure("hosts_with_spare"), room.power_usage_effectiveness

    def host_kwh(use: float) -> float:
        return _kwh_per_year(room, power_w(host.idle_power_w, host.peak_power_w, min(use, 1.0)))

    before = _kwh_per_year(
        room, sum(power_w(s.idle_power_w, s.peak_power_w, s.average_use) for s in room.servers)
    )
    after = hosts * host_kwh(_busy_cores(room) / (hosts * host.cores))
    return {
        "kwh_before": Quantity(
            before,
            1,
            {
                "wh_for_kwh": Mistake(before * 1000, 0.5),
                "forgot_cooling": Mistake(before / cooled, 0.5),
                "idle_power_only": Mistake(
                    _kwh_per_year(room, sum(s.idle_power_w for s in room.servers)), 0.5
                ),
            },
        ),
        "kwh_after": Quantity(
            after,
            1,
            {
                "wh_for_kwh": Mistake(after * 1000, 0.5),
                "forgot_cooling": Mistake(after / cooled, 0.5),
                "one_host": Mistake(after / hosts, 0.5),
                "old_use_on_new_hosts": Mistake(
                    hosts * host_kwh(_busy_cores(room) / _room_cores(room)), 0.5
                ),
            },
        ),
    }


def _payback(room: ConsolidationProblem, figure: Figure) -> Step:
    hosts = figure("hosts_with_spare")
    price = hosts * room.host.price_eur
    energy = (figure("kwh_before") - figure("kwh_after")) * room.electricity_eur_per_kwh
    upkeep = (len(room.servers) - hosts) * room.upkeep_eur_per_year

    def years(saved_eur_per_year: float) -> float:
        return price / saved_eur_per_year if saved_eur_per_year > 0 else math.inf

    return {
        "payback_months": Quantity(
            12 * years(energy + upkeep),
            1,
            {
                "years_for_months": Mistake(years(energy + upkeep), 0.5),
                "forgot_upkeep": Mistake(12 * years(energy), 0.5),
                "forgot_energy": Mistake(12 * years(upkeep), 0.5),
            },
        )
    }


#: In the order of the lesson: a step reckons with the figures of those before it.
_STEPS = (_use, _idle, _demand, _usable, _hosts, _upgrade, _packing, _spare, _energy, _payback)


def binding_resource(room: ConsolidationProblem, own: Values = MappingProxyType({})) -> str:
    """Return the resource that runs out first: `cores` or `memory`.

    Args:
        room: the learner's problem.
        own: earlier answers of the learner to go on with.
    """
    asked = quantities(room, own)
    filled = _exact_hosts(lambda name: own_number(own, name, asked[name].right))
    return max(filled, key=lambda resource: filled[resource])
