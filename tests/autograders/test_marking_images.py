"""Marking assignment 04: values by mutants, experiments by what a real engine holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from autograders import engine_state
from autograders.answers.images_and_layers import ITEMS, mutants, reference
from autograders.answers.images_and_layers.rebuilt_function import MISTAKEN, draw_instances
from autograders.checks import Mark
from autograders.engine_state import EngineState
from autograders.marking import mark
from course.exercise import check, problem
from course.exercise.draw import Draw
from course.exercise.images_and_layers import NOTES, Workbench
from course.exercise.images_and_layers.mistakes import MISTAKES
from course.exercise.images_and_layers.workbench import IMAGES
from course.exercise.notes import Kind
from course.live import images
from course.sizing.images import rebuilt as ready_made
from tests.lesson_engine import environment
from tests.nbgrader_course import IMAGES_ASSIGNMENT as ASSIGNMENT

if TYPE_CHECKING:
    from tests.lesson_engine import LessonEngine

STUDENTS = [f"student-{number}" for number in range(40)]
VALUES = ("identity", "layer_bytes", "rebuilt_steps", "plan", "pushed_bytes", "disk", "quiz")
EXPERIMENTS = {"secret": 3, "contract": 6, "committed": 4, "pinned": 3, "tills": 2, "pythons": 4}


def own_rebuilt(instructions: list[str], change: str | int) -> list[int]:
    """Say what is built again, as a learner would write it."""
    numbers = list(range(1, len(instructions) + 1))
    if isinstance(change, int):
        return numbers[change - 1 :]
    for number in numbers:
        words = instructions[number - 1].split()
        sources = [w for w in words[1:-1] if words[0] == "COPY" and not w.startswith("--")]
        if any(s in (".", change) or change.startswith(s.rstrip("/") + "/") for s in sources):
            return numbers[number - 1 :]
    return []


def submit(item: str, student: str, **changes: Any) -> Mark:
    """Mark an answer that is right but for the changes."""
    right = reference(problem(ASSIGNMENT, student)) | {"rebuilt": own_rebuilt}
    return mark(check(ASSIGNMENT, item, student, **(right | changes)))


def test_what_is_looked_at_is_marked() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS)
def test_right_values_earn_everything(student: str) -> None:
    """In every problem the reference answers earn full marks."""
    for item in (*VALUES, "rebuilt"):
        marked = submit(item, student)
        assert marked.points == marked.possible, (item, marked)


@pytest.mark.parametrize("student", STUDENTS)
def test_every_mutant_costs_what_it_should(student: str) -> None:
    """In every problem each usual mistake costs its points in its item, and is named."""
    for mutant in mutants(problem(ASSIGNMENT, student)):
        marked = submit(mutant.item, student, **{mutant.variable: mutant.value})
        assert marked.possible - marked.points == pytest.approx(mutant.points_lost), mutant
        assert mutant.sentence in marked.message, mutant


def test_every_mistake_is_tried() -> None:
    """No usual mistake that has a sentence for it goes untested."""
    names = {m.name.split(": ")[1] for s in STUDENTS for m in mutants(problem(ASSIGNMENT, s))}
    in_engine = {"decoy", "old_token"}
    assert set(MISTAKES) == names & set(MISTAKES) | set(MISTAKEN) | in_engine | {
        "line_changes_forgotten"
    }


def test_what_has_been_through_json_is_the_same_answer() -> None:
    """A dictionary whose numbers have become text on the way is marked like the one before."""
    right = reference(problem(ASSIGNMENT, "ada"))["layer_bytes"]
    assert (
        submit("layer_bytes", "ada", layer_bytes={str(k): v for k, v in right.items()}).points == 3
    )


@pytest.mark.parametrize("value", [None, {}, [3], "4", {"x": 1}, {4: "many"}, {99: 1}, {4: -1}])
def test_layer_bytes_of_another_form(value: Any) -> None:
    """Whatever else a learner writes earns nothing and stops nothing."""
    assert submit("layer_bytes", "ada", layer_bytes=value).points == 0


def test_an_answer_that_follows_earns_its_points() -> None:
    """Each mistake costs once: what is sent follows from the lines that a learner named."""
    task = problem(ASSIGNMENT, "ada")
    right = reference(task)
    steps = [right["rebuilt_steps"][0] - 1, *right["rebuilt_steps"]]
    sent = sum(size for line, size in right["layer_bytes"].items() if line in steps)
    marked = submit("pushed_bytes", "ada", rebuilt_steps=steps, pushed_bytes=sent)
    assert marked.points == 2
    order = "CBDEFAG"
    plan = task.kitchen.plan
    saved = plan.minutes_per_month(task.kitchen.found_order) - plan.minutes_per_month(order)
    marked = submit("plan", "ada", order=order, minutes_saved=saved)
    assert "follows from your own" in marked.message


@pytest.mark.parametrize("name", MISTAKEN)
def test_mistaken_functions_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for files, and is told which."""

    def function(instructions: list[str], change: str | int) -> list[int]:
        if isinstance(change, int):
            return own_rebuilt(instructions, change)
        return MISTAKEN[name](tuple(instructions), change)

    marked = submit("rebuilt", "ada", rebuilt=function)
    assert marked.points == 3.5
    assert MISTAKES[name] in marked.message


@pytest.mark.parametrize(
    ("function", "points", "said"),
    [
        (lambda i, c: ready_made(i, c), 0, "own model do the work"),
        (lambda i, c: None, 0, "returns nothing"),
        (lambda i, c: [], 0, "right in 0 of"),
        (lambda i, c: own_rebuilt(i, c) if isinstance(c, str) else [c], 4, "written anew"),
        (lambda i, c: i.index(c), 0, "raised ValueError"),
        ("rebuilt", 0, "not a function"),
    ],
)
def test_other_functions(function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit("rebuilt", "ada", rebuilt=function)
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_dockerfiles_tell_right_from_wrong(secret: str) -> None:
    """Every usual mistake shows on some of them, and no two give the same on all."""
    drawn = draw_instances(Draw(secret))
    given = {
        name: [function(i.instructions, str(i.change)) for i in drawn]
        for name, function in MISTAKEN.items()
    }
    right = [ready_made(i.instructions, i.change) for i in drawn]
    assert [own_rebuilt(list(i.instructions), i.change) for i in drawn] == right
    assert all(found != right for found in given.values())
    assert len({str(found) for found in given.values()}) == len(MISTAKEN)


@pytest.mark.parametrize("item", EXPERIMENTS)
def test_without_an_engine_nothing_is_earned(item: str) -> None:
    """No engine is no error: the mark is 0, and says what was looked for and what is missing."""
    with environment():
        values = {"secret": "1", "secret_layer": 1, "pinned": "x"}
        marked = mark(check(ASSIGNMENT, item, "ada", **values))
    assert (marked.points, marked.possible) == (0, EXPERIMENTS[item])
    assert "Looked for" in marked.message
    assert "no engine" in marked.message


def test_an_engine_that_talks_nonsense_is_no_error() -> None:
    """Whatever goes wrong while reading becomes a sentence."""

    def break_off(error: Exception) -> Callable[[Any], None]:
        def read(_client: Any) -> None:
            raise error

        return read

    state = EngineState(object())  # type: ignore[arg-type]
    for error in (KeyError("Names"), ValueError("no JSON"), OSError("gone"), IndexError()):
        look = state.look("the image a", break_off(error))
        assert look.found is None
        assert look.missing.startswith("Looked for the image a: ")


# From here on in a real engine.

BASE = "FROM course/busybox:1.35\n"


@pytest.fixture(scope="module")
def bench(lesson_engine: LessonEngine) -> Iterator[Workbench]:
    """Return a workbench with the lesson's images, the shop among them."""
    images.provide(lesson_engine.client, *IMAGES)
    bench = Workbench(lesson_engine.client, problem(ASSIGNMENT, "ada"))
    before = {image.id for image in bench.client.images.list(all=True)}
    shop = bench.task.shop
    bench.build("shop:1", shop.dockerfile, shop.files())
    bench.build("shop:2", shop.dockerfile, shop.edited_files())
    yield bench
    bench.clear()
    assert bench.clear() == 0
    assert {image.id for image in bench.client.images.list(all=True)} <= before


@contextmanager
def graded(bench: Workbench) -> Iterator[Callable[..., Mark]]:
    """Mark by the engine of a workbench."""

    def marked(item: str, **values: Any) -> Mark:
        return mark(check(ASSIGNMENT, item, bench.task.student_id, **values))

    with engine_state.use(bench.client):
        yield marked


def right_contract(bench: Workbench) -> str:
    """Return a Dockerfile that keeps the contract."""
    asked = bench.task.contract
    return BASE + "\n".join(
        (
            f"WORKDIR {asked.working_folder}",
            "COPY app/serve.sh app/prices.csv ./",
            *(f"ENV {name} {value}" for name, value in asked.environment.items()),
            *(f"LABEL {name}={value}" for name, value in asked.labels.items()),
            f"USER {asked.user}:{asked.user}",
        )
    )


CONTRACTS: dict[str, tuple[Callable[[str], str], float, str]] = {
    "right": (lambda d: d, 6, "holds what was asked for"),
    "two copies": (
        lambda d: d.replace("serve.sh app/prices.csv ./", "serve.sh ./\nCOPY app/prices.csv ./"),
        5, "may name several files"),
    "everything": (lambda d: d.replace("COPY app", "COPY . /all/\nCOPY app"), 3, "secrets.env"),
    "deleted later": (
        lambda d: d.replace("COPY app", "COPY secrets.env ./\nRUN rm secrets.env\nCOPY app"),
        4, "hides it and does not remove it"),
    "in a variable": (lambda d: d + "\nENV TOKEN=SECRET", 5, "configuration or history"),
    "root": (lambda d: d.rsplit("\n", 1)[0], 5, "who is root now"),
    "elsewhere": (lambda d: d + "\nWORKDIR /srv", 5, "the working directory"),
    "another file": (lambda d: d + "\nCOPY secrets.env prices.csv", 0, "is another file"),
    "nothing": (lambda _d: BASE + "USER 7", 0, "is missing"),
}  # fmt: skip


@pytest.mark.docker
@pytest.mark.parametrize("name", CONTRACTS)
def test_contracts(bench: Workbench, name: str) -> None:
    """What is built is looked at, not how: each broken term costs its point and is named."""
    spoil, points, said = CONTRACTS[name]
    asked = bench.task.contract
    dockerfile = spoil(right_contract(bench)).replace("SECRET", asked.secret)
    bench.build("contract", dockerfile, asked.context)
    with graded(bench) as marked:
        found = marked("contract")
    assert (found.points, said in found.message) == (points, True), found


COMMITS: dict[str, tuple[tuple[str, ...], float, str]] = {
    "right": (("ADD", "APPEND", "DELETE"), 4, "holds what was asked for"),
    "not deleted": (("ADD", "APPEND"), 3, "still there"),
    "overwritten": (("ADD", "OVERWRITE", "DELETE"), 3, "with another content"),
    "twice": (("ADD", "APPEND", "APPEND", "DELETE"), 3, "with another content"),
    "one more": (("ADD", "APPEND", "DELETE", "touch /tmp/x"), 3, "tmp/x"),
    "one less": (("ADD", "APPEND", "DELETE", "rm /srv/app.py"), 3, "srv/app.py (deleted)"),
    "nothing": (("true",), 0, "nothing was committed"),
}


@pytest.fixture(scope="module")
def counter(bench: Workbench) -> Iterator[Callable[..., None]]:
    """Return what starts a container of the shop and runs commands in it."""

    def run(*commands: str, start: str = "shop:1") -> None:
        asked = bench.task.difference
        known = {
            "ADD": f"mkdir -p /srv/notes; echo '{asked.added_text.strip()}' > /{asked.added}",
            "APPEND": f"echo '{asked.line.strip()}' >> /{asked.appended}",
            "OVERWRITE": f"echo '{asked.line.strip()}' > /{asked.appended}",
            "DELETE": f"rm /{asked.deleted}",
        }
        container = bench.client.containers.run(
            bench.task.image(start), ["sleep", "900"], detach=True, name=bench.fresh("counter")
        )
        for command in commands:
            container.exec_run(["sh", "-c", known.get(command, command)])
        container.commit(bench.task.image("committed"))

    yield run
    bench.fresh("counter")


@pytest.mark.docker
@pytest.mark.parametrize("name", COMMITS)
def test_commits(bench: Workbench, counter: Callable[..., None], name: str) -> None:
    """The topmost layer is compared file by file with what was asked."""
    commands, points, said = COMMITS[name]
    counter(*commands)
    with graded(bench) as marked:
        found = marked("committed")
    assert (found.points, said in found.message) == (points, True), found


@pytest.mark.docker
def test_a_commit_upon_another_image(bench: Workbench, counter: Callable[..., None]) -> None:
    """The difference may be right and stand on the wrong image."""
    counter("ADD", "APPEND", "DELETE", start="shop:2")
    with graded(bench) as marked:
        found = marked("committed")
    assert found.points == 3
    assert "not one layer upon" in found.message


@pytest.mark.docker
def test_renamed_images_earn_nothing(bench: Workbench) -> None:
    """A tag on something else is no experiment."""
    bench.client.images.get(bench.task.image("shop:1")).tag(bench.task.image("committed"))
    bench.client.images.get("course/busybox:1.35").tag(bench.task.image("contract"))
    with graded(bench) as marked:
        assert marked("committed").points == 0
        assert marked("contract").points == 0


@pytest.mark.docker
def test_digests(bench: Workbench, counter: Callable[..., None]) -> None:
    """Only the digest by which the registry gives the committed image counts."""
    counter("ADD")
    with graded(bench) as marked:
        bench.fresh("registry")
        assert "no container" in marked("pinned", pinned="sha256:" + "0" * 64).message
        registry = bench.start_registry()
        pushed = bench.push("committed", registry, "menu")
        assert pushed.digest.startswith("sha256:")
        before = marked("pinned", pinned=pushed.digest)
        assert (before.points, "nothing has moved it" in before.message) == (2, True)
        other = bench.push("shop:2", registry, "menu")
        assert marked("pinned", pinned=pushed.digest).points == 3
        image = bench.client.images.get(bench.task.image("committed"))
        for wrong, said in (
            ("menu", "is no digest"),
            (str(image.id), "digest of its configuration"),
            (other.digest, "where the tag leads now"),
            ("sha256:" + "0" * 64, "nothing of this digest"),
            (7, "is no digest"),
        ):
            found = marked("pinned", pinned=wrong)
            assert (found.points, said in found.message) == (0, True), found
    bench.fresh("registry")


@pytest.mark.docker
def test_tills(bench: Workbench) -> None:
    """Three containers of one image, each with the bytes that were asked for."""
    size = bench.task.orders_bytes

    def start(image: str, written: int, numbers: str = "123") -> Mark:
        for number in numbers:
            till = bench.client.containers.run(
                image, ["sleep", "900"], detach=True, name=bench.fresh(f"till-{number}")
            )
            till.exec_run(["sh", "-c", f"head -c {written} /dev/zero > /tmp/orders.bin"])
        with graded(bench) as marked:
            return marked("tills")

    shop = bench.task.image("shop:1")
    missing = start(shop, size, "12")
    assert (missing.points, "till-3" in missing.message) == (0, True)
    assert start(shop, size).points == 2
    less = start(shop, size // 2, "2")
    assert (less.points, "till-2 has written" in less.message) == (1, True)
    assert start("course/busybox:1.35", size, "2").points == 0
    bench.client.containers.get(bench.fresh("till-1").replace("till-1", "till-3")).stop(timeout=0)
    for number in "123":
        bench.fresh(f"till-{number}")


@pytest.mark.docker
def test_pythons(bench: Workbench) -> None:
    """The mount, the image, the command and the logs of both containers are looked at."""
    task = bench.task
    volume = bench.fill("script", {task.script.name: task.script.text})
    other = bench.fill("other", {task.script.name: task.script.text})

    def run(
        version: str,
        *,
        image: str = "",
        command: Any = None,
        source: str = volume,
        mode: str = "ro",
    ) -> None:
        bench.client.containers.run(
            f"course/python:{image or version}",
            command or ["python3", task.script.name],
            detach=True,
            name=bench.fresh(f"python-{version}"),
            volumes={source: {"bind": "/code", "mode": mode}},
            working_dir="/code",
        ).wait()

    with graded(bench) as marked:
        assert marked("pythons").points == 0
        run("3.11")
        one = marked("pythons")
        assert (one.points, "no container" in one.message) == (1.5, True)
        run("3.13")
        assert marked("pythons").points == 4
        for wrong, points, said in (
            ({"mode": "rw"}, 3, "can be written to"),
            ({"source": other}, 3, "Not both have the volume"),
            ({"image": "3.11"}, 2.5, "is not of the image"),
            ({"command": ["python3", "-c", "print(1)"]}, 1.5, "from a folder that is mounted"),
            ({"command": ["sh", "-c", "exit 3"]}, 1.5, "from a folder that is mounted"),
            ({"command": ["cat", task.script.name]}, 2.5, "something else"),
        ):
            run("3.13", **wrong)
            found = marked("pythons")
            assert (found.points, said in found.message) == (points, True), (wrong, found)


@pytest.mark.docker
def test_secrets(bench: Workbench) -> None:
    """The token is read from the engine's own image, and the ones that only look like it cost."""
    from course.exercise.images_and_layers import experiments

    with graded(bench) as marked:
        missing = marked("secret", **{"secret": "1", "secret_layer": 1})
        assert (missing.points, "no image" in missing.message) == (0, True)
        bench.plant()
        old, right = experiments.leaks(bench.client, bench.task)
        assert (right.deleted, right.replaced, old.replaced) == (True, False, True)
        layer = right.layer
        for secret, number, points in (
            (right.token, layer, 3),
            (int(right.token), layer, 3),
            (right.token, layer - 1, 2.5),
            (right.token, None, 2),
            (old.token, layer, 1.5),
            ("changeme", layer, 0),
            ("17", layer, 0),
        ):
            assert marked("secret", secret=secret, secret_layer=number).points == points, secret


@pytest.mark.docker
def test_notes_look_into_the_learners_engine(bench: Workbench, lesson_engine: LessonEngine) -> None:
    """What is missing is open, what breaks a term is named, and what is right is possible."""
    asked = bench.task.contract

    def notes() -> list[Any]:
        with lesson_engine.connected():
            return list(check(ASSIGNMENT, "contract", bench.task.student_id).notes())

    bench.build("contract", right_contract(bench), asked.context)
    assert [note.kind for note in notes()] == [Kind.POSSIBLE]
    bench.build("contract", right_contract(bench) + "\nUSER root", asked.context)
    assert [note.kind for note in notes()] == [Kind.MISTAKE]
    bench.client.images.remove(bench.task.image("contract"), force=True)
    assert [note.kind for note in notes()] == [Kind.UNANSWERED]
