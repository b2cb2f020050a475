"""What a load meets with: the replicas, how they start, and what is asked of them.

`Service` checks what `autoscale` and `autoscale_requests` are given, once for both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from course.simulation.errors import ParameterError, require
from course.simulation.scaling.autoscaler import ROUNDING, Autoscaler
from course.simulation.scaling.load import Load

if TYPE_CHECKING:
    from collections.abc import Callable

    from course.simulation.distributions import Distribution

__all__ = ["Service"]


class Service:
    """What a load meets with, checked: the same for a fluid and for single requests.

    The arguments are those of `course.simulation.autoscale`.

    Attributes:
        steps_per_decision: how many steps the autoscaler waits between two decisions.
        replicas: how many there are at the beginning.
        start_ups: returns how long so many new replicas take to start, in seconds, and how many of
            them take so long.
        start_up_s: how long they take on average, in seconds.
    """

    def __init__(
        self,
        load: Load,
        *,
        per_replica_per_s: float,
        start_up_s: float | Distribution,
        autoscaler: Autoscaler | None,
        replicas: int | None,
        service_s: float | None,
        most_waiting: float | None,
        timeout_s: float | None,
        price_per_replica_hour_eur: float,
        generator: numpy.random.Generator | None,
    ) -> None:
        if not isinstance(load, Load):
            raise ParameterError(
                f"expected a Load, such as steady_load(10, 600), found {load!r:.80}",
                name="load",
                value=load,
            )
        if autoscaler is not None and not isinstance(autoscaler, Autoscaler):
            raise ParameterError(
                f"expected an Autoscaler, such as Autoscaler(most=20), found {autoscaler!r:.80}",
                name="autoscaler",
                value=autoscaler,
            )
        require("per_replica_per_s", per_replica_per_s, above=0)
        require("price_per_replica_hour_eur", price_per_replica_hour_eur, at_least=0)
        for name, value in (("most_waiting", most_waiting), ("timeout_s", timeout_s)):
            if value is not None:
                require(name, value, at_least=0)
        if service_s is not None:
            require("service_s", service_s, at_least=0)
        self.load = load
        self.per_replica_per_s = per_replica_per_s
        self.service_s = 1 / per_replica_per_s if service_s is None else service_s
        self.most_waiting = math.inf if most_waiting is None else most_waiting
        self.timeout_s = math.inf if timeout_s is None else timeout_s
        self.price_per_replica_hour_eur = price_per_replica_hour_eur
        self.start_up_s, self.start_ups = _start_up(start_up_s, generator)
        self.autoscaler = autoscaler
        if autoscaler is None:
            if replicas is None:
                raise ParameterError(
                    "expected replicas, since there is no autoscaler, found none: say how many "
                    "there are, or pass an Autoscaler",
                    name="replicas",
                )
            require("replicas", replicas, at_least=1, whole=True)
            self.replicas = self.least = self.most = replicas
            self.steps_per_decision = 1
            return
        self.least, self.most = autoscaler.least, autoscaler.most
        if replicas is None:
            first_per_s = float(load.requests_per_s[0])
            needed = math.ceil(
                first_per_s / (per_replica_per_s * autoscaler.target_utilisation) - ROUNDING
            )
            self.replicas = min(max(needed, self.least), self.most)
        else:
            require("replicas", replicas, at_least=self.least, at_most=self.most, whole=True)
            self.replicas = replicas
        self.steps_per_decision = max(1, math.ceil(autoscaler.sync_s / load.step_s - ROUNDING))


def _start_up(
    start_up_s: Any, generator: Any
) -> tuple[float, Callable[[int], list[tuple[float, int]]]]:
    """Return how long a replica takes to start on average, and what returns the next times."""
    if not hasattr(start_up_s, "draw"):
        require("start_up_s", start_up_s, at_least=0)
        return float(start_up_s), lambda count: [(float(start_up_s), count)]
    if not isinstance(generator, numpy.random.Generator):
        raise ParameterError(
            f"expected a generator, since start-up times are drawn, found {generator!r}: pass "
            "numpy.random.default_rng(a number of your choice)",
            name="generator",
            value=generator,
        )
    return float(start_up_s.mean_s), lambda count: [
        (time_s, 1) for time_s in start_up_s.draw(generator, count).tolist()
    ]
