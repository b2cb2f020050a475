"""Allocation over time and overcommitment: the laws, and the slow ways of reckoning the same."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.sizing import (
    AmountError,
    SizingError,
    allocate,
    capacity_for_risk,
    overcommit,
    overcommit_curve,
    overcommit_for_risk,
    risk,
)

LAW = settings(derandomize=True, deadline=None, max_examples=100)

DAY, NIGHT = [4, 4, 1, 1], [1, 1, 4, 4]
TRACES = st.integers(1, 12).flatmap(
    lambda steps: st.lists(
        st.lists(st.integers(0, 9), min_size=steps, max_size=steps), min_size=1, max_size=8
    )
)


@LAW
@given(traces=TRACES)
def test_sharing_never_needs_more(traces: list[list[int]]) -> None:
    """The mean is at most the peak of the sum, and that at most the sum of the peaks."""
    found = allocate(traces, 20)
    assert found.mean_of_sum <= found.peak_of_sum * (1 + 1e-9)
    assert found.peak_of_sum <= found.sum_of_peaks
    assert found.quantile_of_sum <= found.peak_of_sum
    assert found.hosts_pooled <= found.hosts_dynamic <= len(traces)
    assert found.hosts_pooled <= found.hosts_static
    assert 0 <= found.idle_share <= 1
    assert [row["total"] for row in found.records()] == [
        sum(column) for column in zip(*traces, strict=True)
    ]


@LAW
@given(traces=TRACES, capacity=st.integers(0, 60))
def test_risk_is_the_share_of_steps_over(traces: list[list[int]], capacity: int) -> None:
    """It is counted step by step, and falls to nothing at the peak of the sum."""
    totals = [sum(column) for column in zip(*traces, strict=True)]
    assert risk(traces, capacity) == sum(t > capacity for t in totals) / len(totals)
    assert risk(traces, max(totals)) == 0


@LAW
@given(traces=TRACES, allowed=st.floats(0, 1))
def test_the_capacity_for_a_risk_is_the_least(traces: list[list[int]], allowed: float) -> None:
    """It keeps the risk, and with less of it the risk is exceeded, if that can be."""
    capacity = capacity_for_risk(traces, allowed)
    assert risk(traces, capacity) <= allowed + 1e-9
    totals = [sum(column) for column in zip(*traces, strict=True)]
    smaller = [total for total in totals if total < capacity]
    if smaller:
        assert risk(traces, max(smaller)) > allowed - 1e-9


def test_opposite_tenants_share_a_host() -> None:
    """Tenants that are busy at different hours need half of what their peaks say."""
    found = allocate([DAY, NIGHT] * 4, 10)
    assert (found.sum_of_peaks, found.peak_of_sum) == (32, 20)
    assert (found.hosts_static, found.hosts_dynamic, found.hosts_pooled) == (4, 2, 2)
    assert "4 hosts against 2" in found.reason


def test_tenants_busy_together_gain_nothing() -> None:
    """Where all peaks come at once, sharing saves no host."""
    found = allocate([DAY] * 6, 8)
    assert found.sum_of_peaks == found.peak_of_sum
    assert found.hosts_static == found.hosts_dynamic == 3


def test_quantiles_do_not_add_up() -> None:
    """The sum of the tenants' quantiles is not the quantile of their sum."""
    spikes = np.eye(20)  # each tenant is busy in a step of its own
    found = allocate(spikes, 1, quantile=0.95)
    assert found.sum_of_quantiles == 0
    assert found.quantile_of_sum == 1


@LAW
@given(traces=TRACES, capacity=st.integers(1, 40))
def test_an_overcommitted_host_step_by_step(traces: list[list[int]], capacity: int) -> None:
    """Excesses, runs and utilisation are those that going through the steps finds."""
    found = overcommit(traces, capacity)
    totals = [sum(column) for column in zip(*traces, strict=True)]
    excess = [max(0, total - capacity) for total in totals]
    runs = [len(list(run)) for above, run in itertools.groupby(excess, bool) if above]
    assert found.totals == tuple(totals)
    assert found.ratio == sum(map(max, traces)) / capacity
    assert found.share_of_time_over == risk(traces, capacity)
    assert found.worst_excess == max(excess)
    assert found.longest_over_steps == max(runs, default=0)
    assert (
        found.mean_excess == pytest.approx(sum(excess) / sum(map(bool, excess))) if runs else True
    )
    assert found.utilisation == pytest.approx(
        sum(min(total, capacity) for total in totals) / len(totals) / capacity
    )
    assert [row["over"] for row in found.records()] == [e > 0 for e in excess]
    assert found.binding == ("cores" if runs else None)


@LAW
@given(
    traces=st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=1, max_size=5),
    capacity=st.integers(1, 20),
)
def test_independent_tenants_by_trying_every_case(traces: list[list[int]], capacity: int) -> None:
    """The probability of running out is the share of all combinations of the tenants' steps."""
    cases = [sum(case) > capacity for case in itertools.product(*traces)]
    found = overcommit(traces, capacity).probability_of_running_out
    assert found == pytest.approx(sum(cases) / len(cases), abs=1e-9)


def test_independence_is_what_correlated_tenants_lack() -> None:
    """Eight tenants with one rhythm run out in half of the time; unlinked ones seldom would."""
    found = overcommit([DAY] * 8, 26)
    assert found.share_of_time_over == 0.5
    assert found.probability_of_running_out == pytest.approx(9 / 256)  # 7 or 8 of 8 are busy


def test_the_many_tenants_of_a_normal_distribution() -> None:
    """A hundred uniform demands exceed their mean by 2 deviations as often as a normal sum does."""
    trace = [step / 1000 + 0.0005 for step in range(1000)]
    deviation = math.sqrt(100 / 12)
    found = overcommit([trace] * 100, 50 + 2 * deviation).probability_of_running_out
    assert found == pytest.approx(math.erfc(math.sqrt(2)) / 2, rel=0.03)


@LAW
@given(traces=TRACES, capacity=st.integers(9, 40), allowed=st.floats(0, 1))
def test_as_many_tenants_as_a_risk_allows(
    traces: list[list[int]], capacity: int, allowed: float
) -> None:
    """The risk is kept, and one tenant more would exceed it."""
    found = overcommit_for_risk(traces, capacity, allowed)
    assert found.share_of_time_over <= allowed + 1e-9
    if found.tenants < len(traces):
        assert risk(traces[: found.tenants + 1], capacity) > allowed
    row = overcommit_curve(traces, capacity)[found.tenants - 1]
    assert (row["tenants"], row["ratio"]) == (found.tenants, found.ratio)
    assert row["risk"] == found.share_of_time_over
    assert row["worst_excess"] == found.worst_excess


def test_a_ratio_admits_what_was_booked() -> None:
    """Bookings count for the ratio, whatever is really asked for."""
    traces = [DAY] * 6
    assert overcommit(traces, 8, ratio=1.5).tenants == 3
    assert overcommit(traces, 8, ratio=1.5, booked=[6] * 6).tenants == 2
    assert overcommit(traces, 8, tenants=2).ratio == 1
    assert overcommit(traces, 8).tenants == 6


def test_floats_that_are_meant_to_fit_fit() -> None:
    """Ten tenths are one."""
    assert risk([[0.1]] * 10, 1.0) == 0
    assert overcommit([[0.1]] * 10, 1.0).probability_of_running_out == 0
    assert overcommit([[1 / 3]] * 3, 1.0).probability_of_running_out == 0
    assert overcommit([[0.1]] * 10, 1.0, ratio=1).tenants == 10


BAD: list[tuple[Any, str]] = [
    (lambda: allocate([], 4), "at least one tenant"),
    (lambda: allocate([[]], 4), "at least one tenant"),
    (lambda: allocate([[1, 2], [3]], 4), "all of one length"),
    (lambda: allocate([1, 2, 3], 4), "all of one length"),
    (lambda: allocate([[1, -2]], 4), "found -2 for tenant 0, step 1"),
    (lambda: allocate([[1, math.nan]], 4), "found nan"),
    (lambda: allocate([[1, 2]], 0), "capacity"),
    (lambda: allocate([[1, 2]], math.inf), "capacity"),
    (lambda: allocate([[1, 5]], 4), "a peak of 5 of tenant 0"),
    (lambda: allocate([[1, 2]], 4, quantile=95), "quantile"),
    (lambda: risk([[1]], -1), "capacity"),
    (lambda: capacity_for_risk([[1]], 1.5), "risk"),
    (lambda: overcommit([[1]], 4, ratio=2, tenants=1), "found both"),
    (lambda: overcommit([[3]], 4, ratio=0.5), "admits at least one"),
    (lambda: overcommit([[3]], 4, tenants=2), "tenants"),
    (lambda: overcommit([[3]], 4, tenants=1.0), "whole number"),  # type: ignore[arg-type]
    (lambda: overcommit([[3]], 4, booked=[1, 2]), "booking"),
    (lambda: overcommit([[3]], 4, booked=[-1]), "booking"),
    (lambda: overcommit_for_risk([[9, 1]], 4, 0.1), "50.00%"),
]


@pytest.mark.parametrize(("work", "said"), BAD)
def test_bad_input_is_named(work: Any, said: str) -> None:
    """An error says which number is wrong and what was expected."""
    with pytest.raises(SizingError) as raised:
        work()
    assert said in str(raised.value)
    assert isinstance(raised.value, AmountError)
