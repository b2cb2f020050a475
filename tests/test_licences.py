"""What the image ships is listed with its licence, and what has none fails the build."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from course.live import debian

if TYPE_CHECKING:
    from types import ModuleType

STATUS = """\
Package: tini
Status: install ok installed
Version: 0.19.0-1+b3
Source: tini-source (0.19.0-1)

Package: gone
Status: deinstall ok config-files
Version: 1
"""
NOTICE = "Format: 1.0\n\nFiles: *\nLicense: Expat\n Permission is granted\n"


@pytest.fixture
def licences(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the script as a module; it is in no package."""
    specification = importlib.util.spec_from_file_location("licences", root / "binder/licences.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "licences", module)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Return the root of a system with one package."""
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    (tmp_path / "usr/share/doc/tini").mkdir(parents=True)
    (tmp_path / "usr/share/doc/tini/copyright").write_text(NOTICE)
    return tmp_path


@pytest.fixture
def lab_vm(tmp_path: Path) -> Path:
    """Return a build's folder whose guest is all that is pinned, with each one's notice."""
    packages = debian.pinned("guest")
    manifest = {
        "kernel_version": "6.1",
        "docker_version": "20.10",
        "packages": [{"name": one.name, "version": one.version} for one in packages],
        "images": [{"packages": {"libbz2-1.0": "1.0.8-5+b1"}}],
    }
    (tmp_path / "labvm/current").mkdir(parents=True)
    (tmp_path / "labvm/licences").mkdir()
    (tmp_path / "labvm/current/manifest.json").write_text(json.dumps(manifest))
    for one in packages:
        (tmp_path / f"labvm/licences/{one.name}_{one.version}").write_text(NOTICE)
    (tmp_path / "labvm/licences/libbz2-1.0_1.0.8-5+b1").write_text(NOTICE)
    others = [*debian.pinned("full"), *debian.pinned("tools")]
    manifest = {
        "kernel_version": "6.1",
        "packages": [{"name": one.name, "version": one.version} for one in others],
    }
    (tmp_path / "guests/current").mkdir(parents=True)
    (tmp_path / "guests/current/manifest.json").write_text(json.dumps(manifest))
    for one in others:
        (tmp_path / f"labvm/licences/{one.name}_{one.version}").write_text(NOTICE)
    return tmp_path / "labvm"


def arguments(output: Path, lab_vm: Path, system: Path) -> list[str]:
    """Return the command's arguments."""
    folders = {"labvm": lab_vm, "guests": lab_vm.parent / "guests", "root": system}
    return [str(output), *(f"--{name}={folder}" for name, folder in folders.items())]


def test_every_python_package_of_this_environment_tells_its_licence(licences: ModuleType) -> None:
    """Whatever way a package has of telling its licence, it is found."""
    parts = list(licences.python())
    assert {"jupyterlab", "docker", "altair"} <= {part.name for part in parts}
    assert [part.name for part in parts if not part.licence] == []
    for part in parts:
        assert len(part.licence) < 120, part
        assert all(file.is_file() for file in part.files), part


def test_debian_packages_are_those_that_are_installed(licences: ModuleType, system: Path) -> None:
    """Each has its licence, the file that says so, and the source that it was built from."""
    (tini,) = licences.debian(system)
    assert (tini.name, tini.version, tini.licence) == ("tini", "0.19.0-1+b3", "Expat")
    assert tini.files == (system / "usr/share/doc/tini/copyright",)
    assert tini.source == "https://snapshot.debian.org/package/tini-source/0.19.0-1/"


def test_sources_of_the_guest_are_named(licences: ModuleType, lab_vm: Path, root: Path) -> None:
    """Each package in the lab VM has a source: the kernel's with its code, a rebuilt one's own."""
    manifest = json.loads((lab_vm / "current/manifest.json").read_text())
    pins = json.loads((root / "course/live/debian/pins.json").read_text())
    parts = {p.name: p for p in licences.guest([manifest], pins, lab_vm / "licences")}
    assert all(part.licence == "Expat" for part in parts.values())
    base = "https://snapshot.debian.org/package/"
    assert parts["libbz2-1.0"].source == f"{base}bzip2/1.0.8-5/"
    assert parts["libdevmapper1.02.1"].source == f"{base}lvm2/"
    (kernel,) = [part for name, part in parts.items() if name.startswith("linux-image")]
    assert kernel.source == f"{base}linux/{kernel.version}/"
    assert parts["qemu-guest-agent"].source.startswith(f"{base}qemu/1%3A")
    assert "+b" not in parts["qemu-guest-agent"].source.replace("%2B", "+").rpartition("deb12")[2]


def test_the_file_lists_all(licences: ModuleType, system: Path, lab_vm: Path) -> None:
    """The course, the system, Python's packages and the lab VM are in it, each in its section."""
    output = system / "LICENCES.md"
    assert licences.main(arguments(output, lab_vm, system)) == 0
    text = output.read_text()
    for line in (
        "## The course",
        "| tini | 0.19.0-1+b3 | Expat |",
        "| jupyterlab |",
        "| crun |",
        "| ioping |",
    ):
        assert line in text
    assert "BSD 3-Clause" in text
    assert "CC BY 4.0" in text


def test_what_tells_no_licence_fails(
    licences: ModuleType, system: Path, lab_vm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A package without a licence ends the build, and all of them are named."""
    (system / "usr/share/doc/tini/copyright").write_text("Copyright somebody.")
    for notice in lab_vm.glob("licences/tini_*"):
        notice.write_text("Copyright somebody.")
    output = system / "LICENCES.md"
    assert licences.main(arguments(output, lab_vm, system)) == 1
    said = capsys.readouterr().err
    assert "The licence cannot be told of Debian packages: tini 0.19.0-1+b3" in said
    assert "The licence cannot be told of Virtual machines and container images: tini" in said
    assert "**cannot be told**" in output.read_text()
