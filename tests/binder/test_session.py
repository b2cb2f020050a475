"""A session as Binder starts it: opened, limited, without a way out."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.binder.figures import mebibytes, seconds
from tests.binder.jupyter import Jupyter
from tests.binder.memory import MemoryWatch
from tests.binder.session import START_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.binder.figures import Figures
    from tests.binder.session import Session

pytestmark = pytest.mark.binder

NO_WAY_OUT = """
import json, socket

def refusal(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return ""

lines = open("/proc/net/route").read().splitlines()[1:]
print(json.dumps({
    "default routes": [line for line in lines if line.split()[1] == "00000000"],
    "1.1.1.1": refusal(lambda: socket.create_connection(("1.1.1.1", 443), 5)),
    "9.9.9.9": refusal(lambda: socket.create_connection(("9.9.9.9", 53), 5)),
    "names": refusal(lambda: socket.getaddrinfo("deb.debian.org", 443)),
}))
"""

RIGHTS = """
import json, os, re, shutil
status = open("/proc/self/status").read()
rights = dict(re.findall(r"(NoNewPrivs|CapEff|CapBnd|CapPrm|Seccomp|Uid):\\s+(\\w+)", status))
print(json.dumps({**rights, "shm_mib": shutil.disk_usage("/dev/shm").total // 2**20,
                  "groups": sorted(os.getgroups())}))
"""

CONNECT = """
from course import live
client = live.connect()
print(client.version()["Version"], live.engine().kind)
"""


def test_it_opens(start: Callable[..., Session], figures: Figures) -> None:
    """JupyterLab is there, and a real Docker Engine answers the first one who asks."""
    session = start()
    opened_s = session.wait_until_open()
    figures.add(
        "Start, at 1 CPU", "JupyterLab is open", seconds(opened_s), f"hub gives up at {START_S} s"
    )
    with MemoryWatch(session) as memory, Jupyter(session) as jupyter:
        figures.add("Memory of 2048 MiB", "JupyterLab alone", mebibytes(memory.look()))
        began = time.monotonic()
        with jupyter.kernel("new.ipynb") as kernel:
            kernel.text("pass")
            kernel_s = time.monotonic() - began
            began = time.monotonic()
            version, kind = kernel.text(CONNECT).split()
            connected_s = time.monotonic() - began
            figures.add("Memory of 2048 MiB", "with the lab VM", mebibytes(memory.look()))
    figures.add("Start, at 1 CPU", "a kernel is ready", seconds(kernel_s))
    figures.add("Start, at 1 CPU", f"Docker {version} answers in it", seconds(connected_s))
    assert kind == "labvm"
    assert session.oom_kills() == 0


def test_binders_limits_hold(session: Session) -> None:
    """It is user 1000 without any capability, and cannot get one."""
    rights = json.loads(session.python(RIGHTS))
    assert rights == {
        "Uid": "1000",
        "NoNewPrivs": "1",
        "Seccomp": "2",
        "CapEff": "0" * 16,
        "CapPrm": "0" * 16,
        "CapBnd": "0" * 16,
        "shm_mib": 64,
        "groups": [100, 1000],
    }


def test_no_way_out(session: Session) -> None:
    """From inside no route leads anywhere, no address answers and no name is known."""
    found = json.loads(session.python(NO_WAY_OUT))
    assert found.pop("default routes") == []
    assert all(found.values()), found


def test_its_log_has_no_complaints(session: Session) -> None:
    """The server starts without an error or a traceback."""
    log = session.container.logs().decode()
    wrong = [line for line in log.splitlines() if line.startswith(("[E ", "[C ", "Traceback"))]
    assert wrong == []
