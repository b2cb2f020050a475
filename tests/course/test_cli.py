"""The `course` command: its help, and a server that is private, quiet and gone when stopped."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import psutil
import pytest

import course
from course import lab

START_TIMEOUT_S = 90
STOP_TIMEOUT_S = 30


def wait_for(condition):
    """Wait until a condition holds, and fail if it takes too long."""
    end = time.monotonic() + START_TIMEOUT_S
    while not condition():
        assert time.monotonic() < end, f"not within {START_TIMEOUT_S} s"
        time.sleep(0.05)


@dataclass
class Server:
    """A running `course lab`, and what it has printed so far."""

    process: subprocess.Popen
    lines: list = field(default_factory=list)

    def __post_init__(self):
        # Read all the time, so that the server never waits for a reader.
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def output(self):
        """All that it has printed."""
        return "".join(self.lines)

    @property
    def address(self):
        """The one address that it prints: where it listens, what it opens, and the token."""
        return re.search(r"(http://[\d.]+:(\d+)/)(\S*)\?token=(\w+)", self.output)

    def wait_until_open(self):
        """Wait for the address, and fail with what was printed if there is none."""
        wait_for(lambda: self.address or self.process.poll() is not None)
        assert self.address, f"the server ended: {self.output}"

    def end(self, number):
        """Send a signal, and return the exit status and all that was printed."""
        self.process.send_signal(number)
        status = self.process.wait(STOP_TIMEOUT_S)
        self.reader.join(STOP_TIMEOUT_S)
        return status, self.output

    def get(self, path, *, token=None, data=None):
        """Ask for a page; return the status and the text."""
        headers = {"Authorization": f"token {token}"} if token else {}
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.address[1] + path, body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""


@pytest.fixture
def start(tmp_path):
    """Return a function that starts `course lab` with a home of its own; stop all at the end."""
    home = tmp_path / "home"
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "BROWSER", "DISPLAY", "WAYLAND"))
    }
    environment = inherited | {"HOME": str(home)}
    (home / ".jupyter").mkdir(parents=True)

    with contextlib.ExitStack() as stack:

        def start_server(folder, *arguments, **variables):
            process = subprocess.Popen(
                [sys.executable, "-m", "course.cli", "lab", *arguments],
                cwd=folder,
                env=environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            server = Server(process)
            stack.callback(process.stdout.close)
            stack.callback(server.reader.join)
            stack.callback(process.wait)
            stack.callback(stop, process)
            server.wait_until_open()
            return server

        start_server.home = home
        yield start_server


def stop(process):
    """End a server that a failed test left, with all its children."""
    if process.poll() is None:
        parent = psutil.Process(process.pid)
        for child in [*parent.children(recursive=True), parent]:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


@pytest.fixture
def learner(tmp_path):
    """Return a learner's folder: lessons, and nothing of an instructor's."""
    for name in ("01-a", "02-b"):
        (tmp_path / "learner" / name).mkdir(parents=True)
        notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / "learner" / name / "lesson.ipynb").write_text(json.dumps(notebook))
    return tmp_path / "learner"


def run(*arguments, **options):
    """Run the command to its end."""
    command = [sys.executable, "-m", "course.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_the_help_names_every_command():
    """`--help` lists the commands, and each command's help lists its options."""
    top = run("--help")
    assert top.returncode == 0
    assert {"lab", "doctor", "--version"} <= set(re.findall(r"[\w-]+", top.stdout))
    for option in ("--port", "--no-browser", "--assignment"):
        assert option in run("lab", "--help").stdout
    assert "--json" in run("doctor", "--help").stdout


def test_the_version_is_the_packages():
    """`--version` prints the package's version."""
    assert run("--version").stdout == f"course {course.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["lab", "--port", "many"], "expected a number from 0 to 65535, found 'many'"),
        (["lab", "--port", "70000"], "found '70000'"),
    ],
)
def test_a_wrong_call_is_explained(arguments, message):
    """A call that makes no sense ends with status 2 and says what was expected."""
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_importing_the_command_loads_nothing_heavy():
    """The command's module loads neither Jupyter nor Docker nor anything for the charts."""
    code = "import course.cli, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    heavy = {"jupyter_server", "jupyterlab", "nbgrader", "docker", "altair", "pandas", "psutil"}
    assert "course" in loaded.stdout.split()
    assert heavy.isdisjoint(loaded.stdout.split())


def test_a_missing_jupyterlab_is_explained():
    """Without JupyterLab nothing starts, and the message says how to install it."""
    code = "import sys; sys.modules['jupyterlab'] = None; from course import cli; "
    code += "sys.exit(cli.main(['lab']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "-m pip install jupyterlab" in done.stderr


def test_an_explicit_port_that_is_taken_is_refused(learner):
    """A port that the user asked for is not exchanged in silence for another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("lab", "--port", str(port), cwd=learner)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr


def test_an_unknown_assignment_is_refused(learner):
    """The message says which assignments there are."""
    done = run("lab", "--assignment", "99-z", cwd=learner)
    assert done.returncode == 1
    assert "'99-z'" in done.stderr
    assert "Found: 01-a, 02-b." in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at Linux' screens")
def test_a_browser_needs_a_screen(monkeypatch):
    """Without a screen there is no browser to open, unless the user names one."""
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not lab.has_browser()
    monkeypatch.setenv("BROWSER", "true")
    assert lab.has_browser()


def test_the_browser_is_opened_and_outlives_the_server(learner, start, tmp_path):
    """The browser gets a page that leads to the course, and Ctrl-C leaves it alone."""
    browser = tmp_path / "browser"
    opened = tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\ncp "${{1#file://}}" {opened}.new && mv {opened}.new {opened}\n')
    with browser.open("a") as script:
        script.write(f"echo $$ > {tmp_path}/pid\nexec sleep 600\n")
    browser.chmod(0o755)
    server = start(learner, BROWSER=str(browser))
    wait_for((tmp_path / "pid").exists)
    wait_for(lambda: (tmp_path / "pid").read_text().endswith("\n"))
    process = psutil.Process(int((tmp_path / "pid").read_text()))
    try:
        assert server.address[4] in opened.read_text()
        assert server.end(signal.SIGINT)[0] == 0
        assert process.is_running()
    finally:
        process.kill()


@pytest.mark.nbgrader
def test_an_instructors_checkout_is_served(checkout, write_assignment, start):
    """From anywhere in a checkout, the learner's new copy is opened, and Formgrader finds all."""
    write_assignment("01-a")
    server = start(checkout / "source" / "01-a")
    assert server.address[3] == "lab/tree/work/01-a/lesson.ipynb"
    assert (checkout / "work/01-a/lesson.ipynb").exists()
    token = server.address[4]
    status, text = server.get("formgrader/api/assignments", token=token)
    assert status == 200
    assert [(a["name"], a["source_path"]) for a in json.loads(text)] == [("01-a", "source/01-a")]


def test_the_server_is_private_and_asks_the_internet_nothing(learner, start):
    """Only this machine, and only the token, opens it, whatever the user's configuration says."""
    (start.home / ".jupyter/jupyter_server_config.py").write_text(
        "c.IdentityProvider.token = ''\n"
        "c.ServerApp.ip = '0.0.0.0'\n"
        "c.ServerApp.open_browser = True\n"
        "c.LabApp.extension_manager = 'pypi'\n"
    )
    server = start(learner, "--port", "0")
    token = server.address[4]
    assert server.get("api/contents")[0] == 403
    assert server.get("api/contents", token=token[::-1])[0] == 403
    assert server.get("api/contents", token=token)[0] == 200

    listening = [
        connection.laddr.ip
        for connection in psutil.Process(server.process.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}

    page = server.get("lab", token=token)[1]
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[1])
    assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]
    assert config["news"] == {"disabled": True}
    assert config["extensionManager"]["can_install"] is False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_at_once(learner, start, number):
    """Asked once, the server ends itself and its kernels without a question, and says goodbye."""
    server = start(learner, "--assignment", "02-b")
    assert server.address[3] == "lab/tree/02-b/lesson.ipynb"
    token = server.address[4]
    assert server.get("api/kernels", token=token, data={"name": "python3"})[0] == 201
    assert server.get("api/terminals", token=token, data={})[0] == 200
    processes = psutil.Process(server.process.pid).children(recursive=True)
    assert len(processes) >= 2

    status, output = server.end(number)
    assert status == 0
    assert output.endswith(f"The course is closed. Your work is kept in {learner}\n")
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []
    assert not list((start.home / ".local/share/jupyter/runtime").glob("kernel-*.json"))
    assert not (learner / "work").exists()


def test_the_usual_port_may_be_taken(learner, start):
    """Where the usual port is taken, a free one near it is found."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # taken already: all the better
            stack.enter_context(socket.create_server(("127.0.0.1", lab.DEFAULT_PORT)))
        server = start(learner)
    assert int(server.address[2]) != lab.DEFAULT_PORT
    assert server.address[3] == "lab/tree"
    assert server.end(signal.SIGINT)[0] == 0
