"""Marking the function `rebuilt(instructions, change)` on Dockerfiles that nobody has seen.

Each Dockerfile is drawn so that every usual mistake gives another answer on at least one of them.
A function that gives what a mistake gives on all of them holds that mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.learner_functions import Exercise, Extra, Task, written_function
from course.exercise.images_and_layers.mistakes import MISTAKES
from course.sizing.images import rebuilt

if TYPE_CHECKING:
    from course.exercise.draw import Draw

__all__ = ["MISTAKEN", "POINTS", "Instance", "draw_instances", "mark", "rebuilt"]

POINTS = 5.0
_FILE_POINTS, _LINE_POINTS, _NOBODY_POINTS = 3.0, 1.0, 1.0


@dataclass(frozen=True)
class Instance:
    """One hidden Dockerfile and a change.

    Attributes:
        instructions: its lines.
        change: the path of an edited file, or the number of a line that is written anew.
    """

    instructions: tuple[str, ...]
    change: str | int

    def given(self) -> tuple[list[str], str | int]:
        """Return what a learner's function is called with."""
        return list(self.instructions), self.change


def _sources(instruction: str) -> list[str]:
    keyword, *words = instruction.split()
    return [w for w in words[:-1] if not w.startswith("--")] if keyword == "COPY" else []


def _in(path: str, source: str) -> bool:
    return source in (".", path) or path.startswith(source.rstrip("/") + "/")


def _reads(line: str, path: str) -> bool:
    return any(_in(path, source) for source in _sources(line))


def _mistaken(
    reads: Callable[[str, str], bool] = _reads,
    take: Callable[[int, int], list[int]] = lambda first, last: list(range(first, last + 1)),
) -> Callable[[Sequence[str], str], list[int]]:
    """Return a function that differs from the right one in what reads a file, or what follows."""

    def function(instructions: Sequence[str], path: str) -> list[int]:
        for number, line in enumerate(instructions, 1):
            if reads(line, path):
                return take(number, len(instructions))
        return []

    return function


#: What each usual mistake gives where a file is edited.
MISTAKEN = MappingProxyType(
    {
        "only_the_changed": _mistaken(take=lambda first, _last: [first]),
        "changed_left_out": _mistaken(take=lambda first, last: list(range(first + 1, last + 1))),
        "everything": _mistaken(take=lambda _first, last: list(range(1, last + 1))),
        "counts_from_zero": _mistaken(take=lambda first, last: list(range(first - 1, last))),
        "run_reads_files": _mistaken(
            reads=lambda line, path: (
                path in line.split() if line.startswith("RUN") else _reads(line, path)
            )
        ),
        "prefix_for_folder": _mistaken(
            reads=lambda line, path: any(
                source == "." or path.startswith(source.rstrip("/")) for source in _sources(line)
            )
        ),
        "dot_forgotten": _mistaken(
            reads=lambda line, path: any(s != "." and _in(path, s) for s in _sources(line))
        ),
        "destination_for_source": _mistaken(
            reads=lambda line, path: (
                line.startswith("COPY") and any(_in(path, word) for word in line.split()[1:])
            )
        ),
        "several_sources": _mistaken(
            reads=lambda line, path: any(_in(path, source) for source in _sources(line)[:1])
        ),
    }
)

_WORDS = ("app", "menu", "shop", "till", "stock", "order", "table", "lamp", "guest", "plate")


def draw_instances(draw: Draw) -> list[Instance]:
    """Return hidden Dockerfiles with an edited file each, on which the usual mistakes show."""
    return [make(draw) for make in (_plain, _mentioned, _folder, _dot, _target, _plain, _folder)]


def _names(draw: Draw, count: int) -> list[str]:
    return [f"{word}{draw.integer(1, 9)}" for word in draw.shuffled(_WORDS)[:count]]


def _dockerfile(draw: Draw, *middle: str) -> tuple[str, ...]:
    """Return a whole Dockerfile around a few lines, with lines between that read nothing."""
    lines = [f"FROM base:{draw.integer(1, 9)}"]
    for line in middle:
        for _ in range(draw.integer(0, 2)):
            lines.append(f"{draw.choice(('ENV', 'LABEL'))} key{len(lines)}={draw.integer(1, 99)}")
        lines.append(line)
    return (*lines, f"RUN step {draw.integer(1, 99)}", 'CMD ["run"]')


def _plain(draw: Draw) -> Instance:
    first, second, third = _names(draw, 3)
    return Instance(
        _dockerfile(
            draw,
            f"COPY {first}.bin /srv/",
            f"COPY --chown=1000 {second}.txt {third}.txt /srv/",
            f"COPY {first}.ini {first}.cfg /srv/",
        ),
        f"{third}.txt",
    )


def _mentioned(draw: Draw) -> Instance:
    first, second = _names(draw, 2)
    return Instance(
        _dockerfile(draw, f"RUN touch {first}.txt", f"COPY {second}.py {first}.txt /srv/"),
        f"{first}.txt",
    )


def _folder(draw: Draw) -> Instance:
    first, second = _names(draw, 2)
    return Instance(
        _dockerfile(
            draw, f"COPY {first} /srv/{first}/", f"COPY {second}.py {first}-old/ /srv/{first}-old/"
        ),
        f"{first}-old/pages/{second}.html",
    )


def _dot(draw: Draw) -> Instance:
    first, second = _names(draw, 2)
    return Instance(
        _dockerfile(draw, f"COPY {first}.txt /srv/", "COPY . /srv/", f"COPY {second}/ /srv/"),
        f"{second}/{first}.py",
    )


def _target(draw: Draw) -> Instance:
    first, second = _names(draw, 2)
    return Instance(
        _dockerfile(draw, f"COPY {first}.txt {second}.txt", f"COPY {first}.py {second}.txt /srv/"),
        f"{second}.txt",
    )


def _line_instances(draw: Draw) -> list[Instance]:
    dockerfiles = [_plain(draw).instructions, _dot(draw).instructions]
    return [Instance(lines, draw.integer(2, len(lines))) for lines in dockerfiles]


def _nobody(draw: Draw) -> Instance:
    """Return a Dockerfile and a file that no line of it copies."""
    first, second = _names(draw, 2)
    return Instance(_dockerfile(draw, f"COPY {first}/ /srv/"), f"{second}.txt")


def _task(draw: Draw) -> Task:
    files, lines, nobody = draw_instances(draw), _line_instances(draw), _nobody(draw)
    return Task(
        Exercise(
            "rebuilt",
            POINTS,
            ready_made="the course's own model",
            no_function="is not a function any more.",
        ),
        rebuilt,
        MISTAKEN,
        MISTAKES,
        [instance.given() for instance in files],
        _FILE_POINTS,
        "Edited files are right in {} hidden Dockerfiles.",
        _same_lines,
        (
            Extra(
                [instance.given() for instance in lines],
                _LINE_POINTS,
                "A line that is written anew: right.",
                MISTAKES["line_changes_forgotten"],
            ),
            # A function that never finds anything is not right where nothing is to be found.
            Extra(
                [nobody.given()],
                _NOBODY_POINTS,
                "A file that no line copies: right.",
                "For a file that no line copies it should return an empty list.",
                after_others=True,
            ),
        ),
    )


def _same_lines(found: Any, expected: list[int]) -> bool:
    return isinstance(found, list | tuple) and list(found) == expected


#: Marks the item.
mark = written_function(_task)
