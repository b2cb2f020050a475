"""Charts of the catalogue's systems: what lies below a tenant, and where each has its place.

They keep to the rules of `course.charts`.

- `stacks`: what lies between a tenant and the hardware, by place on the map
- `map_of_systems`: the systems of the catalogue by place, first year and status
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.charts import (
    BLUE,
    GREY,
    ORANGE,
    PALE_SKY,
    YELLOW,
    letter_colour,
    named_colours,
    use_offline_renderer,
)
from course.facts.vocabulary import Place, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    import altair as alt

    from course.facts.records import System

__all__ = ["map_of_systems", "stacks"]

# What lies between a tenant and the hardware, from the bottom up; the last ones are each tenant's
# own, as many as _OWN says.
_SHARED_AND_OWN: dict[Place, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    Place.TYPE_1: ("type 1", ("hardware", "hypervisor"), ("guest kernel", "application")),
    Place.TYPE_2: (
        "type 2",
        ("hardware", "host kernel", "hypervisor"),
        ("guest kernel", "application"),
    ),
    Place.MICRO_VM: (
        "micro-VM",
        ("hardware", "hypervisor"),
        ("small monitor", "guest kernel", "application"),
    ),
    Place.SIMULATOR: (
        "simulator",
        ("hardware", "host kernel"),
        ("simulator", "guest kernel", "application"),
    ),
    Place.PARTITION: ("partition", ("hardware", "firmware"), ("guest kernel", "application")),
    Place.APPLICATION_KERNEL: (
        "application kernel",
        ("hardware", "host kernel"),
        ("user-space kernel", "application"),
    ),
    Place.OPERATING_SYSTEM: ("container", ("hardware", "host kernel"), ("application",)),
}
# All light enough for black letters.
_LAYER_COLOURS = {
    "hardware": "#c9c9c9",
    "firmware": "#f6c9a8",
    "hypervisor": "#f6c9a8",
    "simulator": "#f6c9a8",
    "small monitor": "#f6c9a8",
    "host kernel": PALE_SKY,
    "guest kernel": "#a9dfca",
    "user-space kernel": "#a9dfca",
    "application": "#f5ecc0",
}
_COLUMN, _LAYER = 126, 34  # pixels


def stacks(systems: Iterable[System]) -> alt.LayerChart:
    """Draw what lies between two tenants and the hardware, one stack for each place on the map.

    Args:
        systems: systems of the catalogue; their names stand below the stack of their place. Those
            above the single machine, such as orchestrators, have no stack and are left out.
    """
    import altair as alt

    use_offline_renderer()
    names: dict[Place, list[str]] = {}
    for system in systems:
        names.setdefault(system.place, []).append(system.name)
    boxes: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    below: list[dict[str, Any]] = []
    told = []
    drawn = [place for place in _SHARED_AND_OWN if place in names]
    for column, place in enumerate(drawn):
        head, shared, own = _SHARED_AND_OWN[place]
        left = 1.06 * column
        for level, layer in enumerate(shared):
            boxes.append(_box(place, layer, level, left, left + 1))
        for tenant in range(2):
            for level, layer in enumerate(own, len(shared)):
                boxes.append(
                    _box(place, layer, level, left + 0.51 * tenant, left + 0.51 * tenant + 0.49)
                )
        heads.append({"x": left + 0.5, "y": len(shared) + len(own) + 0.25, "text": head})
        below.append({"x": left + 0.5, "y": -0.12, "text": "\n".join(names[place])})
        told.append(
            f"{head}: {', '.join(shared)}, and for each tenant {', '.join(own)} "
            f"({', '.join(names[place])})"
        )
    lines = max((len(names[place]) for place in drawn), default=1)
    levels = max((box["top"] for box in boxes), default=1) + 0.6
    floor = -0.3 - 13 * lines / _LAYER
    x = alt.X(
        "left:Q", axis=None, scale=alt.Scale(domain=[0, max(1.0, 1.06 * len(drawn))], nice=False)
    )
    y = alt.Y("bottom:Q", axis=None, scale=alt.Scale(domain=[floor, levels], nice=False))
    base = alt.Chart(alt.InlineData(values=boxes))
    rectangles = base.mark_rect(stroke="white", strokeWidth=1.5).encode(
        x=x,
        x2="right:Q",
        y=y,
        y2="top:Q",
        color=alt.Color(
            "layer:N",
            scale=alt.Scale(domain=list(_LAYER_COLOURS), range=list(_LAYER_COLOURS.values())),
            legend=None,  # each box says what it is
        ),
        tooltip=["place:N", "layer:N"],
    )
    words = base.mark_text(color="black", fontSize=10, lineBreak="\n").encode(
        x=alt.X("middle:Q"), y=alt.Y("centre:Q"), text="words:N"
    )
    titles = (
        alt.Chart(alt.InlineData(values=heads))
        .mark_text(color=letter_colour(), fontSize=12, fontWeight="bold")
        .encode(x="x:Q", y="y:Q", text="text:N")
    )
    captions = (
        alt.Chart(alt.InlineData(values=below))
        .mark_text(color=letter_colour(), fontSize=10, baseline="top", lineBreak="\n")
        .encode(x="x:Q", y="y:Q", text="text:N")
    )
    chart: alt.LayerChart = (
        (rectangles + words + titles + captions)
        .properties(
            title="What lies between two tenants and the hardware (from the catalogue)",
            description=f"Stacks of layers from the hardware up. {'; '.join(told)}.",
            width=_COLUMN * max(1, len(drawn)),
            height=_LAYER * (levels - floor),
        )
        .configure_view(stroke=None)
    )
    return chart


def _box(place: Place, layer: str, level: int, left: float, right: float) -> dict[str, Any]:
    narrow = right - left < 0.9
    return {
        "place": _SHARED_AND_OWN[place][0],
        "layer": layer,
        "words": layer.replace(" ", "\n") if narrow else layer,
        "left": left,
        "right": right,
        "bottom": level,
        "top": level + 1,
        "middle": (left + right) / 2,
        "centre": level + (0.66 if narrow and " " in layer else 0.5),  # two lines hang from it
    }


_STATUS = {
    Status.ALIVE: ("circle", BLUE),
    Status.DORMANT: ("diamond", YELLOW),
    Status.ENDED: ("cross", ORANGE),
}
_PLACE_NAMES = {place: head for place, (head, _shared, _own) in _SHARED_AND_OWN.items()} | {
    Place.CONTAINER_HOST: "container host",
    Place.ORCHESTRATOR: "orchestrator",
}
_MAP_WIDTH, _LANE, _LETTER = 600, 17, 6.2  # pixels


def map_of_systems(systems: Iterable[System]) -> alt.LayerChart:
    """Draw the systems by their place on the map and the year in which they came up.

    The shape of a mark says whether the system still lives; what ended has a line to its end.

    Args:
        systems: systems of the catalogue.
    """
    import altair as alt

    use_offline_renderer()
    listed = sorted(systems, key=lambda system: (system.first_year, system.name))
    years = [y for system in listed for y in (system.first_year, system.ended_year) if y]
    first, last = min(years, default=2000) - 2, max(years, default=2000) + 1
    span = last - first + 21  # room for the last names
    places = [place for place in _PLACE_NAMES if any(s.place is place for s in listed)]
    rows: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    row = 0
    for place in places:
        lanes: list[float] = []  # where each lane is free again, in years
        for system in (s for s in listed if s.place is place):
            label = system.name
            if system.status is not Status.ALIVE:
                label += f" ({system.status.value}{_in_year(system.ended_year)})"
            end = max(system.first_year, system.ended_year or 0)
            free = end + (18 + _LETTER * len(label)) * span / _MAP_WIDTH
            lane = next(
                (n for n, until in enumerate(lanes) if until <= system.first_year), len(lanes)
            )
            lanes[lane : lane + 1] = [free]
            rows.append(
                {
                    "name": system.name,
                    "label": label,
                    "place": _PLACE_NAMES[place],
                    "year": system.first_year,
                    "end": end,
                    "status": system.status.value,
                    "note": system.status_note,
                    "line": -(row + lane),  # the first one is at the top
                }
            )
        heads.append(
            {
                "place": _PLACE_NAMES[place],
                "line": -(row + (len(lanes) - 1) / 2),
                "under": 0.5 - (row + len(lanes)),
            }
        )
        row += len(lanes)
    x = alt.X(
        "year:Q",
        title="year of the first release or description",
        scale=alt.Scale(domain=[first, first + span], nice=False),
        axis=alt.Axis(format="d", values=list(range(-(-first // 5) * 5, last + 1, 5)), grid=True),
    )
    y = alt.Y("line:Q", axis=None, scale=alt.Scale(domain=[0.5 - row, 0.5], nice=False))
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=x, y=y, tooltip=["name:N", "place:N", "year:Q", "status:N", "note:N"]
    )
    shapes = {status.value: shape for status, (shape, _colour) in _STATUS.items()}
    colours = {status.value: colour for status, (_shape, colour) in _STATUS.items()}
    lives = base.mark_rule(strokeWidth=2).encode(
        x2="end:Q", color=alt.Color("status:N", **named_colours(colours))
    )
    points = base.mark_point(filled=True, size=85, opacity=1).encode(
        color=alt.Color("status:N", **named_colours(colours)),
        shape=alt.Shape("status:N", **named_colours(shapes)),
    )
    text = base.mark_text(align="left", dx=9, fontSize=11, color=letter_colour()).encode(
        x=alt.X("end:Q"), text="label:N"
    )
    lines = (
        alt.Chart(alt.InlineData(values=heads))
        .mark_rule(color=GREY, opacity=0.5)
        .encode(y=alt.Y("under:Q", axis=None))
    )
    titles = (
        alt.Chart(alt.InlineData(values=heads))
        .mark_text(align="right", dx=-8, fontSize=11, fontWeight="bold", color=letter_colour())
        .encode(x=alt.value(0), y=alt.Y("line:Q", axis=None), text="place:N")
    )
    chart: alt.LayerChart = (lines + lives + points + text + titles).properties(
        title="The systems of the texts, and a few beyond them (from the catalogue)",
        description=(
            "Systems by place, year of first release and status. "
            + "; ".join(
                f"{_PLACE_NAMES[place]}: "
                + ", ".join(
                    f"{each['label']} {each['year']}"
                    for each in rows
                    if each["place"] == _PLACE_NAMES[place]
                )
                for place in places
            )
            + "."
        ),
        width=_MAP_WIDTH,
        height=_LANE * max(1, row),
    )
    return chart


def _in_year(year: int | None) -> str:
    return f" {year}" if year else ""
