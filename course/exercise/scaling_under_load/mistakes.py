"""The usual mistakes of lesson 07, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        # offered load and servers
        "per_minute_for_second": (
            "This takes figures per minute for figures per second. A minute has 60 of them."
        ),
        "milliseconds_for_seconds": (
            "This takes milliseconds for seconds. How many seconds does a server work on one?"
        ),
        "mean_for_peak": (
            "This sizes for the mean of the day. In the busiest hour more than that arrive, and "
            "they arrive then."
        ),
        "rounded_down": (
            "This rounds down. What is left over has to be served as well, so who serves it?"
        ),
        "least_for_wait": (
            "With so many servers the queue does not grow without end, and that is all. How long "
            "does one wait at them?"
        ),
        "only_those_who_wait": (
            "This is the wait of those who have to wait. The mean over all requests counts those "
            "too who find a server free: with which probability does one have to wait?"
        ),
        "one_too_few": "With one server fewer than this asks for, the wait is just too long.",
        "seconds_for_ms": "These are seconds. The question asks for milliseconds.",
        "response_for_wait": (
            "This adds the time of service. The question asks for the wait before it."
        ),
        # pooling
        "divided_by_regions": (
            "This divides the wait by the number of regions. A pool is another queue: how many "
            "servers and which load does it have?"
        ),
        "load_not_pooled": (
            "This gives the whole pool the load of one region. Who shares the servers brings her "
            "requests along."
        ),
        # erlang_c
        "erlang_b": (
            "This is Erlang's B: the share that is turned away where nobody can wait. Here "
            "everybody waits."
        ),
        "utilisation": (
            "This is the share of servers that are busy. That all of them are busy at once is "
            "another matter, unless there is only one."
        ),
        "complement": (
            "This is the probability that one does not have to wait. The question asks for the "
            "other."
        ),
        "denominator": (
            "The states in which one waits have to be counted as often below the line as above."
        ),
        # desired_replicas
        "no_tolerance": (
            "This changes the number for a small deviation as well. Within the tolerance nothing "
            "is to change."
        ),
        "absolute_tolerance": (
            "This compares utilisations by their difference. The tolerance is a share of the "
            "target."
        ),
        "inverted": "This divides the target by the utilisation. Who is too busy needs more.",
        # looks
        "window": (
            "This follows each wish for fewer at once. A wish for more is remembered for some "
            "looks, this one included."
        ),
        "tolerance": (
            "This changes the number at every look. Within the tolerance it stays as it is."
        ),
        "rounding": "This rounds down. A part of a replica serves nobody.",
        "bounds": "This leaves the bounds that are set: so many at least, so many at most.",
        # rush
        "notice_forgotten": (
            "This counts from the order on. Before that somebody has to notice, and the load is "
            "there already."
        ),
        "all_for_excess": (
            "This counts all that arrive. The replicas that are ready go on serving meanwhile."
        ),
        "room_forgotten": (
            "This counts all who waited as lost. As many as there is room for are still there."
        ),
        "only_room": "This is how many can wait. Lost are those who found no room.",
        "arrivals_forgotten": (
            "While the queue is worked off, others go on arriving, and they are served too."
        ),
        "whole_backlog": (
            "This works off those as well who were turned away. Only who found room still waits."
        ),
        "only_new": (
            "This lets the new replicas work off the queue alone. The others are still there, and "
            "so are those who arrive."
        ),
        "waiting_forgotten": (
            "This forgets those who wait: when the new replicas are ready, they are still there."
        ),
        # spike
        "share_for_requests": "These are shares. The question asks for a number of requests.",
        "swapped": "These are the two figures the wrong way round.",
        "whole_peak": (
            "With so many, nobody has to be started at all. Until when do those who are ready have "
            "to do?"
        ),
        # rollout
        "sum_for_last": (
            "This adds up times that all count from the first order on. They contain each other."
        ),
        "mean_for_last": "This is the mean. The question asks when the last of them answered.",
        "counts_the_first": (
            "This divides by all the time, that of the first included, which had no one before it. "
            "How far apart are the others?"
        ),
        "seconds_each": "These are seconds for a replica. The question asks how many a minute.",
        "per_second": "These are replicas a second. The question asks how many a minute.",
        # growth
        "one_replica": "This is what one replica costs. How many are to be ready?",
        "an_hour": "This is for one hour. The question asks for a month of 30 days.",
    }
)
