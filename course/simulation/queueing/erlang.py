"""Erlang's formulae: how many servers, and how long one waits, when all is by chance.

They hold for a service that is asked at random (Poisson arrivals), whose times of service are
exponential, and in the long run. `queue` simulates what they assume, and what they do not.

==================  =======================================================================
`erlang_b`          the share that is turned away where nobody can wait
`erlang_c`          the share that has to wait where everybody can
`mean_wait_s`       how long one waits, on average
`answered_within`   the share that waits no longer than so long
`wait_quantile_s`   how long this share waits at most
`servers_for`       the fewest servers with which one does not wait too long
`mean_wait_general_s`  the mean wait if arrivals or services vary more, or less: nearly
==================  =======================================================================

The *offered load* is arrivals per second times seconds of service; its unit is the erlang: so many
servers would be busy on average. Waits are stationary only if it is less than the number of
servers.

Sources: A. K. Erlang, Solution of some problems in the theory of probabilities of significance in
automatic telephone exchanges (1917); the recursion of `erlang_b` is exact and never overflows.

>>> calls_per_s, call_s = 360 / 1800, 240  # 360 calls in half an hour, 4 minutes each
>>> round(erlang_c(55, calls_per_s * call_s), 3)
0.239
>>> round(mean_wait_s(55, calls_per_s, call_s), 2)
8.18
>>> round(answered_within(55, calls_per_s, call_s, 15), 3)
0.846
"""

from __future__ import annotations

import math

from course.simulation.errors import ParameterError, require
from course.simulation.variability import require_probability

__all__ = [
    "answered_within",
    "erlang_b",
    "erlang_c",
    "mean_wait_general_s",
    "mean_wait_s",
    "servers_for",
    "wait_quantile_s",
]


def erlang_b(servers: int, offered_erlangs: float) -> float:
    """Return the share that is turned away where nobody can wait.

    Args:
        servers: how many there are, at least 1.
        offered_erlangs: arrivals per second times seconds of service; it may exceed the servers.

    Raises:
        ParameterError: a number is unusable.

    Example:
        >>> round(erlang_b(5, 4), 6)
        0.199067
    """
    require("servers", servers, at_least=1, whole=True)
    require("offered_erlangs", offered_erlangs, at_least=0)
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered_erlangs * blocked / (number + offered_erlangs * blocked)
    return blocked


def erlang_c(servers: int, offered_erlangs: float) -> float:
    """Return the share that has to wait where everybody can.

    Args:
        servers: how many there are, at least 1.
        offered_erlangs: arrivals per second times seconds of service; less than the servers.

    Raises:
        ParameterError: a number is unusable, or the load is too much for the servers.

    Example:
        >>> round(erlang_c(5, 4), 6)
        0.554113
    """
    _require_stable(servers, offered_erlangs)
    return _waiting(servers, offered_erlangs, erlang_b(servers, offered_erlangs))


def mean_wait_s(servers: int, arrivals_per_s: float, service_s: float) -> float:
    """Return how long one waits for service, on average over all, in seconds.

    Args:
        servers: how many there are, at least 1.
        arrivals_per_s: how many come, each second, on average.
        service_s: how long a service takes, in seconds, on average.

    Raises:
        ParameterError: a number is unusable, or the load is too much for the servers.

    Example:
        >>> mean_wait_s(1, 0.5, 1.0)
        1.0
    """
    waiting, leaving_per_s = _waiting_and_leaving(servers, arrivals_per_s, service_s)
    return waiting / leaving_per_s


def answered_within(
    servers: int, arrivals_per_s: float, service_s: float, within_s: float
) -> float:
    """Return the share that waits no longer than so long.

    Args:
        servers: how many there are, at least 1.
        arrivals_per_s: how many come, each second, on average.
        service_s: how long a service takes, in seconds, on average.
        within_s: how long one may wait, in seconds.

    Raises:
        ParameterError: a number is unusable, or the load is too much for the servers.

    Example:
        >>> round(answered_within(14, 200 / 3600, 180, within_s=20), 3)
        0.888
    """
    require("within_s", within_s, at_least=0)
    waiting, leaving_per_s = _waiting_and_leaving(servers, arrivals_per_s, service_s)
    return 1 - waiting * math.exp(-leaving_per_s * within_s)


def wait_quantile_s(servers: int, arrivals_per_s: float, service_s: float, share: float) -> float:
    """Return how long this share waits at most, in seconds.

    Args:
        servers: how many there are, at least 1.
        arrivals_per_s: how many come, each second, on average.
        service_s: how long a service takes, in seconds, on average.
        share: of all who come, between 0 and 1.

    Raises:
        ParameterError: a number is unusable, or the load is too much for the servers.

    Example:
        >>> wait_quantile_s(1, 0.5, 1.0, share=0.5)  # half of them find nobody before them
        0.0
        >>> round(wait_quantile_s(1, 0.5, 1.0, share=0.99), 3)
        7.824
    """
    require_probability(share)
    waiting, leaving_per_s = _waiting_and_leaving(servers, arrivals_per_s, service_s)
    if waiting <= 1 - share:
        return 0.0
    return math.log(waiting / (1 - share)) / leaving_per_s


def servers_for(
    arrivals_per_s: float, service_s: float, *, wait_s: float, share: float | None = None
) -> int:
    """Return the fewest servers with which one does not wait too long.

    Args:
        arrivals_per_s: how many come, each second, on average.
        service_s: how long a service takes, in seconds, on average.
        wait_s: how long one may wait, in seconds: on average, if no share is given.
        share: which share of all must not wait longer than that.

    Raises:
        ParameterError: a number is unusable, or no wait at all is asked for.

    Example:
        >>> servers_for(200 / 3600, 180, wait_s=20, share=0.8)
        14
        >>> servers_for(200 / 3600, 180, wait_s=20)
        13
    """
    require("arrivals_per_s", arrivals_per_s, at_least=0)
    require("service_s", service_s, above=0)
    require("wait_s", wait_s, at_least=0)
    if share is not None:
        require_probability(share)
    elif wait_s == 0 and arrivals_per_s > 0:
        raise ParameterError(
            "expected a mean wait_s of more than 0, found 0: as long as services come by chance, "
            "somebody waits now and then. Allow some time, or name a share that must not wait",
            name="wait_s",
            value=wait_s,
        )
    offered = arrivals_per_s * service_s
    servers, blocked = 0, 1.0
    while True:
        servers += 1
        blocked = offered * blocked / (servers + offered * blocked)
        if servers <= offered:
            continue
        waiting = _waiting(servers, offered, blocked)
        leaving_per_s = servers / service_s - arrivals_per_s
        if share is None:
            enough = waiting / leaving_per_s <= wait_s
        else:
            enough = 1 - waiting * math.exp(-leaving_per_s * wait_s) >= share
        if enough:
            return servers


def mean_wait_general_s(
    servers: int,
    arrivals_per_s: float,
    service_s: float,
    arrival_variation: float = 1.0,
    service_variation: float = 1.0,
) -> float:
    """Return nearly how long one waits if arrivals or services vary more, or less, than by chance.

    The mean wait of `mean_wait_s` times the mean of the two squared variations (Allen and Cunneen).
    For one server and random arrivals it is exact (Pollaczek and Khinchine), for others an
    approximation that is good under high load.

    Args:
        servers: how many there are, at least 1.
        arrivals_per_s: how many come, each second, on average.
        service_s: how long a service takes, in seconds, on average.
        arrival_variation: the standard deviation of the times between arrivals, divided by their
            mean: 0 if they come like clockwork, 1 if at random, more if in bursts.
        service_variation: the same of the times of service.

    Raises:
        ParameterError: a number is unusable, or the load is too much for the servers.

    Example:
        >>> mean_wait_general_s(1, 0.5, 1.0, service_variation=0)  # every service alike: half
        0.5
    """
    require("arrival_variation", arrival_variation, at_least=0)
    require("service_variation", service_variation, at_least=0)
    by_chance_s = mean_wait_s(servers, arrivals_per_s, service_s)
    return by_chance_s * (arrival_variation**2 + service_variation**2) / 2


def _waiting(servers: int, offered: float, blocked: float) -> float:
    """Turn the share that is turned away into the one that waits."""
    return blocked / (1 - offered / servers * (1 - blocked))


def _waiting_and_leaving(
    servers: int, arrivals_per_s: float, service_s: float
) -> tuple[float, float]:
    """Return the share that waits, and by how much faster they are served than they come."""
    require("servers", servers, at_least=1, whole=True)
    require("arrivals_per_s", arrivals_per_s, at_least=0)
    require("service_s", service_s, above=0)
    return erlang_c(servers, arrivals_per_s * service_s), servers / service_s - arrivals_per_s


def _require_stable(servers: int, offered: float) -> None:
    require("servers", servers, at_least=1, whole=True)
    require("offered_erlangs", offered, at_least=0)
    if offered >= servers:
        raise ParameterError(
            f"expected an offered load of less than {servers} erlang for "
            f"{servers} server{'s' if servers > 1 else ''}, found {offered:.6g}: the queue would "
            f"grow without end. Take at least {math.floor(offered) + 1} servers",
            name="offered_erlangs",
            value=offered,
        )
