"""Hosts fail and are repaired; machines crash and are restored.

- `failures`: `fail`, and the policies by which services come back
- `cluster`, `outages`: hosts with spare ones; when they fail
- `process`: the same with SimPy, to be read
- `records`: what became of the services
- `reliability`: the arithmetic of parts that fail
- `recovering`: `recovery` by snapshots
"""

from course.simulation.failing.failures import (
    KUBERNETES_GRACE_S,
    KUBERNETES_NEWER_GRACE_S,
    KUBERNETES_TOLERATION_S,
    POLICIES,
    fail,
)
from course.simulation.failing.records import Failures, Outage
from course.simulation.failing.recovering import Recovery, best_interval_h, recovery
from course.simulation.failing.reliability import (
    MINUTES_PER_YEAR,
    availability,
    availability_of,
    expected_availability,
    in_parallel,
    in_series,
    k_of_n,
    minutes_down_per_year,
    nines,
    spare_hosts_for,
    with_spares,
)

__all__ = [
    "KUBERNETES_GRACE_S",
    "KUBERNETES_NEWER_GRACE_S",
    "KUBERNETES_TOLERATION_S",
    "MINUTES_PER_YEAR",
    "POLICIES",
    "Failures",
    "Outage",
    "Recovery",
    "availability",
    "availability_of",
    "best_interval_h",
    "expected_availability",
    "fail",
    "in_parallel",
    "in_series",
    "k_of_n",
    "minutes_down_per_year",
    "nines",
    "recovery",
    "spare_hosts_for",
    "with_spares",
]
