"""What the charts of explorers have in common: a form that is made once, and figures put into it.

While a slider moves, a chart is wanted many times a second, and only its figures change. Altair
takes tens of milliseconds to make and to check a chart; so here it makes each form once, with names
where the figures belong, and a `Drawing` puts them in. They keep to the rules of `course.charts`.

- `Drawing`: such a chart
- `named`: the place of figures in a form
- `marked_lines`: published and claimed values as labelled lines
- `spread`: their labels, so that none covers another
- `blue`: a blue that stands out from a light and from a dark page
- `named_dashes`: the dashes of lines, with the legend of their colours
- `stretches`: where something holds
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.charts import BLUE, ORANGE, SKY, letter_colour, named_colours, use_offline_renderer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

__all__ = [
    "HEIGHT",
    "WIDTH",
    "Drawing",
    "blue",
    "marked_lines",
    "named",
    "named_dashes",
    "spread",
    "stretches",
]

WIDTH, HEIGHT = 470, 200  # pixels


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart that JupyterLab draws, like one of Altair's.

    Attributes:
        form: the Vega-Lite specification, without its figures.
        figures: flat rows by the names that `form` has for them.
        title: what it shows, and of which kind its figures are.
        subtitle: how it is to be read.
        description: what a screen reader speaks.
    """

    form: Mapping[str, Any]
    figures: Mapping[str, Sequence[Mapping[str, Any]]]
    title: str
    subtitle: str
    description: str

    def to_dict(self) -> dict[str, Any]:
        """Return the whole specification."""
        return {
            **self.form,
            "title": {"text": self.title, "subtitle": self.subtitle},
            "description": self.description,
            "datasets": {name: list(rows) for name, rows in self.figures.items()},
        }

    def _repr_mimebundle_(self, **_: Any) -> Any:
        import altair as alt

        use_offline_renderer()
        render: Any = alt.renderers.get()
        return render(self.to_dict())


def named(name: str) -> alt.Chart:
    """Return a chart of the figures that get this name.

    Args:
        name: the name, a key of `Drawing.figures`.
    """
    import altair as alt

    return alt.Chart(alt.NamedData(name=name))


def named_dashes(named: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the scale and the legend of lines that have dashes of their own.

    The legend is that of `course.charts.named_colours`, so that Vega-Lite makes one of both.

    Args:
        named: lengths of dashes and gaps, in pixels, by what the line is.
    """
    import altair as alt

    shared = named_colours(dict.fromkeys(named, ""))
    return shared | {"scale": alt.Scale(domain=list(named), range=list(named.values()))}


def marked_lines(name: str, axis: str, field: str, scale: Any, *, colour: str = ORANGE) -> Any:
    """Return dashed lines across a chart, each with its label beyond the end.

    Args:
        name: the figures' name; their rows have a ``label``, and may say with `spread` where it is.
        axis: ``x`` or ``y``, where the value is.
        field: what the value is called in the rows.
        scale: the axis' own scale, which the lines must not change.
        colour: the lines' colour.
    """
    import altair as alt

    tooltip = ["label:N", alt.Tooltip(f"{field}:Q", format=",.4~g")]
    base = named(name).transform_calculate(label_at=f"datum.label_at || datum.{field}")
    rules = base.mark_rule(color=colour, strokeDash=[5, 4], size=1.5)
    style: dict[str, Any] = {"fontSize": 10, "color": letter_colour()}
    if axis == "y":
        labels = base.mark_text(align="left", baseline="middle", dx=4, **style)
        return rules.encode(y=alt.Y(f"{field}:Q", scale=scale), tooltip=tooltip) + labels.encode(
            y=alt.Y("label_at:Q", scale=scale), x=alt.value(WIDTH), text="label:N"
        )
    layers = [rules.encode(x=alt.X(f"{field}:Q", scale=scale), tooltip=tooltip)]
    for level in (0, 1):
        labels = base.mark_text(align="center", baseline="bottom", dy=-3 - 12 * level, **style)
        layers.append(
            labels.transform_filter(f"(datum.level || 0) == {level}").encode(
                x=alt.X(f"{field}:Q", scale=scale), y=alt.value(0), text="label:N"
            )
        )
    return alt.layer(*layers)


def spread(
    rows: Sequence[Mapping[str, Any]], field: str, gap: float, *, logarithmic: bool = False
) -> list[dict[str, Any]]:
    """Return rows that say where their labels are, from the lowest to the highest.

    Args:
        rows: rows of `marked_lines`.
        field: what their value is called.
        gap: how far labels must be from each other: a difference, or on a logarithmic axis a
            factor above 1.
        logarithmic: whether the axis is.

    Example:
        >>> lines = [{"label": "mean", "cores": 14.9}, {"label": "host", "cores": 15.0}]
        >>> [row["label_at"] for row in spread(lines, "cores", 4.0)]
        [14.9, 18.9]
    """
    placed: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: float(row[field])):
        at = row[field]
        if placed:
            below = placed[-1]["label_at"]
            at = max(at, below * gap if logarithmic else below + gap)
        placed.append({**row, "label_at": at})
    return placed


def blue() -> Any:
    """Return a blue that stands out from a light and from a dark page."""
    return letter_colour(f"luminance(background) > 0.5 ? '{BLUE}' : '{SKY}'")


def stretches(points: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Return where something holds, from the first to the last of neighbouring points.

    Args:
        points: places in order, each with whether it holds there.

    Example:
        >>> stretches([(0, False), (1, True), (2, True), (3, False), (4, True)])
        [(1, 2), (4, 4)]
    """
    found: list[tuple[float, float]] = []
    before = False
    for place, holds in points:
        if holds:
            found[-1:] = [(found[-1][0], place)] if before else [*found[-1:], (place, place)]
        before = holds
    return found
