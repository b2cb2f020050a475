"""Say why a machine could not do what it was asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from course.live.errors import GuestDiedError, GuestFrozenError, VirtualMachineError

if TYPE_CHECKING:
    from course.live.vm.process import MachineProcess

__all__ = ["died", "explained"]

_CONSOLE_LINES = 12
_ENDING_S = 2


def explained(error: BaseException, process: MachineProcess | None) -> BaseException:
    """Return what to raise for an error: if the machine has ended or stands still, that is why.

    Args:
        error: what happened.
        process: the machine's QEMU, if it was started.
    """
    if not isinstance(error, Exception) or isinstance(error, VirtualMachineError):
        return error
    if process is None:
        return error
    if not isinstance(error, TimeoutError):
        # QEMU closes its channels before it ends.
        with contextlib.suppress(Exception):
            process.process.wait(_ENDING_S)
    if process.process.poll() is not None:
        return died(process)
    if isinstance(error, TimeoutError):
        return GuestFrozenError(
            "expected an answer of the machine, found none in time; this computer may be too "
            "busy: try again, with fewer things beside it",
            console_tail=_tail(process),
        )
    return error


def died(process: MachineProcess) -> GuestDiedError:
    """Return the error that says how a machine has ended.

    Args:
        process: its QEMU.
    """
    return GuestDiedError(
        f"expected the machine to run, found that {_cause(process)}; start a new one",
        console_tail=_tail(process),
    )


def _tail(process: MachineProcess) -> str:
    return "\n".join(list(process.console)[-_CONSOLE_LINES:])


def _cause(process: MachineProcess) -> str:
    # [   10.308434] ---[ end Kernel panic - not syncing: System is deadlocked on memory ]---
    for line in process.console:
        if "Kernel panic" in line:
            return line[line.index("Kernel panic") :]
    code = process.process.poll()
    if code is None:
        return "it does not answer"
    return f"QEMU was ended by signal {-code}" if code < 0 else f"QEMU ended with status {code}"
