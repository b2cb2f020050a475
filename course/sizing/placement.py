"""Placement: which tenant goes on which host, where no two hosts need to be alike.

>>> placed = place([(4, 16), (2, 24), (1, 2)], [(4, 32), (8, 24)], resources=("cores", "GiB"))
>>> placed.host_of, placed.loads
((1, 0, 0), ((3.0, 26.0), (4.0, 16.0)))

The hosts are given and may be too few; `course.sizing.packing` asks how many like hosts there have
to be. The rules are those of `course.sizing.heuristics`, but a share is one of what all hosts have
on average, so that what is scarce among them counts for more.
"""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from course.sizing.arrays import TOLERANCE, table
from course.sizing.demands import names_of
from course.sizing.errors import AmountError, UnknownMethodError
from course.sizing.reasons import most_used

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from course.sizing.arrays import Floats

__all__ = ["PLACEMENT_METHODS", "Placement", "place"]

PLACEMENT_METHODS = (
    "first_fit",
    "first_fit_decreasing",
    "best_fit_decreasing",
    "worst_fit_decreasing",
)


@dataclass(frozen=True, repr=False)
class Placement:
    """Which demand is on which host.

    Attributes:
        demands: what each tenant asks for, one number for each resource.
        hosts: what each host has free, one number for each resource.
        resources: their names.
        method: the method that placed them.
        host_of: for each demand the number of its host, or None where it fits on none.
        loads: for each host what its tenants come to, one number for each resource.
    """

    demands: tuple[tuple[float, ...], ...]
    hosts: tuple[tuple[float, ...], ...]
    resources: tuple[str, ...]
    method: str
    host_of: tuple[int | None, ...]
    loads: tuple[tuple[float, ...], ...]

    @cached_property
    def unplaced(self) -> tuple[int, ...]:
        """The demands that fit on no host."""
        return tuple(index for index, host in enumerate(self.host_of) if host is None)

    @cached_property
    def tenants(self) -> tuple[tuple[int, ...], ...]:
        """For each host its demands."""
        found: list[list[int]] = [[] for _ in self.hosts]
        for index, host in enumerate(self.host_of):
            if host is not None:
                found[host].append(index)
        return tuple(map(tuple, found))

    @property
    def hosts_used(self) -> int:
        """How many hosts have a tenant."""
        return len({host for host in self.host_of if host is not None})

    @property
    def utilisation(self) -> tuple[float, ...]:
        """The share of all hosts that is used, from 0 to 1, resource by resource."""
        return tuple(
            math.fsum(loads) / math.fsum(capacities) if sum(capacities) else 0.0
            for loads, capacities in zip(_columns(self.loads), _columns(self.hosts), strict=True)
        )

    def binding(self, host: int | None = None) -> str | None:
        """Return the resource that runs out first.

        Args:
            host: a host, and the share of it that its tenants use; None: all hosts together, and
                the share of them that all demands ask for, placed or not.

        Returns:
            The name of the resource, or None where nothing is used.
        """
        shares = self.shares(host)
        largest = max(shares)
        return self.resources[shares.index(largest)] if largest > 0 else None

    def reason(self, host: int | None = None) -> str:
        """Say in a sentence which resource runs out first, and how far it is used.

        Args:
            host: as for `binding`.
        """
        where = "All hosts together" if host is None else f"Host {host}"
        return most_used(where, self.resources, self.shares(host))

    def why_unplaced(self, index: int) -> str:
        """Say in a sentence why a demand is on no host.

        Raises:
            AmountError: there is no such demand, or it is on a host.
        """
        if not 0 <= index < len(self.host_of) or self.host_of[index] is not None:
            what = f"is on host {self.host_of[index]}" if 0 <= index < len(self.host_of) else ""
            raise AmountError(
                f"expected a demand that is on no host, one of {reprlib.repr(self.unplaced)}, "
                f"found {index}{f', which {what}' if what else ''}",
                name="index",
                value=index,
            )
        demand = self.demands[index]
        asked = ", ".join(
            f"{amount:g} {name}" for amount, name in zip(demand, self.resources, strict=True)
        )
        empty = [host for host, has in enumerate(self.hosts) if _holds(has, demand)]
        if not empty:
            return f"Demand {index} asks for {asked}: no host is as large, even if it is empty."
        short = {
            name: sum(
                not _holds((has[at],), (load[at] + demand[at],))
                for has, load in zip(self.hosts, self.loads, strict=True)
            )
            for at, name in enumerate(self.resources)
        }
        lacking = ", ".join(f"{name} on {hosts}" for name, hosts in short.items() if hosts)
        return (
            f"Demand {index} asks for {asked}: {len(empty)} of {len(self.hosts)} hosts would hold "
            f"it if empty, but too little is free ({lacking})."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each host and resource, for a chart."""
        return [
            {
                "host": host,
                "resource": name,
                "load": load,
                "capacity": capacity,
                "share": load / capacity if capacity else 0.0,
                "binding": name == self.binding(host),
            }
            for host, (loads, has) in enumerate(zip(self.loads, self.hosts, strict=True))
            for name, load, capacity in zip(self.resources, loads, has, strict=True)
        ]

    def shares(self, host: int | None = None) -> list[float]:
        """Return the share of each resource that is used, or asked for; see `binding`.

        Args:
            host: as for `binding`.
        """
        if host is None:
            asked = [math.fsum(column) for column in _columns(self.demands)]
            asked = asked or [0.0] * len(self.resources)
            has: Sequence[float] = [math.fsum(column) for column in _columns(self.hosts)]
        elif 0 <= host < len(self.hosts):
            asked, has = list(self.loads[host]), self.hosts[host]
        else:
            raise AmountError(
                f"expected a host from 0 to {len(self.hosts) - 1}, found {host}",
                name="host",
                value=host,
            )
        return [
            load / capacity if capacity else math.inf if load else 0.0
            for load, capacity in zip(asked, has, strict=True)
        ]

    def __repr__(self) -> str:
        # Of ten thousand demands, a notebook shall show some.
        return (
            f"Placement(method={self.method!r}, hosts_used={self.hosts_used}, "
            f"unplaced={reprlib.repr(self.unplaced)}, host_of={reprlib.repr(self.host_of)})"
        )


def place(
    demands: ArrayLike,
    hosts: ArrayLike,
    method: str = "best_fit_decreasing",
    *,
    resources: Sequence[str] | None = None,
) -> Placement:
    """Place demands on hosts, each of which may have other capacities.

    Args:
        demands: what each tenant asks for: (n, resources) numbers of 0 or more, or n numbers where
            there is one resource.
        hosts: what each host has free: (m, resources) numbers, in the units of the demands. A host
            may have 0 of something.
        method: one of

            - ``first_fit``: each demand, in the order given, on the first host that holds it;
            - ``first_fit_decreasing``: the same, the largest demands first;
            - ``best_fit_decreasing``: the largest first, each where least room is left;
            - ``worst_fit_decreasing``: the largest first, each where most is left, which spreads
              them.
        resources: names for them.

    Returns:
        The placement. A host may hold 10**-9 of its capacity more than it has, to allow for the
        rounding of floats.

    Raises:
        AmountError: a number is none, negative or not finite, or rows differ in length.
        UnknownMethodError: there is no such method.

    It takes in the order of n * m * resources steps, all but n of them in numpy.

    Example:
        >>> place([3, 3, 3], [4, 7]).unplaced, place([3, 3, 3], [4, 2]).why_unplaced(2)
        ((), 'Demand 2 asks for 3 resource 0: 1 of 2 hosts would hold it if empty, \
but too little is free (resource 0 on 2).')
    """
    if method not in PLACEMENT_METHODS:
        raise UnknownMethodError(method, PLACEMENT_METHODS)
    has = table("hosts", hosts, "host", "resource")
    if not has.size:
        raise AmountError("expected at least one host, found none", name="hosts", value=hosts)
    asked = table("demands", demands, "demand", "resource")
    if not asked.size:
        asked = asked.reshape(0, has.shape[1])
    if asked.shape[1] != has.shape[1]:
        raise AmountError(
            "expected as many resources in a demand as in a host, found "
            f"{asked.shape[1]} in demands and {has.shape[1]} in hosts",
            name="demands",
            value=demands,
        )
    names = names_of(resources, has.shape[1])
    chosen = _fit(asked, has, method)
    loads = np.zeros_like(has)
    np.add.at(loads, chosen[chosen >= 0], asked[chosen >= 0])
    return Placement(
        demands=tuple(map(tuple, asked.tolist())),
        hosts=tuple(map(tuple, has.tolist())),
        resources=names,
        method=method,
        host_of=tuple(host if host >= 0 else None for host in chosen.tolist()),
        loads=tuple(map(tuple, loads.tolist())),
    )


def _fit(asked: Floats, has: Floats, method: str) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return the host of each demand, or -1."""
    average = has.mean(axis=0)
    weights = np.divide(1.0, average, out=np.zeros_like(average), where=average > 0)
    order: Any = range(len(asked))
    if method != "first_fit":
        order = np.argsort(-(asked * weights).max(axis=1, initial=0), kind="stable")
    # Resources by hosts: each step then runs along all hosts.
    rooms = np.ascontiguousarray((has * (1 + TOLERANCE)).T)
    left = weights @ rooms
    sizes, ranks = asked[:, :, np.newaxis], asked @ weights
    chosen = np.full(len(asked), -1)
    for index in order:
        fits = (rooms >= sizes[index]).all(axis=0)
        if method == "best_fit_decreasing":
            host = np.where(fits, left, np.inf).argmin()
        elif method == "worst_fit_decreasing":
            host = np.where(fits, left, -np.inf).argmax()
        else:
            host = fits.argmax()
        if fits[host]:
            chosen[index] = host
            rooms[:, host] -= asked[index]
            left[host] -= ranks[index]
    return chosen


def _columns(rows: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    return list(zip(*rows, strict=True))


def _holds(has: Sequence[float], asked: Sequence[float]) -> bool:
    return all(a <= h * (1 + TOLERANCE) for a, h in zip(asked, has, strict=True))
