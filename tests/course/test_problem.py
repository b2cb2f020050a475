"""Personal problems: everybody's own, and the same everywhere."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys

import pytest

from autograders.answers.one_server_many_tenants import reference
from course.exercise import normalise_student_id, problem
from course.exercise.draw import Draw
from course.exercise.problem import ASSIGNMENTS, resolve_assignment

ASSIGNMENT = "01-one-server-many-tenants"
STUDENTS = [f"student-{number}" for number in range(60)]


def fingerprint(student: str) -> str:
    """Return a digest of everything in a student's problem."""
    posed = dataclasses.asdict(problem(ASSIGNMENT, student))
    return hashlib.sha256(repr(posed).encode()).hexdigest()


def test_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    assert fingerprint("ada") == "2d432ba27a2e80119dc4556cce1196c48b562d3f946fa1b260acee37443edaed"


def test_problem_is_the_same_in_another_process() -> None:
    """Nothing of the process, such as its hash seed, enters a problem."""
    code = "from tests.course.test_problem import fingerprint; print(fingerprint('grace'))"
    for seed in ("1", "2"):
        output = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert output.strip() == fingerprint("grace")


def test_everybody_has_other_numbers() -> None:
    """No two learners share a right answer to every question, nor the same room."""
    assert len({fingerprint(student) for student in STUDENTS}) == len(STUDENTS)
    for name in ("average_use", "memory_needed_gib", "kwh_before", "payback_months"):
        values = {reference(problem(ASSIGNMENT, student))[name] for student in STUDENTS}
        assert len(values) == len(STUDENTS), name


@pytest.mark.parametrize("variant", ["Ada", "  ada ", "ADA", "\u212bda".replace("\u212b", "A")])
def test_an_id_is_one_id_however_it_is_typed(variant: str) -> None:
    """Case and blanks around an id do not matter."""
    assert problem(ASSIGNMENT, variant) == problem(ASSIGNMENT, "ada")


def test_without_an_id_there_is_the_example() -> None:
    """A notebook that nobody has signed shows the example company."""
    assert problem(ASSIGNMENT) == problem(ASSIGNMENT, None)
    assert problem(ASSIGNMENT).student_id == "example"


@pytest.mark.parametrize(
    ("student", "error", "said"),
    [
        (17, TypeError, 'Try student_id = "17"'),
        ("", ValueError, "is empty"),
        ("   ", ValueError, "is empty"),
        ("a/b", ValueError, "which no id has"),
        ("a\nb", ValueError, "which no id has"),
        ("x" * 300, ValueError, "300 characters"),
    ],
)
def test_what_cannot_be_an_id_is_refused(
    student: object, error: type[Exception], said: str
) -> None:
    """The message says what was found and what to write instead."""
    with pytest.raises(error, match=said):
        normalise_student_id(student)


def test_assignments_are_named_by_their_beginning() -> None:
    """A beginning is enough where only one assignment has it; anything else lists them all."""
    assert resolve_assignment("01") == resolve_assignment("01-one") == ASSIGNMENT
    for name in ("99", "", "one-server"):
        if name or len(ASSIGNMENTS) > 1:
            with pytest.raises(LookupError, match=ASSIGNMENT):
                resolve_assignment(name)


def test_the_problem_itself_holds_no_answer() -> None:
    """No number that a learner is given is one that she is asked to work out."""
    asked = ("average_use", "idle_kwh_per_year", "peak_cores", "memory_needed_gib", "kwh_before")
    for student in STUDENTS:
        room = problem(ASSIGNMENT, student)
        given = {round(number, 6) for number in _numbers(dataclasses.asdict(room))}
        right = reference(room)
        assert not [name for name in asked if round(right[name], 6) in given]


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [n for part in value.values() for n in _numbers(part)]
    if isinstance(value, list | tuple):
        return [n for part in value for n in _numbers(part)]
    return [float(value)] if isinstance(value, int | float) else []


def test_the_tables_say_their_units() -> None:
    """An inventory has a row for each server, and every quantity its unit."""
    room = problem(ASSIGNMENT, "ada")
    inventory = room.inventory()
    assert len(inventory) == len(room.servers) == 24
    assert "memory in use, peak (GB)" in inventory.headings
    html = inventory._repr_html_()
    assert html.count("<tr>") == 25
    assert 'scope="col"' in html
    assert html.count("text-align: right") == 9 * 25  # all but name and role
    assert all(unit for _what, _value, unit, _name in room.terms())


def test_terms_name_what_python_knows() -> None:
    """The table of terms tells a name that gives the value beside it."""
    room = problem(ASSIGNMENT, "ada")
    for _what, value, _unit, name in room.terms():
        assert eval(name, {"room": room}) == value  # noqa: S307 (the names are our own)


def test_a_server_knows_its_average_and_its_peak() -> None:
    """The columns of the inventory are those of the day behind them."""
    for server in problem(ASSIGNMENT, "ada").servers:
        day = server.busy_cores_by_hour
        assert len(day) == 24
        assert 0 <= min(day) <= server.average_use * server.cores <= max(day) <= server.cores
        assert server.peak_use == max(day) / server.cores
        assert server.memory_average_gb <= server.memory_peak_gb <= server.memory_gib * 1.0738


def test_draws_are_spread_and_repeat() -> None:
    """The same labels give the same draws, others give others, and all options are drawn."""
    assert [Draw("x").integer(1, 6) for _ in range(3)] == [Draw("x").integer(1, 6)] * 3
    draw = Draw("spread")
    assert {draw.integer(1, 6) for _ in range(200)} == {1, 2, 3, 4, 5, 6}
    assert Draw("ab", "c").fraction(0, 1) != Draw("a", "bc").fraction(0, 1)
    assert sorted(Draw("s").shuffled(range(9))) == list(range(9))
    parts = Draw("p").split(64, 4, 8)
    assert sum(parts) == 64
    assert min(parts) >= 8
    with pytest.raises(ValueError, match="cannot be split"):
        Draw("p").split(10, 4, 8)
