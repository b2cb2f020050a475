"""What was seen of one virtual machine that was really booted, kept in a file beside the notebook.

- `Observation`: the order, QEMU's command line, what the guest said, its console
- `read`, `write`: the file

The digest in the file tells a slip of the editor, and `Observation.problems` what cannot be.
Neither proves anything.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from course.exercise.table import Table
from course.live.cache import writing

__all__ = ["COMMANDS", "Observation", "UnreadableObservationError", "read", "write"]

FORM = 1
_LARGEST_BYTES = 10**6

#: What every guest is asked, and how.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "kernel": "uname -sr",
        "machine": "uname -m",
        "processors": "grep -c ^processor /proc/cpuinfo",
        "processor": "grep -m1 '^model name' /proc/cpuinfo",
        "memory": "grep ^MemTotal /proc/meminfo",
        "disks": "ls /sys/block",
        "networks": "ls /sys/class/net",
        "devices": (
            "for d in /sys/bus/pci/devices/*; do "
            'echo "$(basename $d) $(cat $d/class) $(cat $d/vendor) $(cat $d/device)"; done'
        ),
        "log": "dmesg | head -n 400",
    }
)

#: The vendors of PCI devices that a guest of QEMU may meet, by their numbers, and what they are.
_VENDORS = MappingProxyType(
    {"0x1af4": "virtio (paravirtual)", "0x8086": "Intel (imitated)", "0x1234": "QEMU (imitated)"}
)
#: What a virtio device is, by its number.
_VIRTIO = MappingProxyType(
    {"0x1000": "network", "0x1001": "disk", "0x1005": "random numbers", "0x1003": "console"}
)
#: What a PCI device does, by the beginning of its class.
_CLASSES = MappingProxyType(
    {
        "0x00": "of no class",
        "0x01": "disk",
        "0x02": "network",
        "0x03": "display",
        "0x06": "bridge",
        "0x07": "serial line",
        "0x08": "system",
        "0x0c": "bus",
        "0xff": "none of the usual",
    }
)

_MEMORY_ARGUMENT = re.compile(r"(?:size=)?(\d+)([KMG]?)(?:,.*)?\Z")
_CPUS_ARGUMENT = re.compile(r"(?:cpus=)?(\d+)(?:,.*)?\Z")


class UnreadableObservationError(ValueError):
    """Report a file that holds no observation."""


@dataclass(frozen=True)
class Observation:
    """A virtual machine that was booted, and what was seen of it.

    Attributes:
        memory_asked_mib: the memory that was ordered, in MiB.
        cpus_asked: the virtual processors that were ordered.
        devices: ``virtio`` or ``emulated``.
        accelerator: ``tcg`` (emulated) or ``kvm``.
        command_line: how QEMU was started.
        said: what the guest printed, by the names of `COMMANDS`; further commands by themselves.
        console: the end of its console.
        seconds: from QEMU's start until the guest was ready.
        host_kernel: the kernel of the machine that it ran on.
        machine: that machine in a few words.
        time: when, in UTC, as ISO 8601.
        digest: a digest of all the rest; computed where none is given.
    """

    memory_asked_mib: int
    cpus_asked: int
    devices: str
    accelerator: str
    command_line: tuple[str, ...]
    said: Mapping[str, str]
    console: str
    seconds: float
    host_kernel: str
    machine: str
    time: str
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", self._own_digest())

    def _own_digest(self) -> str:
        content = asdict(self) | {"said": dict(self.said), "command_line": list(self.command_line)}
        del content["digest"]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def _argument(self, option: str) -> str:
        """Return what follows an option on the command line, or nothing."""
        line = self.command_line
        return line[line.index(option) + 1] if option in line[:-1] else ""

    @property
    def memory_given_mib(self) -> int | None:
        """The memory that QEMU was started with, in MiB, or None if its line does not say."""
        found = _MEMORY_ARGUMENT.match(self._argument("-m"))
        if found is None:
            return None
        kib = int(found[1]) * {"K": 1, "G": 2**20}.get(found[2], 1024)
        return -(-kib // 1024)  # the course's machines have a few KiB less than whole MiB

    @property
    def cpus_given(self) -> int | None:
        """The virtual processors that QEMU was started with, or None if its line does not say."""
        found = _CPUS_ARGUMENT.match(self._argument("-smp"))
        return int(found[1]) if found else None

    @property
    def memory_kib(self) -> int | None:
        """The memory that the guest's kernel says it has, in KiB, or None."""
        found = re.search(r"(\d+) kB", self.said.get("memory", ""))
        return int(found[1]) if found else None

    @property
    def memory_mib(self) -> float:
        """The memory that the guest's kernel says it has, in MiB; 0 if it said nothing."""
        return (self.memory_kib or 0) / 1024

    @property
    def cpus(self) -> int | None:
        """The processors that the guest sees, or None."""
        said = self.said.get("processors", "").strip()
        return int(said) if said.isdigit() else None

    @property
    def kernel(self) -> str:
        """The guest's kernel."""
        return self.said.get("kernel", "").strip()

    @property
    def processor(self) -> str:
        """The processor that the guest believes to have."""
        return self.said.get("processor", "").partition(":")[2].strip()

    @property
    def log(self) -> list[str]:
        """The first lines of what the guest's kernel wrote while it booted."""
        return self.said.get("log", "").splitlines()

    def pci(self) -> Table:
        """Return the devices that the guest finds on its PCI bus."""
        rows = tuple(
            (
                slot,
                _VIRTIO.get(device, _CLASSES.get(kind[:4], kind)),
                _VENDORS.get(vendor, vendor),
                device,
            )
            for line in self.said.get("devices", "").splitlines()
            if len(line.split()) == 4
            for slot, kind, vendor, device in (line.split(),)
        )
        return Table(
            f"What a guest with {self.devices} devices finds on its PCI bus (measured)",
            ("place", "what it is", "whose", "number"),
            rows,
        )

    def problems(self) -> tuple[str, ...]:
        """Return what cannot be true of it, a sentence each; nothing if it can all be."""
        found = []
        if self.digest != self._own_digest():
            found.append(
                "It was changed after it was seen: its digest is that of other contents. "
                "Boot the machine anew (again=True)."
            )
        if self.accelerator not in ("tcg", "kvm"):
            found.append(f"There is no accelerator {self.accelerator!r}.")
        if self.memory_given_mib is None or self.memory_given_mib != self.memory_asked_mib:
            found.append(
                f"QEMU was started with -m {self._argument('-m') or '(nothing)'}, "
                f"ordered were {self.memory_asked_mib} MiB."
            )
        given = self.memory_given_mib or 0
        if self.memory_kib is None or not 0.25 * given < self.memory_mib < given:
            found.append(
                f"The guest says {self.said.get('memory', 'nothing')!r} of its memory: "
                "a kernel has most of the machine's, and never all."
            )
        if self.cpus is None or self.cpus_given != self.cpus:
            found.append(
                f"QEMU was started with -smp {self._argument('-smp') or '(nothing)'}, and the "
                f"guest says {self.said.get('processors', 'nothing')!r} of its processors."
            )
        if not 0.01 < self.seconds < 3600:
            found.append(f"No machine boots in {self.seconds} s.")
        return tuple(found)

    def __repr__(self) -> str:
        how = {"tcg": "emulated (TCG)", "kvm": "accelerated by KVM"}.get(
            self.accelerator, self.accelerator
        )
        return (
            f"measured: a virtual machine, {how}, ready in {self.seconds:.2f} s. "
            f"Its kernel is {self.kernel}, sees {self.cpus} processor{'s' * (self.cpus != 1)} and "
            f"{self.memory_mib:.1f} MiB, and believes that it is a {self.processor}."
        )


_FIELDS: dict[str, type | tuple[type, ...]] = {
    "memory_asked_mib": int,
    "cpus_asked": int,
    "devices": str,
    "accelerator": str,
    "command_line": list,
    "said": dict,
    "console": str,
    "seconds": (int, float),
    "host_kernel": str,
    "machine": str,
    "time": str,
    "digest": str,
}


def write(observation: Observation, path: Path) -> None:
    """Write an observation into a file, in one step.

    Args:
        observation: what was seen.
        path: the file.
    """
    data = asdict(observation) | {"said": dict(observation.said), "form": FORM}
    with writing(path) as stream:
        stream.write(json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n")
    path.chmod(0o644)  # it is handed in: others read it


def read(path: Path) -> Observation:
    """Read an observation from a file.

    Args:
        path: the file.

    Raises:
        UnreadableObservationError: it cannot be read, or is something else.
    """
    expected = f"expected what was seen of a virtual machine in {path.name}"
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UnreadableObservationError(f"{expected}, found {path.stat().st_size} bytes.")
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, UnreadableObservationError):
            raise
        raise UnreadableObservationError(
            f"{expected}, and it cannot be read: {error}. Boot the machine anew (again=True)."
        ) from error
    if not isinstance(data, dict) or data.get("form") != FORM:
        raise UnreadableObservationError(f"{expected}, found something else.")
    for name, kind in _FIELDS.items():
        if not isinstance(data.get(name), kind) or isinstance(data[name], bool):
            raise UnreadableObservationError(f"{expected}, found no usable {name!r} in it.")
    texts = [*data["command_line"], *data["said"].values()]
    if not all(isinstance(text, str) for text in texts):
        raise UnreadableObservationError(f"{expected}, found something that is no text in it.")
    fields = {name: data[name] for name in _FIELDS}
    fields["command_line"] = tuple(data["command_line"])
    fields["digest"] = data["digest"] or "none"
    return Observation(**fields)
