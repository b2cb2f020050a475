"""The model of layers and of their cache: laws, and agreement with a slower way of reckoning."""

from __future__ import annotations

import dataclasses
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.exercise import problem
from course.model import BuildStep
from course.sizing.images import BuildPlan, disk_bytes, reads, rebuilt, stored_bytes

FILES = ("a.txt", "b.txt", "site/a.txt", "site/pages/b.txt", "site-old/a.txt")
LINES = (
    "FROM base", "ENV A=1", "COPY a.txt /srv/", "COPY b.txt site /srv/", "COPY . /srv/",
    "COPY --chown=7 site-old/ /srv/", "RUN cat a.txt", "ADD site/pages/ b.txt",
)  # fmt: skip

instructions = st.lists(st.sampled_from(LINES), min_size=1, max_size=8)


def keys(lines: list[str], contents: dict[str, int]) -> list[int]:
    """Return a cache key for each line, made as an engine makes it: from all that goes into it."""
    made, below = [], 0
    for line in lines:
        read = tuple((path, contents[path]) for path in FILES if reads(line, path))
        below = hash((below, line, read))
        made.append(below)
    return made


@given(instructions, st.sampled_from(FILES))
def test_what_is_rebuilt_is_what_has_another_key(lines: list[str], path: str) -> None:
    """The rule about the first line that is reached agrees with keys that are chained."""
    before = dict.fromkeys(FILES, 0)
    changed = [
        number
        for number, (old, new) in enumerate(
            zip(keys(lines, before), keys(lines, before | {path: 1}), strict=True), 1
        )
        if old != new
    ]
    assert rebuilt(lines, path) == changed


@given(instructions, st.data())
def test_what_comes_before_a_line_is_kept(lines: list[str], data: st.DataObject) -> None:
    """A line that is written anew is built, and so is all that follows, and nothing else."""
    number = data.draw(st.integers(1, len(lines)))
    assert rebuilt(lines, number) == list(range(number, len(lines) + 1))


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        ("COPY ./site /srv/", "site/a.txt", True),
        ("copy a.txt /srv/", "a.txt", True),
        ("COPY site /srv/", "site-old/a.txt", False),
        ("COPY b.txt a.txt", "a.txt", False),
        ("COPY --from=build a.txt /", "--from=build", False),
        ("RUN cp a.txt b.txt", "a.txt", False),
    ],
)
def test_what_an_instruction_reads(line: str, path: str, expected: bool) -> None:
    """Only sources are read: not targets, not options, not what a RUN mentions."""
    assert reads(line, path) is expected


def test_the_best_order_is_best_of_all() -> None:
    """No order that keeps to what each step needs takes less time; trying all of them shows it."""
    plan = problem("04", "ada").kitchen.plan
    possible = [o for o in permutations(plan.steps) if not plan.out_of_place(o)]
    assert sorted(possible) == sorted(plan.orders())
    least = min(plan.minutes_per_month(order) for order in possible)
    assert plan.minutes_per_month(plan.best_order()) == least


def test_a_month_is_the_sum_of_its_builds() -> None:
    """Twice the edits take twice the time, and a file that nobody edits takes none."""
    plan = problem("04", "ada").kitchen.plan
    double = dataclasses.replace(
        plan, edits_per_month={path: 2 * times for path, times in plan.edits_per_month.items()}
    )
    order = plan.best_order()
    assert double.minutes_per_month(order) == 2 * plan.minutes_per_month(order)
    assert dataclasses.replace(plan, edits_per_month={}).minutes_per_month(order) == 0


def test_an_order_holds_each_step_once() -> None:
    """Anything else is refused, with what was expected."""
    plan = BuildPlan("FROM base", {"A": BuildStep("RUN a", 1.0), "B": BuildStep("RUN b", 2.0)}, {})
    with pytest.raises(ValueError, match="expected each of A, B once, found A, A"):
        plan.minutes_per_month("AA")


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.just(7)), max_size=5))
def test_the_disk_holds_each_layer_once(images: list[dict[str, int]]) -> None:
    """It holds at least the largest image and at most all of them added up."""
    stored = stored_bytes(images)
    assert stored == 7 * len({digest for image in images for digest in image})
    assert max([0, *(sum(i.values()) for i in images)]) <= stored
    assert stored <= sum(sum(i.values()) for i in images)


def test_each_container_pays_for_what_it_writes() -> None:
    """One more container costs what it writes, however large the image is."""
    assert disk_bytes(800, 3, 4) - disk_bytes(800, 3, 3) == 3
    assert disk_bytes(800, 0, 100) == 800
