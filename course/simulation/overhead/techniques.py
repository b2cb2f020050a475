"""The same program run in four ways.

- `run` runs a program by one of the `TECHNIQUES`
- `rewrite` makes a program paravirtual: it calls its hypervisor instead of trapping

Whatever the way, the program must leave the same state and the same output behind: else the
virtual machine is not one. What differs is how often somebody else than the program has to act.
"""

from __future__ import annotations

from dataclasses import dataclass

from course.simulation.errors import (
    InstructionError,
    StepLimitError,
    UnknownNameError,
    require,
)
from course.simulation.overhead.costs import COSTS, TECHNIQUES, Breakdown, Costs, Counts, cost
from course.simulation.overhead.instructions import Hypercall, Instruction, Operation, Program
from course.simulation.overhead.machine import Machine, Processor, State, Trap

__all__ = ["Exit", "Run", "rewrite", "run"]


@dataclass(frozen=True, slots=True)
class Exit:
    """One time that the hypervisor had to act.

    Attributes:
        step: before which step of the program, from 1 on.
        place: where in the program that was run, from 0 on.
        instruction: what the guest was about to do, as text.
        kind: ``trap`` or ``hypercall``.
        why: what made the guest stop, and what was done about it.
    """

    step: int
    place: int
    instruction: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What running a program came to.

    Attributes:
        technique: how it was run.
        state: registers, memory and page at the end.
        output: what was put out, in order.
        counts: how often each thing happened.
        cost: cycles, by what they were spent on.
        exits: each time that the hypervisor had to act, in order.
    """

    technique: str
    state: State
    output: tuple[int, ...]
    counts: Counts
    cost: Breakdown
    exits: tuple[Exit, ...]

    @property
    def cycles(self) -> float:
        """All cycles together."""
        return self.cost.total


def run(
    program: Program,
    technique: str,
    costs: Costs = COSTS,
    *,
    batch: int = 1,
    max_steps: int = 100_000,
) -> Run:
    r"""Run a program.

    Args:
        program: as it was written; ``paravirtual`` rewrites it first.
        technique: one of `TECHNIQUES`.
        costs: cycles of each thing.
        batch: under ``paravirtual`` up to how many neighbouring instructions share a hypercall.
        max_steps: after how many instructions of the program to give up.

    Returns:
        The state and the output at the end, with counts, cycles and all exits.

    Raises:
        UnknownNameError: there is no such technique.
        StepLimitError: the program did not end in time.
        InstructionError: the program was rewritten before.
        ParameterError: `batch` or `max_steps` is no whole number of at least 1.

    Example:
        >>> from course.simulation.overhead.assembler import assemble
        >>> program = assemble("set r0, 7; a number\nout r0\nout r0")
        >>> [(run(program, each).output, run(program, each).cycles) for each in TECHNIQUES]
        [((7, 7), 3), ((7, 7), 2201), ((7, 7), 801), ((7, 7), 291)]
        >>> run(program, "trap-and-emulate").exits[0].why
        'out r0 is privileged and the guest is in user mode; the hypervisor emulates it'
    """
    require("batch", batch, at_least=1, whole=True)
    require("max_steps", max_steps, at_least=1, whole=True)
    if technique not in TECHNIQUES:
        raise UnknownNameError("technique", technique, TECHNIQUES)
    if technique == "paravirtual":
        program = rewrite(program, batch=batch)
    elif program.rewritten:
        raise InstructionError(
            f"expected a program as it was written for {technique}, found one with hypercalls; "
            "run the original"
        )
    session = _Session(program, max_steps)
    session.run_by(technique)
    counts = session.counts()
    return Run(
        technique=technique,
        state=session.machine.state,
        output=tuple(session.machine.port),
        counts=counts,
        cost=cost(counts, costs),
        exits=tuple(session.exits),
    )


class _Session:
    """A program on its machine, and what has happened so far."""

    def __init__(self, program: Program, max_steps: int) -> None:
        self.program = program
        self.max_steps = max_steps
        self.machine = Machine()
        self.exits: list[Exit] = []
        self.direct = self.emulated = self.dispatched = self.steps = self.privileged = 0

    def run_by(self, technique: str) -> None:
        """Run the program to its end."""
        step = {
            "direct": self._on_hardware,
            "trap-and-emulate": self._under_a_hypervisor,
            "paravirtual": self._under_a_hypervisor,
            "interpretation": self._interpreted,
        }[technique]
        processor = Processor(privileged=technique == "direct")
        while self.machine.place < len(self.program):
            instruction = self.program.instructions[self.machine.place]
            size = len(instruction.operations) if isinstance(instruction, Hypercall) else 1
            if self.steps + size > self.max_steps:
                raise StepLimitError(self.max_steps)
            step(processor, instruction)
            self.steps += size

    def _on_hardware(self, processor: Processor, instruction: Instruction | Hypercall) -> None:
        assert isinstance(instruction, Instruction)  # `run` has refused all others
        processor.step(self.machine, instruction)
        self.privileged += instruction.operation.privileged
        self.direct += 1

    def _under_a_hypervisor(
        self, processor: Processor, instruction: Instruction | Hypercall
    ) -> None:
        if isinstance(instruction, Hypercall):
            self._note(instruction, "hypercall", f"the guest asks for {_counted(instruction)}")
            place = self.machine.place
            for operation in instruction.operations:
                self._emulate(operation)
            self.machine.place = place + 1
            return
        try:
            processor.step(self.machine, instruction)
        except Trap as trap:
            why = f"{trap} and the guest is in user mode; the hypervisor emulates it"
            self._note(instruction, "trap", why)
            self._emulate(instruction)
        else:
            self.direct += 1

    def _interpreted(self, processor: Processor, instruction: Instruction | Hypercall) -> None:
        # The processor runs the interpreter, and never meets the guest's instruction.
        assert isinstance(instruction, Instruction)  # `run` has refused all others
        self.dispatched += 1
        if instruction.operation.privileged:
            self._emulate(instruction)
        else:
            self.machine.carry_out(instruction, privileged=True)
            self.direct += 1

    def _emulate(self, instruction: Instruction) -> None:
        """Do to the guest's machine what the instruction would have done to a real one."""
        self.machine.carry_out(instruction, privileged=True)
        self.emulated += 1
        self.privileged += 1

    def _note(self, instruction: Instruction | Hypercall, kind: str, why: str) -> None:
        self.exits.append(Exit(self.steps + 1, self.machine.place, str(instruction), kind, why))

    def counts(self) -> Counts:
        """Return how often each thing has happened."""
        kinds = [each.kind for each in self.exits]
        return Counts(
            instructions=self.steps,
            privileged=self.privileged,
            direct=self.direct,
            exits=kinds.count("trap"),
            hypercalls=kinds.count("hypercall"),
            emulated=self.emulated,
            dispatched=self.dispatched,
        )


def _counted(call: Hypercall) -> str:
    number = len(call.operations)
    return "one operation" if number == 1 else f"{number} operations at once"


def rewrite(program: Program, *, batch: int = 1) -> Program:
    r"""Make a program paravirtual: put hypercalls in place of what needs a hypervisor.

    Whoever rewrites a program sees its ``mode`` instructions too, and replaces them, trap or no
    trap: that is how paravirtualization copes with a machine that cannot be virtualized by traps.

    Args:
        program: as it was written.
        batch: up to how many neighbouring instructions share a call. A call ends before a place
            that a jump leads to, since only a part of it would have to be carried out there.

    Returns:
        The rewritten program, with its jumps led to the new places.

    Raises:
        InstructionError: the program was rewritten before.
        ParameterError: `batch` is no whole number of at least 1.

    Example:
        >>> from course.simulation.overhead.assembler import assemble, listing
        >>> print(listing(rewrite(assemble("out r0\nout r1\npage r2\nset r0, 1"), batch=2)))
                hypercall (out r0; out r1)
                hypercall (page r2)
                set r0, 1
    """
    require("batch", batch, at_least=1, whole=True)
    if program.rewritten:
        raise InstructionError("expected a program as it was written, found one with hypercalls")
    targets = program.targets
    groups: list[list[Instruction]] = []  # each becomes one instruction or one hypercall
    new_places: list[int] = []
    for place, instruction in enumerate(program.instructions):
        assert isinstance(instruction, Instruction)  # no hypercalls: it was not rewritten before
        joins = (
            instruction.operation.sensitive
            and groups
            and groups[-1][-1].operation.sensitive
            and len(groups[-1]) < batch
            and place not in targets
        )
        if joins:
            groups[-1].append(instruction)
        else:
            groups.append([instruction])
        new_places.append(len(groups) - 1)
    new_places.append(len(groups))  # a jump to the end leads to the new end
    return Program(
        tuple(_rewritten(group, new_places) for group in groups), sensitive=program.sensitive
    )


def _rewritten(group: list[Instruction], new_places: list[int]) -> Instruction | Hypercall:
    first = group[0]
    if first.operation.sensitive:
        return Hypercall(tuple(group))
    if first.operation is Operation.JUMP:
        register, place = first.operands
        return Instruction(Operation.JUMP, (register, new_places[place]))
    return first
