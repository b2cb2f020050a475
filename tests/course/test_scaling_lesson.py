"""Lesson 07's problem, notes, records and policy; neither engine nor QEMU is needed."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograders.answers.scaling_under_load import reference
from autograders.answers.scaling_under_load.quantities import quantities
from autograders.answers.scaling_under_load.simulated import least_for_machine
from autograders.checks import same
from course import measurements, simulation
from course.exercise import Answer, check, problem
from course.exercise.draw import Draw
from course.exercise.notes import Kind
from course.exercise.scaling_under_load import NOTES, StartUps, rehearse, start_ups, workbench
from course.exercise.scaling_under_load.afternoon import DURATION_S, STEP_S, draw_afternoon
from course.exercise.scaling_under_load.looks import FORGOTTEN, follow
from course.exercise.scaling_under_load.policy import Rehearsal
from course.exercise.scaling_under_load.recording import UnreadableRecordError
from course.exercise.scaling_under_load.rollout import Rollout
from course.live import experiments
from course.live.unavailable import Unavailable
from course.workspace import WORK_VARIABLE
from tests.lesson_engine import environment
from tests.submissions_scaling import ASSIGNMENT, DESIRED, ERLANG_C, records

STUDENTS = [f"s{number}" for number in range(40)]
WITHOUT_ENGINE = [item for item in NOTES if item != "service"]


def written(source: str, name: str) -> Any:
    """Return a function as a learner has written it."""
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102 (our own text)
    return space[name]


@functools.cache
def right_of(student: str) -> dict[str, Any]:
    """Return right answers, with functions that a learner has written; nothing changes them."""
    made = records(student)
    return reference(problem(ASSIGNMENT, student), made) | {
        "erlang_c": written(ERLANG_C, "erlang_c"),
        "desired_replicas": written(DESIRED, "desired_replicas"),
        "starting": made.starting,
        "rollout": made.rollout,
    }


def answer(item: str, student: str = "ada", **changes: Any) -> Answer:
    """Return an answer that is right of a machine's records but for the changes."""
    return check(ASSIGNMENT, item, student, **(right_of(student) | changes))


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


# The problem


def test_the_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    task = problem(ASSIGNMENT, "ada")
    posed = repr((dataclasses.asdict(task), task.goal.practice))
    assert hashlib.sha256(posed.encode()).hexdigest() == (
        "011cc86ecfd394a3428a0479150c54ddd8f63329eb325b8278fabc1f327bc518"
    )


def test_everybody_has_other_figures() -> None:
    """No two learners share their names in the engine, nor a number that is asked for."""
    tasks = [problem(ASSIGNMENT, student) for student in STUDENTS]
    figures: tuple[Callable[[Any], Any], ...] = (
        lambda task: task.prefix,
        lambda task: task.busy,
        lambda task: task.regions,
        lambda task: task.looks,
        lambda task: task.rush,
        lambda task: task.spike,
        lambda task: task.growth,
        lambda task: task.goal.practice,
        lambda task: quantities(task)["wait_together_ms"].right,
    )
    for figure in figures:
        assert len({figure(task) for task in tasks}) == len(tasks)


@pytest.mark.parametrize("student", STUDENTS)
def test_figures_are_sensible_and_mistakes_show(student: str) -> None:
    """Sharing helps, slowness costs, and no mistake leads to the right number or another's."""
    task = problem(ASSIGNMENT, student)
    asked = quantities(task)
    right = {name: quantity.right for name, quantity in asked.items()}
    assert right["least_servers"] < right["servers"] < 2 * right["offered_erlangs"] + 6
    assert 0.1 < right["wait_ms"] <= task.busy.wait_ms
    assert 2 * right["wait_together_ms"] < right["wait_apart_ms"]
    assert 0 < right["lost"] < right["backlog"]
    assert 5 < right["catch_up_s"] < 1500
    assert 1 < right["spare_container"] < right["spare_machine"] < 60
    for name, quantity in asked.items():
        values = [mistake.value for mistake in quantity.mistakes.values()]
        if quantity.whole and name == "servers":
            continue  # a server more or less may be what another mistake leads to
        assert len(quantity.distinct_mistakes()) == len(values), name
        for number, value in enumerate(values):
            others = values[:number]
            assert not any(same(value, other, whole=quantity.whole) for other in others), name


@pytest.mark.parametrize("student", STUDENTS)
def test_each_rule_decides_in_the_looks(student: str) -> None:
    """Whatever is forgotten of the rules shows; and the looks agree with the model's autoscaler."""
    looks = problem(ASSIGNMENT, student).looks
    traces = [follow(looks), *(follow(looks, without=rule) for rule in FORGOTTEN)]
    assert len(set(traces)) == len(traces)
    now, wishes = looks.start, []
    for per_s, after in zip(looks.per_s, follow(looks), strict=True):
        use = per_s / (now * looks.per_replica_per_s)
        wish = simulation.desired_replicas(now, use, looks.target, looks.tolerance)
        wishes.append(min(max(wish, looks.least), looks.most))
        now = max(wishes[-looks.window :])
        assert now == after


@pytest.mark.parametrize("student", STUDENTS[:8])
def test_a_slow_start_costs_in_every_spike(student: str) -> None:
    """The slower replicas start, the more requests are lost, and readiness makes up for it."""
    spike = problem(ASSIGNMENT, student).spike
    lost = [spike.run(seconds).share_lost for seconds in (0.2, 2, 60, 120)]
    assert lost == sorted(lost)
    assert 0 < lost[0] < 0.04 < lost[2] < lost[3] < 0.3
    made = records(student)
    least = least_for_machine(spike, made.starting)
    start_up_s = made.starting.seconds["full VM"]
    assert spike.least < least.right <= 1.2 * spike.peak_per_s / spike.per_replica_per_s + 1
    assert spike.run(start_up_s, least=int(least.right)).share_lost <= 0.001
    assert spike.run(start_up_s, least=int(least.right) - 1).share_lost > 0.001
    assert spike.load().peak_per_s == spike.peak_per_s
    assert spike.load().duration_s == spike.duration_s


@pytest.mark.parametrize("student", STUDENTS[:8])
def test_afternoons_are_alike_and_not_the_same(student: str) -> None:
    """Those that are shown and those that are hidden have a form in common, and no load."""
    goal = problem(ASSIGNMENT, student).goal
    hidden = draw_afternoon(Draw("another secret", student), goal.afternoon)
    afternoons = [*goal.practice, hidden]
    assert len(set(afternoons)) == 4
    for per_s in afternoons:
        assert len(per_s) == DURATION_S / STEP_S
        assert min(per_s) > 0.9 * goal.afternoon.quiet_per_s
        assert 2 < max(per_s) / min(per_s) < 6


def test_an_id_of_any_kind_gives_names_that_an_engine_takes() -> None:
    """What an id may hold, and a name in an engine may not, is not in the name."""
    for student in ("ada@example.org", "Ådá Lövelace", "x" * 200):
        task = problem(ASSIGNMENT, student)
        assert task.name("web-1").removeprefix("lesson07-").removesuffix("-web-1").isalnum()
        assert task.image("x").startswith("lesson07-")
        assert task.address.isalpha()


def test_the_terms_name_what_python_knows() -> None:
    """The tables of terms tell a name that gives the value beside it."""
    task = problem(ASSIGNMENT, "ada")
    for part in ("busy", "regions", "rush", "spike", "growth"):
        for _what, value, _unit, name in getattr(task, part).terms():
            given = eval(name, {part: getattr(task, part)})  # noqa: S307 (the names are our own)
            assert given == value
    for _what, value, name in task.looks.terms():
        given = eval(name, {"looks": task.looks})  # noqa: S307 (the names are our own)
        assert str(given).strip("()") == str(value)
    assert len(task.goal.terms()) == 6


# Notes


@pytest.mark.parametrize("item", WITHOUT_ENGINE)
def test_right_answers_are_possible(item: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    for student in STUDENTS[:8]:
        given = answer(item, student)
        assert kinds(given) == {Kind.POSSIBLE}, given


TASK = problem(ASSIGNMENT, "ada")
RIGHT = right_of("ada")
ASKED = quantities(TASK)


def slip(name: str, mistake: str) -> dict[str, Any]:
    """Return an answer with a usual mistake."""
    return {name: ASKED[name].mistakes[mistake].value}


MISTAKES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a minute": ("offered", "per minute", slip("offered_erlangs", "per_minute_for_second")),
    "ms": ("offered", "milliseconds", slip("offered_erlangs", "milliseconds_for_seconds")),
    "mean": ("offered", "mean of the day", slip("offered_erlangs", "mean_for_peak")),
    "down": ("offered", "rounds down", slip("least_servers", "rounded_down")),
    "half": ("offered", "should be a whole number", {"least_servers": 11.5}),
    "ready-made": ("erlang_c", "would earn nothing", {"erlang_c": simulation.erlang_c}),
    "raises": ("erlang_c", "raised KeyError", {"erlang_c": lambda c, a: {}[c]}),
    "wrong": ("erlang_c", "pen and paper", {"erlang_c": lambda c, a: a / c / 2}),
    "too few": ("servers", "without end", {"servers": int(ASKED["offered_erlangs"].right)}),
    "too long": ("servers", "one may wait", {"wait_ms": TASK.busy.wait_ms * 2}),
    "seconds": ("servers", "These are seconds", {"wait_ms": TASK.busy.wait_ms / 2000}),
    "worse pool": ("pooling", "worth a look", {"wait_together_ms": RIGHT["wait_apart_ms"] * 2}),
    "divided": ("pooling", "another queue", slip("wait_together_ms", "divided_by_regions")),
    "no letter": ("pooling", "should be one of a, b", {"reason": "z"}),
    "ready-made wish": ("desired_replicas", "would earn nothing", {
        "desired_replicas": simulation.desired_replicas}),
    "wish": ("desired_replicas", "pen and paper", {"desired_replicas": lambda n, u, t: n}),
    "no list": ("looks", "should be a list of 8", {"replicas_by_look": [1, 2]}),
    "half a replica": ("looks", "whole number", {"replicas_by_look": [2.5] * 8}),
    "out of bounds": ("looks", "the bounds", {"replicas_by_look": [99] * 8}),
    "notice": ("rush", "has to notice", slip("backlog", "notice_forgotten")),
    "all": ("rush", "go on serving", slip("backlog", "all_for_excess")),
    "room": ("rush", "there is room for", {"lost": RIGHT["backlog"]}),
    "more lost": ("rush", "cannot be turned away", {"lost": RIGHT["backlog"] * 2}),
    "nobody waits": ("rush", "still there", {"catch_up_s": 0}),
    "shares": ("spike", "These are shares", {"lost_by_start": {"container": 0.01, "full VM": 0.1}}),
    "no dictionary": ("spike", "should be a dictionary", {"lost_by_start": [1, 2]}),
    "nobody": ("spike", "somebody has to be there", {"least_for_machine": 0}),
    "no why": ("spike", "should be one of a, b", {"why": "because"}),
    "other data": ("spike", "Expected a record of start-ups", {"starting": {"x": 1}}),
    "slower needs less": ("spare", "the slower the start".capitalize(), {"spare_machine": 1}),
    "one": ("spare", "one replica costs", slip("spare_eur", "one_replica")),
    "hour": ("spare", "for one hour", slip("spare_eur", "an_hour")),
    "percent": ("policy", "70 % is written", {
        "policy": {"target_utilisation": 70, "least": 2, "down_window_s": 300}}),
    "later": ("rollout", "answered sooner", {"all_ready_s": 1e4}),
    "first": ("rollout", "the first of them", {"all_ready_s": RIGHT["rollout"].ready_s[0]}),
    "no option": ("quiz", "one of a, b, c, d", {"quiz": RIGHT["quiz"] | {"busy": "e"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_usual_mistakes_are_named(name: str) -> None:
    """Each usual mistake is recognised, and its note says where to look."""
    item, said, wrong = MISTAKES[name]
    given = answer(item, **wrong)
    assert Kind.MISTAKE in kinds(given)
    assert said in repr(given)


@pytest.mark.parametrize("item", [item for item in NOTES if item != "identity"])
@pytest.mark.parametrize("missing", [None, ...])
def test_what_is_missing_is_open_not_wrong(item: str, missing: object) -> None:
    """An item that is not answered yet, whether or not there is a record, says so."""
    names = dict.fromkeys(RIGHT, missing)
    names |= {"quiz": dict.fromkeys(("busy", "fast", "window"), missing)}
    names |= {"lost_by_start": {}, "replicas_by_look": []}
    # As many replicas as the example asks for, whose problem this is.
    times = RIGHT["rollout"].ready_s[: problem(ASSIGNMENT).replicas]
    kept = {"starting": RIGHT["starting"], "rollout": Rollout(times, "an engine")}
    nowhere = {"starting": missing, "rollout": Unavailable("No engine was found.")}
    with environment():
        for tables in (kept, nowhere):
            given = check(ASSIGNMENT, item, None, **(names | tables))
            assert kinds(given) == {Kind.UNANSWERED}, given


# Start-up times


@pytest.fixture
def nothing_to_measure(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Let no start be measured, and return what was asked for."""
    asked: list[tuple[str, ...]] = []

    def startup(*, technologies: tuple[str, ...], **_options: Any) -> Unavailable:
        asked.append(technologies)
        return Unavailable("No QEMU was found.")

    monkeypatch.setattr(experiments, "startup", startup)
    return asked


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a workspace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(WORK_VARIABLE, str(tmp_path))
    return tmp_path


def keep(name: str, seconds: float, accelerator: str, lesson: str = "05") -> None:
    """Keep a start as lesson 05 does."""
    assert measurements.keep(f"start: {name}", seconds, "s", lesson=lesson, accelerator=accelerator)


def test_lesson_05_is_believed(work: Path, nothing_to_measure: list[tuple[str, ...]]) -> None:
    """What lesson 05 has kept last, of one kind of processor, is taken and measured no more."""
    keep("container", 9.0, "tcg")
    keep("container", 3.5, "tcg")
    keep("full VM", 24.5, "tcg")
    keep("container", 0.3, "native")
    keep("full VM", 1e9, "tcg")
    keep("full VM", 7.0, "tcg", lesson="99")
    found = start_ups()
    assert found.seconds == {"container": 3.5, "full VM": 24.5}
    assert {one.kind for one in found.each} == {"measured"}
    assert "lesson 05" in repr(found)
    assert nothing_to_measure == []
    assert StartUps.read(work / "start-ups.json") == found
    keep("container", 1.0, "tcg")
    assert start_ups() == found


def test_what_is_not_there_was_published(
    work: Path, nothing_to_measure: list[tuple[str, ...]]
) -> None:
    """Without lesson 05 it is measured, and where that cannot be, it was published and says so."""
    found = start_ups()
    assert nothing_to_measure == [("container",), ("full VM",)]
    assert found.seconds == {"container": 0.2, "full VM": 55.9}
    assert {one.kind for one in found.each} == {"published"}
    assert "second-hand" in repr(found)
    assert "published" in found._repr_html_()


def test_a_short_measurement_is_of_the_machines_processor(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of containers on two engines those are taken that ran as the machines do."""

    def startup(*, technologies: tuple[str, ...], **_options: Any) -> Any:
        rows = [
            SimpleNamespace(quantity="start", accelerator=a, value=v)
            for a, v in (("native", 0.3), ("tcg", 3.0), ("tcg", 5.0), ("tcg", 4.0))
        ]
        rows.append(SimpleNamespace(quantity="stage: kernel", accelerator="tcg", value=9.0))
        return SimpleNamespace(rows=rows)

    monkeypatch.setattr(experiments, "startup", startup)
    found = start_ups(again=True)
    assert found.seconds == {"container": 4.0, "full VM": 4.0}
    assert "the median of 3 starts, emulated" in repr(found)


def test_a_grader_measures_nothing(
    work: Path, nothing_to_measure: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file the published figures serve, nothing is measured and nothing is written."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert {one.kind for one in start_ups().each} == {"published"}
    assert (nothing_to_measure, list(work.iterdir())) == ([], [])
    made = records("ada")
    made.starting.write(work / "start-ups.json")
    assert start_ups() == made.starting


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[1, 2]", "found list"),
        ('{"kind": "rollout", "figures": {}}', "found one of 'rollout'"),
        ('{"kind": "start-ups", "figures": {}, "digest": "sha256:0"}', "changed after"),
        (" " * 2_000_000, "too large"),
    ],
)
def test_a_file_that_is_none_is_refused(work: Path, text: str, said: str) -> None:
    """What cannot be read says what was expected and what to do."""
    (work / "start-ups.json").write_text(text)
    with pytest.raises(UnreadableRecordError, match=said):
        start_ups()


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    """A record that is written and read, or sent as JSON, is the same record."""
    made = records("ada")
    made.rollout.write(tmp_path / "rollout.json")
    assert Rollout.read(tmp_path / "rollout.json") == made.rollout
    assert Rollout.from_data(json.loads(json.dumps(made.rollout.to_data()))) == made.rollout
    assert StartUps.from_data(json.loads(json.dumps(made.starting.to_data()))) == made.starting
    assert [row["replicas"] for row in made.rollout.records()] == list(
        range(1, len(made.rollout.ready_s) + 1)
    )


# The policy


def test_a_rehearsal_says_what_is_lost_and_paid() -> None:
    """The table has an afternoon a row; more in readiness costs more and loses less."""
    goal = TASK.goal
    few = rehearse(goal, {"target_utilisation": 0.9, "least": 1, "down_window_s": 300})
    many = rehearse(goal, {"target_utilisation": 0.3, "least": 1, "down_window_s": 300})
    assert isinstance(few, Rehearsal)
    assert isinstance(many, Rehearsal)
    assert few.cost_eur < many.cost_eur
    assert sum(t.share_lost for t in few.trials) > sum(t.share_lost for t in many.trials)
    assert all(many.kept)
    assert len(few.table()) == 3
    assert all(math.isfinite(t.p99_latency_s) and t.most_replicas > 0 for t in few.trials)
    assert "afternoon" in few._repr_html_()


# The engine


def test_without_an_engine_there_is_a_workbench_that_says_so() -> None:
    """Where an engine is asked for, the reason is told; everything after it goes on."""
    with environment():
        bench = workbench(problem(ASSIGNMENT, "ada"))
    assert isinstance(bench, Unavailable)
    assert "There is no Docker Engine" in repr(bench)
    assert repr(bench.scale_out(print)) == repr(bench.ask(24)) == "not measured"
