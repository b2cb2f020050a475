"""How many instances of one service fit into the same memory, and what each further one takes.

Instances are started one after the other until a budget is used.  After each start it is measured
what they take together: of virtual machines the proportional sizes of their processes, which other
tenants of this machine do not disturb; of containers likewise, with the helper process that the
engine keeps for each; of containers in the lab VM, what its guest has less than before.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.live.errors import LiveError, NotEnoughMemoryError
from course.live.experiments import machines
from course.live.experiments.engines import IN_LAB_VM, Engine, engines
from course.live.experiments.footprint import SERVICE, charged_to_container_mib
from course.live.experiments.programs import FREERADIUS
from course.live.experiments.recording import (
    Place,
    Recorder,
    recorded,
    require_positive,
)
from course.live.experiments.services import serving_container
from course.live.progress import report
from course.live.workfolder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from course.live.experiments.table import Table
    from course.live.progress import Reporter
    from course.live.unavailable import Unavailable

__all__ = ["Slope", "density", "memory_per_instance_mib"]


@dataclass(frozen=True)
class Slope:
    """How much memory each further instance takes, by least squares.

    Attributes:
        mib: how much, in MiB.
        standard_error_mib: how uncertain that is, in MiB; None with fewer than three instances.
        instances: from how many it was reckoned.
    """

    mib: float
    standard_error_mib: float | None
    instances: int

    def __str__(self) -> str:
        error = "" if self.standard_error_mib is None else f" ± {self.standard_error_mib:.1f}"
        return f"{self.mib:.1f}{error} MiB for each further one, from {self.instances} (measured)"


def density(
    *,
    record: str | None = None,
    again: bool = False,
    budget_mib: float = 600,
    most: int = 8,
    seconds: float = 20,
    technologies: Collection[str] | None = None,
    progress: Reporter | None = None,
) -> Table | Unavailable:
    """Start instances of a service until a budget of memory is used.

    Technologies: ``container``; ``tiny VM`` (each boots by itself); ``clone`` (all are resumed
    from one snapshot). All run the same RADIUS server.

    Args:
        record: the name of a file in the current folder, from which the table is read if it is
            there, and into which it is written otherwise.
        again: measure even if there is such a file.
        budget_mib: how much memory the instances of one technology may use together, in MiB; two
            are started in any case, since one says nothing about a further one.
        most: at most so many of each.
        seconds: for each technology, in seconds.
        technologies: which ones; all by default.
        progress: told how far it is; by default a line is shown.

    Returns:
        The table, with quantities ``instances``, ``memory`` (MiB, of all of them) and ``start``
        (s) after each start; the last one's note says why no more were started. What stands in for
        it if nothing can be measured here.

    Raises:
        ValueError: a size is not above zero, or a technology is none of those.
        TableFileError: the record cannot be read.
    """
    require_positive(budget_mib=budget_mib, most=most, seconds=seconds)
    bounds = _Bounds(budget_mib, most, seconds)

    def measure(recorder: Recorder) -> None:
        with engines(recorder, ("container",), (FREERADIUS,)) as found:
            for engine in found:
                where = IN_LAB_VM if engine.lab_vm is not None else ""
                with recorder.part("container", where), contextlib.ExitStack() as ends:
                    _containers(recorder, engine, bounds, ends)
        if "tiny VM" in recorder.technologies:
            with recorder.part("tiny VM"), contextlib.ExitStack() as ends:
                _machines(recorder, "tiny VM", bounds, ends, _booted)
        if "clone" in recorder.technologies:
            with recorder.part("clone"), contextlib.ExitStack() as ends:
                folder = ends.enter_context(WorkFolder())
                with _booted() as machine:
                    snapshot = machine.suspend(folder / "snapshot")
                _machines(recorder, "clone", bounds, ends, lambda: machines.restored(snapshot))

    return recorded(
        "density",
        measure,
        record=record,
        again=again,
        progress=progress,
        technologies=technologies,
        options={"budget_mib": budget_mib, "most": most, "seconds": seconds},
        parts=4,
    )


def memory_per_instance_mib(
    table: Table, technology: str, *, accelerator: str | None = None
) -> Slope:
    """Return how much memory each further instance takes: the slope of a straight line.

    Source: ordinary least squares; the standard error of the slope is the residuals' standard
    deviation over the square root of the squared spread of the counts.

    Args:
        table: of `density`.
        technology: of which technology.
        accelerator: on which kind of processor, if it was measured on more than one.

    Raises:
        ValueError: it was measured with fewer than two instances.
        MixedAcceleratorsError: it was measured on more than one kind of processor.
    """
    counts = table.values(technology, "instances", accelerator=accelerator)
    used_mib = table.values(technology, "memory", accelerator=accelerator)
    if len(counts) < 2:
        raise ValueError(
            f"expected at least two instances of {technology!r} to see what one more takes, "
            f"found {len(counts)}; measure with a larger budget_mib"
        )
    line = statistics.linear_regression(counts, used_mib)
    residuals = [
        used - line.slope * count - line.intercept
        for count, used in zip(counts, used_mib, strict=True)
    ]
    mean = statistics.fmean(counts)
    spread = sum((count - mean) ** 2 for count in counts)
    freedom = len(counts) - 2
    squares = sum(residual**2 for residual in residuals)
    error = (squares / freedom / spread) ** 0.5 if freedom else None
    return Slope(line.slope, error, len(counts))


@dataclass(frozen=True)
class _Bounds:
    """When to stop."""

    budget_mib: float
    most: int
    seconds: float

    def reached(self, count: int, used_mib: float, elapsed_s: float) -> str:
        """Say why no more instance is to be started; nothing if one is."""
        if count > 1 and used_mib + used_mib / count > self.budget_mib:
            return f"the last: one more would exceed {self.budget_mib:g} MiB"
        if count >= self.most:
            return f"the last: {count} are enough"
        if count > 1 and elapsed_s + elapsed_s / count > self.seconds:
            return f"the last: {self.seconds:g} s are over"
        return ""


def _fill(
    recorder: Recorder,
    technology: str,
    place_of: Callable[[], Place],
    bounds: _Bounds,
    start: Callable[[], float],
    used: Callable[[], tuple[float, str]],
) -> None:
    """Start one after the other until a bound is reached."""
    began = time.monotonic()
    for count in range(1, bounds.most + 1):
        report(
            recorder.progress,
            min(1.0, max((count - 1) / bounds.most, (time.monotonic() - began) / bounds.seconds)),
            f"starting {technology} {count}",
        )
        try:
            took_s = start()
        except NotEnoughMemoryError:
            if count == 1:
                raise
            return  # this machine holds no more, and that is an answer too
        place = place_of()
        recorder.note(technology, "start", took_s, place=place, repeat=count)
        used_mib, note = used()
        why = bounds.reached(count, used_mib, time.monotonic() - began)
        recorder.note(technology, "instances", count, place=place, repeat=count, note=why)
        recorder.note(technology, "memory", used_mib, place=place, repeat=count, note=note)
        if why:
            return


def _containers(
    recorder: Recorder, engine: Engine, bounds: _Bounds, ends: contextlib.ExitStack
) -> None:
    running: list[Any] = []

    def start() -> float:
        container, took_s = ends.enter_context(serving_container(engine.client))
        running.append(container)
        return took_s

    before_mib = 0.0 if engine.lab_vm is None else _available_in_lab_vm_mib(engine)

    def used() -> tuple[float, str]:
        if engine.lab_vm is not None:
            less_mib = before_mib - _available_in_lab_vm_mib(engine)
            return max(0.01, less_mib), "what the lab VM's guest has less"
        if engine.is_local:
            sizes = [_proportional_mib(container) for container in running]
            if None not in sizes:
                return _sum(sizes), "proportional sizes, the engine's helpers included"
        # Not ours to read: what the engine itself says.
        sizes = [charged_to_container_mib(container) for container in running]
        if None in sizes:
            raise LiveError("the engine does not say how much memory its containers take")
        return _sum(sizes), "what the control groups are charged"

    _fill(recorder, "container", lambda: engine.place, bounds, start, used)


def _machines(
    recorder: Recorder,
    technology: str,
    bounds: _Bounds,
    ends: contextlib.ExitStack,
    make: Callable[[], Any],
) -> None:
    running: list[Any] = []

    def start() -> float:
        machine = ends.enter_context(make())
        running.append(machine)
        return float(machine.timeline.total_s)

    def used() -> tuple[float, str]:
        sizes = [machines.resident_mib(machine.pid) for machine in running]
        return (
            _sum(resident if share is None else share for resident, share in sizes),
            "proportional sizes of QEMU's processes",
        )

    def place() -> Place:
        return machines.place_of(running[0], recorder)

    _fill(recorder, technology, place, bounds, start, used)


def _booted() -> Any:
    return machines.machine("tiny", service=SERVICE)


def _proportional_mib(container: Any) -> float | None:
    """Return what a container and its engine's helper for it take of this machine, in MiB."""
    import psutil

    container.reload()
    try:
        process = psutil.Process(container.attrs["State"]["Pid"])
        helper = process.parent()
        every = [process, *process.children(recursive=True), *([helper] if helper else [])]
        return sum(float(one.memory_full_info().pss) for one in every) / 2**20
    except (psutil.Error, AttributeError):
        return None


def _sum(sizes_mib: Iterable[float | None]) -> float:
    return sum(size for size in sizes_mib if size is not None)


def _available_in_lab_vm_mib(engine: Engine) -> float:
    done = engine.lab_vm.execute("/bin/busybox", "cat", "/proc/meminfo")
    # MemAvailable:     400384 kB
    found = re.search(r"MemAvailable: +(\d+) kB", done.stdout)
    if found is None:
        raise LiveError("the lab VM does not say how much memory it has left; restart it")
    return int(found[1]) / 1024
