"""How long a start takes: process, container, virtual machine, and shortcuts to both.

Everywhere the clock is this machine's, and runs from the request until the first program of its
user has said its first line; for a full virtual machine, until the service that it was made for
answers. A guest's own clock would not count what comes before the guest.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.live.errors import LiveError, OutOfTimeError
from course.live.experiments import machines
from course.live.experiments.engines import IN_LAB_VM, Engine, container_of, engines
from course.live.experiments.programs import BUSYBOX, busybox
from course.live.experiments.recording import (
    HOST,
    Recorder,
    recorded,
    repetitions,
    require_positive,
)
from course.live.workfolder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from course.live.experiments.table import Table
    from course.live.progress import Reporter
    from course.live.unavailable import Unavailable

__all__ = ["container_start_s", "process_start_s", "startup"]

#: A container's or process's first line.
READY = "ready"
#: A process in the lab VM starts in milliseconds, and to ask for it takes longer: so many at once.
BATCH = 40
_TRIES = 4
_GUESTS: dict[str, machines.Guest] = {"tiny VM": "tiny", "full VM": "full"}
_FIRST = "first: nothing of it is in the caches yet"


def startup(
    *,
    record: str | None = None,
    again: bool = False,
    repeats: int = 20,
    seconds: float = 20,
    technologies: Collection[str] | None = None,
    progress: Reporter | None = None,
) -> Table | Unavailable:
    """Measure how long starts take.

    Technologies: ``process``; ``container`` (made and started) and ``created container`` (made
    beforehand, then started); ``tiny VM`` (a kernel and busybox); ``full VM`` (a general-purpose
    Debian, until its service answers); ``resumed VM`` (a tiny one, from a snapshot of its memory).

    Args:
        record: the name of a file in the current folder, from which the table is read if it is
            there, and into which it is written otherwise.
        again: measure even if there is such a file.
        repeats: at most so many starts of each.
        seconds: for each technology, in seconds; at least two starts are made in any case.
        technologies: which ones; all by default.
        progress: told how far it is; by default a line is shown.

    Returns:
        The table, with quantities ``start`` (s), for virtual machines also ``stage: ...`` (s) and
        for the full one ``user space`` (s); what stands in for it if nothing can be measured here.

    Raises:
        ValueError: a size is not above zero, or a technology is none of those.
        TableFileError: the record cannot be read.
    """
    require_positive(repeats=repeats, seconds=seconds)

    def measure(recorder: Recorder) -> None:
        wanted = recorder.technologies
        if "process" in wanted:
            with recorder.part("process"):
                _processes(recorder, repeats, seconds)
        with engines(recorder, ("container", "created container"), (BUSYBOX,)) as found:
            for engine in found:
                _containers(recorder, engine, repeats, seconds)
        for technology, guest in _GUESTS.items():
            if technology in wanted:
                with recorder.part(technology):
                    _machines(recorder, technology, guest, repeats, seconds)
        if "resumed VM" in wanted:
            with recorder.part("resumed VM"):
                _resumed(recorder, repeats, seconds)

    return recorded(
        "startup",
        measure,
        record=record,
        again=again,
        progress=progress,
        technologies=technologies,
        options={"repeats": repeats, "seconds": seconds},
        parts=9,
    )


def process_start_s(program: Path) -> float:
    """Start a process, and return the time until its first line, in seconds.

    Args:
        program: busybox.
    """
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (our own program)
        [program, "echo", READY], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took_s = time.perf_counter() - began
    _require_ready(line)
    return took_s


def container_start_s(client: Any, *, created: bool) -> float:
    """Start a container, and return the time until its first line, in seconds.

    Args:
        client: the engine's client; it has the image of busybox.
        created: the container is made beforehand, and that does not count.
    """
    began = time.perf_counter()
    with (
        container_of(client, BUSYBOX, ["echo", READY]) as container,
        # Whoever listens before the start misses nothing.
        contextlib.closing(container.attach(stream=True)) as output,
    ):
        if created:
            began = time.perf_counter()
        container.start()
        line = next(output, b"")
        took_s = time.perf_counter() - began
    _require_ready(line)
    return took_s


def _processes(recorder: Recorder, repeats: int, seconds: float) -> None:
    with busybox(progress=recorder.progress) as program:
        process_start_s(program)  # its file was just written; no later start meets it so
        counting = repetitions(repeats, seconds, recorder.progress, "starting processes", least=2)
        for repeat in counting:
            recorder.note("process", "start", process_start_s(program), place=HOST, repeat=repeat)


def _containers(recorder: Recorder, engine: Engine, repeats: int, seconds: float) -> None:
    in_lab_vm = engine.lab_vm is not None
    second = IN_LAB_VM if in_lab_vm and recorder.technologies else ""
    if in_lab_vm and "process" in recorder.technologies:
        with recorder.part("process", IN_LAB_VM):
            _processes_in_lab_vm(recorder, engine, repeats, seconds)
    for technology in ("container", "created container"):
        if technology not in recorder.technologies:
            continue
        with recorder.part(technology, second):
            what = f"starting containers {engine.place}"
            counting = repetitions(repeats, seconds, recorder.progress, what, least=2)
            for repeat in counting:
                took_s = container_start_s(engine.client, created=technology != "container")
                note = _FIRST if (repeat, technology) == (1, "container") else ""
                recorder.note(
                    technology, "start", took_s, place=engine.place, repeat=repeat, note=note
                )


def _processes_in_lab_vm(recorder: Recorder, engine: Engine, repeats: int, seconds: float) -> None:
    """Start processes in the guest beside its containers, for a ratio on one kind of processor."""
    script = f"i=0; while [ $i -lt {{}} ]; do line=$(/bin/busybox echo {READY}); i=$((i+1)); done"

    def timed_s(count: int) -> float:
        began = time.perf_counter()
        done = engine.lab_vm.execute("/bin/busybox", "sh", "-c", script.format(count))
        if done.returncode:
            raise LiveError(f"the lab VM could not start a process: {done.stderr.strip()}")
        return time.perf_counter() - began

    timed_s(BATCH)
    counting = repetitions(repeats, seconds, recorder.progress, "starting processes in the lab VM")
    for repeat in counting:
        note = f"mean of {BATCH}, timed from outside, less what the asking takes"
        recorder.note(
            "process", "start", _mean_s(timed_s), place=engine.place, repeat=repeat, note=note
        )


def _mean_s(timed_s: Callable[[int], float]) -> float:
    """Return how long one of many starts takes, in seconds."""
    for _ in range(_TRIES):
        asking_s = min(timed_s(0) for _ in range(3))
        took_s = (timed_s(BATCH) - asking_s) / BATCH
        if took_s > 0:
            return took_s
    raise OutOfTimeError(
        f"expected {BATCH} processes to take longer than asking for none, found that they do not; "
        "this machine is too busy: try again with fewer things beside it"
    )


def _machines(
    recorder: Recorder, technology: str, guest: machines.Guest, repeats: int, seconds: float
) -> None:
    what = f"booting a {technology}"
    counting = repetitions(repeats, seconds, recorder.progress, what, least=2)
    for repeat in counting:
        service = "freeradius" if guest == "full" else None
        with machines.machine(guest, service=service) as machine:
            _note_timeline(recorder, technology, machine, repeat)


def _resumed(recorder: Recorder, repeats: int, seconds: float) -> None:
    with WorkFolder() as folder:
        with machines.machine("tiny") as machine:
            snapshot = machine.suspend(folder / "snapshot")
        what = "resuming a tiny VM"
        counting = repetitions(repeats, seconds, recorder.progress, what, least=2)
        for repeat in counting:
            with machines.restored(snapshot) as resumed:
                _note_timeline(recorder, "resumed VM", resumed, repeat)


def _note_timeline(recorder: Recorder, technology: str, machine: Any, repeat: int) -> None:
    place = machines.place_of(machine, recorder)
    timeline = machine.timeline
    note = _FIRST if repeat == 1 else ""
    recorder.note(technology, "start", timeline.total_s, place=place, repeat=repeat, note=note)
    for stage in timeline.stages:
        recorder.note(technology, f"stage: {stage.name}", stage.seconds, place=place, repeat=repeat)
        if stage.name == "user space" and technology == "full VM":
            recorder.note(
                technology, "user space", _since_start(timeline, stage), place=place, repeat=repeat
            )


def _since_start(timeline: Any, stage: Any) -> float:
    return float(stage.ended_s - timeline.stages[0].began_s)


def _require_ready(line: bytes) -> None:
    if READY.encode() not in line:
        raise LiveError(
            f"expected the program's first line {READY!r}, found {line!r}; try again, and look at "
            "the engine's log if it happens again"
        )
