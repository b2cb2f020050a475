"""Virtual machines and experiments where nothing is allowed: as on Binder."""

from __future__ import annotations

import json
import os

import pytest

from course.live import cache, labvm
from tests.live.conftest import cannot
from tests.live.jail import NO_RIGHTS, RIGHTS, home_of_nobody, jailed, small_machine
from tests.live.machines import require_guests

pytestmark = [
    pytest.mark.labvm,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can take rights away so thoroughly"),
]

LEARNER = f"""
import json, os
from course.live import experiments
from course.live.vm import VirtualMachine
{RIGHTS}
os.chdir(os.environ["HOME"])
with VirtualMachine("tiny") as machine:
    machine.run("echo kept > /run/note")
    moved = machine.migrate(bandwidth_mib_per_s=200).completed
    snapshot = machine.suspend("saved")
with VirtualMachine.restored(snapshot) as again:
    kept = again.run("cat /run/note").output
    accelerator = again.accelerator
options = {{
    "startup": dict(repeats=2, seconds=1),
    "footprint": dict(),
    "density": dict(most=2, seconds=10),
    "overhead": dict(repeats=2, seconds=1, turns=20_000, network_mib=1, disk_mib=4),
    "migration": dict(dirty_rates=(0,)),
    "recovery": dict(repeats=1),
}}
tables = {{}}
for name, small in options.items():
    table = getattr(experiments, name)(record=name + ".json", progress=lambda _said: None, **small)
    tables[name] = {{
        "problems": table.problems(), "missing": table.missing,
        "technologies": table.technologies,
    }}
print(json.dumps({{
    "rights": rights, "kvm": os.access("/dev/kvm", os.R_OK | os.W_OK), "moved": moved,
    "kept": kept, "accelerator": accelerator, "tables": tables,
}}))
"""


def test_every_experiment_without_any_right_and_without_kvm() -> None:
    """On one CPU with 2 GiB, each experiment measures every technology, and its table is sound."""
    require_guests()
    if (ready := labvm.readiness()).state != "built":
        cannot(f"{ready.reason}: {ready.remedy}")
    with home_of_nobody() as home, small_machine() as groups:
        found = json.loads(
            jailed(
                LEARNER,
                home,
                groups,
                shown=[cache.folder()],
                COURSE_LABVM_DIR=str(cache.folder()),
                COURSE_ENGINE="labvm",
            )
        )
    assert found["rights"] == NO_RIGHTS
    assert (found["moved"], found["kept"]) == (True, "kept\n")
    if not found["kvm"]:
        assert found["accelerator"] == "tcg"
    for name, table in found["tables"].items():
        assert table["problems"] == [], name
        assert table["missing"] == {}, name
    assert set(found["tables"]["startup"]["technologies"]) == {
        "process", "container", "created container", "tiny VM", "full VM", "resumed VM",
    }  # fmt: skip
