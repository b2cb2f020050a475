"""The usual mistakes of lesson 09, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        # everywhere
        "seconds_for_minutes": "This is in seconds. The question asks for minutes.",
        "minutes_for_hours": "This is in minutes. The question asks for hours.",
        "hours_for_minutes": "This is in hours. The question asks for minutes.",
        "share_for_time": "This is a share of the time. How much of a whole year is that?",
        "up_for_down": "This is the time in which it works. The question asks for the rest.",
        # back
        "mean_for_median": (
            "This is the mean. One slow start pulls a mean along; the median asks for the middle."
        ),
        "milliseconds": "This reads like milliseconds. The question asks for seconds.",
        "noticing_added": (
            "This adds the time until the end was noticed. The question asks for the start again "
            "alone, which is what `restore` holds."
        ),
        # budget
        "repair_over_failure": (
            "This divides the repair by the time until a failure. A year is made of both: what is "
            "the whole that the repair is a share of?"
        ),
        "year_for_month": "This is what a whole year allows. The promise is kept month by month.",
        "percent_for_share": (
            "This takes percents for a share: of 99 % available, one hundredth is missing, not one."
        ),
        # design
        "added_series": (
            "This adds what is missing of each part. It counts the moments twice in which two "
            "parts are down at once. Multiply what is left instead."
        ),
        "weakest_alone": (
            "This is the weakest part alone. The others are down at other times, and a request has "
            "to pass them as well."
        ),
        "multiplied_missing": (
            "This multiplies what is missing. That is how often all parts are down at once; here "
            "one is enough."
        ),
        "added_parallel": (
            "This adds the unavailabilities of copies, so that a second copy makes it worse. "
            "Copies stand in for each other: when is a part down that has two?"
        ),
        "divided_parallel": (
            "This divides what is missing by the number of copies. All copies have to be down at "
            "once: how likely is that?"
        ),
        "all_copies_needed": (
            "This is right where every copy is needed. Here one copy of each part is enough."
        ),
        "copies_forgotten": "This leaves out the copies: it is the design with one of each.",
        # room
        "too_few": (
            "This is a host too few. Either all the memory was divided by a host's, as if a "
            "machine could lie on two, or the last machines were rounded away."
        ),
        "failures_forgotten": (
            "This is what is needed while all hosts run. How many have to be there so that as many "
            "are left when some are down?"
        ),
        "doubled": (
            "This has a second host for each. A spare host can stand in for any of them, whichever "
            "it is."
        ),
        "exactly": (
            "This is how often just one host too many is down. More than that can be down, too."
        ),
        "no_choice": (
            "This is how often certain hosts are down, such as the first ones. In how many ways "
            "can so many be chosen of all of them?"
        ),
        "any_host": (
            "This is how often any host is down. Some may be: how many, until a machine has no "
            "place?"
        ),
        # outages
        "wait_forgotten": (
            "This leaves out the time in which the cluster waits, lest the host comes back."
        ),
        "start_forgotten": "This leaves out the start on the other host. Users wait for it too.",
        "one_failure": "This is what one failure costs. How many are there in a year?",
        "announced_inverted": (
            "This is what the announced failures would have cost. They are the ones from which "
            "the service moves away in time; which are left?"
        ),
        # lost
        "writing_forgotten": (
            "This leaves out the writing. While a snapshot is written it is of no use, and what "
            "it will hold is as old as its beginning."
        ),
        "mean_for_worst": "This is the mean over all moments. When would a crash be the worst?",
        "worst_for_mean": (
            "This is the worst moment for a crash. On average it comes in the middle of two "
            "snapshots."
        ),
        "half_of_writing": (
            "This halves the writing too. A crash can come at any moment between two snapshots, "
            "but the writing has to be over in any case."
        ),
        "notice_forgotten": (
            "This is the restoring alone. Nobody restores what nobody knows to be down."
        ),
        "point_for_time": (
            "This is the recovery *point*, what is lost of the past. The recovery *time* is how "
            "long it takes until the machine is back."
        ),
        # rounds, precopy
        "bits_for_bytes": (
            "This takes the network's bits for bytes. There are eight bits in a byte."
        ),
        "last_left_out": (
            "The last round is missing: what is left when the machine is stopped has to be sent "
            "too."
        ),
        "limit_left_out": (
            "This goes on although the rest could be sent within the limit. The machine is stopped "
            "as soon as it can be."
        ),
        "limit_for_size": (
            "This compares MiB with seconds. How much can be sent within the limit?"
        ),
        "same_each_round": (
            "Each further round sends what was written during the round *before it*, and that one "
            "gets shorter and shorter."
        ),
        "first_left_out": "The first round is missing: it sends all of the memory.",
        "total_for_downtime": (
            "This is how long the whole migration takes. Users notice only the part of it in which "
            "the machine runs nowhere."
        ),
        "downtime_for_total": (
            "This is the downtime. The migration takes all its rounds, the machine runs in most of "
            "them."
        ),
        "first_round_alone": "This is the first round alone. The others take their time too.",
        "seconds_for_ms": "This is in seconds. The question asks for milliseconds.",
        "never_ends": (
            "Where a round leaves no less than it has sent, the next one will not either, and a "
            "function that waits for it waits for ever. Return None there."
        ),
        # stuck
        "limit_for_downtime": (
            "This is the limit, for which the machine *may* be stopped. For how long is it, with "
            "what is left after the last round?"
        ),
        # moved
        "outage_for_downtime": (
            "These are the outages, as somebody outside sees them. QEMU's own count is asked for: "
            "`downtime`."
        ),
        "total_time_ms": (
            "These are the times of whole moves. In most of a move the machine runs; `downtime` is "
            "when it did not."
        ),
        "inverted": "This is the other way round: the busy machine's figure goes above the line.",
        "memory_for_sent": (
            "This divides by all of the machine's memory. Divide by what the quiet machine has "
            "sent; pages that hold only zeros are hardly sent at all."
        ),
    }
)
