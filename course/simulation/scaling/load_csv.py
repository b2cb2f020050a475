"""A learner's own load, from a file of comma-separated values.

The file has a header and two columns, which may stand among others::

    time_s,requests_per_s
    0,12.5
    60,14

A rate holds until the next time. Times that are not evenly spaced are put into even steps, so that
no request is lost. Spreadsheets that separate by semicolons or tabs are understood.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy

from course.simulation.errors import ParameterError, require
from course.simulation.scaling.load import Load

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["COLUMNS", "LoadFileError", "load_from_csv"]

COLUMNS: Final = ("time_s", "requests_per_s")
_MOST_STEPS = 2_000_000
_EVEN = 1e-6  # gaps between times that differ by less than this share are the same


class LoadFileError(ParameterError):
    """Report a line of a file of loads that cannot be used.

    Attributes:
        line: the number of the line, from 1 on.
        text: the line as found.
    """

    def __init__(self, message: str, *, line: int, text: str = "") -> None:
        found = f", in {text!r:.80}" if text else ""
        super().__init__(f"line {line}: {message}{found}", name="line", value=line)
        self.line = line
        self.text = text


def load_from_csv(
    path_or_text: str | PathLike[str], *, step_s: float | None = None, name: str | None = None
) -> Load:
    r"""Read a load.

    Args:
        path_or_text: the file's path; or what would be in it, if it is a text of several lines.
        step_s: how long the steps shall be, in seconds; the smallest gap between times if None.
        name: what it is called in a chart; the name of the file if None.

    Returns:
        The load, with its first time as 0.

    Raises:
        LoadFileError: a line cannot be used: a column is missing, something is no number, a rate is
            negative, a time is not after the one before; or there are no lines.
        ParameterError: the step is unusable.
        OSError: the file cannot be read.

    Example:
        >>> load_from_csv("time_s,requests_per_s\n0,5\n60,7\n").requests_per_s.tolist()
        [5.0, 7.0]
        >>> load_from_csv("time_s,requests_per_s\n0,5\n60,many\n")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        course.simulation.scaling.load_csv.LoadFileError: line 3: expected ..., in '60,many'
    """
    if isinstance(path_or_text, str) and (
        "\n" in path_or_text or "\r" in path_or_text or not path_or_text.strip()
    ):
        text, source = path_or_text, ""
    else:
        source = str(path_or_text)
        text = Path(path_or_text).read_bytes().decode("utf-8-sig", errors="replace")
    times_s, rates = _columns(text.removeprefix("\ufeff"))
    named = name if name is not None else (Path(source).stem or "your own load")
    return _even(times_s, rates, step_s, named, source)


def _columns(text: str) -> tuple[list[float], list[float]]:
    """Return the times and the rates of a file."""
    lines = text.splitlines()
    filled = [number for number, line in enumerate(lines) if line.strip(" \t,;")]
    if not filled:
        raise LoadFileError(
            f"expected a header with {' and '.join(COLUMNS)}, found nothing", line=1
        )
    start = filled[0]
    header = lines[start]
    separator = max(",;\t", key=header.count)
    names = [each.strip().casefold() for each in _cells(header, separator)]
    for column in COLUMNS:
        if names.count(column) != 1:
            raise LoadFileError(
                f"expected a header that names the column {column} once",
                line=start + 1,
                text=header,
            )
    places = [names.index(column) for column in COLUMNS]
    times_s: list[float] = []
    rates: list[float] = []
    for number in filled[1:]:
        line = lines[number]
        cells = _cells(line, separator)
        if len(cells) <= max(places):
            raise LoadFileError(
                f"expected {len(names)} values as in the header, found {len(cells)}",
                line=number + 1,
                text=line,
            )
        time_s, rate = (
            _number(cells[place], column, number + 1, line, separator)
            for place, column in zip(places, COLUMNS, strict=True)
        )
        if times_s and time_s <= times_s[-1]:
            raise LoadFileError(
                f"expected a time_s after {times_s[-1]:g}, the one before, found {time_s:g}",
                line=number + 1,
                text=line,
            )
        times_s.append(time_s)
        rates.append(rate)
    if len(times_s) < 2:
        raise LoadFileError(
            f"expected at least two lines of values after the header, found {len(times_s)}: the "
            "step is the time from one to the next",
            line=len(lines),
        )
    return times_s, rates


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _number(cell: str, column: str, line: int, text: str, separator: str) -> float:
    written = cell.strip()
    if separator != ",":
        written = written.replace(",", ".")  # a spreadsheet that writes decimals with commas
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise LoadFileError(
            f"expected {column} to be a number of at least 0, found {cell.strip()!r}",
            line=line,
            text=text,
        )
    return value


def _even(
    times_s: list[float], rates: list[float], step_s: float | None, name: str, source: str
) -> Load:
    """Put rates that hold until the next time into even steps."""
    edges_s = numpy.array(times_s) - times_s[0]
    gaps_s = numpy.diff(edges_s)
    smallest_s = float(gaps_s.min())
    even = bool(gaps_s.max() - smallest_s <= _EVEN * smallest_s)
    if even:
        smallest_s = float(edges_s[-1]) / len(gaps_s)  # the rounding of single gaps evens out
    step = smallest_s if step_s is None else step_s
    require("step_s", step, above=0)
    if even and step == smallest_s:
        return Load(step, rates, name, source)
    ends_s = numpy.append(
        edges_s, edges_s[-1] + gaps_s[-1]
    )  # the last rate holds as the one before
    steps = max(1, round(float(ends_s[-1]) / step))
    if steps > _MOST_STEPS:
        raise ParameterError(
            f"expected at most {_MOST_STEPS:,} steps, found {steps:,} of {step:g} s: pass a longer "
            "step_s",
            name="step_s",
            value=step,
        )
    requests = numpy.concatenate(([0.0], numpy.cumsum(numpy.array(rates) * numpy.diff(ends_s))))
    # The last step ends with the load even if it is not a whole one: it holds all that is left.
    grid_s = numpy.arange(steps + 1, dtype=numpy.float64) * step
    grid_s[-1] = ends_s[-1]
    in_steps = numpy.diff(numpy.interp(grid_s, ends_s, requests)) / step
    return Load(step, numpy.maximum(in_steps, 0.0), name, source)
