"""What follows from the simulation of a learner's spike, with her own start-up times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity

if TYPE_CHECKING:
    from course.exercise.scaling_under_load.rushes import Spike
    from course.exercise.scaling_under_load.start_ups import StartUps

__all__ = ["MOST_LOST", "WHY", "least_for_machine", "lost", "wrong_lost"]

#: The share of requests that may be lost when the least number of replicas is asked for.
MOST_LOST = 0.001
#: Why a slow start loses requests.
WHY = "c"


def lost(spike: Spike, starting: StartUps) -> dict[str, float]:
    """Return how many requests are lost, by how replicas start.

    Args:
        spike: the hour.
        starting: the start-up times.
    """
    return {name: spike.run(s).lost_requests for name, s in starting.seconds.items()}


def wrong_lost(spike: Spike, starting: StartUps) -> dict[str, tuple[dict[str, float], float]]:
    """Return the usual mistakes in these: what they lead to, and what that still earns.

    Args:
        spike: the hour.
        starting: the start-up times.
    """
    right = lost(spike, starting)
    first, second = right
    arrived = spike.run(0).arrived
    return {
        "share_for_requests": ({name: value / arrived for name, value in right.items()}, 0.5),
        "swapped": ({first: right[second], second: right[first]}, 0.25),
    }


def least_for_machine(spike: Spike, starting: StartUps) -> Quantity:
    """Return the least number of replicas with which hardly a request waits in vain for a machine.

    Args:
        spike: the hour.
        starting: the start-up times.
    """
    start_up_s = starting.seconds["full VM"]
    least = spike.least
    while spike.run(start_up_s, least=least).share_lost > MOST_LOST:
        least += 1
    return Quantity(
        least,
        1,
        {
            "whole_peak": Mistake(math.ceil(spike.peak_per_s / spike.per_replica_per_s), 0.25),
        },
        whole=True,
    )
