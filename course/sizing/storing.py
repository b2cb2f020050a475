"""Storage: layers that images share, and what is copied only when it is written.

>>> debian, python = {"base": 120}, {"base": 120, "python": 40}
>>> kept = storage([debian, python], instances=[(1, 3), (1, 5)])
>>> kept.layer_bytes, kept.written_bytes, kept.stored_bytes, kept.copied_bytes
(160, 8, 168, 608)

Images and containers are stored as layers of which each is there once; `course.sizing.images` has
the same sums one by one. Disks of virtual machines are full copies, or clones of one disk of which
only the changed blocks are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.sizing.errors import AmountError, require
from course.sizing.images import stored_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Storage", "clones", "storage"]


@dataclass(frozen=True)
class Storage:
    """What images, containers or disks take.

    Attributes:
        copied_bytes: what they would take if nothing were shared.
        image_bytes: the sizes of the images, or of the base disk, summed.
        layer_bytes: what these take if each layer is stored once.
        written_bytes: what the instances have written.
        layers: how many different layers there are.
    """

    copied_bytes: int
    image_bytes: int
    layer_bytes: int
    written_bytes: int
    layers: int

    @property
    def stored_bytes(self) -> int:
        """What they take: each layer once, and what was written."""
        return self.layer_bytes + self.written_bytes

    @property
    def saved_bytes(self) -> int:
        """What sharing saves."""
        return self.copied_bytes - self.stored_bytes

    @property
    def saved_share(self) -> float:
        """The share of the copies that sharing saves."""
        return self.saved_bytes / self.copied_bytes if self.copied_bytes else 0.0

    @property
    def image_saved_share(self) -> float:
        """The share of the images, without any instance, that sharing saves."""
        return 1 - self.layer_bytes / self.image_bytes if self.image_bytes else 0.0

    @property
    def binding(self) -> str:
        """What takes more: "layers", or what is "written"."""
        return "layers" if self.layer_bytes >= self.written_bytes else "written"

    @property
    def reason(self) -> str:
        """What is stored and what is saved, in a sentence."""
        return (
            f"{_mb(self.stored_bytes)} are stored, {_mb(self.layer_bytes)} of them in "
            f"{self.layers} layers that are there once and {_mb(self.written_bytes)} written by "
            f"instances; without sharing it would be {_mb(self.copied_bytes)}, "
            f"so that {self.saved_share:.1%} are saved."
        )


def storage(
    images: Sequence[Mapping[str, int]], instances: Sequence[tuple[int, int]] = ()
) -> Storage:
    """Return what images and the containers of them take on a disk.

    Args:
        images: for each image its layers, the size in bytes by the digest.
        instances: for each container the number of its image, and what it has written, in bytes.

    Raises:
        AmountError: a size is negative or no whole number, a digest has two sizes, or there is no
            such image.
    """
    sizes: dict[str, int] = {}
    for image in images:
        for digest, size in image.items():
            require(f"the size of layer {digest}", size, whole=True)
            if sizes.setdefault(digest, size) != size:
                raise AmountError(
                    f"expected one size for layer {digest}, found {sizes[digest]} and {size}: "
                    "a digest names one content",
                    name=digest,
                    value=size,
                )
    for image_number, written in instances:
        require(
            "the number of an instance's image",
            image_number,
            at_most=len(images) - 1,
            whole=True,
        )
        require("what an instance has written", written, whole=True)
    totals = [sum(image.values()) for image in images]
    written_bytes = sum(written for _, written in instances)
    own_copies = sum(totals[image_number] for image_number, _ in instances)
    return Storage(
        copied_bytes=sum(totals) + own_copies + written_bytes,
        image_bytes=sum(totals),
        layer_bytes=stored_bytes(images),
        written_bytes=written_bytes,
        layers=len(sizes),
    )


def clones(base_bytes: int, written_bytes: Sequence[int]) -> Storage:
    """Return what clones of one disk take, of which each keeps only what it has changed.

    Args:
        base_bytes: what is on the disk that they are clones of.
        written_bytes: for each clone what it has written.

    Raises:
        AmountError: a number is negative or no whole number.

    >>> clones(800, [10, 20, 30]).stored_bytes, clones(800, [10, 20, 30]).copied_bytes
    (860, 2400)
    """
    require("base_bytes", base_bytes, whole=True)
    for written in written_bytes:
        require("written_bytes", written, whole=True)
    return Storage(
        # A full copy is written over in its place.
        copied_bytes=sum(max(base_bytes, written) for written in written_bytes),
        image_bytes=base_bytes,
        layer_bytes=base_bytes,
        written_bytes=sum(written_bytes),
        layers=1,
    )


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 10**6:,.1f} MB"
