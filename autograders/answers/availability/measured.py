"""What follows from a learner's own records: what is right of them, and where mistakes lead.

Nothing here knows what a machine should do. Whatever was recorded, a median is its median, and a
ratio the ratio of two of its figures; what cannot have been recorded is refused before.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity
from course.exercise.availability.measured_notes import BACK
from course.exercise.availability.records import by_rate, own_processor, restores

if TYPE_CHECKING:
    from course.exercise.availability.problem import AvailabilityProblem
    from course.live.experiments import Table

__all__ = ["back", "downtimes", "times_as_much", "wrong_downtimes"]


def back(table: Table) -> dict[str, Quantity]:
    """Return how long it took to come back, where that was measured, in seconds.

    Args:
        table: a record of recovery.
    """
    times, own = restores(table), own_processor(table)
    found = {}
    for name, technology in BACK.items():
        if technology not in times:
            continue
        right = statistics.median(times[technology])
        noticed = [
            row.value
            for row in own.rows
            if (row.technology, row.quantity) == (technology, "crash noticed")
        ]
        mistakes = {
            "mean_for_median": Mistake(statistics.fmean(times[technology]), 0.25),
            "milliseconds": Mistake(1000 * right, 0.5),
        }
        if noticed:
            mistakes["noticing_added"] = Mistake(right + statistics.median(noticed), 0.5)
        found[name] = Quantity(right, 0.75, mistakes)
    return found


def downtimes(table: Table) -> dict[int, float]:
    """Return the downtime of each migration that was completed, in ms, by rate.

    Args:
        table: a record of migrations.
    """
    return by_rate(table, "downtime")


def wrong_downtimes(table: Table) -> dict[str, tuple[dict[int, float], float]]:
    """Return the usual mistakes in the downtimes: what they lead to, and what that still earns.

    Args:
        table: a record of migrations.
    """
    completed = downtimes(table)
    outages = by_rate(table, "outage")
    totals = by_rate(table, "total time")
    found = {"total_time_ms": ({rate: 1000 * totals[rate] for rate in completed}, 0.25)}
    if set(completed) <= set(outages):
        found["outage_for_downtime"] = ({rate: outages[rate] for rate in completed}, 0.5)
    return found


def times_as_much(table: Table, task: AvailabilityProblem) -> Quantity:
    """Return how many times as much the middle rate has sent as the quiet machine.

    Args:
        table: a record of migrations at the learner's rates.
        task: the learner's problem.
    """
    sent = by_rate(table, "sent")
    quiet, middle, _busy = task.rates_mib_per_s
    memory_mib = 128
    return Quantity(
        sent[middle] / sent[quiet],
        1,
        {
            "inverted": Mistake(sent[quiet] / sent[middle], 0.25),
            "memory_for_sent": Mistake(sent[middle] / memory_mib, 0.25),
        },
    )
