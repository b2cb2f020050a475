"""The personal problem of lesson 04: an image, a build, a contract, and what to find out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.images_and_layers.orders import (
    Contract,
    Difference,
    Script,
    draw_contract,
    draw_difference,
    draw_script,
)
from course.exercise.images_and_layers.plans import Kitchen, draw_kitchen
from course.exercise.images_and_layers.shop import Shop, draw_shop
from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["ImagesProblem", "pose"]


@dataclass(frozen=True)
class ImagesProblem:
    """What one learner is given.

    Attributes:
        student_id: whose problem it is, normalised.
        prefix: what the names of this learner's images, containers and volumes begin with.
        shop: the image that most of the lesson is about, and its edit.
        kitchen: the build whose order is open.
        contract: what an image of the learner's own has to be.
        difference: what a committed layer has to change.
        script: the program for two Pythons.
        image_mb: the size of an image of which three containers run, in MB.
        written_mb: what each of the three writes, in MB.
        orders_bytes: what each of the three containers in the engine is to write, in bytes.
    """

    student_id: str
    prefix: str
    shop: Shop
    kitchen: Kitchen
    contract: Contract
    difference: Difference
    script: Script
    image_mb: int
    written_mb: int
    orders_bytes: int

    def image(self, name: str) -> str:
        """Return the full name of one of this learner's images."""
        return f"{self.prefix}/{name}"

    def name(self, short: str) -> str:
        """Return the full name of one of this learner's containers or volumes."""
        return f"{self.prefix}-{short}"

    def names(self) -> Table:
        """Return the names that the exercises use."""
        rows = (
            ("the shop, as it is built first", self.image("shop:1")),
            ("the shop, after the edit", self.image("shop:2")),
            ("the image that keeps the contract", self.image("contract")),
            ("the image that was committed", self.image("committed")),
            ("the image with a deleted password", self.image("leaky")),
            ("the registry's container", self.name("registry")),
            ("three containers of one image", ", ".join(self.name(f"till-{n}") for n in "123")),
            ("the volume with the script", self.name("script")),
            ("its containers", ", ".join(self.name(f"python-{v}") for v in ("3.11", "3.13"))),
        )
        return Table("Your names in the engine", ("what", "name"), rows)


def pose(student_id: str, draw: Draw) -> ImagesProblem:
    """Return the problem of the learner whose draws these are."""
    # An id may hold what no name in an engine may, so the names are made from a digest of it.
    short = hashlib.sha256(student_id.encode()).hexdigest()[:8]
    return ImagesProblem(
        student_id=student_id,
        prefix=f"lesson04-{short}",
        shop=draw_shop(draw),
        kitchen=draw_kitchen(draw),
        contract=draw_contract(draw),
        difference=draw_difference(draw),
        script=draw_script(draw),
        image_mb=draw.integer(60, 400),
        written_mb=draw.integer(3, 30),
        orders_bytes=1000 * draw.integer(40, 90) + draw.integer(1, 999),
    )
