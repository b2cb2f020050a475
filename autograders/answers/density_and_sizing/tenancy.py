"""Every number of lesson 06 about tenants, and where mistakes lead.

- `sizes`: what is given to tenants whose requests fit no size exactly
- `day`: what tenants need who keep apart, who share, and who share and bet
- `sharing`: how many tenants can share a host at a risk
- `stranded`: what a host has left when one kind of tenants fills it
- `totals`, `enough`, `most_tenants`: what these are reckoned with
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.exercise.density_and_sizing.shapes import MENU
from course.exercise.notes import number_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from course.exercise.density_and_sizing.problem import Sharing
    from course.exercise.density_and_sizing.shapes import Pair, Request
    from course.exercise.density_and_sizing.tenants import Tenant

__all__ = ["day", "enough", "most_tenants", "sharing", "sizes", "stranded", "totals"]

_SHARE_ENOUGH = 0.95


# Sizes


def _smallest(request: Request, *, cores: bool = True, memory: bool = True) -> int:
    """Return the memory of the smallest size on the menu that holds a request."""
    return next(
        size[1]
        for size in MENU
        if (not cores or size[0] >= request.cores) and (not memory or size[1] >= request.memory_gib)
    )


def sizes(requests: Sequence[Request], own: Values) -> dict[str, Quantity]:
    """Return what tenants are given in sizes that are on sale.

    Args:
        requests: what they ask for.
        own: earlier answers of the learner to go on with.
    """
    asked = sum(request.memory_gib for request in requests)
    menu = sum(_smallest(request) for request in requests)
    followed = own_number(own, "menu_gib", menu)

    def rounded(way: Callable[[float], int]) -> float:
        return sum(math.ldexp(1, way(math.log2(request.memory_gib))) for request in requests)

    more = followed / asked - 1
    return {
        "rounded_gib": Quantity(
            rounded(lambda power: max(0, math.ceil(power))),
            1,
            {
                "rounded_nearest": Mistake(rounded(round), 0.25),
                "rounded_down": Mistake(rounded(math.floor)),
                "nothing_rounded": Mistake(asked),
            },
        ),
        "menu_gib": Quantity(
            menu,
            1,
            {
                "menu_memory_only": Mistake(sum(_smallest(r, cores=False) for r in requests), 0.25),
                "menu_cores_only": Mistake(sum(_smallest(r, memory=False) for r in requests), 0.25),
                "nothing_rounded": Mistake(asked),
            },
        ),
        "menu_more": Quantity(
            more,
            1,
            {
                "share_of_given": Mistake(1 - asked / followed, 0.5),
                "percent_for_share": Mistake(100 * more, 0.5),
                "ratio_for_more": Mistake(followed / asked, 0.5),
            },
        ),
    }


# Over time


def totals(tenants: Sequence[Tenant]) -> list[float]:
    """Return the cores that tenants keep busy together, step by step."""
    return [sum(step) for step in zip(*(tenant.busy_cores for tenant in tenants), strict=True)]


def enough(values: Sequence[float], share: float = _SHARE_ENOUGH) -> float:
    """Return the smallest capacity that holds in a share of the steps.

    Args:
        values: what is wanted in each step.
        share: from 0 to 1.
    """
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered) - 1e-9) - 1]


def _interpolated(values: Sequence[float]) -> float:
    """Return the quantile between the neighbours in order, as many libraries do."""
    ordered = sorted(values)
    position = _SHARE_ENOUGH * (len(ordered) - 1)
    below = int(position)
    return ordered[below] + (position - below) * (ordered[below + 1] - ordered[below])


def day(tenants: Sequence[Tenant]) -> dict[str, Quantity]:
    """Return what tenants need over a day, apart and together.

    Args:
        tenants: with a day of their busy cores.
    """
    together = totals(tenants)
    each = [tenant.busy_cores for tenant in tenants]
    bought = sum(tenant.bought_cores for tenant in tenants)
    mean = sum(together) / len(together)
    peaks = sum(max(cores) for cores in each)
    return {
        "sum_of_peaks": Quantity(
            peaks,
            1,
            {
                "bought_for_busy": Mistake(bought, 0.25),
                "averages_added": Mistake(mean),
                "one_tenant": Mistake(max(max(cores) for cores in each)),
            },
        ),
        "peak_of_sum": Quantity(
            max(together),
            1,
            {
                "peaks_added": Mistake(peaks),
                "averages_added": Mistake(mean),
                "one_tenant": Mistake(max(max(cores) for cores in each)),
            },
        ),
        "enough_95": Quantity(
            enough(together),
            1,
            {
                # As good: with hundreds of steps the two differ by a part of a core.
                "interpolated": Mistake(_interpolated(together), 1.0),
                "percentiles_added": Mistake(sum(map(enough, each)), 0.25),
                "share_of_peak": Mistake(_SHARE_ENOUGH * max(together)),
                "wrong_end": Mistake(enough(together, 1 - _SHARE_ENOUGH)),
                "averages_added": Mistake(mean),
            },
        ),
    }


def most_tenants(sharing: Sharing, fits: Callable[[list[float]], bool]) -> int:
    """Return how many of the first tenants can share the host.

    Args:
        sharing: the host and the tenants.
        fits: whether a day's sums, step by step, are accepted.
    """
    together, count = [0.0] * len(sharing.tenants[0].busy_cores), 0
    for tenant in sharing.tenants:
        together = [a + b for a, b in zip(together, tenant.busy_cores, strict=True)]
        if not fits(together):
            return count
        count += 1
    return count


def _first(sharing: Sharing, amount: Callable[[Tenant], float]) -> int:
    """Return how many of the first tenants fit by an amount that each has."""
    used = 0.0
    for count, tenant in enumerate(sharing.tenants):
        used += amount(tenant)
        if used > sharing.cores:
            return count
    return len(sharing.tenants)


def _over(together: Sequence[float], cores: float) -> float:
    return sum(total > cores for total in together) / len(together)


def sharing(asked: Sharing, own: Values) -> dict[str, Quantity]:
    """Return how many tenants can share a host at a risk, and what was sold then.

    Args:
        asked: the host, the risk and the tenants.
        own: earlier answers of the learner to go on with.
    """
    cores = asked.cores
    most = most_tenants(asked, lambda together: _over(together, cores) <= asked.risk)
    value = own.get("tenants_most")
    possible = not number_notes("", value, whole=True) and 0 < int(value or 0) <= len(asked.tenants)
    followed = int(value) if possible and value is not None else most
    chosen = asked.tenants[:followed]
    sold = sum(tenant.bought_cores for tenant in chosen)
    return {
        "tenants_most": Quantity(
            most,
            1,
            {
                "sold_once": Mistake(_first(asked, lambda tenant: tenant.bought_cores)),
                "peaks_added": Mistake(_first(asked, lambda tenant: max(tenant.busy_cores))),
                "sized_by_mean": Mistake(
                    most_tenants(asked, lambda together: sum(together) <= cores * len(together))
                ),
                "never_over": Mistake(
                    most_tenants(asked, lambda together: max(together) <= cores), 0.5
                ),
                "one_too_many": Mistake(most + 1, 0.5),
            },
            whole=True,
        ),
        "overcommit_ratio": Quantity(
            sold / cores,
            1,
            {
                "ratio_inverted": Mistake(cores / sold, 0.25),
                "tenants_per_core": Mistake(followed / cores),
                "peaks_for_bought": Mistake(
                    sum(max(tenant.busy_cores) for tenant in chosen) / cores, 0.5
                ),
                "percent_for_share": Mistake(100 * sold / cores, 0.5),
            },
        ),
    }


# Two resources


def stranded(pair: Pair) -> dict[str, Quantity]:
    """Return what is left of a host that one kind of tenants fills.

    Args:
        pair: the host and the two kinds.
    """
    alone = {
        "calculating": max(mix for mix in pair.mixes() if mix[1] == 0),
        "remembering": max(mix for mix in pair.mixes() if mix[0] == 0),
    }
    calculating, remembering = (pair.left(*alone[kind]) for kind in alone)
    by_memory = int(pair.memory_gib // pair.calculating.memory_gib)
    by_cores = int(pair.cores // pair.remembering.cores)
    return {
        "stranded_gib": Quantity(
            calculating[1],
            1,
            {
                "used_for_left": Mistake(pair.memory_gib - calculating[1], 0.25),
                "other_resource": Mistake(calculating[0], 0.25),
                "filled_by_other": Mistake(
                    pair.memory_gib - by_memory * pair.calculating.memory_gib
                ),
            },
        ),
        "stranded_cores": Quantity(
            remembering[0],
            1,
            {
                "used_for_left": Mistake(pair.cores - remembering[0], 0.25),
                "other_resource": Mistake(remembering[1], 0.25),
                "filled_by_other": Mistake(pair.cores - by_cores * pair.remembering.cores),
            },
        ),
    }
