"""Charts of the explorer of live migration; see `course.charts_explorers`.

- `rounds`: what each round of a migration sent
- `downtimes`: what becomes of a migration as its machine writes faster
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from course.charts import BLUE, GREEN, GREY, ORANGE, PURPLE, letter_colour, named_colours
from course.charts_explorers import (
    HEIGHT,
    WIDTH,
    Drawing,
    blue,
    marked_lines,
    named,
    named_dashes,
    spread,
    stretches,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from course.simulation import Migration

__all__ = ["PUBLISHED_DOWNTIMES", "downtimes", "rounds"]

#: Published downtimes in seconds: Clark and others, "Live Migration of Virtual Machines", NSDI
#: 2005, sections 6.1 to 6.5; plain stop-and-copy of 512 MB at 128 Mbit/s for comparison.
PUBLISHED_DOWNTIMES: Final = (
    {"label": "Quake 3 server: 60 ms", "time_s": 0.060},
    {"label": "web server, 800 MB: 165 ms", "time_s": 0.165},
    {"label": "writes faster than it is sent: 3.5 s", "time_s": 3.5},
    {"label": "stopped, 512 MB at 128 Mbit/s: 32 s", "time_s": 32.0},
)

_STATES: Final = {"runs": BLUE, "is stopped": ORANGE}
_LABELS = 12  # rounds; the times of more have no room
_LOWEST_S = 0.001


def rounds(migration: Migration) -> Drawing:
    """Draw what each round of a migration sent, and say how long it took.

    Args:
        migration: what `course.simulation.migrate` returned.
    """
    few = len(migration.rounds) <= _LABELS
    rows: list[dict[str, Any]] = [
        {
            "round": each.number,
            "sent_mib": each.sent_mib,
            "duration_s": each.duration_s,
            "start_s": each.start_s,
            "machine": "runs" if each.running else "is stopped",
            "label": seconds(each.duration_s) if few else "",
        }
        for each in migration.rounds
    ]
    down = migration.downtime_ms
    ending = "given up" if down is None else f"downtime {seconds(down / 1000)}"
    said = "; ".join(
        f"round {row['round']}, the machine {row['machine']}: {row['sent_mib']:,.4g} MiB in "
        f"{seconds(row['duration_s'])}"
        for row in rows[:_LABELS]
    )
    return Drawing(
        _rounds(),
        # Room for the labels above the bars.
        {"rounds": rows, "room": [{"sent_mib": 1.12 * max(row["sent_mib"] for row in rows)}]},
        "A migration, round by round (modelled)",
        f"{migration.method}: {migration.sent_mib:,.4g} MiB in "
        f"{seconds(migration.total_time_s)}, {ending}",
        f"Bars of the MiB that each of {len(rows)} rounds sent: {said}. {ending}.",
    )


@cache
def _rounds() -> Mapping[str, Any]:
    import altair as alt

    base = named("rounds").encode(
        x=alt.X("round:O", title="round", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("sent_mib:Q", title="sent (MiB)", axis=alt.Axis(tickCount=5, format=",.4~g")),
        tooltip=[
            "round:O",
            "machine:N",
            alt.Tooltip("sent_mib:Q", title="sent (MiB)", format=",.4~g"),
            alt.Tooltip("start_s:Q", title="began at (s)", format=".4~g"),
            alt.Tooltip("duration_s:Q", title="took (s)", format=".4~g"),
        ],
    )
    bars = base.mark_bar(width={"band": 0.8}).encode(
        color=alt.Color("machine:N", **named_colours(_STATES) | {"title": "the machine"})
    )
    text = base.mark_text(baseline="bottom", dy=-2, fontSize=10, color=letter_colour()).encode(
        text="label:N"
    )
    room = named("room").mark_point(opacity=0).encode(y="sent_mib:Q")
    form: dict[str, Any] = (
        (bars + text + room).properties(width=WIDTH, height=HEIGHT * 0.75).to_dict()
    )
    return form


def downtimes(
    curve: Sequence[Mapping[str, Any]],
    *,
    now: Mapping[str, float | None],
    limit_s: float,
    measured: Sequence[Mapping[str, float]] = (),
) -> Drawing:
    """Draw downtime and total time of migrations against the rate at which memory is written.

    Args:
        curve: rows of ``dirty_mib_per_s``, ``downtime_s`` (None if it was given up), ``total_s``
            and ``converged``, by rising rate.
        now: such a row, of the migration that is looked at.
        limit_s: the downtime that is allowed, in seconds.
        measured: such rows of the learner's own migrations.
    """
    most = float(curve[-1]["dirty_mib_per_s"])
    lines = [
        {"dirty_mib_per_s": row["dirty_mib_per_s"], "what": what, "time_s": max(time_s, _LOWEST_S)}
        for what, key in (("downtime", "downtime_s"), ("the whole migration", "total_s"))
        for row in curve
        if (time_s := row[key]) is not None
    ]
    points = [
        {"dirty_mib_per_s": row["dirty_mib_per_s"], "kind": kind, "time_s": max(time_s, _LOWEST_S)}
        for kind, rows in (("this migration (modelled)", [now]), ("yours (measured)", measured))
        for row in rows
        for key in ("downtime_s", "total_s")
        if (time_s := row.get(key)) is not None
    ]
    endless = stretches([(row["dirty_mib_per_s"], not row["converged"]) for row in curve])
    where = (
        "; ".join(f"{start:,.0f} to {end:,.0f} MiB/s" for start, end in endless)
        if endless
        else "nowhere"
    )
    down = now["downtime_s"]
    return Drawing(
        _downtimes(),
        {
            "lines": lines,
            "points": points,
            "endless": [{"start": s, "end": e, "label": "does not converge"} for s, e in endless],
            "published": spread(
                [*PUBLISHED_DOWNTIMES, {"label": "allowed downtime", "time_s": limit_s}],
                "time_s",
                1.9,  # a label takes so much of the four to six powers of ten
                logarithmic=True,
            ),
            "edge": [{"dirty_mib_per_s": 0}, {"dirty_mib_per_s": most}],
        },
        "The faster it writes, the longer it takes (modelled; downtimes published by Clark)",
        "claimed: no noticeable downtime (A); grey: does not converge; dashed: downtimes",
        (
            "Lines of downtime and of the whole migration's time on a logarithmic axis, against "
            f"the rate at which the machine writes its memory, from 0 to {most:,.0f} MiB a "
            f"second. At {now['dirty_mib_per_s']:,.0f} MiB a second the downtime is "
            f"{'without end' if down is None else seconds(down)}. It does not converge: {where}. "
            "Published downtimes: "
            + "; ".join(str(row["label"]) for row in PUBLISHED_DOWNTIMES)
            + f". Allowed: {seconds(limit_s)}."
        ),
    )


@cache
def _downtimes() -> Mapping[str, Any]:
    import altair as alt

    x_scale = alt.Scale(nice=False, zero=True)
    y_scale = alt.Scale(type="log", domainMin=_LOWEST_S, nice=False)
    x = alt.X("dirty_mib_per_s:Q", title="memory written (MiB/s)", scale=x_scale)
    y = alt.Y(
        "time_s:Q",
        title="time (s, logarithmic axis)",
        scale=y_scale,
        axis=alt.Axis(format="~g", values=[0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000]),
    )
    form: dict[str, Any] = (
        alt.layer(
            named("endless")
            .mark_rect(color=GREY, opacity=0.25)
            .encode(x=alt.X("start:Q", scale=x_scale), x2="end:Q", tooltip=["label:N"]),
            named("edge").mark_point(opacity=0).encode(x=x),
            named("lines")
            .mark_line(strokeWidth=2.5)
            .encode(
                x=x,
                y=y,
                color=alt.Color(
                    "what:N", **named_colours({"downtime": ORANGE, "the whole migration": blue()})
                ),
                strokeDash=alt.StrokeDash(
                    "what:N", **named_dashes({"downtime": [1, 0], "the whole migration": [7, 2]})
                ),
                tooltip=[
                    "what:N",
                    alt.Tooltip("dirty_mib_per_s:Q", format=",.4~g"),
                    alt.Tooltip("time_s:Q", format=".4~g"),
                ],
            ),
            marked_lines("published", "y", "time_s", y_scale, colour=PURPLE),
            named("points")
            .mark_point(size=90, filled=True, opacity=1, stroke="white")
            .encode(
                x=x,
                y=y,
                shape=alt.Shape(
                    "kind:N",
                    title=None,
                    scale=alt.Scale(range=["circle", "diamond"]),
                    legend=alt.Legend(orient="bottom", labelLimit=300, symbolFillColor=GREEN),
                ),
                color=alt.value(GREEN),
                tooltip=["kind:N", alt.Tooltip("time_s:Q", format=".4~g")],
            ),
        )
        .properties(width=WIDTH, height=HEIGHT)
        .to_dict()
    )
    return form


def seconds(time_s: float) -> str:
    """Write a time as people say it.

    Args:
        time_s: in seconds.

    Example:
        >>> seconds(0.0605), seconds(3.49), seconds(8000)
        ('60.5 ms', '3.49 s', '2.22 h')
    """
    if time_s < 1:
        return f"{1000 * time_s:.3g} ms"
    return f"{time_s:,.3g} s" if time_s < 600 else f"{time_s / 3600:,.3g} h"
