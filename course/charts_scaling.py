"""Charts of services under load: waiting, replicas, and what slow starts lose.

They keep to the rules of `course.charts`. Lines are told apart by colour and by dashes.

- `waiting`: the mean wait at one server as it gets busier, simulated and by formula
- `waiting_tail`: which share waits longer than how long
- `spike`: what arrives, what the ready replicas can serve, and what is lost
- `losses`: what is lost and paid, by start-up time
- `replicas`: what an autoscaler makes of a load
- `rollout`: when each replica of a real service answered
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    YELLOW,
    letter_colour,
    use_offline_renderer,
)
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from course.exercise.scaling_under_load.rollout import Rollout
    from course.simulation import Autoscaling, Queue

__all__ = ["losses", "replicas", "rollout", "spike", "waiting", "waiting_tail"]

WIDTH, HEIGHT, ROW = 460, 210, 30  # pixels
_COLOURS = (GREEN, SKY, ORANGE, PURPLE, BLUE, YELLOW)
_DASHES = ([1, 0], [6, 3], [2, 2], [10, 3, 2, 3], [4, 4], [8, 2])
#: A line of so many points is as smooth as the eye sees.
_POINTS = 240
#: Lost requests at a time that are still drawn: fewer are none.
_LEAST_SHARE = 1e-4


def _lines(names: Sequence[str]) -> dict[str, Any]:
    """Return colour and dashes of some lines, with one legend that shows both."""
    import altair as alt

    legend = alt.Legend(orient="top", columns=min(4, len(names)), labelLimit=300, symbolSize=400)
    domain = list(names)
    return {
        "color": alt.Color(
            "what:N",
            title=None,
            sort=domain,
            scale=alt.Scale(domain=domain, range=list(_COLOURS[: len(domain)])),
            legend=legend,
        ),
        "strokeDash": alt.StrokeDash(
            "what:N",
            title=None,
            sort=domain,
            scale=alt.Scale(domain=domain, range=list(_DASHES[: len(domain)])),
            legend=legend,
        ),
    }


def waiting(queues: Sequence[Queue]) -> alt.LayerChart:
    """Draw the mean wait at one server as it gets busier, beside the formula.

    The wait is given in times of service, so that it holds for any server.

    Args:
        queues: simulated queues with one server each, all arrivals and services by chance.
    """
    import altair as alt

    from course.simulation import mean_wait_s

    use_offline_renderer()
    dots = [
        {
            "use": queue.offered_erlangs / queue.servers,
            "wait": queue.mean_wait_s / queue.mean_service_s,
        }
        for queue in queues
    ]
    highest = max([dot["use"] for dot in dots], default=0.9)
    curve = [
        {"use": use, "wait": mean_wait_s(1, use, 1.0)}
        for use in (highest * number / 100 for number in range(101))
    ]
    x = alt.X(
        "use:Q",
        title="busy, share of the time",
        axis=alt.Axis(format=".0%"),
        scale=alt.Scale(domain=[0, 1]),
    )
    y = alt.Y("wait:Q", title="mean wait (times of service)")
    line = (
        alt.Chart(alt.InlineData(values=curve))
        .mark_line(color=BLUE)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("use:Q", format=".0%")])
    )
    points = (
        alt.Chart(alt.InlineData(values=dots))
        .mark_point(filled=True, size=90, color=ORANGE)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("use:Q", title="busy", format=".1%"),
                alt.Tooltip("wait:Q", title="mean wait (times of service)", format=".3g"),
            ],
        )
    )
    spoken = ", ".join(f"{dot['use']:.0%} busy: {dot['wait']:.2g}" for dot in dots)
    chart: alt.LayerChart = (line + points).properties(
        title="One server: how long one waits (modelled; dots: simulated, line: formula)",
        description=(
            "A line that rises slowly at first and then steeply, and dots on it, of the mean wait "
            f"in times of service as a server gets busier. {spoken}."
        ),
        width=WIDTH,
        height=HEIGHT,
    )
    return chart


def waiting_tail(queues: Mapping[str, Queue]) -> alt.Chart:
    """Draw which share of the customers waits longer than how long.

    Args:
        queues: simulated queues by name.
    """
    import altair as alt

    use_offline_renderer()
    rows = [
        {"what": name, "wait": row["wait_s"], "share": row["share_waiting_longer"]}
        for name, queue in queues.items()
        for row in queue.records()
        if row["share_waiting_longer"] >= _LEAST_SHARE
    ]
    spoken = ", ".join(
        f"{name}: one in a hundred longer than {queue.quantile_wait_s(0.99):.2g} s"
        for name, queue in queues.items()
    )
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line()
        .encode(
            x=alt.X("wait:Q", title="wait (s)"),
            y=alt.Y(
                "share:Q",
                title="share that waits longer",
                scale=alt.Scale(type="log", domain=[_LEAST_SHARE, 1]),
                axis=alt.Axis(format="~%", values=[1, 0.1, 0.01, 0.001, 0.0001]),
            ),
            tooltip=[
                alt.Tooltip("what:N", title="server"),
                alt.Tooltip("wait:Q", title="wait (s)", format=".3g"),
                alt.Tooltip("share:Q", title="share that waits longer", format=".2%"),
            ],
            **_lines(list(queues)),
        )
        .properties(
            title="How long the unlucky wait (modelled)",
            description=(
                "A falling line for each server on a logarithmic axis of shares; the busier, the "
                f"farther it reaches. {spoken}."
            ),
            width=WIDTH,
            height=HEIGHT,
        )
    )
    return chart


def _minutes(run: Autoscaling) -> list[dict[str, float]]:
    """Return a run's rows, few enough for a line, with minutes and lost requests so far."""
    rows, lost = run.records(every=max(1, run.load.steps // _POINTS)), 0.0
    for row in rows:
        lost += row["lost"]
        row["minute"], row["lost_so_far"] = row["time_s"] / 60, lost
    return rows


def spike(runs: Mapping[str, Autoscaling], per_replica_per_s: float) -> alt.VConcatChart:
    """Draw what arrives, what the ready replicas can serve, and what is lost.

    Args:
        runs: simulations of one load, by the start-up time.
        per_replica_per_s: what one replica serves in a second.
    """
    import altair as alt

    use_offline_renderer()
    arrives = "what arrives"
    served: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    for name, run in runs.items():
        for row in _minutes(run):
            minute = round(row["minute"], 3)
            served.append(
                {"what": name, "minute": minute, "per_s": per_replica_per_s * row["ready"]}
            )
            lost.append({"what": name, "minute": minute, "lost": round(row["lost_so_far"], 1)})
    first = next(iter(runs.values()))
    load = [{"minute": row["minute"], "per_s": row["requests_per_s"]} for row in _minutes(first)]
    x = alt.X("minute:Q", title="minute")
    area = (
        alt.Chart(alt.InlineData(values=load))
        .mark_area(color=GREY, opacity=0.45)
        .encode(x=x, y=alt.Y("per_s:Q", title="requests a second"))
    )
    lines = (
        alt.Chart(alt.InlineData(values=served))
        .mark_line(interpolate="step-after")
        .encode(
            x=x,
            y="per_s:Q",
            tooltip=["what:N", alt.Tooltip("minute:Q", format=".1f"), "per_s:Q"],
            **_lines(list(runs)),
        )
    )
    losing = (
        alt.Chart(alt.InlineData(values=lost))
        .mark_line()
        .encode(
            x=x,
            y=alt.Y("lost:Q", title="requests lost so far", axis=alt.Axis(format="~s")),
            tooltip=["what:N", alt.Tooltip("minute:Q", format=".1f"), "lost:Q"],
            **_lines(list(runs)),
        )
    )
    spoken = ", ".join(f"{n}: {run.lost_requests:,.0f} lost" for n, run in runs.items())
    chart: alt.VConcatChart = alt.vconcat(
        (area + lines).properties(width=WIDTH, height=HEIGHT),
        losing.properties(width=WIDTH, height=HEIGHT * 0.6),
    ).properties(
        title={
            "text": "One hour, by the time that a replica takes to start (modelled)",
            "subtitle": f"grey: {arrives}; lines: what the ready replicas can serve",
        },
        description=(
            "Above, a grey area of what arrives, which rises steeply, and a line for each start-up "
            "time of what the ready replicas can serve, the later the slower they start. Below, "
            f"the requests lost so far. {spoken}."
        ),
    )
    return chart


def losses(runs: Mapping[str, Autoscaling]) -> alt.HConcatChart:
    """Draw what is lost and what is paid, by the time that a replica takes to start.

    Args:
        runs: simulations of one load, by the start-up time.
    """
    import altair as alt

    use_offline_renderer()
    rows = [
        {
            "what": name,
            "lost": run.share_lost,
            "lost_label": f"{run.share_lost:.2%}",
            "eur": run.cost_eur,
            "eur_label": f"{run.cost_eur:.2f}",
        }
        for name, run in runs.items()
    ]
    panels = []
    for number, (value, title, form) in enumerate(
        (("lost", "lost, of all requests", ".0%"), ("eur", "cost of the hour (EUR)", ".2f"))
    ):
        top = max(float(str(row[value])) for row in rows)
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            x=alt.X(
                f"{value}:Q",
                title=title,
                axis=alt.Axis(format=form, tickCount=4),
                scale=alt.Scale(domain=[0, 1.35 * top or 1.0], nice=False),
            ),
            y=alt.Y(
                "what:N",
                title="start-up" if number == 0 else None,
                sort=list(runs),
                axis=alt.Axis(labels=number == 0, ticks=number == 0, labelLimit=200),
            ),
        )
        bars = base.mark_bar(color=(ORANGE, BLUE)[number])
        text = base.mark_text(align="left", dx=4, color=letter_colour()).encode(
            text=f"{value}_label:N"
        )
        panels.append((bars + text).properties(width=WIDTH / 2, height=ROW * len(rows)))
    spoken = ", ".join(
        f"start-up {row['what']}: {row['lost_label']} lost, {row['eur_label']} EUR" for row in rows
    )
    chart: alt.HConcatChart = alt.hconcat(*panels).properties(
        title="What a start-up time costs (modelled)",
        description=f"Bars of the share of lost requests, and of what the hour costs. {spoken}.",
    )
    return chart


def replicas(runs: Mapping[str, Autoscaling], per_replica_per_s: float) -> alt.LayerChart:
    """Draw what an autoscaler makes of a load: the ready replicas, beside those that are needed.

    Args:
        runs: simulations of one load, by what differs.
        per_replica_per_s: what one replica serves in a second.
    """
    import altair as alt

    use_offline_renderer()
    rows = [
        {"what": name, "minute": round(row["minute"], 3), "replicas": row["ready"]}
        for name, run in runs.items()
        for row in _minutes(run)
    ]
    first = next(iter(runs.values()))
    needed = [
        {"minute": row["minute"], "replicas": row["requests_per_s"] / per_replica_per_s}
        for row in _minutes(first)
    ]
    x = alt.X("minute:Q", title="minute")
    area = (
        alt.Chart(alt.InlineData(values=needed))
        .mark_area(color=GREY, opacity=0.45)
        .encode(x=x, y=alt.Y("replicas:Q", title="replicas"))
    )
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-after")
        .encode(
            x=x,
            y="replicas:Q",
            tooltip=["what:N", alt.Tooltip("minute:Q", format=".1f"), "replicas:Q"],
            **_lines(list(runs)),
        )
    )
    spoken = ", ".join(
        f"{name}: {run.changes} changes, {run.share_lost:.2%} lost" for name, run in runs.items()
    )
    chart: alt.LayerChart = (area + lines).properties(
        title={
            "text": "What the autoscaler makes of it (modelled)",
            "subtitle": "grey: replicas that would be busy all the time; lines: ready replicas",
        },
        description=(
            "A grey area of the replicas that the load would keep busy, and a stepped line of the "
            f"ready replicas for each setting. {spoken}."
        ),
        width=WIDTH,
        height=HEIGHT,
    )
    return chart


def rollout(found: Rollout | Unavailable) -> alt.LayerChart | Unavailable:
    """Draw when each replica of a real service answered.

    Args:
        found: the rollout, or what stands in for it.
    """
    if isinstance(found, Unavailable):
        return found
    import altair as alt

    use_offline_renderer()
    rows = found.records()
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("ready_s:Q", title="since the first was ordered (s)", scale=alt.Scale(zero=True)),
        y=alt.Y(
            "replicas:Q",
            title="replicas that answer",
            axis=alt.Axis(tickMinStep=1, format="d"),
            scale=alt.Scale(domain=[0, len(rows) + 0.5], nice=False),
        ),
        tooltip=["replicas:Q", alt.Tooltip("ready_s:Q", title="answered (s)", format=".3g")],
    )
    marks = base.mark_line(interpolate="step-after", color=BLUE) + base.mark_point(
        filled=True, size=80, color=ORANGE
    )
    spoken = ", ".join(f"{row['replicas']} after {row['ready_s']:.2g} s" for row in rows)
    chart: alt.LayerChart = marks.properties(
        title={"text": "How quickly a service scales out (measured)", "subtitle": found.engine},
        description=f"A stepped line of the replicas that answer: {spoken}.",
        width=WIDTH,
        height=HEIGHT * 0.8,
    )
    return chart
