"""What one and the same service takes of disk and memory: as a process, in a container, in a VM.

Memory is what the kernel says of the process that the host runs: the server itself, or QEMU with
the whole machine inside.  A page that several processes share is counted fully in the resident set
of each, and in parts in the proportional one; so only the latter may be added up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from course.live.experiments import machines
from course.live.experiments.engines import IN_LAB_VM, Engine, engines
from course.live.experiments.programs import FREERADIUS
from course.live.experiments.recording import HOST, Recorder, recorded
from course.live.experiments.services import serving_container, serving_process

if TYPE_CHECKING:
    from collections.abc import Collection

    from course.live.experiments.table import Table
    from course.live.progress import Reporter
    from course.live.unavailable import Unavailable

__all__ = ["footprint"]

SERVICE = "freeradius"
_GUESTS: dict[str, machines.Guest] = {"tiny VM": "tiny", "full VM": "full"}


def footprint(
    *,
    record: str | None = None,
    again: bool = False,
    technologies: Collection[str] | None = None,
    progress: Reporter | None = None,
) -> Table | Unavailable:
    """Measure what a RADIUS server takes of disk and memory, run each way.

    Technologies: ``process``; ``container`` (an image with this server and nothing else);
    ``tiny VM`` (a kernel, busybox and the server, without a disk); ``full VM`` (a general-purpose
    Debian in which it is installed).

    Args:
        record: the name of a file in the current folder, from which the table is read if it is
            there, and into which it is written otherwise.
        again: measure even if there is such a file.
        technologies: which ones; all by default.
        progress: told how far it is; by default a line is shown.

    Returns:
        The table, with quantities ``disk`` and ``disk, each further`` (B), the parts ``disk: ...``
        (B), ``memory`` and ``memory, proportional`` (MiB); for containers also ``memory, control
        group``, for virtual machines ``memory, guest used`` and ``memory, guest total`` (MiB), for
        the full one ``disk, file`` and ``disk, virtual`` (B). What stands in for it if nothing can
        be measured here.

    Raises:
        ValueError: a technology is none of those.
        TableFileError: the record cannot be read.
    """

    def measure(recorder: Recorder) -> None:
        if "process" in recorder.technologies:
            with recorder.part("process"):
                _process(recorder)
        with engines(recorder, ("container",), (FREERADIUS,)) as found:
            for engine in found:
                where = IN_LAB_VM if engine.lab_vm is not None else ""
                with recorder.part("container", where):
                    _container(recorder, engine)
        for technology, guest in _GUESTS.items():
            if technology in recorder.technologies:
                with recorder.part(technology):
                    _machine(recorder, technology, guest)

    return recorded(
        "footprint",
        measure,
        record=record,
        again=again,
        progress=progress,
        technologies=technologies,
        options={},
        parts=5,
    )


def _process(recorder: Recorder) -> None:
    with serving_process(progress=recorder.progress) as (program, process):
        resident_mib, proportional_mib = machines.resident_mib(process.pid)
        note = "the server, its configuration and its libraries"
        recorder.note("process", "disk", program.size_bytes, place=HOST, note=note)
        recorder.note(
            "process", "disk, each further", 0, place=HOST, note="it runs from the same files"
        )
        _note_memory(recorder, "process", HOST, resident_mib, proportional_mib)


def _container(recorder: Recorder, engine: Engine) -> None:
    with serving_container(engine.client) as (container, _):
        _container_disk(recorder, engine, container)
        container.reload()
        resident_mib, proportional_mib = memory_in_container(engine, container)
        _note_memory(recorder, "container", engine.place, resident_mib, proportional_mib)
        charged_mib = charged_to_container_mib(container)
        if charged_mib:
            recorder.note("container", "memory, control group", charged_mib, place=engine.place)


def _container_disk(recorder: Recorder, engine: Engine, container: Any) -> None:
    image = engine.client.images.get(FREERADIUS)
    size_bytes = image.attrs["Size"]
    recorder.note(
        "container", "disk", size_bytes, place=engine.place, note="the image, all its layers"
    )
    # The newest layer comes first; instructions that change no file have none.
    layers = [entry["Size"] for entry in reversed(image.history()) if entry["Size"]]
    # Podman counts its layers' archives, which are no parts of the size that it states.
    if abs(sum(layers) - size_bytes) <= 0.02 * size_bytes:
        for number, layer_bytes in enumerate(layers, 1):
            recorder.note("container", f"disk: layer {number}", layer_bytes, place=engine.place)
    (found,) = engine.client.api.containers(size=True, filters={"id": container.id})
    recorder.note(
        "container",
        "disk, each further",
        found.get("SizeRw", 0) or 0,
        place=engine.place,
        note="what it has written; the image is shared",
    )


def memory_in_container(engine: Engine, container: Any) -> tuple[float | None, float | None]:
    """Return what a container's first process takes: resident and proportional, in MiB.

    Args:
        engine: the container's engine.
        container: a running container, freshly looked at.

    Returns:
        None in place of what cannot be read: on an engine of another machine, or another user's.
    """
    pid = container.attrs["State"]["Pid"]
    if engine.lab_vm is not None:
        done = engine.lab_vm.execute("/bin/busybox", "cat", f"/proc/{pid}/smaps_rollup")
        return _from_rollup(done.stdout)
    if not engine.is_local:
        return None, None
    import psutil

    try:
        return machines.resident_mib(pid)
    except psutil.Error:  # Docker Desktop's containers run in a machine of its own
        return None, None


def charged_to_container_mib(container: Any) -> float | None:
    """Return what a container's control group is charged, in MiB, or None if that is not known.

    Files that the kernel keeps in memory and would give back are left out, as the ``docker``
    command does.

    Args:
        container: a running container.
    """
    memory = container.stats(stream=False).get("memory_stats") or {}
    if "usage" not in memory:
        return None
    statistics = memory.get("stats") or {}
    kept = statistics.get("inactive_file", statistics.get("total_inactive_file", 0))
    return float(memory["usage"] - kept) / 2**20


def _machine(recorder: Recorder, technology: str, guest: machines.Guest) -> None:
    with machines.machine(guest, service=SERVICE) as machine:
        place = machines.place_of(machine, recorder)
        _machine_disk(recorder, technology, guest, machine)
        found = machine.memory()
        _note_memory(recorder, technology, place, found.resident_mib, found.proportional_mib)
        recorder.note(technology, "memory, guest used", found.guest_used_mib, place=place)
        recorder.note(technology, "memory, guest total", found.guest_total_mib, place=place)


def _machine_disk(recorder: Recorder, technology: str, guest: machines.Guest, machine: Any) -> None:
    place = machines.place_of(machine, recorder)
    parts = machines.disk_parts(guest, machine.devices)
    recorder.note(
        technology, "disk", sum(parts.values()), place=place, note="all that it boots from"
    )
    for part, size_bytes in parts.items():
        recorder.note(technology, f"disk: {part}", size_bytes, place=place)
    recorder.note(
        technology,
        "disk, each further",
        machine.disk().own_bytes,
        place=place,
        note="what it has written; what it boots from is shared",
    )
    for quantity, size_bytes in machines.disk_sizes(guest).items():
        recorder.note(technology, quantity, size_bytes, place=place)


def _note_memory(
    recorder: Recorder,
    technology: str,
    place: Any,
    resident_mib: float | None,
    proportional_mib: float | None,
) -> None:
    if resident_mib:
        recorder.note(technology, "memory", resident_mib, place=place)
    if proportional_mib:
        recorder.note(technology, "memory, proportional", proportional_mib, place=place)


def _from_rollup(text: str) -> tuple[float | None, float | None]:
    r"""Read the kernel's summary of a process's memory.

    >>> _from_rollup("Rss:  8704 kB\nPss:  4352 kB\nPss_Dirty:  1 kB")
    (8.5, 4.25)
    """
    sizes = dict(re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE))
    resident, proportional = (sizes.get(name) for name in ("Rss", "Pss"))
    return (
        int(resident) / 1024 if resident else None,
        int(proportional) / 1024 if proportional else None,
    )
