"""Live migration in the model: its laws, and the published rounds."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from course.simulation import METHODS, Migration, ParameterError, UnknownNameError, migrate
from course.simulation.errors import ConservationError
from course.simulation.migration.process import migrate_process
from course.simulation.migration.records import check_rounds
from course.simulation.migration.working_set import Region, WorkingSet, Writes

LAW = settings(derandomize=True, deadline=None, max_examples=150)
MEMORY = st.floats(1, 65536)
BANDWIDTH = st.floats(1, 10_000)
DIRTY = st.floats(0, 10_000)
MEGABYTE_MIB = 1e6 / 2**20
MEGABIT_MIB = 1e6 / 8 / 2**20


@LAW
@given(MEMORY, st.floats(12, 10_000), DIRTY, st.floats(0, 1), st.sampled_from(METHODS[:3]))
def test_rounds_add_up(
    memory: float, bandwidth: float, dirty: float, part: float, method: str
) -> None:
    """Times and bytes are those of the rounds, which follow each other without a gap."""
    working_set = part * memory
    found = migrate(memory, bandwidth, dirty, working_set_mib=working_set, method=method)
    first, last = found.rounds[0], found.rounds[-1]
    assert first.start_s == 0
    assert first.sent_mib + first.skipped_mib == pytest.approx(memory)
    assert (method == "adaptive") or not any(each.skipped_mib for each in found.rounds)
    assert found.sent_mib == pytest.approx(sum(each.sent_mib for each in found.rounds))
    assert found.total_time_s == pytest.approx(last.start_s + last.duration_s)
    for one, next_one in pairwise(found.rounds):
        assert next_one.sent_mib + next_one.skipped_mib == pytest.approx(one.dirtied_mib)
        assert one.dirtied_mib <= working_set * (1 + 1e-9)
        assert one.skipped_mib <= one.dirtied_mib * (1 + 1e-6) + 1e-9
        assert next_one.start_s == pytest.approx(one.start_s + one.duration_s)
        assert one.running
    if found.downtime_ms is None:
        assert method == "pre-copy"
        assert not found.converged
        assert last.running
        assert found.left_mib > 0
    else:
        assert not last.running
        assert found.left_mib == 0
        assert found.downtime_ms == pytest.approx(1000 * last.duration_s)


@LAW
@given(MEMORY, BANDWIDTH, DIRTY, st.floats(1, 5000))
def test_a_migration_that_converges_keeps_its_downtime_limit(
    memory: float, bandwidth: float, dirty: float, limit_ms: float
) -> None:
    """Pre-copy stops the machine for no longer than it was allowed to."""
    found = migrate(memory, bandwidth, dirty, downtime_limit_ms=limit_ms)
    if found.converged:
        assert found.downtime_ms is not None
        assert found.downtime_ms <= limit_ms * (1 + 1e-9)


@LAW
@given(MEMORY, BANDWIDTH, DIRTY, DIRTY)
def test_more_dirtying_never_sends_less(
    memory: float, bandwidth: float, one: float, other: float
) -> None:
    """Of two migrations that converge, the one that is written to faster sends no less."""
    calm, busy = (migrate(memory, bandwidth, dirty) for dirty in sorted((one, other)))
    assume(busy.converged)
    assert calm.converged
    assert calm.sent_mib <= busy.sent_mib * (1 + 1e-9)
    assert len(calm.rounds) <= len(busy.rounds)


@LAW
@given(MEMORY, DIRTY, BANDWIDTH, BANDWIDTH)
def test_more_bandwidth_never_sends_more(
    memory: float, dirty: float, one: float, other: float
) -> None:
    """A faster network leaves less to be sent again, and is done sooner."""
    slow, fast = (migrate(memory, bandwidth, dirty) for bandwidth in sorted((one, other)))
    assume(slow.converged)
    assert fast.converged
    assert fast.sent_mib <= slow.sent_mib * (1 + 1e-9)
    assert fast.total_time_s <= slow.total_time_s * (1 + 1e-9)


@LAW
@given(MEMORY, BANDWIDTH, DIRTY)
def test_stop_and_copy_sends_least_and_is_down_longest(
    memory: float, bandwidth: float, dirty: float
) -> None:
    """Pre-copy buys its short downtime with bytes and time."""
    stopped = migrate(memory, bandwidth, dirty, method="stop-and-copy")
    live = migrate(memory, bandwidth, dirty)
    assert stopped.sent_mib <= live.sent_mib
    assert stopped.total_time_s <= live.total_time_s
    assert stopped.downtime_ms is not None
    assert live.downtime_ms is None or live.downtime_ms <= stopped.downtime_ms


def test_downtime_does_not_only_rise_with_dirtying() -> None:
    """Who just misses the limit goes another round, and is then down for less."""
    downtimes = [migrate(1024, 128, dirty).downtime_ms for dirty in (24, 32, 40, 48)]
    assert downtimes != sorted(downtimes)


@LAW
@given(st.floats(1.01, 100), st.floats(0.01, 1))
def test_who_writes_faster_than_the_network_sends_converges_by_a_small_working_set_only(
    factor: float, part: float
) -> None:
    """It depends on whether the working set can be sent within the limit: 38.4 MiB here."""
    working_set = part * 1024
    found = migrate(1024, 128, 128 * factor, working_set_mib=working_set, max_rounds=200)
    assert found.converged == (working_set <= 128 * 0.3)
    if not found.converged:
        assert len(found.rounds) == 200
        assert "each time" in found.reason


def test_a_bound_in_seconds_ends_it() -> None:
    """The round in which the time is up is the last one."""
    found = migrate(1024, 128, 256, max_time_s=20)
    assert not found.converged
    assert [each.start_s for each in found.rounds] == [0, 8, 16]
    assert found.downtime_ms is None
    assert "given up after 3 rounds" in found.reason


def test_an_idle_machine_is_sent_once() -> None:
    """Without dirtying nothing is left, and the machine does not stand still."""
    found = migrate(512, 64, 0)
    assert (found.sent_mib, found.downtime_ms, found.total_time_s) == (512, 0, 8)
    calm = migrate(512, 64, 0, method="adaptive", stop_size_mib=0)
    assert (calm.converged, calm.downtime_ms) == (True, 0)


@pytest.mark.parametrize(("megabits_per_s", "seconds"), [(128, 32), (256, 16), (512, 8)])
def test_published_stop_and_copy(megabits_per_s: int, seconds: int) -> None:
    """Clark 2005: 512 MB, reckoned as 512 x 8 Mbit, at three rates."""
    found = migrate(512, megabits_per_s / 8, 0, method="stop-and-copy")
    assert found.downtime_ms == 1000 * seconds


def published(memory_mb: float, dirty_mbit_per_s: float, max_mbit_per_s: float, **more: float):
    """Run Clark's rule on a machine in the paper's decimal units."""
    more = {name: value * MEGABYTE_MIB for name, value in more.items()}
    return migrate(
        memory_mb * MEGABYTE_MIB,
        max_mbit_per_s * MEGABIT_MIB,
        dirty_mbit_per_s * MEGABIT_MIB,
        method="adaptive",
        **more,
    )


def test_adaptive_rates_follow_the_dirtying() -> None:
    """Each round is sent at the rate of the last round's dirtying, and 50 Mbit/s more."""
    found = published(800, 60, 500)
    for one, next_one in pairwise(found.rounds[:-1]):
        assert next_one.rate_mib_per_s == pytest.approx(
            one.dirtied_mib / one.duration_s + 50 * MEGABIT_MIB
        )
    assert found.rounds[-1].rate_mib_per_s == pytest.approx(500 * MEGABIT_MIB)


def test_adaptive_stops_after_so_many_rounds() -> None:
    """With a bound it does not give up: it stops with what is left, and says so."""
    found: Migration = migrate(1024, 128, 10, method="adaptive", max_rounds=1)
    assert not found.converged
    assert "after 1 round" in found.reason
    assert len(found.rounds) == 2


@pytest.mark.parametrize(
    ("arguments", "more", "error", "message"),
    [
        ((0, 1, 1), {}, ParameterError, "memory_mib"),
        ((1, 0, 1), {}, ParameterError, "bandwidth_mib_per_s"),
        ((1, 1, -1), {}, ParameterError, "dirty_mib_per_s"),
        ((1, 1, "1"), {}, ParameterError, "dirty_mib_per_s"),
        ((1, 1, float("inf")), {}, ParameterError, "dirty_mib_per_s"),
        ((1, 1, 1), {"working_set_mib": 2}, ParameterError, "at most 1, found 2"),
        ((1, 1, 1), {"max_rounds": 0}, ParameterError, "max_rounds"),
        ((1, 1, 1), {"max_time_s": 0}, ParameterError, "max_time_s"),
        ((1, 1, 1), {"method": "adaptive"}, ParameterError, "at most the bandwidth"),
        ((1, 1, 1), {"resume_ms": -1}, ParameterError, "resume_ms"),
        ((1, 1, 1), {"method": "post-copy", "fault_ms": -1}, ParameterError, "fault_ms"),
        ((1, 1, 1), {"page_kib": 0}, ParameterError, "page_kib"),
        ((1, 1, float("nan")), {}, ParameterError, "dirty_mib_per_s"),
        ((1, 1, WorkingSet((Region(2, 1),))), {}, ParameterError, "at most the memory of 1 MiB"),
        ((2, 1, WorkingSet((Region(2, 1),))), {"working_set_mib": 1}, ParameterError, "found both"),
        ((1, 1, 1), {"method": "precopy"}, UnknownNameError, "Did you mean 'pre-copy'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, more, error: type[Exception], message: str) -> None:
    """Errors name the parameter, or the method that may have been meant."""
    with pytest.raises(error, match=message):
        migrate(*arguments, **more)


SCATTERED = st.builds(Region, st.floats(0.1, 300), st.floats(0, 5000), st.just("scattered"))
SWEPT = st.builds(Region, st.floats(0.1, 300), st.floats(0, 5000))
WORKING_SETS = st.lists(SCATTERED | SWEPT, max_size=3).map(lambda found: WorkingSet(tuple(found)))


def test_one_region_is_the_two_numbers() -> None:
    """A working set of one swept region says what a rate and a size say."""
    regions = WorkingSet((Region(100, 300),))
    for method in METHODS:
        assert migrate(1024, 128, regions, method=method) == migrate(
            1024, 128, 300, working_set_mib=100, method=method
        )


@LAW
@given(WORKING_SETS, st.floats(1, 2000))
def test_skipping_shortens_a_round_and_loses_nothing(regions: WorkingSet, rate: float) -> None:
    """What is skipped was written again, and is left for the next round."""
    writes = Writes(1000, regions)
    whole = writes.round_s(rate, skip=False)
    shortened = writes.round_s(rate, skip=True)
    assert shortened <= whole * (1 + 1e-9)
    skipped = 1000 - rate * shortened
    assert skipped <= regions.dirtied_mib(shortened) * (1 + 2e-3) + 1e-6
    # A page is as likely to be hit before its turn as after it.
    assert skipped >= regions.dirtied_mib(shortened) / 2 * (1 - 5e-3) - 1e-6


@LAW
@given(st.floats(1, 1000), st.floats(0.1, 10_000), st.floats(1, 1000))
def test_a_shortened_round_has_its_closed_form(size: float, dirty: float, rate: float) -> None:
    """Of one region, scattered or swept, the integral can be solved."""
    scattered = Writes(size, WorkingSet((Region(size, dirty, "scattered"),)))
    assert scattered.round_s(rate, skip=True) == pytest.approx(
        size / dirty * math.log1p(dirty / rate), rel=3e-3
    )
    swept = Writes(size, WorkingSet((Region(size, dirty),)))
    assert swept.round_s(rate, skip=True) == pytest.approx(
        size / dirty * -math.expm1(-dirty / rate), rel=3e-3
    )


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize(
    "regions",
    [
        (Region(64, 80),),
        (Region(64, 80, "scattered"),),
        (Region(20, 200, "scattered"), Region(60, 10, "scattered"), Region(40, 5)),
    ],
    ids=["swept", "scattered", "three regions"],
)
def test_single_pages_agree(regions: tuple[Region, ...], skip: bool) -> None:
    """What is to be expected is what a process that sends single pages finds, within noise."""
    working_set, page = WorkingSet(regions), 0.05
    rates = [20.0, 40.0, 60.0]
    writes = Writes(128, working_set)
    found = migrate_process(
        128, rates, working_set, default_rng(3), skip_dirtied=skip, page_mib=page
    )
    for each, rate in zip(found, rates, strict=True):
        left = writes.left_mib
        seconds = writes.round_s(rate, skip=skip)
        writes.pass_by(seconds)
        # Three standard errors of a count of pages, at the most uncertain share of one half, and
        # what the error of the round before has added.
        noise = 2 * 3 * 0.5 * math.sqrt(128 / page) * page
        assert each.sent_mib == pytest.approx(rate * seconds, abs=noise)
        assert each.dirtied_mib == pytest.approx(writes.left_mib, abs=noise)
        assert each.skipped_mib == pytest.approx(left - rate * seconds, abs=noise)


def test_adaptive_tries_full_speed_until_it_does_not_help() -> None:
    """By the text alone it stops at once; as it was built, it tries another round."""
    heavy = WorkingSet((Region(256, 106),))
    tried = migrate(512, 60, heavy, method="adaptive")
    as_written = migrate(512, 60, heavy, method="adaptive", try_full_speed=False)
    assert len(tried.rounds) == len(as_written.rounds) + 1
    assert tried.rounds[-2].rate_mib_per_s == 60
    assert not tried.converged
    assert not as_written.converged
    assert "the network sends" in tried.reason


def test_resuming_is_downtime() -> None:
    """What the other host needs is added to the downtime, and to the whole."""
    plain, slow = migrate(512, 64, 1), migrate(512, 64, 1, resume_ms=40)
    assert slow.downtime_ms == pytest.approx(plain.downtime_ms + 40)
    assert slow.total_time_s == pytest.approx(plain.total_time_s + 0.04)
    assert migrate(1024, 1, 100, resume_ms=40).downtime_ms is None


@LAW
@given(MEMORY, BANDWIDTH, DIRTY, st.floats(0, 5))
def test_post_copy_sends_all_once_and_always_ends(
    memory: float, bandwidth: float, dirty: float, fault_ms: float
) -> None:
    """Its downtime is that of the state alone, however fast the machine writes."""
    found = migrate(memory, bandwidth, dirty, method="post-copy", state_mib=2, fault_ms=fault_ms)
    assert found.converged
    assert found.downtime_ms == pytest.approx(2000 / bandwidth)
    assert found.sent_mib == pytest.approx(memory + 2)
    assert found.degraded_s == pytest.approx(memory / bandwidth)
    assert 0 <= found.stalled_s <= found.degraded_s
    assert 0 <= found.slowdown <= 1
    assert found.faults <= memory * 256 + 1
    assert (found.faults == 0) == (dirty == 0) or found.faults <= 1


def test_post_copy_faults_more_the_more_is_touched_and_waits_the_longer() -> None:
    """An idle machine never waits; a busy one soon does little else."""
    found = [migrate(1024, 128, dirty, method="post-copy") for dirty in (0, 8, 64, 512)]
    assert found[0].faults == 0
    assert [each.faults for each in found] == sorted(each.faults for each in found)
    assert found[-1].slowdown > 0.5
    free = migrate(1024, 128, 64, method="post-copy", fault_ms=0)
    assert free.stalled_s == 0
    # Without waiting, 64 MiB are touched each second for 8 s, and (1024 - 128 t) / (1024 - 64 t) of
    # it has not come: the integral is 1024 (1 - ln 2).
    assert free.faults / 256 == pytest.approx(1024 * (1 - math.log(2)), rel=0.01)


def test_rounds_are_rows_of_a_chart() -> None:
    """A row has plain numbers, under the names of a round's fields."""
    rows = migrate(1024, 128, 32).records()
    assert [row["sent_mib"] for row in rows] == [1024, 256, 64, 16]
    assert migrate(1024, 128, 32).overhead == pytest.approx(1360 / 1024)


def test_a_lost_page_is_noticed() -> None:
    """The rounds have to send or skip what the one before left."""
    one, other = migrate(512, 64, 1).rounds
    check_rounds((one, other))
    with pytest.raises(ConservationError, match="round 2 dealt with"):
        check_rounds((one, replace(other, sent_mib=other.sent_mib / 2)))
    with pytest.raises(ConservationError, match="round 1 skipped"):
        check_rounds((replace(one, skipped_mib=100), other))


@pytest.mark.parametrize("wrong", [{"mib": -1}, {"mib_per_s": math.nan}, {"mib": "1"}])
def test_regions_that_cannot_be_are_refused(wrong: dict) -> None:
    """A region has a size and a rate, and one of two patterns."""
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Region(**({"mib": 1, "mib_per_s": 1} | wrong))
    with pytest.raises(UnknownNameError, match="Did you mean 'scattered'"):
        Region(1, 1, "scatter")
    with pytest.raises(ParameterError, match="a tuple of Region"):
        WorkingSet((1, 2))
