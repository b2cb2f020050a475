"""The course's images: built from nothing but Debian, small, and of use."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from course.live import cache, cleanup
from course.live.client import CourseClient
from course.live.debian import definitions, mirror
from course.live.debian.errors import MirrorUnreachableError
from course.live.errors import BadRequestError, BuildFailedError, LiveError
from course.live.images import IMAGES, Recipe, contexts, measure, provide
from course.live.progress import Progress
from tests.live.conftest import Engine

READY_S = 60

#: What each may hold at most, in megabytes; a package that grew out of hand is noticed.
LARGEST_MB = {
    "course/busybox:1.35": 2.5,
    "course/python:3.11": 26,
    "course/python:3.13": 26,
    "course/web:1": 2.5,
    "course/registry:2.8": 26,
    "course/freeradius:3.2": 14,
}

PAP = """
import hashlib, os, socket, sys

name, password, secret = (word.encode() for word in sys.argv[1:])
# RFC 2865: the password is hidden by the digest of the secret and of random bytes.
noise = os.urandom(16)
key = hashlib.md5(secret + noise).digest()
hidden = bytes(a ^ b for a, b in zip(password.ljust(16, b"\\0"), key))
fields = bytes([1, 2 + len(name)]) + name + bytes([2, 18]) + hidden
request = bytes([1, 7]) + (20 + len(fields)).to_bytes(2, "big") + noise + fields
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
    connection.settimeout(30)
    connection.sendto(request, ("127.0.0.1", 1812))
    answer = connection.recv(4096)
signature = hashlib.md5(answer[:4] + noise + answer[20:] + secret).digest()
print({2: "accept", 3: "reject"}[answer[0]], answer[1] == 7, signature == answer[4:20])
"""


@pytest.fixture(scope="module")
def images(client: CourseClient) -> Iterator[CourseClient]:
    """Return the client of an engine that has all images; remove what the tests made."""
    provide(client)
    yield client
    cleanup(client)


@contextmanager
def running(client: CourseClient, image: str, *command: str, **options: Any) -> Iterator:
    """Run a container as long as the block lasts."""
    container = client.containers.run(image, list(command) or None, detach=True, **options)
    try:
        yield container
    finally:
        container.remove(force=True)


def until(true: Callable[[], bool], container: Any) -> None:
    """Wait for a condition; fail with the container's log."""
    deadline = time.monotonic() + READY_S
    while not true():
        container.reload()
        if time.monotonic() > deadline or container.status not in ("created", "running"):
            pytest.fail(f"{container.status}; the container said:\n{container.logs().decode()}")
        time.sleep(0.05)  # between two looks


def listens(container: Any, port: int, protocol: str = "tcp") -> Callable[[], bool]:
    """Return a condition: a process of the container has the port open."""
    # sl  local_address rem_address   st ...: the port is in hexadecimal; 0A is listening
    state = "0A" if protocol == "tcp" else "07"
    program = f"cat /proc/net/{protocol} /proc/net/{protocol}6 | grep -E ':{port:04X} .* {state} '"
    return lambda: container.exec_run(["sh", "-c", program]).exit_code == 0


@pytest.mark.parametrize("recipe", IMAGES.values(), ids=IMAGES)
def test_a_dockerfile_can_be_read(recipe: Recipe) -> None:
    """It is short, explains itself, says whose it is, and runs nothing while it is built."""
    lines = recipe.dockerfile.splitlines()
    assert len(lines) <= 25
    assert lines[0].startswith("# ")
    assert f'LABEL course.image="{recipe.tag}"' in lines
    assert not any(line.startswith("RUN") for line in lines)
    assert recipe.base is None or recipe.base in IMAGES


def test_a_base_is_built_before_what_begins_with_it() -> None:
    """The order of the images is one in which they can be built."""
    order = list(IMAGES)
    for recipe in IMAGES.values():
        if recipe.base is not None:
            assert order.index(recipe.base) < order.index(recipe.tag)


@pytest.mark.parametrize("recipe", IMAGES.values(), ids=IMAGES)
def test_contents_are_taken_from_packages_that_are_pinned(recipe: Recipe) -> None:
    """Each set that an image is taken from is defined."""
    if recipe.contents is not None:
        assert set(recipe.contents.packages) <= set(definitions())


def test_a_context_is_the_same_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same packages are packed to the same bytes; a second time, nothing is fetched."""
    recipes = list(IMAGES.values())
    try:
        first = contexts.prepare(recipes)
    except MirrorUnreachableError as error:
        pytest.skip(str(error))
    monkeypatch.setenv(mirror.ENVIRONMENT, "http://127.0.0.1:9")
    assert contexts.prepare(recipes) == first
    # Another cache, with the packages but without contexts.
    packages = cache.folder() / "packages"
    monkeypatch.setenv(cache.ENVIRONMENT, str(tmp_path))
    (tmp_path / "packages").symlink_to(packages)
    for here, there in zip(first, contexts.prepare(recipes), strict=True):
        assert here.file != there.file
        assert here.file.read_bytes() == there.file.read_bytes()
        assert here.versions == there.versions


def test_a_changed_recipe_makes_another_context() -> None:
    """What is cached is known by all that went into it."""
    fingerprints = {recipe.fingerprint for recipe in IMAGES.values()}
    assert len(fingerprints) == len(IMAGES)


@pytest.mark.docker
def test_an_image_is_built_once(host: Engine) -> None:
    """A second call finds what the first one made; progress ends at the whole."""
    told: list[Progress] = []
    first = provide(host.client, progress=told.append)
    assert [image.tags[0] for image in first] == list(IMAGES)
    assert [image.id for image in provide(host.client)] == [image.id for image in first]
    assert not told or told[-1].fraction == 1


@pytest.mark.docker
def test_two_builds_make_the_same_layers(host: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built anew without a network, images have other ids, for they are dated, and equal layers."""
    names = ("course/web:1", "course/freeradius:3.2", "course/python:3.13")
    first = provide(host.client, *names)
    for name in names:
        host.client.images.remove(name, force=True)
    monkeypatch.setenv(mirror.ENVIRONMENT, "http://127.0.0.1:9")
    told: list[Progress] = []
    second = provide(host.client, *names, progress=told.append)
    for before, after in zip(first, second, strict=True):
        assert before.id != after.id
        assert before.attrs["RootFS"]["Layers"] == after.attrs["RootFS"]["Layers"]
    fractions = [progress.fraction for progress in told if progress.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert host.client.containers.list(all=True, filters={"status": "created"}) == []


@pytest.mark.docker
def test_a_base_is_provided_with_what_begins_with_it(host: Engine) -> None:
    """Who asks for the web server needs not know what it is built upon."""
    (image,) = provide(host.client, "course/web:1")
    (base,) = provide(host.client, "course/busybox:1.35")
    layers = base.attrs["RootFS"]["Layers"]
    assert image.attrs["RootFS"]["Layers"][: len(layers)] == layers


@pytest.mark.docker
def test_a_name_that_there_is_not_is_refused(host: Engine) -> None:
    """The error names the images that there are."""
    with pytest.raises(BadRequestError, match="course/web:1"):
        provide(host.client, "course/nothing:1")


@pytest.mark.docker
def test_a_build_that_fails_is_an_error_of_ours(
    host: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says at which instruction, on a plain client of the SDK as on ours."""
    dockerfile = b"FROM scratch\nCOPY nothing /\n"
    monkeypatch.setitem(IMAGES, "course/broken:1", Recipe("course/broken:1", "web"))
    monkeypatch.setattr(Recipe, "files", property(lambda self: {"Dockerfile": dockerfile}))
    with pytest.raises(BuildFailedError, match="COPY nothing"):
        provide(host.client, "course/broken:1")


@pytest.mark.docker
def test_cleaning_up_keeps_the_images(host: Engine) -> None:
    """They are not made for a lesson, and not again with each one."""
    provide(host.client)
    host.client.containers.create("course/busybox:1.35")
    cleanup(host.client)
    assert {record.tag for record in measure(host.client)} == set(IMAGES)
    assert host.client.containers.list(all=True) == []


def test_sizes_are_what_the_layers_add_up_to(images: CourseClient) -> None:
    """An image is as large as its layers, small, and says which packages it is made of."""
    for record in measure(images):
        assert record.size_bytes == sum(size_bytes for _, size_bytes in record.layers)
        assert record.size_bytes / 1e6 < LARGEST_MB[record.tag]
        pinned = {package.name: package.version for package in IMAGES[record.tag].packages}
        assert record.packages.items() <= pinned.items()
        assert bool(record.packages) == bool(pinned)


def test_busybox_is_a_whole_user_space(images: CourseClient) -> None:
    """There is a shell with all tools that busybox has, users, and a place for temporary files."""
    program = """
        busybox --list | while read name; do
            [ "$name" = busybox ] || [ -L /bin/$name ] || echo "no $name"
        done
        whoami; stat -c %a /tmp; echo hello > /tmp/file; cat /tmp/file
    """
    said = images.containers.run("course/busybox:1.35", ["sh", "-c", program], remove=True)
    assert said.decode().split() == ["root", "1777", "hello"]


@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_python_has_its_standard_library(images: CourseClient, version: str) -> None:
    """Both names of the interpreter work, and so do modules of all kinds."""
    program = """
import asyncio, bz2, csv, ctypes, decimal, hashlib, http.server, json, logging, lzma, os, socket
import sqlite3, subprocess, sys, threading, unittest, urllib.request, uuid, zlib, zoneinfo
thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
subprocess.run(["python", "-c", "print('child')"], check=True)
with sqlite3.connect("/tmp/file") as database:
    database.execute("create table t (a)")
print(json.dumps([sys.version_info[:2], os.getcwd(), os.getuid(),
    hashlib.sha256(b"").hexdigest()[:4], socket.gethostbyname(socket.gethostname())[:3] != ""]))
"""
    said = images.containers.run(
        f"course/python:{version}", ["python3", "-c", program], remove=True
    )
    *lines, last = said.decode().splitlines()
    assert lines == ["thread", "child"]
    assert json.loads(last) == [[3, int(version[2:])], "/work", 0, "e3b0", True]


def test_python_leaves_no_traces(images: CourseClient) -> None:
    """What a container changed is what its program changed."""
    program = "import http.server; open('/work/made', 'w').close()"
    container = images.containers.run("course/python:3.11", ["python3", "-c", program], detach=True)
    container.wait()
    changed = {change["Path"] for change in container.diff()}
    container.remove()
    assert changed == {"/work", "/work/made"}


def test_python_stops_when_it_is_told_to(images: CourseClient) -> None:
    """It gets a signal that it handles, so nobody waits until it is killed."""
    program = "print('ready'); import time; time.sleep(1000)"
    with running(images, "course/python:3.13", "python3", "-c", program) as container:
        until(lambda: b"ready" in container.logs(), container)
        container.stop(timeout=READY_S)
        assert container.wait()["StatusCode"] not in (0, 137)
        assert b"KeyboardInterrupt" in container.logs()


def test_the_web_server_serves_a_page_and_logs_it(images: CourseClient) -> None:
    """Its page comes, what is not there does not, and both are in the log."""
    with running(images, "course/web:1") as container:
        until(listens(container, 80), container)
        page = container.exec_run(["wget", "-q", "-O", "-", "http://localhost/"])
        assert page.exit_code == 0
        assert b"Hello from a container" in page.output
        assert container.exec_run(["wget", "-q", "http://localhost/nothing"]).exit_code != 0
        until(lambda: b"url:/nothing" in container.logs(), container)


def test_the_registry_keeps_what_is_pushed(images: CourseClient) -> None:
    """An image is pushed, listed, removed here, pulled again as the same one, and deleted there."""
    with running(images, "course/registry:2.8", ports={"5000/tcp": None}) as container:
        until(listens(container, 5000), container)
        container.reload()
        # Of the engine's own machine: an engine takes no certificate for granted but there.
        port = container.ports["5000/tcp"][0]["HostPort"]
        name = f"localhost:{port}/web"
        image = images.images.get("course/web:1")
        image.tag(name, "1")
        pushed = images.images.push(name, tag="1", stream=True, decode=True)
        digest = next(line["aux"]["Digest"] for line in pushed if "aux" in line)
        listing = container.exec_run(["wget", "-qO-", "http://localhost:5000/v2/_catalog"])
        assert json.loads(listing.output) == {"repositories": ["web"]}
        images.images.remove(f"{name}:1")
        assert images.images.pull(name, tag="1").id == image.id
        images.images.remove(f"{name}:1")
        program = (
            "from urllib.request import Request, urlopen; "
            f"url = 'http://localhost:5000/v2/web/manifests/{digest}'; "
            "print(urlopen(Request(url, method='DELETE')).status)"
        )
        said = images.containers.run(
            "course/python:3.11",
            ["python", "-c", program],
            network_mode=f"container:{container.id}",
            remove=True,
        )
        assert said.strip() == b"202"


@pytest.mark.parametrize(("password", "answer"), [("measured", "accept"), ("guessed", "reject")])
def test_freeradius_answers(images: CourseClient, password: str, answer: str) -> None:
    """It accepts the user with the password and rejects any other, and signs what it says."""
    with running(images, "course/freeradius:3.2") as container:
        until(lambda: b"Ready to process requests" in container.logs(), container)
        said = images.containers.run(
            "course/python:3.11",
            ["python", "-c", PAP, "learner", password, "testing123"],
            network_mode=f"container:{container.id}",
            remove=True,
        )
        assert said.decode().split() == [answer, "True", "True"]


def test_freeradius_holds_nothing_else(images: CourseClient) -> None:
    """There is no shell to break into."""
    container = images.containers.create("course/freeradius:3.2", ["sh"])
    with pytest.raises(LiveError, match="sh"):
        container.start()
    container.remove()


@pytest.mark.docker
def test_the_docker_command_builds_a_context_of_ours(host: Engine, tmp_path: Path) -> None:
    """A learner can build the same image by hand."""
    import tarfile

    (context,) = contexts.prepare([IMAGES["course/freeradius:3.2"]])
    with tarfile.open(context.file) as archive:
        archive.extractall(tmp_path, filter="data")
    subprocess.run(
        ["docker", "--host", host.docker_host, "build", "--quiet", "--tag", "by-hand", tmp_path],
        env={"PATH": "/usr/bin:/bin", "DOCKER_BUILDKIT": "0", "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    by_hand = host.client.images.get("by-hand").attrs["RootFS"]["Layers"]
    (ours,) = provide(host.client, "course/freeradius:3.2")
    assert by_hand == ours.attrs["RootFS"]["Layers"]
    host.client.images.remove("by-hand")
