"""Which technique is the cheapest, by the share of privileged instructions.

- `cost_by_share`: cycles of an average instruction, which grow in a straight line with the share
- `break_even`: the share at which two techniques cost the same
"""

from __future__ import annotations

from dataclasses import dataclass

from course.simulation.errors import ParameterError, UnknownNameError, require
from course.simulation.overhead.costs import COSTS, TECHNIQUES, Costs

__all__ = ["BreakEven", "break_even", "cost_by_share"]


def cost_by_share(share: float, technique: str, costs: Costs = COSTS, *, batch: float = 1) -> float:
    """Return the average cycles of an instruction where such a share is privileged.

    Args:
        share: which share of the instructions that are run is privileged, 0 to 1.
        technique: one of `TECHNIQUES`.
        costs: cycles of each thing.
        batch: how many privileged instructions share a hypercall, on average; at least 1.

    Raises:
        UnknownNameError: there is no such technique.
        ParameterError: the share or the batch is out of its range.

    Example:
        >>> cost_by_share(0.02, "trap-and-emulate")
        22.98
    """
    require("share", share, at_least=0, at_most=1)
    ordinary, privileged = _prices(technique, costs, batch)
    return (1 - share) * ordinary + share * privileged


def _prices(technique: str, costs: Costs, batch: float) -> tuple[float, float]:
    """Return the cycles of an ordinary and of a privileged instruction."""
    require("batch", batch, at_least=1)
    if technique == "direct":
        return costs.direct, costs.direct
    if technique == "trap-and-emulate":
        return costs.direct, costs.exit + costs.emulation
    if technique == "paravirtual":
        return costs.direct, costs.hypercall / batch + costs.emulation
    if technique == "interpretation":
        return costs.dispatch + costs.direct, costs.dispatch + costs.emulation
    raise UnknownNameError("technique", technique, TECHNIQUES)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Where two techniques cost the same.

    Attributes:
        share: the share of privileged instructions, between 0 and 1, at which they do; None where
            there is none.
        below: which of the two costs less below that share, or at every share if there is none;
            None where both always cost the same.
        above: which of the two costs less above it.
        reason: the same in a sentence.
    """

    share: float | None
    below: str | None
    above: str | None
    reason: str


def break_even(first: str, second: str, costs: Costs = COSTS, *, batch: float = 1) -> BreakEven:
    """Find the share of privileged instructions at which two techniques cost the same.

    The cost of an instruction grows in a straight line with the share, so that two of these lines
    cross once, or never, or are the same line.

    Args:
        first: one of `TECHNIQUES`.
        second: another one.
        costs: cycles of each thing.
        batch: how many privileged instructions share a hypercall, on average; at least 1.

    Raises:
        UnknownNameError: there is no such technique.
        ParameterError: the two are the same, or the batch is less than 1.

    Example:
        >>> break_even("trap-and-emulate", "interpretation")
        BreakEven(share=0.03, below='trap-and-emulate', above='interpretation', \
reason='below 3 % privileged instructions trap-and-emulate costs less, above it interpretation')
        >>> break_even("trap-and-emulate", "paravirtual").reason
        'paravirtual never costs more; without privileged instructions both cost the same'
    """
    if first == second:
        raise ParameterError(f"expected two different techniques, found {first!r} twice")
    (ordinary, privileged), (other_ordinary, other_privileged) = (
        _prices(technique, costs, batch) for technique in (first, second)
    )
    at_none = ordinary - other_ordinary  # how much more `first` costs without privileged ones
    at_all = privileged - other_privileged
    if at_none == at_all == 0:
        return BreakEven(share=None, below=None, above=None, reason="both always cost the same")
    if at_none * at_all < 0:
        share = at_none / (at_none - at_all)
        below, above = (first, second) if at_none < 0 else (second, first)
        reason = (
            f"below {100 * share:.3g} % privileged instructions {below} costs less, "
            f"above it {above}"
        )
        return BreakEven(share=share, below=below, above=above, reason=reason)
    cheaper = first if at_none < 0 or at_all < 0 else second
    reason = f"{cheaper} always costs less"
    if at_none == 0:
        reason = f"{cheaper} never costs more; without privileged instructions both cost the same"
    elif at_all == 0:
        reason = f"{cheaper} never costs more; with privileged ones alone both cost the same"
    return BreakEven(share=None, below=cheaper, above=cheaper, reason=reason)
