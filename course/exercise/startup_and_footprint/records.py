"""What lesson 05 looks for in what a learner has recorded.

- `one_accelerator`: the part of a table whose figures may be compared
- `stages`, `booted`: how long each stage of a boot took, and of which machine
- `figures`, `memory_used`: figures of one technology
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.live.experiments import Table

__all__ = ["MACHINES", "booted", "figures", "memory_used", "one_accelerator", "stages"]

#: The technologies that are virtual machines.
MACHINES = ("full VM", "tiny VM", "resumed VM", "clone")


def one_accelerator(table: Table) -> Table:
    """Return the part of a table whose figures may be compared with each other.

    That is what ran on the accelerator of the virtual machines; where there is none, what ran
    on the machine itself. A table that is not there stays so.

    Args:
        table: what an experiment returned.
    """
    if not table:
        return table
    found = [row.accelerator for row in table.rows if row.technology in MACHINES]
    chosen = found[0] if found else "native"
    return table.select(accelerator=chosen)


def stages(table: Table, technology: str) -> dict[str, float]:
    """Return how long each stage of a technology's first recorded start took, in seconds.

    Args:
        table: a record of start-ups.
        technology: which one.
    """
    return {
        row.quantity.removeprefix("stage: "): row.value
        for row in table.rows
        if row.technology == technology and row.repeat == 1 and row.quantity.startswith("stage: ")
    }


def booted(table: Table) -> str:
    """Return which machine's boot is looked at: the full one, or else the tiny one.

    Args:
        table: a record of start-ups.
    """
    return "full VM" if stages(table, "full VM") or not stages(table, "tiny VM") else "tiny VM"


def figures(table: Table, technology: str, quantity: str) -> list[float]:
    """Return all figures of one quantity, whichever engine or accelerator they are of.

    Args:
        table: what was recorded.
        technology: of which technology.
        quantity: which quantity.
    """
    rows = [row for row in table.rows if (row.technology, row.quantity) == (technology, quantity)]
    return [row.value for row in rows]


def memory_used(table: Table, technology: str) -> list[float]:
    """Return the memory in use after each start of a further instance, in MiB.

    Where containers were started on several engines, those count that ran on the accelerator of
    the virtual machines.

    Args:
        table: a record of density.
        technology: of which technology.
    """
    if not table:
        return []
    part = one_accelerator(table)
    rows = [
        row
        for row in (part if technology in part.technologies else table).rows
        if row.technology == technology and row.quantity == "memory"
    ]
    # Of two engines that are left, the first.
    rows = [row for row in rows if row.engine == rows[0].engine]
    return [row.value for row in sorted(rows, key=lambda row: row.repeat)]
