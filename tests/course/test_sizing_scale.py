"""Packing many demands: the data structures, at sizes where they divide and rebuild."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.sizing import PackingError, demands, pack
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


@pytest.mark.parametrize("method", ["first_fit_decreasing", "best_fit_decreasing"])
def test_a_hundred_thousand_pairs_are_packed_soundly(method: str) -> None:
    """Each of them is in one bin, no bin is overfull, and few more are opened than must be."""
    draw = np.random.default_rng(8)
    sizes = draw.uniform(0.01, 0.6, (100_000, 2))
    packing = pack(sizes, (1.0, 1.0), method)
    assert sorted(index for bin_ in packing.bins for index in bin_) == list(range(100_000))
    assert np.array(packing.loads).max() <= 1 + 2e-9
    assert packing.count < 1.15 * packing.lower_bound


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30))
        | st.tuples(st.sampled_from([0.0, 7.5, 10, 20]), st.sampled_from([0, 5.0, 10, 20.0])),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["first_fit_decreasing", "best_fit_decreasing"]),
)
def test_pairs_of_unlike_dimensions_go_where_the_rule_says(given_: list[Any], method: str) -> None:
    """Ties, zeros, and capacities that differ between the dimensions change nothing."""
    packing = pack(given_, (30, 47), method)
    assert packing.bins == naive(read(given_, (30, 47)), method)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.float64, np.float32])
@pytest.mark.parametrize("method", METHODS)
def test_arrays_are_packed_as_lists(kind: Any, method: str) -> None:
    """An array of numpy is read as the list of its rows, and gives Python's own numbers back."""
    rows = (np.random.default_rng(2).random((300, 2)) * 40).astype(kind)
    assert pack(rows, (50, 50), method) == pack(rows.tolist(), (50, 50), method)
    assert pack(rows[:, 0], 50, method) == pack(rows[:, 0].tolist(), 50, method)
    assert type(pack(rows, (50, 50), method).loads[0][0]) in (int, float)


def test_arrays_are_checked_as_lists() -> None:
    """What is wrong in an array is named by its row."""
    for wrong, said in (
        (np.array([[1, 2], [3, np.nan]]), "found nan in dimension 1 of demand 1"),
        (np.array([[1, 2], [3, 99]]), "demand 1 = "),
        (np.array([[True, False]]), "demand 0 = "),
        (np.array(5), "iterable of demands"),
    ):
        with pytest.raises(PackingError) as raised:
            pack(wrong, (10, 10))
        assert said in str(raised.value)


NUMBERS = st.one_of(
    st.floats(0, 1), st.floats(0, 1e9), st.floats(0, 1e-300), st.integers(0, 2**60), st.just(0.1)
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(NUMBERS, min_size=1, max_size=8), st.floats(2**-10, 2**10))
def test_many_floats_are_read_as_few(column: list[Any], scale: float) -> None:
    """Reading by numpy comes to the same whole numbers as reading by exact fractions."""
    capacity = max(column) * 2 + scale
    few = read(column, capacity)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demands, "_MANY", 0)
        many = read(column, capacity)
    assert many == few
    assert set(map(type, many.columns[0])) == {int}
