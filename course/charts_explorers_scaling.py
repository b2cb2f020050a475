"""Charts of the explorer of scaling under load; see `course.charts_explorers`.

- `over_time`: load, what the replicas can serve, what is lost, and how long requests take
- `by_start_up`: what each start-up time costs in lost requests, in latency and in money
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from course.charts import BLUE, GREEN, ORANGE, SKY, letter_colour, named_colours
from course.charts_explorers import HEIGHT, WIDTH, Drawing, blue, named, named_dashes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["by_start_up", "over_time"]

_LINES: Final = {"load": BLUE, "what the replicas can serve": GREEN, "lost": ORANGE}
_DASHES: Final = {"load": [1, 0], "what the replicas can serve": [6, 3], "lost": [1, 0]}
_PANEL = 135  # pixels
_LEAST_LATENCY_S = 0.001


def over_time(rows: Sequence[Mapping[str, float]], *, load: str, start_up: str) -> Drawing:
    """Draw a service under load.

    Args:
        rows: rows of ``minute``, ``load_per_s``, ``capacity_per_s``, ``lost_per_s`` and
            ``latency_s``, in order.
        load: what the load is called.
        start_up: how long replicas take to start.
    """
    keys = {
        "load": "load_per_s",
        "what the replicas can serve": "capacity_per_s",
        "lost": "lost_per_s",
    }
    lines = [
        {"minute": row["minute"], "what": what, "per_s": row[key]}
        for what, key in keys.items()
        for row in rows
    ]
    latencies = [
        {"minute": row["minute"], "latency_s": max(row["latency_s"], _LEAST_LATENCY_S)}
        for row in rows
    ]
    highest = {key: max(row[key] for row in rows) for key in (*keys.values(), "latency_s")}
    return Drawing(
        _over_time(),
        {"lines": lines, "latencies": latencies},
        f"Load: {load}; replicas start within {start_up} (modelled)",
        "above: requests a second; below: how long a request takes, at worst",
        f"Two charts over {rows[-1]['minute']:,.0f} minutes. Above: the load, at most "
        f"{highest['load_per_s']:,.0f} requests a second, what the replicas can serve, at most "
        f"{highest['capacity_per_s']:,.0f}, and what is lost, at most "
        f"{highest['lost_per_s']:,.0f}. Below: the latency on a logarithmic axis, at most "
        f"{highest['latency_s']:.3g} seconds.",
    )


@cache
def _over_time() -> Mapping[str, Any]:
    import altair as alt

    def x(title: str | None) -> Any:
        return alt.X(
            "minute:Q",
            title=title,
            scale=alt.Scale(nice=False),
            axis=alt.Axis(tickCount=8, format=",~g", labels=title is not None),
        )

    above = (
        named("lines")
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            x=x(None),
            y=alt.Y("per_s:Q", title="requests/s", axis=alt.Axis(tickCount=5)),
            color=alt.Color("what:N", **named_colours(_LINES | {"load": blue()})),
            strokeDash=alt.StrokeDash("what:N", **named_dashes(_DASHES)),
            tooltip=["what:N", alt.Tooltip("per_s:Q", format=",.4~g"), "minute:Q"],
        )
        .properties(width=WIDTH, height=HEIGHT * 0.8)
    )
    below = (
        named("latencies")
        .mark_line(color=ORANGE, strokeWidth=2, interpolate="step-after")
        .encode(
            x=x("time (min)"),
            y=alt.Y(
                "latency_s:Q",
                title="latency (s, log.)",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format="~g", tickCount=4),
            ),
            tooltip=[alt.Tooltip("latency_s:Q", format=".3~g"), "minute:Q"],
        )
        .properties(width=WIDTH, height=HEIGHT * 0.4)
    )
    form: dict[str, Any] = alt.vconcat(above, below, spacing=4).to_dict()
    return form


def by_start_up(rows: Sequence[Mapping[str, Any]], *, chosen: str) -> Drawing:
    """Draw what each start-up time costs.

    Args:
        rows: rows of ``start_up`` (what is shown for it), ``share_lost``, ``p99_latency_s`` and
            ``cost_eur``, from quick to slow.
        chosen: the start-up that is looked at.
    """
    values: dict[str, tuple[str, Callable[[float], str]]] = {
        "lost": ("share_lost", lambda n: f"{n:.2%}"),
        "latency": ("p99_latency_s", lambda n: f"{n:.3g} s"),
        "cost": ("cost_eur", lambda n: f"{n:,.2f} €"),
    }
    drawn = [
        {"start_up": row["start_up"], "chosen": row["start_up"] == chosen}
        | {name: row[key] for name, (key, _) in values.items()}
        | {f"{name}_label": say(row[key]) for name, (key, say) in values.items()}
        for row in rows
    ]
    said = "; ".join(
        f"{row['start_up']}: {row['lost_label']} lost, 99 % within {row['latency_label']}, "
        f"{row['cost_label']}"
        for row in drawn
    )
    return Drawing(
        _by_start_up(),
        # Room for the numbers beside the bars.
        {
            "start_ups": drawn,
            "room": [{name: 1.9 * max(row[name] for row in drawn) or 1 for name in values}],
        },
        "What a start-up time costs, all else equal (modelled)",
        "dark: the one that is looked at",
        f"Three bars for each start-up time: requests lost, latency and money. {said}.",
    )


@cache
def _by_start_up() -> Mapping[str, Any]:
    import altair as alt

    panels: list[Any] = []
    for name, title, number in (
        ("lost", "requests lost", ".0%"),
        ("latency", "99 % took at most (s)", ",~f"),
        ("cost", "replicas' cost (€)", ",~f"),
    ):
        first = not panels
        base = named("start_ups").encode(
            y=alt.Y(
                "start_up:N",
                title=None,
                sort=None,
                axis=alt.Axis(labels=first, ticks=first, labelLimit=260),
            ),
            x=alt.X(
                f"{name}:Q",
                title=title,
                scale=alt.Scale(nice=False, domainMin=0),
                axis=alt.Axis(format=number, tickCount=3),
            ),
        )
        bars = base.mark_bar().encode(
            tooltip=["start_up:N", f"{name}_label:N"],
            color=alt.Color(
                "chosen:N",
                scale=alt.Scale(domain=[True, False], range=[BLUE, SKY]),
                legend=None,
            ),
        )
        text = base.mark_text(align="left", dx=3, fontSize=10, color=letter_colour()).encode(
            text=f"{name}_label:N"
        )
        room = named("room").mark_point(opacity=0).encode(x=f"{name}:Q")
        panels.append((bars + text + room).properties(width=_PANEL, height={"step": 22}))
    form: dict[str, Any] = alt.hconcat(*panels, spacing=12).to_dict()
    return form
