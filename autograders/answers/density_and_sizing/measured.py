"""What follows from a learner's own record of density, and where mistakes lead.

Nothing here knows what an instance should take. Whatever was recorded, a slope is its slope.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.exercise.density_and_sizing.measured_notes import (
    SLOPES,
    VERDICTS,
    lacks_ratio,
    lacks_slope,
)
from course.exercise.records import Reading
from course.exercise.startup_and_footprint.records import memory_used, one_accelerator

if TYPE_CHECKING:
    from course.live.experiments import Table

__all__ = ["fitted", "ratio", "right_verdict", "slopes"]


def fitted(used: list[float]) -> float:
    """Return by how much memory rises with each further instance, in MiB.

    By ordinary least squares, over the instances 1, 2, 3 and so on.

    Args:
        used: the memory in use after each start, in MiB; three or more.
    """
    return statistics.linear_regression(range(1, len(used) + 1), used).slope


def slopes(table: Table) -> dict[str, Quantity]:
    """Return what one more takes, of each technology of which the record tells it.

    Args:
        table: a record of density.
    """
    found = {}
    for name, technology in SLOPES.items():
        if lacks_slope(Reading(table), technology):
            continue
        used = memory_used(table, technology)
        found[name] = Quantity(
            fitted(used),
            0.75,
            {
                "ends_only": Mistake((used[-1] - used[0]) / (len(used) - 1), 0.5),
                "total_over_count": Mistake(used[-1] / len(used), 0.25),
            },
        )
    return found


def ratio(table: Table, own: Values) -> Quantity | None:
    """Return how many containers take as much memory as one tiny machine.

    Args:
        table: a record of density.
        own: the learner's own slopes to go on with, where they can serve.

    Returns:
        The ratio; None if the record does not tell it.
    """
    if lacks_ratio(Reading(table)):
        return None
    right = {name: quantity.right for name, quantity in slopes(table).items()}
    machine, container = (
        own_number(own, name, right[name]) for name in ("machine_mib", "container_mib")
    )
    machines, containers = (memory_used(table, name) for name in ("tiny VM", "container"))
    mistakes = {
        "inverted": Mistake(container / machine, 0.25),
        "totals_divided": Mistake(
            (machines[-1] / len(machines)) / (containers[-1] / len(containers)), 0.25
        ),
    }
    native = _native_containers(table)
    if native:
        mistakes["mixed_accelerators"] = Mistake(machine / native, 0.25)
    return Quantity(machine / container, 0.75, mistakes)


def _native_containers(table: Table) -> float:
    """Return what one more container took on the machine itself, beside machines elsewhere.

    Returns:
        The slope in MiB; 0 if there is none, or if it is what is asked for.
    """
    if "native" in one_accelerator(table).accelerators():
        return 0.0
    rows = [
        row
        for row in table.rows
        if (row.technology, row.quantity, row.accelerator) == ("container", "memory", "native")
    ]
    used = [row.value for row in sorted(rows, key=lambda row: row.repeat)]
    return max(0.0, fitted(used)) if len(used) > 1 else 0.0


def right_verdict(ratio: float) -> str:
    """Return what a measured ratio says of the claim.

    Args:
        ratio: containers for each machine.
    """
    below, within, above = VERDICTS
    return below if ratio < 3 else within if ratio <= 4 else above
