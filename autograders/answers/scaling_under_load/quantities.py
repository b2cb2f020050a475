"""Every number of lesson 07 that follows from the personal problem, and where mistakes lead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.simulation import erlang_c

if TYPE_CHECKING:
    from course.exercise.scaling_under_load.problem import ScalingProblem
    from course.exercise.scaling_under_load.queues import Busy, Regions
    from course.exercise.scaling_under_load.rushes import Growth, Rush

__all__ = ["quantities"]

HOURS_OF_A_MONTH = 24 * 30


def quantities(task: ScalingProblem, own: Values = MappingProxyType({})) -> Mapping[str, Quantity]:
    """Return every number that follows from the personal problem.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    return (
        _offered(task.busy, own)
        | _servers(task.busy, own)
        | _pooling(task.regions)
        | _rush(task.rush, own)
        | _spare(task.growth, own)
    )


def _offered(busy: Busy, own: Values) -> dict[str, Quantity]:
    erlangs = busy.per_minute / 60 * busy.service_ms / 1000
    of_the_mean = busy.mean_per_minute / 60 * busy.service_ms / 1000
    followed = own_number(own, "offered_erlangs", erlangs)
    return {
        "offered_erlangs": Quantity(
            erlangs,
            1,
            {
                "per_minute_for_second": Mistake(60 * erlangs, 0.25),
                "milliseconds_for_seconds": Mistake(1000 * erlangs, 0.25),
                "mean_for_peak": Mistake(of_the_mean, 0.25),
            },
        ),
        "least_servers": Quantity(
            math.floor(followed) + 1,
            1,
            {
                "rounded_down": Mistake(math.floor(followed), 0.25),
                "mean_for_peak": Mistake(math.floor(of_the_mean) + 1, 0.25),
            },
            whole=True,
        ),
    }


def _wait_s(servers: int, erlangs: float, service_s: float, *, chance: bool = True) -> float:
    """Return the mean wait; of those alone who have to wait, without the chance of that."""
    return (erlang_c(servers, erlangs) if chance else 1.0) * service_s / (servers - erlangs)


def _fewest(busy: Busy, *, chance: bool = True) -> int:
    """Return the fewest servers at which nobody waits longer than may be, on average."""
    erlangs = busy.per_minute / 60 * busy.service_ms / 1000
    servers = math.floor(erlangs) + 1
    while 1000 * _wait_s(servers, erlangs, busy.service_ms / 1000, chance=chance) > busy.wait_ms:
        servers += 1
    return servers


def _servers(busy: Busy, own: Values) -> dict[str, Quantity]:
    service_s = busy.service_ms / 1000
    erlangs = busy.per_minute / 60 * service_s
    servers = _fewest(busy)
    followed = round(own_number(own, "servers", servers))
    if followed <= erlangs:
        followed = servers
    wait_ms = 1000 * _wait_s(followed, erlangs, service_s)
    return {
        "servers": Quantity(
            servers,
            1,
            {
                "least_for_wait": Mistake(math.floor(erlangs) + 1, 0.25),
                "only_those_who_wait": Mistake(_fewest(busy, chance=False), 0.5),
                "one_too_few": Mistake(servers - 1, 0.25),
            },
            whole=True,
        ),
        "wait_ms": _wait(wait_ms, 1000 * _wait_s(followed, erlangs, service_s, chance=False),
                         busy.service_ms),
    }  # fmt: skip


def _wait(
    wait_ms: float, of_those_who_wait_ms: float, service_ms: float, **more: Mistake
) -> Quantity:
    """Return a mean wait in ms, with the mistakes that every one has."""
    mistakes = {
        "seconds_for_ms": Mistake(wait_ms / 1000, 0.5),
        "only_those_who_wait": Mistake(of_those_who_wait_ms, 0.25),
        "response_for_wait": Mistake(wait_ms + service_ms, 0.5),
    }
    return Quantity(wait_ms, 1, mistakes | more)


def _pooling(regions: Regions) -> dict[str, Quantity]:
    service_s = regions.service_ms / 1000
    servers, erlangs = regions.servers_each, regions.per_s_each * service_s
    count = regions.count

    def waits_ms(times: int, load: float) -> tuple[float, float]:
        return (
            1000 * _wait_s(times * servers, load, service_s),
            1000 * _wait_s(times * servers, load, service_s, chance=False),
        )

    apart_ms, apart_waiting_ms = waits_ms(1, erlangs)
    together_ms, together_waiting_ms = waits_ms(count, count * erlangs)
    return {
        "wait_apart_ms": _wait(apart_ms, apart_waiting_ms, regions.service_ms),
        "wait_together_ms": _wait(
            together_ms,
            together_waiting_ms,
            regions.service_ms,
            divided_by_regions=Mistake(apart_ms / count, 0.25),
            load_not_pooled=Mistake(waits_ms(count, erlangs)[0], 0.25),
        ),
    }


def _rush(rush: Rush, own: Values) -> dict[str, Quantity]:
    ready_per_s = rush.replicas * rush.per_replica_per_s
    later_per_s = (rush.replicas + rush.more) * rush.per_replica_per_s
    lasts_s = rush.notices_s + rush.start_up_s
    backlog = (rush.per_s - ready_per_s) * lasts_s
    followed = own_number(own, "backlog", backlog)
    spare_per_s = later_per_s - rush.per_s
    return {
        "backlog": Quantity(
            backlog,
            1,
            {
                "notice_forgotten": Mistake((rush.per_s - ready_per_s) * rush.start_up_s, 0.5),
                "all_for_excess": Mistake(rush.per_s * lasts_s, 0.25),
            },
        ),
        "lost": Quantity(
            max(0.0, followed - rush.room),
            1,
            {
                "room_forgotten": Mistake(followed, 0.25),
                "only_room": Mistake(rush.room, 0.25),
            },
        ),
        "catch_up_s": Quantity(
            rush.room / spare_per_s,
            1,
            {
                "arrivals_forgotten": Mistake(rush.room / later_per_s, 0.25),
                "whole_backlog": Mistake(followed / spare_per_s, 0.5),
                "only_new": Mistake(rush.room / (rush.more * rush.per_replica_per_s), 0.25),
                "waiting_forgotten": Mistake(0.0),
            },
        ),
    }


def _spare(growth: Growth, own: Values) -> dict[str, Quantity]:
    def needed(time_s: float, *, per_minute: int = 60) -> float:
        return growth.per_s_each_minute / per_minute * time_s / growth.per_replica_per_s

    found = {}
    for name, start_up_s in (
        ("spare_container", growth.container_s),
        ("spare_machine", growth.machine_s),
    ):
        whole = growth.notices_s + start_up_s
        found[name] = Quantity(
            math.ceil(needed(whole)),
            1,
            {
                "notice_forgotten": Mistake(math.ceil(needed(start_up_s)), 0.5),
                "rounded_down": Mistake(math.floor(needed(whole)), 0.5),
                "per_minute_for_second": Mistake(math.ceil(needed(whole, per_minute=1)), 0.25),
            },
            whole=True,
        )
    spare = own_number(own, "spare_machine", found["spare_machine"].right)
    price = growth.eur_per_replica_hour
    found["spare_eur"] = Quantity(
        spare * price * HOURS_OF_A_MONTH,
        1,
        {
            "one_replica": Mistake(price * HOURS_OF_A_MONTH, 0.25),
            "an_hour": Mistake(spare * price, 0.25),
        },
    )
    return found
