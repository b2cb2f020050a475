"""Disk images in several formats."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from course.live.errors import DiskFullError, DiskImageError
from course.live.vm import images
from tests.live.conftest import cannot

pytestmark = pytest.mark.labvm

MIB = 2**20


@pytest.fixture(autouse=True)
def qemu_img() -> None:
    """Make sure that there is the program that all of this is done by."""
    if shutil.which("qemu-img") is None:
        cannot("there is no qemu-img: apt-get install qemu-utils")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a raw image with something in it."""
    file = tmp_path / "disk.raw"
    file.write_bytes(os.urandom(MIB) + bytes(MIB))
    return file


@pytest.mark.parametrize("kind", images.FORMATS)
def test_what_a_disk_holds_survives_every_format(raw: Path, kind: str, tmp_path: Path) -> None:
    """Converted there and back, the disk holds the same bytes; its file is another."""
    there, back = tmp_path / f"disk.{kind}x", tmp_path / "back.raw"
    found = images.convert(raw, there, kind)
    assert found.format == kind
    assert found.virtual_bytes >= 2 * MIB
    assert images.same_content(raw, there)
    images.convert(there, back, "raw")
    assert back.read_bytes()[: 2 * MIB] == raw.read_bytes()
    if kind != "raw":
        assert there.read_bytes() != raw.read_bytes()


def test_a_changed_byte_is_noticed(raw: Path, tmp_path: Path) -> None:
    """Images that differ in one byte are not the same."""
    other = tmp_path / "other.qcow2"
    images.convert(raw, other, "qcow2")
    changed = bytearray(raw.read_bytes())
    changed[1000] ^= 1
    raw.write_bytes(changed)
    assert not images.same_content(raw, other)


def test_holes_take_no_room(tmp_path: Path) -> None:
    """An empty image of 64 MiB is large for a guest and small for this machine."""
    found = images.create(tmp_path / "new.qcow2", 64)
    assert found.virtual_bytes == 64 * MIB
    assert found.allocated_bytes < MIB


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda d: images.info(d / "none"), "no such file"),
        (lambda d: images.convert(d / "disk.raw", d / "x", "tar"), "one of the formats"),
        (lambda d: images.convert(d / "disk.raw", d / "disk.raw", "qcow2"), "name another"),
        (lambda d: images.convert(d / "disk.raw", d / "no" / "x", "qcow2"), "expected the folder"),
        (lambda d: images.create(d / "x", 0), "whole MiB above 0"),
        (lambda d: images.same_content(d / "disk.raw", d / "none"), "no such file"),
    ],
)
def test_what_cannot_be_is_refused(raw: Path, act: object, said: str) -> None:
    """A wrong name or format is told, and nothing is made or lost."""
    before = raw.read_bytes()
    with pytest.raises(DiskImageError, match=said):
        act(raw.parent)
    assert raw.read_bytes() == before
    assert [path.name for path in raw.parent.iterdir()] == ["disk.raw"]


def test_an_image_that_rests_upon_another_file_is_refused(raw: Path, tmp_path: Path) -> None:
    """A learner's image must not make this machine read a file that it names."""
    child = tmp_path / "child.qcow2"
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(raw), str(child)]
    subprocess.run(command, check=True)
    for use in (images.info, lambda path: images.convert(path, tmp_path / "out", "raw")):
        with pytest.raises(DiskImageError, match="whole by itself"):
            use(child)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_leaves_no_half_image(raw: Path, tmp_path: Path) -> None:
    """Where there is no room it is said, and what was begun is gone."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "small", small], check=True)
    try:
        with pytest.raises(DiskFullError):
            images.convert(raw, small / "disk.qcow2", "qcow2")
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)
