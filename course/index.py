"""The first page of the course: `index.ipynb`, made from the lessons that are there.

`CELLS` is its text. A page that we wrote says so in its metadata, with a digest of its cells: so a
page that the learner has changed is known, and left alone like a page of her own.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

__all__ = ["NAME", "Lesson", "is_unchanged", "lessons", "names", "notebook", "write"]

NAME = "index.ipynb"

#: The page: for each cell its id, its type and its source. `{lessons}` stands for the list of them.
CELLS = (
    (
        "welcome",
        "markdown",
        """\
# Virtual machines and containers, measured

*A virtual machine takes minutes to start, a container milliseconds.*
*A server holds three to four times as many containers as virtual machines.*

You have read such sentences; here you check them.
Each one comes three times: as a text **claims** it, as a calculation **models** it, and as you
**measure** it yourself.""",
    ),
    ("lessons", "markdown", "## Lessons\n\n{lessons}"),
    (
        "begin",
        "markdown",
        """\
## How to begin

Open the first lesson by its title above, and come back to this page for the next one.
In a lesson, run one cell after the other with <kbd>Shift</kbd>+<kbd>Enter</kbd>.
Where it asks who you are, write your student id: from then on its numbers are yours alone.

Below each answer, a check names usual mistakes and says what is still open.
It does not know the right answer.
**Validate**, at the top of a lesson, runs all of its checks at once.""",
    ),
    (
        "work",
        "markdown",
        """\
## Keep your work

Everything that you write is saved by itself every two minutes, and at once with
<kbd>Ctrl</kbd>+<kbd>S</kbd>, in the folder that holds this page.

**On [Binder](https://mybinder.org), download it before you leave.**
After ten minutes without you, that computer is gone, and all that was on it.
Run the next cell: *Download all my work* gives you one file, and *Bring work back* unpacks it when
you return.
*Hand in* packs one lesson for your course.

If you come too late, leave the page open: *Download*, in the bar above a lesson, still gives you
what you see, and in a new session *Bring work back* takes such a notebook, too.""",
    ),
    ("my-work", "code", "from course.widgets import my_work\n\nmy_work()"),
    (
        "engine",
        "markdown",
        """\
## See what containers run on

Some lessons run real containers, on a real Docker Engine: this computer's own, or one in a small
virtual machine, the **lab VM**.
They start it by themselves when they need it.
The next cell shows it, and can start it already now.""",
    ),
    (
        "engine-status",
        "code",
        "from course.widgets import engine_status\n\nengine_status(start=False)",
    ),
    (
        "page",
        "markdown",
        """\
---

When new lessons arrive, this page is made anew, but never once you have changed its text.
To get the new page then, rename this one and start the course again.""",
    ),
)

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_MARK = "measured_virtualization"


@dataclass(frozen=True)
class Lesson:
    """What the page says about a lesson.

    Attributes:
        name: the assignment, which names its folder and its notebook.
        title: its heading, such as ``04 · Images and layers``.
        question: the sentences below the heading.
        time: how long it takes, such as ``about 90 minutes``; empty where that is not said.
    """

    name: str
    title: str
    question: str = ""
    time: str = ""


def names(folder: Path) -> list[str]:
    """List the lessons in a workspace: each is a folder with a notebook of its own name."""
    files = folder.glob("[!.]*/*.ipynb")
    return sorted(file.stem for file in files if file.stem == file.parent.name)


def lessons(folder: Path) -> list[Lesson]:
    """Read what the lessons in a workspace say about themselves.

    Returns:
        The lessons in order. One whose notebook cannot be read is named by its folder.
    """
    return [_lesson(folder / name / f"{name}.ipynb") for name in names(folder)]


def notebook(found: list[Lesson]) -> dict[str, Any]:
    """Make the page.

    Args:
        found: the lessons that it lists.

    Returns:
        A notebook of format 4.5, without outputs.
    """
    listed = "\n\n".join(_entry(lesson) for lesson in found)
    cells: list[dict[str, Any]] = [
        {"id": name, "cell_type": kind, "metadata": {}, "source": source}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for name, kind, text in CELLS
        for source in [text.replace("{lessons}", listed)]
    ]
    mark = {"index": _digest(cells)}
    metadata = {**_METADATA, _MARK: mark}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(folder: Path) -> bool:
    """Write the page, or write it anew where the lessons or its text have changed since.

    A page that the learner has changed, and any other file of its name, stays as it is.

    Args:
        folder: a learner's workspace; without lessons it gets no page.

    Returns:
        Whether it was written.

    Raises:
        OSError: the folder cannot be written, or the disk is full; an older page is still whole.
    """
    from course.live.cache import writing

    found = lessons(folder)
    page = notebook(found)
    path = folder / NAME
    if not found or (path.exists() and not _is_outdated(path, page)):
        return False
    text = json.dumps(page, indent=1, ensure_ascii=False, sort_keys=True)
    with writing(path) as stream:
        stream.write(f"{text}\n".encode())
    return True


def is_unchanged(path: Path) -> bool:
    """Tell whether a file is a page of ours as we wrote it, of whatever lessons and version."""
    return _said_by_us(path) is not None


def _is_outdated(path: Path, page: dict[str, Any]) -> bool:
    """Tell whether a file is a page of ours, as we wrote it, and not the one that is wanted."""
    return _said_by_us(path) not in (None, page["metadata"][_MARK]["index"])


def _said_by_us(path: Path) -> str | None:
    """Return the digest of what a page of ours says; None if it says something else by now."""
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        written, now = there["metadata"][_MARK]["index"], _digest(there["cells"])
    except (OSError, ValueError, KeyError, TypeError):  # no notebook, or none of ours
        return None
    return now if written == now else None


def _digest(cells: list[dict[str, Any]]) -> str:
    """Digest what cells say; running them changes nothing, nor does an empty one at the end."""
    said = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    said = [(kind, source) for kind, source in said if source.strip()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _entry(lesson: Lesson) -> str:
    address = quote(f"{lesson.name}/{lesson.name}.ipynb")
    time = f" · {lesson.time}" if lesson.time else ""
    return f"**[{lesson.title}]({address})**{time}<br>\n{lesson.question}"


def _lesson(file: Path) -> Lesson:
    """Read what a notebook's first cell says about it."""
    number, _, words = file.stem.partition("-")
    plain = Lesson(file.stem, f"{number} · {words.replace('-', ' ').capitalize()}".strip(" ·"))
    try:
        first = json.loads(file.read_text(encoding="utf-8"))["cells"][0]
        text = "".join(first["source"])
    except (OSError, ValueError, LookupError, TypeError):  # a learner's file may be in any state
        return plain
    heading = re.match(r"# +(.+)\n+((?:[^\n#*-].*\n?)*)", text)
    if first.get("cell_type") != "markdown" or heading is None:
        return plain
    time = re.search(r"^\*\*Time\*\*: *(.+?)\.?$", text, re.MULTILINE)
    return Lesson(file.stem, heading[1].strip(), heading[2].strip(), time[1] if time else "")
