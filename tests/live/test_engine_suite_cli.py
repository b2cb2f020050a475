"""The ordinary ``docker`` command, on a real engine of this machine and in the lab VM."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.conftest import Engine, cannot

TIMEOUT_S = 120


@pytest.fixture
def docker(engine: Engine, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Return a function that runs the command as a user of this engine does."""
    program = shutil.which("docker")
    if program is None:
        cannot("the docker command is not installed")

    def run(*arguments: str, **options) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program, *arguments],
            env=environment(engine, tmp_path),
            timeout=TIMEOUT_S,
            check=True,
            **{"capture_output": True, **options},
        )

    return run


def environment(engine: Engine, folder: Path) -> dict[str, str]:
    """Return what leads the command to an engine, and to nobody's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DOCKER_HOST": engine.docker_host,
        "DOCKER_BUILDKIT": "0",  # BuildKit's client is a plugin that is not always installed
        "TERM": "dumb",
    }


def test_run_in_a_terminal(engine: Engine, tmp_path: Path, busybox: str) -> None:
    """``docker run -it`` gives a terminal: it echoes, has a size, and ends with the shell."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["docker", "run", "--rm", "-it", busybox, "sh"],
        env=environment(engine, tmp_path), stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    printed = b""
    try:
        # A terminal keeps what is typed before the shell reads it.
        os.write(ours, b"test -t 0 && echo is$((40 + 2))terminal; exit 5\n")
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            if not chunk:
                break
            printed += chunk
        assert process.wait(TIMEOUT_S) == 5
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"is42terminal" in printed


def test_input_through_a_pipe(docker, busybox: str) -> None:
    """``docker run -i`` passes input on, and its end."""
    done = docker("run", "--rm", "-i", busybox, "sort", input=b"b\na\n")
    assert done.stdout == b"a\nb\n"


def test_build_list_and_remove(docker, busybox: str, tmp_path: Path) -> None:
    """``docker build``, ``images``, ``create``, ``ps`` and ``rm`` do as they do everywhere."""
    (tmp_path / "Dockerfile").write_text(f"FROM {busybox}\nCOPY text /\nRUN cat /text\n")
    (tmp_path / "text").write_text("from the context\n")
    built = docker("build", "--tag", "t/cli:1", str(tmp_path))
    assert b"from the context" in built.stdout
    try:
        assert b"t/cli" in docker("images").stdout
        docker("create", "--name", "by-hand", "t/cli:1")
        assert b"by-hand" in docker("ps", "--all").stdout
        docker("cp", f"{tmp_path}/text", "by-hand:/copied")
        assert docker("diff", "by-hand").stdout.splitlines() == [b"A /copied"]
    finally:
        docker("rm", "--force", "by-hand")
        docker("rmi", "--force", "t/cli:1")
    assert b"by-hand" not in docker("ps", "--all").stdout
