"""Lesson 05's problem, notes, records and explorer; neither engine nor QEMU is needed."""

from __future__ import annotations

import dataclasses
import hashlib
import statistics
from collections.abc import Callable
from typing import Any

import pytest
import traitlets

from autograders.answers.startup_and_footprint import reference
from autograders.answers.startup_and_footprint.quantities import quantities
from autograders.checks import same
from course.charts import VEGA_LITE_MIME_TYPE
from course.exercise import Answer, check, problem
from course.exercise.notes import Kind
from course.exercise.startup_and_footprint import (
    NOTES,
    booted,
    figures,
    memory_used,
    one_accelerator,
    stages,
    workbench,
)
from course.live.unavailable import Unavailable
from course.widgets import StartTimesExplorer
from course.widgets.start_times import CHOICES
from tests.lesson_engine import environment
from tests.records_startup import MACHINES, records, stamped

ASSIGNMENT = "05-startup-and-footprint"
STUDENTS = [f"s{number}" for number in range(40)]
RECORD_OF = {"medians": "startup", "ratio": "startup", "boot": "startup", "weight": "footprint",
             "memory": "density"}  # fmt: skip
WITHOUT_ENGINE = [item for item in NOTES if item != "small"]


def answer(
    item: str, student: str | None = "ada", kind: str = "emulated, lab VM", **changes: Any
) -> Answer:
    """Return an answer that is right of a machine's records but for the changes."""
    made = records(student or "nobody", MACHINES[kind])
    tables = {"startup": made.startup, "footprint": made.footprint}
    if item in RECORD_OF:
        tables["table"] = getattr(made, RECORD_OF[item])
    right = reference(problem(ASSIGNMENT, student), made) | {"percentile": own_percentile}
    return check(ASSIGNMENT, item, student, **(right | tables | changes))


def own_percentile(values: list[float], share: float) -> float:
    """Interpolate between neighbours."""
    ordered = sorted(values)
    below, weight = divmod(share * (len(ordered) - 1), 1)
    above = ordered[min(int(below) + 1, len(ordered) - 1)]
    return ordered[int(below)] * (1 - weight) + above * weight


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


# The problem


def test_the_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    posed = repr(dataclasses.asdict(problem(ASSIGNMENT, "ada")))
    assert (
        hashlib.sha256(posed.encode()).hexdigest()
        == "1d4f634866020e54d2707ce895e9ca7d157fb2a2189766561adab0fd5d99cd10"
    )


def test_everybody_has_other_figures() -> None:
    """No two learners share their names in the engine, nor a number that is asked for."""
    tasks = [problem(ASSIGNMENT, student) for student in STUDENTS]
    for figure in (
        lambda task: task.prefix,
        lambda task: task.tenants,
        lambda task: task.download,
        lambda task: task.radius.password,
        lambda task: quantities(task)["containers_gb"].right,
    ):
        assert len({figure(task) for task in tasks}) >= len(tasks) - 1


@pytest.mark.parametrize("student", STUDENTS)
def test_figures_are_sensible_and_mistakes_show(student: str) -> None:
    """Sharing saves in every problem, and no mistake leads to the right number or another's."""
    task = problem(ASSIGNMENT, student)
    asked = quantities(task)
    right = {name: quantity.right for name, quantity in asked.items()}
    assert right["containers_gb"] < right["clones_gb"] < right["copies_gb"]
    assert 0.1 < right["containers_gb"] < 3
    assert 9 < right["copies_gb"] < 220
    assert 10 < right["download_s"] < 3000
    for name, quantity in asked.items():
        values = [mistake.value for mistake in quantity.mistakes.values()]
        assert len(quantity.distinct_mistakes()) == len(values)
        for number, value in enumerate(values):
            assert not any(same(value, other, whole=False) for other in values[:number]), name


def test_an_id_of_any_kind_gives_names_that_an_engine_takes() -> None:
    """What an id may hold, and a name in an engine may not, is not in the name."""
    for student in ("ada@example.org", "Ådá Lövelace", "x" * 200):
        task = problem(ASSIGNMENT, student)
        assert task.image("radius:small").replace("lesson05-", "").replace("/radius:small", "")
        assert task.name("asked").replace("lesson05-", "").replace("-asked", "").isalnum()


@pytest.mark.parametrize("student", STUDENTS)
def test_users_file_says_what_is_asked(student: str) -> None:
    """The user, the password and the reply of the terms are those of the file, once each."""
    asked = problem(ASSIGNMENT, student).radius
    text = asked.users_file
    assert text.startswith(f'{asked.user} Cleartext-Password := "{asked.password}"\n')
    assert f'Reply-Message = "{asked.reply}"' in text
    assert 14.2e6 < asked.most_bytes < 15.6e6
    assert all(ord(character) < 127 for character in text)


def test_the_terms_name_what_python_knows() -> None:
    """The table of customers tells a name that gives the value beside it."""
    task = problem(ASSIGNMENT, "ada")
    for _what, value, _unit, name in task.tenants.terms():
        assert eval(name, {"tenants": task.tenants}) == value  # noqa: S307 (the names are our own)
    assert len(task.radius.terms()) == 6


# Records


def test_one_accelerator_is_that_of_the_machines() -> None:
    """What is compared ran on one kind of processor; without machines it is the host's own."""
    for name, accelerator in (
        ("emulated, host's engine too", "tcg"),
        ("KVM, host's engine", "kvm"),
        ("no QEMU, host's engine", "native"),
    ):
        own = one_accelerator(records("ada", MACHINES[name]).startup)
        assert own.accelerators() == (accelerator,)
    nothing = Unavailable("no QEMU")
    assert one_accelerator(nothing) is nothing  # type: ignore[arg-type]


def test_what_is_not_there_is_empty() -> None:
    """A notebook without a record goes on: there are no stages, no figures, no memory."""
    nothing: Any = Unavailable("no QEMU")
    assert stages(nothing, booted(nothing)) == {}
    assert figures(nothing, "container", "disk") == []
    assert memory_used(nothing, "clone") == []


def test_the_tiny_machine_stands_in_for_the_full_one() -> None:
    """Where no full machine was booted, the tiny one's stages are looked at."""
    table = records().startup
    assert booted(table) == "full VM"
    tiny = stamped(table, rows=tuple(row for row in table.rows if row.technology != "full VM"))
    assert booted(tiny) == "tiny VM"
    assert sum(stages(tiny, "tiny VM").values()) == pytest.approx(
        tiny.values("tiny VM", "start")[0]
    )


def test_memory_is_of_one_engine() -> None:
    """Where containers ran on two engines, the memory of one is taken, in order."""
    used = memory_used(records("ada", MACHINES["emulated, host's engine too"]).density, "container")
    assert len(used) == 8
    assert used == sorted(used)


# Notes


@pytest.mark.parametrize("item", WITHOUT_ENGINE)
@pytest.mark.parametrize("kind", ["emulated, lab VM", "KVM, host's engine"])
def test_right_answers_are_possible(item: str, kind: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    for student in STUDENTS[:15]:
        given = answer(item, student, kind)
        assert kinds(given) == {Kind.POSSIBLE}, given


def means(made: Any) -> dict[str, float]:
    """Return the mean start of each technology."""
    own = one_accelerator(made.startup)
    return {name: statistics.fmean(own.values(name, "start")) for name in own.technologies}


RIGHT = reference(problem(ASSIGNMENT, "ada"), records("ada"))

MISTAKES: dict[str, tuple[str, str, Callable[[], dict[str, Any]]]] = {
    "ready-made": ("percentile", "would earn nothing", lambda: {
        "percentile": lambda v, s: statistics.quantiles(v)[0]}),
    "raises": ("percentile", "raised KeyError", lambda: {"percentile": lambda v, s: {}[s]}),
    "wrong": ("percentile", "pen and paper", lambda: {"percentile": lambda v, s: v[0]}),
    "means": ("medians", "the middle", lambda: {"medians": means(records("ada"))}),
    "ms": ("medians", "read like milliseconds", lambda: {
        "medians": {n: 1000 * v for n, v in RIGHT["medians"].items()}}),
    "outside": ("medians", "all of its starts took", lambda: {
        "slow": RIGHT["slow"] | {"full VM": 3e6}}),
    "a list": ("medians", "should be a dictionary", lambda: {"medians": [1, 2]}),
    "text": ("medians", "Leave out the quotes", lambda: {
        "medians": RIGHT["medians"] | {"process": "0.1"}}),
    "another": ("medians", "does not have", lambda: {
        "medians": RIGHT["medians"] | {"unikernel": 0.1}}),
    "edited": ("medians", "changed after it was measured", lambda: {
        "table": dataclasses.replace(records("ada").startup, rows=records("ada").startup.rows[1:])
    }),
    "inverted": ("ratio", "Which one is the larger", lambda: {
        "machine_over_container": 1 / RIGHT["machine_over_container"]}),
    "wild ratio": ("ratio", "no two of these starts", lambda: {"tiny_over_container": 1e5}),
    "seconds": ("boot", "a share of the whole start", lambda: {
        "longest_share": max(stages(records("ada").startup, "full VM").values())}),
    "percent": ("boot", "A half is written", lambda: {"longest_share": 66.6}),
    "small share": ("boot", "the longest has a larger", lambda: {"longest_share": 0.01}),
    "no stage": ("boot", "should be one of process", lambda: {"longest_stage": "boot"}),
    "no lever": ("boot", "should be one of a, b", lambda: {"lever": "x"}),
    "GB": ("units", "which number is larger", lambda: {
        "disk_gb": problem(ASSIGNMENT, "ada").download.disk_gib}),
    "other way": ("units", "the wrong way round", lambda: {
        "disk_gb": problem(ASSIGNMENT, "ada").download.disk_gib / 1.0737}),
    "bytes": ("units", "eight bits", lambda: {"download_s": RIGHT["download_s"] / 8}),
    "MB": ("disk", "This is in MB", lambda: {"copies_gb": 1000 * RIGHT["copies_gb"]}),
    "too little": ("disk", "takes more", lambda: {"containers_gb": 0.001}),
    "no gain": ("disk", "cannot take more", lambda: {"clones_gb": RIGHT["copies_gb"]}),
    "MiB": ("weight", "which gives MiB", lambda: {
        "full_vm_mb": RIGHT["full_vm_mb"] * 1e6 / 2**20}),
    "B": ("weight", "These are bytes", lambda: {"container_mb": RIGHT["container_mb"] * 1e6}),
    "below": ("weight", "goes above", lambda: {"disk_ratio": 0.02}),
    "outside MiB": ("memory", "each further one added between", lambda: {"machine_mib": 1.0}),
    "large error": ("memory", "lie apart", lambda: {"container_error_mib": 99.0}),
    "GiB": ("memory", "1024 MiB each", lambda: {"tasks": 0}),
    "no word": ("verdicts", 'should be one of "holds"', lambda: {
        "verdicts": RIGHT["verdicts"] | {"machine_1_gb": True}}),
    "no option": ("quiz", "one of a, b, c, d", lambda: {"quiz": RIGHT["quiz"] | {"pull": "e"}}),
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
    made = records("nobody")
    names = dict.fromkeys(reference(problem(ASSIGNMENT), made), missing)
    quiz = dict.fromkeys(("pull", "emulated", "shared", "distribution"), missing)
    given_tables = {"startup": made.startup, "footprint": made.footprint}
    if item in RECORD_OF:
        given_tables["table"] = getattr(made, RECORD_OF[item])
    nowhere = dict.fromkeys(("table", "startup", "footprint"), Unavailable("No QEMU was found."))
    with environment():
        for tables in (given_tables, nowhere, {}):
            given = check(ASSIGNMENT, item, None, **(names | {"quiz": quiz} | tables))
            assert kinds(given) == {Kind.UNANSWERED}, given


def test_without_an_engine_there_is_a_workbench_that_says_so() -> None:
    """Where an engine is asked for, the reason is told; everything after it goes on."""
    with environment():
        bench = workbench(problem(ASSIGNMENT, "ada"))
    assert isinstance(bench, Unavailable)
    assert "There is no Docker Engine" in repr(bench)
    assert repr(bench.ask("radius:fat", "ada", "x")) == "not measured"


# The explorer


@pytest.fixture
def explorer() -> StartTimesExplorer:
    """Return an explorer with a learner's own record."""
    return StartTimesExplorer(records("ada", MACHINES["emulated, host's engine too"]).startup)


def shown(explorer: StartTimesExplorer) -> str:
    """Return what the chart says to somebody who does not see it."""
    (output,) = explorer.children[-1].outputs
    return str(output["data"][VEGA_LITE_MIME_TYPE]["description"])


def test_own_starts_stand_below_the_published_ones(explorer: StartTimesExplorer) -> None:
    """Each of one's own rows says on which accelerator it ran, and can be taken away."""
    assert "yours: container (tcg): median" in shown(explorer)
    assert "yours: container (native): median" in shown(explorer)
    explorer.own = False
    assert "yours" not in shown(explorer)
    assert explorer.children[3].value is False


def test_company_slows_down_what_was_published(explorer: StartTimesExplorer) -> None:
    """More starts at a time and more guests never make a median smaller; others are named."""
    alone = dict(explorer.shown)
    explorer.parallel = 100
    assert set(explorer.shown) < set(alone)
    # QEMU was published as slightly faster in company: 243.5 ms alone, 239.9 ms with 100.
    assert all(explorer.shown[n] > alone[n] for n in explorer.shown if n != "QEMU")
    assert "Nothing was published for this of: process" in explorer.message
    explorer.parallel = 1
    explorer.guests = 999
    assert explorer.shown["process"] == alone["process"]
    assert explorer.shown["Debian under Xen"] > 20 * alone["Debian under Xen"]
    assert "999 guests already there" in explorer.message


def test_nothing_published_is_said_and_not_drawn() -> None:
    """Where nobody has measured, there are words and no chart."""
    explorer = StartTimesExplorer(None)
    explorer.choice = "public clouds, cold and warm"
    explorer.guests = 37
    assert explorer.message.startswith("Of none of these anything was published")
    assert explorer.children[-1].outputs == ()


def test_a_slider_moves_dots_and_does_not_shuffle_them(explorer: StartTimesExplorer) -> None:
    """The same choice draws the same times."""
    before = dict(explorer.shown)
    explorer.guests = 37
    explorer.guests = 0
    assert explorer.shown == before


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_can_be_drawn(choice: str) -> None:
    """The one that draws feedback pages takes every chart, and nothing comes from outside."""
    import vl_convert

    explorer = StartTimesExplorer(Unavailable("no QEMU"))  # type: ignore[arg-type]
    explorer.choice = choice
    assert len(explorer.shown) == len(CHOICES[choice])
    (output,) = explorer.children[-1].outputs
    chart = output["data"][VEGA_LITE_MIME_TYPE]
    assert "published" in str(chart["title"])
    svg = vl_convert.vegalite_to_svg(chart, vl_version="5.8")
    assert svg.startswith("<svg")


def test_only_what_is_on_offer_can_be_chosen(explorer: StartTimesExplorer) -> None:
    """A trait takes what its control offers."""
    with pytest.raises(traitlets.TraitError):
        explorer.parallel = 7
    with pytest.raises(traitlets.TraitError):
        explorer.choice = "everything"


def test_every_control_is_labelled(explorer: StartTimesExplorer) -> None:
    """A control without a description is nothing to who cannot see it."""
    controls = explorer.children[:-2]
    assert len(controls) == 4
    assert all(control.description for control in controls)
    assert 'role="status"' in explorer.children[-2].value
    assert len(StartTimesExplorer().children) == 5
