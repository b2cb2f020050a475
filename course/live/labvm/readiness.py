"""What can be had of the lab VM on this machine, found out without starting anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from course.live.errors import FingerprintMismatchError, LabVMNotBuiltError, QemuMissingError

__all__ = ["Readiness", "readiness"]


@dataclass(frozen=True)
class Readiness:
    """Whether the lab VM can be started.

    Attributes:
        state: `built` (it can), `unbuilt` (it can be built first), or `impossible`.
        reason: why.
        remedy: what to do; empty when nothing is to be done.
        accelerator: what it runs with, `tcg` or `kvm`; None unless it is built.
        docker_version: of its Docker Engine; empty unless it is built.
    """

    state: Literal["built", "unbuilt", "impossible"]
    reason: str
    remedy: str = ""
    accelerator: str | None = None
    docker_version: str = ""


def readiness() -> Readiness:
    """Tell whether the lab VM can be started here; takes a few hundredths of a second."""
    from course.live.labvm.manifest import BUILD, Manifest
    from course.live.qemu import program as qemu

    try:
        program = qemu.find()
    except QemuMissingError as error:
        reason, _, remedy = error.message.partition("; ")
        return Readiness("impossible", reason, remedy)
    try:
        manifest = Manifest.read()
        manifest.require_resumable(program)
    except LabVMNotBuiltError:
        return Readiness("unbuilt", "it has not been built yet", BUILD)
    except FingerprintMismatchError:  # to start it tells what differs
        other = "it was built for another QEMU, machine or version of the course"
        return Readiness("unbuilt", other, BUILD)
    built = f"built {manifest.built_at[:10]}, Docker {manifest.docker_version}"
    return Readiness(
        "built",
        built,
        accelerator=manifest.machine.accelerator,
        docker_version=manifest.docker_version,
    )
