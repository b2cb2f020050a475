"""Lesson 06's problem, notes and experiment; neither engine nor QEMU is needed."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from autograders.answers.density_and_sizing import reference
from autograders.answers.density_and_sizing.quantities import quantities
from autograders.checks import same
from course.exercise import Answer, check, problem
from course.exercise.density_and_sizing import MENU, NOTES, workbench
from course.exercise.density_and_sizing.limits import given_cores, limits
from course.exercise.density_and_sizing.orders import orders_table
from course.exercise.density_and_sizing.shapes import requests_table
from course.exercise.density_and_sizing.stacks import RESOURCES, fit
from course.exercise.density_and_sizing.tenants import MINUTES_PER_STEP, STEPS
from course.exercise.findings import NotThereError
from course.exercise.notes import Kind
from course.live.unavailable import Unavailable
from tests.lesson_engine import environment
from tests.records_startup import MACHINES, records

ASSIGNMENT = "06-density-and-sizing"
STUDENTS = [f"s{number}" for number in range(30)]
WITHOUT_ENGINE = [item for item in NOTES if item != "limits"]


def own_density(host: Any, application: Any, technology: Any) -> int:
    """Count as a learner would write it."""
    counts = [
        (has - technology["once"].get(name, 0)) // needs
        for name, has in host.items()
        if (needs := application.get(name, 0) + technology["each"].get(name, 0))
    ]
    return max(0, int(min(counts)))


def own_risk(traces: Any, capacity: float) -> float:
    """Count steps as a learner would write it."""
    sums = [sum(step) for step in zip(*traces, strict=True)]
    return len([total for total in sums if total > capacity]) / len(sums)


@functools.cache
def right_of(student: str | None) -> dict[str, Any]:
    """Return answers that are right of a learner's problem and of her drawn record."""
    table = records(student or "nobody").density
    own = {"density": own_density, "risk": own_risk, "table": table}
    return reference(problem(ASSIGNMENT, student), table) | own


def answer(item: str, student: str | None = "ada", **changes: Any) -> Answer:
    """Return an answer that is right but for the changes."""
    return check(ASSIGNMENT, item, student, **(right_of(student) | changes))


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


# The problem


def test_the_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    posed = repr(dataclasses.asdict(problem(ASSIGNMENT, "ada")))
    assert (
        hashlib.sha256(posed.encode()).hexdigest()
        == "68e6c708ddf3862876fcaf2986455941698eeff836cb16ec9c9d43947e32810a"
    )


def test_everybody_has_other_figures() -> None:
    """No two learners share their names in the engine, nor a number that is asked for."""
    tasks = [problem(ASSIGNMENT, student) for student in STUDENTS]
    for figure in (
        lambda task: task.prefix,
        lambda task: task.stack,
        lambda task: task.sharing.tenants[0],
        lambda task: task.requests,
        lambda task: quantities(task)["saved_eur_per_year"].right,
    ):
        assert len({figure(task) for task in tasks}) == len(tasks)
    for figure in (lambda task: task.pair, lambda task: task.orders):
        assert len({figure(task) for task in tasks}) >= len(tasks) - 1


@pytest.mark.parametrize("student", STUDENTS)
def test_figures_are_sensible_and_mistakes_show(student: str) -> None:
    """Memory ends machines and cores end containers; no usual mistake leads to the right count."""
    task = problem(ASSIGNMENT, student)
    stack, asked = task.stack, quantities(task)
    for technology, binds in ((stack.machine, "memory_mib"), (stack.container, "cores")):
        room = fit(stack.host, stack.application, technology)
        assert min(room, key=lambda name: room[name]) == binds
    for name in ("machines", "containers"):
        assert len(asked[name].distinct_mistakes()) >= len(asked[name].mistakes) - 2
    ratio = asked["containers"].right / asked["machines"].right
    assert 1.3 < ratio < 2.9
    assert 5 < asked["ratio_4_mib"].right < asked["ratio_3_mib"].right < 130
    assert 3 < asked["container_hosts"].right < asked["machine_hosts"].right < 40
    assert asked["rounded_gib"].right <= asked["menu_gib"].right
    assert 0.1 < asked["menu_more"].right < 1.5
    assert asked["enough_95"].right < asked["peak_of_sum"].right < asked["sum_of_peaks"].right
    assert 1.2 < asked["overcommit_ratio"].right < 6
    most = asked["tenants_most"]
    assert most.mistakes["sold_once"].value < most.right < len(task.sharing.tenants)
    for name in ("menu_gib", "enough_95", "saved_eur_per_year"):
        for mistake in asked[name].mistakes.values():
            if mistake.share < 1:
                assert not same(mistake.value, asked[name].right, whole=asked[name].whole), name


@pytest.mark.parametrize("student", STUDENTS[:10])
def test_a_day_is_a_day_of_what_was_bought(student: str) -> None:
    """Each tenant has a number for every step, never above what it bought, in sixteenths."""
    tenants = problem(ASSIGNMENT, student).sharing.tenants
    assert STEPS * MINUTES_PER_STEP == 24 * 60
    for tenant in tenants:
        assert len(tenant.busy_cores) == STEPS
        assert 0 < min(tenant.busy_cores) <= max(tenant.busy_cores) <= tenant.bought_cores
        assert all(16 * cores == int(16 * cores) for cores in tenant.busy_cores)


@pytest.mark.parametrize("student", STUDENTS)
def test_a_mix_is_worth_looking_for(student: str) -> None:
    """One mix is the best, and leaves much less than either kind alone."""
    pair = problem(ASSIGNMENT, student).pair
    unused = sorted(pair.unused(*mix) for mix in pair.mixes())
    alone = min(pair.unused(*mix) for mix in pair.mixes() if 0 in mix)
    assert unused[0] < unused[1]
    assert unused[0] < alone / 2
    assert all(min(pair.left(*mix)) >= 0 for mix in pair.mixes())


@pytest.mark.parametrize("student", STUDENTS)
def test_every_request_fits_a_size_and_none_exactly(student: str) -> None:
    """Each tenant fits on a size of the menu, and leaves some of it unused."""
    for request in problem(ASSIGNMENT, student).requests:
        sizes = [size for size in MENU if size[0] > request.cores and size[1] > request.memory_gib]
        assert sizes
        assert (request.cores, request.memory_gib) not in MENU


def test_an_id_of_any_kind_gives_names_that_an_engine_takes() -> None:
    """What an id may hold, and a name in an engine may not, is not in the name."""
    for student in ("ada@example.org", "Ådá Lövelace", "x" * 200):
        task = problem(ASSIGNMENT, student)
        assert task.name("front").replace("lesson06-", "").replace("-front", "").isalnum()
        assert task.image("x").startswith(task.prefix)


def test_the_tables_name_what_python_knows() -> None:
    """The tables of the host, the fleet and the pair hold the values of the problem."""
    task = problem(ASSIGNMENT, "ada")
    for _what, value, _unit, name in task.fleet.terms():
        assert eval(name, {"fleet": task.fleet}) == value  # noqa: S307 (the names are our own)
    text = str(task.stack.terms())
    for technology in (task.stack.machine, task.stack.container):
        assert str(technology.monitor_mib) in text
    assert len(task.pair.terms()) == 3
    assert len(orders_table(task.orders)) == 3
    assert len(requests_table(task.requests)) == 10
    assert set(task.stack.machine.as_dict()["each"]) == set(RESOURCES)


def test_a_mix_is_drawn_whatever_was_written() -> None:
    """A picture of a mix holds its tenants; what is no mix is one tenant."""
    pair = problem(ASSIGNMENT, "ada").pair
    assert list(pair.on_one_host([2, 1])) == ["c1", "c2", "r1"]
    for value in (None, 3, [1], "ab"):
        assert len(pair.on_one_host(value)) == 1


# Notes


@pytest.mark.parametrize("item", WITHOUT_ENGINE)
def test_right_answers_are_possible(item: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    for student in STUDENTS[:12]:
        given = answer(item, student)
        assert kinds(given) == {Kind.POSSIBLE}, given


TASK = problem(ASSIGNMENT, "ada")
RIGHT = right_of("ada")

MISTAKES: dict[str, tuple[str, str, Callable[[], dict[str, Any]]]] = {
    "many": ("instances", "not even the applications alone", lambda: {"containers": 10**7}),
    "half": ("instances", "should be a whole number", lambda: {"machines": 12.5}),
    "other way": ("instances", "no less of anything", lambda: {
        "machines": RIGHT["containers"], "containers": RIGHT["machines"]}),
    "binding": ("instances", "should be one of cores", lambda: {"machine_binding": "network"}),
    "ready-made": ("density", "would earn nothing", lambda: {
        "density": lambda *given: __import__("course.sizing").sizing.pack([1], 1).count}),
    "raises": ("density", "raised KeyError", lambda: {
        "density": lambda host, application, technology: technology["each"]["cores"]}),
    "wrong": ("density", "pen and paper", lambda: {"density": lambda *given: 7}),
    "swapped": ("band", "The two are exchanged", lambda: {
        "ratio_3_mib": RIGHT["ratio_4_mib"], "ratio_4_mib": RIGHT["ratio_3_mib"]}),
    "bare": ("band", "nothing but its application", lambda: {
        "ratio_3_mib": TASK.stack.machine.each["memory_mib"] / 2,
        "ratio_4_mib": TASK.stack.machine.each["memory_mib"] / 3}),
    "over": ("band", "overhead with the application", lambda: {
        "ratio_3_mib": TASK.stack.machine.each["memory_mib"] / 3}),
    "letter": ("band", "should be one of a, b", lambda: {"other": "e"}),
    "slope": ("slope", "each further one added between", lambda: {"machine_mib": 1.0}),
    "inverted": ("slope", "goes above", lambda: {"machine_over_container": 0.1}),
    "verdict": ("slope", 'one of "less than 3"', lambda: {"verdict": "it holds"}),
    "a startup": ("slope", "found one of startup", lambda: {"table": records("ada").startup}),
    "nothing": ("sizes", "Which sizes are on sale", lambda: {
        "menu_gib": sum(r.memory_gib for r in TASK.requests)}),
    "less": ("sizes", "less than the tenants asked for", lambda: {"rounded_gib": 1}),
    "more": ("sizes", "the largest size for everybody", lambda: {"menu_gib": 10**5}),
    "percent": ("sizes", "A half is written", lambda: {"menu_more": 57.0}),
    "ratio": ("sizes", "How much *more*", lambda: {"menu_more": 1 + RIGHT["menu_more"]}),
    "bought": ("day", "what the tenants have bought", lambda: {
        "sum_of_peaks": sum(t.bought_cores for t in TASK.sharing.first)}),
    "not bought": ("day", "have not even bought", lambda: {"enough_95": 10**4}),
    "above": ("day", "never above the sum", lambda: {"peak_of_sum": RIGHT["sum_of_peaks"] * 1.1}),
    "enough": ("day", "is enough in 95", lambda: {"enough_95": RIGHT["peak_of_sum"] + 1}),
    "unfinished": ("risk", "pen and paper", lambda: {"risk": lambda traces, capacity: 0.3}),
    "numpy": ("risk", "would earn nothing", lambda: {
        "risk": lambda traces, capacity: __import__("numpy").mean(traces)}),
    "too many": ("overcommit", "There are 40 tenants", lambda: {"tenants_most": 41}),
    "once": ("overcommit", "sells each core once", lambda: {"tenants_most": 2}),
    "below one": ("overcommit", "over what was sold", lambda: {"overcommit_ratio": 0.4}),
    "left": ("stranded", "does not even have", lambda: {"stranded_gib": 10**4}),
    "one number": ("stranded", "should be two numbers", lambda: {"mix": [3]}),
    "no cores": ("stranded", "cores are missing", lambda: {"mix": [99, 0]}),
    "no memory": ("stranded", "GiB are missing", lambda: {"mix": [0, 30]}),
    "half a tenant": ("stranded", "should be a whole number", lambda: {"mix": [1.5, 2]}),
    "spare": ("fleet", "all of these may fail", lambda: {"machine_hosts": 1}),
    "fewer": ("fleet", "need more hosts", lambda: {
        "machine_hosts": RIGHT["container_hosts"], "container_hosts": RIGHT["machine_hosts"]}),
    "no option": ("quiz", "one of a, b, c, d", lambda: {"quiz": RIGHT["quiz"] | {"large": "e"}}),
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
    names = dict.fromkeys(right_of(None), missing)
    quiz = dict.fromkeys(("bound", "percentile", "large", "reserved"), missing)
    nowhere = Unavailable("No QEMU was found.")
    with environment():
        for table in (records("nobody").density, nowhere, None):
            given = check(ASSIGNMENT, item, None, **(names | {"quiz": quiz, "table": table}))
            assert kinds(given) == {Kind.UNANSWERED}, given


def test_a_released_function_is_open() -> None:
    """A function that returns nothing is not answered yet."""
    for item in ("density", "risk"):
        assert kinds(answer(item, **{item: lambda *given: None})) == {Kind.UNANSWERED}


@pytest.mark.parametrize(
    ("kind", "open_answers"),
    [
        ("emulated, host's engine alone", {"machine_over_container", "verdict"}),
        ("no QEMU, host's engine", {
            "machine_mib", "clone_mib", "machine_over_container", "verdict"}),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_said(kind: str, open_answers: set[str]) -> None:
    """Where a machine cannot measure something, the note tells why, and the rest goes on."""
    table = records("ada", MACHINES[kind]).density
    right = reference(TASK, table)
    given = check(ASSIGNMENT, "slope", "ada", **(dict.fromkeys(RIGHT) | right | {"table": table}))
    open_notes = [note.text for note in given.notes() if note.kind is Kind.UNANSWERED]
    assert {text.split()[0] for text in open_notes} == open_answers


# The containers, in an engine that is made of plain data


class FakeEngine:
    """Containers by name, as the SDK gives them."""

    def __init__(self, **containers: dict[str, Any]) -> None:
        self.found = {
            TASK.name(role): SimpleNamespace(
                name=TASK.name(role), status="running", attrs={"HostConfig": configuration}
            )
            for role, configuration in containers.items()
        }
        self.containers = self

    def get(self, name: str) -> Any:
        """Return a container, or raise what the SDK raises."""
        import docker.errors

        if name not in self.found:
            raise docker.errors.NotFound(name)
        return self.found[name]


def ordered() -> dict[str, dict[str, Any]]:
    """Return what an engine holds when everything is as ordered."""
    return {
        order.role: {
            "Memory": order.limit_mib * 2**20,
            "MemoryReservation": order.reserved_mib * 2**20,
            "NanoCpus": round(order.cores * 10**9),
        }
        for order in TASK.orders
    }


def test_what_was_ordered_is_met() -> None:
    """Everything as ordered meets all four aspects; no container at all is not there."""
    found: Any = FakeEngine(**ordered())
    assert all(finding.met for finding in limits(found, TASK))
    with pytest.raises(NotThereError, match="front"):
        limits(FakeEngine(), TASK)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "aspect", "said"),
    [
        (lambda o: {"Memory": o.limit_mib * 10**6}, "limit", "MB of 10**6"),
        (lambda o: {"Memory": 0}, "limit", "has no memory limit"),
        (lambda o: {"Memory": o.reserved_mib * 2**20}, "limit", "exchanged"),
        (lambda o: {"Memory": 12345}, "limit", "is 12345 bytes"),
        (lambda o: {"MemoryReservation": o.reserved_mib}, "reservation", "a bare number is bytes"),
        (lambda o: {"NanoCpus": 0}, "cores", "all cores"),
        (lambda o: {"NanoCpus": 0, "CpuShares": 512}, "cores", "do not limit"),
        (lambda o: {"NanoCpus": 10**9}, "cores", "1 cores busy"),
    ],
)
def test_each_mistake_costs_its_aspect(
    change: Callable[[Any], dict[str, Any]], aspect: str, said: str
) -> None:
    """A wrong number is found in its aspect alone, and said of its container."""
    held, order = ordered(), TASK.orders[1]
    held[order.role] |= change(order)
    engine: Any = FakeEngine(**held)
    wrong = [finding for finding in limits(engine, TASK) if not finding.met]
    assert [finding.aspect for finding in wrong] == [aspect]
    assert order.role in wrong[0].text
    assert said in wrong[0].text


def test_a_container_that_is_missing_spoils_each_aspect() -> None:
    """All three are asked for, so that two do not meet anything."""
    held = ordered()
    del held["batch"]
    engine: Any = FakeEngine(**held)
    assert not any(finding.met for finding in limits(engine, TASK))


def test_cores_may_be_given_in_either_way() -> None:
    """Nanoseconds of a second and a quota of a period are the same; less than none is no limit."""
    assert given_cores({"NanoCpus": 350_000_000}) == 0.35
    assert given_cores({"CpuQuota": 35_000, "CpuPeriod": 100_000}) == 0.35
    assert given_cores({"CpuQuota": 35_000}) == 0.35
    assert given_cores({"CpuQuota": -1}) == given_cores({}) == 0


def test_without_an_engine_there_is_a_workbench_that_says_so() -> None:
    """Where an engine is asked for, the reason is told; everything after it goes on."""
    with environment():
        bench = workbench(problem(ASSIGNMENT, "ada"))
    assert isinstance(bench, Unavailable)
    assert "There is no Docker Engine" in repr(bench)
    assert repr(bench.in_the_kernel()) == "not measured"
