"""Live migration: a running machine goes over to another QEMU process while its memory changes.

QEMU sends all of the memory, then what was written meanwhile, and so on, until what is left can be
sent within the longest downtime that is allowed. Then it stops the machine, sends the rest and lets
it go on at the other side. Source: docs/devel/migration/main.rst of QEMU.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from course.live.vm.process import MachineProcess

__all__ = ["Migration", "MigrationRound", "move"]

_POLL_S = 0.02
_SETTLE_S = 3  # for ticks before and after, and for a cancelled one to end
_MIB = 2**20


@dataclass(frozen=True)
class MigrationRound:
    """One pass over the memory.

    Attributes:
        number: from 1, in which all of the memory is sent.
        sent_mib: what was sent in it, in MiB.
        seconds: how long it took, within 0.02 s.
        dirty_mib_per_s: how fast the guest wrote to its memory, as QEMU saw it at its end.
    """

    number: int
    sent_mib: float
    seconds: float
    dirty_mib_per_s: float


@dataclass(frozen=True)
class Migration:
    """How a migration went.

    Attributes:
        completed: the machine now runs at the other side; if not, it runs on where it was.
        reason: why, in a sentence.
        rounds: the passes over the memory; the last one ends with the machine stopped.
        sent_mib: all that was sent, in MiB.
        total_time_s: from the request to its end, in seconds.
        downtime_ms: how long the machine stood still, as QEMU counts it; None if it never did.
        outage_ms: how long nothing was heard of the guest, beyond what is usual for it, as
            somebody outside sees it; None if it was not listened to.
        memory_mib: the machine's memory, in MiB.
        bandwidth_mib_per_s: the most that was sent in a second, in MiB.
        downtime_limit_ms: the longest that the machine was allowed to stand still.
    """

    completed: bool
    reason: str
    rounds: tuple[MigrationRound, ...]
    sent_mib: float
    total_time_s: float
    downtime_ms: float | None
    outage_ms: float | None
    memory_mib: int
    bandwidth_mib_per_s: float
    downtime_limit_ms: int

    def __str__(self) -> str:
        stood = "" if self.downtime_ms is None else f", stood still for {self.downtime_ms:.0f} ms"
        return (
            f"{self.reason} {len(self.rounds)} rounds, {self.sent_mib:.0f} MiB in "
            f"{self.total_time_s:.1f} s{stood}."
        )


async def move(
    source: MachineProcess,
    target: MachineProcess,
    meeting: Path,
    *,
    memory_mib: int,
    bandwidth_mib_per_s: float,
    downtime_limit_ms: int,
    timeout_s: float,
    heard: Callable[[float, str], None],
) -> Migration:
    """Move a machine from one QEMU to another.

    Args:
        source: where it runs.
        target: where nothing runs yet: a QEMU that waits for a state.
        meeting: the path of the socket between them.
        memory_mib: the machine's memory, in MiB.
        bandwidth_mib_per_s: the most to send in a second, in MiB.
        downtime_limit_ms: the longest that the machine may stand still.
        timeout_s: after so long a migration that does not converge is given up.
        heard: told the fraction of the memory that is the same on both sides, and what goes on.

    Returns:
        How it went. If it was completed the machine runs in `target`, else in `source`.
    """
    await target.command("migrate-incoming", uri=f"unix:{meeting}")
    await source.command(
        "migrate-set-parameters",
        max_bandwidth=max(1, round(bandwidth_mib_per_s * _MIB)),
        downtime_limit=downtime_limit_ms,
    )
    began = time.monotonic()
    await source.command("migrate", uri=f"unix:{meeting}")
    try:
        rounds, last = await _watch(source, began + timeout_s, heard)
    except BaseException:  # Ctrl-C too: the machine stays where it is
        await _give_up(source)
        raise
    completed = last["status"] == "completed"
    if completed:
        rounds.append(_round(rounds, last))
        while (await target.command("query-status"))["status"] in ("inmigrate", "paused"):
            await asyncio.sleep(0.002)
        reason = "The machine has moved."
    elif last["status"] == "failed":
        reason = f"It failed: {last.get('error-desc', 'QEMU does not say why')}."
    else:
        await _give_up(source)
        reason = (
            f"It did not converge within {timeout_s:g} s and was given up: the guest writes to its "
            f"memory faster than {bandwidth_mib_per_s:g} MiB/s can carry, so the rest never "
            f"became small enough for {downtime_limit_ms} ms."
        )
    memory = last.get("ram", {})
    return Migration(
        completed=completed,
        reason=reason,
        rounds=tuple(_differences(rounds)),
        sent_mib=memory.get("transferred", 0) / _MIB,
        total_time_s=last.get("total-time", 1000 * (time.monotonic() - began)) / 1000,
        downtime_ms=float(last["downtime"]) if completed else None,
        outage_ms=await _outage_ms(source, target, began) if completed and source.ticks else None,
        memory_mib=memory_mib,
        bandwidth_mib_per_s=bandwidth_mib_per_s,
        downtime_limit_ms=downtime_limit_ms,
    )


@dataclass(frozen=True)
class _Seen:
    number: int
    transferred: int
    seconds: float
    dirty_mib_per_s: float


async def _watch(
    source: MachineProcess, deadline: float, heard: Callable[[float, str], None]
) -> tuple[list[_Seen], dict[str, Any]]:
    """Watch a migration until it ends or its time is up; return the rounds that have ended."""
    rounds: list[_Seen] = []
    before: dict[str, Any] = {}
    while True:
        now: dict[str, Any] = await source.command("query-migrate")
        memory = now.get("ram", {})
        if memory and memory["dirty-sync-count"] > before.get("dirty-sync-count", 1):
            # The count goes up when a pass is over and what was written meanwhile is known.
            rounds.append(_round(rounds, now))
        if now["status"] in ("completed", "failed", "cancelled"):
            return rounds, now
        if memory:
            share = 1 - memory["remaining"] / max(1, memory["total"])
            left = memory["remaining"] / _MIB
            heard(share, f"round {len(rounds) + 1}: {left:.0f} MiB left")
            before = memory
        if time.monotonic() > deadline:
            return rounds, now
        await asyncio.sleep(_POLL_S)


def _round(rounds: list[_Seen], now: dict[str, Any]) -> _Seen:
    memory = now["ram"]
    dirty = memory.get("dirty-pages-rate", 0) * memory.get("page-size", 4096) / _MIB
    return _Seen(len(rounds) + 1, memory["transferred"], now.get("total-time", 0) / 1000, dirty)


def _differences(seen: list[_Seen]) -> list[MigrationRound]:
    found, bytes_before, seconds_before = [], 0, 0.0
    for one in seen:
        sent = (one.transferred - bytes_before) / _MIB
        found.append(
            MigrationRound(one.number, sent, one.seconds - seconds_before, one.dirty_mib_per_s)
        )
        bytes_before, seconds_before = one.transferred, one.seconds
    return found


async def _give_up(source: MachineProcess) -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_SETTLE_S):
            await source.command("migrate_cancel")
            while (await source.command("query-migrate"))["status"] not in (
                "cancelled",
                "completed",
                "failed",
            ):
                await asyncio.sleep(_POLL_S)


async def _outage_ms(source: MachineProcess, target: MachineProcess, began: float) -> float | None:
    """Return how much longer than usual nothing was heard, around the change of sides."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SETTLE_S):
            while not target.ticks:
                await asyncio.sleep(0.002)
    if not target.ticks:
        return None
    moments = [moment for moment, _count in source.ticks]
    usual = [later - earlier for earlier, later in pairwise(moments)]
    during = [moment for moment in moments if moment < target.ticks[0][0]]
    if not usual or not during:
        return None
    return max(0.0, 1000 * (target.ticks[0][0] - during[-1] - statistics.median(usual)))
