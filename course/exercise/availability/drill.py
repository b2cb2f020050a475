"""What became of one virtual machine in a drill, kept in a file beside the notebook.

- `Event`: one step, what it put out, and what the machine then held
- `Drill`: the steps of one drill, in order
- `read`, `write`: the file

The digest in the file tells a slip of the editor, and `Drill.problems` what cannot be.
Neither proves anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.table import Table
from course.live.cache import writing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["STATES", "WORDS", "Drill", "Event", "UnreadableDrillError", "read", "write"]

FORM = 1
_LARGEST_BYTES = 10**6

#: Steps that are no commands for the guest.
WORDS = ("boot", "snapshot", "crash", "restore")
#: What a machine is after a step.
STATES = ("running", "gone")


class UnreadableDrillError(ValueError):
    """Report a file that holds no drill."""


@dataclass(frozen=True)
class Event:
    """One step of a drill.

    Attributes:
        step: what was to be done.
        output: what came of it, in words.
        done: whether it could be done.
        seconds: how long it took.
        state: what the machine was afterwards: ``running`` or ``gone``.
        process: the id of its QEMU's process; 0 where it was gone.
        boot: what the guest's kernel calls this boot of itself; empty where it was gone.
        held: the files in the guest's memory (``/dev/shm``), contents by name.
    """

    step: str
    output: str
    done: bool
    seconds: float
    state: str
    process: int
    boot: str
    held: Mapping[str, str]


@dataclass(frozen=True)
class Drill:
    """A machine that was booted, and what was done with it.

    Attributes:
        steps: the steps that were asked for.
        events: what came of each; the first one is the boot.
        memory_mib: the machine's memory, in MiB.
        accelerator: ``tcg`` (emulated) or ``kvm``.
        snapshot_mib: what the last snapshot took on the disk, in MiB; 0 if there was none.
        machine: where it ran, in a few words.
        time: when, in UTC, as ISO 8601.
        digest: a digest of all the rest; computed where none is given.
    """

    steps: tuple[str, ...]
    events: tuple[Event, ...]
    memory_mib: int
    accelerator: str
    snapshot_mib: float
    machine: str
    time: str
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", self._own_digest())

    def _own_digest(self) -> str:
        content = _content(self)
        del content["digest"]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def problems(self) -> tuple[str, ...]:
        """Return what cannot be true of it, a sentence each; nothing if it can all be."""
        found = []
        if self.digest != self._own_digest():
            found.append(
                "It was changed after it was written: its digest is that of other contents. "
                "Hold the drill anew (again=True)."
            )
        if self.accelerator not in ("tcg", "kvm"):
            found.append(f"There is no accelerator {self.accelerator!r}.")
        if tuple(event.step for event in self.events) != ("boot", *self.steps):
            found.append("Its events are not those of its steps.")
        boots: set[str] = set()
        for number, event in enumerate(self.events):
            running = event.state == "running"
            if event.state not in STATES or running != bool(event.process and event.boot):
                found.append(f"Step {number} leaves a machine that is neither there nor gone.")
            if not 0 <= event.seconds < 3600:
                found.append(f"Step {number} cannot have taken {event.seconds} s.")
            if not running and event.held:
                found.append(f"Step {number}: a machine that is gone holds nothing.")
            if event.step == "restore" and event.done and event.boot not in boots:
                found.append(f"Step {number} restores a machine that never was.")
            boots.add(event.boot)
        return tuple(found)

    def _rows(self) -> tuple[tuple[Any, ...], ...]:
        return tuple(
            (
                event.step,
                event.output or ("done" if event.done else "not done"),
                round(event.seconds, 2),
                event.process or "gone",
                event.boot[:8] or "gone",
                ", ".join(f"{name}: {content}" for name, content in event.held.items()) or "-",
            )
            for event in self.events
        )

    def table(self) -> Table:
        """Return the steps as a table."""
        how = {"tcg": "emulated", "kvm": "KVM"}.get(self.accelerator, self.accelerator)
        headings = ("step", "what came of it", "took (s)", "process", "boot", "held in memory")
        return Table(f"A drill (measured, {how})", headings, self._rows())

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def _content(drill: Drill) -> dict[str, Any]:
    content = asdict(drill)
    content["steps"] = list(drill.steps)
    content["events"] = [asdict(event) | {"held": dict(event.held)} for event in drill.events]
    return content


_FIELDS: dict[str, type | tuple[type, ...]] = {
    "steps": list,
    "events": list,
    "memory_mib": int,
    "accelerator": str,
    "snapshot_mib": (int, float),
    "machine": str,
    "time": str,
    "digest": str,
}
_EVENT_FIELDS: dict[str, type | tuple[type, ...]] = {
    "step": str,
    "output": str,
    "done": bool,
    "seconds": (int, float),
    "state": str,
    "process": int,
    "boot": str,
    "held": dict,
}


def write(drill: Drill, path: Path) -> None:
    """Write a drill into a file, in one step.

    Args:
        drill: what was done.
        path: the file.
    """
    text = json.dumps(_content(drill) | {"form": FORM}, indent=1, ensure_ascii=False)
    with writing(path) as stream:
        stream.write(text.encode() + b"\n")
    path.chmod(0o644)  # it is handed in: others read it


def read(path: Path) -> Drill:
    """Read a drill from a file.

    Args:
        path: the file.

    Raises:
        UnreadableDrillError: it cannot be read, or is something else.
    """
    expected = f"expected a drill in {path.name}"
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UnreadableDrillError(f"{expected}, found {path.stat().st_size} bytes.")
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, UnreadableDrillError):
            raise
        raise UnreadableDrillError(
            f"{expected}, and it cannot be read: {error}. Hold the drill anew (again=True)."
        ) from error
    if not isinstance(data, dict) or data.get("form") != FORM:
        raise UnreadableDrillError(f"{expected}, found something else.")
    fields = _checked(data, _FIELDS, expected)
    events = []
    for found in fields["events"]:
        if not isinstance(found, dict):
            raise UnreadableDrillError(f"{expected}, found an event that is none.")
        event = _checked(found, _EVENT_FIELDS, expected)
        if not all(isinstance(text, str) for text in event["held"].values()):
            raise UnreadableDrillError(f"{expected}, found a file that is no text in it.")
        events.append(Event(**event))
    if not all(isinstance(step, str) for step in fields["steps"]):
        raise UnreadableDrillError(f"{expected}, found a step that is no text in it.")
    fields["steps"], fields["events"] = tuple(fields["steps"]), tuple(events)
    return Drill(**fields | {"digest": fields["digest"] or "none"})


def _checked(
    data: Mapping[str, Any], known: Mapping[str, type | tuple[type, ...]], expected: str
) -> dict[str, Any]:
    for name, kind in known.items():
        value = data.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise UnreadableDrillError(f"{expected}, found no usable {name!r} in it.")
    return {name: data[name] for name in known}
