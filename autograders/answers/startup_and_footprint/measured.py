"""What follows from a learner's own records: what is right of them, and where mistakes lead.

Nothing here knows what a start should take. Whatever was recorded, a median is its median, and a
ratio the ratio of two of its medians; what cannot have been recorded is refused before.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.answers.startup_and_footprint.percentile_function import percentile
from autograders.checks import Mistake, Quantity
from course.exercise.records import why_missing
from course.exercise.startup_and_footprint.records import (
    booted,
    figures,
    one_accelerator,
    stages,
)
from course.model import BYTES_PER_MB

if TYPE_CHECKING:
    from course.live.experiments import Table

__all__ = ["LEVER_OF", "RATIOS", "SLOW_SHARE", "WEIGHED", "memory", "ratios", "right_lever",
           "right_verdicts", "shares", "slow", "starts", "tasks", "weights", "wrong_medians",
           "wrong_slow"]  # fmt: skip

#: Which quantile is called slow.
SLOW_SHARE = 0.9
#: Each ratio that is asked for, and the technology whose start is divided by a container's.
RATIOS = MappingProxyType({"machine_over_container": "full VM", "tiny_over_container": "tiny VM"})
#: Each size that is asked for, and the technology whose disk it is.
WEIGHED = MappingProxyType({"full_vm_mb": "full VM", "container_mb": "container"})
#: What shortens a start whose longest stage is this one.
LEVER_OF = MappingProxyType(
    {"firmware": "a", "kernel": "b", "user space": "c", "service": "d", "process": "e"}
)

_Series = dict[str, list[float]]


def starts(table: Table) -> _Series:
    """Return the starts of each technology on one accelerator, in seconds.

    Args:
        table: a record of start-ups.
    """
    own = one_accelerator(table).select(quantity="start")
    return {name: own.values(name, "start") for name in own.technologies}


def _each(times: _Series, statistic: Callable[[list[float]], float]) -> dict[str, float]:
    return {name: statistic(values) for name, values in times.items()}


def wrong_medians(table: Table) -> dict[str, tuple[dict[str, float], float]]:
    """Return the usual mistakes in the medians: what they lead to, and what that still earns.

    Args:
        table: a record of start-ups.
    """
    times = starts(table)
    right = _each(times, statistics.median)
    mixed = {name: statistics.median(figures(table, name, "start")) for name in times}
    return {
        "mean_for_median": (_each(times, statistics.fmean), 0.25),
        "milliseconds": ({name: 1000 * value for name, value in right.items()}, 0.5),
        "first_left_out": (_each(times, lambda v: statistics.median(v[1:] or v)), 0.5),
        "upper_of_two": (_each(times, statistics.median_high), 0.5),
        "mixed_accelerators": (mixed, 0.25),
    }


def slow(times: _Series) -> dict[str, float]:
    """Return the quantile of each technology that is called slow.

    Args:
        times: the starts of each technology.
    """
    return _each(times, lambda values: percentile(values, SLOW_SHARE))


def wrong_slow(table: Table) -> dict[str, tuple[dict[str, float], float]]:
    """Return the usual mistakes in the slow quantile.

    Args:
        table: a record of start-ups.
    """
    times = starts(table)
    return {
        "largest_for_slow": (_each(times, max), 0.25),
        "milliseconds": ({name: 1000 * value for name, value in slow(times).items()}, 0.5),
    }


def ratios(table: Table, medians: Mapping[str, float] | None = None) -> dict[str, Quantity]:
    """Return the ratios that are asked for, where both of their technologies were measured.

    Args:
        table: a record of start-ups.
        medians: the medians to go on with; the right ones if None.
    """
    times = starts(table)
    middle = _each(times, statistics.median) if medians is None else medians
    found = {}
    for name, technology in RATIOS.items():
        if technology not in times or "container" not in times:
            continue
        over, under = middle[technology], middle["container"]
        mistakes = {
            "inverted": Mistake(under / over, 0.25),
            "ratio_of_means": Mistake(
                statistics.fmean(times[technology]) / statistics.fmean(times["container"]), 0.5
            ),
            "difference": Mistake(abs(over - under)),
        }
        natively = table.select(technology="container", quantity="start", accelerator="native")
        if len(natively) and "native" not in one_accelerator(table).accelerators():
            native = statistics.median(row.value for row in natively)
            mistakes["mixed_accelerators"] = Mistake(over / native, 0.25)
        found[name] = Quantity(over / under, 1, mistakes)
    return found


def shares(table: Table) -> dict[str, Quantity]:
    """Return for each stage of the boot its share of the whole, as a quantity.

    Args:
        table: a record of start-ups.
    """
    taken = stages(table, booted(table))
    whole = sum(taken.values())
    return {
        stage: Quantity(
            seconds / whole,
            1,
            {
                "seconds_for_share": Mistake(seconds, 0.25),
                "percent_for_share": Mistake(100 * seconds / whole, 0.5),
                "share_of_the_rest": Mistake(seconds / (whole - seconds), 0.25),
            }
            if whole > seconds
            else {},
        )
        for stage, seconds in taken.items()
    }


def right_lever(stage: str) -> str:
    """Return the letter of what shortens a start whose longest stage is this one."""
    return LEVER_OF.get(stage, LEVER_OF["user space"])


def weights(table: Table) -> dict[str, tuple[Quantity, ...]]:
    """Return the sizes that are asked for; several where several engines were weighed in.

    Args:
        table: a record of footprints.
    """
    found = {}
    for name, technology in WEIGHED.items():
        virtual = figures(table, technology, "disk, virtual")
        seen = {"virtual_size": Mistake(virtual[0] / BYTES_PER_MB, 0.25)} if virtual else {}
        found[name] = tuple(
            Quantity(
                size / BYTES_PER_MB,
                1,
                {
                    "mebibytes": Mistake(size / 2**20, 0.5),
                    "bytes_for_mb": Mistake(size, 0.5),
                    **seen,
                },
            )
            for size in dict.fromkeys(figures(table, technology, "disk"))
        )
    return found


def memory(used: list[float], resident: list[float]) -> tuple[Quantity, Quantity]:
    """Return what each further instance adds, in MiB, and the standard error of that.

    Args:
        used: the memory in use after each start; three or more.
        resident: the resident memory of one, as recorded elsewhere.
    """
    steps = [after - before for before, after in pairwise(used)]
    spread, count = statistics.stdev(steps), len(steps)
    mistakes = {"total_over_count": Mistake(used[-1] / len(used), 0.25)}
    if resident:
        mistakes["resident"] = Mistake(resident[0], 0.25)
    return (
        Quantity(statistics.fmean(steps), 0.75, mistakes),
        Quantity(
            spread / math.sqrt(count),
            0.75,
            {
                "spread_for_error": Mistake(spread, 0.5),
                "no_sample_correction": Mistake(statistics.pstdev(steps) / math.sqrt(count), 0.5),
            },
        ),
    )


def tasks(used: list[float], budget_gib: float) -> Quantity | None:
    """Return how many machines of one task each fit, by what each further clone adds.

    Args:
        used: the memory in use after the start of each clone.
        budget_gib: the memory that is there for them.

    Returns:
        The number; None if it does not follow from the record.
    """
    if len(used) < 2 or used[-1] <= used[0]:
        return None
    each = (used[-1] - used[0]) / (len(used) - 1)
    fit = budget_gib * 1024 / each
    return Quantity(
        math.floor(fit),
        1,
        {
            "rounded_up": Mistake(math.ceil(fit), 0.5),
            "decimal_budget": Mistake(math.floor(budget_gib * 1000 / each), 0.5),
            "gigabytes_for_mib": Mistake(math.floor(budget_gib / each)),
        },
        whole=True,
    )


#: Each statement of the notebook: about which record, which technologies, and when it holds of
#: their median starts in s, or of their disks in MB.
_TESTS: Mapping[str, tuple[str, tuple[str, ...], Callable[..., bool]]] = MappingProxyType(
    {
        "container_second": ("startup", ("container",), lambda container: container < 1),
        "full_ten_seconds": ("startup", ("full VM",), lambda machine: machine >= 10),
        "every_machine": (
            "startup",
            ("full VM", "tiny VM", "resumed VM"),
            lambda *machines: min(machines) >= 10,
        ),
        "machine_longer": (
            "startup",
            ("container", "full VM"),
            lambda container, machine: machine > container,
        ),
        "container_5_mb": ("footprint", ("container",), lambda image: 2.5 <= image <= 10),
        "stripped_100_mb": ("footprint", ("tiny VM",), lambda disk: disk >= 75),
        "machine_1_gb": ("footprint", ("full VM",), lambda disk: disk >= 1000),
    }
)


def right_verdicts(startup: Table, footprint: Table) -> dict[str, str]:
    """Return what the records say to each statement.

    Args:
        startup: a record of start-ups.
        footprint: a record of footprints.

    Returns:
        The verdicts; "" where the record was made without what the statement is about, though it
        could have been measured.
    """
    tables = {"startup": startup, "footprint": footprint}
    known = {
        "startup": _each(starts(startup), statistics.median),
        "footprint": {
            name: disks[0] / BYTES_PER_MB
            for name in footprint.technologies
            if (disks := figures(footprint, name, "disk"))
        },
    }
    verdicts = {}
    for statement, (experiment, about, holds) in _TESTS.items():
        table, values = tables[experiment], known[experiment]
        if all(name in values for name in about):
            held = holds(*(values[name] for name in about))
            verdicts[statement] = "holds" if held else "does not hold"
        else:
            # What was not tried at all, though it could have been, decides nothing.
            tried = all(name in table.technologies or why_missing(table, name) for name in about)
            verdicts[statement] = "not measured" if tried else ""
    return verdicts
