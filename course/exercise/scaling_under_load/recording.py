"""What a learner has measured for lesson 07, as small files beside the notebook.

- `UnreadableRecordError`: a file that this lesson has not written, or that was changed since
- `write`, `read`: a record as one JSON object with a digest
- `sealed`, `opened`: the same without a file, as data
- `graded`: whether a notebook is being graded, so that nothing may be measured

The digest is no secret: it finds a slip of the editor. That figures are true it does not prove.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["UnreadableRecordError", "graded", "opened", "read", "sealed", "write"]

#: A record has some dozens of figures; a file beyond this is none.
LARGEST_BYTES = 1_000_000


class UnreadableRecordError(ValueError):
    """Say what is wrong with a record, and what to do."""


def graded() -> bool:
    """Return whether a grader runs this notebook: her machine is not the learner's."""
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def _digest(kind: str, figures: Any) -> str:
    text = json.dumps([kind, figures], sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def sealed(kind: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as data.

    Args:
        kind: what was recorded.
        figures: the figures, as JSON has them.
    """
    return {"kind": kind, "figures": dict(figures), "digest": _digest(kind, dict(figures))}


def opened(kind: str, data: Any) -> Mapping[str, Any]:
    """Return the figures of a record.

    Args:
        kind: what has to have been recorded.
        data: what `sealed` returned, or what came of it on its way through JSON.

    Raises:
        UnreadableRecordError: it is another thing, or was changed.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("figures"), Mapping):
        raise UnreadableRecordError(
            f"expected a record of {kind}, found {type(data).__name__}. Run its cell again."
        )
    if data.get("kind") != kind:
        raise UnreadableRecordError(f"expected a record of {kind}, found one of {data['kind']!r}.")
    if data.get("digest") != _digest(kind, data["figures"]):
        raise UnreadableRecordError(
            f"the record of {kind} was changed after it was measured. Measure once more, with "
            "again=True."
        )
    figures: Mapping[str, Any] = data["figures"]
    return figures


def write(path: Path, kind: str, figures: Mapping[str, Any]) -> None:
    """Write a record into a file, whole or not at all.

    Args:
        path: the file.
        kind: what was recorded.
        figures: the figures, as JSON has them.
    """
    from course.live.cache import writing

    with writing(path) as file:
        file.write(json.dumps(sealed(kind, figures), indent=1).encode() + b"\n")


def read(path: Path, kind: str) -> Mapping[str, Any]:
    """Return the figures of a record in a file.

    Args:
        path: the file; it exists.
        kind: what has to have been recorded.

    Raises:
        UnreadableRecordError: it is another thing, or was changed.
    """
    try:
        text = path.read_bytes()[: LARGEST_BYTES + 1]
        if len(text) > LARGEST_BYTES:
            raise ValueError("it is too large")
        data = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableRecordError(
            f"{path.name} cannot be read ({error}). Delete it and measure once more."
        ) from None
    return opened(kind, data)
