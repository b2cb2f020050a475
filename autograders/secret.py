"""The course's secret, from which hidden test instances are derived.

It is one line in the file `.autograders-secret` beside `nbgrader_config.py`, never committed.
Without that file a documented default serves for trying out: fit for a first look, not for grades,
because anyone who reads this module knows it.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["DEFAULT_SECRET", "SECRET_FILE", "course_secret", "find_secret_file"]

SECRET_FILE = ".autograders-secret"  # noqa: S105 (a file name)
DEFAULT_SECRET = "for trying out only"  # noqa: S105 (it is public on purpose)

_SHORTEST = 16


def find_secret_file(start: Path | None = None) -> Path | None:
    """Return the secret's file beside the nearest `nbgrader_config.py` upwards, if there is one.

    Args:
        start: where to look from; the current directory if None. `AUTOGRADERS_ROOT` in the
            environment, which `nbgrader_config.py` sets, goes before both.
    """
    root = os.environ.get("AUTOGRADERS_ROOT")
    begin = Path(root) if root else (start or Path.cwd())
    for folder in (begin, *begin.parents):
        if (folder / "nbgrader_config.py").is_file():
            file = folder / SECRET_FILE
            return file if file.is_file() else None
    return None


def course_secret(start: Path | None = None) -> str:
    """Return the course's secret, or the default where none is set.

    Args:
        start: where to look from; see `find_secret_file`.

    Raises:
        ValueError: the file holds fewer than 16 characters.
    """
    file = find_secret_file(start)
    if file is None:
        return DEFAULT_SECRET
    secret = file.read_text(encoding="utf-8").strip()
    if len(secret) < _SHORTEST:
        raise ValueError(
            f"{file} holds {len(secret)} characters, expected {_SHORTEST} or more. "
            "Make one: python3 -c 'import secrets; print(secrets.token_hex())' > "
            f"{SECRET_FILE}"
        )
    return secret
