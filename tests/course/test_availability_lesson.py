"""Lesson 09's problem, notes, records and drills; neither engine nor QEMU is needed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograders.answers.availability import reference
from autograders.answers.availability.moving_items import right_remedy, right_rounds
from autograders.answers.availability.quantities import hosts_needed, quantities
from autograders.checks import same
from course.exercise import Answer, check, problem
from course.exercise.availability import (
    NOTES,
    by_rate,
    given_up,
    kept,
    own_processor,
    rehearse,
    restores,
    workbench,
)
from course.exercise.availability import drill as drills
from course.exercise.availability.patience import NeverEndsError, patiently
from course.exercise.availability.rehearsing import MOST_STEPS
from course.exercise.notes import Kind
from course.live.unavailable import Unavailable
from course.simulation import migrate
from tests.lesson_engine import environment
from tests.records_availability import (
    ASSIGNMENT,
    IMPOSSIBLE_DRILLS,
    IMPOSSIBLE_MOVES,
    MACHINES,
    drill_of,
    first_drill,
    put_records,
    records,
)

STUDENTS = [f"s{number}" for number in range(40)]
WITHOUT_ENGINE = [item for item in NOTES if item != "services"]


def own_precopy(memory: float, rate: float, dirty: float, limit_s: float) -> list[float] | None:
    """Send round by round."""
    rounds = [memory]
    while (left := min(memory, rounds[-1] / rate * dirty)) > rate * limit_s:
        if left >= rounds[-1]:
            return None
        rounds.append(left)
    return [*rounds, left]


def answer(
    item: str, student: str | None = "ada", kind: str = "emulated, lab VM", **changes: Any
) -> Answer:
    """Return an answer that is right of a machine's records but for the changes."""
    made = records(student or "example", MACHINES[kind])
    right = reference(problem(ASSIGNMENT, student), made) | {"precopy": own_precopy}
    tables: dict[str, Any] = {"drill": made.drill}
    tables["table"] = {"back": made.recovery, "moved": made.moves}.get(item)
    return check(ASSIGNMENT, item, student, **(right | tables | changes))


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


# The problem


def test_the_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    posed = repr(dataclasses.asdict(problem(ASSIGNMENT, "ada")))
    assert (
        hashlib.sha256(posed.encode()).hexdigest()
        == "f030d177f7905c2dbe6e9df88476d8a09c938bd64338043b5ae7d8ef234f2ba6"
    )


def test_everybody_has_other_figures() -> None:
    """No two learners share their names in the engine, nor a number that is asked for."""
    tasks = [problem(ASSIGNMENT, student) for student in STUDENTS]
    for figure in (
        lambda task: task.prefix,
        lambda task: task.token,
        lambda task: task.late,
        lambda task: task.design,
        lambda task: task.by_hand,
        lambda task: quantities(task)["short_min"].right,
        lambda task: quantities(task)["worst_lost"].right,
        lambda task: task.stuck.working_set_mib * task.stuck.memory_mib,
    ):
        assert len({figure(task) for task in tasks}) >= len(tasks) - 6


@pytest.mark.parametrize("student", STUDENTS)
def test_figures_are_sensible(student: str) -> None:
    """Copies and spares help, a snapshot that is needed can be made, and a migration ends."""
    task = problem(ASSIGNMENT, student)
    right = {name: quantity.right for name, quantity in quantities(task).items()}
    assert right["design_down_min"] < right["single_down_min"] / 2
    assert right["hosts_for_failures"] == right["hosts"] + task.room.failures
    assert 10 < right["short_min"] < 525_600 / 10
    assert right["mean_lost"] < right["worst_lost"]
    assert task.snapshots.writing_min < right["every_needed_min"] < task.snapshots.every_min
    assert 4 <= len(right_rounds(task.by_hand)) <= 5
    assert task.rates_mib_per_s[0] == 0
    assert task.rates_mib_per_s[1] < 32 / 2 < 32 < task.rates_mib_per_s[2]


@pytest.mark.parametrize("student", STUDENTS)
def test_mistakes_show(student: str) -> None:
    """No usual mistake leads to the right number, so that it cannot pass for right."""
    for name, quantity in quantities(problem(ASSIGNMENT, student)).items():
        assert len(quantity.distinct_mistakes()) == len(quantity.mistakes), name


@pytest.mark.parametrize("student", STUDENTS)
def test_a_machine_cannot_lie_on_two_hosts(student: str) -> None:
    """In every room whole machines need one host more than their memory alone."""
    room = problem(ASSIGNMENT, student).room
    pooled = math.ceil(room.machines * room.machine_gib / room.host_gib)
    assert hosts_needed(room) == pooled + 1
    each = room.host_gib // room.machine_gib
    assert (hosts_needed(room) - 1) * each < room.machines <= hosts_needed(room) * each


@pytest.mark.parametrize("student", STUDENTS)
def test_one_remedy_of_four_helps(student: str) -> None:
    """As it is, the machine does not get away; with just one of the changes it does."""
    stuck = problem(ASSIGNMENT, student).stuck
    as_it_is = migrate(
        stuck.memory_mib,
        stuck.bandwidth_mib_per_s,
        stuck.dirty_mib_per_s,
        working_set_mib=stuck.working_set_mib,
        downtime_limit_ms=stuck.limit_ms,
    )
    assert not as_it_is.converged
    assert right_remedy(stuck) in "abcd"
    assert len({remedy.change for remedy in stuck.remedies.values()}) == 4


def test_every_kind_of_remedy_helps_somebody() -> None:
    """Whoever has learnt the answer of a neighbour has learnt nothing."""
    helped = set()
    for student in STUDENTS:
        stuck = problem(ASSIGNMENT, student).stuck
        remedy = stuck.remedies[right_remedy(stuck)]
        helped.add(
            (
                remedy.bandwidth_mib_per_s != stuck.bandwidth_mib_per_s,
                remedy.dirty_mib_per_s != stuck.dirty_mib_per_s,
                remedy.limit_ms != stuck.limit_ms,
            )
        )
    assert len(helped) == 3


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("host", lambda task: task.host.terms()),
        ("room", lambda task: task.room.terms()),
        ("outages", lambda task: task.outages.terms()),
        ("snapshots", lambda task: task.snapshots.terms()),
        ("hand", lambda task: task.by_hand.terms()),
        ("stuck", lambda task: task.stuck.terms()),
    ],
)
def test_the_terms_name_what_python_knows(name: str, table: Callable[[Any], Any]) -> None:
    """The tables tell names that give the values beside them."""
    task = problem(ASSIGNMENT, "ada")
    owner = task.by_hand if name == "hand" else getattr(task, name)
    for _what, value, _unit, attribute in table(task):
        assert getattr(owner, attribute.rpartition(".")[2]) == value


def test_an_id_of_any_kind_gives_names_that_an_engine_takes() -> None:
    """What an id may hold, and a name in an engine may not, is not in the name."""
    for student in ("ada@example.org", "Ådá Lövelace", "x" * 200):
        task = problem(ASSIGNMENT, student)
        assert task.name("web").removeprefix("lesson09-").removesuffix("-web").isalnum()
        assert task.moves_record.replace("-", "").removesuffix(".json").isalnum()


# Records


def test_what_may_be_compared_ran_on_one_processor() -> None:
    """A container on the machine itself is not compared with a machine that was emulated."""
    table = records("ada", MACHINES["emulated, host's engine too"]).recovery
    assert own_processor(table).accelerators() == ("tcg",)
    assert set(restores(table)) == {"tiny VM", "container"}
    alone = records("ada", MACHINES["emulated, host's engine alone"]).recovery
    assert set(restores(alone)) == {"tiny VM"}
    native = records("ada", MACHINES["no QEMU, host's engine"]).recovery
    assert set(restores(native)) == {"container"}
    assert kept(table) == {"tiny VM": True, "container": False}


def test_moves_are_found_by_their_rates() -> None:
    """A figure of each migration, and which of them were given up."""
    task, table = problem(ASSIGNMENT, "ada"), records("ada").moves
    assert tuple(by_rate(table, "sent")) == task.rates_mib_per_s
    assert tuple(by_rate(table, "downtime")) == task.rates_mib_per_s[:2]
    assert given_up(table) == [task.rates_mib_per_s[2]]


def test_what_is_not_there_is_empty() -> None:
    """A notebook without a record goes on: nothing came back, nothing moved."""
    nothing: Any = Unavailable("no QEMU")
    assert own_processor(nothing) is nothing
    assert (restores(nothing), kept(nothing)) == ({}, {})
    assert (by_rate(nothing, "sent"), given_up(nothing)) == ({}, [])


@pytest.mark.parametrize("kind", MACHINES)
def test_drawn_records_can_be_true(kind: str) -> None:
    """What the marking is tried with is what a machine could have written."""
    made = records("ada", MACHINES[kind])
    assert (made.recovery.problems(), made.moves.problems(), made.drill.problems()) == ((),) * 3


# Drills


def test_a_drill_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The file holds all of it, and a table says it in words."""
    drill = drill_of(problem(ASSIGNMENT, "ada"))
    drills.write(drill, tmp_path / "drill.json")
    assert drills.read(tmp_path / "drill.json") == drill
    assert "restore" in repr(drill)
    assert "<table>" in drill._repr_html_()


@pytest.mark.parametrize("name", IMPOSSIBLE_DRILLS)
def test_what_cannot_have_been_is_said(name: str) -> None:
    """Each change of a drill that makes it impossible is found."""
    change, said = IMPOSSIBLE_DRILLS[name]
    (problem_found, *_more) = change(drill_of(problem(ASSIGNMENT, "ada"))).problems()
    assert said in problem_found


def spoil(data: dict[str, Any], name: str) -> Any:
    """Return the content of a drill's file with something wrong in it."""
    if name == "a list":
        return [data]
    if name == "another form":
        return data | {"form": 7}
    if name == "an event that is none":
        return data | {"events": ["boot"]}
    if name == "a number for a file":
        return data | {"events": [data["events"][0] | {"held": {"token": 7}}]}
    if name == "steps that are none":
        return data | {"steps": [3]}
    return data | {"memory_mib": True}


@pytest.mark.parametrize(
    "name",
    ["a list", "another form", "an event that is none", "a number for a file",
     "steps that are none", "no number"],
)  # fmt: skip
def test_what_is_no_drill_is_refused(name: str, tmp_path: Path) -> None:
    """A file with something else in it is named, with what to do."""
    path = tmp_path / "drill.json"
    drills.write(drill_of(problem(ASSIGNMENT, "ada")), path)
    path.write_text(json.dumps(spoil(json.loads(path.read_text()), name)))
    with pytest.raises(drills.UnreadableDrillError, match=r"expected a drill in drill\.json"):
        drills.read(path)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """No file, no JSON, and a file that is far too large."""
    path = tmp_path / "drill.json"
    with pytest.raises(drills.UnreadableDrillError, match="again=True"):
        drills.read(path)
    path.write_text("{")
    with pytest.raises(drills.UnreadableDrillError, match="cannot be read"):
        drills.read(path)
    path.write_bytes(b" " * 2_000_000)
    with pytest.raises(drills.UnreadableDrillError, match="2000000 bytes"):
        drills.read(path)


def test_a_recorded_drill_is_not_held_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same steps are read from the file; a grader holds no drill for others."""
    monkeypatch.chdir(tmp_path)
    put_records(tmp_path)
    assert rehearse("first.json", first_drill().steps) == first_drill()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for record, steps in (("first.json", ["crash"]), ("none.json", ["crash"])):
        found = rehearse(record, steps)
        assert isinstance(found, Unavailable)
        assert "was not handed in" in repr(found)
    assert "no steps yet" in repr(rehearse("drill.json", []))


@pytest.mark.parametrize(
    ("record", "steps"),
    [
        ("../drill.json", ["crash"]),
        ("drill.txt", ["crash"]),
        ("drill.json", "crash"),
        ("drill.json", ["crash", 3]),
        ("drill.json", [" "]),
        ("drill.json", ["true"] * (MOST_STEPS + 1)),
    ],
)
def test_what_are_no_steps_is_refused(record: str, steps: Any) -> None:
    """A file elsewhere, one text for a list, and too many steps are told, with what was found."""
    with pytest.raises(ValueError, match=r"expected .* found"):
        rehearse(record, steps)


# Patience


def test_a_function_that_ends_is_called_as_ever() -> None:
    """Its value and its error come back, and what traced before traces again."""
    before = sys.gettrace()
    assert patiently(own_precopy, 100, 10, 5, 2).value == [100, 50, 25, 12.5]
    assert isinstance(patiently(own_precopy, 100, 0, 5, 2).error, ZeroDivisionError)
    assert sys.gettrace() is before


def test_a_function_that_never_ends_is_stopped() -> None:
    """A loop without an end is an error like others, in a function that it calls too."""

    def inner() -> None:
        while True:
            pass

    def outer(*_machine: float) -> None:
        inner()

    assert isinstance(patiently(outer, 1).error, NeverEndsError)
    given = answer("precopy", precopy=outer)
    assert "does not end" in repr(given)


# Notes


@pytest.mark.parametrize("item", WITHOUT_ENGINE)
@pytest.mark.parametrize("kind", ["emulated, lab VM", "KVM, lab VM"])
def test_right_answers_are_possible(item: str, kind: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    for student in STUDENTS[:12]:
        given = answer(item, student, kind)
        assert kinds(given) == {Kind.POSSIBLE}, given


RIGHT = reference(problem(ASSIGNMENT, "ada"), records("ada"))
TASK = problem(ASSIGNMENT, "ada")

MISTAKES: dict[str, tuple[str, str, Callable[[], dict[str, Any]]]] = {
    "ms": ("back", "reads like milliseconds", lambda: {
        "machine_back_s": 1000 * RIGHT["machine_back_s"]}),
    "outside": ("back", "but it took between", lambda: {"container_back_s": 99.0}),
    "kept words": ("back", "True or False, found 'yes'", lambda: {
        "kept": {"tiny VM": "yes", "container": False}}),
    "kept a list": ("back", "should stay a dictionary", lambda: {"kept": [True, False]}),
    "kept another": ("back", "was not killed", lambda: {
        "kept": RIGHT["kept"] | {"full VM": True}}),
    "share": ("budget", "a share of the time", lambda: {"down_h": 0.07}),
    "minutes": ("budget", "asks for hours", lambda: {"down_h": 60 * RIGHT["down_h"]}),
    "up": ("budget", "asks for the rest", lambda: {"down_h": 8760 - RIGHT["down_h"]}),
    "a month": ("budget", "promised to no one", lambda: {"allowed_min": 43_000}),
    "availability": ("design", "share of the time", lambda: {"single_down_min": 0.97}),
    "no copies": ("design", "leaves out the copies", lambda: {
        "design_down_min": RIGHT["single_down_min"]}),
    "worse": ("design", "makes it worse", lambda: {
        "design_down_min": 2 * RIGHT["single_down_min"]}),
    "design up": ("design", "asks for the rest", lambda: {"single_down_min": 510_000}),
    "no part": ("design", "should be one of", lambda: {"next_part": "roof"}),
    "too few": ("room", "a host too few", lambda: {
        "hosts": RIGHT["hosts"] - 2, "hosts_for_failures": RIGHT["hosts"]}),
    "no spare": ("room", "when some are down", lambda: {"hosts_for_failures": RIGHT["hosts"]}),
    "fewer": ("room", "more hosts are needed", lambda: {"hosts_for_failures": 1}),
    "half a host": ("room", "whole number", lambda: {"hosts": 6.5}),
    "a long year": ("room", "does not have so many", lambda: {"short_min": 1e6}),
    "announced": ("outages", "makes nothing worse", lambda: {
        "announced_min": 2 * RIGHT["elsewhere_min"]}),
    "one failure": ("outages", "How many are there in a year", lambda: {
        "elsewhere_min": (TASK.outages.notice_s + TASK.outages.wait_s + TASK.outages.start_s) / 60,
        "announced_min": 0.1}),
    "no lever": ("outages", "should be one of a, b", lambda: {"lever": "e"}),
    "worst": ("lost", "less is lost than at the worst", lambda: {
        "mean_lost": RIGHT["worst_lost"]}),
    "first round": ("rounds", "sends all of the memory", lambda: {
        "rounds_mb": RIGHT["rounds_mb"][1:]}),
    "growing": ("rounds", "no smaller than the one before", lambda: {
        "rounds_mb": [RIGHT["rounds_mb"][0]] * 2}),
    "endless": ("rounds", "goes on although", lambda: {"rounds_mb": [1.0] * 2000}),
    "no list": ("rounds", "should be a list", lambda: {"rounds_mb": 400}),
    "total": ("rounds", "the machine runs nowhere", lambda: {
        "hand_downtime_ms": 1000 * RIGHT["hand_total_s"]}),
    "over the limit": ("rounds", "longer than the limit", lambda: {"hand_downtime_ms": 2000}),
    "ready-made": ("precopy", "would earn nothing", lambda: {
        "precopy": lambda m, r, d, s: [one.sent_mib for one in migrate(m, r, d).rounds]}),
    "raises": ("precopy", "raised ZeroDivisionError", lambda: {
        "precopy": lambda m, r, d, s: m / 0}),
    "wrong": ("precopy", "pen and paper", lambda: {"precopy": lambda m, r, d, s: [m, m]}),
    "no sizes": ("precopy", "should be a list of sizes", lambda: {
        "precopy": lambda m, r, d, s: {m, r}}),
    "no remedy": ("stuck", "should be one of a, b", lambda: {"remedy": "more"}),
    "other rates": ("moved", "yours are", lambda: {"table": records("s1").moves}),
    "whole moves": ("moved", "times of whole moves", lambda: {
        "downtimes_ms": {rate: 1000 * seconds for rate, seconds
                         in by_rate(records("ada").moves, "total time").items()
                         if rate in RIGHT["downtimes_ms"]}}),
    "a long downtime": ("moved", "longer than its whole move", lambda: {
        "downtimes_ms": dict.fromkeys(RIGHT["downtimes_ms"], 9e6)}),
    "of one given up": ("moved", "no machine that wrote so fast", lambda: {
        "downtimes_ms": RIGHT["downtimes_ms"] | {TASK.rates_mib_per_s[2]: 1.0}}),
    "downtimes a list": ("moved", "should be a dictionary", lambda: {"downtimes_ms": [1, 2]}),
    "far apart": ("moved", "no two of your moves", lambda: {"times_as_much": 1e4}),
    "no rate": ("moved", "none of your rates", lambda: {"gave_up": [17.5]}),
    "up no list": ("moved", "should be a list of rates", lambda: {"gave_up": 64}),
    "too late": ("drill", "so nothing was lost", lambda: {
        "drill": drill_of(TASK, order=("token", "late", "snapshot", "crash", "restore"))}),
    "no drill": ("drill", "found list", lambda: {"drill": ["crash"]}),
    "edited": ("drill", "changed after it was written", lambda: {
        "drill": dataclasses.replace(drill_of(TASK), snapshot_mib=2.0)}),
    "edited moves": ("moved", "changed after it was measured", lambda: {
        "table": IMPOSSIBLE_MOVES["a figure by hand"][0](records("ada").moves)}),
    "no option": ("quiz", "one of a, b, c, d", lambda: {"quiz": RIGHT["quiz"] | {"point": "e"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_usual_mistakes_are_named(name: str) -> None:
    """Each usual mistake is recognised, and its note says where to look."""
    item, said, wrong = MISTAKES[name]
    given = answer(item, **wrong())
    assert Kind.MISTAKE in kinds(given)
    assert said in repr(given)


@pytest.mark.parametrize("item", [item for item in NOTES if item != "identity"])
@pytest.mark.parametrize("missing", [None, ...])
def test_what_is_missing_is_open_not_wrong(item: str, missing: object) -> None:
    """An item that is not answered yet, whether or not there is a record, says so."""
    made = records()
    names = dict.fromkeys(reference(problem(ASSIGNMENT), made), missing)
    dictionaries = {
        "quiz": dict.fromkeys(("policy", "copies", "converge", "point"), missing),
        "kept": {"tiny VM": missing, "container": missing},
    }
    table = {"back": made.recovery, "moved": made.moves}.get(item)
    nowhere = {"table": Unavailable("No QEMU."), "drill": Unavailable("No steps.")}
    with environment():
        for tables in ({"table": table}, nowhere, {}):
            given = check(ASSIGNMENT, item, None, **(names | dictionaries | tables))
            assert kinds(given) == {Kind.UNANSWERED}, given


def test_counts_are_counted_and_measures_are_not() -> None:
    """A host more is a wrong answer; half a percent of a minute is not."""
    assert not same(7, 8, whole=True)
    assert same(100.3, 100.0, whole=False)


def test_without_an_engine_there_is_a_workbench_that_says_so() -> None:
    """Where an engine is asked for, the reason is told; everything after it goes on."""
    with environment():
        bench = workbench(TASK)
    assert isinstance(bench, Unavailable)
    assert "There is no Docker Engine" in repr(bench)
    assert repr(bench.kill("web")) == "not measured"
