"""Nothing of the instructor's, and nobody's secret, is in any layer of the image."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.binder.archives import File, files, layers
from tests.binder.figures import megabytes
from tests.binder.leaks import MARKERS, Scanner, answers_in, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker

    from tests.binder.conftest import Image
    from tests.binder.figures import Figures

pytestmark = pytest.mark.binder

#: What looks like a leak and is none, as patterns of `LAYER: PATH: WHAT`, with the reason why.
ALLOWED = {
    r"/libgnutls\.so[\d.]*: a private key$": "with which the library tests itself",
    r"/tornado/test/test\.key: a private key$": "of its tests, and in every copy of it",
    r"/nbgrader/preprocessors/.*: a (solution|hidden test|marking .*|gradebook)$": (
        "its examples, and the words that it looks for; our solutions are looked for there, too"
    ),
}


@pytest.fixture(scope="module")
def saved(client: docker.DockerClient, image: Image, tmp_path_factory) -> Iterator[Path]:
    """Save the image as it would be sent to a registry."""
    path = tmp_path_factory.mktemp("saved") / "image.tar"
    with path.open("wb") as stream:
        for chunk in client.images.get(image.name).save():
            stream.write(chunk)
    yield path
    path.unlink()


def test_no_layer_tells_an_answer_or_a_secret(saved: Path, root: Path, figures: Figures) -> None:
    """Not in a file, not in one that was deleted again, not in an archive, not in the history."""
    answers, secret = answers_in(root), root / ".autograders-secret"
    secrets = {"the course's secret": secret.read_bytes().strip()} if secret.is_file() else {}
    scanner = Scanner(answers, secrets, ALLOWED)
    leaks = list(scan(saved, scanner))
    figures.add("Leaks", f"found in {megabytes(saved.stat().st_size)} of layers", f"{len(leaks)}",
                f"of {len(answers)} lines of solutions, and of secrets")  # fmt: skip
    assert leaks == []


def test_the_lessons_are_in_it(saved: Path, root: Path) -> None:
    """The search looks where the lessons are: each one of `source/` is found, released."""
    names = {file.path for layer in layers(saved) for file in files(layer)}
    for source in sorted(root.glob("source/*/*.ipynb")):
        lesson = f"lessons/{source.parent.name}/{source.name}"
        assert [name for name in names if name.endswith(lesson)]


def test_virtual_machines_were_made_without_them(saved: Path, tmp_path: Path) -> None:
    """Disks and memory, which are compressed in the layers, hold no marker either."""
    opened = 0
    for layer in layers(saved):
        for file in files(layer):
            if file.path.endswith((".qcow2", "/state")):
                opened += 1
                assert markers_in(raw(file, tmp_path)) == []
    assert opened == 3  # the lab VM's disk and memory, and the disk of the full guest


def raw(file: File, folder: Path) -> Path:
    """Write a disk, or a saved memory, as it is without compression."""
    if file.content.startswith(b"QFI\xfb"):
        packed, path = folder / "disk.qcow2", folder / "disk.raw"
        packed.write_bytes(file.content)
        program = shutil.which("qemu-img")
        if program is None:
            if os.environ.get("CI"):
                pytest.fail("qemu-img is not installed (qemu-utils)")
            pytest.skip("qemu-img is not installed (qemu-utils)")
        subprocess.run([program, "convert", "-O", "raw", packed, path], check=True)
        return path
    path = folder / "memory"
    path.write_bytes(file.content)
    if file.content.startswith(b"\x28\xb5\x2f\xfd"):
        unpacked = folder / "memory.raw"
        subprocess.run(["zstd", "--quiet", "--decompress", path, "-o", unpacked], check=True)
        return unpacked
    return path


def markers_in(path: Path) -> list[str]:
    """Return what betrays the instructor in a file, however large."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as seen:
        return sorted({what for word, what in MARKERS.items() if seen.find(word) >= 0})
