"""The first page lists the lessons that are there, and is written anew only over itself."""

import re

import nbformat
import pytest

from autograders import notebooks
from course import index

TITLE = """\
# 04 · Images and layers

You change one line.
What is built again?

**What you will learn**

- this and that

**Time**: about 120 minutes.
"""


@pytest.fixture
def write_lesson(tmp_path):
    """Return a function that puts a lesson into the workspace."""

    def write(name, first=TITLE):
        cells = [nbformat.v4.new_markdown_cell(first, id="title")]
        path = tmp_path / name / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


def page(folder):
    """Read the page as Jupyter does."""
    return nbformat.read(folder / index.NAME, as_version=4)


def text(folder):
    """Return what the page says, without its code."""
    return "\n\n".join(cell.source for cell in page(folder).cells if cell.cell_type == "markdown")


def handle(folder, change):
    """Change the page as its user does, and return what the file then holds."""
    notebook = page(folder)
    change(notebook)
    nbformat.write(notebook, folder / index.NAME)
    return (folder / index.NAME).read_bytes()


def test_the_page_lists_the_lessons(tmp_path, write_lesson):
    """Each lesson has its title as a link that leads to it, its question and its time, in order."""
    write_lesson("04-images-and-layers")
    write_lesson("01-one-server", "# 01 · One server\n\nHow many?\n\n**Time**: about 90 minutes.")
    assert index.write(tmp_path)
    links = re.findall(r"\*\*\[(.*?)\]\((.*?)\)\*\*(.*)<br>\n((?:.+\n?)*)", text(tmp_path))
    assert links == [
        (
            "01 · One server",
            "01-one-server/01-one-server.ipynb",
            " · about 90 minutes",
            "How many?\n",
        ),
        (
            "04 · Images and layers",
            "04-images-and-layers/04-images-and-layers.ipynb",
            " · about 120 minutes",
            "You change one line.\nWhat is built again?\n",
        ),
    ]
    for _, address, *_ in links:
        assert (tmp_path / address).is_file()


def test_the_page_has_the_form_of_our_notebooks(tmp_path, write_lesson):
    """It is valid, has no outputs and deterministic ids, and tidying changes only our mark."""
    write_lesson("04-images-and-layers")
    index.write(tmp_path)
    notebook = page(tmp_path)
    nbformat.validate(notebook)
    tidied = notebooks.tidied(notebook)
    assert notebook.cells == tidied.cells
    assert notebook.metadata.pop("measured_virtualization")
    assert notebook.metadata == tidied.metadata
    assert [problem for cell in notebook.cells for problem in notebooks._prose_problems(cell)] == []
    first = (tmp_path / index.NAME).read_bytes()
    (tmp_path / index.NAME).unlink()
    index.write(tmp_path)
    assert (tmp_path / index.NAME).read_bytes() == first


def test_running_the_page_starts_no_engine():
    """What its code shows of the engine is asked not to start one."""
    (engine,) = [source for name, _, source in index.CELLS if name == "engine-status"]
    assert "start=False" in engine


def test_it_grows_with_the_lessons(tmp_path, write_lesson):
    """A page that was only run, saved and left is written anew when a lesson arrives."""
    write_lesson("01-one-server")
    index.write(tmp_path)

    def run(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 1
                cell.outputs = [nbformat.v4.new_output("stream", text="saved\n")]
        notebook.metadata.language_info.version = "3.13.1"  # as JupyterLab writes it
        notebook.cells.append(nbformat.v4.new_code_cell(""))  # after Shift+Enter in the last cell

    ran = handle(tmp_path, run)
    assert not index.write(tmp_path)
    assert (tmp_path / index.NAME).read_bytes() == ran
    write_lesson("04-images-and-layers")
    assert index.write(tmp_path)
    assert "04-images-and-layers.ipynb" in text(tmp_path)
    assert not index.write(tmp_path)


def test_a_new_text_is_brought(tmp_path, write_lesson, monkeypatch):
    """A page that an older version of the course wrote is written anew."""
    write_lesson("01-one-server")
    index.write(tmp_path)
    monkeypatch.setattr(index, "CELLS", [*index.CELLS, ("more", "markdown", "More is said.")])
    assert index.write(tmp_path)
    assert "More is said." in text(tmp_path)


def test_a_page_that_the_learner_changed_stays(tmp_path, write_lesson):
    """A note of the learner's on the page is worth more than a new list of lessons."""
    write_lesson("01-one-server")
    index.write(tmp_path)
    mine = handle(tmp_path, lambda n: n.cells.append(nbformat.v4.new_markdown_cell("My note.")))
    write_lesson("04-images-and-layers")
    assert not index.write(tmp_path)
    assert (tmp_path / index.NAME).read_bytes() == mine


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[]",
        '{"cells": []}',
        '{"cells": [], "metadata": {"measured_virtualization": 1}}',
        '{"cells": [1], "metadata": {"measured_virtualization": {"index": "0"}}}',
        "\0\x80",
    ],
)
def test_a_file_of_the_learners_own_stays(tmp_path, write_lesson, content):
    """Whatever else has the page's name is not ours to change."""
    write_lesson("01-one-server")
    (tmp_path / index.NAME).write_text(content, encoding="latin-1")
    assert not index.write(tmp_path)
    assert (tmp_path / index.NAME).read_text(encoding="latin-1") == content


def test_only_lessons_are_listed(tmp_path, write_lesson):
    """A lesson is a folder with a notebook of its own name; without one there is no page."""
    for other in ("01-old/01-one-server", "hand-in/notes", ".made-from/.made-from", "top"):
        path = tmp_path / f"{other}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert index.names(tmp_path) == []
    assert not index.write(tmp_path)
    assert not (tmp_path / index.NAME).exists()


@pytest.mark.parametrize("content", ["", "{}", '{"cells": []}', '{"cells": [{"source": 1}]}', "[]"])
def test_a_broken_lesson_is_named_by_its_folder(tmp_path, content):
    """A learner's notebook may be in any state: the page still leads to it."""
    (tmp_path / "04-images-and-layers").mkdir()
    (tmp_path / "04-images-and-layers/04-images-and-layers.ipynb").write_text(content)
    index.write(tmp_path)
    assert index.lessons(tmp_path) == [
        index.Lesson("04-images-and-layers", "04 · Images and layers")
    ]
    assert "[04 · Images and layers](04-images-and-layers/04-" in text(tmp_path)


def test_every_lesson_of_the_course_says_what_the_page_needs(root):
    """Each lesson in `source/` has a numbered title, a question and a time."""
    found = index.lessons(root / "source")
    assert found
    for lesson in found:
        assert re.match(r"\d\d · \w", lesson.title)
        assert lesson.question.endswith("?")
        assert re.fullmatch(r"about \d+ minutes", lesson.time)
