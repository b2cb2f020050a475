"""Pack one assignment as the archive that an instructor collects with nbgrader's `zip_collect`."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from course import index
from course.live.cache import writing
from course.work.condition import Condition, examine
from course.work.errors import WorkError
from course.work.identity import student_of
from course.work.tree import LeftOut, read_tree, size, workspace
from course.workspace import originals

__all__ = ["HAND_IN", "Submission", "submit"]

#: The folder in the workspace that holds what was packed.
HAND_IN = "hand-in"

_MOST_BYTES = 100 * 10**6
_ONE_TIME = (1980, 1, 1, 0, 0, 0)  # so that the same work gives the same bytes


@dataclass(frozen=True)
class Submission:
    """An assignment that was packed.

    Attributes:
        assignment: its name.
        student: the student id that its notebook gives.
        file: the archive.
        saved: when the notebook was saved last, in UTC.
        files: the names of what the archive holds.
        left_out: what of the assignment's folder it does not hold.
        condition: the notebook's condition.
    """

    assignment: str
    student: str
    file: Path
    saved: datetime
    files: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    condition: Condition

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the learner should know before it is sent, a sentence or two for each."""
        left = tuple(f"Left out: {out.name} ({out.reason})." for out in self.left_out)
        return (*self.condition.warnings(), *left)

    def __str__(self) -> str:
        return (
            f"{self.assignment} of {self.student} is packed, as it was saved on "
            f"{self.saved.astimezone():%Y-%m-%d at %H:%M:%S}."
        )


def submit(assignment: str, *, folder: Path | None = None, into: Path | None = None) -> Submission:
    """Pack an assignment for handing in.

    The same work always gives the same archive. A notebook that is not finished is packed as well;
    the submission's `warnings` say what is open.

    Args:
        assignment: its name, or a beginning that only one in the workspace has.
        folder: the workspace; by default that of the current folder.
        into: where to put ``STUDENT.zip``; by default ``hand-in/ASSIGNMENT`` in the workspace.

    Raises:
        WorkError: there is no such assignment, its notebook does not say whose it is, or the
            archive cannot be written.
    """
    work = workspace(folder)
    name = _resolve(work, assignment)
    notebook = work / name / f"{name}.ipynb"
    student = student_of(notebook)
    condition = examine(notebook, originals(work, f"{name}/{notebook.name}"))
    tree = read_tree(work / name)
    wanted, left_out = _sorted_out(tree.files, notebook.name)
    total = sum(path.stat().st_size for path in wanted.values())
    if total > _MOST_BYTES:
        raise WorkError(
            f"expected at most {size(_MOST_BYTES)} to hand in, found {size(total)} in {name}. "
            "Move large files out of the lesson's folder."
        )
    file = (into.expanduser().absolute() if into else work / HAND_IN / name) / f"{student}.zip"
    saved = datetime.fromtimestamp(notebook.stat().st_mtime, UTC)
    try:
        with writing(file) as stream, zipfile.ZipFile(stream, "w") as bundle:
            for inside, path in wanted.items():
                info = zipfile.ZipInfo(f"{name}/{inside}", date_time=_ONE_TIME)
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                bundle.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    except OSError as error:
        raise WorkError(
            f"{file} could not be written: {error.strerror or error}. Nothing was packed."
        ) from error
    left = (*tree.left_out, *left_out)
    return Submission(name, student, file, saved, tuple(wanted), left, condition)


def _resolve(work: Path, assignment: str) -> str:
    there = index.names(work)
    found = [name for name in there if name.startswith(assignment)]
    if assignment in there:
        return assignment
    if len(found) != 1 or not assignment:
        what = "more than one assignment begins" if found else "no assignment begins"
        raise WorkError(
            f"{what} with {assignment!r} in {work}. There are: {', '.join(there) or 'none'}."
        )
    return found[0]


def _sorted_out(files: dict[str, Path], notebook: str) -> tuple[dict[str, Path], list[LeftOut]]:
    wanted, left_out = {}, []
    for name, path in files.items():
        if reason := _reason_against(name, notebook):
            left_out.append(LeftOut(name, reason))
        else:
            wanted[name] = path
    return wanted, left_out


def _reason_against(name: str, notebook: str) -> str:
    if name != notebook and name.endswith(".ipynb"):
        return f"only {notebook} is marked"
    return "a copy from before work was brought back" if " (before 2" in name else ""
