"""The explorer of lesson 02: what privileged instructions cost, and where two techniques cross."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets
import traitlets

from course import charts_hypervisors
from course.simulation.overhead import (
    COSTS,
    TECHNIQUES,
    Costs,
    Run,
    State,
    break_even,
    cost,
    counts_by_technique,
)

__all__ = ["ToyMachineExplorer"]

#: So many instructions are counted, so that each thousandth is a whole number of them.
INSTRUCTIONS = 1_000_000

_CONTROL = {"style": {"description_width": "240px"}, "layout": {"width": "580px"}}


class ToyMachineExplorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Change what things cost on the toy machine, and see where the cycles go.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        privileged_percent: how many of a hundred instructions that are run are privileged.
        exit_cycles: what a trap costs, there and back.
        hypercall_cycles: what a hypercall costs, there and back.
        emulation_cycles: what it costs to do what a privileged instruction would have done.
        dispatch_cycles: what an interpreter takes to read an instruction.
        batch: how many privileged instructions share one hypercall.
        runs: what a million instructions come to, one for each technique.
        message: what is said in words about them.
    """

    privileged_percent = traitlets.Float(2.0)
    exit_cycles = traitlets.Int(int(COSTS.exit))
    hypercall_cycles = traitlets.Int(int(COSTS.hypercall))
    emulation_cycles = traitlets.Int(int(COSTS.emulation))
    dispatch_cycles = traitlets.Int(int(COSTS.dispatch))
    batch = traitlets.Int(1)
    runs = traitlets.Tuple()
    message = traitlets.Unicode()

    def __init__(self, privileged_percent: float = 2.0, costs: Costs = COSTS) -> None:
        """Explore the toy machine.

        Args:
            privileged_percent: how many of a hundred instructions are privileged at the start.
            costs: what things cost at the start, in cycles; an ordinary instruction goes on to
                cost what it costs here.
        """
        self._direct = costs.direct
        self._chart = ipywidgets.Output(layout={"min_height": "480px"})
        self._words = ipywidgets.HTML()
        controls = {
            "privileged_percent": ipywidgets.FloatSlider(
                description="privileged instructions (%)",
                min=0,
                max=20,
                step=0.1,
                readout_format=".1f",
                **_CONTROL,
            ),
            "exit_cycles": _slider("a trap (cycles)", 0, 4000, 20),
            "hypercall_cycles": _slider("a hypercall (cycles)", 0, 4000, 20),
            "emulation_cycles": _slider("emulating one instruction (cycles)", 0, 1000, 10),
            "dispatch_cycles": _slider("reading one by program (cycles)", 0, 200, 1),
            "batch": _slider("privileged ones in one hypercall", 1, 16, 1),
        }
        super().__init__([*controls.values(), self._words, self._chart])
        with self.hold_trait_notifications():
            self.privileged_percent = privileged_percent
            self.exit_cycles, self.hypercall_cycles = round(costs.exit), round(costs.hypercall)
            self.emulation_cycles = round(costs.emulation)
            self.dispatch_cycles = round(costs.dispatch)
        for name, control in controls.items():
            traitlets.link((self, name), (control, "value"))
        self.observe(self._redraw, names=list(controls))
        self._redraw()

    @property
    def costs(self) -> Costs:
        """What things cost now, in cycles."""
        return Costs(
            direct=self._direct,
            exit=self.exit_cycles,
            emulation=self.emulation_cycles,
            hypercall=self.hypercall_cycles,
            dispatch=self.dispatch_cycles,
        )

    def _redraw(self, _change: Any = None) -> None:
        costs, share = self.costs, self.privileged_percent / 100
        privileged = round(share * INSTRUCTIONS)
        self.runs = tuple(
            _counted(technique, privileged, -(-privileged // self.batch), costs)
            for technique in TECHNIQUES
        )
        self._say(self._summary(costs))
        charts = (
            charts_hypervisors.cost_by_technique(self.runs),
            charts_hypervisors.cost_against_share(costs, batch=self.batch, shares=(share,)),
        )
        self._chart.outputs = tuple(_display_data(chart) for chart in charts)

    def _summary(self, costs: Costs) -> str:
        direct = self.runs[0].cycles
        times = ", ".join(
            f"{run.technique} {run.cycles / direct:,.1f} times" for run in self.runs[1:]
        )
        cheapest = min(self.runs[1:], key=lambda run: run.cycles).technique
        crossing = break_even("trap-and-emulate", "interpretation", costs)
        return (
            f"With {self.privileged_percent:.1f} % privileged instructions, the cycles of the bare "
            f"hardware are multiplied: {times}. The cheapest is {cheapest}. "
            f"Traps against interpretation: {crossing.reason}."
        )

    def _say(self, message: str) -> None:
        self.message = message
        self._words.value = f'<p role="status" style="margin: 6px 0">{escape(message)}</p>'


def _slider(description: str, least: int, most: int, step: int) -> ipywidgets.IntSlider:
    return ipywidgets.IntSlider(description=description, min=least, max=most, step=step, **_CONTROL)


def _counted(technique: str, privileged: int, hypercalls: int, costs: Costs) -> Run:
    """Return what a million instructions come to, without running them."""
    counts = counts_by_technique(INSTRUCTIONS, privileged, technique, hypercalls=hypercalls)
    return Run(
        technique=technique,
        state=State(),
        output=(),
        counts=counts,
        cost=cost(counts, costs),
        exits=(),
    )


def _display_data(chart: Any) -> dict[str, Any]:
    data, metadata = chart._repr_mimebundle_()
    return {"output_type": "display_data", "data": data, "metadata": metadata}
