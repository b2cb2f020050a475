"""Where containers are measured: on the learner's engine, and in the lab VM beside it.

Where the engine is this machine's own and virtual machines are emulated, a comparison of the two
says more about emulation than about them. So containers are then measured a second time in the lab
VM, which runs on the same kind of processor as the virtual machines do.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.live.errors import LiveError, ObjectNotFoundError
from course.live.experiments.recording import Place

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from course.live.client import CourseClient
    from course.live.experiments.recording import Recorder

__all__ = ["IN_LAB_VM", "Engine", "container_of", "engines"]

#: How `Table.missing` names the second place.
IN_LAB_VM = "in the lab VM"
_LATE_S = 3


@dataclass(frozen=True)
class Engine:
    """An engine that containers are measured on.

    Attributes:
        client: its client.
        place: what it is, and on which kind of processor it runs.
        lab_vm: the lab VM, if it is one.
        address: where it is.
    """

    client: CourseClient
    place: Place
    lab_vm: Any
    address: str

    @property
    def is_local(self) -> bool:
        """Whether its containers are processes of this machine's kernel."""
        return self.lab_vm is None and self.address.startswith("unix:")


def engines(
    recorder: Recorder, technologies: tuple[str, ...], images: tuple[str, ...]
) -> contextlib.closing[Generator[Engine, None, None]]:
    """Give a block the engines one after the other, each with the images that are needed.

    A lab VM of the experiment's own ends with the block at the latest.

    Args:
        recorder: told what cannot be had, and what the engines are.
        technologies: what cannot be measured where there is no engine.
        images: the course's images that an engine must have.
    """
    # Not a generator as such: after Ctrl-C a notebook would keep it, and the lab VM with it.
    return contextlib.closing(_engines(recorder, technologies, images))


def _engines(
    recorder: Recorder, technologies: tuple[str, ...], images: tuple[str, ...]
) -> Generator[Engine, None, None]:
    from course.live import labvm
    from course.live.engine import current
    from course.live.images import provide

    wanted = [one for one in technologies if one in recorder.technologies]
    if not wanted:
        return
    try:
        connection = current(recorder.progress)
        info = connection.info
        accelerator = {None: "native", True: "kvm", False: "tcg"}[info.accelerated]
        first = Engine(
            connection.client, Place(info.kind, accelerator), connection.lab_vm, info.address
        )
        recorder.fact("engine", f"{info.kind} {info.version}")
        provide(first.client, *images, progress=recorder.progress)
    except (LiveError, OSError) as error:
        for technology in wanted:
            recorder.lacks(technology, str(error))
        return
    yield first
    ready = labvm.readiness()
    if first.lab_vm is not None:
        return
    try:
        if ready.state != "built":
            raise LiveError(f"{ready.reason}; {ready.remedy}")
        with contextlib.ExitStack() as ends:
            lab_vm = ends.enter_context(labvm.LabVM(progress=recorder.progress))
            place = Place("labvm", ready.accelerator or "tcg")
            recorder.fact("lab VM", f"Docker {ready.docker_version}, {ready.accelerator}")
            second = Engine(lab_vm.client(), place, lab_vm, lab_vm.docker_host)
            provide(second.client, *images, progress=recorder.progress)
            yield second
    except LiveError as error:
        for technology in wanted:
            recorder.lacks(f"{technology} {IN_LAB_VM}", str(error))


@contextlib.contextmanager
def container_of(client: Any, image: str, command: Any = None, **options: Any) -> Iterator[Any]:
    """Make a container for a block, and remove it at its end, however that comes.

    Args:
        client: the engine's client; it has the image.
        image: the image's name.
        command: what the container runs; by default what the image says.
        options: as for `docker.DockerClient.containers.create`.
    """
    # Chosen here: Ctrl-C may come when the engine has made it and has not yet said so.
    name = f"experiment-{secrets.token_hex(6)}"
    try:
        container = client.containers.create(image, command, name=name, **options)
    except KeyboardInterrupt:
        _remove_late(client, name)
        raise
    try:
        yield container
    finally:
        with contextlib.suppress(ObjectNotFoundError):
            container.remove(force=True, v=True)


def _remove_late(client: Any, name: str) -> None:
    """Remove a container that the engine may be making just now."""
    deadline = time.monotonic() + _LATE_S
    while time.monotonic() < deadline:
        try:
            client.containers.get(name).remove(force=True, v=True)
            return
        except ObjectNotFoundError:
            time.sleep(0.1)  # between two looks
