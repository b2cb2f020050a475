"""What the tests measured, and the table in which they say it at the end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, what came out, and what is allowed or was promised."""

    what: str
    found: str
    beside: str = ""


@dataclass
class Figures:
    """The rows, under the headings in which they belong together."""

    rows: dict[str, list[Figure]] = field(default_factory=dict)

    def add(self, heading: str, what: str, found: str, beside: str = "") -> None:
        """Add a row, below those of its heading."""
        self.rows.setdefault(heading, []).append(Figure(what, found, beside))

    def as_data(self) -> list[tuple[str, str, str, str]]:
        """Return all rows with their headings, as plain data: what `add` takes."""
        return [
            (heading, row.what, row.found, row.beside)
            for heading, rows in self.rows.items()
            for row in rows
        ]

    def lines(self) -> list[str]:
        """Write the table, its columns as wide as what is in them.

        >>> figures = Figures()
        >>> figures.add("Start", "JupyterLab ready", "4.1 s")
        >>> figures.lines()
        ['', 'Start', '  JupyterLab ready  4.1 s']
        """
        rows = [row for rows in self.rows.values() for row in rows]
        what = max((len(row.what) for row in rows), default=0)
        found = max((len(row.found) for row in rows), default=0)
        lines = []
        for heading, rows in self.rows.items():
            lines += ["", heading]
            lines += [
                f"  {row.what:{what}}  {row.found:>{found}}  {row.beside}".rstrip() for row in rows
            ]
        return lines


def seconds(value_s: float) -> str:
    """Write a time.

    >>> seconds(4.126), seconds(125.2)
    ('4.1 s', '125 s')
    """
    return f"{value_s:.1f} s" if value_s < 100 else f"{value_s:.0f} s"


def megabytes(size_bytes: float) -> str:
    """Write a size as image sizes are written, in powers of ten.

    >>> megabytes(1_234_000_000), megabytes(1_234_000)
    ('1234 MB', '1.2 MB')
    """
    size_mb = size_bytes / 10**6
    return f"{size_mb:.1f} MB" if size_mb < 100 else f"{size_mb:.0f} MB"


def mebibytes(size_bytes: float) -> str:
    """Write an amount of memory, in powers of two.

    >>> mebibytes(2 * 2**30)
    '2048 MiB'
    """
    return f"{size_bytes / 2**20:.0f} MiB"
