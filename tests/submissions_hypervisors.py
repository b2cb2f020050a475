"""Submissions of assignment 02: a released notebook with answers filled in, and its records.

The records are made up, and such that they could have been measured: what is tested with them is
the marking. That real machines give such records is tested where they run.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from autograders.answers.hypervisors import Records, measured_answers, reference
from course.exercise import problem
from course.exercise.hypervisors import observation
from course.exercise.hypervisors.disk import Disk
from course.exercise.hypervisors.observation import Observation
from course.live.experiments.table import Row, Table
from tests.submissions import Answers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from course.exercise.hypervisors.problem import HypervisorsProblem

ASSIGNMENT = "02-hypervisors"
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MACHINE = "Linux x86_64, 2 cores, 4.0 GiB"

#: Which answers each answer cell defines that holds values.
ANSWER_CELLS = {
    "counts-answer": ("instructions", "privileged"),
    "cycles-answer": (
        "direct_cycles", "trapped_cycles", "hypercall_cycles", "interpreted_cycles", "trapped_s"),
    "break_even-answer": ("break_even_share", "cheaper"),
    "places-answer": ("places", "misplaced", "gone"),
    "hidden_mib-answer": ("hidden_mib",),
    "boot-answer": ("stages_s", "longest_stage", "longest_share"),
    "devices-answer": ("disk_ratio", "network_ratio"),
    "speed-answer": ("slowdown", "accelerator"),
    "quiz-answer": ("quiz",),
}  # fmt: skip

RUN_TIME = """
def run_time(program, technique, costs, clock_ghz):
    prices = {
        "direct": (costs.direct, costs.direct),
        "trap-and-emulate": (costs.direct, costs.exit + costs.emulation),
        "paravirtual": (costs.direct, costs.hypercall + costs.emulation),
        "interpretation": (costs.dispatch + costs.direct, costs.dispatch + costs.emulation),
    }
    if technique not in prices:
        raise ValueError(technique)
    ordinary, privileged = prices[technique]
    cycles = 0
    for line, times in program:
        word = line.split()[0]
        cycles += times * (privileged if word == "out" or word == "page" else ordinary)
    return cycles / (clock_ghz * 10**9)
"""

#: As a learner would write it; the record is there already, so nothing is booted.
MACHINE_CELL = 'machine = observe("machine.json", memory_mib=task.memory_mib, cpus=task.cpus)'

WRITTEN = "On the server I would take type 1, on the laptop type 2, since the desktop stays."


def seen(
    task: HypervisorsProblem, *, guest_mib: float | None = None, **changes: Any
) -> Observation:
    """Return what could have been seen of the machine that was ordered, but for the changes.

    Args:
        task: the learner's problem.
        guest_mib: the memory that the guest says it has, in MiB.
        changes: fields of the observation that are not as ordered.
    """
    memory = changes.get("memory_asked_mib", task.memory_mib)
    cpus = changes.get("cpus_asked", task.cpus)
    kib = round(1024 * (memory - 31.4 if guest_mib is None else guest_mib))
    fields: dict[str, Any] = {
        "memory_asked_mib": memory,
        "cpus_asked": cpus,
        "devices": "virtio",
        "accelerator": "tcg",
        "command_line": ("qemu-system-x86_64", "-m", f"{memory}M", "-smp", str(cpus)),
        "said": {
            "kernel": "Linux 6.1.0-1-amd64",
            "processors": str(cpus),
            "processor": "model name\t: QEMU TCG CPU version 2.5+",
            "memory": f"MemTotal:         {kib} kB",
            "disks": "vda",
            "devices": "0000:00:01.0 0x010000 0x1af4 0x1001",
        },
        "console": "ready",
        "seconds": 1.9,
        "host_kernel": "Linux 6.9",
        "machine": MACHINE,
        "time": BEGAN.isoformat(),
    }
    return Observation(**(fields | changes))


def table(
    experiment: str, figures: Iterable[tuple[str, str, float, str, int, str, str]], **changes: Any
) -> Table:
    """Return a table of figures that were measured one after the other.

    Args:
        experiment: its name.
        figures: technology, quantity, value, unit, repeat, engine, accelerator of each row.
        changes: fields of the table that are otherwise.
    """
    rows, time = [], BEGAN
    for technology, quantity, value, unit, repeat, engine, accelerator in figures:
        time += timedelta(seconds=30)
        rows.append(
            Row(technology, quantity, value, unit, repeat, engine, accelerator, time, MACHINE)
        )
    fields: dict[str, Any] = {
        "experiment": experiment,
        "rows": tuple(rows),
        "machine": {"system": "Linux"},
        "missing": {},
        "options": {},
        "began": BEGAN,
        "ended": time,
    }
    return Table(**(fields | changes))


STAGES = {"process": 0.061, "firmware": 0.404, "kernel": 1.013, "user space": 0.352}
#: Each start beside the usual one; the first is slower, and so is one other.
_STARTS = (1.62, 1.0, 1.03, 1.31, 0.97)


def startup() -> Table:
    """Return a table of five starts of the tiny machine, and what they consist of."""
    figures = []
    for repeat, slower in enumerate(_STARTS, 1):
        parts = {
            name: seconds * slower * (1 + 0.004 * repeat * number)
            for number, (name, seconds) in enumerate(STAGES.items())
        }
        figures += [
            ("tiny VM", f"stage: {name}", seconds, "s", repeat, "qemu", "tcg")
            for name, seconds in parts.items()
        ]
        figures.append(("tiny VM", "start", sum(parts.values()), "s", repeat, "qemu", "tcg"))
    return table("startup", figures)


_UNITS = {"CPU": "s", "random read": "IOPS", "network": "MiB/s"}
_USUAL = {
    ("process", "host", "native"): {"CPU": 0.21, "random read": 91_000.0, "network": 1400.0},
    ("virtio VM", "qemu", "tcg"): {"CPU": 2.9, "random read": 6100.0, "network": 97.0},
    ("emulated VM", "qemu", "tcg"): {"CPU": 2.8, "random read": 1900.0, "network": 41.0},
}
_REPEATS = (0.71, 1.0, 1.04, 0.99, 1.21)


def overhead() -> Table:
    """Return a table of the same work on the host and in both guests, five times each."""
    figures = [
        (
            technology,
            quantity,
            usual * factor ** (1 + place / 3),
            _UNITS[quantity],
            repeat,
            engine,
            accelerator,
        )
        for place, ((technology, engine, accelerator), usuals) in enumerate(_USUAL.items())
        for quantity, usual in usuals.items()
        for repeat, factor in enumerate(_REPEATS, 1)
    ]
    return table("overhead", figures)


def changed(whole: Table, number: int, **fields: Any) -> Table:
    """Return a table with one row otherwise and a digest that fits again, as a forger makes it."""
    rows = list(whole.rows)
    rows[number] = dataclasses.replace(rows[number], **fields)
    return dataclasses.replace(whole, rows=tuple(rows), digest="")


def renumbered(whole: Table, keep: Iterable[int]) -> Table:
    """Return a table with some repetitions left out, and the others numbered anew."""
    number = {old: new for new, old in enumerate(keep, 1)}
    rows = tuple(
        dataclasses.replace(row, repeat=number[row.repeat])
        for row in whole.rows
        if row.repeat in number
    )
    return dataclasses.replace(whole, rows=rows, digest="")


def records(task: HypervisorsProblem) -> Records:
    """Return records of all three kinds."""
    return Records(seen(task), startup(), overhead())


def right_answers(student: str) -> dict[str, Any]:
    """Return right answers to everything that can be written as a value."""
    task = problem(ASSIGNMENT, student)
    answers = reference(task) | measured_answers(records(task))
    del answers["run_time"]
    return answers


def image(disk: Disk, name: str) -> bytes:
    """Return a disk in one of the formats, as a program of our own writes it.

    Only what `qemu-img` would not write anyway is needed here: each block by itself, in order.
    """
    writers = {"qcow2": _qcow2, "vmdk": _vmdk, "vdi": _vdi, "vpc": _vpc}
    return writers[name](disk.content)


def _numbers(width: int, order: Any, *values: int) -> bytes:
    return b"".join(value.to_bytes(width, order) for value in values)


def _qcow2(content: bytes) -> bytes:
    cluster = 2**16
    clusters = len(content) // cluster
    header = b"QFI\xfb" + _numbers(4, "big", 3) + bytes(12) + _numbers(4, "big", 16)
    header += _numbers(8, "big", len(content)) + _numbers(4, "big", 0, 1)
    header += _numbers(8, "big", cluster) + bytes(24) + bytes(24) + _numbers(4, "big", 4, 104)
    upper = _numbers(8, "big", 1 << 63 | 2 * cluster)
    lower = _numbers(8, "big", *(1 << 63 | (3 + n) * cluster for n in range(clusters)))
    return b"".join((*(part.ljust(cluster, b"\0") for part in (header, upper, lower)), content))


def _vmdk(content: bytes) -> bytes:
    sectors, grain = len(content) // 512, 128
    header = b"KDMV" + _numbers(4, "little", 1, 3) + _numbers(8, "little", sectors, grain, 0, 0)
    header += _numbers(4, "little", 512) + _numbers(8, "little", 0, 1, 128)
    places = (128 + grain * number for number in range(sectors // grain))
    directory = _numbers(4, "little", 2).ljust(512, b"\0")
    entries = _numbers(4, "little", *places)
    front = header.ljust(512, b"\0") + directory + entries
    return front.ljust(128 * 512, b"\0") + content


def _vdi(content: bytes) -> bytes:
    block = len(content)
    front = b"<<< a disk image >>>\n".ljust(64, b"\0") + _numbers(4, "little", 0xBEDA107F, 0x10001)
    front = front.ljust(0x154, b"\0") + _numbers(4, "little", 512, 1024)
    front = front.ljust(0x170, b"\0") + _numbers(8, "little", len(content))
    front += _numbers(4, "little", block, 0, 1, 1)
    return (front.ljust(512, b"\0") + _numbers(4, "little", 0)).ljust(1024, b"\0") + content


def _vpc(content: bytes) -> bytes:
    block = 2**21
    footer = b"conectix" + bytes(8) + _numbers(8, "big", 512) + bytes(24)
    footer += _numbers(8, "big", len(content)) + bytes(4) + _numbers(4, "big", 3)
    header = b"cxsparse" + bytes(8) + _numbers(8, "big", 1536) + bytes(4)
    header += _numbers(4, "big", 1, block)
    front = footer.ljust(512, b"\0") + header.ljust(1024, b"\0") + _numbers(4, "big", 4)
    written = len(content) // 512
    bitmap = (b"\xff" * (written // 8)).ljust(512, b"\0")
    return front.ljust(2048, b"\0") + bitmap + content


def hand_in(
    folder: Path, student: str, found: Records | None = None, *, images: bool = True
) -> None:
    """Put the records and the images of a submission beside its notebook.

    Args:
        folder: the submission's folder.
        student: whose it is.
        found: the records; such as could have been measured if None.
        images: whether the images are handed in too.
    """
    task = problem(ASSIGNMENT, student)
    found = records(task) if found is None else found
    ordinary = {"memory_asked_mib": 128, "cpus_asked": 1}
    observation.write(seen(task, **ordinary), folder / "first.json")
    observation.write(seen(task, devices="emulated", **ordinary), folder / "imitated.json")
    observation.write(found.machine, folder / "machine.json")
    found.startup.write(folder / "startup.json")
    found.overhead.write(folder / "overhead.json")
    if images:
        for name, file in task.disk.files.items():
            (folder / file).write_bytes(image(task.disk, name))


answered = Answers(
    right_answers,
    ANSWER_CELLS,
    {
        "run_time-answer": RUN_TIME,
        "machine-answer": MACHINE_CELL,
        "images-answer": "# They are beside the notebook.",
        "written-answer": WRITTEN,
    },
).answered
