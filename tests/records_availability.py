"""Records of lesson 09 as a machine could have written them, and as none could have.

They are drawn, with times that fit together, so that `problems()` finds nothing; and each change
that a hand could make is one that it finds.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from autograders.answers.availability.reference import Records
from course.exercise import problem
from course.exercise.availability.drill import Drill, Event
from course.live.experiments import Row, Table
from course.live.experiments.vocabulary import quantity_of

if TYPE_CHECKING:
    from pathlib import Path

    from course.exercise.availability import AvailabilityProblem

__all__ = [
    "EMULATED",
    "IMPOSSIBLE_DRILLS",
    "IMPOSSIBLE_MOVES",
    "MACHINES",
    "Machine",
    "drill_of",
    "put_records",
    "records",
    "stamped",
]

ASSIGNMENT = "09-availability"
BEGAN = datetime(2026, 4, 6, 3, 0, tzinfo=UTC)
WHERE = "Linux x86_64, 2 cores, 8.0 GiB"


@dataclass(frozen=True)
class Machine:
    """What a drawn machine is like.

    Attributes:
        accelerator: of its virtual machines; "" if it has no QEMU.
        engines: where containers ran, each with its processor.
        slowness: how many times as long everything takes as on the quickest.
    """

    accelerator: str = "tcg"
    engines: tuple[tuple[str, str], ...] = (("labvm", "tcg"),)
    slowness: float = 1.0


EMULATED = Machine()
#: The machines that learners have.
MACHINES = {
    "emulated, lab VM": EMULATED,
    "emulated, slow": Machine(slowness=3.1),
    "emulated, host's engine too": Machine(engines=(("docker", "native"), ("labvm", "tcg"))),
    "emulated, host's engine alone": Machine(engines=(("docker", "native"),)),
    "KVM, lab VM": Machine("kvm", (("labvm", "kvm"),), 0.1),
    "no QEMU, host's engine": Machine("", (("docker", "native"),)),
    "nothing": Machine("", ()),
}


class _Writer:
    """Notes rows one after the other, each at the time at which it can have been known."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.now = BEGAN
        self.rows: list[Row] = []
        self.missing: dict[str, str] = {}

    def vary(self, value: float) -> float:
        """Return about this value, skewed."""
        return value * self.random.lognormvariate(0, 0.15)

    def note(
        self, technology: str, quantity: str, value: float, repeat: int, place: tuple[str, str]
    ) -> None:
        known = quantity_of(quantity)
        assert known is not None, quantity
        self.now += timedelta(seconds=1)
        self.rows.append(
            Row(technology, quantity, float(value), known.unit, repeat, *place, self.now, WHERE, "")
        )

    def table(self, experiment: str, **options: Any) -> Table:
        ended = self.now + timedelta(seconds=1)
        facts = {"system": "Linux", "cores": 2}
        return Table(experiment, tuple(self.rows), facts, self.missing, options, BEGAN, ended)


def _recovery(seed: str, machine: Machine) -> Table:
    writer = _Writer(f"recovery {seed}")
    if machine.accelerator:
        place = ("qemu", machine.accelerator)
        for repeat in (1, 2, 3):
            for quantity, value in (
                ("snapshot", 0.3), ("snapshot size", 61.0), ("crash noticed", 0.02),
                ("restore", 0.4),
            ):  # fmt: skip
                slow = machine.slowness if quantity != "snapshot size" else 1
                writer.note("tiny VM", quantity, writer.vary(value * slow), repeat, place)
            writer.note("tiny VM", "content kept", 1, repeat, place)
    else:
        writer.missing["tiny VM"] = "there is no QEMU"
    for place in machine.engines:
        native = 0.1 if place[1] == "native" else machine.slowness
        for repeat in (1, 2, 3):
            writer.note("container", "crash noticed", writer.vary(0.4 * native), repeat, place)
            writer.note("container", "restore", writer.vary(2.4 * native), repeat, place)
            writer.note("container", "content kept", 0, repeat, place)
    if not machine.engines:
        writer.missing["container"] = "no engine answers"
    return writer.table("recovery", repeats=3, seconds=12)


def _moves(seed: str, machine: Machine, task: AvailabilityProblem) -> Table:
    writer = _Writer(f"moves {seed}")
    if not machine.accelerator:
        writer.missing["tiny VM"] = "there is no QEMU"
        return writer.table("migration")
    place = ("qemu", machine.accelerator)
    quiet, middle, busy = task.rates_mib_per_s
    for repeat, (rate, rounds) in enumerate(
        ((quiet, (62.0, 0.1)), (middle, (63.0, 9.0, 5.0)), (busy, (70.0, 28.0, 26.0, 25.0))), 1
    ):
        sent = [writer.vary(size) for size in rounds]
        completed = rate != busy
        figures = [
            ("dirty rate", float(rate)),
            ("dirty rate, measured", 0.95 * rate),
            ("completed", float(completed)),
            ("rounds", float(len(sent))),
            *((f"round: {number}", size) for number, size in enumerate(sent, 1)),
            ("sent", sum(sent)),
            ("total time", sum(sent) / 32 + 0.05),
        ]
        if completed:
            downtime = float(round(writer.vary(12 + 9 * repeat)))
            figures += [("downtime", downtime), ("outage", downtime + writer.vary(100))]
        for quantity, value in figures:
            writer.note("tiny VM", quantity, value, repeat, place)
    return writer.table(
        "migration", dirty_rates=list(task.rates_mib_per_s), working_set_mib=32,
        bandwidth_mib_per_s=32, downtime_limit_ms=300, timeout_s=10,
    )  # fmt: skip


def drill_of(task: AvailabilityProblem, machine: Machine = EMULATED, **changes: Any) -> Drill:
    """Return the record of a drill as it was asked for, but for the changes.

    Args:
        task: the learner's problem.
        machine: on which machine.
        changes: `order`, the steps in other words: ``token``, ``late``, ``snapshot``, ``crash``,
            ``restore``, ``boot``; `token`, `late`: what is written instead.
    """
    order = changes.get("order", ("token", "snapshot", "late", "crash", "restore"))
    words = {"token": changes.get("token", task.token), "late": changes.get("late", task.late)}
    events: list[Event] = []
    held: dict[str, str] = {}
    saved: tuple[str, dict[str, str]] = ("", {})
    process, boot, alive = 4000, "boot-0", True
    steps = []
    for number, word in enumerate(("boot", *order)):
        # What is gone can be booted, and brought back if it was saved.
        done = alive or word == "boot" or (word == "restore" and bool(saved[0]))
        step = f"echo {words[word]} > /dev/shm/{word}" if word in words else word
        if word in words and alive:
            held = held | {word: words[word]}
        elif word == "snapshot" and alive:
            saved = (boot, held)
        elif word == "crash":
            alive, held = False, {}
        elif word in ("boot", "restore") and done:
            alive, process = True, process + 11
            boot, held = (f"boot-{number}", {}) if word == "boot" else saved
        events.append(
            Event(step, "", done, 0.1 + number / 50, "running" if alive else "gone",
                  process if alive else 0, boot if alive else "", held)
        )  # fmt: skip
        if number:
            steps.append(step)
    return Drill(
        steps=tuple(steps), events=tuple(events), memory_mib=96,
        accelerator=machine.accelerator or "tcg", snapshot_mib=61.0, machine=WHERE,
        time=BEGAN.isoformat(),
    )  # fmt: skip


@functools.cache
def records(student: str = "example", machine: Machine = EMULATED) -> Records:
    """Return what one learner has recorded on a machine.

    Args:
        student: whose records they are; each learner has other figures.
        machine: on which machine.
    """
    task = problem(ASSIGNMENT, student)
    seed = f"{student} {machine}"
    return Records(_recovery(seed, machine), _moves(seed, machine, task), drill_of(task, machine))


def put_records(folder: Path, student: str = "example", machine: Machine = EMULATED) -> None:
    """Lay down a learner's records beside the notebook.

    Args:
        folder: the folder of the submission.
        student: whose.
        machine: on which machine they were made.
    """
    from course.exercise.availability import drill as drills

    made, task = records(student, machine), problem(ASSIGNMENT, student)
    made.recovery.write(folder / "recovery.json")
    made.moves.write(folder / task.moves_record)
    drills.write(made.drill, folder / "drill.json")
    drills.write(first_drill(), folder / "first.json")


def first_drill() -> Drill:
    """Return the drill that the notebook begins with, as it is written there."""
    steps = ("echo still here > /dev/shm/note", "crash", "cat /dev/shm/note", "boot", "ls /dev/shm")
    note = {"note": "still here"}
    events = (
        Event("boot", "a new machine runs", True, 2.1, "running", 71, "a1", {}),
        Event(steps[0], "", True, 0.1, "running", 71, "a1", note),
        Event("crash", "its process was killed", True, 0.01, "gone", 0, "", {}),
        Event(steps[2], "there is no machine any more", False, 0.0, "gone", 0, "", {}),
        Event("boot", "a new machine runs", True, 2.0, "running", 93, "b2", {}),
        Event(steps[4], "", True, 0.1, "running", 93, "b2", {}),
    )
    return Drill(steps, events, 96, "tcg", 0.0, WHERE, BEGAN.isoformat())


def stamped(table: Table, **changes: Any) -> Table:
    """Return a changed table with a digest that fits, as somebody could make it who knows how."""
    return replace(table, **changes, digest="")


def _changed(table: Table, quantity: str, *, stamp: bool = True, **changes: Any) -> Table:
    number = next(n for n, row in enumerate(table.rows) if row.quantity == quantity)
    row = replace(table.rows[number], **changes)
    rows = (*table.rows[:number], row, *table.rows[number + 1 :])
    return stamped(table, rows=rows) if stamp else replace(table, rows=rows)


#: Changes of a record of migrations that make it impossible, each with a word of what is said.
IMPOSSIBLE_MOVES: dict[str, tuple[Callable[[Table], Table], str]] = {
    "a figure by hand": (
        lambda t: _changed(t, "downtime", stamp=False, value=1.0),
        "changed after",
    ),
    "seconds": (lambda t: _changed(t, "downtime", unit="s"), "expected 'ms'"),
    "longer than its move": (lambda t: _changed(t, "downtime", value=1e6), "stood still for"),
    "more rounds than were sent": (lambda t: _changed(t, "rounds", value=7.0), "7 rounds"),
    "more in rounds than in all": (lambda t: _changed(t, "sent", value=2.0), "together"),
}
#: Changes of a drill that make it impossible, each with a word of what is said.
IMPOSSIBLE_DRILLS: dict[str, tuple[Callable[[Drill], Drill], str]] = {
    "by hand": (lambda d: replace(d, snapshot_mib=1.0), "changed after"),
    "other steps": (lambda d: replace(d, steps=("crash",), digest=""), "not those of its steps"),
    "another accelerator": (
        lambda d: replace(d, accelerator="native", digest=""),
        "no accelerator",
    ),
    "restored from nowhere": (
        lambda d: replace(
            d, events=(*d.events[:-1], replace(d.events[-1], boot="other")), digest=""
        ),
        "never was",
    ),
    "neither there nor gone": (
        lambda d: replace(d, events=(*d.events[:-1], replace(d.events[-1], process=0)), digest=""),
        "neither there nor gone",
    ),
    "too long": (
        lambda d: replace(d, events=(replace(d.events[0], seconds=1e6), *d.events[1:]), digest=""),
        "cannot have taken",
    ),
}
