"""The wheel as it is installed: commands, imports and data, away from the checkout."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import course

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own; what it depends on is this one's.

    Returns:
        The environment.
    """
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    prefix = folder / "environment"
    venv.create(prefix, symlinks=True)
    command = [sys.executable, "-m", "pip", "--python", prefix / "bin/python", "install"]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([*command, *quiet, wheel], check=True, capture_output=True)
    # The folder alone: its own .pth files, which lead to the checkout, are not followed.
    (site(prefix) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return prefix


def site(prefix: Path) -> Path:
    """Return where an environment has its packages."""
    return prefix / "lib/python{}.{}/site-packages".format(*sys.version_info)


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs one of the environment's programs, from an empty folder."""

    def start(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [installed / "bin" / program, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return start


def test_the_command_is_installed(
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """`course` runs from anywhere, has its version, and lists its commands."""
    assert run("course", "--version").stdout == f"course {course.__version__}\n"
    assert {"lab", "doctor", "labvm", "save", "restore", "submit"} <= set(
        run("course", "--help").stdout.split()
    )


def test_the_doctor_runs(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """`course doctor` finds what the wheel says that it needs."""
    done = run("course", "doctor", "--json")
    found = {item["name"]: item for item in json.loads(done.stdout)["capabilities"]}
    assert found["lesson libraries"]["state"] == "ready", found["lesson libraries"]
    assert found["JupyterLab"]["state"] == "ready"


def test_the_package_is_imported_from_the_wheel(
    run: Callable[..., subprocess.CompletedProcess[str]], installed: Path
) -> None:
    """Every layer can be imported, its data can be read, and `autograders` is not there."""
    code = (
        "import course, course.facts, course.live, course.server, course.widgets, course.work\n"
        "from course import facts, index, workspace\n"
        "from course.live import debian\n"
        "from importlib.util import find_spec\n"
        "assert facts.claim('C01').statement\n"
        "assert debian.pinned('guest')\n"
        "assert find_spec('autograders') is None\n"
        "assert workspace.shipped() is None\n"
        "print(course.__file__)"
    )
    done = run("python", "-W", "error", "-c", code)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == site(installed) / "course/__init__.py"


def test_every_file_is_installed_as_it_is(installed: Path, root: Path) -> None:
    """Data come with the code, and what can be run in the checkout can be run when installed."""
    here = [p for p in (root / "course").rglob("*") if "__pycache__" not in p.parts]
    files = {path.relative_to(root) for path in here if path.is_file()}
    for one in (
        "course/facts/claims.toml",
        "course/live/debian/pins.json",
        "course/live/images/web/files/www/index.html",
        "course/live/labvm/guest/gate",
        "course/server_settings/everywhere/labconfig/page_config.json",
    ):
        assert Path(one) in files
    for file in sorted(files):
        copied = site(installed) / file
        assert copied.read_bytes() == (root / file).read_bytes(), file
        assert runnable(copied) == runnable(root / file), file


def runnable(file: Path) -> bool:
    """Return whether its owner may run a file."""
    return bool(file.stat().st_mode & stat.S_IXUSR)
