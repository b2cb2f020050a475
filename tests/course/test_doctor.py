"""What the machine can do is told truly, and nothing that is absent breaks the telling."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from course import doctor, probes
from course.probes import Capability


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Empty PATH, and give a function that puts a program of one line on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name, line):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)

    return add


@pytest.fixture
def docker_engine(monkeypatch):
    """Run a loopback server that answers every question as a Docker Engine would its version."""

    class Engine(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"Version": "99.1.2", "ApiVersion": "1.44"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *message):
            pass

    with HTTPServer(("127.0.0.1", 0), Engine) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()
        thread.join()


def course(*arguments, **options):
    """Run the command as a user does."""
    command = [sys.executable, "-m", "course.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_json_is_for_machines():
    """`--json` prints one object, whose verdict agrees with the exit status."""
    done = course("doctor", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["can_work"] else 1)
    assert len(answer["capabilities"]) == len(probes.PROBES)
    assert {c["state"] for c in answer["capabilities"]} <= {"ready", "missing", "limited"}
    assert all(c["remedy"] for c in answer["capabilities"] if c["state"] == "missing")


def test_the_table_has_a_line_for_everything():
    """The table names every capability, and ends with the verdict."""
    done = course("doctor")
    for capability in doctor.examine():
        assert f"{capability.state:7}  {capability.name} " in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Lessons can")


def test_the_table_survives_a_plain_terminal(monkeypatch):
    """A terminal that knows only ASCII gets the table, too."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert "? ready    Python" in course("doctor").stdout


@pytest.mark.parametrize(
    ("probe", "package"),
    [
        (probes.qemu, "qemu-system-x86"),
        (probes.bubblewrap, "bubblewrap"),
        (probes.namespaces, "util-linux"),
        (probes.chromium, "chromium"),
    ],
)
def test_a_missing_tool_is_reported(path, probe, package):
    """With nothing on PATH a tool is missing; the remedy is a command only where it would work."""
    answer = probe()
    assert answer.state == "missing"
    assert "package manager" in answer.remedy
    path("apt-get", "exit 1")
    assert probe().remedy.endswith(f"apt-get install {package}")


def test_an_empty_path_does_not_stop_the_lessons(path):
    """Everything that is a program of its own can be missing, and lessons can still be worked."""
    answers = doctor.examine()
    assert {a.name for a in answers if a.state == "missing"} >= {"QEMU", "bubblewrap", "Chromium"}
    assert doctor.can_work(answers)


def test_versions_are_read(path):
    """A tool's version is what it says itself."""
    path("qemu-system-x86_64", "echo 'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)'")
    path("chromium-browser", "echo 'Chromium 140.0.7339.80 snap'")
    assert (probes.qemu().state, probes.qemu().found) == ("ready", "7.2.22")
    assert (probes.chromium().state, probes.chromium().found) == ("ready", "140.0.7339.80")


@pytest.mark.parametrize("line", ["exit 1", "while :; do :; done"])
def test_a_tool_that_fails_or_hangs_is_not_ready(path, monkeypatch, line):
    """A tool counts only if it answers well, and in time."""
    monkeypatch.setattr(probes, "TIMEOUT_S", 0.2)
    for name in ("qemu-system-x86_64", "bwrap", "unshare", "chromium"):
        path(name, line)
    assert probes.qemu().state == "missing"
    assert probes.chromium().state == "missing"
    assert probes.namespaces().state == "missing"
    assert probes.bubblewrap().state == "limited"


def test_an_engine_that_answers_is_ready(docker_engine):
    """A Docker Engine is ready when it tells its version."""
    assert probes.docker_engine().state == "ready"
    assert probes.docker_engine().found == "99.1.2 answers"


def test_an_engine_that_does_not_answer_is_missing(path, monkeypatch):
    """No answer means no engine; a Docker that is installed is to be started, not installed."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    path("apt-get", "exit 1")
    assert probes.docker_engine().state == "missing"
    assert "apt-get install docker.io" in probes.docker_engine().remedy
    path("dockerd", "exit 1")
    assert "start docker" in probes.docker_engine().remedy


def test_the_engine_for_lessons_is_named_with_its_reason(docker_engine, monkeypatch):
    """The doctor says which engine a learner gets, and why; forcing another one changes it."""
    answer = probes.lesson_engine()
    assert answer.state == "ready"
    assert answer.found.startswith("Docker Engine: DOCKER_HOST=tcp://127.0.0.1:")
    monkeypatch.setenv("COURSE_ENGINE", "labvm")
    assert "COURSE_ENGINE=labvm" in probes.lesson_engine().found
    assert probes.docker_engine().state == "ready", "which is a question of its own"


def test_a_wrong_choice_of_engine_is_told(monkeypatch):
    """What names no engine is repeated, and is no failure of the doctor."""
    monkeypatch.setenv("COURSE_ENGINE", "nonsense")
    answer = probes.lesson_engine()
    assert answer.state == "missing"
    assert "nonsense" in answer.found
    assert "COURSE_ENGINE" in answer.remedy


def test_without_any_engine_the_lab_vm_is_offered(path, monkeypatch, tmp_path):
    """Where no engine answers, the next step is told; an unbuilt lab VM can be built."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    monkeypatch.setenv("COURSE_LABVM_DIR", str(tmp_path))
    assert probes.lesson_engine().state == "missing"
    assert "does not answer" in probes.lesson_engine().found
    assert probes.lesson_engine().remedy
    assert probes.lab_vm().state == "missing", "there is no QEMU on the path"
    path("qemu-system-x86_64", "echo 'QEMU emulator version 7.2.22 (Debian)'")
    assert probes.lab_vm().state in ("limited", "missing")
    assert probes.lab_vm().remedy


def test_kvm_is_ready_only_if_it_answers(tmp_path):
    """A device that is absent is missing, and a file that is no device does not answer."""
    assert probes.kvm(tmp_path / "absent").state == "missing"
    (tmp_path / "kvm").touch()
    assert probes.kvm(tmp_path / "kvm").state == "limited"


def test_a_missing_library_stops_the_lessons(monkeypatch):
    """Without a library that the notebooks import, lessons cannot be worked, and pip helps."""
    monkeypatch.setattr(probes.metadata, "requires", lambda _: ["altair>=6", "no-such-library>=1"])
    answer = probes.libraries()
    assert answer.state == "missing"
    assert answer.found == "without no-such-library"
    assert answer.remedy.endswith("-m pip install no-such-library")
    assert not doctor.can_work([answer])


def test_a_probe_that_breaks_counts_as_missing():
    """A probe's own fault is shown in its line, and the others answer all the same."""

    def broken_thing():
        raise RuntimeError("no luck")

    answers = doctor.examine([broken_thing, probes.python])
    assert [a.state for a in answers] == ["missing", "ready"]
    assert "no luck" in answers[0].found
    assert "broken thing" in doctor.as_table(answers)


def test_only_the_core_decides():
    """Lessons can be worked as long as nothing of the core is missing."""
    extra = Capability("QEMU", "missing", "none", "virtual machines", "install it")
    core = Capability("memory", "limited", "1 GiB", "lessons", "buy some", core=True)
    gone = Capability("Python", "missing", "2.7", "everything", "install it", core=True)
    assert doctor.can_work([extra, core])
    assert not doctor.can_work([core, gone])
    assert "cannot yet" in doctor.as_table([core, gone])


def test_room_is_measured_where_the_course_is(tmp_path, monkeypatch):
    """The free disk is that of the current folder, whatever its size."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(probes, "DISK_GIB", 1e9)
    assert probes.disk().state == "limited"
    monkeypatch.setattr(probes, "DISK_GIB", 0)
    assert probes.disk().state == "ready"
    assert Path.cwd() == tmp_path
