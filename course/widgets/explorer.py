"""What all explorers are: controls, a model, words, charts, and the shown figures as a file.

A subclass names its controls and says in `Explorer.draw` what is to be seen for their values. The
rest is the same for all: controls and traits follow each other, a change draws once, an error
becomes a sentence, and what is shown can be saved as CSV without a network.
"""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Explorer", "Shown", "choice", "labelled", "sentence", "slider"]

# JupyterLab makes a picture in PNG of every chart without one, and then draws the chart again: half
# of the time that a chart takes. So each chart brings one of a single pixel. Nobody sees it, since
# whoever cannot draw the chart cannot show a widget either.
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an explorer has to show.

    Attributes:
        message: what is said in words.
        charts: what is drawn, from top to bottom.
        figures: what the charts are drawn from, as flat rows; what is saved as CSV.
    """

    message: str
    charts: Sequence[Any] = ()
    figures: Sequence[Mapping[str, Any]] = ()


class Explorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Controls whose movement changes what is said and drawn.

    Attributes:
        message: what is said in words about what is drawn.
        figures: what is drawn, as flat rows; none after an error.
        charts: the charts that are drawn, from top to bottom.
    """

    message = traitlets.Unicode()
    figures = traitlets.Tuple()

    #: How the file of the figures is called, without its ending.
    file_name = "figures"
    #: The room that is kept for the charts, so that the page does not jump.
    height_px = 320

    def __init__(
        self,
        controls: Mapping[str, ipywidgets.Widget],
        *,
        begin: Mapping[str, Any] | None = None,
        redrawn_by: Iterable[str] | None = None,
        arranged: Sequence[ipywidgets.Widget] | None = None,
    ) -> None:
        """Link controls and traits, and draw for the first time.

        Args:
            controls: the control of each trait that has one.
            begin: the values of traits to begin with, where they are not the traits' own defaults.
            redrawn_by: the traits whose change draws anew; by default those with a control.
            arranged: the controls as they are shown; by default one below the other.
        """
        self._controls = dict(controls)
        self._watched = tuple(self._controls if redrawn_by is None else redrawn_by)
        self._words = ipywidgets.HTML()
        self._chart = ipywidgets.Output(layout={"min_height": f"{self.height_px}px"})
        self._drawn_for: tuple[Any, ...] | None = None
        self._drawing = False
        self.charts: tuple[Any, ...] = ()
        shown = list(self._controls.values()) if arranged is None else arranged
        super().__init__([*shown, self._words, self._chart])
        self.set(**(begin or {}))
        for name, control in self._controls.items():
            traitlets.link((self, name), (control, "value"))
        self.observe(self._redraw, names=list(self._watched))
        self._redraw()

    def draw(self) -> Shown:
        """Return what is to be seen for the values of the traits; every explorer has its own.

        Raises:
            ValueError: the model cannot use them; its message is shown.
        """
        raise NotImplementedError

    def set(self, **values: Any) -> None:
        """Set several traits, and draw once.

        Args:
            values: their values by name.
        """
        with self.hold_trait_notifications():
            for name, value in values.items():
                self.set_trait(name, value)

    def control(self, name: str) -> ipywidgets.Widget:
        """Return the control of a trait.

        Args:
            name: the trait.
        """
        return self._controls[name]

    def csv(self) -> str:
        """Return the shown figures as CSV, with a line of headings."""
        columns = list(dict.fromkeys(column for row in self.figures for column in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.figures)
        return text.getvalue()

    def _redraw(self, _change: Any = None) -> None:
        # Whoever moves a control while a chart is made gets the newest chart, and no other.
        if self._drawing:
            return
        self._drawing = True
        try:
            while (now := self._values()) != self._drawn_for:
                self._drawn_for = now
                shown = self._attempt()
                if self._values() == now:
                    self._show(shown)
        finally:
            self._drawing = False

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._watched)

    def _attempt(self) -> Shown:
        try:
            return self.draw()
        except ValueError as error:
            return Shown(f"That does not work: {error}")

    def _show(self, shown: Shown) -> None:
        self.message, self.charts = shown.message, tuple(shown.charts)
        self.figures = tuple(dict(row) for row in shown.figures)
        words = f'<p role="status" style="margin: 6px 0">{escape(self.message)}</p>'
        self._words.value = words + self._link()
        self._chart.outputs = tuple(_display_data(chart) for chart in self.charts)

    def _link(self) -> str:
        """Return a link that holds the figures itself, so that nothing has to be fetched."""
        if not self.figures:
            return ""
        held = base64.b64encode(self.csv().encode()).decode()
        return (
            f'<p style="margin: 6px 0"><a download="{escape(self.file_name)}.csv" '
            f'href="data:text/csv;charset=utf-8;base64,{held}" '
            'style="color: var(--jp-content-link-color); text-decoration: underline">'
            "Download these figures (CSV)</a></p>"
        )


def labelled(width_px: int = 210) -> dict[str, Any]:
    """Return the layout of a control whose description is so wide.

    Args:
        width_px: the room for the description, in pixels.
    """
    return {
        "style": {"description_width": f"{width_px}px"},
        "layout": {"width": f"{350 + width_px}px"},
    }


def slider(
    description: str, least: float, most: float, step: float = 1, **options: Any
) -> ipywidgets.Widget:
    """Return a slider of whole numbers if `step` is one, else of decimal fractions.

    Args:
        description: what it changes, with the unit.
        least: its left end.
        most: its right end.
        step: how far one press of a key moves it.
        options: passed on to the slider; its layout is `labelled` unless it is given here.
    """
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(description=description, min=least, max=most, step=step, **(labelled() | options))


def choice(
    description: str, offered: Sequence[Any] | Mapping[str, Any], **options: Any
) -> ipywidgets.Widget:
    """Return a list to choose from.

    Args:
        description: what it changes.
        offered: the values, or the values by what is shown for them.
        options: passed on; its layout is `labelled` unless it is given here.
    """
    listed = list(offered.items()) if hasattr(offered, "items") else list(offered)
    return ipywidgets.Dropdown(description=description, options=listed, **(labelled() | options))


def sentence(words: str) -> str:
    """Return words as a sentence.

    Args:
        words: as a model has them.

    Example:
        >>> sentence("no host failed")
        'No host failed.'
    """
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _display_data(chart: Any) -> dict[str, Any]:
    data, metadata = chart._repr_mimebundle_()
    return {
        "output_type": "display_data",
        "data": {"image/png": _PIXEL, **data},
        "metadata": metadata,
    }
