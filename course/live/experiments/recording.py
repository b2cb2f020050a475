"""How an experiment is made: measured once and recorded, read from its record ever after.

- `recorded`: read the record, or measure and write it
- `Recorder`: what an experiment notes its figures with
- `repetitions`: as many as are wanted and as there is time for
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.limits import core_count, memory_bytes
from course.live import progress as reporting
from course.live.errors import LiveError
from course.live.experiments.errors import TableFileError
from course.live.experiments.table import Row, Table
from course.live.experiments.vocabulary import EXPERIMENTS, quantity_of
from course.live.progress import part, report
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from course.live.progress import Reporter

__all__ = ["HOST", "Place", "Recorder", "recorded", "repetitions"]


@dataclass(frozen=True)
class Place:
    """Where a figure is measured.

    Attributes:
        engine: ``host``, ``docker``, ``podman``, ``labvm`` or ``qemu``.
        accelerator: ``native``, ``kvm`` or ``tcg``.
    """

    engine: str
    accelerator: str

    def __str__(self) -> str:
        names = {"host": "on this machine", "labvm": "in the lab VM", "qemu": "in QEMU"}
        how = {"native": "", "kvm": ", KVM", "tcg": ", emulated"}
        return names.get(self.engine, f"on {self.engine}") + how[self.accelerator]


HOST = Place("host", "native")


class Recorder:
    """Where an experiment notes its figures, and what it could not measure.

    Attributes:
        experiment: its name.
        technologies: what is to be measured.
        progress: told how far the part is that is being measured.
    """

    def __init__(
        self,
        experiment: str,
        technologies: Collection[str],
        progress: Reporter | None,
        parts: int,
    ) -> None:
        self.experiment = experiment
        self.technologies = technologies
        self.progress = progress
        self._whole = progress
        self._parts = parts
        self._done = 0
        self._rows: list[Row] = []
        self._missing: dict[str, str] = {}
        self._facts: dict[str, Any] = {}
        self._began = datetime.now(UTC)
        self._machine = _in_words(machine_facts())

    def note(
        self,
        technology: str,
        quantity: str,
        value: float,
        *,
        place: Place,
        repeat: int = 1,
        note: str = "",
    ) -> None:
        """Note a figure.

        Args:
            technology: of what.
            quantity: which property; it has one unit.
            value: the figure, in that unit.
            place: where it was measured.
            repeat: the how many-th of its kind.
            note: how it was measured, where that is not the usual way.
        """
        known = quantity_of(quantity)
        assert known is not None, quantity
        self._rows.append(
            Row(
                technology,
                quantity,
                float(value),
                known.unit,
                repeat,
                place.engine,
                place.accelerator,
                datetime.now(UTC),
                self._machine,
                note,
            )
        )

    def fact(self, name: str, value: Any) -> None:
        """Note a fact of the machine, such as an engine's version."""
        self._facts[name] = value

    def lacks(self, technology: str, reason: str) -> None:
        """Note that a technology cannot be measured here, and why."""
        self._missing[technology] = reason

    @contextlib.contextmanager
    def part(self, technology: str, where: str = "") -> Iterator[None]:
        """Measure one technology in a block; what goes wrong there concerns it alone.

        Args:
            technology: which one.
            where: in which of several places, such as ``"in the lab VM"``.
        """
        start, end = self._done / self._parts, min(1.0, (self._done + 1) / self._parts)
        self.progress = part(self._whole, start, end)
        mark = len(self._rows)
        try:
            yield
        except (LiveError, OSError) as error:
            # Half a measurement is none: its repetitions would not be like the others'.
            del self._rows[mark:]
            self.lacks(f"{technology} {where}".strip(), str(error))
        finally:
            self._done += 1

    def table(self, options: dict[str, Any]) -> Table:
        """Return what was noted as a table.

        Args:
            options: with which sizes the experiment was made.
        """
        return Table(
            experiment=self.experiment,
            rows=tuple(self._rows),
            machine=machine_facts() | self._facts,
            missing=self._missing,
            options=options,
            began=self._began,
            ended=datetime.now(UTC),
        )


def recorded(
    experiment: str,
    measure: Callable[[Recorder], None],
    *,
    record: str | None,
    again: bool,
    progress: Reporter | None,
    technologies: Collection[str] | None,
    options: dict[str, Any],
    parts: int | None = None,
) -> Table | Unavailable:
    """Return an experiment's table: from its record, or else measured and recorded.

    Args:
        experiment: its name.
        measure: measures; it notes what it finds with the recorder that it is given.
        record: the name of the file for the table in the current folder; None records nothing.
        again: measure even if there is a record, and replace it.
        progress: told how far the measurement is; by default a line is shown.
        technologies: which ones to measure; all by default.
        options: with which sizes the experiment is made.
        parts: of how many parts of about the same length it consists.

    Returns:
        The table, or what stands in for it where nothing at all can be measured.

    Raises:
        ValueError: `record` is no file's name, or a technology is none of the experiment's.
        TableFileError: the record cannot be read, or is another experiment's.
    """
    known = EXPERIMENTS[experiment].technologies
    chosen = tuple(known if technologies is None else technologies)
    if unknown := [one for one in chosen if one not in known]:
        raise ValueError(
            f"expected technologies of {experiment} ({', '.join(known)}), found {unknown[0]!r}"
        )
    path = None if record is None else _path(record)
    if path is not None and path.exists() and not again:
        table = Table.read(path)
        if table.experiment != experiment:
            raise TableFileError(
                f"expected the record of {experiment!r} in {path.name}, found that of "
                f"{table.experiment!r}; give each experiment a file of its own"
            )
        return table
    if path is not None and os.environ.get("NBGRADER_EXECUTION") == "autograde":
        # The grader's machine is not the learner's.
        return Unavailable(
            f"{path.name} was not handed in with the notebook, so nothing is known of what was "
            "measured. Hand it in too."
        )
    shown = reporting.show() if progress is None else progress
    recorder = Recorder(experiment, chosen, shown, parts or len(chosen))
    measure(recorder)
    table = recorder.table({"technologies": list(chosen), **options})
    report(shown, 1.0, f"{experiment}: measured {len(table)} figures")
    if not table.rows:
        reasons = " ".join(f"{name}: {why}" for name, why in table.missing.items())
        return Unavailable(f"Nothing could be measured here. {reasons}")
    if path is not None:
        table.write(path)
    return table


def repetitions(
    repeats: int, seconds: float, progress: Reporter | None, what: str, *, least: int = 1
) -> Iterator[int]:
    """Count repetitions from 1, as long as the next one is likely to end in time.

    Args:
        repeats: at most so many.
        seconds: how long they may take together, in seconds.
        progress: told how far they are.
        what: what is done, in a few words.
        least: so many are made in any case, if `repeats` allows.

    >>> list(repetitions(3, 10, None, "nothing"))
    [1, 2, 3]
    """
    began = time.monotonic()
    for number in range(1, repeats + 1):
        elapsed_s = time.monotonic() - began
        if number > max(1, min(least, repeats)) and elapsed_s * number / (number - 1) > seconds:
            return
        fraction = max((number - 1) / repeats, min(1.0, elapsed_s / seconds) if seconds else 0.0)
        of = f" {number} of at most {repeats}" if repeats > 1 else ""
        report(progress, fraction, f"{what}{of}")
        yield number


def require_positive(**sizes: float) -> None:
    """Refuse sizes with which nothing would be measured.

    Raises:
        ValueError: one of them is not above zero.
    """
    for name, size in sizes.items():
        if not size > 0:
            raise ValueError(f"expected {name} above 0, found {size!r}")


@cache
def machine_facts() -> dict[str, Any]:
    """Return what is known of this machine: system, processor, cores, memory."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": core_count(),
        "memory_mib": memory_bytes() // 2**20,
    }


def _in_words(facts: dict[str, Any]) -> str:
    cores = f"{facts['cores']:g} core" + ("" if facts["cores"] == 1 else "s")
    memory_gib = facts["memory_mib"] / 1024
    return f"{facts['system']} {facts['architecture']}, {cores}, {memory_gib:.1f} GiB"


def _processor() -> str:
    try:
        # model name	: AMD EPYC 7763 64-Core Processor
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


def _path(record: str) -> Path:
    path = Path(record)
    if path.name != record or record in ("", ".", ".."):
        raise ValueError(
            f"expected the name of a file for this folder, such as 'startup.json', found {record!r}"
        )
    return path
