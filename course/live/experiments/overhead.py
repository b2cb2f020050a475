"""What the same work costs in a process, in a container and in virtual machines.

The same program does the same work everywhere, and one clock, this machine's, times it from
outside; only reads of a disk are timed by the program that makes them. Beside the host's own
process and containers, which run on the processor itself, the same two are measured in the lab VM:
only they can be compared with virtual machines that are emulated.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.live.errors import LiveError
from course.live.experiments import machines, work
from course.live.experiments.engines import IN_LAB_VM, Engine, container_of, engines
from course.live.experiments.programs import BUSYBOX, busybox, random_reads, tools
from course.live.experiments.recording import (
    HOST,
    Place,
    Recorder,
    recorded,
    repetitions,
    require_positive,
)
from course.live.experiments.work import Workplace
from course.live.progress import part
from course.live.workfolder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from course.live.experiments.table import Table
    from course.live.progress import Reporter
    from course.live.unavailable import Unavailable

__all__ = ["QUANTITIES", "overhead"]

#: What is measured in each place, in this order.
QUANTITIES = ("CPU", "system call", "memory bandwidth", "random read", "network")
_CALLS_FOR_EACH_BYTE = 2  # one read and one write
_FIRST_CALLS, _FIRST_BLOCKS, _FIRST_READS = 20_000, 50, 50
_IOPING = "by ioping's own clock"
_FOLDER = "/tools"  # in containers and guests alike


@dataclass(frozen=True)
class _Sizes:
    """How much is done."""

    turns: int
    shortest_s: float
    network_mib: float
    disk_mib: int


def overhead(
    *,
    record: str | None = None,
    again: bool = False,
    repeats: int = 5,
    seconds: float = 10,
    turns: int = 200_000,
    shortest_s: float = 0.2,
    network_mib: float = 16,
    disk_mib: int = 32,
    technologies: Collection[str] | None = None,
    progress: Reporter | None = None,
) -> Table | Unavailable:
    """Measure what the same work costs in each place.

    Technologies: ``process``, ``container``, ``virtio VM`` (its devices know that there is a
    hypervisor), ``emulated VM`` (its devices imitate real hardware).

    Args:
        record: the name of a file in the current folder, from which the table is read if it is
            there, and into which it is written otherwise.
        again: measure even if there is such a file.
        repeats: each work is done at most so often.
        seconds: for each technology in each place, in seconds; each work is done once in any case.
        turns: how long the arithmetic is; the same everywhere.
        shortest_s: other work is made so long that it takes at least this, in seconds.
        network_mib: how much is sent, in MiB.
        disk_mib: how large the file or disk is that is read, in MiB.
        technologies: which ones; all by default.
        progress: told how far it is; by default a line is shown.

    Returns:
        The table, with quantities ``CPU`` (s), ``system call`` (ns), ``memory bandwidth`` (MiB/s),
        ``random read`` (IOPS) and ``network`` (MiB/s); what stands in for it if nothing can be
        measured here.

    Raises:
        ValueError: a size is not above zero, or a technology is none of those.
        TableFileError: the record cannot be read.
    """
    options = {
        "repeats": repeats,
        "seconds": seconds,
        "turns": turns,
        "shortest_s": shortest_s,
        "network_mib": network_mib,
        "disk_mib": disk_mib,
    }
    require_positive(**options)
    sizes = _Sizes(turns, shortest_s, network_mib, disk_mib)

    def measure(recorder: Recorder) -> None:
        def bench(technology: str, place: Place, workplace: Workplace, disk: _Disk) -> None:
            _bench(recorder, technology, place, workplace, disk, sizes, repeats, seconds)

        if "process" in recorder.technologies:
            with (
                recorder.part("process"),
                busybox(progress=recorder.progress) as program,
                _file(disk_mib, recorder) as disk,
                work.sink_process(program) as port,
            ):
                bench("process", HOST, Workplace(work.in_process(program), port), disk)
        with engines(recorder, ("container",), (BUSYBOX,)) as found:
            for engine in found:
                where = IN_LAB_VM if engine.lab_vm is not None else ""
                if where and "process" in recorder.technologies:
                    with recorder.part("process", where):
                        place = Workplace(work.in_lab_vm(engine.lab_vm))
                        bench("process", engine.place, place, _Disk())
                if "container" in recorder.technologies:
                    with (
                        recorder.part("container", where),
                        _container(engine) as container,
                        work.in_container(container) as run,
                    ):
                        disk = _disk_in_container(container, run, disk_mib)
                        place = Workplace(run, _port(engine, container))
                        bench("container", engine.place, place, disk)
        for technology, devices in (("virtio VM", "virtio"), ("emulated VM", "emulated")):
            if technology in recorder.technologies:
                with (
                    recorder.part(technology),
                    machines.machine(
                        "tiny",
                        devices=devices,
                        data_disk_mib=disk_mib,
                        tools=True,
                    ) as machine,
                ):
                    run = work.in_machine(machine)
                    run(f"busybox nc -ll -p {work.SINK_PORT} -e sh -c '{work.SINK}' "
                        "< /dev/null > /dev/null 2>&1 &")  # fmt: skip
                    disk = _Disk(_FOLDER, machine.data_disk, f"the machine's disk, {_IOPING}")
                    place = Workplace(run, machine.ports[work.SINK_PORT])
                    bench(technology, machines.place_of(machine, recorder), place, disk)

    return recorded(
        "overhead",
        measure,
        record=record,
        again=again,
        progress=progress,
        technologies=technologies,
        options=options,
        parts=6,
    )


@dataclass(frozen=True)
class _Disk:
    """What is read at random places: where the tools are, and the file; none if it is empty."""

    tools: str = ""
    file: str = ""
    note: str = ""


def _bench(
    recorder: Recorder,
    technology: str,
    place: Place,
    workplace: Workplace,
    disk: _Disk,
    sizes: _Sizes,
    repeats: int,
    seconds: float,
) -> None:
    """Do each work in one place, as often as there is time for."""
    whole = recorder.progress
    empty_s = workplace.empty_s()

    def reads(count: int) -> str:
        return random_reads(disk.tools, disk.file, sizes.disk_mib, count)

    for number, quantity in enumerate(QUANTITIES):
        one = _work(quantity, workplace, disk, sizes, empty_s, reads)
        if one is None:
            continue
        progress = part(whole, number / len(QUANTITIES), (number + 1) / len(QUANTITIES))
        what = f"{quantity}: {technology} {place}"
        note = disk.note if quantity == "random read" else ""
        for repeat in repetitions(repeats, seconds / len(QUANTITIES), progress, what):
            recorder.note(technology, quantity, one(), place=place, repeat=repeat, note=note)


def _work(
    quantity: str,
    workplace: Workplace,
    disk: _Disk,
    sizes: _Sizes,
    empty_s: float,
    reads: Callable[[int], str],
) -> Callable[[], float] | None:
    """Return what measures a quantity once, or None if it cannot be measured there."""
    if quantity == "CPU":
        command = work.arithmetic(sizes.turns)
        return lambda: workplace.timed_s(command, empty_s)
    if quantity == "system call":
        calls = workplace.fitting(work.system_calls, _FIRST_CALLS, sizes.shortest_s, empty_s)
        return lambda: (
            workplace.timed_s(work.system_calls(calls), empty_s)
            * 1e9
            / (calls * _CALLS_FOR_EACH_BYTE)
        )
    if quantity == "memory bandwidth":
        blocks = workplace.fitting(work.memory, _FIRST_BLOCKS, sizes.shortest_s, empty_s)
        return lambda: blocks * work.BLOCK_MIB / workplace.timed_s(work.memory(blocks), empty_s)
    if quantity == "random read":
        if not disk.file:
            return None
        count = workplace.fitting(reads, _FIRST_READS, sizes.shortest_s, empty_s)
        return lambda: _reads_per_s(workplace.run(reads(count)))
    if workplace.port is None:
        return None
    port = workplace.port
    return lambda: work.send_mib_per_s(port, sizes.network_mib)


def _reads_per_s(said: str) -> float:
    """Read what ioping says: how many reads, and how many nanoseconds they took.

    >>> round(_reads_per_s("1999 104903178 19056 78052011 29324 52478 2647458 99903 2000 1086"))
    19056
    """
    count, nanoseconds = (int(word) for word in said.split()[:2])
    return count * 1e9 / nanoseconds


@contextlib.contextmanager
def _file(size_mib: int, recorder: Recorder) -> Any:
    """Give a file of random bytes on this machine's disk, for a block."""
    try:
        folder = str(tools())
    except LiveError as error:
        recorder.lacks("process: random read", str(error))
        yield _Disk()
        return
    import os

    with WorkFolder() as parent:
        file = parent / "file"
        with file.open("wb") as stream:
            for _ in range(size_mib):
                stream.write(os.urandom(2**20))
            stream.flush()
            os.fsync(stream.fileno())
        yield _Disk(folder, str(file), f"a file of this machine, {_IOPING}")


@contextlib.contextmanager
def _container(engine: Engine) -> Any:
    """Give a running container with a sink that can be reached, for a block."""
    command = ["nc", "-ll", "-p", str(work.SINK_PORT), "-e", "sh", "-c", work.SINK]
    ports = {f"{work.SINK_PORT}/tcp": None}
    with container_of(engine.client, BUSYBOX, command, ports=ports) as container:
        container.start()
        container.reload()
        yield container


def _disk_in_container(container: Any, run: Callable[[str], str], size_mib: int) -> _Disk:
    """Put the tools into a container, and a file for them to read; nothing if there are none."""
    from course.live import put

    try:
        folder = tools()
    except LiveError:
        return _Disk()
    files = [file for file in folder.rglob("*") if file.is_file()]
    put(container, {f"{_FOLDER}/{file.relative_to(folder)}": file for file in files})
    run(f"busybox dd if=/dev/urandom of=/file bs=1M count={size_mib} && busybox sync")
    return _Disk(_FOLDER, "/file", f"a file of the container, {_IOPING}")


def _port(engine: Engine, container: Any) -> int | None:
    """Return the port of this machine that leads to a container's sink, or None if none does."""
    bindings = container.attrs["NetworkSettings"]["Ports"].get(f"{work.SINK_PORT}/tcp") or ()
    for binding in bindings:
        port = int(binding["HostPort"])
        if engine.lab_vm is not None:
            return int(engine.lab_vm.forward(port))
        return port if engine.is_local else None
    return None
