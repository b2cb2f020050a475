"""A table's figures beside what the texts claim, what was published and what the models say.

- `beside`: the four kinds in one list, all in the table's unit, each with its source
- `Comparison`, `ComparisonRow`: what it returns
"""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from course.live.experiments.references import CLAIMED, KINDS, MODELS, PUBLISHED, in_unit
from course.live.experiments.showing import readable
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from course.live.experiments.table import Table

__all__ = ["Comparison", "ComparisonRow", "beside"]

_DRAWS = 500
_HEADINGS = ("kind", "of what", "quantity", "figure", "unit", "source", "note")


@dataclass(frozen=True)
class ComparisonRow:
    """One figure of a comparison.

    Attributes:
        kind: ``claimed``, ``published``, ``modelled`` or ``measured``.
        subject: of what.
        quantity: which property.
        value: the figure, or None where only a range is stated.
        low: the lower end of a range, or of what was measured; None if it is open.
        high: the upper end likewise.
        unit: the unit of all three.
        source: where it is from: a claim and its text, a publication, a model, or this machine.
        accelerator: on which kind of processor it was measured; empty for the other kinds.
        note: under which conditions it holds.
    """

    kind: str
    subject: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str
    accelerator: str = ""
    note: str = ""

    @property
    def figure(self) -> str:
        """The figure in words: a number, a range, or both."""
        if self.value is not None:
            spread = self.low is not None and self.high is not None and self.low != self.high
            more = f" ({readable(self.low or 0)} to {readable(self.high or 0)})" if spread else ""
            return readable(self.value) + more
        if self.low is None:
            return f"up to {readable(self.high or 0)}"
        return f"from {readable(self.low)}" if self.high is None else (
            f"{readable(self.low)} to {readable(self.high)}"
        )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Figures of four kinds side by side.

    Attributes:
        experiment: whose figures are compared.
        rows: the claimed ones first, the measured ones last.
    """

    experiment: str
    rows: tuple[ComparisonRow, ...]

    def __iter__(self) -> Iterator[ComparisonRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, *, kind: str | None = None, quantity: str | None = None) -> Comparison:
        """Return some of the rows.

        Args:
            kind: those of this kind only.
            quantity: those of this property only.
        """
        return Comparison(
            self.experiment,
            tuple(
                row
                for row in self.rows
                if kind in (None, row.kind) and quantity in (None, row.quantity)
            ),
        )

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as flat dictionaries."""
        return [dict(vars(row)) for row in self.rows]

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (row.kind, row.subject, row.quantity, row.figure, row.unit, row.source, row.note)
            for row in self.rows
        ]

    @property
    def _title(self) -> str:
        return f"{self.experiment}: claimed, published, modelled, measured"

    def __repr__(self) -> str:
        from tabulate import tabulate

        table = tabulate(self._cells(), headers=_HEADINGS, disable_numparse=True)
        return f"{self._title}\n{table}"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        cell = 'style="padding: 2px 8px; text-align: left"'
        head = "".join(f'<th scope="col" {cell}>{name}</th>' for name in _HEADINGS)
        body = "".join(
            "<tr>" + "".join(f"<td {cell}>{escape(text)}</td>" for text in row) + "</tr>"
            for row in self._cells()
        )
        caption = (
            '<caption style="caption-side: top; text-align: left; font-weight: bold">'
            f"{escape(self._title)}</caption>"
        )
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def beside(table: Table | Unavailable) -> Comparison | Unavailable:
    """Put a table's figures beside what was claimed, published and modelled.

    Args:
        table: what an experiment returned.

    Returns:
        The comparison, all in the table's units; what stands in for it if there is no table.
    """
    if isinstance(table, Unavailable):
        return table
    rows = [*_claimed(table), *_published(table), *_modelled(table), *_measured(table)]
    return Comparison(table.experiment, tuple(sorted(rows, key=lambda row: KINDS.index(row.kind))))


def _claimed(table: Table) -> Iterator[ComparisonRow]:
    from course import facts

    for claim, subjects, quantity, unit in CLAIMED.get(table.experiment, ()):
        for figure in facts.claim(claim).figures:
            if figure.subject in subjects:
                low, high = (
                    None if end is None else in_unit(end, figure.unit.value, unit)
                    for end in (figure.low, figure.high)
                )
                value = figure.value
                value = None if value is None else in_unit(value, figure.unit.value, unit)
                source = f"{claim}, text {figure.source}"
                yield ComparisonRow(
                    "claimed", figure.subject, quantity, value, low, high, unit, source, "",
                    figure.note,
                )  # fmt: skip


def _published(table: Table) -> Iterator[ComparisonRow]:
    from course import facts

    for one in PUBLISHED.get(table.experiment, ()):
        figure = facts.system(one.system).parameter(one.parameter)
        # A figure is a value or a range; whoever adds one to the list sees which.
        found = figure.value if figure.value is not None else figure.high
        if found is None:
            continue
        if one.relative:
            if figure.baseline is None:
                continue
            value = found / figure.baseline
            value = 1 / value if one.inverse else value
        else:
            value = in_unit(found, figure.unit.value, one.unit) / one.each
        yield ComparisonRow(
            "published", one.subject, one.quantity, value, None, None, one.unit, figure.source, "",
            figure.note,
        )  # fmt: skip


def _modelled(table: Table) -> Iterator[ComparisonRow]:
    if table.experiment == "startup":
        yield from _modelled_starts()
    elif table.experiment == "migration":
        yield from _modelled_moves(table)


def _modelled_starts() -> Iterator[ComparisonRow]:
    from course.simulation import boot

    for subject, model in MODELS.items():
        times_s = sorted(boot(model, _DRAWS, random.Random(_DRAWS)).times_s)  # noqa: S311
        yield ComparisonRow(
            "modelled", subject, "start", statistics.median(times_s),
            times_s[_DRAWS // 20], times_s[-_DRAWS // 20], "s", f"boot model {model}", "",
            "median, and where nine of ten are",
        )  # fmt: skip


def _modelled_moves(table: Table) -> Iterator[ComparisonRow]:
    from course.simulation import migrate

    options = table.options
    moves: dict[int, dict[str, float]] = {}
    for row in table.rows:
        moves.setdefault(row.repeat, {})[row.quantity] = row.value
    for move in moves.values():
        memory_mib = move.get("round: 1", 0.0)
        if memory_mib <= 0:
            continue
        modelled = migrate(
            memory_mib,
            options["bandwidth_mib_per_s"],
            move.get("dirty rate, measured", move["dirty rate"]),
            working_set_mib=min(options["working_set_mib"], memory_mib),
            downtime_limit_ms=options["downtime_limit_ms"],
            max_time_s=options["timeout_s"],
        )
        if modelled.downtime_ms is not None and modelled.converged:
            yield ComparisonRow(
                "modelled", _at(move), "downtime", modelled.downtime_ms, None, None, "ms",
                "pre-copy model", "", "with the memory and the rate that were measured",
            )  # fmt: skip


def _at(move: dict[str, float]) -> str:
    return f"VM that writes {move['dirty rate']:g} MiB/s"


def _measured(table: Table) -> Iterator[ComparisonRow]:
    if table.experiment == "migration":
        rates = dict(
            zip(
                (row.repeat for row in table if row.quantity == "dirty rate"),
                (row for row in table if row.quantity == "dirty rate"),
                strict=True,
            )
        )
        for row in table:
            if row.quantity == "downtime":
                yield _measurement(
                    table, _at({"dirty rate": rates[row.repeat].value}), row.quantity, [row.value],
                    row.unit, row.accelerator,
                )  # fmt: skip
        return
    if table.experiment == "density":
        yield from _measured_densities(table)
        return
    if table.experiment == "overhead":
        yield from _measured_ratios(table)
        return
    wanted = {
        "startup": ("start",),
        "footprint": ("disk", "memory"),
        "recovery": ("restore",),
    }[table.experiment]
    sized = set()
    for technology, quantity, accelerator, engine in _kinds(table):
        if quantity == "disk":  # it does not depend on the processor: one figure is enough
            if technology in sized:
                continue
            sized.add(technology)
        if quantity in wanted:
            found = [
                row
                for row in table
                if (row.technology, row.quantity) == (technology, quantity)
                and (row.accelerator, row.engine) == (accelerator, engine)
            ]
            yield _measurement(
                table, technology, quantity, [row.value for row in found], found[0].unit,
                accelerator,
            )  # fmt: skip


def _measured_densities(table: Table) -> Iterator[ComparisonRow]:
    from course.live.experiments.density import memory_per_instance_mib

    slopes: dict[tuple[str, str], float] = {}
    for technology, quantity, accelerator, _ in _kinds(table):
        counts = [row for row in table if row.technology == technology]
        if quantity != "memory" or len({row.repeat for row in counts}) < 2:
            continue
        if len(table.values(technology, "memory", accelerator=accelerator)) < 2:
            continue
        slope = memory_per_instance_mib(table, technology, accelerator=accelerator)
        slopes[technology, accelerator] = slope.mib
        yield _measurement(
            table, technology, "memory, each further", [slope.mib], "MiB", accelerator
        )
    for (technology, accelerator), mib in slopes.items():
        container = slopes.get(("container", accelerator))
        if technology != "container" and container and container > 0:
            yield _measurement(
                table, f"containers for each {technology}", "ratio", [mib / container], "times",
                accelerator,
            )  # fmt: skip


def _measured_ratios(table: Table) -> Iterator[ComparisonRow]:
    for technology, quantity, accelerator, _ in _kinds(table):
        if technology == "process":
            continue
        under = [
            row.value
            for row in table
            if (row.technology, row.quantity, row.accelerator) == ("process", quantity, accelerator)
        ]
        if under:
            ratio = table.ratio(technology, "process", quantity, accelerator=accelerator)
            yield _measurement(
                table, f"{technology}, over a process", quantity, [ratio], "times", accelerator
            )


def _kinds(table: Table) -> list[tuple[str, str, str, str]]:
    return list(
        dict.fromkeys(
            (row.technology, row.quantity, row.accelerator, row.engine) for row in table.rows
        )
    )


def _measurement(
    table: Table, subject: str, quantity: str, values: list[float], unit: str, accelerator: str
) -> ComparisonRow:
    where = {"native": "", "kvm": " (KVM)", "tcg": " (emulated)"}[accelerator]
    count = len(values)
    return ComparisonRow(
        "measured", subject + where, quantity, statistics.median(values), min(values), max(values),
        unit, f"here, {table.ended:%Y-%m-%d}", accelerator,
        f"median of {count}" if count > 1 else "",
    )  # fmt: skip
