"""Live migration by pre-copy: how the memory of a running machine gets to another host.

The machine goes on running while its memory is sent, and what it writes meanwhile has to be sent
again. So there are rounds: the first one sends all memory, each further one what was written
during the one before it. At last the machine is stopped, the rest is sent, and it goes on on the
other host. The time in which it runs nowhere is the *downtime*.

====================  ========================================================================
method                what it does
====================  ========================================================================
``pre-copy``          QEMU's rule: as fast as allowed; stop when the rest can be sent within the
                      downtime limit, else go on
``adaptive``          the rule of Clark and others (NSDI 2005): slowly at first, then as fast as
                      the memory is written and a step more; stop when little is left or the
                      network is too slow
``stop-and-copy``     stop the machine first: no round is sent twice, and all of it is downtime
====================  ========================================================================

What the model leaves out: pages of zeros, compression, the state of the devices, and the time that
the other host takes to go on. It also sends pages that were written again before it was their turn,
which Clark's version leaves for a later round: where a small part of the memory is written all the
time, the downtime is near the published one, and the traffic of ``adaptive`` far above it.

Some laws are worth knowing, and some that one expects do not hold:

- More dirtying never lowers what is sent, as long as both migrations converge.
- The downtime of ``pre-copy`` does *not* only rise with the dirtying: one that just misses the
  limit takes another round, and then stops with less left.
- A migration whose memory is written faster than it is sent converges only if all that is ever
  written, the working set, can be sent within the downtime limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from course.simulation.errors import ParameterError, UnknownNameError, require

__all__ = ["METHODS", "Migration", "Round", "migrate"]

METHODS: Final = ("pre-copy", "adaptive", "stop-and-copy")

_MIB = 2**20
# Clark 2005 counts bits of the network in powers of ten: 100 and 50 Mbit/s, and 256 KB.
_FIRST_RATE_MIB_PER_S = 100e6 / 8 / _MIB
_RATE_STEP_MIB_PER_S = 50e6 / 8 / _MIB
_STOP_SIZE_MIB = 256e3 / _MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One pass over what has to be sent.

    Attributes:
        number: from 1 on.
        start_s: when it began, in seconds from the beginning of the migration.
        duration_s: how long it took, in seconds.
        sent_mib: what it sent, in MiB.
        dirtied_mib: what of the memory was different at its end from what had been sent, in MiB.
        rate_mib_per_s: how fast it sent, in MiB each second.
        running: whether the machine was running meanwhile; in the last round it is stopped.
    """

    number: int
    start_s: float
    duration_s: float
    sent_mib: float
    dirtied_mib: float
    rate_mib_per_s: float
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What became of a migration.

    Attributes:
        method: by which rule it went.
        rounds: the passes, in order.
        total_time_s: from its beginning to its end, in seconds.
        downtime_ms: how long the machine ran nowhere, in milliseconds; None if it was given up,
            so that the machine still runs where it was.
        sent_mib: all that went over the network, in MiB.
        left_mib: what would still have to be sent, in MiB; 0 after a migration that was completed.
        converged: whether the rest became small enough to stop; it did not if the migration was
            given up, or if it had to stop with more left.
        reason: why it ended as it did, in a sentence.
    """

    method: str
    rounds: tuple[Round, ...]
    total_time_s: float
    downtime_ms: float | None
    sent_mib: float
    left_mib: float
    converged: bool
    reason: str


def migrate(
    memory_mib: float,
    bandwidth_mib_per_s: float,
    dirty_mib_per_s: float,
    *,
    working_set_mib: float | None = None,
    downtime_limit_ms: float = 300,
    max_rounds: int = 30,
    max_time_s: float | None = None,
    method: str = "pre-copy",
    first_rate_mib_per_s: float = _FIRST_RATE_MIB_PER_S,
    rate_step_mib_per_s: float = _RATE_STEP_MIB_PER_S,
    stop_size_mib: float = _STOP_SIZE_MIB,
) -> Migration:
    """Migrate a running machine, in a model.

    Args:
        memory_mib: its memory, in MiB.
        bandwidth_mib_per_s: how fast the network sends, in MiB (not Mbit) each second.
        dirty_mib_per_s: how fast the machine writes to memory that was already sent, in MiB each
            second.
        working_set_mib: the memory that it writes to, over and over, in MiB; all of it if not
            given. A round finds no more than that changed.
        downtime_limit_ms: for how long ``pre-copy`` may stop the machine, in milliseconds. QEMU's
            own default is 300.
        max_rounds: after how many rounds of a running machine ``pre-copy`` gives up, and
            ``adaptive`` stops the machine with what is left.
        max_time_s: when to do so at the latest, in seconds from the beginning; None for never. A
            round that has begun is finished.
        method: one of `METHODS`.
        first_rate_mib_per_s: how fast ``adaptive`` sends in its first round.
        rate_step_mib_per_s: how much faster than the last round's dirtying it sends in the next.
        stop_size_mib: when less than this is left, ``adaptive`` stops the machine.

    Returns:
        The rounds, and what they came to.

    Raises:
        ParameterError: a number is negative, or not one that a machine can have.
        UnknownNameError: there is no such method.

    References:
        Clark and others, "Live Migration of Virtual Machines", NSDI 2005.

    Example:
        >>> [round.sent_mib for round in migrate(1024, 128, 32).rounds]
        [1024, 256.0, 64.0, 16.0]
        >>> migrate(1024, 128, 32).downtime_ms
        125.0
        >>> print(migrate(1024, 128, 200).reason)
        given up after 30 rounds: the memory is written at 200 MiB/s and sent at 128 MiB/s, so \
that 1024 MiB are left each time, and 38.4 MiB can be sent within 300 ms
    """
    if method not in METHODS:
        raise UnknownNameError("method of migration", method, METHODS)
    require("memory_mib", memory_mib, above=0)
    require("bandwidth_mib_per_s", bandwidth_mib_per_s, above=0)
    require("dirty_mib_per_s", dirty_mib_per_s, at_least=0)
    working_set = memory_mib if working_set_mib is None else working_set_mib
    require("working_set_mib", working_set, at_least=0, at_most=memory_mib)
    require("downtime_limit_ms", downtime_limit_ms, at_least=0)
    require("max_rounds", max_rounds, at_least=1, whole=True)
    require("first_rate_mib_per_s", first_rate_mib_per_s, above=0)
    require("rate_step_mib_per_s", rate_step_mib_per_s, above=0)
    require("stop_size_mib", stop_size_mib, at_least=0)
    if max_time_s is not None:
        require("max_time_s", max_time_s, above=0)
    sending = _Sending(memory_mib, dirty_mib_per_s, working_set)
    if method == "stop-and-copy":
        sending.send(bandwidth_mib_per_s, running=False)
        return sending.result(method, converged=True, reason="the machine was stopped first")
    deadline_s = math.inf if max_time_s is None else max_time_s
    if method == "adaptive":
        return _adaptive(
            sending,
            bandwidth_mib_per_s,
            (first_rate_mib_per_s, rate_step_mib_per_s, stop_size_mib),
            (max_rounds, deadline_s),
        )
    return _precopy(sending, bandwidth_mib_per_s, downtime_limit_ms, (max_rounds, deadline_s))


class _Sending:
    """The memory on its way."""

    def __init__(self, memory_mib: float, dirty_mib_per_s: float, working_set_mib: float) -> None:
        self.left_mib = memory_mib
        self.dirty_mib_per_s = dirty_mib_per_s
        self.working_set_mib = working_set_mib
        self.time_s = 0.0
        self.rounds: list[Round] = []

    def send(self, rate_mib_per_s: float, *, running: bool) -> None:
        """Send all that is left; a running machine writes meanwhile."""
        duration_s = self.left_mib / rate_mib_per_s
        written = self.dirty_mib_per_s * duration_s if running else 0.0
        dirtied = min(written, self.working_set_mib)
        self.rounds.append(
            Round(
                number=len(self.rounds) + 1,
                start_s=self.time_s,
                duration_s=duration_s,
                sent_mib=self.left_mib,
                dirtied_mib=dirtied,
                rate_mib_per_s=rate_mib_per_s,
                running=running,
            )
        )
        self.time_s += duration_s
        self.left_mib = dirtied

    def result(self, method: str, *, converged: bool, reason: str) -> Migration:
        """Return what the rounds came to."""
        last = self.rounds[-1]
        return Migration(
            method=method,
            rounds=tuple(self.rounds),
            total_time_s=self.time_s,
            downtime_ms=None if last.running else 1000 * last.duration_s,
            sent_mib=math.fsum(each.sent_mib for each in self.rounds),
            left_mib=self.left_mib,
            converged=converged,
            reason=reason,
        )


def _precopy(
    sending: _Sending, bandwidth: float, limit_ms: float, bounds: tuple[int, float]
) -> Migration:
    max_rounds, deadline_s = bounds
    fits_mib = bandwidth * limit_ms / 1000
    while True:
        sending.send(bandwidth, running=True)
        if sending.left_mib <= fits_mib:
            left = f"{sending.left_mib:.4g} MiB"
            sending.send(bandwidth, running=False)
            return sending.result(
                "pre-copy",
                converged=True,
                reason=f"{left} were left, which can be sent within {limit_ms:g} ms",
            )
        if len(sending.rounds) >= max_rounds or sending.time_s >= deadline_s:
            break
    return sending.result(
        "pre-copy",
        converged=False,
        reason=(
            f"given up after {_rounds(sending)}: the memory is written at "
            f"{sending.dirty_mib_per_s:.4g} MiB/s and sent at {bandwidth:.4g} MiB/s, so that "
            f"{sending.left_mib:.4g} MiB are left{_each_time(sending)}, and {fits_mib:.4g} MiB "
            f"can be sent within {limit_ms:g} ms"
        ),
    )


def _rounds(sending: _Sending) -> str:
    number = len(sending.rounds)
    return "1 round" if number == 1 else f"{number} rounds"


def _each_time(sending: _Sending) -> str:
    """Say so where more rounds would not change anything."""
    return " each time" if sending.left_mib == sending.rounds[-1].sent_mib else ""


def _adaptive(
    sending: _Sending,
    bandwidth: float,
    rule: tuple[float, float, float],
    bounds: tuple[int, float],
) -> Migration:
    first_rate, step, stop_size_mib = rule
    max_rounds, deadline_s = bounds
    if first_rate > bandwidth:
        raise ParameterError(
            f"expected first_rate_mib_per_s to be at most the bandwidth of {bandwidth:g} MiB/s, "
            f"found {first_rate:g}",
            name="first_rate_mib_per_s",
            value=first_rate,
        )
    rate = first_rate
    while True:
        sending.send(rate, running=True)
        last = sending.rounds[-1]
        rate = last.dirtied_mib / last.duration_s + step
        small = sending.left_mib < stop_size_mib or sending.left_mib == 0
        late = len(sending.rounds) >= max_rounds or sending.time_s >= deadline_s
        if small or late or rate > bandwidth:
            break
    left = f"{sending.left_mib:.4g} MiB"
    if small:
        reason = f"{left} were left, less than {stop_size_mib:.4g} MiB"
    elif rate > bandwidth:
        reason = (
            f"stopped with {left} left: the next round needed {rate:.4g} MiB/s, "
            f"and the network sends {bandwidth:.4g}"
        )
    else:
        reason = f"stopped with {left} left, after {_rounds(sending)}"
    sending.send(bandwidth, running=False)
    return sending.result("adaptive", converged=small, reason=reason)
