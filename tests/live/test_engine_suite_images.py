"""Images, on a real engine of this machine and in the lab VM: made, changed, moved, removed."""

from __future__ import annotations

import io
import json
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import docker.errors
import pytest

from course.live import LABEL, errors
from tests.live.conftest import Engine, provided


@pytest.fixture(autouse=True)
def _swept(box: Any) -> None:
    """Have what a module makes removed at its end, which is `box`'s."""


def context(**files: str) -> io.BytesIO:
    """Pack a build's context; the Dockerfile is the file of that name."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    packed.seek(0)
    return packed


@pytest.fixture(scope="module")
def dockerfile(busybox: str) -> str:
    """Return a Dockerfile of four instructions, of which two make a layer."""
    return f"FROM {busybox}\nCOPY text /text\nRUN tr a-z A-Z < /text > /loud\nENV WHO=learner\n"


@pytest.fixture(scope="module")
def built(client: Any, dockerfile: str) -> Any:
    """Return an image that was built from it."""
    image, _ = client.images.build(
        fileobj=context(Dockerfile=dockerfile, text="quiet\n"), custom_context=True, tag="t/built:1"
    )
    return image


def test_build(client: Any, built: Any, busybox: str) -> None:
    """A built image has the base's layers, one for each instruction that writes, and the label."""
    base = client.images.get(busybox)
    layers, below = built.attrs["RootFS"]["Layers"], base.attrs["RootFS"]["Layers"]
    assert layers[: len(below)] == below
    assert len(layers) == len(below) + 2
    assert built.labels[LABEL] == "lesson"
    printed = client.containers.run(built, ["sh", "-c", "cat /loud; echo $WHO"], remove=True)
    assert printed == b"QUIET\nlearner\n"


def test_history(built: Any) -> None:
    """The history has a line for each instruction, the newest first, with the size of its layer."""
    history = built.history()
    said = [entry["CreatedBy"] for entry in history]
    environment = next(i for i, line in enumerate(said) if "WHO=learner" in line)
    run = next(i for i, line in enumerate(said) if "tr a-z A-Z" in line)
    assert environment < run
    assert history[environment]["Size"] == 0
    assert history[run]["Size"] == len("QUIET\n")


def test_build_again_uses_the_cache(client: Any, dockerfile: str, built: Any) -> None:
    """What has not changed is not built again; what comes after a change is."""
    again, log = client.images.build(
        fileobj=context(Dockerfile=dockerfile, text="quiet\n"), custom_context=True
    )
    assert again.id == built.id
    assert sum("Using cache" in entry.get("stream", "") for entry in log) >= 3
    other, log = client.images.build(
        fileobj=context(Dockerfile=dockerfile, text="other\n"), custom_context=True
    )
    assert other.id != built.id
    assert sum("Using cache" in entry.get("stream", "") for entry in log) == 0


def test_a_failed_build_names_its_instruction(client: Any, busybox: str) -> None:
    """The message has the instruction and what it printed; no container is left behind."""
    before = len(client.containers.list(all=True))
    text = f"FROM {busybox}\nRUN echo so far so good; echo no luck; exit 7\n"
    with pytest.raises(errors.BuildFailedError, match="no luck") as caught:
        client.images.build(fileobj=context(Dockerfile=text), custom_context=True)
    assert caught.value.instruction.startswith("RUN echo so far")
    assert isinstance(caught.value, docker.errors.BuildError)
    assert any("no luck" in entry.get("stream", "") for entry in caught.value.build_log)
    assert len(client.containers.list(all=True)) == before


def test_an_unknown_instruction(client: Any, busybox: str) -> None:
    """A Dockerfile that cannot be read is refused."""
    with pytest.raises(errors.LiveError, match=r"(?i)unknown instruction: WALK"):
        client.images.build(
            fileobj=context(Dockerfile=f"FROM {busybox}\nWALK /\n"), custom_context=True
        )


def test_an_image_that_nobody_has(client: Any) -> None:
    """The course's images are not looked for in a registry, and the message says what to do."""
    with pytest.raises(errors.ImageNotPresentError, match=r"live\.images\.provide") as caught:
        client.containers.run("course/unheard-of:1")
    assert isinstance(caught.value, docker.errors.ImageNotFound)
    with pytest.raises(errors.ImageNotPresentError):
        client.images.get("t/unheard-of:1")


def test_diff_and_commit(client: Any, box: Any) -> None:
    """The difference to the image is what was done; committed, it is an image's new layer."""
    box.exec_run(["sh", "-c", "echo new > /added; rm /usr/bin/yes"])
    assert {"Path": "/added", "Kind": 1} in box.diff()
    assert {"Path": "/usr/bin/yes", "Kind": 2} in box.diff()
    image = box.commit("t/committed", "1", message="added by hand", changes="ENV WHO=hand")
    assert image.labels[LABEL] == "lesson"
    assert "WHO=hand" in image.attrs["Config"]["Env"]
    assert image.history()[0]["Comment"] == "added by hand"
    printed = client.containers.run(image, ["cat", "/added"], remove=True)
    assert printed == b"new\n"


def test_save_and_load(client: Any, built: Any) -> None:
    """A saved image is an archive of its layers; loaded again it is the same image."""
    archive = b"".join(built.save(named=True))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    assert len(manifest[0]["Layers"]) == len(built.attrs["RootFS"]["Layers"])
    maker = client.containers.create(built, ["true"])
    copy = maker.commit("t/copy", "1")
    maker.remove()
    saved = b"".join(copy.save(named=True))
    client.images.remove("t/copy:1")
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get("t/copy:1")
    (loaded,) = client.images.load(saved)
    assert loaded.id == copy.id
    assert loaded.tags == ["t/copy:1"]


@pytest.fixture(scope="module")
def registry(client: Any, engine: Engine) -> Iterator[int]:
    """Return the port of a registry, the same one on the engine's machine and on this one."""
    image = provided(client, "course/registry:2.8")
    container = client.containers.run(image, ports={"5000/tcp": 5055}, detach=True)
    here = engine.forward(5055)
    deadline = time.monotonic() + 120
    while True:
        try:
            asked(here, "")
            break
        except OSError:
            assert time.monotonic() < deadline, container.logs().decode()
            time.sleep(0.2)  # between two tries
    yield here
    container.remove(force=True, v=True)


def asked(port: int, path: str) -> Any:
    """Ask the registry itself."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/{path}", timeout=30) as answer:
        return json.load(answer)


def test_push_and_pull(client: Any, built: Any, registry: int) -> None:
    """What is pushed is in the registry, by digest; what was removed comes back by pulling."""
    name = "localhost:5055/t/pushed"
    built.tag(name, "1")
    said = list(client.images.push(name, "1", stream=True, decode=True))
    digest = next(entry["aux"]["Digest"] for entry in said if "aux" in entry)
    assert asked(registry, "t/pushed/tags/list")["tags"] == ["1"]
    again = list(client.images.push(name, "1", stream=True, decode=True))
    assert {e["status"] for e in again if "id" in e} >= {"Layer already exists"}

    client.images.remove(f"{name}:1")
    pulled = client.images.pull(name, "1")
    assert pulled.id == built.id
    assert any(reference.endswith(digest) for reference in pulled.attrs["RepoDigests"])
    client.images.remove(f"{name}:1")


def test_prune_by_label(client: Any, busybox: str) -> None:
    """Pruning removes what carries a label and is not in use, and nothing else."""
    marked, other = {"prune": "me"}, {"prune": "not-me"}
    gone = client.containers.create(busybox, ["true"], labels=marked)
    stays = client.containers.create(busybox, ["true"], labels=other)
    client.networks.create("prune-me", labels=marked)
    client.networks.create("prune-not-me", labels=other)
    client.volumes.create("prune-me", labels=marked)
    client.volumes.create("prune-not-me", labels=other)
    gone.commit()  # images without a name, which have their container's labels
    kept = stays.commit()
    only = {"label": "prune=me"}
    assert client.containers.prune(only)["ContainersDeleted"] == [gone.id]
    assert client.networks.prune(only)["NetworksDeleted"] == ["prune-me"]
    assert client.volumes.prune(only)["VolumesDeleted"] == ["prune-me"]
    assert client.images.prune({**only, "dangling": True})["ImagesDeleted"]
    stays.reload()
    assert client.networks.list(names=["prune-not-me"])
    assert client.volumes.get("prune-not-me")
    assert client.images.get(kept.id)
