"""Every notebook of the image, run as its learner runs it: on Binder, and where less is there."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.binder.figures import mebibytes, seconds
from tests.binder.jupyter import Jupyter
from tests.binder.memory import MemoryWatch
from tests.binder.session import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.binder.figures import Figures
    from tests.binder.jupyter import Ran
    from tests.binder.session import Session

pytestmark = pytest.mark.binder

MISSING = "There is no Docker Engine to measure with."
LITTLE_MIB = 700  # enough for JupyterLab and a lesson, too little for the lab VM beside them
NOT_A_PROGRAM = b""  # in QEMU's place

# Which engine a notebook has used, asked in its own kernel; empty if it has used none.
ENGINE = """
import sys
live = sys.modules.get("course.live")
running = sys.modules.get("course.live.labvm.places")
print(live.engine().kind if live and running and running.running() else "")
"""


_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS", re.DOTALL)


def answered(root: Path, path: str) -> list[dict[str, Any]]:
    """Return the cells of a lesson's source: with its answers, without its hidden tests."""
    cells: list[dict[str, Any]] = json.loads((root / "source" / path).read_text())["cells"]
    return [cell | {"source": _HIDDEN.sub("", "".join(cell["source"]))} for cell in cells]


def run_all(
    session: Session,
    heading: str,
    figures: Figures,
    subtests: pytest.Subtests,
    with_answers_of: Path | None = None,
) -> Iterator[tuple[str, list[Ran], str]]:
    """Run every notebook; give its path, its cells, and the engine that it has used.

    Args:
        session: where.
        heading: of the table of figures.
        figures: takes what is measured.
        subtests: reports each notebook by itself.
        with_answers_of: the checkout whose answers are filled into the lessons; None for none.
    """
    with Jupyter(session) as jupyter:
        paths = jupyter.notebooks()
        assert paths, "the session has no notebooks"
        if with_answers_of:
            paths = [path for path in paths if (with_answers_of / "source" / path).exists()]
        for path in paths:
            ran: list[Ran] = []
            with subtests.test(notebook=path):
                began = time.monotonic()
                with jupyter.kernel(path) as kernel, MemoryWatch(session) as memory:
                    cells = (
                        answered(with_answers_of, path) if with_answers_of else jupyter.cells(path)
                    )
                    ran = [kernel.run(cell) for cell in cells if cell["cell_type"] == "code"]
                    took_s = time.monotonic() - began
                    engine = kernel.text(ENGINE)
                slowest = max(ran, key=lambda cell: cell.took_s)
                figures.add(
                    heading,
                    f"{path.rpartition('/')[2].removesuffix('.ipynb')}, {len(ran)} cells",
                    seconds(took_s),
                    f"peak {mebibytes(memory.peak_bytes)}; slowest cell "
                    f"{slowest.cell}, {seconds(slowest.took_s)}",
                )
            if ran:
                yield path, ran, engine


def test_with_what_binder_gives(
    session: Session, figures: Figures, subtests: pytest.Subtests
) -> None:
    """Untouched, every notebook runs to its end, its experiments in the lab VM, within 2 GiB."""
    live = []
    for path, ran, engine in run_all(session, "Notebooks, as on Binder", figures, subtests):
        shown = "".join(cell.text for cell in ran)
        assert engine in ("", "labvm")
        assert MISSING not in shown
        assert session.oom_kills() == 0
        live += [path] if engine else []
    assert live, "no notebook has used the lab VM"


def test_with_right_answers(
    session: Session, root: Path, figures: Figures, subtests: pytest.Subtests
) -> None:
    """What learners are asked to do with containers can be done there, too, within 2 GiB."""
    live = []
    heading = "Lessons with their answers, as on Binder"
    for path, ran, engine in run_all(session, heading, figures, subtests, with_answers_of=root):
        assert MISSING not in "".join(cell.text for cell in ran)
        assert session.oom_kills() == 0
        live += [path] if engine == "labvm" else []
    assert live, "no lesson has used the lab VM"


@pytest.mark.parametrize("without", ["QEMU", "memory"])
def test_where_no_lab_vm_can_be(
    start: Callable[..., Session], figures: Figures, subtests: pytest.Subtests, without: str
) -> None:
    """Every notebook still runs to its end, and those with experiments say what is missing."""
    if without == "QEMU":
        session = start(files={"/usr/bin/qemu-system-x86_64": NOT_A_PROGRAM})
    else:
        session = start(limits=Limits(memory_mib=LITTLE_MIB))
    session.wait_until_open()
    said = []
    heading = (
        f"Notebooks, without {'QEMU' if without == 'QEMU' else f'the memory, at {LITTLE_MIB} MiB'}"
    )
    for path, ran, engine in run_all(session, heading, figures, subtests):
        assert engine == ""
        assert session.oom_kills() == 0
        said += [path for cell in ran if MISSING in cell.text]
    assert said, "no notebook has said that the engine is missing"
