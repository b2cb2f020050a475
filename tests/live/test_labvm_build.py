"""Building the lab VM: what can go wrong says so, and leaves the former build as it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from course.live import builds, cache, debian
from course.live.debian.errors import MirrorUnreachableError
from course.live.errors import (
    DiskFullError,
    FingerprintMismatchError,
    GuestDiedError,
    LabVMBuildError,
    LabVMNotBuiltError,
    NotEnoughMemoryError,
    QemuMissingError,
)
from course.live.labvm import LabVM, places, readiness
from course.live.labvm.build import build
from course.live.labvm.manifest import (
    COMPRESSOR,
    DISK,
    FILES,
    INITRAMFS,
    KERNEL,
    MANIFEST,
    STATE,
    Manifest,
)
from course.live.qemu import program as qemu
from course.live.qemu.booting import runs_a_guest
from tests.live.conftest import cannot, require_lab_vm
from tests.live.test_labvm import eventually

pytestmark = pytest.mark.labvm

COMMAND = [sys.executable, "-m", "course.cli", "labvm"]


@pytest.fixture(scope="module")
def built() -> Path:
    """Return the folder of a build that can be resumed."""
    require_lab_vm()
    return places.built().resolve()


@pytest.fixture
def own_cache(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a test a cache of its own, with downloaded packages and without a build."""
    packages = cache.folder() / "packages"
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "packages").symlink_to(packages)
    monkeypatch.setenv(cache.ENVIRONMENT, str(folder))
    yield folder
    assert not list(folder.glob("labvm/building-*"))
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if str(folder) in str(p.info["cmdline"])
    ]


@pytest.fixture
def own_build(own_cache: Path, built: Path) -> Path:
    """Give a test a build of its own, which it may damage: links to the real one's files."""
    folder = own_cache / "labvm" / "build-own"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).symlink_to(built / name)
    shutil.copy(built / MANIFEST, folder)
    (own_cache / "labvm" / "current").symlink_to("build-own")
    return folder


def change(folder: Path, **changes: Any) -> None:
    """Change what a manifest says."""
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def a_program(folder: Path, name: str, script: str) -> None:
    """Put a program into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_nothing_is_built_yet(own_cache: Path) -> None:
    """Without a build, starting says how to make one."""
    with pytest.raises(LabVMNotBuiltError, match="course labvm build"):
        LabVM().start()
    assert readiness().state == "unbuilt"


def test_a_build_can_be_resumed_and_says_what_it_is_made_of(own_build: Path) -> None:
    """The manifest holds versions, sizes and digests that are those of the files."""
    manifest = Manifest.read()
    assert manifest.verify() == []
    assert manifest.size_bytes == {name: (own_build / name).stat().st_size for name in FILES}
    packages = {package["name"]: package["version"] for package in manifest.packages}
    assert packages.keys() == {package.name for package in debian.pinned("guest")}
    assert packages["docker.io"].startswith("20.10.24")
    assert {image["tag"] for image in manifest.images} >= {"course/busybox:1.35"}
    assert all(image["size_bytes"] > 0 for image in manifest.images)
    assert readiness().state == "built"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"qemu_version": "4.2.0", "qemu_identity": "another"}, "QEMU to be 4.2.0"),
        ({"arguments": ["-nodefaults"]}, "the machine's arguments"),
        ({"format": 0}, "another's"),
        ({"recipe": "another"}, "this version of the course"),
    ],
)
def test_another_machine_s_snapshot_is_refused(
    own_build: Path, changes: dict[str, Any], said: str
) -> None:
    """A snapshot of another QEMU, machine or version of the course is not resumed."""
    change(own_build, **changes)
    with pytest.raises(FingerprintMismatchError, match=said) as raised:
        LabVM().start()
    assert "course labvm build" in str(raised.value)
    assert readiness().state == "unbuilt"


def test_a_file_that_was_cut_short_is_refused(own_build: Path) -> None:
    """A half copied snapshot is not resumed."""
    (own_build / STATE).unlink()
    (own_build / STATE).write_bytes(b"half")
    with pytest.raises(FingerprintMismatchError, match="size of"):
        LabVM().start()


def test_a_compressed_snapshot_resumes(own_build: Path) -> None:
    """A snapshot that was compressed gives the same lab VM, and leaves no process of its own."""
    if not shutil.which(COMPRESSOR):
        cannot(f"{COMPRESSOR} is not installed")
    plain = own_build / STATE
    packed = own_build / "packed"
    subprocess.run([COMPRESSOR, "-q", "-1", str(plain.resolve()), "-o", str(packed)], check=True)
    packed.replace(plain)
    sizes = Manifest.read().size_bytes
    change(own_build, compressed=True, size_bytes={**sizes, STATE: plain.stat().st_size})
    with LabVM() as vm:
        assert vm.client().ping()
        assert vm.execute("/bin/true").returncode == 0


def test_a_compressed_snapshot_needs_its_program(
    own_build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the program that unpacks it, one is refused with what to install."""
    change(own_build, compressed=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / qemu.PROGRAM).symlink_to(qemu.find())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(FingerprintMismatchError, match=f"apt-get install {COMPRESSOR}"):
        LabVM().start()


def test_a_start_that_would_take_all_memory_is_refused(
    own_build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With too little memory left nothing is started, and who asks hears how much is missing."""
    monkeypatch.setattr("course.live.labvm.vm.available_memory_bytes", lambda: 300 * 2**20)
    with pytest.raises(NotEnoughMemoryError, match=r"expected 768 MiB .* found 300 MiB"):
        LabVM("frugal").start()
    assert not [folder for folder in places.running() if folder.name == "frugal"]


def test_a_snapshot_that_cannot_be_loaded_says_why(own_build: Path) -> None:
    """Of a damaged snapshot QEMU's own words are repeated."""
    size = (own_build / STATE).stat().st_size
    (own_build / STATE).unlink()
    with (own_build / STATE).open("wb") as damaged:
        damaged.truncate(size)
    with pytest.raises(GuestDiedError, match="migration") as raised:
        LabVM().start()
    assert "Not a migration stream" in raised.value.console_tail


def test_a_qemu_that_does_not_start_says_why(
    own_build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A QEMU that ends at once is reported with what it printed."""
    a_program(tmp_path / "bin", qemu.PROGRAM, "echo 'cannot do that' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    change(own_build, qemu_identity=qemu.identity(str(tmp_path / "bin" / qemu.PROGRAM)))
    with pytest.raises(GuestDiedError) as raised:
        LabVM().start()
    assert raised.value.console_tail == "cannot do that"


def test_a_guest_that_does_not_come_up(
    own_build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build whose QEMU ends at once says what it printed, and the former build stays."""
    script = "case $1 in --version) echo QEMU emulator version 7.2.1;; *) echo no; exit 1;; esac"
    a_program(tmp_path / "bin", qemu.PROGRAM, script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(LabVMBuildError, match="expected a guest with Docker") as raised:
        build(accelerator="tcg", images=False)
    assert raised.value.console_tail == "no"
    assert (own_build / DISK).exists()


def test_a_file_that_was_changed_is_found(own_build: Path, built: Path) -> None:
    """`status --verify` names the file."""
    content = bytearray((built / INITRAMFS).read_bytes())
    content[100] ^= 1
    (own_build / INITRAMFS).unlink()
    (own_build / INITRAMFS).write_bytes(content)
    done = subprocess.run([*COMMAND, "status", "--verify"], capture_output=True, text=True)
    assert f"damaged: {INITRAMFS}\n" in done.stdout


def test_no_qemu(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without QEMU nothing is begun, and the message says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(QemuMissingError, match="apt-get install qemu-system-x86"):
        build()
    assert readiness().state == "impossible"


def test_an_old_qemu(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A QEMU that is too old is refused by its own words."""
    a_program(tmp_path / "bin", qemu.PROGRAM, "echo QEMU emulator version 5.2.0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(QemuMissingError, match=r"7\.2 or newer, found '5\.2\.0'"):
        build()


def test_a_missing_tool(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a program that building needs, the message names its package."""
    a_program(tmp_path / "bin", qemu.PROGRAM, "echo QEMU emulator version 7.2.22")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(LabVMBuildError, match="qemu-utils"):
        build()


def test_an_unreachable_mirror(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without packages and without a mirror the build says so, and the old one stays."""
    (own_cache / "packages").unlink()
    monkeypatch.setenv("COURSE_DEBIAN_MIRROR", "http://127.0.0.1:9")
    with pytest.raises(MirrorUnreachableError, match=r"127\.0\.0\.1:9"):
        build()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without room is noticed before anything is downloaded."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "small", small], check=True)
    try:
        monkeypatch.setenv(cache.ENVIRONMENT, str(small))
        with pytest.raises(DiskFullError, match="1,573 MB"):
            build()
        assert not list(small.rglob("*.deb"))
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_the_old_one(own_build: Path, how: signal.Signals) -> None:
    """Ctrl-C while the guest boots, or worse: no process stays, and the old build starts."""
    command = [*COMMAND, "build", "--only", "engine"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "booting" in line:
            break
    home = own_build.parent

    def guests() -> list[psutil.Process]:
        found = psutil.process_iter(["name", "cmdline"])
        return [p for p in found if qemu.PROGRAM in p.info["name"] and str(home) in str(p.info)]

    eventually(guests, "the guest boots")
    process.send_signal(how)
    process.wait()
    process.stderr.close()
    eventually(lambda: not guests(), "QEMU ends")
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert not list(home.glob("building-*"))
    with LabVM() as vm:
        assert vm.client().ping()
    with builds.locked(home) as free:
        assert free
    # The next build sweeps away what a killed one has left.
    builds.sweep(home)
    assert sorted(path.name for path in home.iterdir()) == ["build-own", "current"]


def test_two_builds_at_once(own_cache: Path) -> None:
    """A second build of the same folder is refused."""
    with builds.locked(own_cache / "labvm"), pytest.raises(LabVMBuildError, match="the only build"):
        build()


def test_an_accelerator_is_proven_by_a_guest(built: Path) -> None:
    """Emulation runs a guest; what does not exist runs none; KVM is used only where one ran."""
    program = qemu.find()

    def runs(accelerator: str) -> bool:
        return runs_a_guest(program, accelerator, built / KERNEL, built / INITRAMFS)

    assert runs("tcg")
    assert not runs("no-such-accelerator")
    if Manifest.read().machine.accelerator == "tcg":
        assert not runs("kvm")


def test_kvm_is_refused_where_none_works(own_build: Path) -> None:
    """Who insists on KVM where no guest runs with it is told how to do without."""
    if Manifest.read().machine.accelerator == "kvm":
        pytest.skip("KVM works here")
    with pytest.raises(LabVMBuildError, match="--accelerator tcg"):
        build(accelerator="kvm", images=False)
    assert (own_build / DISK).exists()
