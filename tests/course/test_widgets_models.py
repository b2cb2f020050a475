"""The explorers of density, overcommitment, scaling, migration and availability, by their traits.

What they show is held against the models that they call, at every end of every control.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import altair
import numpy as np
import pytest
import traitlets

from course import widgets
from course.charts import VEGA_LITE_MIME_TYPE
from course.charts_explorers_availability import NINES
from course.charts_explorers_migration import PUBLISHED_DOWNTIMES
from course.simulation import Load, fail, migrate
from course.sizing import Application, Capacity, density, risk
from course.widgets import (
    AvailabilityExplorer,
    DensityExplorer,
    MigrationExplorer,
    OvercommitExplorer,
    ScalingExplorer,
)
from course.widgets.overcommit import example_traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from course.widgets import Explorer

EXPLORERS = (
    AvailabilityExplorer,
    DensityExplorer,
    MigrationExplorer,
    OvercommitExplorer,
    ScalingExplorer,
)
every_explorer = pytest.mark.parametrize("kind", EXPLORERS, ids=lambda kind: kind.__name__)


def values_at_ends(explorer: Explorer) -> Iterator[dict[str, Any]]:
    """Return each control at each of its ends, and all sliders at the same end."""
    sliders = {n: c for n, c in explorer._controls.items() if hasattr(c, "max")}
    for name, control in explorer._controls.items():
        if name in sliders:
            yield from ({name: end} for end in (control.min, control.max))
        else:
            yield from ({name: value} for _, value in control._options_full)
    yield {name: control.min for name, control in sliders.items()}
    yield {name: control.max for name, control in sliders.items()}


def shown(explorer: Explorer) -> list[dict[str, Any]]:
    """Return the specifications of the charts that are shown."""
    return [o["data"][VEGA_LITE_MIME_TYPE] for o in explorer.children[-1].outputs]


def rows(explorer: Explorer, chart: str) -> list[dict[str, Any]]:
    """Return the figures of one chart."""
    return [dict(row) for row in explorer.figures if row["chart"] == chart]


@every_explorer
def test_every_end_of_every_control_can_be_drawn(kind: Callable[[], Explorer]) -> None:
    """There are words, two charts with words of their own, and numbers that JSON knows."""
    explorer = kind()
    begin = {name: getattr(explorer, name) for name in explorer._controls}
    for values in values_at_ends(explorer):
        explorer.set(**begin | values)
        assert explorer.message.endswith("."), values
        assert not re.search(r"\b(nan|inf|None)\b", explorer.message), values
        assert len(shown(explorer)) == 2, (values, explorer.message)
        for chart in shown(explorer):
            json.dumps(chart, allow_nan=False)
            assert len(chart["description"]) > 60
            assert not re.search(r"\b(nan|inf|None)\b", chart["description"]), values


@every_explorer
def test_charts_are_drawn_without_a_network(kind: Callable[[], Explorer]) -> None:
    """They are what Vega-Lite takes, name no address, and have a title with their kind."""
    import vl_convert

    for chart in shown(kind()):
        altair.Chart.from_dict(chart)  # raises if it is no Vega-Lite
        addresses = re.findall(r"https?://[^\"]+", json.dumps(chart))
        assert addresses == ["https://vega.github.io/schema/vega-lite/v5.json"]
        assert re.search(r"modelled|simulated", chart["title"]["text"])
        assert vl_convert.vegalite_to_svg(chart, vl_version="5.8").startswith("<svg")


@every_explorer
def test_every_control_is_labelled_and_moves_its_trait(kind: Callable[[], Explorer]) -> None:
    """A control has a description, and what a hand moves is what the model gets."""
    explorer = kind()
    controls = explorer.children[:-2]
    assert list(controls) == [explorer.control(name) for name in explorer._controls]
    assert all(control.description for control in controls)
    for name, control in explorer._controls.items():
        if hasattr(control, "max"):
            begin, before = control.value, (explorer.message, shown(explorer))
            seen = []
            for end in (control.min, control.max):
                control.value = end
                assert getattr(explorer, name) == end
                seen.append((explorer.message, shown(explorer)))
            assert any(each != before for each in seen), name
            control.value = begin


@every_explorer
def test_the_saved_figures_are_those_that_are_drawn(kind: Callable[[], Explorer]) -> None:
    """Every number of a chart is in the CSV file, in a row that says of which chart it is."""
    explorer = kind()
    saved = list(csv.DictReader(io.StringIO(explorer.csv())))
    assert all(row["chart"] for row in saved)
    numbers = {value for row in saved for value in row.values()}
    for chart in shown(explorer):
        helpers = {"edge", "room", "label", "claimed", "allowed", "chosen", "endless"}
        for name in set(chart["datasets"]) - helpers:
            drawn = [
                value
                for row in chart["datasets"][name]
                for key, value in row.items()
                if type(value) is float and key != "label_at"
            ]
            missing = [value for value in drawn if str(value) not in numbers]
            # Lengths below the end of a logarithmic axis are drawn at its end.
            assert set(missing) <= {0.001, 0.1}, name


@every_explorer
def test_the_same_settings_show_the_same(kind: Callable[[], Explorer]) -> None:
    """Chance is drawn from a seed: a slider that goes back shows what was shown before."""
    assert shown(kind()) == shown(kind())


def test_the_package_offers_them_all() -> None:
    """Each name of the package can be imported, and no other one."""
    assert all(getattr(widgets, name) for name in widgets.__all__)
    with pytest.raises(AttributeError, match="NoSuchExplorer"):
        widgets.NoSuchExplorer  # noqa: B018


# Density


def test_densities_are_the_models() -> None:
    """Counts and what ends them are `density`'s, and the ratio is theirs."""
    host, application = Capacity(8, 16 * 1024, 100_000), Application(0.1, 200, 50)
    explorer = DensityExplorer(host, application)
    assert (explorer.host, explorer.application) == (host, application)
    found = density(host, application, "container")
    assert explorer.counts["container"] == found.count
    assert explorer.ratio == found.count / density(host, application, "debian-vm").count
    assert f"{found.count} containers fit" in explorer.message
    explorer.host_memory_gib = 32
    assert explorer.counts["debian-vm"] > density(host, application, "debian-vm").count


def test_the_claim_holds_only_in_a_band() -> None:
    """Small applications exceed the claimed ratio, large ones fall short of it."""
    explorer = DensityExplorer()
    explorer.application_cores = 0.0
    said = {}
    for memory_mib in (1, 40, 4096):
        explorer.application_memory_mib = memory_mib
        said[memory_mib] = explorer.message
    assert "more than the claimed 3 to 4" in said[1]
    assert "within the claimed 3 to 4" in said[40]
    assert "fewer than the claimed 3 to 4" in said[4096]
    (claimed,) = shown(explorer)[1]["datasets"]["claimed"]
    assert (claimed["low"], claimed["high"]) == (3, 4)


def test_published_and_measured_densities_are_drawn() -> None:
    """The most that was published, and what the learner counted, stand beside the model."""
    explorer = DensityExplorer(measured={"container": 77})
    others = shown(explorer)[0]["datasets"]["others"]
    assert {row["at"] for row in others if row["whose"] == "published most"} >= {3000, 8000}
    assert [row["at"] for row in others if row["whose"] == "yours (measured)"] == [77]
    assert [row["count"] for row in rows(explorer, "measured")] == [77]


def test_what_does_not_fit_is_explained() -> None:
    """Where not even one fits there is a sentence, for one technology or for all."""
    explorer = DensityExplorer(Capacity(4, 1024, 100_000), Application(0.1, 1000, 10))
    assert explorer.counts["debian-vm"] == 0
    assert "Not even one fits" in explorer.message
    explorer.application_memory_mib = 4096
    assert explorer.message.startswith("That does not work: expected an application that fits")
    assert shown(explorer) == []


# Overcommitment


def test_risks_are_the_models() -> None:
    """The share of time is `risk`'s, and one tenant more than allowed is too much."""
    traces = example_traces(60)
    explorer = OvercommitExplorer(traces, capacity=12)
    for tenants in (1, 20, 60):
        explorer.tenants = tenants
        assert explorer.over == pytest.approx(risk(traces[:tenants], 12))
        assert explorer.ratio == pytest.approx(traces[:tenants].max(axis=1).sum() / 12)
    allowed = explorer.risk_percent / 100
    assert risk(traces[: explorer.most_tenants], 12) <= allowed
    assert risk(traces[: explorer.most_tenants + 1], 12) > allowed


def test_more_capacity_and_more_risk_admit_more() -> None:
    """Neither ever admits fewer tenants."""
    explorer = OvercommitExplorer()
    for trait, steps in (("capacity", (4, 16, 64)), ("risk_percent", (0.0, 5.0, 20.0))):
        admitted = []
        for value in steps:
            explorer.set(**{trait: value})
            admitted.append(explorer.most_tenants)
        assert admitted == sorted(admitted)


def test_openstack_is_drawn_where_it_is_reached() -> None:
    """Its default is another one for memory, and is left out beyond the end of the axis."""
    labels = [row["label"] for row in shown(OvercommitExplorer())[1]["datasets"]["published"]]
    assert labels == ["static (B): 1", "OpenStack's default for cores: 16"]
    memory = OvercommitExplorer(example_traces(30), capacity=10, unit="GiB of memory")
    labels = [row["label"] for row in shown(memory)[1]["datasets"]["published"]]
    assert "OpenStack's default for memory: 1.5" in labels
    few = OvercommitExplorer(example_traces(3), capacity=100)
    assert shown(few)[1]["datasets"]["published"] == []


def test_long_traces_are_thinned_to_their_peaks() -> None:
    """However long traces are, the picture is small and has the highest step in it."""
    traces = np.ones((2, 10_000))
    traces[:, 7_777] = 5
    drawn = shown(OvercommitExplorer(traces, capacity=4))[0]["datasets"]["busy"]
    assert len(drawn) <= 400
    assert max(row["total"] for row in drawn) == 10


# Scaling


def test_a_slower_start_never_loses_less() -> None:
    """Before a spike that lasts, what starts later serves later."""
    explorer = ScalingExplorer()
    compared = rows(explorer, "start-up times")
    assert [row["start_up_s"] for row in compared] == [0.2, 2, 60, 120]
    lost = [row["share_lost"] for row in compared]
    assert lost == sorted(lost)
    assert lost[0] < lost[-1] / 3


def test_own_loads_and_start_ups_are_offered() -> None:
    """They are shown with the others, and the load keeps its shape when it is scaled."""
    own = Load(60, [10.0, 10.0, 90.0, 90.0, 30.0, 10.0], "mine")
    explorer: Any = ScalingExplorer(own, start_up_s={"my containers": 0.7})
    assert explorer.shape == "your own"
    assert explorer.peak_per_s == 90
    assert explorer.scaling.arrived == pytest.approx(own.requests)
    explorer.set(peak_per_s=180, start_up="my containers")
    assert explorer.start_up_s == 0.7
    assert explorer.scaling.arrived == pytest.approx(2 * own.requests)
    names = [row["start_up"] for row in rows(explorer, "start-up times")]
    assert names[1] == "my containers, 0.7 s: yours (measured)"


@pytest.mark.parametrize("trait", ["shape", "start_up"])
def test_what_is_not_on_offer_is_refused(trait: str) -> None:
    """The message names what there is."""
    with pytest.raises(traitlets.TraitError, match=r"expected one of .*found 'your own'"):
        ScalingExplorer().set_trait(trait, "your own")


def test_what_is_drawn_adds_up_to_what_is_lost() -> None:
    """Thinned or not, the lost requests of the picture are all that were lost."""
    for shape in ("a spike", "a day", "bursts"):
        explorer: Any = ScalingExplorer()
        explorer.set(shape=shape, start_up="120 s")
        drawn = rows(explorer, "over time")
        assert len(drawn) <= 240
        step_s = 60 * (drawn[1]["minute"] - drawn[0]["minute"])
        lost = sum(row["lost_per_s"] for row in drawn) * step_s
        assert lost == pytest.approx(explorer.scaling.lost_requests, rel=0.01)


# Migration


def test_migrations_are_the_models() -> None:
    """What is shown is what `migrate` says for the sliders, also at the dot of the curve."""
    explorer = MigrationExplorer(1024)
    explorer.set(bandwidth_mib_per_s=100, dirty_mib_per_s=50, working_set_mib=400)
    expected = migrate(1024, 100, 50, working_set_mib=400)
    assert explorer.migration == expected
    assert [row["sent_mib"] for row in rows(explorer, "rounds")] == [
        each.sent_mib for each in expected.rounds
    ]
    times = {row["time_s"] for row in shown(explorer)[1]["datasets"]["points"]}
    assert expected.downtime_ms is not None
    assert times == {expected.downtime_ms / 1000, expected.total_time_s}


def test_what_never_ends_is_said_and_shaded() -> None:
    """Memory that is written faster than it is sent is not moved, in words and in the picture."""
    explorer: Any = MigrationExplorer(4096)
    explorer.set(dirty_mib_per_s=600, working_set_mib=4096)
    assert explorer.migration.downtime_ms is None
    assert explorer.message.startswith("It was given up")
    (grey,) = shown(explorer)[1]["datasets"]["endless"]
    assert grey["start"] <= 600 <= grey["end"]
    explorer.method = "post-copy"
    assert shown(explorer)[1]["datasets"]["endless"] == []


def test_published_and_measured_migrations_are_drawn() -> None:
    """Clark's downtimes are lines, the learner's are points."""
    measured = [{"dirty_mib_per_s": 5, "downtime_ms": 42.0}, {"dirty_mib_per_s": 9, "total_s": 3.5}]
    explorer = MigrationExplorer(measured=measured)
    lines = shown(explorer)[1]["datasets"]["published"]
    assert [row["time_s"] for row in lines] == [0.06, 0.165, 0.3, 3.5, 32.0]
    points = shown(explorer)[1]["datasets"]["points"]
    assert [r["time_s"] for r in points if "measured" in r["kind"]] == [0.042, 3.5]
    assert len(rows(explorer, "published")) == len(PUBLISHED_DOWNTIMES)


# Availability


def test_failures_are_the_models() -> None:
    """What is shown is what `fail` says for the sliders and the seed."""
    explorer: Any = AvailabilityExplorer(hosts=6, services_per_host=3)
    explorer.set(policy="restart", years=2, seed=9, days_to_failure=50)
    expected = fail(
        6,
        services_per_host=3,
        spare_hosts=1,
        mean_time_to_failure_h=50 * 24,
        mean_time_to_repair_h=12,
        policy="restart",
        warning_share=0.5,
        years=2,
        generator=np.random.default_rng(9),
    )
    assert explorer.failures.minutes_per_year == expected.minutes_per_year
    assert explorer.failures.host_failures == expected.host_failures
    assert len(rows(explorer, "outages")) == expected.outages


def test_better_policies_are_down_for_less() -> None:
    """They meet the same failures, so that each is at least as good as the one above it."""
    explorer = AvailabilityExplorer()
    explorer.set(spare_hosts=5, years=10)
    means = [
        row["minutes_per_year"]
        for row in rows(explorer, "minutes down")
        if row["kind"] == "mean (simulated)"
    ]
    assert means == sorted(means, reverse=True)
    assert means[2] < means[1] / 10


def test_promises_and_measurements_are_drawn() -> None:
    """A promise of 99.9 % leaves 525.6 minutes; own outages are multiplied by the failures."""
    explorer = AvailabilityExplorer(measured={"restart": 30.0})
    nines = {row["label"]: row["minutes"] for row in shown(explorer)[0]["datasets"]["nines"]}
    assert nines["99.9 %"] == pytest.approx(525.6)
    assert len(nines) == len(NINES)
    (own,) = (r for r in rows(explorer, "minutes down") if r["kind"] == "measured")
    assert own["policy"] == "restart"
    assert own["minutes_per_year"] == pytest.approx(365 / 180 * 0.5)


def test_nothing_happened_is_said() -> None:
    """Where no host fails, the words say so, and the picture is empty."""
    explorer: Any = AvailabilityExplorer(hosts=1)
    for seed in range(1, 51):
        explorer.set(days_to_failure=1000, years=1, seed=seed)
        if not explorer.failures.host_failures:
            break
    assert "no host failed" in explorer.message.lower()
    assert shown(explorer)[1]["datasets"]["outages"] == []
