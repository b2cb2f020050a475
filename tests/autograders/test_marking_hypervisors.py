"""Marking assignment 02: values by mutants, measurements by records that could have been made."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from autograders.answers.hypervisors import ITEMS, measured_answers, mutants, reference
from autograders.answers.hypervisors.run_time_function import MISTAKEN, draw_instances
from autograders.answers.hypervisors.run_time_function import run_time as ready_made
from autograders.marking import mark
from course.exercise import check, problem
from course.exercise.draw import Draw
from course.exercise.hypervisors import NOTES
from course.exercise.hypervisors.mistakes import MISTAKES
from course.exercise.notes import near
from course.live.unavailable import Unavailable
from course.simulation.overhead import TECHNIQUES, cycles_by_counts
from tests.submissions_hypervisors import (
    ASSIGNMENT,
    changed,
    hand_in,
    image,
    overhead,
    records,
    renumbered,
    seen,
    startup,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from autograders.checks import Mark
    from course.exercise import Answer

STUDENTS = [f"student-{number}" for number in range(40)]
MEASURED = {"machine": 4, "boot": 4, "devices": 4, "speed": 3}


def own_run_time(program: Any, technique: str, costs: Any, clock_ghz: float) -> float:
    """Say how long a program takes, as a learner would write it."""
    cycles = 0.0
    for line, times in program:
        special = line.startswith(("out ", "page "))
        if technique == "direct":
            cycles += times * costs.direct
        elif technique == "trap-and-emulate":
            cycles += times * (costs.exit + costs.emulation if special else costs.direct)
        elif technique == "paravirtual":
            cycles += times * (costs.hypercall + costs.emulation if special else costs.direct)
        elif technique == "interpretation":
            cycles += times * (costs.dispatch + (costs.emulation if special else costs.direct))
        else:
            raise ValueError(technique)
    return cycles / clock_ghz / 1e9


def looked_at(item: str, student: str = "ada", **changes: Any) -> Answer:
    """Look at an answer that is right but for the changes, as its notebook does."""
    task = problem(ASSIGNMENT, student)
    found = records(task)
    right = reference(task) | measured_answers(found) | {"run_time": own_run_time}
    right["machine"] = found.machine
    right["table"] = found.startup if item == "boot" else found.overhead
    return check(ASSIGNMENT, item, student, **(right | changes))


def submit(item: str, student: str = "ada", **changes: Any) -> Mark:
    """Mark an answer that is right but for the changes."""
    return mark(looked_at(item, student, **changes))


def test_what_is_looked_at_is_marked() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS)
def test_right_values_earn_everything(student: str) -> None:
    """In every problem the reference answers earn full marks."""
    for item in ITEMS:
        if item != "images":
            marked = submit(item, student)
            assert marked.points == marked.possible, (item, marked)


@pytest.mark.parametrize("student", STUDENTS)
def test_every_mutant_costs_what_it_should(student: str) -> None:
    """In every problem each usual mistake costs its points in its item, and is named."""
    task = problem(ASSIGNMENT, student)
    for mutant in mutants(task, records(task)):
        marked = submit(mutant.item, student, **{mutant.variable: mutant.value})
        assert marked.possible - marked.points == pytest.approx(mutant.points_lost), mutant
        assert mutant.sentence in marked.message, mutant


def test_every_mistake_is_tried() -> None:
    """No usual mistake that has a sentence for it goes untested."""
    names = set()
    for student in STUDENTS:
        task = problem(ASSIGNMENT, student)
        names |= {mutant.name.split(": ")[1] for mutant in mutants(task, records(task))}
    assert set(MISTAKES) == names & set(MISTAKES) | set(MISTAKEN) | {"unknown_accepted"}


def test_an_answer_that_follows_earns_its_points() -> None:
    """Each mistake costs once: cycles follow from the learner's counts, seconds from her cycles."""
    task = problem(ASSIGNMENT, "ada")
    count, privileged = task.toy.instructions * 2, task.toy.privileged * 2
    cycles = {
        name: cycles_by_counts(count, privileged, technique, task.toy.costs)
        for name, technique in zip(
            ("direct_cycles", "trapped_cycles", "hypercall_cycles", "interpreted_cycles"),
            TECHNIQUES,
            strict=True,
        )
    }
    seconds = cycles["trapped_cycles"] / task.toy.clock_ghz / 1e9
    own = {"instructions": count, "privileged": privileged, "trapped_s": seconds, **cycles}
    marked = submit("cycles", **own)
    assert marked.points == marked.possible
    assert marked.message.count("follows from your own") == 5
    wrong = {"trapped_cycles": 1.5 * cycles["interpreted_cycles"], "cheaper": "interpretation"}
    assert submit("break_even", **(own | wrong)).points == 3


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        ("counts", {"instructions": "many", "privileged": None}),
        ("cycles", {"trapped_cycles": [1], "trapped_s": -1}),
        ("break_even", {"break_even_share": float("nan"), "cheaper": 3}),
        ("places", {"places": "type 1", "misplaced": 4, "gone": "rkt"}),
        ("places", {"places": {}, "misplaced": None, "gone": [["rkt"]]}),
        ("boot", {"stages_s": [1, 2], "longest_stage": 4, "longest_share": "half"}),
        ("boot", {"stages_s": {3: 4}, "longest_stage": None, "longest_share": True}),
        ("boot", {"longest_stage": ["kernel"], "longest_share": {}}),
        ("places", {"places": {n: ["x"] for n in problem(ASSIGNMENT, "ada").choice.systems}}),
        ("devices", {"disk_ratio": None, "network_ratio": "3"}),
        ("speed", {"slowdown": {}, "accelerator": ["tcg"]}),
        ("machine", {"hidden_mib": "31"}),
        ("quiz", {"quiz": "c"}),
    ],
)
def test_whatever_is_answered_is_marked(item: str, changes: dict[str, Any]) -> None:
    """An answer of another kind costs its points and stops nothing."""
    marked = submit(item, **changes)
    assert marked.points < marked.possible
    assert looked_at(item, **changes).notes()


# The function


@pytest.mark.parametrize("name", MISTAKEN)
def test_mistaken_functions_are_named(name: str) -> None:
    """A function with one usual mistake is told which, and keeps half of what it touches."""
    marked = submit("run_time", run_time=lambda *a: MISTAKEN[name](*a))
    assert MISTAKES[name] in marked.message
    wrong = marked.message.partition("Not right: ")[2].partition(".")[0].split(", ")
    assert marked.points == 5 - len(wrong) / 2


def library(program: Any, technique: str, costs: Any, clock_ghz: float) -> float:
    """Leave the work to the course."""
    return cycles_by_counts(1, 0, technique, costs) / clock_ghz


@pytest.mark.parametrize(
    ("function", "points", "said"),
    [
        (library, 0, "own model do the work"),
        (lambda *a: None, 0, "returns nothing"),
        (lambda *a: 7.0, 0, "no technique"),
        (lambda p, t, c, g: p[t], 0, "raised TypeError"),
        (lambda p, t, c, g: own_run_time(p, "direct", c, g), 1, "should raise a ValueError"),
        ("run_time", 0, "not answered yet"),
        (None, 0, "not answered yet"),
    ],
)
def test_other_functions(function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit("run_time", run_time=function)
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_programs_tell_right_from_wrong(secret: str) -> None:
    """Every usual mistake shows on some of them, no two give the same, and the model agrees."""
    drawn = draw_instances(Draw(secret))
    given = {
        name: [
            function(each.lines, technique, each.costs, each.clock_ghz)
            for each in drawn
            for technique in TECHNIQUES
        ]
        for name, function in {**MISTAKEN, "right": ready_made, "own": own_run_time}.items()
    }
    assert given.pop("own") == pytest.approx(given["right"], rel=1e-9)
    lists = list(given.values())
    for number, one in enumerate(lists):
        assert all(
            any(not near(a, b, tolerance=1e-6) for a, b in zip(one, other, strict=True))
            for other in lists[number + 1 :]
        )
    for each in drawn:
        special = sum(n for line, n in each.lines if line.split()[0] in ("out", "page"))
        count = sum(n for _line, n in each.lines)
        for technique in TECHNIQUES:
            cycles = cycles_by_counts(count, special, technique, each.costs)
            assert ready_made(each.lines, technique, each.costs, each.clock_ghz) == pytest.approx(
                cycles / each.clock_ghz / 1e9
            )


# Records


def tampered() -> Any:
    """Return a table in which a figure was changed after it was written."""
    whole = overhead()
    rows = (dataclasses.replace(whole.rows[3], value=1.0), *whole.rows[1:])
    return dataclasses.replace(whole, rows=rows)


BAD_TABLES: dict[str, tuple[str, Callable[[], Any], str]] = {
    "none": ("devices", lambda: None, "not answered yet"),
    "unavailable": ("devices", lambda: Unavailable("There is no QEMU."), "There is no QEMU."),
    "a list": ("devices", lambda: [1, 2], "found list"),
    "another experiment": ("devices", startup, "found one of startup"),
    "and the other": ("boot", overhead, "found one of overhead"),
    "changed": ("devices", tampered, "was changed after it was measured"),
    "other unit": ("devices", lambda: changed(overhead(), 5, unit="MB/s"), "expected"),
    "no disk is so fast": ("devices", lambda: changed(overhead(), 21, value=1e12), "no machine"),
    "mixed accelerators": (
        "devices", lambda: changed(overhead(), 20, accelerator="kvm"), "emulated and others"),
    "half a start": ("boot", lambda: dataclasses.replace(
        startup(), rows=startup().rows[:-2], digest=""), "stages that others do not have"),
    "a gap": ("devices", lambda: changed(overhead(), 24, repeat=9), "one is missing"),
    "no guest": ("devices", lambda: dataclasses.replace(
        overhead().select(technology="process"), missing={"virtio VM": "There is no QEMU."},
        digest=""), "There is no QEMU."),
    "no host": ("speed", lambda: overhead().select(technology=("virtio VM", "emulated VM")),
                "process"),
    "stages too long": ("boot", lambda: changed(startup(), 2, value=9.0), "add up"),
    "one start": ("boot", lambda: renumbered(startup(), [1]), "a median needs"),
    "minutes": ("boot", lambda: changed(startup(), 4, value=2e5), "no machine"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_table_that_cannot_be_earns_nothing(name: str) -> None:
    """What was not measured, or cannot have been, earns nothing, and the reason is told."""
    item, make, said = BAD_TABLES[name]
    marked = submit(item, table=make())
    assert (marked.points, marked.possible) == (0, MEASURED[item])
    assert said in marked.message, marked


def test_a_table_travels_as_its_data() -> None:
    """A table that has been through JSON is marked like the one before."""
    assert submit("devices", table=overhead().to_data()).points == 4


def test_a_table_that_lies_about_itself_is_found_out() -> None:
    """A table whose methods were replaced is taken for what it holds."""

    class Honest(type(overhead())):  # type: ignore[misc]
        def problems(self) -> tuple[str, ...]:
            return ()

    forged = tampered()
    marked = submit("devices", table=Honest(**vars(forged)))
    assert marked.points == 0


TASK = problem(ASSIGNMENT, "ada")
MACHINES: dict[str, tuple[Callable[[], Any], float, str]] = {
    "right": (lambda: seen(TASK), 4, "as ordered"),
    "less memory": (lambda: seen(TASK, memory_asked_mib=64), 2, "is not what you were to order"),
    "more processors": (lambda: seen(TASK, cpus_asked=TASK.cpus + 1), 2, "is not what you were"),
    "none": (lambda: None, 0, "machine is not answered yet"),
    "unavailable": (lambda: Unavailable("There is no QEMU."), 0, "There is no QEMU."),
    "a table": (startup, 0, "found Table"),
    "changed": (lambda: dataclasses.replace(seen(TASK), cpus_asked=9), 0, "was changed after"),
    "forged order": (lambda: seen(TASK, command_line=("qemu", "-m", "64M", "-smp", "1")), 0,
                     "started with -m 64M"),
    "forged guest": (lambda: seen(TASK, guest_mib=4096), 0, "never all"),
    "all of it": (lambda: seen(TASK, guest_mib=TASK.memory_mib), 0, "never all"),
    "another accelerator": (lambda: seen(TASK, accelerator="turbo"), 0, "no accelerator"),
}  # fmt: skip


@pytest.mark.parametrize("name", MACHINES)
def test_machines(name: str) -> None:
    """The order is compared with QEMU's command line and with what the guest says of itself."""
    make, points, said = MACHINES[name]
    marked = submit("machine", machine=make())
    assert (marked.points, marked.possible) == (points, 4), marked
    assert said in marked.message, marked


# Images


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a submission's folder, with the notebook's files in it, and work there."""
    hand_in(tmp_path, "ada")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_images_that_hold_the_disk(folder: Path) -> None:
    """Three images, read without the program that made them, earn their points."""
    marked = submit("images")
    assert marked.points == marked.possible == len(list(folder.glob("disk.*"))) == 3


def test_no_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none of them, that is said, and nothing is earned."""
    monkeypatch.chdir(tmp_path)
    assert "not answered yet: there is no disk." in submit("images").message


SPOILT: dict[str, tuple[Callable[[Path, str], None], str]] = {
    "renamed": (lambda file, _: file.write_bytes(TASK.disk.content), "of the format raw inside"),
    "somebody else's": (
        lambda file, name: file.write_bytes(image(problem(ASSIGNMENT, "eve").disk, name)),
        "is not yours"),
    "broken off": (lambda file, _: file.write_bytes(file.read_bytes()[:60]), "disk."),
    "one byte": (lambda file, _: file.write_bytes(file.read_bytes()[:-1] + b"?"), "goes on else"),
    "missing": (lambda file, _: file.unlink(), "There is no"),
    "a folder": (lambda file, _: (file.unlink(), file.mkdir()), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_images(folder: Path, name: str) -> None:
    """Each image by itself: what holds another disk, or none, costs its point."""
    spoil, said = SPOILT[name]
    form, file = next(iter(TASK.disk.files.items()))
    spoil(folder / file, form)
    marked = submit("images")
    assert (marked.points, said in marked.message) == (2, True), marked
