"""Show what this machine can do for the course, and what to install for the rest.

``course doctor`` asks every probe of ``course.probes`` and prints one table, or JSON for machines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from course.probes import PROBES, Capability

__all__ = ["as_json", "as_table", "can_work", "examine"]

SYMBOLS = {"ready": "✓", "limited": "!", "missing": "✗"}


def examine(probes: Iterable[Callable[[], Capability]] = PROBES) -> list[Capability]:
    """Ask all probes at the same time.

    Args:
        probes: what to ask.

    Returns:
        The answers in the order of the probes; a probe that breaks counts as missing.
    """
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_ask, probes))


def can_work(capabilities: Iterable[Capability]) -> bool:
    """Tell whether lessons can be read and worked: nothing of the core is missing."""
    return all(c.state != "missing" for c in capabilities if c.core)


def as_json(capabilities: Sequence[Capability]) -> str:
    """Give the answers as one JSON object with the keys ``can_work`` and ``capabilities``."""
    answers = [asdict(capability) for capability in capabilities]
    return json.dumps({"can_work": can_work(capabilities), "capabilities": answers}, indent=2)


def as_table(capabilities: Sequence[Capability]) -> str:
    """Give the answers as text: one line each, and below it what to do where something is.

    >>> print(as_table([Capability("QEMU", "missing", "none", "virtual machines", "install it")]))
               what  found  needed for
    ✗ missing  QEMU  none   virtual machines
               -> install it
    <BLANKLINE>
    Lessons can be read and worked on this machine.
    """
    rows = [("", "what", "found", "needed for")]
    rows += [(f"{SYMBOLS[c.state]} {c.state}", c.name, c.found, c.needed_for) for c in capabilities]
    remedies = ["", *(c.remedy for c in capabilities)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = []
    for row, remedy in zip(rows, remedies, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)]
        lines.append("  ".join(cells))
        if remedy:
            lines.append(f"{'':{widths[0]}}  -> {remedy}")
    verdict = "can" if can_work(capabilities) else "cannot yet"
    return "\n".join([*lines, "", f"Lessons {verdict} be read and worked on this machine."])


def _ask(probe: Callable[[], Capability]) -> Capability:
    try:
        return probe()
    except Exception as error:
        name = getattr(probe, "__name__", "probe").replace("_", " ")
        return Capability(name, "missing", f"could not be examined: {error!r}", "see its name")
