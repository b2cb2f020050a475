"""Autoscaled services: the fast ways against the plain ones, and what must always hold."""

from __future__ import annotations

import math
import tracemalloc

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.simulation.distributions import Empirical, Erlang, Exponential, Point
from course.simulation.errors import ConservationError, ParameterError, UnknownNameError
from course.simulation.queueing.erlang import mean_wait_s
from course.simulation.scaling.autoscaler import Autoscaler, Limit
from course.simulation.scaling.fluid import _Fluid, autoscale
from course.simulation.scaling.fluid_process import autoscale_process
from course.simulation.scaling.load import Load
from course.simulation.scaling.load_shapes import bursty_load, daily_load, spike_load, steady_load
from course.simulation.scaling.requests import autoscale_requests, draw_requests
from course.simulation.scaling.requests_process import requests_process
from course.simulation.scaling.result import summarise
from course.simulation.scaling.service import Service

LAW = settings(derandomize=True, deadline=None, max_examples=40)
SERIES = ("ready", "starting", "desired", "utilisation", "waiting", "lost", "latency_s")
LIMITS = [
    {},
    {"timeout_s": 5.0},
    {"most_waiting": 20.0},
    {"most_waiting": 0.0},
    {"most_waiting": 50.0, "timeout_s": 1.0},
]


def rng(seed: int = 1) -> numpy.random.Generator:
    """Return a generator of its own for each test."""
    return numpy.random.default_rng(seed)


def some_load(seed: int) -> Load:
    """Return one of several kinds of loads, the same for the same seed."""
    draw = rng(seed)
    step_s = float(draw.choice([1, 5, 15, 60]))
    kind = seed % 4
    if kind == 0:
        noise = float(draw.choice([0, 0.05, 0.2]))
        return daily_load(
            float(draw.choice([5, 50, 500])),
            days=2,
            noise=noise,
            step_s=max(step_s, 15),
            generator=draw,
        )
    if kind == 1:
        return bursty_load(20, duration_s=7200, generator=draw, step_s=step_s)
    if kind == 2:
        ramp_s = float(draw.choice([0, 300]))
        return spike_load(
            10, 200, at_s=600, lasts_s=600, ramp_s=ramp_s, duration_s=5000, step_s=step_s
        )
    return Load(step_s, numpy.maximum(0, numpy.cumsum(draw.normal(0, 3, 2000))))


def some_autoscaler(seed: int) -> Autoscaler:
    """Return settings of all kinds, the same for the same seed."""
    draw = rng(seed)
    limits = [Limit(share=1.0, replicas=4), Limit(replicas=1, period_s=60), Limit(share=0.2)]
    return Autoscaler(
        target_utilisation=float(draw.choice([0.3, 0.5, 0.7, 0.9, 0.95, 1])),
        tolerance=float(draw.choice([0, 0.1, 0.3, 1])),
        sync_s=float(draw.choice([7, 15, 30, 60])),
        up_window_s=float(draw.choice([0, 0, 60, 300])),
        down_window_s=float(draw.choice([0, 60, 300, 1000])),
        up_limit=limits[draw.integers(3)],
        down_limit=limits[draw.integers(3)],
        least=int(draw.choice([1, 3])),
        most=int(draw.choice([5, 50, 1000])),
    )


@pytest.mark.parametrize("seed", range(40))
def test_passing_over_changes_nothing(seed) -> None:
    """Who goes through every step, and who passes over calm ones, come to the same."""
    draw = rng(1000 + seed)
    arguments = {
        "per_replica_per_s": float(draw.choice([1, 10])),
        "start_up_s": float(draw.choice([0, 0.2, 15, 60, 120])),
        "autoscaler": some_autoscaler(seed),
        "replicas": None,
        "service_s": None,
        "price_per_replica_hour_eur": 0.0,
        "generator": None,
        "most_waiting": None,
        "timeout_s": None,
    } | LIMITS[seed % len(LIMITS)]
    fast, plain = (_Fluid(Service(some_load(seed), **arguments)) for _ in range(2))
    found, expected = fast.run(), plain.run(pass_over=False)
    assert fast.changes == plain.changes
    for name in SERIES:
        one, other = getattr(found, name), getattr(expected, name)
        assert numpy.allclose(one, other, rtol=1e-9, atol=1e-9), name


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    st.lists(st.floats(0, 20), min_size=20, max_size=60),
    st.sampled_from([0.1, 0.3, 0.5]),
    st.sampled_from([0.5, 0.9]),
    st.sampled_from([60.0, 300.0, 900.0]),
    st.sampled_from([60.0, 180.0]),
    st.sampled_from([0.0, 120.0]),
    st.sampled_from([None, 0.0, 100.0]),
    st.sampled_from([0.0, 90.0]),
)
def test_passing_over_changes_nothing_however_a_load_jumps(
    rates: list[float],
    tolerance: float,
    target: float,
    down_window_s: float,
    sync_s: float,
    up_window_s: float,
    most_waiting: float | None,
    start_up_s: float,
) -> None:
    """Nor where recommendations are heard that were made for other numbers of replicas."""
    rule = Autoscaler(
        target_utilisation=target,
        tolerance=tolerance,
        sync_s=sync_s,
        down_window_s=down_window_s,
        up_window_s=up_window_s,
    )
    # Calm minutes between the jumps, so that there is something to be passed over.
    load = Load(60, numpy.repeat(rates, numpy.arange(len(rates)) % 4 + 1))
    fast, plain = (
        _Fluid(
            Service(
                load,
                per_replica_per_s=1,
                start_up_s=start_up_s,
                autoscaler=rule,
                replicas=None,
                service_s=None,
                most_waiting=most_waiting,
                timeout_s=None,
                price_per_replica_hour_eur=0,
                generator=None,
            )
        )
        for _ in range(2)
    )
    found, expected = fast.run(), plain.run(pass_over=False)
    assert fast.changes == plain.changes
    assert numpy.allclose(found.waiting, expected.waiting)
    assert numpy.allclose(found.ready, expected.ready)


def test_calm_steps_are_in_fact_passed_over() -> None:
    """Of a quiet week, most minutes are never looked at one by one."""
    load = daily_load(50, days=7)
    fluid = _Fluid(
        Service(
            load,
            per_replica_per_s=10,
            start_up_s=60,
            autoscaler=Autoscaler(),
            replicas=None,
            service_s=None,
            most_waiting=None,
            timeout_s=None,
            price_per_replica_hour_eur=0,
            generator=None,
        )
    )
    fluid.run()
    assert len(fluid.recorded) / 6 < 0.2 * load.steps


@pytest.mark.parametrize("limits", LIMITS, ids=str)
@pytest.mark.parametrize("start_up_s", [0, 0.2, 15, 60, 120])
def test_the_fluid_is_the_same_as_its_processes(start_up_s, limits) -> None:
    """SimPy's processes see the same replicas, queues and losses in every step."""
    load = bursty_load(
        20, duration_s=1800, generator=rng(5), step_s=5, every_s=300, burst_s=120, burst_factor=6
    )
    for autoscaler in (Autoscaler(down_window_s=60), None):
        arguments = {
            "per_replica_per_s": 5.0,
            "start_up_s": start_up_s,
            "autoscaler": autoscaler,
            "replicas": 6,
        } | limits
        found, steps = autoscale(load, **arguments), autoscale_process(load, **arguments)
        assert found.changes > 5 or autoscaler is None
        for name in ("ready", "starting", "waiting", "lost"):
            expected = [step[name] for step in steps]
            assert numpy.allclose(getattr(found, name), expected, atol=1e-6), name
        assert found.served == pytest.approx(sum(step["served"] for step in steps))


@pytest.mark.parametrize("limits", LIMITS, ids=str)
@pytest.mark.parametrize("start_up_s", [0, 0.2, 15, 100])
def test_requests_are_the_same_as_their_processes(start_up_s, limits) -> None:
    """The same requests, drawn once: SimPy serves and loses the same ones at the same time."""
    load = bursty_load(
        10, duration_s=600, generator=rng(6), step_s=5, every_s=200, burst_s=100, burst_factor=6
    )
    for autoscaler in (Autoscaler(down_window_s=60), None):
        arguments = {"start_up_s": start_up_s, "autoscaler": autoscaler, "replicas": 8} | limits
        found = autoscale_requests(
            load, per_replica_per_s=2, generator=rng(7), keep="latencies", **arguments
        )
        drawn = list(draw_requests(load, Exponential(0.5), *rng(7).spawn(2)))
        arrivals_s = numpy.concatenate([each[2] for each in drawn])
        services_s = numpy.concatenate([each[3] for each in drawn])
        begun_s = requests_process(
            arrivals_s.tolist(), services_s.tolist(), duration_s=load.duration_s, **arguments
        )
        served = [number for number, begin_s in enumerate(begun_s) if begin_s is not None]
        expected = [begun_s[number] + services_s[number] - arrivals_s[number] for number in served]
        assert numpy.allclose(found.latencies_s, expected, atol=1e-6)
        assert found.arrived == len(arrivals_s)
        assert found.mean_latency_s == pytest.approx(numpy.mean(expected))


@LAW
@given(st.integers(0, 10_000), st.sampled_from(LIMITS), st.sampled_from([0, 2, 60, 200]))
def test_no_request_vanishes(seed: int, limits, start_up_s: float) -> None:
    """Whatever comes: served, lost or waiting; replicas are never more than busy."""
    load = some_load(seed)
    found = autoscale(
        load,
        per_replica_per_s=5,
        start_up_s=start_up_s,
        autoscaler=some_autoscaler(seed),
        price_per_replica_hour_eur=0.1,
        **limits,
    )
    assert found.arrived == pytest.approx(load.requests)
    total = found.served + found.lost_requests + found.waiting_requests
    assert total == pytest.approx(found.arrived, rel=1e-6, abs=1e-6)
    assert found.utilisation.max() <= 1
    assert found.utilisation.min() >= 0
    assert min(getattr(found, name).min() for name in SERIES) >= 0
    assert (found.ready <= found.desired + 1e-9).all()
    if "most_waiting" in limits:
        assert found.waiting.max() <= limits["most_waiting"] + 1e-6
    assert found.replica_hours == pytest.approx(found.desired.sum() * load.step_s / 3600)
    assert found.cost_eur == pytest.approx(0.1 * found.replica_hours)
    quantiles = [found.latency_quantile_s(share) for share in (0.01, 0.5, 0.95, 0.99)]
    assert [*quantiles, found.worst_latency_s] == sorted([*quantiles, found.worst_latency_s])
    assert quantiles[1:] == [found.p50_latency_s, found.p95_latency_s, found.p99_latency_s]


def test_a_fluid_waits_as_long_as_a_sum_by_hand() -> None:
    """One replica of 10 a second; 20 a second for 30 s, then none: 300 wait at most, for 30 s."""
    load = Load(1, [20] * 30 + [0] * 60)
    found = autoscale(load, per_replica_per_s=10, replicas=1, service_s=0)
    assert found.waiting.max() == found.waiting[29] == 300
    assert found.time_to_catch_up_s == 59  # at the end of the 60th second nobody waits
    assert found.latency_s[:30] == pytest.approx([0.5 + place for place in range(30)])
    assert found.mean_latency_s == pytest.approx(15)
    assert found.p50_latency_s == pytest.approx(14.5)
    assert (found.served, found.mean_utilisation) == (600, pytest.approx(600 / 900))


def test_those_who_wait_at_the_end_are_still_there() -> None:
    """What is not served is not forgotten, and its latency reaches beyond the end."""
    found = autoscale(Load(1, [20] * 30), per_replica_per_s=10, replicas=1, service_s=0)
    assert (found.served, found.waiting_requests) == (300, 300)
    assert found.latency_s[-1] == pytest.approx(29.5)


@pytest.mark.parametrize("way", [autoscale, autoscale_requests])
def test_start_up_time_costs_latency_losses_and_replicas(way) -> None:
    """The same spike: the longer replicas take to start, the worse it is for users."""
    load = spike_load(40, 160, at_s=600, lasts_s=400, duration_s=1800)
    chance = {"generator": rng(8)} if way is autoscale_requests else {}
    found = [
        way(
            load,
            per_replica_per_s=10,
            start_up_s=start_up_s,
            autoscaler=Autoscaler(),
            timeout_s=10,
            **chance,
        )
        for start_up_s in (0.2, 2, 60, 120)
    ]
    lost = [each.lost_requests for each in found]
    assert lost == sorted(lost)
    assert lost[3] > 5 * lost[0] > 0
    assert [each.start_up_s for each in found] == [0.2, 2, 60, 120]


def test_the_fluid_is_what_single_requests_do_on_average() -> None:
    """Losses, replica hours and use agree within a few percent where many requests come."""
    load = spike_load(200, 800, at_s=600, lasts_s=600, ramp_s=60, duration_s=2400)
    arguments = {
        "per_replica_per_s": 10,
        "start_up_s": 60,
        "autoscaler": Autoscaler(most=200),
        "timeout_s": 10,
    }
    fluid = autoscale(load, **arguments)
    single = autoscale_requests(load, generator=rng(9), **arguments)
    assert single.arrived == pytest.approx(fluid.arrived, rel=0.01)
    assert single.lost_requests == pytest.approx(fluid.lost_requests, rel=0.1)
    assert single.replica_hours == pytest.approx(fluid.replica_hours, rel=0.1)
    assert single.mean_utilisation == pytest.approx(fluid.mean_utilisation, rel=0.1)


def test_single_requests_of_a_steady_load_wait_as_erlang_says() -> None:
    """A fixed number of replicas is a queue with servers: within 5 percent after two hours."""
    found = autoscale_requests(
        steady_load(40, 7200), per_replica_per_s=5, replicas=10, generator=rng(10)
    )
    waited_s = found.mean_latency_s - 0.2
    assert waited_s == pytest.approx(mean_wait_s(10, 40, 0.2), rel=0.05)
    assert found.mean_utilisation == pytest.approx(0.8, rel=0.01)
    assert found.utilisation.mean() == pytest.approx(0.8, rel=0.01)
    little = found.waiting.mean() / 40  # waiting requests = rate times wait
    assert little == pytest.approx(waited_s, rel=0.1)


def test_an_oscillation_is_stopped_by_the_window() -> None:
    """A load that comes and goes every minute changes replicas all the time without a window."""
    load = Load(15, [60, 60, 20, 20] * 60)
    changes = [
        autoscale(
            load,
            per_replica_per_s=10,
            start_up_s=30,
            autoscaler=Autoscaler(down_window_s=window_s),
        ).changes
        for window_s in (0, 300)
    ]
    assert changes[0] > 20 * changes[1]


def test_measured_start_up_times_are_drawn() -> None:
    """A learner's own times: the same seed, the same service; one time is as good as a number."""
    load = spike_load(50, 200, at_s=300, lasts_s=300, duration_s=1200)
    arguments = {"per_replica_per_s": 10, "autoscaler": Autoscaler()}
    mine = Empirical([20.0, 25.0, 90.0])
    one, two = (autoscale(load, start_up_s=mine, generator=rng(11), **arguments) for _ in range(2))
    assert one == two
    assert one.start_up_s == 45
    always = autoscale(load, start_up_s=Point(30.0), generator=rng(), **arguments)
    fixed = autoscale(load, start_up_s=30, **arguments)
    assert always == fixed
    assert fixed.p99_latency_s < autoscale(load, start_up_s=90, **arguments).p99_latency_s


@pytest.mark.parametrize("way", [autoscale, autoscale_requests])
def test_nothing_that_happened_is_said(way) -> None:
    """No request, or no change, has its sentence; a lively run has none."""
    chance = {"generator": rng(12)} if way is autoscale_requests else {}
    rule = Autoscaler()
    quiet = way(steady_load(0, 600), per_replica_per_s=10, autoscaler=rule, **chance)
    assert quiet.remark == "no request came in 600 s"
    assert quiet.share_lost == quiet.mean_utilisation == 0
    steady = way(
        steady_load(70, 600), per_replica_per_s=10, autoscaler=Autoscaler(tolerance=0.5), **chance
    )
    assert "no replica was added or stopped in 600 s" in steady.remark
    lively = way(
        spike_load(10, 90, at_s=60, lasts_s=200, duration_s=600),
        per_replica_per_s=10,
        autoscaler=rule,
        **chance,
    )
    assert lively.remark == ""


def test_records_are_flat_and_keep_what_matters() -> None:
    """Several steps in one record: losses are added, queues and latencies at their highest."""
    load = spike_load(10, 100, at_s=100, lasts_s=50, duration_s=605, step_s=5)
    found = autoscale(load, per_replica_per_s=10, autoscaler=Autoscaler(), timeout_s=4)
    single, several = found.records(), found.records(every=10)
    assert len(single) == 121
    assert len(several) == 13
    assert list(single[0]) == list(several[0])
    assert all(isinstance(value, (int, float)) for value in several[0].values())
    for name in ("waiting", "latency_s"):
        assert max(each[name] for each in several) == max(each[name] for each in single)
    assert sum(each["lost"] for each in several) == pytest.approx(found.lost_requests)
    assert found.lost_requests > 0
    assert several[1]["time_s"] == 50


def peak_bytes(load: Load, keep: str) -> int:
    """Return how much memory single requests needed at their height."""
    tracemalloc.start()
    autoscale_requests(load, per_replica_per_s=50, replicas=40, generator=rng(13), keep=keep)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_requests() -> None:
    """Ten times as many requests in as many steps need hardly more, unless each is kept."""
    few, many = steady_load(150, 240), steady_load(1500, 240)
    peak_bytes(few, "summary")
    least = peak_bytes(few, "summary")
    assert peak_bytes(many, "summary") < 1.3 * least
    assert peak_bytes(many, "latencies") > least + 8 * 300_000


def test_lost_requests_that_nobody_counted_are_noticed() -> None:
    """The sums must add up, or the model is wrong."""
    load, ones = steady_load(10, 2), numpy.ones(2)
    whole = numpy.ones(2, dtype=numpy.int32)
    arguments = {
        "start_up_s": 0,
        "ready": ones,
        "starting": 0 * whole,
        "desired": whole,
        "waiting": 0 * ones,
        "lost": 0 * ones,
        "latency_s": ones,
        "arrived": 20,
        "latencies": None,
        "changes": 0,
        "can_change": False,
        "price_per_replica_hour_eur": 0,
    }
    with pytest.raises(ConservationError, match="served, lost or waiting"):
        summarise("fluid", load, used=ones.copy(), served=19, **arguments)
    with pytest.raises(ConservationError, match="utilisation"):
        summarise("fluid", load, used=2 * ones, served=20, **arguments)


STEADY = steady_load(10, 60)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "there is no autoscaler"),
        ({"load": [1, 2]}, "expected a Load"),
        ({"autoscaler": 0.7}, "expected an Autoscaler"),
        ({"replicas": 0}, "replicas"),
        ({"replicas": 1.5}, "replicas"),
        ({"replicas": 200, "autoscaler": Autoscaler()}, "at most 100"),
        ({"replicas": 1, "per_replica_per_s": 0}, "per_replica_per_s"),
        ({"replicas": 1, "per_replica_per_s": math.nan}, "per_replica_per_s"),
        ({"replicas": 1, "start_up_s": -1}, "start_up_s"),
        ({"replicas": 1, "start_up_s": "fast"}, "start_up_s"),
        ({"replicas": 1, "most_waiting": -1}, "most_waiting"),
        ({"replicas": 1, "timeout_s": -1}, "timeout_s"),
        ({"replicas": 1, "price_per_replica_hour_eur": -1}, "price"),
    ],
)
@pytest.mark.parametrize("way", [autoscale, autoscale_requests])
def test_services_refuse_what_makes_no_sense(way, arguments, message) -> None:
    """The error names what is wrong."""
    chance = {"generator": rng()} if way is autoscale_requests else {}
    with pytest.raises(ParameterError, match=message):
        way(**({"load": STEADY, "per_replica_per_s": 10} | arguments), **chance)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: autoscale(
                STEADY, per_replica_per_s=10, start_up_s=Point(1.0), autoscaler=Autoscaler()
            ),
            ParameterError,
            "start-up times are drawn",
        ),
        (
            lambda: autoscale(STEADY, per_replica_per_s=10, replicas=1, service_s=-1),
            ParameterError,
            "service_s",
        ),
        (
            lambda: autoscale_requests(STEADY, per_replica_per_s=10, replicas=1, generator=None),
            ParameterError,
            "default_rng",
        ),
        (
            lambda: autoscale_requests(
                STEADY, per_replica_per_s=10, replicas=1, generator=rng(), service=Erlang(2, 1.0)
            ),
            ParameterError,
            "services of 0.1 s on average",
        ),
        (
            lambda: autoscale_requests(
                STEADY, per_replica_per_s=10, replicas=1, generator=rng(), keep="all"
            ),
            UnknownNameError,
            "latencies",
        ),
        (
            lambda: autoscale(STEADY, per_replica_per_s=10, replicas=1).records(0),
            ParameterError,
            "every",
        ),
        (
            lambda: autoscale(STEADY, per_replica_per_s=10, replicas=1).latency_quantile_s(1),
            ParameterError,
            "between 0 and 1",
        ),
        (
            lambda: autoscale_process(STEADY, per_replica_per_s=10, replicas=0),
            ParameterError,
            "replicas",
        ),
        (lambda: requests_process([], [], replicas=0, duration_s=9), ParameterError, "replicas"),
    ],
)
def test_other_senseless_input_is_refused(call, error, message) -> None:
    """What only one way can be given has its sentence too."""
    with pytest.raises(error, match=message):
        call()
