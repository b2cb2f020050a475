"""The image's Jupyter server: what it opens, what it leaves out, and that it always starts."""

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from traitlets.config import Config

from course import server

START_TIMEOUT_S = 90
TOKEN = secrets.token_hex(16)


@dataclass
class Image:
    """What the image is for Jupyter: an environment of its own, with the lessons and our file.

    Attributes:
        prefix: the environment; everything but the lessons is that of the tests.
        home: the user's home.
    """

    prefix: Path
    home: Path

    @property
    def work(self):
        """The learner's workspace."""
        return self.home / "work"

    @property
    def lessons(self):
        """The released lessons."""
        return self.prefix / "share/measured-virtualization/lessons"

    @contextlib.contextmanager
    def serve(self, *arguments, **variables):
        """Start `jupyter lab`, yield what asks it for pages, and end it."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "IPYTHON"))
        }
        runtime = self.home.parent / f"runtime-{secrets.token_hex(4)}"
        log = runtime.with_suffix(".log")
        options = ["--ip=127.0.0.1", "--port=0", "--no-browser", "--allow-root"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [self.prefix / "bin/python", "-m", "jupyterlab", *options, *arguments],
                cwd=self.home.parent,
                env=inherited
                | {"HOME": str(self.home), "JUPYTER_RUNTIME_DIR": str(runtime)}
                | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            end = time.monotonic() + START_TIMEOUT_S
            while not (url := listening(runtime)):
                assert process.poll() is None, f"the server ended: {log.read_text()}"
                assert time.monotonic() < end, f"not within {START_TIMEOUT_S} s: {log.read_text()}"
                time.sleep(0.05)
            yield Server(url, log)
        finally:
            for child in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            process.terminate()
            process.wait(START_TIMEOUT_S)


def listening(runtime):
    """Return the address of the server that answers, or None as long as there is none."""
    with contextlib.suppress(OSError, ValueError):  # it writes the file before it listens
        for file in runtime.glob("jpserver-*.json"):
            url = json.loads(file.read_text())["url"]
            with urllib.request.urlopen(url + "api", timeout=60):  # noqa: S310
                return url
    return None


@dataclass
class Server:
    """A running server.

    Attributes:
        url: where it is.
        log: what it says.
    """

    url: str
    log: Path

    def get(self, path):
        """Ask for a page; return its status, its address at last, and its text."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.url + path, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.url.removeprefix(self.url), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, path, ""

    def page_config(self):
        """Return what JupyterLab's page is told."""
        text = self.get("lab")[2]
        found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', text, re.DOTALL)
        return json.loads(found[1])


@pytest.fixture
def image(tmp_path, root):
    """Return an environment as the image has it."""
    prefix, home = tmp_path / "environment", tmp_path / "home"
    home.mkdir()
    venv.create(prefix, symlinks=True)
    version = "python{}.{}".format(*sys.version_info)
    site = prefix / "lib" / version / "site-packages"
    packages = sysconfig.get_path("purelib")
    (site / "tests.pth").write_text(f"import site; site.addsitedir({packages!r})\n")
    for folder in ("share/jupyter", "etc/jupyter/jupyter_server_config.d"):
        (prefix / folder).parent.mkdir(parents=True, exist_ok=True)
        (prefix / folder).symlink_to(Path(sys.prefix, folder))
    config = (root / "binder/jupyter_server_config.py").read_text()
    (prefix / "etc/jupyter/jupyter_server_config.py").write_text(config)
    image = Image(prefix, home)
    for name in ("01-a", "02-b"):
        (image.lessons / name).mkdir(parents=True)
        notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (image.lessons / name / f"{name}.ipynb").write_text(json.dumps(notebook))
    return image


def as_binder_starts_it(base="/user/x/"):
    """Return the arguments with which BinderHub starts a server."""
    for application in ("NotebookApp", "ServerApp"):
        yield f"--{application}.base_url={base}"
        yield f"--{application}.token={TOKEN}"
        yield f"--{application}.trust_xheaders=True"


def test_the_image_opens_the_index_in_a_filled_workspace(image):
    """Started as Binder does, with a home that is empty, it serves the lessons at their index."""
    with image.serve(*as_binder_starts_it()) as running:
        assert running.get("api/contents")[0] == 200
        listed = json.loads(running.get("api/contents")[2])["content"]
        assert sorted(item["name"] for item in listed) == ["01-a", "02-b", "index.ipynb"]
        assert all(item["writable"] for item in listed)
        assert running.get("")[1] == "lab/tree/index.ipynb"
        (image.work / "01-a/mine.txt").write_text("mine")
    with image.serve(*as_binder_starts_it()):
        assert (image.work / "01-a/mine.txt").read_text() == "mine"


def test_a_newer_version_of_a_lesson_is_told_of(image):
    """A lesson that a learner has is kept when the image has another one, and the log says so."""
    with image.serve(*as_binder_starts_it()):
        pass
    (image.lessons / "01-a/more.txt").write_text("more")
    with image.serve(*as_binder_starts_it()) as running:
        (told,) = [
            line for line in running.log.read_text().splitlines() if "another version" in line
        ]
        assert "01-a" in told
        assert not (image.work / "01-a/more.txt").exists()


def test_the_image_is_quiet_and_made_for_learners(image):
    """No news, no updates, no extensions; of nbgrader Validate; and a widget can save."""
    with image.serve(*as_binder_starts_it()) as running:
        config = running.page_config()
        assert config["news"] == {"disabled": True}
        assert config["extensionManager"]["can_install"] is False
        assert config["exposeAppInBrowser"] is True
        disabled = set(config["disabledExtensions"])
        assert "@jupyterlab/apputils-extension:announcements" in disabled
        assert "@jupyter/nbgrader:formgrader" in disabled
        assert "@jupyter/nbgrader:validate-assignment" not in disabled
        for path, status in {"formgrader": 404, "assignments": 404, "courses": 404}.items():
            assert running.get(path)[0] == status
        assert running.get("nbgrader_version?version=0")[0] != 404  # what Validate asks first


def test_a_hub_s_administrator_chooses_the_first_page(image):
    """What a hub says is to be opened first is opened."""
    options = as_binder_starts_it()
    with image.serve(*options, JUPYTERHUB_DEFAULT_URL="/lab/tree/02-b") as running:
        assert running.get("")[1] == "lab/tree/02-b"


def test_the_server_starts_where_the_workspace_cannot_be_made(image):
    """Where lessons cannot be copied they are there to be read, and the log says why."""
    image.work.write_text("a file is where the workspace should be")
    with image.serve(*as_binder_starts_it()) as running:
        assert "home/work cannot be filled" in running.log.read_text()
        listed = json.loads(running.get("api/contents")[2])["content"]
        assert sorted(item["name"] for item in listed) == ["01-a", "02-b"]
        assert running.get("")[1] == "lab"


def test_the_server_starts_without_lessons(image):
    """An installation that lacks its lessons says so, and serves what the learner has."""
    image.lessons.rename(image.lessons.with_name("elsewhere"))
    with image.serve(*as_binder_starts_it()) as running:
        assert "No lessons are installed" in running.log.read_text()
        assert running.get("")[1] == "lab"
    assert image.work.is_dir()


def test_the_course_command_serves_the_installed_lessons(image):
    """In the image `course lab`, wherever it is called, fills and serves the same workspace."""
    process = subprocess.Popen(
        [image.prefix / "bin/python", "-m", "course.cli", "lab", "--no-browser", "--port=0"],
        cwd=image.home,
        env=os.environ | {"HOME": str(image.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    while "Stop it with" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.terminate()
    said += process.communicate(timeout=START_TIMEOUT_S)[0]
    assert "lab/tree/index.ipynb?token=" in said
    assert "work/01-a is new" in said
    assert said.endswith(f"Your work is kept in {image.work}\n")


@pytest.fixture
def exchange(tmp_path, monkeypatch):
    """Return an exchange, and keep what is said of settings from other tests."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/elsewhere")
    (tmp_path / "exchange").mkdir()
    return tmp_path / "exchange"


def test_an_exchange_brings_nbgraders_lists(exchange):
    """Where learners and instructor share an exchange, nothing of nbgrader is left out."""
    config = Config()
    server.without_grading(config, exchange)
    assert config == Config()
    assert os.environ["JUPYTER_CONFIG_PATH"] == "/elsewhere"
    server.without_grading(config, exchange / "absent")
    assert set(config.ServerApp.jpserver_extensions.values()) == {False}
    ours, other = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert (Path(ours) / "labconfig/page_config.json").is_file()
    assert other == "/elsewhere"


def test_configuring_twice_is_configuring_once(exchange):
    """Jupyter may read a configuration file more than once."""
    config = Config()
    server.configure(config)
    before = os.environ["JUPYTER_CONFIG_PATH"], json.dumps(config, default=str)
    server.configure(config)
    assert (os.environ["JUPYTER_CONFIG_PATH"], json.dumps(config, default=str)) == before
