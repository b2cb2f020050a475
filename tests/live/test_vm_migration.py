"""Virtual machines: moved to another process while they run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course.live.vm import Migration, VirtualMachine
from course.simulation import migrate as model
from tests.live.machines import own_qemus, require_guests

pytestmark = pytest.mark.labvm

BANDWIDTH = 48  # MiB/s: between what an idle and a busy guest write
CONTENT = "sha256sum < /dev/shm/content"


@pytest.fixture(scope="module")
def machine() -> Iterator[VirtualMachine]:
    """Return a machine whose memory holds something that can be checked."""
    require_guests()
    with VirtualMachine("tiny", memory_mib=192) as started:
        started.run("head -c 5000000 /dev/urandom > /dev/shm/content")
        yield started


@pytest.fixture(scope="module")
def idle(machine: VirtualMachine) -> tuple[Migration, dict]:
    """Return how an idle machine was moved, and what was seen before and after."""
    return moved(machine, dirty_mib_per_s=0)


@pytest.fixture(scope="module")
def busy(machine: VirtualMachine) -> tuple[Migration, dict]:
    """Return how a machine was moved that writes to its memory all the time."""
    return moved(machine, dirty_mib_per_s=12)


def moved(machine: VirtualMachine, dirty_mib_per_s: float) -> tuple[Migration, dict]:
    """Move a machine, and return how it went, with what was seen before and after."""
    machine.write_memory(dirty_mib_per_s, 24)
    if dirty_mib_per_s:
        while machine.written_mib() < 24:
            pass
    before = {
        "pid": machine.pid,
        "content": machine.run(CONTENT).output,
        "ticks": machine.ticks(),
        "written": machine.written_mib(),
    }
    went = machine.migrate(bandwidth_mib_per_s=BANDWIDTH, downtime_limit_ms=30, timeout_s=60)
    machine.run("sleep 0.3")
    after = {
        "pid": machine.pid,
        "content": machine.run(CONTENT).output,
        "ticks": machine.ticks(),
        "written": machine.written_mib(),
    }
    machine.write_memory(0)
    return went, {"before": before, "after": after}


@pytest.mark.parametrize("how", ["idle", "busy"])
def test_it_goes_on_in_another_process(how: str, request: pytest.FixtureRequest) -> None:
    """Its memory is the same, its counter runs on, and the QEMU that it runs in is another."""
    went, seen = request.getfixturevalue(how)
    before, after = seen["before"], seen["after"]
    assert went.completed, went.reason
    assert after["pid"] != before["pid"]
    assert before["pid"] not in own_qemus()
    assert after["content"] == before["content"]
    assert after["ticks"] > before["ticks"]
    assert after["written"] >= before["written"]


def test_the_report_holds_together(idle: tuple[Migration, dict]) -> None:
    """Rounds are numbered, sum up to what was sent, and fit into the time and the bandwidth."""
    went, _seen = idle
    assert [one.number for one in went.rounds] == list(range(1, len(went.rounds) + 1))
    assert sum(one.sent_mib for one in went.rounds) == pytest.approx(went.sent_mib)
    assert sum(one.seconds for one in went.rounds) <= went.total_time_s + 0.05
    assert went.rounds[0].sent_mib == max(one.sent_mib for one in went.rounds)
    assert 0 < went.sent_mib / went.total_time_s <= BANDWIDTH * 1.3
    assert went.downtime_ms is not None
    assert 0 <= went.downtime_ms < 1000 * went.total_time_s


def test_the_outage_is_seen_from_outside(busy: tuple[Migration, dict]) -> None:
    """Somebody outside hears nothing for a while that is shorter than the whole migration."""
    went, _seen = busy
    assert went.outage_ms is not None
    assert 0 <= went.outage_ms < 1000 * went.total_time_s


def test_a_busy_guest_costs_more_as_the_model_says(
    idle: tuple[Migration, dict], busy: tuple[Migration, dict]
) -> None:
    """More dirty memory means more rounds, more bytes and more time, here as in the model."""
    few, many = idle[0], busy[0]
    modelled = [
        model(few.rounds[0].sent_mib, BANDWIDTH, rate, working_set_mib=24, downtime_limit_ms=30)
        for rate in (0.01, 12)
    ]
    assert len(modelled[1].rounds) > len(modelled[0].rounds)
    assert modelled[1].sent_mib > modelled[0].sent_mib
    assert len(many.rounds) > len(few.rounds)
    assert many.sent_mib > few.sent_mib + 5
    assert many.total_time_s > few.total_time_s


def test_one_that_does_not_converge_is_given_up_and_told(machine: VirtualMachine) -> None:
    """Faster writing than sending never ends by itself: the machine stays, and says why."""
    machine.write_memory(60, 40)
    while machine.written_mib() < 40:
        pass
    pid, content = machine.pid, machine.run(CONTENT).output
    went = machine.migrate(bandwidth_mib_per_s=8, downtime_limit_ms=10, timeout_s=8)
    machine.write_memory(0)
    assert not went.completed
    assert "did not converge within 8 s" in went.reason
    assert went.downtime_ms is None
    assert went.total_time_s < 30
    assert machine.pid == pid
    assert machine.run(CONTENT).output == content
    assert own_qemus() == [pid]
    modelled = model(128, 8, 60, working_set_mib=40, downtime_limit_ms=10, max_time_s=8)
    assert not modelled.converged


def test_it_can_be_moved_again_afterwards(machine: VirtualMachine) -> None:
    """After a migration that was given up, and after one that was not, the next one works."""
    for _time in range(2):
        assert machine.migrate(bandwidth_mib_per_s=200).completed
    assert machine.run("echo on").output == "on\n"
    assert len(own_qemus()) == 1


@pytest.mark.parametrize(
    "wrong", [{"bandwidth_mib_per_s": 0}, {"downtime_limit_ms": -1}, {"timeout_s": float("inf")}]
)
def test_what_cannot_be_is_refused(machine: VirtualMachine, wrong: dict) -> None:
    """A limit that is none is named."""
    with pytest.raises(ValueError, match=f"expected {next(iter(wrong))} above 0"):
        machine.migrate(**wrong)


def test_a_working_set_that_does_not_fit_is_refused(machine: VirtualMachine) -> None:
    """The guest would kill its programs; it is said how much it has left."""
    with pytest.raises(ValueError, match=r"at most \d+ MiB, which this guest has left"):
        machine.write_memory(10, 180)
