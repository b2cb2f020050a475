"""The explorer of lesson 02: what privileged instructions cost, and where two techniques cross."""

from __future__ import annotations

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
from course.widgets.explorer import Explorer, Shown, labelled, slider

__all__ = ["ToyMachineExplorer"]

#: So many instructions are counted, so that each thousandth is a whole number of them.
INSTRUCTIONS = 1_000_000

_CONTROL = labelled(240)


class ToyMachineExplorer(Explorer):
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
    """

    privileged_percent = traitlets.Float(2.0)
    exit_cycles = traitlets.Int(int(COSTS.exit))
    hypercall_cycles = traitlets.Int(int(COSTS.hypercall))
    emulation_cycles = traitlets.Int(int(COSTS.emulation))
    dispatch_cycles = traitlets.Int(int(COSTS.dispatch))
    batch = traitlets.Int(1)
    runs = traitlets.Tuple()

    file_name = "toy-machine"
    height_px = 480

    def __init__(self, privileged_percent: float = 2.0, costs: Costs = COSTS) -> None:
        """Explore the toy machine.

        Args:
            privileged_percent: how many of a hundred instructions are privileged at the start.
            costs: what things cost at the start, in cycles; an ordinary instruction goes on to
                cost what it costs here.
        """
        self._direct = costs.direct
        super().__init__(
            {
                "privileged_percent": slider(
                    "privileged instructions (%)", 0, 20, 0.1, readout_format=".1f", **_CONTROL
                ),
                "exit_cycles": slider("a trap (cycles)", 0, 4000, 20, **_CONTROL),
                "hypercall_cycles": slider("a hypercall (cycles)", 0, 4000, 20, **_CONTROL),
                "emulation_cycles": slider(
                    "emulating one instruction (cycles)", 0, 1000, 10, **_CONTROL
                ),
                "dispatch_cycles": slider("reading one by program (cycles)", 0, 200, 1, **_CONTROL),
                "batch": slider("privileged ones in one hypercall", 1, 16, 1, **_CONTROL),
            },
            begin={
                "privileged_percent": privileged_percent,
                "exit_cycles": round(costs.exit),
                "hypercall_cycles": round(costs.hypercall),
                "emulation_cycles": round(costs.emulation),
                "dispatch_cycles": round(costs.dispatch),
            },
        )

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

    def draw(self) -> Shown:
        """Return what a million instructions come to, and which technique is cheapest where."""
        costs, share = self.costs, self.privileged_percent / 100
        privileged = round(share * INSTRUCTIONS)
        self.runs = tuple(
            _counted(technique, privileged, -(-privileged // self.batch), costs)
            for technique in TECHNIQUES
        )
        return Shown(
            self._summary(costs),
            [
                charts_hypervisors.cost_by_technique(self.runs),
                charts_hypervisors.cost_against_share(costs, batch=self.batch, shares=(share,)),
            ],
            [
                {
                    "technique": run.technique,
                    "privileged_percent": self.privileged_percent,
                    "exits": run.counts.exits,
                    "hypercalls": run.counts.hypercalls,
                    "cycles": run.cycles,
                }
                for run in self.runs
            ],
        )

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
