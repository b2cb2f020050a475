"""How fast packing is, beside what it would be without its data structures.

    python tests/bench/bench_pack.py

The peer looks at every open bin for every demand, as one would write it first. Both run in one
process in turn; absolute times depend on the machine, ratios hardly.
"""

from __future__ import annotations

import random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from course.sizing import pack

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ("first_fit", "first_fit_decreasing", "best_fit_decreasing")
SIZES = (1_000, 10_000, 100_000)
NAIVE_UP_TO = {1: 10_000, 2: 1_000, 3: 1_000}  # by dimensions; beyond, the peer takes too long
CAPACITY = 1000


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


def seconds(work: Callable[[], int]) -> tuple[float, int]:
    """Return the time that the work took, in seconds, and what it returned."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def main() -> None:
    """Print a table of the heuristics and a line about the proven optimum."""
    rows = []
    for dimensions in (1, 2, 3):
        capacity = CAPACITY if dimensions == 1 else (CAPACITY,) * dimensions
        for count in SIZES:
            demands = demands_of(count, dimensions)
            for method in METHODS:
                took, bins = seconds(lambda: pack(demands, capacity, method).count)  # noqa: B023
                peer = ratio = None
                if method == "first_fit_decreasing" and count <= NAIVE_UP_TO[dimensions]:
                    peer, same = seconds(
                        lambda: naive_first_fit_decreasing(demands, dimensions)  # noqa: B023
                    )
                    assert same == bins, "the peer opens other bins"
                    ratio = peer / took
                rows.append(
                    (dimensions, f"{count:,}", method, bins, took, count / took, peer, ratio)
                )
    headings = ("dimensions", "demands", "method", "bins", "s", "demands/s", "peer s", "peer/ours")
    formats = ("d", "", "", "d", ".3f", ",.0f", ".3f", ".0f")
    print(tabulate(rows, headers=headings, floatfmt=formats))
    demands, capacity = demands_of(24, 2), (CAPACITY, CAPACITY)
    pack([6, 6, 6], 10, method="exact")  # its import is not what is measured
    took, bins = seconds(lambda: pack(demands, capacity, "exact").count)
    print(f"\nexact: 24 demands of 2 dimensions, proven optimum {bins} bins, {took:.2f} s")


if __name__ == "__main__":
    main()
