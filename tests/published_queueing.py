"""Published figures of queues and of the autoscaler's rule, beside what the models make of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from course.simulation.distributions import Exponential
from course.simulation.queueing.erlang import answered_within, erlang_b, erlang_c, mean_wait_s
from course.simulation.queueing.first_come import Queue, queue
from course.simulation.scaling.autoscaler import Autoscaler, desired_replicas
from tests.published import Check

ERLANG = "Erlang's formulae, closed form"
SIX_PLACES = "published to six decimal places; both are the closed form"
ROUNDED = "published rounded so"

# servers, offered load in erlang: turned away, waiting, mean wait in times of service
VALUES = {
    (1, 0.5): (0.333333, 0.500000, 1.000000),
    (2, 1.6): (0.329897, 0.711111, 1.777778),
    (5, 4.0): (0.199067, 0.554113, 0.554113),
    (20, 18.0): (0.109213, 0.550769, 0.275385),
}
# Three standard errors of the mean wait, as the simulations below tell them.
THREE_ERRORS = {(1, 0.5): 0.016, (2, 1.6): 0.072, (5, 4.0): 0.024, (20, 18.0): 0.023}


@cache
def simulated(servers: int, offered: float) -> Queue:
    """Return a queue of a million random customers with services of 1 s on average."""
    generator = numpy.random.default_rng(20_260_000 + servers)
    return queue(
        Exponential(1 / offered), Exponential(1.0), servers, 1_000_000, generator, warm_up=10_000
    )


def _check(what: str, published: float, unit: str, model: Any, tolerance: float) -> Check:
    why = SIX_PLACES if tolerance <= 1e-6 else ROUNDED
    return Check(what, ERLANG, published, unit, model, tolerance, why)


def _formulae() -> list[Check]:
    found = []
    for (servers, offered), (blocked, waiting, wait) in VALUES.items():
        of = f"{servers} servers, {offered:g} erlang"
        found += [
            _check(
                f"Erlang B, {of}",
                blocked,
                "",
                lambda c=servers, a=offered: erlang_b(c, a),
                1e-6,
            ),
            _check(
                f"Erlang C, {of}",
                waiting,
                "",
                lambda c=servers, a=offered: erlang_c(c, a),
                1e-6,
            ),
            _check(
                f"mean wait, {of}",
                wait,
                "services",
                lambda c=servers, a=offered: mean_wait_s(c, a, 1.0),
                1e-6,
            ),
        ]
    return found


def _simulations() -> list[Check]:
    return [
        Check(
            f"mean wait, simulated, {servers} servers, {offered:g} erlang",
            ERLANG,
            wait,
            "services",
            lambda c=servers, a=offered: simulated(c, a).mean_wait_s,
            THREE_ERRORS[servers, offered],
            "three standard errors of a million customers",
        )
        for (servers, offered), (_, _, wait) in VALUES.items()
    ]


def _call_centres() -> list[Check]:
    first, second = "360 calls of 4 min in half an hour, 55 agents", "200 calls of 3 min, 14 agents"
    return [
        _check(f"{first}: waiting", 0.239, "", lambda: erlang_c(55, 48), 5e-4),
        _check(f"{first}: mean wait", 8.18, "s", lambda: mean_wait_s(55, 0.2, 240), 5e-3),
        _check(
            f"{first}: answered in 15 s", 0.846, "", lambda: answered_within(55, 0.2, 240, 15), 5e-4
        ),
        _check(f"{first}: occupancy", 0.873, "", lambda: 0.2 * 240 / 55, 5e-4),
        _check(f"{second}: waiting", 0.1741, "", lambda: erlang_c(14, 10), 5e-5),
        _check(f"{second}: mean wait", 7.84, "s", lambda: mean_wait_s(14, 200 / 3600, 180), 5e-3),
        _check(
            f"{second}: answered in 20 s",
            0.888,
            "",
            lambda: answered_within(14, 200 / 3600, 180, 20),
            5e-4,
        ),
    ]


def _autoscaler() -> list[Check]:
    rule, reference = "Kubernetes 1.33, HPA tolerance", "Kubernetes autoscaling/v2 reference"
    exact = "whole numbers"
    default = Autoscaler()
    return [
        Check(
            "replicas for 50 at 90 %, target 75 %",
            rule,
            60,
            "",
            lambda: desired_replicas(50, 0.90, 0.75),
            0,
            exact,
        ),
        Check(
            "replicas for twice the target",
            "Kubernetes, Horizontal Pod Autoscaling",
            8,
            "",
            lambda: desired_replicas(4, 0.200, 0.100),
            0,
            exact,
        ),
        Check(
            "window for scaling down",
            reference,
            300,
            "s",
            lambda: default.down_window_s,
            0,
            "a setting",
            "fitted",
        ),
        Check(
            "most replicas 15 s after 3",
            reference,
            7,
            "",
            lambda: default.controller().step(0, 9.0, 3),
            0,
            exact,
        ),
        Check(
            "most replicas 15 s after 10",
            reference,
            20,
            "",
            lambda: default.controller().step(0, 9.0, 10),
            0,
            exact,
        ),
    ]


CHECKS = [*_formulae(), *_simulations(), *_call_centres(), *_autoscaler()]
