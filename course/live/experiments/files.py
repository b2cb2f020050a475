"""A table as one JSON file, with a digest that tells whether it was changed since.

The digest is no secret: it finds a slip of the editor, and `plausibility` what cannot be. Neither
proves that figures are true; a learner who measures has no reason to invent.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.live import cache
from course.live.experiments.errors import TableFileError

if TYPE_CHECKING:
    from course.live.experiments.table import Table

__all__ = ["FORM", "digest_of", "from_data", "read", "to_data", "write"]

#: Which form the file has.
FORM = 1
#: A table of all experiments has some hundreds of rows; a file beyond this is none.
LARGEST_BYTES = 8 * 2**20
LARGEST_ROWS = 20_000

_ROW_FIELDS: dict[str, tuple[type, ...]] = {
    "technology": (str,),
    "quantity": (str,),
    "value": (int, float),
    "unit": (str,),
    "repeat": (int,),
    "engine": (str,),
    "accelerator": (str,),
    "time": (str,),
    "machine": (str,),
    "note": (str,),
}
_FIELDS: dict[str, tuple[type, ...]] = {
    "experiment": (str,),
    "began": (str,),
    "ended": (str,),
    "machine": (dict,),
    "options": (dict,),
    "missing": (dict,),
    "rows": (list,),
    "digest": (str,),
}


def digest_of(table: Table) -> str:
    """Return the digest of what a table holds, whatever digest it carries."""
    data = _content(table)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def to_data(table: Table) -> dict[str, Any]:
    """Return a table as what JSON can hold.

    Args:
        table: the table.
    """
    return {"form": FORM, **_content(table), "digest": table.digest}


def from_data(data: object) -> Table:
    """Make a table of what `to_data` returned.

    Args:
        data: what was returned, or what claims to be; a table itself is given back.

    Raises:
        TableFileError: it is no table; the message says what is wrong with it.
    """
    from course.live.experiments.table import Row, Table
    from course.live.experiments.vocabulary import EXPERIMENTS

    if isinstance(data, Table):
        return data
    if not isinstance(data, Mapping):
        raise TableFileError(f"expected a table of measurements, found {type(data).__name__}")
    if data.get("form") != FORM:
        raise TableFileError(
            f"expected a table of form {FORM}, found {data.get('form')!r}; measure it anew "
            "(again=True)"
        )
    fields = _checked("the table", data, _FIELDS)
    if fields["experiment"] not in EXPERIMENTS:
        raise TableFileError(
            f"expected one of the experiments {', '.join(EXPERIMENTS)}, "
            f"found {fields['experiment']!r}"
        )
    if len(fields["rows"]) > LARGEST_ROWS:
        raise TableFileError(f"expected at most {LARGEST_ROWS} rows, found {len(fields['rows'])}")
    rows = []
    for number, found in enumerate(fields["rows"], 1):
        if not isinstance(found, Mapping):
            raise TableFileError(f"expected row {number} to be an object, found {found!r}")
        row = _checked(f"row {number}", found, _ROW_FIELDS)
        known = {"value": float(row["value"]), "time": _time(f"row {number}", row["time"])}
        rows.append(Row(**row | known))
    return Table(
        experiment=fields["experiment"],
        rows=tuple(rows),
        machine=fields["machine"],
        missing={str(name): str(why) for name, why in fields["missing"].items()},
        options=fields["options"],
        began=_time("the table", fields["began"]),
        ended=_time("the table", fields["ended"]),
        digest=fields["digest"] or "none",
    )


def write(table: Table, path: Path | str) -> None:
    """Write a table into a file, in one step: it is there as a whole or not at all.

    Args:
        table: the table.
        path: the file.
    """
    data = to_data(table)
    rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in data.pop("rows"))
    head = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    # A line for each row, so that a difference of two files can be read.
    text = f'{head[:-2]},\n "rows": [\n  {rows}\n ]\n}}\n' if rows else _empty(head)
    path = Path(path)
    with cache.writing(path) as stream:
        stream.write(text.encode())
    path.chmod(0o644)  # it is handed in: others read it


def read(path: Path | str) -> Table:
    """Read a table from a file.

    Args:
        path: the file.

    Raises:
        TableFileError: there is no such file, or it holds no table.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise TableFileError(
                f"expected a table of at most {LARGEST_BYTES} bytes in {path.name}, "
                f"found {path.stat().st_size}"
            )
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, TableFileError):
            raise
        why = getattr(error, "strerror", None) or error
        raise TableFileError(
            f"expected a recorded table in {path.name}, found that it cannot be read: {why}. "
            "Put the file back, or measure anew (again=True)."
        ) from error
    try:
        return from_data(data)
    except TableFileError as error:
        raise TableFileError(f"{path.name}: {error}") from None


def _empty(head: str) -> str:
    return f'{head[:-2]},\n "rows": []\n}}\n'


def _content(table: Table) -> dict[str, Any]:
    return {
        "experiment": table.experiment,
        "began": table.began.isoformat(),
        "ended": table.ended.isoformat(),
        "machine": dict(table.machine),
        "options": dict(table.options),
        "missing": dict(table.missing),
        "rows": table.to_records(),
    }


def _checked(
    what: str, found: Mapping[Any, Any], fields: Mapping[str, tuple[type, ...]]
) -> dict[str, Any]:
    chosen = {}
    for name, kinds in fields.items():
        value = found.get(name)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise TableFileError(
                f"expected {what} to have {name!r} of type {kinds[-1].__name__}, found {value!r}"
            )
        if isinstance(value, float) and not math.isfinite(value):
            raise TableFileError(f"expected a number as {name!r} of {what}, found {value!r}")
        chosen[name] = value
    return chosen


def _time(what: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise TableFileError(f"expected a time in {what}, found {text!r}") from None
    if time.tzinfo is None:
        raise TableFileError(f"expected a time with its zone in {what}, found {text!r}")
    return time.astimezone(UTC)
