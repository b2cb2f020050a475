"""Live migration: how the memory of a running machine gets to another host.

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
                      the memory is written and a step more; a page that was written again before
                      its turn is left for later; stop when little is left or the network is too
                      slow
``stop-and-copy``     stop the machine first: no round is sent twice, and all of it is downtime
``post-copy``         stop it only to move its processors' state; its memory follows, and what
                      it touches too early it has to wait for (`postcopy`)
====================  ========================================================================

What the machine writes to is one region at one rate, or a `WorkingSet` of several.

Clark's text ends the rounds as soon as the next one would need more than the network's full speed.
The figure of a machine that writes 256 MB all the time shows one round more, at full speed, and so
does Xen's program of that time: it stops when such a round sends more than the one before it. The
model does so too, and keeps to the text with ``try_full_speed=False``.

What the model leaves out: pages of zeros, compression, and machines whose habits change meanwhile.

Some laws are worth knowing, and some that one expects do not hold:

- More dirtying never lowers what ``pre-copy`` sends, as long as both migrations converge.
- The downtime of ``pre-copy`` does *not* only rise with the dirtying: one that just misses the
  limit takes another round, and then stops with less left.
- A migration whose memory is written faster than it is sent converges only if all that is ever
  written, the working set, can be sent within the downtime limit.
- What the first round of ``adaptive`` skips is at least half of what it leaves, if the machine
  writes in the same way all the time: a page is as likely to be hit before its turn as after it.
"""

from __future__ import annotations

import math
from typing import Final

from course.simulation.errors import ParameterError, UnknownNameError, require
from course.simulation.migration.copying import Adaptive, Sending, precopy_rounds
from course.simulation.migration.postcopy import post_copy
from course.simulation.migration.records import Migration, Round
from course.simulation.migration.working_set import Region, WorkingSet

__all__ = ["METHODS", "Migration", "Round", "migrate"]

METHODS: Final = ("pre-copy", "adaptive", "stop-and-copy", "post-copy")

_MIB = 2**20
# Clark 2005 counts bits of the network in powers of ten: 100 and 50 Mbit/s, and 256 KB.
_FIRST_RATE_MIB_PER_S = 100e6 / 8 / _MIB
_RATE_STEP_MIB_PER_S = 50e6 / 8 / _MIB
_STOP_SIZE_MIB = 256e3 / _MIB


def migrate(
    memory_mib: float,
    bandwidth_mib_per_s: float,
    dirty_mib_per_s: float | WorkingSet,
    *,
    working_set_mib: float | None = None,
    downtime_limit_ms: float = 300,
    max_rounds: int = 30,
    max_time_s: float | None = None,
    method: str = "pre-copy",
    skip_dirtied: bool | None = None,
    resume_ms: float = 0,
    first_rate_mib_per_s: float = _FIRST_RATE_MIB_PER_S,
    rate_step_mib_per_s: float = _RATE_STEP_MIB_PER_S,
    stop_size_mib: float = _STOP_SIZE_MIB,
    try_full_speed: bool = True,
    state_mib: float = 1,
    fault_ms: float = 0.5,
    page_kib: float = 4,
) -> Migration:
    """Migrate a running machine, in a model.

    Args:
        memory_mib: its memory, in MiB.
        bandwidth_mib_per_s: how fast the network sends, in MiB (not Mbit) each second.
        dirty_mib_per_s: how fast the machine writes to memory, in MiB each second; or, as a
            `WorkingSet`, how fast to which parts of it.
        working_set_mib: the memory that it writes to, over and over, in MiB; all of it if not
            given. A round finds no more than that changed. A `WorkingSet` says it by itself.
        downtime_limit_ms: for how long ``pre-copy`` may stop the machine, in milliseconds. QEMU's
            own default is 300.
        max_rounds: after how many rounds of a running machine ``pre-copy`` gives up, and
            ``adaptive`` stops the machine with what is left.
        max_time_s: when to do so at the latest, in seconds from the beginning; None for never. A
            round that has begun is finished.
        method: one of `METHODS`.
        skip_dirtied: whether a round leaves out what was written again before its turn; None for
            what the method does by itself: ``adaptive`` does, ``pre-copy`` does not.
        resume_ms: what the other host needs until the machine goes on, in milliseconds; it is
            part of the downtime.
        first_rate_mib_per_s: how fast ``adaptive`` sends in its first round.
        rate_step_mib_per_s: how much faster than the last round's dirtying it sends in the next.
        stop_size_mib: when less than this is left, ``adaptive`` stops the machine.
        try_full_speed: whether ``adaptive``, where it would need more than the network's full
            speed, goes on at that speed until a round sends more than the one before it.
        state_mib: what ``post-copy`` moves while the machine is stopped, in MiB: the state of
            processors and devices.
        fault_ms: how long it then waits for a page that it touches too early, in milliseconds.
        page_kib: how large a page is, in KiB.

    Returns:
        The rounds, and what they came to.

    Raises:
        ParameterError: a number is negative, or not one that a machine can have.
        UnknownNameError: there is no such method.

    References:
        Clark and others, "Live Migration of Virtual Machines", NSDI 2005.
        Hines and Gopalan, "Post-Copy Based Live Virtual Machine Migration", VEE 2009.

    Example:
        >>> [round.sent_mib for round in migrate(1024, 128, 32).rounds]
        [1024, 256.0, 64.0, 16.0]
        >>> migrate(1024, 128, 32).downtime_ms
        125.0
        >>> print(migrate(1024, 128, 200).reason)
        given up after 30 rounds: the memory is written at 200 MiB/s and sent at 128 MiB/s, so \
that 1024 MiB are left each time, and 38.4 MiB can be sent within 300 ms
        >>> migrate(1024, 128, 200, method="post-copy").downtime_ms
        7.8125
    """
    if method not in METHODS:
        raise UnknownNameError("method of migration", method, METHODS)
    require("memory_mib", memory_mib, above=0)
    require("bandwidth_mib_per_s", bandwidth_mib_per_s, above=0)
    working_set = _working_set(memory_mib, dirty_mib_per_s, working_set_mib)
    require("downtime_limit_ms", downtime_limit_ms, at_least=0)
    require("max_rounds", max_rounds, at_least=1, whole=True)
    require("resume_ms", resume_ms, at_least=0)
    require("first_rate_mib_per_s", first_rate_mib_per_s, above=0)
    require("rate_step_mib_per_s", rate_step_mib_per_s, above=0)
    require("stop_size_mib", stop_size_mib, at_least=0)
    require("state_mib", state_mib, at_least=0)
    require("fault_ms", fault_ms, at_least=0)
    require("page_kib", page_kib, above=0)
    if max_time_s is not None:
        require("max_time_s", max_time_s, above=0)
    if method == "post-copy":
        return post_copy(
            memory_mib, bandwidth_mib_per_s, working_set, state_mib, resume_ms, fault_ms, page_kib
        )
    skip = method == "adaptive" if skip_dirtied is None else skip_dirtied
    sending = Sending(memory_mib, working_set, skip=skip, resume_ms=resume_ms)
    if method == "stop-and-copy":
        sending.send(bandwidth_mib_per_s, running=False)
        return sending.result(method, converged=True, reason="the machine was stopped first")
    deadline_s = math.inf if max_time_s is None else max_time_s
    if method == "adaptive":
        if first_rate_mib_per_s > bandwidth_mib_per_s:
            raise ParameterError(
                "expected first_rate_mib_per_s to be at most the bandwidth of "
                f"{bandwidth_mib_per_s:g} MiB/s, found {first_rate_mib_per_s:g}",
                name="first_rate_mib_per_s",
                value=first_rate_mib_per_s,
            )
        rule = Adaptive(
            first_rate_mib_per_s, rate_step_mib_per_s, stop_size_mib, bandwidth_mib_per_s,
            try_full_speed,
        )  # fmt: skip
        return rule.run(sending, max_rounds, deadline_s)
    return precopy_rounds(sending, bandwidth_mib_per_s, downtime_limit_ms, (max_rounds, deadline_s))


def _working_set(
    memory_mib: float, dirty: float | WorkingSet, working_set_mib: float | None
) -> WorkingSet:
    if not isinstance(dirty, WorkingSet):
        require("dirty_mib_per_s", dirty, at_least=0)
        size_mib = memory_mib if working_set_mib is None else working_set_mib
        require("working_set_mib", size_mib, at_least=0, at_most=memory_mib)
        return WorkingSet((Region(size_mib, dirty),))
    if working_set_mib is not None:
        raise ParameterError(
            "expected working_set_mib or a WorkingSet, found both: the WorkingSet says how large "
            "its regions are",
            name="working_set_mib",
            value=working_set_mib,
        )
    if dirty.mib > memory_mib * (1 + 1e-9):
        raise ParameterError(
            f"expected a working set of at most the memory of {memory_mib:g} MiB, "
            f"found {dirty.mib:g} MiB",
            name="dirty_mib_per_s",
            value=dirty,
        )
    return dirty
