"""How fast packing and placing are, and how the time grows, beside what one would write first.

    python tests/bench/bench_pack.py

The peer of packing looks at every open bin for every demand; that of placing at every host and
resource for every pod. All run in one process in turn; absolute times depend on the machine, ratios
hardly. `growth` is the time for a demand over that of the row for a tenth of the demands: 1 where
ten times as many take ten times as long.
"""

from __future__ import annotations

import random
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from tabulate import tabulate

from course.sizing import Application, Capacity, band, density_curve, pack, place
from course.sizing.technologies import TECHNOLOGIES

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ("first_fit", "first_fit_decreasing", "best_fit_decreasing")
SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000  # of two dimensions, by the methods that sort
NAIVE_UP_TO = {1: 10_000, 2: 1_000, 3: 1_000}  # by dimensions; beyond, the peer takes too long
CAPACITY = 1000
PODS, HOSTS, RESOURCES = 10_000, 1_500, 4
NAIVE_PODS = 1_000
POINTS = 200  # of a curve in the density explorer


def demands_of(count: int, dimensions: int) -> list[Any]:
    """Return demands from a twentieth of a bin to two thirds, the same ones every time."""
    draw = random.Random(count)
    rows = [tuple(draw.randint(50, 650) for _ in range(dimensions)) for _ in range(count)]
    return [row[0] for row in rows] if dimensions == 1 else rows


def naive_first_fit_decreasing(demands: list[Any], dimensions: int) -> int:
    """Pack by first-fit decreasing, looking at the bins one after the other."""
    vectors = [(demand,) if dimensions == 1 else demand for demand in demands]
    rooms: list[list[int]] = []
    for size in sorted(vectors, key=max, reverse=True):
        for room in rooms:
            if all(s <= r for s, r in zip(size, room, strict=True)):
                break
        else:
            room = [CAPACITY] * dimensions
            rooms.append(room)
        for dimension, part in enumerate(size):
            room[dimension] -= part
    return len(rooms)


def naive_first_fit_placing(pods: list[Any], hosts: list[Any]) -> int:
    """Place by first fit, looking at the hosts one after the other; return how many found one."""
    rooms = [list(host) for host in hosts]
    placed = 0
    for pod in pods:
        for room in rooms:
            if all(s <= r for s, r in zip(pod, room, strict=True)):
                for resource, part in enumerate(pod):
                    room[resource] -= part
                placed += 1
                break
    return placed


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the time that the work took, in seconds, and what it returned."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def packing() -> None:
    """Print a table of the heuristics, from a thousand demands to a million."""
    rows = []
    before: dict[tuple[int, str], float] = {}
    for dimensions in (1, 2, 3):
        capacity = CAPACITY if dimensions == 1 else (CAPACITY,) * dimensions
        for count in (*SIZES, MILLION):
            demands = demands_of(count, dimensions) if count < MILLION or dimensions == 2 else []
            for method in METHODS:
                if not demands or (count == MILLION and method == "first_fit"):
                    continue
                took, bins = seconds(lambda: pack(demands, capacity, method).count)  # noqa: B023
                peer = ratio = None
                if method == "first_fit_decreasing" and count <= NAIVE_UP_TO[dimensions]:
                    peer, same = seconds(
                        lambda: naive_first_fit_decreasing(demands, dimensions)  # noqa: B023
                    )
                    assert same == bins, "the peer opens other bins"
                    ratio = peer / took
                each = took / count
                growth = each / before[dimensions, method] if count > SIZES[0] else None
                before[dimensions, method] = each
                rows.append(
                    (dimensions, f"{count:,}", method, bins, took, 1 / each, growth, peer, ratio)
                )
    headings = ("dimensions", "demands", "method", "bins", "s", "demands/s", "growth", "peer s")
    formats = ("d", "", "", "d", ".3f", ",.0f", ".2f", ".3f", ".0f")
    print(tabulate(rows, headers=(*headings, "peer/ours"), floatfmt=formats))


def arrays() -> None:
    """Print what real numbers of numpy take, whose digits make the arithmetic longer."""
    rows = []
    for count in (100_000, MILLION):
        demands = np.random.default_rng(count).uniform(0.05, 0.65, (count, 2))
        for method in METHODS[1:]:
            took, bins = seconds(lambda: pack(demands, (1.0, 1.0), method).count)  # noqa: B023
            rows.append((f"{count:,}", method, bins, took))
    print("\nreal numbers of two dimensions, as an array:")
    print(tabulate(rows, headers=("demands", "method", "bins", "s"), floatfmt=".3f"))


def placing() -> None:
    """Print what placing pods on the unlike hosts of a cluster takes."""
    draw = np.random.default_rng(4)
    hosts = draw.integers(16, 129, (HOSTS, RESOURCES))
    pods = draw.integers(1, 16, (PODS, RESOURCES))
    rows = []
    for method in METHODS:
        took, placed = seconds(lambda: place(pods, hosts, method))  # noqa: B023
        rows.append((f"{PODS:,}", method, len(placed.unplaced), took, None, None))
    few, all_hosts = pods[:NAIVE_PODS].tolist(), hosts.tolist()
    # Full hosts first, as most of them are when the last pods come: the peer has to pass them.
    all_hosts = [[0] * RESOURCES] * (HOSTS // 2) + all_hosts[HOSTS // 2 :]
    took, ours = seconds(lambda: place(few, all_hosts, "first_fit"))
    peer, placed_by_peer = seconds(lambda: naive_first_fit_placing(few, all_hosts))
    assert len(ours.host_of) - len(ours.unplaced) == placed_by_peer, "the peer places others"
    rows.append(
        (f"{NAIVE_PODS:,}", "first_fit, half full", len(ours.unplaced), took, peer, peer / took)
    )
    print(f"\npods of {RESOURCES} resources on {HOSTS:,} unlike hosts:")
    headings = ("pods", "method", "unplaced", "s", "peer s", "peer/ours")
    print(tabulate(rows, headers=headings, floatfmt=("", "", "d", ".3f", ".3f", ".0f")))


def others() -> None:
    """Print what a proven optimum takes, and what is drawn while a slider moves."""
    demands, capacity = demands_of(24, 2), (CAPACITY, CAPACITY)
    pack([6, 6, 6], 10, method="exact")  # its import is not what is measured
    took, bins = seconds(lambda: pack(demands, capacity, "exact").count)
    print(f"\nexact: 24 demands of 2 dimensions, proven optimum {bins} bins, {took:.2f} s")
    host, application = Capacity(64, 128 * 1024, 2_000_000), Application(0.01, 32, 50, 8, 40)
    sizes = [1 + 2.5 * point for point in range(POINTS)]
    took, rows = seconds(lambda: density_curve(host, application, TECHNOLOGIES, sizes))
    print(f"density: {len(rows):,} points of {len(TECHNOLOGIES)} technologies, {1e3 * took:.1f} ms")
    took, _ = seconds(lambda: band(host, "container", "qemu", application=application))
    print(f"density: the band of 3 to 4 times as many, {1e3 * took:.1f} ms")


def main() -> None:
    """Print all tables."""
    packing()
    arrays()
    placing()
    others()


if __name__ == "__main__":
    main()
