"""Charts of the explorer of density; see `course.charts_explorers`.

- `instances`: how many fit, by technology, and what ends it
- `ratios`: how many times as many, as the application grows
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from course.charts import GREEN, ORANGE, PURPLE, YELLOW, letter_colour
from course.charts_explorers import (
    HEIGHT,
    WIDTH,
    Drawing,
    blue,
    named,
    stretches,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RESOURCES", "instances", "ratios"]

#: The resources of a host, as a learner reads them, by their names in `course.sizing`.
RESOURCES: Final = {"cores": "cores", "memory_mib": "memory", "disk_mb": "disk"}
_SHAPES: Final = {"cores": "square", "memory": "circle", "disk": "triangle-up"}


def instances(
    rows: Sequence[Mapping[str, Any]],
    *,
    published: Mapping[str, int],
    measured: Mapping[str, float],
) -> Drawing:
    """Draw how many instances fit on a host, by technology.

    Args:
        rows: rows of ``technology``, ``kind``, ``count`` and ``binding``, a value of `RESOURCES`.
        published: the most that was published for one host, by technology.
        measured: how many the learner counted, by technology.
    """
    drawn = [
        {**row, "at": max(row["count"], 1), "label": f"{row['count']:,} ({row['binding']})"}
        for row in rows
    ]
    others = [
        {"technology": technology, "at": count, "whose": whose}
        for whose, counts in (("published most", published), ("yours (measured)", measured))
        for technology, count in counts.items()
    ]
    said = "; ".join(f"{row['technology']}: {row['label']}" for row in drawn)
    also = "; ".join(f"{row['technology']}, {row['whose']}: {row['at']:,}" for row in others)
    return Drawing(
        _instances(),
        {"instances": drawn, "others": others},
        "How many fit on the host (modelled; overheads published)",
        "number, and which resource runs out first; outlined: published or measured",
        f"Dots of how many instances fit, on a logarithmic axis, by technology. {said}. {also}.",
    )


@cache
def _instances() -> Mapping[str, Any]:
    import altair as alt

    x = alt.X(
        "at:Q",
        title="instances (logarithmic axis)",
        scale=alt.Scale(type="log", domainMin=1, nice=True),
        axis=alt.Axis(format=",~g", values=[10**power for power in range(8)]),
    )
    y = alt.Y("technology:N", title=None, sort=None, axis=alt.Axis(grid=True, labelLimit=220))
    base = named("instances").encode(x=x, y=y)
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "binding:N",
            title="runs out first",
            scale=alt.Scale(domain=list(_SHAPES), range=[YELLOW, blue(), GREEN]),
            legend=alt.Legend(orient="bottom"),
        ),
        shape=alt.Shape(
            "binding:N",
            title="runs out first",
            scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values())),
            legend=alt.Legend(orient="bottom"),
        ),
        tooltip=[
            "technology:N",
            "kind:N",
            alt.Tooltip("count:Q", title="instances", format=","),
            "binding:N",
        ],
    )
    # Beside the chart, where no dot is.
    text = base.mark_text(align="left", dx=6, fontSize=10, color=letter_colour()).encode(
        x=alt.value(WIDTH), text="label:N"
    )
    others = (
        named("others")
        .mark_point(size=110, strokeWidth=2, filled=False, opacity=1)
        .encode(
            x=x,
            y=y,
            stroke=alt.Stroke(
                "whose:N",
                title=None,
                scale=alt.Scale(
                    domain=["published most", "yours (measured)"], range=[PURPLE, ORANGE]
                ),
                legend=alt.Legend(orient="bottom", symbolType="diamond"),
            ),
            shape=alt.value("diamond"),
            tooltip=["technology:N", "whose:N", alt.Tooltip("at:Q", format=",")],
        )
    )
    form: dict[str, Any] = (
        alt.layer(dots, others, text).properties(width=WIDTH, height={"step": 22}).to_dict()
    )
    return form


def ratios(
    rows: Sequence[Mapping[str, Any]],
    *,
    now: Mapping[str, Any],
    claimed: tuple[float, float],
    names: tuple[str, str],
) -> Drawing:
    """Draw how many times as many of one technology fit, as the application grows.

    Args:
        rows: rows of ``memory_mib`` and ``ratio``, by rising memory.
        now: such a row, of the application that is looked at.
        claimed: the lowest and the highest ratio that is claimed.
        names: the technologies, the one with more instances first.
    """
    low, high = claimed
    within = stretches([(row["memory_mib"], low <= row["ratio"] <= high) for row in rows])
    where = "; ".join(f"from {a:,.0f} to {b:,.0f} MiB" for a, b in within) or "nowhere"
    finite = [row for row in rows if _is_drawn(row)]
    finite_now = _is_drawn(now)
    return Drawing(
        _ratios(),
        {
            "ratios": finite,
            "now": [now] if finite_now else [],
            "claimed": [{"low": low, "high": high, "what": f"claimed: {low:g} to {high:g} times"}],
            "label": [{"high": high, "label": f"claimed: {low:g} to {high:g} times (C)"}],
            "edge": [{"ratio": 2 * high}],
        },
        f"{names[0]} for each {names[1]} (modelled)",
        f"band: claimed {low:g} to {high:g} times (C); dot: your application",
        f"How many times as many instances of {names[0]} fit as of {names[1]}, against the "
        f"application's own memory, both axes logarithmic. The claimed {low:g} to {high:g} "
        f"times hold {where}. At {now['memory_mib']:,.0f} MiB "
        + (f"it is {now['ratio']:.3g} times." if finite_now else "there is no ratio."),
    )


def _is_drawn(row: Mapping[str, Any]) -> bool:
    ratio: float = row["ratio"]
    return 0 < ratio < math.inf  # what a logarithmic axis has


@cache
def _ratios() -> Mapping[str, Any]:
    import altair as alt

    y_scale = alt.Scale(type="log", nice=False, domainMin=0.8)
    x = alt.X(
        "memory_mib:Q",
        title="memory of the application itself (MiB, logarithmic axis)",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(format=",~g", values=[4**power for power in range(9)]),
    )
    y = alt.Y(
        "ratio:Q",
        title="times as many (log. axis)",
        scale=y_scale,
        axis=alt.Axis(values=[1, 2, 3, 4, 10, 30, 100], format="~g"),
    )
    tooltip = [
        alt.Tooltip("memory_mib:Q", title="memory (MiB)", format=",.4~g"),
        alt.Tooltip("ratio:Q", title="times as many", format=".3~g"),
    ]
    form: dict[str, Any] = (
        alt.layer(
            named("claimed")
            .mark_rect(color=ORANGE, opacity=0.35)
            .encode(y=alt.Y("low:Q", scale=y_scale), y2="high:Q", tooltip=["what:N"]),
            named("edge").mark_point(opacity=0).encode(y=y),
            named("ratios")
            .mark_line(color=blue(), strokeWidth=2.5, interpolate="step-after")
            .encode(x=x, y=y, tooltip=tooltip),
            named("now")
            .mark_point(filled=True, size=110, color=GREEN, opacity=1, stroke="white")
            .encode(x=x, y=y, tooltip=tooltip),
            named("label")
            .mark_text(align="left", dx=4, fontSize=10, baseline="top", color=letter_colour())
            .encode(x=alt.value(WIDTH), y=alt.Y("high:Q", scale=y_scale), text="label:N"),
        )
        .properties(width=WIDTH, height=HEIGHT * 0.9)
        .to_dict()
    )
    return form
