"""The ``course`` command.

``course lab``     serve JupyterLab with the course
``course doctor``  show what this machine can do for it
``course labvm``   the embedded Docker Engine: see `course.live.labvm.cli`
``course save``, ``course restore``, ``course submit``   a learner's work: see `course.work.cli`

Each command loads what it needs when it runs, so that the help is there at once and ``doctor``
works where something is missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import course
from course.live.errors import LiveError
from course.live.labvm import cli as labvm
from course.work import cli as work

if TYPE_CHECKING:
    from course.workspace import Copy

__all__ = ["main"]

OK, FAILED, MISUSED = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT  # what a shell reports of a command that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what follows ``course`` on the command line; taken from there if not given.

    Returns:
        The exit status: 0 when all is well, 1 when not, 2 when the arguments are wrong.
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without "✓" shows "?" and goes on
            stream.reconfigure(errors="replace")
    try:
        return int(options.run(options))
    except LiveError as error:
        return _fail(error.message)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course",
        description="A course on virtual machines and containers that you can measure.",
    )
    parser.add_argument("--version", action="version", version=f"course {course.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    lab = commands.add_parser(
        "lab",
        help="serve JupyterLab with the course",
        description="Serve JupyterLab with the course on this machine, until Ctrl-C. "
        "In an instructor's checkout, work/ first receives the learner's version of every "
        "assignment that it lacks; what is already in work/ is never overwritten. "
        "Where the course was installed with its lessons, the same holds for ~/work. "
        "Anywhere else, the current folder is served.",
    )
    lab.add_argument(
        "--port", type=_port, help="listen on this port (default: 8888, or a free one near it)"
    )
    lab.add_argument(
        "--no-browser", action="store_true", help="print the address and open no browser"
    )
    lab.add_argument("--assignment", metavar="NAME", help="open this assignment first")
    lab.set_defaults(run=_lab)

    doctor = commands.add_parser(
        "doctor",
        help="show what this machine can do for the course",
        description="Show what this machine can do for the course, and what to install for the "
        "rest. The exit status is 0 when lessons can be read and worked here, and 1 otherwise.",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON, for other programs")
    doctor.set_defaults(run=_doctor)

    labvm.add_to(commands)
    work.add_to(commands)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, found {text!r}")
    return int(text)


def _lab(options: argparse.Namespace) -> int:
    missing = [name for name in ("jupyterlab", "nbgrader") if not importlib.util.find_spec(name)]
    if missing:
        install = shlex.join([sys.executable, "-m", "pip", "install", *missing])
        return _fail(
            f"{' and '.join(missing)} must be installed to serve the course. Try: {install}"
        )

    from course import lab, workspace

    if options.port and not lab.is_free(options.port):
        return _fail(f"Port {options.port} is taken. Without --port, a free one is chosen.")
    signal.signal(signal.SIGTERM, _interrupt)
    checkout, shipped = workspace.find_checkout(Path.cwd()), workspace.shipped()
    root = checkout or (Path.home() / workspace.WORK if shipped else Path.cwd())
    try:
        if checkout:
            _prepare(checkout)
        elif shipped:
            _tell(workspace.fill(root, shipped))
    except OSError as error:
        return _fail(f"{error.filename or root} cannot be written: {error.strerror}.")
    notebooks = workspace.notebooks(root)
    if options.assignment:
        names = sorted({path.parent.name for path in notebooks} - {workspace.WORK})
        notebooks = [path for path in notebooks if path.parent.name == options.assignment]
        if not notebooks:
            return _fail(
                f"There is no assignment {options.assignment!r} in {root}. "
                f"Found: {', '.join(filter(None, names)) or 'none'}."
            )
    lab.serve(
        root,
        open_at=_first_view(root, notebooks, options.assignment),
        port=options.port,
        browser=not options.no_browser and lab.has_browser(),
    )
    kept = root / workspace.WORK if checkout else root
    print(f"\nThe course is closed. Your work is kept in {kept}")
    return OK


def _prepare(checkout: Path) -> None:
    """Fill ``work/`` and say what became of each assignment, except where nothing did."""
    from course import workspace

    if new := workspace.absent(checkout):
        print(f"Making the learner's version of {', '.join(new)} (some seconds) ...", flush=True)
    _tell(workspace.prepare(checkout))


def _tell(copies: Iterable[Copy]) -> None:
    """Say what became of each assignment, except where nothing did."""
    for copy in copies:
        place = f"work/{copy.assignment}"
        if copy.state == "made":
            print(f"  {place} is new", flush=True)
        elif copy.state == "outdated":
            print(
                f"  {place} is kept, though there is another version of the lesson since it was "
                f"made.\n    For the new version, rename the folder {place} and start again.",
                flush=True,
            )
        elif copy.state == "failed":
            print(f"  {place} could not be made:", file=sys.stderr)
            print("    " + copy.reason.replace("\n", "\n    "), file=sys.stderr, flush=True)


def _first_view(root: Path, notebooks: Sequence[Path], assignment: str | None) -> str:
    """Choose what to open first: the index, the notebook if there is just one, or their folder."""
    from course import index, workspace

    base = Path(workspace.WORK if (root / workspace.WORK).is_dir() else "")
    if not assignment and base / index.NAME in notebooks:
        return (base / index.NAME).as_posix()
    if len(notebooks) == 1:
        return notebooks[0].as_posix()
    folder = notebooks[0].parent if assignment else base
    return "" if folder == Path() else folder.as_posix()


def _doctor(options: argparse.Namespace) -> int:
    from course import doctor

    capabilities = doctor.examine()
    print(doctor.as_json(capabilities) if options.json else doctor.as_table(capabilities))
    return OK if doctor.can_work(capabilities) else FAILED


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Treat a request to terminate like Ctrl-C, so that what was begun is cleaned up."""
    del number, frame
    raise KeyboardInterrupt


def _fail(message: str) -> int:
    print(f"course: {message}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
