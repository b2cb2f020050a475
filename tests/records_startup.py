"""Records of experiments as a machine could have written them, and as none could have.

Every test of what lesson 05 marks needs tables of many machines: quick ones and slow ones, with
and without emulation, with an engine and without. These are drawn, with times that fit together,
so that `Table.problems` finds nothing; and each change that a hand could make is one it finds.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from autograders.answers.startup_and_footprint.reference import Records
from course.live.experiments import Row, Table

__all__ = ["EMULATED", "IMPOSSIBLE", "MACHINES", "Machine", "records", "stamped"]

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHERE = "Linux x86_64, 2 cores, 8.0 GiB"


@dataclass(frozen=True)
class Machine:
    """What a drawn machine is like.

    Attributes:
        accelerator: of its virtual machines; "" if it has no QEMU.
        host_engine: whether it has a Docker Engine of its own.
        lab_vm: whether there is an engine in the lab VM.
        slowness: how many times as long everything takes as on the quickest.
    """

    accelerator: str = "tcg"
    host_engine: bool = False
    lab_vm: bool = True
    slowness: float = 1.0


EMULATED = Machine()
#: The machines that learners have.
MACHINES = {
    "emulated, lab VM": EMULATED,
    "emulated, lab VM, slow": Machine(slowness=3.3),
    "emulated, host's engine too": Machine(host_engine=True),
    "emulated, host's engine alone": Machine(host_engine=True, lab_vm=False),
    "KVM, host's engine": Machine("kvm", host_engine=True),
    "KVM, lab VM": Machine("kvm"),
    "no QEMU, host's engine": Machine("", host_engine=True, lab_vm=False),
    "nothing but processes": Machine("", lab_vm=False),
}

_STAGES = {
    "tiny VM": {"process": 0.08, "firmware": 0.3, "kernel": 1.1, "user space": 0.3},
    "full VM": {"process": 0.1, "firmware": 0.6, "kernel": 4.5, "user space": 15.0, "service": 3.0},
    "resumed VM": {"process": 0.1, "loading": 0.12, "answer": 0.06},
}
_STARTS = {"process": 0.006, "created container": 1.6, "container": 2.4}
_REPEATS = {"full VM": 3, "tiny VM": 9, "resumed VM": 20}
_FASTER = {"tcg": 1.0, "kvm": 0.09, "native": 0.11}


class _Writer:
    """Notes rows one after the other, each at the time at which it can have been known."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.now = BEGAN
        self.rows: list[Row] = []
        self.missing: dict[str, str] = {}

    def vary(self, value: float, *, first: bool = False) -> float:
        """Return about this value: skewed, and larger if it is the first one's."""
        return value * self.random.lognormvariate(0, 0.12) * (1.7 if first else 1.0)

    def note(self, row: tuple[str, str, float, str], repeat: int, place: tuple[str, str]) -> None:
        technology, quantity, value, unit = row
        self.rows.append(
            Row(technology, quantity, float(value), unit, repeat, *place, self.now, WHERE, "")
        )

    def table(self, experiment: str) -> Table:
        ended = self.now + timedelta(seconds=1)
        facts = {"system": "Linux", "cores": 2}
        return Table(experiment, tuple(self.rows), facts, self.missing, {}, BEGAN, ended)


def _places(machine: Machine, technology: str) -> list[tuple[str, str]]:
    if technology not in ("process", "container", "created container"):
        return [("qemu", machine.accelerator)] if machine.accelerator else []
    inside = [("labvm", machine.accelerator or "tcg")] if machine.lab_vm else []
    if technology == "process":
        return [("host", "native"), *inside]
    return [("docker", "native")] * machine.host_engine + inside


def _startup(seed: str, machine: Machine) -> Table:
    writer = _Writer(f"startup {seed}")
    for technology in (*_STARTS, *_STAGES):
        places = _places(machine, technology)
        if not places:
            writer.missing[technology] = "there is nothing here that could run it"
        for place in places:
            factor = machine.slowness * _FASTER[place[1]]
            for repeat in range(1, _REPEATS.get(technology, 20) + 1):
                first = repeat == 1
                parts = {
                    name: writer.vary(factor * seconds, first=first)
                    for name, seconds in _STAGES.get(technology, {}).items()
                }
                start = sum(parts.values()) or writer.vary(
                    factor * _STARTS[technology], first=first
                )
                writer.now += timedelta(seconds=start + 0.2)
                writer.note((technology, "start", start, "s"), repeat, place)
                for name, seconds in parts.items():
                    writer.note((technology, f"stage: {name}", seconds, "s"), repeat, place)
    return writer.table("startup")


def _footprint(seed: str, machine: Machine) -> Table:
    writer = _Writer(f"footprint {seed}")
    sizes = {
        "process": {"disk": 13.6e6, "memory": 9.0},
        "container": {"disk": 13.7e6, "disk, each further": 40e3, "memory": 9.4},
        "tiny VM": {"disk": 47.8e6, "disk, each further": 0.0, "memory": 148.0},
        "full VM": {
            "disk": 702e6, "disk, file": 311e6, "disk, virtual": 2147e6, "memory": 402.0,
        },
    }  # fmt: skip
    for technology, quantities in sizes.items():
        places = _places(machine, technology)
        if not places:
            writer.missing[technology] = "there is nothing here that could run it"
        for place in places[-1:]:
            for quantity, value in quantities.items():
                writer.now += timedelta(seconds=0.5)
                unit = "MiB" if quantity == "memory" else "B"
                size = round(writer.vary(value)) if unit == "B" else writer.vary(value)
                if (technology, quantity) == ("tiny VM", "disk, each further"):
                    size = 0
                writer.note((technology, quantity, size, unit), 1, place)
    return writer.table("footprint")


def _density(seed: str, machine: Machine) -> Table:
    writer = _Writer(f"density {seed}")
    for technology, each, base, count in (
        ("container", 7.1, 21.0, 8), ("tiny VM", 96.0, 3.0, 4), ("clone", 57.0, 8.0, 6),
    ):  # fmt: skip
        places = _places(machine, technology)
        if not places:
            writer.missing[technology] = "there is nothing here that could run it"
        for place in places:
            used = base
            for repeat in range(1, count + 1):
                used += writer.vary(each)
                start = writer.vary(_FASTER[place[1]] * machine.slowness * 2)
                writer.now += timedelta(seconds=start + 0.2)
                writer.note((technology, "instances", repeat, "count"), repeat, place)
                writer.note((technology, "memory", used, "MiB"), repeat, place)
                writer.note((technology, "start", start, "s"), repeat, place)
    return writer.table("density")


@functools.cache
def records(seed: str = "ada", machine: Machine = EMULATED) -> Records:
    """Return what a learner's machine could have recorded.

    Args:
        seed: whose records.
        machine: on which kind of machine.
    """
    return Records(_startup(seed, machine), _footprint(seed, machine), _density(seed, machine))


def stamped(table: Table, **changes: Any) -> Table:
    """Return a table that was changed by somebody who knows how to renew its digest."""
    return replace(table, **changes, digest="")


def _changed(table: Table, number: int, *, stamp: bool = True, **changes: Any) -> Table:
    rows = list(table.rows)
    rows[number] = replace(rows[number], **changes)
    return replace(table, rows=tuple(rows), digest="" if stamp else table.digest)


def _of(table: Table, technology: str, quantity: str = "start") -> int:
    return next(
        number
        for number, row in enumerate(table.rows)
        if (row.technology, row.quantity) == (technology, quantity)
    )


#: Changes of a record of start-ups that make it impossible, each with a word of what is said.
IMPOSSIBLE: dict[str, tuple[Callable[[Table], Table], str]] = {
    "a figure by hand": (lambda t: _changed(t, 3, value=0.001, stamp=False), "changed after"),
    "milliseconds": (lambda t: _changed(t, 3, unit="ms"), "expected 's'"),
    "a longer start than the time that passed": (
        lambda t: _changed(t, _of(t, "container"), value=4000.0), "had passed"),
    "negative": (lambda t: _changed(t, 3, value=-1.0), "which no machine has"),
    "a repeat left out": (
        lambda t: stamped(t, rows=t.rows[:4] + t.rows[5:]), "one is missing"),
    "an engine on another processor": (
        lambda t: _changed(t, _of(t, "full VM"), accelerator="native"), "does not run"),
    "stages that do not add up": (
        lambda t: _changed(t, _of(t, "full VM", "stage: kernel"), value=0.001), "add up"),
    "two machines": (lambda t: _changed(t, 3, machine="another"), "more than one machine"),
    "all alike": (
        lambda t: stamped(t, rows=tuple(
            replace(row, value=0.004) if row.technology == "process" else row for row in t.rows)),
        "never shows the same"),
    "a resumed machine slower than a booted one": (
        lambda t: stamped(t, rows=tuple(
            replace(row, value=row.value / 400)
            if row.technology == "tiny VM" else row for row in t.rows)),
        "should be more than"),
}  # fmt: skip
