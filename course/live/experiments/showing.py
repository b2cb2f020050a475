"""A table as a notebook and a terminal show it: its first rows, how many more, what is missing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.live.experiments.table import Table

__all__ = ["as_html", "as_text", "readable"]

HEADINGS = ("technology", "quantity", "value", "unit", "repeat", "engine", "accelerator", "note")
_PROCESSORS = {"native": "native", "kvm": "KVM", "tcg": "emulated (TCG)"}


def readable(value: float) -> str:
    """Return a figure with as many digits as are of use.

    >>> readable(0.01234567), readable(3_565_158.4), readable(25.0)
    ('0.01235', '3,565,158', '25')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def as_text(table: Table, count: int) -> str:
    """Return a table as text.

    Args:
        table: the table.
        count: how many rows are shown.
    """
    from tabulate import tabulate

    text = tabulate(_cells(table, count), headers=HEADINGS, disable_numparse=True)
    return "\n".join([_title(table), text, *_lines(table, count)])


def as_html(table: Table, count: int) -> str:
    """Return a table as HTML.

    Args:
        table: the table.
        count: how many rows are shown.
    """
    cell = 'style="padding: 2px 8px; text-align: {}"'
    sides = ["right" if name in ("value", "repeat") else "left" for name in HEADINGS]
    head = "".join(
        f'<th scope="col" {cell.format(side)}>{name}</th>'
        for name, side in zip(HEADINGS, sides, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td {cell.format(side)}>{escape(text)}</td>"
            for text, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in _cells(table, count)
    )
    caption = (
        '<caption style="caption-side: top; text-align: left; font-weight: bold">'
        f"{escape(_title(table))}</caption>"
    )
    lines = "".join(f"<div>{escape(line)}</div>" for line in _lines(table, count))
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{lines}"


def _title(table: Table) -> str:
    from course.live.experiments.vocabulary import EXPERIMENTS

    day = table.ended.strftime("%Y-%m-%d %H:%M UTC")
    return f"{EXPERIMENTS[table.experiment].what} (measured, {day})"


def _cells(table: Table, count: int) -> list[tuple[str, ...]]:
    return [
        (
            row.technology,
            row.quantity,
            readable(row.value),
            row.unit,
            str(row.repeat),
            row.engine,
            _PROCESSORS.get(row.accelerator, row.accelerator),
            row.note,
        )
        for row in table.rows[:count]
    ]


def _lines(table: Table, count: int) -> list[str]:
    lines = []
    if len(table) > count:
        lines.append(f"… and {len(table) - count} more rows: table.to_records() has them all.")
    if table.rows:
        lines.append(f"Measured on: {table.rows[0].machine}.")
    lines += [f"Not measured: {name}. {why}" for name, why in table.missing.items()]
    return lines
