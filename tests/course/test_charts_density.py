"""Charts of density, tested by their specification and their data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course import charts, charts_density
from course.exercise import problem

TASK = problem("06", "ada")
PARTS = {
    "container": {"application": 9.0, "monitor or helper": 4.0},
    "machine": {"application": 9.0, "monitor or helper": 131.0, "guest": 63.0},
}
LIMITS = {
    "machine": {"cores": 512.5, "memory": 320.25, "disk": 400.0},
    "container": {"cores": 700.9, "memory": 900.0, "disk": 120_000.0},
}
OVERHEADS = {"yours": (190.0, 8.0), "published": (194.0, 3.9)}
TRACES = {tenant.name: tenant.busy_cores for tenant in TASK.sharing.first}
CURVE = [
    {"tenants": n, "ratio": n / 4, "risk": max(0, n - 8) / 20, "worst_excess": 0}
    for n in range(1, 15)
]

CHARTS = {
    "one_more": lambda: charts_density.one_more(PARTS),
    "limits": lambda: charts_density.limits(LIMITS),
    "ratio_by_size": lambda: charts_density.ratio_by_size(
        OVERHEADS, marked_mib={"yours": 80.0, "beyond the axis": 1e9}
    ),
    "sizes": lambda: charts_density.sizes({"mail": 3.1, "wiki": 6.0}, {"mail": 4, "wiki": 16}),
    "busy_together": lambda: charts_density.busy_together(TRACES, minutes_per_step=10),
    "risk_by_ratio": lambda: charts_density.risk_by_ratio(CURVE, allowed=0.02),
}


def specification(name: str) -> dict[str, Any]:
    """Return what a notebook would store of a chart."""
    data, _metadata = CHARTS[name]()._repr_mimebundle_()
    return data[charts.VEGA_LITE_MIME_TYPE]


def all_data(chart: Any) -> list[dict[str, Any]]:
    """Return all inline rows of a chart, of its layers and of its panels."""
    if isinstance(chart, dict):
        rows = list(chart.get("data", {}).get("values", []))
        rows += [row for rows in chart.get("datasets", {}).values() for row in rows]
        return rows + [row for part in chart.values() for row in all_data(part)]
    return [row for part in chart for row in all_data(part)] if isinstance(chart, list) else []


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_says_what_it_shows(name: str) -> None:
    """A chart has a title with the kind of its figures, and a description to be spoken."""
    chart = specification(name)
    title = chart["title"] if isinstance(chart["title"], str) else chart["title"]["text"]
    assert any(kind in title for kind in ("modelled", "published", "your tenants"))
    assert len(chart["description"]) > 60
    assert CHARTS[name]()._repr_mimebundle_()[0]["text/plain"] == chart["description"]


@pytest.mark.parametrize("name", CHARTS)
def test_charts_need_no_network_and_can_be_drawn(name: str) -> None:
    """JupyterLab's version of Vega-Lite draws each chart, from nothing but its own data."""
    import vl_convert

    chart = specification(name)
    svg = vl_convert.vegalite_to_svg(chart, vl_version="5.8")
    assert svg.startswith("<svg")
    assert "NaN" not in svg
    chart.pop("$schema")
    assert "http" not in json.dumps(chart)


def axes(chart: Any) -> list[str]:
    """Return the titles of all axes of a chart that measure something."""
    if isinstance(chart, list):
        return [title for part in chart for title in axes(part)]
    if not isinstance(chart, dict):
        return []
    own = [
        channel.get("title", "")
        for name, channel in chart.get("encoding", {}).items()
        if name in ("x", "y") and channel.get("type") == "quantitative"
    ]
    return own + [title for part in chart.values() for title in axes(part)]


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("one_more", ["MiB"]),
        ("limits", ["instances"]),
        ("ratio_by_size", ["MiB", "for each machine"]),
        ("sizes", ["GiB"]),
        ("busy_together", ["hour", "cores"]),
        ("risk_by_ratio", ["for each core", "share of the day"]),
    ],
)
def test_axes_name_their_units(name: str, units: list[str]) -> None:
    """Whatever is measured says in what."""
    titles = [title for title in axes(specification(name)) if title]
    assert all(any(unit in title for title in titles) for unit in units)


def test_parts_of_one_more_add_up() -> None:
    """The label at the end of a bar is the sum of its parts."""
    rows = all_data(specification("one_more"))
    ends = {row["what"]: row["mib"] for row in rows if "label" in row}
    assert ends == {"container": 13, "machine": 203}
    for what, end in ends.items():
        parts = [row["mib"] for row in rows if row["what"] == what and "part" in row]
        assert sum(parts) == end


def test_more_parts_than_colours_are_refused() -> None:
    """A chart whose colours would repeat is refused, with the parts' names."""
    with pytest.raises(ValueError, match="at most 4 parts"):
        charts_density.one_more({"a": dict.fromkeys("abcde", 1.0)})


def test_the_least_ends_first() -> None:
    """In each panel one resource ends first, and what is longer than the axis says so."""
    rows = all_data(specification("limits"))
    assert [row["resource"] for row in rows if row["which"] == "ends first"] == ["memory", "cores"]
    disk = next(row for row in rows if row["count"] == 120_000)
    assert disk["shown"] < 2000
    assert disk["label"] == "120,000 →"
    assert "machine: 320, ended by memory" in specification("limits")["description"]


def test_ratios_fall_from_many_to_one() -> None:
    """The larger the application, the smaller the ratio, and never below one."""
    rows = [row for row in all_data(specification("ratio_by_size")) if "pair" in row]
    for pair in OVERHEADS:
        ratios = [row["ratio"] for row in rows if row["pair"] == pair]
        assert ratios == sorted(ratios, reverse=True)
        assert 1 < ratios[-1] < 1.05
        assert ratios[0] > 10
    (mark,) = [row for row in all_data(specification("ratio_by_size")) if row.get("what")]
    assert (mark["what"], mark["at"]) == ("yours", 80)


def test_what_is_given_begins_where_what_was_asked_ends() -> None:
    """Each tenant's two bars touch, and end at its size."""
    rows = [row for row in all_data(specification("sizes")) if "part" in row]
    assert [(row["start"], row["end"]) for row in rows] == [(0, 3.1), (3.1, 4), (0, 6), (6, 16)]


def test_the_sum_stays_below_the_peaks() -> None:
    """Every step is the tenants' sum, and lies at or below the peak of it."""
    rows = all_data(specification("busy_together"))
    steps = [row["cores"] for row in rows if "hour" in row]
    lines = {row["what"]: row["cores"] for row in rows if "what" in row}
    assert steps == [sum(step) for step in zip(*TRACES.values(), strict=True)]
    assert max(steps) == lines["peak of their sum"] < lines["sum of the tenants' own peaks"]


def test_the_allowed_risk_is_drawn() -> None:
    """There is a point for each number of tenants, and a rule at what is allowed."""
    rows = all_data(specification("risk_by_ratio"))
    assert [row["tenants"] for row in rows if "tenants" in row] == list(range(1, 15))
    assert [row["risk"] for row in rows if "what" in row] == [0.02]
