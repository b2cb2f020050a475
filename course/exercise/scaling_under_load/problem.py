"""The personal problem of lesson 07: queues, an autoscaler, too many at once, and an aim."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.scaling_under_load.goal import Goal, draw_goal
from course.exercise.scaling_under_load.looks import Looks, draw_looks
from course.exercise.scaling_under_load.queues import Busy, Regions, draw_busy, draw_regions
from course.exercise.scaling_under_load.rushes import (
    Growth,
    Rush,
    Spike,
    draw_growth,
    draw_rush,
    draw_spike,
)

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["ScalingProblem", "pose"]


@dataclass(frozen=True)
class ScalingProblem:
    """What one learner is given.

    Attributes:
        student_id: whose problem it is, normalised.
        prefix: what the names of this learner's containers and network begin with.
        address: the one name under which the replicas of the real service answer.
        replicas: how many of them there have to be.
        busy: the busiest hour of a service.
        regions: regions that might share their servers.
        looks: an autoscaler, look by look.
        rush: a rush that begins at once.
        spike: the hour of the link on the front page.
        growth: a load that rises and rises.
        goal: what a policy has to reach.
    """

    student_id: str
    prefix: str
    address: str
    replicas: int
    busy: Busy
    regions: Regions
    looks: Looks
    rush: Rush
    spike: Spike
    growth: Growth
    goal: Goal

    def image(self, name: str) -> str:
        """Return the full name of one of this learner's images."""
        return f"{self.prefix}/{name}"

    def name(self, short: str) -> str:
        """Return the full name of one of this learner's containers or networks."""
        return f"{self.prefix}-{short}"


def pose(student_id: str, draw: Draw) -> ScalingProblem:
    """Return the problem of the learner whose draws these are."""
    # An id may hold what no name in an engine may, so the names are made from a digest of it.
    short = hashlib.sha256(student_id.encode()).hexdigest()[:8]
    return ScalingProblem(
        student_id=student_id,
        prefix=f"lesson07-{short}",
        address=draw.choice(("shop", "news", "tickets", "library", "weather", "recipes")),
        replicas=draw.integer(4, 5),
        busy=draw_busy(draw),
        regions=draw_regions(draw),
        looks=draw_looks(draw),
        rush=draw_rush(draw),
        spike=draw_spike(draw),
        growth=draw_growth(draw),
        goal=draw_goal(draw),
    )
