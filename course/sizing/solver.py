"""Packings that are proven to be optimal, by OR-Tools' CP-SAT.

From the lower bound upward, the solver is asked for a packing into exactly so many bins: the first
number for which there is one is the optimum, as all smaller ones have been excluded. There are two
models of that question:

- by *patterns* (`course.sizing.patterns`): how often is each full pattern used? It has no
  symmetries, works on the exact sizes, and is decided in a fraction of a second even where no bin
  may waste anything. It is used wherever the patterns can be listed; the fullest are tried first;
- by *assignment*: how many demands of each kind go into each bin? It is used for bins that hold
  many demands of many sizes, where heuristics are mostly optimal anyway.

The answer depends on nothing but the demands: there is one worker, and its seed is fixed. Only
whether there is an answer in time depends on the machine.
"""

from __future__ import annotations

import math
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

from course.sizing.kinds import Kinds
from course.sizing.patterns import TooManyPatternsError, full_patterns, fullest_of_each

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from course.sizing.demands import Instance
    from course.sizing.heuristics import Bins
    from course.sizing.kinds import Contents

__all__ = ["fewer_bins"]

_MOST_PLACES = 100_000  # kinds times bins, each a variable; a larger model takes gigabytes
_FIRST_EFFORT = 4.0  # about seconds, but counted in the solver's steps: the same on all machines
_BITS = 52  # sums of so many bits are far from overflowing the solver's 64


class _UndecidedError(Exception):
    """Tell that time, or the size of the model, does not allow an answer."""


def fewer_bins(instance: Instance, best: Bins, lower: int, time_limit_s: float) -> tuple[Bins, int]:
    """Look for a packing into fewer bins until it is found or excluded.

    Args:
        instance: the demands.
        best: the best packing known.
        lower: a lower bound on the number of bins.
        time_limit_s: when to stop, in seconds from now.

    Returns:
        The best packing found, and the lower bound that has been proven: the packing is optimal
        where both are equal.

    Raises:
        ImportError: OR-Tools is not installed, and needed.
    """
    if len(best) == lower:
        return best, lower
    cp_model = _cp_model()
    deadline = monotonic() + time_limit_s
    kinds = Kinds.of(instance)
    for count in range(lower, len(best)):
        left = deadline - monotonic()
        # If one number of bins takes too long, the next may be easier, and still an improvement.
        seconds = left if count == len(best) - 1 else left / 2
        try:
            found = _pack_into(cp_model, kinds, count, best, monotonic() + seconds)
        except _UndecidedError:
            continue
        if found is not None:
            return found, lower
        lower = count + 1
    return best, lower


def _cp_model() -> ModuleType:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise ImportError(
            "a packing that is proven to be optimal needs OR-Tools. Install it with\n"
            '    pip install "measured-virtualization[solver]"\n'
            "or use another method, such as 'first_fit_decreasing'",
            name="ortools",
        ) from error
    return cp_model


def _pack_into(
    cp_model: ModuleType, kinds: Kinds, count: int, best: Bins, deadline: float
) -> Bins | None:
    """Return a packing into so many bins, or None if there is none.

    Raises:
        _UndecidedError: it could not be found out in time.
    """
    try:
        patterns = full_patterns(kinds, count, deadline)
    except TooManyPatternsError:
        return _by_assignment(cp_model, kinds, count, best, deadline)
    fullest = fullest_of_each(kinds, patterns)
    if len(fullest) < len(patterns):
        try:
            found = _by_patterns(cp_model, kinds, count, fullest, deadline, _FIRST_EFFORT)
        except _UndecidedError:
            found = None
        if found is not None:
            return found
    return _by_patterns(cp_model, kinds, count, patterns, deadline)


def _by_patterns(
    cp_model: ModuleType,
    kinds: Kinds,
    count: int,
    patterns: list[Contents],
    deadline: float,
    effort: float = math.inf,
) -> Bins | None:
    model = cp_model.CpModel()
    uses = [model.new_int_var(0, count, "") for _ in patterns]
    places: list[list[Any]] = [[] for _ in kinds.sizes]
    for use, pattern in zip(uses, patterns, strict=True):
        for kind, number in pattern.items():
            places[kind].append(number * use)
    for offered, needed in zip(places, kinds.counts, strict=True):
        model.add(sum(offered) >= needed)
    model.add(sum(uses) == count)
    value = _solve(cp_model, model, deadline, effort)
    if value is None:
        return None
    used = zip(patterns, map(value, uses), strict=True)
    return kinds.bins(pattern for pattern, times in used for _ in range(times))


def _by_assignment(
    cp_model: ModuleType, kinds: Kinds, count: int, best: Bins, deadline: float
) -> Bins | None:
    """Decide by the assignment of demands to bins.

    Sizes of very many digits, as of floats, are cut to those that the solver can add up. Rounded
    down, they exclude a packing for sure, and hardly ever allow one that does not fit. In that
    case they are rounded up, and what is found then fits for sure.
    """
    shifts = [max(0, total.bit_length() - _BITS) for total in kinds.totals]
    for up in (0, 1):
        found = _assign(cp_model, kinds, count, best, deadline, shifts, up)
        if found is None and not up:
            return None
        if found is not None and all(min(kinds.room(content)) >= 0 for content in found):
            return kinds.bins(found)
    raise _UndecidedError


def _assign(
    cp_model: ModuleType,
    kinds: Kinds,
    count: int,
    best: Bins,
    deadline: float,
    shifts: list[int],
    up: int,
) -> list[Contents] | None:
    if count * len(kinds.sizes) > _MOST_PLACES:
        raise _UndecidedError
    model = cp_model.CpModel()
    placed = [[model.new_int_var(0, number, "") for _ in range(count)] for number in kinds.counts]
    for row, number in zip(placed, kinds.counts, strict=True):
        model.add(sum(row) == number)
    for dimension, shift in enumerate(shifts):
        # -(-a >> b) is a / 2**b rounded up.
        sizes = [
            -(-size[dimension] >> shift) if up else size[dimension] >> shift for size in kinds.sizes
        ]
        limit = kinds.limits[dimension] >> shift
        for column in zip(*placed, strict=True):
            model.add(sum(s * n for s, n in zip(sizes, column, strict=True)) <= limit)
    # Bins can be renumbered by their first demand, so that the n-th demand is in one of the first
    # n bins. All demands of a kind count as the last one of them.
    before = 0
    for row, number in zip(placed, kinds.counts, strict=True):
        before += number
        for place in row[before:]:
            model.add(place == 0)
    # The best packing known, without the bins that are too many, is where the search starts.
    hints = sorted(kinds.contents(best), key=min)[:count]
    for bin_number, content in enumerate(hints):
        for kind, row in enumerate(placed):
            model.add_hint(row[bin_number], content.get(kind, 0))
    value = _solve(cp_model, model, deadline)
    if value is None:
        return None
    columns = [list(map(value, column)) for column in zip(*placed, strict=True)]
    return [{kind: n for kind, n in enumerate(column) if n} for column in columns]


def _solve(
    cp_model: ModuleType, model: Any, deadline: float, effort: float = math.inf
) -> Callable[[Any], int] | None:
    """Return the value of each variable, or None if there is no solution.

    The solver works in a thread of its own, since a call of it cannot be interrupted while this
    thread can: Ctrl-C, or a notebook's interrupt, stops it at once.
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.0, deadline - monotonic())
    solver.parameters.max_deterministic_time = effort
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2  # the relaxation of the patterns decides the most
    solver.parameters.catch_sigint_signal = False  # it would keep Ctrl-C from Python
    outcome: list[Any] = []
    thread = threading.Thread(target=lambda: outcome.append(solver.solve(model)), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
    except BaseException:
        while thread.is_alive():  # a search that is just beginning does not hear it yet
            solver.stop_search()
            thread.join(0.1)
        raise
    (status,) = outcome
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise _UndecidedError
    value: Callable[[Any], int] = solver.value
    return value
