"""The lab VM where nothing is allowed: as on Binder, from the build to the last container."""

from __future__ import annotations

import json
import os

import pytest

from course.live import cache
from tests.live.jail import MEMORY_MIB, NO_RIGHTS, RIGHTS, home_of_nobody, jailed, small_machine

pytestmark = [
    pytest.mark.labvm,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can take rights away so thoroughly"),
]

LEARNER = f"""
import json, time
from course.live.labvm import LabVM
from course.live.labvm.build import build
{RIGHTS}
manifest = build()
began = time.monotonic()
with LabVM() as vm:
    client = vm.client()
    client.ping()
    answered_s = time.monotonic() - began
    said = client.containers.run("course/busybox:1.35", "echo hello", remove=True).decode()
    ran_s = time.monotonic() - began
    resident_mib = vm.status().resident_mib
print(json.dumps({{
    "rights": rights, "said": said, "state": vm.state, "build_s": manifest.build_s,
    "answered_s": answered_s, "ran_s": ran_s, "resident_mib": resident_mib,
}}))
"""


def test_without_any_right_on_one_cpu_and_two_gigabytes() -> None:
    """No capability, none to be had, one CPU, 2 GiB: it is built, started, used and stopped."""
    with home_of_nobody(cache.folder() / "packages") as home, small_machine() as groups:
        found = json.loads(jailed(LEARNER, home, groups, COURSE_LABVM_DIR=str(home / "cache")))
    assert found["rights"] == NO_RIGHTS
    assert found["said"] == "hello\n"
    assert found["state"] == "stopped"
    assert found["resident_mib"] < MEMORY_MIB
