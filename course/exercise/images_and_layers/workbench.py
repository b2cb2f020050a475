"""The learner's place in the engine: the images, the names, and instruments to look with.

- `workbench`: connect to an engine, or say why there is none
- `Workbench`: what a lesson's cells do with it in one line

The engine's client is the ordinary Docker SDK; what is here shortens what the lesson is not about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.exercise.bench import Bench
from course.exercise.draw import Draw
from course.exercise.images_and_layers.shop import BASE, noise
from course.exercise.table import Table
from course.live import building, disk, layers, pushing
from course.live.unavailable import Unavailable
from course.model import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from course.exercise.images_and_layers.problem import ImagesProblem

__all__ = ["IMAGES", "Workbench", "workbench"]

#: The course's images that the lesson uses.
IMAGES = (BASE, "course/registry:2.8", "course/python:3.11", "course/python:3.13")

_RUBBISH = "course.rubbish"


class Workbench(Bench["ImagesProblem"]):
    """An engine, and one learner's names in it.

    Attributes:
        client: the engine, as the Docker SDK gives it.
        task: the learner's problem, which knows the names.
    """

    images = IMAGES

    def weigh(self, name: str) -> tuple[Layer, ...]:
        """Return the instructions of one of this learner's images, each with the bytes it added.

        Args:
            name: the image's name without the prefix. The first row is the base image as a whole.
        """
        below = layers.history(self.client, BASE)
        every = layers.history(self.client, self.task.image(name))
        base = Layer(f"FROM {BASE}", sum(layer.size_bytes for layer in below))
        return (base, *every[len(below) :])

    def history(self, name: str) -> Table:
        """Return what `weigh` does as a table.

        Args:
            name: the image's name without the prefix.
        """
        rows = tuple((layer.instruction, layer.size_bytes) for layer in self.weigh(name))
        return Table(
            f"The history of {self.task.image(name)} (measured)",
            ("instruction, the lowest first", "size (bytes)"),
            rows,
        )

    def unpack(self, name: str) -> layers.Archive:
        """Save one of this learner's images and open the archive.

        Args:
            name: the image's name without the prefix.
        """
        return layers.unpack(self.client, self.task.image(name))

    def layer_digests(self, names: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return the layers of this learner's images: for each image, bytes by digest.

        Args:
            names: the images' names without the prefix.
        """
        return {
            name: {layer.digest: layer.size_bytes for layer in self.unpack(name).layers}
            for name in names
        }

    def plant(self) -> str:
        """Build an image whose author has deleted a password, and return its name."""
        name = self.task.image("leaky")
        draw = Draw("planted", self.task.prefix)
        files = {"example.txt": b"token=changeme\n"}
        files |= {
            f"{label}.txt": f"token={draw.integer(10**11, 10**12 - 1)}\n".encode()
            for label in ("old", "new")
        }
        filler = [f"part-{number}.bin" for number in range(1, draw.integer(2, 5))]
        files |= {path: noise(f"{name} {path}", draw.integer(900, 9000)) for path in filler}
        before = draw.integer(0, len(filler))
        copies = [f"COPY {path} /srv/" for path in filler]
        token = ["COPY old.txt /srv/token.txt", "COPY new.txt /srv/token.txt"]
        lines = [
            f"FROM {BASE}",
            "COPY example.txt /srv/token-example.txt",
            *copies[:before],
            *token,
            *copies[before:],
            "RUN rm /srv/token.txt",
        ]
        return self.build("leaky", "\n".join(lines), files).tag

    def start_registry(self) -> pushing.Registry:
        """Start this learner's registry."""
        return pushing.start_registry(
            self.client, self.fresh("registry"), image="course/registry:2.8"
        )

    def push(
        self, name: str, registry: pushing.Registry, tag: str, repository: str = "shop"
    ) -> pushing.Push | Unavailable:
        """Push one of this learner's images and count what moves.

        Args:
            name: the image's name without the prefix.
            registry: where to.
            tag: under which tag.
            repository: under which name in the registry.

        Returns:
            What the push did; or, where there is no such image yet, something that says so.
        """
        if not self.client.images.list(name=self.task.image(name)):
            return Unavailable(f"There is no image {self.task.image(name)} yet.")
        place = f"{registry.address}/{self.task.image(repository)}"
        return pushing.push(self.client, self.task.image(name), place, tag, registry=registry)

    def changes(self, short: str) -> Table:
        """Return the changes of a container against its image, as `docker diff` lists them.

        Args:
            short: the container's name without the prefix.
        """
        container = self.client.containers.get(self.task.name(short))
        kinds = {0: "changed", 1: "added", 2: "deleted"}
        rows = tuple((kinds[int(entry["Kind"])], entry["Path"]) for entry in container.diff() or ())
        return Table(f"What {container.name} has changed (measured)", ("how", "path"), rows)

    def written(self, shorts: Sequence[str]) -> tuple[disk.ContainerDisk, ...]:
        """Return what containers have written.

        Args:
            shorts: their names without the prefix.
        """
        return disk.written(self.client, [self.task.name(short) for short in shorts])

    def fill(self, short: str, files: Mapping[str, str]) -> str:
        """Put files into one of this learner's volumes, and return the volume's full name.

        Args:
            short: the volume's name without the prefix; it is made if there is none.
            files: contents by path.
        """
        from course import live

        name = self.task.name(short)
        live.put(self.client.volumes.create(name), files)
        return name

    def crumbs(self, number: int) -> building.Build:
        """Build an image of no use; each number takes the name from the one before.

        Args:
            number: which one.
        """
        files = {"crumbs.bin": noise(f"crumbs {number}", 200_000)}
        lines = f"FROM {BASE}\nLABEL {_RUBBISH}={self.task.prefix}\nCOPY crumbs.bin /srv/\n"
        return self.build("rubbish", lines, files)

    def litter(self) -> str:
        """Leave an image that lost its name and a container that never ran.

        Returns:
            The label that both carry, and nothing else does.
        """
        self.crumbs(1)
        self.crumbs(2)
        name = self.fresh("rubbish")
        self.client.containers.create(
            self.task.image("rubbish"), name=name, labels={_RUBBISH: self.task.prefix}
        )
        return f"{_RUBBISH}={self.task.prefix}"

    def usage(self) -> disk.Usage:
        """Return the engine's own account of its disk."""
        return disk.usage(self.client)


def workbench(task: ImagesProblem) -> Workbench | Unavailable:
    """Open the learner's place in an engine; see `Bench.opened`."""
    return Workbench.opened(task)
