"""Customers in front of servers.

- `first_come`: `queue`, simulated in one pass
- `inputs`, `waiting`: the times that go in, in portions; what is kept of the waits that come out
- `process`: the same as processes of SimPy, to be read
- `erlang`: in closed form, where there is one
"""

from course.simulation.queueing.erlang import (
    answered_within,
    erlang_b,
    erlang_c,
    mean_wait_general_s,
    mean_wait_s,
    servers_for,
    wait_quantile_s,
)
from course.simulation.queueing.first_come import Queue, queue

__all__ = [
    "Queue",
    "answered_within",
    "erlang_b",
    "erlang_c",
    "mean_wait_general_s",
    "mean_wait_s",
    "queue",
    "servers_for",
    "wait_quantile_s",
]
