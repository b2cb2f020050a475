"""JupyterLab as a person handles it: menus, cells, and the notebook's file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.running_lab import Lab

_ALL_RUN = """
() => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
  return prompts.length > 0 && prompts.every((prompt) => /^\\[\\d+\\]:$/.test(prompt.textContent));
}
"""


def choose(page: Page, menu: str, *items: str) -> None:
    """Choose an item of a menu, or of the submenus on the way to it."""
    page.locator(".lm-MenuBar-itemLabel").get_by_text(menu, exact=True).click()
    for depth, item in enumerate(items):
        opened = page.locator(".lm-Menu").nth(depth)
        opened.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()
    expect(page.locator(".lm-Menu")).to_have_count(0)


@dataclass(frozen=True)
class OpenNotebook:
    """A notebook that is open in JupyterLab.

    Attributes:
        page: the page that shows it.
        path: its file.
    """

    page: Page
    path: Path

    @classmethod
    def of_lesson(cls, page: Page, lab: Lab, assignment: str) -> OpenNotebook:
        """Open the learner's copy of a lesson."""
        relative = f"work/{assignment}/{assignment}.ipynb"
        page.goto(f"{lab.home}lab/tree/{relative}?token={lab.token}")
        opened = cls(page, lab.folder / relative)
        opened.wait_until_shown()
        return opened

    def wait_until_shown(self) -> None:
        """Wait until its cells are there and a kernel is ready for them."""
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text(" | Idle")

    def run_all(self, timeout_s: float | None = None) -> None:
        """Run all cells by the menu, and wait until every one has run.

        Args:
            timeout_s: how long all of them may take, in seconds; by default as long as one step.
        """
        choose(self.page, "Run", "Run All Cells")
        patience = {} if timeout_s is None else {"timeout": timeout_s * 1000}
        self.page.wait_for_function(_ALL_RUN, **patience)
        self.wait_until_idle()

    def save(self) -> dict[str, Any]:
        """Save by the menu, and return what the file holds then."""
        choose(self.page, "File", "Save Notebook")
        expect(
            self.page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty")
        ).to_have_count(0)
        return self.read()

    def read(self) -> dict[str, Any]:
        """Return what the file holds."""
        content: dict[str, Any] = json.loads(self.path.read_text())
        return content

    def identifiers(self) -> list[str]:
        """Return the ids of the cells, in order."""
        return [cell["id"] for cell in self.read()["cells"]]

    def cell(self, identifier: str) -> Locator:
        """Return a cell as it is shown."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.identifiers().index(identifier))

    def show(self, identifier: str) -> Locator:
        """Scroll to a cell, so that it begins at the top of the page, and return it."""
        cell = self.cell(identifier)
        cell.evaluate("cell => cell.scrollIntoView({block: 'start'})")
        return cell

    def answer(self, identifier: str, source: str, *, check: str) -> Locator:
        """Write an answer over what a cell holds, and run the cells from there to its check.

        Args:
            identifier: the cell.
            source: what is written into it.
            check: the cell that checks the answer.

        Returns:
            The notes below the check.
        """
        identifiers = self.identifiers()
        self.show(identifier).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        for _ in range(identifiers.index(identifier), identifiers.index(check) + 1):
            self.page.keyboard.press("Shift+Enter")
        return self.cell(check).get_by_role("note")
