"""Charts of the explorer of overcommitment; see `course.charts_explorers`.

- `busy`: what some tenants need together, over time
- `risks`: how often it is too much, as more tenants are admitted
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from course.charts import GREEN, GREY, ORANGE, PURPLE, SKY
from course.charts_explorers import HEIGHT, WIDTH, Drawing, blue, marked_lines, named, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["OPENSTACK_RATIOS", "busy", "risks"]

#: How far OpenStack lets reservations exceed what there is, unless it is told otherwise.
OPENSTACK_RATIOS: Final = {"cores": 16.0, "memory": 1.5}


def busy(
    rows: Sequence[Mapping[str, float]],
    lines: Mapping[str, float],
    *,
    unit: str,
    capacity: float,
    step: str,
) -> Drawing:
    """Draw what some tenants need together, over time.

    Args:
        rows: rows of ``step`` and ``total``.
        lines: values by what they are called, such as the sum of the tenants' peaks.
        unit: of what is needed.
        capacity: what the host has.
        step: what the steps are.
    """
    shown = [
        {
            "step": row["step"],
            "total": row["total"],
            "capacity": capacity,
            "over": max(row["total"], capacity),
        }
        for row in rows
    ]
    over = sum(row["total"] > capacity for row in rows)
    said = "; ".join(f"{name}: {value:,.4g}" for name, value in lines.items())
    return Drawing(
        _busy(unit, step),
        {
            "busy": shown,
            "lines": spread(
                [{"label": f"{n}: {value:,.3g}", "value": value} for n, value in lines.items()],
                "value",
                max(*lines.values(), capacity) / 13,  # a label takes a thirteenth of the height
            ),
        },
        f"What the tenants need together, in {unit} (modelled)",
        "orange: more than the host has",
        f"An area of the {unit} that all tenants need together over {len(rows)} steps; in {over} "
        f"of them it is more than the host's {capacity:,.4g}. Lines: {said}.",
    )


@cache
def _busy(unit: str, step: str) -> Mapping[str, Any]:
    import altair as alt

    y_scale = alt.Scale(nice=False, zero=True)
    x = alt.X("step:Q", title=step, scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=8))
    y = alt.Y("total:Q", title=unit, scale=y_scale)
    form: dict[str, Any] = (
        alt.layer(
            named("busy")
            .mark_area(color=SKY, interpolate="step-after")
            .encode(x=x, y=y, tooltip=["step:Q", alt.Tooltip("total:Q", format=",.4~g")]),
            named("busy")
            .mark_area(color=ORANGE, interpolate="step-after")
            .encode(x=x, y=alt.Y("over:Q", scale=y_scale), y2="capacity:Q"),
            marked_lines("lines", "y", "value", y_scale, colour=GREY),
        )
        .properties(width=WIDTH, height=HEIGHT * 0.8)
        .to_dict()
    )
    return form


def risks(
    rows: Sequence[Mapping[str, float]],
    *,
    now: Mapping[str, float],
    allowed: float,
    published: Mapping[str, float],
) -> Drawing:
    """Draw how often the tenants need more than there is, as more of them are admitted.

    Args:
        rows: rows of ``tenants``, ``ratio`` (of reservations to what there is) and ``risk`` (share
            of time), by rising number.
        now: such a row, of the number that is looked at.
        allowed: the share of time that is allowed.
        published: ratios by what is to be said of them.
    """
    most = max(row["ratio"] for row in rows)
    marks: list[dict[str, Any]] = [
        {"ratio": ratio, "label": label, "level": number}
        for number, (label, ratio) in enumerate(published.items())
        if ratio <= most
    ]
    return Drawing(
        _risks(),
        {
            "risks": rows,
            "now": [now],
            "allowed": [{"risk": allowed, "label": f"allowed: {allowed:.2%}"}],
            "published": marks,
        },
        "Time in which it is too much, as more is promised (modelled)",
        "ratio: what the tenants reserved at their peaks to what the host has",
        f"Share of time in which the tenants need more than the host has, against the "
        f"overcommitment, from {rows[0]['ratio']:.2g} to {most:.3g}. With "
        f"{now['tenants']:,.0f} tenants the ratio is {now['ratio']:.3g} and the share "
        f"{now['risk']:.2%}; allowed are {allowed:.2%}. Marked: "
        + ("; ".join(row["label"] for row in marks) or "nothing")
        + ".",
    )


@cache
def _risks() -> Mapping[str, Any]:
    import altair as alt

    x_scale = alt.Scale(nice=False, zero=True)
    y_scale = alt.Scale(domain=[0, 1])
    x = alt.X("ratio:Q", title="overcommitment (ratio)", scale=x_scale)
    y = alt.Y("risk:Q", title="share of time too much", scale=y_scale, axis=alt.Axis(format=".0%"))
    tooltip = [
        "tenants:Q",
        alt.Tooltip("ratio:Q", format=".3~g"),
        alt.Tooltip("risk:Q", title="time too much", format=".2%"),
    ]
    form: dict[str, Any] = (
        alt.layer(
            marked_lines("published", "x", "ratio", x_scale, colour=PURPLE),
            marked_lines("allowed", "y", "risk", y_scale, colour=ORANGE),
            named("risks")
            .mark_line(color=blue(), strokeWidth=2.5)
            .encode(x=x, y=y, tooltip=tooltip),
            named("now")
            .mark_point(filled=True, size=110, color=GREEN, opacity=1, stroke="white")
            .encode(x=x, y=y, tooltip=tooltip),
        )
        .properties(width=WIDTH, height=HEIGHT * 0.8)
        .to_dict()
    )
    return form
