"""A learner's work in the notebook: download all of it, bring it back, hand a lesson in.

Notebooks that are open may hold changes that are not saved. So a button first has the page save
them (`course.widgets.page`), and the kernel reads the files when the page has answered, or has not
answered for `PATIENCE_S`.
"""

from __future__ import annotations

import os
import threading
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from course import index
from course.exercise import Table
from course.widgets.page import BUTTON_CLASS, ROOT_CLASS, Page, html, link
from course.work import WorkError, restore, save, submit, workspace
from course.work.saving import ARCHIVES
from course.work.submitting import HAND_IN
from course.work.tree import size

if TYPE_CHECKING:
    from collections.abc import Callable

    from course.widgets.page import Said

__all__ = ["MyWork", "my_work"]

#: How long the page may take to save what is open, in seconds.
PATIENCE_S = 20.0
#: How often the list of lessons is looked at anew, in seconds.
INTERVAL_S = 5.0

_UPLOAD = "my-work-upload-"
_ONE_LINE = {"flex_flow": "row wrap", "align_items": "center"}


class MyWork(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A learner's work: when each lesson was saved, and buttons to keep it and to hand it in.

    What takes long is done in a thread, so that the notebook goes on. `close` ends the thread that
    keeps the list up to date.

    Attributes:
        state: ``ready``, ``working`` or ``failed``.
        message: what is said in words.
        page: the page that shows it.
    """

    state = traitlets.Enum(["ready", "working", "failed"], "ready")
    message = traitlets.Unicode("Download your work before you leave, and bring it back next time.")

    def __init__(
        self,
        folder: Path | None = None,
        *,
        patience_s: float = PATIENCE_S,
        interval_s: float = INTERVAL_S,
    ) -> None:
        """Show the work in a workspace.

        Args:
            folder: the workspace; by default that of the notebook.
            patience_s: how long the page may take to save what is open, in seconds.
            interval_s: how often to look at the lessons anew, in seconds.
        """
        self._folder = folder
        self._start = Path(_starting_folder())
        self._patience_s = patience_s
        self._beginning, self._looking = threading.Lock(), threading.Lock()
        self._work: threading.Thread | None = None
        self._closing = threading.Event()
        self.page = Page(self._hear, upload_prefix=_UPLOAD)
        self._words = ipywidgets.HTML()
        self.save_button = _button(
            "Download all my work", "download", "Save all open notebooks and download everything"
        )
        self.save_button.button_style = "primary"
        self.save_button.on_click(lambda _: self.download())
        self.upload_button = _button(
            "Bring work back", "upload", "Choose a my-work file, or a lesson's notebook, of yours"
        )
        self.upload_button.add_class(BUTTON_CLASS)
        self.here = ipywidgets.Dropdown(
            description="or a my-work file that is here:", style={"description_width": "initial"}
        )
        self.here.layout.width = "auto"
        self.here.observe(self._redraw, names="value")
        self.here_button = _button("Bring it back", "check", "Bring the chosen file back")
        self.here_button.on_click(lambda _: self.bring_back())
        self.hand_in_buttons: dict[str, Any] = {}
        self._titles: dict[str, str] = {}
        self._facts: dict[str, Any] = {}
        self._lessons = ipywidgets.VBox()
        bring = [self.upload_button, self.here, self.here_button]
        super().__init__(
            [
                ipywidgets.HBox([self.save_button], layout=_ONE_LINE),
                ipywidgets.HBox(bring, layout=_ONE_LINE),
                self._lessons,
                self._words,
                *self.page.children,
            ]
        )
        self.add_class(ROOT_CLASS)
        self.observe(self._redraw, names=["state", "message"])
        self.refresh()
        self._redraw()
        self._watch = threading.Thread(
            target=self._keep_watch, args=(interval_s,), name="my work", daemon=True
        )
        self._watch.start()

    def download(self) -> None:
        """Save all of the work, and have the browser download it."""
        self._begin(self._download)

    def bring_back(self) -> None:
        """Bring the file back that is chosen among those in the workspace."""
        if file := self.here.value:
            self._begin(lambda _: self._bring(file, file.name))

    def hand_in(self, assignment: str) -> None:
        """Pack an assignment, and have the browser download it.

        Args:
            assignment: its name.
        """
        self._begin(lambda said: self._hand_in(assignment, said))

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until what the page has answered to is done."""
        if self._work is not None:
            self._work.join(timeout_s)

    def close(self) -> None:
        """End the watch, and take the widget away."""
        self._closing.set()
        self.page.close()
        super().close()

    def refresh(self) -> None:
        """Look at the lessons and at the files anew."""
        with self._looking:
            try:
                work = workspace(self._folder, start=self._start)
                self._show_lessons(work)
                self._show_files(sorted(work.glob(ARCHIVES), key=_modified, reverse=True))
            except (WorkError, OSError) as error:
                if self.state == "ready":
                    self.message, self.state = str(error), "failed"

    def _show_lessons(self, work: Path) -> None:
        # Looked at every few seconds: notebooks are read only when there are others.
        if list(self._facts) != index.names(work):
            found = index.lessons(work)
            self._titles = {lesson.name: lesson.title for lesson in found}
            self._facts = {lesson.name: ipywidgets.HTML() for lesson in found}
            self.hand_in_buttons = {lesson.name: self._hand_in_button(lesson) for lesson in found}
            self._lessons.children = [
                ipywidgets.HBox([self.hand_in_buttons[name], facts], layout=_ONE_LINE)
                for name, facts in self._facts.items()
            ]
        for name, title in self._titles.items():
            file = work / name / f"{name}.ipynb"
            packed = max((work / HAND_IN / name).glob("*.zip"), key=_modified, default=None)
            facts = f"<b>{escape(title)}</b>, saved {_when(_modified(file))}"
            if packed is not None:
                facts += f"; packed {_when(_modified(packed))} as {escape(packed.name)}"
            self._facts[name].value = facts

    def _show_files(self, files: list[Path]) -> None:
        files = [file for file in files if not file.name.startswith(_UPLOAD)]
        options = [(f"{file.name} ({size(file.stat().st_size)})", file) for file in files]
        shown = (("choose" if options else "there is none", ""), *options)
        if self.here.options != shown:
            chosen = self.here.value
            self.here.options = shown
            self.here.value = chosen if chosen in files else ""
            self._redraw()

    def _hand_in_button(self, lesson: index.Lesson) -> Any:
        number = lesson.name.partition("-")[0]
        button = _button(f"Hand in {number}", "paper-plane", f"Pack {lesson.title} to hand it in")
        button.on_click(lambda _: self.hand_in(lesson.name))
        button.disabled = self.state == "working"
        return button

    def _begin(self, work: Callable[[Said], None]) -> None:
        """Have the page save what is open, and then do some work in a thread."""

        def in_background(said: Said) -> None:
            self._work = threading.Thread(target=self._do, args=(work, said), daemon=True)
            self._work.start()

        with self._beginning:
            if self.state == "working":
                return
            self.message, self.state = "Saving your open notebooks.", "working"
        self.page.order("save", in_background, patience_s=self._patience_s)

    def _do(self, work: Callable[[Said], None], said: Said) -> None:
        try:
            work(said)
            self.state = "ready"
        except Exception as error:  # it is shown: nobody looks into this thread
            self.page.show()
            ours = isinstance(error, WorkError)
            self.message = str(error) if ours else f"{type(error).__name__}: {error}"
            self.state = "failed"
        self.refresh()

    def _download(self, said: Said) -> None:
        self.message = "Packing your work."
        saved = save(folder=workspace(self._folder, start=self._start))
        self._offer(saved.file, f"{saved}\n{_unsaved(said)}")

    def _hand_in(self, assignment: str, said: Said) -> None:
        self.message = f"Packing {assignment}."
        packed = submit(assignment, folder=workspace(self._folder, start=self._start))
        warnings = [f"⚠ {warning}" for warning in packed.warnings]
        lines = [f"{packed} Send this file to your course.", *warnings, _unsaved(said)]
        self._offer(packed.file, "\n".join(lines))

    def _offer(self, file: Path, message: str) -> None:
        """Have the browser download a file, and show a link to it as well."""
        shown = link(self._relative(file), file.name)
        # What stays is without the order, which a view that is drawn later would carry out again.
        self.page.order("fetch", lambda _: self.page.show(shown), shown)
        self.message = message.strip()

    def _bring(self, file: Path, called: str) -> None:
        self.message = f"Bringing {called} back."
        work = workspace(self._folder, start=self._start)
        restored = restore(file, folder=work, called=called)
        rows = tuple((change.name, change.words) for change in restored.changes)
        table = Table("What was brought back", ("file", "what was done"), rows)
        shown = html(table._repr_html_())
        # What is open shows what it was, and would be saved over what came back.
        names = [change.name for change in restored.changes if change.is_written]
        paths = [self._relative(restored.folder / name) for name in names]
        self.page.order("reload", lambda _: self.page.show(shown), shown, paths=paths)
        self.message = f"{called}: {restored}"

    def _bring_upload(self, file: Path, called: str) -> None:
        try:
            self._bring(file, called)
        finally:
            file.unlink(missing_ok=True)

    def _hear(self, said: Said) -> None:
        """Hear how a file comes that the page loads up."""
        if "uploaded" in said:
            # It lies beside the notebook, whatever the page calls it.
            file = self._start / Path(str(said["uploaded"])).name
            called = str(said.get("called", file.name))
            if file.name.startswith(_UPLOAD):
                self._begin(lambda _: self._bring_upload(file, called))
        elif self.state == "working":
            return
        elif "failed" in said:
            self.message = (
                f"The file was not loaded up: {said['failed']}. Drag it into the list of files at "
                "the left, beside your lessons, and then choose it above."
            )
            self.state = "failed"
        elif isinstance(said.get("uploading"), (int, float)):
            self.message = f"Loading it up: {said['uploading']:.0%}."

    def _relative(self, file: Path) -> str:
        """Return where a file is from the notebook on."""
        return Path(os.path.relpath(file, self._start)).as_posix()

    def _keep_watch(self, interval_s: float) -> None:
        while not self._closing.wait(interval_s):
            if self.state != "working":
                self.refresh()

    def _redraw(self, _change: Any = None) -> None:
        lines = "<br>".join(escape(line) for line in self.message.splitlines())
        mark = "⚠ " if self.state == "failed" else ""
        style = "margin: 6px 0; line-height: 1.5"
        self._words.value = f'<div role="status" style="{style}">{mark}{lines}</div>'
        working = self.state == "working"
        for button in (self.save_button, self.upload_button, *self.hand_in_buttons.values()):
            button.disabled = working
        self.here.disabled = working or len(self.here.options) < 2
        self.here_button.disabled = working or not self.here.value


def my_work(folder: str | Path | None = None) -> MyWork:
    """Show a learner's work: download all of it, bring it back, hand a lesson in.

    Args:
        folder: the workspace; by default that of the notebook.
    """
    return MyWork(Path(folder) if folder else None)


def _starting_folder() -> str:
    """Return the folder that the notebook lies in, from which its links count."""
    from IPython.core.getipython import get_ipython

    return str(getattr(get_ipython(), "starting_dir", "") or Path.cwd())


def _button(name: str, icon: str, explanation: str) -> Any:
    return ipywidgets.Button(
        description=name, icon=icon, tooltip=explanation, layout={"width": "auto"}
    )


def _unsaved(said: Said) -> str:
    """Say what the page could not save."""
    if unsaved := said.get("unsaved"):
        return f"⚠ Not saved, so not in it as you see it: {', '.join(map(str, unsaved))}."
    if said.get("saved") is None:
        return (
            "⚠ JupyterLab did not say that it has saved what is open. If you have just typed, "
            "choose File > Save All, and press the button again."
        )
    return ""


def _modified(path: Path) -> float:
    return path.stat().st_mtime


def _when(moment: float) -> str:
    then = datetime.fromtimestamp(moment)
    same_day = then.date() == datetime.now().date()
    return f"today at {then:%H:%M:%S}" if same_day else f"on {then:%Y-%m-%d at %H:%M}"
