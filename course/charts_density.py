"""Charts of density: what one more costs, what ends first, sizes, sharing and its risk.

They keep to the rules of `course.charts`.

- `one_more`: what one more instance takes of memory, technology by technology
- `limits`: how many instances each resource alone has room for
- `ratio_by_size`: how many containers for each machine, by the application's own size
- `sizes`: what tenants asked for beside what they are given
- `busy_together`: what tenants keep busy together, against what each may need
- `risk_by_ratio`: how often a host is overfull, by what was sold of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE_SKY,
    PURPLE,
    SKY,
    letter_colour,
    named_colours,
    use_offline_renderer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

__all__ = ["busy_together", "limits", "one_more", "ratio_by_size", "risk_by_ratio", "sizes"]

WIDTH, ROW = 460, 26  # pixels
_LABEL_WIDTH = 230
#: The ends of what text C claims (C11).
_CLAIMED = (3, 4)


def one_more(
    parts_mib: Mapping[str, Mapping[str, float]], *, kind: str = "published"
) -> alt.LayerChart:
    """Draw what one more instance takes of memory, in parts.

    Args:
        parts_mib: for each technology the MiB of each part, such as `{"application": 9}`; the
            parts of the first one come first.
        kind: of which kind the figures are, for the title.

    Raises:
        ValueError: there are more than four parts.
    """
    import altair as alt

    use_offline_renderer()
    parts = list(dict.fromkeys(part for each in parts_mib.values() for part in each))
    palette = (GREY, ORANGE, BLUE, GREEN)
    if len(parts) > len(palette):
        raise ValueError(f"expected at most {len(palette)} parts, found {', '.join(parts)}")
    rows: list[dict[str, Any]] = [
        {"what": name, "part": part, "mib": each.get(part, 0.0), "order": number}
        for name, each in parts_mib.items()
        for number, part in enumerate(parts)
    ]
    sums = {name: sum(each.values()) for name, each in parts_mib.items()}
    ends = [
        {"what": name, "mib": total, "label": f"{total:,.1f} MiB"} for name, total in sums.items()
    ]
    y = alt.Y("what:N", title=None, sort=list(parts_mib), axis=alt.Axis(labelLimit=_LABEL_WIDTH))
    scale = alt.Scale(domain=[0, 1.25 * max(sums.values(), default=1.0)], nice=False)
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("mib:Q", title="memory of one more (MiB)", scale=scale),
            y=y,
            color=alt.Color(
                "part:N", **named_colours(dict(zip(parts, palette, strict=False)), columns=2)
            ),
            order=alt.Order("order:Q"),
            tooltip=["what:N", "part:N", alt.Tooltip("mib:Q", format=".4~g")],
        )
    )
    text = (
        alt.Chart(alt.InlineData(values=ends))
        .mark_text(align="left", dx=4, color=letter_colour())
        .encode(x=alt.X("mib:Q", scale=scale), y=y, text="label:N")
    )
    chart: alt.LayerChart = (bars + text).properties(
        title=f"What one more instance takes of memory ({kind})",
        description=(
            f"One bar for each technology, in parts ({', '.join(parts)}): "
            + "; ".join(f"{name} {total:,.1f} MiB" for name, total in sums.items())
            + "."
        ),
        width=WIDTH,
        height=ROW * len(parts_mib),
    )
    return chart


def limits(named: Mapping[str, Mapping[str, float]], *, kind: str = "modelled") -> alt.VConcatChart:
    """Draw how many instances each resource alone has room for; the fewest are what fits.

    Args:
        named: for each technology the instances by resource.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    # What shares its layers may have room for thousands; the axis need not show all of them.
    edge = 2.2 * max((min(counts.values()) for counts in named.values()), default=1.0)
    words = {"ends first": ORANGE, "has room for more": SKY}
    panels, told = [], []
    for number, (name, counts) in enumerate(named.items()):
        least = min(counts, key=lambda resource: counts[resource])
        rows: list[dict[str, Any]] = [
            {
                "resource": resource,
                "shown": min(count, edge),
                "count": count,
                "which": "ends first" if resource == least else "has room for more",
                "label": f"{int(count):,}" + (" →" if count > edge else ""),
            }
            for resource, count in counts.items()
        ]
        told.append(f"{name}: {int(counts[least]):,}, ended by {least}")
        last = number == len(named) - 1
        base = alt.Chart(
            alt.InlineData(values=rows), title=alt.TitleParams(name, anchor="start", fontSize=12)
        ).encode(
            y=alt.Y("resource:N", title=None, sort=None, axis=alt.Axis(minExtent=80)),
            x=alt.X(
                "shown:Q",
                title="instances that the resource alone has room for" if last else "instances",
                scale=alt.Scale(domain=[0, 1.2 * edge], nice=False),
                axis=alt.Axis(labels=last, ticks=last, tickCount=5, format=",d"),
            ),
            tooltip=["resource:N", alt.Tooltip("count:Q", format=",.1f")],
        )
        bars = base.mark_bar().encode(color=alt.Color("which:N", **named_colours(words)))
        text = base.mark_text(align="left", dx=4, color=letter_colour()).encode(text="label:N")
        panels.append((bars + text).properties(width=WIDTH, height=ROW * len(counts)))
    chart: alt.VConcatChart = alt.vconcat(*panels).properties(
        title=f"Which resource ends first ({kind})",
        description=(
            "Bars of the instances that cores, memory and disk alone have room for; the shortest "
            f"is what fits. {'; '.join(told)}."
        ),
    )
    return chart


def ratio_by_size(
    overheads_mib: Mapping[str, tuple[float, float]],
    *,
    marked_mib: Mapping[str, float] | None = None,
    kind: str = "modelled",
) -> alt.LayerChart:
    """Draw how many containers take the memory of one machine, by the application's own size.

    The ratio is (application + machine's overhead) / (application + container's overhead): what
    memory alone allows on a host so large that nothing else counts.

    Args:
        overheads_mib: by a name for the pair, what a machine and what a container add, in MiB.
        marked_mib: sizes of applications to be marked, by what they are.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    low, high, count = 2.0, 8192.0, 61
    grid = [low * (high / low) ** (step / (count - 1)) for step in range(count)]
    rows: list[dict[str, Any]] = [
        {"pair": name, "application": mib, "ratio": (mib + machine) / (mib + container)}
        for name, (machine, container) in overheads_mib.items()
        for mib in grid
    ]
    palette = (BLUE, ORANGE, GREEN, PURPLE)
    colours = dict(zip(overheads_mib, palette, strict=False))
    wide = alt.Scale(type="log", domain=[low, high], nice=False)
    tall = alt.Scale(type="log", domain=[1, max(8.0, *(row["ratio"] for row in rows))])
    x = alt.X(
        "application:Q",
        title="memory of the application itself (MiB, logarithmic axis)",
        scale=wide,
        axis=alt.Axis(values=[2, 8, 32, 128, 512, 2048, 8192], format="~g"),
    )
    y = alt.Y(
        "ratio:Q",
        title="containers for each machine (logarithmic axis)",
        scale=tall,
        axis=alt.Axis(values=[1, 2, 3, 4, 6, 10, 20, 40], format="~g"),
    )
    band = [{"low": _CLAIMED[0], "high": _CLAIMED[1], "left": low, "right": high}]
    layers: list[Any] = [
        alt.Chart(alt.InlineData(values=band))
        .mark_rect(color=PALE_SKY, opacity=0.6)
        .encode(
            x=alt.X("left:Q", scale=wide),
            x2="right:Q",
            y=alt.Y("low:Q", scale=tall),
            y2="high:Q",
        ),
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color("pair:N", **named_colours(colours, columns=1)),
            # The same legend twice is one that shows colours and dashes together.
            strokeDash=alt.StrokeDash(
                "pair:N",
                title=None,
                scale=alt.Scale(domain=list(colours)),
                legend=alt.Legend(orient="bottom", columns=1, labelLimit=300),
            ),
            tooltip=[
                "pair:N",
                alt.Tooltip("application:Q", format=".3~g", title="application (MiB)"),
                alt.Tooltip("ratio:Q", format=".3~g"),
            ],
        ),
        alt.Chart(
            alt.InlineData(values=[{"at": high, "ratio": 3.45, "label": "claimed: 3 to 4 (C11)"}])
        )
        .mark_text(align="right", dx=-6, color=letter_colour())
        .encode(x=alt.X("at:Q", scale=wide), y=alt.Y("ratio:Q", scale=tall), text="label:N"),
    ]
    marks = [
        {"what": what, "at": mib} for what, mib in (marked_mib or {}).items() if low <= mib <= high
    ]
    if marks:
        base = alt.Chart(alt.InlineData(values=marks)).encode(x=alt.X("at:Q", scale=wide))
        layers.append(
            base.mark_rule(color=GREY, strokeDash=[4, 4], size=2).encode(tooltip=["what:N"])
        )
        layers.append(
            base.mark_text(align="left", dx=5, baseline="top", color=letter_colour()).encode(
                y=alt.value(4), text="what:N"
            )
        )
    layered: Any = alt.layer(*layers)
    chart: alt.LayerChart = layered.properties(
        title=f"Containers for each machine, by the application's size ({kind})",
        description=(
            "Falling lines on logarithmic axes: the larger the application, the fewer containers "
            "take the memory of one machine, down to one. A band marks the claim, 3 to 4. "
            + "; ".join(
                f"{name}: {(low + machine) / (low + container):.3g} at {low:g} MiB, "
                f"{(high + machine) / (high + container):.3g} at {high:g} MiB"
                for name, (machine, container) in overheads_mib.items()
            )
            + "."
        ),
        width=WIDTH,
        height=280,
    )
    return chart


def sizes(
    asked_gib: Mapping[str, float],
    given_gib: Mapping[str, float],
    *,
    kind: str = "modelled",
) -> alt.LayerChart:
    """Draw what each tenant asked for beside what it is given.

    Args:
        asked_gib: memory by tenant.
        given_gib: memory of the size that each is sold.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = []
    for name, asked in asked_gib.items():
        given = max(asked, given_gib[name])
        rows.append({"tenant": name, "start": 0.0, "end": asked, "part": "asked for"})
        rows.append({"tenant": name, "start": asked, "end": given, "part": "given beyond that"})
    total, more = sum(asked_gib.values()), sum(given_gib.values())
    y = alt.Y("tenant:N", title=None, sort=list(asked_gib))
    labels = [
        {"tenant": name, "end": max(asked, given_gib[name]), "label": f"{given_gib[name]:g}"}
        for name, asked in asked_gib.items()
    ]
    scale = alt.Scale(domain=[0, 1.1 * max(row["end"] for row in rows)], nice=False)
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("start:Q", title="memory (GiB)", scale=scale),
            x2="end:Q",
            y=y,
            color=alt.Color(
                "part:N", **named_colours({"asked for": BLUE, "given beyond that": ORANGE})
            ),
            tooltip=["tenant:N", "part:N", alt.Tooltip("start:Q"), alt.Tooltip("end:Q")],
        )
    )
    text = (
        alt.Chart(alt.InlineData(values=labels))
        .mark_text(align="left", dx=4, color=letter_colour())
        .encode(x=alt.X("end:Q", scale=scale), y=y, text="label:N")
    )
    chart: alt.LayerChart = (bars + text).properties(
        title=f"Asked for, and given ({kind})",
        description=(
            f"One bar for each of {len(asked_gib)} tenants: what it asked for and what its size "
            f"has beyond that. In all {total:.4g} GiB were asked for and {more:.4g} GiB given."
        ),
        width=WIDTH,
        height=ROW * len(asked_gib),
    )
    return chart


def busy_together(
    traces: Mapping[str, Sequence[float]], *, minutes_per_step: float, kind: str = "your tenants"
) -> alt.LayerChart:
    """Draw what tenants keep busy together over a day.

    Args:
        traces: for each tenant its busy cores, step by step.
        minutes_per_step: how long a step is, in minutes.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    totals = [sum(step) for step in zip(*traces.values(), strict=True)]
    rows = [
        {"hour": step * minutes_per_step / 60, "cores": total} for step, total in enumerate(totals)
    ]
    peaks = sum(max(trace) for trace in traces.values())
    lines = [
        {"what": "sum of the tenants' own peaks", "cores": peaks},
        {"what": "peak of their sum", "cores": max(totals)},
    ]
    area = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(color=SKY, line={"color": BLUE}, opacity=0.7, interpolate="step-after")
        .encode(
            x=alt.X(
                "hour:Q",
                title="hour of the day",
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=list(range(0, 25, 3))),
            ),
            y=alt.Y("cores:Q", title="busy cores, all together"),
            tooltip=[alt.Tooltip("hour:Q", format=".2f"), alt.Tooltip("cores:Q", format=".0f")],
        )
    )
    rules = (
        alt.Chart(alt.InlineData(values=lines))
        .mark_rule(color=ORANGE, size=2)
        .encode(
            y="cores:Q",
            strokeDash=alt.StrokeDash("what:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["what:N", alt.Tooltip("cores:Q", format=".0f")],
        )
    )
    chart: alt.LayerChart = (area + rules).properties(
        title=f"What {len(traces)} tenants keep busy together ({kind})",
        description=(
            f"The busy cores of {len(traces)} tenants together over a day, with a line at "
            f"{peaks:.4g} cores, the sum of their own peaks, and one at {max(totals):.4g} cores, "
            "the peak of their sum. The sum never reaches the first of them."
        ),
        width=WIDTH + 60,
        height=240,
    )
    return chart


def risk_by_ratio(
    rows: Sequence[Mapping[str, Any]], *, allowed: float, kind: str = "your tenants"
) -> alt.LayerChart:
    """Draw how often a host is overfull, by how often each of its cores was sold.

    Args:
        rows: of `course.sizing.overcommit_curve`: `ratio`, `risk` and `tenants` each.
        allowed: the risk that is allowed.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    points = [{name: row[name] for name in ("tenants", "ratio", "risk")} for row in rows]
    line = (
        alt.Chart(alt.InlineData(values=points))
        .mark_line(color=BLUE, point=alt.OverlayMarkDef(size=30, filled=True))
        .encode(
            x=alt.X(
                "ratio:Q",
                title="cores sold for each core there",
                scale=alt.Scale(zero=False, nice=False),
            ),
            y=alt.Y("risk:Q", title="share of the day with too little", axis=alt.Axis(format="%")),
            tooltip=[
                "tenants:Q",
                alt.Tooltip("ratio:Q", format=".2f"),
                alt.Tooltip("risk:Q", format=".1%"),
            ],
        )
    )
    rule = (
        alt.Chart(alt.InlineData(values=[{"what": "allowed", "risk": allowed}]))
        .mark_rule(color=ORANGE, size=2)
        .encode(
            y="risk:Q",
            strokeDash=alt.StrokeDash("what:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["what:N", alt.Tooltip("risk:Q", format=".1%")],
        )
    )
    last_quiet = max((row["ratio"] for row in points if row["risk"] == 0), default=0.0)
    chart: alt.LayerChart = (line + rule).properties(
        title=f"Sold more than once: how often too little? ({kind})",
        description=(
            "A line that stays at nothing and then rises steeply: up to "
            f"{last_quiet:.3g} cores sold for each core there is never too little. A line marks "
            f"the risk that is allowed, {allowed:.0%} of the day."
        ),
        width=WIDTH,
        height=240,
    )
    return chart
