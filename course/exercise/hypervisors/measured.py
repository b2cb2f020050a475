"""What the answers of lesson 02 rest on: recorded measurements, read with care.

- `observation`, `startup`, `overhead`: what was recorded if it can be true, or a note that says
  what is missing or impossible
- `ordered`: whether the machine that was booted is the one that was asked for
- `stages`: the parts of each start
- `by_devices`, `cpu_seconds`: figures of the same work in different places
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from course.exercise.findings import Finding
from course.exercise.hypervisors.observation import Observation
from course.exercise.notes import Kind, Note, unanswered
from course.exercise.records import read
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.hypervisors.problem import HypervisorsProblem
    from course.live.experiments.table import Table

__all__ = [
    "BOOTED",
    "DEVICES",
    "by_devices",
    "cpu_seconds",
    "guest_accelerator",
    "observation",
    "ordered",
    "overhead",
    "stages",
    "startup",
]

#: The machine whose starts are looked at, and the two kinds of devices, as experiments call them.
BOOTED = "tiny VM"
DEVICES = ("virtio VM", "emulated VM")
#: As many as the experiment makes on the slowest of machines; a median of one is none.
FEWEST_STARTS = 2
_STAGE = "stage: "


def observation(found: Any) -> Observation | Note:
    """Return what was seen of a machine, or a note that says why it cannot be used.

    Args:
        found: what the learner hands in.
    """
    if isinstance(found, Unavailable):
        return Note(Kind.UNANSWERED, f"This is not answered yet: {found.reason}")
    if unanswered(found):
        return Note.unanswered("machine")
    if not isinstance(found, Observation):
        return Note.mistake(
            f"machine should be what observe(...) returns, found {type(found).__name__}."
        )
    if problems := Observation.problems(found):
        return Note.mistake(f"What was recorded of the machine cannot be. {' '.join(problems)}")
    return found


def _unanswered(reason: str) -> Note:
    return Note(Kind.UNANSWERED, f"This is not answered yet: {reason}")


def startup(found: Any) -> Table | Note:
    """Return a table of starts of the tiny machine with their stages, or a note that says why not.

    Args:
        found: what the learner hands in.
    """
    reading = read(found, "startup")
    table = reading.table
    if table is None:
        return reading.note or _unanswered("it has not been measured.")
    if reason := reading.lacks(BOOTED, "start"):
        return _unanswered(reason)
    starts = len(table.values(BOOTED, "start"))
    if starts < FEWEST_STARTS:
        return Note.mistake(
            f"There are {starts} starts of a {BOOTED}; a median needs {FEWEST_STARTS} at least."
        )
    if {len(values) for values in stages(table).values()} != {starts}:
        return Note.mistake("Some of the starts have stages that others do not have.")
    return table


def stages(table: Table) -> dict[str, list[float]]:
    """Return the seconds of each stage of a boot, start by start, in the order of the boot.

    Args:
        table: a table of starts.
    """
    names = dict.fromkeys(
        row.quantity
        for row in table.rows
        if row.technology == BOOTED and row.quantity.startswith(_STAGE)
    )
    return {name.removeprefix(_STAGE): table.values(BOOTED, name) for name in names}


def overhead(found: Any) -> Table | Note:
    """Return a table of the same work on a host and in two guests, or a note that says why not.

    Args:
        found: what the learner hands in.
    """
    reading = read(found, "overhead")
    table = reading.table
    if table is None:
        return reading.note or _unanswered("it has not been measured.")
    for technology, quantity in itertools.product(DEVICES, ("CPU", "random read", "network")):
        if reason := reading.lacks(technology, quantity):
            return _unanswered(f"{quantity}: {reason}")
    if reason := reading.lacks("process", "CPU"):
        return _unanswered(f"CPU: {reason}")
    return table


def guest_accelerator(table: Table) -> str:
    """Return by what the guests of a table ran: ``tcg`` or ``kvm``.

    Args:
        table: what `overhead` has returned, so that there is one and no other.
    """
    return table.accelerators(DEVICES[0])[0]


def by_devices(table: Table, quantity: str) -> tuple[list[float], list[float]]:
    """Return the figures of paravirtual and of imitated devices.

    Args:
        table: what `overhead` has returned.
        quantity: ``random read`` or ``network``.
    """
    virtio, emulated = (table.values(technology, quantity) for technology in DEVICES)
    return virtio, emulated


def cpu_seconds(table: Table) -> tuple[list[float], list[float]]:
    """Return the seconds of the same arithmetic in a guest and on the host.

    Args:
        table: what `overhead` has returned.
    """
    return table.values(DEVICES[0], "CPU"), table.values("process", "CPU", engine="host")


def ordered(seen: Observation, task: HypervisorsProblem) -> tuple[Finding, ...]:
    """Compare a machine with the one that a learner was asked to boot.

    Args:
        seen: what was seen of it, of which it is known that it can be true.
        task: the learner's problem.
    """
    memory, cpus = seen.memory_given_mib, seen.cpus_given
    guest = seen.cpus == task.cpus and 0.5 * task.memory_mib < seen.memory_mib < task.memory_mib
    right, wrong = "as ordered.", "which is not what you were to order."
    return (
        Finding(
            "memory",
            memory == task.memory_mib,
            f"QEMU's command line gives the machine {memory} MiB, "
            + (right if memory == task.memory_mib else wrong),
        ),
        Finding(
            "cpus",
            cpus == task.cpus,
            f"QEMU's command line gives the machine {cpus} virtual processors, "
            + (right if cpus == task.cpus else wrong),
        ),
        Finding(
            "guest",
            guest,
            f"The guest itself sees {seen.cpus} processors and {seen.memory_mib:.1f} MiB, "
            + ("which fits." if guest else wrong),
        ),
    )
