"""Experiments at small size, on the real things: a host's engine, the lab VM, virtual machines.

Nothing is said of how fast anything is; only what holds on every machine.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from course import charts_measured
from course.live import experiments
from course.live.client import CourseClient
from course.live.engine import remembered
from course.live.errors import NotEnoughMemoryError
from course.live.experiments import MixedAcceleratorsError, Table, machines
from course.live.experiments.startup import container_start_s
from course.live.progress import Progress
from course.live.unavailable import Unavailable
from tests.lesson_engine import NOWHERE
from tests.live.conftest import Engine, require_lab_vm
from tests.live.machines import own_qemus, require_guests

#: Ctrl-C comes upon whatever is open just then, be it in a library.
INTERRUPTED = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
#: The sizes at which everything is over in seconds.
SMALL_WORK = {
    "repeats": 1,
    "turns": 20_000,
    "shortest_s": 0.02,
    "network_mib": 1,
    "disk_mib": 4,
    "seconds": 1,
}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, and leave no other behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    yield
    assert _held() == []


def _held() -> list[str]:
    """Return the folders of machines and experiments that this process holds."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one by which they are listed
            found.append(str(descriptor.readlink()))
    return [path for path in found if "course-machine-" in path]


@pytest.fixture
def on_host(host: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[CourseClient]:
    """Have the learner's engine be one of this machine, and leave no container in it."""
    monkeypatch.setenv("COURSE_ENGINE", "docker")
    monkeypatch.setenv("DOCKER_HOST", host.docker_host)
    yield host.client
    _disconnect()
    assert host.client.containers.list(all=True) == []


@pytest.fixture
def in_lab_vm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the learner's engine be a lab VM of the test's own."""
    require_lab_vm()
    monkeypatch.setenv("COURSE_ENGINE", "labvm")
    monkeypatch.setenv("COURSE_LABVM_NAME", f"experiments-{os.getpid()}")
    yield
    _disconnect()


def _disconnect() -> None:
    """Close the connection to an engine that this process remembers; end its lab VM."""
    connection = remembered()
    if connection is not None:
        connection.client.close()
        if connection.lab_vm is not None:
            connection.lab_vm.stop()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no engine be found."""
    monkeypatch.setenv("COURSE_ENGINE", "docker")
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)


@pytest.fixture
def guests() -> Iterator[None]:
    """Have virtual machines, and leave none behind."""
    require_guests()
    before = own_qemus()
    yield
    assert own_qemus() == before


def quiet(_: Progress) -> None:
    """Show no progress."""


def whole(table: Table | Unavailable) -> Table:
    """Return a table that was measured and in which nothing is wrong."""
    assert isinstance(table, Table), table
    assert table.problems() == ()
    assert all(row.unit for row in table)
    return table


# On the host and its engine


@pytest.mark.docker
def test_a_process_starts_before_a_container(on_host: CourseClient) -> None:
    """On one kernel a container's start takes longer than that of the process in it."""
    table = whole(
        experiments.startup(
            repeats=3,
            seconds=2,
            technologies=("process", "container", "created container"),
            progress=quiet,
            record="startup.json",
        )
    )
    assert table.accelerators("process")[0] == "native"
    assert len(table.values("container", engine="docker")) >= 2
    assert table.ratio("container", "process", accelerator="native") > 1
    assert Table.read("startup.json") == table
    assert experiments.startup(record="startup.json") == table


@pytest.mark.docker
@pytest.mark.labvm
def test_containers_are_measured_on_both_kinds_of_processor(
    on_host: CourseClient,
) -> None:
    """Beside an engine of this machine the lab VM's is measured too, and never mixed with it."""
    require_lab_vm()
    table = whole(
        experiments.startup(
            repeats=2, seconds=2, technologies=("process", "container"), progress=quiet
        )
    )
    assert set(table.accelerators("container")) == {"native", table.rows[-1].accelerator}
    assert len(table.accelerators("container")) == 2
    with pytest.raises(MixedAcceleratorsError):
        table.values("container")
    for accelerator in table.accelerators("container"):
        assert table.ratio("container", "process", accelerator=accelerator) > 1


@pytest.mark.docker
def test_a_service_weighs_the_same_in_a_container(on_host: CourseClient) -> None:
    """The image holds the same files as the folder, in layers that add up."""
    table = whole(experiments.footprint(technologies=("process", "container"), progress=quiet))
    image, files = table.median("container", engine="docker"), table.median("process")
    assert 0.9 < image / files < 1.2
    assert table.values("container", "disk: layer 1", engine="docker")[0] > 0.9 * image
    further = table.values("container", "disk, each further", engine="docker")[0]
    assert further < 0.05 * image
    assert table.values("process", "memory")[0] < 100


@pytest.mark.docker
def test_each_container_takes_more_memory(on_host: CourseClient) -> None:
    """Memory grows with each instance, and the budget is kept."""
    table = whole(
        experiments.density(budget_mib=200, most=3, technologies=("container",), progress=quiet)
    )
    used_mib = table.values("container", engine="docker")
    assert used_mib == sorted(used_mib)
    assert max(used_mib) < 200
    assert experiments.memory_per_instance_mib(table, "container", accelerator="native").mib > 0
    last = table.select(quantity="instances", engine="docker").rows[-1]
    assert last.note


@pytest.mark.docker
def test_work_is_measured_on_the_host(on_host: CourseClient) -> None:
    """Every kind of work gives a figure in a process and in a container."""
    table = whole(
        experiments.overhead(technologies=("process", "container"), progress=quiet, **SMALL_WORK)
    )
    for technology in ("process", "container"):
        for quantity in ("CPU", "system call", "memory bandwidth", "network"):
            assert table.values(technology, quantity, accelerator="native"), quantity


@pytest.mark.docker
def test_a_killed_container_comes_back_without_its_memory(on_host: CourseClient) -> None:
    """A container is started again, and what it had in memory is gone."""
    table = whole(experiments.recovery(repeats=1, technologies=("container",), progress=quiet))
    assert table.values("container", "content kept", engine="docker") == [0]
    assert table.median("container", "restore", engine="docker") > 0


@pytest.mark.docker
def test_a_container_made_beforehand_is_counted_from_its_start(on_host: CourseClient) -> None:
    """Both ways of starting say their first line, and leave no container."""
    from course.live.images import provide

    provide(on_host, "course/busybox:1.35")
    assert container_start_s(on_host, created=True) > 0
    assert container_start_s(on_host, created=False) > 0
    assert on_host.containers.list(all=True) == []


# In the lab VM


@pytest.mark.labvm
def test_the_lab_vm_has_processes_and_containers(in_lab_vm: None) -> None:
    """Where the lab VM is the engine, both can be compared on its kind of processor."""
    table = whole(
        experiments.startup(
            repeats=2, seconds=1, technologies=("process", "container"), progress=quiet
        )
    )
    assert table.ratio("container", "process") > 1
    assert table.accelerators("container") != ("native",)
    memory = whole(experiments.footprint(technologies=("container",), progress=quiet))
    assert 0.5 < memory.median("container", "memory") < 100


@pytest.mark.labvm
def test_the_lab_vm_s_containers_can_be_counted_and_killed(in_lab_vm: None) -> None:
    """Density and recovery go alike in the lab VM."""
    table = whole(
        experiments.density(budget_mib=150, most=2, technologies=("container",), progress=quiet)
    )
    assert table.values("container", "instances") == [1, 2]
    table = whole(experiments.recovery(repeats=1, technologies=("container",), progress=quiet))
    assert table.values("container", "content kept") == [0]


# Virtual machines


@pytest.mark.labvm
def test_a_resumed_machine_is_there_before_one_that_boots(guests: None, nowhere: None) -> None:
    """A start from a snapshot is faster than a boot, and the stages of both add up."""
    table = whole(
        experiments.startup(
            repeats=2,
            seconds=4,
            technologies=("tiny VM", "resumed VM", "container"),
            progress=quiet,
        )
    )
    assert table.ratio("tiny VM", "resumed VM") > 1
    assert "container" in table.missing
    assert table.values("container") == []
    assert table.values("tiny VM", "stage: kernel")[0] > 0
    assert charts_measured.boot_timeline(table).to_dict()


@pytest.mark.labvm
@pytest.mark.docker
def test_a_full_machine_weighs_more_than_twenty_images(guests: None, on_host: CourseClient) -> None:
    """A general-purpose Debian takes over 20 times the disk of the image with the service alone."""
    table = whole(
        experiments.footprint(technologies=("container", "tiny VM", "full VM"), progress=quiet)
    )
    full, tiny = (table.median(one) for one in ("full VM", "tiny VM"))
    image = table.median("container", engine="docker")
    assert full > 20 * image
    assert full > tiny > image
    assert table.median("full VM", "disk, virtual") > full > table.median("full VM", "disk, file")
    for technology in ("tiny VM", "full VM"):
        used, total = (
            table.median(technology, f"memory, guest {one}") for one in ("used", "total")
        )
        assert used < total
    assert table.median("full VM", "memory") > table.median("container", "memory", engine="docker")


@pytest.mark.labvm
def test_clones_take_memory_each(guests: None, nowhere: None) -> None:
    """Two machines and two clones run side by side, and each further one takes memory."""
    table = whole(experiments.density(most=2, technologies=("tiny VM", "clone"), progress=quiet))
    for technology in ("tiny VM", "clone"):
        first, second = table.values(technology)
        assert second > 1.3 * first
        assert experiments.memory_per_instance_mib(table, technology).instances == 2


@pytest.mark.labvm
def test_work_is_measured_in_both_kinds_of_machine(guests: None, nowhere: None) -> None:
    """Every kind of work gives a figure with virtio and with emulated devices."""
    table = whole(
        experiments.overhead(
            technologies=("virtio VM", "emulated VM"), progress=quiet, **SMALL_WORK
        )
    )
    for technology in ("virtio VM", "emulated VM"):
        for quantity in ("CPU", "system call", "memory bandwidth", "random read", "network"):
            assert table.values(technology, quantity), (technology, quantity)


@pytest.mark.labvm
def test_a_machine_moves_or_is_given_up(guests: None, nowhere: None) -> None:
    """An idle machine moves; one that writes faster than is sent does not, and both are told."""
    table = whole(
        experiments.migration(
            dirty_rates=(0, 200),
            working_set_mib=40,
            bandwidth_mib_per_s=24,
            downtime_limit_ms=50,
            timeout_s=6,
            progress=quiet,
        )
    )
    assert table.values("tiny VM", "dirty rate") == [0, 200]
    assert table.values("tiny VM", "completed") == [1, 0]
    assert len(table.values("tiny VM", "downtime")) == 1
    sent_mib = table.values("tiny VM", "sent")
    assert sent_mib[1] > sent_mib[0]
    assert charts_measured.migration(table).to_dict()


@pytest.mark.labvm
def test_a_restored_machine_remembers(guests: None, nowhere: None) -> None:
    """After a crash a machine comes back from its snapshot with what it had in memory."""
    table = whole(experiments.recovery(repeats=1, technologies=("tiny VM",), progress=quiet))
    assert table.values("tiny VM", "content kept") == [1]
    assert table.median("tiny VM", "crash noticed") < 20
    assert table.median("tiny VM", "snapshot size") > 1


# What fails


def test_where_nothing_is_the_notebook_goes_on(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without engine and QEMU there is no table, but a reason that names what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = experiments.migration(progress=quiet, record="migration.json")
    assert isinstance(answer, Unavailable)
    assert "QEMU" in answer.reason
    assert not Path("migration.json").exists()
    assert charts_measured.migration(answer) is answer


@pytest.mark.labvm
def test_too_little_memory_is_a_line_and_no_crash(
    guests: None, nowhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines that do not fit are not started; the process beside them is measured."""
    from course.live.vm import VirtualMachine

    def refuse(_: VirtualMachine) -> None:
        raise NotEnoughMemoryError("expected 224 MiB of memory, found 10 MiB")

    # To take all of this machine's memory would disturb whoever shares it.
    monkeypatch.setattr(VirtualMachine, "_require_memory", refuse)
    table = whole(
        experiments.startup(repeats=1, technologies=("process", "tiny VM"), progress=quiet)
    )
    assert table.technologies == ("process",)
    assert "found 10 MiB" in table.missing["tiny VM"]


@INTERRUPTED
@pytest.mark.labvm
def test_an_interrupt_ends_the_machines(guests: None, nowhere: None, tmp_path: Path) -> None:
    """Ctrl-C in the middle leaves no machine, no folder and no record."""
    before = own_qemus()
    assert _interrupted(
        lambda: experiments.density(
            technologies=("tiny VM",), progress=quiet, record="density.json"
        ),
        lambda: len(own_qemus()) > len(before),
    )
    assert list(tmp_path.iterdir()) == []


@INTERRUPTED
@pytest.mark.docker
def test_an_interrupt_ends_the_containers(on_host: CourseClient, tmp_path: Path) -> None:
    """Ctrl-C in the middle leaves no container and no record."""
    assert _interrupted(
        lambda: experiments.density(
            technologies=("container",), progress=quiet, record="density.json", most=1000
        ),
        lambda: len(on_host.containers.list()) >= 2,
    )
    assert on_host.containers.list(all=True) == []
    assert list(tmp_path.iterdir()) == []


def test_a_process_s_memory_is_its_own() -> None:
    """Of this very process the resident set is what psutil says, and the share is no more."""
    resident, share = machines.resident_mib(os.getpid())
    assert resident == pytest.approx(psutil.Process().memory_info().rss / 2**20, rel=0.2)
    assert share is None or share <= 1.2 * resident


def _interrupted(work: Callable[[], object], ready: Callable[[], bool]) -> bool:
    """Do something, press Ctrl-C as soon as something else holds, and say whether that ended it."""
    done = threading.Event()

    def press() -> None:
        while not done.wait(0.05):
            if ready():
                os.kill(os.getpid(), signal.SIGINT)
                return

    thread = threading.Thread(target=press)
    thread.start()
    interrupted = False
    try:
        work()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        done.set()
        thread.join()
    gc.collect()  # whatever file or request it came upon
    return interrupted
