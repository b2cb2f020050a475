"""A real `course lab` in a folder of its own: started, waited for, and ended for good."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from course.live import cache

START_TIMEOUT_S = 180  # nbgrader first makes the learner's version
STOP_TIMEOUT_S = 60

# What would bring the user's own settings, browser or course into the tests.
_NOT_INHERITED = ("JUPYTER", "IPYTHON", "BROWSER", "DISPLAY", "WAYLAND", "AUTOGRADERS_", "XDG_")
_ADDRESS = re.compile(r"(http://[\d.]+:\d+/(?:\S+/)?)lab\b\S*\?token=(\w+)")


@dataclass
class Lab:
    """A running `course lab`.

    Attributes:
        folder: the project's folder, which it serves.
        process: the server.
        log: where it writes what it has to say.
        url: the address that it printed, with its token.
        home: the same address up to its base URL, with a slash at its end.
        token: what it asks for.
    """

    folder: Path
    process: subprocess.Popen[bytes]
    log: Path
    url: str = field(init=False)
    home: str = field(init=False)
    token: str = field(init=False)

    def wait_until_open(self) -> None:
        """Wait for the address, and fail with what was printed if there is none."""
        end = time.monotonic() + START_TIMEOUT_S
        while not (printed := _ADDRESS.search(self.log.read_text())):
            said = f"\n{self.log.read_text()}"
            assert self.process.poll() is None, f"`course lab` ended by itself:{said}"
            assert time.monotonic() < end, f"no address within {START_TIMEOUT_S} s:{said}"
            time.sleep(0.05)
        self.url, self.home, self.token = printed[0], printed[1], printed[2]

    def end(self) -> None:
        """Interrupt the server as Ctrl-C does, and check that it and all it started are gone."""
        started = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"not ended {STOP_TIMEOUT_S} s after Ctrl-C:\n{self.log.read_text()}"
            ) from None
        _, left = psutil.wait_procs(started, timeout=STOP_TIMEOUT_S)
        assert status == 0, self.log.read_text()
        assert left == [], f"left running: {left}"

    def kill(self) -> None:
        """End what a failed test left."""
        if self.process.poll() is None:
            server = psutil.Process(self.process.pid)
            for process in [*server.children(recursive=True), server]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self.process.wait(STOP_TIMEOUT_S)


def start(folder: Path, scratch: Path, base_url: str = "/") -> Lab:
    """Start `course lab` in a project's folder.

    Args:
        folder: the project's folder.
        scratch: where the server's home, with nobody's settings, and its log are kept.
        base_url: below which path it serves; a hub gives each user's server one of its own.
    """
    home = scratch / "home"
    settings = home / ".jupyter" / "jupyter_server_config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"ServerApp": {"base_url": base_url}}))
    log = scratch / "lab.log"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_INHERITED)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "course.cli", "lab", "--no-browser"],
            cwd=folder,
            env=inherited
            | {
                "HOME": str(home),
                "COURSE_ENGINE": "labvm",  # what Binder has; never an engine of the user's
                "COURSE_LABVM_DIR": str(cache.folder()),  # building it takes minutes
                "COURSE_LABVM_NAME": f"browser-{secrets.token_hex(4)}",  # nor a VM of theirs
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Lab(folder, process, log)


def copy_of_project(root: Path, folder: Path) -> Path:
    """Copy what an instructor's checkout needs to be served."""
    folder.mkdir()
    shutil.copy(root / "nbgrader_config.py", folder)
    shutil.copytree(root / "source", folder / "source")
    return folder
