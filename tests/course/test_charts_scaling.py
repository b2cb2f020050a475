"""Charts of services under load: what they say, how they are drawn, and that they load nothing."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import vl_convert

from course import charts_scaling as charts
from course.exercise.scaling_under_load.rollout import Rollout
from course.live.unavailable import Unavailable
from course.simulation import Autoscaler, Exponential, autoscale, queue, spike_load

USES = (0.5, 0.8, 0.9)
QUEUES = [
    queue(Exponential(1 / use), Exponential(1.0), 1, 20_000, numpy.random.default_rng(3))
    for use in USES
]
LOAD = spike_load(30, 150, at_s=120, lasts_s=600, duration_s=1800)
RUNS = {
    f"{start_up_s:g} s": autoscale(
        LOAD,
        per_replica_per_s=20,
        start_up_s=start_up_s,
        autoscaler=Autoscaler(least=2),
        most_waiting=200,
        price_per_replica_hour_eur=0.1,
    )
    for start_up_s in (0.2, 2, 60, 120)
}
ROLLOUT = Rollout((3.2, 6.1, 9.9, 12.4), "Docker Engine 20.10 in the lab VM, emulated")

DRAWN = {
    "waiting": charts.waiting(QUEUES),
    "waiting_tail": charts.waiting_tail(dict(zip(("a", "b", "c"), QUEUES, strict=True))),
    "spike": charts.spike(RUNS, 20),
    "losses": charts.losses(RUNS),
    "replicas": charts.replicas(RUNS, 20),
    "rollout": charts.rollout(ROLLOUT),
}


def texts(specification: Any) -> list[str]:
    """Return the titles of all axes and legends of a specification."""
    found = []
    if isinstance(specification, dict):
        if isinstance(specification.get("title"), str):
            found.append(specification["title"])
        for value in specification.values():
            found += texts(value)
    elif isinstance(specification, list):
        for value in specification:
            found += texts(value)
    return found


@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_is_drawn_and_told(name: str) -> None:
    """Each has a title with the kind of its figures, a description, and a picture from within."""
    specification = DRAWN[name].to_dict()
    title = str(specification["title"])
    assert ("measured" in title) if name == "rollout" else ("modelled" in title)
    assert len(specification["description"]) > 60
    svg = vl_convert.vegalite_to_svg(specification, vl_version="5.8")
    assert svg.startswith("<svg")
    assert "http" not in str(specification.get("data", ""))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("waiting", "times of service"),
        ("waiting_tail", "(s)"),
        ("spike", "requests a second"),
        ("losses", "(EUR)"),
        ("replicas", "minute"),
        ("rollout", "(s)"),
    ],
)
def test_axes_have_units(name: str, unit: str) -> None:
    """An axis says in what it is counted."""
    assert any(unit in text for text in texts(DRAWN[name].to_dict()))


def test_lines_are_told_apart_without_colour() -> None:
    """Each line has dashes of its own beside its colour."""
    for name in ("waiting_tail", "spike", "replicas"):
        specification = str(DRAWN[name].to_dict())
        assert "strokeDash" in specification
    assert len({str(dash) for dash in charts._DASHES}) == len(charts._COLOURS)


def test_descriptions_tell_the_figures() -> None:
    """Who does not see a chart hears its numbers."""
    assert f"{RUNS['120 s'].lost_requests:,.0f} lost" in DRAWN["spike"].to_dict()["description"]
    assert f"{RUNS['2 s'].share_lost:.2%} lost" in DRAWN["losses"].to_dict()["description"]
    assert f"{RUNS['60 s'].changes} changes" in DRAWN["replicas"].to_dict()["description"]
    assert "4 after 12 s" in DRAWN["rollout"].to_dict()["description"]


def test_long_runs_are_drawn_with_few_points() -> None:
    """However many steps a run has, a line has some hundreds of points, and loses no request."""
    minutes = charts._minutes(RUNS["120 s"])
    assert len(minutes) <= 300
    assert minutes[-1]["lost_so_far"] == pytest.approx(RUNS["120 s"].lost_requests)


def test_what_was_not_measured_is_given_back() -> None:
    """What stands in for a rollout stands in for its chart."""
    nothing = Unavailable("no engine")
    assert charts.rollout(nothing) is nothing
