"""Snapshots: what crashes lose, and how often to save."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from course.simulation.errors import ParameterError
from course.simulation.failing.recovering import best_interval_h, recovery

LAW = settings(derandomize=True, deadline=None, max_examples=100)


@LAW
@given(st.floats(0.1, 100), st.floats(0, 1), st.lists(st.floats(0, 8000), max_size=20))
def test_a_crash_loses_what_is_not_in_the_last_complete_snapshot(
    interval_h: float, part: float, crashes_h: list[float]
) -> None:
    """It is found by going through all snapshots, one after the other."""
    snapshot_s = part * interval_h * 3600
    found = recovery(interval_h, restore_s=60, snapshot_s=snapshot_s, crashes_h=crashes_h)
    for row in found.records():
        time_h, saved_h, number = row["time_h"], 0.0, 1
        while number * interval_h + snapshot_s / 3600 <= time_h:
            saved_h, number = number * interval_h, number + 1
        lost_h = row["lost_s"] / 3600
        # On the very edge, rounding may take the snapshot before or after.
        assert (
            min(
                abs(lost_h - (time_h - saved_h)),
                abs(lost_h - (time_h - saved_h) - interval_h),
                abs(lost_h - (time_h - saved_h) + interval_h),
            )
            < 1e-6
        )
        assert row["lost_s"] <= found.worst_possible_s * (1 + 1e-9)


def test_two_crashes_by_hand() -> None:
    """A snapshot every 6 h that takes an hour: at 12:30 the one of 6:00 is the last to use."""
    found = recovery(
        6, restore_s=600, snapshot_s=3600, detection_s=120, crashes_h=[12.5, 13.5], years=0.01
    )
    assert found.lost_s == pytest.approx((6.5 * 3600, 1.5 * 3600))
    assert found.recovery_time_s == 720
    assert found.recovery_point_s == 4 * 3600
    assert found.worst_recovery_point_s == 6.5 * 3600
    assert found.lost_h == pytest.approx(8)
    assert found.down_s == 1440
    assert found.availability == pytest.approx(1 - 1440 / (87.6 * 3600))


def test_the_mean_loss_is_half_an_interval_and_the_delay() -> None:
    """Many crashes at random times come within three standard errors of it."""
    found = recovery(
        4, restore_s=60, snapshot_s=1800, mean_time_to_failure_h=10, years=20,
        generator=default_rng(3),
    )  # fmt: skip
    assert found.crashes > 10_000
    # Losses are spread evenly over an interval.
    error = 4 * 3600 / math.sqrt(12 * found.crashes)
    assert found.expected_recovery_point_s == 2 * 3600 + 1800
    assert found.recovery_point_s == pytest.approx(found.expected_recovery_point_s, abs=3 * error)


def test_the_best_interval_costs_least() -> None:
    """Half or twice as often costs more, in pauses and lost work together."""
    best = best_interval_h(30, 500)

    def cost(interval_h: float) -> float:
        found = recovery(interval_h, restore_s=0, pause_s=30, crashes_h=[])
        return found.share_paused + found.expected_recovery_point_s / 3600 / 500

    assert cost(best) < min(cost(best / 2), cost(best * 2), cost(best * 1.1), cost(best * 0.9))


def test_no_crash_is_said() -> None:
    """Nothing is lost then, and the remark says why."""
    found = recovery(24, restore_s=60, crashes_h=[])
    assert (found.crashes, found.recovery_point_s, found.lost_h, found.availability) == (0, 0, 0, 1)
    assert "nothing crashed" in found.remark


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"interval_h": 0}, "interval_h"),
        ({"restore_s": -1}, "restore_s"),
        ({"snapshot_s": 90_000}, "snapshot_s"),
        ({"pause_s": math.nan}, "pause_s"),
        ({"crashes_h": [-1]}, "crashes_h"),
        ({"crashes_h": None}, "found neither"),
        ({"mean_time_to_failure_h": 100}, "found both"),
        ({"crashes_h": None, "mean_time_to_failure_h": 100}, r"numpy.random.default_rng\(1\)"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict, message: str) -> None:
    """Errors name the parameter."""
    given = {"interval_h": 24, "restore_s": 60, "crashes_h": [1]} | wrong
    with pytest.raises(ParameterError, match=message):
        recovery(given.pop("interval_h"), **given)
    with pytest.raises(ParameterError, match="pause_s"):
        best_interval_h(0, 100)
