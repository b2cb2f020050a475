"""Every number that lesson 02 asks for: what is right, and where the usual mistakes lead.

Numbers of the toy machine follow from the learner's problem, and each from her own earlier ones.
Measured ones follow from her own records, of which it is known that they can be true.
"""

from __future__ import annotations

import statistics
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.exercise.hypervisors.measured import BOOTED, by_devices, cpu_seconds, stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.exercise.hypervisors.observation import Observation
    from course.exercise.hypervisors.problem import HypervisorsProblem
    from course.live.experiments.table import Table

__all__ = ["boot_quantities", "cheaper", "device_quantities", "machine_quantities", "quantities",
           "speed_quantities"]  # fmt: skip

KIB_PER_MIB = 1024


def quantities(task: HypervisorsProblem, own: Values = MappingProxyType({})) -> dict[str, Quantity]:
    """Return every number that is asked of the toy machine.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    asked = _counts(task)
    count = own_number(own, "instructions", asked["instructions"].right)
    privileged = own_number(own, "privileged", asked["privileged"].right)
    if privileged > count:  # nobody can go on with that
        count, privileged = asked["instructions"].right, asked["privileged"].right
    asked |= _cycles(task, count, privileged)
    asked |= _seconds(task, own_number(own, "trapped_cycles", asked["trapped_cycles"].right))
    return asked | _break_even(task, privileged / count)


def _counts(task: HypervisorsProblem) -> dict[str, Quantity]:
    toy = task.toy
    lines, privileged = len(toy.program()), len(toy.privileged_lines)
    around = lines - len(toy.work)
    return {
        "instructions": Quantity(
            toy.instructions,
            1,
            {
                "lines_for_times": Mistake(lines),
                "inner_once": Mistake(2 + toy.rounds * (around + len(toy.work) - 2), 0.5),
                "one_round": Mistake(2 + toy.each_round, 0.25),
                "before_forgotten": Mistake(toy.rounds * toy.each_round, 0.5),
                "ordinary_alone": Mistake(toy.instructions - toy.privileged, 0.5),
            },
            whole=True,
        ),
        "privileged": Quantity(
            toy.privileged,
            1,
            {
                "lines_for_times": Mistake(privileged),
                "counted_inside": Mistake(toy.privileged * toy.inner, 0.25),
            },
            whole=True,
        ),
    }


def _cycles(task: HypervisorsProblem, count: float, privileged: float) -> dict[str, Quantity]:
    costs, ordinary = task.toy.costs, count - privileged
    work = ordinary * costs.direct
    emulated = privileged * costs.emulation
    trapped = work + privileged * costs.exit + emulated
    called = work + privileged * costs.hypercall + emulated
    interpreted = count * costs.dispatch + work + emulated
    return {
        "direct_cycles": Quantity(count * costs.direct, 1, {"ordinary_alone": Mistake(work, 0.5)}),
        "trapped_cycles": Quantity(
            trapped,
            1,
            {
                "traps_alone": Mistake(trapped - emulated, 0.5),
                "exits_for_all": Mistake(count * (costs.exit + costs.emulation), 0.25),
                "ordinary_forgotten": Mistake(trapped - work, 0.5),
            },
        ),
        "hypercall_cycles": Quantity(
            called,
            1,
            {
                "calls_alone": Mistake(called - emulated, 0.5),
                "trap_for_call": Mistake(trapped, 0.25),
                "ordinary_forgotten": Mistake(called - work, 0.5),
            },
        ),
        "interpreted_cycles": Quantity(
            interpreted,
            1,
            {
                "dispatch_alone": Mistake(count * costs.dispatch, 0.5),
                "dispatch_of_privileged": Mistake(
                    privileged * costs.dispatch + work + emulated, 0.25
                ),
                "dispatch_of_ordinary": Mistake(interpreted - privileged * costs.dispatch, 0.5),
            },
        ),
    }


def _seconds(task: HypervisorsProblem, trapped: float) -> dict[str, Quantity]:
    seconds = trapped / (task.toy.clock_ghz * 1e9)
    return {
        "trapped_s": Quantity(
            seconds,
            1,
            {
                "cycles_for_seconds": Mistake(trapped, 0.25),
                "mhz_for_ghz": Mistake(1000 * seconds, 0.5),
            },
        )
    }


def _break_even(task: HypervisorsProblem, own_share: float) -> dict[str, Quantity]:
    costs = task.toy.costs
    share = costs.dispatch / costs.exit
    return {
        "break_even_share": Quantity(
            share,
            2,
            {
                "percent_for_fraction": Mistake(100 * share, 0.5),
                "inverted": Mistake(1 / share, 0.25),
                "emulation_after_traps_alone": Mistake(
                    costs.dispatch / (costs.exit + costs.emulation), 0.5
                ),
                "emulation_in_reading_alone": Mistake(
                    costs.dispatch / (costs.exit - costs.emulation), 0.5
                ),
                "dispatch_of_ordinary": Mistake(
                    costs.dispatch / (costs.exit + costs.dispatch), 0.5
                ),
                "hypercall_for_exit": Mistake(costs.dispatch / costs.hypercall, 0.25),
                "own_share": Mistake(own_share),
            },
        )
    }


def cheaper(task: HypervisorsProblem, own: Values = MappingProxyType({})) -> str:
    """Return which of trap-and-emulate and interpretation costs the learner's program less.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with.
    """
    asked = quantities(task, own)
    trapped, interpreted = (
        own_number(own, name, asked[name].right)
        for name in ("trapped_cycles", "interpreted_cycles")
    )
    return "trap-and-emulate" if trapped <= interpreted else "interpretation"


def machine_quantities(seen: Observation) -> dict[str, Quantity]:
    """Return the number that is asked of the machine that was booted.

    Args:
        seen: what was seen of it.
    """
    hidden = (seen.memory_given_mib or 0) - seen.memory_mib
    return {
        "hidden_mib": Quantity(
            hidden,
            1,
            {
                "kb_for_mib": Mistake(hidden * KIB_PER_MIB, 0.5),
                "guest_memory": Mistake(seen.memory_mib, 0.25),
            },
        )
    }


def boot_quantities(table: Table) -> dict[str, Quantity]:
    """Return the numbers that are asked of the recorded starts.

    Args:
        table: the starts. The answers are the stages' names, and `longest_share`.
    """
    found, starts = stages(table), table.values(BOOTED, "start")
    each = 2 / len(found)
    asked = {
        name: Quantity(
            statistics.median(values),
            each,
            {
                "mean_for_median": Mistake(statistics.fmean(values), 0.5),
                "first_for_median": Mistake(values[0], 0.25),
            },
        )
        for name, values in found.items()
    }
    longest = max(asked.values(), key=lambda quantity: quantity.right).right
    share = longest / statistics.median(starts)
    asked["longest_share"] = Quantity(
        share,
        1,
        {
            "seconds_for_share": Mistake(longest, 0.25),
            "percent_for_fraction": Mistake(100 * share, 0.5),
            "inverted": Mistake(1 / share, 0.25),
        },
    )
    return asked


def _ratio(
    over: Sequence[float], under: Sequence[float], points: float, **others: float
) -> Quantity:
    """Return the ratio of two medians, with where the usual mistakes lead."""
    right = statistics.median(over) / statistics.median(under)
    mistakes = {
        "mean_for_median": Mistake(statistics.fmean(over) / statistics.fmean(under), 0.5),
        "first_for_median": Mistake(over[0] / under[0], 0.25),
        "inverted": Mistake(1 / right, 0.5),
        **{name: Mistake(value) for name, value in others.items()},
    }
    return Quantity(right, points, mistakes)


def device_quantities(table: Table) -> dict[str, Quantity]:
    """Return the two ratios of paravirtual to imitated devices.

    Args:
        table: the recorded figures.
    """
    disk, network = by_devices(table, "random read"), by_devices(table, "network")
    ratios = [statistics.median(over) / statistics.median(under) for over, under in (disk, network)]
    asked = {}
    for name, quantity, (virtio, emulated), other in (
        ("disk_ratio", "random read", disk, ratios[1]),
        ("network_ratio", "network", network, ratios[0]),
    ):
        native = [
            row.value
            for row in table.rows
            if (row.technology, row.quantity, row.engine) == ("process", quantity, "host")
        ]
        across = (
            {"across_accelerators": statistics.median(virtio) / statistics.median(native)}
            if native
            else {}
        )
        asked[name] = _ratio(virtio, emulated, 2, other_quantity=other, **across)
    return asked


def speed_quantities(table: Table) -> dict[str, Quantity]:
    """Return how many times as long the same arithmetic takes in the guest.

    Args:
        table: the recorded figures.
    """
    guest, host = cpu_seconds(table)
    return {"slowdown": _ratio(guest, host, 2)}
