"""Lesson 07 in a learner's hands, on the lab VM: run, looked at, explored.

Start-up times are read from a drawn record; that real machines give such records is tried in the
instructor's round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.live.conftest import require_lab_vm
from tests.submissions_scaling import ASSIGNMENT, START_REPLICA, put_records, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lessons import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.labvm]

PATIENCE_S = 600  # half a minute where nothing else runs


@pytest.fixture
def lesson(open_lesson: Callable[[str], Lesson]) -> Lesson:
    """Open the learner's copy of lesson 07."""
    require_lab_vm()
    opened = open_lesson(ASSIGNMENT)
    put_records(opened.folder, records("example"))
    return opened


def test_an_untouched_lesson_runs_and_shows(lesson: Lesson) -> None:
    """It runs to its end without an error, draws its charts, explores, and starts a service."""
    (lesson.folder / "rollout.json").unlink()
    assert {"waiting", "tail", "runs", "losses", "swing"} <= lesson.run(PATIENCE_S)
    lesson.look_at("fast", "looks", "starting", "swing-figures", "rollout", "outcome")
    lesson.explore("explorer", slider=-1)

    lesson.notebook.answer("service-answer", START_REPLICA.strip(), check="ask-again")
    for identifier, said in (
        ("ask-again", "web-1"),
        ("service-check", "Nothing speaks against this answer"),
        ("rollout", "replicas that answer"),
        ("ask", "answers"),
        ("rollout-chart", ""),
        ("scale-in", "replicas removed in"),
    ):
        shown = lesson.notebook.cell(identifier)
        expect(shown).to_contain_text(said, timeout=PATIENCE_S * 1000)
        lesson.notebook.show(identifier)
        lesson.picture(f"answered-{identifier}")
