"""Marking assignment 05: by the personal problem, by records of many machines, by an engine."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from autograders import engine_state
from autograders.answers.startup_and_footprint import ITEMS, mutants, reference
from autograders.answers.startup_and_footprint.measured import right_verdicts, starts
from autograders.answers.startup_and_footprint.percentile_function import (
    MISTAKEN,
    draw_instances,
    percentile,
)
from autograders.checks import Mark
from autograders.marking import mark
from course.exercise import check, problem
from course.exercise.draw import Draw
from course.exercise.notes import Kind
from course.exercise.startup_and_footprint import NOTES, Workbench
from course.exercise.startup_and_footprint.mistakes import MISTAKES
from course.exercise.startup_and_footprint.workbench import IMAGES
from course.live import images
from course.live.unavailable import Unavailable
from tests.lesson_engine import environment
from tests.nbgrader_course import STARTUP_ASSIGNMENT as ASSIGNMENT
from tests.records_startup import IMPOSSIBLE, MACHINES, records, stamped

if TYPE_CHECKING:
    from course.live.experiments import Table
    from tests.lesson_engine import LessonEngine

STUDENTS = [f"student-{number}" for number in range(30)]
#: Which record each item that rests on one is given.
RECORD_OF = {"medians": "startup", "ratio": "startup", "boot": "startup", "weight": "footprint",
             "memory": "density"}  # fmt: skip


def own_percentile(values: list[float], share: float) -> float:
    """Interpolate as a learner would write it."""
    if not values or share < 0 or share > 1:
        raise ValueError("no such percentile")
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    if below == len(ordered) - 1:
        return ordered[-1]
    return ordered[below] + (position - below) * (ordered[below + 1] - ordered[below])


def submit(item: str, student: str, kind: str = "emulated, lab VM", **changes: Any) -> Mark:
    """Mark an answer that is right of a machine's records but for the changes."""
    made = records(student, MACHINES[kind])
    right = reference(problem(ASSIGNMENT, student), made) | {"percentile": own_percentile}
    tables = {"startup": made.startup, "footprint": made.footprint}
    if item in RECORD_OF:
        tables["table"] = getattr(made, RECORD_OF[item])
    return mark(check(ASSIGNMENT, item, student, **(right | tables | changes)))


def test_what_is_looked_at_is_marked() -> None:
    """What the notebook can look at, the grader can mark, and nothing else."""
    assert list(ITEMS) == list(NOTES)


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("kind", ["emulated, lab VM", "KVM, host's engine"])
def test_right_answers_earn_everything(student: str, kind: str) -> None:
    """With every problem, and of every machine's records, the reference answers earn all."""
    for item in ITEMS:
        if item != "small":
            marked = submit(item, student, kind)
            assert marked.points == marked.possible, (item, marked)


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("emulated, lab VM, slow", {}),
        ("emulated, host's engine too", {}),
        ("emulated, host's engine alone", {"ratio": 2}),
        ("KVM, lab VM", {}),
        ("no QEMU, host's engine", {"ratio": 2, "boot": 3, "weight": 2, "memory": 2.5}),
        ("nothing but processes", {"ratio": 2, "boot": 3, "weight": 3, "memory": 4}),
    ],
)
def test_what_cannot_be_measured_is_said(kind: str, lost: dict[str, float]) -> None:
    """Where something is not to be had, only what rests on it is lost, and the reason is told."""
    for item in ITEMS:
        if item != "small":
            marked = submit(item, "ada", kind)
            assert marked.possible - marked.points == lost.get(item, 0), (item, marked)
            assert ("not answered yet" in marked.message) == (item in lost)


@pytest.mark.parametrize("student", STUDENTS[:12])
@pytest.mark.parametrize("kind", ["emulated, lab VM", "emulated, host's engine too"])
def test_every_mutant_costs_what_it_should(student: str, kind: str) -> None:
    """In every problem each usual mistake costs its points in its item, and is named."""
    made = records(student, MACHINES[kind])
    for mutant in mutants(problem(ASSIGNMENT, student), made):
        marked = submit(mutant.item, student, kind, **{mutant.variable: mutant.value})
        # An answer that the next one is worked out from may not cost a second time.
        assert marked.possible - marked.points == pytest.approx(mutant.points_lost), mutant
        assert mutant.sentence in marked.message, (mutant, marked)


def test_every_mistake_is_tried() -> None:
    """No usual mistake that has a sentence for it goes untested."""
    names = {
        mutant.name.split(": ")[1]
        for student in STUDENTS[:12]
        for kind in ("emulated, lab VM", "emulated, host's engine too")
        for mutant in mutants(problem(ASSIGNMENT, student), records(student, MACHINES[kind]))
    }
    assert set(MISTAKES) == names & set(MISTAKES) | set(MISTAKEN)


# The function


@pytest.mark.parametrize("name", MISTAKEN)
def test_mistaken_functions_are_named(name: str) -> None:
    """A function with one usual mistake loses half the points for values, and is told which."""
    for mistaken in MISTAKEN[name]:

        def function(values: list[float], share: float, mistaken: Any = mistaken) -> float:
            if len(values) < 4:
                return own_percentile(values, share)
            return float(mistaken(values, share))

        marked = submit("percentile", "ada", percentile=function)
        assert marked.points == 2.5
        assert MISTAKES[name] in marked.message


def in_place(values: list[float], share: float) -> float:
    """Sort the caller's list."""
    values.sort()
    return own_percentile(values, share)


@pytest.mark.parametrize(
    ("function", "points", "said"),
    [
        (own_percentile, 4, "right on all"),
        (percentile, 4, "right on all"),
        (in_place, 3, "changes the list"),
        (lambda v, s: None, 0, "returns nothing"),
        (lambda v, s: statistics.quantiles(v, n=100)[int(s * 98)], 0, "ready-made"),
        (lambda v, s: own_percentile(v, s) if v else 0.0, 3.5, "raise a ValueError"),
        (lambda v, s: v[s], 0, "raised TypeError"),
        (lambda v, s: "12", 0, "right on 0 of"),
        (lambda v, s: [v], 0, "right on 0 of"),
        ("percentile", 0, "not a function"),
    ],
)
def test_other_functions(function: Any, points: float, said: str) -> None:
    """What does not do the work earns what it does, and is told."""
    marked = submit("percentile", "ada", percentile=function)
    assert (marked.points, said in marked.message) == (points, True), marked


@pytest.mark.parametrize("secret", ["one", "two", "three"])
def test_hidden_lists_tell_right_from_wrong(secret: str) -> None:
    """Every usual mistake gives another answer on each of them."""
    for instance in draw_instances(Draw(secret)):
        values = list(instance.values)
        right = own_percentile(values, instance.share)
        assert percentile(values, instance.share) == pytest.approx(right)
        for functions in MISTAKEN.values():
            for function in functions:
                assert function(values, instance.share) != pytest.approx(right, rel=0.01)


def test_the_reference_agrees_with_pythons_own() -> None:
    """Another way of reckoning, from the standard library, gives the same quantiles."""
    values = [3.2, 0.4, 7.7, 5.1, 1.9, 2.2]
    inclusive = statistics.quantiles(values, n=20, method="inclusive")
    for number, quantile in enumerate(inclusive, 1):
        assert percentile(values, number / 20) == pytest.approx(quantile)


# Records


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_have_been_measured_earns_nothing(name: str) -> None:
    """A record that was changed into something impossible is refused, with the reason."""
    change, said = IMPOSSIBLE[name]
    for item in ("medians", "ratio", "boot"):
        changed = change(records().startup)
        marked = submit(item, "ada", table=changed)
        assert marked.points == 0
        assert said in marked.message
        notes = check(ASSIGNMENT, item, "ada", table=changed).notes()
        assert [note.kind for note in notes] == [Kind.MISTAKE]
    assert submit("verdicts", "ada", startup=change(records().startup)).points == 0


def test_records_of_something_else_are_refused() -> None:
    """Another experiment's record, a part of a table by hand, and nothing at all are told apart."""
    made = records()
    for value, said in (
        (made.density, "found one of density"),
        ([0.2, 0.3], "found list"),
        ({"rows": []}, "cannot be read"),
        (None, "not answered yet"),
        (Unavailable("startup.json was not handed in."), "was not handed in"),
    ):
        for item in ("medians", "ratio", "boot"):
            marked = submit(item, "ada", table=value)
            assert (marked.points, said in marked.message) == (0, True), marked
    assert submit("weight", "ada", table=None).points == 0
    assert submit("memory", "ada", table=None).points == 0
    assert submit("verdicts", "ada", footprint=None).points == 0


def test_a_record_that_travelled_as_json_is_the_same_record() -> None:
    """A grader that gets a table as data marks it like the table."""
    made = records()
    for item, kind in RECORD_OF.items():
        table: Table = getattr(made, kind)
        assert submit(item, "ada", table=table.to_data()) == submit(item, "ada", table=table)


def test_each_number_has_to_be_of_its_own_record() -> None:
    """What was right of another learner's machine is not right of this one."""
    other = reference(problem(ASSIGNMENT, "ada"), records("grace"))
    for item in ("medians", "ratio", "weight", "memory"):
        # Her own medians, which a ratio may follow from, are her own.
        changes = {n: v for n, v in other.items() if n != "medians" or item == "medians"}
        marked = submit(item, "ada", **changes)
        assert marked.points <= 1, marked


def test_ratios_are_of_one_accelerator() -> None:
    """A container on the machine itself beside an emulated machine is named as what it is."""
    kind = "emulated, host's engine too"
    table = records("ada", MACHINES[kind]).startup
    full = statistics.median(starts(table)["full VM"])
    native = statistics.median(table.values("container", "start", accelerator="native"))
    marked = submit("ratio", "ada", kind, machine_over_container=full / native)
    assert marked.points == 1.25
    assert MISTAKES["mixed_accelerators"] in marked.message


def test_a_mistake_costs_once() -> None:
    """A ratio that follows from medians which were means earns its points."""
    table = records().startup
    means = {name: statistics.fmean(values) for name, values in starts(table).items()}
    marked = submit(
        "ratio",
        "ada",
        medians=means,
        machine_over_container=means["full VM"] / means["container"],
    )
    assert (marked.points, "follows from your own" in marked.message) == (2, True)
    wild = means | {"full VM": 9000.0}
    marked = submit("ratio", "ada", medians=wild, machine_over_container=9000 / means["container"])
    assert marked.points == 1
    marked = submit("weight", "ada", container_mb=10.0, disk_ratio=70.0)
    assert marked.points == 1


def test_verdicts_follow_the_machine() -> None:
    """The right verdict depends on the record: quick machines and slow ones decide otherwise."""
    slow = records("ada", MACHINES["emulated, lab VM"])
    quick = records("ada", MACHINES["KVM, host's engine"])
    of_slow = right_verdicts(slow.startup, slow.footprint)
    of_quick = right_verdicts(quick.startup, quick.footprint)
    assert (of_slow["container_second"], of_quick["container_second"]) == ("does not hold", "holds")
    assert (of_slow["full_ten_seconds"], of_quick["full_ten_seconds"]) == ("holds", "does not hold")
    assert of_slow["machine_longer"] == of_quick["machine_longer"] == "holds"
    without = records("ada", MACHINES["no QEMU, host's engine"])
    assert right_verdicts(without.startup, without.footprint)["every_machine"] == "not measured"


def test_nothing_is_earned_by_not_measuring() -> None:
    """A record without what could have been measured decides no statement."""
    made = records()
    only = stamped(
        made.startup, rows=tuple(row for row in made.startup.rows if row.technology == "process")
    )
    assert only.problems() == ()
    none = dict.fromkeys(reference(problem(ASSIGNMENT, "ada"), made)["verdicts"], "not measured")
    marked = submit("verdicts", "ada", startup=only, verdicts=none)
    assert marked.points == 0


def test_too_few_instances_have_no_spread() -> None:
    """Two instances make one difference, which says nothing of how sure it is."""
    made = records()
    few = stamped(made.density, rows=tuple(row for row in made.density.rows if row.repeat < 3))
    marked = submit("memory", "ada", table=few)
    assert marked.points == 0
    assert "three or more are needed" in marked.message


def test_answers_of_any_other_form_stop_nothing() -> None:
    """Whatever a learner writes is marked, with a sentence."""
    for value in (None, "", [], {}, "4", {"full VM": "4"}, {"x": 1}, float("nan"), True, -1):
        assert submit("medians", "ada", medians=value, slow=value).points == 0
        assert submit("ratio", "ada", machine_over_container=value, medians=value).points <= 1
        assert submit("boot", "ada", longest_stage=value, longest_share=value).points <= 1
        assert submit("weight", "ada", full_vm_mb=value, disk_ratio=value).points <= 1
        assert submit("memory", "ada", tasks=value, container_mib=value).points <= 2.5
        assert submit("verdicts", "ada", verdicts=value).points == 0


# From here on in a real engine.


def test_without_an_engine_no_image_is_looked_at() -> None:
    """No engine is no error: the mark is 0, and says what was looked for and what is missing."""
    with environment():
        marked = mark(check(ASSIGNMENT, "small", "ada"))
    assert (marked.points, marked.possible) == (0, 6)
    assert "Looked for the image lesson05-" in marked.message
    assert "not answered yet" in marked.message


@pytest.fixture(scope="module")
def bench(lesson_engine: LessonEngine) -> Iterator[Workbench]:
    """Return a workbench with the lesson's images."""
    images.provide(lesson_engine.client, *IMAGES)
    bench = Workbench(lesson_engine.client, problem(ASSIGNMENT, "ada"))
    yield bench
    bench.clear()
    assert bench.clear() == 0


BASE = "FROM course/freeradius:3.2\n"
COPIED = """FROM scratch
COPY --from=course/freeradius:3.2 / /
COPY users /etc/freeradius/users
CMD ["/usr/sbin/freeradius", "-f", "-l", "stdout", "-d", "/etc/freeradius"]
"""
OTHER_USER = b'ada Cleartext-Password := "x"\n'
ANYBODY = b'DEFAULT Auth-Type := Accept\n     Reply-Message = "REPLY"\n'

DOCKERFILES: dict[str, tuple[str, bytes | None, float, str]] = {
    "small": (BASE + "COPY users /etc/freeradius/users", None, 6, "holds what was asked for"),
    "copied": (COPIED, None, 6, "holds what was asked for"),
    "as it was": (BASE + "LABEL a=b", None, 0, "with the right password"),
    "another user": (BASE + "COPY users /etc/freeradius/users", OTHER_USER, 0, "turns "),
    "anybody": (BASE + "COPY users /etc/freeradius/users", ANYBODY, 5, "whoever comes"),
    "no server": ("FROM course/python:3.11\nCMD [\"sleep\", \"9\"]", None, 0, "did not answer"),
    "ends": ("FROM course/python:3.11\nCMD [\"false\"]", None, 0, "did not answer"),
    "no such program": (BASE + 'CMD ["/bin/nothing"]', None, 0, "did not answer"),
}  # fmt: skip


@pytest.mark.docker
@pytest.mark.parametrize("name", DOCKERFILES)
def test_images_of_a_server(bench: Workbench, name: str) -> None:
    """An image is started and asked: it has to let in the one user, and nobody else."""
    dockerfile, users, points, said = DOCKERFILES[name]
    asked = bench.task.radius
    content = asked.context["users"] if users is None else users
    files = {"users": content.replace(b"REPLY", asked.reply.encode())}
    bench.build("radius:small", dockerfile, files)
    with engine_state.use(bench.client):
        found = mark(check(ASSIGNMENT, "small", "ada"))
    assert (found.points, said in found.message) == (points, True), found
    assert bench.client.containers.list(all=True, filters={"name": bench.task.prefix}) == []


@pytest.mark.docker
def test_the_fat_image_answers_and_is_too_large(bench: Workbench) -> None:
    """The image that the notebook begins with does the work and breaks the limit, by much."""
    asked = bench.task.radius
    bench.build("radius:small", asked.fat_dockerfile, asked.context)
    with engine_state.use(bench.client):
        found = mark(check(ASSIGNMENT, "small", "ada"))
    assert (found.points, "Whatever a lower layer holds counts" in found.message) == (4, True)
    assert bench.image_mb(bench.task.image("radius:small")) > 2 * asked.most_bytes / 10**6


@pytest.mark.docker
def test_what_is_deleted_later_still_counts(bench: Workbench) -> None:
    """A RUN that removes the rest makes nothing smaller."""
    asked = bench.task.radius
    dockerfile = asked.fat_dockerfile + "RUN rm -rf /usr/lib/python3.11 /usr/share/doc\n"
    bench.build("radius:small", dockerfile, asked.context)
    with engine_state.use(bench.client):
        found = mark(check(ASSIGNMENT, "small", "ada"))
    assert (found.points, "deleted later or not" in found.message) == (4, True), found


@pytest.mark.docker
def test_notes_look_into_the_learners_engine(bench: Workbench, lesson_engine: LessonEngine) -> None:
    """What is missing is open, what is too large is named, and what is right is possible."""
    asked = bench.task.radius

    def notes() -> list[Any]:
        with lesson_engine.connected():
            return [note.kind for note in check(ASSIGNMENT, "small", "ada").notes()]

    bench.build("radius:small", asked.fat_dockerfile, asked.context)
    assert notes() == [Kind.MISTAKE]
    bench.build("radius:small", DOCKERFILES["small"][0], {"users": asked.context["users"]})
    assert notes() == [Kind.POSSIBLE]
    bench.client.images.remove(bench.task.image("radius:small"), force=True)
    assert notes() == [Kind.UNANSWERED]
