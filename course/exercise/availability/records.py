"""What lesson 09 looks for in what a learner has recorded.

- `by_rate`: a figure of each of the learner's own migrations, by how fast its guest wrote
- `given_up`: at which rates a migration did not converge
- `restores`, `kept`: how long it took to come back, and with what
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.live.experiments import Table

__all__ = ["COMES_BACK", "by_rate", "given_up", "kept", "own_processor", "restores"]

#: What is killed and comes back.
COMES_BACK = ("tiny VM", "container")


def own_processor(table: Table) -> Table:
    """Return the part of a record of recovery whose figures may be compared with each other.

    That is what ran on the accelerator of the virtual machine; where there is none, what ran on
    the machine itself. A table that is not there stays so.

    Args:
        table: a record of recovery.
    """
    if not table:
        return table
    found = [row.accelerator for row in table.rows if row.technology == "tiny VM"]
    found += [row.accelerator for row in table.rows]
    return table.select(accelerator=found[0]) if found else table


def by_rate(table: Table, quantity: str) -> dict[int, float]:
    """Return a figure of each migration by how fast its guest was told to write, in MiB/s.

    Args:
        table: a record of migrations.
        quantity: such as ``sent`` (MiB), ``downtime`` (ms) or ``total time`` (s). A migration
            that was given up has no downtime.
    """
    rates = {row.repeat: round(row.value) for row in table.rows if row.quantity == "dirty rate"}
    return {
        rates[row.repeat]: row.value
        for row in table.rows
        if row.quantity == quantity and row.repeat in rates
    }


def given_up(table: Table) -> list[int]:
    """Return at which rates a migration did not converge, in MiB/s.

    Args:
        table: a record of migrations.
    """
    return [rate for rate, completed in by_rate(table, "completed").items() if not completed]


def restores(table: Table) -> dict[str, list[float]]:
    """Return how long it took until what was killed was there again, in seconds.

    Args:
        table: a record of recovery.
    """
    return _values(table, "restore")


def kept(table: Table) -> dict[str, bool]:
    """Return whether what came back held in its memory what it had held, each time.

    Args:
        table: a record of recovery.
    """
    return {name: all(values) for name, values in _values(table, "content kept").items() if values}


def _values(table: Table, quantity: str) -> dict[str, list[float]]:
    own = own_processor(table)
    rows = [row for row in own.rows if row.quantity == quantity]
    found = {}
    for technology in COMES_BACK:
        of = [row for row in rows if row.technology == technology]
        # Of two engines that are left, the first.
        found[technology] = [row.value for row in of if row.engine == of[0].engine]
    return {technology: values for technology, values in found.items() if values}
