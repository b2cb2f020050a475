"""From the text of a program to its instructions and back.

A line holds a label, an instruction, both or none; ``#`` or ``;`` begins a comment::

            set  r1, 3       # count down from 3
    again:  out  r1
            sub  r1, r2
            jump r1, again   # unless r1 is 0

`assemble` reads it, `listing` writes it, and `sum_program` is one that is always at hand.
"""

from __future__ import annotations

import re

from course.simulation.errors import AssemblyError, InstructionError, UnknownNameError, require
from course.simulation.overhead.instructions import (
    WORD,
    Hypercall,
    Instruction,
    Operation,
    Program,
    operand_kinds,
)

__all__ = ["assemble", "listing", "sum_program"]

_LABEL = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_REGISTER = re.compile(r"r(\d+)\Z", re.ASCII)
_NUMBER = re.compile(r"\d+\Z", re.ASCII)


def assemble(text: str, *, sensitive: bool = False) -> Program:
    r"""Read a program.

    Args:
        text: its lines.
        sensitive: whether the ninth instruction, ``mode``, is allowed.

    Returns:
        The program.

    Raises:
        AssemblyError: a line cannot be read; it carries the number of the line.

    Example:
        >>> print(assemble("set r0, 7").instructions[0])
        set r0, 7
        >>> assemble("set r0, 7\n out r9")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        course.simulation.errors.AssemblyError: line 2: expected a register from 0 to 3 ...
    """
    places: dict[str, int] = {}
    lines: list[tuple[int, str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        code = re.split(r"[#;]", line, maxsplit=1)[0].strip()
        while ":" in code:
            label, code = (part.strip() for part in code.split(":", 1))
            if not _LABEL.match(label):
                raise AssemblyError(
                    f"expected a label of letters, digits and _, found {label!r}",
                    line=number,
                    text=line,
                )
            if label in places:
                raise AssemblyError(
                    f"expected each label once, found {label!r} again", line=number, text=line
                )
            places[label] = len(lines)
        if code:
            name, _, rest = code.replace("\t", " ").partition(" ")
            operands = [part.strip() for part in rest.split(",")] if rest.strip() else []
            lines.append((number, line, name, operands))
    instructions = []
    for number, line, name, operands in lines:
        try:
            instructions.append(_instruction(name, operands, places, sensitive=sensitive))
        except InstructionError as error:
            raise AssemblyError(str(error), line=number, text=line) from None
        except UnknownNameError as error:
            raise AssemblyError(str(error).removesuffix("."), line=number, text=line) from None
    return Program(tuple(instructions), sensitive=sensitive)


def _instruction(
    name: str, operands: list[str], places: dict[str, int], *, sensitive: bool
) -> Instruction:
    known = [o.value for o in Operation if sensitive or o is not Operation.MODE]
    if name.lower() not in known:
        if name.lower() == Operation.MODE:
            raise InstructionError(
                "expected one of the eight instructions, found the ninth, `mode`, which is off; "
                "say sensitive=True to have it"
            )
        raise UnknownNameError("instruction", name, known)
    operation = Operation(name.lower())
    kinds = operand_kinds(operation)
    if len(operands) != len(kinds):
        raise InstructionError(
            f"expected {len(kinds)} operands for `{operation}` ({', '.join(kinds)}), "
            f"found {len(operands)}"
        )
    numbers = tuple(
        _operand(kind, operand, operation, places)
        for kind, operand in zip(kinds, operands, strict=True)
    )
    return Instruction(operation, numbers)


def _operand(kind: str, text: str, operation: Operation, places: dict[str, int]) -> int:
    if kind == "place":
        if text not in places:
            there = f"there are: {', '.join(places)}" if places else "there is none"
            raise InstructionError(f"expected a label to jump to, found {text!r}; {there}")
        return places[text]
    match = (_REGISTER if kind == "register" else _NUMBER).match(text)
    if match is None:
        example = "r0" if kind == "register" else "5"
        raise InstructionError(
            f"expected a {kind} such as {example} for `{operation}`, found {text!r}"
        )
    return int(text.removeprefix("r"))


def listing(program: Program) -> str:
    r"""Write a program as text, with its labels.

    Args:
        program: any program, a rewritten one too.

    Returns:
        One line for each instruction. `assemble` reads it again, unless it holds hypercalls.

    Example:
        >>> print(listing(assemble("set r1, 3\nagain: out r1\njump r1, again")))
                set r1, 3
        L1:     out r1
                jump r1, L1
    """
    labels = {place: f"L{number}" for number, place in enumerate(sorted(program.targets), 1)}
    lines = []
    for place, instruction in enumerate(program.instructions):
        label = f"{labels[place]}:" if place in labels else ""
        lines.append(f"{label:<8}{_written(instruction, labels)}")
    if len(program) in labels:
        lines.append(f"{labels[len(program)]}:")
    return "\n".join(lines)


def _written(instruction: Instruction | Hypercall, labels: dict[int, str]) -> str:
    if isinstance(instruction, Instruction) and instruction.operation is Operation.JUMP:
        register, place = instruction.operands
        return f"jump r{register}, {labels[place]}"
    return str(instruction)


def sum_program(numbers: int, every: int) -> Program:
    """Write a program that adds up the numbers from `numbers` down to 1.

    It puts out every so many-th sum on the way, and the last one.

    Args:
        numbers: how many numbers it adds, at least 1.
        every: after how many of them it puts out the sum, at least 1. The smaller, the larger is
            the share of privileged instructions.

    Returns:
        The program; with `run` it takes 5 steps for each number, and 7 where the sum is put out.

    Raises:
        ParameterError: one of them is no whole number of at least 1, or is no word.

    Example:
        >>> from course.simulation.overhead.techniques import run
        >>> run(sum_program(numbers=4, every=2), "direct").output
        (7, 10, 10)
    """
    require("numbers", numbers, at_least=1, at_most=WORD - 1, whole=True)
    require("every", every, at_least=1, at_most=WORD - 1, whole=True)
    return assemble(f"""
                set  r1, {numbers}   # the number to add next
                set  r2, {every}     # how many more until the sum is put out
                set  r3, 1
        again:  add  r0, r1
                sub  r2, r3
                jump r2, on
                out  r0
                set  r2, {every}
        on:     sub  r1, r3
                jump r1, again
                out  r0
    """)
