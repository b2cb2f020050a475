"""How fast autoscaled services are simulated, beside the limit and beside going step by step.

    python tests/bench/bench_autoscale.py

A year at one-minute resolution has 525,600 steps, and the limit is 0.2 s for it, as for 250,000
single requests. The peers are the same models as SimPy processes, for a part of the time. Each
figure is the best of a few runs in one process, in processor time.
"""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

import numpy
from tabulate import tabulate

from course.simulation.distributions import Exponential
from course.simulation.scaling.autoscaler import Autoscaler
from course.simulation.scaling.fluid import autoscale
from course.simulation.scaling.fluid_process import autoscale_process
from course.simulation.scaling.load_shapes import bursty_load, daily_load, spike_load
from course.simulation.scaling.requests import autoscale_requests, draw_requests
from course.simulation.scaling.requests_process import requests_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from course.simulation.scaling.load import Load

LIMIT_S = 0.2
YEAR = 365
RUNS = 7


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the processor time that the work takes at best, in seconds."""
    times_s = []
    for _ in range(runs):
        start_s = process_time()
        work()
        times_s.append(process_time() - start_s)
    return min(times_s)


def years() -> list[tuple[str, Load, float]]:
    """Return loads of a year of minutes, and what a replica serves each second."""
    generator = numpy.random.default_rng(1)
    smooth = daily_load(100, days=YEAR, weekend_share=0.6)
    noisy = daily_load(100, days=YEAR, weekend_share=0.6, noise=0.05, generator=generator)
    bursts = bursty_load(
        50,
        duration_s=YEAR * 86_400,
        generator=generator,
        burst_s=1800,
        every_s=14_400,
        step_s=60,
    )
    return [
        ("daily, up to 15 replicas", smooth, 20),
        ("daily with 5 % noise, up to 20", noisy, 20),
        ("daily with 5 % noise, up to 40", noisy, 10),
        ("bursts, up to 30", bursts, 10),
    ]


def main() -> None:
    """Print a table of a year, one of single requests, and the speed of the processes."""
    rows = []
    for name, load, per_s in years():

        def run(load: Load = load, per_s: float = per_s):
            return autoscale(
                load, per_replica_per_s=per_s, start_up_s=60, autoscaler=Autoscaler(), timeout_s=30
            )

        took_s, found = seconds(run), run()
        rows.append((name, f"{load.steps:,}", found.changes, took_s, took_s / LIMIT_S))
    print(tabulate(rows, headers=("a year", "steps", "changes", "s", "of 0.2 s"), floatfmt=".2f"))

    load = spike_load(40, 120, at_s=1200, lasts_s=900, duration_s=4450, ramp_s=60)
    arguments = {"start_up_s": 60, "autoscaler": Autoscaler(), "replicas": 12}
    rows = []
    for name, limits in (("all wait", {}), ("5 s of patience", {"timeout_s": 5.0})):

        def run(limits: dict[str, float] = limits):
            generator = numpy.random.default_rng(1)
            return autoscale_requests(
                load, per_replica_per_s=5, generator=generator, **arguments, **limits
            )

        took_s, found = seconds(run), run()
        rows.append((name, f"{found.arrived:,.0f}", found.changes, took_s, took_s / LIMIT_S))
    print()
    headings = ("single requests", "requests", "changes", "s", "of 0.2 s")
    print(tabulate(rows, headers=headings, floatfmt=".2f"))

    fast_s = seconds(lambda: autoscale(load, per_replica_per_s=5, **arguments))
    plain_s = seconds(lambda: autoscale_process(load, per_replica_per_s=5, **arguments), runs=2)
    print(f"\n{load.steps:,} steps of a spike: {fast_s:.3f} s, as processes {plain_s:.2f} s")
    generators = numpy.random.default_rng(1).spawn(2)
    drawn = list(draw_requests(load, Exponential(0.2), *generators))
    arrivals_s = numpy.concatenate([each[2] for each in drawn]).tolist()
    services_s = numpy.concatenate([each[3] for each in drawn]).tolist()
    plain_s = seconds(
        lambda: requests_process(arrivals_s, services_s, duration_s=load.duration_s, **arguments),
        runs=1,
    )
    print(f"the same requests as processes: {plain_s:.1f} s, {plain_s / rows[0][3]:.0f} times")


if __name__ == "__main__":
    main()
