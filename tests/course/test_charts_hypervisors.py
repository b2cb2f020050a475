"""Charts of hypervisors, starts and migrations, tested by their specification and their data."""

from __future__ import annotations

import json
import math
import random
import re
from itertools import pairwise
from typing import Any

import pytest

from course import charts, facts
from course import charts_hypervisors as toy
from course import charts_simulation as simulated
from course import charts_systems as placed
from course.simulation import boot, migrate, overhead

PROGRAM = overhead.sum_program(numbers=60, every=5)
RUNS = [overhead.run(PROGRAM, technique) for technique in overhead.TECHNIQUES]
SAMPLES = [boot(each, 30, random.Random(2)) for each in ("process", "container", "firecracker")]
CONVERGING = migrate(1024, 128, 32)
ENDLESS = migrate(1024, 128, 200, max_rounds=4)
SYSTEMS = list(facts.systems().values())

CHARTS = {
    "cost_by_technique": lambda: toy.cost_by_technique(RUNS),
    "cost_against_share": lambda: toy.cost_against_share(shares=[0.02]),
    "exit_trace": lambda: toy.exit_trace(RUNS[1]),
    "exit_trace of calls": lambda: toy.exit_trace(RUNS[2], first=3),
    "exit_trace of none": lambda: toy.exit_trace(RUNS[0]),
    "boot_times": lambda: simulated.boot_times(
        SAMPLES, claimed_s={"containers (A)": (0.001, 1), "machines (A)": (60, math.inf)}
    ),
    "boot_times of a table": lambda: simulated.boot_times({"mine": [0.3, 0.2]}, kind="measured"),
    "boot_times of none": lambda: simulated.boot_times({"mine": []}, kind="measured"),
    "migration_rounds": lambda: simulated.migration_rounds(CONVERGING),
    "migration_rounds without end": lambda: simulated.migration_rounds(ENDLESS),
    "migration_rounds of an idle machine": lambda: simulated.migration_rounds(migrate(8, 64, 0)),
    "stacks": lambda: placed.stacks(SYSTEMS),
    "map_of_systems": lambda: placed.map_of_systems(SYSTEMS),
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
def test_every_chart_says_what_it_shows(name: str) -> None:
    """A chart has a title with the kind of its figures, and a description to be spoken."""
    chart = specification(name)
    title = chart["title"] if isinstance(chart["title"], str) else chart["title"]["text"]
    assert re.search(r"\((modelled|measured|from the catalogue)\)$", title)
    assert len(chart["description"]) > 45
    assert chart["description"].endswith(".")


@pytest.mark.parametrize("name", CHARTS)
def test_every_measure_has_a_title(name: str) -> None:
    """An axis that measures something says what; a picture of boxes has no axes."""
    measures = [
        encoding[axis]
        for kind, encoding in encodings(specification(name))
        for axis in ("x", "y")
        if kind not in ("rule", "text")
        and encoding.get(axis, {}).get("type") == "quantitative"
        and encoding[axis].get("axis", {}) is not None
    ]
    assert measures or name == "stacks"
    assert all(measure["title"] for measure in measures)


@pytest.mark.parametrize("name", CHARTS)
def test_charts_need_no_network(name: str) -> None:
    """A notebook gets what JupyterLab itself can draw: no address but the schema's name."""
    chart = specification(name)
    assert "/v5.json" in chart.pop("$schema")
    assert "http" not in json.dumps(chart, allow_nan=False)


@pytest.mark.parametrize("name", CHARTS)
def test_charts_can_be_drawn(name: str) -> None:
    """The nearest version of Vega-Lite to JupyterLab's draws each chart without complaint."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(specification(name), vl_version="5.8")
    assert svg.startswith("<svg")
    assert "NaN" not in svg


@pytest.mark.parametrize("name", CHARTS)
def test_colour_never_stands_alone(name: str) -> None:
    """Who sees no colours still reads names, shapes, dashes, places or words."""
    for kind, encoding in encodings(specification(name)):
        if encoding.get("color", {}).get("field") and kind in ("point", "line"):
            assert {"shape", "strokeDash"} & encoding.keys()


def test_bars_add_up_to_the_cycles() -> None:
    """The pieces of each bar follow each other without a gap, up to the run's own cycles."""
    rows = [row for row in all_data(specification("cost_by_technique")) if "start" in row]
    for run in RUNS:
        pieces = [row for row in rows if row["technique"] == run.technique]
        assert pieces[0]["start"] == 0
        assert all(a["end"] == b["start"] for a, b in pairwise(pieces))
        assert pieces[-1]["end"] == run.cycles


def test_break_evens_are_marked() -> None:
    """The rings are where `break_even` says; what has none has no ring."""
    rows = [row for row in all_data(specification("cost_against_share")) if "pair" in row]
    assert {(row["pair"], row["share"]) for row in rows} == {
        ("trap-and-emulate and interpretation", 0.03),
        ("paravirtual and interpretation", 0.1),
    }


def test_free_instructions_are_no_error() -> None:
    """A logarithmic axis leaves out what costs nothing."""
    costs = overhead.Costs(0, 0, 0, 0, 0)
    assert not [row for row in all_data(toy.cost_against_share(costs).to_dict()) if "cycles" in row]


def test_the_trace_shows_each_exit_at_its_step() -> None:
    """All of them, or as many as were asked for, and the title says so."""
    rows = all_data(specification("exit_trace"))
    assert [row["step"] for row in rows] == [each.step for each in RUNS[1].exits]
    assert len(all_data(specification("exit_trace of calls"))) == 3
    assert "the first 3 of 13" in specification("exit_trace of calls")["title"]


def test_each_start_is_a_dot_and_quantiles_are_those_of_the_sample() -> None:
    """Nothing is left out, and the median of 30 lies between the 15th and the 16th."""
    rows = all_data(specification("boot_times"))
    dots = [row for row in rows if "lane" in row]
    assert sorted(row["time"] for row in dots) == sorted(t for s in SAMPLES for t in s.times_s)
    ordered = sorted(SAMPLES[2].times_s)
    (median,) = (
        row["time"]
        for row in rows
        if row.get("quantile") == "median" and row["what"] == "Firecracker" and "label" not in row
    )
    assert median == pytest.approx((ordered[14] + ordered[15]) / 2)


def test_what_is_claimed_without_an_end_reaches_the_edge() -> None:
    """A band of minutes and more is drawn as far as the axis goes."""
    chart = specification("boot_times")
    bands = {row["name"]: row for row in all_data(chart) if "name" in row}
    (domain,) = {
        tuple(encoding["x"]["scale"]["domain"])
        for _kind, encoding in encodings(chart)
        if "x" in encoding
    }
    assert bands["machines (A)"]["time"] == 60
    assert bands["machines (A)"]["end"] == domain[1]
    assert "any time" in chart["description"]


def test_the_claims_of_the_texts_can_be_drawn() -> None:
    """Minutes and milliseconds become seconds; equal claims of several texts are one band."""
    claimed = simulated.claimed_start_times()
    assert claimed["claimed: container (A, D)"] == (0.001, 1)
    assert claimed["claimed: virtual machine (A)"] == (60, math.inf)
    assert simulated.boot_times(SAMPLES, claimed_s=claimed).to_dict()


def test_rounds_are_those_of_the_migration() -> None:
    """Each round is there in its order, and tells whether the machine ran."""
    chart = specification("migration_rounds")
    rows = all_data(chart)
    assert [row["mib"] for row in rows] == [each.sent_mib for each in CONVERGING.rounds]
    assert rows[-1]["machine"] == "stopped"
    assert "downtime 125 ms" in chart["title"]["subtitle"]
    endless = specification("migration_rounds without end")
    assert "never stopped" in endless["title"]["subtitle"]
    assert "given up" in endless["description"]


def test_stacks_stand_on_the_hardware_and_end_with_applications() -> None:
    """In each stack there is one hardware, two applications, and no hole between them."""
    rows = [row for row in all_data(specification("stacks")) if "layer" in row]
    for place in {row["place"] for row in rows}:
        boxes = [row for row in rows if row["place"] == place]
        assert [row["bottom"] for row in boxes if row["layer"] == "hardware"] == [0]
        top = max(row["top"] for row in boxes)
        assert [row["top"] for row in boxes if row["layer"] == "application"] == [top, top]
        assert {row["bottom"] for row in boxes} == set(range(top))
    containers = {row["layer"] for row in rows if row["place"] == "container"}
    assert "guest kernel" not in containers


def test_the_map_has_every_system_once_and_its_names_do_not_meet() -> None:
    """Systems in one line are far enough apart; each has the shape of its status."""
    chart = specification("map_of_systems")
    rows = [row for row in all_data(chart) if "status" in row]
    assert sorted(row["name"] for row in rows) == sorted(system.name for system in SYSTEMS)
    assert {row["name"]: row["end"] for row in rows}["rkt"] == 2020
    for row in rows:
        behind = [r for r in rows if r["line"] == row["line"] and r["year"] > row["year"]]
        assert all(other["year"] > row["end"] for other in behind)
    (shape,) = (encoding["shape"] for _kind, encoding in encodings(chart) if "shape" in encoding)
    assert shape["scale"]["domain"] == ["alive", "dormant", "ended"]
    assert len(set(shape["scale"]["range"])) == 3


def test_a_part_of_the_catalogue_can_be_drawn() -> None:
    """Six systems to be placed make a smaller picture; what has no stack is left out."""
    some = [facts.system(each) for each in ("xen", "docker", "kubernetes")]
    assert {row["place"] for row in all_data(placed.stacks(some).to_dict()) if "layer" in row}
    assert placed.stacks([]).to_dict()
    assert placed.map_of_systems([]).to_dict()
