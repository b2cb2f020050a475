"""The personal problem of lesson 02: a program, six systems, a machine to boot, a disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.exercise.hypervisors.disk import Disk, draw_disk
from course.exercise.hypervisors.places import Choice, draw_choice
from course.exercise.hypervisors.toy import Toy, draw_toy
from course.exercise.table import Table

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["HypervisorsProblem", "pose"]


@dataclass(frozen=True)
class HypervisorsProblem:
    """What one learner is given.

    Attributes:
        student_id: whose problem it is, normalised.
        toy: the program for the toy machine, its costs and its clock.
        choice: the systems to be placed on the map.
        memory_mib: the memory of the virtual machine to boot, in MiB.
        cpus: its virtual processors.
        disk: the disk to convert.
    """

    student_id: str
    toy: Toy
    choice: Choice
    memory_mib: int
    cpus: int
    disk: Disk

    def order(self) -> Table:
        """Return what the machine has to be that the learner boots."""
        rows = (
            ("guest", "tiny", "", 'guest="tiny"'),
            ("memory", self.memory_mib, "MiB", "memory_mib=task.memory_mib"),
            ("virtual processors", self.cpus, "", "cpus=task.cpus"),
        )
        return Table("The machine that you order", ("what", "value", "unit", "in Python"), rows)


def pose(student_id: str, draw: Draw) -> HypervisorsProblem:
    """Return the problem of the learner whose draws these are."""
    return HypervisorsProblem(
        student_id=student_id,
        toy=draw_toy(draw),
        choice=draw_choice(draw),
        # Neither the default of 128 MiB nor any other that a guest would get by itself.
        memory_mib=4 * draw.integer(34, 58) + draw.integer(1, 3),
        cpus=draw.integer(2, 4),
        disk=draw_disk(draw),
    )
