"""Charts of the toy machine: what a technique costs, and when a hypervisor had to act.

They keep to the rules of `course.charts`.

- `cost_by_technique`: where the cycles of one program go, by technique
- `cost_against_share`: cycles of an instruction against the share of privileged ones
- `exit_trace`: when, and for what, the hypervisor had to act
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from course.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    YELLOW,
    letter_colour,
    named_colours,
    use_offline_renderer,
)
from course.simulation.overhead import COSTS, TECHNIQUES, break_even, cost_by_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from course.simulation.overhead import Costs, Run

__all__ = ["cost_against_share", "cost_by_technique", "exit_trace"]

WIDTH, ROW = 430, 26  # pixels
_LABEL_WIDTH = 230

# What cycles are spent on, with its colour, in the order in which the bars are stacked.
_SPENT_ON = {
    "work": ("carrying instructions out", GREY),
    "dispatch": ("reading and understanding them", SKY),
    "exits": ("traps", ORANGE),
    "hypercalls": ("hypercalls", YELLOW),
    "emulation": ("emulating privileged ones", BLUE),
}
_TECHNIQUE_COLOURS = dict(zip(TECHNIQUES, (GREY, ORANGE, GREEN, BLUE), strict=True))
_TECHNIQUE_DASHES = dict(zip(TECHNIQUES, ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3]), strict=True))


def cost_by_technique(runs: Sequence[Run], *, kind: str = "modelled") -> alt.LayerChart:
    """Draw where the cycles of a program go, one bar for each technique.

    Args:
        runs: the same program, run by different techniques.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = []
    for run in runs:
        start = 0.0
        for what, (name, _colour) in _SPENT_ON.items():
            cycles = getattr(run.cost, what)
            if cycles:
                rows.append(
                    {
                        "technique": run.technique,
                        "what": name,
                        "start": start,
                        "end": start + cycles,
                        "cycles": cycles,
                    }
                )
                start += cycles
    totals = [
        {
            "technique": run.technique,
            "end": run.cycles,
            "label": f"{run.cycles:,.0f} ({run.counts.exits + run.counts.hypercalls:,} exits)",
        }
        for run in runs
    ]
    order = [run.technique for run in runs]
    y = alt.Y("technique:N", title=None, sort=order, axis=alt.Axis(labelLimit=_LABEL_WIDTH))
    longest = max((run.cycles for run in runs), default=1.0) or 1.0
    scale = alt.Scale(domain=[0, 1.45 * longest], nice=False)  # with room for the labels
    shown = {row["what"] for row in rows}
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            y=y,
            x=alt.X(
                "start:Q", title="cycles", scale=scale, axis=alt.Axis(format="~s", tickCount=6)
            ),
            x2="end:Q",
            color=alt.Color(
                "what:N",
                **named_colours({n: c for n, c in _SPENT_ON.values() if n in shown}, columns=3),
            ),
            tooltip=["technique:N", "what:N", alt.Tooltip("cycles:Q", format=",.0f")],
        )
    )
    text = (
        alt.Chart(alt.InlineData(values=totals))
        .mark_text(align="left", dx=4, color=letter_colour())
        .encode(y=y, x=alt.X("end:Q", scale=scale), text="label:N")
    )
    chart: alt.LayerChart = (bars + text).properties(
        title=f"Where the cycles of the same program go ({kind})",
        description=(
            "One bar for each technique, cut by what its cycles are spent on: "
            + "; ".join(
                f"{run.technique}: {run.cycles:,.0f} cycles, {run.counts.exits:,} traps, "
                f"{run.counts.hypercalls:,} hypercalls"
                for run in runs
            )
            + "."
        ),
        width=WIDTH,
        height=ROW * max(1, len(runs)),
    )
    return chart


def cost_against_share(
    costs: Costs = COSTS,
    *,
    batch: float = 1,
    shares: Sequence[float] = (),
    kind: str = "modelled",
) -> alt.LayerChart:
    """Draw what an average instruction costs against the share of privileged ones.

    Both axes are logarithmic. A ring marks each break-even that lies within them.

    Args:
        costs: cycles of each thing.
        batch: how many privileged instructions share a hypercall, on average.
        shares: shares to be marked, such as that of one's own program.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    steps = [10 ** (-4 + 4 * number / 80) for number in range(81)]  # from 0.01 % to 100 %
    rows: list[dict[str, Any]] = [
        {"technique": technique, "share": share, "cycles": cycles}
        for technique in TECHNIQUES
        for share in steps
        # A logarithmic axis has no place for what costs nothing.
        if (cycles := cost_by_share(share, technique, costs, batch=batch)) > 0
    ]
    crossings = []
    for pair in combinations(TECHNIQUES, 2):
        found = break_even(*pair, costs, batch=batch)
        if found.share is not None and found.share >= steps[0]:
            crossings.append(
                {
                    "share": found.share,
                    "cycles": cost_by_share(found.share, pair[0], costs, batch=batch),
                    "label": f"{100 * found.share:.3g} %",
                    "pair": " and ".join(pair),
                    "what": found.reason,
                }
            )
    x = alt.X(
        "share:Q",
        title="privileged instructions, as a share of all that are run (logarithmic axis)",
        scale=alt.Scale(type="log", domain=[steps[0], 1]),
        axis=alt.Axis(format="~%", values=[0.0001, 0.001, 0.01, 0.1, 1]),
    )
    y = alt.Y(
        "cycles:Q",
        title="cycles of an average instruction (log axis)",
        scale=alt.Scale(
            type="log",
            domain=[
                min((row["cycles"] for row in rows), default=1) / 1.5,
                max((row["cycles"] for row in rows), default=1) * 1.5,
            ],
            nice=False,
        ),
        axis=alt.Axis(values=[10**power for power in range(-3, 10)], format="~g"),
    )
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            color=alt.Color("technique:N", **named_colours(_TECHNIQUE_COLOURS)),
            strokeDash=alt.StrokeDash("technique:N", **named_colours(_TECHNIQUE_DASHES)),  # type: ignore[arg-type]
            tooltip=[
                "technique:N",
                alt.Tooltip("share:Q", format=".2%"),
                alt.Tooltip("cycles:Q", format=",.4~g"),
            ],
        )
    )
    points = alt.Chart(alt.InlineData(values=crossings)).encode(x=x, y=y, tooltip=["what:N"])
    layers: list[Any] = [
        lines,
        points.mark_point(size=110, strokeWidth=2, color=letter_colour(), opacity=1),
        points.mark_text(align="left", dx=9, dy=10, color=letter_colour()).encode(text="label:N"),
    ]
    if shares:
        marked = [{"share": share} for share in shares if share >= steps[0]]
        layers.append(
            alt.Chart(alt.InlineData(values=marked))
            .mark_rule(color=letter_colour(), strokeDash=[3, 3])
            .encode(x=x)
        )
    told = "; ".join(f"{each['pair']} at {each['label']}" for each in crossings)
    layered: Any = alt.layer(*layers)
    chart: alt.LayerChart = layered.properties(
        title=f"What an instruction costs, by how many are privileged ({kind})",
        description=(
            "A line for each technique, on logarithmic axes: the cycles of an average instruction "
            "rise with the share of privileged ones under traps and hypercalls, and hardly under "
            f"interpretation. Break-even: {told or 'none'}."
        ),
        width=WIDTH,
        height=260,
    )
    return chart


def exit_trace(run: Run, *, first: int = 40, kind: str = "modelled") -> alt.Chart:
    """Draw when the hypervisor had to act, step by step.

    Args:
        run: what was run.
        first: of how many exits to draw the instruction; the rest is counted in the title.
        kind: of which kind the figures are, for the title.
    """
    import altair as alt

    use_offline_renderer()
    rows: list[dict[str, Any]] = [
        {
            "step": each.step,
            "instruction": each.instruction,
            "kind": each.kind,
            "place": each.place,
            "why": each.why,
        }
        for each in run.exits[:first]
    ]
    steps = max((row["step"] for row in rows), default=run.counts.instructions)
    if len(run.exits) <= first:
        steps = max(1, run.counts.instructions)
    shown = f"the first {first:,} of {len(run.exits):,}" if len(run.exits) > first else "all"
    x = alt.X(
        "step:Q",
        title="step of the program",
        scale=alt.Scale(domain=[0, steps], nice=False),
        axis=alt.Axis(format=",.0f", tickMinStep=1),
    )
    y = alt.Y(
        "instruction:N",
        title=None,
        sort=None,
        axis=alt.Axis(labelLimit=_LABEL_WIDTH, labelFont="monospace", grid=True),
    )
    found = {row["kind"] for row in rows}
    kinds = {k: c for k, c in {"trap": ORANGE, "hypercall": YELLOW}.items() if k in found}
    shapes = {
        k: s for k, s in {"trap": "triangle-down", "hypercall": "circle"}.items() if k in found
    }
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        color=alt.Color("kind:N", **named_colours(kinds)),
        shape=alt.Shape("kind:N", **named_colours(shapes)),
        tooltip=["step:Q", "place:Q", "instruction:N", "kind:N", "why:N"],
    )
    chart: alt.Chart = points.properties(
        title=f"Exits under {run.technique}, {shown} ({kind})",
        description=(
            f"{len(run.exits):,} exits in {run.counts.instructions:,} steps under {run.technique}, "
            f"{shown} drawn as marks along the steps, one row for each instruction: "
            + "; ".join(f"step {row['step']}: {row['instruction']}" for row in rows[:8])
            + ("; and so on." if len(run.exits) > 8 else ".")
        ),
        width=WIDTH,
        height=ROW * max(1, len({row["instruction"] for row in rows})),
    )
    return chart
