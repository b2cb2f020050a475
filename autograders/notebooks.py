"""The one form of a source notebook: what is checked, and what can be put right by itself.

    python -m autograders.notebooks source/*/*.ipynb

puts cell ids, metadata, outputs and the file's layout into form, and lists what a person has to
mend. A notebook in form differs from another version of itself only where an author changed it.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

__all__ = ["in_form", "main", "problems", "tidied", "visible_lines"]

_NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_NBGRADER_KEYS = ("grade", "grade_id", "locked", "points", "schema_version", "solution", "task")
_ID = re.compile(r"[a-z][a-z0-9_-]{2,63}")
_DRAWN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]+)?")  # as Jupyter makes them up
_REGION = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_TWO_SENTENCES = re.compile(r"[a-z0-9)*`]{3,}[.?!] +[A-Z*`]")

#: What every lesson has, in this order.
SECTIONS = (
    "**What you will learn**",
    "**Before you start**",
    "**Time**",
    "## Quiz",
    "## What turned out to be true?",
    "## Take-away",
    "## To go further",
)
LONGEST_CELL, MEDIAN_CELL, MOST_CODE_CELLS = 15, 3, 3


def visible_lines(source: str) -> list[str]:
    """Return the lines of a cell that a learner gets, without blank ones."""
    lines, hidden = [], False
    for line in source.split("\n"):
        if region := _REGION.search(line):
            hidden = region[1] == "BEGIN"
        elif not hidden and line.strip():
            lines.append(line)
    return lines


def _is_check(cell: NotebookNode) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return bool(marks.get("grade")) and not marks.get("solution")


def tidied(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook in form, as far as that needs no author.

    Args:
        notebook: a notebook of format 4; it is not changed.
    """
    result: NotebookNode = nbformat.from_dict(json.loads(json.dumps(notebook)))
    result.metadata = nbformat.from_dict(_NOTEBOOK_METADATA)
    result.nbformat, result.nbformat_minor = 4, 5
    taken: set[str] = set()
    previous = "start"
    for cell in result.cells:
        marks = cell.metadata.get("nbgrader")
        cell.metadata = nbformat.from_dict(
            {"nbgrader": {key: marks[key] for key in _NBGRADER_KEYS if key in marks}}
            if marks
            else {}
        )
        cell.source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.id = _identity(cell, previous, taken)
        taken.add(cell.id)
        previous = cell.id
    return result


def _identity(cell: NotebookNode, previous: str, taken: set[str]) -> str:
    """Return a cell's id: its grade id, one that its author chose, or one made from its place."""
    grade_id: str | None = cell.metadata.get("nbgrader", {}).get("grade_id")
    if grade_id:
        return grade_id
    own: str = cell.get("id", "")
    if _ID.fullmatch(own) and not _DRAWN_ID.fullmatch(own) and own not in taken:
        return own
    heading = re.search(r"^#+ +(.*)$", cell.source, re.MULTILINE)
    words = heading[1] if heading and cell.cell_type == "markdown" else f"{previous}-next"
    base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:56] or "cell"
    number, name = 1, base
    while name in taken or not _ID.fullmatch(name):
        number += 1
        name = f"{base}-{number}" if _ID.fullmatch(base) else f"cell-{number}"
    return name


def in_form(notebook: NotebookNode) -> str:
    """Return the text of a notebook file in form."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    return f"{text}\n"


def problems(notebook: NotebookNode) -> Iterator[str]:
    """Yield what an author has to mend in a lesson, a sentence for each.

    Args:
        notebook: a source notebook.
    """
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    position = -1
    for section in SECTIONS:
        found = prose.find(section)
        if found <= position:
            yield f"{section!r} is missing, or is not where every lesson has it"
        position = max(position, found)
    sizes, run = [], 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            run = 0
            yield from _prose_problems(cell)
            continue
        run += 1
        lines = visible_lines(cell.source)
        if run > MOST_CODE_CELLS:
            yield f"{cell.id}: more than {MOST_CODE_CELLS} code cells with no prose between them"
        if len(lines) > LONGEST_CELL:
            yield f"{cell.id}: {len(lines)} lines of code, at most {LONGEST_CELL} are readable"
        if _is_check(cell):
            yield from _check_problems(cell)
        else:
            sizes.append(len(lines))
    if sizes and statistics.median(sizes) > MEDIAN_CELL:
        yield f"half of the code cells have more than {MEDIAN_CELL} lines"


def _prose_problems(cell: NotebookNode) -> Iterator[str]:
    for line in visible_lines(cell.source):
        # Lists, tables and headings keep to lines of their own.
        if _TWO_SENTENCES.search(line) and not re.match(r"\s*([-*|#(]|\d+\.)", line):
            yield f"{cell.id}: one sentence a line, found {line[:60]!r}…"
    for image in re.finditer(r"!\[(.*?)\]", cell.source):
        if not image[1]:
            yield f"{cell.id}: a picture without alt text"


def _check_problems(cell: NotebookNode) -> Iterator[str]:
    if not cell.source.startswith('"""'):
        yield f"{cell.id}: a grade cell begins with a docstring that says what is checked"
    if "BEGIN HIDDEN TESTS" not in cell.source:
        yield f"{cell.id}: a grade cell ends with a hidden call of autograders.grade"
    if not cell.metadata.nbgrader.locked:
        yield f"{cell.id}: a grade cell is locked"


def main(arguments: list[str] | None = None) -> int:
    """Put source notebooks into form and list what an author has to mend.

    Args:
        arguments: files; those of the command line if None.

    Returns:
        0 if nothing is left to mend, 1 otherwise.
    """
    parser = argparse.ArgumentParser(
        prog="python -m autograders.notebooks",
        description="Put source notebooks into form and list what an author has to mend.",
    )
    parser.add_argument("files", nargs="+", type=Path, help="source notebooks")
    left = 0
    for file in parser.parse_args(arguments).files:
        before = file.read_text(encoding="utf-8")
        notebook: Any = tidied(nbformat.reads(before, as_version=4))
        after = in_form(notebook)
        if after != before:
            file.write_text(after, encoding="utf-8")
            print(f"{file}: put into form")
        for problem in problems(notebook):
            left += 1
            print(f"{file}: {problem}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
