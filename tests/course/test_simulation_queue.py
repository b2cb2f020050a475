"""Queues in the model: against processes, against formulae, and in how much memory."""

from __future__ import annotations

import math
import tracemalloc
from statistics import fmean

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.simulation.distributions import (
    Empirical,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    Point,
    Uniform,
    Weibull,
)
from course.simulation.errors import ConservationError, ParameterError, UnknownNameError
from course.simulation.queueing.erlang import (
    answered_within,
    erlang_b,
    erlang_c,
    mean_wait_general_s,
    mean_wait_s,
    servers_for,
    wait_quantile_s,
)
from course.simulation.queueing.first_come import queue
from course.simulation.queueing.process import queue_process
from course.simulation.queueing.waiting import WaitingTimes

LAW = settings(derandomize=True, deadline=None, max_examples=60)
TIMES = st.lists(
    st.tuples(st.floats(0, 10, allow_subnormal=False), st.floats(0, 30, allow_subnormal=False)),
    min_size=1,
    max_size=60,
)
DISTRIBUTIONS = [
    Point(0.7),
    Exponential(2.0),
    Erlang(3, 2.0),
    Hyperexponential(2.0, 2.5),
    Uniform(1.0, 4.0),
    Lognormal(1.0, 0.8),
    Weibull(2.0, 0.8),
    Empirical([3.0, 1.0, 1.5, 9.0]),
]


def rng(seed: int = 1) -> numpy.random.Generator:
    """Return a generator of its own for each test."""
    return numpy.random.default_rng(seed)


# Distributions


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda each: each.family)
def test_what_is_drawn_has_the_stated_mean_and_variation(distribution) -> None:
    """Draws keep to the formulae: the mean within five standard errors."""
    drawn = distribution.draw(rng(), 200_000)
    assert drawn.shape == (200_000,)
    assert drawn.min() >= 0
    error = distribution.variation * distribution.mean_s / math.sqrt(len(drawn))
    assert drawn.mean() == pytest.approx(distribution.mean_s, abs=5 * error + 1e-12)
    assert drawn.std() / drawn.mean() == pytest.approx(distribution.variation, rel=0.05, abs=1e-9)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda each: each.family)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_are_those_of_what_is_drawn(distribution, share) -> None:
    """So many of the draws do not exceed the quantile, and hardly fewer lie below it."""
    drawn = distribution.draw(rng(2), 100_000)
    quantile = distribution.quantile(share)
    assert (drawn <= quantile * (1 + 1e-9)).mean() >= share - 0.01
    assert (drawn < quantile * (1 - 1e-9)).mean() <= share + 0.01


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(0), "mean_s"),
        (lambda: Exponential(math.nan), "mean_s"),
        (lambda: Erlang(0, 1.0), "stages"),
        (lambda: Erlang(1.5, 1.0), "stages"),
        (lambda: Hyperexponential(1.0, 1.0), "variation"),
        (lambda: Uniform(2.0, 1.0), "high_s"),
        (lambda: Uniform(-1.0, 1.0), "low_s"),
        (lambda: Empirical([]), "at least one"),
        (lambda: Empirical([1.0, -1.0]), "at least 0"),
        (lambda: Exponential(1.0).quantile(1.0), "between 0 and 1"),
    ],
)
def test_impossible_distributions_are_refused(make, message) -> None:
    """The error names the parameter."""
    with pytest.raises(ParameterError, match=message):
        make()


# Formulae


@LAW
@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_erlang_agrees_with_the_sum_that_defines_it(servers: int, share: float) -> None:
    """The recursion is the textbook's ratio of sums."""
    offered = share * servers
    terms = [offered**k / math.factorial(k) for k in range(servers + 1)]
    assert erlang_b(servers, offered) == pytest.approx(terms[-1] / math.fsum(terms))
    waiting = terms[-1] * servers / (servers - offered)
    assert erlang_c(servers, offered) == pytest.approx(waiting / (math.fsum(terms[:-1]) + waiting))


@LAW
@given(st.integers(1, 200), st.floats(0.01, 0.99), st.floats(0.01, 100), st.floats(0.01, 0.999))
def test_waits_of_erlang_agree_with_each_other(
    servers: int, load: float, service_s: float, share: float
) -> None:
    """The quantile answers what the share asks, and the mean is the area of the tail."""
    arrivals = load * servers / service_s
    wait_s = wait_quantile_s(servers, arrivals, service_s, share)
    within = answered_within(servers, arrivals, service_s, wait_s)
    assert within == pytest.approx(share) if wait_s else within >= share - 1e-9
    waiting = 1 - answered_within(servers, arrivals, service_s, 0)
    assert waiting == pytest.approx(erlang_c(servers, load * servers), abs=1e-12)
    assert mean_wait_s(servers, arrivals, service_s) == pytest.approx(
        mean_wait_general_s(servers, arrivals, service_s, 1, 1)
    )


@LAW
@given(st.floats(0.01, 50), st.floats(0.05, 20), st.floats(0.01, 60), st.floats(0.1, 0.99))
def test_servers_for_is_the_fewest_that_will_do(
    arrivals: float, service_s: float, wait_s: float, share: float
) -> None:
    """One fewer waits too long, or has no stationary wait at all."""
    for asked in (None, share):
        found = servers_for(arrivals, service_s, wait_s=wait_s, share=asked)

        def good(servers: int, asked=asked) -> bool:
            if servers <= arrivals * service_s:
                return False
            if asked is None:
                return mean_wait_s(servers, arrivals, service_s) <= wait_s
            return answered_within(servers, arrivals, service_s, wait_s) >= asked

        assert good(found)
        assert found == 1 or not good(found - 1)


def test_pooling_shortens_the_wait() -> None:
    """Ten servers with one queue wait less than ten with a queue each, at the same load."""
    assert mean_wait_s(10, 8.0, 1.0) < mean_wait_s(1, 0.8, 1.0) / 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_c(2, 2), "without end. Take at least 3 servers"),
        (lambda: mean_wait_s(1, 5, 1), "grow without end"),
        (lambda: erlang_b(0, 1), "servers"),
        (lambda: erlang_b(2.0, 1), "servers"),
        (lambda: erlang_c(2, -1), "offered_erlangs"),
        (lambda: erlang_c(2, math.nan), "offered_erlangs"),
        (lambda: mean_wait_s(2, -1, 1), "arrivals_per_s"),
        (lambda: mean_wait_s(2, 1, 0), "service_s"),
        (lambda: answered_within(2, 1, 1, -1), "within_s"),
        (lambda: wait_quantile_s(2, 1, 1, 1.0), "between 0 and 1"),
        (lambda: servers_for(1, 1, wait_s=0), "more than 0"),
        (lambda: servers_for(1, 1, wait_s=1, share=80), "between 0 and 1"),
        (lambda: mean_wait_general_s(1, 0.5, 1, -1), "arrival_variation"),
    ],
)
def test_formulae_refuse_what_makes_no_sense(call, message) -> None:
    """A load that the servers cannot carry has no wait, and says so."""
    with pytest.raises(ParameterError, match=message):
        call()


# The queue


@LAW
@given(TIMES, st.integers(1, 5))
def test_a_queue_is_the_same_as_its_processes(times, servers) -> None:
    """Customer by customer, whatever comes: the fast way and SimPy agree."""
    gaps, services = (list(each) for each in zip(*times, strict=True))
    found = queue(gaps, services, servers, keep="waits")
    expected = queue_process(numpy.cumsum(gaps), services, servers)
    assert found.waits_s.tolist() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("servers", [1, 3])
def test_portions_make_no_difference(servers) -> None:
    """A long trace, which is gone through in portions, waits as its processes do."""
    gaps = rng(3).exponential(1.0, 80_000)
    services = rng(4).exponential(0.9 * servers, 80_000)
    found = queue(gaps, services, servers, keep="waits")
    expected = queue_process(numpy.cumsum(gaps), services, servers)
    assert numpy.allclose(found.waits_s, expected, atol=1e-6)
    assert found.mean_wait_s == pytest.approx(fmean(expected))
    assert found.longest_wait_s == pytest.approx(max(expected))


@pytest.mark.parametrize(
    ("interarrival", "service"),
    [
        (Exponential(1.0), Point(0.8)),
        (Exponential(1.0), Erlang(4, 0.8)),
        (Exponential(1.0), Hyperexponential(0.8, 1.5)),
        (Exponential(1.0), Uniform(0.4, 1.2)),
    ],
    ids=lambda each: each.family,
)
def test_one_server_and_any_service_wait_as_pollaczek_and_khinchine_say(
    interarrival, service
) -> None:
    """The simulated mean is within three standard errors of the exact one."""
    found = queue(interarrival, service, 1, 1_000_000, rng(5), warm_up=1000)
    exact_s = mean_wait_general_s(1, 1.0, 0.8, 1.0, service.variation)
    assert found.standard_error_s is not None
    assert abs(found.mean_wait_s - exact_s) < 3 * found.standard_error_s
    assert found.standard_error_s < 0.05 * exact_s


@pytest.mark.parametrize(("servers", "offered"), [(1, 0.7), (5, 4.0), (20, 18.0)])
def test_the_distribution_of_waits_is_erlangs(servers, offered) -> None:
    """Not only the mean: who waits at all, the tail, and the quantiles."""
    found = queue(Exponential(1 / offered), Exponential(1.0), servers, 500_000, rng(6))
    assert found.share_waiting == pytest.approx(erlang_c(servers, offered), abs=0.02)
    for share in (0.5, 0.9, 0.99):
        wait_s = wait_quantile_s(servers, offered, 1.0, share)
        assert found.quantile_wait_s(share) == pytest.approx(wait_s, rel=0.1, abs=0.03)
        longer = found.share_waiting_longer(wait_s)
        assert longer == pytest.approx(1 - answered_within(servers, offered, 1.0, wait_s), abs=0.02)
    assert found.mean_in_queue == pytest.approx(found.mean_wait_s * offered, rel=0.02)
    assert found.utilisation == pytest.approx(offered / servers, rel=0.02)


def test_more_variation_means_more_waiting() -> None:
    """At the same load, bursts wait longest, and clockwork does not wait."""
    waits = [
        queue(arrivals, Exponential(0.8), 1, 200_000, rng(7)).mean_wait_s
        for arrivals in (Point(1.0), Erlang(4, 1.0), Exponential(1.0), Hyperexponential(1.0, 3.0))
    ]
    assert waits == sorted(waits)
    clockwork = queue(Point(0.1), Point(0.1), 1, 50_000, rng(), allow_overload=True)
    assert (clockwork.share_waiting, clockwork.remark) == (0, "nobody had to wait")


def test_the_same_customers_come_whatever_the_service_is() -> None:
    """Two designs are compared under the same arrivals; the same seed gives the same waits."""
    one, two = (
        queue(Exponential(1.0), service, 2, 5000, rng(8))
        for service in (Exponential(1.5), Point(0.1))
    )
    assert one.duration_s == two.duration_s
    assert one == queue(Exponential(1.0), Exponential(1.5), 2, 5000, rng(8))


def test_summary_and_waits_say_the_same() -> None:
    """The spread that is kept in classes is that of the waits, to 0.8 percent."""
    arguments = (Exponential(1.0), Exponential(1.8), 2, 100_000)
    brief, whole = (queue(*arguments, rng(9), keep=keep) for keep in ("summary", "waits"))
    assert brief.waits_s is None
    assert (brief.mean_wait_s, brief.longest_wait_s) == (whole.mean_wait_s, whole.longest_wait_s)
    for share in (0.2, 0.5, 0.9, 0.999):
        assert brief.quantile_wait_s(share) == pytest.approx(whole.quantile_wait_s(share), rel=8e-3)
    for wait_s in (0.0, 0.001, 1.0, 10.0, whole.longest_wait_s, 1e9):
        assert brief.share_waiting_longer(wait_s) == pytest.approx(
            whole.share_waiting_longer(wait_s), abs=1e-3
        )


def test_records_are_flat_and_complete() -> None:
    """The tail falls from who waits at all to nobody; the bins add up to who waits."""
    found = queue(Exponential(1.0), Exponential(0.8), 1, 20_000, rng(10))
    tail = [each["share_waiting_longer"] for each in found.records(50)]
    assert len(tail) == 50
    assert tail[0] == found.share_waiting
    assert tail == sorted(tail, reverse=True)
    assert tail[-1] == 0
    bins = found.histogram(30)
    assert math.fsum(each["share"] for each in bins) == pytest.approx(found.share_waiting)
    assert bins[-1]["to_s"] == found.longest_wait_s


def test_who_comes_first_can_be_left_out() -> None:
    """The warm-up is simulated and not counted."""
    whole = queue(Exponential(1.0), Exponential(0.9), 1, 40_000, rng(11), keep="waits")
    later = queue(
        Exponential(1.0), Exponential(0.9), 1, 40_000, rng(11), warm_up=33_000, keep="waits"
    )
    assert later.waits_s.tolist() == whole.waits_s[33_000:].tolist()
    assert later.customers == 7000
    assert later.mean_wait_s == pytest.approx(whole.waits_s[33_000:].mean())


def peak_bytes(customers: int, servers: int) -> int:
    """Return how much memory a run needed at its height."""
    tracemalloc.start()
    queue(Exponential(1.0), Exponential(0.8 * servers), servers, customers, rng(12))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("servers", [1, 4])
def test_memory_does_not_grow_with_the_customers(servers) -> None:
    """Ten times as many need no more than the same memory."""
    peak_bytes(40_000, servers)  # what is imported or compiled the first time
    assert peak_bytes(500_000, servers) < 1.2 * peak_bytes(50_000, servers)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: queue(Exponential(1), Exponential(1), 1, 9, rng()), ParameterError, "without end"),
        (lambda: queue(Point(0), Point(1), 1, 9, rng()), ParameterError, "without end"),
        (lambda: queue(Exponential(1), Exponential(0.5), 0, 9, rng()), ParameterError, "servers"),
        (lambda: queue(Exponential(1), Exponential(0.5), 1, 0, rng()), ParameterError, "customers"),
        (lambda: queue(Exponential(1), Exponential(0.5)), ParameterError, "say how many come"),
        (lambda: queue(Exponential(1), Point(0.5), 1, 9), ParameterError, "default_rng"),
        (lambda: queue(Exponential(1), Point(0.5), 1, 9, 7), ParameterError, "default_rng"),
        (lambda: queue([], []), ParameterError, "interarrival"),
        (lambda: queue([1], ["long"]), ParameterError, "service"),
        (lambda: queue([1, 2], [1]), ParameterError, "each of 2 customers, found 1"),
        (lambda: queue([1, -1], [1, 1]), ParameterError, "-1.0 at place 1"),
        (lambda: queue([1, math.nan], [1, 1]), ParameterError, "nan at place 1"),
        (lambda: queue([1, 1], [1, 1], customers=3), ParameterError, "each of 3 customers"),
        (lambda: queue([1, 1], [1, 1], warm_up=2), ParameterError, "warm_up"),
        (lambda: queue([1], [1], keep="all"), UnknownNameError, "summary"),
        (lambda: queue([1], [1]).quantile_wait_s(2), ParameterError, "between 0 and 1"),
        (lambda: queue([1], [1]).share_waiting_longer(-1), ParameterError, "than_s"),
        (lambda: queue_process([1, 0], [1, 1]), ParameterError, "in order"),
        (lambda: queue_process([1], [1, 1]), ParameterError, "as many services"),
        (lambda: queue_process([1], [1], 0), ParameterError, "servers"),
    ],
)
def test_queues_refuse_what_makes_no_sense(call, error, message) -> None:
    """Negative, missing, too few, too much: each has its sentence."""
    with pytest.raises(error, match=message):
        call()


def test_an_overload_can_be_watched() -> None:
    """With the flag, or with measured times, the queue grows as long as customers come."""
    found = queue(
        Exponential(1.0), Exponential(2.0), 1, 10_000, rng(13), keep="waits", allow_overload=True
    )
    assert found.waits_s[-1] > 0.8 * 10_000
    assert found.utilisation > 0.99


def test_waits_that_get_lost_are_noticed() -> None:
    """The summary knows how many there must be."""
    times = WaitingTimes(3)
    times.add(numpy.array([0.0, 1.0]))
    with pytest.raises(ConservationError, match="expected 3 waits"):
        times.check()
