"""The widgets, tested by their traits: no browser, no kernel."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest
import traitlets

from course.charts import VEGA_LITE_MIME_TYPE
from course.exercise import problem
from course.live.engine import Connection, EngineInfo, Removed
from course.live.errors import NoEngineError
from course.live.progress import Progress
from course.widgets import ConsolidationExplorer, EngineStatus

if TYPE_CHECKING:
    from course.live.progress import Reporter


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


class FakeEngine:
    """An engine as the status sees it: it answers, or it does not."""

    def __init__(self, kind: str = "docker", accelerated: bool | None = None) -> None:
        self.alive = True
        self.asked = threading.Event()
        self.stopped = False
        address, began = "unix:///engine.sock", datetime.now(UTC) - timedelta(minutes=3)
        info = EngineInfo(kind, "20.10", "1.41", accelerated, address, "<it> answers", began)
        self.connection = Connection(self, info, self, ())

    def answers(self) -> bool:
        """Say whether it answers, as a client does."""
        self.asked.set()
        return self.alive

    def stop(self) -> None:
        """Stop, as a lab VM does."""
        self.stopped = True

    def connect(self, report: Reporter) -> Connection:
        """Connect, as `course.live.engine.current` does."""
        report(Progress(0.5, "half way"))
        return self.connection


@pytest.fixture
def status_of() -> Iterator[Callable[..., EngineStatus]]:
    """Return a function that makes a status, which is closed at the end."""
    made: list[EngineStatus] = []

    def make(engine: FakeEngine, **options: Any) -> EngineStatus:
        options = {"connect": engine.connect, "interval_s": 0.01, **options}
        made.append(EngineStatus(**options))
        made[-1].wait()
        return made[-1]

    yield make
    for status in made:
        status.close()
        status._watch.join()


def becomes(status: EngineStatus, state: str) -> None:
    """Wait until a status has a state."""
    there = threading.Event()
    status.observe(lambda _: status.state == state and there.set(), names="state")
    assert status.state == state or there.wait(30)


def test_the_status_says_which_engine_and_why(status_of: Callable[..., EngineStatus]) -> None:
    """Kind, version, reason and age are told, in words that cannot be markup."""
    status = status_of(FakeEngine())
    assert (status.state, status.kind, status.version) == ("ready", "docker", "20.10")
    assert status.age_s >= 180
    words, age, progress, _ = status.children
    assert 'role="status"' in words.value
    assert "&lt;it&gt; answers" in words.value
    assert "3 min" in age.value
    assert progress.value == ""
    assert status.stop_button.disabled, "an engine that is not ours is not stopped"


def test_the_status_shows_progress(status_of: Callable[..., EngineStatus]) -> None:
    """While an engine starts, how far it is can be seen and heard."""
    engine = FakeEngine()
    told, go_on = threading.Event(), threading.Event()

    def slowly(report: Reporter) -> Connection:
        report(Progress(0.25, "a quarter"))
        told.set()
        assert go_on.wait(30)
        return engine.connection

    status = status_of(engine, connect=slowly, start=False)
    assert status.state == "none"
    status.start_button.click()
    assert told.wait(30)
    assert (status.state, status.fraction, status.message) == ("starting", 0.25, "a quarter")
    assert 'aria-label="progress of the engine"' in status.children[2].value
    assert 'value="0.250"' in status.children[2].value
    assert status.start_button.disabled
    go_on.set()
    status.wait()
    assert status.state == "ready"


def test_an_emulated_engine_is_called_so(status_of: Callable[..., EngineStatus]) -> None:
    """A lab VM says whether it is emulated, and can be stopped and started again."""
    engine = FakeEngine("labvm", accelerated=False)
    status = status_of(engine)
    assert "emulated" in status.message
    status.stop_button.click()
    status.wait()
    assert engine.stopped
    assert status.state == "stopped"
    status.start_button.click()
    status.wait()
    assert status.state == "ready"


def test_an_engine_that_dies_is_noticed(status_of: Callable[..., EngineStatus]) -> None:
    """When it answers no more the status says so; when it answers again, that too."""
    engine = FakeEngine()
    status = status_of(engine)
    engine.alive = False
    becomes(status, "gone")
    assert not status.start_button.disabled
    engine.alive = True
    becomes(status, "ready")


def test_an_error_is_shown_as_text(status_of: Callable[..., EngineStatus]) -> None:
    """What goes wrong is read in the status, not in a traceback that nobody sees."""

    def fail(_: Reporter) -> Connection:
        raise NoEngineError("expected an engine, found none")

    status = status_of(FakeEngine(), connect=fail)
    assert (status.state, status.message) == ("failed", "expected an engine, found none")
    assert not status.start_button.disabled


def test_cleaning_up_says_what_went(status_of: Callable[..., EngineStatus]) -> None:
    """The button removes the lessons' objects, and the status lists them."""
    engine = FakeEngine()
    swept = []

    def sweep(client: Any) -> Removed:
        swept.append(client)
        return Removed(containers=("web",))

    status = status_of(engine, sweep=sweep)
    status.clean_button.click()
    status.wait()
    assert swept == [engine]
    assert status.message == "Removed 1 container: web"


def test_a_closed_status_watches_no_more(status_of: Callable[..., EngineStatus]) -> None:
    """Closing it ends its thread; every button has a name and an explanation."""
    engine = FakeEngine()
    status = status_of(engine)
    assert engine.asked.wait(30)
    assert all(b.description and b.tooltip for b in status.children[-1].children)
    status.close()
    status._watch.join(30)
    assert not status._watch.is_alive()
