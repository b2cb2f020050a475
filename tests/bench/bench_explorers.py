"""How long explorers take from the movement of a slider to the picture.

    python tests/bench/bench_explorers.py             in the kernel, and in a real JupyterLab
    python tests/bench/bench_explorers.py --no-browser

In the kernel: the model and the specifications of all charts, each slider in turn at its ends,
the slowest of these shown. In JupyterLab: from a pressed arrow key to the moment in which Chromium
has drawn every chart of the explorer anew.

`ConsolidationExplorer` and `ToyMachineExplorer` are the peers: their charts are made by Altair from
the beginning at every redraw.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from course import widgets
from course.exercise import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

KERNEL_LIMIT_MS, BROWSER_LIMIT_MS = 50, 150
REPEATS = 5
MOVEMENTS = 20

NEW = ("Density", "Overcommit", "Scaling", "Migration", "Availability")
OLD = ("ToyMachine",)

# From a pressed key to pictures of which none was there before, seen at the next frame.
_TIME = """
(element, {key, charts}) => new Promise((resolve) => {
  const slider = element.querySelector("[role=slider]");
  const drawn = () => [...element.querySelectorAll("svg.marks")];
  const old = new Set(drawn());
  const start = performance.now();
  const look = () => {
    const now = performance.now() - start;
    const pictures = drawn();
    if (pictures.length === charts && !pictures.some((one) => old.has(one))) resolve(now);
    else if (now > 10000) resolve(null);
    else requestAnimationFrame(look);
  };
  const keyCode = key === "ArrowRight" ? 39 : 37;
  slider.focus();
  slider.dispatchEvent(new KeyboardEvent("keydown", {key, keyCode, which: keyCode, bubbles: true}));
  requestAnimationFrame(look);
})
"""


def explorers() -> dict[str, Any]:
    """Return the explorers by the name of their class."""
    room = problem("01")
    made = {f"{name}Explorer": getattr(widgets, f"{name}Explorer")() for name in (*NEW, *OLD)}
    made["ConsolidationExplorer"] = widgets.ConsolidationExplorer(room.servers, room.host)
    return made


def ends(explorer: Any) -> Iterator[tuple[str, Any]]:
    """Return each trait at each end of its slider, and then all of them at the largest."""
    for name, control in explorer._controls.items():
        if hasattr(control, "max"):
            yield from ((name, {name: value}) for value in (control.min, control.max))
        else:
            yield from ((name, {name: value}) for _, value in control._options_full)
    yield "all", {n: c.max for n, c in explorer._controls.items() if hasattr(c, "max")}


def kernel_ms(explorer: Any, values: dict[str, Any]) -> float:
    """Return how long the model and the specifications take, in milliseconds, at their best."""
    begin = {name: getattr(explorer, name) for name in values}
    explorer.set(**values)
    took = []
    for _ in range(REPEATS):
        start = perf_counter()
        shown = explorer.draw()
        for chart in shown.charts:
            json.dumps(chart._repr_mimebundle_())
        took.append(1000 * (perf_counter() - start))
    explorer.set(**begin)
    return min(took)


def in_the_kernel() -> None:
    """Print the slowest setting of each explorer."""
    rows = []
    for name, explorer in explorers().items():
        usual = kernel_ms(explorer, {})
        slowest = max((kernel_ms(explorer, values), which) for which, values in ends(explorer))
        rows.append((name, usual, *slowest))
    headings = ("explorer", "as it begins (ms)", "at its slowest (ms)", "which slider")
    print(tabulate(rows, headings, floatfmt=".1f"))
    print(f"model and specifications; the limit is {KERNEL_LIMIT_MS} ms\n")


def in_jupyterlab() -> None:
    """Print how long it takes in a browser, and how much of that is the way to the kernel."""
    from playwright.sync_api import expect, sync_playwright

    from tests.browser import running_lab
    from tests.browser.conftest import _ARGUMENTS, _NAMES, TIMEOUT_MS
    from tests.browser.jupyterlab import OpenNotebook

    chromium = next(filter(None, map(shutil.which, _NAMES)), None)
    if chromium is None:
        print("no browser is installed")
        return
    code = [f"from course.widgets import {name}Explorer\n{name}Explorer()" for name in (*NEW, *OLD)]
    code.append(
        "from course.exercise import problem\nfrom course.widgets import ConsolidationExplorer\n"
        'room = problem("01")\nConsolidationExplorer(room.servers, room.host)'
    )
    rows = []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch, "course")
        folder.mkdir()
        (folder / "bench.ipynb").write_text(json.dumps(notebook(code)))
        lab = running_lab.start(folder, Path(scratch, "server"))
        try:
            lab.wait_until_open()
            browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
            page = browser.new_page(viewport={"width": 1240, "height": 900})
            page.set_default_timeout(TIMEOUT_MS)
            expect.set_options(timeout=TIMEOUT_MS)
            page.goto(f"{lab.home}lab/tree/bench.ipynb?token={lab.token}")
            opened = OpenNotebook(page, folder / "bench.ipynb")
            opened.wait_until_shown()
            opened.run_all()
            for number, name in enumerate((*NEW, *OLD, "Consolidation")):
                cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
                rows.append((f"{name}Explorer", *_moved(cell)))
            browser.close()
        finally:
            lab.kill()
    print(tabulate(rows, ("explorer", "best (ms)", "median (ms)", "worst (ms)"), floatfmt=".0f"))
    print(f"key to picture in Chromium, {MOVEMENTS} times; the limit is {BROWSER_LIMIT_MS} ms")


def notebook(code: list[str]) -> dict[str, Any]:
    """Return a notebook of cells."""
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells: list[dict[str, Any]] = [
        {
            "id": f"cell-{number}",
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(code)
    ]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": cells,
    }


def _moved(cell: Locator) -> tuple[float, float, float]:
    """Return the shortest, the usual and the longest time from a key to the picture, in ms."""
    from playwright.sync_api import expect

    cell.evaluate("cell => cell.scrollIntoView({block: 'start'})")
    expect(cell.locator("svg.marks")).to_have_count(2)
    cell.page.wait_for_timeout(1000)  # until nothing of the start is left to do
    took = []
    for number in range(MOVEMENTS):
        key = ("ArrowRight", "ArrowLeft")[number % 2]
        took.append(cell.evaluate(_TIME, {"key": key, "charts": 2}))
        cell.page.wait_for_timeout(200)
    return min(took), statistics.median(took), max(took)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="How long explorers take to redraw.")
    parser.add_argument("--no-browser", action="store_true", help="leave out JupyterLab")
    options = parser.parse_args()
    in_the_kernel()
    if not options.no_browser:
        in_jupyterlab()


if __name__ == "__main__":
    main()
