"""Lesson 04's problem, notes, charts and explorer; no engine is needed for any of it."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import traitlets

from autograders.answers.images_and_layers import reference
from course import charts_images
from course.charts import VEGA_LITE_MIME_TYPE
from course.exercise import Answer, check, problem
from course.exercise.images_and_layers import NOTES, workbench
from course.exercise.notes import Kind
from course.live.building import Build, BuiltStep, context
from course.live.pushing import Push
from course.live.unavailable import Unavailable
from course.model import Layer
from course.sizing.images import rebuilt
from course.widgets import BuildOrderExplorer
from tests.lesson_engine import environment

ASSIGNMENT = "04-images-and-layers"
STUDENTS = [f"s{number}" for number in range(25)]
EXPERIMENTS = ("contract", "committed", "tills", "pythons")
VALUES = [item for item in NOTES if item not in (*EXPERIMENTS, "secret", "pinned", "rebuilt")]


def answer(item: str, student: str | None = "ada", **changes: Any) -> Answer:
    """Return an answer that is right but for the changes."""
    return check(ASSIGNMENT, item, student, **(reference(problem(ASSIGNMENT, student)) | changes))


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


# The problem


def test_the_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    posed = repr(dataclasses.asdict(problem(ASSIGNMENT, "ada")))
    assert (
        hashlib.sha256(posed.encode()).hexdigest()
        == "c390ab824819f24a9fd933bac910d04af6216012112cc1b0b7b949dc0cc3e7f2"
    )


def test_everybody_has_other_figures() -> None:
    """No two learners share their names in the engine, nor a number that is asked for."""
    tasks = [problem(ASSIGNMENT, student) for student in STUDENTS]
    for figure in (
        lambda task: task.prefix,
        lambda task: task.shop.lines,
        lambda task: reference(task)["pushed_bytes"],
        lambda task: task.contract.secret,
    ):
        assert len({figure(task) for task in tasks}) == len(tasks)


def test_an_id_of_any_kind_gives_names_that_an_engine_takes() -> None:
    """What an id may hold, and a name in an engine may not, is not in the name."""
    for student in ("ada@example.org", "Ådá Lövelace", "x" * 200):
        task = problem(ASSIGNMENT, student)
        assert task.image("shop:1").replace("lesson04-", "").replace("/shop:1", "").isalnum()


@pytest.mark.parametrize("student", STUDENTS)
def test_every_edit_keeps_some_lines_and_reaches_others(student: str) -> None:
    """In every shop the edit leaves layers with files alone, and builds others than its own."""
    shop = problem(ASSIGNMENT, student).shop
    reached = rebuilt(shop.lines, shop.edited)
    filled = [n for n, line in enumerate(shop.lines, 1) if line.startswith(("COPY", "RUN"))]
    assert len(set(filled) - set(reached)) >= 1
    assert len(set(filled) & set(reached)) >= 2
    before, after = shop.files(), shop.edited_files()
    assert [path for path in before if before[path] != after[path]] == [shop.edited]
    assert {path: len(c) for path, c in after.items()} == dict(shop.sizes_bytes)


@pytest.mark.parametrize("student", STUDENTS)
def test_every_kitchen_gains_by_another_order(student: str) -> None:
    """The order that was found is possible and takes half as long again as the best, or more."""
    kitchen = problem(ASSIGNMENT, student).kitchen
    plan, best = kitchen.plan, kitchen.plan.best_order()
    assert plan.minutes_per_month(kitchen.found_order) > 1.5 * plan.minutes_per_month(best)


def test_the_contract_holds_more_than_belongs_into_the_image() -> None:
    """The whole context breaks the contract twice: it is too large, and it holds the token."""
    asked = problem(ASSIGNMENT, "ada").contract
    assert sum(map(len, asked.context.values())) > asked.most_bytes
    assert any(asked.secret.encode() in content for content in asked.context.values())
    wanted = [asked.context[path] for path in asked.files.values()]
    assert sum(map(len, wanted)) < asked.most_bytes
    assert not any(asked.secret.encode() in content for content in wanted)


def test_the_script_prints_what_is_expected_of_this_python() -> None:
    """What the grader looks for in the logs is what the script prints."""
    import contextlib
    import io
    import sys

    script = problem(ASSIGNMENT, "ada").script
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script.text, script.name, "exec"), {})  # noqa: S102 (it is our own)
    version = "3.13" if hasattr(itertools, "batched") else "3.11"
    expected = script.output[version].replace(
        f"Python {version}", f"Python {sys.version_info.major}.{sys.version_info.minor}"
    )
    assert printed.getvalue() == expected


def test_a_context_holds_the_files_and_hides_the_dockerfile() -> None:
    """`COPY .` copies the files that were given, and what the engine needs is not among them."""
    import tarfile

    with tarfile.open(fileobj=context("FROM scratch\n", {"a.txt": b"1"})) as archive:
        assert sorted(archive.getnames()) == [".dockerignore", "Dockerfile", "a.txt"]
        ignored = archive.extractfile(".dockerignore")
        assert ignored is not None
        assert ignored.read().decode().split() == ["Dockerfile", ".dockerignore"]


# Notes


@pytest.mark.parametrize("item", VALUES)
@pytest.mark.parametrize("student", STUDENTS)
def test_right_answers_are_possible(item: str, student: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    given = answer(item, student)
    assert kinds(given) == {Kind.POSSIBLE}, given


MISTAKES: dict[str, tuple[str, str, Callable[[Any], dict[str, Any]]]] = {
    "base": ("layer_bytes", "the base image", lambda t: {"layer_bytes": {1: 7, 4: 10**6}}),
    "setting": ("layer_bytes", "adds no file", lambda t: {"layer_bytes": {2: 7, 4: 10**6}}),
    "difference": ("layer_bytes", "does not know what lies below", lambda t: {"layer_bytes": {
        t.shop.lines.index("COPY menus/today.txt /srv/site/menu.txt") + 1:
        len(t.shop.menu) - t.shop.sizes_bytes["site/menu.txt"]}}),
    "kB": ("layer_bytes", "less than one of the files", lambda t: {"layer_bytes": {4: 12}}),
    "a list": ("layer_bytes", "should be a dictionary", lambda t: {"layer_bytes": [4, 5]}),
    "no line": ("layer_bytes", "has no line 77", lambda t: {"layer_bytes": {77: 1}}),
    "one line": ("rebuilt_steps", "what becomes of those", lambda t: {"rebuilt_steps": [5]}),
    "all lines": ("rebuilt_steps", "everything again", lambda t: {
        "rebuilt_steps": list(range(1, 11))}),
    "line 0": ("rebuilt_steps", "no line 0", lambda t: {"rebuilt_steps": [0, 1]}),
    "a number": ("rebuilt_steps", "a list of line numbers", lambda t: {"rebuilt_steps": 5}),
    "ready-made": ("rebuilt", "would earn nothing", lambda t: {"rebuilt": rebuilt}),
    "raises": ("rebuilt", "raised KeyError", lambda t: {"rebuilt": lambda i, c: {}[c]}),
    "miscounts": ("rebuilt", "pen and paper", lambda t: {"rebuilt": lambda i, c: [1]}),
    "letters": ("plan", "each of the letters", lambda t: {"order": "ABC"}),
    "too early": ("plan", "which it needs", lambda t: {"order": "GFEDCBA"}),
    "no gain": ("plan", "saves nothing", lambda t: {"order": "ABCDEFG", "minutes_saved": 1}),
    "too good": ("plan", "not even spent", lambda t: {"minutes_saved": 10**6}),
    "decoy": ("secret", "still lies in the open", lambda t: {
        "secret": "changeme", "secret_layer": 2}),
    "no digits": ("secret", "which is digits", lambda t: {"secret": "token", "secret_layer": 2}),
    "layer 0": ("secret", "counted from 1", lambda t: {"secret": "7", "secret_layer": 0}),
    "one file": ("pushed_bytes", "whole layers", lambda t: {
        "pushed_bytes": t.shop.sizes_bytes[t.shop.edited]}),
    "whole image": ("pushed_bytes", "every layer of your own", lambda t: {
        "pushed_bytes": sum(t.shop.sizes_bytes.values()) + t.shop.index_bytes}),
    "one byte": ("pushed_bytes", "less than the edited file", lambda t: {"pushed_bytes": 1}),
    "virtual": ("disk", "once for each container", lambda t: {
        "three_disks_mb": 3 * (t.image_mb + t.written_mb)}),
    "no image": ("disk", "leaves out the image", lambda t: {"three_disks_mb": 3 * t.written_mb}),
    "one": ("disk", "one container has written", lambda t: {
        "three_disks_mb": t.image_mb + t.written_mb}),
    "bytes": ("disk", "asks for MB", lambda t: {"three_disks_mb": t.image_mb * 1e6}),
    "no option": ("quiz", "one of a, b, c, d", lambda t: {"quiz": {
        "deleted": "e", "name": "b", "anywhere": "d", "prune": "a"}}),
    "no quiz": ("quiz", "stay a dictionary", lambda t: {"quiz": "c"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_usual_mistakes_are_named(name: str) -> None:
    """Each usual mistake is recognised, and its note says where to look."""
    item, said, wrong = MISTAKES[name]
    given = answer(item, **wrong(problem(ASSIGNMENT, "ada")))
    assert Kind.MISTAKE in kinds(given)
    assert said in repr(given)


@pytest.mark.parametrize("item", [item for item in NOTES if item != "identity"])
@pytest.mark.parametrize("missing", [None, ...])
def test_what_is_missing_is_open_not_wrong(item: str, missing: object) -> None:
    """An item that is not answered yet, or has no engine to be looked up in, says so."""
    names = (*reference(problem(ASSIGNMENT)), "secret", "secret_layer", "pinned")
    quiz = dict.fromkeys(("deleted", "name", "anywhere", "prune"), missing)
    with environment():
        given = answer(item, None, **(dict.fromkeys(names, missing) | {"quiz": quiz}))
        assert kinds(given) == {Kind.UNANSWERED}, given


# Without an engine


def test_without_an_engine_there_is_a_workbench_that_says_so() -> None:
    """Where an engine is asked for, the reason is told; everything after it goes on."""
    with environment():
        bench = workbench(problem(ASSIGNMENT, "ada"))
    assert isinstance(bench, Unavailable)
    assert "There is no Docker Engine" in repr(bench)
    image = bench.client.images.get("x")
    assert repr(image.attrs["Size"] / 10**6) == f"{image.id:.1f}" == "not measured"
    assert repr(image.id == "x") == repr(image.id != "x") == "not measured"
    assert (bool(image), len(image), list(image)) == (False, 0, [])


def test_a_reason_is_text_on_the_page() -> None:
    """Whatever an engine's error says is never markup."""
    assert "<script>" not in Unavailable("<script>")._repr_html_()


# Charts

STEPS = tuple(BuiltStep(n, f"RUN {n}", n < 3, 0.5 * n) for n in range(1, 6))
BUILD = Build("a/b", "sha256:0", STEPS, 7.5)
PUSH = Push("r/a:1", "sha256:0", {"aa": 2000, "bb": 30}, ("cc",), 1900)
KITCHEN = problem(ASSIGNMENT, "ada").kitchen
SHARED = {
    "one": {"sha256:" + "1" * 64: 2_000_000, "sha256:" + "2" * 64: 500_000},
    "two": {"sha256:" + "1" * 64: 2_000_000, "sha256:" + "3" * 64: 700_000},
}

CHARTS: dict[str, Callable[[], Any]] = {
    "layer_sizes": lambda: charts_images.layer_sizes(
        ["FROM a", "COPY b /"], [Layer("FROM a", 2000), Layer("COPY", 17)], {2: 20, "x": "y"}
    ),
    "builds": lambda: charts_images.builds({"first": BUILD, "again": BUILD}),
    "month_of_builds": lambda: charts_images.month_of_builds(
        KITCHEN.plan, KITCHEN.plan.best_order(), KITCHEN.found_order
    ),
    "shared_layers": lambda: charts_images.shared_layers(SHARED),
    "pushes": lambda: charts_images.pushes({"1": PUSH, "2": PUSH}, {"2": 30.0, "1": "many"}),
    "side_by_side": lambda: charts_images.side_by_side(
        {
            "machines": ("claimed", 2400),
            "containers": ("measured", 3.2),
            "none": ("measured", None),
        },
        title="The disk of three",
    ),
}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_says_what_it_shows(name: str) -> None:
    """A chart has a title with the kind of its figures, and a description with the figures."""
    data, _metadata = CHARTS[name]()._repr_mimebundle_()
    chart = data[VEGA_LITE_MIME_TYPE]
    assert any(kind in chart["title"] for kind in ("modelled", "measured"))
    assert len(chart["description"]) > 60
    assert any(character.isdigit() for character in chart["description"])


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_can_be_drawn(name: str) -> None:
    """The one that draws feedback pages takes every chart, and nothing in it comes from outside."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(CHARTS[name]().to_dict(), vl_version="5.8")
    assert svg.startswith("<svg")
    assert "href" not in svg


def test_what_is_shared_is_drawn_once_on_the_disk() -> None:
    """The last bar, the disk's, is as long as all layers without their repetitions."""
    (rows,) = charts_images.shared_layers(SHARED).to_dict()["datasets"].values()
    disk = [row for row in rows if row["image"] == "on the disk"]
    assert (len(disk), disk[-1]["end"]) == (3, pytest.approx(3.2))
    assert {row["layer"] for row in rows if row["what"] == "in several images"} == {"1" * 12}


def test_what_was_not_measured_is_not_drawn() -> None:
    """A chart of nothing is what says that nothing was measured."""
    nothing = Unavailable("no engine")
    assert charts_images.layer_sizes(["FROM a"], nothing) is nothing  # type: ignore[arg-type]
    assert charts_images.builds({"first": BUILD, "second": nothing}) is nothing  # type: ignore[dict-item]
    assert charts_images.pushes({"first": nothing}) is nothing  # type: ignore[dict-item]
    assert charts_images.shared_layers(nothing) is nothing  # type: ignore[arg-type]


# The explorer


@pytest.fixture
def explorer() -> BuildOrderExplorer:
    """Return an explorer of a kitchen."""
    return BuildOrderExplorer(KITCHEN.plan, KITCHEN.found_order)


def button(explorer: BuildOrderExplorer, description: str) -> Any:
    """Return the button that a learner sees under a description."""
    return next(b for b in explorer.children[1].children if b.description == description)


def test_moving_a_step_saves_or_costs_minutes(explorer: BuildOrderExplorer) -> None:
    """The words, the minutes and the chart follow the order."""
    assert explorer.minutes == KITCHEN.plan.minutes_per_month(KITCHEN.found_order)
    explorer.chosen = "A"
    for _ in range(6):
        button(explorer, "▼ later").click()
    assert explorer.order == "BCDEFGA"
    assert explorer.minutes is None
    assert "G comes before A, which it needs" in explorer.message
    button(explorer, "▲ earlier").click()
    assert explorer.order == "BCDEFAG"
    assert explorer.minutes == KITCHEN.plan.minutes_per_month("BCDEFAG")
    shown = explorer.children[-1].outputs[0]["data"][VEGA_LITE_MIME_TYPE]["description"]
    assert f"{explorer.minutes:.0f} minutes" in shown
    button(explorer, "as it was found").click()
    assert explorer.order == "".join(KITCHEN.found_order)


def test_a_step_stops_at_either_end(explorer: BuildOrderExplorer) -> None:
    """There is nothing before the first line and nothing after the last."""
    explorer.chosen = "A"
    button(explorer, "▲ earlier").click()
    assert explorer.order[0] == "A"
    explorer.move(99)
    assert explorer.order[-1] == "A"


def test_more_edits_never_save_time(explorer: BuildOrderExplorer) -> None:
    """A slider of edits moves the minutes up, and a trait moves the slider."""
    slider = next(c for c in explorer.children if "app.py" in getattr(c, "description", ""))
    found = []
    for edits in (0, 50, 200):
        slider.value = edits
        found.append(explorer.minutes)
    assert found == sorted(found)
    explorer.edits = explorer.edits | {"app.py": 3}
    assert slider.value == 3


def test_another_order_than_of_all_steps_is_refused(explorer: BuildOrderExplorer) -> None:
    """Each step is built once."""
    with pytest.raises(traitlets.TraitError, match="each of ABCDEFG once"):
        explorer.order = "AAB"


def test_every_control_is_labelled(explorer: BuildOrderExplorer) -> None:
    """A control without a description is nothing to who cannot see it."""
    controls = [c for c in explorer.children if hasattr(c, "value")][:-1]
    controls += explorer.children[1].children
    assert len(controls) == 7
    assert all(c.description for c in controls)
    assert 'role="status"' in explorer.children[-2].value
