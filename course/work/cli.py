"""The commands ``course save``, ``course restore`` and ``course submit``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["add_to"]

OK, FAILED = 0, 1


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the parser of ``course``."""
    save = commands.add_parser(
        "save",
        help="save all of your work as one file",
        description="Save all of your work as one file: notebooks with their outputs, your own "
        "files, and what you have measured. It is written as a whole or not at all.",
    )
    save.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="where to (default: my-work-DATE-TIME.zip, beside your lessons)",
    )
    save.set_defaults(run=_telling(_save))

    restore = commands.add_parser(
        "restore",
        help="bring saved work back",
        description="Bring saved work back, or a lesson's notebook that was downloaded by itself. "
        "All of an archive is checked first. A file that is there and differs is kept under "
        "another name; measurements are merged.",
    )
    restore.add_argument(
        "file", type=Path, metavar="FILE", help="what course save has written, or a notebook"
    )
    restore.add_argument(
        "--into", type=Path, metavar="FOLDER", help="where to (default: the folder of your lessons)"
    )
    restore.set_defaults(run=_telling(_restore))

    submit = commands.add_parser(
        "submit",
        help="pack an assignment for handing in",
        description="Pack an assignment for handing in, as hand-in/ASSIGNMENT/STUDENT.zip. "
        "The student id is read from the notebook's first exercise. "
        "What is still open is said, and hinders nothing.",
    )
    submit.add_argument(
        "assignment", metavar="ASSIGNMENT", help="its name, or a beginning of it, such as 01"
    )
    submit.add_argument("--to", type=Path, metavar="FOLDER", help="put STUDENT.zip there instead")
    submit.set_defaults(run=_telling(_submit))


def _telling(
    action: Callable[[argparse.Namespace], None],
) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        from course.work.errors import WorkError

        try:
            action(options)
        except WorkError as error:
            print(f"course: {error}", file=sys.stderr)
            return FAILED
        return OK

    return run


def _save(options: argparse.Namespace) -> None:
    from course.work import save

    saved = save(options.file)
    print(saved)
    print(saved.file)


def _restore(options: argparse.Namespace) -> None:
    from tabulate import tabulate

    from course.work import restore

    restored = restore(options.file, folder=options.into)
    rows = [(change.name, change.words) for change in restored.changes]
    print(tabulate(rows, headers=("file", "what was done"), tablefmt="plain"))
    print(f"\n{restored}")


def _submit(options: argparse.Namespace) -> None:
    from course.work import submit

    submission = submit(options.assignment, into=options.to)
    print(submission)
    for warning in submission.warnings:
        print(f"! {warning}")
    print(submission.file)
