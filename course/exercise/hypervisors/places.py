"""Six systems out of the catalogue, to be placed on the map.

- `Choice`: which six, and what is told of them before they are placed
- `PLACES`: the places in words, as a learner writes them
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from course.exercise.table import Table
from course.facts import Place, Status, system

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise.draw import Draw

__all__ = ["PLACES", "Choice", "draw_choice"]

#: The places that the six may have, in words, with what makes them out.
PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "type 1": Place.TYPE_1,
        "type 2": Place.TYPE_2,
        "partition": Place.PARTITION,
        "operating system": Place.OPERATING_SYSTEM,
        "micro-VM": Place.MICRO_VM,
        "simulator": Place.SIMULATOR,
        "container host": Place.CONTAINER_HOST,
    }
)

# KVM, which is debatable, and QEMU, which is two things, are talked about in the lesson.
_TYPE_1 = ("xen", "esxi", "hyper-v")
_TYPE_2 = ("vmware-workstation", "virtualbox")
_MISPLACED = ("hyperkit", "coreos", "parallels")
_GONE = ("rkt", "bromium", "oracle-vm-server", "linux-vserver")
_SHARED_KERNEL = ("docker", "lxc", "chroot", "wpar")
_BESIDE = ("lpar", "firecracker")


@dataclass(frozen=True)
class Choice:
    """Six systems.

    Attributes:
        systems: their ids in the catalogue.
    """

    systems: tuple[str, ...]

    @property
    def right_places(self) -> dict[str, str]:
        """The place of each, in the words of `PLACES`."""
        words = {place: word for word, place in PLACES.items()}
        return {name: words[system(name).place] for name in self.systems}

    @property
    def misplaced(self) -> tuple[str, ...]:
        """Those that a text puts elsewhere than this course does."""
        return tuple(
            name
            for name in self.systems
            if any(said.place != system(name).place for said in system(name).classified)
        )

    @property
    def gone(self) -> tuple[str, ...]:
        """Those that nobody keeps any more."""
        return tuple(name for name in self.systems if system(name).status is not Status.ALIVE)

    def descriptions(self) -> Table:
        """Return what each of them is, as a table that does not say where it belongs."""
        rows = tuple(
            (name, entry.name, entry.first_year, entry.what, _texts(name))
            for name in self.systems
            for entry in (system(name),)
        )
        headings = ("id", "system", "since", "what it is", "where the texts put it (claimed)")
        return Table("Your six systems", headings, rows)


def _texts(name: str) -> str:
    words = {place: word for word, place in PLACES.items()}
    said = [f"{said.source}: {words.get(said.place, said.place)}" for said in
            system(name).classified]  # fmt: skip
    return "; ".join(said) or "nowhere"


def draw_choice(draw: Draw) -> Choice:
    """Return the six systems of the learner whose draws these are."""
    groups = (_TYPE_1, _TYPE_2, _MISPLACED, _GONE, _SHARED_KERNEL, _BESIDE)
    return Choice(tuple(draw.shuffled([draw.choice(group) for group in groups])))
