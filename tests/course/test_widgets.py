"""The explorer, tested by its traits: no browser, no kernel."""

from __future__ import annotations

import dataclasses

import ipywidgets
import pytest
import traitlets

from course.charts import VEGA_LITE_MIME_TYPE
from course.exercise import problem
from course.widgets import ConsolidationExplorer


@pytest.fixture
def explorer() -> ConsolidationExplorer:
    """Return an explorer of the example company's room."""
    example = problem("01")
    return ConsolidationExplorer(example.servers, example.host)


def control(explorer: ConsolidationExplorer, description: str) -> ipywidgets.Widget:
    """Return the control that a learner sees under a description."""
    return next(c for c in explorer.children if getattr(c, "description", "") == description)


def drawn(explorer: ConsolidationExplorer) -> list[str]:
    """Return the descriptions of the charts that are shown."""
    output = explorer.children[-1]
    return [o["data"][VEGA_LITE_MIME_TYPE]["description"] for o in output.outputs]


def test_it_begins_with_the_host_on_offer(explorer: ConsolidationExplorer) -> None:
    """Controls, traits and plan agree from the start."""
    host = problem("01").host
    assert explorer.host_cores == control(explorer, "cores of a host").value == host.cores
    assert explorer.plan.host.memory_gib == host.memory_gib
    assert len(drawn(explorer)) == 2


def test_moving_a_slider_redraws(explorer: ConsolidationExplorer) -> None:
    """Larger hosts are fewer, and the charts and the words say so."""
    before, hosts = drawn(explorer), explorer.plan.hosts
    control(explorer, "cores of a host").value = 96
    control(explorer, "memory of a host (GiB)").value = 1024
    assert explorer.plan.hosts < hosts
    assert drawn(explorer) != before
    assert f"24 servers on {explorer.plan.hosts} hosts" in explorer.message
    assert explorer.message in explorer.children[-2].value


def test_traits_move_the_sliders(explorer: ConsolidationExplorer) -> None:
    """A notebook may set what a hand may set."""
    explorer.headroom = 0.5
    assert control(explorer, "headroom, kept free").value == 0.5
    assert explorer.plan.usable.cores == pytest.approx(explorer.host_cores * 0.95 * 0.5)


def test_more_headroom_and_overhead_never_save_hosts(explorer: ConsolidationExplorer) -> None:
    """What is kept from the tenants has to be bought elsewhere."""
    explorer.host_cores, explorer.host_memory_gib = 64, 512
    for trait in ("headroom", "overhead"):
        counts = []
        for value in (0.0, 0.1, 0.2):
            setattr(explorer, trait, value)
            counts.append(explorer.plan.hosts)
        assert counts == sorted(counts)


def test_a_host_that_is_too_small_is_explained() -> None:
    """There is no plan then, the words say why, and the sliders still work."""
    example = problem("01")
    large = dataclasses.replace(example.servers[0], memory_peak_gb=150.0)
    explorer = ConsolidationExplorer([large, *example.servers[1:]], example.host)
    explorer.host_memory_gib = 128
    assert explorer.plan is None
    assert "does not work" in explorer.message
    explorer.host_memory_gib = 512
    assert explorer.plan is not None
    assert "servers on" in explorer.message


def test_every_heuristic_is_on_offer(explorer: ConsolidationExplorer) -> None:
    """The dropdown's methods are those that pack knows, and another one is refused."""
    for method in dict(control(explorer, "heuristic").options).values():
        explorer.method = method
        assert explorer.plan.packing.method == method
    with pytest.raises(traitlets.TraitError):
        explorer.method = "by_magic"


def test_every_control_is_labelled(explorer: ConsolidationExplorer) -> None:
    """A control without a description is nothing to who cannot see it."""
    controls = explorer.children[:-2]
    assert len(controls) == 5
    assert all(c.description for c in controls)
    assert 'role="status"' in explorer.children[-2].value
