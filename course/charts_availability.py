"""Charts of lesson 09: what comes back, what is down for how long, and what is lost.

They keep to the rules of `course.charts`.

- `comebacks`: how long it took until what was killed answered again
- `downtime_by_part`: minutes a year by part of a design, with one copy and with several
- `short_of_hosts`: minutes a year without enough hosts, by the number of spare ones
- `outages_by_policy`: minutes a year by policy, cut into what they were spent on
- `loss_over_time`: how much would be lost if a machine crashed just then
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from course.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    YELLOW,
    letter_colour,
    named_colours,
    use_offline_renderer,
)
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from course.live.experiments import Table

__all__ = [
    "comebacks",
    "downtime_by_part",
    "loss_over_time",
    "outages_by_policy",
    "short_of_hosts",
]

WIDTH, ROW = 430, 34  # pixels
MINUTES_PER_YEAR = 365 * 24 * 60

_KEPT = {"kept": BLUE, "lost": ORANGE}
_NUMBERS = {"one copy": ORANGE, "the new design": BLUE}
_CAUSES = {
    "repair": ORANGE,
    "by hand": PURPLE,
    "detection": SKY,
    "restart": BLUE,
    "room": YELLOW,
    "maintenance": GREY,
    "migration": GREEN,
}


class Part(Protocol):
    """A part of a design."""

    @property
    def name(self) -> str:
        """What it is."""

    @property
    def availability(self) -> float:
        """The share of the time in which one copy of it works."""

    @property
    def copies(self) -> int:
        """How many there are; one that works is enough."""


class Design(Protocol):
    """Parts that a request has to pass one after the other."""

    @property
    def parts(self) -> Sequence[Part]:
        """The parts, in order."""


class Run(Protocol):
    """What a simulation of failures came to."""

    @property
    def policy(self) -> str:
        """What follows a failure."""

    @property
    def minutes_per_year(self) -> float:
        """How long a service was down in a year, on average, in minutes."""

    def causes(self) -> Sequence[Mapping[str, Any]]:
        """Return a row for each cause, with its ``minutes_per_year``."""


def _inline(rows: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def _shown(minutes: float) -> str:
    if minutes >= 100:
        return f"{minutes:,.0f} min"
    return f"{minutes:.3g} min" if minutes >= 1 else f"{60 * minutes:.3g} s"


def comebacks(table: Table | Unavailable) -> Any:
    """Draw how long it took until what was killed answered again, and with what in memory.

    Args:
        table: of `course.live.experiments.recovery`.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    places = {"host": "", "labvm": ", lab VM", "docker": ", Docker", "podman": ", Podman"}
    kept = {
        (row.technology, row.engine, row.repeat): bool(row.value)
        for row in table
        if row.quantity == "content kept"
    }
    rows = [
        {
            "what": row.technology + places.get(row.engine, "")
            + {"tcg": ", emulated", "kvm": ", KVM"}.get(row.accelerator, ""),
            "seconds": row.value,
            "memory": "kept" if kept.get((row.technology, row.engine, row.repeat)) else "lost",
        }
        for row in table
        if row.quantity == "restore"
    ]  # fmt: skip
    names = list(dict.fromkeys(str(row["what"]) for row in rows))
    seconds = [float(row["seconds"]) for row in rows] or [1.0]
    chart: Any = _inline(rows).mark_point(filled=True, size=90, opacity=0.8)
    return chart.encode(
        x=alt.X(
            "seconds:Q",
            title="until it answers again (s, logarithmic axis)",
            scale=alt.Scale(
                type="log", domain=[min(seconds) / 2, max(seconds) * 2], nice=False
            ),
            axis=alt.Axis(format="~g", tickCount=6),
        ),
        y=alt.Y("what:N", title=None, sort=names, axis=alt.Axis(labelLimit=220, grid=True)),
        color=alt.Color("memory:N", **(named_colours(_KEPT) | {"title": "its memory was"})),
        shape=alt.Shape(
            "memory:N",
            title="its memory was",
            scale=alt.Scale(domain=list(_KEPT), range=["circle", "cross"]),
        ),
        tooltip=["what:N", "memory:N", alt.Tooltip("seconds:Q", format=".3~g")],
    ).properties(
        title="Killed, and back again (measured)",
        description=(
            "Points on a logarithmic axis of seconds until what was killed answers again: "
            + ("; ".join(f"{row['what']} {row['seconds']:.3g} s, memory {row['memory']}"
                         for row in rows) or "none yet")
            + "."
        ),
        width=WIDTH,
        height=ROW * max(2, len(names)),
    )  # fmt: skip


def downtime_by_part(design: Design, *, kind: str = "modelled") -> Any:
    """Draw for how many minutes of a year each part is down, with one copy and with several.

    Args:
        design: parts in series.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows = [
        {
            "part": part.name
            + ("" if copies == 1 or number == "one copy" else f", {copies} times"),
            "name": part.name,
            "design": number,
            "minutes": MINUTES_PER_YEAR * (1 - part.availability) ** copies,
        }
        for part in design.parts
        for number, copies in (("one copy", 1), ("the new design", part.copies))
    ]
    for row in rows:
        row["label"] = _shown(float(str(row["minutes"])))
    minutes = [float(str(row["minutes"])) for row in rows]
    y = alt.Y("name:N", title=None, sort=[part.name for part in design.parts])
    x = alt.X(
        "minutes:Q",
        title="down (minutes a year, logarithmic axis)",
        # Behind the largest there is room for its number.
        scale=alt.Scale(type="log", domain=[min(minutes) / 3, max(minutes) * 6], nice=False),
        axis=alt.Axis(format="~g", tickCount=6),
    )
    base = _inline(rows).encode(x=x, y=y, yOffset=alt.YOffset("design:N", sort=list(_NUMBERS)))
    points = base.mark_point(filled=True, size=80).encode(
        color=alt.Color("design:N", **named_colours(_NUMBERS)),
        shape=alt.Shape(
            "design:N",
            title=None,
            scale=alt.Scale(domain=list(_NUMBERS), range=["cross", "circle"]),
        ),
        tooltip=["name:N", "design:N", alt.Tooltip("minutes:Q", format=",.3~g")],
    )
    text = base.mark_text(align="left", dx=9, color=letter_colour()).encode(text="label:N")
    return (points + text).properties(
        title=f"For how long each part is down ({kind})",
        description=(
            "For each part the minutes of a year in which it is down, on a logarithmic axis: "
            + "; ".join(f"{row['name']}, {row['design']}: {row['label']}" for row in rows)
            + "."
        ),
        width=WIDTH,
        height=1.4 * ROW * len(design.parts),
    )


def short_of_hosts(
    needed: int, availability: float, most_spare: int, *, kind: str = "modelled"
) -> Any:
    """Draw for how many minutes of a year fewer hosts run than are needed, by spare hosts.

    Args:
        needed: how many hosts have to run.
        availability: the share of the time in which each one runs, independently of the others.
        most_spare: up to how many spare hosts.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    down = 1 - availability
    rows: list[dict[str, Any]] = []
    for spare in range(most_spare + 1):
        every = needed + spare
        short = math.fsum(
            math.comb(every, gone) * down**gone * availability ** (every - gone)
            for gone in range(spare + 1, every + 1)
        )
        minutes = MINUTES_PER_YEAR * short
        rows.append({"spare": spare, "minutes": minutes, "label": _shown(minutes)})
    minutes_shown = [row["minutes"] for row in rows]
    base = _inline(rows).encode(
        y=alt.Y("spare:O", title="spare hosts"),
        x=alt.X(
            "minutes:Q",
            title="fewer than needed (minutes a year, logarithmic axis)",
            scale=alt.Scale(
                type="log", domain=[min(minutes_shown) / 3, max(minutes_shown) * 12], nice=False
            ),
            axis=alt.Axis(format="~g", tickCount=6),
        ),
        tooltip=["spare:O", alt.Tooltip("minutes:Q", format=",.3~g")],
    )
    points = base.mark_point(filled=True, size=90, color=BLUE)
    text = base.mark_text(align="left", dx=9, color=letter_colour()).encode(text="label:N")
    return (points + text).properties(
        title=f"{needed} hosts needed, each up {availability:.0%} of the time ({kind})",
        description=(
            f"Minutes of a year in which fewer than {needed} hosts run, by spare hosts: "
            + "; ".join(f"{row['spare']} spare: {row['label']}" for row in rows)
            + "."
        ),
        width=WIDTH,
        height=ROW * len(rows),
    )


def outages_by_policy(runs: Sequence[Run], *, kind: str = "simulated") -> Any:
    """Draw how long a service is down in a year by policy, cut into what it was spent on.

    Args:
        runs: what `course.simulation.fail` returned, by policy.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = [
        {
            "policy": run.policy,
            "cause": str(cause["cause"]),
            "minutes": float(cause["minutes_per_year"]),
            "order": list(_CAUSES).index(str(cause["cause"])),
        }
        for run in runs
        for cause in run.causes()
        if cause["minutes_per_year"]
    ]
    policies = [run.policy for run in runs]
    named = {
        cause: colour
        for cause, colour in _CAUSES.items()
        if any(row["cause"] == cause for row in rows)
    }
    totals: list[dict[str, Any]] = [
        {
            "policy": run.policy,
            "minutes": run.minutes_per_year,
            "label": _shown(run.minutes_per_year),
        }
        for run in runs
        if run.minutes_per_year
    ]
    size = {"width": WIDTH / 2, "height": ROW * max(1, len(runs))}
    spread = [total["minutes"] for total in totals] or [1.0]
    base = _inline(totals).encode(
        x=alt.X(
            "minutes:Q",
            title="down (minutes a year, logarithmic axis)",
            # Behind the longest there is room for its number.
            scale=alt.Scale(type="log", domain=[min(spread) / 3, max(spread) * 30], nice=False),
            axis=alt.Axis(format="~g", tickCount=4),
        ),
        y=alt.Y("policy:N", title=None, sort=policies, scale=alt.Scale(domain=policies)),
        tooltip=["policy:N", alt.Tooltip("minutes:Q", format=",.3~g")],
    )
    points = base.mark_point(filled=True, size=90, color=BLUE)
    text = base.mark_text(align="left", dx=9, color=letter_colour()).encode(text="label:N")
    shares = (
        _inline(rows)
        .mark_bar(height=16)
        .encode(
            x=alt.X(
                "minutes:Q",
                title="spent on (share of those minutes)",
                stack="normalize",
                axis=alt.Axis(format=".0%", tickCount=4),
            ),
            y=alt.Y(
                "policy:N", title=None, sort=policies, scale=alt.Scale(domain=policies),
                axis=alt.Axis(labels=False, ticks=False),
            ),
            color=alt.Color("cause:N", **named_colours(named)),
            order=alt.Order("order:Q"),
            tooltip=["policy:N", "cause:N", alt.Tooltip("minutes:Q", format=",.3~g")],
        )
    )  # fmt: skip
    told = "; ".join(
        f"{total['policy']} {total['label']} ("
        + ", ".join(
            f"{row['cause']} {_shown(row['minutes'])}"
            for row in rows
            if row["policy"] == total["policy"]
        )
        + ")"
        for total in totals
    )
    return alt.hconcat((points + text).properties(**size), shares.properties(**size)).properties(
        title=f"How long a service is down, by policy ({kind})",
        description=(
            "Minutes a year for each service on a logarithmic axis, and beside them what they were "
            f"spent on: {told or 'nothing failed'}."
        ),
    )


def loss_over_time(
    *, every_min: float, writing_min: float, hours: float, kind: str = "modelled"
) -> Any:
    """Draw how much of the past would be lost if a machine crashed just then.

    Args:
        every_min: from the beginning of one snapshot to the beginning of the next, in minutes.
        writing_min: how long it takes until it is of use, in minutes.
        hours: how much time to draw, in hours.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    # Each snapshot is of use from the end of its writing to the end of the next one's.
    rows = [
        {"minute": minute, "lost": minute - began}
        for began in (number * every_min for number in range(-1, math.ceil(60 * hours / every_min)))
        for minute in (
            max(0.0, began + writing_min),
            min(60 * hours, began + writing_min + every_min),
        )
        if began + writing_min + every_min > 0
    ]
    worst, best = every_min + writing_min, writing_min
    chart: Any = _inline(rows).mark_line(color=BLUE, strokeWidth=2.5)
    return chart.encode(
        x=alt.X(
            "minute:Q",
            title="moment of the crash (minutes)",
            scale=alt.Scale(domain=[0, 60 * hours], nice=False),
        ),
        y=alt.Y("lost:Q", title="lost (minutes of work)", scale=alt.Scale(domain=[0, 1.1 * worst])),
        order=alt.Order("minute:Q"),
    ).properties(
        title=f"What would be lost by a crash just then ({kind})",
        description=(
            f"A line with teeth like a saw: after each snapshot that was written {best:g} minutes "
            f"of work would be lost, then more with each minute, up to {worst:g} minutes just "
            "before the next one is written."
        ),
        width=WIDTH,
        height=200,
    )
