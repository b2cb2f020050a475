"""The explorer of lesson 01: what a room becomes on hosts of one's choice."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from course import charts
from course.sizing.consolidation import Consolidation, consolidate

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

_CONTROL = {"style": {"description_width": "190px"}, "layout": {"width": "560px"}}


class ConsolidationExplorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Put a room's servers on hosts, and see what changes while a slider moves.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        host_cores: cores of one host.
        host_memory_gib: memory of one host, in GiB.
        headroom: the fraction of each host to keep free.
        overhead: the fraction of each host that its hypervisor keeps.
        method: the heuristic, a method of `course.sizing.pack`.
        plan: what comes of it; None while a server is too large for the host.
        message: what is said in words about `plan`.
    """

    host_cores = traitlets.Int()
    host_memory_gib = traitlets.Int()
    headroom = traitlets.Float(0.2)
    overhead = traitlets.Float(0.05)
    method = traitlets.Enum(list(METHODS.values()), "first_fit_decreasing")
    plan = traitlets.Instance(Consolidation, allow_none=True)
    message = traitlets.Unicode()

    def __init__(self, servers: Sequence[Server], host: Host) -> None:
        """Explore a room.

        Args:
            servers: the dedicated servers.
            host: the host model to begin with; other sizes draw power in proportion to its cores.
        """
        self._servers = tuple(servers)
        self._host = host
        self._chart = ipywidgets.Output(layout={"min_height": "320px"})
        self._words = ipywidgets.HTML()
        controls = {
            "host_cores": ipywidgets.IntSlider(
                description="cores of a host", min=16, max=96, step=2, **_CONTROL
            ),
            "host_memory_gib": ipywidgets.IntSlider(
                description="memory of a host (GiB)", min=128, max=1024, step=16, **_CONTROL
            ),
            "headroom": ipywidgets.FloatSlider(
                description="headroom, kept free",
                min=0,
                max=0.5,
                step=0.05,
                readout_format=".0%",
                **_CONTROL,
            ),
            "overhead": ipywidgets.FloatSlider(
                description="kept by the hypervisor",
                min=0,
                max=0.2,
                step=0.01,
                readout_format=".0%",
                **_CONTROL,
            ),
            "method": ipywidgets.Dropdown(
                description="heuristic", options=list(METHODS.items()), **_CONTROL
            ),
        }
        super().__init__([*controls.values(), self._words, self._chart])
        with self.hold_trait_notifications():
            self.host_cores, self.host_memory_gib = host.cores, host.memory_gib
        for name, control in controls.items():
            traitlets.link((self, name), (control, "value"))
        self.observe(self._redraw, names=list(controls))
        self._redraw()

    def _redraw(self, _change: Any = None) -> None:
        share = self.host_cores / self._host.cores
        host = replace(
            self._host,
            cores=self.host_cores,
            memory_gib=self.host_memory_gib,
            idle_power_w=round(self._host.idle_power_w * share),
            peak_power_w=round(self._host.peak_power_w * share),
        )
        try:
            self.plan = consolidate(
                self._servers,
                host,
                headroom=self.headroom,
                overhead=self.overhead,
                method=self.method,
            )
        except ValueError as error:
            self.plan = None
            self._say(f"That does not work: {error}")
            return
        self._say(self._summary(self.plan))
        self._chart.outputs = tuple(_display_data(chart) for chart in self._charts(self.plan))

    def _say(self, message: str) -> None:
        self.message = message
        self._words.value = f'<p role="status" style="margin: 6px 0">{escape(message)}</p>'

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


def _display_data(chart: Any) -> dict[str, Any]:
    data, metadata = chart._repr_mimebundle_()
    return {"output_type": "display_data", "data": data, "metadata": metadata}
