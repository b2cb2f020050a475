"""Instruments for images: builds, histories, layers, pushes and disks, on every engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import docker
import pytest

from course.live import building, disk, layers, pushing
from course.live.errors import BuildFailedError, RequestError
from tests.live.conftest import provided

NAME = "measured/instruments"
DOCKERFILE = """# a comment is no step
FROM course/busybox:1.35
ENV A=1
COPY a.txt b.txt /srv/
RUN head -c 5000 /dev/zero > /srv/c.bin && rm /srv/a.txt
COPY b.txt /srv/c.bin
"""
FILES = {"a.txt": b"a" * 100, "b.txt": b"b" * 30}


@pytest.fixture(scope="module")
def built(client: docker.DockerClient, busybox: str) -> Iterator[building.Build]:
    """Return an image that was built with nothing in the cache."""
    assert busybox
    yield building.build(client, NAME, DOCKERFILE, FILES, cache=False)
    client.images.remove(NAME, force=True)


def test_a_build_tells_its_steps(built: building.Build) -> None:
    """Each instruction is a step with a time, comments and the course's own label are none."""
    assert [step.number for step in built.steps] == [1, 2, 3, 4, 5]
    assert built.steps[2].instruction == "COPY a.txt b.txt /srv/"
    assert built.rebuilt == [2, 3, 4, 5]
    assert all(step.seconds >= 0 for step in built.steps)
    assert sum(step.seconds for step in built.steps) <= built.seconds
    assert "BUILT" in str(built)


def test_a_second_build_comes_from_the_cache(
    client: docker.DockerClient, built: building.Build
) -> None:
    """The same files and lines give the same image; another byte builds from where it is read."""
    again = building.build(client, NAME, DOCKERFILE, FILES)
    assert (again.rebuilt, again.image_id) == ([], built.image_id)
    other = building.build(client, f"{NAME}:other", DOCKERFILE, FILES | {"a.txt": b"x" * 100})
    assert other.rebuilt == [3, 4, 5]
    client.images.remove(other.tag)


def test_a_file_that_is_not_copied_changes_nothing(
    client: docker.DockerClient, built: building.Build
) -> None:
    """Neither another file nor a comment in the Dockerfile is looked at by a COPY of a folder."""
    dockerfile = "FROM course/busybox:1.35\nCOPY . /all/\n"
    name = f"{NAME}:all"
    first = building.build(client, name, dockerfile, FILES)
    assert building.build(client, name, f"# new\n{dockerfile}", FILES).image_id == first.image_id
    files = layers.unpack(client, name).files()
    assert {path for path in files if path.startswith("all/")} == {"all/a.txt", "all/b.txt"}
    client.images.remove(name)


def test_a_failed_build_says_where(client: docker.DockerClient, busybox: str) -> None:
    """The message names the image and ends with what the engine said last."""
    with pytest.raises(BuildFailedError, match=r"nothing\.txt"):
        building.build(client, NAME, f"FROM {busybox}\nCOPY nothing.txt /\n", FILES)


def test_a_history_tells_bytes(client: docker.DockerClient, built: building.Build) -> None:
    """Rows are in the order of the Dockerfile, with the bytes of files that each line added."""
    found = layers.history(client, built.tag)
    sizes = [layer.size_bytes for layer in found]
    start = next(n for n, layer in enumerate(found) if layer.instruction.startswith("ENV A=1"))
    assert sizes[start : start + 4] == [0, 130, 5000, 30]
    assert found[start + 1].instruction == "COPY … /srv/"
    assert found[start + 2].instruction.startswith("RUN head -c 5000")


def test_layers_are_named_by_their_bytes(
    client: docker.DockerClient, built: building.Build
) -> None:
    """What is computed from the saved archive is what the engine calls its layers."""
    archive = layers.unpack(client, built.tag)
    named = client.images.get(built.tag).attrs["RootFS"]["Layers"]
    assert [layer.digest for layer in archive.layers] == named
    assert archive.configuration["rootfs"]["diff_ids"] == named
    assert archive.configuration_digest == built.image_id
    assert sum(archive.members.values()) > sum(layer.size_bytes for layer in archive.layers)
    assert archive.configuration_digest.startswith("sha256:")
    assert len(archive.configuration_digest) == len("sha256:") + hashlib.sha256().digest_size * 2


def test_what_is_deleted_stays_below(client: docker.DockerClient, built: building.Build) -> None:
    """A container sees neither a deleted file nor an old version; the layers hold both."""
    archive = layers.unpack(client, built.tag)
    copied, ran, over = archive.layers[-3:]
    assert (copied.files["srv/a.txt"], ran.deleted) == (b"a" * 100, {"srv/a.txt"})
    assert (len(ran.files["srv/c.bin"]), over.files) == (5000, {"srv/c.bin": b"b" * 30})
    seen = archive.files()
    assert "srv/a.txt" not in seen
    assert seen["srv/c.bin"] == b"b" * 30
    assert "deletes srv/a.txt" in repr(ran)


def test_a_folder_that_is_replaced_hides_what_was_in_it(
    client: docker.DockerClient, busybox: str
) -> None:
    """A folder that was removed, or removed and made anew, has none of its old files."""
    name = f"{NAME}:folders"
    dockerfile = (
        f"FROM {busybox}\nCOPY a.txt /one/\nCOPY a.txt /two/deep/\n"
        "RUN rm -r /one /two && mkdir /two && echo new > /two/b.txt\n"
    )
    building.build(client, name, dockerfile, FILES)
    seen = layers.unpack(client, name).files()
    assert [path for path in seen if path.startswith(("one/", "two/"))] == ["two/b.txt"]
    client.images.remove(name)


@pytest.fixture(scope="module")
def registry(client: docker.DockerClient) -> Iterator[pushing.Registry]:
    """Return a registry that answers."""
    image = provided(client, "course/registry:2.8")
    registry = pushing.start_registry(client, "instruments-registry", image=image)
    yield registry
    registry.container.remove(force=True, v=True)


def test_only_what_is_new_is_pushed(
    client: docker.DockerClient, built: building.Build, registry: pushing.Registry
) -> None:
    """The first push sends every layer, the next one none, and one that adds a layer sends that."""
    place = f"{registry.address}/measured/instruments"
    total = len(client.images.get(built.tag).attrs["RootFS"]["Layers"])
    first = pushing.push(client, built.tag, place, "1", registry=registry)
    assert (len(first.sent), first.kept) == (total, ())
    assert first.wire_bytes is not None
    again = pushing.push(client, built.tag, place, "2", registry=registry)
    assert (again.sent, len(again.kept), again.digest) == ({}, total, first.digest)
    assert again.wire_bytes is not None
    assert again.wire_bytes < first.wire_bytes
    more = f"FROM {built.tag}\nCOPY b.txt /srv/more.txt\n"
    building.build(client, f"{NAME}:more", more, FILES)
    added = pushing.push(client, f"{NAME}:more", place, "1", registry=registry)
    assert (list(added.sent.values()), len(added.kept)) == ([30], total)
    assert client.images.get_registry_data(f"{place}:1").id == added.digest
    assert client.images.get_registry_data(f"{place}@{first.digest}").id == first.digest
    for tag in (f"{place}:1", f"{place}:2", f"{NAME}:more"):
        client.images.remove(tag, force=True)


def test_a_push_to_nowhere_is_explained(client: docker.DockerClient, built: building.Build) -> None:
    """A registry that does not answer is an error that says what to do."""
    with pytest.raises(RequestError):
        pushing.push(client, built.tag, "127.0.0.1:1/measured/instruments", "1")
    client.images.remove("127.0.0.1:1/measured/instruments:1", force=True)


def test_containers_are_weighed_by_what_they_write(
    client: docker.DockerClient, built: building.Build
) -> None:
    """What a container has written is its own; what it seems to be includes its image."""
    names = [f"instruments-{number}" for number in (1, 2)]
    for name in names:
        container = client.containers.create(built.tag, name=name)
        container.put_archive("/srv", building.context("", {"new.bin": b"0" * 4000}))
    found = disk.written(client, [*names, "instruments-none"])
    assert [container.name for container in found] == names
    assert all(4000 <= container.written_bytes < 5000 for container in found)
    image = client.images.get(built.tag).attrs["Size"]
    assert all(c.virtual_bytes - c.written_bytes == image for c in found)
    used = disk.usage(client)
    assert used.containers >= 2
    assert used.container_bytes >= 8000
    assert used.image_bytes >= image
    for name in names:
        client.containers.get(name).remove()
