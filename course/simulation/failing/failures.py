"""What becomes of services when hosts fail: availability under policies, with hosts to spare.

- `fail`: many hosts over many years
- `KUBERNETES_GRACE_S`, `KUBERNETES_NEWER_GRACE_S`, `KUBERNETES_TOLERATION_S`: how long a cluster
  waits before it gives a node up

====================  ========================================================================
policy                what happens when a host fails
====================  ========================================================================
``none``              it is repaired, and somebody starts its services again
``restart``           it is repaired, and starts its services itself
``restart-elsewhere`` once the failure has been noticed, its services are started on a free host;
                      they wait for one if there is none. A host that is repaired before that
                      starts them itself
``live-migration``    the same, but if the failure was announced, its services are moved to a free
                      host while they run
====================  ========================================================================

Maintenance takes every host out of service from time to time, one after the other. The last two
policies empty it first, and leave the maintenance out if no host is free; the first two stop its
services meanwhile.

The services of a host stay together, and a free host takes all of them: they are a *group*. It
carries nothing else, so that no host ever carries more than its own share. A host that comes back
after its services went elsewhere becomes a free one. Whoever waits longest comes first.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from course.simulation.errors import ParameterError, UnknownNameError, require
from course.simulation.failing.cluster import Cluster
from course.simulation.failing.outages import host_outages
from course.simulation.failing.records import CAUSES, Failures
from course.simulation.failing.reliability import HOURS_PER_YEAR, POLICIES

__all__ = [
    "KUBERNETES_GRACE_S",
    "KUBERNETES_NEWER_GRACE_S",
    "KUBERNETES_TOLERATION_S",
    "POLICIES",
    "fail",
]

KUBERNETES_GRACE_S: Final = 40
"""How long a node may be silent until Kubernetes calls it not ready, at first."""
KUBERNETES_NEWER_GRACE_S: Final = 50
"""The same in newer versions (kubernetes/kubernetes, pull request 127352)."""
KUBERNETES_TOLERATION_S: Final = 300
"""How long its pods then stay, if nothing else is asked for, until they are started elsewhere."""

_SECONDS_PER_HOUR = 3600


def fail(
    hosts: int,
    *,
    services_per_host: int = 1,
    spare_hosts: int = 0,
    mean_time_to_failure_h: float,
    mean_time_to_repair_h: float,
    policy: str = "restart-elsewhere",
    detection_s: float = KUBERNETES_GRACE_S + KUBERNETES_TOLERATION_S,
    restart_s: float = 60,
    by_hand_s: float = 3600,
    warning_share: float = 0,
    migration_downtime_s: float = 0.3,
    maintenance_every_h: float | None = None,
    maintenance_h: float = 1,
    years: float = 1,
    generator: np.random.Generator,
    keep: str = "summary",
) -> Failures:
    """Let hosts fail and be repaired, and see how long their services do not run.

    Args:
        hosts: how many hosts carry services.
        services_per_host: how many services each of them carries; they stay together.
        spare_hosts: how many more hosts run without services at first; they fail like the others.
        mean_time_to_failure_h: how long a host works on average, in hours; exponentially
            distributed.
        mean_time_to_repair_h: how long it is then out of use on average, in hours; likewise.
        policy: one of `POLICIES`.
        detection_s: how long it takes until a failure is acted upon, in seconds. The default is
            what Kubernetes waits for: 40 s, and then 300 s.
        restart_s: how long services take to start, in seconds.
        by_hand_s: how long it takes ``none`` after a repair until somebody starts the services.
        warning_share: the share of the failures that are announced in time for a live migration.
        migration_downtime_s: how long a live migration stops a service, in seconds.
        maintenance_every_h: how often each host is taken out of service, in hours; None for never.
        maintenance_h: for how long, in hours.
        years: how long to go on, in years of 365 days.
        generator: the source of chance.
        keep: ``summary``, or ``outages`` to keep each of them.

    Returns:
        How long the services did not run, in all and each, and why.

    Raises:
        ParameterError: a number is negative, or not one that hosts can have.
        UnknownNameError: there is no such policy.

    Example:
        >>> from numpy.random import default_rng
        >>> rack = {"mean_time_to_failure_h": 2000, "mean_time_to_repair_h": 8, "years": 20}
        >>> alone = fail(10, policy="restart", generator=default_rng(1), **rack)
        >>> spared = fail(10, spare_hosts=1, generator=default_rng(1), **rack)
        >>> round(alone.minutes_per_year), round(spared.minutes_per_year)
        (2195, 79)
        >>> print(fail(1, mean_time_to_failure_h=1e6, mean_time_to_repair_h=1,
        ...            generator=default_rng(1)).remark)
        no host failed: in 1 year, 0.00876 were to be expected. Nothing else happened either
    """
    if policy not in POLICIES:
        raise UnknownNameError("policy", policy, POLICIES)
    if keep not in ("summary", "outages"):
        raise UnknownNameError("way to keep outages", keep, ("summary", "outages"))
    require("hosts", hosts, at_least=1, whole=True)
    require("services_per_host", services_per_host, at_least=1, whole=True)
    require("spare_hosts", spare_hosts, at_least=0, whole=True)
    require("mean_time_to_failure_h", mean_time_to_failure_h, above=0)
    require("mean_time_to_repair_h", mean_time_to_repair_h, above=0)
    require("detection_s", detection_s, at_least=0)
    require("restart_s", restart_s, at_least=0)
    require("by_hand_s", by_hand_s, at_least=0)
    require("warning_share", warning_share, at_least=0, at_most=1)
    require("migration_downtime_s", migration_downtime_s, at_least=0)
    require("years", years, above=0)
    require("maintenance_h", maintenance_h, above=0)
    if maintenance_every_h is not None:
        require("maintenance_every_h", maintenance_every_h, above=maintenance_h)
    if not isinstance(generator, np.random.Generator):
        raise ParameterError(
            "expected generator to be a numpy.random.Generator, such as "
            f"numpy.random.default_rng(1), found {generator!r}",
            name="generator",
            value=generator,
        )
    duration_h = years * HOURS_PER_YEAR
    cluster = Cluster(
        hosts,
        spare_hosts,
        policy,
        detection_h=detection_s / _SECONDS_PER_HOUR,
        restart_h=restart_s / _SECONDS_PER_HOUR,
        by_hand_h=by_hand_s / _SECONDS_PER_HOUR,
        pause_h=migration_downtime_s / _SECONDS_PER_HOUR,
        keep=keep == "outages",
    )
    service = None if maintenance_every_h is None else (maintenance_every_h, maintenance_h)
    pieces = host_outages(
        hosts + spare_hosts, mean_time_to_failure_h, mean_time_to_repair_h, duration_h,
        warning_share, generator, None if service is None else maintenance_every_h,
    )  # fmt: skip
    cluster.run(pieces, service, duration_h)
    cluster.finish(duration_h)
    to_expect = (
        (hosts + spare_hosts) * duration_h / (mean_time_to_failure_h + mean_time_to_repair_h)
    )
    return Failures(
        policy=policy,
        hosts=hosts,
        spare_hosts=spare_hosts,
        services_per_host=services_per_host,
        years=years,
        host_failures=cluster.failures,
        announced=cluster.announced,
        restarts=cluster.restarts,
        migrations=cluster.migrations,
        maintenances=cluster.maintenances,
        postponed=cluster.postponed,
        outages=sum(cluster.outages_of),
        outages_of=tuple(cluster.outages_of),
        minutes_per_year_of=tuple(60 * down_h / years for down_h in cluster.down_h),
        standard_error=math.sqrt(cluster.squares) / (hosts * duration_h),
        longest_outage_s=cluster.longest_h * _SECONDS_PER_HOUR,
        down_s_by_cause={cause: _SECONDS_PER_HOUR * cluster.waited_h[cause] for cause in CAUSES},
        kept=tuple(sorted(cluster.kept, key=lambda outage: (outage.start_h, outage.group))),
        remark=_remark(cluster, years, to_expect),
    )


def _remark(cluster: Cluster, years: float, to_expect: float) -> str:
    told = []
    span = "1 year" if years == 1 else f"{years:g} years"
    if not cluster.failures:
        told.append(f"no host failed: in {span}, {to_expect:.3g} were to be expected")
        if not cluster.maintenances:
            told.append("Nothing else happened either")
    if cluster.policy == "live-migration" and not cluster.migrations:
        told.append(
            "Nothing was migrated: no failure was announced, and no maintenance took place, "
            "while a host was free"
        )
    if cluster.postponed:
        told.append(
            f"Maintenance was left out {cluster.postponed:,} times, because no host was free"
        )
    return ". ".join(told)
