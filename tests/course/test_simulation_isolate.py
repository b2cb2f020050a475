"""Isolation in models: fair shares, blast radius, exposure."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from course.simulation.errors import ParameterError, UnknownNameError
from course.simulation.isolate import (
    DESIGNS,
    EXPOSURE_POLICIES,
    Advisory,
    blast_radius,
    draw_advisories,
    exposure,
    noisy_neighbour,
    throttled_s,
)

LAW = settings(derandomize=True, deadline=None, max_examples=150)
TENANT = st.tuples(st.floats(0, 64), st.floats(1, 10_000), st.none() | st.floats(0, 64))


@LAW
@given(st.lists(TENANT, min_size=1, max_size=8), st.floats(0.5, 64))
def test_sharing_is_fair_and_wastes_nothing(tenants: list, cores: float) -> None:
    """Nobody gets more than asked or allowed, no core idles in vain, and who waits has most."""
    demands, shares, limits = zip(*tenants, strict=True)
    found = noisy_neighbour(demands, cores, shares=shares, limits_cores=limits)
    most = [d if limit is None else min(d, limit) for d, limit in zip(demands, limits, strict=True)]
    assert all(got <= cap for got, cap in zip(found.granted_cores, most, strict=True))
    assert found.utilisation <= 1 + 1e-9
    assert math.fsum(found.granted_cores) == pytest.approx(min(cores, math.fsum(most)), abs=1e-9)
    levels = [got / share for got, share in zip(found.granted_cores, shares, strict=True)]
    for tenant, (got, cap) in enumerate(zip(found.granted_cores, most, strict=True)):
        if got < cap * (1 - 1e-9):
            assert found.binding[tenant] == "share"
            assert levels[tenant] >= max(levels) * (1 - 1e-6)


def test_limits_protect_where_shares_do_not() -> None:
    """Shares bound what a neighbour can take from a victim, limits what it takes at all."""
    equal = noisy_neighbour([2, 32], 4)
    weighed = noisy_neighbour([2, 32], 4, shares=[3072, 1024])
    limited = noisy_neighbour([2, 32], 4, limits_cores=[None, 1])
    assert equal.slowdowns[0] == weighed.slowdowns[0] == 1
    assert limited.idle_cores == 1
    assert limited.binding == ("demand", "limit")
    crowd = noisy_neighbour([2, *[4] * 7], 4)
    assert crowd.slowdowns[0] == 4
    assert noisy_neighbour([2, *[4] * 7], 4, shares=[7168, *[1024] * 7]).slowdowns[0] == 1
    assert noisy_neighbour([1, 1], 4).remark
    assert noisy_neighbour([1], 4, limits_cores=[0]).slowdowns == (math.inf,)
    assert [row["tenant"] for row in crowd.records()] == list(range(8))


@LAW
@given(st.floats(0, 5), st.floats(0.05, 8), st.integers(1, 8))
def test_a_limit_is_kept_over_time(work: float, limit: float, threads: int) -> None:
    """No faster than the threads or the limit allow, and late by less than a period."""
    found = throttled_s(work, limit, threads=threads)
    assert found >= work / threads * (1 - 1e-9)
    sustained = work / min(limit, threads)
    assert sustained - 0.1 - 1e-9 <= found <= sustained * (1 + 1e-9) + 1e-9


@LAW
@given(
    st.sampled_from(DESIGNS), st.integers(1, 40), st.integers(1, 5), st.floats(0, 1),
    st.floats(0, 1),
)  # fmt: skip
def test_blast_radius_is_a_distribution(
    design: str, vms: int, per_vm: int, kernel: float, hypervisor: float
) -> None:
    """Its probabilities add up to one, and its mean lies between one tenant and the host's."""
    per_vm = per_vm if design == "containers in VMs" else 1
    found = blast_radius(
        design, 10 * vms * per_vm, tenants_per_host=vms * per_vm, tenants_per_vm=per_vm,
        kernel_escape=kernel, hypervisor_escape=hypervisor,
    )  # fmt: skip
    assert math.fsum(chance for _, chance in found.reached) == pytest.approx(1)
    assert 1 - 1e-9 <= found.expected <= found.worst + 1e-9 <= vms * per_vm + 2e-9
    assert found.share == pytest.approx(found.expected / found.tenants)
    assert len(found.records()) == len(found.reached)


def test_walls_multiply() -> None:
    """A second wall helps as much as it holds, and a VM in between bounds what the first loses."""
    shared = blast_radius("shared containers", 200, tenants_per_host=20, kernel_escape=0.1)
    nested = blast_radius(
        "containers in VMs", 200, tenants_per_host=20, tenants_per_vm=4, kernel_escape=0.1,
        hypervisor_escape=0.01,
    )  # fmt: skip
    each = blast_radius("VM each", 200, tenants_per_host=20, hypervisor_escape=0.01)
    assert shared.expected == pytest.approx(0.9 + 0.1 * 20)
    assert nested.expected == pytest.approx(0.9 + 0.099 * 4 + 0.001 * 20)
    assert each.expected == pytest.approx(0.99 + 0.01 * 20)
    assert shared.worst == nested.worst == each.worst == 20
    micro = blast_radius("micro-VM each", 200, tenants_per_host=20)
    assert micro.expected < blast_radius("VM each", 200, tenants_per_host=20).expected


DAYS = st.floats(0, 400)


@LAW
@given(
    st.lists(st.tuples(DAYS, st.none() | st.floats(0, 100)), max_size=15), st.floats(1, 90),
    st.floats(0, 30), st.floats(0, 365),
)  # fmt: skip
def test_policies_are_ordered_and_days_add_up(
    drawn: list, every: float, roll_out: float, built: float
) -> None:
    """Patching is never worse than rebuilding as often and rolling out, nor that than nothing."""
    known = [
        Advisory(str(number), day, None if fix is None else day + fix)
        for number, (day, fix) in enumerate(drawn)
    ]
    never, patch, rebuild = (
        exposure(known, policy, days=365, built_day=built, every_days=every, roll_out_days=roll_out)
        for policy in ("never", "patch", "rebuild")
    )
    assert patch.exposure_days <= rebuild.exposure_days + 1e-6
    assert rebuild.exposure_days <= never.exposure_days + 1e-6
    for found in (never, patch, rebuild):
        rows = found.advisory_records()
        assert sum(row["days_open"] for row in rows) == pytest.approx(found.exposure_days)
        assert found.days_exposed <= min(365, found.exposure_days) + 1e-6
        assert len(found.records()) == 365
        # A day counts whole that is open for a part of it.
        by_day = sum(row["open"] for row in found.records())
        assert found.exposure_days - 1e-6 <= by_day <= found.exposure_days + 2 * len(known)
        assert found.worst_open <= len(known)


def test_exposure_by_hand() -> None:
    """Known on day 3, fixed on day 5, patched on day 30: 27 days."""
    known = [Advisory("A", 3, 5), Advisory("B", 10, 40), Advisory("C", 50, None)]
    found = exposure(known, "patch", days=100, every_days=30)
    assert [row["days_open"] for row in found.advisory_records()] == [27, 50, 50]
    assert found.days_exposed == 97
    assert found.open_at_end == 1
    assert found.mean_open == 1.27
    assert found.worst_open == 2
    # What was fixed before the image was built is not in it.
    assert exposure(known[:1], "never", days=100, built_day=6).exposure_days == 0
    assert "nothing became known" in exposure([], days=10).remark


def test_drawn_advisories_have_the_rates_asked_for() -> None:
    """Their number and their time to a fix lie within three standard errors."""
    drawn = draw_advisories(100, 10, days=3650, generator=default_rng(2))
    assert len(drawn) == pytest.approx(1000, abs=3 * math.sqrt(1000))
    fixes = [each.fixed_day - each.published_day for each in drawn]
    assert sum(fixes) / len(fixes) == pytest.approx(10, abs=3 * 10 / math.sqrt(1000))
    assert [each.published_day for each in drawn] == sorted(each.published_day for each in drawn)
    assert drawn == draw_advisories(100, 10, days=3650, generator=default_rng(2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: noisy_neighbour([], 4), ParameterError, "at least one tenant"),
        (lambda: noisy_neighbour([1], 0), ParameterError, "cores"),
        (lambda: noisy_neighbour([-1], 4), ParameterError, "demands_cores"),
        (lambda: noisy_neighbour([1, 2], 4, shares=[1]), ParameterError, "each of 2 tenants"),
        (lambda: noisy_neighbour([1], 4, shares=[0]), ParameterError, "shares"),
        (lambda: noisy_neighbour([1], 4, limits_cores=[-1]), ParameterError, "limits_cores"),
        (lambda: throttled_s(math.nan, 1), ParameterError, "work_s"),
        (lambda: throttled_s(1, 0), ParameterError, "limit_cores"),
        (lambda: blast_radius("VMs each", 5, tenants_per_host=2), UnknownNameError, "VM each"),
        (lambda: blast_radius("VM each", 5, tenants_per_host=6), ParameterError, "at most 5"),
        (
            lambda: blast_radius("VM each", 5, tenants_per_host=4, tenants_per_vm=2),
            ParameterError,
            "tenants_per_vm to be 1",
        ),
        (lambda: Advisory("A", 5, 4), ParameterError, "fixed_day"),
        (lambda: exposure([], "patches", days=5), UnknownNameError, "Did you mean 'patch'"),
        (lambda: exposure([], days=0), ParameterError, "days"),
        (lambda: exposure([(1, 2)], days=5), ParameterError, "an Advisory"),
        (lambda: exposure([], days=5, built_day=6), ParameterError, "built_day"),
    ],
)
def test_what_cannot_be_is_refused(call, error: type[Exception], message: str) -> None:
    """Errors name the parameter, or what may have been meant."""
    assert EXPOSURE_POLICIES[0] == "never"
    with pytest.raises(error, match=message):
        call()
