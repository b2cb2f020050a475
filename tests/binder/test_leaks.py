"""The scanner itself: what is planted in an image is found, wherever and however it is hidden."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.answers import hidden_lines
from tests.binder.archives import configuration, layers
from tests.binder.leaks import Leak, Scanner, answers_in, scan

ANSWER = "average_use = busy_cores / all_cores"
SECOND = "idle_kwh = hours * (power_w - idle_w) / 1000"
OTHER = 'print(f"{hosts} hosts are enough")'
ANSWERS = {ANSWER, SECOND, OTHER}
KEY = b"-----BEGIN PRIVATE KEY-----\n" + 2 * (64 * b"A" + b"\n") + b"-----END PRIVATE KEY-----\n"


def packed(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a tar archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip archive, such as a wheel."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def notebook(*sources: str) -> bytes:
    """Write a notebook."""
    cells = [new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)]
    return nbformat.writes(new_notebook(cells=cells)).encode()


@pytest.fixture
def saved(tmp_path: Path):
    """Return a function that saves an image of some layers, as `docker save` does."""

    def save(*contents: Mapping[str, bytes], settings: Mapping[str, object] | None = None) -> Path:
        names = [f"{number}/layer.tar" for number in range(len(contents))]
        manifest = [{"Config": "config.json", "RepoTags": None, "Layers": names}]
        files = {name: packed(layer) for name, layer in zip(names, contents, strict=True)}
        files["config.json"] = json.dumps(settings or {}).encode()
        files["manifest.json"] = json.dumps(manifest).encode()
        path = tmp_path / "saved.tar"
        path.write_bytes(packed(files))
        return path

    return save


def found(path: Path) -> set[tuple[str, str]]:
    """Return what is found in a saved image: where, and what it is, without the quoted line."""
    return {(leak.path, leak.what.partition(":")[0]) for leak in scan(path, Scanner(ANSWERS))}


@pytest.mark.parametrize(
    "sources",
    [(ANSWER,), (f"x = 1\n    {ANSWER}\ny = 2",), (f"# {ANSWER}",), (OTHER,)],
    ids=["alone", "indented among others", "commented out", "with quotes"],
)
def test_one_line_of_a_solution_in_a_notebook(saved, sources: tuple[str, ...]) -> None:
    """A released notebook may not have a single one of them."""
    assert found(saved({"work/a.ipynb": notebook(*sources)})) == {
        ("1: work/a.ipynb", "a line of a solution")
    }


def test_a_source_written_as_one_string(saved) -> None:
    """A cell's lines are written one by one by most programs, all in one by some: both count."""
    written = json.loads(notebook(f"import os\n{OTHER}\npass"))
    written["cells"][0]["source"] = "".join(written["cells"][0]["source"])
    assert found(saved({"a.ipynb": json.dumps(written).encode()}))


def test_lines_that_anybody_may_have_written(saved) -> None:
    """One line in a program is chance; two of them are a copy."""
    one, two = f"def f():\n    {ANSWER}\n".encode(), f"{ANSWER}\n{OTHER}\n".encode()
    assert found(saved({"usr/lib/a.py": one})) == set()
    assert found(saved({"usr/lib/a.py": two})) == {("1: usr/lib/a.py", "a line of a solution")}


def test_what_a_later_layer_deletes(saved) -> None:
    """A file stays in the layer below the one that deletes it."""
    image = saved({"srv/a.ipynb": notebook(ANSWER)}, {"srv/.wh.a.ipynb": b""})
    assert found(image) == {("1: srv/a.ipynb", "a line of a solution")}


def test_the_name_of_what_was_deleted(saved) -> None:
    """That there was a gradebook is told even where its content is in no layer."""
    assert found(saved({"home/.wh.gradebook.db": b""})) == {
        ("1: home/.wh.gradebook.db", "a gradebook")
    }


def test_archives_in_archives(saved) -> None:
    """A solution in a notebook in a wheel in a compressed archive in a layer."""
    wheel = zipped({"course/a.ipynb": notebook(ANSWER)})
    image = saved({}, {"opt/x.tar.gz": gzip.compress(packed({"w/course.whl": wheel}))})
    assert found(image) == {
        ("2: opt/x.tar.gz!!w/course.whl!course/a.ipynb", "a line of a solution")
    }


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("opt/a.py", b"### BEGIN " + b"SOLUTION\n", "a solution"),
        ("opt/a.bin", b"\0\1\2### BEGIN " + b"HIDDEN TESTS", "a hidden test"),
        ("opt/a.md", b"### BEGIN " + b"MARK SCHEME", "a marking scheme"),
        ("opt/a.pyc", b"\0\0import " + b"autograders\0", "the instructor's package"),
        ("opt/lib/autograders/marking.py", b"", "the instructor's package"),
        ("opt/lib/autograders-1.dist-info/RECORD", b"", "the instructor's package"),
        ("src/source/01-one/01-one.ipynb", b"{}", "a source notebook"),
        ("src/gradebook.db", b"SQLite", "a gradebook"),
        ("src/.autograders-secret", b"0123", "the course's secret"),
        ("src/.git/HEAD", b"ref:", "a Git repository"),
        ("root/.netrc", b"machine", "a password file"),
        ("root/.ssh/known_hosts", b"", "an SSH key"),
        ("opt/key", KEY, "a private key"),
        ("opt/token", b"x = 'ghp_" + 36 * b"a" + b"'", "a GitHub token"),
        (
            "etc/pip.conf",
            b"index-url = https://me:pw@example.org/",
            "a password in an address",
        ),
    ],
)
def test_what_betrays_itself(saved, path: str, content: bytes, what: str) -> None:
    """Markers, the instructor's files, and what opens doors."""
    assert (f"1: {path}", what) in found(saved({path: content}))


def test_the_image_s_configuration(saved) -> None:
    """Its variables and the commands of its history are anybody's to read, too."""
    image = saved({}, settings={"history": [{"created_by": "pip -i https://me:pw@example.org"}]})
    assert "created_by" in configuration(image)
    assert found(image) == {("config", "a password in an address")}


def test_a_value_that_nobody_may_see(saved) -> None:
    """A secret is found by its value, which is not repeated."""
    image = saved({"opt/a": b"..s3cr3t-v4lu3.."})
    (leak,) = scan(image, Scanner(set(), {"the value of TOKEN": b"s3cr3t-v4lu3"}))
    assert leak == Leak("1: opt/a", "the value of TOKEN")


def test_what_is_allowed(saved) -> None:
    """What is allowed in one place is found in all others."""
    allowed = {r"lib/tests/.*: a private key$": "a library's tests"}
    image = saved({"lib/tests/a.pem": KEY, "lib/b.pem": KEY})
    assert list(scan(image, Scanner(set(), allowed=allowed))) == [
        Leak("1: lib/b.pem", "a private key")
    ]


def test_a_clean_image(saved) -> None:
    """Nothing is found where there is nothing."""
    image = saved({"work/a.ipynb": notebook("student_id = 'ada'")}, {"etc/a": b"text", "b": b""})
    assert found(image) == set()
    assert len(list(layers(image))) == 2


def test_which_lines_tell_something() -> None:
    """Those of the regions that a learner does not get, unless she gets them elsewhere."""
    source = new_notebook(
        cells=[
            new_code_cell(f"### BEGIN SOLUTION\n{ANSWER}\nx = 1\n{OTHER}\n### END SOLUTION"),
            new_markdown_cell(f"You may write `{OTHER}`."),
        ]
    )
    assert hidden_lines(source) == {ANSWER}


def test_the_course_s_own_answers(root: Path) -> None:
    """There are many to look for, and none of them stands in the package that learners get."""
    answers = answers_in(root)
    assert len(answers) > 200
    assert "autograders.grade(given)" in answers
    public = "\n".join(path.read_text() for path in root.glob("course/**/*.py"))
    assert [line for line in answers if line in public] == []
