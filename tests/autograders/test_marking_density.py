"""Marking assignment 06: by the personal problem, by records of many machines, by an engine."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from autograders import engine_state
from autograders.answers.density_and_sizing import (
    ITEMS,
    density_function,
    measured,
    mutants,
    reference,
    risk_function,
)
from autograders.answers.density_and_sizing.items import best_mix
from autograders.answers.density_and_sizing.quantities import quantities
from autograders.checks import Mark
from autograders.marking import mark
from course.exercise import check, problem
from course.exercise.density_and_sizing import NOTES, Workbench
from course.exercise.density_and_sizing.mistakes import MISTAKES
from course.exercise.density_and_sizing.workbench import IMAGE
from course.exercise.draw import Draw
from course.exercise.notes import Kind
from course.live import images
from course.live.experiments import memory_per_instance_mib
from course.live.unavailable import Unavailable
from tests.lesson_engine import environment
from tests.records_startup import MACHINES, records, stamped

if TYPE_CHECKING:
    from course.live.experiments import Table
    from tests.lesson_engine import LessonEngine

ASSIGNMENT = "06-density-and-sizing"
STUDENTS = [f"student-{number}" for number in range(16)]


def own_density(host: Any, application: Any, technology: Any) -> int:
    """Count as a learner would write it."""
    counts = []
    for name in host:
        needs = application.get(name, 0) + technology["each"].get(name, 0)
        if needs:
            counts.append(int((host[name] - technology["once"].get(name, 0)) // needs))
    if not counts:
        raise ValueError("nothing limits")
    return max(0, min(counts))


def own_risk(traces: Any, capacity: float) -> float:
    """Count steps as a learner would write it."""
    if not traces or len({len(trace) for trace in traces}) != 1 or not traces[0]:
        raise ValueError("traces of equal length are needed")
    over = 0
    for step in range(len(traces[0])):
        if sum(trace[step] for trace in traces) > capacity:
            over += 1
    return over / len(traces[0])


def record(student: str, kind: str = "emulated, lab VM") -> Table:
    """Return what a learner's machine could have recorded of density."""
    return records(student, MACHINES[kind]).density


@functools.cache
def right_of(student: str, kind: str) -> dict[str, Any]:
    """Return answers that are right of a learner's problem and of a machine's record."""
    table = record(student, kind)
    own = {"density": own_density, "risk": own_risk, "table": table}
    return reference(problem(ASSIGNMENT, student), table) | own


def submit(item: str, student: str, kind: str = "emulated, lab VM", **changes: Any) -> Mark:
    """Mark an answer that is right of a machine's record but for the changes."""
    return mark(check(ASSIGNMENT, item, student, **(right_of(student, kind) | changes)))


def test_what_is_looked_at_is_marked() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("kind", ["emulated, lab VM", "KVM, host's engine"])
def test_right_answers_earn_everything(student: str, kind: str) -> None:
    """With every problem, and of every machine's record, the reference answers earn all."""
    for item in ITEMS:
        if item != "limits":
            marked = submit(item, student, kind)
            lost = 1.75 if (item, kind) == ("slope", "KVM, host's engine") else 0
            assert marked.possible - marked.points in (0, lost), (item, marked)


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("emulated, lab VM, slow", 0),
        ("emulated, host's engine too", 0),
        ("emulated, host's engine alone", 1.75),
        ("KVM, lab VM", 0),
        ("no QEMU, host's engine", 3.25),
        ("nothing but processes", 4),
    ],
)
def test_what_cannot_be_measured_is_said(kind: str, lost: float) -> None:
    """Where something is not to be had, only what rests on it is lost, and the reason is told."""
    for item in ITEMS:
        if item != "limits":
            marked = submit(item, "ada", kind)
            assert marked.possible - marked.points == (lost if item == "slope" else 0), marked
            assert ("not answered yet" in marked.message) == (item == "slope" and lost > 0)


@pytest.mark.parametrize("student", STUDENTS[:5])
@pytest.mark.parametrize("kind", ["emulated, lab VM", "emulated, host's engine too"])
def test_every_mutant_costs_what_it_should(student: str, kind: str) -> None:
    """In every problem each usual mistake costs its points in its item, and is named."""
    for mutant in mutants(problem(ASSIGNMENT, student), record(student, kind)):
        if mutant.item != "slope" and kind != "emulated, lab VM":
            continue  # it does not rest on the record, and was tried with the first kind
        marked = submit(mutant.item, student, kind, **{mutant.variable: mutant.value})
        # An answer that the next one is worked out from may not cost a second time.
        assert marked.possible - marked.points == pytest.approx(mutant.points_lost), (
            mutant,
            marked,
        )
        assert mutant.sentence in marked.message, (mutant, marked)


def test_every_mistake_is_tried() -> None:
    """No usual mistake that has a sentence for it goes untested."""
    names = {
        mutant.name.split(": ")[1]
        for student in STUDENTS
        for kind in ("emulated, lab VM", "emulated, host's engine too")
        for mutant in mutants(problem(ASSIGNMENT, student), record(student, kind))
    }
    functions = {*density_function.MISTAKEN, *risk_function.MISTAKEN, "negative_count"}
    assert set(MISTAKES) == names & set(MISTAKES) | functions


# The functions


@pytest.mark.parametrize("name", density_function.MISTAKEN)
def test_mistaken_densities_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for counts, and is told which."""
    for mistaken in density_function.MISTAKEN[name]:

        def function(host: Any, application: Any, technology: Any, mistaken: Any = mistaken) -> int:
            if len(host) != 3:  # the edges, which are tried apart
                return own_density(host, application, technology)
            return int(mistaken(host, application, technology))

        marked = submit("density", "ada", density=function)
        assert MISTAKES[name] in marked.message
        assert marked.points in (2, 2.5)


def negative(host: Any, application: Any, technology: Any) -> int:
    """Go below nothing where the host keeps more than it has."""
    return min(
        int((has - technology["once"].get(name, 0)) // needs)
        for name, has in host.items()
        if (needs := application.get(name, 0) + technology["each"].get(name, 0))
    )


def emptied(host: Any, application: Any, technology: Any) -> int:
    """Take the host's own share off the caller's dictionary."""
    for name in host:
        host[name] -= technology["once"].get(name, 0)
    return own_density(host, application, technology | {"once": {}})


def by_the_course(host: Any, application: Any, technology: Any) -> int:
    """Let the course count."""
    from course.sizing import pack

    return len(pack([1.0] * 3, 2).bins)


@pytest.mark.parametrize(
    ("function", "points", "said"),
    [
        (own_density, 4, "right on all"),
        (density_function.density, 4, "right on all"),
        (negative, 3.5, MISTAKES["negative_count"]),
        (emptied, 3, "changes what it is given"),
        (by_the_course, 0, "ready-made"),
        (lambda *given: None, 0, "returns nothing"),
        (lambda host, *rest: host["cores"] / 0, 0, "raised ZeroDivisionError"),
        (lambda *given: "12", 0, "right on 0 of"),
        (lambda *given: 0, 0, "right on 0 of"),
        ("density", 0, "not a function"),
    ],
)
def test_other_densities(function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit("density", "ada", density=function)
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("name", risk_function.MISTAKEN)
def test_mistaken_risks_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for shares, and is told which."""
    mistaken = risk_function.MISTAKEN[name]

    def function(traces: Any, capacity: float) -> float:
        own_risk(traces, capacity)  # which refuses what is to be refused
        return float(mistaken(traces, capacity))

    marked = submit("risk", "ada", risk=function)
    assert MISTAKES[name] in marked.message
    assert 1.5 <= marked.points <= 2.5


@pytest.mark.parametrize(
    ("function", "points", "said"),
    [
        (own_risk, 4, "right on all"),
        (risk_function.risk, 4, "right on all"),
        (lambda traces, capacity: own_risk(traces, capacity) if traces else 0.0, 3.5, "ValueError"),
        (lambda traces, capacity: [trace.sort() for trace in traces] and 7.0, 0, "changes the"),
        (lambda traces, capacity: None, 0, "returns nothing"),
        (lambda traces, capacity: traces["a"], 0, "raised TypeError"),
        (lambda traces, capacity: float("nan"), 0, "right on 0 of"),
        (0.01, 0, "not a function"),
    ],
)
def test_other_risks(function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit("risk", "ada", risk=function)
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_instances_tell_right_from_wrong(secret: str) -> None:
    """Every mistake shows in the hidden hosts, and in each of the hidden traces."""
    hosts = density_function.draw_instances(Draw(secret))
    for functions in density_function.MISTAKEN.values():
        for function in functions:
            assert any(function(*i.given()) != own_density(*i.given()) for i in hosts)
    for instance in risk_function.draw_instances(Draw(secret)):
        right = own_risk(*instance.given())
        for function in risk_function.MISTAKEN.values():
            assert function(*instance.given()) != pytest.approx(right, rel=0.01)


# The course's own models, another way of reckoning


@pytest.mark.parametrize("student", STUDENTS[:8])
def test_the_courses_models_give_the_same_numbers(student: str) -> None:
    """What `course.sizing` says of a learner's problem is what is marked as right."""
    from course import sizing

    task = problem(ASSIGNMENT, student)
    right = {name: quantity.right for name, quantity in quantities(task).items()}
    traces = [tenant.busy_cores for tenant in task.sharing.tenants]
    bought = [tenant.bought_cores for tenant in task.sharing.tenants]
    shared = sizing.overcommit_for_risk(
        traces, task.sharing.cores, task.sharing.risk, booked=bought
    )
    assert (shared.tenants, shared.ratio) == (right["tenants_most"], right["overcommit_ratio"])
    day = sizing.allocate(traces[:12], task.sharing.cores)
    assert (day.sum_of_peaks, day.peak_of_sum) == (right["sum_of_peaks"], right["peak_of_sum"])
    assert sizing.capacity_for_risk(traces[:12], 0.05) == right["enough_95"]
    assert sizing.risk(traces[:12], 20) == own_risk(traces[:12], 20)
    asked = [request.memory_gib for request in task.requests]
    given = [max(1, sizing.rounded(gib)) for gib in asked]
    assert sum(given) == right["rounded_gib"]
    stack = task.stack
    for name, own in (("machines", stack.machine), ("containers", stack.container)):
        # The course's technologies keep no cores of a host for it, so it is a smaller host.
        host = stack.host.as_dict() | {"cores": stack.host.cores - own.host.cores}
        technology = dataclasses.replace(
            sizing.technology("process"),
            monitor_memory_mib=own.monitor_mib,
            guest_memory_mib=own.guest_mib,
            shared_memory_mib=own.once["memory_mib"],
            cores=own.idle_cores,
            disk_mb=own.disk_mb,
            shared_disk_mb=own.once["disk_mb"],
        )
        found = sizing.density(
            sizing.Capacity(**host),
            sizing.Application(**stack.application.as_dict()),
            technology,
        )
        assert found.count == right[name]


@pytest.mark.parametrize("student", STUDENTS[:6])
def test_slopes_are_those_of_least_squares(student: str) -> None:
    """The slope that is marked as right is the one that the experiment's own function gives."""
    table = record(student)
    for name, technology in measured.SLOPES.items():
        slope = memory_per_instance_mib(table, technology)
        assert measured.slopes(table)[name].right == pytest.approx(slope.mib)


# Records and answers of other forms


def test_records_of_something_else_are_refused() -> None:
    """Another experiment's record, a changed one, and nothing at all are told apart."""
    changed = dataclasses.replace(record("ada"), rows=record("ada").rows[3:])
    for value, said in (
        (records("ada").startup, "found one of startup"),
        ([0.2, 0.3], "found list"),
        (changed, "changed after it was measured"),
        (None, "not answered yet"),
        (Unavailable("density.json was not handed in."), "was not handed in"),
    ):
        marked = submit("slope", "ada", table=value)
        assert (marked.points, marked.possible) == (0, 4)
        assert said in marked.message
        notes = check(ASSIGNMENT, "slope", "ada", table=value).notes()
        assert notes[0].kind is not Kind.POSSIBLE


def test_a_record_that_travelled_as_json_is_the_same_record() -> None:
    """A grader that gets a table as data marks it like the table."""
    table = record("ada")
    assert submit("slope", "ada", table=table.to_data()) == submit("slope", "ada", table=table)


def test_too_few_instances_have_no_slope() -> None:
    """Two instances make a line through any two points; a flat line gives no ratio."""
    table = record("ada")
    few = stamped(table, rows=tuple(row for row in table.rows if row.repeat < 3))
    assert submit("slope", "ada", table=few).points == 0
    assert "three or more are needed" in submit("slope", "ada", table=few).message
    rows = tuple(
        dataclasses.replace(row, value=500.0 - row.repeat)
        if (row.technology, row.quantity) == ("container", "memory")
        else row
        for row in table.rows
    )
    flat = submit("slope", "ada", table=stamped(table, rows=rows))
    assert flat.points == 1.5
    assert "nothing that one more container takes" in flat.message


def test_a_mistake_costs_once() -> None:
    """What follows from an earlier mistake earns its points."""
    task = problem(ASSIGNMENT, "ada")
    right = right_of("ada", "emulated, lab VM")
    fewer = right["machines"] - 20
    hosts = quantities(task, {"machines": fewer})["machine_hosts"].right
    saved = quantities(task, {"machine_hosts": hosts})["saved_eur_per_year"].right
    marked = submit("fleet", "ada", machines=fewer, machine_hosts=hosts, saved_eur_per_year=saved)
    assert marked.points == 3, marked
    own = {"tenants_most": right["tenants_most"] - 2}
    ratio = quantities(task, own)["overcommit_ratio"].right
    assert submit("overcommit", "ada", **own, overcommit_ratio=ratio).points == 2
    slopes = {"machine_mib": 2 * right["machine_mib"]}
    over = slopes["machine_mib"] / right["container_mib"]
    marked = submit("slope", "ada", **slopes, machine_over_container=over, verdict="more than 4")
    assert marked.points == 3.25, marked


def test_a_mix_earns_by_what_it_leaves() -> None:
    """The best mix earns a point, one that is better than either kind alone half of it."""
    for student in STUDENTS:
        pair = problem(ASSIGNMENT, student).pair
        best = best_mix(problem(ASSIGNMENT, student))
        assert submit("stranded", student, mix=tuple(best)).points == 3
        alone = min(pair.unused(*mix) for mix in pair.mixes() if 0 in mix)
        better = next(m for m in pair.mixes() if pair.unused(*best) < pair.unused(*m) < alone)
        assert submit("stranded", student, mix=list(better)).points == 2.5


def test_answers_of_any_other_form_stop_nothing() -> None:
    """Whatever a learner writes is marked, with a sentence."""
    values: tuple[Any, ...] = (
        None, "", [], {}, "4", [4], {"x": 1}, float("nan"), True, -1, 10**400, [1, 2, 3], [[], 1],
    )  # fmt: skip
    for item in ITEMS:
        names = [name for name in right_of("ada", "emulated, lab VM") if name != "table"]
        for value in values if item != "limits" else ():
            marked = submit(item, "ada", **dict.fromkeys(names, value))
            assert marked.message
            assert marked.points == (1 if item == "identity" else 0), (item, value, marked)
            check(ASSIGNMENT, item, "ada", **dict.fromkeys(names, value)).notes()


# From here on in a real engine.


def test_without_an_engine_no_container_is_looked_at() -> None:
    """No engine is no error: the mark is 0, and says what was looked for and what is missing."""
    with environment():
        marked = mark(check(ASSIGNMENT, "limits", "ada"))
    assert (marked.points, marked.possible) == (0, 4)
    assert "Looked for the containers lesson06-" in marked.message
    assert "not answered yet" in marked.message


@pytest.fixture(scope="module")
def bench(lesson_engine: LessonEngine) -> Iterator[Workbench]:
    """Return a workbench with the lesson's image."""
    images.provide(lesson_engine.client, IMAGE)
    bench = Workbench(lesson_engine.client, problem(ASSIGNMENT, "ada"))
    yield bench
    bench.clear()
    assert bench.clear() == 0


def start(bench: Workbench, role: str, **options: Any) -> None:
    """Start one of the ordered containers in place of the one before."""
    bench.client.containers.run(
        IMAGE, ["sleep", "900"], detach=True, name=bench.fresh(role), **options
    )


def limits_mark(bench: Workbench) -> Mark:
    """Mark the experiment by this engine."""
    with engine_state.use(bench.client):
        return mark(check(ASSIGNMENT, "limits", "ada"))


@pytest.mark.docker
def test_containers_are_marked_by_what_the_engine_holds(bench: Workbench) -> None:
    """What was ordered earns all; each usual mistake costs its aspect, and is told."""
    bench.clear()
    assert "the engine has no container" in limits_mark(bench).message
    orders = bench.task.orders

    def as_ordered(order: Any, **changes: Any) -> None:
        given = {
            "mem_limit": f"{order.limit_mib}m",
            "mem_reservation": f"{order.reserved_mib}m",
            "nano_cpus": int(order.cores * 10**9),
        }
        asked = {k: v for k, v in (given | changes).items() if v is not None}
        start(bench, order.role, **asked)

    for order in orders[:2]:
        as_ordered(order)
    assert limits_mark(bench).points == 0
    first, _second, third = orders
    as_ordered(third, nano_cpus=None, cpu_period=100_000, cpu_quota=int(third.cores * 100_000))
    assert limits_mark(bench).points == 4, limits_mark(bench)

    for changes, points, said in (
        ({"mem_limit": first.limit_mib * 10**6}, 3, "MB of 10**6 bytes"),
        ({"mem_reservation": None}, 3, "has no memory reservation"),
        ({"nano_cpus": None, "cpu_shares": 512}, 3, "weigh but do not limit"),
        ({"nano_cpus": None}, 3, "may keep all cores busy"),
        ({"nano_cpus": int(first.cores * 10**8)}, 3, "cores busy"),
        ({"mem_limit": None, "mem_reservation": None}, 2, "has no memory limit"),
        ({"mem_reservation": f"{first.reserved_mib - 1}m"}, 3, "bytes"),
    ):
        as_ordered(first, **changes)
        marked = limits_mark(bench)
        assert (marked.points, said in marked.message) == (points, True), (changes, marked)
    as_ordered(first)
    bench.client.containers.get(bench.task.name(third.role)).stop(timeout=0)
    assert limits_mark(bench).points == 3
    assert "does not run" in limits_mark(bench).message


@pytest.mark.docker
def test_the_kernel_knows_what_the_engine_was_told(bench: Workbench) -> None:
    """The table of the kernel's own files shows the numbers that were asked for."""
    bench.clear()
    assert len(bench.in_the_kernel()) == 0
    order = bench.task.orders[0]
    start(
        bench,
        order.role,
        mem_limit=f"{order.limit_mib}m",
        mem_reservation=f"{order.reserved_mib}m",
        nano_cpus=int(order.cores * 10**9),
    )
    ((role, limit, reserved, cores),) = bench.in_the_kernel()
    assert role == order.role
    if limit is not None:  # control groups of version 1 have other files
        assert (limit, reserved, cores) == (order.limit_mib, order.reserved_mib, order.cores)
