"""Explorers in a learner's hands: moved, followed by words and charts, saved, and read.

They are in a notebook of their own; that lessons show theirs is tried with the lessons.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from course import widgets
from tests.browser.jupyterlab import OpenNotebook, choose
from tests.browser.legibility import LEAST, texts_in
from tests.browser.lessons import CHART, assert_drawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from course.widgets import Explorer
    from tests.browser.running_lab import Lab

pytestmark = pytest.mark.browser

NAMES = (
    "DensityExplorer",
    "OvercommitExplorer",
    "ScalingExplorer",
    "MigrationExplorer",
    "AvailabilityExplorer",
)
DOWNLOAD = "Download these figures (CSV)"
BURST = 30


@pytest.fixture
def notebook(start_lab: Callable[[Path], Lab], page: Page, tmp_path: Path) -> OpenNotebook:
    """Open a notebook with a cell for each explorer."""
    folder = tmp_path / "explorers"
    folder.mkdir()
    cells = [_cell(name) for name in NAMES]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}}
    (folder / "explorers.ipynb").write_text(json.dumps(content | {"cells": cells}))
    lab = start_lab(folder)
    page.goto(f"{lab.home}lab/tree/explorers.ipynb?token={lab.token}")
    opened = OpenNotebook(page, folder / "explorers.ipynb")
    opened.wait_until_shown()
    choose(page, "View", "Appearance", "Show Left Sidebar")
    return opened


def _cell(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "cell_type": "code",
        "source": f"from course.widgets import {name}\n\n{name}()",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }


def test_words_charts_and_files_follow_the_sliders(
    notebook: OpenNotebook, picture: Callable[[Page, str], None]
) -> None:
    """What is said, drawn and saved is the model's, before and after a slider is moved."""
    notebook.run_all()
    for name in NAMES:
        explorer, model = notebook.show(name), getattr(widgets, name)()
        assert_shows(explorer, model)
        before = model.message, model.csv()
        control = next(c for c in model.children if hasattr(c, "max"))
        slider = explorer.get_by_role("slider").first
        slider.focus()
        for _ in range(3):
            slider.press("ArrowRight")
        control.value += 3 * control.step
        assert (model.message, model.csv()) != before
        assert_shows(explorer, model)
        picture(notebook.page, f"explorer-{model.file_name}")

        with notebook.page.expect_download() as download:
            explorer.get_by_role("link", name=DOWNLOAD).click()
        assert download.value.suggested_filename == f"{model.file_name}.csv"
        assert download.value.path().read_text() == model.csv()


def test_a_burst_ends_with_the_newest_picture(notebook: OpenNotebook) -> None:
    """However fast a slider is moved, what is shown in the end is where it stands."""
    notebook.run_all()
    for name in ("ScalingExplorer", "AvailabilityExplorer"):
        explorer, model = notebook.show(name), getattr(widgets, name)()
        control = next(c for c in model.children if hasattr(c, "max"))
        control.value += BURST * control.step
        slider = explorer.get_by_role("slider").first
        slider.focus()
        for _ in range(BURST):
            notebook.page.keyboard.press("ArrowRight")
        assert_shows(explorer, model)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_explorers_are_legible(
    notebook: OpenNotebook, picture: Callable[[Page, str], None], theme: str
) -> None:
    """In JupyterLab's light and dark theme all text of words, labels and charts stands out."""
    page = notebook.page
    if theme == "Dark":
        choose(page, "Settings", "Theme", "JupyterLab Dark")
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    notebook.run_all()
    faint: dict[tuple[str, str], float] = {}
    for name in NAMES:
        explorer = notebook.show(name)
        expect(explorer.locator(CHART)).to_have_count(2)
        texts = texts_in(explorer)
        assert len(texts) > 20
        faint |= {(name, t.text): round(t.contrast, 1) for t in texts if t.contrast < LEAST}
        explorer.locator(CHART).last.scroll_into_view_if_needed()
        picture(page, f"explorer-{name}-{theme.lower()}")
    assert faint == {}


def assert_shows(explorer: Locator, model: Explorer) -> None:
    """Check that the words and the charts are those of a model."""
    expect(explorer.get_by_role("status")).to_have_text(model.message)
    charts = explorer.locator(CHART)
    expect(charts).to_have_count(len(model.charts))
    for number, chart in enumerate(model.charts):
        expect(charts.nth(number)).to_have_attribute("aria-label", chart.description)
        assert_drawn(charts.nth(number))
