"""The usual mistakes of lesson 02, each with the sentence that names it.

The sentences say what went wrong and where to look, never what is right. The notes in a notebook
and the marks of a grader use the same ones.
"""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["MISTAKES"]

MISTAKES = MappingProxyType(
    {
        # The program
        "lines_for_times": (
            "This counts each line once. A line inside a loop is carried out once for each time "
            "round."
        ),
        "inner_once": (
            "This runs the inner loop once in each round. How often does it jump back to its label?"
        ),
        "one_round": "This is one round. How many rounds does the program make?",
        "before_forgotten": "The lines before the first round are carried out too.",
        "ordinary_alone": "This leaves out the privileged instructions, which are run as well.",
        "counted_inside": (
            "This runs the privileged lines in the inner loop. Where does that loop end?"
        ),
        # Cycles and seconds
        "traps_alone": (
            "This counts the traps and not what they replace: the hypervisor has still to do what "
            "the instruction would have done."
        ),
        "exits_for_all": "This lets every instruction trap. Only the privileged ones do.",
        "calls_alone": (
            "This counts the hypercalls and not what they stand for: the hypervisor has still to "
            "do it."
        ),
        "trap_for_call": "This pays for a trap where the program calls by itself.",
        "dispatch_alone": (
            "This counts the reading of the instructions alone. What was read has to be carried "
            "out as well, or emulated."
        ),
        "dispatch_of_privileged": (
            "This reads only the privileged instructions by program. An interpreter reads them all."
        ),
        "ordinary_forgotten": (
            "This counts the privileged instructions alone. The ordinary ones take their cycles "
            "too."
        ),
        "cycles_for_seconds": "These are cycles. The question asks for seconds.",
        "mhz_for_ghz": "This is off by a factor of a thousand: a GHz is 10**9 cycles a second.",
        "word_anywhere": (
            "This takes an ordinary instruction for a privileged one where a label is called "
            "nearly like it. What an instruction is, its first word says."
        ),
        "unknown_accepted": "A technique that there is not should raise a ValueError.",
        # Break-even
        "percent_for_fraction": (
            "This reads like a percentage. A fraction of one half is written 0.5, not 50."
        ),
        "inverted": "This is the wrong way round: what is divided by what?",
        "dispatch_of_ordinary": (
            "This reads only the ordinary instructions by program. An interpreter reads the "
            "privileged ones too."
        ),
        "emulation_after_traps_alone": (
            "This has the hypervisor emulate what is privileged, and the interpreter not. Both "
            "have to."
        ),
        "emulation_in_reading_alone": (
            "This has the interpreter emulate what is privileged, and the hypervisor not. Both "
            "have to."
        ),
        "hypercall_for_exit": (
            "This is where hypercalls and interpretation cost the same. The question is about "
            "traps."
        ),
        "own_share": "This is your program's own share of privileged instructions.",
        # Measured
        "mean_for_median": (
            "This is the quotient of the means. One slow repetition moves a mean; the question "
            "asks for medians."
        ),
        "first_for_median": "This takes the first repetition alone.",
        "across_accelerators": (
            "This divides a figure of the guest by one of the host, on another kind of processor. "
            "Both have to come from one accelerator, or the quotient tells of the processors."
        ),
        "other_quantity": "This is the ratio of the other device.",
        "guest_memory": (
            "This is what the guest's kernel says that it has. The question is what is missing."
        ),
        "kb_for_mib": "This is off by a factor of 1024: the kernel says kB and means KiB.",
        "seconds_for_share": (
            "This is in seconds. The question asks for a share of the whole start."
        ),
    }
)
