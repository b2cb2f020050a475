"""What all explorers have in common, tested by a small one: no browser, no kernel, no model."""

from __future__ import annotations

import base64
import csv
import io
import re
from typing import Any

import pytest
import traitlets

from course.charts import VEGA_LITE_MIME_TYPE
from course.charts_explorers import Drawing, stretches
from course.widgets.explorer import Explorer, Shown, choice, slider

FORM = {"mark": "point", "data": {"name": "squares"}, "encoding": {}}


class Squares(Explorer):
    """The squares of the numbers up to a number; it counts how often it is drawn."""

    number = traitlets.Int(3)
    word = traitlets.Unicode("a")
    file_name = "squares"

    def __init__(self, **begin: Any) -> None:
        self.drawn: list[tuple[int, str]] = []
        super().__init__(
            {"number": slider("a number", -5, 50), "word": choice("a word", ("a", "b, <i>"))},
            begin=begin,
        )

    def draw(self) -> Shown:
        """Return the squares."""
        self.drawn.append((self.number, self.word))
        if self.number < 0:
            raise ValueError("expected a number of at least 0, found <-1>")
        if self.number == 13:
            self.number = 14  # as a hand may do meanwhile
        if self.number == 50:
            raise RuntimeError("our own bug")
        rows = [{"root": n, "square": n * n, "word": self.word} for n in range(self.number)]
        chart = Drawing(FORM, {"squares": rows}, "Squares", "of numbers", f"{len(rows)} squares.")
        return Shown(f"{self.number} squares <b>", [chart], [*rows, {"root": -1, "more": "x"}])


def descriptions(explorer: Explorer) -> list[str]:
    """Return what the charts that are shown say to somebody who does not see them."""
    return [o["data"][VEGA_LITE_MIME_TYPE]["description"] for o in explorer.children[-1].outputs]


def linked(explorer: Explorer) -> str:
    """Return what the link below the words holds."""
    found = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]*)"', words(explorer))
    assert found
    return base64.b64decode(found[1]).decode()


def words(explorer: Explorer) -> str:
    """Return the markup of the words."""
    return str(explorer.children[-2].value)


def test_controls_and_traits_follow_each_other() -> None:
    """Whoever sets a trait moves its control, and the other way round; both draw."""
    explorer = Squares(number=4)
    assert explorer.control("number").value == 4
    explorer.control("number").value = 5
    assert explorer.number == 5
    explorer.number = 6
    assert explorer.control("number").value == 6
    assert [number for number, _ in explorer.drawn] == [4, 5, 6]
    assert descriptions(explorer) == ["6 squares."]


def test_several_traits_draw_once() -> None:
    """`set` changes all before it draws, and no change draws nothing."""
    explorer = Squares()
    explorer.set(number=7, word="b, <i>")
    explorer.set(number=7)
    assert explorer.drawn == [(3, "a"), (7, "b, <i>")]


def test_only_the_newest_picture_is_shown() -> None:
    """A change while a chart is made draws once more, and what was made meanwhile is dropped."""
    explorer = Squares()
    shown: list[Any] = []
    explorer.children[-1].observe(lambda change: shown.append(change.new), names="outputs")
    explorer.number = 13
    assert [number for number, _ in explorer.drawn] == [3, 13, 14]
    assert explorer.message == "14 squares <b>"
    assert descriptions(explorer) == ["14 squares."]
    assert len(shown) == 1


def test_an_error_becomes_a_sentence() -> None:
    """What the model refuses is said as text; nothing of before is left; then it goes on."""
    explorer = Squares()
    explorer.number = -1
    assert explorer.message == "That does not work: expected a number of at least 0, found <-1>"
    assert "found &lt;-1&gt;" in words(explorer)
    assert explorer.figures == ()
    assert explorer.charts == ()
    assert explorer.children[-1].outputs == ()
    assert "download" not in words(explorer)
    explorer.number = 2
    assert descriptions(explorer) == ["2 squares."]


def test_a_bug_is_not_hidden() -> None:
    """What is no fault of the input is raised, and the explorer works afterwards."""
    explorer = Squares()
    with pytest.raises(RuntimeError, match="our own bug"):
        explorer.number = 50
    explorer.number = 2
    assert explorer.message == "2 squares <b>"


def test_the_shown_figures_can_be_saved() -> None:
    """The link holds a CSV file of all figures itself, so that nothing has to be fetched."""
    explorer = Squares(word="b, <i>")
    rows = list(csv.DictReader(io.StringIO(linked(explorer))))
    assert linked(explorer) == explorer.csv()
    assert rows[2] == {"root": "2", "square": "4", "word": "b, <i>", "more": ""}
    assert rows[3] == {"root": "-1", "square": "", "word": "", "more": "x"}
    assert 'download="squares.csv"' in words(explorer)
    assert "://" not in words(explorer)


def test_words_are_a_status_and_no_markup() -> None:
    """What is said is announced as it changes, and can hold no markup."""
    explorer = Squares()
    assert '<p role="status"' in words(explorer)
    assert "3 squares &lt;b&gt;" in words(explorer)


def test_a_chart_comes_with_a_picture() -> None:
    """JupyterLab makes a PNG of each chart without one and draws it again; these have one."""
    (output,) = Squares().children[-1].outputs
    assert base64.b64decode(output["data"]["image/png"]).startswith(b"\x89PNG")
    assert output["metadata"][VEGA_LITE_MIME_TYPE]["embed_options"]["actions"] is False


def test_a_drawing_puts_figures_into_its_form() -> None:
    """The form stays as it is, whatever is drawn with it."""
    before = dict(FORM)
    drawing = Drawing(FORM, {"squares": ({"root": 1},)}, "Title", "how to read it", "One square.")
    specification = drawing.to_dict()
    assert specification["datasets"] == {"squares": [{"root": 1}]}
    assert specification["title"] == {"text": "Title", "subtitle": "how to read it"}
    assert before == FORM


@pytest.mark.parametrize(
    ("holds", "found"),
    [("", []), ("no", []), ("ynyy", [(0, 0), (2, 3)]), ("yyy", [(0, 2)]), ("nny", [(2, 2)])],
)
def test_stretches_cover_what_holds(holds: str, found: list[tuple[float, float]]) -> None:
    """Each place that holds lies in exactly one stretch, and no other place does."""
    assert stretches([(place, letter == "y") for place, letter in enumerate(holds)]) == found
