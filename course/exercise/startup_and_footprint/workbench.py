"""The learner's place in the engine in lesson 05."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.exercise.bench import Bench
from course.exercise.startup_and_footprint import server
from course.exercise.table import Table
from course.live import layers, radius
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.exercise.startup_and_footprint.problem import StartupProblem

__all__ = ["IMAGES", "Workbench", "workbench"]

#: The course's images that the lesson uses.
IMAGES = ("course/freeradius:3.2", server.MESSENGER)


class Workbench(Bench["StartupProblem"]):
    """An engine, and one learner's names in it.

    Attributes:
        client: the engine, as the Docker SDK gives it.
        task: the learner's problem, which knows the names.
    """

    images = IMAGES

    def image_mb(self, reference: str) -> float:
        """Return the size of an image, all its layers together, in MB.

        Args:
            reference: its full name.
        """
        return int(self.client.images.get(reference).attrs["Size"]) / 10**6

    def history(self, reference: str) -> Table:
        """Return what each instruction of an image has added, where it has added anything.

        Args:
            reference: its full name.
        """
        rows = tuple(
            (layer.instruction, layer.size_bytes)
            for layer in layers.history(self.client, reference)
            if layer.size_bytes
        )
        return Table(f"The layers of {reference} (measured)", ("instruction", "size (bytes)"), rows)

    def ask(self, name: str, user: str, password: str) -> radius.Reply:
        """Start one of this learner's images, and ask it to let a user in.

        Args:
            name: the image's name without the prefix.
            user: the user's name.
            password: the password.
        """
        replies, _log = server.ask(
            self.client, self.task.image(name), (user, password), name=self.task.name("asked")
        )
        return replies[0]


def workbench(task: StartupProblem) -> Workbench | Unavailable:
    """Open the learner's place in an engine; see `Bench.opened`."""
    return Workbench.opened(task)
