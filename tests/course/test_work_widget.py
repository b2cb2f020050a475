"""The widget of a learner's work: what it orders of the page, and what it does with the answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from course.widgets import MyWork, my_work
from course.work import save
from tests.course.test_work_submit import NAME, NOTEBOOK, change, finish, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["work"]  # the fixture


@pytest.fixture
def widget(work: Path) -> Iterator[MyWork]:
    """Return the widget in a notebook beside the lessons."""
    shown = MyWork(patience_s=60, interval_s=60)
    yield shown
    shown.close()


def ordered(widget: MyWork) -> dict[str, Any] | None:
    """Return what the page is told to do, if anything."""
    for output in widget.page.children[0].outputs:
        if script := output["data"].get("application/javascript"):
            return dict(json.loads(re.search(r"\)\(element, (\{.*\})\)$", script)[1]))
    return None


def shown(widget: MyWork) -> str:
    """Return the HTML below the widget."""
    outputs = widget.page.children[0].outputs
    return "".join(output["data"].get("text/html", "") for output in outputs)


def say(widget: MyWork, **said: Any) -> None:
    """Answer as the page does, to what it was told."""
    order = ordered(widget)
    widget.page.answer.value = json.dumps({"token": order["token"] if order else "", **said})
    widget.wait(60)


def test_lessons_and_files_are_listed(work: Path, widget: MyWork) -> None:
    """Each lesson with when it was saved, and archives that are there, also those that come."""
    assert list(widget.hand_in_buttons) == [NAME]
    assert widget.hand_in_buttons[NAME].description == "Hand in 01"
    assert widget.here.disabled
    finish(work)
    file = save(folder=work).file
    widget.refresh()
    assert [value for _, value in widget.here.options] == ["", file]
    assert not widget.here.disabled
    assert widget.here_button.disabled
    widget.here.value = file
    assert not widget.here_button.disabled
    file.unlink()
    widget.refresh()
    assert widget.here.value == ""


def test_a_download_waits_for_the_page(work: Path, widget: MyWork) -> None:
    """Open notebooks are saved first; then there is an archive, a link, and an order to fetch."""
    finish(work)
    widget.download()
    assert ordered(widget)["action"] == "save"
    assert widget.state == "working"
    assert widget.save_button.disabled
    assert widget.hand_in_buttons[NAME].disabled
    assert not list(work.glob("*.zip"))
    say(widget, saved=1, unsaved=[])
    (file,) = work.glob("my-work-*.zip")
    assert widget.state == "ready"
    assert "1 file saved in my-work-" in widget.message
    assert not widget.save_button.disabled
    order = ordered(widget)
    assert order["action"] == "fetch"
    assert f'href="{file.name}" download="{file.name}" data-token="{order["token"]}"' in shown(
        widget
    )
    say(widget, fetched=True)
    assert ordered(widget) is None  # a view that is drawn later downloads nothing
    assert file.name in shown(widget)


def test_a_page_that_does_not_answer_hinders_nothing(work: Path) -> None:
    """After a while the files are packed as they are, and that is said."""
    widget = MyWork(patience_s=0.05, interval_s=60)
    try:
        with_answer = widget.message
        widget.download()
        for _ in range(600):
            if widget.state == "ready":
                break
            widget.page._timer.join(0.1)
            widget.wait(0.1)
        assert widget.message != with_answer
        assert "JupyterLab did not say that it has saved" in widget.message
        assert list(work.glob("my-work-*.zip"))
    finally:
        widget.close()


def test_what_could_not_be_saved_is_named(work: Path, widget: MyWork) -> None:
    """A notebook that the page could not save is not in the archive as it is seen."""
    widget.download()
    say(widget, saved=1, unsaved=["work/01-a/01-a.ipynb"])
    assert "Not saved, so not in it as you see it: work/01-a/01-a.ipynb" in widget.message


def test_handing_in_shows_what_is_open(work: Path, widget: MyWork) -> None:
    """The archive has the student's name, and the warnings are said."""
    change(work, 0, 'student_id = "ada"')
    widget.hand_in_buttons[NAME].click()
    say(widget, saved=0, unsaved=[])
    assert "2 of 3 answers are still open" in widget.message
    assert f'href="hand-in/{NAME}/ada.zip"' in shown(widget)
    assert "as ada.zip" in widget._facts[NAME].value


def test_errors_are_said_in_place(work: Path, widget: MyWork) -> None:
    """What cannot be done is said in words, and the next try begins anew."""
    widget.hand_in(NAME)
    say(widget, saved=0, unsaved=[])
    assert widget.state == "failed"
    assert "student_id is not written yet" in widget.message
    change(work, 0, 'student_id = "<b>"')
    widget.hand_in(NAME)
    say(widget, saved=0, unsaved=[])
    assert widget.state == "failed"
    assert "<b>" not in widget._words.value
    change(work, 0, 'student_id = "ada"')
    widget.hand_in(NAME)
    say(widget, saved=0, unsaved=[])
    assert widget.state == "ready"


def test_a_file_that_is_here_is_brought_back(work: Path, widget: MyWork) -> None:
    """What was done is shown file by file, and the page reloads what is open and changed."""
    finish(work)
    file = save(folder=work).file
    (work / NOTEBOOK).unlink()
    widget.refresh()
    widget.here.value = file
    widget.here_button.click()
    say(widget, saved=0, unsaved=[])
    assert "1 of 1 files brought back" in widget.message
    assert NOTEBOOK in shown(widget)
    assert ordered(widget)["action"] == "reload"
    assert ordered(widget)["paths"] == [NOTEBOOK]
    assert file.exists()


def test_a_file_that_was_loaded_up_is_brought_back_and_removed(work: Path, widget: MyWork) -> None:
    """The page says how far it is and when it is there; what it loaded up is not left behind."""
    finish(work)
    file = save(folder=work).file
    (work / NOTEBOOK).unlink()
    upload = work / "my-work-upload-1.zip"
    file.rename(upload)
    widget.page.answer.value = json.dumps({"token": "", "uploading": 0.5})
    assert "50%" in widget.message
    widget.page.answer.value = json.dumps(
        {"token": "", "uploaded": upload.name, "called": "mine.zip"}
    )
    say(widget, saved=0, unsaved=[])
    assert widget.message.startswith("mine.zip: 1 of 1 files brought back")
    assert nbformat.read(work / NOTEBOOK, as_version=4)
    assert not upload.exists()


def test_a_file_that_cannot_be_loaded_up_is_explained(work: Path, widget: MyWork) -> None:
    """There is another way, which is said."""
    widget.page.answer.value = json.dumps({"token": "", "failed": "too large"})
    assert widget.state == "failed"
    assert "too large" in widget.message
    assert "Drag it into the list of files" in widget.message


@pytest.mark.parametrize(
    "said",
    [
        "",
        "x",
        "3",
        "[]",
        "[" * 100_000,
        '{"token": 3}',
        '{"token": "x", "saved": 1}',
        '{"token": "", "uploading": "much"}',
        '{"token": "", "uploaded": "../../etc/passwd"}',
        '{"token": "", "uploaded": "01-a.ipynb"}',
        '{"token": "", "uploaded": 3}',
    ],
)
def test_whatever_the_page_says_does_no_harm(work: Path, widget: MyWork, said: str) -> None:
    """Only an answer to the order that is waited for counts, and only files that it loaded up."""
    before = widget.state, widget.message
    widget.page.answer.value = said
    assert (widget.state, widget.message) == before
    assert (work / NOTEBOOK).exists()


def test_a_second_click_changes_nothing(work: Path, widget: MyWork) -> None:
    """While something is done, nothing else is begun."""
    widget.download()
    order = ordered(widget)
    widget.hand_in(NAME)
    widget.download()
    assert ordered(widget) == order


def test_without_a_workspace_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The widget is there, says what is missing, and works as soon as it is."""
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.chdir(tmp_path)
    widget = my_work()
    try:
        assert widget.state == "failed"
        assert "expected a folder with lessons" in widget.message
    finally:
        widget.close()


def test_buttons_have_names_and_the_message_is_announced(work: Path, widget: MyWork) -> None:
    """Every control says what it does, and what happened is in a live region."""
    buttons = [widget.save_button, widget.upload_button, widget.here_button]
    for button in [*buttons, *widget.hand_in_buttons.values()]:
        assert button.description
        assert button.tooltip
    assert widget.here.description
    assert 'role="status"' in widget._words.value
