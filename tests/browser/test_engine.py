"""The engine in a learner's hands: its status, and a container's web page behind a hub."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.jupyterlab import OpenNotebook
from tests.live.conftest import require_lab_vm

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.running_lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

CELLS = {
    "status": "from course.widgets import engine_status\n\nstatus = engine_status()\nstatus",
    "connect": "from course import live\n\nclient = live.connect()\nstatus.wait()",
    "web": 'web = client.containers.run("course/web:1", detach=True, ports={"80/tcp": None})',
    # Binder and a hub say so to every kernel; the Jupyter server behind them is the same.
    "hub": 'import os\n\nos.environ["JUPYTERHUB_SERVICE_PREFIX"] = "/"',
    "url": "live.url(web, 80)",
}


@pytest.fixture
def notebook(lab: Lab, page: Page) -> OpenNotebook:
    """Open a notebook that connects to the lab VM."""
    require_lab_vm()
    cells = [new_code_cell(source, id=identifier) for identifier, source in CELLS.items()]
    path = lab.folder / "work" / "engine.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    page.goto(f"{lab.home}lab/tree/work/engine.ipynb?token={lab.token}")
    opened = OpenNotebook(page, path)
    opened.wait_until_shown()
    return opened


def test_the_status_and_a_container_s_page(
    notebook: OpenNotebook, lab: Lab, picture: Callable[[Page, str], None]
) -> None:
    """The status says which engine, and the address opens what the container serves."""
    page = notebook.page
    notebook.run_all()
    status = notebook.show("status")
    expect(status.get_by_role("status")).to_contain_text("in the lab VM, emulated")
    expect(status).to_contain_text(re.compile(r"running for \d+ (s|min)"))
    expect(status.get_by_role("button", name="Stop")).to_be_enabled()
    picture(page, "engine")

    address = notebook.cell("url").locator(".jp-OutputArea-output").inner_text().strip(" '\n")
    assert re.fullmatch(r"/proxy/\d+/", address)
    page.goto(lab.home.rstrip("/") + address)
    expect(page.get_by_role("heading", name="Hello from a container")).to_be_visible()
    picture(page, "web")
