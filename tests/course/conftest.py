"""What the tests of the package share: a small instructor's checkout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ANSWER = "x = 42  # nobody may see this"


def grade_cell(name: str, source: str, *, solution: bool) -> nbformat.NotebookNode:
    """Make a cell as nbgrader wants it: one that the learner fills in, or one that grades it."""
    metadata = {
        "grade_id": name,
        "grade": not solution,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": 3,
    }
    if not solution:
        metadata["points"] = 1
    identifier = "answer" if solution else "test"
    return new_code_cell(source, id=identifier, metadata={"nbgrader": metadata})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return an instructor's checkout without an assignment."""
    root = tmp_path / "checkout"
    (root / "source").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    return root


@pytest.fixture
def write_assignment(checkout: Path) -> Callable[..., Path]:
    """Return a function that writes an assignment of one notebook into `source/`."""

    def write(name: str, *, valid: bool = True) -> Path:
        cells = [
            new_markdown_cell(f"# {name}", id="title"),
            grade_cell("answer", f"### BEGIN SOLUTION\n{ANSWER}\n### END SOLUTION", solution=True),
            # The same name twice is what nbgrader refuses.
            grade_cell("test" if valid else "answer", "assert x == 42", solution=False),
        ]
        path = checkout / "source" / name / "lesson.ipynb"
        path.parent.mkdir()
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return write
