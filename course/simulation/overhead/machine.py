"""The toy machine: its state, its processor, and the trap.

`Processor.step` is the hardware. In user mode it refuses what is privileged by raising `Trap`;
what is then done about that is the matter of a technique (`course.simulation.overhead.techniques`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from course.simulation.overhead.instructions import (
    CELLS,
    PAGES,
    REGISTERS,
    WORD,
    Instruction,
    Operation,
)

__all__ = ["Machine", "Processor", "State", "Trap"]


class Trap(Exception):  # noqa: N818 (the field's own word; it is no error, but an event)
    """Say that an instruction needs privileged mode, and that the processor is in user mode.

    Attributes:
        instruction: the instruction that was not carried out.
    """

    def __init__(self, instruction: Instruction) -> None:
        super().__init__(f"{instruction} is privileged")
        self.instruction = instruction


@dataclass(frozen=True, slots=True)
class State:
    """What a program leaves behind.

    Attributes:
        registers: the four registers, ``r0`` first.
        memory: all cells, page by page.
        page: the page that is mapped.

    Example:
        >>> State().registers
        (0, 0, 0, 0)
    """

    registers: tuple[int, ...] = (0,) * REGISTERS
    memory: tuple[int, ...] = (0,) * (PAGES * CELLS)
    page: int = 0


@dataclass(slots=True)
class Machine:
    """The machine as a program finds it: registers, memory, page register, port.

    Attributes:
        registers: the four registers.
        memory: all cells, page by page.
        page: the page that is mapped.
        port: what has been put out so far.
        place: where in its program the machine is, from 0 on.
    """

    registers: list[int] = field(default_factory=lambda: [0] * REGISTERS)
    memory: list[int] = field(default_factory=lambda: [0] * (PAGES * CELLS))
    page: int = 0
    port: list[int] = field(default_factory=list)
    place: int = 0

    @property
    def state(self) -> State:
        """What of it is left when the program has ended."""
        return State(tuple(self.registers), tuple(self.memory), self.page)

    def carry_out(self, instruction: Instruction, *, privileged: bool = True) -> None:
        """Do what an instruction says, and move on to the next one.

        Args:
            instruction: what to do.
            privileged: the mode that the instruction finds, which ``mode`` shows.
        """
        registers, cells = self.registers, self.memory
        first = instruction.operands[0]
        self.place += 1
        match instruction.operation:
            case Operation.SET:
                registers[first] = instruction.operands[1]
            case Operation.ADD:
                registers[first] = (registers[first] + registers[instruction.operands[1]]) % WORD
            case Operation.SUB:
                registers[first] = (registers[first] - registers[instruction.operands[1]]) % WORD
            case Operation.LOAD:
                registers[first] = cells[self.page * CELLS + instruction.operands[1]]
            case Operation.STORE:
                cells[self.page * CELLS + first] = registers[instruction.operands[1]]
            case Operation.JUMP:
                if registers[first]:
                    self.place = instruction.operands[1]
            case Operation.OUT:
                self.port.append(registers[first])
            case Operation.PAGE:
                self.page = registers[first] % PAGES
            case Operation.MODE:
                registers[first] = int(privileged)


@dataclass(frozen=True, slots=True)
class Processor:
    """The hardware that carries instructions out, in one of two modes.

    Attributes:
        privileged: whether it is in privileged mode; else it is in user mode.

    Example:
        >>> machine, out = Machine(), Instruction(Operation.OUT, (0,))
        >>> Processor(privileged=True).step(machine, out)
        >>> machine.port
        [0]
        >>> Processor(privileged=False).step(machine, out)
        Traceback (most recent call last):
        course.simulation.overhead.machine.Trap: out r0 is privileged
    """

    privileged: bool

    def step(self, machine: Machine, instruction: Instruction) -> None:
        """Carry one instruction out.

        Args:
            machine: what it is carried out on.
            instruction: what to carry out.

        Raises:
            Trap: the instruction is privileged and the processor is not; the machine is unchanged.
        """
        if instruction.operation.privileged and not self.privileged:
            raise Trap(instruction)
        machine.carry_out(instruction, privileged=self.privileged)
