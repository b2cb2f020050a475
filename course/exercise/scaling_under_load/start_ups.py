"""How long a replica takes to start: as the learner has measured it, or as it was published.

- `StartUp`, `StartUps`: start-up times, each with where it comes from
- `start_ups`: from the file of this lesson, from lesson 05, measured now, or published

What is found is written into a file that is handed in, since answers are marked by it. While a
notebook is graded nothing is measured.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.exercise.scaling_under_load.recording import (
    UnreadableRecordError,
    graded,
    opened,
    read,
    sealed,
    write,
)
from course.exercise.table import Table

if TYPE_CHECKING:
    from course.live.progress import Reporter

__all__ = ["RECORD", "TECHNOLOGIES", "StartUp", "StartUps", "start_ups"]

#: The file beside the notebook.
RECORD = "start-ups.json"
#: What can start as a replica, by the names of lesson 05.
TECHNOLOGIES = ("container", "full VM")
#: No start of a computer is shorter or longer than that, in seconds.
LIMITS_S = (1e-4, 3600.0)

_KIND = "start-ups"
#: Where nothing was measured: the model of lesson 05's published figures, and who published.
_PUBLISHED = {
    "container": ("container", "Docker on a real processor, Manco and others 2017"),
    "full VM": ("cloud-2021-aws-cold", "AWS, a cold Linux, Hao and others 2021 (second-hand)"),
}
_PROCESSORS = {"native": "on the processor itself", "kvm": "KVM", "tcg": "emulated"}


@dataclass(frozen=True)
class StartUp:
    """How long one technology takes to start.

    Attributes:
        technology: which one.
        seconds: how long.
        kind: ``measured`` or ``published``.
        origin: where and how, in a few words.
    """

    technology: str
    seconds: float
    kind: str
    origin: str


@dataclass(frozen=True)
class StartUps:
    """Start-up times of all `TECHNOLOGIES`, in their order.

    Attributes:
        each: one for each technology.
    """

    each: tuple[StartUp, ...]

    @property
    def seconds(self) -> dict[str, float]:
        """The times by technology, in seconds."""
        return {one.technology: one.seconds for one in self.each}

    def to_data(self) -> dict[str, Any]:
        """Return them as data that JSON takes."""
        return sealed(_KIND, self._figures())

    def _figures(self) -> dict[str, Any]:
        return {"each": [asdict(one) for one in self.each]}

    @classmethod
    def from_data(cls, data: Any) -> StartUps:
        """Return start-up times from data.

        Raises:
            UnreadableRecordError: it is another thing, was changed, or cannot be true.
        """
        return cls._from_figures(opened(_KIND, data))

    @classmethod
    def _from_figures(cls, figures: Mapping[str, Any]) -> StartUps:
        try:
            found = cls(tuple(StartUp(**one) for one in figures["each"]))
            names = tuple(one.technology for one in found.each)
            right = names == TECHNOLOGIES and all(
                isinstance(one.seconds, float)
                and math.isfinite(one.seconds)
                and LIMITS_S[0] <= one.seconds <= LIMITS_S[1]
                for one in found.each
            )
        except (LookupError, TypeError):
            right = False
        if not right:
            raise UnreadableRecordError(
                f"expected the start-up of each of {', '.join(TECHNOLOGIES)}, from "
                f"{LIMITS_S[0]:g} to {LIMITS_S[1]:g} s. Measure once more, with again=True."
            )
        return found

    def write(self, path: Path) -> None:
        """Write them into a file."""
        write(path, _KIND, self._figures())

    @classmethod
    def read(cls, path: Path) -> StartUps:
        """Read them from a file.

        Raises:
            UnreadableRecordError: the file is another thing, was changed, or cannot be true.
        """
        return cls._from_figures(read(path, _KIND))

    def table(self) -> Table:
        """Return them as a table."""
        rows = tuple((one.technology, one.seconds, one.kind, one.origin) for one in self.each)
        return Table("How long a replica takes to start", ("what", "s", "kind", "origin"), rows)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def start_ups(
    record: str = RECORD, *, again: bool = False, progress: Reporter | None = None
) -> StartUps:
    """Return how long replicas take to start.

    The first of these that there is, for each technology: the file `record`; what lesson 05 has
    kept; a short measurement, made now; what was published. Of lesson 05 only figures are taken
    that ran on one kind of processor.

    Args:
        record: the name of the file in the current folder.
        again: measure anew, whatever there is.
        progress: told how far a measurement is; by default a line is shown.

    Raises:
        UnreadableRecordError: the file is something else, or was changed.
    """
    path = Path(record)
    if path.exists() and not again:
        return StartUps.read(path)
    found: dict[str, StartUp] = {}
    if not graded():
        found = {} if again else _of_lesson_05()
        found |= _measured([name for name in TECHNOLOGIES if name not in found], progress)
    for name in TECHNOLOGIES:
        found.setdefault(name, _published(name))
    chosen = StartUps(tuple(found[name] for name in TECHNOLOGIES))
    if not graded():
        chosen.write(path)
    return chosen


def _of_lesson_05() -> dict[str, StartUp]:
    """Return what lesson 05 has kept last, of the kind of processor of which there is most."""
    from course.measurements import kept

    by_processor: dict[str, dict[str, StartUp]] = {}
    for name in TECHNOLOGIES:
        for taken in kept(f"start: {name}"):
            processor = str(taken.facts.get("accelerator", ""))
            if taken.lesson == "05" and taken.unit == "s" and _can_be(taken.value):
                origin = f"lesson 05, a median, {_PROCESSORS.get(processor, processor)}"
                one = StartUp(name, float(taken.value), "measured", origin)
                by_processor.setdefault(processor, {})[name] = one
    return max(by_processor.values(), key=len, default={})


def _can_be(seconds: float) -> bool:
    return LIMITS_S[0] <= seconds <= LIMITS_S[1]


def _measured(names: list[str], progress: Reporter | None) -> dict[str, StartUp]:
    """Return the median of a few starts made now; a whole machine is booted once."""
    from course.live import experiments

    found = {}
    for name in names:
        repeats = 1 if name == "full VM" else 3
        table = experiments.startup(
            repeats=repeats, seconds=6, technologies=(name,), progress=progress
        )
        starts: dict[str, list[float]] = {}
        for row in table.rows if table else ():
            if row.quantity == "start":
                starts.setdefault(row.accelerator, []).append(row.value)
        # Beside an emulated machine stands an emulated container, where there is one.
        processor = next((p for p in ("tcg", "kvm", "native") if p in starts), None)
        if processor is not None:
            count = len(starts[processor])
            how = "one start" if count == 1 else f"the median of {count} starts"
            origin = f"this lesson, {how}, {_PROCESSORS[processor]}"
            median_s = statistics.median(starts[processor])
            found[name] = StartUp(name, float(median_s), "measured", origin)
    return found


def _published(name: str) -> StartUp:
    from course.simulation import boot_model

    model, source = _PUBLISHED[name]
    median_s = boot_model(model).times[1].quantile(0.5)
    return StartUp(name, float(median_s), "published", source)
