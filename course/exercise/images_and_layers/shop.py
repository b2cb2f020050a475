"""The Dockerfile of lesson 04, the files that it copies, and the edit of one of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise.draw import Draw

__all__ = ["BASE", "Shop", "draw_shop", "noise"]

#: The image that all others of the lesson are built upon.
BASE = "course/busybox:1.35"

_NAMES = ("anchor", "bluebell", "crane", "dolphin", "elder", "fennel", "garnet", "heron")
_DISHES = (
    "barley soup", "carrot cake", "dumplings", "egg curry", "fish pie", "goulash", "hotpot",
    "lentil stew", "noodles", "onion tart", "pea soup", "ravioli", "spinach pie", "tomato soup",
)  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """A small application in an image, and an edit of it.

    Attributes:
        name: what the shop is called.
        lines: the instructions of its Dockerfile.
        sizes_bytes: the size of each file of the context, in bytes.
        index_bytes: how many bytes its `RUN` writes.
        edited: the file that is edited; its size stays.
        menu: the text of `menus/today.txt`.
    """

    name: str
    lines: tuple[str, ...]
    sizes_bytes: Mapping[str, int]
    index_bytes: int
    edited: str
    menu: str

    @property
    def dockerfile(self) -> str:
        """The Dockerfile's text."""
        return "\n".join((*self.lines, ""))

    def files(self) -> dict[str, bytes]:
        """Return the files of the context, contents by path."""
        made = {path: noise(f"{self.name}/{path}", size) for path, size in self.sizes_bytes.items()}
        return made | {"menus/today.txt": self.menu.encode()}

    def edited_files(self) -> dict[str, bytes]:
        """Return the files of the context after the edit."""
        files = self.files()
        content = files[self.edited]
        files[self.edited] = bytes([content[0] ^ 1]) + content[1:]
        return files

    def recipe(self) -> Table:
        """Return the Dockerfile as a table, one row for each instruction."""
        rows = tuple(enumerate(self.lines, 1))
        return Table(f"The Dockerfile of the {self.name} shop", ("line", "instruction"), rows)

    def listing(self) -> Table:
        """Return the files of the context as a table."""
        rows = tuple(sorted(self.sizes_bytes.items()))
        return Table(f"The files of the {self.name} shop", ("file", "size (bytes)"), rows)


def noise(label: str, size_bytes: int) -> bytes:
    """Return bytes that no compression makes smaller, the same for the same label."""
    return hashlib.shake_256(label.encode()).digest(size_bytes)


def _menu(draw: Draw) -> str:
    dishes = draw.shuffled(_DISHES)[: draw.integer(7, 11)]
    return "".join(f"{dish:14} {draw.integer(20, 98) / 10:.2f}\n" for dish in dishes)


def draw_shop(draw: Draw) -> Shop:
    """Return a shop whose edit is neither in its first lines nor in its last ones."""
    name, menu = draw.choice(_NAMES), _menu(draw)
    index_bytes = 1000 * draw.integer(120, 480) + draw.integer(1, 999)
    sizes = {
        "app.py": draw.integer(3000, 9000),
        "libraries.bin": draw.integer(300_000, 800_000),
        "menus/today.txt": len(menu.encode()),
        "settings.ini": draw.integer(200, 900),
        "site/index.html": draw.integer(9000, 30_000),
        "site/logo.bin": draw.integer(30_000, 90_000),
        "site/menu.txt": draw.integer(60, 120),
    }
    edited = draw.choice(("app.py", "settings.ini", "site/index.html", "site/logo.bin"))
    reader = (
        "COPY site/ /srv/site/" if edited.startswith("site/") else "COPY app.py settings.ini /srv/"
    )
    while True:
        middle = draw.shuffled(
            [
                "COPY libraries.bin /srv/",
                f"RUN head -c {index_bytes} /dev/urandom > /srv/index.bin",
                "COPY app.py settings.ini /srv/",
                "COPY site/ /srv/site/",
                "COPY menus/today.txt /srv/site/menu.txt",
                f"LABEL shop.opened={draw.integer(1950, 2020)}",
            ]
        )
        lines = (
            f"FROM {BASE}",
            f"ENV SHOP={name}",
            "WORKDIR /srv",
            *middle,
            'CMD ["cat", "/srv/site/menu.txt"]',
        )
        # The edit leaves layers with files alone, and it reaches some after its own.
        reached = lines.index(reader)
        before, after = (
            any(line.startswith(("COPY", "RUN")) for line in part)
            for part in (lines[:reached], lines[reached + 1 :])
        )
        overwrites = lines.index("COPY menus/today.txt /srv/site/menu.txt")
        if before and after and lines.index("COPY site/ /srv/site/") < overwrites:
            return Shop(name, lines, sizes, index_bytes, edited, menu)
