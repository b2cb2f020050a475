"""Make sure that an engine has the course's images, and measure them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from course.live.building import STEP
from course.live.errors import BadRequestError
from course.live.images.contexts import Context, prepare
from course.live.images.recipes import IMAGES, Recipe
from course.live.label import LABEL
from course.live.progress import part, report
from course.live.translation import translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker
    from docker.models.images import Image

    from course.live.progress import Reporter

__all__ = ["ImageRecord", "measure", "provide"]

#: Where an image says what it is made of: "busybox-static=1:1.35.0-4 libc6=2.36-9".
PACKAGES_LABEL = "course.packages"
PLATFORM = "linux/amd64"
CHUNK_BYTES = 2**18
#: How much of the whole time the download takes, where it is needed at all.
DOWNLOAD_SHARE = 0.4


@dataclass(frozen=True)
class ImageRecord:
    """One of the course's images, as it was measured on an engine.

    Attributes:
        tag: its name and tag.
        id: its digest, of its configuration and layers; it differs between builds, which are dated.
        size_bytes: the size of all its layers, unpacked, those of its base included. Docker counts
            the contents of files, Podman the archives of the layers, which are a little larger.
        layers: each layer's instruction and size in bytes, the base's first; empty ones left out.
        layer_digests: each layer's digest, the same for all builds by one version of an engine.
        packages: the version of each Debian package that files are taken from, without its base's.
    """

    tag: str
    id: str
    size_bytes: int
    layers: tuple[tuple[str, int], ...]
    layer_digests: tuple[str, ...]
    packages: dict[str, str]


def provide(
    client: docker.DockerClient, *names: str, progress: Reporter | None = None
) -> list[Image]:
    """Make sure that an engine has images of the course; build those that it has not.

    Nothing is pulled: an image is built by the engine from its Dockerfile and from Debian's
    packages, which are downloaded once and kept in the cache.

    Args:
        client: the engine.
        names: which of ``IMAGES``; all if none is named.
        progress: is told how far the download and the builds are.

    Returns:
        The images, in the order of their names.

    Raises:
        BadRequestError: a name is not one of ``IMAGES``.
        BuildFailedError: the engine could not build an image.
        PackageError: a package could not be had.
        EngineError: the engine does not answer.
    """
    import docker.errors
    import requests

    wanted = names or tuple(IMAGES)
    for name in wanted:
        if name not in IMAGES:
            raise BadRequestError(
                f"expected one of the course's images {', '.join(IMAGES)}, found {name!r}; "
                "correct its name, or build it from a Dockerfile of your own"
            )
    try:
        absent = [IMAGES[name] for name in _with_bases(wanted) if _present(client, name) is None]
        if absent:
            _build_all(client, absent, progress)
        return [client.images.get(name) for name in wanted]
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise translate(error) or error from error


def measure(client: docker.DockerClient) -> list[ImageRecord]:
    """Measure those of the course's images that an engine has.

    Args:
        client: the engine.
    """
    present = {name: image for name in IMAGES if (image := _present(client, name)) is not None}
    return [_record(name, image) for name, image in present.items()]


def _record(name: str, image: Image) -> ImageRecord:
    # The newest instruction comes first.
    history = [entry for entry in reversed(image.history()) if entry["Size"]]
    items = image.labels.get(PACKAGES_LABEL, "").split()
    return ImageRecord(
        tag=name,
        id=str(image.id),
        size_bytes=image.attrs["Size"],
        layers=tuple((_instruction(entry["CreatedBy"]), entry["Size"]) for entry in history),
        layer_digests=tuple(image.attrs["RootFS"]["Layers"]),
        packages={name: version for name, _, version in (item.partition("=") for item in items)},
    )


def _instruction(created_by: str) -> str:
    # /bin/sh -c #(nop) ADD file:6b8f7da9bc4b29e44 in /
    return re.sub(r"^/bin/sh -c (#\(nop\) *)?", "", created_by).strip()


def _with_bases(names: tuple[str, ...]) -> list[str]:
    """Return names and those of the images that they begin with, in the order of building."""
    needed = set()
    for name in names:
        following: str | None = name
        while following is not None:
            needed.add(following)
            following = IMAGES[following].base
    return [name for name in IMAGES if name in needed]


def _present(client: docker.DockerClient, name: str) -> Image | None:
    import docker.errors

    try:
        return client.images.get(name)
    except docker.errors.ImageNotFound:
        return None


def _build_all(
    client: docker.DockerClient, recipes: list[Recipe], progress: Reporter | None
) -> None:
    contexts = prepare(recipes, progress=part(progress, 0, DOWNLOAD_SHARE))
    foreign = client.info()["Architecture"] not in ("x86_64", "amd64")
    for number, (recipe, context) in enumerate(zip(recipes, contexts, strict=True)):
        share = (1 - DOWNLOAD_SHARE) / len(recipes)
        start = DOWNLOAD_SHARE + number * share
        _build(client, recipe, context, foreign, part(progress, start, start + share))
    report(progress, 1.0, f"built {len(recipes)} image{'s' if len(recipes) > 1 else ''}")


def _build(
    client: docker.DockerClient,
    recipe: Recipe,
    context: Context,
    foreign: bool,
    progress: Reporter,
) -> None:
    import docker.errors

    versions = " ".join(f"{name}={version}" for name, version in context.versions.items())
    size_bytes = context.file.stat().st_size
    log: list[Any] = []
    for message in client.api.build(
        fileobj=cast("IO[bytes]", _pieces(context, recipe, progress)),  # requests takes it too
        custom_context=True,
        tag=recipe.tag,
        # The course's own images are not made for a lesson, and stay when a lesson is cleaned up.
        labels={LABEL: "course", PACKAGES_LABEL: versions},
        # Debian's packages are for x86-64; an engine on another machine emulates it.
        platform=PLATFORM if foreign else None,
        network_mode="none",
        rm=True,
        forcerm=True,
        decode=True,
    ):
        log.append(message)
        if "error" in message:
            raise docker.errors.BuildError(message["error"], iter(log))
        if step := STEP.match(message.get("stream", "")):
            fraction = 0.5 + 0.5 * (int(step[1]) - 1) / int(step[2])
            # Not the labels, which are instant and long.
            instruction = "" if step[3].startswith("LABEL") else f": {step[3]}"
            report(progress, fraction, f"building {recipe.tag}{instruction}")
    report(progress, 1.0, f"built {recipe.tag} from {size_bytes / 1e6:.1f} MB")


def _pieces(context: Context, recipe: Recipe, progress: Reporter) -> Iterator[bytes]:
    """Read a context piece by piece as it is sent, and say how far it is."""
    size_bytes, sent_bytes = context.file.stat().st_size, 0
    with context.file.open("rb") as stream:
        while piece := stream.read(CHUNK_BYTES):
            yield piece
            sent_bytes += len(piece)
            report(progress, 0.5 * sent_bytes / size_bytes, f"sending the files of {recipe.tag}")
