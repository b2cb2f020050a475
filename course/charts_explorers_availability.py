"""Charts of the explorer of availability; see `course.charts_explorers`.

- `minutes_down`: what each policy costs a service in a year
- `outages`: when services were down, for how long, and what that began with
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from course.charts import GREEN, ORANGE, PURPLE, SKY, letter_colour
from course.charts_explorers import HEIGHT, WIDTH, Drawing, blue, marked_lines, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CAUSES", "LOWEST_MINUTES", "NINES", "minutes_down", "outages"]

#: What services are promised, and the minutes of a year of 365 days that it leaves.
NINES: Final = tuple(
    {"label": f"{100 * share:g} %", "minutes": (1 - share) * 365 * 24 * 60}
    for share in (0.99, 0.999, 0.9999, 0.99999)
)
#: What is less is drawn here: a logarithmic axis has no zero.
LOWEST_MINUTES: Final = 0.1

#: What an outage began with, in the colours of the outages.
CAUSES: Final = {"failure": ORANGE, "maintenance": SKY, "migration": GREEN}
#: Whose minutes they are, each with its shape.
_KINDS: Final = {
    "mean (simulated)": "circle",
    "worst service (simulated)": "triangle-right",
    "closed form (spares never lacking)": "diamond",
    "measured": "cross",
}


def minutes_down(rows: Sequence[Mapping[str, Any]], *, chosen: str) -> Drawing:
    """Draw the minutes in a year that a service is down, by policy.

    Args:
        rows: rows of ``policy``, ``kind`` (mean or worst, simulated, in closed form, or measured)
            and ``minutes_per_year``.
        chosen: the policy whose outages are drawn beside it.
    """
    drawn = [
        {**row, "minutes": max(row["minutes_per_year"], LOWEST_MINUTES), "label": _label(row)}
        for row in rows
    ]
    said = "; ".join(
        f"{row['policy']}, {row['kind']}: {minutes(row['minutes_per_year'])}" for row in rows
    )
    return Drawing(
        _minutes_down(
            tuple(dict.fromkeys(row["policy"] for row in rows)),
            tuple(kind for kind in _KINDS if any(row["kind"] == kind for row in rows)),
        ),
        {"policies": drawn, "nines": NINES, "chosen": [{"policy": chosen}]},
        "Minutes down in a year, by policy (simulated)",
        "dashed: what is left by a promised availability; shaded: the policy that is looked at",
        "Minutes in a year that a service is down, on a logarithmic axis, by policy. "
        f"{said}. A promise of 99 % leaves 5,256 minutes, each further nine a tenth of that.",
    )


def _label(row: Mapping[str, Any]) -> str:
    return minutes(row["minutes_per_year"]) if row["kind"] == "mean (simulated)" else ""


@cache
def _minutes_down(policies: tuple[str, ...], kinds: tuple[str, ...]) -> Mapping[str, Any]:
    import altair as alt

    scale = alt.Scale(type="log", domain=[LOWEST_MINUTES, 525_600], nice=False)
    axis = alt.Axis(grid=True, labelLimit=160)
    y = alt.Y("policy:N", title=None, sort=list(policies), axis=axis)
    x = alt.X(
        "minutes:Q",
        title="minutes down per service and year (logarithmic axis)",
        scale=scale,
        axis=alt.Axis(format=",~g", values=[0.1, 1, 10, 100, 1000, 10000, 100000]),
    )
    colours = dict(zip(_KINDS, (blue(), ORANGE, GREEN, PURPLE), strict=True))
    base = named("policies").encode(x=x, y=y)
    points = base.mark_point(size=80, strokeWidth=2, opacity=1).encode(
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=list(kinds), range=[colours[kind] for kind in kinds]),
            legend=alt.Legend(orient="bottom", columns=2, labelLimit=300),
        ),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(domain=list(kinds), range=[_KINDS[kind] for kind in kinds]),
        ),
        tooltip=[
            "policy:N",
            "kind:N",
            alt.Tooltip("minutes_per_year:Q", title="minutes", format=",.4~g"),
        ],
    )
    text = base.mark_text(fontSize=10, dy=-12, color=letter_colour()).encode(text="label:N")
    shade = named("chosen").mark_bar(color=SKY, opacity=0.25)
    shade = shade.encode(y=y, x=alt.value(0), x2=alt.value(WIDTH))
    form: dict[str, Any] = (
        alt.layer(shade, marked_lines("nines", "x", "minutes", scale), points, text)
        .properties(width=WIDTH, height={"step": 40})
        .to_dict()
    )
    return form


def outages(rows: Sequence[Mapping[str, Any]], *, years: float, policy: str) -> Drawing:
    """Draw when services were down, for how long, and what that began with.

    Args:
        rows: rows of ``start_days``, ``down_s``, ``cause`` and ``service``.
        years: how long was simulated.
        policy: what was done.
    """
    causes = {cause: sum(row["cause"] == cause for row in rows) for cause in CAUSES}
    said = ", ".join(f"{count} by {cause}" for cause, count in causes.items() if count)
    return Drawing(
        _outages(),
        {"outages": rows, "edge": [{"start_days": 0}, {"start_days": 365 * years}]},
        "Each outage: when, how long, and what it began with (simulated)",
        f"policy: {policy}; one dot for each outage of a host's services",
        f"{len(rows)} outages within {years:g} years, dots at their beginning and their length "
        f"in seconds on a logarithmic axis: {said or 'none'}.",
    )


@cache
def _outages() -> Mapping[str, Any]:
    import altair as alt

    x = alt.X(
        "start_days:Q",
        title="day",
        scale=alt.Scale(nice=False),
        axis=alt.Axis(tickCount=8, format=",d"),
    )
    form: dict[str, Any] = (
        alt.layer(
            named("edge").mark_point(opacity=0).encode(x=x),
            named("outages")
            .mark_point(size=36, filled=True, opacity=0.8)
            .encode(
                x=x,
                y=alt.Y(
                    "down_s:Q",
                    title="length (s, logarithmic axis)",
                    scale=alt.Scale(type="log", domain=[0.1, 1_000_000], nice=False),
                    axis=alt.Axis(
                        format=",~g", values=[0.1, 1, 10, 100, 1000, 10000, 100000, 1000000]
                    ),
                ),
                color=alt.Color(
                    "cause:N",
                    title="began with",
                    scale=alt.Scale(domain=list(CAUSES), range=list(CAUSES.values())),
                    legend=alt.Legend(orient="bottom", columns=len(CAUSES)),
                ),
                tooltip=[
                    alt.Tooltip("start_days:Q", title="day", format=",.1f"),
                    alt.Tooltip("down_s:Q", title="length (s)", format=",.4~g"),
                    "cause:N",
                    "service:N",
                ],
            ),
        )
        .properties(width=WIDTH, height=HEIGHT * 0.8)
        .to_dict()
    )
    return form


def minutes(minutes_per_year: float) -> str:
    """Write minutes as people say them.

    Args:
        minutes_per_year: in minutes.

    Example:
        >>> minutes(0), minutes(0.31), minutes(5256), minutes(12.4)
        ('none', '19 s', '88 h', '12 min')
    """
    if minutes_per_year == 0:
        return "none"
    if minutes_per_year < 1:
        return f"{60 * minutes_per_year:.2g} s"
    if minutes_per_year < 600:
        return (
            f"{minutes_per_year:.3g} min"
            if minutes_per_year < 10
            else f"{minutes_per_year:.0f} min"
        )
    return f"{minutes_per_year / 60:,.0f} h"
