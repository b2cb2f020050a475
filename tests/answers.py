"""The parts of a source notebook that no learner gets: solutions, hidden tests, marking schemes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

LEAST_CHARACTERS = 16  # of a line that tells something: `return total` stands anywhere

_REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)### END \1", re.DOTALL)


def shown(notebook: NotebookNode) -> str:
    """Return what a source notebook says to everybody."""
    return "\n".join(_REGION.sub("", cell.source) for cell in notebook.cells)


def hidden_lines(notebook: NotebookNode) -> set[str]:
    """Return the lines of a source notebook that tell an answer and that no learner gets."""
    hidden = {
        line.strip()
        for cell in notebook.cells
        for region in _REGION.finditer(cell.source)
        for line in region[2].split("\n")
    }
    return telling(hidden, shown(notebook))


def telling(lines: set[str], public: str) -> set[str]:
    """Return the lines that tell something which is not public."""
    return {line for line in lines if len(line) >= LEAST_CHARACTERS and line not in public}
