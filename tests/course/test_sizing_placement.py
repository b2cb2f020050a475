"""Placement on unlike hosts: nothing is overfull, nothing is lost, and what is said of it is so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.sizing import (
    PLACEMENT_METHODS,
    AmountError,
    SizingError,
    UnknownMethodError,
    pack,
    place,
)

LAW = settings(derandomize=True, deadline=None, max_examples=60)
DECREASING = ("first_fit_decreasing", "best_fit_decreasing", "worst_fit_decreasing")

WHOLE = st.integers(0, 20)
PAIRS = st.lists(st.tuples(WHOLE, WHOLE), max_size=25)
HOSTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6)


@pytest.mark.parametrize("method", PLACEMENT_METHODS)
@LAW
@given(demands=PAIRS, hosts=HOSTS)
def test_laws_of_every_method(method: str, demands: list[Any], hosts: list[Any]) -> None:
    """Every demand is on one host or named as unplaced, loads add up, and no host is overfull."""
    placed = place(demands, hosts, method)
    assert len(placed.host_of) == len(demands)
    assert sorted([*placed.unplaced, *(i for its in placed.tenants for i in its)]) == list(
        range(len(demands))
    )
    for tenants, load, has in zip(placed.tenants, placed.loads, hosts, strict=True):
        sums = [sum(demands[i][d] for i in tenants) for d in (0, 1)]
        assert list(load) == sums
        assert all(s <= h for s, h in zip(sums, has, strict=True))
    assert placed.hosts_used == sum(map(bool, placed.tenants))


@pytest.mark.parametrize("method", PLACEMENT_METHODS)
@LAW
@given(demands=PAIRS, hosts=HOSTS)
def test_what_is_unplaced_fits_nowhere(method: str, demands: list[Any], hosts: list[Any]) -> None:
    """No demand is given up while a host still has room for it, and the reason names it."""
    placed = place(demands, hosts, method)
    for index in placed.unplaced:
        for has, load in zip(hosts, placed.loads, strict=True):
            rest = [h - used for h, used in zip(has, load, strict=True)]
            assert any(d > r for d, r in zip(demands[index], rest, strict=True))
        assert f"Demand {index} asks for" in placed.why_unplaced(index)


@pytest.mark.parametrize("method", ["first_fit", "first_fit_decreasing", "best_fit_decreasing"])
@LAW
@given(demands=st.lists(st.tuples(WHOLE, WHOLE), min_size=1, max_size=30))
def test_like_hosts_are_filled_as_by_pack(method: str, demands: list[Any]) -> None:
    """With enough hosts of one size, the placement is the packing."""
    packing = pack(demands, (32, 32), method)
    placed = place(demands, [(32, 32)] * len(demands), method)
    if method == "best_fit_decreasing":
        # An empty host counts as open here, and is chosen last.
        assert placed.hosts_used == packing.count
    assert placed.host_of == packing.placement


def test_worst_fit_spreads_and_best_fit_crowds() -> None:
    """The one leaves every host some room, the other leaves whole hosts empty."""
    demands, hosts = [2, 2, 2, 2], [8, 8, 8, 8]
    assert place(demands, hosts, "worst_fit_decreasing").hosts_used == 4
    assert place(demands, hosts, "best_fit_decreasing").hosts_used == 1


def test_what_is_scarce_counts_for_more() -> None:
    """A demand for the only accelerator comes before larger ones for plentiful memory."""
    placed = place([(60, 0), (50, 1)], [(64, 1), (64, 0)], "first_fit_decreasing")
    assert placed.host_of == (1, 0)


def test_the_binding_resource_is_named_host_by_host() -> None:
    """On each host it is the resource of which the largest share is used."""
    placed = place(
        [(4, 8), (1, 40)], [(4, 64), (8, 48)], "first_fit", resources=("cores", "memory_gib")
    )
    assert [placed.binding(host) for host in (0, 1)] == ["cores", "memory_gib"]
    assert "cores runs out first, 100% of it is used" in placed.reason(0)
    assert placed.binding() == "memory_gib"  # 48 of 112 against 5 of 12
    assert {(row["host"], row["resource"]) for row in placed.records() if row["binding"]} == {
        (0, "cores"),
        (1, "memory_gib"),
    }


def test_nothing_binds_where_nothing_is() -> None:
    """An empty host has no binding resource."""
    placed = place([], [(4, 8)])
    assert placed.binding(0) is None
    assert placed.utilisation == (0.0, 0.0)
    assert "nothing is used" in placed.reason()


def test_reasons_tell_too_large_from_too_full() -> None:
    """A demand that fits on no empty host is told apart from one that came too late."""
    placed = place([5, 3, 3], [4, 4])
    assert "no host is as large" in placed.why_unplaced(0)
    late = place([3, 3, 3], [4, 2, 5])
    assert "2 of 3 hosts would hold it if empty" in late.why_unplaced(2)
    with pytest.raises(AmountError, match="which is on host"):
        late.why_unplaced(0)
    with pytest.raises(AmountError, match="found 9"):
        late.why_unplaced(9)


def test_floats_that_are_meant_to_fit_fit() -> None:
    """0.1 and 0.2 fit in 0.3, and a hair more does not."""
    assert not place([0.1, 0.2], [0.3]).unplaced
    assert place([0.1, 0.2001], [0.3]).unplaced


def test_pods_on_a_whole_cluster() -> None:
    """Ten thousand pods of four resources are placed on 1,500 unlike hosts, none overfull."""
    draw = np.random.default_rng(6)
    hosts = draw.integers(8, 33, (1500, 4))
    pods = draw.integers(1, 4, (10_000, 4))
    placed = place(pods, hosts)
    assert (np.array(placed.loads) <= hosts).all()
    assert len(placed.unplaced) + sum(map(len, placed.tenants)) == 10_000
    assert len(repr(placed)) < 500


BAD: list[tuple[Any, Any, str]] = [
    ([(1, 2), (3,)], [(4, 4)], "all of one length"),
    ([(1, -2)], [(4, 4)], "found -2 for demand 0, resource 1"),
    ([(1, math.nan)], [(4, 4)], "found nan"),
    ([(1, 1)], [(4, math.inf)], "found inf for host 0"),
    ([(1, 1)], [], "at least one host"),
    ([(1, 1, 1)], [(4, 4)], "found 3 in demands and 2 in hosts"),
    ([("1", "2")], [(4, 4)], "row of numbers"),
    (None, [(4, 4)], "row of numbers"),
]


@pytest.mark.parametrize(("demands", "hosts", "said"), BAD)
def test_bad_input_is_named(demands: Any, hosts: Any, said: str) -> None:
    """An error says which number is wrong and what was expected."""
    with pytest.raises(SizingError) as raised:
        place(demands, hosts)
    assert said in str(raised.value)


def test_unknown_names_are_refused() -> None:
    """A near miss of a method is guessed at, and names are one for each resource."""
    with pytest.raises(UnknownMethodError, match="best_fit_decreasing"):
        place([1], [2], "best fit")
    for names in (("a",), ("a", "a"), "ab"):
        with pytest.raises(AmountError, match="different name for each of 2"):
            place([(1, 1)], [(2, 2)], resources=names)
    with pytest.raises(AmountError, match="expected a host from 0 to 0"):
        place([1], [2]).binding(1)
