"""Packing: the laws that every method keeps, and the errors that say what to mend."""

from __future__ import annotations

import builtins
import itertools
import math
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import sizing
from course.sizing import (
    CapacityError,
    DemandError,
    DemandTooLargeError,
    OptimumNotProvenError,
    PackingError,
    UnknownMethodError,
    lower_bound,
    pack,
)

HEURISTICS = ("first_fit", "first_fit_decreasing", "best_fit_decreasing")
TOLERANCE = 1 + 2e-9

# Deterministic, so that a failure in one run is a failure in every run.
settings.register_profile("laws", derandomize=True, deadline=None, max_examples=150)
settings.load_profile("laws")

WHOLE = st.integers(0, 40)
REAL = st.floats(0, 40, allow_nan=False)
LARGEST = 40


def scalars(size: int) -> st.SearchStrategy[list[Any]]:
    """Return lists of up to so many whole or real numbers."""
    return st.lists(WHOLE, max_size=size) | st.lists(REAL, max_size=size)


def vectors(size: int) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Return lists of up to so many pairs or triples."""
    return st.integers(2, 3).flatmap(
        lambda d: (
            st.lists(st.tuples(*[WHOLE] * d), min_size=1, max_size=size)
            | st.lists(st.tuples(*[REAL] * d), min_size=1, max_size=size)
        )
    )


def capacity_for(demands: list[Any]) -> Any:
    """Return a capacity that holds each of the demands."""
    if demands and isinstance(demands[0], tuple):
        return (LARGEST,) * len(demands[0])
    return LARGEST


def as_vector(value: Any) -> tuple[Any, ...]:
    """Return a number as a vector of one dimension."""
    return value if isinstance(value, tuple) else (value,)


def exact_or_best(demands: list[Any], capacity: Any) -> int:
    """Return the optimum."""
    return pack(demands, capacity, method="exact").count


def brute_force(demands: list[Any], capacity: Any) -> int:
    """Return the fewest bins by trying every way to place one demand after the other."""
    limits = [limit * (1 + 1e-9) for limit in as_vector(capacity)]
    best = len(demands)

    def place(number: int, bins: list[tuple[Any, ...]]) -> None:
        nonlocal best
        if len(bins) >= best:
            return
        if number == len(demands):
            best = len(bins)
            return
        size = as_vector(demands[number])
        for index in range(len(bins)):
            load = tuple(map(sum, zip(bins[index], size, strict=True)))
            if all(part <= limit for part, limit in zip(load, limits, strict=True)):
                place(number + 1, [*bins[:index], load, *bins[index + 1 :]])
        place(number + 1, [*bins, size])

    place(0, [])
    return best


def naive(demands: list[Any], capacity: Any, method: str) -> list[list[int]]:
    """Return the bins of a heuristic by looking at every bin for every demand, in fractions."""
    limits = [
        Fraction(limit) * (1 + (Fraction(1, 10**9) if float in map(type, column) else 0))
        for limit, column in zip(
            as_vector(capacity), zip(*map(as_vector, demands), strict=True), strict=True
        )
    ]
    sizes = [tuple(map(Fraction, as_vector(demand))) for demand in demands]
    order = list(range(len(sizes)))
    if method != "first_fit":
        order.sort(
            key=lambda i: max(s / limit for s, limit in zip(sizes[i], limits, strict=True)),
            reverse=True,
        )
    bins: list[list[int]] = []
    rooms: list[list[Fraction]] = []
    for index in order:
        fitting = [
            number
            for number, room in enumerate(rooms)
            if all(s <= r for s, r in zip(sizes[index], room, strict=True))
        ]
        if not fitting:
            bins.append([])
            rooms.append(list(limits))
            chosen = len(bins) - 1
        elif method == "best_fit_decreasing":
            chosen = min(
                fitting,
                key=lambda n: sum(r / limit for r, limit in zip(rooms[n], limits, strict=True)),
            )
        else:
            chosen = fitting[0]
        bins[chosen].append(index)
        rooms[chosen] = [r - s for r, s in zip(rooms[chosen], sizes[index], strict=True)]
    return bins


@pytest.mark.parametrize("method", HEURISTICS)
@given(demands=scalars(40) | vectors(40))
def test_laws_of_every_heuristic(method: str, demands: list[Any]) -> None:
    """Every demand is placed once, no bin is over capacity or empty, no bound is undercut."""
    capacity = capacity_for(demands)
    packing = pack(demands, capacity, method=method)
    placed = [index for bin_ in packing.bins for index in bin_]
    assert sorted(placed) == list(range(len(demands)))
    assert all(packing.bins)
    for bin_, load in zip(packing.bins, packing.loads, strict=True):
        sizes = [as_vector(demands[index]) for index in bin_]
        sums = [math.fsum(column) for column in zip(*sizes, strict=True)]
        assert list(as_vector(load)) == pytest.approx(sums)
        assert all(s <= c * TOLERANCE for s, c in zip(sums, as_vector(capacity), strict=True))
    assert packing.count >= packing.lower_bound == lower_bound(demands, capacity)
    assert [packing.placement[index] for index in placed] == [
        number for number, bin_ in enumerate(packing.bins) for _ in bin_
    ]


@pytest.mark.parametrize("method", HEURISTICS)
@given(demands=st.lists(WHOLE, min_size=1, max_size=30) | vectors(30))
def test_heuristics_are_what_their_names_say(method: str, demands: list[Any]) -> None:
    """The quick data structures choose the very bins that looking at all of them chooses."""
    capacity = capacity_for(demands)
    bins = pack(demands, capacity, method=method).bins
    assert [list(bin_) for bin_ in bins] == naive(demands, capacity, method)


@settings(max_examples=80)
@given(demands=scalars(7) | vectors(6))
def test_exact_agrees_with_brute_force(demands: list[Any]) -> None:
    """On small cases the proven optimum is what trying everything finds."""
    capacity = capacity_for(demands)
    assert exact_or_best(demands, capacity) == brute_force(demands, capacity)


@settings(max_examples=60)
@given(
    demands=st.lists(st.integers(5, 30), min_size=8, max_size=24)
    | st.lists(st.tuples(st.integers(4, 30), st.integers(4, 30)), min_size=8, max_size=16)
)
def test_exact_is_never_beaten(demands: list[Any]) -> None:
    """No heuristic needs fewer, no bound says more, and first-fit decreasing keeps its promise."""
    capacity = capacity_for(demands)
    optimum = pack(demands, capacity, method="exact")
    assert optimum.is_optimal
    counts = {method: pack(demands, capacity, method=method).count for method in HEURISTICS}
    assert lower_bound(demands, capacity) <= optimum.count <= min(counts.values())
    if not isinstance(capacity, tuple):
        assert counts["first_fit_decreasing"] <= 11 / 9 * optimum.count + 6 / 9  # Dósa 2007


@pytest.mark.parametrize("hosts", [10, 20])
def test_triplets_are_packed_without_waste(hosts: int) -> None:
    """Bins filled by three each, as in Falkenauer's triplets (1996), are found again."""
    draw = random.Random(hosts)
    demands = []
    for _ in range(hosts):
        first = draw.randint(380, 490)
        second = draw.randint(250, (1000 - first) // 2)
        demands += [first, second, 1000 - first - second]
    draw.shuffle(demands)
    assert pack(demands, 1000, method="exact").count == hosts
    assert pack(demands, 1000).count > hosts


def test_floats_that_are_meant_to_fit_fit() -> None:
    """0.1 and 0.2 fit in 0.3, three thirds in one, and a hair more does not."""
    for method in (*HEURISTICS, "exact"):
        assert pack([0.1, 0.2], 0.3, method=method).count == 1
        assert pack([1 / 3] * 3, 1.0, method=method).count == 1
        assert pack([0.1, 0.2001], 0.3, method=method).count == 2
    assert lower_bound([0.1] * 10, 1.0) == 1


def test_whole_numbers_are_exact() -> None:
    """There is no tolerance where nothing is rounded."""
    huge = 10**18
    assert pack([huge, 1], huge).count == 2
    assert pack([Fraction(1, 3)] * 3, 1).count == 1


@pytest.mark.parametrize("method", [*HEURISTICS, "exact"])
def test_edges(method: str) -> None:
    """Nothing needs no bins, zeros need one, full bins are full."""
    assert pack([], 5, method=method).bins == ()
    assert pack([], (5, 5), method=method).count == 0
    assert pack([0, 0, 0], 5, method=method).count == 1
    assert pack([5, 5], 5, method=method).count == 2


def test_inputs_are_read_once_and_kept() -> None:
    """A generator will do, and a list is not changed."""
    demands = [3, 9, 4]
    assert pack((d for d in demands), 10).count == pack(demands, 10).count
    assert demands == [3, 9, 4]


def test_the_same_demands_are_packed_the_same_way() -> None:
    """Nothing but the demands enters, not even for the solver."""
    draw = random.Random(3)
    demands = [(draw.randint(5, 30), draw.randint(5, 30)) for _ in range(16)]
    for method in (*HEURISTICS, "exact"):
        first, second = (pack(demands, (40, 40), method=method) for _ in range(2))
        assert first == second


BAD: list[tuple[Any, Any, type[Exception], str]] = [
    ([3, 11], 10, DemandTooLargeError, "demand 1 = 11 fits in no bin"),
    ([(1, 1), (2, 9)], (8, 8), DemandTooLargeError, "asks for 9 in dimension 1"),
    ([3, -1], 10, DemandError, "found -1 of demand 1"),
    ([3, math.nan], 10, DemandError, "found nan"),
    ([3, math.inf], 10, DemandError, "found inf"),
    ([(1, 2), (3,)], (8, 8), DemandError, "same dimensions"),
    ([(1, 2), 3], (8, 8), DemandError, "demand 1 = 3"),
    ([(1, 2)], 8, CapacityError, "2 numbers"),
    ([1, 2], (8, 8), CapacityError, "a number"),
    ([1], 0, CapacityError, "above 0"),
    ([1], -3, CapacityError, "above 0"),
    ([1], math.inf, CapacityError, "finite"),
    ([1], "10", TypeError, "found '10'"),
    (["1"], 10, TypeError, "demand 0 = '1'"),
    ([True], 10, TypeError, "demand 0 = True"),
    ([None], 10, TypeError, "demand 0 = None"),
    ({"a": 1}, 10, TypeError, "values()"),
    (7, 10, TypeError, "iterable of demands"),
]


@pytest.mark.parametrize(("demands", "capacity", "error", "said"), BAD)
@pytest.mark.parametrize("method", ["first_fit_decreasing", "exact"])
def test_bad_input_is_named(
    demands: Any, capacity: Any, error: type[Exception], said: str, method: str
) -> None:
    """An error says which demand or capacity is wrong and what was expected."""
    with pytest.raises(error) as raised:
        pack(demands, capacity, method=method)
    assert said in str(raised.value)
    assert isinstance(raised.value, PackingError | ValueError)
    with pytest.raises(error):
        lower_bound(demands, capacity)


def test_an_unknown_method_lists_the_known_ones() -> None:
    """A near miss is guessed at, never taken."""
    with pytest.raises(UnknownMethodError) as raised:
        pack([1], 2, method="First-fit decreasing")
    message = str(raised.value)
    assert "Did you mean 'first_fit_decreasing'?" in message
    assert "exact" in message


def test_time_that_runs_out_keeps_what_was_found() -> None:
    """The error carries a valid packing and what has been proven of it."""
    draw = random.Random(1)
    demands = [tuple(draw.randint(10**6, 4 * 10**6) for _ in range(3)) for _ in range(200)]
    with pytest.raises(OptimumNotProvenError) as raised:
        pack(demands, (10**7, 10**7, 10**7), method="exact", time_limit_s=0.2)
    best = raised.value.packing
    assert sorted(itertools.chain(*best.bins)) == list(range(200))
    assert best.lower_bound < best.count
    assert "time_limit_s" in str(raised.value)


def test_without_the_solver_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra; heuristics, and optima that need no proof, do without it."""
    real_import = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("ortools"):
            raise ImportError(name)
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert pack([5, 5], 10, method="exact").count == 1
    assert lower_bound([4] * 5, 10) == 2  # it takes the solver to exclude that
    with pytest.raises(ImportError, match=r"measured-virtualization\[solver\]"):
        pack([4] * 5, 10, method="exact")


def test_the_face_of_the_package_is_whole() -> None:
    """What is exported is named once, and there."""
    assert len(set(sizing.__all__)) == len(sizing.__all__)
    assert all(hasattr(sizing, name) for name in sizing.__all__)
