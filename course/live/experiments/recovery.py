"""Coming back after a crash: a virtual machine from its snapshot, a container by a new start.

Both are killed without warning.  What comes back differs: a machine with all that it had in memory
when the snapshot was taken, a container with its files and an empty memory.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from typing import TYPE_CHECKING, Any

from course.live.errors import OutOfTimeError
from course.live.experiments import machines
from course.live.experiments.engines import IN_LAB_VM, Engine, container_of, engines
from course.live.experiments.programs import BUSYBOX
from course.live.experiments.recording import Recorder, recorded, repetitions, require_positive
from course.live.experiments.startup import READY
from course.live.workfolder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Collection

    from course.live.experiments.table import Table
    from course.live.progress import Reporter
    from course.live.unavailable import Unavailable

__all__ = ["recovery"]

#: In memory, on a guest and in a container alike.
_FILE = "/dev/shm/token"  # noqa: S108 (a guest's, not this machine's)
_NOTICE_S = 20
_SERVE = f"echo {READY}; exec sleep 1000000"


def recovery(
    *,
    record: str | None = None,
    again: bool = False,
    repeats: int = 5,
    seconds: float = 20,
    technologies: Collection[str] | None = None,
    progress: Reporter | None = None,
) -> Table | Unavailable:
    """Kill a virtual machine and a container, and measure how they come back.

    Args:
        record: the name of a file in the current folder, from which the table is read if it is
            there, and into which it is written otherwise.
        again: measure even if there is such a file.
        repeats: at most so many crashes of each.
        seconds: for each technology, in seconds; one crash is made in any case.
        technologies: ``tiny VM`` and ``container``; both by default.
        progress: told how far it is; by default a line is shown.

    Returns:
        The table, with quantities ``crash noticed`` (s), ``restore`` (s, until it answers again)
        and ``content kept`` (1 if its memory holds what it held, else 0); for the machine also
        ``snapshot`` (s) and ``snapshot size`` (MiB). What stands in for it if nothing can be
        measured here.

    Raises:
        ValueError: a size is not above zero, or a technology is none of those.
        TableFileError: the record cannot be read.
    """
    require_positive(repeats=repeats, seconds=seconds)

    def measure(recorder: Recorder) -> None:
        if "tiny VM" in recorder.technologies:
            with recorder.part("tiny VM"):
                what = "crashing and restoring a machine"
                for repeat in repetitions(repeats, seconds, recorder.progress, what):
                    _crash_machine(recorder, repeat)
        with engines(recorder, ("container",), (BUSYBOX,)) as found:
            for engine in found:
                where = IN_LAB_VM if engine.lab_vm is not None else ""
                with recorder.part("container", where):
                    what = f"killing and restarting a container {engine.place}"
                    for repeat in repetitions(repeats, seconds, recorder.progress, what):
                        _crash_container(recorder, engine, repeat)

    return recorded(
        "recovery",
        measure,
        record=record,
        again=again,
        progress=progress,
        technologies=technologies,
        options={"repeats": repeats, "seconds": seconds},
        parts=3,
    )


def _crash_machine(recorder: Recorder, repeat: int) -> None:
    token = secrets.token_hex(8)
    with WorkFolder() as folder:
        with machines.machine("tiny") as machine:
            place = machines.place_of(machine, recorder)
            machine.run(f"echo {token} > {_FILE}")
            began = time.perf_counter()
            snapshot = machine.snapshot(folder / "snapshot")
            snapshot_s = time.perf_counter() - began
            saved_mib = snapshot.memory_bytes / 2**20
            noticed_s = _kill(machine)
        with machines.restored(snapshot) as restored:
            restore_s = restored.timeline.total_s
            kept = restored.run(f"cat {_FILE}").output.strip() == token
    for quantity, value, note in (
        ("snapshot", snapshot_s, "the machine goes on afterwards"),
        ("snapshot size", saved_mib, ""),
        ("crash noticed", noticed_s, "after kill -9"),
        ("restore", restore_s, "until its shell answers"),
        ("content kept", float(kept), "what it held in memory"),
    ):
        recorder.note("tiny VM", quantity, value, place=place, repeat=repeat, note=note)


def _kill(machine: Any) -> float:
    """Kill a machine's process, and return how long it takes to be noticed, in seconds."""
    began = time.perf_counter()
    os.kill(machine.pid, signal.SIGKILL)
    while machine.state != "crashed":
        if time.perf_counter() - began > _NOTICE_S:
            raise OutOfTimeError(
                f"expected the machine's end to be noticed within {_NOTICE_S} s, found it "
                f"{machine.state}"
            )
        time.sleep(0.002)  # between two looks
    return time.perf_counter() - began


def _crash_container(recorder: Recorder, engine: Engine, repeat: int) -> None:
    token = secrets.token_hex(8)
    with container_of(engine.client, BUSYBOX, ["sh", "-c", _SERVE]) as container:
        _start_s(container)
        container.exec_run(["sh", "-c", f"echo {token} > {_FILE}"])
        began = time.perf_counter()
        container.kill("SIGKILL")
        container.wait()
        noticed_s = time.perf_counter() - began
        restore_s = _start_s(container)
        said: Any = container.exec_run(["cat", _FILE]).output
        kept = said.strip() == token.encode()
    for quantity, value, note in (
        ("crash noticed", noticed_s, "after a kill by the engine"),
        ("restore", restore_s, "a new start, until its first line"),
        ("content kept", float(kept), "what it held in memory"),
    ):
        recorder.note("container", quantity, value, place=engine.place, repeat=repeat, note=note)


def _start_s(container: Any) -> float:
    """Start a container, and return the time until its first line, in seconds."""
    with contextlib.closing(container.attach(stream=True)) as output:
        began = time.perf_counter()
        container.start()
        next(output, b"")
        return time.perf_counter() - began
