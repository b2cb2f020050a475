"""What a learner has measured, kept in the workspace for later lessons.

- `keep`: append one measurement to ``measurements.jsonl``
- `kept`: read what was kept, as `Measurement`
- `merged`: two such files as one, for work that is brought back

A line of the file is one JSON object, written in one step, so that several notebooks may keep
measurements at once. Nothing is kept where there is no workspace (`course.workspace`), and nothing
while a notebook is graded or validated.
"""

from __future__ import annotations

import json
import math
import os
import platform
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.limits import core_count, memory_bytes
from course.live.engine import remembered
from course.live.unavailable import Unavailable
from course.workspace import WORK_VARIABLE, find_workspace

__all__ = ["FILE", "Kept", "MalformedMeasurement", "Measurement", "keep", "kept", "merged"]

#: The file's name in the workspace.
FILE = "measurements.jsonl"


class MalformedMeasurement(UserWarning):
    """A line of the file is no measurement."""


@dataclass(frozen=True)
class Measurement:
    """One figure that was measured.

    Attributes:
        time: when, in UTC.
        name: what was measured.
        value: the figure.
        unit: its unit.
        lesson: the assignment in which it was measured.
        engine: which engine the process used: ``docker``, ``podman``, ``labvm``, or nothing.
        accelerated: whether the lab VM ran on hardware virtualization; None without a lab VM.
        machine: where it was measured: ``system``, ``architecture``, ``cores``, ``memory_mib``.
        facts: what else was known of it.
    """

    time: datetime
    name: str
    value: float
    unit: str
    lesson: str
    engine: str
    accelerated: bool | None
    machine: Mapping[str, Any]
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.name} = {self.value:g} {self.unit}".rstrip()

    def as_line(self) -> str:
        """Return it as a line of the file, its newline included."""
        fields = vars(self) | {"time": self.time.isoformat().replace("+00:00", "Z")}
        return json.dumps(fields, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Measurement:
        """Read a line of the file.

        Raises:
            ValueError: it is no measurement; the message says what is wrong with it.
        """
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"expected one JSON object, and it cannot be read: {error}") from None
        if not isinstance(fields, dict):
            raise ValueError(f"expected one JSON object, found {type(fields).__name__}")
        for name, kinds in _FIELDS.items():
            found = fields.get(name)
            if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
                raise ValueError(f"its {name!r} is missing or of the wrong type: {found!r}")
        if not math.isfinite(fields["value"]):
            raise ValueError(f"its 'value' is no figure: {fields['value']!r}")
        time = datetime.fromisoformat(fields["time"])
        if time.tzinfo is None:
            raise ValueError(f"its 'time' has no time zone: {fields['time']!r}")
        chosen = {name: fields[name] for name in _FIELDS}
        return cls(**chosen | {"time": time.astimezone(UTC)})


_FIELDS: dict[str, tuple[type, ...]] = {
    "time": (str,),
    "name": (str,),
    "value": (int, float),
    "unit": (str,),
    "lesson": (str,),
    "engine": (str,),
    "accelerated": (bool, type(None)),
    "machine": (dict,),
    "facts": (dict,),
}


@dataclass(frozen=True)
class Kept:
    """What became of a measurement that was to be kept.

    Attributes:
        measurement: what was kept, or None.
        reason: why nothing was; empty if it was kept.
    """

    measurement: Measurement | None
    reason: str = ""

    def __bool__(self) -> bool:
        return self.measurement is not None

    def __repr__(self) -> str:
        if self.measurement is None:
            return f"Not kept: {self.reason}."
        return f"Kept in {FILE}: {self.measurement}."


def keep(name: str, value: object, unit: str, *, lesson: str, **facts: object) -> Kept:
    """Keep a measurement for later lessons.

    Args:
        name: what was measured, such as ``"first build"``.
        value: the figure; what could not be measured (None, not a number, or
            `course.live.unavailable.Unavailable`) is not kept.
        unit: its unit, such as ``"s"``.
        lesson: the assignment in which it was measured.
        facts: what else is known of it: text, numbers, truth values.

    Returns:
        What was kept, or why nothing was. It is a sentence where a notebook shows it; a file that
        cannot be written stops no lesson.

    Raises:
        TypeError: the figure is no number, or a fact cannot be written as JSON.
    """
    if value is None or isinstance(value, Unavailable):
        return Kept(None, "nothing was measured")
    figure = _number(value)
    if not math.isfinite(figure):
        return Kept(None, f"{figure} is no figure")
    work = find_workspace(Path.cwd())
    if os.environ.get("NBGRADER_EXECUTION"):
        return Kept(None, "this notebook is being graded or validated")
    if work is None:
        return Kept(
            None,
            f"no workspace of the course was found around {Path.cwd()}. "
            f"The environment variable {WORK_VARIABLE} can name one",
        )
    taken = _now(name, figure, unit, lesson, facts)
    try:
        _append(work / FILE, taken.as_line())
    except OSError as error:
        return Kept(None, f"{work / FILE} cannot be written ({error.strerror})")
    return Kept(taken)


def kept(name: str | None = None, *, folder: Path | None = None) -> tuple[Measurement, ...]:
    """Return what was measured in this and earlier lessons, in order of time.

    A line that is no measurement is left out, with a warning that names it.

    Args:
        name: return measurements of this name only.
        folder: the workspace; by default that of the current folder.
    """
    work = folder or find_workspace(Path.cwd())
    found = []
    for number, line in enumerate(_lines(work / FILE) if work else (), 1):
        if not line.strip():
            continue
        try:
            measurement = Measurement.from_line(line)
        except ValueError as error:
            warnings.warn(
                f"{FILE}, line {number}, is left out: {error}. Mend the line or delete it.",
                MalformedMeasurement,
                stacklevel=2,
            )
        else:
            found.append(measurement)
    chosen = (m for m in found if name is None or m.name == name)
    return tuple(sorted(chosen, key=lambda measurement: measurement.time))


def merged(mine: str, theirs: str) -> str:
    r"""Return the lines of two files as one, each line once, in order of time.

    A line without a readable time stays behind the line that it stood behind.

    Args:
        mine: the text of one file.
        theirs: the text of another.

    >>> merged('{"time": "2026-01-02T00:00Z"}', '{"time": "2026-01-01T00:00Z"}')
    '{"time": "2026-01-01T00:00Z"}\n{"time": "2026-01-02T00:00Z"}\n'
    """
    timed: dict[str, str] = {}
    for text in (mine, theirs):
        time = ""
        for line in filter(None, map(str.strip, text.split("\n"))):
            time = _time_of(line) or time
            timed.setdefault(line, time)
    return "".join(f"{line}\n" for line in sorted(timed, key=lambda line: timed[line]))


def _time_of(line: str) -> str:
    """Return a line's time in a form that sorts as text; nothing if it has none."""
    try:
        time = datetime.fromisoformat(json.loads(line)["time"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _number(value: object) -> float:
    # numpy's numbers come as well; text that looks like a number does not.
    if isinstance(value, (str, bytes, bool)) or not hasattr(value, "__float__"):
        raise TypeError(f"expected a number to keep, found {type(value).__name__} {value!r}")
    return value if isinstance(value, int) else float(value)


def _now(
    name: str, value: float, unit: str, lesson: str, facts: Mapping[str, object]
) -> Measurement:
    connection = remembered()
    known = {
        fact: None if isinstance(found, Unavailable) else found for fact, found in facts.items()
    }
    return Measurement(
        time=datetime.now(UTC),
        name=name,
        value=value,
        unit=unit,
        lesson=lesson,
        engine=connection.info.kind if connection else "",
        accelerated=connection.info.accelerated if connection else None,
        machine={
            "system": platform.system(),
            "architecture": platform.machine(),
            "cores": core_count(),
            "memory_mib": memory_bytes() // 2**20,
        },
        facts=known,
    )


def _append(file: Path, line: str) -> None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        end = os.fstat(descriptor).st_size
        # After a crash, or an editor's work, the last line may lack its end.
        os.lseek(descriptor, max(0, end - 1), os.SEEK_SET)
        whole = os.read(descriptor, 1) in (b"", b"\n")
        content = (line if whole else f"\n{line}").encode()
        # One call, so that lines of two notebooks never mix.
        if os.write(descriptor, content) < len(content):
            raise OSError(None, "the disk is full")
    finally:
        os.close(descriptor)


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return text.split("\n")
