"""Is there a packing into so many bins? Asked of OR-Tools' CP-SAT.

There are two models of the question:

- by *patterns* (`course.sizing.patterns`): how often is each full pattern used? It has no
  symmetries and works on the exact sizes, and where no bin may waste anything it is decided in a
  fraction of a second. It is used wherever the patterns can be listed;
- by *assignment*: how many demands of each kind go into each bin? It is used for bins that hold
  many demands of many sizes.

The answer depends on nothing but the demands: there is one worker, and its seed is fixed. Only
whether there is an answer in time depends on the machine.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from course.sizing.patterns import TooManyPatternsError, full_patterns

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from course.sizing.heuristics import Bins
    from course.sizing.kinds import Contents, Kinds

__all__ = ["TooLargeError", "UndecidedError", "pack_into"]

_MOST_PLACES = 100_000  # kinds times bins, each a variable; a larger model takes gigabytes
_BITS = 52  # sums of so many bits are far from overflowing the solver's 64


class UndecidedError(Exception):
    """Tell that the question was not decided in time."""


class TooLargeError(UndecidedError):
    """Tell that the question, and that of more bins, is too large for the solver."""


def pack_into(kinds: Kinds, count: int, best: Bins, deadline: float) -> Bins | None:
    """Return a packing into so many bins, or None if there is none.

    Args:
        kinds: the demands.
        count: how many bins, at least the lower bound.
        best: a packing into more bins, where the search may start.
        deadline: when to give up, on the clock of `time.monotonic`.

    Raises:
        UndecidedError: it was not found out in time.
        TooLargeError: nor will it be for more bins, however much time there is.
        ImportError: OR-Tools is not installed.
    """
    cp_model = _cp_model()
    try:
        patterns = full_patterns(kinds, count, deadline)
    except TooManyPatternsError:
        return _by_assignment(cp_model, kinds, count, best, deadline)
    return _by_patterns(cp_model, kinds, count, patterns, deadline)


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


def _by_patterns(
    cp_model: ModuleType, kinds: Kinds, count: int, patterns: list[Contents], deadline: float
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
    value = _solve(cp_model, model, deadline)
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
    if count * len(kinds.sizes) > _MOST_PLACES:
        raise TooLargeError
    for up in (False, True):
        found = _assign(cp_model, kinds, count, best, deadline, up=up)
        if found is None and not up:
            return None
        if found is not None and all(min(kinds.room(content)) >= 0 for content in found):
            return kinds.bins(found)
    raise UndecidedError


def _assign(
    cp_model: ModuleType, kinds: Kinds, count: int, best: Bins, deadline: float, *, up: bool
) -> list[Contents] | None:
    if monotonic() > deadline:
        raise UndecidedError
    model = cp_model.CpModel()
    placed = [[model.new_int_var(0, number, "") for _ in range(count)] for number in kinds.counts]
    for row, number in zip(placed, kinds.counts, strict=True):
        model.add(sum(row) == number)
    columns = zip(*kinds.sizes, strict=True)
    for sizes, limit, total in zip(columns, kinds.limits, kinds.totals, strict=True):
        shift = max(0, total.bit_length() - _BITS)
        # -(-a >> b) is a / 2**b rounded up.
        cut = [-(-size >> shift) if up else size >> shift for size in sizes]
        most = min(limit, total) >> shift
        for column in zip(*placed, strict=True):
            model.add(sum(size * n for size, n in zip(cut, column, strict=True)) <= most)
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
    filled = [list(map(value, column)) for column in zip(*placed, strict=True)]
    return [{kind: number for kind, number in enumerate(column) if number} for column in filled]


def _solve(cp_model: ModuleType, model: Any, deadline: float) -> Callable[[Any], int] | None:
    """Return the value of each variable, or None if there is no solution.

    The solver works in a thread of its own, since a call of it cannot be interrupted while this
    thread can: Ctrl-C, or a notebook's interrupt, stops it at once.
    """
    from concurrent.futures import ThreadPoolExecutor, wait

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.0, deadline - monotonic())
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2  # much is decided by the linear relaxation alone
    solver.parameters.catch_sigint_signal = False  # it would keep Ctrl-C from Python
    with ThreadPoolExecutor(max_workers=1) as executor:
        search = executor.submit(solver.solve, model)
        try:
            while not search.done():
                wait([search], timeout=0.1)
        except BaseException:
            while not search.done():  # a search that is just beginning does not hear it yet
                solver.stop_search()
                wait([search], timeout=0.1)
            raise
    status = search.result()
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise UndecidedError
    value: Callable[[Any], int] = solver.value
    return value
