"""Charts of measurements, tested by their specification and their data, without measuring."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from course import charts, charts_measured
from course.live.experiments import Table, beside
from course.live.unavailable import Unavailable
from tests.measured_tables import TABLES

STARTUP = TABLES["startup"]()
EMPTY = replace(STARTUP, rows=(), digest="")

CHARTS = {
    "start_times": lambda: charts_measured.start_times(STARTUP),
    "boot_timeline": lambda: charts_measured.boot_timeline(STARTUP),
    "footprint of disk": lambda: charts_measured.footprint(TABLES["footprint"]()),
    "footprint of memory": lambda: charts_measured.footprint(TABLES["footprint"](), "memory"),
    "density": lambda: charts_measured.density(TABLES["density"]()),
    "overhead": lambda: charts_measured.overhead(TABLES["overhead"]()),
    "migration": lambda: charts_measured.migration(TABLES["migration"]()),
    **{
        f"beside {name}": lambda name=name: charts_measured.beside(TABLES[name]())
        for name in TABLES
    },
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
    assert "measured" in title
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


@pytest.mark.parametrize("name", [name for name in CHARTS if not name.startswith("beside")])
def test_a_chart_names_the_machine(name: str) -> None:
    """A measured chart says on which machine."""
    assert "2 cores" in specification(name)["title"]["subtitle"]


def test_every_start_is_a_dot() -> None:
    """All starts are drawn, and what is emulated says so in its label."""
    dots = [row for row in all_data(specification("start_times")) if "repeat" in row]
    starts = [row for row in STARTUP if row.quantity == "start"]
    assert sorted(dot["seconds"] for dot in dots) == sorted(row.value for row in starts)
    assert {dot["what"] for dot in dots if "VM" in dot["what"]} == {
        "tiny VM (emulated)", "full VM (emulated)", "resumed VM (emulated)",
    }  # fmt: skip
    assert all(dot["processor"] in dot["what"] for dot in dots)


def test_claims_are_bands_behind_what_they_are_of() -> None:
    """The texts' container is beside containers, their machine beside the full one alone."""
    bands = {row["what"]: row for row in all_data(specification("start_times")) if "low" in row}
    assert set(bands) == {
        "container (native)", "created container (native)", "container (emulated)",
        "created container (emulated)", "full VM (emulated)",
    }  # fmt: skip
    assert bands["container (native)"]["high"] == 1
    assert bands["full VM (emulated)"]["low"] == 10


def test_the_stages_of_a_timeline_follow_each_other() -> None:
    """Each stage begins where the one before it ended."""
    rows = all_data(specification("boot_timeline"))
    assert len(rows) == 4 + 5 + 3
    for before, after in pairwise(rows):
        assert after["begin"] in (0, pytest.approx(before["end"]))


def test_a_size_on_disk_is_shown_once() -> None:
    """A disk's size does not depend on the processor, and each technology has one bar."""
    rows = all_data(specification("footprint of disk"))
    assert {row["what"] for row in rows} == {"process", "container", "tiny VM", "full VM"}
    assert next(row["size"] for row in rows if row["what"] == "full VM") == 795
    memory = {row["what"] for row in all_data(specification("footprint of memory"))}
    assert {"container (native)", "container (emulated)"} <= memory


def test_ratios_keep_to_one_processor() -> None:
    """Nothing emulated is drawn as a multiple of what is not, and more is always worse."""
    rows = [row for row in all_data(specification("overhead")) if "ratio" in row]
    native = {row["what"] for row in rows if row["processor"] == "native"}
    assert native == {"container (native)"}
    for row in rows:
        if row["what"] == "emulated VM (emulated)":
            assert row["ratio"] > 1
    virtio = next(
        row for row in rows if row["quantity"] == "CPU" and row["what"].startswith("virtio")
    )
    assert virtio["ratio"] == pytest.approx(19 / 18)


def test_a_move_that_was_given_up_says_so() -> None:
    """Its rate is marked, its rounds are drawn, and it has no downtime."""
    rows = all_data(specification("migration"))
    given_up = [row for row in rows if row["rate"].endswith("given up")]
    assert {row["rate"] for row in given_up} == {"64 MiB/s, given up"}
    assert all("round" in row for row in given_up)


def test_a_comparison_draws_what_it_holds() -> None:
    """Every figure of a comparison is in its chart, whether of the table or of the comparison."""
    comparison = beside(STARTUP)
    assert not isinstance(comparison, Unavailable)
    drawn = all_data(charts_measured.beside(comparison).to_dict())
    points = [row for row in drawn if row["value"] is not None]
    assert len({row["what"] for row in drawn}) == len(comparison)
    assert {row["kind"] for row in points} == {"published", "modelled", "measured"}
    assert {row["kind"] for row in drawn} == {"claimed", "published", "modelled", "measured"}


@pytest.mark.parametrize(
    "draw",
    [
        charts_measured.start_times,
        charts_measured.boot_timeline,
        charts_measured.footprint,
        charts_measured.density,
        charts_measured.overhead,
        charts_measured.migration,
        charts_measured.beside,
    ],
)
def test_what_was_not_measured_goes_through(draw: Any) -> None:
    """In place of a table that could not be measured, its stand-in is shown."""
    nothing = Unavailable("There is no QEMU.")
    assert draw(nothing) is nothing


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_is_drawn(name: str) -> None:
    """A selection without rows gives an empty picture, not an error."""
    draw = {
        "startup": charts_measured.start_times,
        "recovery": charts_measured.beside,
    }.get(name) or getattr(charts_measured, name)
    empty: Table = replace(TABLES[name](), rows=(), digest="")
    assert draw(empty).to_dict()
    assert charts_measured.boot_timeline(EMPTY).to_dict()
