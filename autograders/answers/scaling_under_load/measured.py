"""What follows from a learner's own rollout: what is right of it, and where mistakes lead."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity

if TYPE_CHECKING:
    from course.exercise.scaling_under_load.rollout import Rollout

__all__ = ["of_rollout"]


def of_rollout(rollout: Rollout) -> dict[str, Quantity]:
    """Return the numbers that are asked for of a rollout.

    Args:
        rollout: when each replica answered.
    """
    ready_s, count = rollout.ready_s, len(rollout.ready_s)
    each_s = (ready_s[-1] - ready_s[0]) / (count - 1)
    return {
        "all_ready_s": Quantity(
            ready_s[-1],
            1,
            {
                "sum_for_last": Mistake(sum(ready_s), 0.25),
                "mean_for_last": Mistake(statistics.fmean(ready_s), 0.25),
            },
        ),
        "replicas_per_minute": Quantity(
            60 / each_s,
            1,
            {
                "counts_the_first": Mistake(60 * count / ready_s[-1], 0.5),
                "seconds_each": Mistake(each_s, 0.25),
                "per_second": Mistake(1 / each_s, 0.5),
            },
        ),
    }
