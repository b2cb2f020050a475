"""Layers and their cache: what is built again, stored once, sent again.

- `reads`, `rebuilt`: which instructions of a Dockerfile a change reaches
- `BuildPlan`: a Dockerfile whose order is open, against the edits of a month
- `stored_bytes`, `disk_bytes`: layers that are shared are stored once

The rule is that of Docker's documentation on the build cache: an instruction is taken from the
cache if everything before it was, and if it is written as before; `COPY` and `ADD` also compare the
files that they read. What a `RUN` does is not looked at, only how it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.model import BuildStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["BuildPlan", "disk_bytes", "reads", "rebuilt", "stored_bytes"]

SECONDS_PER_MINUTE = 60


def reads(instruction: str, path: str) -> bool:
    """Return whether an instruction reads a file of the build's context.

    Args:
        instruction: a line of a Dockerfile.
        path: the file's path in the context.

    >>> reads("COPY app.py /srv/", "app.py"), reads("COPY site/ /srv/", "site/a.html")
    (True, True)
    >>> reads("RUN cat app.py", "app.py"), reads("COPY site /srv/", "sites/a.html")
    (False, False)
    """
    keyword, *words = instruction.split()
    if keyword.upper() not in ("COPY", "ADD"):
        return False
    sources = [word for word in words if not word.startswith("--")][:-1]
    return any(_holds(source, path) for source in sources)


def _holds(source: str, path: str) -> bool:
    source = source.removeprefix("./").rstrip("/")
    return source in ("", ".", path) or path.startswith(f"{source}/")


def rebuilt(instructions: Sequence[str], change: str | int) -> list[int]:
    """Return the numbers of the instructions that are built again after a change.

    Args:
        instructions: the lines of a Dockerfile, each a whole instruction.
        change: the path of a file of the context that was edited, or the number of an instruction
            that is written anew, counted from 1.

    Returns:
        Numbers counted from 1, as a build counts its steps.

    >>> rebuilt(["FROM base", "COPY app.py /srv/", "RUN compile", "CMD run"], "app.py")
    [2, 3, 4]
    >>> rebuilt(["FROM base", "COPY app.py /srv/", "RUN compile", "CMD run"], 3)
    [3, 4]
    """
    numbers = range(1, len(instructions) + 1)
    if isinstance(change, int):
        return [number for number in numbers if number >= change]
    for number, instruction in zip(numbers, instructions, strict=True):
        if reads(instruction, change):
            return list(range(number, len(instructions) + 1))
    return []


@dataclass(frozen=True)
class BuildPlan:
    """A Dockerfile whose steps may be put into another order, and what is edited in a month.

    Attributes:
        first: the line that stays first, such as `FROM debian:12`.
        steps: the steps by name.
        edits_per_month: how often each file of the context is edited and the image built again.
    """

    first: str
    steps: Mapping[str, BuildStep]
    edits_per_month: Mapping[str, int]

    def dockerfile(self, order: Sequence[str]) -> list[str]:
        """Return the lines of the Dockerfile in an order of its steps."""
        return [self.first, *(self.steps[name].text for name in order)]

    def out_of_place(self, order: Sequence[str]) -> list[tuple[str, str]]:
        """Return the pairs of a step and one that it needs and that does not come before it."""
        place = {name: number for number, name in enumerate(order)}
        return [
            (name, needed)
            for name in order
            for needed in self.steps[name].needs
            if place.get(needed, len(order)) > place[name]
        ]

    def seconds_per_month(self, order: Sequence[str]) -> dict[str, float]:
        """Return how long each step is built in a month, in seconds.

        Args:
            order: the names of all steps.

        Raises:
            ValueError: the order does not hold each step once.
        """
        if sorted(order) != sorted(self.steps):
            raise ValueError(
                f"expected each of {', '.join(self.steps)} once, found {', '.join(order)}"
            )
        lines, total = self.dockerfile(order), dict.fromkeys(order, 0.0)
        for path, times in self.edits_per_month.items():
            for number in rebuilt(lines, path):
                name = order[number - 2]  # line 1 is `first`, which reads no file
                total[name] += times * self.steps[name].build_s
        return total

    def minutes_per_month(self, order: Sequence[str]) -> float:
        """Return how long all builds of a month take, in minutes."""
        return sum(self.seconds_per_month(order).values()) / SECONDS_PER_MINUTE

    def orders(self) -> Iterator[tuple[str, ...]]:
        """Yield every order in which each step comes after those that it needs."""
        yield from self._continued(())

    def _continued(self, begun: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if len(begun) == len(self.steps):
            yield begun
        for name, step in self.steps.items():
            if name not in begun and all(needed in begun for needed in step.needs):
                yield from self._continued((*begun, name))

    def best_order(self) -> tuple[str, ...]:
        """Return an order whose builds take least time; the first of them, if there are several."""
        return min(self.orders(), key=self.minutes_per_month)


def stored_bytes(images: Iterable[Mapping[str, int]]) -> int:
    """Return what images take on a disk, in bytes: a layer that several of them hold counts once.

    Args:
        images: for each image its layers, the size in bytes by the digest.

    >>> stored_bytes([{"base": 100, "a": 5}, {"base": 100, "b": 7}])
    112
    """
    layers: dict[str, int] = {}
    for image in images:
        layers |= image
    return sum(layers.values())


def disk_bytes(image_bytes: float, written_bytes: float, containers: int) -> float:
    """Return what containers of one image take on a disk, in bytes.

    Args:
        image_bytes: the size of the image.
        written_bytes: what each container has written.
        containers: how many there are.

    >>> disk_bytes(100, 3, 3)
    109
    """
    return image_bytes + containers * written_bytes
