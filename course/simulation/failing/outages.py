"""When hosts fail and are repaired, drawn ahead of what becomes of their services.

- `HostOutages`: some outages of hosts, as arrays
- `host_outages`: all of them until an hour, in the order of time, piece by piece

Times to failure and to repair are exponentially distributed. Hosts fail independently of each
other, whether they carry services or not; a host that is down does not fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["HostOutages", "host_outages"]

_AT_ONCE = 20_000  # outages that are drawn and held at one time


@dataclass(frozen=True, slots=True)
class HostOutages:
    """Outages that begin within one stretch of time, in the order of their beginnings.

    Attributes:
        host: shape (n,), which host, from 0 on.
        start_h: shape (n,), when it fails, in hours.
        end_h: shape (n,), when it is repaired, in hours.
        announced: shape (n,), whether the failure was announced in time for a migration.
        until_h: no outage of a later piece begins before this hour.
    """

    host: NDArray[np.int64]
    start_h: NDArray[np.float64]
    end_h: NDArray[np.float64]
    announced: NDArray[np.bool_]
    until_h: float


def host_outages(
    hosts: int,
    mean_time_to_failure_h: float,
    mean_time_to_repair_h: float,
    duration_h: float,
    warning_share: float,
    generator: np.random.Generator,
    maintenance_every_h: float | None = None,
) -> Iterator[HostOutages]:
    """Draw the outages of hosts that all work at first.

    Args:
        hosts: how many there are.
        mean_time_to_failure_h: of each, in hours.
        mean_time_to_repair_h: of each, in hours.
        duration_h: until when, in hours.
        warning_share: the share of failures that are announced.
        generator: the source of chance.
        maintenance_every_h: how often something else happens to each host, in hours, for which
            the pieces have to be short enough, too; None if nothing does.

    Yields:
        The outages that begin before ``duration_h``, so many at a time that memory does not grow
        with the duration.
    """
    cycle_h = mean_time_to_failure_h + mean_time_to_repair_h
    often_h = min(cycle_h, cycle_h if maintenance_every_h is None else maintenance_every_h)
    stretch_h = min(duration_h, max(1, _AT_ONCE // hosts) * often_h)
    next_h = generator.exponential(mean_time_to_failure_h, hosts)
    until_h = 0.0
    while until_h < duration_h:
        until_h = min(duration_h, until_h + stretch_h)
        host, start_h, end_h = [], [], []
        due = np.flatnonzero(next_h < until_h)
        while due.size:
            # As many outages of each host as are to be expected; draws too many are left unused,
            # which does not change the chances of others.
            count = 4 + int(1.1 * (until_h - next_h[due].min()) / cycle_h)
            repairs_h = generator.exponential(mean_time_to_repair_h, (due.size, count))
            cycles_h = repairs_h + generator.exponential(mean_time_to_failure_h, repairs_h.shape)
            fails_h = next_h[due, None] + np.pad(np.cumsum(cycles_h, axis=1), ((0, 0), (1, 0)))
            used = fails_h[:, :-1] < until_h
            row, column = np.nonzero(used)
            host.append(due[row])
            start_h.append(fails_h[row, column])
            end_h.append(fails_h[row, column] + repairs_h[row, column])
            next_h[due] = fails_h[np.arange(due.size), used.sum(axis=1)]
            due = due[next_h[due] < until_h]
        starts = np.concatenate(start_h) if start_h else np.empty(0)
        order = np.argsort(starts, kind="stable")
        yield HostOutages(
            host=np.concatenate(host)[order] if host else np.empty(0, dtype=np.int64),
            start_h=starts[order],
            end_h=np.concatenate(end_h)[order] if end_h else np.empty(0),
            announced=generator.random(starts.size) < warning_share,
            until_h=until_h,
        )
