"""What cannot be true of a table, whatever machine it was measured on.

A slow machine, a busy one and a lucky one all pass. What does not: a file that was changed after it
was written; units that were mixed up; figures that no machine has; repetitions that are missing;
times that cannot have been; parts that are more than their whole; an order that physics forbids.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from course.live.experiments.vocabulary import (
    ENGINES,
    EXPERIMENTS,
    FAMILIES,
    QUANTITIES,
    quantity_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from course.live.experiments.table import Row, Table

__all__ = ["problems"]

#: What a clock may be off by: two clocks are read, one after the other.
CLOCK_S = 0.25
#: Clocks of two machines differ: a table may seem to come from so far in the future.
FUTURE = timedelta(days=1)
#: Parts are timed one by one; together they may differ from the whole by this, in seconds.
STAGES_S = 0.1
#: As many equal figures of a clock that counts nanoseconds are not measured but written.
EQUAL = 3
#: At most so many problems are told: one change can have many consequences.
MOST = 12

_FULL_VM_OVER_IMAGE = 20


def problems(table: Table) -> tuple[str, ...]:
    """Return what cannot be true of a table, a sentence each.

    Args:
        table: the table.
    """
    found: list[str] = []
    for check in _CHECKS:
        found += check(table)
    return tuple(dict.fromkeys(found))[:MOST]


def _digest(table: Table) -> Iterator[str]:
    from course.live.experiments.files import digest_of

    if table.digest != digest_of(table):
        yield (
            "The table was changed after it was measured: its digest is that of other contents. "
            "Measure it anew (again=True)."
        )


def _words(table: Table) -> Iterator[str]:
    technologies = EXPERIMENTS[table.experiment].technologies
    for number, row in enumerate(table.rows, 1):
        what = f"Row {number}"
        if row.technology not in technologies:
            yield f"{what}: {table.experiment} does not measure {row.technology!r}."
        quantity = quantity_of(row.quantity)
        if quantity is None:
            yield f"{what}: {row.quantity!r} is no quantity of any experiment."
        elif row.unit != quantity.unit:
            yield f"{what}: {row.quantity!r} is given in {row.unit!r}, expected {quantity.unit!r}."
        if row.accelerator not in ENGINES.get(row.engine, ()):
            yield (
                f"{what}: an engine {row.engine!r} does not run on a processor {row.accelerator!r}."
            )


def _limits(table: Table) -> Iterator[str]:
    for number, row in enumerate(table.rows, 1):
        quantity = quantity_of(row.quantity)
        if quantity is None:
            continue
        if not math.isfinite(row.value) or not quantity.low <= row.value <= quantity.high:
            yield (
                f"Row {number}: {row.quantity} of {row.technology} is {row.value:g} {row.unit}, "
                f"which no machine has; it is from {quantity.low:g} to {quantity.high:g}."
            )
        elif quantity.unit == "count" and row.value != int(row.value):
            yield f"Row {number}: {row.quantity} of {row.technology} is a count, not {row.value:g}."


def _repeats(table: Table) -> Iterator[str]:
    for (technology, quantity, engine, accelerator), rows in _series(table).items():
        numbers = [row.repeat for row in rows]
        if numbers != list(range(1, len(numbers) + 1)):
            # What is not always there, such as an outage that was too short to be seen.
            whole = {row.repeat for row in rows_of(table, technology, engine, accelerator)}
            rising = sorted(set(numbers)) == numbers
            if quantity in _OPTIONAL and rising and set(numbers) <= whole:
                continue
            yield (
                f"Repetitions of {quantity} of {technology} ({engine}, {accelerator}) should be "
                f"numbered 1, 2, 3 ... and are {', '.join(map(str, numbers[:9]))}: "
                "one is missing, or there is one too many."
            )


#: Not every repetition has these.
_OPTIONAL = ("outage", "downtime")


def _equal(table: Table) -> Iterator[str]:
    for (technology, quantity, *_), rows in _series(table).items():
        family = any(quantity.startswith(beginning) for beginning in FAMILIES)
        clocked = quantity in QUANTITIES and QUANTITIES[quantity].unit in ("s", "ns")
        values = {row.value for row in rows}
        if clocked and not family and len(rows) >= EQUAL and len(values) == 1:
            yield (
                f"All {len(rows)} figures of {quantity} of {technology} are {rows[0].value!r}: "
                "a clock never shows the same so often."
            )


def _times(table: Table) -> Iterator[str]:
    if table.ended < table.began:
        yield "The measurement ended before it began."
    if table.ended > datetime.now(UTC) + FUTURE:
        yield f"The measurement ended in the future, at {table.ended:%Y-%m-%d %H:%M} UTC."
    before = table.began
    for number, row in enumerate(table.rows, 1):
        if row.time < before - timedelta(seconds=CLOCK_S):
            yield f"Row {number} was measured before the row above it; rows are in order of time."
        before = max(before, row.time)
    if before > table.ended + timedelta(seconds=CLOCK_S):
        yield "A row was measured after the end of the measurement."


def _wall_clock(table: Table) -> Iterator[str]:
    """Find starts that took longer than the time in which they took place."""
    if table.experiment not in ("startup", "density"):
        return
    before = table.began
    for number, row in enumerate(table.rows, 1):
        if row.quantity != "start":
            continue
        room_s = (row.time - before).total_seconds()
        if math.isfinite(row.value) and row.value > room_s + CLOCK_S:
            yield (
                f"Row {number}: a start of {row.technology} is said to have taken {row.value:g} s, "
                f"but only {max(0.0, room_s):.3g} s had passed since what was before it."
            )
        before = max(before, row.time)


def _stages(table: Table) -> Iterator[str]:
    parts: dict[tuple[str, str, str, int], float] = defaultdict(float)
    wholes: dict[tuple[str, str, str, int], float] = {}
    for row in table.rows:
        key = (row.technology, row.engine, row.accelerator, row.repeat)
        if row.quantity.startswith("stage: "):
            parts[key] += row.value
        elif row.quantity == "start":
            wholes[key] = row.value
    for key, sum_s in parts.items():
        whole_s = wholes.get(key)
        if whole_s is not None and abs(sum_s - whole_s) > STAGES_S + 0.02 * whole_s:
            yield (
                f"The stages of start {key[3]} of {key[0]} add up to {sum_s:.4g} s, "
                f"its start took {whole_s:.4g} s."
            )


def _disk_parts(table: Table) -> Iterator[str]:
    for technology in table.technologies:
        for engine, accelerator in _places(table, technology):
            rows = rows_of(table, technology, engine, accelerator)
            parts = [row.value for row in rows if row.quantity.startswith("disk: ")]
            whole = [row.value for row in rows if row.quantity == "disk"]
            if parts and whole and abs(sum(parts) - whole[0]) > 0.02 * whole[0] + 4096:
                yield (
                    f"The parts of the disk of {technology} add up to {sum(parts):,.0f} B, "
                    f"the whole is given as {whole[0]:,.0f} B."
                )


def _moves(table: Table) -> Iterator[str]:
    """Find moves of a machine whose parts do not fit together."""
    if table.experiment != "migration":
        return
    moves: dict[int, dict[str, float]] = defaultdict(dict)
    for row in table.rows:
        moves[row.repeat][row.quantity] = row.value
    for number, move in moves.items():
        sent_mib = [value for name, value in move.items() if name.startswith("round: ")]
        if "rounds" in move and move["rounds"] != len(sent_mib):
            yield f"Move {number} has {move['rounds']:g} rounds, and figures of {len(sent_mib)}."
        if sum(sent_mib) > 1.05 * move.get("sent", math.inf) + 1:
            yield (
                f"The rounds of move {number} sent {sum(sent_mib):.4g} MiB together, the whole is "
                f"given as {move['sent']:.4g} MiB."
            )
        if move.get("downtime", 0) / 1e3 > move.get("total time", math.inf) + CLOCK_S:
            yield (
                f"Move {number} took {move['total time']:.4g} s, and its machine is said to have "
                f"stood still for {move['downtime'] / 1e3:.4g} s of them."
            )
        if move.get("completed") == 0 and "downtime" in move:
            yield f"Move {number} was given up, so there is no downtime."


def _one_machine(table: Table) -> Iterator[str]:
    if len({row.machine for row in table.rows}) > 1:
        yield "The rows were measured on more than one machine."
    accelerators = {row.accelerator for row in table.rows if row.engine == "qemu"}
    if len(accelerators) > 1:
        yield "Some virtual machines were emulated and others were not: they are not of one table."


def _orders(table: Table) -> Iterator[str]:
    """Find orders that hold on every machine, and do not here."""
    for greater, lesser, quantity, factor in _ORDERS.get(table.experiment, ()):
        for accelerator in table.accelerators():
            pair = [
                [
                    row.value
                    for row in table.rows
                    if (row.technology, row.quantity) == (technology, quantity)
                    # Sizes do not depend on the processor.
                    and (row.accelerator == accelerator or quantity == "disk")
                ]
                for technology in (greater, lesser)
            ]
            if all(pair) and statistics.median(pair[0]) <= factor * statistics.median(pair[1]):
                more = f"{factor:g} times " if factor != 1 else ""
                yield (
                    f"{quantity} of {greater} should be more than {more}that of {lesser} on every "
                    f"machine; the medians are {statistics.median(pair[0]):,.4g} and "
                    f"{statistics.median(pair[1]):,.4g}."
                )


#: What is larger, what is smaller, in which quantity, and by which factor at least.
_ORDERS: dict[str, tuple[tuple[str, str, str, float], ...]] = {
    "startup": (
        ("container", "process", "start", 1),
        ("created container", "process", "start", 1),
        ("full VM", "tiny VM", "start", 1),
        ("full VM", "resumed VM", "start", 1),
        ("tiny VM", "resumed VM", "start", 1),
    ),
    "footprint": (
        ("full VM", "container", "disk", _FULL_VM_OVER_IMAGE),
        ("full VM", "tiny VM", "disk", 1),
        ("full VM", "tiny VM", "memory", 1),
    ),
}


def _series(table: Table) -> dict[tuple[str, str, str, str], list[Row]]:
    """Return the rows of each kind in the order in which they stand."""
    series: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in table.rows:
        series[row.technology, row.quantity, row.engine, row.accelerator].append(row)
    # Moves differ in how many rounds they have.
    return {key: rows for key, rows in series.items() if not key[1].startswith("round: ")}


def rows_of(table: Table, technology: str, engine: str, accelerator: str) -> list[Row]:
    """Return the rows of one technology in one place.

    Args:
        table: the table.
        technology: which technology.
        engine: what ran it.
        accelerator: on which kind of processor.
    """
    wanted = (technology, engine, accelerator)
    return [row for row in table.rows if (row.technology, row.engine, row.accelerator) == wanted]


def _places(table: Table, technology: str) -> list[tuple[str, str]]:
    rows = [row for row in table.rows if row.technology == technology]
    return list(dict.fromkeys((row.engine, row.accelerator) for row in rows))


_CHECKS: tuple[Callable[[Table], Iterator[str]], ...] = (
    _digest,
    _words,
    _limits,
    _repeats,
    _equal,
    _times,
    _wall_clock,
    _stages,
    _disk_parts,
    _moves,
    _one_machine,
    _orders,
)
