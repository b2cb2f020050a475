"""The lab VM where nothing is allowed: as on Binder, from the build to the last container."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.live import cache
from tests.live.conftest import cannot
from tests.live.test_labvm import eventually

pytestmark = [
    pytest.mark.labvm,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can take rights away so thoroughly"),
]

ROOT = Path(__file__).resolve().parent.parent.parent
CGROUPS = Path("/sys/fs/cgroup")
NOBODY_IN_PARTICULAR = 54321
MEMORY_MIB = 2048

LEARNER = """
import json, re, time
from pathlib import Path
from course.live.labvm import LabVM
from course.live.labvm.build import build

status = Path("/proc/self/status").read_text()
rights = dict(re.findall(r"(NoNewPrivs|CapEff|CapBnd|Uid):\\s+(\\w+)", status))
manifest = build()
began = time.monotonic()
with LabVM() as vm:
    client = vm.client()
    client.ping()
    answered_s = time.monotonic() - began
    said = client.containers.run("course/busybox:1.35", "echo hello", remove=True).decode()
    ran_s = time.monotonic() - began
    resident_mib = vm.status().resident_mib
print(json.dumps({
    "rights": rights, "said": said, "state": vm.state, "build_s": manifest.build_s,
    "answered_s": answered_s, "ran_s": ran_s, "resident_mib": resident_mib,
}))
"""

# Other users may not enter the folders in which this Python or this project is: they are shown in a
# mount namespace of their own, below an empty folder that may be entered.
SHOW = """
set -eu
mount --make-rprivate /
stage=$(mktemp -d)
number=0
for folder in $SHOWN; do
  number=$((number + 1)); mkdir "$stage/$number"; mount --bind "$folder" "$stage/$number"
done
for folder in $HIDING; do mount -t tmpfs -o mode=755 shown "$folder"; done
number=0
for folder in $SHOWN; do
  number=$((number + 1))
  [ -d "$folder" ] || { mkdir -p "$folder"; mount --bind "$stage/$number" "$folder"; }
done
for group in $GROUPS_OF; do echo $$ > "$group/cgroup.procs"; done
exec setpriv --reuid="$WHO" --regid="$WHO" --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all "$@"
"""


def hiding(folder: Path) -> Path | None:
    """Return the first folder on the way that others may not enter."""
    on_the_way = [*reversed(folder.parents), folder]
    return next((path for path in on_the_way if not path.stat().st_mode & 0o001), None)


@pytest.fixture
def small_machine() -> Iterator[tuple[Path, ...]]:
    """Return control groups with one CPU and 2 GiB of memory, and no swap."""
    name = f"course-test-{os.getpid()}"
    memory = f"{MEMORY_MIB * 2**20}"
    if (CGROUPS / "cgroup.controllers").exists():
        limits = {name: {"memory.max": memory, "memory.swap.max": "0", "cpu.max": "100000 100000"}}
    else:
        limits = {
            f"memory/{name}": {"memory.limit_in_bytes": memory},
            f"cpu/{name}": {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"},
        }
    groups = tuple(CGROUPS / group for group in limits)
    try:
        for group, files in zip(groups, limits.values(), strict=True):
            group.mkdir()
            for file, value in files.items():
                if file != "memory.swap.max" or (group / file).exists():
                    (group / file).write_text(value)
    except OSError as error:
        cannot(f"no control group can be made: {error}")
    yield groups
    for group in groups:
        eventually(lambda: not (group / "cgroup.procs").read_text(), "no process is left")  # noqa: B023
        group.rmdir()


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a folder of that user, with Debian's packages in its cache."""
    folder = Path(tempfile.mkdtemp(prefix="course-user-", dir="/tmp"))
    with contextlib.suppress(FileNotFoundError):
        shutil.copytree(cache.folder() / "packages", folder / "cache/packages")
    subprocess.run(
        ["chown", "-R", f"{NOBODY_IN_PARTICULAR}:{NOBODY_IN_PARTICULAR}", folder], check=True
    )
    yield folder
    shutil.rmtree(folder)


def test_without_any_right_on_one_cpu_and_two_gigabytes(
    small_machine: tuple[Path, ...], home: Path
) -> None:
    """No capability, none to be had, one CPU, 2 GiB: it is built, started, used and stopped."""
    needed = {Path(sys.base_prefix), Path(sys.prefix), ROOT}
    hidden = {path: by for path in needed if (by := hiding(path.resolve()))}
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "COURSE_LABVM_DIR": str(home / "cache"),
        "GROUPS_OF": " ".join(map(str, small_machine)),
        "WHO": str(NOBODY_IN_PARTICULAR),
        "SHOWN": " ".join(sorted(str(path.resolve()) for path in hidden)),
        "HIDING": " ".join(sorted({str(by) for by in hidden.values()})),
    }
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SHOW, "sh", sys.executable, "-c", LEARNER],
        env=environment, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rights"] == {
        "Uid": str(NOBODY_IN_PARTICULAR),
        "NoNewPrivs": "1",
        "CapEff": "0" * 16,
        "CapBnd": "0" * 16,
    }
    assert found["said"] == "hello\n"
    assert found["state"] == "stopped"
    assert found["resident_mib"] < MEMORY_MIB
