"""Formative notes: they name mistakes, and never call a right answer one."""

from __future__ import annotations

from typing import Any

import pytest

from autograders.answers.one_server_many_tenants import reference
from course.exercise import Answer, UnfinishedAnswer, check, problem
from course.exercise.notes import Kind, number_notes
from course.exercise.one_server_many_tenants.notes import NOTES
from course.exercise.own_work import call
from course.sizing import pack

ASSIGNMENT = "01-one-server-many-tenants"


def own_hosts_needed(demands: list[float], capacity: float) -> int:
    """Pack by first-fit decreasing, as a learner would write it."""
    left: list[float] = []
    for demand in sorted(demands, reverse=True):
        if demand > capacity:
            raise ValueError(demand)
        for number, room in enumerate(left):
            if demand <= room:
                left[number] -= demand
                break
        else:
            left.append(capacity - demand)
    return len(left)


def answer(item: str, student: object = "ada", **changes: Any) -> Answer:
    """Return an answer that is right but for the changes."""
    right = reference(problem(ASSIGNMENT, "ada" if not isinstance(student, str) else student))
    values = right | {"hosts_needed": own_hosts_needed} | changes
    return check(ASSIGNMENT, item, student, **values)


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


@pytest.mark.parametrize("item", NOTES)
@pytest.mark.parametrize("student", [f"s{number}" for number in range(25)])
def test_right_answers_are_possible(item: str, student: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    given = answer(item, student)
    assert kinds(given) == {Kind.POSSIBLE}, given


MISTAKES = {
    "averaged averages": ("average_use", "weighs no more than one with 4", lambda room: {
        "average_use": sum(s.average_use for s in room.servers) / 24}),
    "percent": ("average_use", "reads like a percentage", lambda _: {"average_use": 8.3}),
    "busier than any": ("average_use", "No server is that busy", lambda _: {"average_use": 0.99}),
    "busy for idle": ("idle_core_hours", "about idle", lambda room: {
        "idle_core_hours": sum(sum(s.busy_cores_by_hour) for s in room.servers)}),
    "an hour for a day": ("idle_core_hours", "more than one hour", lambda _: {
        "idle_core_hours": 100}),
    "more than a day": ("idle_core_hours", "not so many core-hours", lambda _: {
        "idle_core_hours": 10**6}),
    "watt-hours": ("idle_kwh_per_year", "thousand times too much", lambda _: {
        "idle_kwh_per_year": 4.2e7}),
    "a day's energy": ("idle_kwh_per_year", "less than the room draws in a month", lambda _: {
        "idle_kwh_per_year": 90}),
    "sum of peaks": ("peak_cores", "adds each server's own peak", lambda room: {
        "peak_cores": sum(s.peak_cores for s in room.servers)}),
    "average for peak": ("peak_cores", "about the peak", lambda room: {
        "peak_cores": sum(s.average_use * s.cores for s in room.servers)}),
    "GB for GiB": ("memory_needed_gib", "takes GB for GiB", lambda room: {
        "memory_needed_gib": sum(s.memory_peak_gb for s in room.servers)}),
    "installed": ("memory_needed_gib", "memory that is installed", lambda room: {
        "memory_needed_gib": sum(s.memory_gib for s in room.servers)}),
    "converted twice": ("memory_needed_gib", "wrong way round", lambda room: {
        "memory_needed_gib": sum(s.memory_peak_gb for s in room.servers) * 1.0737}),
    "no hypervisor": ("usable", "hypervisor keeps a part", lambda room: {
        "usable_memory_gib": room.host.memory_gib * (1 - room.headroom)}),
    "no headroom": ("usable", "What about the headroom", lambda room: {
        "usable_cores": room.host.cores - room.host.hypervisor_cores}),
    "rounded down": ("hosts_by_resource", "what happens to the rest", lambda _: {
        "hosts_by_cores": 1}),
    "half a host": ("hosts_by_resource", "whole number", lambda _: {"hosts_by_memory": 3.4}),
    "no such resource": ("binding", 'one of "cores", "memory"', lambda _: {
        "binding_resource": "disk"}),
    "twice placed": ("by_hand", "places more than once: ant", lambda _: {
        "by_hand": [["ant", "ant"]]}),
    "overfull": ("by_hand", "GiB in 64 GiB", lambda room: {
        "by_hand": [list(room.ten.demands_gib)]}),
    "a stranger": ("by_hand", "no such tenant: zebra", lambda _: {"by_hand": [["zebra"]]}),
    "not lists": ("by_hand", "list of hosts", lambda _: {"by_hand": {"host": "ant"}}),
    "below the bound": ("hosts_packed", "fewer than you found", lambda _: {"hosts_packed": 1}),
    "ready-made": ("hosts_needed", "earn nothing", lambda _: {
        "hosts_needed": lambda demands, capacity: pack(demands, capacity).count}),
    "raises": ("hosts_needed", "raised ZeroDivisionError", lambda _: {
        "hosts_needed": lambda demands, capacity: 1 / 0}),
    "miscounts": ("hosts_needed", "count it with pen and paper", lambda _: {
        "hosts_needed": lambda demands, capacity: len(demands)}),
    "nothing lost": ("beaten", "was not beaten there", lambda _: {"hosts_lost": 0}),
    "no spare": ("hosts_with_spare", "no room for its tenants", lambda _: {
        "hosts_with_spare": 2}),
    "nothing saved": ("payback", "nothing would be saved", lambda _: {"kwh_after": 1e9}),
    "no such option": ("quiz", "one of a, b, c, d", lambda _: {
        "quiz": {"peaks": "e", "headroom": "d", "optimal": "a"}}),
    "text": ("peak_cores", "Leave out the quotes", lambda _: {"peak_cores": "40"}),
    "negative": ("peak_cores", "cannot be negative", lambda _: {"peak_cores": -4}),
    "not finite": ("peak_cores", "finite number", lambda _: {"peak_cores": float("nan")}),
    "a truth": ("peak_cores", "should be a number, found bool", lambda _: {"peak_cores": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_usual_mistakes_are_named(name: str) -> None:
    """Each usual mistake is recognised, and its note says where to look."""
    item, said, wrong = MISTAKES[name]
    given = answer(item, **wrong(problem(ASSIGNMENT, "ada")))
    assert Kind.MISTAKE in kinds(given)
    assert said in repr(given)
    assert "Look again" in given._repr_html_()


@pytest.mark.parametrize("item", [item for item in NOTES if item != "identity"])
@pytest.mark.parametrize("missing", [None, ...])
def test_what_is_missing_is_open_not_wrong(item: str, missing: object) -> None:
    """An item that is not answered yet says so and raises nothing."""
    names = [name for name in reference(problem(ASSIGNMENT)) if name != "quiz"]
    quiz = {"peaks": missing, "headroom": missing, "optimal": missing}
    given = answer(item, None, **dict.fromkeys(names, missing), quiz=quiz)
    assert kinds(given) == {Kind.UNANSWERED}, given


def test_a_name_in_numbers_is_explained() -> None:
    """An id that is no text does not stop the notebook: its checks say what to write."""
    assert 'Try student_id = "7"' in repr(answer("identity", 7))


def test_notes_are_escaped() -> None:
    """What a learner typed is text on the page, never markup."""
    given = answer("binding", binding_resource="<img src=x>")
    assert "<img" not in given._repr_html_()


def test_validating_fails_on_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validating counts an open answer as a failure; running the notebook does not."""
    assert answer("peak_cores", peak_cores=None)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert answer("peak_cores")
    with pytest.raises(UnfinishedAnswer, match="not answered yet"):
        answer("peak_cores", peak_cores=None)


def test_an_unknown_item_lists_the_known_ones() -> None:
    """A misspelt item is an author's mistake and says which there are."""
    with pytest.raises(LookupError, match="average_use"):
        check(ASSIGNMENT, "averge_use", "ada")


def test_ready_made_work_is_noticed_under_any_name() -> None:
    """Whatever a learner calls it, code of the course's sizing is seen at work."""
    hidden = [pack]
    outcome = call(lambda: hidden[0]([1, 2], 3).count)
    assert outcome.value == 1
    assert outcome.ready_made
    assert not call(own_hosts_needed, [1, 2], 3).ready_made


def test_counts_are_whole() -> None:
    """A whole number may be written as 4.0; 4.2 is none."""
    assert number_notes("hosts", 4.0, whole=True) == []
    assert number_notes("hosts", 4.2, whole=True)[0].kind is Kind.MISTAKE
