"""The tidy table in which an experiment's figures are kept.

- `Row`: one figure with all that is known of it
- `Table`: the figures of one experiment, in order of time; a value that cannot be changed
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from course.live.experiments.errors import MixedAcceleratorsError, UnknownNameError
from course.live.experiments.vocabulary import EXPERIMENTS
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["Row", "Table"]

#: How many rows a notebook shows.
SHOWN_ROWS = 12

Choice = str | int | Collection[str] | Collection[int] | None


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        technology: what was measured, such as ``"container"``.
        quantity: which of its properties, such as ``"start"``.
        value: the figure.
        unit: its unit.
        repeat: the how many-th of its kind, from 1; rows of one repetition share the number.
        engine: what ran it: ``host``, ``docker``, ``podman``, ``labvm`` or ``qemu``.
        accelerator: on which kind of processor: ``native``, ``kvm`` or ``tcg`` (emulated).
        time: when the figure was known, in UTC.
        machine: where, in a few words; the table knows more.
        note: how it was measured, where that is not the usual way.
    """

    technology: str
    quantity: str
    value: float
    unit: str
    repeat: int
    engine: str
    accelerator: str
    time: datetime
    machine: str = ""
    note: str = ""

    def to_record(self) -> dict[str, Any]:
        """Return it as a flat dictionary, its time as ISO 8601 text."""
        return vars(self) | {"time": self.time.isoformat()}


@dataclass(frozen=True)
class Table:
    """The figures of one experiment.

    Attributes:
        experiment: its name, such as ``"startup"``.
        rows: the figures, in order of time.
        machine: facts of the machine on which they were measured.
        missing: for each technology that could not be measured here, why.
        options: with which sizes the experiment was made.
        began: when it began, in UTC.
        ended: when it ended, in UTC.
        digest: a digest of all the rest; computed where none is given.
    """

    experiment: str
    rows: tuple[Row, ...]
    machine: Mapping[str, Any]
    missing: Mapping[str, str]
    options: Mapping[str, Any]
    began: datetime
    ended: datetime
    digest: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.digest:
            from course.live.experiments.files import digest_of

            object.__setattr__(self, "digest", digest_of(self))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def technologies(self) -> tuple[str, ...]:
        """What was measured, in order of time."""
        return tuple(dict.fromkeys(row.technology for row in self.rows))

    @property
    def quantities(self) -> tuple[str, ...]:
        """Which properties were measured, in order of time."""
        return tuple(dict.fromkeys(row.quantity for row in self.rows))

    def accelerators(self, technology: str | None = None) -> tuple[str, ...]:
        """Return on which kinds of processor there are figures.

        Args:
            technology: of this technology only.
        """
        return tuple(
            dict.fromkeys(
                row.accelerator for row in self.rows if technology in (None, row.technology)
            )
        )

    @property
    def main_quantity(self) -> str:
        """The quantity that is meant where none is named."""
        return EXPERIMENTS[self.experiment].main

    def select(
        self,
        *,
        technology: Choice = None,
        quantity: Choice = None,
        engine: Choice = None,
        accelerator: Choice = None,
        repeat: Choice = None,
    ) -> Table:
        """Return a table of some of the rows.

        Args:
            technology: one of them, or several; all by default. The others likewise.
            quantity: which properties.
            engine: what ran it.
            accelerator: on which kind of processor.
            repeat: which repetitions.
        """
        wanted = {
            name: _chosen(choice)
            for name, choice in (
                ("technology", technology),
                ("quantity", quantity),
                ("engine", engine),
                ("accelerator", accelerator),
                ("repeat", repeat),
            )
            if choice is not None
        }
        rows = tuple(
            row
            for row in self.rows
            if all(getattr(row, name) in choices for name, choices in wanted.items())
        )
        # A part of a table that was changed must not look like one that was not.
        return replace(self, rows=rows, digest="" if self._is_whole() else self.digest)

    def values(
        self,
        technology: str,
        quantity: str | None = None,
        *,
        engine: str | None = None,
        accelerator: str | None = None,
    ) -> list[float]:
        """Return figures of one kind in order of their repetitions.

        Args:
            technology: of which technology.
            quantity: which property; by default the experiment's main one.
            engine: only what this engine ran.
            accelerator: only what was measured on this kind of processor.

        Returns:
            The figures, in the quantity's unit; none if the technology could not be measured here
            (`missing` says why).

        Raises:
            UnknownNameError: there is no such technology or quantity.
            MixedAcceleratorsError: figures of several engines or kinds of processor would be mixed.
        """
        quantity = self.main_quantity if quantity is None else quantity
        self._require_known(technology, quantity)
        rows = self._rows(technology, quantity, engine, accelerator)
        places = tuple(dict.fromkeys((row.engine, row.accelerator) for row in rows))
        if len(places) > 1:
            listed = " and ".join(f"{engine} ({accelerator})" for engine, accelerator in places)
            raise MixedAcceleratorsError(
                f"expected figures of {technology!r} from one kind of processor, found some from "
                f"{listed}. Say which: accelerator={places[0][1]!r}"
                + ("" if len({one for _, one in places}) > 1 else f", engine={places[0][0]!r}")
                + ".",
                tuple(dict.fromkeys(one for _, one in places)),
            )
        return [row.value for row in sorted(rows, key=lambda row: row.repeat)]

    def median(
        self,
        technology: str,
        quantity: str | None = None,
        *,
        engine: str | None = None,
        accelerator: str | None = None,
    ) -> Any:
        """Return the median of `values`, or what stands in for it if there are none.

        Args:
            technology: as for `values`.
            quantity: as for `values`.
            engine: as for `values`.
            accelerator: as for `values`.
        """
        found = self.values(technology, quantity, engine=engine, accelerator=accelerator)
        return statistics.median(found) if found else self._unavailable(technology)

    def ratio(
        self,
        over: str,
        under: str,
        quantity: str | None = None,
        *,
        accelerator: str | None = None,
    ) -> Any:
        """Return how many times as large one technology's median is as another's.

        Both come from the one kind of processor on which both were measured.

        Args:
            over: the technology whose median is divided.
            under: the technology by whose median it is divided.
            quantity: which property; by default the experiment's main one.
            accelerator: on which kind of processor, if there is more than one for both.

        Returns:
            The ratio; what stands in for it if one of them could not be measured here.

        Raises:
            UnknownNameError: there is no such technology or quantity.
            MixedAcceleratorsError: they have no kind of processor in common, or more than one.
        """
        quantity = self.main_quantity if quantity is None else quantity
        found = []
        for technology in (over, under):
            self._require_known(technology, quantity)
            rows = self._rows(technology, quantity, None, accelerator)
            if not self._rows(technology, quantity, None, None):
                return self._unavailable(technology)
            found.append(tuple(dict.fromkeys(row.accelerator for row in rows)))
        common = [one for one in found[0] if one in found[1]]
        if len(common) != 1:
            listed = [", ".join(one) or "nothing" for one in found]
            raise MixedAcceleratorsError(
                f"expected one kind of processor on which both {over!r} and {under!r} were "
                f"measured, found {listed[0]} for {over!r} and {listed[1]} for {under!r}. "
                + (
                    "A ratio of the two would say more about the processors than about them."
                    if not common
                    else f"Say which: accelerator={common[0]!r}."
                ),
                tuple(dict.fromkeys((*found[0], *found[1]))),
            )
        medians = [
            statistics.median(self.values(technology, quantity, accelerator=common[0]))
            for technology in (over, under)
        ]
        return medians[0] / medians[1]

    def problems(self) -> tuple[str, ...]:
        """Return what cannot be true of the table, a sentence each; nothing if it can all be."""
        from course.live.experiments.plausibility import problems

        return problems(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as flat dictionaries, as pandas and Altair take them."""
        return [row.to_record() for row in self.rows]

    def to_data(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold, its digest included."""
        from course.live.experiments.files import to_data

        return to_data(self)

    @classmethod
    def from_data(cls, data: object) -> Table:
        """Make a table of what `to_data` returned.

        Args:
            data: what was returned, or what claims to be.

        Raises:
            TableFileError: it is no table.
        """
        from course.live.experiments.files import from_data

        return from_data(data)

    def write(self, path: Path | str) -> None:
        """Write it into a file, in one step.

        Args:
            path: the file.
        """
        from course.live.experiments.files import write

        write(self, path)

    @classmethod
    def read(cls, path: Path | str) -> Table:
        """Read it from a file.

        Args:
            path: the file.

        Raises:
            TableFileError: there is no such file, or it holds no table.
        """
        from course.live.experiments.files import read

        return read(path)

    def _rows(
        self, technology: str, quantity: str, engine: str | None, accelerator: str | None
    ) -> list[Row]:
        return [
            row
            for row in self.rows
            if row.technology == technology
            and row.quantity == quantity
            and engine in (None, row.engine)
            and accelerator in (None, row.accelerator)
        ]

    def _require_known(self, technology: str, quantity: str) -> None:
        known = tuple(dict.fromkeys((*self.technologies, *self.missing)))
        if technology not in known:
            raise UnknownNameError("technology", technology, known)
        if quantity not in self.quantities and technology not in self.missing:
            raise UnknownNameError("quantity", quantity, self.quantities)

    def _unavailable(self, technology: str) -> Unavailable:
        why = self.missing.get(technology, "no figure of that kind was measured")
        return Unavailable(f"{technology}: not measured here. {why}")

    def _is_whole(self) -> bool:
        from course.live.experiments.files import digest_of

        return self.digest == digest_of(self)

    def __repr__(self) -> str:
        from course.live.experiments.showing import as_text

        return as_text(self, SHOWN_ROWS)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from course.live.experiments.showing import as_html

        return as_html(self, SHOWN_ROWS)


def _chosen(choice: Choice) -> Collection[Any]:
    """Return a choice as a collection: one name is a collection of one."""
    return (choice,) if isinstance(choice, (str, int)) else tuple(choice or ())
