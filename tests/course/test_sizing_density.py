"""Density: the count is the largest that fits, and what is said to end it ends it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.sizing import (
    TECHNOLOGIES,
    AmountError,
    Application,
    Capacity,
    SizingError,
    Technology,
    UnknownTechnologyError,
    band,
    density,
    density_curve,
    density_ratio,
    ratio_curve,
    technology,
)
from course.sizing.densities import costs_of

LAW = settings(derandomize=True, deadline=None, max_examples=150)
HOST = Capacity(64, 128 * 1024, 2_000_000)

AMOUNT = st.floats(0.01, 500)
CAPACITIES = st.builds(Capacity, st.floats(0, 128), st.floats(0, 3e5), st.floats(0, 1e6))


@st.composite
def applications(draw: st.DrawFn) -> Application:
    """Return applications, some with shared pages and layers."""
    memory, disk = draw(AMOUNT), draw(AMOUNT)
    shared = draw(st.floats(0, 0.9))
    return Application(draw(st.floats(0, 4)), memory, disk, shared * memory, shared * disk)


def takes(application: Application, its: Technology, count: int) -> dict[str, float]:
    """Return what so many instances take."""
    once, each = costs_of(application, its)
    return {name: once[name] + count * each[name] for name in each}


@LAW
@given(host=CAPACITIES, application=applications(), its=st.sampled_from([*TECHNOLOGIES.values()]))
def test_one_more_would_not_fit(host: Capacity, application: Application, its: Technology) -> None:
    """The instances counted fit; one more exceeds the resource that is said to end it."""
    found = density(host, application, its)
    used, more = takes(application, its, found.count), takes(application, its, found.count + 1)
    if found.count:
        for name, amount in used.items():
            assert amount <= getattr(host, name) * (1 + 1e-6)
            assert getattr(found.used, name) == pytest.approx(amount)
    assert more[found.binding] > getattr(host, found.binding) * (1 - 1e-6)
    assert found.count == min(n for n in found.limits.values() if n is not None)
    assert 0 <= found.overhead_share <= 1


def test_each_resource_can_be_the_one_that_ends_it() -> None:
    """Cores, memory or disk: whatever is asked for most runs out first."""
    for name, application in {
        "cores": Application(4, 1, 1),
        "memory_mib": Application(0.001, 4000, 1),
        "disk_mb": Application(0.001, 1, 90_000),
    }.items():
        found = density(HOST, application, "process")
        assert found.binding == name
        assert f"{found.count:,}." in found.reason


def test_exact_quotients_are_whole() -> None:
    """Ten instances of 0.1 cores fit on one core, though 0.1 is no binary fraction."""
    assert density(Capacity(0.3, 1, 1), Application(0.1, 0, 0), "process").count == 3


def test_shared_pages_count_once_under_one_kernel() -> None:
    """Containers share the pages of their program; virtual machines each have their own."""
    alone = Application(0, 100, 0)
    shared = replace(alone, shared_memory_mib=80)
    assert density(HOST, shared, "container").count > 3 * density(HOST, alone, "container").count
    assert density(HOST, shared, "qemu").count == density(HOST, alone, "qemu").count


def test_layers_count_once() -> None:
    """A thousand containers of one image take its layers once; machines take a disk each."""
    host, application = Capacity(1e6, 1e9, 10_000), Application(0, 1, 500, shared_disk_mb=495)
    assert density(host, application, "container").count == (10_000 - 495) // 5
    assert density(host, application, "debian-vm").count == 10_000 // 1_600


def test_a_lighter_technology_never_holds_fewer() -> None:
    """By memory alone, the order of the densities is that of the overheads."""
    ordered = sorted(TECHNOLOGIES.values(), key=lambda its: its.memory_mib)
    host = replace(HOST, cores=1e9, disk_mb=1e12)
    counts = [density(host, Application(0, 20, 0), its).count for its in ordered]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


@LAW
@given(
    overheads=st.tuples(st.floats(0, 50), st.floats(60, 300)),
    cores=st.floats(0, 0.5),
    low=st.floats(1.1, 3),
    wider=st.floats(0.1, 3),
)
def test_the_band_is_where_the_ratio_lies_within(
    overheads: tuple[float, float], cores: float, low: float, wider: float
) -> None:
    """Inside of the band the ratio is within its figures, outside it is not."""
    a, b = (Technology(str(i), str(i), "VM", mib) for i, mib in enumerate(overheads))
    shape = Application(cores, 0, 0)
    found = band(HOST, a, b, low, low + wider, application=shape)

    def instances(its: Technology, memory: float) -> float:
        limit = HOST.memory_mib / (memory + its.memory_mib)
        return min(limit, HOST.cores / cores) if cores else limit

    for memory in [0.01 * 1.1**step for step in range(170)]:
        ratio = instances(a, memory) / instances(b, memory)
        near = min(abs(ratio / edge - 1) for edge in (low, low + wider)) < 1e-6
        assert near or found.contains(memory) == (low <= ratio <= low + wider)


def test_the_claim_of_three_to_four_holds_in_a_band_only() -> None:
    """By memory alone, overheads of 4 and 106 MiB differ 3- to 4-fold at 30 to 47 MiB."""
    found = band(HOST, "container", "debian-vm")
    light, heavy = (technology(name).memory_mib for name in ("container", "debian-vm"))
    expected = ((heavy - 4 * light) / 3, (heavy - 3 * light) / 2)
    assert found.intervals == (pytest.approx(expected),)
    assert "30 to 47 MiB" in found.reason
    assert found.contains(40)
    assert not found.contains(400)


def test_a_band_that_there_is_not_is_empty() -> None:
    """What is heavier never holds three times as many."""
    found = band(HOST, "qemu", "container")
    assert found.intervals == ()
    assert "no size" in found.reason


def test_curves_are_what_density_says() -> None:
    """A curve's rows are single densities."""
    shape, sizes = Application(0.01, 8, 20, 4), [2, 16, 128]
    rows = density_curve(HOST, shape, ["container", "qemu"], sizes)
    assert [row["memory_mib"] for row in rows] == sizes * 2
    for row in rows:
        sized = shape.of_size(row["memory_mib"])
        assert row["count"] == density(HOST, sized, row["technology"]).count
    for row in ratio_curve(HOST, shape, "container", "qemu", sizes):
        sized = shape.of_size(row["memory_mib"])
        assert row["ratio"] == density_ratio(HOST, sized, "container", "qemu")


def test_a_ratio_to_nothing_is_infinite() -> None:
    """Where only one of them fits, there is no number; where none does, no question."""
    host = Capacity(1, 50, 10)
    assert density_ratio(host, Application(0, 20, 0), "container", "qemu") == math.inf
    with pytest.raises(AmountError, match="at least once"):
        density_ratio(host, Application(0, 200, 0), "container", "qemu")


def test_technologies_are_what_they_say() -> None:
    """Ids are keys, every figure has its source, and monitors and guests add up."""
    assert set(TECHNOLOGIES) >= {"process", "container", "gvisor", "kata", "firecracker", "qemu"}
    for name, its in TECHNOLOGIES.items():
        assert its.id == name
        assert its.source.endswith(".")
        assert its.memory_mib == its.monitor_memory_mib + its.guest_memory_mib
        assert technology(name) is technology(its) is its


BAD: list[tuple[Any, str]] = [
    (lambda: density(HOST, Application(-1, 1, 1), "qemu"), "cores"),
    (lambda: density(HOST, Application(1, math.nan, 1), "qemu"), "memory_mib"),
    (lambda: density(Capacity(math.inf, 1, 1), Application(1, 1, 1), "qemu"), "cores"),
    (lambda: Application(1, 10, 1, shared_memory_mib=11), "a part of memory_mib"),
    (lambda: density(HOST, Application(0, 0, 0), "process"), "takes nothing"),
    (lambda: density(HOST, Application(1, 1, 1), "docker-vm"), "expected a technology"),
    (lambda: band(HOST, "container", "qemu", low=4, high=3), "high"),
    (lambda: band(HOST, "container", "qemu", most_memory_mib=0), "most_memory_mib"),
    (lambda: band(HOST, "container", "qemu", low=True), "low"),
]


@pytest.mark.parametrize(("work", "said"), BAD)
def test_bad_input_is_named(work: Any, said: str) -> None:
    """An error says what was expected."""
    with pytest.raises(SizingError) as raised:
        work()
    assert said in str(raised.value)


def test_a_misspelt_technology_is_guessed_at() -> None:
    """The error carries the one that may have been meant."""
    with pytest.raises(UnknownTechnologyError) as raised:
        technology("Fire Cracker")
    assert raised.value.near == "firecracker"
