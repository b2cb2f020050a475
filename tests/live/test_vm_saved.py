"""Virtual machines: saved, destroyed, brought back, cloned."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.live import radius
from course.live.errors import FingerprintMismatchError, MachineStateError
from course.live.vm import Snapshot, VirtualMachine
from tests.live.machines import own_qemus, require_guests

pytestmark = pytest.mark.labvm

DIGEST = "cat /dev/shm/content /run/counter | sha256sum"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, str]]:
    """Return a snapshot of a machine that ran on and was then destroyed, and what it held."""
    require_guests()
    folder = tmp_path_factory.mktemp("saved") / "it's a snapshot"  # a name that a shell must quote
    with VirtualMachine("tiny", service="freeradius", data_disk_mib=4) as machine:
        machine.run("head -c 3000000 /dev/urandom > /dev/shm/content; echo 41 > /run/counter")
        machine.run(f"echo on the disk | dd of={machine.data_disk} conv=notrunc; sync")
        held = machine.run(DIGEST).output
        snapshot = machine.snapshot(folder)
        assert machine.state == "running"
        machine.run("echo 42 > /run/counter; rm /dev/shm/content")  # it goes on, and changes
        machine.crash()
    yield snapshot, held
    snapshot.delete()
    assert not folder.exists()


def test_what_is_restored_is_what_was_saved(saved: tuple[Snapshot, str]) -> None:
    """Memory, files, the disk and the running service are as they were, byte for byte."""
    snapshot, held = saved
    with VirtualMachine.restored(snapshot) as machine:
        assert machine.run(DIGEST).output == held
        assert machine.run("cat /run/counter").output == "41\n"
        assert machine.run(f"head -n 1 {machine.data_disk}").output == "on the disk\n"
        assert radius.answers(machine.ports[1812])
        assert [stage.name for stage in machine.timeline.stages] == [
            "process", "loading", "answer",
        ]  # fmt: skip


def test_a_snapshot_is_found_again_by_its_folder(saved: tuple[Snapshot, str]) -> None:
    """Another process finds all of it in the folder."""
    snapshot, held = saved
    found = Snapshot.read(snapshot.path)
    assert found == snapshot
    assert found.memory_bytes > 10 * 2**20
    assert found.disk_bytes == pytest.approx(4 * 2**20, rel=0.1)
    with VirtualMachine.restored(snapshot.path) as machine:
        assert machine.run(DIGEST).output == held


def test_clones_are_apart(saved: tuple[Snapshot, str]) -> None:
    """Clones write to disks and memory of their own, have the time, and other random numbers."""
    import time

    snapshot, _held = saved
    with VirtualMachine.restored(snapshot) as one, VirtualMachine.restored(snapshot) as other:
        one.run(f"echo changed > /run/counter; echo changed | dd of={one.data_disk} conv=notrunc")
        assert other.run("cat /run/counter").output == "41\n"
        assert other.run(f"head -n 1 {other.data_disk}").output == "on the disk\n"
        assert abs(int(other.run("date +%s").output) - time.time()) < 5
        numbers = {vm.run("head -c 16 /dev/urandom | sha256sum").output for vm in (one, other)}
        assert len(numbers) == 2
    assert VirtualMachine.restored(snapshot).state == "new"


def test_suspended_it_ends_and_goes_on_later(tmp_path: Path) -> None:
    """A suspended machine is gone; restored it counts on from where it was."""
    require_guests()
    with VirtualMachine("tiny") as machine:
        before = machine.ticks()
        snapshot = machine.suspend(tmp_path / "suspended")
        assert machine.state == "stopped"
        assert machine.pid not in own_qemus()
    with VirtualMachine.restored(snapshot) as again:
        assert again.ticks() >= before


def test_a_full_machine_is_saved_with_its_disk(tmp_path: Path) -> None:
    """What a full machine wrote to its disk is in the snapshot, and its service goes on."""
    require_guests()
    with VirtualMachine("full") as machine:
        machine.run("echo kept > /root/note; sync")
        snapshot = machine.suspend(tmp_path / "full")
    with VirtualMachine.restored(snapshot) as again:
        assert again.run("cat /root/note").output == "kept\n"
        assert radius.answers(again.ports[1812])
        assert again.timeline.total_s < machine.timeline.total_s / 3


def test_a_snapshot_does_not_overwrite(saved: tuple[Snapshot, str]) -> None:
    """A folder that is there is refused and left as it was, and the machine goes on."""
    snapshot, _held = saved
    with VirtualMachine.restored(snapshot) as machine:
        with pytest.raises(FileExistsError):
            machine.snapshot(snapshot.path)
        assert machine.run("echo on").output == "on\n"
    assert Snapshot.read(snapshot.path) == snapshot


@pytest.mark.parametrize("harm", ["nothing", "no description", "no memory", "cut description"])
def test_what_is_no_snapshot_is_refused(harm: str, tmp_path: Path) -> None:
    """An empty, cut or unfinished folder is named, with what to do."""
    folder = tmp_path / "snapshot"
    if harm != "nothing":
        folder.mkdir()
    if harm == "cut description":
        (folder / "machine.json").write_text('{"format": 1, "conf')
    if harm == "no description":
        (folder / "memory").write_bytes(b"x")
    with pytest.raises(MachineStateError, match="expected a snapshot"):
        VirtualMachine.restored(folder)


def test_a_snapshot_of_another_qemu_is_refused(saved: tuple[Snapshot, str], tmp_path: Path) -> None:
    """It resumes only with the QEMU that saved it."""
    snapshot, _held = saved
    copy = tmp_path / "copy"
    shutil.copytree(snapshot.path, copy)
    file = copy / "machine.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"qemu_version": "4.2.0"}))
    with pytest.raises(FingerprintMismatchError, match=r"QEMU to be 4\.2\.0"):
        VirtualMachine.restored(copy).start()


def test_a_damaged_memory_is_told(saved: tuple[Snapshot, str], tmp_path: Path) -> None:
    """A memory file that was cut ends in an error, and in no machine."""
    from course.live.errors import VirtualMachineError

    snapshot, _held = saved
    copy = tmp_path / "copy"
    shutil.copytree(snapshot.path, copy)
    memory = copy / "memory"
    memory.write_bytes(memory.read_bytes()[: snapshot.memory_bytes // 2])
    machine = VirtualMachine.restored(copy)
    with pytest.raises(VirtualMachineError, match="expected"):
        machine.start()
    assert machine.state == "stopped"
    assert own_qemus() == []
