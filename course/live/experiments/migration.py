"""Moving a running virtual machine to another QEMU, while its guest writes to its memory.

For each rate at which the guest dirties memory a machine is booted and moved once.  The bandwidth
is limited to what a slow network would have, since two processes of one computer would else be
done before anything could be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.live.experiments import machines
from course.live.experiments.recording import Recorder, recorded, require_positive
from course.live.progress import report

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from course.live.experiments.table import Table
    from course.live.progress import Reporter
    from course.live.unavailable import Unavailable

__all__ = ["migration"]


def migration(
    *,
    record: str | None = None,
    again: bool = False,
    dirty_rates: Sequence[float] = (0, 4, 16, 64),
    working_set_mib: int = 32,
    bandwidth_mib_per_s: float = 32,
    downtime_limit_ms: int = 300,
    timeout_s: float = 15,
    technologies: Collection[str] | None = None,
    progress: Reporter | None = None,
) -> Table | Unavailable:
    """Move a running virtual machine at several rates of writing.

    Args:
        record: the name of a file in the current folder, from which the table is read if it is
            there, and into which it is written otherwise.
        again: measure even if there is such a file.
        dirty_rates: how fast the guest writes to its memory, in MiB/s, in order.
        working_set_mib: how much memory it writes to, over and over, in MiB.
        bandwidth_mib_per_s: how fast memory is sent, in MiB/s.
        downtime_limit_ms: the machine is stopped for the rest when that is likely to take no longer
            than this, in milliseconds.
        timeout_s: a move that has not ended after so many seconds is given up.
        technologies: only ``tiny VM``.
        progress: told how far it is; by default a line is shown.

    Returns:
        The table; the rows of one move share the number of its rate: ``dirty rate`` (asked for) and
        ``dirty rate, measured`` (MiB/s), ``completed``, ``rounds``, ``round: 1`` ... (MiB),
        ``sent`` (MiB), ``total time`` (s), and, where it completed, ``downtime`` (as QEMU counts)
        and ``outage`` (as seen from outside), in ms. What stands in for it if nothing can be
        measured here.

    Raises:
        ValueError: a size is not above zero, or there is no rate.
        TableFileError: the record cannot be read.
    """
    require_positive(
        rates=len(dirty_rates),
        working_set_mib=working_set_mib,
        bandwidth_mib_per_s=bandwidth_mib_per_s,
        downtime_limit_ms=downtime_limit_ms,
        timeout_s=timeout_s,
    )

    def measure(recorder: Recorder) -> None:
        with recorder.part("tiny VM"):
            for repeat, rate in enumerate(dirty_rates, 1):
                report(
                    recorder.progress,
                    (repeat - 1) / len(dirty_rates),
                    f"moving a machine that writes {rate:g} MiB/s",
                )
                with machines.machine("tiny") as machine:
                    if rate:
                        machine.write_memory(rate, working_set_mib)
                    written = _written(machine)
                    moved = machine.migrate(
                        bandwidth_mib_per_s=bandwidth_mib_per_s,
                        downtime_limit_ms=downtime_limit_ms,
                        timeout_s=timeout_s,
                    )
                    _note(recorder, machine, repeat, rate, moved, _rate(machine, written))

    return recorded(
        "migration",
        measure,
        record=record,
        again=again,
        progress=progress,
        technologies=technologies,
        options={
            "dirty_rates": list(dirty_rates),
            "working_set_mib": working_set_mib,
            "bandwidth_mib_per_s": bandwidth_mib_per_s,
            "downtime_limit_ms": downtime_limit_ms,
            "timeout_s": timeout_s,
        },
    )


def _note(
    recorder: Recorder, machine: Any, repeat: int, rate: float, moved: Any, written: float
) -> None:
    place = machines.place_of(machine, recorder)
    figures: list[tuple[str, float | None, str]] = [
        ("dirty rate", rate, "asked for"),
        ("dirty rate, measured", written, "by what the guest has written meanwhile"),
        ("completed", float(moved.completed), "" if moved.completed else moved.reason),
        ("rounds", len(moved.rounds), ""),
        *(("round: " + str(one.number), one.sent_mib, "") for one in moved.rounds),
        ("sent", moved.sent_mib, ""),
        ("total time", moved.total_time_s, ""),
    ]
    if moved.completed:
        figures.append(("downtime", moved.downtime_ms, "as QEMU counts"))
        figures.append(("outage", moved.outage_ms, "as seen from outside"))
    for quantity, value, note in figures:
        if value is not None:
            recorder.note("tiny VM", quantity, value, place=place, repeat=repeat, note=note)


def _written(machine: Any) -> tuple[float, float]:
    import time

    return time.monotonic(), float(machine.written_mib())


def _rate(machine: Any, before: tuple[float, float]) -> float:
    """Return how fast the guest has written since then, in MiB/s."""
    now_s, now_mib = _written(machine)
    return max(0.0, (now_mib - before[1]) / max(now_s - before[0], 1e-3))
