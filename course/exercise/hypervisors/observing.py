"""Boot a virtual machine, look at it, and keep what was seen.

- `observe`: boot, ask, write down; or read what was written down before
- `convert`: have QEMU's own tool convert a disk image
"""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from course.exercise.hypervisors.observation import COMMANDS, Observation, read, write
from course.live.errors import LiveError
from course.live.progress import report, show
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["convert", "observe"]


def observe(
    record: str,
    *,
    memory_mib: int = 128,
    cpus: int = 1,
    devices: Literal["virtio", "emulated"] = "virtio",
    commands: Sequence[str] = (),
    again: bool = False,
) -> Observation | Unavailable:
    """Boot the tiny virtual machine, ask it who it is, and shut it down.

    What was seen is kept in a file beside the notebook. As long as the same machine is asked the
    same, the file is read and nothing is booted, so that a notebook can be run again at once.

    Args:
        record: the name of that file.
        memory_mib: the memory of the machine, in MiB.
        cpus: its virtual processors.
        devices: ``virtio`` or ``emulated``.
        commands: what else to run in the guest, beside `COMMANDS`.
        again: boot it even if there is a record.

    Returns:
        What was seen; or, where no machine can be booted, something that says so.

    Raises:
        ValueError: `record` is no name of a file in this folder.
    """
    path = Path(record)
    if path.name != record or not record.endswith(".json"):
        raise ValueError(
            f"expected the name of a file for this folder, such as 'machine.json', found {record!r}"
        )
    if path.exists() and not again:
        found = read(path)
        seen = (found.memory_asked_mib, found.cpus_asked, found.devices)
        if seen == (memory_mib, cpus, devices) and not set(commands) - set(found.said):
            return found
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        # The grader's machine is not the learner's.
        return Unavailable(
            f"{record} was not handed in with the notebook, or is of another machine, so nothing "
            "is known of what was seen. Hand it in too."
        )
    try:
        observation = _boot(memory_mib, cpus, devices, commands)
    except (LiveError, OSError) as error:
        return Unavailable(f"No virtual machine could be booted here. {error}")
    write(observation, path)
    return observation


def _boot(
    memory_mib: int,
    cpus: int,
    devices: Literal["virtio", "emulated"],
    commands: Sequence[str],
) -> Observation:
    from course.live.vm import VirtualMachine

    progress = show()
    report(progress, None, "a virtual machine boots")
    machine: Any = VirtualMachine(
        "tiny",
        memory_mib=memory_mib,
        cpus=cpus,
        devices=devices,
        data_disk_mib=8,  # so that there is a disk to be seen
        progress=progress,
    )
    with machine:
        said = {
            name: machine.run(command).output.strip()
            for name, command in (*COMMANDS.items(), *((each, each) for each in commands))
        }
        observation = Observation(
            memory_asked_mib=memory_mib,
            cpus_asked=cpus,
            devices=devices,
            accelerator=machine.accelerator,
            command_line=tuple(map(str, machine.command_line)),
            said=said,
            console=machine.console,
            seconds=machine.timeline.total_s,
            host_kernel=f"{platform.system()} {platform.release()}",
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            time=datetime.now(UTC).isoformat(),
        )
    report(progress, 1.0, "a virtual machine has been booted, asked and shut down")
    return observation


def convert(source: str, target: str, to: str) -> Any:
    """Convert a disk image by `qemu-img`.

    Args:
        source: the file of the image.
        target: the file that is written.
        to: the format, as `qemu-img` calls it.

    Returns:
        What `qemu-img` says of the new image; or, where there is none, something that says so.
    """
    from course.live.vm import images

    try:
        images.convert(Path(source), Path(target), to)
        return images.info(Path(target))
    except (LiveError, OSError) as error:
        return Unavailable(f"{source} was not converted. {error}")
