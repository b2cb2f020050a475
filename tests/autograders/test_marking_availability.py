"""Marking assignment 09: by the personal problem, by records of many machines, by an engine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import pytest

from autograders import engine_state
from autograders.answers.availability import ITEMS, mutants, reference
from autograders.answers.availability.moving_items import right_rounds
from autograders.answers.availability.precopy_function import (
    MISTAKEN,
    draw_instances,
    draw_stuck_instances,
    precopy,
)
from autograders.answers.availability.quantities import hosts_needed, quantities, short
from autograders.checks import Mark
from autograders.marking import mark
from course.exercise import check, problem
from course.exercise.availability import NOTES, Workbench
from course.exercise.availability.mistakes import MISTAKES
from course.exercise.availability.workbench import IMAGE
from course.exercise.draw import Draw
from course.exercise.notes import Kind
from course.live import images
from course.live.unavailable import Unavailable
from course.simulation import migrate
from tests.lesson_engine import environment
from tests.records_availability import (
    ASSIGNMENT,
    IMPOSSIBLE_DRILLS,
    IMPOSSIBLE_MOVES,
    MACHINES,
    drill_of,
    records,
)

if TYPE_CHECKING:
    from tests.lesson_engine import LessonEngine

STUDENTS = [f"student-{number}" for number in range(30)]
WITHOUT_ENGINE = [item for item in ITEMS if item != "services"]


def own_precopy(memory: float, rate: float, dirty: float, limit_s: float) -> list[float] | None:
    """Send round by round, as a learner would write it."""
    rounds = [memory]
    while True:
        left = min(memory, rounds[-1] / rate * dirty)
        if left / rate <= limit_s:
            return [*rounds, left]
        if left >= rounds[-1]:
            return None
        rounds.append(left)


def answer_of(item: str, student: str, kind: str, changes: dict[str, Any]) -> Any:
    """Return an answer that is right of a machine's records but for the changes."""
    made = records(student, MACHINES[kind])
    right = reference(problem(ASSIGNMENT, student), made) | {"precopy": own_precopy}
    tables: dict[str, Any] = {"drill": made.drill}
    tables["table"] = {"back": made.recovery, "moved": made.moves}.get(item)
    return check(ASSIGNMENT, item, student, **(right | tables | changes))


def submit(item: str, student: str, kind: str = "emulated, lab VM", **changes: Any) -> Mark:
    """Mark an answer that is right of a machine's records but for the changes."""
    return mark(answer_of(item, student, kind, changes))


def test_what_is_looked_at_is_marked() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS[:15])
@pytest.mark.parametrize("kind", ["emulated, lab VM", "KVM, lab VM"])
def test_right_answers_earn_everything(student: str, kind: str) -> None:
    """With every problem, and of every machine's records, the reference answers earn all."""
    for item in WITHOUT_ENGINE:
        marked = submit(item, student, kind)
        assert marked.points == marked.possible, (item, marked)


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("emulated, slow", {}),
        ("emulated, host's engine too", {}),
        ("emulated, host's engine alone", {"back": 0.75}),
        ("no QEMU, host's engine", {"back": 0.75, "moved": 3}),
        ("nothing", {"back": 2, "moved": 3}),
    ],
)
def test_what_cannot_be_measured_is_said(kind: str, lost: dict[str, float]) -> None:
    """Where something is not to be had, only what rests on it is lost, and the reason is told."""
    for item in WITHOUT_ENGINE:
        marked = submit(item, "ada", kind)
        assert marked.possible - marked.points == lost.get(item, 0), (item, marked)
        assert ("not answered yet" in marked.message) == (item in lost)


@pytest.mark.parametrize("student", STUDENTS[:12])
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
        for student in STUDENTS[:12]
        for mutant in mutants(problem(ASSIGNMENT, student), records(student))
    }
    assert set(MISTAKES) == names & set(MISTAKES) | set(MISTAKEN) | {"never_ends"}


# What is reckoned, in another way


@pytest.mark.parametrize("student", STUDENTS[:10])
def test_the_reference_agrees_with_the_model(student: str) -> None:
    """By hand, by the function and by the course's model a migration has the same rounds."""
    hand = problem(ASSIGNMENT, student).by_hand
    modelled = migrate(
        hand.memory_mb,
        hand.network_mbit_per_s / 8,
        hand.dirty_mb_per_s,
        downtime_limit_ms=hand.limit_ms,
    )
    assert right_rounds(hand) == pytest.approx([one.sent_mib for one in modelled.rounds])


@pytest.mark.parametrize("student", STUDENTS[:10])
def test_the_room_agrees_with_all_cases(student: str) -> None:
    """Adding up every combination of hosts that are down gives the same share of the time."""
    task = problem(ASSIGNMENT, student)
    every, up = hosts_needed(task.room) + task.room.failures, task.host.availability
    share = 0.0
    for states in range(2**every):
        running = states.bit_count()
        if running < hosts_needed(task.room):
            share += up**running * (1 - up) ** (every - running)
    assert short(every, hosts_needed(task.room), up) == pytest.approx(share)
    assert quantities(task)["short_min"].right == pytest.approx(525_600 * share)


def test_the_means_agree_with_many_crashes() -> None:
    """Crashing at every moment of an interval loses what the formula says, on average."""
    snapshots = problem(ASSIGNMENT, "ada").snapshots
    every, writing, lost = snapshots.every_min, snapshots.writing_min, []
    for minute in range(10 * every, 11 * every):
        begun = [began for began in range(0, minute, every) if began + writing <= minute]
        lost.append((minute + 0.5 - begun[-1]) * snapshots.orders_per_h / 60)
    asked = quantities(problem(ASSIGNMENT, "ada"))
    assert sum(lost) / len(lost) == pytest.approx(asked["mean_lost"].right, rel=0.005)
    assert max(lost) == pytest.approx(asked["worst_lost"].right, rel=0.005)


# The function


@pytest.mark.parametrize("name", MISTAKEN)
def test_mistaken_functions_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for rounds, and is told which."""
    marked = submit("precopy", "ada", precopy=lambda *machine: MISTAKEN[name](*machine))
    assert marked.points == 2.5
    assert MISTAKES[name] in marked.message


def without_an_end(memory: float, rate: float, dirty: float, limit_s: float) -> list[float]:
    """Wait for every migration, however long it takes."""
    rounds = [memory]
    while rounds[-1] > rate * limit_s or len(rounds) == 1:
        rounds.append(min(memory, rounds[-1] / rate * dirty))
    return rounds


def by_the_model(memory: float, rate: float, dirty: float, limit_s: float) -> list[float]:
    """Let the course's model do it."""
    limit_ms = 1000 * limit_s
    done = migrate(memory, rate, dirty, downtime_limit_ms=limit_ms)
    return [one.sent_mib for one in done.rounds]


@pytest.mark.parametrize(
    ("function", "points", "said"),
    [
        (own_precopy, 4, "right on all"),
        (precopy, 4, "right on all"),
        (lambda m, r, d, s: tuple(own_precopy(m, r, d, s) or ()) or None, 4, "right on all"),
        (without_an_end, 3, "for ever"),
        (by_the_model, 0, "own model"),
        (lambda m, r, d, s: None, 0, "returns nothing"),
        (lambda m, r, d, s: [m], 0, "right on 0 of"),
        (lambda m, r, d, s: 1 / 0, 0, "raised ZeroDivisionError"),
        (lambda m, r, d, s: "rounds", 0, "right on 0 of"),
        (lambda m, r, d, s: ["a", "b"], 0, "right on 0 of"),
        ("precopy", 0, "not a function"),
    ],
)
def test_other_functions(function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit("precopy", "ada", precopy=function)
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_machines_tell_right_from_wrong(secret: str) -> None:
    """Every usual mistake gives another answer on each of them; some do not get away."""
    for instance in draw_instances(Draw(secret)):
        machine = astuple(instance)
        right = own_precopy(*machine)
        assert precopy(*machine) == pytest.approx(right)
        for function in MISTAKEN.values():
            assert function(*machine) != pytest.approx(right)
    for instance in draw_stuck_instances(Draw(secret)):
        assert own_precopy(*astuple(instance)) is None


# Records


@pytest.mark.parametrize("name", IMPOSSIBLE_MOVES)
def test_moves_that_cannot_have_been_earn_nothing(name: str) -> None:
    """A record that was changed into something impossible is refused, with the reason."""
    change, said = IMPOSSIBLE_MOVES[name]
    marked = submit("moved", "ada", table=change(records("ada").moves))
    assert marked.points == 0
    assert said in marked.message
    answer = answer_of("moved", "ada", "emulated, lab VM", {"table": change(records("ada").moves)})
    assert [note.kind for note in answer.notes()] == [Kind.MISTAKE]


@pytest.mark.parametrize("name", IMPOSSIBLE_DRILLS)
def test_drills_that_cannot_have_been_earn_nothing(name: str) -> None:
    """A drill that was changed into something impossible is refused, with the reason."""
    change, said = IMPOSSIBLE_DRILLS[name]
    marked = submit("drill", "ada", drill=change(records("ada").drill))
    assert marked.points == 0
    assert said in marked.message


TASK = problem(ASSIGNMENT, "ada")
WRONG = "ledger-1"


@pytest.mark.parametrize(
    ("drill", "points", "said"),
    [
        (drill_of(TASK), 4, "all of it"),
        (drill_of(TASK, order=("token", "snapshot", "late", "crash", "boot", "restore")), 4, "all"),
        (
            drill_of(TASK, order=("token", "late", "snapshot", "crash", "restore")),
            2.5,
            "there again",
        ),
        (drill_of(TASK, order=("token", "snapshot", "crash", "restore")), 2.5, "second word"),
        (drill_of(TASK, order=("token", "snapshot", "late", "restore")), 3, "was not destroyed"),
        (drill_of(TASK, order=("token", "crash", "snapshot", "restore")), 0, "needs a snapshot"),
        (
            drill_of(TASK, order=("snapshot", "token", "late", "crash", "restore")),
            0,
            "holds nothing",
        ),
        (drill_of(TASK, order=("token", "snapshot", "late", "crash")), 0, "needs a snapshot"),
        (drill_of(TASK, order=("crash", "boot", "token")), 0, "needs a snapshot"),
        (
            drill_of(TASK, order=("token", "snapshot", "crash", "restore"), token=WRONG),
            0,
            "ledger-1",
        ),
        (drill_of(TASK, late="order-1"), 2.5, "second word"),
        (drill_of(problem(ASSIGNMENT, "grace")), 0, "not your token"),
        (Unavailable("There are no steps yet."), 0, "not answered yet"),
        (None, 0, "not answered yet"),
        ({"steps": []}, 0, "found dict"),
    ],
)
def test_drills(drill: Any, points: float, said: str) -> None:
    """A drill earns what of it was asked for: the token, the destruction, the loss."""
    marked = submit("drill", "ada", drill=drill)
    assert marked.points == points, marked
    assert said in marked.message, marked


def test_records_of_something_else_are_refused() -> None:
    """Another experiment's record, a part of a table by hand, and nothing at all are told apart."""
    made = records("ada")
    for item, other in (("back", made.moves), ("moved", made.recovery)):
        for value, said in (
            (other, "found one of"),
            ([0.2, 0.3], "found list"),
            ({"rows": []}, "cannot be read"),
            (None, "not answered yet"),
            (Unavailable("It was not handed in."), "was not handed in"),
        ):
            marked = submit(item, "ada", table=value)
            assert (marked.points, said in marked.message) == (0, True), marked


def test_a_record_that_travelled_as_json_is_the_same_record() -> None:
    """A grader that gets a table as data marks it like the table."""
    made = records("ada")
    for item, table in (("back", made.recovery), ("moved", made.moves)):
        assert submit(item, "ada", table=table.to_data()) == submit(item, "ada", table=table)


def test_moves_have_to_be_at_ones_own_rates() -> None:
    """What somebody else's machines did is not what was asked of this learner."""
    other = next(
        student
        for student in STUDENTS
        if problem(ASSIGNMENT, student).rates_mib_per_s != TASK.rates_mib_per_s
    )
    marked = submit("moved", "ada", table=records(other).moves)
    assert marked.points == 0
    assert "yours are" in marked.message


def test_what_follows_from_an_earlier_answer_is_right() -> None:
    """One host too few costs once; what was reckoned from there is worth its points."""
    for student in STUDENTS[:8]:
        task = problem(ASSIGNMENT, student)
        own: dict[str, Any] = {"hosts": quantities(task)["hosts"].right - 1}
        followed = quantities(task, own)
        own["hosts_for_failures"] = followed["hosts_for_failures"].right
        followed = quantities(task, own)
        marked = submit("room", student, **own, short_min=followed["short_min"].right)
        assert marked.points == 3.25, marked
        assert "follows from your own" in marked.message


def test_rounds_that_follow_from_wrong_ones_are_followed() -> None:
    """Bits for bytes once: the downtime and the duration are reckoned from those rounds."""
    hand = TASK.by_hand
    wrong = precopy(
        hand.memory_mb, hand.network_mbit_per_s, hand.dirty_mb_per_s, hand.limit_ms / 1000
    )
    assert wrong is not None
    carried = hand.network_mbit_per_s / 8
    marked = submit(
        "rounds", "ada", rounds_mb=wrong,
        hand_downtime_ms=1000 * wrong[-1] / carried, hand_total_s=sum(wrong) / carried,
    )  # fmt: skip
    assert marked.points == 2.25, marked


@pytest.mark.parametrize(
    "value",
    ["many", {}, [], [None], ["a"], [float("nan")], -1, object(), [[1]], True, [1e308] * 2000],
)
def test_strange_answers_earn_nothing_and_break_nothing(value: Any) -> None:
    """Whatever a notebook holds, marking goes on; a strange value is worth nothing."""
    for item in WITHOUT_ENGINE:
        if item in ("identity", "precopy", "drill"):
            continue
        right = reference(TASK, records("ada"))
        changes = dict.fromkeys(right, value)
        marked = submit(item, "ada", **changes)
        assert marked.points == 0, (item, marked)
        answer_of(item, "ada", "emulated, lab VM", changes).notes()


# The engine


def test_without_an_engine_nothing_is_lost_but_the_experiment() -> None:
    """It says that there is none, and what was looked for."""
    with environment():
        marked = submit("services", "ada")
    assert (marked.points, marked.possible) == (0, 4)
    assert TASK.name("web") in marked.message
    assert "no engine" in marked.message


@pytest.fixture(scope="module")
def bench(lesson_engine: LessonEngine) -> Iterator[Workbench]:
    """Give a learner's place in an engine."""
    images.provide(lesson_engine.client, IMAGE)
    bench = Workbench(lesson_engine.client, TASK)
    yield bench
    bench.clear()


def start(bench: Workbench, web: str | None, job: str | None, retries: int = 0) -> None:
    """Start both services, with these policies."""
    bench.clear()
    if web is not None:
        bench.start("web", TASK.services.web_command, restart_policy={"Name": web})
    if job is not None:
        policy = {"Name": job, "MaximumRetryCount": retries} if retries else {"Name": job}
        bench.start("job", TASK.services.job_command, restart_policy=policy)


def marked_in(bench: Workbench) -> Mark:
    """Mark the services by what the engine holds."""
    with engine_state.use(bench.client):
        return submit("services", "ada")


@pytest.mark.docker
def test_services_that_keep_their_contracts(bench: Workbench) -> None:
    """Killed and back, tried and given up: all of it is read from the engine."""
    start(bench, "unless-stopped", "on-failure", TASK.services.retries)
    came = bench.kill("web")
    assert came.back_s is not None
    assert came.exit_code == 137
    assert "on-failure" in str(bench.settle("job"))
    marked = marked_in(bench)
    assert (marked.points, marked.possible) == (4, 4), marked


def nothing(_bench: Workbench) -> None:
    """Leave the containers as they are."""


def kill_web(bench: Workbench) -> None:
    """Kill the server."""
    bench.kill("web")


def settle_job(bench: Workbench) -> None:
    """Wait for the job."""
    bench.settle("job")


def stop_web(bench: Workbench) -> None:
    """Have the engine kill the server, as a person does."""
    bench.client.containers.get(TASK.name("web")).kill()


SERVICES: dict[str, tuple[tuple[Any, ...], tuple[Callable[[Workbench], None], ...], float, str]] = {
    "no policy": (("no", None), (kill_web,), 0, "after its first crash"),
    "always": (("always", None), (kill_web,), 1, "a person had stopped it"),
    "never killed": (("unless-stopped", None), (nothing,), 1, "Kill its program"),
    "killed by a person": (("unless-stopped", None), (stop_web,), 1, "does not run"),
    "polite": (("on-failure", None), (kill_web,), 1, "politely"),
    "once too few": ((None, "on-failure", 1), (settle_job,), 0, "1 times at most"),
    "without an end": ((None, "always"), (nothing,), 0, "for ever"),
    "no number": ((None, "on-failure"), (nothing,), 0, "without an end"),
    "never tried again": ((None, "no"), (settle_job,), 0, "never tried again"),
}


@pytest.mark.docker
@pytest.mark.parametrize("name", SERVICES)
def test_services_that_do_not(bench: Workbench, name: str) -> None:
    """Each usual mistake in a policy costs its points and is named."""
    policies, deeds, points, said = SERVICES[name]
    start(bench, *policies)
    for deed in deeds:
        deed(bench)
    marked = marked_in(bench)
    assert marked.points == points, marked
    assert said in marked.message


@pytest.mark.docker
def test_nothing_started_is_not_answered(bench: Workbench) -> None:
    """Without the containers nothing is earned, and there is nothing to kill or to wait for."""
    bench.clear()
    assert "not answered yet" in marked_in(bench).message
    with contextlib.suppress(KeyError):
        assert "nothing to kill" in repr(bench.kill("web"))
    assert "nothing to wait for" in repr(bench.settle("job"))


@pytest.mark.docker
def test_another_page_is_noticed(bench: Workbench) -> None:
    """A server that runs and serves something else is not the one that was asked for."""
    bench.clear()
    command = ["sh", "-c", "mkdir /www; echo closed > /www/index.html; "
               "httpd -f -p 8080 -h /www & wait $!"]  # fmt: skip
    bench.start("web", command, restart_policy={"Name": "unless-stopped"})
    bench.kill("web")
    marked = marked_in(bench)
    assert marked.points == 1
    assert "does not serve your page" in marked.message
