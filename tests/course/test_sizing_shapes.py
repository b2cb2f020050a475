"""Sizes, storage, spare hosts and cost: the laws, and the errors that say what to mend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.model import Host
from course.sizing import (
    AmountError,
    SizingError,
    clones,
    cost,
    fitting_size,
    hosts_with_spare,
    pack,
    place,
    powers_of_two,
    rounded,
    storage,
    survives,
    waste,
    worst_loss,
)

LAW = settings(derandomize=True, deadline=None, max_examples=100)
HOST = Host("R", 40, 384, 2, 16, idle_power_w=100, peak_power_w=300, price_eur=5_000)
MENU = {"S": (2, 4), "M": (4, 16), "high memory": (4, 32), "L": (16, 32)}


@LAW
@given(demand=st.floats(1e-6, 1e9))
def test_the_next_power_of_two(demand: float) -> None:
    """It holds the demand, and half of it does not."""
    size = rounded(demand)
    assert isinstance(size, float)
    assert math.log2(size) == int(math.log2(size))
    assert size / 2 < demand <= size
    assert waste([demand]).given == (size,)


def test_powers_are_their_own_size() -> None:
    """What is a power of two already is not doubled, and nothing stays nothing."""
    assert all(rounded(size) == size for size in powers_of_two(2**-10, 2**40))
    assert rounded(0) == 0
    assert rounded((3, 8)) == (4, 8)
    assert rounded(0.1 + 0.2, sizes=(0.3, 1)) == 0.3


@LAW
@given(st.lists(st.tuples(st.integers(0, 16), st.integers(0, 32)), min_size=1, max_size=20))
def test_a_machine_holds_its_demand_and_no_smaller_does(demands: list[Any]) -> None:
    """The machine given is the first in the order of sizes that holds the demand."""
    order = sorted(MENU, key=lambda name: MENU[name][0] / 16 + MENU[name][1] / 32)
    given = waste(demands, MENU)
    for demand, size in zip(demands, given.each, strict=True):
        holding = [
            name for name in order if demand[0] <= MENU[name][0] and demand[1] <= MENU[name][1]
        ]
        assert fitting_size(demand, MENU) == holding[0]
        assert size == MENU[holding[0]]
    for asked, got, more, share in zip(
        given.asked, given.given, given.more, given.share, strict=True
    ):
        assert got >= asked
        if asked:
            assert got == pytest.approx(asked * (1 + more)) == pytest.approx(asked / (1 - share))


def test_the_resource_wasted_most_is_named() -> None:
    """Shapes that fit badly waste one resource more than the other."""
    found = waste([(1, 30), (2, 20)], MENU, resources=("cores", "memory_gib"))
    assert found.binding == "cores"
    assert "cores" in found.reason
    assert [row["wasted"] for row in found.records()] == [5, 14]


LAYERS = st.dictionaries(st.sampled_from("abcdef"), st.just(0), min_size=1, max_size=6)


@LAW
@given(
    images=st.lists(st.sets(st.sampled_from("abcdef"), min_size=1), min_size=1, max_size=6),
    written=st.lists(st.integers(0, 500), max_size=6),
)
def test_each_layer_is_stored_once(images: list[set[str]], written: list[int]) -> None:
    """Stored is each layer once and what was written; copied is every image for each container."""
    sizes = {name: 10 * place_ + 7 for place_, name in enumerate("abcdef")}
    given = [{name: sizes[name] for name in image} for image in images]
    instances = [(number % len(images), size) for number, size in enumerate(written)]
    found = storage(given, instances)
    assert found.layer_bytes == sum(sizes[name] for name in set().union(*images))
    assert found.stored_bytes == found.layer_bytes + sum(written)
    own = sum(sum(given[number].values()) for number, _ in instances)
    assert found.copied_bytes == found.image_bytes + own + sum(written)
    assert 0 <= found.saved_share <= 1
    assert found.binding == ("layers" if found.layer_bytes >= sum(written) else "written")
    assert f"{found.layers} layers" in found.reason


def test_clones_keep_only_their_changes() -> None:
    """Three disks of 800 take 2,400 as copies, and little as clones of one."""
    found = clones(800, [1, 2, 3])
    assert (found.copied_bytes, found.stored_bytes) == (2_400, 806)


@LAW
@given(
    demands=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=12),
    spare_hosts=st.integers(0, 3),
)
def test_spare_hosts_make_up_for_as_many_lost(demands: list[Any], spare_hosts: int) -> None:
    """With k empty hosts, the loss of any k hosts leaves nobody over."""
    found = hosts_with_spare(demands, (10, 10), spare_hosts)
    assert found.needed == pack(demands, (10, 10)).count
    assert found.hosts == found.needed + spare_hosts
    assert found.worst.survived
    for host in range(found.hosts):
        after = survives(found.placement, host)
        assert after.survived or not spare_hosts
        assert len(after.moved) + len(after.unplaced) == len(found.placement.tenants[host])
        assert sum(map(sum, after.placement.loads)) == sum(
            sum(demands[i]) for i, its in enumerate(after.placement.host_of) if its is not None
        )
        assert after.placement.loads[host] == (0, 0)


def test_a_full_room_does_not_survive() -> None:
    """Without a spare, full hosts take in no tenants, and it is said what they lack."""
    placed = place([(4, 2), (4, 2)], [(4, 8), (4, 8)], resources=("cores", "GiB"))
    lost = survives(placed, 0)
    assert not lost.survived
    assert lost.binding == "cores"
    assert "1 of 1 tenants found no other host" in lost.reason
    assert worst_loss(placed, 2).unplaced == (0, 1)
    assert survives(place([1], [4, 4]), 1).reason.endswith("No tenant was on them.")


def test_the_worst_loss_is_the_worst_of_all() -> None:
    """It leaves over as many tenants as the worst of the losses one by one."""
    placed = place([5, 3, 3, 2, 2, 1], [8, 6, 4])
    assert len(worst_loss(placed).unplaced) == max(
        len(survives(placed, host).unplaced) for host in range(3)
    )


def test_cost_is_hardware_and_energy() -> None:
    """Half-busy hosts draw the middle of their power, and cooling comes on top."""
    found = cost(2, HOST, years=1, use=0.5, price_eur_per_kwh=0.5, power_usage_effectiveness=1.25)
    assert found.power_w == 2 * 200 * 1.25
    assert found.energy_kwh == pytest.approx(0.5 * 8760)
    assert found.total_eur == pytest.approx(10_000 + 2190)
    assert found.binding == "hardware"
    assert found.eur_per_instance_year is None
    many = cost(2, HOST, years=10, power_usage_effectiveness=3, instances=40)
    assert many.binding == "energy"
    assert many.eur_per_instance_year == pytest.approx(many.total_eur / 400)
    assert "a year for each instance" in many.reason


BAD: list[tuple[Any, str]] = [
    (lambda: rounded(-1), "found -1"),
    (lambda: rounded(math.nan), "found nan"),
    (lambda: rounded(9, sizes=(2, 8)), "Offer a larger size"),
    (lambda: rounded(9, sizes=()), "at least one size"),
    (lambda: waste([]), "at least one demand"),
    (lambda: waste([(1, 2), (3,)]), "all of one length"),
    (lambda: waste([(1, 99)], MENU), "Offer a larger machine"),
    (lambda: waste([1], MENU), "found 1 and 2"),
    (lambda: waste([1], {}), "at least one machine"),
    (lambda: powers_of_two(0, 4), "least"),
    (lambda: powers_of_two(4, 2), "most"),
    (lambda: storage([{"a": -1}]), "layer a"),
    (lambda: storage([{"a": 1}, {"a": 2}]), "one size for layer a"),
    (lambda: storage([{"a": 1}], [(1, 0)]), "image"),
    (lambda: storage([{"a": 1}], [(0, -1)]), "written"),
    (lambda: clones(1.5, []), "base_bytes"),  # type: ignore[arg-type]
    (lambda: hosts_with_spare([1], 2, -1), "spare_hosts"),
    (lambda: hosts_with_spare([3], 2), "fits in no bin"),
    (lambda: survives(place([1], [2]), 1), "lost"),
    (lambda: worst_loss(place([1], [2]), 2), "hosts_lost"),
    (lambda: cost(-1, HOST), "hosts"),
    (lambda: cost(1, HOST, years=0), "years"),
    (lambda: cost(1, HOST, use=50), "use"),
    (lambda: cost(1, HOST, power_usage_effectiveness=0.5), "power_usage_effectiveness"),
    (lambda: cost(1, HOST, instances=0), "instances"),
]


@pytest.mark.parametrize(("work", "said"), BAD)
def test_bad_input_is_named(work: Any, said: str) -> None:
    """An error says which number is wrong and what was expected."""
    with pytest.raises(SizingError) as raised:
        work()
    assert said in str(raised.value)


def test_numbers_of_numpy_are_numbers() -> None:
    """What comes out of an array can be put in again."""
    sizes = np.array([3, 5])
    assert rounded(sizes[0]) == 4
    assert rounded(sizes) == (4, 8)
    assert cost(sizes[0], HOST, years=np.float64(1)).hosts == 3
    with pytest.raises(AmountError):
        cost(np.True_, HOST)
