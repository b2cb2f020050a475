"""Live migration by post-copy: the machine goes first, and its memory follows.

The machine is stopped only while the state of its processors and devices is sent. Then it runs on
the other host, and its memory is pushed after it, each page once. A page that it touches before it
has come is fetched at once, and the machine waits for it. So the downtime is always short, nothing
is sent twice, and it cannot fail to converge; what it costs is speed until the last page is there,
and that a crash of either host meanwhile loses the machine.

- `post_copy`: what becomes of it, in a model

In the model the machine has one processor, and it touches what it writes to: the pages that it
only reads would fault too, so that the number of faults is a lower bound. While it waits it touches
nothing; its own time is therefore shorter than that of the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.simulation.migration.records import Migration, Round
from course.simulation.migration.working_set import Writes

if TYPE_CHECKING:
    from course.simulation.migration.working_set import WorkingSet

__all__ = ["post_copy"]

_STEPS = 400  # of the clock, at least; doubling them changes the waiting by less than a percent


def post_copy(
    memory_mib: float,
    bandwidth_mib_per_s: float,
    working_set: WorkingSet,
    state_mib: float,
    resume_ms: float,
    fault_ms: float,
    page_kib: float,
) -> Migration:
    """Migrate by post-copy, in a model; called by `course.simulation.migrate`, which checks.

    Args:
        memory_mib: the memory of the machine, in MiB.
        bandwidth_mib_per_s: how fast the network sends, in MiB each second.
        working_set: what the machine touches.
        state_mib: what is sent while it is stopped, in MiB.
        resume_ms: what the other host needs until it goes on, in milliseconds.
        fault_ms: how long it waits for a page, in milliseconds.
        page_kib: how large a page is, in KiB.

    Returns:
        Two rounds: the state, for which the machine is stopped, and the memory.

    References:
        Hines and Gopalan, "Post-Copy Based Live Virtual Machine Migration", VEE 2009.
    """
    stopped_s = state_mib / bandwidth_mib_per_s
    push_s = memory_mib / bandwidth_mib_per_s
    resumed_s = stopped_s + resume_ms / 1000
    touched_mib = _fetched_mib(
        memory_mib, bandwidth_mib_per_s, working_set, fault_ms / 1000 * 1024 / page_kib
    )
    faults = round(touched_mib * 1024 / page_kib)
    stalled_s = min(push_s, faults * fault_ms / 1000)
    return Migration(
        method="post-copy",
        memory_mib=memory_mib,
        rounds=(
            Round(
                number=1,
                start_s=0.0,
                duration_s=stopped_s,
                sent_mib=state_mib,
                dirtied_mib=memory_mib,
                rate_mib_per_s=bandwidth_mib_per_s,
                running=False,
            ),
            Round(
                number=2,
                start_s=resumed_s,
                duration_s=push_s,
                sent_mib=memory_mib,
                dirtied_mib=0.0,
                rate_mib_per_s=bandwidth_mib_per_s,
                running=True,
            ),
        ),
        total_time_s=resumed_s + push_s,
        downtime_ms=1000 * stopped_s + resume_ms,
        sent_mib=state_mib + memory_mib,
        left_mib=0.0,
        converged=True,
        reason=(
            f"the machine went first; it waited for {faults:,} pages in the "
            f"{push_s:.4g} s until all of its memory was there"
        ),
        degraded_s=push_s,
        faults=faults,
        stalled_s=stalled_s,
    )


def _fetched_mib(
    memory_mib: float, rate: float, working_set: WorkingSet, wait_s_per_mib: float
) -> float:
    """Return how much is touched before it has come, in MiB.

    Pages come in an order that has nothing to do with the touches. After t seconds of the clock,
    ``memory - rate t`` is missing. Of what was never touched after so much of the machine's own
    time, ``worth``, that is the share ``missing / worth``; so much of what is touched next faults.
    """
    writes = Writes(memory_mib, working_set)
    end_s = memory_mib / rate
    clock_s = own_s = fetched = 0.0
    step_s = end_s / _STEPS
    while clock_s < end_s:
        worth = writes.worth_sending_mib(own_s)
        missing = memory_mib - rate * clock_s
        if worth <= 0 or missing <= 0:
            break
        share = min(1.0, missing / worth)
        # As far as it gets within a step of the clock, waiting included.
        own_step_s = step_s
        for _ in range(40):
            touched = share * (worth - writes.worth_sending_mib(own_s + own_step_s))
            took_s = own_step_s + touched * wait_s_per_mib
            if took_s <= step_s * (1 + 1e-6):
                break
            own_step_s *= max(0.3, step_s / took_s)
        own_s += own_step_s
        clock_s += took_s
        fetched += touched
    return min(fetched, memory_mib)
