"""The instructor's round on assignment 01, with nbgrader's real commands on real submissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autograders.answers.one_server_many_tenants import Mutant, mutants
from course.exercise import problem
from tests.nbgrader_course import ASSIGNMENT, Course
from tests.rounds import Case, Round, RoundTests, untouched
from tests.submissions import FIRST_FIT_DECREASING, answered, cell_of, right_answers

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.nbgrader

_ITEM_OF = {
    "usable_cores": "usable",
    "usable_memory_gib": "usable",
    "hosts_by_cores": "hosts_by_resource",
    "hosts_by_memory": "hosts_by_resource",
    "binding_resource": "binding",
    "upgrade": "binding",
    "hosts_after_upgrade": "binding",
    "hosts_lost": "beaten",
    "kwh_before": "payback",
    "kwh_after": "payback",
    "payback_months": "payback",
}


def item_of(variable: str) -> str:
    """Return the item in which an answer is marked."""
    return _ITEM_OF.get(variable, variable)


def _mutant_case(number: int, name: str) -> Case:
    """Return the case of one mistake, made by a student in whose room it shows."""
    for attempt in range(20):
        student = f"mistaken-{number}-{attempt}"
        found = {mutant.name: mutant for mutant in mutants(problem(ASSIGNMENT, student))}
        if name in found:
            return _case_of(student, found[name])
    raise LookupError(f"no room shows {name}")


def _case_of(student: str, mutant: Mutant) -> Case:
    cell = f"{item_of(mutant.variable)}-check"
    return Case(
        {cell: mutant.points_lost},
        {cell: mutant.sentence},
        make=lambda released: answered(released, student, {mutant.variable: mutant.value}),
        student=student,
    )


def _mutant_cases() -> dict[str, Case]:
    """Return a case for each kind of mistake, in the first answer in which it is made.

    That each is marked rightly in every answer and in every room is tested without nbgrader.
    """
    names: dict[str, str] = {}
    for student in ("a", "b", "c"):
        for mutant in mutants(problem(ASSIGNMENT, student)):
            names.setdefault(mutant.name.split(": ")[1], mutant.name)
    return {name: _mutant_case(number, name) for number, name in enumerate(names.values())}


# Each differs from first-fit decreasing, as a learner would write it, in one step.
FIRST_FIT = FIRST_FIT_DECREASING.replace("sorted(demands, reverse=True)", "demands")
SORTS_IN_PLACE = FIRST_FIT.replace(
    "    left = []\n", "    demands.sort(reverse=True)\n    left = []\n"
)
NEVER_REFUSES = FIRST_FIT_DECREASING.replace("if demand > capacity:", "if False:")
READY_MADE = """
from course.sizing import pack as my_own_idea

def hosts_needed(demands, capacity):
    return my_own_idea(demands, capacity).count
"""
SUM_OVER_CAPACITY = """
import math

def hosts_needed(demands, capacity):
    if any(demand > capacity for demand in demands):
        raise ValueError("too large")
    return math.ceil(sum(demands) / capacity)
"""
RAISES = """
def hosts_needed(demands, capacity):
    return demands.first_fit(capacity)
"""


def _function_case(student: str, source: str, lost: float, said: str) -> Case:
    return Case(
        {"hosts_needed-check": lost},
        {"hosts_needed-check": said},
        make=lambda released: answered(released, student, cells={"hosts_needed-answer": source}),
        student=student,
    )


def _carried(released: NotebookNode) -> NotebookNode:
    """One early mistake, and everything after it reckoned rightly from there."""
    student = "carries-on"
    room = problem(ASSIGNMENT, student)
    notebook = answered(
        released, student, {"usable_memory_gib": room.host.memory_gib * (1 - room.headroom)}
    )
    sources = {
        "hosts_by_resource-answer": """
import math
hosts_by_cores = math.ceil(peak_cores / usable_cores)
hosts_by_memory = math.ceil(memory_needed_gib / usable_memory_gib)
""",
        "binding-answer": """
filled = {"cores": peak_cores / usable_cores, "memory": memory_needed_gib / usable_memory_gib}
binding_resource = max(filled, key=filled.get)
upgrade = {"cores": "b", "memory": "a"}[binding_resource]
free = 1 - room.headroom
more_cores = room.host.cores * free if upgrade == "b" else 0
more_memory = room.host.memory_gib * free if upgrade == "a" else 0
hosts_after_upgrade = math.ceil(max(peak_cores / (usable_cores + more_cores),
                                    memory_needed_gib / (usable_memory_gib + more_memory)))
""",
        "hosts_packed-answer": """
from course.sizing import pack
pairs = [(s.peak_cores, s.memory_peak_gb * 1e9 / 2**30) for s in room.servers]
hosts_packed = pack(pairs, (usable_cores, usable_memory_gib)).count
""",
        "hosts_with_spare-answer": "hosts_with_spare = hosts_packed + 1",
    }
    for grade_id, source in sources.items():
        cell_of(notebook, grade_id).source = source
    return notebook


def _hidden_state(released: NotebookNode) -> NotebookNode:
    """A name that only exists because a later cell was run first."""
    notebook = answered(released, "hidden-state")
    cell_of(notebook, "peak_cores-answer").source = "peak_cores = the_peak"
    cell_of(notebook, "quiz-answer").source += "\nthe_peak = 12"
    return notebook


def _out_of_order(released: NotebookNode) -> NotebookNode:
    """Run in a wild order, but sound from top to bottom."""
    notebook = answered(released, "out-of-order")
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.execution_count = 1000 - 7 * number
        cell.outputs = []
    return notebook


def _deleted_check(released: NotebookNode) -> NotebookNode:
    notebook = answered(released, "deletes-a-check", {"average_use": 0.9})
    notebook.cells.remove(cell_of(notebook, "average_use-check"))
    return notebook


CASES: dict[str, Case] = {
    "right": Case(
        said={"average_use-check": "2 of 2 points", "hosts_needed-check": "6 of 6 points"},
    ),
    "id in capitals": Case(
        make=lambda released: answered(released, " Capitals "), student="capitals"
    ),
    "out of order": Case(make=_out_of_order, student="out-of-order"),
    "hidden state": Case(
        {"peak_cores-check": 2, "hosts_by_resource-check": 2, "binding-check": 3},
        {"peak_cores-check": "does not exist when the notebook runs once from top to bottom"},
        make=_hidden_state,
        student="hidden-state",
    ),
    "carries on": Case(
        {"usable-check": 0.5},
        {"usable-check": "hypervisor keeps a part of the host"},
        make=_carried,
        student="carries-on",
    ),
    "deleted check": Case({"average_use-check": 2}, make=_deleted_check, student="deletes-a-check"),
    "first fit": _function_case("first-fit", FIRST_FIT, 2, "decreasing begins with another step"),
    "ready-made": _function_case("ready-made", READY_MADE, 6, "The exercise was to write it"),
    "sum over capacity": _function_case("sum", SUM_OVER_CAPACITY, 4, "could be cut in two"),
    "sorts in place": _function_case("in-place", SORTS_IN_PLACE, 1, "changes the list"),
    "never refuses": _function_case("accepts", NEVER_REFUSES, 1, "should raise a ValueError"),
    "function raises": _function_case("raises", RAISES, 6, "raised AttributeError"),
    **_mutant_cases(),
    "untouched": Case(make=untouched),
    "copies": Case(make=lambda released: answered(released, "somebody-else")),
}


class TestRound(RoundTests):
    """Lesson 01's round."""

    round = Round(
        ASSIGNMENT,
        points=36,  # 4 more are given by hand
        cases=CASES,
        answered=answered,
        feedback=(
            "average_use is right.",
            "<em>This works in the notebook.</em>",
            '<img alt="Heat map of 24 servers',
        ),
        charts=4,
        apart=("untouched", "copies"),
    )

    def test_written_answer_waits_for_a_person(self, graded: dict[str, Course]) -> None:
        """A written answer is marked by hand, one that was left alone is not."""
        with graded["right"].gradebook() as gradebook:
            right = gradebook.find_submission(ASSIGNMENT, "right")
            assert right.needs_manual_grade
            assert right.max_score == self.round.points + 4
        with graded["untouched"].gradebook() as gradebook:
            assert not gradebook.find_submission(ASSIGNMENT, "untouched").needs_manual_grade

    def test_copied_notebook(self, graded: dict[str, Course]) -> None:
        """Somebody else's answers earn next to nothing, and the learner is told whose they are."""
        course = graded["copies"]
        message = course.messages("copies")["identity-check"]
        assert "This notebook says that it is somebody-else's, and copies handed it in" in message
        scores = course.scores("copies")
        personal = ("identity", "average_use", "idle_core_hours", "idle_kwh_per_year", "peak_cores")
        assert all(scores[f"{item}-check"] == 0 for item in personal)
        assert scores["hosts_needed-check"] == 6  # what is not personal still counts

    def test_marking_scheme_is_for_the_grader(self, graded: dict[str, Course]) -> None:
        """The marking scheme is not released, and the grader sees it beside the answer."""
        course = graded["right"]
        scheme = "Marking scheme"
        assert scheme not in cell_of(course.notebook("release"), "written-question").source
        assert scheme in cell_of(course.notebook("autograded", "right"), "written-question").source

    def test_every_expected_value_stays_hidden(self, graded: dict[str, Course]) -> None:
        """What a wrong submission is told does not hold the right numbers."""
        for name, case in self.round.cases.items():
            student = self.round.student(name)
            right = right_answers(student)
            for cell in case.lost:
                item = cell.removesuffix("-check")
                if isinstance(right.get(item), float):
                    assert f"{right[item]:.4g}" not in graded[name].messages(student)[cell]
