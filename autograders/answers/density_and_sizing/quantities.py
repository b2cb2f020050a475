"""Every number of lesson 06 that follows from the personal problem, and where mistakes lead.

`tenancy` has those that are about tenants.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.answers.density_and_sizing import tenancy
from autograders.checks import Mistake, Quantity, Values, own_number
from course.exercise.density_and_sizing.stacks import Resources, Technology, fit

if TYPE_CHECKING:
    from course.exercise.density_and_sizing.problem import DensityProblem, Fleet
    from course.exercise.density_and_sizing.stacks import Stack

__all__ = ["BINDING_OF", "CLAIMED_RATIOS", "binding", "quantities"]

#: What a learner calls the resource that ends first.
BINDING_OF = MappingProxyType({"cores": "cores", "memory_mib": "memory", "disk_mb": "disk"})
#: The ends of the claimed band (C11), with the answer that each is.
CLAIMED_RATIOS = MappingProxyType({"ratio_3_mib": 3, "ratio_4_mib": 4})


def quantities(task: DensityProblem, own: Values = MappingProxyType({})) -> Mapping[str, Quantity]:
    """Return every number that follows from the personal problem.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    found = _instances(task.stack) | _band(task.stack) | tenancy.sizes(task.requests, own)
    found |= tenancy.day(task.sharing.first) | tenancy.sharing(task.sharing, own)
    found |= tenancy.stranded(task.pair)
    counts = {name: own_number(own, name, found[name].right) for name in ("machines", "containers")}
    return found | _fleet(task.fleet, own, counts)


# How many fit


def binding(stack: Stack, technology: Technology) -> str:
    """Return what ends first, in the learner's word.

    Args:
        stack: the host and the application.
        technology: which way.
    """
    limits = fit(stack.host, stack.application, technology)
    return BINDING_OF[min(limits, key=lambda name: limits[name])]


def _instances(stack: Stack) -> dict[str, Quantity]:
    machine, container = stack.machine, stack.container
    nothing = Resources(0, 0, 0)
    image_each = replace(
        container, disk_mb=container.disk_mb + container.shared_disk_mb, shared_disk_mb=0
    )
    return {
        "machines": _count(
            stack,
            machine,
            {
                "guest_forgotten": (replace(machine, guest_mib=0), 0.25),
                "monitor_forgotten": (replace(machine, monitor_mib=0), 0.25),
                "overhead_forgotten": (replace(machine, guest_mib=0, monitor_mib=0), 0),
                "host_share_forgotten": (replace(machine, host=nothing), 0.5),
            },
        ),
        "containers": _count(
            stack,
            container,
            {
                "image_for_each": (image_each, 0.25),
                "host_share_forgotten": (replace(container, host=nothing, shared_disk_mb=0), 0.5),
                "overhead_forgotten": (replace(container, monitor_mib=0, idle_cores=0), 0.25),
            },
        ),
    }


def _count(
    stack: Stack, technology: Technology, wrong: Mapping[str, tuple[Technology, float]]
) -> Quantity:
    """Return how many fit, with what other technologies and single resources would allow."""
    limits = fit(stack.host, stack.application, technology)
    mistakes = {
        name: Mistake(math.floor(min(fit(stack.host, stack.application, other).values())), share)
        for name, (other, share) in wrong.items()
    }
    for resource, word in BINDING_OF.items():
        mistakes[f"by_{word}"] = Mistake(math.floor(limits[resource]), 0.25)
    least = min(limits.values())
    mistakes["rounded_up"] = Mistake(math.ceil(least), 0.5)
    return Quantity(math.floor(least), 1, mistakes, whole=True)


def _band(stack: Stack) -> dict[str, Quantity]:
    machine_mib = stack.machine.each["memory_mib"]
    container_mib = stack.container.each["memory_mib"]
    # (application + machine) = ratio * (application + container)
    ends = {
        name: (machine_mib - ratio * container_mib) / (ratio - 1)
        for name, ratio in CLAIMED_RATIOS.items()
    }
    other = {"ratio_3_mib": "ratio_4_mib", "ratio_4_mib": "ratio_3_mib"}
    return {
        name: Quantity(
            end,
            1,
            {
                "band_swapped": Mistake(ends[other[name]], 0.25),
                "container_overhead_forgotten": Mistake(
                    machine_mib / (CLAIMED_RATIOS[name] - 1), 0.5
                ),
                "machine_over_application": Mistake(machine_mib / CLAIMED_RATIOS[name], 0.25),
                "guest_forgotten": Mistake(
                    max(0, stack.machine.monitor_mib - CLAIMED_RATIOS[name] * container_mib)
                    / (CLAIMED_RATIOS[name] - 1),
                    0.25,
                ),
                "monitor_forgotten": Mistake(
                    max(0, stack.machine.guest_mib - CLAIMED_RATIOS[name] * container_mib)
                    / (CLAIMED_RATIOS[name] - 1),
                    0.25,
                ),
            },
        )
        for name, end in ends.items()
    }


# The fleet


def _fleet(fleet: Fleet, own: Values, counts: Mapping[str, float]) -> dict[str, Quantity]:
    found = {
        "machine_hosts": _hosts(fleet, counts["machines"]),
        "container_hosts": _hosts(fleet, counts["containers"]),
    }
    machine_hosts, container_hosts = (
        own_number(own, name, quantity.right) for name, quantity in found.items()
    )
    fewer = machine_hosts - container_hosts
    yearly = fleet.host_price_eur / fleet.years + fleet.upkeep_eur_per_year
    found["saved_eur_per_year"] = Quantity(
        fewer * yearly,
        1,
        {
            "price_at_once": Mistake(
                fewer * (fleet.host_price_eur + fleet.upkeep_eur_per_year), 0.5
            ),
            "upkeep_forgotten": Mistake(fewer * fleet.host_price_eur / fleet.years, 0.5),
            "price_forgotten": Mistake(fewer * fleet.upkeep_eur_per_year, 0.5),
            "whole_life": Mistake(fewer * yearly * fleet.years, 0.5),
        },
    )
    return found


def _hosts(fleet: Fleet, each: float) -> Quantity:
    needed = fleet.instances / each
    return Quantity(
        math.ceil(needed) + fleet.spare_hosts,
        1,
        {
            "spare_forgotten": Mistake(math.ceil(needed), 0.5),
            "spare_lost_in_rounding": Mistake(math.floor(needed) + fleet.spare_hosts, 0.5),
            "spare_for_each": Mistake(math.ceil(needed) * (1 + fleet.spare_hosts)),
        },
        whole=True,
    )
