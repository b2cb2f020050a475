"""The virtual machines of the experiments: what they are told by, and what they take.

`course.live.vm` is imported where it is used, so that tables are read where there is no QEMU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from course.live.experiments.recording import Place

if TYPE_CHECKING:
    from course.live.experiments.recording import Recorder

__all__ = ["disk_parts", "disk_sizes", "machine", "place_of", "resident_mib", "restored"]

Guest = Literal["tiny", "full"]


def machine(guest: Guest, **options: Any) -> Any:
    """Describe a virtual machine, which a ``with`` block starts and ends.

    Args:
        guest: ``tiny`` or ``full``.
        options: as for `course.live.vm.VirtualMachine`.
    """
    from course.live.vm import VirtualMachine

    return VirtualMachine(guest, **options)


def restored(snapshot: Any) -> Any:
    """Describe a machine that goes on from a snapshot, which a ``with`` block starts and ends.

    Args:
        snapshot: of a machine.
    """
    from course.live.vm import VirtualMachine

    return VirtualMachine.restored(snapshot)


def place_of(running: Any, recorder: Recorder) -> Place:
    """Return where a machine's figures are measured: in QEMU, emulated or not.

    Args:
        running: the machine.
        recorder: told with which accelerator it is measured.
    """
    recorder.fact("virtual machines", f"QEMU, {running.accelerator}")
    return Place("qemu", str(running.accelerator))


def resident_mib(pid: int) -> tuple[float, float | None]:
    """Return a process's resident memory, and its proportional share where that can be read.

    Args:
        pid: the process.

    Returns:
        Both in MiB. Of a page that several processes share, the share counts the part that falls
        to this one.
    """
    import psutil

    process = psutil.Process(pid)
    resident = process.memory_info().rss / 2**20
    try:
        return resident, process.memory_full_info().pss / 2**20
    except (psutil.Error, AttributeError):  # another user's, or not Linux
        return resident, None


def disk_parts(guest: Guest, devices: str = "virtio") -> dict[str, int]:
    """Return what a machine with the service boots from: for each part its size, in bytes.

    Args:
        guest: ``tiny`` or ``full``.
        devices: ``virtio`` or ``emulated``.
    """
    from course.live.vm import sizes

    known = sizes()
    archives = ("tiny", devices, "freeradius" if guest == "tiny" else "disk")
    parts = {
        "kernel": known["kernel"],
        "initramfs": sum(known[f"{name} initramfs"] for name in archives),
    }
    return parts if guest == "tiny" else parts | {"files on its disk": known["full disk, used"]}


def disk_sizes(guest: Guest) -> dict[str, int]:
    """Return how large a machine's disk looks from elsewhere, in bytes, by quantity.

    Args:
        guest: ``tiny`` or ``full``.
    """
    from course.live.vm import sizes

    if guest == "tiny":
        return {}
    known = sizes()
    return {"disk, file": known["full disk"], "disk, virtual": known["full disk, virtual"]}
