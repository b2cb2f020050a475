"""Start-up, memory and disk of each technology: claimed, published, measured here, in one table.

    python tests/bench/bench_technologies.py [repetitions]

The learner's own engine is measured, or the lab VM; beside a host's engine both. As root, where one
can be started and none is there, a Docker Engine of the bench's own. Whatever is emulated says so,
and only figures of one kind of processor may be compared with each other.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys

from tabulate import tabulate

from course.live import experiments
from course.live.engine import choose
from course.live.experiments import Comparison, Table
from course.live.experiments.showing import readable
from course.live.unavailable import Unavailable
from tests.engines import CannotStartError, HostEngine

#: For each technology, of what claims and publications speak, as `beside` names it.
CLAIMED = {
    "container": ("container",),
    "created container": ("container",),
    "full VM": ("virtual machine",),
    "tiny VM": ("stripped virtual machine image",),
}
PUBLISHED = {
    "container": ("container (Docker)", "container, empty"),
    "tiny VM": ("VM (QEMU, KVM)", "QEMU itself"),
    "full VM": ("VM (Xen, Debian, boot only)", "VM (Xen, Debian)"),
    "resumed VM": ("VM restored (LightVM)",),
}
PROCESSORS = {"native": "", "kvm": ", KVM", "tcg": ", emulated"}
#: What is measured: the heading, the table that has it, the quantity, its divisor and unit.
COLUMNS = (
    ("start-up", "startup", "start", 1.0, "s"),
    ("memory", "footprint", "memory", 1.0, "MiB"),
    ("disk", "footprint", "disk", 1e6, "MB"),
)


def measured(table: Table, quantity: str, divisor: float) -> dict[tuple[str, str], str]:
    """Return the median and the range of each technology on each kind of processor."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in table:
        if row.quantity == quantity:
            found.setdefault((row.technology, row.accelerator), []).append(row.value / divisor)
    return {
        key: readable(statistics.median(values))
        + (f" ({readable(min(values))} to {readable(max(values))})" if len(values) > 1 else "")
        for key, values in found.items()
    }


def stated(
    comparison: Comparison, kind: str, quantity: str, subjects: tuple[str, ...], divisor: float
) -> str:
    """Return what was claimed or published, each figure with its source."""
    found = []
    for row in comparison.select(kind=kind, quantity=quantity):
        if row.subject in subjects:
            ends = [
                None if end is None else end / divisor for end in (row.value, row.low, row.high)
            ]
            value, low, high = (None if end is None else readable(end) for end in ends)
            figure = value or f"{low or '…'} to {high or '…'}"
            found.append(f"{figure} [{row.source.replace(', text ', ' ')}]")
    return "; ".join(found)


def print_column(table: Table, heading: str, quantity: str, divisor: float, unit: str) -> None:
    """Print what is known of one quantity."""
    comparison = experiments.beside(table)
    assert isinstance(comparison, Comparison)
    rows = [
        (
            f"{technology}{PROCESSORS[accelerator]}",
            stated(comparison, "claimed", quantity, CLAIMED.get(technology, ()), divisor),
            stated(comparison, "published", quantity, PUBLISHED.get(technology, ()), divisor),
            text,
        )
        for (technology, accelerator), text in measured(table, quantity, divisor).items()
    ]
    headings = (f"{heading} ({unit})", "claimed", "published", "measured here")
    print(tabulate(rows, headers=headings, disable_numparse=True))
    print()


def main(repetitions: int) -> None:
    """Measure and print."""
    with contextlib.ExitStack() as ends:
        if choose().kind in (None, "labvm") and "COURSE_ENGINE" not in os.environ:
            try:
                host = ends.enter_context(HostEngine())
            except CannotStartError as error:
                print(f"no Docker Engine of the host's own: {error}")
            else:
                os.environ["DOCKER_HOST"] = host.docker_host
        tables = {
            "startup": experiments.startup(repeats=repetitions, progress=lambda _: None),
            "footprint": experiments.footprint(progress=lambda _: None),
        }
    for name, table in tables.items():
        if isinstance(table, Unavailable):
            print(f"{name}: {table}")
            continue
        print(
            "\n".join(f"{name}, not measured: {what}. {why}" for what, why in table.missing.items())
        )
        print("\n".join(f"{name}, problem: {problem}" for problem in table.problems()))
    for heading, name, quantity, divisor, unit in COLUMNS:
        table = tables[name]
        if isinstance(table, Table):
            print_column(table, heading, quantity, divisor, unit)
    first = next((table for table in tables.values() if isinstance(table, Table)), None)
    if first is not None:
        print("; ".join(f"{name}: {value}" for name, value in first.machine.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
