"""Virtual machines: what goes wrong is told, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from course.live import cache
from course.live.errors import (
    DiskFullError,
    FingerprintMismatchError,
    GuestDiedError,
    GuestsNotBuiltError,
    NotEnoughMemoryError,
    QemuMissingError,
    VirtualMachineError,
)
from course.live.vm import VirtualMachine, readiness
from tests.live.machines import left_folders, own_qemus, require_guests
from tests.live.test_labvm import eventually

pytestmark = pytest.mark.labvm


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Whatever a test does, no machine of it is left, and no folder."""
    require_guests()
    before = left_folders()
    yield
    eventually(lambda: not own_qemus(), "no machine is left")
    eventually(lambda: set(left_folders()) <= set(before), "no folder is left")


def test_a_crash_is_noticed(tmp_path: Path) -> None:
    """A machine whose QEMU was killed says so at every use, and stops in order."""
    with VirtualMachine("tiny") as machine:
        machine.run("echo about to crash > /dev/ttyS0")
        os.kill(machine.pid, signal.SIGKILL)
        eventually(lambda: machine.state == "crashed", "the crash is noticed")
        uses = (lambda: machine.run("true"), machine.memory, machine.pause, machine.migrate,
                lambda: machine.snapshot(tmp_path / "x"), machine.ticks)  # fmt: skip
        for use in uses:
            with pytest.raises(GuestDiedError, match="signal 9"):
                use()
        assert "about to crash" in machine.console
    assert machine.state == "crashed"
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_dies_while_it_is_used() -> None:
    """A command during which the machine dies ends in an error that says how."""
    with VirtualMachine("tiny") as machine:
        killer = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -9 {machine.pid}"])
        with pytest.raises(GuestDiedError, match="signal 9"):
            machine.run("sleep 20")
        killer.wait()


def test_a_panic_is_quoted() -> None:
    """A guest whose kernel panics has ended, and its console says why."""
    with VirtualMachine("tiny") as machine:
        machine.run("echo 1 > /proc/sys/kernel/sysrq")
        with pytest.raises(GuestDiedError, match="Kernel panic"):
            machine.run("echo c > /proc/sysrq-trigger; sleep 20")


def test_no_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without QEMU a start says what to install, and so does what is asked beforehand."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(QemuMissingError, match="apt-get install qemu-system-x86"):
        VirtualMachine("tiny").start()
    assert (readiness().state, "apt-get" in readiness().remedy) == ("impossible", True)


def test_a_qemu_that_fails_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What QEMU says when it ends at once is repeated."""
    program = tmp_path / "qemu-system-x86_64"
    program.write_text("#!/bin/sh\necho cannot do that >&2; exit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(GuestDiedError, match="status 3") as raised:
        VirtualMachine("tiny", accelerator="tcg").start()
    assert "cannot do that" in str(raised.value)


def test_guests_that_were_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without guests it is said how to build them."""
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
    with pytest.raises(GuestsNotBuiltError, match="course labvm build"):
        VirtualMachine("tiny").start()
    assert (readiness().state, readiness().remedy) == ("unbuilt", "course labvm build")


@pytest.mark.parametrize(
    ("harm", "kind", "said"),
    [
        ("manifest", GuestsNotBuiltError, "cannot be read"),
        ("recipe", FingerprintMismatchError, "those of another"),
        ("file", GuestsNotBuiltError, "found 0"),
    ],
)
def test_damaged_guests(
    harm: str, kind: type, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that is cut or another version's is refused before anything is started."""
    current = cache.folder() / "guests/current"
    own = tmp_path / "guests/build-own"
    own.mkdir(parents=True)
    for file in current.iterdir():
        (own / file.name).symlink_to(file.resolve())
    (tmp_path / "guests/current").symlink_to("build-own")
    manifest = (own / "manifest.json").read_text()
    (own / "manifest.json").unlink()
    if harm == "manifest":
        manifest = manifest[:100]
    if harm == "recipe":
        manifest = manifest.replace('"recipe": "', '"recipe": "x')
    if harm == "file":
        (own / "tiny.cpio.gz").unlink()
    (own / "manifest.json").write_text(manifest)
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
    with pytest.raises(kind, match=said):
        VirtualMachine("tiny").start()
    assert readiness().state == "unbuilt"


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start for which memory is short is refused, and says how much there is."""
    from course.live.vm import machine

    monkeypatch.setattr(machine, "available_memory_bytes", lambda: 100 * 2**20)
    with pytest.raises(NotEnoughMemoryError, match=r"found 100 MiB left"):
        VirtualMachine("tiny").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for a snapshot or for a disk is told; the machine goes on, nothing half is left."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "small", small], check=True)
    try:
        with VirtualMachine("tiny") as machine:
            with pytest.raises(DiskFullError, match="expected room"):
                machine.snapshot(small / "snapshot")
            assert list(small.iterdir()) == []
            assert machine.run("echo on").output == "on\n"
            machine.migrate(bandwidth_mib_per_s=500)  # it can still be moved
        monkeypatch.setenv("TMPDIR", str(small))
        with pytest.raises(DiskFullError):
            VirtualMachine("tiny", data_disk_mib=64).start()
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_kvm_where_it_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """KVM that is asked for and does not run a guest is refused; `auto` then emulates."""
    from course.live.vm import accelerator

    monkeypatch.setattr(accelerator, "_works", lambda _program: False)
    with pytest.raises(VirtualMachineError, match='accelerator="tcg"'):
        VirtualMachine("tiny", accelerator="kvm").start()
    with VirtualMachine("tiny") as machine:
        assert machine.accelerator == "tcg"


OWNER = """
import sys, time
from course.live.vm import VirtualMachine

with VirtualMachine("tiny") as machine:
    print(machine.pid, flush=True)
    {work}
"""
WORK = {
    "idle": "time.sleep(60)",
    "a command": "machine.run('sleep 60', timeout_s=60)",
    "a migration": "machine.write_memory(40, 40); machine.migrate(bandwidth_mib_per_s=1)",
    "a snapshot": "machine.write_memory(40, 40); [machine.snapshot(f'{sys.argv[1]}/{n}') "
    "for n in range(1000)]",
}


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_whoever_ends_its_owner_ends_the_machine(
    how: signal.Signals, work: str, tmp_path: Path
) -> None:
    """After Ctrl-C no process and no file is left; after kill -9 no process, and soon no file."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(work=WORK[work]), str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    time.sleep(0.7)  # so that it is in the middle of its work
    owner.send_signal(how)
    owner.wait(30)
    owner.stdout.close()
    eventually(lambda: not psutil.pid_exists(pid), "its machine has ended")
    if how is signal.SIGINT and work == "a snapshot":
        whole = [path for path in tmp_path.iterdir() if (path / "machine.json").exists()]
        assert list(tmp_path.iterdir()) == whole
    if how is signal.SIGKILL:  # the next machine sweeps away what it has left
        with VirtualMachine("tiny"):
            pass


def test_an_interrupted_boot_leaves_nothing() -> None:
    """Ctrl-C while a machine boots ends its QEMU, and deletes its folder."""
    code = "from course.live.vm import VirtualMachine; VirtualMachine('full').start()"
    owner = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    process = psutil.Process(owner.pid)
    eventually(
        lambda: any("qemu-system" in child.name() for child in process.children()), "it boots"
    )
    children = process.children()
    owner.send_signal(signal.SIGINT)
    _out, errors = owner.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert not any(child.is_running() for child in children)
