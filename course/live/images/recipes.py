"""What each of the course's images is made of: a folder that a learner can read."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING

from course.live import debian

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

__all__ = ["IMAGES", "Contents", "Recipe"]

#: Changes when the same recipe is packed in another way: contexts in caches are then made anew.
FORM = "1"


@dataclass(frozen=True)
class Contents:
    """What goes into an image's ``rootfs.tar``.

    Attributes:
        packages: the sets of Debian packages that it is taken from.
        keep: patterns of the paths that are taken.
        leave_out: patterns of those of them that are not.
        folders: empty folders.
        links: for each file, the other names beside it that lead to it.
    """

    packages: tuple[str, ...]
    keep: tuple[str, ...]
    leave_out: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Recipe:
    """How one of the course's images is made.

    Attributes:
        tag: the image's name and tag, such as ``course/web:1``.
        folder_name: the folder beside this module that holds its Dockerfile.
    """

    tag: str
    folder_name: str

    @property
    def dockerfile(self) -> str:
        """Its Dockerfile."""
        return self._folder.joinpath("Dockerfile").read_text(encoding="utf-8")

    @property
    def base(self) -> str | None:
        """The image that it begins with, or None if it begins with nothing."""
        # FROM course/busybox:1.35
        line = next(line for line in self.dockerfile.splitlines() if line.startswith("FROM "))
        image = line.split()[1]
        return None if image == "scratch" else image

    @cached_property
    def contents(self) -> Contents | None:
        """What goes into its ``rootfs.tar``, or None if it has none."""
        file = self._folder.joinpath("contents.toml")
        if not file.is_file():
            return None
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return Contents(
            packages=tuple(table["packages"]),
            keep=tuple(table["keep"]),
            leave_out=tuple(table.get("leave_out", ())),
            folders=tuple(table.get("folders", ())),
            links=tuple((name, tuple(others)) for name, others in table.get("links", {}).items()),
        )

    @property
    def packages(self) -> tuple[debian.Package, ...]:
        """The Debian packages that it takes files from."""
        sets = self.contents.packages if self.contents is not None else ()
        return tuple(dict.fromkeys(package for name in sets for package in debian.pinned(name)))

    @property
    def files(self) -> dict[str, bytes]:
        """Its own files for the engine, with their contents, by their paths in the context."""
        return dict(_read(self._folder, ""))

    @property
    def fingerprint(self) -> str:
        """A digest of all that goes into the image, known without any download."""
        parts = [FORM, repr(sorted(self.files.items())), repr(self.contents)]
        parts += [repr(asdict(package)) for package in self.packages]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def _folder(self) -> Traversable:
        return resources.files(__package__).joinpath(self.folder_name)


def _read(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _read(entry, f"{path}{entry.name}/")
        elif entry.name != "contents.toml":
            yield f"{path}{entry.name}", entry.read_bytes()


#: The course's images by their names, in an order in which they can be built.
IMAGES: dict[str, Recipe] = {
    recipe.tag: recipe
    for recipe in (
        Recipe("course/busybox:1.35", "busybox"),
        Recipe("course/python:3.11", "python-3.11"),
        Recipe("course/python:3.13", "python-3.13"),
        Recipe("course/web:1", "web"),
        Recipe("course/registry:2.8", "registry"),
        Recipe("course/freeradius:3.2", "freeradius"),
    )
}
