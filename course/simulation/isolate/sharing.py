"""How the processor time of a host is shared out among its tenants.

- `noisy_neighbour`: what each tenant gets, given what it asks for, its share and its limit
- `Sharing`: what came of it
- `throttled_s`: how long a piece of work takes under a limit

Shares and limits are different things. A *share* (``docker run --cpu-shares``, ``cpu.weight``)
counts only while processors are short: who asks for little gets it, and the rest goes to the others
by their shares, so that nothing is idle while somebody waits. A *limit* (``--cpus``, ``cpu.max``)
holds always, even on an idle host. The rule is known as weighted max-min fairness.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.simulation.errors import ConservationError, ParameterError, require

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Sharing", "noisy_neighbour", "throttled_s"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How much processor time each tenant got.

    Attributes:
        cores: the processor cores of the host.
        demands_cores: how many cores each tenant could keep busy.
        granted_cores: how many each got.
        binding: what kept each from more: ``demand`` (it got all that it asked for), ``limit`` or
            ``share``.
        remark: what should be known, such as that nobody was held back.
    """

    cores: float
    demands_cores: tuple[float, ...]
    granted_cores: tuple[float, ...]
    binding: tuple[str, ...]
    remark: str

    @property
    def slowdowns(self) -> tuple[float, ...]:
        """How many times longer each tenant's work takes than if it got all that it asked for."""
        return tuple(
            1.0 if not asked else math.inf if not got else asked / got
            for asked, got in zip(self.demands_cores, self.granted_cores, strict=True)
        )

    @property
    def utilisation(self) -> float:
        """The share of the cores that is busy, from 0 to 1."""
        return math.fsum(self.granted_cores) / self.cores

    @property
    def idle_cores(self) -> float:
        """How many cores have nothing to do."""
        return max(0.0, self.cores - math.fsum(self.granted_cores))

    def records(self) -> list[dict[str, object]]:
        """Return a row for each tenant."""
        rows = zip(
            self.demands_cores, self.granted_cores, self.slowdowns, self.binding, strict=True
        )
        return [
            {
                "tenant": number,
                "demand_cores": asked,
                "granted_cores": got,
                "slowdown": slowdown,
                "binding": binding,
            }
            for number, (asked, got, slowdown, binding) in enumerate(rows)
        ]


def noisy_neighbour(
    demands_cores: Sequence[float],
    cores: float,
    *,
    shares: Sequence[float] | None = None,
    limits_cores: Sequence[float | None] | None = None,
) -> Sharing:
    """Share out the cores of a host by weighted max-min fairness, with limits.

    Args:
        demands_cores: how many cores each tenant could keep busy.
        cores: how many there are.
        shares: the weight of each tenant, such as Docker's 1,024; equal if not given.
        limits_cores: how many cores each may use at most, None for as many as there are; nobody
            is limited if not given.

    Returns:
        What each gets, and what keeps it from more.

    Raises:
        ParameterError: a number is negative, or there is not one for each tenant.

    Example:
        >>> noisy_neighbour([1, 16], 4).slowdowns
        (1.0, 5.333333333333333)
        >>> noisy_neighbour([2, 16], 4, shares=[512, 1536]).granted_cores
        (1.0, 3.0)
        >>> noisy_neighbour([2, 16], 4, shares=[512, 1536], limits_cores=[None, 2]).granted_cores
        (2.0, 2.0)
    """
    require("cores", cores, above=0)
    tenants = len(demands_cores)
    if not tenants:
        raise ParameterError("expected the demand of at least one tenant, found none")
    weights = [1024.0] * tenants if shares is None else list(shares)
    limits = [None] * tenants if limits_cores is None else list(limits_cores)
    for name, values in (("shares", weights), ("limits_cores", limits)):
        if len(values) != tenants:
            raise ParameterError(
                f"expected {name} to have one number for each of {tenants} tenants, "
                f"found {len(values)}",
                name=name,
                value=values,
            )
    for asked, weight, limit in zip(demands_cores, weights, limits, strict=True):
        require("demands_cores", asked, at_least=0)
        require("shares", weight, above=0)
        if limit is not None:
            require("limits_cores", limit, at_least=0)
    most = [
        float(asked if limit is None else min(asked, limit))
        for asked, limit in zip(demands_cores, limits, strict=True)
    ]
    granted = _fair(most, weights, cores)
    binding = tuple(
        "share" if got < cap else "limit" if cap < asked else "demand"
        for asked, cap, got in zip(demands_cores, most, granted, strict=True)
    )
    total = math.fsum(granted)
    if total > cores * (1 + 1e-9):
        raise ConservationError(f"{total} of {cores} cores were shared out")
    if total < min(cores, math.fsum(most)) * (1 - 1e-9):
        raise ConservationError("a core was idle while somebody waited")
    return Sharing(
        cores=cores,
        demands_cores=tuple(float(asked) for asked in demands_cores),
        granted_cores=tuple(granted),
        binding=binding,
        remark="" if set(binding) != {"demand"} else "nobody was held back: the cores suffice",
    )


def _fair(most: list[float], weights: list[float], cores: float) -> list[float]:
    """Fill all at once, each by its weight, until it has what it wants or the cores are used."""
    granted = [0.0] * len(most)
    left, weight_left = cores, math.fsum(weights)
    # Who wants least for its weight is content first; what it leaves goes to the others.
    by_content = sorted(range(len(most)), key=lambda tenant: most[tenant] / weights[tenant])
    for tenant in by_content:
        fair = max(0.0, left) * min(1.0, weights[tenant] / weight_left)
        granted[tenant] = min(most[tenant], fair)
        left -= granted[tenant]
        weight_left = max(weight_left - weights[tenant], 1e-300)
    return granted


def throttled_s(
    work_s: float, limit_cores: float, *, threads: int = 1, period_s: float = 0.1
) -> float:
    """Return how long a piece of work takes under a limit, on cores that are otherwise idle.

    Linux gives a group ``limit_cores`` times ``period_s`` of processor time in each period, and
    stops it for the rest of the period once that is used. Short work may not notice a limit at all,
    and a little more waits for a whole period.

    Args:
        work_s: the processor time that it needs, in seconds.
        limit_cores: the limit, such as 0.5 for ``docker run --cpus 0.5``.
        threads: how many threads share the work evenly, each on a core of its own.
        period_s: the period, in seconds; Linux's and Docker's own default is 0.1.

    Example:
        >>> round(throttled_s(0.05, 0.5), 3), round(throttled_s(0.06, 0.5), 3)
        (0.05, 0.11)
        >>> round(throttled_s(0.2, 2, threads=8), 3)
        0.025
    """
    require("work_s", work_s, at_least=0)
    require("limit_cores", limit_cores, above=0)
    require("threads", threads, at_least=1, whole=True)
    require("period_s", period_s, above=0)
    if threads <= limit_cores:
        return work_s / threads
    quota_s = limit_cores * period_s
    # The last piece of work, of at most one quota, is done at the beginning of its period.
    periods = max(0, math.ceil(work_s / quota_s * (1 - 1e-12)) - 1)
    return periods * period_s + (work_s - periods * quota_s) / threads
