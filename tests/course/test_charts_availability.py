"""Charts of lesson 09, tested by their specification and their data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from course import charts
from course import charts_availability as drawn
from course.exercise import problem
from course.live.unavailable import Unavailable
from course.simulation import POLICIES, fail
from tests.records_availability import MACHINES, records

DESIGN = problem("09", "ada").design


def runs(**changes: Any) -> list[Any]:
    """Return what a year or two of failures came to, by each policy."""
    given: dict[str, Any] = {
        "mean_time_to_failure_h": 500,
        "mean_time_to_repair_h": 8,
        "years": 5,
        "spare_hosts": 2,
        "warning_share": 0.3,
        "services_per_host": 2,
    }
    return [
        fail(4, policy=policy, generator=np.random.default_rng(1), **(given | changes))
        for policy in POLICIES
    ]


CHARTS = {
    "comebacks": lambda: drawn.comebacks(records("ada").recovery),
    "comebacks of two engines": lambda: drawn.comebacks(
        records("ada", MACHINES["emulated, host's engine too"]).recovery
    ),
    "comebacks of nothing": lambda: drawn.comebacks(records("ada", MACHINES["nothing"]).recovery),
    "downtime_by_part": lambda: drawn.downtime_by_part(DESIGN),
    "short_of_hosts": lambda: drawn.short_of_hosts(6, 0.95, 4),
    "outages_by_policy": lambda: drawn.outages_by_policy(runs()),
    "outages_by_policy of none": lambda: drawn.outages_by_policy(
        runs(mean_time_to_failure_h=1e9, years=1)
    ),
    "loss_over_time": lambda: drawn.loss_over_time(every_min=60, writing_min=10, hours=4),
}


def specification(name: str) -> dict[str, Any]:
    """Return what a notebook would store of a chart."""
    data, _metadata = CHARTS[name]()._repr_mimebundle_()
    found: dict[str, Any] = data[charts.VEGA_LITE_MIME_TYPE]
    return found


def rows(chart: Any) -> list[dict[str, Any]]:
    """Return all inline rows of a chart and of its layers."""
    if isinstance(chart, dict):
        own = list(chart.get("data", {}).get("values", []))
        own += [row for data in chart.get("datasets", {}).values() for row in data]
        parts = [*chart.get("layer", []), *chart.get("hconcat", [])]
        return own + [row for part in parts for row in rows(part)]
    return []


def encodings(chart: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the encodings of a chart, of its layers and of its panels."""
    parts = [*chart.get("layer", []), *chart.get("hconcat", [])]
    if parts:
        return [encoding for part in parts for encoding in encodings(part)]
    return [chart["encoding"]]


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_says_what_it_shows(name: str) -> None:
    """A title with the kind of its figures, and words for who cannot see it."""
    chart = specification(name)
    assert any(kind in str(chart["title"]) for kind in ("(measured)", "(modelled)", "(simulated)"))
    assert len(chart["description"]) > 60


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_can_be_drawn_offline(name: str) -> None:
    """The one that draws feedback pages takes every chart, and nothing comes from outside."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(specification(name), vl_version="5.8")
    assert svg.startswith("<svg")
    assert 'href="http' not in svg


@pytest.mark.parametrize("name", CHARTS)
def test_axes_have_units(name: str) -> None:
    """A number on an axis is of something."""
    for encoding in encodings(specification(name)):
        title = encoding["x"]["title"]
        assert any(unit in title for unit in ("(s,", "minutes")), title


def test_what_came_back_is_drawn_once_each() -> None:
    """A point for each return, told apart by what it had in memory."""
    table = records("ada").recovery
    points = rows(specification("comebacks"))
    assert len(points) == len([row for row in table if row.quantity == "restore"])
    assert {(row["what"].split(",")[0], row["memory"]) for row in points} == {
        ("tiny VM", "kept"),
        ("container", "lost"),
    }


def test_nothing_measured_is_said() -> None:
    """What stands in for a record stands in for its chart."""
    nothing = Unavailable("no QEMU")
    assert drawn.comebacks(nothing) is nothing


def test_parts_are_down_as_long_as_their_copies() -> None:
    """One copy is down for its share of a year, two for the square of it."""
    found = {(row["name"], row["design"]): row["minutes"]
             for row in rows(specification("downtime_by_part"))}  # fmt: skip
    for part in DESIGN.parts:
        missing = 1 - part.availability
        assert found[part.name, "one copy"] == pytest.approx(525_600 * missing)
        expected = 525_600 * missing**part.copies
        assert found[part.name, "the new design"] == pytest.approx(expected)


def test_each_spare_host_shortens_what_is_short() -> None:
    """The minutes fall with every spare host, and with none they are those of any failure."""
    minutes = {row["spare"]: row["minutes"] for row in rows(specification("short_of_hosts"))}
    assert minutes[0] == pytest.approx(525_600 * (1 - 0.95**6))
    assert sorted(minutes.values(), reverse=True) == [minutes[spare] for spare in range(5)]


def test_causes_add_up_to_the_whole_bar() -> None:
    """What a policy's outages were spent on is all of them, and each cause has a colour."""
    for run in runs():
        bars = [row for row in rows(drawn.outages_by_policy([run]).to_dict()) if "cause" in row]
        assert math.fsum(row["minutes"] for row in bars) == pytest.approx(run.minutes_per_year)


def test_the_saw_starts_at_the_writing_and_never_passes_its_worst() -> None:
    """Just after a snapshot was written the writing is lost, just before the next one all of it."""
    line = sorted(
        ((row["minute"], row["lost"]) for row in rows(specification("loss_over_time"))),
    )
    lost = [value for _minute, value in line]
    assert max(lost) == 70
    assert min(lost) == 10
    assert line[0] == (0, 60)
    assert line[-1][0] == 240
