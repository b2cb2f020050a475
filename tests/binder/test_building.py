"""What is sent to a builder, and what is read from the lines in which it tells how it goes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.binder.building import LAST_LINES, NotBuiltError, copy_of_checkout, follow

BUILDKIT = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [system 1/2] FROM docker.io/library/debian:bookworm-slim
#4 CACHED
#5 [system 2/2] RUN apt-get update
#5 0.288 Get:1 http://deb.debian.org
#6 [labvm 1/1] RUN python3
#6 DONE 0.1s
#5 DONE 2.3s
#7 exporting to image
#7 DONE 0.1s
"""
CLASSIC = """\
Step 1/3 : FROM debian:bookworm-slim
 ---> da4ad2fd6267
Step 2/3 : RUN apt-get update
 ---> Using cache
 ---> 0123456789ab
Step 3/3 : RUN python3
 ---> Running in 0123456789ab
Successfully built 0123456789ab
"""


@pytest.mark.parametrize(
    ("lines", "carried_out"),
    [
        (BUILDKIT, ["[labvm 1/1] RUN python3", "[system 2/2] RUN apt-get update"]),
        (CLASSIC, ["FROM debian:bookworm-slim", "RUN python3"]),
    ],
    ids=["BuildKit", "classic"],
)
def test_what_was_carried_out(lines: str, carried_out: list[str]) -> None:
    """Each builder's steps are told as they begin, and timed unless they were remembered."""
    told: list[str] = []
    build = follow((line for line in lines.splitlines()), "a builder", told.append)
    assert [step.instruction for step in build.steps] == carried_out
    assert all(step.took_s >= 0 for step in build.steps)
    for instruction in carried_out:
        assert any(instruction in line for line in told)


def test_a_failure_ends_with_the_last_lines() -> None:
    """What a builder said last is in the error, and not more than can be read."""

    def lines():
        yield from (f"line {number}" for number in range(100))
        raise NotBuiltError

    with pytest.raises(NotBuiltError) as caught:
        follow(lines(), "a builder", print)
    said = str(caught.value).splitlines()
    assert said[-1] == "line 99"
    assert len(said) <= LAST_LINES + 1


def test_what_is_sent(tmp_path: Path) -> None:
    """What is committed, changed or new; not what Git ignores or what was deleted."""
    checkout = tmp_path / "checkout"
    (checkout / "course").mkdir(parents=True)
    for name in (".gitignore", "course/kept.py", "deleted.py", "ignored.log", "new file.py"):
        (checkout / name).write_text("*.log\n")
    git = ["git", "-C", str(checkout)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "course", "deleted.py"], check=True)
    (checkout / "deleted.py").unlink()
    copied = copy_of_checkout(checkout, tmp_path / "copy")
    files = {str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file()}
    assert files == {".gitignore", "course/kept.py", "new file.py"}
