"""The learner's own program for the toy machine, what things cost on it, and its clock.

- `Toy`: the program, by how many rounds it makes
- `draw_toy`: how it is drawn

The program makes so many rounds that nobody would wait for a toy that runs it: its instructions
are reckoned, and what was reckoned is tried on a version with few rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table
from course.simulation.overhead import Costs, Program, assemble, listing

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["Toy", "draw_toy"]

_BEFORE = 2  # lines before the first round
_AROUND = 3  # lines of a round beside its inner loop and what is privileged
_INNER = 2  # lines of the inner loop that count it


@dataclass(frozen=True)
class Toy:
    """A program of two loops, one inside the other.

    Attributes:
        rounds: how often the outer loop is run.
        inner: how often the inner loop is run in each round.
        work: the lines of the inner loop that do something, all of them ordinary.
        privileged_lines: the privileged lines of a round.
        costs: what things cost, in cycles.
        clock_ghz: cycles in a nanosecond.
    """

    rounds: int
    inner: int
    work: tuple[str, ...]
    privileged_lines: tuple[str, ...]
    costs: Costs
    clock_ghz: float

    def text(self, rounds: int | None = None) -> str:
        """Return the program as a text.

        Args:
            rounds: how many rounds it makes; as many as are asked for if None.
        """
        lines = [
            f"set r1, {self.rounds if rounds is None else rounds}",
            "set r3, 1",
            f"round: set r2, {self.inner}",
            f"work: {self.work[0]}",
            *self.work[1:],
            "sub r2, r3",
            "jump r2, work",
            *self.privileged_lines,
            "sub r1, r3",
            "jump r1, round",
        ]
        return "\n".join(lines)

    def program(self, rounds: int | None = None) -> Program:
        """Return the program, ready to be run.

        Args:
            rounds: how many rounds it makes; as many as are asked for if None.
        """
        return assemble(self.text(rounds))

    def listing(self) -> str:
        """Return the program as it is written, one instruction a line."""
        return listing(self.program())

    @property
    def each_round(self) -> int:
        """How many instructions one round runs."""
        inner = self.inner * (len(self.work) + _INNER)
        return inner + len(self.privileged_lines) + _AROUND

    @property
    def instructions(self) -> int:
        """How many instructions are run, all rounds together."""
        return _BEFORE + self.rounds * self.each_round

    @property
    def privileged(self) -> int:
        """How many of them are privileged."""
        return self.rounds * len(self.privileged_lines)

    def prices(self) -> Table:
        """Return what things cost on this learner's machine."""
        costs = self.costs
        rows = (
            ("an instruction that the processor carries out", costs.direct, "cycles",
             "costs.direct"),
            ("a trap: from the guest to the hypervisor and back", costs.exit, "cycles",
             "costs.exit"),
            ("a hypercall: the same way, on request", costs.hypercall, "cycles",
             "costs.hypercall"),
            ("doing what a privileged instruction would have done", costs.emulation, "cycles",
             "costs.emulation"),
            ("reading an instruction by program", costs.dispatch, "cycles", "costs.dispatch"),
            ("the clock", self.clock_ghz, "cycles/ns (GHz)", "clock_ghz"),
        )  # fmt: skip
        named = tuple((what, value, unit, f"task.toy.{name}") for what, value, unit, name in rows)
        return Table(
            "What things cost on your machine (invented)",
            ("what", "value", "unit", "in Python"),
            named,
        )


_WORK = ("add r0, r2", "add r0, r1", "store 3, r0", "load r0, 3", "store 5, r2", "sub r0, r3")
_PRIVILEGED = (("out r0",), ("page r1", "out r0"), ("out r1", "out r0"), ("page r2",))
#: Cycles for an interpreter to read an instruction: none is faster, and few are as slow.
_FEWEST_DISPATCH, _MOST_DISPATCH = 10, 90
#: The break-even share, as a multiple of the program's own share: clearly beside it.
_BESIDE = ((0.35, 0.65), (1.6, 2.6))


def draw_toy(draw: Draw) -> Toy:
    """Return the program of the learner whose draws these are."""
    shape = Toy(
        rounds=1000 * draw.integer(200, 900),
        inner=draw.integer(5, 20),
        work=tuple(draw.shuffled(_WORK)[: draw.integer(1, 3)]),
        privileged_lines=draw.choice(_PRIVILEGED),
        costs=Costs(),
        clock_ghz=draw.integer(20, 38) / 10,
    )
    share = shape.privileged / shape.instructions
    exit_cycles, dispatch = 0, 0
    while not _FEWEST_DISPATCH <= dispatch <= _MOST_DISPATCH:
        exit_cycles = 20 * draw.integer(30, 90)
        dispatch = round(exit_cycles * share * draw.fraction(*draw.choice(_BESIDE)))
    costs = Costs(
        exit=exit_cycles,
        hypercall=10 * draw.integer(15, 40),
        emulation=10 * draw.integer(6, 20),
        dispatch=dispatch,
    )
    return Toy(**{**vars(shape), "costs": costs})
