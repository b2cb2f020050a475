"""Build an image and see, instruction by instruction, what came from the cache.

- `build`: build an image from a Dockerfile and files that need not lie on a disk
- `Build`, `BuiltStep`: what a build did

The engine's ordinary build does the work; its messages are read as they come.
"""

from __future__ import annotations

import io
import re
import tarfile
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from course.live.errors import BuildFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import docker

    from course.live.progress import Reporter

__all__ = ["MODIFIED_S", "STEP", "Build", "BuiltStep", "build", "context"]

# "Step 3/7 : COPY app.py /srv/" (Docker), "STEP 3/7: COPY app.py /srv/" (Podman)
STEP = re.compile(r"step (\d+)/(\d+) ?: (.*)", re.IGNORECASE)
# " ---> Using cache" (Docker), "--> Using cache 5d0da3dc9764" (Podman)
_CACHED = re.compile(r"\s*-+> Using cache")
#: Files of a context carry one time, so that nothing but their contents makes a difference.
MODIFIED_S = 1_577_836_800  # 2020-01-01


@dataclass(frozen=True)
class BuiltStep:
    """One instruction in a build.

    Attributes:
        number: its number, counted from 1.
        instruction: the instruction, as it is written.
        cached: whether its layer was taken from the cache.
        seconds: how long the engine was at it, in seconds.
    """

    number: int
    instruction: str
    cached: bool
    seconds: float


@dataclass(frozen=True)
class Build:
    """What one build did.

    Attributes:
        tag: the image's name.
        image_id: the image's id, a digest.
        steps: its instructions in order.
        seconds: how long all of it took, in seconds.
    """

    tag: str
    image_id: str
    steps: tuple[BuiltStep, ...]
    seconds: float

    @property
    def rebuilt(self) -> list[int]:
        """The numbers of the instructions that were carried out, not taken from the cache."""
        # The base image is looked up, never built, so its line is no news.
        return [step.number for step in self.steps if not step.cached and step.number > 1]

    def __str__(self) -> str:
        lines = [f"{self.tag}: built in {self.seconds:.1f} s (measured)"]
        for step in self.steps:
            what = "start" if step.number == 1 else "cache" if step.cached else "BUILT"
            lines.append(f"{step.number:3}  {what}  {step.seconds:5.1f} s  {step.instruction}")
        return "\n".join(lines)

    __repr__ = __str__


def context(dockerfile: str, files: Mapping[str, bytes]) -> io.BytesIO:
    """Pack a Dockerfile and files into the archive that a build is sent.

    Args:
        dockerfile: the Dockerfile's text.
        files: contents by path.
    """
    packed = io.BytesIO()
    # The Dockerfile is no file of the context: `COPY . /srv/` would else read it too.
    ignore = files.get(".dockerignore", b"") + b"\nDockerfile\n.dockerignore\n"
    every = {**files, "Dockerfile": dockerfile.encode(), ".dockerignore": ignore}
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in every.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(content), MODIFIED_S, 0o644
            archive.addfile(member, io.BytesIO(content))
    packed.seek(0)
    return packed


def build(
    client: docker.DockerClient,
    tag: str,
    dockerfile: str,
    files: Mapping[str, bytes],
    *,
    cache: bool = True,
    labels: Mapping[str, str] | None = None,
    progress: Reporter | None = None,
) -> Build:
    """Build an image and watch what its instructions cost.

    Args:
        client: the engine.
        tag: the name to give the image.
        dockerfile: the Dockerfile's text.
        files: the files of the context, contents by path.
        cache: whether the engine may take layers from its cache.
        labels: labels of the image, beside those that its Dockerfile writes.
        progress: called with each instruction as it begins.

    Raises:
        BuildFailedError: an instruction failed, or the Dockerfile cannot be read.
    """
    from course.live.progress import report

    started = time.monotonic()
    messages = client.api.build(
        fileobj=context(dockerfile, files),
        custom_context=True,
        tag=tag,
        rm=True,
        forcerm=True,
        nocache=not cache,
        labels=dict(labels or {}),
        decode=True,
    )
    steps: list[BuiltStep] = []
    begun = started
    for line in _lines(tag, messages):
        now = time.monotonic()
        if found := STEP.match(line):
            if steps:
                steps[-1] = replace(steps[-1], seconds=now - begun)
            begun = now
            steps.append(BuiltStep(int(found[1]), found[3].strip(), cached=False, seconds=0.0))
            report(progress, (int(found[1]) - 1) / int(found[2]), found[3].strip())
        elif _CACHED.match(line) and steps:
            steps[-1] = replace(steps[-1], cached=True)
    ended = time.monotonic()
    if steps:
        steps[-1] = replace(steps[-1], seconds=ended - begun)
    report(progress, 1.0, f"built {tag}")
    written = _written(dockerfile)
    return Build(
        tag,
        str(client.images.get(tag).id),
        tuple(step for step in steps if step.number <= written),  # the course's label is one more
        ended - started,
    )


def _written(dockerfile: str) -> int:
    """Return how many instructions a Dockerfile holds."""
    lines = re.sub(r"\\\n", " ", dockerfile).split("\n")
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)


def _lines(tag: str, messages: Iterable[Any]) -> Iterable[str]:
    log: list[str] = []
    for message in messages:
        if "error" in message:
            raise BuildFailedError(
                f"The image {tag} was not built: {str(message['error']).strip()}\n"
                + "\n".join(log[-6:])
                + "\nLook at the instruction named last, and try again."
            )
        for line in str(message.get("stream", "")).splitlines():
            log.append(line)
            yield line
