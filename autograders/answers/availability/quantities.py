"""Every number of lesson 09 that follows from the personal problem, and where mistakes lead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.exercise.availability.reckoning import HOURS_PER_YEAR, MINUTES_PER_YEAR

if TYPE_CHECKING:
    from course.exercise.availability.problem import AvailabilityProblem
    from course.exercise.availability.reckoning import (
        Design,
        Host,
        Outages,
        Room,
        Snapshots,
    )

__all__ = ["hosts_needed", "next_part", "quantities", "right_lever", "short"]

MINUTES_PER_MONTH = 30 * 24 * 60


def quantities(
    task: AvailabilityProblem, own: Values = MappingProxyType({})
) -> Mapping[str, Quantity]:
    """Return every number that follows from the personal problem alone.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    return (
        _budget(task.host)
        | _design(task.design)
        | _room(task.room, task.host, own)
        | _outages(task.outages, own)
        | _lost(task.snapshots)
    )


def _budget(host: Host) -> dict[str, Quantity]:
    missing = 1 - host.availability
    promised = 1 - host.promised_percent / 100
    return {
        "down_h": Quantity(
            HOURS_PER_YEAR * missing,
            1,
            {
                "repair_over_failure": Mistake(
                    HOURS_PER_YEAR * host.hours_to_repair / host.hours_to_failure, 0.5
                ),
                "minutes_for_hours": Mistake(MINUTES_PER_YEAR * missing, 0.5),
                "share_for_time": Mistake(missing, 0.25),
                "up_for_down": Mistake(HOURS_PER_YEAR * host.availability),
            },
        ),
        "allowed_min": Quantity(
            MINUTES_PER_MONTH * promised,
            1,
            {
                "year_for_month": Mistake(MINUTES_PER_YEAR * promised, 0.5),
                "hours_for_minutes": Mistake(MINUTES_PER_MONTH * promised / 60, 0.5),
                "percent_for_share": Mistake(100 * MINUTES_PER_MONTH * promised, 0.25),
                "up_for_down": Mistake(MINUTES_PER_MONTH * (1 - promised)),
            },
        ),
    }


def next_part(design: Design) -> str:
    """Return the part that is down most of the time although it has its copies.

    Args:
        design: parts in series.
    """
    return max(design.parts, key=lambda part: (1 - part.availability) ** part.copies).name


def _minutes(share: float) -> float:
    return MINUTES_PER_YEAR * share


def _design(design: Design) -> dict[str, Quantity]:
    parts = design.parts
    missing = [1 - part.availability for part in parts]
    copies = [part.copies for part in parts]
    left = [gone**times for gone, times in zip(missing, copies, strict=True)]
    pairs = list(zip(missing, copies, strict=True))
    single = 1 - math.prod(part.availability for part in parts)
    return {
        "single_down_min": Quantity(
            _minutes(single),
            1,
            {
                "added_series": Mistake(_minutes(sum(missing)), 0.5),
                "weakest_alone": Mistake(_minutes(max(missing)), 0.25),
                "multiplied_missing": Mistake(_minutes(math.prod(missing))),
                "share_for_time": Mistake(single, 0.25),
                "up_for_down": Mistake(_minutes(1 - single)),
            },
        ),
        "design_down_min": Quantity(
            _minutes(1 - math.prod(1 - share for share in left)),
            1,
            {
                "added_parallel": Mistake(
                    _minutes(1 - math.prod(1 - times * gone for gone, times in pairs)), 0.25
                ),
                "all_copies_needed": Mistake(
                    _minutes(1 - math.prod((1 - gone) ** times for gone, times in pairs)), 0.25
                ),
                "divided_parallel": Mistake(
                    _minutes(1 - math.prod(1 - gone / times for gone, times in pairs)), 0.25
                ),
                "copies_forgotten": Mistake(_minutes(single)),
                "weakest_alone": Mistake(_minutes(max(left)), 0.25),
                "share_for_time": Mistake(1 - math.prod(1 - share for share in left), 0.25),
            },
        ),
    }


def hosts_needed(room: Room) -> int:
    """Return how many hosts hold all machines while none of them fails.

    Args:
        room: the machines and the hosts.
    """
    return math.ceil(room.machines / (room.host_gib // room.machine_gib))


def short(every: int, needed: int, availability: float) -> float:
    """Return the share of the time in which fewer hosts run than are needed.

    Args:
        every: how many there are.
        needed: how many have to run.
        availability: the share of the time in which each one runs.
    """
    down = 1 - availability
    return math.fsum(
        math.comb(every, gone) * down**gone * availability ** (every - gone)
        for gone in range(max(0, every - needed + 1), every + 1)
    )


def _room(room: Room, host: Host, own: Values) -> dict[str, Quantity]:
    hosts = hosts_needed(room)
    needed = int(own_number(own, "hosts", hosts))
    every = int(own_number(own, "hosts_for_failures", needed + room.failures))
    down, up = 1 - host.availability, host.availability
    spare = max(0, every - needed)
    right = short(every, needed, up)
    exactly = math.comb(every, spare + 1) * down ** (spare + 1) * up ** (every - spare - 1)
    return {
        "hosts": Quantity(
            hosts,
            1,
            {"too_few": Mistake(hosts - 1, 0.25)},
            whole=True,
        ),
        "hosts_for_failures": Quantity(
            needed + room.failures,
            1,
            {
                "failures_forgotten": Mistake(needed),
                "doubled": Mistake(2 * needed, 0.25),
            },
            whole=True,
        ),
        "short_min": Quantity(
            _minutes(right),
            2,
            {
                "exactly": Mistake(_minutes(exactly), 0.5),
                "no_choice": Mistake(_minutes(down ** (spare + 1)), 0.25),
                "any_host": Mistake(_minutes(1 - up**every), 0.25),
                "share_for_time": Mistake(right, 0.5),
            },
        ),
    }


def right_lever(outages: Outages) -> str:
    """Return the letter of what shortens an outage most.

    Args:
        outages: what follows a failure.
    """
    by_start = outages.start_s - outages.quick_start_s
    by_wait = outages.wait_s - outages.short_wait_s
    return "a" if by_start > by_wait else "b"


def _outages(outages: Outages, own: Values) -> dict[str, Quantity]:
    each_s = outages.notice_s + outages.wait_s + outages.start_s
    failures = HOURS_PER_YEAR / outages.hours_to_failure

    def minutes(seconds: float) -> float:
        return failures * seconds / 60

    right = minutes(each_s)
    followed = own_number(own, "elsewhere_min", right)
    return {
        "elsewhere_min": Quantity(
            right,
            1,
            {
                "wait_forgotten": Mistake(minutes(each_s - outages.wait_s), 0.5),
                "start_forgotten": Mistake(minutes(each_s - outages.start_s), 0.5),
                "seconds_for_minutes": Mistake(60 * right, 0.5),
                "one_failure": Mistake(each_s / 60, 0.25),
            },
        ),
        "announced_min": Quantity(
            followed * (1 - outages.announced),
            1,
            {"announced_inverted": Mistake(followed * outages.announced, 0.25)},
        ),
    }


def _lost(snapshots: Snapshots) -> dict[str, Quantity]:
    s, per_min = snapshots, snapshots.orders_per_h / 60
    worst = per_min * (s.every_min + s.writing_min)
    mean = per_min * (s.every_min / 2 + s.writing_min)
    needed_min = s.most_lost / per_min - s.writing_min
    return {
        "worst_lost": Quantity(
            worst,
            0.75,
            {
                "writing_forgotten": Mistake(per_min * s.every_min, 0.5),
                "mean_for_worst": Mistake(mean, 0.25),
            },
        ),
        "mean_lost": Quantity(
            mean,
            0.75,
            {
                "writing_forgotten": Mistake(per_min * s.every_min / 2, 0.5),
                "half_of_writing": Mistake(worst / 2, 0.5),
                "worst_for_mean": Mistake(worst, 0.25),
            },
        ),
        "back_min": Quantity(
            s.notice_min + s.restore_min,
            0.75,
            {
                "notice_forgotten": Mistake(s.restore_min, 0.5),
                "point_for_time": Mistake(s.every_min + s.writing_min),
            },
        ),
        "every_needed_min": Quantity(
            needed_min,
            0.75,
            {
                "writing_forgotten": Mistake(needed_min + s.writing_min, 0.5),
                "hours_for_minutes": Mistake(needed_min / 60, 0.5),
            },
        ),
    }
