"""Charts of images: layers, the cache, what is stored once, what is sent.

They keep to the rules of `course.charts`. What cannot be drawn, because nothing was measured, is
returned as it is: it says so itself.

- `layer_sizes`: what each instruction added, as predicted and as measured
- `builds`: what each instruction of several builds cost
- `month_of_builds`: how long each step of a Dockerfile is built in a month, in two orders
- `shared_layers`: what images hold, and what of it is on the disk once
- `pushes`: what several pushes sent
- `side_by_side`: sizes as claimed, modelled and measured
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course.charts import BLUE, GREEN, GREY, ORANGE, SKY, letter_colour, use_offline_renderer
from course.sizing.images import stored_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.live.building import Build
    from course.live.pushing import Push
    from course.model import Layer
    from course.sizing.images import BuildPlan

__all__ = ["builds", "layer_sizes", "month_of_builds", "pushes", "shared_layers", "side_by_side"]

WIDTH, ROW = 430, 24  # pixels
_LABEL_WIDTH = 290


def _shortened(text: str, longest: int = 46) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def layer_sizes(lines: Sequence[str], layers: Sequence[Layer], predicted: Any = None) -> Any:
    """Draw what each instruction of an image added, beside what was predicted.

    Args:
        lines: the instructions of the Dockerfile.
        layers: what the image's history tells, one for each line; more are left out.
        predicted: bytes by the number of the line, counted from 1; None if nobody did.
    """
    import altair as alt

    if not layers:
        return layers
    use_offline_renderer()
    rows: list[dict[str, Any]] = [
        {"line": f"{number}  {_shortened(line)}", "bytes": layer.size_bytes, "number": number}
        for number, (line, layer) in enumerate(zip(lines, layers, strict=False), 1)
    ]
    # What was typed may be of any kind; what is no number is not drawn.
    given = {str(k): v for k, v in predicted.items()} if isinstance(predicted, Mapping) else {}
    guesses = [
        {"line": row["line"], "bytes": given[str(row["number"])], "what": "predicted (yours)"}
        for row in rows
        if isinstance(given.get(str(row["number"])), int | float)
    ]
    y = alt.Y(
        "line:N",
        title=None,
        sort=None,
        axis=alt.Axis(labelLimit=_LABEL_WIDTH, labelFont="monospace"),
    )
    x = alt.X(
        "bytes:Q",
        title="bytes of files in the layer (symmetric logarithmic axis)",
        scale=alt.Scale(type="symlog", constant=100, domain=[0, 2e7]),
        stack=None,
        axis=alt.Axis(values=[0, 1000, 10_000, 100_000, 1_000_000], format=",d"),
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y, x=x)
    tooltip = [alt.Tooltip("line:N"), alt.Tooltip("bytes:Q", format=",")]
    bars = base.mark_bar(color=BLUE).encode(tooltip=tooltip)
    text = base.mark_text(align="left", dx=8, color=letter_colour()).encode(
        text=alt.Text("bytes:Q", format=",")
    )
    marks = (
        alt.Chart(alt.InlineData(values=guesses))
        .mark_point(shape="diamond", color=ORANGE, filled=True, size=90)
        .encode(
            y=y,
            x=x,
            shape=alt.Shape(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["predicted (yours)"], range=["diamond"]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[*tooltip, alt.Tooltip("what:N")],
        )
    )
    chart: alt.LayerChart = (bars + marks + text if guesses else bars + text).properties(
        title="What each instruction added (measured)",
        description=(
            f"One bar for each of {len(rows)} instructions, with the bytes of files in its layer: "
            + "; ".join(f"{row['line']}: {row['bytes']:,}" for row in rows)
            + ". Diamonds mark what was predicted."
        ),
        width=WIDTH,
        height=ROW * len(rows),
    )
    return chart


def builds(named: Mapping[str, Build]) -> Any:
    """Draw what each instruction cost in several builds of one Dockerfile.

    Args:
        named: the builds by what they are called, in order.
    """
    import altair as alt

    if not all(named.values()):
        return next(build for build in named.values() if not build)
    use_offline_renderer()
    rows: list[dict[str, Any]] = [
        {
            "build": name,
            "line": f"{step.number}  {_shortened(step.instruction)}",
            "seconds": step.seconds,
            "what": "from the cache" if step.cached or step.number == 1 else "built",
        }
        for name, build in named.items()
        for step in build.steps
    ]
    longest = max(row["seconds"] for row in rows)
    height = ROW * max(len(build.steps) for build in named.values())
    panels = []
    for number, name in enumerate(named):
        base = alt.Chart(
            alt.InlineData(values=[row for row in rows if row["build"] == name]),
            title=f"{name}: {named[name].seconds:.1f} s",
        ).encode(
            y=alt.Y(
                "line:N",
                title=None,
                sort=None,
                axis=alt.Axis(
                    labels=number == 0,
                    ticks=number == 0,
                    labelLimit=260,
                    labelFont="monospace",
                    labelFontSize=9,
                ),
            ),
            x=alt.X(
                "seconds:Q",
                title="time (s)",
                scale=alt.Scale(domain=[0, 1.25 * longest]),
                axis=alt.Axis(tickCount=3),
            ),
            tooltip=["line:N", "what:N", alt.Tooltip("seconds:Q", format=".2f")],
        )
        bars = base.mark_bar().encode(
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["built", "from the cache"], range=[BLUE, GREY]),
                legend=alt.Legend(orient="bottom"),
            )
        )
        text = base.mark_text(align="left", dx=3, fontSize=9, color=letter_colour()).encode(
            text="what:N"
        )
        panels.append((bars + text).properties(width=120, height=height))
    chart: alt.HConcatChart = alt.hconcat(*panels).properties(
        title="What was built, and what came from the cache (measured)",
        description="; ".join(
            f"{name}: {build.seconds:.1f} seconds, lines {build.rebuilt or 'none'} built"
            for name, build in named.items()
        )
        + ". One bar for each instruction of each build, with the time that it took.",
    )
    return chart


def month_of_builds(
    plan: BuildPlan, order: Sequence[str], before: Sequence[str], *, kind: str = "modelled"
) -> Any:
    """Draw how long each step is built in a month, in two orders of a Dockerfile.

    Args:
        plan: the steps and the edits.
        order: the order that is looked at.
        before: the order that it is compared with.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    panels, greatest = [], 0.0
    orders = {"as it was found": before, "your order": order}
    for minutes in (plan.seconds_per_month(letters) for letters in orders.values()):
        greatest = max(greatest, *(seconds / 60 for seconds in minutes.values()))
    for name, letters in orders.items():
        seconds = plan.seconds_per_month(letters)
        rows = [
            {"line": f"{letter}  {_shortened(plan.steps[letter].text, 30)}", "minutes": value / 60}
            for letter, value in seconds.items()
        ]
        base = alt.Chart(
            alt.InlineData(values=rows),
            title=f"{name}: {plan.minutes_per_month(letters):,.0f} min",
        ).encode(
            y=alt.Y(
                "line:N",
                title=None,
                sort=None,
                axis=alt.Axis(labelLimit=185, labelFont="monospace", labelFontSize=9),
            ),
            x=alt.X(
                "minutes:Q",
                title="minutes a month",
                scale=alt.Scale(domain=[0, 1.2 * greatest]),
                axis=alt.Axis(tickCount=4),
            ),
            tooltip=["line:N", alt.Tooltip("minutes:Q", format=".1f")],
        )
        colour = GREY if name == "as it was found" else GREEN
        text = base.mark_text(align="left", dx=3, color=letter_colour()).encode(
            text=alt.Text("minutes:Q", format=".0f")
        )
        panels.append(
            (base.mark_bar(color=colour) + text).properties(width=140, height=ROW * len(rows))
        )
    chart: alt.HConcatChart = alt.hconcat(*panels).properties(
        title=f"A month of builds, step by step ({kind})",
        description=(
            f"Minutes a month that each step is built. As it was found, {' '.join(before)}: "
            f"{plan.minutes_per_month(before):.0f} minutes; in the order {' '.join(order)}: "
            f"{plan.minutes_per_month(order):.0f} minutes."
        ),
    )
    return chart


def shared_layers(images: Mapping[str, Mapping[str, int]]) -> Any:
    """Draw what images hold, layer by layer, and what of it is on the disk once.

    Args:
        images: for each image its layers, the size in bytes by the digest, the lowest first.
    """
    import altair as alt

    if not images:
        return images
    use_offline_renderer()
    users = Counter(digest for layers in images.values() for digest in layers)
    together: dict[str, int] = {}
    for layers in images.values():
        together |= layers
    rows: list[dict[str, Any]] = []
    for name, layers in {**images, "on the disk": together}.items():
        start = 0.0
        for digest, size in layers.items():
            end = start + size / 1e6
            what = "in several images" if users[digest] > 1 else "in one image"
            rows.append(
                {"image": name, "layer": digest[7:19], "start": start, "end": end, "what": what}
            )
            start = end
    summed = sum(sum(layers.values()) for layers in images.values())
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("start:Q", title="bytes of files (MB)"),
            x2="end:Q",
            y=alt.Y("image:N", title=None, sort=None, axis=alt.Axis(labelLimit=_LABEL_WIDTH)),
            color=alt.Color(
                "what:N",
                title="layer",
                scale=alt.Scale(domain=["in several images", "in one image"], range=[SKY, ORANGE]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["image:N", "layer:N", "what:N", alt.Tooltip("end:Q", format=".3f")],
        )
        .properties(
            title="Layers of several images, and what the disk holds (measured)",
            description=(
                f"One bar for each of {len(images)} images, cut into its layers, and one for the "
                f"disk. Together the images seem to take {summed / 1e6:.2f} MB; the disk holds "
                f"{stored_bytes(images.values()) / 1e6:.2f} MB, each shared layer once."
            ),
            width=WIDTH,
            height=ROW * (len(images) + 1),
        )
    )
    return chart


def pushes(named: Mapping[str, Push], predicted: Mapping[str, Any] | None = None) -> Any:
    """Draw what several pushes sent.

    Args:
        named: the pushes by what they are called, in order.
        predicted: how many bytes were predicted, by the same names.
    """
    import altair as alt

    if not all(named.values()):
        return next(push for push in named.values() if not push)
    use_offline_renderer()
    kinds = {
        "predicted (yours)": ORANGE,
        "files sent (measured)": BLUE,
        "on the wire (measured)": SKY,
    }
    rows: list[dict[str, Any]] = []
    for name, push in named.items():
        values = (
            (predicted or {}).get(name),
            push.sent_bytes,
            push.wire_bytes,
        )
        rows += [
            {"push": name, "what": what, "kilobytes": value / 1000}
            for what, value in zip(kinds, values, strict=True)
            if isinstance(value, int | float)
        ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("push:N", title=None, sort=list(named)),
        yOffset=alt.YOffset("what:N", sort=list(kinds)),
        x=alt.X("kilobytes:Q", title="kilobytes (1000 bytes)"),
        tooltip=["push:N", "what:N", alt.Tooltip("kilobytes:Q", format=",.1f")],
    )
    bars = base.mark_bar().encode(
        color=alt.Color(
            "what:N",
            title=None,
            scale=alt.Scale(domain=list(kinds), range=list(kinds.values())),
            legend=alt.Legend(orient="bottom"),
        )
    )
    text = base.mark_text(align="left", dx=3, color=letter_colour()).encode(
        text=alt.Text("kilobytes:Q", format=",.1f")
    )
    chart: alt.LayerChart = (bars + text).properties(
        title="What the pushes moved (measured)",
        description="; ".join(
            f"{name}: {push.sent_bytes:,} bytes of files in {len(push.sent)} layers sent, "
            f"{len(push.kept)} layers kept"
            for name, push in named.items()
        )
        + ". Bars compare what was predicted, what was sent and what the wire carried.",
        width=WIDTH,
        height=20 * len(kinds) * len(named),
    )
    return chart


def side_by_side(sizes_mb: Mapping[str, tuple[str, Any]], *, title: str) -> Any:
    """Draw sizes of several kinds on one logarithmic axis.

    Args:
        sizes_mb: for each thing of which kind its size is (claimed, modelled or measured), and the
            size in MB; what is no number is left out.
        title: what is compared.
    """
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = [
        {"what": what, "kind": kind, "mb": float(size), "label": f"{float(size):,.4g} MB"}
        for what, (kind, size) in sizes_mb.items()
        if isinstance(size, int | float) and size > 0
    ]
    kinds = ["claimed", "modelled", "measured"]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=_LABEL_WIDTH, grid=True)),
        x=alt.X("mb:Q", title="MB (logarithmic axis)", scale=alt.Scale(type="log")),
        tooltip=["what:N", "kind:N", "label:N"],
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[GREY, ORANGE, BLUE]),
            legend=alt.Legend(orient="bottom"),
        ),
        shape=alt.Shape(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=["square", "diamond", "circle"]),
        ),
    )
    text = base.mark_text(align="left", dx=9, color=letter_colour()).encode(text="label:N")
    chart: alt.LayerChart = (points + text).properties(
        title=f"{title} (claimed, modelled, measured)",
        description=f"{title}, on a logarithmic axis: "
        + "; ".join(f"{row['what']}, {row['kind']}: {row['label']}" for row in rows)
        + ".",
        width=WIDTH,
        height=ROW * max(1, len(rows)),
    )
    return chart
