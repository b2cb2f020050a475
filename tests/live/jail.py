"""Run Python where nothing is allowed: as on Binder, with one CPU and 2 GiB.

- `jailed`: a program as a user without any right, in a control group, in a home of its own
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.live.conftest import cannot
from tests.live.test_labvm import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
CGROUPS = Path("/sys/fs/cgroup")
NOBODY_IN_PARTICULAR = 54321
MEMORY_MIB = 2048

#: What a program in here prints to show which rights it has.
RIGHTS = """
import re
from pathlib import Path
status = Path("/proc/self/status").read_text()
rights = dict(re.findall(r"(NoNewPrivs|CapEff|CapBnd|Uid):\\s+(\\w+)", status))
"""
NO_RIGHTS = {
    "Uid": str(NOBODY_IN_PARTICULAR),
    "NoNewPrivs": "1",
    "CapEff": "0" * 16,
    "CapBnd": "0" * 16,
}

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


def jailed(
    program: str, home: Path, groups: Iterable[Path], *, shown: Iterable[Path] = (), **more: str
) -> str:
    """Run a Python program without any right, and return what it prints.

    Args:
        program: the program.
        home: its home, which its user owns.
        groups: the control groups that it is in.
        shown: folders that it can read, beside this Python's and this project's.
        more: further variables of its environment.
    """
    needed = {Path(sys.base_prefix), Path(sys.prefix), ROOT, *shown}
    hidden = {path: by for path in needed if (by := _hiding(path.resolve()))}
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "GROUPS_OF": " ".join(map(str, groups)),
        "WHO": str(NOBODY_IN_PARTICULAR),
        "SHOWN": " ".join(sorted(str(path.resolve()) for path in hidden)),
        "HIDING": " ".join(sorted({str(by) for by in hidden.values()})),
        **more,
    }
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", SHOW, "sh", sys.executable, "-c", program],
        env=environment, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def small_machine() -> Iterator[tuple[Path, ...]]:
    """Give control groups with one CPU and 2 GiB of memory, and no swap, to a block.

    At its end it waits until no process is left in them, so it belongs inside of `home_of_nobody`:
    what a program leaves behind still clears up in its home for a moment.
    """
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
    try:
        yield groups
    finally:
        for group in groups:
            eventually(lambda: not (group / "cgroup.procs").read_text(), "no process is left")  # noqa: B023
            group.rmdir()


@contextlib.contextmanager
def home_of_nobody(cached: Path | None = None) -> Iterator[Path]:
    """Give a folder of that user to a block.

    Args:
        cached: a folder that is copied into its `cache`.
    """
    folder = Path(tempfile.mkdtemp(prefix="course-user-", dir="/tmp"))
    if cached is not None:
        with contextlib.suppress(FileNotFoundError):
            shutil.copytree(cached, folder / "cache" / cached.name)
    owner = f"{NOBODY_IN_PARTICULAR}:{NOBODY_IN_PARTICULAR}"
    try:
        subprocess.run(["chown", "-R", owner, folder], check=True)
        yield folder
    finally:
        shutil.rmtree(folder)


def _hiding(folder: Path) -> Path | None:
    """Return the first folder on the way that others may not enter."""
    on_the_way = [*reversed(folder.parents), folder]
    return next((path for path in on_the_way if not path.stat().st_mode & 0o001), None)
