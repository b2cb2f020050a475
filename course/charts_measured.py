"""Charts of what was measured: starts, footprints, density, overhead, migrations.

They keep to the rules of `course.charts`. On which kind of processor a figure was measured is told
by label, colour and shape, and figures of unlike processors never share a ratio.

- `start_times`: every start as a dot on a logarithmic axis, with what the texts claim
- `boot_timeline`: where the seconds of a boot go
- `footprint`: disk or memory of one service, run each way
- `density`: memory in use after each further instance
- `overhead`: what work costs, as a multiple of the same work in a process
- `migration`: what each round sent, and how long the machine stood still
- `beside`: claimed, published, modelled and measured on one axis

Given what stands in for a table that could not be measured, each gives that back.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from course.charts import BLUE, GREEN, GREY, ORANGE, PALE_SKY, SKY, use_offline_renderer
from course.live.experiments.comparison import beside as compare
from course.live.experiments.showing import readable
from course.live.experiments.table import Table
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from course.live.experiments.comparison import Comparison
    from course.live.experiments.table import Row

__all__ = [
    "beside",
    "boot_timeline",
    "density",
    "footprint",
    "migration",
    "overhead",
    "start_times",
]

WIDTH, ROW = 430, 30  # pixels
_LABEL_WIDTH = 230
_PROCESSORS = {"native": "native", "kvm": "KVM", "tcg": "emulated"}
_COLOURS = {"native": BLUE, "KVM": GREEN, "emulated": ORANGE}
_SHAPES = {"native": "circle", "KVM": "square", "emulated": "triangle-up"}
_KINDS = ("claimed", "published", "modelled", "measured")
_KIND_COLOURS = dict(zip(_KINDS, (GREY, SKY, GREEN, ORANGE), strict=True))
_KIND_SHAPES = dict(zip(_KINDS, ("square", "diamond", "triangle-up", "circle"), strict=True))
_STAGE_COLOURS = (GREY, SKY, BLUE, ORANGE, GREEN)
#: Of these, more is better; as a cost they are turned over.
_SPEEDS = ("memory bandwidth", "random read", "network")

Drawn = Any  # a chart, or what stands in for one


def start_times(table: Table | Unavailable) -> Drawn:
    """Draw every start as a dot, with medians and with what the texts claim.

    Args:
        table: of `course.live.experiments.startup`.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    rows = [row for row in table if row.quantity == "start"]
    labels = _labels(rows)
    dots = [_dot(row) | {"seconds": row.value} for row in rows]
    medians = [
        {
            "what": label,
            "seconds": statistics.median(d["seconds"] for d in dots if d["what"] == label),
        }
        for label in labels
    ]
    bands = _claimed_bands(table, labels)
    y = alt.Y("what:N", title=None, sort=labels, axis=alt.Axis(labelLimit=_LABEL_WIDTH))
    numbers = [row.value for row in rows] + [band[end] for band in bands for end in ("low", "high")]
    scale, axis = _decades(numbers)
    band = (
        alt.Chart(alt.InlineData(values=bands))
        .mark_bar(opacity=0.55, size=ROW * 0.8, color=PALE_SKY)
        .encode(
            x=alt.X("low:Q", scale=scale, axis=axis, title="start (s)", stack=None),
            x2="high:Q",
            y=y,
            tooltip=[alt.Tooltip("what:N"), alt.Tooltip("claim:N", title="claimed")],
        )
    )
    points = (
        alt.Chart(alt.InlineData(values=dots))
        .mark_point(filled=True, size=45, opacity=0.7)
        .encode(
            x=alt.X("seconds:Q", scale=scale, axis=axis, title="start (s)"),
            y=y,
            color=_by_processor("color", dots),
            shape=_by_processor("shape", dots),
            tooltip=[
                alt.Tooltip("what:N"),
                alt.Tooltip("seconds:Q", format=".4g", title="start (s)"),
                alt.Tooltip("repeat:Q"),
            ],
        )
    )
    ticks = (
        alt.Chart(alt.InlineData(values=medians))
        .mark_tick(color="black", thickness=2, size=ROW * 0.8)
        .encode(
            x=alt.X("seconds:Q", scale=scale, axis=axis),
            y=y,
            tooltip=[alt.Tooltip("seconds:Q", format=".4g", title="median (s)")],
        )
    )
    spoken = ", ".join(f"{one['what']} {readable(one['seconds'])} s" for one in medians)
    return alt.layer(band, points, ticks).properties(
        title=_title("How long a start takes (measured; bands: claimed)", table),
        description=(
            f"Dots for {len(dots)} starts on a logarithmic axis of seconds, a tick at each median: "
            f"{spoken}. Pale bands show what the texts claim."
        ),
        width=WIDTH,
        height=ROW * len(labels),
    )


def boot_timeline(table: Table | Unavailable) -> Drawn:
    """Draw where the seconds of a boot go: each stage from its beginning to its end.

    Stages are medians over the starts, one after the other. Each machine has an axis of its own.

    Args:
        table: of `course.live.experiments.startup`.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    stages = [row for row in table if row.quantity.startswith("stage: ")]
    # One scale of colours for all panels, or they would contradict each other.
    every = list(dict.fromkeys(row.quantity.removeprefix("stage: ") for row in stages))
    panels, spoken = [], []
    for technology in dict.fromkeys(row.technology for row in stages):
        mine = [row for row in stages if row.technology == technology]
        bars, at_s = [], 0.0
        for name in dict.fromkeys(row.quantity for row in mine):
            took_s = statistics.median(row.value for row in mine if row.quantity == name)
            stage = name.removeprefix("stage: ")
            bars.append({"stage": stage, "begin": at_s, "end": at_s + took_s, "seconds": took_s})
            at_s += took_s
        longest = max(bars, key=lambda bar: float(str(bar["seconds"])))
        spoken.append(f"{technology}, longest {longest['stage']}, {readable(at_s)} s in all")
        names = [str(bar["stage"]) for bar in bars]
        panels.append(
            alt.Chart(alt.InlineData(values=bars))
            .mark_bar()
            .encode(
                x=alt.X("begin:Q", title="since the request (s)"),
                x2="end:Q",
                y=alt.Y("stage:N", title=None, sort=names, axis=alt.Axis(minExtent=110)),
                color=alt.Color(
                    "stage:N",
                    legend=None,
                    scale=alt.Scale(domain=every, range=_cycled(_STAGE_COLOURS, len(every))),
                ),
                tooltip=[
                    alt.Tooltip("stage:N"),
                    alt.Tooltip("seconds:Q", format=".3f", title="takes (s)"),
                ],
            )
            .properties(
                title=f"{technology} ({_PROCESSORS[mine[0].accelerator]})",
                width=WIDTH,
                height=24 * len(names),
            )
        )
    return alt.vconcat(*(panels or [_nothing()])).properties(
        title=_title("Where the seconds of a boot go (measured)", table),
        description=(
            "One panel for each virtual machine, with a bar for each stage of its start, one "
            f"after the other: {'; '.join(spoken) or 'nothing was measured'}."
        ),
    )


def footprint(table: Table | Unavailable, quantity: str = "disk") -> Drawn:
    """Draw what a service takes of disk or memory, run each way, on a logarithmic axis.

    Args:
        table: of `course.live.experiments.footprint`.
        quantity: ``disk``, ``memory`` or another of its quantities.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    rows = [row for row in table if row.quantity == quantity and row.value > 0]
    on_disk = quantity.startswith("disk")
    if on_disk:  # a size does not depend on the processor: one figure is enough
        rows = list({row.technology: row for row in reversed(rows)}.values())[::-1]
    labels = [row.technology for row in rows] if on_disk else _labels(rows)
    million = 1e6 if rows and rows[0].unit == "B" else 1
    unit = "MB" if million > 1 else (rows[0].unit if rows else "")
    values = [
        _dot(row)
        | {
            "what": row.technology if on_disk else _label(row),
            "size": row.value / million,
            "label": f"{readable(row.value / million)} {unit}",
        }
        for row in rows
    ]
    sizes = [float(str(value["size"])) for value in values] or [1.0]
    # A bar on a logarithmic axis begins somewhere: at the power of ten below the smallest.
    lowest, highest = 10 ** _floor_log(min(sizes)), max(sizes) * 6
    scale, axis = _decades([lowest, highest])
    base = alt.Chart(alt.InlineData(values=[value | {"from": lowest} for value in values]))
    y = alt.Y("what:N", title=None, sort=labels, axis=alt.Axis(labelLimit=_LABEL_WIDTH))
    bars = base.mark_bar().encode(
        x=alt.X("from:Q", scale=scale, axis=axis, title=f"{quantity} ({unit})", stack=None),
        x2="size:Q",
        y=y,
        color=alt.value(BLUE) if on_disk else _by_processor("color", values),
        tooltip=[alt.Tooltip("what:N"), alt.Tooltip("label:N", title=quantity)],
    )
    text = base.mark_text(align="left", dx=4, color=_ink()).encode(
        x=alt.X("size:Q", scale=scale, axis=axis), y=y, text="label:N"
    )
    spoken = ", ".join(f"{value['what']} {value['label']}" for value in values)
    return alt.layer(bars, text).properties(
        title=_title(f"What one service takes: {quantity} (measured)", table),
        description=f"Bars on a logarithmic axis that begins at {lowest:g} {unit}: {spoken}.",
        width=WIDTH,
        height=ROW * max(1, len(labels)),
    )


def density(table: Table | Unavailable) -> Drawn:
    """Draw how much memory is in use after each further instance.

    Args:
        table: of `course.live.experiments.density`.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    rows = [row for row in table if row.quantity == "memory"]
    labels = _labels(rows)
    values = [_dot(row) | {"memory": row.value} for row in rows]
    colours = _cycled((BLUE, ORANGE, GREEN, SKY, GREY), len(labels))
    legend = alt.Legend(orient="top", columns=2, labelLimit=_LABEL_WIDTH)
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(point=alt.OverlayMarkDef(size=60, filled=True))
        .encode(
            x=alt.X("repeat:Q", title="instances", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("memory:Q", title="memory of all of them (MiB)"),
            color=alt.Color(
                "what:N",
                title=None,
                sort=labels,
                scale=alt.Scale(domain=labels, range=colours),
                legend=legend,
            ),
            # The same legend thrice is one that shows colour, shape and dashes together.
            shape=alt.Shape(
                "what:N", title=None, sort=labels, legend=legend, scale=alt.Scale(domain=labels)
            ),
            strokeDash=alt.StrokeDash(
                "what:N", title=None, sort=labels, legend=legend, scale=alt.Scale(domain=labels)
            ),
            tooltip=[
                alt.Tooltip("what:N"),
                alt.Tooltip("repeat:Q", title="instances"),
                alt.Tooltip("memory:Q", format=".1f", title="memory (MiB)"),
            ],
        )
    )
    last = {str(value["what"]): value for value in values}
    spoken = ", ".join(
        f"{value['repeat']} of {what} take {readable(float(str(value['memory'])))} MiB"
        for what, value in last.items()
    )
    return chart.properties(
        title=_title("Memory after each further instance (measured)", table),
        description=f"A line for each technology that rises with each instance: {spoken}.",
        width=WIDTH,
        height=240,
    )


#: How far at least the axis of `overhead` reaches on both sides of its baseline.
_NARROWEST = 0.25
_TICKS = [factor * 10.0**power for power in range(-4, 5) for factor in (1, 2, 5)]


def overhead(table: Table | Unavailable, baseline: str = "process") -> Drawn:
    """Draw what work costs in each place, as a multiple of the same work in a baseline.

    A cost is compared only with the baseline's on the same kind of processor; what has none there
    is left out. Of speeds, the inverse is drawn, so that more is always worse.

    Args:
        table: of `course.live.experiments.overhead`.
        baseline: the technology that is divided by.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    values = _ratios(table, baseline)
    labels = list(dict.fromkeys(str(value["what"]) for value in values))
    quantities = list(dict.fromkeys(str(value["quantity"]) for value in values))
    y = alt.Y("what:N", title=None, sort=labels, axis=alt.Axis(labelLimit=_LABEL_WIDTH))
    # One axis for all panels, on which the baseline lies well inside.
    ratios = [float(str(value["ratio"])) for value in values]
    scale, axis = _decades([_NARROWEST, 1 / _NARROWEST, *ratios])
    axis.values = [tick for tick in _TICKS if scale.domain[0] <= tick <= scale.domain[1]]
    panels = []
    for quantity in quantities:
        mine = [value for value in values if value["quantity"] == quantity]
        base = alt.Chart(alt.InlineData(values=mine))
        points = base.mark_point(filled=True, size=80).encode(
            x=alt.X("ratio:Q", scale=scale, axis=axis, title=f"{quantity}: times {baseline}"),
            y=y,
            color=_by_processor("color", values),
            shape=_by_processor("shape", values),
            tooltip=[
                alt.Tooltip("what:N"),
                alt.Tooltip("ratio:Q", format=".3g", title=f"times {baseline}"),
            ],
        )
        one = (
            alt.Chart(alt.InlineData(values=[{"one": 1}]))
            .mark_rule(color=GREY, strokeDash=[5, 4])
            .encode(x=alt.X("one:Q", scale=scale))
        )
        panels.append(
            alt.layer(one, points).properties(width=WIDTH, height=20 * max(1, len(labels)))
        )
    spoken = ", ".join(
        f"{value['quantity']} in {value['what']} {readable(float(str(value['ratio'])))} times"
        for value in values
    )
    return alt.vconcat(*(panels or [_nothing()])).properties(
        title=_title(
            f"What work costs, beside the same in the {baseline}, each on one kind of processor "
            "(measured)",
            table,
        ),
        description=(
            f"A panel for each kind of work, with a line at 1, which is the {baseline}: "
            f"{spoken or 'nothing can be compared'}."
        ),
    )


def migration(table: Table | Unavailable) -> Drawn:
    """Draw what each round of a move sent, and how long the machine then stood still.

    Args:
        table: of `course.live.experiments.migration`.
    """
    if isinstance(table, Unavailable):
        return table
    import altair as alt

    use_offline_renderer()
    rates = {row.repeat: row.value for row in table if row.quantity == "dirty rate"}
    completed = {row.repeat: row.value for row in table if row.quantity == "completed"}
    names = {
        repeat: f"{rate:g} MiB/s" + ("" if completed.get(repeat, 1) else ", given up")
        for repeat, rate in rates.items()
    }
    order = list(names.values())
    rounds = [
        {
            "rate": names[row.repeat],
            "round": int(row.quantity.removeprefix("round: ")),
            "sent": row.value,
        }
        for row in table
        if row.quantity.startswith("round: ") and row.repeat in names
    ]
    still = [
        {"rate": names[row.repeat], "milliseconds": row.value, "who": _WHO[row.quantity]}
        for row in table
        if row.quantity in _WHO and row.repeat in names
    ]
    y = alt.Y("rate:N", title="written by the guest", sort=order)
    below = alt.Legend(orient="bottom", columns=8)  # beside the panels the page has no room
    sent = (
        alt.Chart(alt.InlineData(values=rounds))
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("sent:Q", title="sent (MiB)"),
            y=y,
            color=alt.Color(
                "round:O", scale=alt.Scale(scheme="viridis"), title="round", legend=below
            ),
            order=alt.Order("round:Q"),
            tooltip=[
                alt.Tooltip("rate:N"),
                alt.Tooltip("round:O"),
                alt.Tooltip("sent:Q", format=".1f", title="sent (MiB)"),
            ],
        )
        .properties(width=300, height=ROW * max(1, len(order)))
    )
    down = (
        alt.Chart(alt.InlineData(values=still))
        .mark_point(filled=True, size=80)
        .encode(
            x=alt.X("milliseconds:Q", title="stood still (ms)"),
            # A move that was given up has no point, and keeps its row all the same.
            y=alt.Y(
                "rate:N",
                title=None,
                sort=order,
                scale=alt.Scale(domain=order),
                axis=alt.Axis(labels=False),
            ),
            color=alt.Color(
                "who:N",
                title=None,
                scale=alt.Scale(domain=list(_WHO.values()), range=[BLUE, ORANGE]),
                legend=below,
            ),
            shape=alt.Shape(
                "who:N", title=None, scale=alt.Scale(domain=list(_WHO.values())), legend=below
            ),
            tooltip=[
                alt.Tooltip("rate:N"),
                alt.Tooltip("who:N", title="counted"),
                alt.Tooltip("milliseconds:Q", format=".0f"),
            ],
        )
        .properties(width=200, height=ROW * max(1, len(order)))
    )
    spoken = "; ".join(
        f"at {name} {sum(1 for one in rounds if one['rate'] == name)} rounds" for name in order
    )
    return (
        alt.hconcat(sent, down)
        .resolve_scale(color="independent", shape="independent")
        .properties(
            title=_title("Moving a machine that writes to its memory (measured)", table),
            description=(
                "Bars of what was sent, cut into rounds, for each rate of writing, and beside them "
                f"how long the machine stood still: {spoken}."
            ),
        )
    )


def beside(comparison: Comparison | Table | Unavailable) -> Drawn:
    """Draw claimed, published, modelled and measured figures on one logarithmic axis.

    Args:
        comparison: of `course.live.experiments.beside`, or the table that it is made of.
    """
    found = compare(comparison) if isinstance(comparison, Table) else comparison
    if isinstance(found, Unavailable):
        return found
    import altair as alt

    use_offline_renderer()
    panels, spoken = [], []
    # One legend for all panels.
    kinds = [kind for kind in _KINDS if any(row.kind == kind for row in found)]
    for quantity in dict.fromkeys(row.quantity for row in found):
        rows = [row for row in found if row.quantity == quantity]
        panels.append(_side_by_side(quantity, rows, kinds))
        spoken.append(f"{quantity}: {len(rows)} figures")
    return alt.vconcat(*(panels or [_nothing()])).properties(
        title=f"{found.experiment.capitalize()}: claimed, published, modelled, measured",
        description=(
            "Points and ranges on a logarithmic axis, told apart by colour and shape into claimed, "
            f"published, modelled and measured. {'; '.join(spoken)}."
        ),
    )


_WHO = {"downtime": "as QEMU counts", "outage": "seen from outside"}


def _side_by_side(quantity: str, rows: Sequence[Any], kinds: Sequence[str]) -> Any:
    import altair as alt

    unit = "MB" if rows[0].unit == "B" else rows[0].unit
    size = 1e6 if rows[0].unit == "B" else 1.0
    numbers = [n / size for row in rows for n in (row.value, row.low, row.high) if n]
    lowest, highest = min(numbers, default=0.1) / 2, max(numbers, default=1.0) * 2
    scale, axis = _decades([lowest, highest])

    def placed(number: float | None, otherwise: float) -> float:
        # Nothing and less has no place on such an axis: it stands at its edge.
        return otherwise if not number else max(number / size, lowest)

    values = [
        {
            "what": f"{row.subject}, {row.kind}"
            + (f" ({row.source})" if row.kind == "claimed" else ""),
            "kind": row.kind,
            "figure": f"{row.figure} {row.unit}",
            "source": row.source,
            "value": None if row.value is None else placed(row.value, lowest),
            "low": placed(row.low, lowest),
            "high": placed(row.high, highest),
            "ranged": row.value is None or row.low is not None,
        }
        for row in rows
    ]
    order = list(dict.fromkeys(str(value["what"]) for value in values))
    y = alt.Y("what:N", title=None, sort=order, axis=alt.Axis(labelLimit=320, minExtent=230))
    colour = alt.Color(
        "kind:N",
        title=None,
        sort=kinds,
        scale=alt.Scale(domain=kinds, range=[_KIND_COLOURS[kind] for kind in kinds]),
        legend=alt.Legend(orient="top"),
    )
    tooltip = [alt.Tooltip(name) for name in ("what:N", "figure:N", "source:N")]
    x = alt.X("low:Q", scale=scale, axis=axis, title=f"{quantity} ({unit})", stack=None)
    ranges = (
        alt.Chart(alt.InlineData(values=[value for value in values if value["ranged"]]))
        .mark_bar(size=8, opacity=0.6)
        .encode(x=x, x2="high:Q", y=y, color=colour, tooltip=tooltip)
    )
    points = (
        alt.Chart(alt.InlineData(values=[v for v in values if v["value"] is not None]))
        .mark_point(filled=True, size=80)
        .encode(
            x=alt.X("value:Q", scale=scale, axis=axis, title=f"{quantity} ({unit})"),
            y=y,
            color=colour,
            shape=alt.Shape(
                "kind:N",
                title=None,
                sort=kinds,
                scale=alt.Scale(domain=kinds, range=[_KIND_SHAPES[kind] for kind in kinds]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=tooltip,
        )
    )
    layers: Any = alt.layer(ranges, points).properties(width=WIDTH - 60, height=18 * len(order))
    return layers


def _ratios(table: Table, baseline: str) -> list[dict[str, Any]]:
    """Return what each work costs as a multiple of the baseline's on the same processor."""
    values: dict[tuple[str, str, str], list[float]] = {}
    for row in table:
        values.setdefault((row.technology, row.quantity, row.accelerator), []).append(row.value)
    found = []
    for (technology, quantity, accelerator), mine in values.items():
        under = values.get((baseline, quantity, accelerator))
        if technology == baseline or under is None:
            continue
        ratio = statistics.median(mine) / statistics.median(under)
        processor = _PROCESSORS[accelerator]
        found.append(
            {
                "what": f"{technology} ({processor})",
                "processor": processor,
                "quantity": quantity,
                "ratio": 1 / ratio if quantity in _SPEEDS else ratio,
            }
        )
    return sorted(found, key=lambda one: list(table.quantities).index(str(one["quantity"])))


def _claimed_bands(table: Table, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the texts claim of starts, as ranges in seconds for the labels that it is of."""
    comparison = compare(table)
    if isinstance(comparison, Unavailable):
        return []
    measured = [row.value for row in table if row.quantity == "start"]
    longest_s, shortest_s = max([60.0, *measured]), min([1e-3, *measured])
    bands = []
    for label in labels:
        # A snapshot is none of the starts that the texts speak of, nor is a tiny machine.
        subject = "virtual machine" if label.startswith("full VM") else "container"
        if subject == "container" and "container" not in label:
            continue
        claims = [row for row in comparison.select(kind="claimed") if row.subject == subject]
        if claims:
            bands.append(
                {
                    "what": label,
                    # One band from the lowest that a text allows to the highest.
                    "low": min((row.low for row in claims if row.low), default=shortest_s),
                    "high": max(row.high or 2 * longest_s for row in claims),
                    "claim": "; ".join(f"{row.figure} s ({row.source})" for row in claims),
                }
            )
    return bands


def _labels(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(_label(row) for row in rows))


def _label(row: Row) -> str:
    return f"{row.technology} ({_PROCESSORS[row.accelerator]})"


def _dot(row: Row) -> dict[str, Any]:
    return {
        "what": _label(row),
        "processor": _PROCESSORS[row.accelerator],
        "repeat": row.repeat,
    }


def _by_processor(channel: str, values: Sequence[dict[str, Any]]) -> Any:
    """Return the colour or the shape by kind of processor, with one legend for both."""
    import altair as alt

    there = [name for name in _COLOURS if any(value["processor"] == name for value in values)]
    palette = _COLOURS if channel == "color" else _SHAPES
    kind = alt.Color if channel == "color" else alt.Shape
    return kind(
        "processor:N",
        title="processor",
        sort=there,
        scale=alt.Scale(domain=there, range=[palette[name] for name in there]),
        legend=alt.Legend(orient="top"),
    )


def _title(text: str, table: Table) -> Any:
    import altair as alt

    machine = table.rows[0].machine if table.rows else ""
    return alt.TitleParams(text=text, subtitle=machine, subtitleColor="gray")


def _decades(numbers: Sequence[float]) -> tuple[Any, Any]:
    """Return a logarithmic scale that holds these numbers, and an axis with a line a decade."""
    import altair as alt

    above = [number for number in numbers if number > 0] or [1.0]
    lowest, highest = min(above) / 1.2, max(above) * 1.2
    lines = [10.0**power for power in range(_floor_log(lowest) + 1, _floor_log(highest) + 1)]
    return (
        alt.Scale(type="log", domain=[lowest, highest], nice=False),
        alt.Axis(values=lines, format="~g") if len(lines) > 1 else alt.Axis(format="~g"),
    )


def _cycled(colours: Sequence[str], count: int) -> list[str]:
    return [colours[number % len(colours)] for number in range(count)]


def _nothing() -> Any:
    import altair as alt

    said = [{"text": "nothing was measured"}]
    return alt.Chart(alt.InlineData(values=said)).mark_text().encode(text="text:N")


def _floor_log(value: float) -> int:
    return math.floor(math.log10(value))


def _ink() -> Any:
    import altair as alt

    return alt.ExprRef("luminance(background) > 0.5 ? 'black' : 'white'")
