"""Build the image from what the checkout holds, and tell how it goes.

With BuildKit where the `docker` command has it, as Binder builds; else with the classic builder of
the SDK, which every engine has.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from docker.errors import APIError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import docker

    from tests.binder.engine import Engine

DOCKERFILE = "binder/Dockerfile"
LAST_LINES = 40

# BuildKit: "#12 [packages 3/5] RUN pip ..." and "#12 DONE 31.2s" or "#12 CACHED"
_BUILDKIT_STEP = re.compile(r"#(\d+) (\[(?!internal|auth).+)")
_BUILDKIT_END = re.compile(r"#(\d+) (DONE|CACHED)")
# the classic builder: "Step 7/31 : RUN pip ...", " ---> Using cache"
_CLASSIC_STEP = re.compile(r"Step (\d+/\d+) : (.+)")


class NotBuiltError(Exception):
    """The image was not built; the message ends with the last lines of the builder."""


@dataclass(frozen=True)
class Step:
    """One instruction of the Dockerfile that was carried out, and not remembered."""

    instruction: str
    took_s: float


@dataclass
class Build:
    """A finished build.

    Attributes:
        builder: which builder made it.
        took_s: how long that took, in seconds.
        steps: what was carried out.
    """

    builder: str
    took_s: float = 0
    steps: list[Step] = field(default_factory=list)


def copy_of_checkout(root: Path, folder: Path) -> Path:
    """Copy what is in a checkout, committed or new, but nothing that Git ignores.

    Args:
        root: the checkout.
        folder: where to; it is made.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (root / name).is_file():  # and was not deleted since it was committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)
    return folder


def build(engine: Engine, context: Path, tag: str, say: Callable[[str], None]) -> Build:
    """Build the image.

    Args:
        engine: what builds it.
        context: the checkout's copy.
        tag: what it is called.
        say: is told of every instruction that begins, and how long the last one took.

    Raises:
        NotBuiltError: it was not built.
    """
    environment = os.environ | {"DOCKER_HOST": engine.docker_host, "DOCKER_BUILDKIT": "1"}
    if has_buildkit(environment):
        return follow(_by_buildkit(environment, context, tag), "BuildKit", say)
    return follow(_by_sdk(engine.client, context, tag), "the classic builder", say)


def has_buildkit(environment: dict[str, str]) -> bool:
    """Tell whether the `docker` command and the engine can build by BuildKit: by trying it."""
    if not shutil.which("docker"):
        return False
    build_nothing = ["docker", "build", "--quiet", "-"]
    done = subprocess.run(
        build_nothing, input="FROM scratch\nLABEL of=nothing\n", env=environment, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode == 0:
        remove = ["docker", "image", "rm", done.stdout.strip()]
        subprocess.run(remove, env=environment, check=False, capture_output=True)
    return done.returncode == 0


# The engine of the tests' own has a network only where its host has it: on the host's.
def _by_buildkit(environment: dict[str, str], context: Path, tag: str) -> Generator[str]:
    command = ["docker", "build", "--progress=plain", "--network=host", "--tag", tag]
    with subprocess.Popen(
        [*command, "--file", str(context / DOCKERFILE), str(context)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield from process.stdout
        except BaseException:
            process.terminate()  # which ends the build
            process.wait()
            raise
    if process.returncode:
        raise NotBuiltError


def _by_sdk(client: docker.DockerClient, context: Path, tag: str) -> Generator[str]:
    said = client.api.build(
        path=str(context), dockerfile=DOCKERFILE, tag=tag, network_mode="host", rm=True,
        forcerm=True, decode=True,
    )  # fmt: skip
    with contextlib.closing(said):  # which ends the build, if it is not at its end
        for event in said:
            if "error" in event:
                yield event["error"]
                raise NotBuiltError
            yield from event.get("stream", "").splitlines()


def follow(lines: Generator[str], builder: str, say: Callable[[str], None]) -> Build:
    """Listen to a builder to its end.

    Args:
        lines: what it says; they are closed if that is cut short.
        builder: which one it is.
        say: is told of every instruction that begins, and how long the last one took.

    Raises:
        NotBuiltError: it has failed.
    """
    done, last = Build(builder), deque[str](maxlen=LAST_LINES)
    began = time.monotonic()
    clock = _Clock(done.steps, say)
    try:
        with contextlib.closing(lines):
            for line in lines:
                last.append(line.rstrip())
                clock.hear(line.rstrip())
    except (NotBuiltError, APIError) as error:
        raise NotBuiltError("\n".join([f"{builder} has failed: {error}", *last])) from error
    clock.end()
    done.took_s = time.monotonic() - began
    return done


class _Clock:
    """Reads from a builder's lines which instruction took how long."""

    def __init__(self, steps: list[Step], say: Callable[[str], None]) -> None:
        self._steps, self._say = steps, say
        self._began: dict[str, tuple[str, float]] = {}  # what runs: its instruction, since when

    def hear(self, line: str) -> None:
        if step := _CLASSIC_STEP.match(line):
            self.end()
            self._begin("", step[2], f"{step[1]} ")
        elif line == " ---> Using cache":
            self._began.clear()
        elif (step := _BUILDKIT_STEP.match(line)) and step[1] not in self._began:
            self._begin(step[1], step[2])
        elif end := _BUILDKIT_END.match(line):
            self.end(end[1], end[2] == "CACHED")

    def end(self, key: str = "", remembered: bool = False) -> None:
        """Note that an instruction has ended; the classic builder has one at a time."""
        instruction, since = self._began.pop(key, ("", 0))
        took_s = time.monotonic() - since
        if instruction and not remembered:
            self._steps.append(Step(instruction, took_s))
            if took_s >= 1:
                self._say(f"    {took_s:.0f} s for {short(instruction, 50)}")

    def _begin(self, key: str, instruction: str, number: str = "") -> None:
        self._began[key] = (instruction, time.monotonic())
        self._say(f"{number}{short(instruction)}")


def short(text: str, width: int = 70) -> str:
    """Shorten a command to one line.

    >>> short("RUN apt-get   update && apt-get install", 18)
    'RUN apt-get up ...'
    """
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 4]} ..."
