"""A learner's place in an engine: names of her own, and nothing left over from last time.

- `Bench`: an engine, and one learner's names in it; the lessons build upon it
- `Named`: a problem that knows its names in an engine
- `connected`: the engine with a lesson's images, or what says why there is none
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

from course.live import building
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import docker

__all__ = ["OWNER", "Bench", "Named", "connected"]

#: The label that says whose an image is that has lost its name.
OWNER = "course.of"


class Named(Protocol):
    """A problem that knows its names in an engine."""

    @property
    def prefix(self) -> str:
        """What the names of this learner's images, containers and volumes begin with."""

    def image(self, name: str) -> str:
        """Return the full name of one of this learner's images."""

    def name(self, short: str) -> str:
        """Return the full name of one of this learner's containers or volumes."""


Problem = TypeVar("Problem", bound=Named)


class Bench(Generic[Problem]):
    """An engine, and one learner's names in it.

    Attributes:
        client: the engine, as the Docker SDK gives it.
        task: the learner's problem, which knows the names.
        images: the course's images that the lesson uses.
    """

    images: ClassVar[tuple[str, ...]] = ()

    def __init__(self, client: docker.DockerClient, task: Problem) -> None:
        """Work in an engine.

        Args:
            client: the engine.
            task: the learner's problem.
        """
        self.client = client
        self.task = task

    @classmethod
    def opened(cls, task: Problem) -> Self | Unavailable:
        """Connect to an engine, bring the lesson's images to it, and clear what is left there.

        Args:
            task: the learner's problem.

        Returns:
            A bench; or, where there is no engine, something that says so wherever it is used.
        """
        from course.live.errors import LiveError

        client: Any = connected(*cls.images)
        if isinstance(client, Unavailable):
            return client
        bench = cls(client, task)
        try:
            bench.clear()
            bench.furnish()
        except LiveError as error:
            return Unavailable(f"There is no Docker Engine to measure with. {error}")
        return bench

    def furnish(self) -> None:
        """Make what a lesson needs in the engine beside its images; here it is nothing."""

    def __repr__(self) -> str:
        version = self.client.version()["Version"]
        return (
            f"Engine {version} answers. The names of your images, containers and volumes begin "
            f"with {self.task.prefix}."
        )

    def clear(self) -> int:
        """Remove everything of this learner's, so that a notebook can begin anew.

        Returns:
            How many containers, images and volumes are gone.
        """
        import docker.errors

        gone, prefix = 0, self.task.prefix
        for container in self.client.containers.list(all=True, ignore_removed=True):
            if str(container.name).startswith(prefix):
                with contextlib.suppress(docker.errors.NotFound):
                    container.remove(force=True, v=True)
                gone += 1
        for image in self.client.images.list():
            # What was pulled by its digest has that for a name.
            for name in (*image.tags, *(image.attrs.get("RepoDigests") or ())):
                if f"/{prefix}/" in f"/{name}":
                    with contextlib.suppress(docker.errors.NotFound):
                        self.client.images.remove(name, force=True)
                    gone += 1
        nameless = {"dangling": True, "label": f"{OWNER}={prefix}"}
        gone += len(self.client.images.prune(filters=nameless).get("ImagesDeleted") or ())
        for volume in self.client.volumes.list():
            if str(volume.name).startswith(prefix):
                volume.remove(force=True)
                gone += 1
        return gone

    def fresh(self, short: str) -> str:
        """Return the full name of a container, and remove the one that had it.

        Args:
            short: the name without this learner's prefix.
        """
        import docker.errors

        name = self.task.name(short)
        with contextlib.suppress(docker.errors.NotFound):
            self.client.containers.get(name).remove(force=True, v=True)
        return name

    def build(
        self, name: str, dockerfile: str, files: Mapping[str, bytes], *, cache: bool = True
    ) -> building.Build:
        """Build one of this learner's images; see `course.live.building.build`.

        Args:
            name: the image's name without the prefix.
            dockerfile: the Dockerfile's text.
            files: the files of the context, contents by path.
            cache: whether the engine may take layers from its cache.
        """
        return building.build(
            self.client,
            self.task.image(name),
            dockerfile,
            files,
            cache=cache,
            labels={OWNER: self.task.prefix},
        )


def connected(*names: str) -> docker.DockerClient | Unavailable:
    """Connect to an engine and bring images of the course to it, showing how far that is.

    Args:
        names: the images.

    Returns:
        The engine's client; or, where there is no engine, something that says so wherever it is
        used.
    """
    from course import live
    from course.live import images
    from course.live.errors import LiveError
    from course.live.progress import show

    try:
        client: docker.DockerClient = live.connect(progress=show())
        images.provide(client, *names, progress=show())
    except LiveError as error:
        return Unavailable(f"There is no Docker Engine to measure with. {error}")
    return client
