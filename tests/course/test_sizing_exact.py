"""Proven optima: every way to them, and what happens where there is none in time."""

from __future__ import annotations

import math
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.sizing import (
    DemandError,
    DemandTooLargeError,
    OptimumNotProvenError,
    TimeLimitError,
    UnknownMethodError,
    exact,
    lower_bound,
    pack,
    patterns,
    refill,
    solver,
)
from course.sizing.bounds import martello_toth
from course.sizing.demands import read
from course.sizing.kinds import Kinds

# Deterministic, so that a failure in one run is a failure in every run.
LAW = settings(derandomize=True, deadline=None, max_examples=60)

PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=7)
HARD = [tuple(random.Random(i * 7 + d).randint(10, 60) for d in (0, 1)) for i in range(90)]


def optimum(demands: list[tuple[int, ...]], limits: tuple[int, ...]) -> int:
    """Return the fewest bins by trying every way to place one demand after the other."""
    best = len(demands)

    def place(number: int, loads: list[tuple[int, ...]]) -> None:
        nonlocal best
        if len(loads) >= best:
            return
        if number == len(demands):
            best = len(loads)
            return
        for index, load in enumerate(loads):
            more = tuple(map(sum, zip(load, demands[number], strict=True)))
            if all(m <= limit for m, limit in zip(more, limits, strict=True)):
                place(number + 1, [*loads[:index], more, *loads[index + 1 :]])
        place(number + 1, [*loads, demands[number]])

    place(0, [])
    return best


def decided(demands: list[Any], capacity: Any) -> int:
    """Return the optimum by the solver alone, from one bin upward."""
    instance = read(demands, capacity)
    kinds = Kinds.of(instance)
    best = [[index] for index in range(instance.count)]
    total = max(-(-t // limit) for t, limit in zip(kinds.totals, kinds.limits, strict=True))
    for count in range(max(1, total), instance.count):
        bins = solver.pack_into(kinds, count, best, time.monotonic() + 60)
        if bins is not None:
            assert sorted(index for bin_ in bins for index in bin_) == list(range(instance.count))
            assert all(min(kinds.room(content)) >= 0 for content in kinds.contents(bins))
            return len(bins)
    return instance.count


@LAW
@given(demands=PAIRS)
def test_the_model_by_patterns_is_right(demands: list[tuple[int, int]]) -> None:
    """Without heuristics and bounds, the patterns alone lead to the optimum."""
    assert decided(demands, (15, 20)) == optimum(demands, (15, 20))


@pytest.fixture
def no_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the patterns always be too many."""
    monkeypatch.setattr(patterns, "_MOST_STEPS", -1)


@pytest.mark.usefixtures("no_patterns")
@pytest.mark.parametrize("seed", range(12))
def test_the_model_by_assignment_is_right(seed: int) -> None:
    """So does the assignment, which is used where bins hold many demands."""
    draw = random.Random(seed)
    demands = [(draw.randint(0, 12), draw.randint(0, 12)) for _ in range(7)]
    assert decided(demands, (15, 20)) == optimum(demands, (15, 20))


@pytest.mark.usefixtures("no_patterns")
def test_sizes_of_many_digits_are_cut_for_the_solver() -> None:
    """Floats, and capacities far above all demands, do not overflow it."""
    demands = [(1 / 3, 1), (0.5, 1), (2 / 3, 1), (0.5, 1), (1 / 3, 1), (2 / 3, 1)]
    assert decided(demands, (1.0, 10**30)) == 3
    assert decided([1 / 3, 2 / 3, 0.25, 0.75], 1.0) == 2


@pytest.mark.usefixtures("no_patterns")
def test_cutting_never_overfills(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes cut so far that two look like fitting are then rounded up, and kept apart."""
    monkeypatch.setattr(solver, "_BITS", 3)
    kinds = Kinds.of(read([33, 33, 33, 33], 65))
    with pytest.raises(solver.UndecidedError):
        solver.pack_into(kinds, 3, [[0], [1], [2], [3]], time.monotonic() + 10)


@LAW
@given(sizes=st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_the_bound_is_never_above_the_optimum(sizes: list[float]) -> None:
    """Not even by rounding: of floats, sums just above a bin count as a bin."""
    instance = read(sizes, 1.0)
    assert lower_bound(sizes, 1.0) <= optimum(instance.vectors(), instance.limits)


@LAW
@given(sizes=st.lists(st.integers(1, 20), min_size=1, max_size=12))
def test_the_bound_is_the_one_of_the_paper(sizes: list[int]) -> None:
    """L2 by its definition, threshold by threshold, in fractions."""
    limit, best = 20, 0
    for threshold in range(limit // 2 + 1):
        alone = [s for s in sizes if s > limit - threshold]
        large = [s for s in sizes if limit - threshold >= s > limit / 2]
        small = [s for s in sizes if limit / 2 >= s >= threshold]
        spare = len(large) * limit - sum(large)
        more = max(0, math.ceil(Fraction(sum(small) - spare, limit)))
        best = max(best, len(alone) + len(large) + more)
    assert martello_toth(sizes, limit) == best


@pytest.mark.parametrize("seed", range(6))
def test_uniform_instances_are_solved(seed: int) -> None:
    """120 demands of 20 to 100 in bins of 150, as Falkenauer's uniform class (1996)."""
    draw = random.Random(seed)
    demands = [draw.randint(20, 100) for _ in range(120)]
    packing = pack(demands, 150, method="exact")
    assert packing.is_optimal
    assert packing.count <= pack(demands, 150).count
    scaled = pack([demand / 150 for demand in demands], 1.0, method="exact")
    assert scaled.count == packing.count  # what is full in whole numbers is full in floats


def test_sixty_triplets_are_packed_in_floats_too() -> None:
    """Twenty bins without any room, of numbers that are all rounded."""
    draw = random.Random(7)
    demands = []
    for _ in range(20):
        first = draw.uniform(0.38, 0.49)
        second = draw.uniform(0.25, (1 - first) / 2)
        demands += [first, second, 1 - first - second]
    assert pack(demands, 1.0, method="exact").count == 20


def test_five_hundred_machines_of_few_shapes_are_quick() -> None:
    """The kinds count, not the demands."""
    draw = random.Random(2)
    shapes = [(1, 4), (2, 4), (4, 32), (8, 16), (2, 16), (16, 64), (3, 5), (6, 40)]
    packing = pack([draw.choice(shapes) for _ in range(500)], (40, 192), method="exact")
    assert packing.is_optimal


def test_very_many_demands_in_a_bin_do_not_exhaust_recursion() -> None:
    """Bins of more demands than Python allows levels of recursion are left to the heuristics."""
    kinds = Kinds.of(read([1 + i for i in range(1200)], 10**6))
    assert len(refill.refill(kinds, [[i] for i in range(1200)], 1, math.inf)) <= 1200
    with pytest.raises(patterns.TooManyPatternsError):
        patterns.full_patterns(kinds, 1, math.inf)


@pytest.mark.usefixtures("no_patterns")
def test_what_is_too_large_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no time would do, none is spent, and the advice is another."""
    monkeypatch.setattr(solver, "_MOST_PLACES", 1)
    with pytest.raises(OptimumNotProvenError) as raised:
        pack([4] * 5, 10, method="exact", time_limit_s=math.inf)
    assert "too many demands" in str(raised.value)
    assert "time_limit_s" not in str(raised.value)
    assert (raised.value.packing.count, raised.value.packing.lower_bound) == (3, 2)


@pytest.mark.parametrize("limit", [0, -1, math.nan, "60", True, None])
def test_a_time_limit_is_a_positive_number(limit: Any) -> None:
    """Anything else is refused before any work."""
    with pytest.raises(TimeLimitError, match="time limit in seconds"):
        pack([1], 2, method="exact", time_limit_s=limit)


def test_no_time_limit_is_infinity() -> None:
    """The solver may be given all the time there is."""
    assert pack([4] * 5, 10, method="exact", time_limit_s=math.inf).count == 3


@pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to one process there")
def test_an_interrupt_stops_the_solver() -> None:
    """Ctrl-C, and a notebook's interrupt, end a search that would take minutes."""
    script = """
import random
from course.sizing import pack, patterns, refill, solver

patterns._MOST_STEPS = refill._MOST_STEPS = -1  # so that the slowest way is taken
inner = solver._solve
def announced(*arguments):
    print("searching", flush=True)
    return inner(*arguments)
solver._solve = announced
draw = random.Random(0)
demands = []
for _ in range(20):
    first = draw.randint(380, 490)
    second = draw.randint(250, (1000 - first) // 2)
    demands += [first, second, 1000 - first - second]
draw.shuffle(demands)
pack(demands, 1000, method="exact", time_limit_s=300)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "searching\n"
        time.sleep(0.5)  # until the search is under way, beyond what it announces
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors


class Shape(NamedTuple):
    """A demand whose dimensions have names."""

    cores: float
    memory_gib: float


class Turned(NamedTuple):
    """The same, the other way round."""

    memory_gib: float
    cores: float


def test_named_dimensions_are_named() -> None:
    """The error says which resource is short; swapped ones are refused."""
    assert pack([Shape(1, 2)] * 3, Shape(2, 8)).count == 2
    with pytest.raises(DemandTooLargeError, match=r"dimension 1 \(memory_gib\)") as raised:
        pack([Shape(1, 80)], Shape(8, 64))
    assert (raised.value.index, raised.value.dimension) == (0, 1)
    with pytest.raises(DemandError, match="expected the dimensions"):
        pack([Turned(8, 1)], Shape(8, 64))


def through_pickle(error: Any) -> Any:
    """Return what arrives of an error in another process."""
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - it was pickled here


def test_errors_travel_between_processes() -> None:
    """Graders pack in worker processes, and what an error carries arrives."""
    with pytest.raises(DemandTooLargeError) as raised:
        pack([3, 11], 10)
    again = through_pickle(raised.value)
    assert (str(again), again.index, again.demand) == (str(raised.value), 1, 11)
    unproven = OptimumNotProvenError.of(pack([4] * 5, 10), 1.0)
    again = through_pickle(unproven)
    assert (str(again), again.packing) == (str(unproven), unproven.packing)
    unknown = through_pickle(UnknownMethodError("ffd", ("first_fit_decreasing",)))
    assert unknown.near == "first_fit_decreasing"


def test_fewest_says_what_it_knows() -> None:
    """A packing at the bound is returned as it is, without a look at the demands."""
    instance = read([5, 5], 10)
    assert exact.fewest(instance, [[0, 1]], 1, 1.0) == ([[0, 1]], 1, False)
