"""Packing many demands: the data structures, at sizes where they divide and rebuild."""

from __future__ import annotations

import random
from typing import Any

import pytest

from course.sizing import pack
from course.sizing.demands import Instance, read
from course.sizing.heuristics import decreasing
from course.sizing.openbins import OpenBins

METHODS = ("first_fit", "first_fit_decreasing", "best_fit_decreasing")


def naive(instance: Instance, method: str) -> tuple[tuple[int, ...], ...]:
    """Return the bins by looking at every bin for every demand, in the same whole numbers."""
    vectors = instance.vectors()
    order = range(len(vectors)) if method == "first_fit" else decreasing(instance)
    best_fit = method == "best_fit_decreasing"
    bins: list[list[int]] = []
    rooms: list[tuple[int, ...]] = []
    for index in order:
        chosen, least = None, None
        for number, room in enumerate(rooms):
            if all(s <= r for s, r in zip(vectors[index], room, strict=True)):
                left = sum(r * w for r, w in zip(room, instance.weights, strict=True))
                if least is None or left < least:
                    chosen, least = number, left
                if not best_fit:
                    break
        if chosen is None:
            chosen = len(bins)
            bins.append([])
            rooms.append(instance.limits)
        bins[chosen].append(index)
        rooms[chosen] = tuple(r - s for r, s in zip(rooms[chosen], vectors[index], strict=True))
    return tuple(map(tuple, bins))


def uniform(draw: random.Random, dimensions: int) -> Any:
    """Return a demand of anything up to a bin."""
    return tuple(draw.randint(0, 1000) for _ in range(dimensions))


def alike(draw: random.Random, dimensions: int) -> Any:
    """Return a demand that is large in all dimensions or small in all."""
    scale = draw.random()
    return tuple(min(1.0, scale * draw.uniform(0.7, 1.3)) for _ in range(dimensions))


def lopsided(draw: random.Random, dimensions: int) -> Any:
    """Return a demand that is large in one dimension and small in the others."""
    large = draw.randrange(dimensions)
    return tuple(
        draw.randint(300, 500) if d == large else draw.randint(0, 20) for d in range(dimensions)
    )


def few_shapes(draw: random.Random, dimensions: int) -> Any:
    """Return a demand of one of a few shapes, as virtual machines are sold."""
    cores = draw.choice((1, 2, 4, 8))
    return tuple(cores * draw.choice((10, 20, 40)) for _ in range(dimensions))


SHAPES = {
    "uniform": (uniform, 1000),
    "alike": (alike, 1.0),
    "lopsided": (lopsided, 1000),
    "few": (few_shapes, 640),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_many_demands_go_where_the_rule_says(shape: str, dimensions: int, method: str) -> None:
    """With hundreds of open bins, the searches find the very bins that looking at all finds."""
    make, size = SHAPES[shape]
    draw = random.Random(f"{shape} {dimensions}")
    demands = [make(draw, dimensions) for _ in range(600)]
    capacity: Any = (size,) * dimensions
    if dimensions == 1:
        demands, capacity = [demand[0] for demand in demands], size
    packing = pack(demands, capacity, method)
    assert packing.bins == naive(read(demands, capacity), method)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_open_bins_keep_their_books(dimensions: int) -> None:
    """After any adding and removing, the least bin that fits is the least of those that do."""
    draw = random.Random(dimensions)
    columns = [[draw.randint(0, 60) for _ in range(80)] for _ in range(dimensions)]
    sizes = list(zip(*columns, strict=True))
    bins = OpenBins(columns)
    there: list[tuple[float, int, tuple[int, ...]]] = []
    for number in range(1500):
        if there and draw.random() < 0.45:
            bins.remove(there.pop(draw.randrange(len(there))))
        else:
            room = tuple(draw.randint(0, 64) for _ in range(dimensions))
            there.append((draw.randint(0, 9), number, room))
            bins.add(there[-1])
        size = draw.choice(sizes)
        fitting = [b for b in there if all(s <= r for s, r in zip(size, b[2], strict=True))]
        assert bins.least(size) == min(fitting, default=None)


def test_a_hundred_thousand_demands_are_packed_soundly() -> None:
    """Nothing is quadratic: this test would otherwise take minutes."""
    draw = random.Random(5)
    demands = [draw.random() for _ in range(100_000)]
    packing = pack(demands, 1.0)
    assert len(packing.placement) == 100_000
    assert packing.count < 1.01 * packing.lower_bound
    assert len(repr(packing)) < 500


def test_the_tolerance_does_not_decide_which_is_larger() -> None:
    """Equal shares of a bin are equal, whatever digits the other numbers of a dimension have."""
    demands = [(0.0, 2.0, 0.0), (0.0, 1.77858982993709, 2.0)]
    assert pack(demands, (40, 40, 40)).bins == ((0, 1),)
