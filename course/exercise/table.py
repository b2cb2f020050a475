"""Rows with headings, shown as a table in a notebook and as text elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """A titled table.

    Attributes:
        title: what the table shows, with the kind of its figures.
        headings: one for each column, units included.
        rows: tuples as long as `headings`.

    Raises:
        ValueError: a row is longer or shorter than the headings.

    >>> print(Table("Room", ("server", "cores"), (("mail", 8),)))
    Room
    server      cores
    --------  -------
    mail            8
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.headings):
                raise ValueError(
                    f"row {number} of {self.title!r} has {len(row)} cells, "
                    f"expected {len(self.headings)}: {', '.join(self.headings)}"
                )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __str__(self) -> str:
        from tabulate import tabulate

        return f"{self.title}\n{tabulate(self._readable_rows(), headers=self.headings)}"

    __repr__ = __str__

    def _readable_rows(self) -> list[tuple[Any, ...]]:
        return [tuple(_readable(cell) for cell in row) for row in self.rows]

    def _repr_html_(self) -> str:
        from tabulate import tabulate

        html = tabulate(
            self._readable_rows(),
            headers=self.headings,
            tablefmt="html",
            colalign=[_alignment(column) for column in zip(*self.rows, strict=True)],
        )
        caption = (
            '<caption style="caption-side: top; text-align: left; font-weight: bold">'
            f"{escape(self.title)}</caption>"
        )
        html = html.replace("<table>", f"<table>{caption}", 1)
        # tabulate styles what is aligned right and leaves the rest to the page; JupyterLab's page
        # aligns all to the right, and nbgrader's leaves no room between columns.
        for cell in ("th", "td"):
            html = html.replace(f"<{cell}>", f'<{cell} style="text-align: left;">')
        html = html.replace(' style="text-align:', ' style="padding: 2px 8px; text-align:')
        return html.replace("<th ", '<th scope="col" ')


def _alignment(column: tuple[Any, ...]) -> str:
    """Return how a column is aligned: numbers and percentages by their last digit."""
    texts = [str(cell).rstrip("%").replace(".", "", 1) for cell in column if cell is not None]
    return "right" if texts and all(text.lstrip("-").isdigit() for text in texts) else "left"


def _readable(cell: Any) -> Any:
    """Return large fractions without their fraction, and others with four digits."""
    if not isinstance(cell, float):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.4g}"
