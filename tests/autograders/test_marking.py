"""Marking assignment 01, item by item, without nbgrader."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import pytest

import autograders
from autograders.answers import MARKINGS
from autograders.answers.one_server_many_tenants import ITEMS, mutants, reference
from autograders.answers.one_server_many_tenants.hosts_needed import draw_instances
from autograders.checks import Mark, Mistake, Quantity, mark_quantity, own_number
from autograders.marking import STUDENT_VARIABLE, mark
from autograders.secret import DEFAULT_SECRET, course_secret
from course.exercise import Answer, check, problem
from course.exercise.draw import Draw
from course.exercise.one_server_many_tenants.notes import NOTES
from course.exercise.problem import ASSIGNMENTS
from tests.course.test_notes import own_hosts_needed
from tests.test_round import item_of

ASSIGNMENT = "01-one-server-many-tenants"
STUDENTS = [f"student-{number}" for number in range(40)]
POINTS = 36


@functools.cache
def right_answers(student: str) -> dict[str, Any]:
    """Return right answers of a student."""
    return reference(problem(ASSIGNMENT, student)) | {"hosts_needed": own_hosts_needed}


def submit(item: str, student: str, **changes: Any) -> Answer:
    """Return a right answer to an item, but for the changes."""
    return check(ASSIGNMENT, item, student, **(right_answers(student) | changes))


def test_every_assignment_is_marked_item_by_item() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert set(MARKINGS) == set(ASSIGNMENTS)
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS)
def test_right_answers_earn_everything(student: str) -> None:
    """In every room the reference answers earn full marks."""
    marks = [mark(submit(item, student)) for item in ITEMS]
    assert sum(m.points for m in marks) == sum(m.possible for m in marks) == POINTS


@pytest.mark.parametrize("student", STUDENTS)
def test_every_mutant_costs_what_it_should(student: str) -> None:
    """In every room each usual mistake costs its points in its item, and is named."""
    for mutant in mutants(problem(ASSIGNMENT, student)):
        given = submit(item_of(mutant.variable), student, **{mutant.variable: mutant.value})
        marked = mark(given)
        assert marked.possible - marked.points == pytest.approx(mutant.points_lost), mutant
        assert mutant.sentence in marked.message, mutant


def test_every_mistake_has_a_mutant() -> None:
    """No usual mistake that has a sentence for it goes untested."""
    from course.exercise.one_server_many_tenants.mistakes import MISTAKES

    names = {m.name.split(": ")[1] for s in STUDENTS for m in mutants(problem(ASSIGNMENT, s))}
    by_function = {"not_sorted", "tenants_cut"}  # tried as functions, in the round
    assert set(MISTAKES) - by_function <= names


def test_numbers_are_taken_with_three_digits() -> None:
    """A right number earns its points when it is rounded to four digits."""
    for student in STUDENTS[:10]:
        right = reference(problem(ASSIGNMENT, student))
        for name, value in right.items():
            if isinstance(value, float):
                rounded = float(f"{value:.4g}")
                assert mark(submit(item_of(name), student, **{name: rounded})).points > 0
                given = mark(submit(item_of(name), student, **{name: rounded}))
                assert given.points == given.possible, (name, value, rounded)


def test_a_mistake_costs_once() -> None:
    """An answer that follows from a wrong earlier one earns its points, and says so."""
    room = problem(ASSIGNMENT, "ada")
    wrong = room.host.memory_gib * (1 - room.headroom)
    needed = reference(room)["memory_needed_gib"]
    given = submit(
        "hosts_by_resource",
        "ada",
        usable_memory_gib=wrong / 2,
        hosts_by_memory=math.ceil(needed / (wrong / 2)),
    )
    marked = mark(given)
    assert marked.points == 2
    assert "follows from your own earlier figures" in marked.message


def test_a_wild_earlier_answer_is_not_followed() -> None:
    """Nobody makes a question easy by answering the one before with nonsense."""
    assert own_number({"x": 1e9}, "x", 10.0) == 10.0
    assert own_number({"x": float("nan")}, "x", 10.0) == 10.0
    assert own_number({"x": "12"}, "x", 10.0) == 10.0
    assert own_number({"x": 12}, "x", 10.0) == 12.0
    given = submit("hosts_by_resource", "ada", usable_memory_gib=1e9, hosts_by_memory=1)
    assert mark(given).points < 2


def test_the_true_id_decides(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Whose submission it is says the grader, not the notebook."""
    given = submit("average_use", "somebody")
    assert autograders.grade(given) == 2
    monkeypatch.setenv(STUDENT_VARIABLE, "ada")
    assert autograders.grade(given) == 0
    identity = submit("identity", "somebody")
    assert autograders.grade(identity) == 0
    assert "ada handed it in" in capsys.readouterr().out
    monkeypatch.setenv(STUDENT_VARIABLE, "SomeBody")
    assert autograders.grade(identity) == 1


def test_points_lie_between_nothing_and_everything() -> None:
    """A mark that is out of bounds is the instructor's mistake and cannot be made."""
    for points in (-1, 3, math.nan, math.inf):
        with pytest.raises(ValueError, match="between 0 and 2"):
            Mark(points, 2, "x")


def test_a_mistake_that_comes_to_the_right_number_is_none() -> None:
    """Where two ways lead to one number, the number is right."""
    asked = Quantity(4, 1, {"rounded_down": Mistake(4, 0.5)}, whole=True)
    assert mark_quantity("hosts", 4, asked, asked, {}).points == 1
    assert asked.distinct_mistakes() == {}


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_instances_tell_right_from_wrong(secret: str) -> None:
    """On each of them, first-fit decreasing is optimal, and the usual mistakes miscount."""
    instances = draw_instances(Draw(secret))
    assert len(instances) >= 8
    for instance in instances:
        demands, capacity = list(instance.demands), instance.capacity
        assert own_hosts_needed(demands, capacity) == instance.right
        assert math.ceil(sum(demands) / capacity) < instance.right < instance.unsorted


def test_hidden_instances_depend_on_the_secret_and_the_learner() -> None:
    """Who knows another learner's instances, or the default secret, knows none of these."""
    drawn = {
        tuple(draw_instances(Draw(secret, student)))
        for secret in ("one", "two")
        for student in ("ada", "grace")
    }
    assert len(drawn) == 4


def test_the_secret_lies_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found from any folder below, must be long enough, and has a default for trying out."""
    monkeypatch.delenv("AUTOGRADERS_ROOT", raising=False)
    below = tmp_path / "autograded" / "ada"
    below.mkdir(parents=True)
    assert course_secret(below) == DEFAULT_SECRET
    (tmp_path / "nbgrader_config.py").touch()
    assert course_secret(below) == DEFAULT_SECRET
    (tmp_path / ".autograders-secret").write_text("short\n")
    with pytest.raises(ValueError, match="expected 16 or more"):
        course_secret(below)
    (tmp_path / ".autograders-secret").write_text("a long enough secret\n")
    assert course_secret(below) == "a long enough secret"
    monkeypatch.setenv("AUTOGRADERS_ROOT", str(tmp_path))
    assert course_secret(Path("/")) == "a long enough secret"
