"""A lesson as a learner goes through it: run, its charts looked at, its explorers moved.

- `outputs_of`, `charts_of`, `assert_drawn`: what a notebook that has run holds, and that it is seen
- `Lesson`: an open lesson, of which pictures are kept where that is asked for
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from course.charts import VEGA_LITE_MIME_TYPE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.jupyterlab import OpenNotebook

CHART = "[role=graphics-document]"


def outputs_of(content: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return what the cells of a notebook's file have put out, each with its cell's id.

    Nothing of it may be an error or a warning.
    """
    outputs = [
        (cell["id"], output)
        for cell in content["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
    ]
    assert [(i, o) for i, o in outputs if o["output_type"] == "error"] == []
    assert [(i, o) for i, o in outputs if o.get("name") == "stderr"] == []
    return outputs


def charts_of(content: dict[str, Any]) -> dict[str, str]:
    """Return what the chart of each cell says that it shows, by the cell's id."""
    return {
        identifier: output["data"][VEGA_LITE_MIME_TYPE]["description"]
        for identifier, output in outputs_of(content)
        if VEGA_LITE_MIME_TYPE in output.get("data", {})
    }


def assert_drawn(chart: Locator) -> None:
    """Check that a chart is an SVG picture with something in it."""
    expect(chart.locator("svg.marks")).to_be_visible()
    expect(chart.locator("svg.marks [role=graphics-symbol]").first).to_be_attached()


@dataclass(frozen=True)
class Lesson:
    """A lesson that is open in JupyterLab.

    Attributes:
        notebook: the learner's copy.
        keep: keeps a picture of a page under a name.
    """

    notebook: OpenNotebook
    keep: Callable[[Page, str], None]

    @property
    def folder(self) -> Path:
        """The folder of the notebook, where its records are."""
        return self.notebook.path.parent

    def picture(self, name: str) -> None:
        """Keep a picture of what is shown, under the lesson's number and a name."""
        self.keep(self.notebook.page, f"lesson-{self.folder.name[:2]}-{name}")

    def run(self, patience_s: float) -> set[str]:
        """Run the notebook to its end without an error, and look at every chart that it draws.

        Args:
            patience_s: how long that may take, in seconds.

        Returns:
            The ids of the cells with a chart.
        """
        self.notebook.run_all(patience_s)
        charts = charts_of(self.notebook.save())
        for identifier, description in charts.items():
            chart = self.notebook.show(identifier).locator(CHART).first
            expect(chart).to_have_attribute("aria-label", description)
            assert_drawn(chart)
            self.picture(identifier)
        return set(charts)

    def look_at(self, *identifiers: str) -> None:
        """Show one cell after the other."""
        for identifier in identifiers:
            self.notebook.show(identifier)
            self.picture(identifier)

    def explore(self, identifier: str, slider: int = 0, key: str = "ArrowRight") -> None:
        """Move a slider of an explorer by a key, and check that what it shows follows.

        Args:
            identifier: the explorer's cell.
            slider: which of its sliders; -1 is the last one.
            key: what is pressed.
        """
        explorer = self.notebook.show(identifier)
        expect(explorer.locator(CHART).first).to_be_visible()
        before = explorer.inner_text()
        moved = explorer.get_by_role("slider").nth(slider)
        moved.focus()
        moved.press(key)
        expect(explorer).not_to_have_text(before)
        self.picture(identifier)
