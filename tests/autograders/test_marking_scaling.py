"""Marking assignment 07: by the personal problem, by records, by simulation, by an engine."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from autograders import engine_state
from autograders.answers.scaling_under_load import (
    ITEMS,
    desired_function,
    erlang_function,
    mutants,
    policies,
    reference,
)
from autograders.answers.scaling_under_load.reference import careful_policy
from autograders.checks import Mark, same
from autograders.marking import mark
from course import simulation
from course.exercise import check, problem
from course.exercise.draw import Draw
from course.exercise.notes import Kind
from course.exercise.scaling_under_load import NOTES, Workbench
from course.exercise.scaling_under_load.looks import FORGOTTEN, follow
from course.exercise.scaling_under_load.mistakes import MISTAKES
from course.exercise.scaling_under_load.policy import Policy, Rehearsal, rehearse
from course.exercise.scaling_under_load.rollout import Rollout
from course.exercise.scaling_under_load.start_ups import StartUp, StartUps
from course.exercise.scaling_under_load.workbench import IMAGES
from course.live import images
from course.live.unavailable import Unavailable
from tests.lesson_engine import environment
from tests.submissions_scaling import ASSIGNMENT, DESIRED, ERLANG_C, MACHINES, records

if TYPE_CHECKING:
    from tests.lesson_engine import LessonEngine

STUDENTS = [f"student-{number}" for number in range(10)]
WITHOUT_ENGINE = [item for item in ITEMS if item != "service"]


def written(source: str, name: str) -> Any:
    """Return a function as a learner has written it."""
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102 (our own text)
    return space[name]


OWN = {
    "erlang_c": written(ERLANG_C, "erlang_c"),
    "desired_replicas": written(DESIRED, "desired_replicas"),
}


@functools.cache
def right_of(student: str, kind: str = "emulated") -> dict[str, Any]:
    """Return right answers; nothing changes them."""
    return reference(problem(ASSIGNMENT, student), records(student, kind)) | OWN


def submit(item: str, student: str, kind: str = "emulated", **changes: Any) -> Mark:
    """Mark an answer that is right of a machine's records but for the changes."""
    made, right = records(student, kind), right_of(student, kind)
    tables = {"starting": made.starting, "rollout": made.rollout}
    return mark(check(ASSIGNMENT, item, student, **(right | tables | changes)))


def test_what_is_looked_at_is_marked() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS)
def test_right_answers_earn_everything(student: str) -> None:
    """With every problem, and of every machine's records, the reference answers earn all."""
    for item in WITHOUT_ENGINE:
        for kind in MACHINES if item in ("spike", "rollout") else ("emulated",):
            marked = submit(item, student, kind)
            assert marked.points == marked.possible, (item, marked)


@pytest.mark.parametrize("student", STUDENTS[:5])
def test_every_mutant_costs_what_it_should(student: str) -> None:
    """In every problem each usual mistake costs its points in its item, and is named."""
    for mutant in mutants(problem(ASSIGNMENT, student), records(student)):
        marked = submit(mutant.item, student, **{mutant.variable: mutant.value})
        # An answer that the next one is worked out from may not cost a second time.
        assert marked.possible - marked.points == pytest.approx(mutant.points_lost), mutant
        assert mutant.sentence in marked.message, (mutant, marked)


def test_every_mistake_is_tried() -> None:
    """No usual mistake that has a sentence for it goes untested."""
    names = {
        mutant.name.split(": ")[1]
        for student in STUDENTS[:5]
        for mutant in mutants(problem(ASSIGNMENT, student), records(student))
    }
    functions = set(erlang_function.MISTAKEN) | set(desired_function.MISTAKEN)
    assert set(MISTAKES) == (names & set(MISTAKES)) | functions


def test_mutants_are_many_and_unlike() -> None:
    """No two mistakes of one answer are told apart by name alone."""
    seen: dict[str, list[Any]] = {}
    for mutant in mutants(problem(ASSIGNMENT, "ada"), records("ada")):
        assert mutant.value not in seen.get(mutant.variable, [])
        seen.setdefault(mutant.variable, []).append(mutant.value)
    assert sum(map(len, seen.values())) > 50


# The functions


@pytest.mark.parametrize("name", erlang_function.MISTAKEN)
def test_mistaken_erlang_functions_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for values, and is told which."""
    mistaken = erlang_function.MISTAKEN[name]

    def function(servers: int, erlangs: float) -> float:
        return (OWN["erlang_c"] if servers > 100 or erlangs >= servers else mistaken)(
            servers, erlangs
        )

    marked = submit("erlang_c", "ada", erlang_c=function)
    assert marked.points == 2.5
    assert MISTAKES[name] in marked.message


@pytest.mark.parametrize("name", desired_function.MISTAKEN)
def test_mistaken_wishes_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for values, and is told which."""
    mistaken = desired_function.MISTAKEN[name]
    marked = submit("desired_replicas", "ada", desired_replicas=mistaken)
    assert marked.points <= 2.5
    assert MISTAKES[name] in marked.message


def by_factorials(servers: int, erlangs: float) -> float:
    """Work it out by the textbook's sum."""
    if erlangs >= servers:
        raise ValueError("too much")
    below = sum(erlangs**n / math.factorial(n) for n in range(servers))
    last = erlangs**servers / math.factorial(servers) * servers / (servers - erlangs)
    return last / (below + last)


def unbounded(
    current: int, utilisation: float, target: float, least: int = 1, most: int = 100
) -> float:
    """Leave out the bounds, and refuse nothing."""
    if target <= 0 or abs(utilisation / target - 1) <= 0.1:
        return current
    return math.ceil(current * utilisation / target)


@pytest.mark.parametrize(
    ("item", "function", "points", "said"),
    [
        ("erlang_c", OWN["erlang_c"], 4, "right on all"),
        ("erlang_c", erlang_function.erlang_c, 4, "right on all"),
        ("erlang_c", by_factorials, 3.5, "factorials"),
        ("erlang_c", simulation.erlang_c, 0, "ready-made"),
        ("erlang_c", lambda c, a: simulation.erlang_b(c, a), 0, "ready-made"),
        ("erlang_c", lambda c, a: None, 0, "returns nothing"),
        ("erlang_c", lambda c, a: {}[c], 0, "raised KeyError"),
        ("erlang_c", lambda c, a: "0.5", 0, "right on 0 of"),
        ("erlang_c", "erlang_c", 0, "not a function"),
        ("desired_replicas", OWN["desired_replicas"], 4, "right on all"),
        ("desired_replicas", desired_function.desired_replicas, 4, "right on all"),
        ("desired_replicas", unbounded, 3, "more than the most"),
        ("desired_replicas", lambda *a: simulation.desired_replicas(*a[:3]), 0, "ready-made"),
        ("desired_replicas", lambda n, u, t, least=1, most=9: None, 0, "returns nothing"),
        ("desired_replicas", lambda n, u, t, least=1, most=9: [n], 0, "right on 0 of"),
        ("desired_replicas", 7, 0, "not a function"),
    ],
)
def test_other_functions(item: str, function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit(item, "ada", **{item: function})
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_instances_tell_right_from_wrong(secret: str) -> None:
    """Each usual mistake gives other answers, and the reference those of the models."""
    loads = erlang_function.draw_instances(Draw(secret))
    for servers, erlangs in loads:
        right = simulation.erlang_c(int(servers), erlangs)
        assert erlang_function.erlang_c(int(servers), erlangs) == pytest.approx(right, rel=1e-9)
        assert by_factorials(int(servers), erlangs) == pytest.approx(right)
    wishes = desired_function.draw_instances(Draw(secret))
    for current, utilisation, target in wishes:
        model = simulation.desired_replicas(int(current), utilisation, target)
        assert desired_function.desired_replicas(int(current), utilisation, target) == model
    for mistaken in desired_function.MISTAKEN.values():
        assert any(mistaken(*i) != desired_function.desired_replicas(*i) for i in wishes)


# Numbers


def test_a_mistake_costs_once() -> None:
    """What follows from an earlier mistake earns its points."""
    task = problem(ASSIGNMENT, "ada")
    right = reference(task, records("ada"))
    mean = task.busy.mean_per_minute / 60 * task.busy.service_ms / 1000
    marked = submit("offered", "ada", offered_erlangs=mean, least_servers=math.floor(mean) + 1)
    assert marked.points == 1.25
    one_more = right["servers"] + 1
    wait_s = simulation.mean_wait_s(
        one_more, task.busy.per_minute / 60, task.busy.service_ms / 1000
    )
    marked = submit("servers", "ada", servers=one_more, wait_ms=1000 * wait_s)
    assert (marked.points, "follows from your own" in marked.message) == (1, True)
    short = right["backlog"] * task.rush.start_up_s / (task.rush.start_up_s + task.rush.notices_s)
    marked = submit("rush", "ada", backlog=short, lost=short - task.rush.room)
    assert marked.points == 2.5
    more = right["spare_machine"] + 1
    month = more * task.growth.eur_per_replica_hour * 720
    assert submit("spare", "ada", spare_machine=more, spare_eur=month).points == 2


def test_looks_before_the_first_slip_count() -> None:
    """A trace that leaves the rule earns what it kept to it for, and is told where."""
    right = list(follow(problem(ASSIGNMENT, "ada").looks))
    for slip in range(len(right)):
        wrong = [n + (i >= slip) for i, n in enumerate(right)]
        marked = submit("looks", "ada", replicas_by_look=wrong)
        if tuple(wrong) in {follow(problem(ASSIGNMENT, "ada").looks, without=r) for r in FORGOTTEN}:
            continue
        assert marked.points == pytest.approx(slip / len(right))
        assert f"look {slip + 1};" in marked.message


# The simulation


def test_what_is_read_off_is_of_the_own_start_up_times() -> None:
    """Figures of another learner's machine are not right of this one's."""
    other = reference(problem(ASSIGNMENT, "ada"), records("ada", "emulated, slow"))
    marked = submit("spike", "ada", lost_by_start=other["lost_by_start"])
    assert marked.points == 2
    assert "container, full VM" in marked.message


def test_records_that_cannot_be_are_refused() -> None:
    """What was changed, or never measured, earns nothing, and the reason is told."""
    made = records("ada")
    sealed = made.starting.to_data()
    edited = sealed | {"figures": {"each": [{**sealed["figures"]["each"][0], "seconds": 0.1}]}}
    negative = StartUps(tuple(replace(one, seconds=-1.0) for one in made.starting.each))
    lonely = StartUps((StartUp("container", 0.3, "measured", ""),))
    for value, said in (
        (edited, "was changed after it was measured"),
        (negative, "the start-up of each"),
        (lonely, "the start-up of each"),
        ([0.2, 3.0], "found list"),
        (made.rollout.to_data(), "found one of 'rollout'"),
        (None, "not answered yet"),
    ):
        marked = submit("spike", "ada", starting=value)
        assert (marked.points, said in marked.message) == (0, True), marked
    times = made.rollout.ready_s
    for changed, said in (
        (replace(made.rollout, ready_s=times[:-1]), "were asked for"),
        (replace(made.rollout, ready_s=times[::-1]), "before it can have been started"),
        (replace(made.rollout, ready_s=tuple(map(float, range(1, 1 + len(times))))), "equally"),
        (replace(made.rollout, ready_s=(*times[:-1], 1e5)), "longer than 3600 s"),
        (replace(made.rollout, ready_s=(math.nan,) * len(times)), "no number of seconds"),
        (made.starting.to_data(), "found one of 'start-ups'"),
        (Unavailable("rollout.json was not handed in."), "was not handed in"),
        (None, "not answered yet"),
    ):
        marked = submit("rollout", "ada", rollout=changed)
        assert (marked.points, said in marked.message) == (0, True), marked


def test_records_that_travelled_as_json_are_the_same() -> None:
    """A grader that gets a record as data marks it like the record."""
    made = records("ada")
    assert submit("spike", "ada", starting=made.starting.to_data()).points == 3
    assert submit("rollout", "ada", rollout=made.rollout.to_data()).points == 2


# The policy


def test_a_careful_policy_earns_everything_whatever_the_secret() -> None:
    """Tuned with what is shown, with some reserve, a policy does on what is hidden."""
    for student in STUDENTS[:4]:
        goal = problem(ASSIGNMENT, student).goal
        for secret in ("one", "two"):
            marked = policies.mark(goal, careful_policy(goal), Draw(secret, student))
            assert marked.points == 5, (student, secret, marked)


@pytest.mark.parametrize(
    ("change", "most", "said"),
    [
        ({"target_utilisation": 0.95, "least": 1}, 1, "does not count"),
        ({"target_utilisation": 0.9, "least": 80}, 2, "4 of 4 hidden afternoons"),
        ({"target_utilisation": 0.2, "least": 2}, 3.5, "times as much"),
    ],
)
def test_a_policy_is_paid_for_both(change: dict[str, Any], most: float, said: str) -> None:
    """Losing much earns nothing, keeping everything in readiness earns the part for that."""
    marked = submit("policy", "ada", policy={"down_window_s": 300} | change)
    assert marked.points <= most
    assert said in marked.message


def test_more_lost_never_earns_more() -> None:
    """From a tight target to a loose one, the part for what is lost never rises."""
    goal = problem(ASSIGNMENT, "ada").goal
    afternoons = policies.hidden_afternoons(goal, Draw("order"))
    kept = []
    for target in (0.3, 0.5, 0.7, 0.95):
        found = rehearse(goal, Policy(target, 2), afternoons)
        assert isinstance(found, Rehearsal)
        kept.append(sum(found.kept))
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == len(afternoons) > kept[-1]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "not answered yet"),
        ({"target_utilisation": None, "least": None, "down_window_s": None}, "not answered yet"),
        ([0.7, 2, 300], "should stay a dictionary"),
        ({"target_utilisation": 70, "least": 2, "down_window_s": 300}, "70 % is written 0.7"),
        ({"target_utilisation": 0.7, "least": 2.5, "down_window_s": 300}, "a whole number"),
        ({"target_utilisation": 0.7, "least": 0, "down_window_s": 300}, "between 1 and 200"),
        ({"target_utilisation": 0.7, "least": 2}, "not answered yet"),
        ({"target_utilisation": 0.7, "least": 2, "down_window_s": -1}, "cannot be negative"),
        ({"target_utilisation": 0.7, "least": 2, "down_window_s": 1e9}, "between 0 and 3600"),
        ({"target_utilisation": math.nan, "least": 2, "down_window_s": 300}, "finite"),
        ({"target": 0.7}, "policy has 'target'"),
    ],
)
def test_policies_of_any_other_form(value: Any, said: str) -> None:
    """What is no policy earns nothing, and is told what is wrong with it."""
    marked = submit("policy", "ada", policy=value)
    assert (marked.points, said in marked.message) == (0, True), marked
    assert said in repr(rehearse(problem(ASSIGNMENT, "ada").goal, value))


def test_answers_of_any_other_form_stop_nothing() -> None:
    """Whatever a learner writes is marked, with a sentence."""
    odd = (None, "", [], {}, "4", {"full VM": "4"}, {"x": 1}, float("nan"), True, -1, 10**400)
    for value in odd:
        assert submit("offered", "ada", offered_erlangs=value, least_servers=value).points == 0
        assert submit("servers", "ada", servers=value, wait_ms=value).points == 0
        assert submit("pooling", "ada", wait_apart_ms=value, reason=value).points <= 1
        assert submit("looks", "ada", replicas_by_look=value).points == 0
        assert submit("looks", "ada", replicas_by_look=[value] * 8).points == 0
        assert submit("rush", "ada", backlog=value, lost=value, catch_up_s=value).points == 0
        spike = {"lost_by_start": value, "least_for_machine": value, "why": value}
        assert submit("spike", "ada", **spike).points == 0
        assert submit("spare", "ada", spare_machine=value, spare_eur=value).points == 1
        assert submit("rollout", "ada", all_ready_s=value, replicas_per_minute=value).points == 0
        assert submit("rollout", "ada", rollout=value).points == 0


def test_whole_numbers_are_asked_for_exactly() -> None:
    """One server more than right is wrong, however near it is."""
    assert not same(28, 29, whole=True)
    right = reference(problem(ASSIGNMENT, "ada"), records("ada"))
    assert submit("spare", "ada", spare_machine=right["spare_machine"] + 1).points <= 2


# From here on in a real engine.


def test_without_an_engine_no_service_is_looked_at() -> None:
    """No engine is no error: the mark is 0, and says what was looked for and what is missing."""
    with environment():
        marked = mark(check(ASSIGNMENT, "service", "ada"))
    assert (marked.points, marked.possible) == (0, 4)
    assert "Looked for the containers lesson07-" in marked.message
    assert "not answered yet" in marked.message


@pytest.fixture(scope="module")
def bench(lesson_engine: LessonEngine) -> Iterator[Workbench]:
    """Return a workbench with the lesson's images and network."""
    images.provide(lesson_engine.client, *IMAGES)
    bench = Workbench(lesson_engine.client, problem(ASSIGNMENT, "ada"))
    bench.clear()
    bench.furnish()
    yield bench
    bench.clear()
    assert bench.clear() == 0


def start(bench: Workbench, number: int, **changes: Any) -> None:
    """Start a replica as it should be, but for the changes."""
    task = bench.task
    options: dict[str, Any] = {
        "image": "course/web:1",
        "command": bench.page,
        "alias": task.address,
        "hostname": f"web-{number}",
    } | changes
    container = bench.client.containers.create(
        options["image"],
        options["command"],
        name=task.name(f"web-{number}"),
        hostname=options["hostname"],
    )
    bench.network.connect(container, aliases=[options["alias"]] if options["alias"] else [])
    container.start()


@pytest.mark.docker
@pytest.mark.parametrize(
    ("changes", "points", "said"),
    [
        ({}, 4, "holds what was asked for"),
        ({"leave_out": 1}, 0.5, "does not"),
        ({"more": 1}, 3, "one too many"),
        ({"alias": "elsewhere", "only": 2}, 1.5, "does not go by the name"),
        ({"alias": "elsewhere"}, 1, "does not go by the name"),
        ({"hostname": "web-1"}, 2.5, "answered 1 of the"),
        ({"image": "course/busybox:1.35", "command": ["sleep", "1000"]}, 1, "not of course/web:1"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_service_is_marked_by_what_answers(
    bench: Workbench, changes: dict[str, Any], points: float, said: str
) -> None:
    """Replicas, their address, and each one's answer earn their points apart."""
    bench.scale_in(0)
    count = bench.task.replicas - changes.get("leave_out", 0) + changes.get("more", 0)
    for number in range(1, count + 1):
        concerned = number == changes.get("only", number)
        options = {
            k: v for k, v in changes.items() if k in ("alias", "hostname", "image", "command")
        }
        start(bench, number, **(options if concerned else {}))
    with engine_state.use(bench.client):
        marked = mark(check(ASSIGNMENT, "service", "ada"))
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.docker
def test_a_rollout_is_timed_once(
    bench: Workbench, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replicas are started each time; the times are those of the record, unless asked anew."""
    monkeypatch.chdir(tmp_path)
    first = bench.scale_out(lambda number: start(bench, number))
    assert isinstance(first, Rollout)
    assert first.problems() == ()
    assert len(first.ready_s) == bench.task.replicas
    bench.scale_in(0)
    assert bench.scale_out(lambda number: start(bench, number)) == first
    assert len(bench.ask(60)) == bench.task.replicas
    assert bench.scale_in(1) == bench.task.replicas - 1
    assert {name for name, _count in bench.ask(6)} == {"web-1"}
    (tmp_path / "rollout.json").unlink()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    graded = bench.scale_out(lambda number: start(bench, number))
    assert isinstance(graded, Unavailable)
    assert "was not handed in" in repr(graded)
    assert not (tmp_path / "rollout.json").exists()


@pytest.mark.docker
def test_a_replica_that_is_none_is_told(
    bench: Workbench, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that starts nothing, or what does not answer, stops the rollout with a reason."""
    monkeypatch.chdir(tmp_path)
    assert "not answered yet" in repr(bench.scale_out(lambda number: None))
    monkeypatch.setattr("course.exercise.scaling_under_load.service._UNTIL", "exit 1")
    said = repr(bench.scale_out(lambda number: start(bench, number)))
    assert "does not answer at http://" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.docker
def test_notes_go_by_the_same_findings(bench: Workbench, lesson_engine: LessonEngine) -> None:
    """What the notebook says of a service is what the grader will say."""
    bench.scale_in(0)
    with lesson_engine.connected():
        open_notes = check(ASSIGNMENT, "service", "ada").notes()
        start(bench, 1)
        started = check(ASSIGNMENT, "service", "ada").notes()
    assert [note.kind for note in open_notes] == [Kind.UNANSWERED]
    assert any("have to run" in note.text for note in started)
