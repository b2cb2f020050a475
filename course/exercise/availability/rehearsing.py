"""Hold a drill with a real virtual machine: boot it, save it, destroy it, bring it back.

- `rehearse`: do the steps of a drill and write down what came of them; or read what was written
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.exercise.availability.drill import WORDS, Drill, Event, read, write
from course.live.errors import LiveError
from course.live.progress import report, show
from course.live.unavailable import Unavailable

if TYPE_CHECKING:
    from course.live.progress import Reporter

__all__ = ["MOST_STEPS", "rehearse"]

MOST_STEPS = 16
_SHOWN = 300  # characters of what a step puts out

# What the guest calls this boot of its kernel, and what it holds in memory.
_LOOK = (
    "cat /proc/sys/kernel/random/boot_id; cd /dev/shm; for f in *; do "
    '[ -f "$f" ] && echo "$f=$(head -c 200 "$f" | tr "\\n" " ")"; done'
)


def rehearse(
    record: str, steps: Sequence[str], *, memory_mib: int = 96, again: bool = False
) -> Drill | Unavailable:
    """Boot a virtual machine, do something with it step by step, and write down what came of it.

    A step is one of these words, or else a command for the machine's shell.

    - ``snapshot`` saves the machine as it is, in place of an earlier snapshot, and lets it go on
    - ``crash`` kills its process, as a power cut would
    - ``restore`` has it go on from its snapshot, in a new process
    - ``boot`` starts a new machine

    The file is read, and nothing is booted, as long as it holds the same steps.

    Args:
        record: the name of that file.
        steps: what to do, in order. The machine is booted before the first.
        memory_mib: its memory, in MiB.
        again: do it even if there is a record.

    Returns:
        What was done; or, where no machine can be booted, something that says so.

    Raises:
        ValueError: `record` is no name of a file in this folder, or the steps are no steps.
    """
    path = Path(record)
    if path.name != record or not record.endswith(".json"):
        raise ValueError(
            f"expected the name of a file for this folder, such as 'drill.json', found {record!r}"
        )
    if isinstance(steps, str) or not all(isinstance(step, str) and step.strip() for step in steps):
        raise ValueError(
            f"expected steps as a list of texts, such as ['snapshot', 'crash'], found {steps!r}"
        )
    if len(steps) > MOST_STEPS:
        raise ValueError(f"expected at most {MOST_STEPS} steps, found {len(steps)}")
    asked = tuple(step.strip() for step in steps)
    if not asked:
        return Unavailable("There are no steps yet.")
    if path.exists() and not again:
        found = read(path)
        if (found.steps, found.memory_mib) == (asked, memory_mib):
            return found
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        # The grader's machine is not the learner's.
        return Unavailable(
            f"{record} was not handed in with the notebook, or is of other steps, so nothing "
            "is known of what was done. Hand it in too."
        )
    try:
        drill = _hold(asked, memory_mib)
    except (LiveError, OSError) as error:
        return Unavailable(f"No virtual machine could be booted here. {error}")
    write(drill, path)
    return drill


def _hold(steps: tuple[str, ...], memory_mib: int) -> Drill:
    from course.live.workfolder import WorkFolder

    progress = show()
    with WorkFolder() as folder, contextlib.ExitStack() as ends:
        stage = _Stage(folder, ends, memory_mib, progress)
        events = []
        for number, step in enumerate(("boot", *steps)):
            report(progress, number / (len(steps) + 1), f"the drill: {step[:40]}")
            events.append(stage.do(step))
            if number == 0 and not events[0].done:
                raise LiveError(events[0].output)
        drill = Drill(
            steps=steps,
            events=tuple(events),
            memory_mib=memory_mib,
            accelerator=stage.accelerator,
            snapshot_mib=stage.snapshot_mib,
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            time=datetime.now(UTC).isoformat(),
        )
    report(progress, 1.0, "the drill is over")
    return drill


class _Stage:
    """The machine of a drill, which comes and goes."""

    def __init__(
        self, folder: Path, ends: contextlib.ExitStack, memory_mib: int, progress: Reporter
    ) -> None:
        self.accelerator = ""
        self.snapshot_mib = 0.0
        self._folder = folder
        self._ends = ends
        self._memory_mib = memory_mib
        self._progress = progress
        self._machine: Any = None
        self._saved: Any = None
        self._snapshots = 0

    def do(self, step: str) -> Event:
        """Do one step, and look at the machine."""
        began = time.perf_counter()
        try:
            output = getattr(self, f"_{step}")() if step in WORDS else self._run(step)
            done = True
        except (LiveError, OSError) as error:
            output, done = str(error), False
        seconds = time.perf_counter() - began
        boot, held = self._look()
        there = bool(boot)
        return Event(
            step=step,
            output=output.strip()[:_SHOWN],
            done=done,
            seconds=seconds,
            state="running" if there else "gone",
            process=int(self._machine.pid) if there else 0,
            boot=boot,
            held=held,
        )

    def _need(self) -> Any:
        if self._machine is None or self._machine.state != "running":
            raise LiveError("there is no machine any more")
        return self._machine

    def _run(self, command: str) -> str:
        done = self._need().run(command)
        text = f"{done.output}{done.errors}".strip()
        if done.code:
            raise LiveError(text or f"it ended with exit code {done.code}")
        return text

    def _begin(self, machine: Any) -> None:
        if self._machine is not None:
            self._machine.stop()
        self._machine = self._ends.enter_context(machine)
        self.accelerator = str(self._machine.accelerator)

    def _boot(self) -> str:
        from course.live.vm import VirtualMachine

        self._begin(VirtualMachine("tiny", memory_mib=self._memory_mib, progress=self._progress))
        return "a new machine runs"

    def _snapshot(self) -> str:
        machine = self._need()
        self._snapshots += 1
        saved = machine.snapshot(self._folder / f"snapshot-{self._snapshots}")
        if self._saved is not None:
            self._saved.delete()
        self._saved = saved
        self.snapshot_mib = saved.memory_bytes / 2**20
        return f"saved, {self.snapshot_mib:.0f} MiB"

    def _crash(self) -> str:
        self._need().crash()
        return "its process was killed"

    def _restore(self) -> str:
        from course.live.vm import VirtualMachine

        if self._saved is None:
            raise LiveError("there is no snapshot that it could go on from")
        self._begin(VirtualMachine.restored(self._saved, progress=self._progress))
        return "it goes on from its snapshot"

    def _look(self) -> tuple[str, dict[str, str]]:
        if self._machine is None or self._machine.state != "running":
            return "", {}
        boot, *files = self._machine.run(_LOOK).output.splitlines() or [""]
        held = (line.partition("=") for line in files)
        return boot.strip(), {name: content.strip() for name, _, content in held}
