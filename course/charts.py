"""Altair charts: data in, chart out.

Every chart has a title that says what it shows and of which kind its figures are, axes with units,
and a description that a screen reader speaks. The colours are those of Okabe and Ito or of viridis,
which every kind of colour vision tells apart.

- `use_by_hour`: a room's servers, hour by hour
- `busy_cores_by_hour`: the room's busy cores added up, hour by hour
- `packing_map`: which tenants share a host, and how full it is
- `before_and_after`: a room and the hosts that replace it
- `measured_utilisation`: how busy this machine was
- `letter_colour`, `named_colours`: what charts are made with elsewhere
- `use_offline_renderer`: draw every Altair chart of a notebook without a network
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from course.live.machine import Utilisation
    from course.model import Server
    from course.sizing.consolidation import Consolidation

__all__ = [
    "VEGA_LITE_MIME_TYPE",
    "before_and_after",
    "busy_cores_by_hour",
    "letter_colour",
    "measured_utilisation",
    "named_colours",
    "packing_map",
    "use_by_hour",
    "use_offline_renderer",
]

# Okabe and Ito's colours, "Color Universal Design" (2008).
BLUE, SKY, ORANGE, GREEN = "#0072b2", "#56b4e9", "#d55e00", "#009e73"
PURPLE, YELLOW = "#cc79a7", "#e69f00"
GREY = "#9a9a9a"
PALE_SKY = "#b3dcf4"  # beside SKY, both light enough for black letters

PANEL_WIDTH = 290  # pixels

#: JupyterLab draws this type by itself, without a network. Its Vega-Lite is of the fifth version;
#: the charts here use nothing that the sixth has added.
VEGA_LITE_MIME_TYPE = "application/vnd.vegalite.v5+json"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"  # a name, nothing is fetched from it
# As SVG the marks carry their descriptions. The menu is left out: its links lead to the internet.
_EMBED_OPTIONS = MappingProxyType({"renderer": "svg", "actions": False})
_RENDERER = "course"


def _render(specification: dict[str, Any], **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    data = {
        VEGA_LITE_MIME_TYPE: specification | {"$schema": _SCHEMA},
        "text/plain": specification.get("description", "A chart."),
    }
    return data, {VEGA_LITE_MIME_TYPE: {"embed_options": dict(_EMBED_OPTIONS)}}


def letter_colour(background: str = "luminance(background) > 0.5 ? 'black' : 'white'") -> Any:
    """Return a colour of letters that is read on a light and on a dark page.

    Args:
        background: the expression that chooses it.
    """
    import altair as alt

    return alt.ExprRef(background)


def named_colours(named: Mapping[str, str], *, columns: int = 0) -> dict[str, Any]:
    """Return the scale and the legend of things that have colours of their own."""
    import altair as alt

    return {
        "title": None,
        "scale": alt.Scale(domain=list(named), range=list(named.values())),
        "legend": alt.Legend(orient="bottom", columns=columns or len(named), labelLimit=300),
    }


def use_offline_renderer() -> None:
    """Let JupyterLab draw Altair charts by its own means.

    Altair's default renderer loads its code from the internet, which Binder and examination rooms
    may not have. Every chart of this module calls this; a renderer that was chosen since stays.
    """
    import altair

    if _RENDERER not in altair.renderers.names():
        altair.renderers.register(_RENDERER, _render)
        altair.renderers.enable(_RENDERER)


def use_by_hour(servers: Sequence[Server], *, kind: str = "your inventory") -> alt.Chart:
    """Draw how busy each server is in each hour of a usual day, as a heat map.

    Args:
        servers: the servers, drawn from top to bottom.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = [
        {"server": server.name, "hour": hour, "use": busy / server.cores}
        for server in servers
        for hour, busy in enumerate(server.busy_cores_by_hour)
    ]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect()
        .encode(
            x=alt.X("hour:O", title="hour of the day", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("server:N", title=None, sort=[server.name for server in servers]),
            color=alt.Color(
                "use:Q",
                title="busy cores",
                scale=alt.Scale(scheme="viridis", domain=[0, max(row["use"] for row in rows)]),
                legend=alt.Legend(format=".0%"),
            ),
            tooltip=[
                alt.Tooltip("server:N"),
                alt.Tooltip("hour:O"),
                alt.Tooltip("use:Q", title="busy", format=".0%"),
            ],
        )
        .properties(
            title=f"How busy each server is, hour by hour ({kind})",
            description=(
                f"Heat map of {len(servers)} servers over 24 hours. "
                "Colour shows the share of a server's own cores that is busy; most of it is dark, "
                "which means little use, with a few bright hours at different times."
            ),
            width={"step": 22},
            height={"step": 17},
        )
    )
    return chart


def busy_cores_by_hour(
    servers: Sequence[Server], *, kind: str = "your inventory"
) -> alt.LayerChart:
    """Draw the busy cores of all servers together, hour by hour.

    A line marks what the servers' own peaks add up to, another one how many cores there are.

    Args:
        servers: the servers of the room.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows = [
        {"hour": hour, "cores": sum(busy)}
        for hour, busy in enumerate(zip(*(s.busy_cores_by_hour for s in servers), strict=True))
    ]
    sum_of_peaks = sum(server.peak_cores for server in servers)
    installed = sum(server.cores for server in servers)
    lines: list[dict[str, Any]] = [
        {"what": "sum of the servers' own peaks", "cores": sum_of_peaks},
        {"what": "cores installed", "cores": installed},
    ]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("hour:O", title="hour of the day", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("cores:Q", title="busy cores, all servers together"),
            tooltip=[alt.Tooltip("hour:O"), alt.Tooltip("cores:Q", format=".0f")],
        )
    )
    marks = alt.Chart(alt.InlineData(values=lines)).encode(
        y="cores:Q",
        strokeDash=alt.StrokeDash("what:N", title=None, legend=alt.Legend(orient="top")),
        tooltip=[alt.Tooltip("what:N", title="line"), alt.Tooltip("cores:Q", format=".0f")],
    )
    chart: alt.LayerChart = (bars + marks.mark_rule(color=ORANGE, size=2)).properties(
        title=f"Busy cores of the whole room, hour by hour ({kind})",
        description=(
            "Bars of the busy cores of all servers together for each hour of the day, "
            f"with a line at {sum_of_peaks:.0f} cores, the sum of the servers' own peaks, and one "
            f"at {installed} cores, all that are installed. No bar reaches either line."
        ),
        width=520,
        height=240,
    )
    return chart


def packing_map(
    hosts: Sequence[Sequence[str]],
    sizes: Mapping[str, Sequence[float]],
    capacity: Sequence[float],
    *,
    resources: Sequence[str],
    whole: Sequence[float] | None = None,
    title: str,
) -> alt.HConcatChart:
    """Draw which tenants share a host, and how full each host is.

    Args:
        hosts: for each host the names of its tenants.
        sizes: for each tenant what it asks for, one number for each resource.
        capacity: what a host has for its tenants, one number for each resource.
        resources: what the numbers are, with units.
        whole: what a host has altogether, if more than its tenants may have.
        title: what is packed, and of which kind the figures are.

    Raises:
        ValueError: the numbers of a tenant, the capacity and the resources differ in length.
    """
    import altair as alt

    use_offline_renderer()
    for name, size in sizes.items():
        if not len(size) == len(capacity) == len(resources):
            raise ValueError(
                f"expected {len(resources)} numbers ({', '.join(resources)}) for each tenant and "
                f"for the capacity, found {len(size)} for {name!r} and {len(capacity)}"
            )
    panels = [
        _packing_panel(
            hosts,
            {name: size[number] for name, size in sizes.items()},
            capacity[number],
            resource,
            None if whole is None else whole[number],
            first=number == 0,
        )
        for number, resource in enumerate(resources)
    ]
    chart: alt.HConcatChart = alt.hconcat(*panels).properties(
        title=title,
        description=(
            f"{len(sizes)} tenants on {len(hosts)} hosts. One bar for each host, cut into its "
            f"tenants, with a line at what a host has for them: {', '.join(resources)}."
        ),
    )
    return chart


def _packing_panel(
    hosts: Sequence[Sequence[str]],
    sizes: Mapping[str, float],
    capacity: float,
    resource: str,
    whole: float | None,
    *,
    first: bool,
) -> alt.LayerChart:
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = []
    ends = [capacity, whole or 0.0]
    for number, tenants in enumerate(hosts, 1):
        start = 0.0
        for position, tenant in enumerate(tenants):
            end = start + sizes.get(tenant, 0.0)
            rows.append(
                {
                    "host": f"host {number}",
                    "tenant": tenant,
                    "start": start,
                    "end": end,
                    "size": end - start,
                    "middle": (start + end) / 2,
                    "shade": position % 2,
                }
            )
            start = end
        ends.append(start)
    scale = alt.Scale(domain=[0, max(ends) * 1.02], nice=False)
    names = [f"host {number}" for number in range(1, len(hosts) + 1)]
    # A name is written where it has room: a letter takes some five pixels.
    pixels = PANEL_WIDTH / max(ends)
    wide = [
        row | {"label": row["tenant"]}
        for row in rows
        if row["size"] * pixels > 5 * len(row["tenant"]) + 6
    ]
    y = alt.Y("host:N", title=None, sort=names, axis=alt.Axis(labels=first, ticks=first))
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("start:Q", title=resource, scale=scale),
            x2="end:Q",
            y=y,
            color=alt.Color(
                "shade:O", scale=alt.Scale(domain=[0, 1], range=[SKY, PALE_SKY]), legend=None
            ),
            tooltip=[
                alt.Tooltip("host:N"),
                alt.Tooltip("tenant:N"),
                alt.Tooltip("size:Q", title=resource, format=".1f"),
            ],
        )
    )
    labels = (
        alt.Chart(alt.InlineData(values=wide))
        .mark_text(fontSize=9, color="black")
        .encode(x=alt.X("middle:Q", scale=scale), y=y, text="label:N")
    )
    limits: list[dict[str, Any]] = [{"at": capacity, "what": "for tenants"}]
    if whole is not None:
        limits.append({"at": whole, "what": "the whole host"})
    rules = (
        alt.Chart(alt.InlineData(values=limits))
        .mark_rule(color=ORANGE, size=2)
        .encode(
            x=alt.X("at:Q", scale=scale),
            strokeDash=alt.StrokeDash(
                "what:N",
                title=None,
                scale=alt.Scale(
                    domain=[limit["what"] for limit in limits],
                    range=[[1, 0], [5, 4]][: len(limits)],
                ),
                legend=alt.Legend(orient="bottom"),
            ),
        )
    )
    panel: alt.LayerChart = (bars + labels + rules).properties(
        width=PANEL_WIDTH, height=max(60, 24 * len(hosts))
    )
    return panel


def before_and_after(plan: Consolidation, *, kind: str = "modelled") -> alt.HConcatChart:
    """Draw a room of dedicated servers beside the hosts that replace it.

    Args:
        plan: what `consolidate` returned.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    quantities = (
        ("machines", len(plan.servers), plan.hosts, ".0f"),
        ("power drawn (kW)", plan.power_before_w / 1000, plan.power_after_w / 1000, ".2f"),
        ("busy cores (share of all)", plan.use_before, plan.use_after, ".0%"),
    )
    panels = []
    for number, (name, before, after, form) in enumerate(quantities):
        rows = [{"when": "before", "value": before}, {"when": "after", "value": after}]
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            y=alt.Y(
                "when:N",
                title=None,
                sort=["before", "after"],
                axis=alt.Axis(labels=number == 0, ticks=number == 0),
            ),
            x=alt.X(
                "value:Q",
                title=name,
                axis=alt.Axis(format=form, tickCount=4),
                scale=alt.Scale(domain=[0, 1.2 * max(before, after)]),  # room for the labels
            ),
        )
        bars = base.mark_bar().encode(
            color=alt.Color(
                "when:N",
                scale=alt.Scale(domain=["before", "after"], range=[GREY, GREEN]),
                legend=None,
            )
        )
        text = base.mark_text(align="left", dx=3, color=letter_colour()).encode(
            text=alt.Text("value:Q", format=form)
        )
        panels.append((bars + text).properties(width=150, height=56))
    chart: alt.HConcatChart = alt.hconcat(*panels).properties(
        title=f"Before and after ({kind})",
        description=(
            f"{len(plan.servers)} servers become {plan.hosts} hosts. Power falls from "
            f"{plan.power_before_w / 1000:.2f} to {plan.power_after_w / 1000:.2f} kW, and the "
            f"share of busy cores rises from {plan.use_before:.0%} to {plan.use_after:.0%}."
        ),
    )
    return chart


def measured_utilisation(measured: Utilisation) -> alt.Chart:
    """Draw how busy this machine was.

    Args:
        measured: what `course.live.machine.utilisation` returned.
    """
    import altair as alt

    use_offline_renderer()
    # A sample covers the time up to it, so the first one begins at 0.
    shown = (measured.samples[0], *measured.samples)
    rows = [{"time": number * measured.interval_s, "use": use} for number, use in enumerate(shown)]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(line={"color": BLUE}, color=SKY, opacity=0.5, interpolate="step-before")
        .encode(
            x=alt.X("time:Q", title="time (s)", axis=alt.Axis(tickCount=5)),
            y=alt.Y(
                "use:Q",
                title="busy cores (share of all)",
                axis=alt.Axis(format=".0%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
        )
        .properties(
            title=f"This machine's {measured.cores} cores (measured just now)",
            description=(
                f"Share of this machine's {measured.cores} cores that was busy over "
                f"{rows[-1]['time']:.1f} seconds; {measured.average:.0%} on average."
            ),
            width=520,
            height=140,
        )
    )
    return chart
