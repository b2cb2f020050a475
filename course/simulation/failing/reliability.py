"""Availability, reckoned: the share of time in which something can be used.

- `availability`: from the mean times to failure and to repair
- `in_series`, `in_parallel`, `k_of_n`: of what is made of parts
- `minutes_down_per_year`, `availability_of`, `nines`: the same thing in other words
- `with_spares`, `spare_hosts_for`: of services on hosts, some of which stand by
- `expected_availability`: of a service under the policies of `course.simulation.failing.failures`

All of them take parts to fail independently of each other. Parts that share a rack, a power supply
or an update do not, so that these figures are the best case.

>>> web, database = availability(1000, 10), availability(4000, 8)
>>> round(in_series(web, database), 4)
0.9881
>>> round(in_series(in_parallel(web, web), database), 4)
0.9979
"""

from __future__ import annotations

import math

from course.simulation.errors import ParameterError, UnknownNameError, require

__all__ = [
    "MINUTES_PER_YEAR",
    "POLICIES",
    "availability",
    "availability_of",
    "expected_availability",
    "in_parallel",
    "in_series",
    "k_of_n",
    "minutes_down_per_year",
    "nines",
    "spare_hosts_for",
    "with_spares",
]

POLICIES = ("none", "restart", "restart-elsewhere", "live-migration")

HOURS_PER_YEAR = 365 * 24
MINUTES_PER_YEAR = 60 * HOURS_PER_YEAR
_SECONDS_PER_HOUR = 3600
_MOST_SPARE_HOSTS = 10_000


def availability(mean_time_to_failure_h: float, mean_time_to_repair_h: float) -> float:
    """Return the share of time in which something works, in the long run.

    Args:
        mean_time_to_failure_h: how long it works on average until it fails, in hours.
        mean_time_to_repair_h: how long it is then out of use on average, in hours.

    Example:
        >>> availability(999, 1)
        0.999
    """
    require("mean_time_to_failure_h", mean_time_to_failure_h, above=0)
    require("mean_time_to_repair_h", mean_time_to_repair_h, at_least=0)
    return mean_time_to_failure_h / (mean_time_to_failure_h + mean_time_to_repair_h)


def in_series(*parts: float) -> float:
    """Return the availability of what works only if all of its parts do.

    Example:
        >>> round(in_series(0.99, 0.99), 4)
        0.9801
    """
    _require_parts(parts)
    return math.prod(parts)


def in_parallel(*parts: float) -> float:
    """Return the availability of what works if any of its parts does.

    Example:
        >>> round(in_parallel(0.99, 0.99), 6)
        0.9999
    """
    _require_parts(parts)
    return 1 - math.prod(1 - part for part in parts)


def k_of_n(needed: int, parts: int, each: float) -> float:
    """Return the availability of what works if at least so many of its equal parts do.

    Args:
        needed: how many have to work.
        parts: how many there are.
        each: the availability of one.

    Example:
        >>> round(k_of_n(2, 3, 0.9), 3)
        0.972
    """
    require("parts", parts, at_least=1, whole=True)
    require("needed", needed, at_least=0, at_most=parts, whole=True)
    require("each", each, at_least=0, at_most=1)
    return math.fsum(_working(parts, each)[needed:])


def minutes_down_per_year(share: float) -> float:
    """Return how many minutes of a year of 365 days an availability leaves out.

    Example:
        >>> round(minutes_down_per_year(0.999), 1)
        525.6
    """
    require("share", share, at_least=0, at_most=1)
    return (1 - share) * MINUTES_PER_YEAR


def availability_of(minutes_per_year: float) -> float:
    """Return the availability of what is down for so many minutes of a year.

    Example:
        >>> round(availability_of(5.256), 6)
        0.99999
    """
    require("minutes_per_year", minutes_per_year, at_least=0, at_most=MINUTES_PER_YEAR)
    return 1 - minutes_per_year / MINUTES_PER_YEAR


def nines(share: float) -> float:
    """Return how many nines an availability has; 0.999 has three, and 1 has infinitely many.

    Example:
        >>> round(nines(0.999), 6), round(nines(0.9995), 1)
        (3.0, 3.3)
    """
    require("share", share, at_least=0, at_most=1)
    return math.inf if share == 1 else -math.log10(1 - share)


def with_spares(hosts: int, spare_hosts: int, each: float) -> float:
    """Return the share of services that have a host, if they need no time to fail over.

    Each of ``hosts`` is needed to carry its part of the services, and any host can take the place
    of any other. A service is then without a host only while more hosts are down than stand by.

    Args:
        hosts: how many hosts the services need.
        spare_hosts: how many more there are.
        each: the availability of one host.

    Example:
        >>> [round(with_spares(10, spare, 0.99), 6) for spare in (0, 1, 2)]
        [0.99, 0.999466, 0.999979]
    """
    require("hosts", hosts, at_least=1, whole=True)
    require("spare_hosts", spare_hosts, at_least=0, whole=True)
    require("each", each, at_least=0, at_most=1)
    chances = _working(hosts + spare_hosts, each)
    return math.fsum(p * min(hosts, up) for up, p in enumerate(chances)) / hosts


def spare_hosts_for(hosts: int, each: float, wanted: float) -> int:
    """Return the fewest spare hosts with which so large a share of the services has a host.

    Args:
        hosts: how many hosts the services need.
        each: the availability of one host.
        wanted: the share of the services, averaged over time, below 1.

    Raises:
        ParameterError: 10,000 spare hosts would not do.

    Example:
        >>> spare_hosts_for(10, 0.99, 0.9999)
        2
    """
    require("wanted", wanted, at_least=0, at_most=1)
    most = 1
    while with_spares(hosts, most, each) < wanted:
        most *= 2
        if most > _MOST_SPARE_HOSTS:
            raise ParameterError(
                f"expected a share that some spare hosts can give, found {wanted!r}: "
                f"{_MOST_SPARE_HOSTS:,} do not, at an availability of {each:g} each",
                name="wanted",
                value=wanted,
            )
    low = 0
    while low < most:
        middle = (low + most) // 2
        if with_spares(hosts, middle, each) >= wanted:
            most = middle
        else:
            low = middle + 1
    return low


def expected_availability(
    policy: str,
    *,
    mean_time_to_failure_h: float,
    mean_time_to_repair_h: float,
    detection_s: float = 0,
    restart_s: float = 0,
    by_hand_s: float = 0,
    warning_share: float = 0,
    migration_downtime_s: float = 0,
) -> float:
    """Return the availability of a service under a policy, with as many spare hosts as it needs.

    Times to failure and to repair are exponentially distributed. A service that is down comes up
    again after some steps; if its new host fails meanwhile, they begin anew. With D the time that
    a failure takes to be noticed, R that of a restart, F and M the mean times to failure and to
    repair, and q = exp(-R / F) the chance that the host outlives the restart, the mean time down is

        (M + F (1 - q)) / q                        for ``restart``
        (M (1 - exp(-D / M)) + F (1 - q)) / q      for ``restart-elsewhere``

    since a host that is repaired before its failure is noticed starts its services itself.

    Args:
        policy: one of `POLICIES`; see `course.simulation.fail`.
        mean_time_to_failure_h: of one host, in hours.
        mean_time_to_repair_h: of one host, in hours.
        detection_s: how long it takes until a failure is acted upon, in seconds.
        restart_s: how long a service takes to start, in seconds.
        by_hand_s: how long it takes ``none`` until somebody starts it, in seconds.
        warning_share: the share of the failures that are announced in time for a migration.
        migration_downtime_s: how long a live migration stops a service, in seconds.

    Example:
        >>> round(expected_availability("restart", mean_time_to_failure_h=999,
        ...                             mean_time_to_repair_h=1), 6)
        0.999
        >>> round(expected_availability("restart-elsewhere", mean_time_to_failure_h=999,
        ...                             mean_time_to_repair_h=1, detection_s=340), 6)
        0.99991
    """
    if policy not in POLICIES:
        raise UnknownNameError("policy", policy, POLICIES)
    require("mean_time_to_failure_h", mean_time_to_failure_h, above=0)
    require("mean_time_to_repair_h", mean_time_to_repair_h, at_least=0)
    for name, value in (
        ("detection_s", detection_s),
        ("restart_s", restart_s),
        ("by_hand_s", by_hand_s),
        ("migration_downtime_s", migration_downtime_s),
    ):
        require(name, value, at_least=0)
    require("warning_share", warning_share, at_least=0, at_most=1)
    failure, repair = mean_time_to_failure_h, mean_time_to_repair_h
    start_h = (restart_s + (by_hand_s if policy == "none" else 0)) / _SECONDS_PER_HOUR
    warned = warning_share if policy == "live-migration" else 0.0
    pause_h = migration_downtime_s / _SECONDS_PER_HOUR
    waiting = repair
    if policy in ("restart-elsewhere", "live-migration") and repair:
        waiting = -repair * math.expm1(-detection_s / _SECONDS_PER_HOUR / repair)
    # What passes until the service runs or its host fails, and the chance that its host fails.
    start, fails = _until(start_h, failure)
    pause, fails_in_pause = _until(pause_h, failure)
    once = warned * pause + (1 - warned) * (waiting + start)
    again = warned * fails_in_pause + (1 - warned) * fails
    if again >= 1:
        return 0.0  # no host lives long enough for a restart
    return failure / (failure + once / (1 - again))


def _until(time_h: float, failure_h: float) -> tuple[float, float]:
    fails = -math.expm1(-time_h / failure_h)
    return failure_h * fails, fails


def _working(parts: int, each: float) -> list[float]:
    """Return the chances that 0, 1, ... of so many parts work: the binomial distribution."""
    if each in (0, 1):
        return [float(up == parts * each) for up in range(parts + 1)]
    works, fails = math.log(each), math.log1p(-each)
    all_ways = math.lgamma(parts + 1)
    return [
        math.exp(
            all_ways - math.lgamma(up + 1) - math.lgamma(parts - up + 1)
            + up * works + (parts - up) * fails
        )
        for up in range(parts + 1)
    ]  # fmt: skip


def _require_parts(parts: tuple[float, ...]) -> None:
    if not parts:
        raise ParameterError("expected the availability of at least one part, found none")
    for part in parts:
        require("the availability of a part", part, at_least=0, at_most=1)
