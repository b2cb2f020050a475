"""Services on hosts that fail: the laws, the closed forms, and the same thing in SimPy."""

from __future__ import annotations

import math
import statistics
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from course.simulation.errors import ParameterError, UnknownNameError
from course.simulation.failing.failures import POLICIES, fail
from course.simulation.failing.outages import host_outages
from course.simulation.failing.process import fail_process
from course.simulation.failing.reliability import (
    HOURS_PER_YEAR,
    MINUTES_PER_YEAR,
    availability,
    expected_availability,
    with_spares,
)

CALM = {"mean_time_to_failure_h": 2000, "mean_time_to_repair_h": 8}
STEPS = {"detection_s": 340, "restart_s": 60, "by_hand_s": 1800, "migration_downtime_s": 2}


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.sampled_from(POLICIES),
    st.integers(1, 5),
    st.integers(0, 2),
    st.floats(20, 300),
    st.floats(0.05, 60),
    st.tuples(*[st.floats(0, 20_000)] * 4),
    st.integers(0, 2**32),
)
def test_processes_find_the_same_outages(
    policy: str, hosts: int, spare: int, failure: float, repair: float, steps: tuple, seed: int
) -> None:
    """Given the same failures, the SimPy model and the fast one have the same trace."""
    more = dict(zip(STEPS, steps, strict=True))
    duration_h = HOURS_PER_YEAR / 4
    fast = fail(
        hosts, spare_hosts=spare, policy=policy, mean_time_to_failure_h=failure,
        mean_time_to_repair_h=repair, warning_share=0.5, years=0.25, keep="outages",
        generator=default_rng(seed), **more,
    )  # fmt: skip
    plan = host_outages(hosts + spare, failure, repair, duration_h, 0.5, default_rng(seed))
    slow = fail_process(
        hosts, plan, spare_hosts=spare, policy=policy, duration_h=duration_h, **more
    )
    over = [each for each in fast.kept if each.end_h < duration_h]
    assert len(over) == len(slow)
    for one, other in zip(over, slow, strict=True):
        assert (one.group, one.cause) == (other.group, other.cause)
        assert one.start_h == pytest.approx(other.start_h, abs=1e-6)
        assert one.end_h == pytest.approx(other.end_h, abs=1e-6)


@pytest.mark.parametrize("policy", POLICIES)
def test_availability_is_within_three_standard_errors_of_its_closed_form(policy: str) -> None:
    """As many spare hosts as are ever needed make outages independent."""
    found = fail(
        100, spare_hosts=30, policy=policy, warning_share=0.4, years=50,
        generator=default_rng(7), **CALM, **STEPS,
    )  # fmt: skip
    expected = expected_availability(policy, warning_share=0.4, **CALM, **STEPS)
    assert found.availability == pytest.approx(expected, abs=3 * found.standard_error)
    # And the standard error is small enough for this to say something.
    assert found.standard_error < 0.05 * (1 - expected)


def test_scarce_spare_hosts_follow_the_binomial_distribution() -> None:
    """If failing over takes no time, a service is down only while too many hosts are."""
    hosts = {"mean_time_to_failure_h": 200, "mean_time_to_repair_h": 20}
    runs = [
        fail(
            6, spare_hosts=1, detection_s=0, restart_s=0, years=20,
            generator=default_rng(seed), **hosts,
        ).availability
        for seed in range(20)
    ]  # fmt: skip
    error = statistics.stdev(runs) / math.sqrt(len(runs))
    expected = with_spares(6, 1, availability(200, 20))
    assert statistics.mean(runs) == pytest.approx(expected, abs=3 * error)
    assert error < 0.1 * (1 - expected)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.sampled_from(POLICIES),
    st.integers(1, 8),
    st.integers(0, 3),
    st.floats(30, 1000),
    st.floats(0.1, 100),
    st.sampled_from([None, 200.0, 1000.0]),
    st.integers(0, 2**32),
)
def test_downtime_has_a_service_and_a_cause(
    policy: str, hosts: int, spare: int, failure: float, repair: float, every, seed: int
) -> None:
    """By service, by cause, and outage by outage, it comes to the same."""
    found = fail(
        hosts, spare_hosts=spare, services_per_host=3, policy=policy, warning_share=0.3,
        mean_time_to_failure_h=failure, mean_time_to_repair_h=repair, maintenance_every_h=every,
        maintenance_h=4, years=0.5, keep="outages", generator=default_rng(seed), **STEPS,
    )  # fmt: skip
    by_cause = sum(row["minutes_per_year"] for row in found.causes())
    by_outage = sum(each.end_h - each.start_h for each in found.kept) * 60 / hosts / found.years
    assert by_cause == pytest.approx(found.minutes_per_year, abs=1e-4)
    assert by_outage == pytest.approx(found.minutes_per_year, abs=1e-4)
    assert 0 <= found.availability <= 1
    assert found.worst_minutes_per_year <= MINUTES_PER_YEAR * (1 + 1e-9)
    assert len(found.kept) == found.outages == sum(found.outages_of)
    rows = found.records()
    assert [row["service"] for row in rows] == list(range(found.services))
    assert {row["host"] for row in rows} == set(range(hosts))
    # A group's outages do not overlap.
    for group in range(hosts):
        own = [each for each in found.kept if each.group == group]
        ends = [each.end_h for each in own]
        starts = [each.start_h for each in own]
        assert all(one <= other + 1e-9 for one, other in zip(ends, starts[1:], strict=False))


def test_the_same_generator_gives_the_same_failures() -> None:
    """A run can be repeated; another seed gives another."""
    one, same, other = (
        fail(10, years=5, generator=default_rng(seed), **CALM) for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_pieces_do_not_change_how_often_hosts_fail(monkeypatch) -> None:
    """Many short pieces of the plan are one long one: rates and order are kept."""
    monkeypatch.setattr("course.simulation.failing.outages._AT_ONCE", 50)
    pieces = list(host_outages(10, 100, 10, 20_000, 0.25, default_rng(3)))
    assert len(pieces) > 20
    ends = [0.0] * 10
    last = failures = announced = 0.0
    for piece in pieces:
        for host, start, end, warned in zip(
            piece.host, piece.start_h, piece.end_h, piece.announced, strict=True
        ):
            assert last <= start < piece.until_h
            assert ends[host] < start < end
            ends[host], last = end, start
            failures += 1
            announced += warned
    expected = 10 * 20_000 / 110
    assert failures == pytest.approx(expected, abs=3 * math.sqrt(expected))
    assert announced / failures == pytest.approx(0.25, abs=3 * math.sqrt(0.19 / failures))


def test_maintenance_costs_what_the_policy_makes_of_it() -> None:
    """It stops services, starts them elsewhere, or moves them; or it is left out."""
    reliable = {"mean_time_to_failure_h": 1e9, "mean_time_to_repair_h": 1, "years": 1}
    served = reliable | {"maintenance_every_h": 1000, "maintenance_h": 2} | STEPS
    stopped, moved, live, full = (
        fail(4, policy=policy, spare_hosts=spare, generator=default_rng(1), **served)
        for policy, spare in (
            ("restart", 0), ("restart-elsewhere", 1), ("live-migration", 1), ("live-migration", 0),
        )
    )  # fmt: skip
    assert stopped.maintenances == 4 * 9 - 1  # the last host's turn comes after the year
    assert stopped.minutes_per_year == pytest.approx(stopped.maintenances / 4 * 121, rel=0.01)
    # A spare host has its turns, too, and which hosts then carry services changes.
    assert moved.minutes_per_year == pytest.approx(moved.restarts / 4 * 1)
    assert live.minutes_per_year == pytest.approx(live.migrations / 4 * 2 / 60)
    assert live.migrations > 20
    assert full.maintenances == full.migrations == full.outages == 0
    assert full.postponed == 35
    assert "Maintenance was left out 35 times" in full.remark


def test_more_spare_hosts_and_earlier_notice_help() -> None:
    """Each lever of the lesson shortens the downtime."""

    def minutes(**more: object) -> float:
        found = fail(
            20, years=30, generator=default_rng(4), mean_time_to_failure_h=500,
            mean_time_to_repair_h=24, **more,
        )  # fmt: skip
        return found.minutes_per_year

    spared = [minutes(spare_hosts=spare) for spare in (0, 1, 3, 6)]
    assert spared == sorted(spared, reverse=True)
    assert minutes(spare_hosts=6, detection_s=30) < minutes(spare_hosts=6)
    assert minutes(spare_hosts=6, policy="live-migration", warning_share=0.8) < spared[-1] / 2


def test_nothing_happening_is_said() -> None:
    """No failure, or no migration, is a result that is told."""
    quiet = fail(1, mean_time_to_failure_h=1e9, mean_time_to_repair_h=1, generator=default_rng(1))
    assert (quiet.availability, quiet.outages, quiet.longest_outage_s) == (1, 0, 0)
    assert "no host failed: in 1 year" in quiet.remark
    assert quiet.outage_records() == []
    unwarned = fail(5, policy="live-migration", years=20, generator=default_rng(1), **CALM)
    assert unwarned.host_failures
    assert "Nothing was migrated" in unwarned.remark
    assert fail(5, years=20, generator=default_rng(1), **CALM).remark == ""


def test_memory_does_not_grow_with_the_years() -> None:
    """Ten times the failures are held in about as much."""

    def peak(years: float) -> int:
        tracemalloc.start()
        fail(20, years=years, mean_time_to_failure_h=50, mean_time_to_repair_h=1,
             spare_hosts=4, generator=default_rng(1))  # fmt: skip
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course.simulation.failing.outages._AT_ONCE", 2_000)
        assert peak(10) < 2 * peak(1)


def test_outages_are_kept_if_asked_for() -> None:
    """A summary has none, and says how to get them."""
    summary = fail(5, years=20, generator=default_rng(1), **CALM)
    with pytest.raises(ParameterError, match='keep="outages"'):
        summary.outage_records()
    kept = fail(5, years=20, generator=default_rng(1), keep="outages", **CALM)
    assert len(kept.outage_records()) == kept.outages == summary.outages
    assert set(kept.outage_records()[0]) == {"group", "start_h", "end_h", "cause"}


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"hosts": 0}, ParameterError, "hosts"),
        ({"hosts": 1.5}, ParameterError, "a whole number"),
        ({"services_per_host": 0}, ParameterError, "services_per_host"),
        ({"spare_hosts": -1}, ParameterError, "spare_hosts"),
        ({"mean_time_to_failure_h": 0}, ParameterError, "mean_time_to_failure_h"),
        ({"mean_time_to_repair_h": math.nan}, ParameterError, "mean_time_to_repair_h"),
        ({"warning_share": 1.1}, ParameterError, "warning_share"),
        ({"detection_s": -1}, ParameterError, "detection_s"),
        ({"years": 0}, ParameterError, "years"),
        ({"maintenance_every_h": 0.5}, ParameterError, "maintenance_every_h"),
        ({"generator": 1}, ParameterError, r"numpy.random.default_rng\(1\), found 1"),
        ({"policy": "restart elsewhere"}, UnknownNameError, "Did you mean 'restart-elsewhere'"),
        ({"keep": "all"}, UnknownNameError, "summary, outages"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict, error: type[Exception], message: str) -> None:
    """Errors name the parameter, or what may have been meant."""
    given = {"hosts": 3, "generator": default_rng(1), **CALM} | wrong
    with pytest.raises(error, match=message):
        fail(given.pop("hosts"), **given)
