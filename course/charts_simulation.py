"""Charts of what the simulation says of starts and of migrations.

They keep to the rules of `course.charts`.

- `boot_times`: start-up times, one dot for each start, on a logarithmic axis
- `claimed_start_times`: what the texts claim of start-up, for its bands
- `migration_rounds`: what each round of a migration sent, and how long it took
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course.charts import (
    BLUE,
    GREY,
    ORANGE,
    PALE_SKY,
    letter_colour,
    named_colours,
    use_offline_renderer,
)
from course.facts.vocabulary import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from course.simulation.booting.records import BootSample
    from course.simulation.migration.precopy import Migration

__all__ = ["boot_times", "claimed_start_times", "migration_rounds"]

WIDTH, ROW = 430, 26  # pixels
_LABEL_WIDTH = 230


def boot_times(
    times_s: Mapping[str, Sequence[float]] | Sequence[BootSample],
    *,
    claimed_s: Mapping[str, tuple[float, float]] | None = None,
    kind: str = "modelled",
) -> alt.LayerChart:
    """Draw start-up times: a dot for each start, ticks at median and 99th percentile.

    Args:
        times_s: the times in seconds by what was started, or samples of models.
        claimed_s: what is claimed, from the lowest to the highest second, by a name for it; a band
            over all rows. An end that is 0 or infinite is drawn to the edge.
        kind: of which kind the times are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    given: Mapping[str, Sequence[float]] = (
        times_s
        if isinstance(times_s, Mapping)
        else {each.model.name: each.times_s for each in times_s}
    )
    named = {name: [t for t in times if t > 0] for name, times in given.items()}
    all_times = [time_s for times in named.values() for time_s in times]
    claimed = claimed_s or {}
    ends = [end for band in claimed.values() for end in band if 0 < end < math.inf]
    low = min([*all_times, *ends], default=0.001) / 1.5
    high = max([*all_times, *ends], default=1.0) * 6  # room for the last number
    x = alt.X(
        "time:Q",
        title="time to start (s, logarithmic axis)",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(format="~g", tickCount=8),
    )
    y = alt.Y(
        "what:N", title=None, sort=list(named), axis=alt.Axis(labelLimit=_LABEL_WIDTH, grid=True)
    )
    dots: list[dict[str, Any]] = []
    ticks: list[dict[str, Any]] = []
    told = []
    for name, times in named.items():
        # Neighbouring dots lie in different lines, so that many starts do not cover each other.
        dots += [
            {"what": name, "time": time_s, "number": number, "lane": (number * 7) % 10 - 5}
            for number, time_s in enumerate(times, 1)
        ]
        if times:
            median, high_end = _percentile(times, 50), _percentile(times, 99)
            ticks.append({"what": name, "time": median, "quantile": "median"})
            ticks.append({"what": name, "time": high_end, "quantile": "99th percentile"})
            told.append(f"{name}: median {_seconds(median)}, 99 % within {_seconds(high_end)}")
    layers: list[Any] = []
    if claimed:
        bands = [
            {"name": name, "time": max(low, start), "end": min(high, end)}
            for name, (start, end) in claimed.items()
        ]
        palette = (PALE_SKY, "#f6d5b5", "#cfe8d8", "#ead1e0")
        shades = {name: palette[n % len(palette)] for n, name in enumerate(claimed)}
        layers.append(
            alt.Chart(alt.InlineData(values=bands))
            .mark_rect(opacity=0.55, stroke=GREY, strokeDash=[3, 3])
            .encode(
                x=x,
                x2="end:Q",
                color=alt.Color("name:N", **named_colours(shades, columns=2)),
                tooltip=["name:N", "time:Q", "end:Q"],
            )
        )
        told += [
            f"{name}: {_seconds(start)} to {_seconds(end)}"
            for name, (start, end) in claimed.items()
        ]
    layers.append(
        alt.Chart(alt.InlineData(values=dots))
        .mark_circle(size=22, opacity=0.6, color=BLUE)
        .encode(
            x=x,
            y=y,
            yOffset=alt.YOffset("lane:Q", scale=alt.Scale(domain=[-9, 9])),
            tooltip=["what:N", "number:Q", alt.Tooltip("time:Q", format=".4~g")],
        )
    )
    # A layer for each: a size that stands for words would need a legend.
    for quantile, length in (("median", 22), ("99th percentile", 12)):
        layers.append(
            alt.Chart(alt.InlineData(values=[row for row in ticks if row["quantile"] == quantile]))
            .mark_tick(thickness=2.5, size=length, color=letter_colour(), orient="vertical")
            .encode(
                x=x,
                y=y,
                tooltip=["what:N", "quantile:N", alt.Tooltip("time:Q", format=".4~g")],
            )
        )
    labels = [
        row | {"label": _seconds(row["time"])} for row in ticks if row["quantile"] == "median"
    ]
    ends_of = {row["what"]: row["time"] for row in ticks if row["quantile"] != "median"}
    for row in labels:
        row["time"] = max(ends_of[row["what"]], max(named[row["what"]]))
    layers.append(
        alt.Chart(alt.InlineData(values=labels))
        .mark_text(align="left", dx=8, color=letter_colour())
        .encode(x=x, y=y, text="label:N")
    )
    layered: Any = alt.layer(*layers)
    chart: alt.LayerChart = layered.properties(
        title={
            "text": f"How long starts take ({kind})",
            "subtitle": "one dot for each start; long tick and number: median; short tick: "
            "99th percentile",
        },
        description=f"Start-up times on a logarithmic axis. {'; '.join(told) or 'None yet'}.",
        width=WIDTH,
        height=ROW * 1.3 * max(1, len(named)),
    )
    return chart


def claimed_start_times() -> dict[str, tuple[float, float]]:
    """Return what the texts claim of start-up, for `boot_times`.

    Returns:
        The lowest and the highest second by what starts and the texts that say so.

    Example:
        >>> claimed_start_times()["claimed: virtual machine (C)"]
        (10.0, 60.0)
    """
    from course.facts import claim

    texts: dict[tuple[str, tuple[float, float]], list[str]] = {}
    for figure in claim("C07").figures:
        factor = {Unit.MILLISECOND: 0.001, Unit.SECOND: 1.0, Unit.MINUTE: 60.0}[figure.unit]
        low, high = (factor * bound for bound in figure.bounds)
        texts.setdefault((figure.subject, (low, high)), []).append(figure.source)
    return {
        f"claimed: {subject} ({', '.join(sources)})": bounds
        for (subject, bounds), sources in texts.items()
    }


def _percentile(times: Sequence[float], percent: float) -> float:
    """Return a percentile, between neighbours in a straight line; at least one time is needed."""
    ordered = sorted(times)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _seconds(time_s: float) -> str:
    if time_s == math.inf:
        return "any time"
    return f"{1000 * time_s:.3g} ms" if time_s < 1 else f"{time_s:,.3g} s"


def migration_rounds(migration: Migration, *, kind: str = "modelled") -> alt.HConcatChart:
    """Draw what each round of a migration sent, and how long it took.

    Args:
        migration: what `course.simulation.migrate` returned.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    states = {"running": BLUE, "stopped": ORANGE}
    rows: list[dict[str, Any]] = [
        {
            "round": each.number,
            "mib": each.sent_mib,
            "seconds": each.duration_s,
            "start": each.start_s,
            "machine": "running" if each.running else "stopped",
            "mib_label": f"{each.sent_mib:,.4g} MiB",
            "time_label": _seconds(each.duration_s),
        }
        for each in migration.rounds
    ]
    panels = []
    for number, (name, label, title) in enumerate(
        (("mib", "mib_label", "sent (MiB)"), ("seconds", "time_label", "time of the round (s)"))
    ):
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            y=alt.Y(
                "round:O",
                title="round" if number == 0 else None,
                axis=alt.Axis(labels=number == 0, ticks=number == 0, labelAngle=0),
            ),
            x=alt.X(
                f"{name}:Q",
                title=title,
                axis=alt.Axis(tickCount=4, format=",.6~g"),
                scale=alt.Scale(domain=[0, 1.5 * max(row[name] for row in rows)], nice=False),
            ),
            tooltip=[
                "round:O",
                "machine:N",
                alt.Tooltip("mib:Q", format=",.4~g"),
                alt.Tooltip("start:Q", title="began at (s)", format=".4~g"),
                alt.Tooltip("seconds:Q", format=".4~g"),
            ],
        )
        bars = base.mark_bar().encode(
            color=alt.Color("machine:N", **(named_colours(states) | {"title": "machine"}))
        )
        text = base.mark_text(align="left", dx=3, color=letter_colour()).encode(text=f"{label}:N")
        panels.append((bars + text).properties(width=WIDTH / 2, height=20 * len(rows)))
    down = migration.downtime_ms
    ending = "never stopped" if down is None else f"downtime {_seconds(down / 1000)}"
    chart: alt.HConcatChart = alt.hconcat(*panels).properties(
        title={
            "text": f"A migration, round by round ({kind})",
            "subtitle": f"{migration.method}: {migration.sent_mib:,.4g} MiB in "
            f"{_seconds(migration.total_time_s)}, {ending}",
        },
        description=(
            f"{len(rows)} rounds of a migration by {migration.method}; bars of MiB sent and of the "
            "time taken: "
            + "; ".join(
                f"round {row['round']}, machine {row['machine']}: {row['mib_label']} in "
                f"{row['time_label']}"
                for row in rows[:12]
            )
            + f". {migration.sent_mib:,.4g} MiB in all, {ending}: {migration.reason}."
        ),
    )
    return chart
