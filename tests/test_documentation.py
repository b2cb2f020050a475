"""What README, CONTRIBUTING and the image's page say is so: commands, files, links, versions.

The commands in ``console`` blocks are run, section by section, as they stand there, by a shell in a
copy of the project. `NOT_RUN` lists those that are not, each with the reason.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

import course
from course import workspace
from tests.nbgrader_course import ASSIGNMENT
from tests.submissions import answered

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "binder/README.md")
STUDENTS = ("ada.lovelace@example.org", "grace")

_IMAGE = "tests/binder builds the image and runs it"
_LAB_VM = "tests/live/test_labvm_cli.py runs it, with a lab VM of its own"
NOT_RUN = {
    "make lab": "installs packages, and serves until Ctrl-C; tests/course/test_cli.py starts it",
    "make test": "runs this test",
    "make binder": _IMAGE,
    "docker build -f binder/Dockerfile -t measured-virtualization:0.2.0 .": _IMAGE,
    "docker run --rm -p 127.0.0.1:8888:8888 measured-virtualization:0.2.0": _IMAGE,
    "course labvm build": "takes minutes and a network; tests/live/test_labvm_build.py does it",
    "course labvm start": _LAB_VM,
    'eval "$(course labvm env)"': _LAB_VM,
    "docker run --rm -it course/busybox:1.35": "asks for a terminal; tests/live runs images",
    "course labvm shell": "asks for a terminal; tests/live/test_labvm_cli.py gives it one",
    "course labvm stop": _LAB_VM,
}


@dataclass(frozen=True)
class Command:
    """A command in a page.

    Attributes:
        page: the page.
        section: the heading of the second level above it.
        text: what is typed, without the comment.
    """

    page: str
    section: str
    text: str


def commands() -> list[Command]:
    """Return the commands of all ``console`` blocks, in order."""
    found = []
    for page in PAGES:
        section, inside = "", False
        for line in (ROOT / page).read_text().splitlines():
            if line.startswith("```"):
                inside = line == "```console"
            elif inside:
                prompt, _, text = line.partition(" ")
                assert prompt == "$", f"{page}: expected `$ command`, found {line!r}"
                found.append(Command(page, section, re.split(r" +# ", text)[0]))
            elif line.startswith("## "):
                section = line.removeprefix("## ")
    return found


def walk(page: str, section: str) -> list[str]:
    """Return the commands of a section that are run."""
    here = [c.text for c in commands() if (c.page, c.section) == (page, section)]
    assert here, f"{page} has no commands in {section!r}"
    return [text for text in here if text not in NOT_RUN]


def prose(page: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)


def code_in(page: str) -> list[str]:
    """Return what a page sets in type of equal width, in its prose."""
    return re.findall(r"`([^`\n]+)`", prose(page))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the project with its environment, in which all may be changed."""
    folder = tmp_path / "project"
    shutil.copytree(
        ROOT,
        folder,
        ignore=lambda where, names: {
            name for name in names if Path(where) == ROOT and name not in _COPIED
        },
    )
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


_COPIED = {"autograders", "binder", "course", "source", "nbgrader_config.py", "pyproject.toml"}


def run(lines: list[str], folder: Path, home: Path) -> str:
    """Have a shell run commands one after the other, and return what they say.

    Args:
        lines: the commands; the first one that fails ends all.
        folder: where they are run.
        home: the user's home.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AUTOGRADERS_", "JUPYTER"))}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-x", "-c", "\n".join(lines)],
        cwd=folder,
        env=kept | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def hand_in_by(student: str, released: Path, folder: Path) -> Path:
    """Work an assignment as a learner does, and pack it by what the README says.

    Args:
        student: the learner.
        released: the notebook that was handed out.
        folder: an empty folder of the learner's.

    Returns:
        What the learner hands in.
    """
    lesson = folder / "work" / ASSIGNMENT
    lesson.mkdir(parents=True)
    work = answered(nbformat.read(released, as_version=4), student)
    nbformat.write(work, lesson / f"{ASSIGNMENT}.ipynb")
    activated = [f'PATH="{Path(sys.executable).parent}:$PATH"']
    lines = [text for text in walk("README.md", "Learner") if text.startswith("course ")]
    run(activated + lines, folder / "work", folder)
    return folder / "work/hand-in" / ASSIGNMENT / f"{student}.zip"


def test_every_command_is_run_or_has_a_reason() -> None:
    """What is not run is still in a page, and all else belongs to a section that is walked."""
    found = commands()
    assert set(NOT_RUN) <= {command.text for command in found}
    left = {(c.page, c.section) for c in found if c.text not in NOT_RUN}
    assert left == {("README.md", "Learner"), ("README.md", "Instructor")}


@pytest.mark.nbgrader
def test_the_instructors_walk(copy: Path, tmp_path: Path) -> None:
    """From a secret to feedback, with what learners hand in who follow what is said to them."""
    home = tmp_path / "home"
    (home / "Downloads").mkdir(parents=True)
    lines = walk("README.md", "Instructor")
    begin = lines.index("mkdir -p downloaded/01-one-server-many-tenants/archive")
    run(lines[:begin], copy, home)
    assert len((copy / ".autograders-secret").read_text().strip()) == 64
    released = copy / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    for number, student in enumerate(STUDENTS):
        learner = tmp_path / f"learner-{number}"
        archive = hand_in_by(student, released, learner)
        shutil.copy(archive, home / "Downloads")
    # A shell of another day: it has to be told again where the commands are.
    said = run([lines[0], *lines[begin:]], copy, home)
    assert "trying out" not in said
    for student in STUDENTS:
        assert (copy / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").is_file()
        assert student in (copy / "grades.csv").read_text()


def test_make_targets_are_there() -> None:
    """Every `make TARGET` in the pages is one of the Makefile's."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    texts = [c.text for c in commands()] + [code for page in PAGES for code in code_in(page)]
    named = {text.split()[1] for text in texts if text.startswith("make ")}
    assert {"lab", "test", "binder"} <= named <= targets


def test_subcommands_are_there() -> None:
    """Every command of ours and of nbgrader's that a page names exists."""
    texts = [c.text for c in commands()] + [code for page in PAGES for code in code_in(page)]
    named = {
        (words[0].removeprefix(".venv/bin/"), *words[1:2])
        for text in texts
        if (words := shlex.split(text, comments=True))
        and words[0].removeprefix(".venv/bin/") in {"course", "nbgrader"}
    }
    assert {("course", "doctor"), ("course", "submit"), ("nbgrader", "zip_collect")} <= named
    for program, helps in (("course", "--help"), ("nbgrader", "--help-all")):
        module = {"course": "course.cli"}.get(program, program)
        done = subprocess.run(
            [sys.executable, "-m", module, helps], capture_output=True, text=True, check=True
        )
        for one, *subcommand in sorted(named):
            if one == program and subcommand:
                assert re.search(rf"^ *{subcommand[0]}\b", done.stdout, re.MULTILINE), subcommand


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """A relative link or picture is a file of the project, and others are encrypted."""
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    assert links
    for link in links:
        if not link.startswith("https://"):
            assert (ROOT / page).parent.joinpath(link.partition("#")[0]).exists(), link


#: What pages name that is made by use, is elsewhere, or is somebody's to name.
NOT_OURS = re.compile(
    r"^(work|release|submitted|downloaded|hand-in|~|/)|^(index|grades|my-work)\.\w+$|[A-Z]{4}|^NAME"
)


def exists(page: str, name: str) -> bool:
    """Return whether a page's name for a file or folder stands for one.

    It is one from the project's top or beside the page; a name without its first folders is one
    that there is below them.
    """
    pattern = name.replace("...", "**").rstrip("/")
    below = (ROOT / folder for folder in ("course", "autograders", "binder", "tests"))
    found = [ROOT.glob(pattern), (ROOT / page).parent.glob(pattern)]
    found += [folder.rglob(pattern) for folder in below]
    return any(True for paths in found for _ in paths)


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_are_there(page: str) -> None:
    """A path in a page is one of the project's."""
    paths = re.compile(r"[\w.*-]+/[\w./*-]*|[\w-]+\.(py|md|toml|json|txt)|\.[a-z/]+")
    named = [code for code in code_in(page) if paths.fullmatch(code) and not NOT_OURS.search(code)]
    assert [name for name in named if not exists(page, name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_python(page: str) -> None:
    """Blocks of Python can be read by Python."""
    for block in re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.S | re.M):
        ast.parse(block)


def test_the_readme_lists_the_lessons() -> None:
    """Each assignment has a row, with the number and the title of its notebook."""
    text = (ROOT / "README.md").read_text()
    for name in workspace.assignments(ROOT):
        first = nbformat.read(ROOT / "source" / name / f"{name}.ipynb", as_version=4).cells[0]
        number, title = first.source.splitlines()[0].removeprefix("# ").split(" · ")
        assert f"| {number} {title} |" in text


def test_the_version_is_the_same_everywhere() -> None:
    """Package, changelog, badge and image's page are of one release, and of one repository."""
    version = course.__version__
    changes = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[(\d.*?)\] - \d{4}-\d\d-\d\d$", changes, re.MULTILINE)
    assert released[0] == version
    badge = re.search(
        r"\[!\[.+?\]\(https://mybinder\.org/badge_logo\.svg\)\]"
        r"\(https://mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/v([\d.]+)\?urlpath=(.*?)\)",
        (ROOT / "README.md").read_text(),
    )
    assert badge is not None
    assert badge[2] == version
    assert badge[3] == "lab/tree/index.ipynb"
    image = (ROOT / "binder/README.md").read_text()
    assert set(re.findall(r"measured-virtualization:([\d.]+\d)", image)) == {version}
    assert re.findall(r'tag: "(.*)"', image) == [version]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["urls"]["Repository"] == f"https://github.com/{badge[1]}"
