"""Kubernetes' horizontal autoscaler: how many replicas there shall be.

Every 15 seconds it compares how busy the replicas are with how busy they should be:

    desired = ceil(current * utilisation / target)

and does nothing if the two differ by 10 percent or less. What comes out is a recommendation. It is
*stabilised*: to go down, the highest recommendation of the last 300 s counts, so that a short lull
stops nothing. And it is *limited*: within 15 s the replicas may double or become four more,
whichever is more, and go down by any number.

====================  =========================================================
`desired_replicas`    the rule alone
`Limit`               how much may change within a period
`Autoscaler`          all settings, with the defaults of Kubernetes
====================  =========================================================

`course.simulation.scaling.controller` has it at work.

Sources: Kubernetes, *Horizontal Pod Autoscaling* (the rule, the tolerance of 0.1, a sync period of
15 s, `--horizontal-pod-autoscaler-downscale-stabilization` of 5 minutes, and how replicas that are
not ready are reckoned with), and the API reference of autoscaling/v2, `HPAScalingRules` (windows of
0 and 300 s, double or 4 pods in 15 s, all pods in 15 s). Which recommendations and changes still
count is as in Kubernetes' `podautoscaler/horizontal.go`: those younger than the window.

What the model leaves out: missing metrics, several metrics at once, the delay until a metric is
there, and the time for which a pod that has just started is not yet counted as ready.

>>> desired_replicas(50, utilisation=0.90, target=0.75)
60
>>> desired_replicas(50, utilisation=0.80, target=0.75)
50
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.simulation.errors import ParameterError, require

if TYPE_CHECKING:
    from course.simulation.scaling.controller import Controller

__all__ = ["Autoscaler", "Limit", "desired_replicas"]

# Quotients such as 0.77 / 0.7 are a little above what they mean: no replica more because of that.
ROUNDING = 1e-9


def desired_replicas(
    current: int, utilisation: float, target: float, tolerance: float = 0.1, *, starting: int = 0
) -> int:
    """Return how many replicas Kubernetes' rule asks for.

    Replicas that are starting do no work yet. They count when it is about to go up, as if they were
    idle: a spike is not answered again as long as the answer to it is on its way.

    Args:
        current: how many replicas are ready, at least 1.
        utilisation: how busy they are, as a share of what they can do.
        target: how busy they should be, as a share.
        tolerance: by which share of the target they may be off before anything changes.
        starting: how many more have been started and are not ready yet.

    Returns:
        The replicas wanted, ready and starting ones together.

    Raises:
        ParameterError: a number is unusable.

    Example:
        >>> desired_replicas(4, utilisation=1.0, target=0.5)
        8
        >>> desired_replicas(4, utilisation=1.0, target=0.5, starting=4)
        8
        >>> desired_replicas(4, utilisation=0.1, target=0.5)
        1
    """
    require("current", current, at_least=1, whole=True)
    require("utilisation", utilisation, at_least=0)
    require("target", target, above=0)
    require("tolerance", tolerance, at_least=0)
    require("starting", starting, at_least=0, whole=True)
    return recommended_replicas(current, starting, utilisation, target, tolerance)


def recommended_replicas(
    ready: int, starting: int, utilisation: float, target: float, tolerance: float
) -> int:
    ratio = utilisation / target
    total = ready + starting
    if abs(ratio - 1) <= tolerance + ROUNDING:
        return total
    if ratio > 1 and ratio * ready / total <= 1 + tolerance + ROUNDING:
        return total  # those that are starting will do
    return math.ceil(ratio * ready - ROUNDING)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much the number of replicas may change within a period: whichever allows more.

    Attributes:
        share: by which share of the replicas at the beginning of the period; 1.0 doubles them, or
            stops all of them. None if no share is allowed.
        replicas: by how many replicas; None if no number is allowed.
        period_s: how long the period is, in seconds.

    Raises:
        ParameterError: a number is unusable.

    Example:
        >>> Limit(share=1.0, replicas=4).most(1), Limit(share=1.0, replicas=4).most(10)
        (5, 20)
        >>> Limit(replicas=1, period_s=60).least(10)
        9
    """

    share: float | None = None
    replicas: int | None = None
    period_s: float = 15.0

    def __post_init__(self) -> None:
        if self.share is not None:
            require("share", self.share, at_least=0)
        if self.replicas is not None:
            require("replicas", self.replicas, at_least=0, whole=True)
        require("period_s", self.period_s, above=0)

    def most(self, replicas: int) -> int:
        """Return how many there may be at the end of a period that began with so many."""
        by_share = math.ceil(replicas * (1 + (self.share or 0.0)) - ROUNDING)
        return max(replicas + (self.replicas or 0), by_share)

    def least(self, replicas: int) -> int:
        """Return how few there may be at the end of a period that began with so many."""
        by_share = math.floor(replicas * (1 - (self.share or 0.0)) + ROUNDING)
        return max(0, min(replicas - (self.replicas or 0), by_share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscaler:
    """The settings of an autoscaler; where nothing is said, those of Kubernetes.

    Attributes:
        target_utilisation: how busy replicas should be, as a share of what they can do; Kubernetes
            has no default, and 0.7 leaves room for a spike.
        tolerance: by which share of the target they may be off before anything changes.
        sync_s: how often it decides, in seconds.
        up_window_s: for how long a load must last before replicas are added, in seconds.
        down_window_s: for how long a lull must last before replicas are stopped, in seconds.
        up_limit: how many may be added.
        down_limit: how many may be stopped.
        least: the fewest replicas, at least 1.
        most: the most replicas.

    Raises:
        ParameterError: a number is unusable.
    """

    target_utilisation: float = 0.7
    tolerance: float = 0.1
    sync_s: float = 15.0
    up_window_s: float = 0.0
    down_window_s: float = 300.0
    up_limit: Limit = Limit(share=1.0, replicas=4)
    down_limit: Limit = Limit(share=1.0)
    least: int = 1
    most: int = 100

    def __post_init__(self) -> None:
        require("target_utilisation", self.target_utilisation, above=0)
        if self.target_utilisation > 1:
            raise ParameterError(
                "expected target_utilisation to be a share of at most 1, found "
                f"{self.target_utilisation!r}: 70 percent are 0.7",
                name="target_utilisation",
                value=self.target_utilisation,
            )
        require("tolerance", self.tolerance, at_least=0, at_most=1)
        require("sync_s", self.sync_s, above=0)
        require("up_window_s", self.up_window_s, at_least=0, at_most=86_400)
        require("down_window_s", self.down_window_s, at_least=0, at_most=86_400)
        require("least", self.least, at_least=1, whole=True)
        require("most", self.most, at_least=self.least, whole=True)
        for name, limit in (("up_limit", self.up_limit), ("down_limit", self.down_limit)):
            if not isinstance(limit, Limit):
                raise ParameterError(
                    f"expected {name} to be a Limit, such as Limit(share=1.0), found {limit!r}",
                    name=name,
                    value=limit,
                )

    def controller(self) -> Controller:
        """Return it at work, with nothing to remember yet."""
        from course.simulation.scaling.controller import Controller  # which imports the settings

        return Controller(self)
