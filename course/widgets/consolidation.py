"""The explorer of lesson 01: what a room becomes on hosts of one's choice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import traitlets

from course import charts
from course.sizing.consolidation import Consolidation, consolidate
from course.widgets.explorer import Explorer, Shown, choice, labelled, slider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.model import Host, Server

__all__ = ["METHODS", "ConsolidationExplorer"]

#: The heuristics on offer, as a learner reads them and as `pack` calls them.
METHODS = {
    "first fit": "first_fit",
    "first fit, decreasing": "first_fit_decreasing",
    "best fit, decreasing": "best_fit_decreasing",
}

_CONTROL = labelled(190)


class ConsolidationExplorer(Explorer):
    """Put a room's servers on hosts, and see what changes while a slider moves.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        host_cores: cores of one host.
        host_memory_gib: memory of one host, in GiB.
        headroom: the fraction of each host to keep free.
        overhead: the fraction of each host that its hypervisor keeps.
        method: the heuristic, a method of `course.sizing.pack`.
        plan: what comes of it; None while a server is too large for the host.
    """

    host_cores = traitlets.Int()
    host_memory_gib = traitlets.Int()
    headroom = traitlets.Float(0.2)
    overhead = traitlets.Float(0.05)
    method = traitlets.Enum(list(METHODS.values()), "first_fit_decreasing")
    plan = traitlets.Instance(Consolidation, allow_none=True)

    file_name = "consolidation"

    def __init__(self, servers: Sequence[Server], host: Host) -> None:
        """Explore a room.

        Args:
            servers: the dedicated servers.
            host: the host model to begin with; other sizes draw power in proportion to its cores.
        """
        self._servers = tuple(servers)
        self._host = host
        shares: dict[str, Any] = {"readout_format": ".0%", **_CONTROL}
        super().__init__(
            {
                "host_cores": slider("cores of a host", 16, 96, 2, **_CONTROL),
                "host_memory_gib": slider("memory of a host (GiB)", 128, 1024, 16, **_CONTROL),
                "headroom": slider("headroom, kept free", 0, 0.5, 0.05, **shares),
                "overhead": slider("kept by the hypervisor", 0, 0.2, 0.01, **shares),
                "method": choice("heuristic", METHODS, **_CONTROL),
            },
            begin={"host_cores": host.cores, "host_memory_gib": host.memory_gib},
        )

    def draw(self) -> Shown:
        """Return what the room becomes on the chosen hosts.

        Raises:
            ValueError: a server is too large for the host.
        """
        self.plan = None
        share = self.host_cores / self._host.cores
        host = replace(
            self._host,
            cores=self.host_cores,
            memory_gib=self.host_memory_gib,
            idle_power_w=round(self._host.idle_power_w * share),
            peak_power_w=round(self._host.peak_power_w * share),
        )
        self.plan = plan = consolidate(
            self._servers, host, headroom=self.headroom, overhead=self.overhead, method=self.method
        )
        return Shown(self._summary(plan), self._charts(plan), _placements(plan))

    def _summary(self, plan: Consolidation) -> str:
        spare = len(plan.servers) - plan.hosts
        bound = plan.packing.lower_bound
        proof = (
            "No packing needs fewer."
            if plan.hosts == bound
            else f"No packing needs fewer than {bound}; whether {bound} would do is open."
        )
        return f"{len(plan.servers)} servers on {plan.hosts} hosts, {spare} machines gone. {proof}"

    def _charts(self, plan: Consolidation) -> tuple[Any, Any]:
        names = [server.name for server in plan.servers]
        loads = plan.demands
        return (
            charts.before_and_after(plan),
            charts.packing_map(
                [[names[tenant] for tenant in tenants] for tenants in plan.packing.bins],
                {
                    name: (demand.cores, demand.memory_gib)
                    for name, demand in zip(names, loads, strict=True)
                },
                (plan.usable.cores, plan.usable.memory_gib),
                resources=("cores at peak", "memory at peak (GiB)"),
                whole=(plan.host.cores, plan.host.memory_gib),
                title="Who shares a host with whom (modelled)",
            ),
        )


def _placements(plan: Consolidation) -> list[dict[str, Any]]:
    """Return a row for each server: its host, and what it asks for there."""
    return [
        {
            "server": plan.servers[tenant].name,
            "host": number,
            "peak_cores": plan.demands[tenant].cores,
            "peak_memory_gib": plan.demands[tenant].memory_gib,
        }
        for number, tenants in enumerate(plan.packing.bins, 1)
        for tenant in tenants
    ]
