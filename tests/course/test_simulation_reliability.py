"""The arithmetic of availability: its laws, and what is enumerated by hand."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.simulation.errors import ParameterError, UnknownNameError
from course.simulation.failing.reliability import (
    POLICIES,
    availability,
    availability_of,
    expected_availability,
    in_parallel,
    in_series,
    k_of_n,
    minutes_down_per_year,
    nines,
    spare_hosts_for,
    with_spares,
)

LAW = settings(derandomize=True, deadline=None, max_examples=100)
SHARE = st.floats(0, 1)


def enumerated(shares: list[float], works) -> float:
    """Add up the probabilities of all states in which something works."""
    return math.fsum(
        math.prod(a if up else 1 - a for a, up in zip(shares, state, strict=True))
        for state in itertools.product((True, False), repeat=len(shares))
        if works(sum(state))
    )


@LAW
@given(st.lists(SHARE, min_size=1, max_size=6))
def test_series_and_parallel_are_what_counting_all_states_gives(shares: list[float]) -> None:
    """In series all have to work, in parallel any."""
    everything = len(shares)
    assert in_series(*shares) == pytest.approx(enumerated(shares, lambda up: up == everything))
    assert in_parallel(*shares) == pytest.approx(enumerated(shares, lambda up: up > 0))
    assert in_series(*shares) <= min(shares) + 1e-12
    assert in_parallel(*shares) >= max(shares) - 1e-12


@LAW
@given(st.integers(1, 7), SHARE, st.data())
def test_k_of_n_lies_between_parallel_and_series(parts: int, each: float, data) -> None:
    """One of n is in parallel, n of n in series, and the rest is counted."""
    needed = data.draw(st.integers(0, parts))
    found = k_of_n(needed, parts, each)
    assert found == pytest.approx(enumerated([each] * parts, lambda up: up >= needed))
    assert k_of_n(1, parts, each) == pytest.approx(in_parallel(*[each] * parts))
    assert k_of_n(parts, parts, each) == pytest.approx(in_series(*[each] * parts))
    assert k_of_n(0, parts, each) == pytest.approx(1)


@LAW
@given(st.integers(1, 6), st.integers(0, 3), SHARE)
def test_spares_carry_what_others_drop(hosts: int, spare: int, each: float) -> None:
    """A service has a host unless more are down than stand by; each spare helps."""
    counted = sum(
        math.prod(each if up else 1 - each for up in state) * min(hosts, sum(state)) / hosts
        for state in itertools.product((True, False), repeat=hosts + spare)
    )
    assert with_spares(hosts, spare, each) == pytest.approx(counted)
    assert with_spares(hosts, 0, each) == pytest.approx(each)
    assert with_spares(hosts, spare + 1, each) >= with_spares(hosts, spare, each) - 1e-12


@LAW
@given(st.integers(1, 200), st.floats(0.5, 0.9999), st.floats(0.5, 0.99999))
def test_the_spare_hosts_found_are_the_fewest(hosts: int, each: float, wanted: float) -> None:
    """With them it suffices, with one less it does not."""
    found = spare_hosts_for(hosts, each, wanted)
    assert with_spares(hosts, found, each) >= wanted
    assert found == 0 or with_spares(hosts, found - 1, each) < wanted


@LAW
@given(SHARE)
def test_minutes_and_nines_say_the_same(share: float) -> None:
    """One can be turned into the other, and back."""
    assert availability_of(minutes_down_per_year(share)) == pytest.approx(share, abs=1e-12)
    if share < 1:
        assert 1 - 10 ** -nines(share) == pytest.approx(share, abs=1e-12)


def test_extremes() -> None:
    """What is never repaired, and what never fails, have no surprises."""
    assert nines(1) == math.inf
    assert availability(5, 0) == 1
    assert k_of_n(3, 3, 1) == 1
    assert k_of_n(1, 3, 0) == 0
    assert (
        expected_availability(
            "restart", mean_time_to_failure_h=1, mean_time_to_repair_h=0, restart_s=1e7
        )
        == 0
    )


TIMES = {
    "mean_time_to_failure_h": 500,
    "mean_time_to_repair_h": 5,
    "detection_s": 340,
    "restart_s": 60,
    "by_hand_s": 3600,
    "migration_downtime_s": 0.3,
}


def test_each_policy_is_better_than_the_one_before() -> None:
    """From somebody who has to come, to services that are moved in time."""
    found = [expected_availability(policy, warning_share=0.5, **TIMES) for policy in POLICIES]
    assert found == sorted(found)
    assert len(set(found)) == len(POLICIES)
    alone = expected_availability("live-migration", **TIMES)
    assert alone == pytest.approx(expected_availability("restart-elsewhere", **TIMES))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: availability(0, 1), "mean_time_to_failure_h"),
        (lambda: availability(1, math.nan), "mean_time_to_repair_h"),
        (lambda: in_series(), "at least one part"),
        (lambda: in_parallel(0.9, 1.1), "at most 1, found 1.1"),
        (lambda: k_of_n(4, 3, 0.9), "needed"),
        (lambda: k_of_n(1, 2.5, 0.9), "a whole number"),
        (lambda: with_spares(0, 1, 0.9), "hosts"),
        (lambda: spare_hosts_for(3, 0.0, 0.9), "10,000 do not"),
        (lambda: minutes_down_per_year(-0.1), "share"),
        (lambda: availability_of(600_000), "minutes_per_year"),
        (lambda: expected_availability("restart", **(TIMES | {"restart_s": -1})), "restart_s"),
    ],
)
def test_what_cannot_be_is_refused(call, message: str) -> None:
    """Errors name the parameter."""
    with pytest.raises(ParameterError, match=message):
        call()


def test_an_unknown_policy_is_named() -> None:
    """And so is the one that may have been meant."""
    with pytest.raises(UnknownNameError, match="Did you mean 'live-migration'"):
        expected_availability("live migration", **TIMES)
