"""The errors of live engines: Docker's, QEMU's and the network's, in one tree.

::

    LiveError (a RuntimeError)
    ├── EngineError                                  the engine as such
    │   ├── EngineChoiceError (also a ValueError)    what names the engine leads nowhere
    │   ├── NoEngineError (also a ConnectionError)   none listens there, and none can be started
    │   ├── EngineNotAnsweringError (also a TimeoutError)   it is there, and silent
    │   ├── EngineGoneError (also a ConnectionError) it went away while it was used
    │   ├── EngineForbiddenError (also a PermissionError)   it is there, but not for this user
    │   └── EngineFaultError                         it answered that it failed, or unintelligibly
    ├── RequestError                                 the engine refused what it was asked
    │   ├── ObjectNotFoundError (also a LookupError) no such container, network, volume ...
    │   │   └── ImageNotPresentError                 no such image, and no registry that has it
    │   ├── ConflictError                            what is there forbids it
    │   │   ├── NameConflictError                    the name is taken
    │   │   └── PortInUseError                       the port is taken
    │   ├── BadRequestError (also a ValueError)      a parameter cannot be used
    │   └── UnsupportedError                         this engine or SDK cannot do it
    ├── BuildFailedError                             an image's build failed, at an instruction
    ├── ContainerFailedError                         a container ended with another exit code than 0
    ├── DiskFullError (also an OSError)              the engine's disk, or this machine's, is full
    ├── OutOfTimeError (also a TimeoutError)         something took longer than it was given
    ├── PackageError                                 Debian's packages: `course.live.debian.errors`
    └── VirtualMachineError                          a virtual machine
        ├── QemuMissingError                         no QEMU, or one too old
        ├── NotEnoughMemoryError                     this machine has too little memory left for it
        ├── FingerprintMismatchError                 built for another QEMU or machine
        ├── GuestDiedError                           it ended; with its console's last lines
        ├── GuestFrozenError                         it is there, but stands still
        ├── MachineStateError                        it cannot do that now
        ├── GuestsNotBuiltError                      `course labvm build` has not been run
        ├── GuestsBuildError                         building the guests failed
        ├── DiskImageError                           an image cannot be read, made or converted
        └── LabVMError                               the lab VM
            ├── LabVMNotBuiltError                   `course labvm build` has not been run
            └── LabVMBuildError                      building it failed

A message says what was expected, what was found and what to try.
`course.live.translation` makes one of these from an error of the Docker SDK, of requests or of the
system.  In a notebook only the message is shown, without a traceback.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

__all__ = [
    "BadRequestError",
    "BuildFailedError",
    "ConflictError",
    "ContainerFailedError",
    "DiskFullError",
    "DiskImageError",
    "EngineChoiceError",
    "EngineError",
    "EngineFaultError",
    "EngineForbiddenError",
    "EngineGoneError",
    "EngineNotAnsweringError",
    "FingerprintMismatchError",
    "GuestDiedError",
    "GuestFrozenError",
    "GuestsBuildError",
    "GuestsNotBuiltError",
    "ImageNotPresentError",
    "LabVMBuildError",
    "LabVMError",
    "LabVMNotBuiltError",
    "LiveError",
    "MachineStateError",
    "NameConflictError",
    "NoEngineError",
    "NotEnoughMemoryError",
    "ObjectNotFoundError",
    "OutOfTimeError",
    "PortInUseError",
    "QemuMissingError",
    "RequestError",
    "UnsupportedError",
    "VirtualMachineError",
]

#: How many lines of a log a message repeats.
TAIL_LINES = 12


class LiveError(RuntimeError):
    """Tell apart the errors of live engines from all others.

    Args:
        message: what was expected, what was found, what to try.
        status_code: the HTTP status that the engine answered, where it did.
        explanation: the engine's own words, where it said any.
        object_name: the container, image, port ... that it is about, where that is known.

    Example:
        >>> error = ObjectNotFoundError("expected a container", object_name="web")
        >>> print(error, error.object_name)
        expected a container web
    """

    #: Set by `course.live.translation` in the classes that it makes, which have no place to be
    #: imported from.
    combined: ClassVar[bool] = False

    def __new__(cls, *_arguments: object, **_fields: object) -> Self:
        """Make it as an OSError if it is one, too: those have a layout of their own."""
        builtin = OSError if issubclass(cls, OSError) else RuntimeError
        return builtin.__new__(cls)

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        explanation: str = "",
        object_name: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self._status_code = status_code
        self.explanation = explanation
        self.object_name = object_name

    # A property, since it is one in docker.errors.APIError, which translated errors inherit from.
    @property
    def status_code(self) -> int | None:
        """The HTTP status that the engine answered, or None."""
        return self._status_code

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Between processes only plain fields travel: a response holds a socket.
        own = next(kind for kind in type(self).__mro__ if not getattr(kind, "combined", False))
        plain = {
            name: value
            for name, value in vars(self).items()
            if value is None or isinstance(value, (str, int, float, bool))
        }
        return _revive, (own, plain)

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: a learner needs the message, not our call stack."""
        return [f"{type(self).__name__}: {self.message}"]


class EngineError(LiveError):
    """Report what is wrong with the engine as such."""


class EngineChoiceError(EngineError, ValueError):
    """Report that COURSE_ENGINE, DOCKER_HOST or a docker context names no engine to be used."""


class NoEngineError(EngineError, ConnectionError):
    """Report that no engine listens, and that none can be started."""


class EngineNotAnsweringError(EngineError, TimeoutError):
    """Report an engine that is there and does not answer in time."""


class EngineGoneError(EngineError, ConnectionError):
    """Report an engine that went away while it was used."""


class EngineForbiddenError(EngineError, PermissionError):
    """Report an engine that this user may not use."""


class EngineFaultError(EngineError):
    """Report that the engine itself failed, or answered what cannot be understood."""


class RequestError(LiveError):
    """Report that the engine refused what it was asked."""


class ObjectNotFoundError(RequestError, LookupError):
    """Report a container, network, volume or other object that there is not."""


class ImageNotPresentError(ObjectNotFoundError):
    """Report an image that the engine has not, and that no registry in reach has."""


class ConflictError(RequestError):
    """Report that what is there already forbids what was asked."""


class NameConflictError(ConflictError):
    """Report a name that another object has."""


class PortInUseError(ConflictError):
    """Report a port that another program or container listens on."""


class BadRequestError(RequestError, ValueError):
    """Report a parameter that the engine or the SDK cannot use."""


class UnsupportedError(RequestError):
    """Report what this engine's or this SDK's version cannot do."""


class BuildFailedError(LiveError):
    """Report a build that failed.

    Attributes:
        instruction: the Dockerfile's instruction that failed, such as ``"RUN false"``; empty where
            it is not known.
        output: the last lines that it printed.
    """

    def __init__(
        self, message: str, *, instruction: str = "", output: str = "", **fields: Any
    ) -> None:
        super().__init__(message, **fields)
        self.instruction = instruction
        self.output = output


class ContainerFailedError(LiveError):
    """Report a container that ended with an exit code other than 0.

    Attributes:
        exit_code: as given by its main process; 128 + n where signal n ended it.
        out_of_memory: whether the kernel killed it since it reached its memory limit; None where
            that is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        exit_code: int = 1,
        out_of_memory: bool | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message, **fields)
        self.exit_code = exit_code
        self.out_of_memory = out_of_memory


class DiskFullError(LiveError, OSError):
    """Report a full disk."""


class OutOfTimeError(LiveError, TimeoutError):
    """Report something that took longer than it was given."""


class VirtualMachineError(LiveError):
    """Report what is wrong with a virtual machine.

    Attributes:
        console_tail: the last lines of its console, where there are any.
    """

    def __init__(self, message: str, *, console_tail: str = "", **fields: Any) -> None:
        if console_tail:
            message = f"{message}\nThe last lines of its console:\n{indented(console_tail)}"
        super().__init__(message, **fields)
        self.console_tail = console_tail


class QemuMissingError(VirtualMachineError):
    """Report that there is no QEMU, or none that is new enough."""


class NotEnoughMemoryError(VirtualMachineError):
    """Report that so little memory is left that the machine, or all beside it, would be killed."""


class FingerprintMismatchError(VirtualMachineError):
    """Report what was built or saved for another QEMU, machine, kernel or version of the course."""


class GuestDiedError(VirtualMachineError):
    """Report a machine that ended although nobody asked it to."""


class GuestFrozenError(VirtualMachineError):
    """Report a machine that is there, but stands still."""


class GuestsNotBuiltError(VirtualMachineError):
    """Report that there is nothing to boot yet: `course labvm build` has not been run."""


class GuestsBuildError(VirtualMachineError):
    """Report that building the guests failed."""


class MachineStateError(VirtualMachineError):
    """Report a machine that was asked for what it cannot do now: to go on while it runs, say."""


class DiskImageError(VirtualMachineError):
    """Report a disk image that cannot be read, made or converted."""


class LabVMError(VirtualMachineError):
    """Report what is wrong with the lab VM."""


class LabVMNotBuiltError(LabVMError):
    """Report that there is no lab VM to start yet."""


class LabVMBuildError(LabVMError):
    """Report that building the lab VM failed."""


def _revive(kind: type[LiveError], fields: dict[str, Any]) -> LiveError:
    """Make an error again in another process."""
    error = kind.__new__(kind)
    LiveError.__init__(error, fields["message"])
    vars(error).update(fields)
    return error


def tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-TAIL_LINES:])


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in tail(text).splitlines())
