"""Serve JupyterLab with the course: to this machine only, quietly, and without the Internet.

``course lab`` prepares the folder (``course.workspace``) and then calls ``serve``, which is
Jupyter's ordinary server with a few decisions made:

- it listens on the loopback interface, always asks for its token, and prints one address;
- Ctrl-C and a request to terminate end it at once, with every kernel and terminal;
- what holds for the course's servers on Binder and on a hub as well is in `course.server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import sysconfig
import webbrowser
from pathlib import Path
from types import FrameType
from urllib.parse import urljoin

import psutil
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_escape, url_path_join
from traitlets.config import Config

from course import server

__all__ = ["CourseServer", "has_browser", "is_free", "serve"]

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8888
PATIENCE_S = 1.0  # for a kernel to end by itself


def serve(root: Path, open_at: str, port: int | None, browser: bool) -> None:
    """Serve a folder until the learner stops it.

    Args:
        root: the folder to serve; nbgrader reads its configuration there.
        open_at: what to open first, relative to ``root``; empty for the folder itself.
        port: the port to listen on, 0 for any; None for the usual one, or one near it.
        browser: open a browser.
    """
    os.chdir(root)  # nbgrader's extensions look for nbgrader_config.py in the current directory
    # nbgrader calls `alembic` by name, and a notebook may call `!nbgrader`: both are found beside
    # this interpreter even where the environment is not activated.
    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), path])
    CourseServer.launch_instance([], config=_configuration(root, open_at, port, browser))


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        if os.name == "posix":  # like the server: a port that was closed just now is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def has_browser() -> bool:
    """Tell whether this session can show a browser; one that runs in the terminal is none."""
    if "BROWSER" in os.environ:  # chosen by the user, or by an editor that forwards it
        return True
    on_screen = {"DISPLAY", "WAYLAND_DISPLAY"}.intersection(os.environ)
    if not on_screen and sys.platform not in {"darwin", "win32"}:
        return False
    try:
        return type(webbrowser.get()) is not webbrowser.GenericBrowser
    except webbrowser.Error:
        return False


def _configuration(root: Path, open_at: str, port: int | None, browser: bool) -> Config:
    """Put our decisions where they overrule the user's own configuration files."""
    config = Config()
    config.Application.log_level = logging.WARNING
    config.ServerApp = Config(
        root_dir=str(root),
        default_url=url_path_join("/lab/tree", url_escape(open_at)),
        ip=LOOPBACK,
        port=DEFAULT_PORT if port is None else port,
        port_retries=50 if port is None else 0,
        open_browser=browser,
        allow_root=True,  # in a container root is the usual user; the loopback keeps others out
        jpserver_extensions={"jupyterlab": True},
        tornado_settings={
            # No pings: on the loopback interface a connection ends with the program at its end.
            "ws_ping_interval": 0,
        },
    )
    config.IdentityProvider.token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    config.KernelManager.shutdown_wait_time = PATIENCE_S
    server.configure(config)
    return config


class CourseServer(ServerApp):
    """Jupyter's server, which prints one clear address and stops when it is told to."""

    def init_signal(self) -> None:
        """Stop at once where Jupyter would ask; see ``_on_signal``."""
        self._started: list[psutil.Process] = []
        self._browser: subprocess.Popen[bytes] | None = None
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        # The terminal was closed; under nohup that is to be ignored.
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)

    def start_app(self) -> None:
        """Say where the course is, once the server listens there."""
        super().start_app()
        url = urljoin(self.connection_url, self.default_url)  # both have the base URL in them
        print(f"\nThe course is open at:  {url}?token={self.identity_provider.token}")  # noqa: T201
        print("Stop it with Ctrl-C.\n", flush=True)  # noqa: T201

    def launch_browser(self) -> None:
        """Open the browser, if there is one, where neither Ctrl-C nor its chatter passes."""
        page = Path(self.browser_open_file).as_uri()  # keeps the token off the command line
        command = [sys.executable, "-m", "webbrowser", page]
        self._browser = subprocess.Popen(  # noqa: S603 - our own interpreter; no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start_ioloop(self) -> None:
        """Serve until stopped, then end whatever kernels and terminals left behind."""
        super().start_ioloop()
        self._abandon_requests()
        _end(self._started)

    def _abandon_requests(self) -> None:
        """Cancel what was still being answered, such as the start of a kernel.

        The threads that work for a request end with it, and Python waits for them when it exits.
        """
        loop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]  # all of tornado's have one
        if pending := asyncio.all_tasks(loop):
            for task in pending:
                task.cancel()
            loop.run_until_complete(asyncio.wait(pending, timeout=PATIENCE_S))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._stopping:  # the second one is impatient: end the kernels without waiting
            for process in self._started:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            return
        # Looked up now: the children of a kernel are no longer ours once the kernel is gone.
        self._started = _descendants(os.getpid())
        if self._browser:  # which is the user's, and stays
            spared = {self._browser.pid, *(p.pid for p in _descendants(self._browser.pid))}
            self._started = [p for p in self._started if p.pid not in spared]
        self.stop(from_signal=True)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _end(processes: list[psutil.Process]) -> None:
    """Terminate the processes that still run, and kill those that do not heed it."""
    for stop in (psutil.Process.terminate, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                stop(process)
        _, processes = psutil.wait_procs(processes, timeout=PATIENCE_S)
