"""How fast migrations and failing hosts are simulated, beside the same models as SimPy processes.

    python tests/bench/bench_failures.py

Both run in one process in turn, on the same draws; a time is the least of three runs. Absolute
times depend on the machine, ratios hardly. SimPy gets fewer host-years where it would take too
long, and its time is scaled to the same number.
"""

from __future__ import annotations

import tracemalloc
from time import perf_counter
from typing import TYPE_CHECKING, Any

from numpy.random import default_rng
from tabulate import tabulate

from course.simulation.failing.failures import fail
from course.simulation.failing.outages import host_outages
from course.simulation.failing.process import fail_process
from course.simulation.failing.reliability import HOURS_PER_YEAR
from course.simulation.migration.precopy import migrate
from course.simulation.migration.process import migrate_process
from course.simulation.migration.working_set import Region, WorkingSet

if TYPE_CHECKING:
    from collections.abc import Callable

WORKLOADS = {
    "one region, 64 GiB": (65_536, 1_000, WorkingSet((Region(2_048, 900),))),
    "three regions, 64 GiB": (
        65_536,
        1_000,
        WorkingSet(
            (
                Region(100, 5_000, "scattered"),
                Region(4_000, 500, "scattered"),
                Region(20_000, 200, "scattered"),
            )
        ),
    ),
}
CLUSTERS = {  # hosts, years, mean time to failure in hours
    "10,000 hosts, 1 year, a failure a year each": (10_000, 1, 8_760),
    "100 hosts, 100 years, a failure a year each": (100, 100, 8_760),
    "100 hosts, 100 years, nine failures a year each": (100, 100, 1_000),
}
REPAIR_H = 8


def seconds(work: Callable[[], Any]) -> float:
    """Return the least time of three runs, in seconds."""
    times = []
    for _ in range(3):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def process_s(hosts: int, years: float, failure_h: float, policy: str) -> float:
    """Return how long SimPy takes, in seconds, scaled up from as many hosts as it can take."""
    few = min(hosts, 100)
    spare = max(1, few // 20)
    shown = min(years, 2.0)

    def run() -> None:
        plan = host_outages(
            few + spare, failure_h, REPAIR_H, shown * HOURS_PER_YEAR, 0.5, default_rng(1)
        )
        fail_process(few, plan, spare_hosts=spare, policy=policy, duration_h=shown * HOURS_PER_YEAR)

    return seconds(run) * hosts * years / (few * shown)


def main() -> None:
    """Print a table of migrations and one of failing hosts."""
    rows: list[tuple[Any, ...]] = []
    for name, (memory, bandwidth, regions) in WORKLOADS.items():
        for method in ("pre-copy", "adaptive", "post-copy"):
            found = migrate(memory, bandwidth, regions, method=method)
            took = seconds(
                lambda: migrate(memory, bandwidth, regions, method=method)  # noqa: B023
            )
            rows.append((name, method, len(found.rounds), 1000 * took))
    print(tabulate(rows, headers=("migration", "method", "rounds", "ms"), floatfmt=".2f"))
    memory, bandwidth, regions = 1_024, 100, WorkingSet((Region(64, 90, "scattered"),))
    rates = [
        each.rate_mib_per_s for each in migrate(memory, bandwidth, regions).rounds if each.running
    ]
    fast = seconds(lambda: migrate(memory, bandwidth, regions, skip_dirtied=True))
    slow = seconds(
        lambda: migrate_process(memory, rates, regions, default_rng(1), skip_dirtied=True)
    )
    print(
        f"\n1 GiB in pages of 256 KiB, as SimPy processes: {slow:.2f} s; without: "
        f"{1000 * fast:.2f} ms, {slow / fast:,.0f} times as fast\n"
    )
    rows = []
    for name, (hosts, years, failure_h) in CLUSTERS.items():
        for policy in ("restart", "restart-elsewhere", "live-migration"):

            def run() -> Any:
                return fail(
                    hosts, spare_hosts=hosts // 20, policy=policy, years=years,  # noqa: B023
                    mean_time_to_failure_h=failure_h, mean_time_to_repair_h=REPAIR_H,  # noqa: B023
                    warning_share=0.5, generator=default_rng(1),
                )  # fmt: skip

            took = seconds(run)
            peer = process_s(hosts, years, failure_h, policy)
            tracemalloc.start()
            found = run()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            rows.append(
                (name, policy, f"{found.host_failures:,}", took, peer, peer / took, peak / 2**20)
            )
    headings = ("hosts", "policy", "failures", "s", "SimPy s", "SimPy/ours", "peak MiB")
    print(tabulate(rows, headers=headings, floatfmt=("", "", "", ".3f", ".2f", ".0f", ".1f")))


if __name__ == "__main__":
    main()
