"""Charts, tested by their specification and their data."""

from __future__ import annotations

import json
from typing import Any

import altair
import pytest

from course import charts
from course.exercise import problem
from course.live.machine import Utilisation
from course.sizing.consolidation import consolidate

ROOM = problem("01", "ada")
PLAN = consolidate(ROOM.servers, ROOM.host, headroom=0.2, overhead=0.05)
NAMES = [server.name for server in ROOM.servers]
SIZES = {name: (d.cores, d.memory_gib) for name, d in zip(NAMES, PLAN.demands, strict=True)}
HOSTS = [[NAMES[tenant] for tenant in tenants] for tenants in PLAN.packing.bins]

CHARTS = {
    "use_by_hour": lambda: charts.use_by_hour(ROOM.servers),
    "busy_cores_by_hour": lambda: charts.busy_cores_by_hour(ROOM.servers),
    "packing_map": lambda: charts.packing_map(
        HOSTS,
        SIZES,
        (PLAN.usable.cores, PLAN.usable.memory_gib),
        resources=("cores", "memory (GiB)"),
        whole=(PLAN.host.cores, PLAN.host.memory_gib),
        title="Who shares with whom (modelled)",
    ),
    "before_and_after": lambda: charts.before_and_after(PLAN),
    "measured_utilisation": lambda: charts.measured_utilisation(Utilisation(0.25, 2, (0.1, 0.7))),
}


def specification(name: str) -> dict[str, Any]:
    """Return what a notebook would store of a chart."""
    data, _metadata = CHARTS[name]()._repr_mimebundle_()
    return data[charts.VEGA_LITE_MIME_TYPE]


def all_data(chart: Any) -> list[dict[str, Any]]:
    """Return all inline rows of a chart, of its layers and of its panels."""
    if isinstance(chart, dict):
        rows = chart.get("data", {}).get("values", [])
        rows += [row for rows in chart.get("datasets", {}).values() for row in rows]
        return rows + [row for part in chart.values() for row in all_data(part)]
    return [row for part in chart for row in all_data(part)] if isinstance(chart, list) else []


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_says_what_it_shows(name: str) -> None:
    """A chart has a title with the kind of its figures, and a description to be spoken."""
    chart = specification(name)
    title = chart["title"] if isinstance(chart["title"], str) else chart["title"]["text"]
    assert any(kind in title for kind in ("modelled", "measured", "your inventory"))
    assert len(chart["description"]) > 60
    assert str(CHARTS[name]()._repr_mimebundle_()[0]["text/plain"]) == chart["description"]


def encodings(chart: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the encodings of all marks of a chart, with the kind of each mark."""
    if isinstance(chart, list):
        return [found for part in chart for found in encodings(part)]
    if not isinstance(chart, dict):
        return []
    mark = chart.get("mark", {})
    kind = mark.get("type") if isinstance(mark, dict) else mark
    own = [(str(kind), chart["encoding"])] if "encoding" in chart else []
    return own + [found for part in chart.values() for found in encodings(part)]


@pytest.mark.parametrize("name", CHARTS)
def test_every_measure_has_a_title(name: str) -> None:
    """An axis that measures something says what; lines and labels share the axis of the bars."""
    measures = [
        encoding[axis]
        for kind, encoding in encodings(specification(name))
        for axis in ("x", "y")
        if kind not in ("rule", "text") and encoding.get(axis, {}).get("type") == "quantitative"
    ]
    assert measures or name == "use_by_hour"
    assert all(measure["title"] for measure in measures)


@pytest.mark.parametrize("name", CHARTS)
def test_charts_need_no_network(name: str) -> None:
    """A notebook gets what JupyterLab itself can draw: no script, no address but the schema's."""
    data, metadata = CHARTS[name]()._repr_mimebundle_()
    assert set(data) == {charts.VEGA_LITE_MIME_TYPE, "text/plain"}
    chart = data[charts.VEGA_LITE_MIME_TYPE]
    assert "/v5.json" in chart.pop("$schema")
    assert "http" not in json.dumps(chart)
    assert metadata[charts.VEGA_LITE_MIME_TYPE]["embed_options"]["actions"] is False


@pytest.mark.parametrize("name", CHARTS)
def test_charts_can_be_drawn(name: str) -> None:
    """The nearest version of Vega-Lite to JupyterLab's draws each chart without complaint."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(specification(name), vl_version="5.8")
    assert svg.startswith("<svg")
    assert "NaN" not in svg


def test_heat_map_has_every_server_in_every_hour() -> None:
    """24 servers by 24 hours, each a fraction of that server's own cores."""
    rows = all_data(specification("use_by_hour"))
    assert len(rows) == 24 * 24
    by_hour = {(row["server"], row["hour"]): row["use"] for row in rows}
    server = ROOM.servers[3]
    assert by_hour[server.name, 9] == server.busy_cores_by_hour[9] / server.cores


def test_bars_add_the_servers_up() -> None:
    """Each bar is the sum of the servers in that hour, and both lines lie above all bars."""
    rows = all_data(specification("busy_cores_by_hour"))
    bars = {row["hour"]: row["cores"] for row in rows if "hour" in row}
    lines = {row["what"]: row["cores"] for row in rows if "what" in row}
    assert bars[5] == pytest.approx(sum(s.busy_cores_by_hour[5] for s in ROOM.servers))
    assert max(bars.values()) < lines["sum of the servers' own peaks"]
    assert lines["cores installed"] == sum(s.cores for s in ROOM.servers)


def test_packing_map_places_each_tenant_once_for_each_resource() -> None:
    """Bars do not overlap, and end where the tenants' sizes add up to."""
    rows = [row for row in all_data(specification("packing_map")) if "start" in row]
    tenants = [row for row in rows if "label" not in row]
    assert sorted(row["tenant"] for row in tenants) == sorted(NAMES * 2)
    for row in tenants:
        assert row["end"] - row["start"] == pytest.approx(row["size"])


def test_packing_map_explains_the_lines_that_it_draws() -> None:
    """Without a whole host there is one line, and one entry that says what it is."""
    arguments = ([["a"]], {"a": (1,)}, (4,))
    for whole, lines in ((None, ["for tenants"]), ((6,), ["for tenants", "the whole host"])):
        chart = charts.packing_map(*arguments, resources=("x",), whole=whole, title="t").to_dict()
        (dashes,) = [e["strokeDash"] for _kind, e in encodings(chart) if "strokeDash" in e]
        assert dashes["scale"]["domain"] == lines
        assert len(dashes["scale"]["range"]) == len(lines)


def test_packing_map_refuses_what_does_not_match() -> None:
    """A tenant with one number among pairs is named."""
    with pytest.raises(ValueError, match="for 'b'"):
        charts.packing_map(
            [["a", "b"]], {"a": (1, 2), "b": (1,)}, (4, 8), resources=("x", "y"), title="t"
        )


def test_an_empty_packing_is_drawn() -> None:
    """Before anything is packed there is an empty picture, not an error."""
    charts.packing_map([], {}, [64], resources=["memory (GiB)"], title="t").to_dict()


def test_before_and_after_shows_the_plan() -> None:
    """The bars are the plan's own figures."""
    values = [row["value"] for row in all_data(specification("before_and_after"))]
    assert values[:2] == [len(ROOM.servers), PLAN.hosts]
    assert values[2:4] == [PLAN.power_before_w / 1000, PLAN.power_after_w / 1000]


def test_a_renderer_that_was_chosen_stays() -> None:
    """Drawing a chart takes no choice of the learner's back."""
    charts.use_offline_renderer()
    with altair.renderers.enable("json"):
        CHARTS["use_by_hour"]()
        assert altair.renderers.active == "json"
    assert altair.renderers.active == "course"
