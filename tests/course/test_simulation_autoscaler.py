"""The autoscaler's rule: what Kubernetes documents, and what follows from it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.simulation.errors import ParameterError
from course.simulation.scaling.autoscaler import Autoscaler, Limit, desired_replicas
from course.simulation.scaling.controller import Controller

LAW = settings(derandomize=True, deadline=None, max_examples=150)
REPLICAS = st.integers(1, 200)
SHARE = st.floats(0, 1)
TARGET = st.floats(0.05, 1)


@LAW
@given(REPLICAS, SHARE, TARGET, st.floats(0, 0.5))
def test_the_rule_is_the_documented_formula(
    current: int, utilisation: float, target: float, tolerance: float
) -> None:
    """Within the tolerance nothing changes, and else it is ceil(current * ratio)."""
    found = desired_replicas(current, utilisation, target, tolerance)
    ratio = utilisation / target
    if abs(ratio - 1) < tolerance - 1e-6:
        assert found == current
    elif abs(ratio - 1) > tolerance + 1e-6:
        assert found - 1e-6 <= math.ceil(current * ratio) <= found + 1
        assert found >= current * ratio - 1e-6


@LAW
@given(REPLICAS, st.integers(0, 100), SHARE, TARGET)
def test_what_is_starting_never_makes_more(
    ready: int, starting: int, utilisation: float, target: float
) -> None:
    """None is added beyond what would be without them, and none is stopped under a high load."""
    alone = desired_replicas(ready, utilisation, target)
    found = desired_replicas(ready, utilisation, target, starting=starting)
    assert found <= max(alone, ready + starting)
    if utilisation > target * 1.1:
        assert found >= ready + starting


@pytest.mark.parametrize(
    ("current", "utilisation", "target", "desired"),
    [
        (10, 0.77, 0.7, 10),  # 10 percent above: at the edge of the tolerance
        (10, 0.771, 0.7, 12),
        (10, 0.63, 0.7, 10),
        (10, 0.6, 0.7, 9),
        (3, 0.9, 0.3, 9),  # 0.9 / 0.3 is a little above 3, and not meant so
        (5, 0.0, 0.7, 0),
    ],
)
def test_edges_of_the_rule(current, utilisation, target, desired) -> None:
    """Roundings of quotients start no replica."""
    assert desired_replicas(current, utilisation, target) == desired


def controller(**settings_: object) -> Controller:
    """Return an autoscaler at work, whose target is a half."""
    return Autoscaler(target_utilisation=0.5, **settings_).controller()


def test_a_lull_of_less_than_300_s_stops_nothing() -> None:
    """The highest recommendation of the last 300 s counts, and the one of just then no longer."""
    at_work = controller()
    assert at_work.step(0, 1.0, 10) == 20
    for time_s in range(15, 300, 15):
        assert at_work.step(time_s, 0.1, 20) == 20
    assert at_work.step(300, 0.1, 20) == 4


def test_what_is_there_at_first_counts_as_recommended() -> None:
    """An autoscaler that has just begun stops nothing for 300 s, either."""
    at_work = controller()
    assert [at_work.step(time_s, 0.1, 10) for time_s in range(0, 315, 15)] == [10] * 20 + [2]


def test_a_window_for_going_up_waits() -> None:
    """The lowest recommendation of the window counts."""
    at_work = controller(up_window_s=30)
    assert [at_work.step(time_s, 1.0, 4) for time_s in (0, 15, 30)] == [4, 4, 8]


def test_replicas_double_or_become_four_more_within_15_s() -> None:
    """Whichever is more; and all may go at once."""
    assert controller().step(0, 5.0, 2) == 6
    assert controller().step(0, 5.0, 9) == 18
    assert controller(down_window_s=0).step(0, 0.0, 90) == 1


def test_a_limit_holds_for_its_period() -> None:
    """One more each minute, however often it is asked; and one less."""
    up = controller(up_limit=Limit(replicas=1, period_s=60))
    there, seen = 4, []
    for time_s in range(0, 135, 15):
        there = up.step(time_s, 1.0, there)
        seen.append(there)
    assert seen == [5, 5, 5, 5, 6, 6, 6, 6, 7]
    down = controller(down_window_s=0, down_limit=Limit(share=0.1, period_s=60))
    assert [down.step(time_s, 0.0, ready) for time_s, ready in ((0, 20), (15, 18), (60, 18))] == [
        18,
        18,
        16,
    ]
    assert controller(up_limit=Limit()).step(0, 1.0, 4) == 4


@LAW
@given(
    st.lists(SHARE, min_size=1, max_size=40),
    st.integers(1, 5),
    st.integers(5, 30),
    st.sampled_from([0.0, 60.0, 300.0]),
    st.sampled_from([0.0, 45.0]),
)
def test_it_keeps_its_bounds_and_says_why(
    loads: list[float], least: int, most: int, down_s: float, up_s: float
) -> None:
    """Whatever comes: never below the least nor above the most; `decide` decides like `step`."""
    rule = Autoscaler(least=least, most=most, down_window_s=down_s, up_window_s=up_s)
    one, other = rule.controller(), rule.controller()
    there = least
    for number, utilisation in enumerate(loads):
        wanted = one.step(15 * number, utilisation, there)
        decision = other.decide(15 * number, utilisation, there)
        assert least <= wanted <= most
        assert decision.replicas == wanted
        assert decision.record()["reason"] == decision.reason != ""
        assert min(there, decision.recommended) <= wanted <= max(there, decision.recommended)
        there = wanted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target_utilisation": 70}, "70 percent are 0.7"),
        ({"target_utilisation": 0}, "target_utilisation"),
        ({"target_utilisation": "0.7"}, "target_utilisation"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"sync_s": 0}, "sync_s"),
        ({"down_window_s": math.nan}, "down_window_s"),
        ({"least": 0}, "least"),
        ({"least": 5, "most": 4}, "most"),
        ({"up_limit": 2}, "up_limit to be a Limit"),
    ],
)
def test_impossible_settings_are_refused(arguments, message) -> None:
    """The error names the setting."""
    with pytest.raises(ParameterError, match=message):
        Autoscaler(**arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: desired_replicas(0, 0.5, 0.5), "current"),
        (lambda: desired_replicas(4, -0.5, 0.5), "utilisation"),
        (lambda: desired_replicas(4, 0.5, 0), "target"),
        (lambda: desired_replicas(4, 0.5, 0.5, -1), "tolerance"),
        (lambda: desired_replicas(4, 0.5, 0.5, starting=-1), "starting"),
        (lambda: Limit(share=-1), "share"),
        (lambda: Limit(replicas=0.5), "replicas"),
        (lambda: Limit(period_s=0), "period_s"),
        (lambda: Autoscaler().controller().decide(0, 0.5, 0), "ready"),
    ],
)
def test_impossible_numbers_are_refused(call, message) -> None:
    """The error names the number."""
    with pytest.raises(ParameterError, match=message):
        call()
