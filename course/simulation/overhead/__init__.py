"""What it costs to make a program believe that it owns the machine: a toy machine to count on.

================  ==================================================================
`instructions`    the eight instructions, two of them privileged; programs of them
`assembler`       from text to a program and back
`machine`         registers, memory, port; a processor with two modes; the trap
`techniques`      the same program run in four ways, and rewritten for one of them
`costs`           from counts to cycles
`shares`          cycles by the share of privileged instructions, and break-evens
================  ==================================================================

>>> from course.simulation import overhead
>>> program = overhead.sum_program(numbers=100, every=10)
>>> runs = [overhead.run(program, technique) for technique in overhead.TECHNIQUES]
>>> len({(run.state, run.output) for run in runs})
1
>>> {run.technique: run.cycles for run in runs}
{'direct': 524, 'trap-and-emulate': 12613, 'paravirtual': 4913, 'interpretation': 17333}

What the model leaves out: caches, translation of code blocks instead of single instructions,
devices that answer, interrupts, and the second level of page tables that hardware has today.
"""

from course.simulation.overhead.assembler import assemble, listing, sum_program
from course.simulation.overhead.costs import (
    COSTS,
    TECHNIQUES,
    Breakdown,
    Costs,
    Counts,
    cost,
    counts_by_technique,
    cycles_by_counts,
    seconds,
)
from course.simulation.overhead.instructions import Hypercall, Instruction, Operation, Program
from course.simulation.overhead.machine import Machine, Processor, State, Trap
from course.simulation.overhead.shares import BreakEven, break_even, cost_by_share
from course.simulation.overhead.techniques import Exit, Run, rewrite, run

__all__ = [
    "COSTS",
    "TECHNIQUES",
    "BreakEven",
    "Breakdown",
    "Costs",
    "Counts",
    "Exit",
    "Hypercall",
    "Instruction",
    "Machine",
    "Operation",
    "Processor",
    "Program",
    "Run",
    "State",
    "Trap",
    "assemble",
    "break_even",
    "cost",
    "cost_by_share",
    "counts_by_technique",
    "cycles_by_counts",
    "listing",
    "rewrite",
    "run",
    "seconds",
    "sum_program",
]
