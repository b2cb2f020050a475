"""Spare hosts: how many have to be there so that the loss of some can be borne.

With n hosts that are needed and k that stay empty, any k may fail: of the full ones that are lost,
each finds an empty one in its place.

>>> spared = hosts_with_spare([4, 4, 3, 3], capacity=8, spare_hosts=1)
>>> spared.needed, spared.hosts, spared.worst.survived
(2, 3, True)

Hosts that are not full can do the same without an empty one among them, which `worst_loss` tries:

>>> spread = place([3, 3, 2, 2], [8, 8, 8], method="worst_fit_decreasing")
>>> worst_loss(spread).survived, worst_loss(spread, hosts_lost=2).survived
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from course.sizing.errors import require
from course.sizing.packing import pack
from course.sizing.placement import Placement, place

if TYPE_CHECKING:
    from course.sizing.demands import Capacity, Demands
    from course.sizing.packing import Packing

__all__ = ["Spare", "Survival", "hosts_with_spare", "survives", "worst_loss"]

_MOST_LOSSES = 2_000


@dataclass(frozen=True)
class Survival:
    """What becomes of the tenants of lost hosts.

    Attributes:
        lost: the hosts that are lost.
        moved: the demands that found another host.
        unplaced: the demands that found none.
        placement: where all demands are now.
        reason: all this in a sentence.
    """

    lost: tuple[int, ...]
    moved: tuple[int, ...]
    unplaced: tuple[int, ...]
    placement: Placement
    reason: str

    @property
    def survived(self) -> bool:
        """Whether all tenants found another host."""
        return not self.unplaced

    @property
    def binding(self) -> str | None:
        """The resource that runs out first on the hosts that are left."""
        return self.placement.binding()


@dataclass(frozen=True)
class Spare:
    """How many hosts are needed, with spare ones.

    Attributes:
        needed: how many hold all demands.
        spare_hosts: how many more there are.
        packing: which demands share a host.
        placement: the same, with the spare hosts.
    """

    needed: int
    spare_hosts: int
    packing: Packing
    placement: Placement

    @cached_property
    def worst(self) -> Survival:
        """What the worst loss of so many hosts comes to."""
        return worst_loss(self.placement, self.spare_hosts)

    @property
    def hosts(self) -> int:
        """How many hosts there are to be."""
        return self.needed + self.spare_hosts

    @property
    def utilisation(self) -> tuple[float, ...]:
        """The share of all hosts that is used, resource by resource, the spare ones counted."""
        return self.placement.utilisation

    @property
    def binding(self) -> str | None:
        """The resource that runs out first."""
        return self.packing.binding()

    @property
    def reason(self) -> str:
        """How many hosts there are to be and why, in a sentence."""
        return (
            f"{self.needed} hosts hold all demands, by {self.binding}, and {self.spare_hosts} more "
            f"make up for as many lost: {self.hosts}."
        )


def hosts_with_spare(
    demands: Demands,
    capacity: Capacity,
    spare_hosts: int = 1,
    method: str = "first_fit_decreasing",
) -> Spare:
    """Return how many like hosts there have to be so that any so many of them may be lost.

    Args:
        demands: as for `course.sizing.pack`.
        capacity: as for `course.sizing.pack`.
        spare_hosts: how many may be lost at the same time.
        method: a method of `course.sizing.pack`.

    Raises:
        AmountError: the number of spare hosts is negative or no whole number.
        PackingError: as of `course.sizing.pack`.
    """
    require("spare_hosts", spare_hosts, whole=True)
    given: list[Any] = list(demands)
    packing = pack(given, capacity, method)
    size = _row(packing.capacity)
    empty = (0.0,) * len(size)
    hosts = packing.count + spare_hosts
    placement = Placement(
        demands=tuple(map(_row, given)),
        hosts=(size,) * hosts,
        resources=packing.resources,
        method=method,
        host_of=packing.placement,
        loads=(*map(_row, packing.loads), *[empty] * spare_hosts),
    )
    return Spare(
        needed=packing.count,
        spare_hosts=spare_hosts,
        packing=packing,
        placement=placement,
    )


def survives(placement: Placement, lost: int | Iterable[int]) -> Survival:
    """Lose hosts, and place their tenants on the others, by best-fit decreasing.

    Tenants of the other hosts stay where they are. Moving these as well might make room for more.

    Args:
        placement: where the demands are.
        lost: the host, or the hosts, that are lost.

    Raises:
        AmountError: there is no such host.
    """
    gone = tuple(sorted(set(lost))) if isinstance(lost, Iterable) else (lost,)
    for host in gone:
        require("lost", host, at_most=len(placement.hosts) - 1, whole=True)
    none = (0.0,) * len(placement.resources)
    homeless = [index for index, host in enumerate(placement.host_of) if host in gone]
    left = [host for host in range(len(placement.hosts)) if host not in gone]
    host_of = [None if host in gone else host for host in placement.host_of]
    loads = [none if host in gone else load for host, load in enumerate(placement.loads)]
    if homeless and left:
        free = [_rest(placement.hosts[host], loads[host]) for host in left]
        found = place([placement.demands[index] for index in homeless], free).host_of
        for index, its in zip(homeless, found, strict=True):
            if its is not None:
                host = host_of[index] = left[its]
                both = zip(loads[host], placement.demands[index], strict=True)
                loads[host] = tuple(map(sum, both))
    unplaced = tuple(index for index in homeless if host_of[index] is None)
    after = replace(
        placement,
        hosts=tuple(none if host in gone else has for host, has in enumerate(placement.hosts)),
        host_of=tuple(host_of),
        loads=tuple(loads),
    )
    return Survival(
        lost=gone,
        moved=tuple(index for index in homeless if host_of[index] is not None),
        unplaced=unplaced,
        placement=after,
        reason=_reason(gone, homeless, unplaced, after),
    )


def worst_loss(placement: Placement, hosts_lost: int = 1) -> Survival:
    """Try every loss of so many hosts, and return that with which most tenants are left over.

    Where there are more than 2,000 ways to lose them, the first 2,000 are tried, the fullest hosts
    first.

    Args:
        placement: where the demands are.
        hosts_lost: how many hosts are lost at the same time.

    Raises:
        AmountError: the number is negative, no whole number, or more than there are hosts.
    """
    require("hosts_lost", hosts_lost, at_most=len(placement.hosts), whole=True)
    fullest = sorted(
        range(len(placement.hosts)),
        key=lambda host: max(placement.shares(host)),
        reverse=True,
    )
    losses = islice(combinations(fullest, hosts_lost), _MOST_LOSSES)
    return max((survives(placement, lost) for lost in losses), key=lambda s: len(s.unplaced))


def _reason(
    gone: tuple[int, ...], homeless: list[int], unplaced: tuple[int, ...], left: Placement
) -> str:
    hosts = ", ".join(map(str, gone)) or "none"
    if not homeless:
        return f"Lost hosts: {hosts}. No tenant was on them."
    if not unplaced:
        return f"Lost hosts: {hosts}. All {len(homeless)} tenants found another host."
    return (
        f"Lost hosts: {hosts}. {len(unplaced)} of {len(homeless)} tenants found no other host. "
        f"{left.reason()}"
    )


def _rest(has: tuple[float, ...], used: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(max(0.0, h - u) for h, u in zip(has, used, strict=True))


def _row(amount: Any) -> tuple[float, ...]:
    return tuple(map(float, amount)) if isinstance(amount, Iterable) else (float(amount),)
