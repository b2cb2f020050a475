"""Tables of measurements that were never measured, but could have been.

Figures are of the size that a machine without KVM has, and times fit them, so that
`Table.problems` finds nothing. `TABLES` makes one for each experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from course.live.experiments import Row, Table
from course.live.experiments.vocabulary import quantity_of

__all__ = ["BEGAN", "TABLES", "startup_table"]

BEGAN = datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
MACHINE = "Linux x86_64, 2 cores, 8.0 GiB"
FACTS = {"system": "Linux", "architecture": "x86_64", "cores": 2.0, "memory_mib": 8192}

_NATIVE = {"engine": "host", "accelerator": "native"}
_DOCKER = {"engine": "docker", "accelerator": "native"}
_LAB_VM = {"engine": "labvm", "accelerator": "tcg"}
_QEMU = {"engine": "qemu", "accelerator": "tcg"}


class Writer:
    """Writes rows with a clock of its own, which goes on by what a figure in seconds takes."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.now = BEGAN

    def note(self, technology: str, quantity: str, value: float, repeat: int, **more: Any) -> None:
        """Write a row; a start takes its time."""
        known = quantity_of(quantity)
        assert known is not None, quantity
        if quantity == "start":
            self.now += timedelta(seconds=value)
        self.now += timedelta(milliseconds=1)
        row = Row(
            technology, quantity, float(value), known.unit, repeat,
            time=self.now, machine=MACHINE, **more,
        )  # fmt: skip
        self.rows.append(row)

    def series(self, technology: str, quantity: str, values: Iterable[float], **more: Any) -> None:
        """Write the repetitions of one quantity."""
        for repeat, value in enumerate(values, 1):
            self.note(technology, quantity, value, repeat, **more)

    def table(self, experiment: str, **options: Any) -> Table:
        """Return what was written."""
        return Table(
            experiment=experiment,
            rows=tuple(self.rows),
            machine=FACTS,
            missing={},
            options=options,
            began=BEGAN,
            ended=self.now + timedelta(seconds=1),
        )


def startup_table() -> Table:
    """Return starts on a machine with a Docker Engine, a lab VM and emulated machines."""
    writer = Writer()
    writer.series("process", "start", (0.0009, 0.0005, 0.0006), **_NATIVE)
    writer.series("container", "start", (0.31, 0.2, 0.19), **_DOCKER)
    writer.series("created container", "start", (0.16, 0.15, 0.14), **_DOCKER)
    writer.series("process", "start", (0.011, 0.012, 0.0115), **_LAB_VM)
    writer.series("container", "start", (3.4, 2.9, 2.8), **_LAB_VM)
    writer.series("created container", "start", (2.5, 2.4, 2.3), **_LAB_VM)
    for repeat, total_s in enumerate((2.1, 1.9, 1.8), 1):
        _boot(writer, "tiny VM", repeat, total_s, ("process", "firmware", "kernel", "user space"))
    for repeat, total_s in enumerate((25.0, 26.0), 1):
        stages = ("process", "firmware", "kernel", "user space", "service")
        _boot(writer, "full VM", repeat, total_s, stages)
        writer.note("full VM", "user space", 19.0 + repeat, repeat, **_QEMU)
    for repeat, total_s in enumerate((0.4, 0.3, 0.31), 1):
        _boot(writer, "resumed VM", repeat, total_s, ("process", "loading", "answer"))
    return writer.table("startup", repeats=3, seconds=20)


def footprint_table() -> Table:
    """Return what one service takes, each way."""
    writer = Writer()

    def noted(technology: str, place: dict[str, str], **figures: float) -> None:
        for name, value in figures.items():
            writer.note(technology, _NAMES[name], value, 1, **place)

    noted("process", _NATIVE, disk=13_656_542, further=0, memory=8.5, proportional=8.4)
    for place in (_DOCKER, _LAB_VM):
        noted("container", place, disk=13_656_615, layer_1=13_655_356, layer_2=1_259, further=0)
        noted("container", place, memory=8.7, proportional=8.6, group=2.1)
    noted("tiny VM", _QEMU, disk=15_088_444, kernel=8_247_232, initramfs=6_841_212, further=0)
    noted("tiny VM", _QEMU, memory=140, proportional=130, used=40, total=108)
    noted("full VM", _QEMU, disk=795_000_000, kernel=8_247_232, initramfs=1_768_648)
    noted("full VM", _QEMU, files=784_984_120, further=20_000_000)
    noted("full VM", _QEMU, file=221_249_536, virtual=4_294_967_296)
    noted("full VM", _QEMU, memory=430, proportional=420, used=110, total=360)
    return writer.table("footprint")


_NAMES = {
    "disk": "disk",
    "further": "disk, each further",
    "layer_1": "disk: layer 1",
    "layer_2": "disk: layer 2",
    "kernel": "disk: kernel",
    "initramfs": "disk: initramfs",
    "files": "disk: files on its disk",
    "file": "disk, file",
    "virtual": "disk, virtual",
    "memory": "memory",
    "proportional": "memory, proportional",
    "group": "memory, control group",
    "used": "memory, guest used",
    "total": "memory, guest total",
}


def density_table() -> Table:
    """Return instances of three technologies, with a little noise in the containers' memory."""
    writer = Writer()
    for technology, place, base, each, noise in (
        ("container", _LAB_VM, 15, 10, (0.5, -0.4, 0.2, -0.3)),
        ("tiny VM", _QEMU, 20, 100, (0, 0, 0)),
        ("clone", _QEMU, 5, 90, (0, 0)),
    ):
        for count, off in enumerate(noise, 1):
            writer.note(technology, "start", 1.5 + off / 9 + count / 97, count, **place)
            writer.note(technology, "instances", count, count, **place)
            writer.note(technology, "memory", base + each * count + off, count, **place)
    return writer.table("density", budget_mib=256, most=8, seconds=20)


def overhead_table() -> Table:
    """Return the cost of the same work in six places."""
    writer = Writer()
    for technology, place, factor in (
        ("process", _NATIVE, 1),
        ("container", _DOCKER, 1.1),
        ("process", _LAB_VM, 18),
        ("container", _LAB_VM, 20),
        ("virtio VM", _QEMU, 19),
        ("emulated VM", _QEMU, 21),
    ):
        slow = 5 if technology == "emulated VM" else 1
        for quantity, value in (
            ("CPU", 0.05 * factor),
            ("system call", 200 * factor),
            ("memory bandwidth", 40_000 / factor),
            ("random read", 20_000 / factor / slow),
            ("network", 1_000 / factor / slow),
        ):
            writer.series(technology, quantity, (value, value * 1.02, value * 0.99), **place)
    return writer.table("overhead", repeats=3)


def migration_table() -> Table:
    """Return moves at four rates, of which the last does not converge."""
    writer = Writer()
    moves: tuple[tuple[float, tuple[float, ...], float | None], ...] = (
        (0, (60, 1), 40),
        (4, (62, 8, 2), 90),
        (16, (64, 30, 16, 8), 220),
        (64, (64, 32, 32, 32, 32, 32), None),
    )
    for repeat, (rate, rounds, downtime_ms) in enumerate(moves, 1):
        figures = [("dirty rate", rate), ("dirty rate, measured", rate * 0.97)]
        figures += [("completed", float(downtime_ms is not None)), ("rounds", len(rounds))]
        figures += [(f"round: {number}", sent) for number, sent in enumerate(rounds, 1)]
        figures += [("sent", sum(rounds)), ("total time", sum(rounds) / 32)]
        if downtime_ms is not None:
            figures += [("downtime", downtime_ms), ("outage", downtime_ms + 15)]
        for quantity, value in figures:
            writer.note("tiny VM", quantity, value, repeat, **_QEMU)
        writer.now += timedelta(seconds=9)
    return writer.table(
        "migration",
        dirty_rates=[0, 4, 16, 64],
        working_set_mib=32,
        bandwidth_mib_per_s=32,
        downtime_limit_ms=300,
        timeout_s=15,
    )


def recovery_table() -> Table:
    """Return crashes of a machine and of a container."""
    writer = Writer()
    for quantity, values in (
        ("snapshot", (0.31, 0.28)),
        ("snapshot size", (61.0, 61.2)),
        ("crash noticed", (0.004, 0.003)),
        ("restore", (0.35, 0.33)),
        ("content kept", (1, 1)),
    ):
        writer.series("tiny VM", quantity, values, **_QEMU)
    for quantity, values in (
        ("crash noticed", (0.09, 0.08)),
        ("restore", (0.21, 0.2)),
        ("content kept", (0, 0)),
    ):
        writer.series("container", quantity, values, **_DOCKER)
    return writer.table("recovery", repeats=2, seconds=20)


def _boot(
    writer: Writer, technology: str, repeat: int, total_s: float, stages: tuple[str, ...]
) -> None:
    """Write a start and its stages, each twice as long as the one before."""
    writer.note(technology, "start", total_s, repeat, **_QEMU)
    whole = 2 ** len(stages) - 1
    for number, stage in enumerate(stages):
        writer.note(technology, f"stage: {stage}", total_s * 2**number / whole, repeat, **_QEMU)


TABLES: dict[str, Callable[[], Table]] = {
    "startup": startup_table,
    "footprint": footprint_table,
    "density": density_table,
    "overhead": overhead_table,
    "migration": migration_table,
    "recovery": recovery_table,
}
