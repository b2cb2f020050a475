"""What the image is: as small as it can be, without tools, and for a user without rights."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.binder.building import short
from tests.binder.figures import megabytes

if TYPE_CHECKING:
    import docker

    from tests.binder.conftest import Image
    from tests.binder.figures import Figures

pytestmark = pytest.mark.binder

MOST_BYTES = 1_500_000_000
TELLING_BYTES = 1_000_000

TOOLS = (
    *("gcc", "g++", "cc", "ld", "make", "cmake", "git", "pip", "pip3", "uv", "conda", "hatchling"),
    *("docker", "dockerd", "sudo", "curl", "wget", "node", "npm"),
)

LOOK = """
import importlib.metadata, importlib.util, json, os, pathlib, shutil, subprocess, sys

def size(folder):
    files = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    return sum(os.lstat(file).st_size for file in files)

def distribution(found):
    files = (pathlib.Path(found.locate_file(file)) for file in found.files or ())
    return sum(file.stat().st_size for file in files if file.is_file())

packages = subprocess.run(
    ["dpkg-query", "--show", "--showformat", "${Package} ${Installed-Size}\\n"],
    check=True, capture_output=True, text=True,
).stdout.split()
share = pathlib.Path(sys.prefix, "share/measured-virtualization")
writable = subprocess.run(
    ["find", "/", "-xdev", "-writable", "-not", "-type", "l", "-not", "-path", "/proc/*",
     "-not", "-path", "/dev/*"], check=False, capture_output=True, text=True,
).stdout.split("\\n")
print(json.dumps({
    "uid": os.getuid(), "home": os.path.expanduser("~"), "folder": os.getcwd(),
    "tools": [tool for tool in TOOLS if shutil.which(tool)],
    "modules": [name for name in ("pip", "autograders") if importlib.util.find_spec(name)],
    "debian": {p: int(s) * 1024 for p, s in zip(packages[::2], packages[1::2])},
    "python": {d.name: distribution(d) for d in importlib.metadata.distributions()},
    **{part: size(share / part) for part in ("labvm", "guests", "lessons")},
    "environment": size(sys.prefix), "writable": [path for path in writable if path],
}))
"""


@pytest.fixture(scope="module")
def found(client: docker.DockerClient, image: Image) -> dict:
    """Return what is in the image, as its own user sees it, without anything being started."""
    code = f"TOOLS = {TOOLS!r}\n{LOOK}"
    told = client.containers.run(
        image.name, ["python3", "-c", code], network_mode="none", remove=True
    )
    return json.loads(told)


def test_its_size(client: docker.DockerClient, image: Image, figures: Figures, found: dict) -> None:
    """Unpacked it has less than 1.5 GB; where they are is told."""
    size_bytes = image.attributes["Size"]
    figures.add(
        "Size", "the image, unpacked", megabytes(size_bytes), f"limit {megabytes(MOST_BYTES)}"
    )
    for layer in client.images.get(image.name).history():
        if layer["Size"] >= TELLING_BYTES:
            words = re.sub(r"/bin/sh -c( #\(nop\))?|# buildkit", "", layer["CreatedBy"]).strip()
            figures.add(
                "Size by layer", short(words or layer["Comment"], 56), megabytes(layer["Size"])
            )
    parts = {
        "Python packages": found["environment"]
        - sum(found[part] for part in ("labvm", "guests", "lessons")),
        "lab VM": found["labvm"],
        "guests of other machines": found["guests"],
        "QEMU": sum(s for p, s in found["debian"].items() if p.startswith(("qemu", "seabios"))),
        "Python": sum(s for p, s in found["debian"].items() if "python3" in p),
        "lessons": found["lessons"],
    }
    for what, part_bytes in parts.items():
        figures.add("Size by part", what, megabytes(part_bytes))
    for kind, heading in (
        ("python", "Largest Python packages"),
        ("debian", "Largest Debian packages"),
    ):
        largest = sorted(found[kind].items(), key=lambda item: -item[1])[:8]
        for name, part_bytes in largest:
            figures.add(heading, name, megabytes(part_bytes))
    assert size_bytes < MOST_BYTES


def test_no_tools(found: dict) -> None:
    """What builds an image, installs into it or fetches things for it is not in it."""
    assert (found["tools"], found["modules"]) == ([], [])


def test_its_user(found: dict) -> None:
    """It is user 1000, as Binder wants it, and can write in its home and nowhere else."""
    assert (found["uid"], found["home"], found["folder"]) == (1000, "/home/jovyan", "/home/jovyan")
    homes = ("/home/jovyan", "/tmp", "/var/tmp", "/run/lock")  # noqa: S108 - those of every Debian
    elsewhere = [path for path in found["writable"] if not path.startswith(homes)]
    assert elsewhere == []
