"""What running a program costs: from counts to cycles.

Each technique pays for an ordinary and for a privileged instruction:

====================  ==================  =============================
technique             ordinary            privileged
====================  ==================  =============================
direct                direct              direct
trap-and-emulate      direct              exit + emulation
paravirtual           direct              hypercall / batch + emulation
interpretation        dispatch + direct   dispatch + emulation
====================  ==================  =============================

What a trap or a hypercall leads to has to be done as well: somebody must emulate the instruction
that the processor did not carry out. To count the exits and forget the emulation is the usual
mistake; to count the instruction once more as if the processor had carried it out is another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from course.simulation.errors import UnknownNameError, require

__all__ = [
    "COSTS",
    "TECHNIQUES",
    "Breakdown",
    "Costs",
    "Counts",
    "cost",
    "counts_by_technique",
    "cycles_by_counts",
    "seconds",
]

#: The ways to run a program, from the bare hardware to software alone, with what they are.
TECHNIQUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "direct": "on the bare hardware, in privileged mode",
        "trap-and-emulate": "in user mode; what is privileged traps and is emulated",
        "paravirtual": "rewritten, so that it calls the hypervisor instead of trapping",
        "interpretation": "instruction by instruction, by a program",
    }
)


@dataclass(frozen=True, slots=True)
class Costs:
    """How many cycles each thing takes.

    All defaults are this model's own round numbers, chosen for their order: real ones differ from
    processor to processor. None of them is taken from a publication.

    Attributes:
        direct: an instruction that the processor carries out.
        exit: a trap: the way from the guest to the hypervisor and back.
        emulation: what the hypervisor or the interpreter does in place of a privileged instruction.
        hypercall: a call: the way from the guest to the hypervisor and back, which the guest has
            prepared.
        dispatch: what an interpreter does to read an instruction and find out what it means.

    Raises:
        ParameterError: one of them is negative or no number.
    """

    direct: float = 1
    exit: float = 1000
    emulation: float = 100
    hypercall: float = 300
    dispatch: float = 30

    def __post_init__(self) -> None:
        for each in fields(self):
            require(each.name, getattr(self, each.name), at_least=0)


COSTS: Final = Costs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often each thing happened.

    Attributes:
        instructions: instructions of the original program that were run, by whatever means.
        privileged: those of them that are privileged; in a rewritten program also ``mode``.
        direct: instructions that the processor carried out itself.
        exits: traps.
        hypercalls: calls of the hypervisor.
        emulated: instructions that somebody emulated, after a trap, in a call or as interpreter.
        dispatched: instructions that an interpreter read.
    """

    instructions: int = 0
    privileged: int = 0
    direct: int = 0
    exits: int = 0
    hypercalls: int = 0
    emulated: int = 0
    dispatched: int = 0

    @property
    def privileged_share(self) -> float:
        """The share of privileged instructions among those that were run; 0 if none was."""
        return self.privileged / self.instructions if self.instructions else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Where the cycles went.

    Attributes:
        work: instructions that were carried out as they are.
        exits: traps, without what they replace.
        hypercalls: calls, without what they stand for.
        emulation: what was done in place of privileged instructions.
        dispatch: reading and understanding instructions.

    Example:
        >>> cost(Counts(direct=90, exits=10, emulated=10)).total
        11090
    """

    work: float
    exits: float
    hypercalls: float
    emulation: float
    dispatch: float

    @property
    def total(self) -> float:
        """All of it, in cycles."""
        return self.work + self.exits + self.hypercalls + self.emulation + self.dispatch


def cost(counts: Counts, costs: Costs = COSTS) -> Breakdown:
    """Return what so many instructions, traps and calls cost.

    Args:
        counts: how often each thing happened.
        costs: cycles of each thing.

    Returns:
        Cycles, by what they were spent on.
    """
    return Breakdown(
        work=counts.direct * costs.direct,
        exits=counts.exits * costs.exit,
        hypercalls=counts.hypercalls * costs.hypercall,
        emulation=counts.emulated * costs.emulation,
        dispatch=counts.dispatched * costs.dispatch,
    )


def counts_by_technique(
    instructions: int, privileged: int, technique: str, *, hypercalls: int | None = None
) -> Counts:
    """Return what a technique makes of so many instructions, without running them.

    Args:
        instructions: instructions of the program that are run, privileged ones included.
        privileged: how many of them are privileged.
        technique: one of `TECHNIQUES`.
        hypercalls: how many calls they make under ``paravirtual``; as many as are privileged if
            none is given, fewer where several share a call.

    Raises:
        UnknownNameError: there is no such technique.
        ParameterError: more instructions are privileged than there are, or a number is unusable.

    Example:
        >>> counts_by_technique(1000, 20, "trap-and-emulate").direct
        980
    """
    require("instructions", instructions, at_least=0, whole=True)
    require("privileged", privileged, at_least=0, at_most=instructions, whole=True)
    ordinary = instructions - privileged
    if technique == "direct":
        more = {"direct": instructions}
    elif technique == "trap-and-emulate":
        more = {"direct": ordinary, "exits": privileged, "emulated": privileged}
    elif technique == "paravirtual":
        calls = privileged if hypercalls is None else hypercalls
        require("hypercalls", calls, at_least=min(1, privileged), at_most=privileged, whole=True)
        more = {"direct": ordinary, "hypercalls": calls, "emulated": privileged}
    elif technique == "interpretation":
        # What the interpreter has understood, it carries out at the cost of one instruction.
        more = {"direct": ordinary, "dispatched": instructions, "emulated": privileged}
    else:
        raise UnknownNameError("technique", technique, TECHNIQUES)
    return Counts(instructions=instructions, privileged=privileged, **more)


def cycles_by_counts(
    instructions: int,
    privileged: int,
    technique: str,
    costs: Costs = COSTS,
    *,
    hypercalls: int | None = None,
) -> float:
    """Return the cycles of so many instructions under a technique.

    Args:
        instructions: instructions that are run, privileged ones included.
        privileged: how many of them are privileged.
        technique: one of `TECHNIQUES`.
        costs: cycles of each thing.
        hypercalls: how many calls ``paravirtual`` makes; one for each privileged one if not given.

    Raises:
        UnknownNameError: there is no such technique.
        ParameterError: more instructions are privileged than there are, or a number is unusable.

    Example:
        >>> [cycles_by_counts(1000, 20, technique) for technique in TECHNIQUES]
        [1000, 22980, 8980, 32980]
    """
    counts = counts_by_technique(instructions, privileged, technique, hypercalls=hypercalls)
    return cost(counts, costs).total


def seconds(cycles: float, clock_ghz: float) -> float:
    """Return how long so many cycles take.

    Args:
        cycles: how many.
        clock_ghz: cycles of the processor in a nanosecond.

    Raises:
        ParameterError: the cycles are negative, or the clock stands still.

    Example:
        >>> seconds(3_000_000, clock_ghz=3)
        0.001
    """
    require("cycles", cycles, at_least=0)
    require("clock_ghz", clock_ghz, above=0)
    return cycles / (clock_ghz * 1e9)
