"""The instructions of the toy machine, and programs of them.

The machine has four registers, ``r0`` to ``r3``, of 32 bits each; four pages of eight memory cells;
a page register, which says which of the pages ``load`` and ``store`` reach; and a port, to which
numbers are put out. It has eight instructions:

==================  =============================================  ==============
instruction         what it does                                   kind
==================  =============================================  ==============
``set r1, 5``       r1 becomes 5                                   ordinary
``add r1, r2``      r1 becomes r1 + r2                             ordinary
``sub r1, r2``      r1 becomes r1 - r2                             ordinary
``load r1, 3``      r1 becomes cell 3 of the page                  ordinary
``store 3, r1``     cell 3 of the page becomes r1                  ordinary
``jump r1, again``  goes on at ``again`` unless r1 is 0            ordinary
``out r1``          r1 goes to the port: a device is used          **privileged**
``page r1``         the page becomes r1: memory is mapped          **privileged**
==================  =============================================  ==============

A privileged instruction works in the processor's privileged mode alone; in user mode it *traps*:
the processor stops, and hands over to whoever is in charge.

A ninth one is off by default, since no machine should have it. ``mode r1`` sets r1 to 1 in
privileged mode and to 0 in user mode. It is *sensitive*, because it lets a guest see that it does
not own the machine, and not privileged, so that nobody notices. Popek and Goldberg showed in 1974
that trap-and-emulate is safe where every sensitive instruction is privileged; x86 was once
otherwise.

Words wrap: they are reckoned modulo 2^32. A program ends behind its last instruction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from course.simulation.errors import InstructionError

__all__ = [
    "CELLS",
    "PAGES",
    "REGISTERS",
    "WORD",
    "Hypercall",
    "Instruction",
    "Operation",
    "Program",
]

REGISTERS: Final = 4
PAGES: Final = 4
CELLS: Final = 8  # of each page
WORD: Final = 2**32  # how many values a word has


class Operation(StrEnum):
    """Name what an instruction does.

    Example:
        >>> [operation.value for operation in Operation if operation.privileged]
        ['out', 'page']
    """

    SET = "set"
    ADD = "add"
    SUB = "sub"
    LOAD = "load"
    STORE = "store"
    JUMP = "jump"
    OUT = "out"
    PAGE = "page"
    MODE = "mode"

    @property
    def privileged(self) -> bool:
        """Whether it works in privileged mode alone."""
        return self in (Operation.OUT, Operation.PAGE)

    @property
    def sensitive(self) -> bool:
        """Whether it shows or changes who owns the machine; not all that is needs to trap."""
        return self.privileged or self is Operation.MODE


# What the operands of each operation are, in order.
_OPERANDS = MappingProxyType(
    {
        Operation.SET: ("register", "number"),
        Operation.ADD: ("register", "register"),
        Operation.SUB: ("register", "register"),
        Operation.LOAD: ("register", "cell"),
        Operation.STORE: ("cell", "register"),
        Operation.JUMP: ("register", "place"),
        Operation.OUT: ("register",),
        Operation.PAGE: ("register",),
        Operation.MODE: ("register",),
    }
)
_LIMITS = MappingProxyType({"register": REGISTERS, "cell": CELLS, "number": WORD})


def operand_kinds(operation: Operation) -> tuple[str, ...]:
    """Return what the operands of an operation are: register, number, cell or place."""
    return _OPERANDS[operation]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of the toy machine.

    Attributes:
        operation: what it does.
        operands: numbers of registers and cells, a number, or the place of an instruction in its
            program from 0 on, as the operation has them.

    Raises:
        InstructionError: the operands are not those of the operation.

    Example:
        >>> print(Instruction(Operation.ADD, (0, 1)))
        add r0, r1
    """

    operation: Operation
    operands: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.operation, Operation):
            raise InstructionError(
                f"expected an Operation, such as Operation.ADD, found {self.operation!r}; "
                "assemble() reads instructions from text"
            )
        kinds = _OPERANDS[self.operation]
        if len(self.operands) != len(kinds):
            raise InstructionError(
                f"expected {len(kinds)} operands for `{self.operation}` ({', '.join(kinds)}), "
                f"found {len(self.operands)}"
            )
        for kind, operand in zip(kinds, self.operands, strict=True):
            if not isinstance(operand, int) or not 0 <= operand < _LIMITS.get(kind, operand + 1):
                last = f" to {_LIMITS[kind] - 1}" if kind in _LIMITS else " on"
                raise InstructionError(
                    f"expected a {kind} from 0{last} for `{self.operation}`, found {operand!r}"
                )

    def __str__(self) -> str:
        kinds = _OPERANDS[self.operation]
        written = (
            f"r{operand}" if kind == "register" else str(operand)
            for kind, operand in zip(kinds, self.operands, strict=True)
        )
        return f"{self.operation} {', '.join(written)}"


@dataclass(frozen=True, slots=True)
class Hypercall:
    """A request of a rewritten program to its hypervisor.

    Attributes:
        operations: the instructions that it stands for, in order.

    Raises:
        InstructionError: there is none, or one of them needs no hypervisor.

    Example:
        >>> print(Hypercall((Instruction(Operation.OUT, (0,)), Instruction(Operation.PAGE, (1,)))))
        hypercall (out r0; page r1)
    """

    operations: tuple[Instruction, ...]

    def __post_init__(self) -> None:
        if not self.operations or not all(i.operation.sensitive for i in self.operations):
            raise InstructionError(
                "expected a hypercall for one or more of out, page and mode, found "
                f"{'; '.join(map(str, self.operations)) or 'none'}"
            )

    def __str__(self) -> str:
        return f"hypercall ({'; '.join(map(str, self.operations))})"


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the toy machine.

    Attributes:
        instructions: what it consists of; hypercalls appear in rewritten programs only.
        sensitive: whether it may use the ninth instruction, ``mode``.

    Raises:
        InstructionError: it jumps out of itself, or uses ``mode`` where that is not allowed.

    Example:
        >>> seven = Instruction(Operation.SET, (0, 7))
        >>> program = Program((seven, Instruction(Operation.OUT, (0,))))
        >>> len(program), program.privileged_share
        (2, 0.5)
    """

    instructions: tuple[Instruction | Hypercall, ...]
    sensitive: bool = False

    def __post_init__(self) -> None:
        for instruction in self.instructions:
            if isinstance(instruction, Hypercall):
                continue
            if instruction.operation is Operation.MODE and not self.sensitive:
                raise InstructionError(
                    "expected one of the eight instructions, found the ninth, `mode`, which is "
                    "off; say sensitive=True to have it"
                )
            if instruction.operation is Operation.JUMP and instruction.operands[1] > len(self):
                raise InstructionError(
                    f"expected a jump to a place from 0 to {len(self)}, the end of the program, "
                    f"found {instruction.operands[1]}"
                )

    def __len__(self) -> int:
        return len(self.instructions)

    @property
    def targets(self) -> frozenset[int]:
        """The places that a jump leads to."""
        return frozenset(
            i.operands[1]
            for i in self.instructions
            if isinstance(i, Instruction) and i.operation is Operation.JUMP
        )

    @property
    def rewritten(self) -> bool:
        """Whether it holds hypercalls."""
        return any(isinstance(instruction, Hypercall) for instruction in self.instructions)

    @property
    def privileged_share(self) -> float:
        """The share of its lines that is privileged: as written, not as run."""
        privileged = sum(
            isinstance(i, Instruction) and i.operation.privileged for i in self.instructions
        )
        return privileged / len(self) if self.instructions else 0.0
