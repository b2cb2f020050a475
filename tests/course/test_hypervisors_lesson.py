"""Lesson 02's problem, notes, records, images and explorer; and real machines that it looks at."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import traitlets

from autograders.answers.hypervisors import measured_answers, reference
from course.charts import VEGA_LITE_MIME_TYPE
from course.exercise import Answer, check, problem
from course.exercise.hypervisors import NOTES, convert, observation, observe
from course.exercise.hypervisors.disk import DISK_BYTES, MAKERS
from course.exercise.hypervisors.observation import UnreadableObservationError
from course.exercise.hypervisors.places import PLACES
from course.exercise.hypervisors.reading import UnreadableImageError, read
from course.exercise.notes import Kind
from course.facts import Status, system
from course.live.unavailable import Unavailable
from course.simulation.overhead import TECHNIQUES, break_even, run
from course.widgets import ToyMachineExplorer
from tests.submissions_hypervisors import ASSIGNMENT, image, records, seen, startup

if TYPE_CHECKING:
    from pathlib import Path

    import ipywidgets

STUDENTS = [f"s{number}" for number in range(25)]
TASK = problem(ASSIGNMENT, "ada")


def own_run_time(program: Any, technique: str, costs: Any, clock_ghz: float) -> float:
    """Say how long a program takes, as a learner would write it."""
    special = sum(n for line, n in program if line[:3] in ("out", "pag"))
    plain = sum(n for _line, n in program) - special
    cycles = {
        "direct": (plain + special) * costs.direct,
        "trap-and-emulate": plain * costs.direct + special * (costs.exit + costs.emulation),
        "paravirtual": plain * costs.direct + special * (costs.hypercall + costs.emulation),
        "interpretation": (plain + special) * costs.dispatch
        + plain * costs.direct
        + special * costs.emulation,
    }
    return cycles[technique] / (1e9 * clock_ghz)


def answer(item: str, student: str | None = "ada", **changes: Any) -> Answer:
    """Return an answer that is right but for the changes."""
    task = problem(ASSIGNMENT, student)
    found = records(task)
    right = reference(task) | measured_answers(found) | {"run_time": own_run_time}
    right["machine"] = found.machine
    right["table"] = found.startup if item == "boot" else found.overhead
    return check(ASSIGNMENT, item, student, **(right | changes))


def kinds(given: Answer) -> set[Kind]:
    """Return the kinds of an answer's notes."""
    return {note.kind for note in given.notes()}


# The problem


def test_the_problem_is_the_same_on_every_machine() -> None:
    """A change of this digest takes the numbers away from learners who have begun."""
    posed = repr(dataclasses.asdict(TASK)) + TASK.toy.text()
    assert hashlib.sha256(posed.encode()).hexdigest() == (
        "3ec58cfbd88c83f79297ab03498bf490d75c613a331759fc5d19bf5edce082a0"
    )


def test_everybody_has_other_figures() -> None:
    """No two learners share a number that is asked for, or a disk."""
    tasks = [problem(ASSIGNMENT, student) for student in STUDENTS]
    for figure in (
        lambda task: reference(task)["trapped_cycles"],
        lambda task: task.disk.content,
    ):
        assert len({figure(task) for task in tasks}) == len(tasks)


@pytest.mark.parametrize("student", STUDENTS)
def test_the_program_runs_as_it_is_reckoned(student: str) -> None:
    """With few rounds, the toy counts what the formula says, and every technique agrees."""
    toy = problem(ASSIGNMENT, student).toy
    short = dataclasses.replace(toy, rounds=7)
    runs = [run(short.program(), technique, short.costs) for technique in TECHNIQUES]
    assert {(each.output, each.state) for each in runs} == {(runs[0].output, runs[0].state)}
    assert runs[0].counts.instructions == short.instructions
    assert runs[0].counts.privileged == short.privileged
    assert toy.program(7) == short.program()


@pytest.mark.parametrize("student", STUDENTS)
def test_every_program_lies_clearly_beside_the_break_even(student: str) -> None:
    """Which technique is cheaper is never a matter of rounding, and prices are in their order."""
    toy = problem(ASSIGNMENT, student).toy
    share = break_even("trap-and-emulate", "interpretation", toy.costs).share
    assert share is not None
    assert 0.005 < toy.privileged / toy.instructions < 0.12
    assert not 0.75 < toy.privileged / toy.instructions / share < 1.3
    assert toy.costs.direct < toy.costs.dispatch < toy.costs.hypercall < toy.costs.exit


def test_both_techniques_win_somewhere() -> None:
    """About half of the learners find that interpretation is cheaper."""
    cheaper = [reference(problem(ASSIGNMENT, f"t{n}"))["cheaper"] for n in range(60)]
    assert 15 < cheaper.count("interpretation") < 45


@pytest.mark.parametrize("student", STUDENTS)
def test_every_choice_of_systems_has_one_that_a_text_misplaces(student: str) -> None:
    """Six systems, of which one is misplaced, one at least is gone, and most live."""
    choice = problem(ASSIGNMENT, student).choice
    assert len(set(choice.systems)) == 6
    assert len(choice.misplaced) == 1
    assert 1 <= len(choice.gone) <= 3
    assert set(choice.right_places.values()) <= set(PLACES)
    assert {"type 1", "type 2", "operating system"} <= set(choice.right_places.values())
    assert all(system(name).status is not Status.ALIVE for name in choice.gone)


def test_the_six_are_described_without_their_places() -> None:
    """What is told before the exercise says nothing of this course's own placing."""
    told = str(TASK.choice.descriptions())
    assert all(system(name).name in told for name in TASK.choice.systems)
    assert TASK.choice.descriptions().headings[-1].endswith("(claimed)")


# Notes


@pytest.mark.parametrize("item", [item for item in NOTES if item != "images"])
@pytest.mark.parametrize("student", STUDENTS)
def test_right_answers_are_possible(item: str, student: str) -> None:
    """A right answer is never called a mistake, whoever's it is."""
    given = answer(item, student)
    assert kinds(given) == {Kind.POSSIBLE}, given


def _stages(factor: float) -> dict[str, float]:
    return {name: factor * seconds for name, seconds in measured_answers(records(TASK))[
        "stages_s"].items()}  # fmt: skip


MISTAKES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "lines": ("counts", "counts each line once", {"instructions": len(TASK.toy.program())}),
    "one round": ("counts", "This is one round", {"instructions": TASK.toy.each_round}),
    "few": ("counts", "privileged: This counts each line", {"privileged": 1}),
    "too many": ("counts", "more privileged instructions than", {
        "privileged": 10 * TASK.toy.instructions}),
    "faster than bare": ("cycles", "less than the same work takes directly", {
        "trapped_cycles": 5}),
    "cycles for seconds": ("cycles", "The question asks for seconds", {
        "trapped_s": reference(TASK)["trapped_cycles"]}),
    "calls for nothing": ("cycles", "cost by themselves", {
        "hypercall_cycles": reference(TASK)["direct_cycles"] + 1}),
    "raises": ("run_time", "raised KeyError", {"run_time": lambda p, t, c, g: {}[t]}),
    "miscounts": ("run_time", "work it out on paper", {"run_time": lambda p, t, c, g: 1.0}),
    "text": ("run_time", "work it out on paper", {"run_time": lambda p, t, c, g: "1"}),
    "percent": ("break_even", "reads like a percentage", {"break_even_share": 3.5}),
    "inverted": ("break_even", "the wrong way round", {
        "break_even_share": TASK.toy.costs.exit / TASK.toy.costs.dispatch}),
    "own share": ("break_even", "own share", {
        "break_even_share": TASK.toy.privileged / TASK.toy.instructions}),
    "not my cycles": ("break_even", "not what your own cycles", {"cheaper": {
        "interpretation": "trap-and-emulate", "trap-and-emulate": "interpretation"}[
            reference(TASK)["cheaper"]]}),
    "neither": ("break_even", "should be", {"cheaper": "direct"}),
    "no place": ("places", "should be one of", {"places": dict.fromkeys(
        TASK.choice.systems, "type 3")}),
    "a list": ("places", "stay a dictionary", {"places": ["type 1"]}),
    "a stranger": ("places", "none of your six", {"misplaced": "gvisor", "gone": ["gvisor"]}),
    "one word": ("places", "should be a list of ids", {"gone": "rkt"}),
    "too small": ("machine", "is not what you were to order", {
        "machine": seen(TASK, memory_asked_mib=96)}),
    "all hidden": ("machine", "the whole machine", {"hidden_mib": 4000}),
    "no such stage": ("boot", "should have the stages", {"stages_s": {"bios": 1.0}}),
    "ms": ("boot", "not between its least and its most", {"stages_s": _stages(1000)}),
    "stage in percent": ("boot", "percentage", {"longest_share": 55}),
    "which stage": ("boot", "longest_stage should be one of", {"longest_stage": "bios"}),
    "no dictionary": ("boot", "stay a dictionary", {"stages_s": 3}),
    "no accelerator": ("speed", 'should be "tcg" or "kvm"', {"accelerator": "qemu"}),
    "in quotes": ("devices", "should be a number", {"disk_ratio": "3"}),
    "wrong table": ("devices", "found one of startup", {"table": startup()}),
    "no option": ("quiz", "one of a, b, c, d", {"quiz": {
        "sensitive": "e", "kvm": "b", "survives": "d", "convert": "a"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_usual_mistakes_are_named(name: str) -> None:
    """Each usual mistake is recognised, and its note says where to look."""
    item, said, changes = MISTAKES[name]
    given = answer(item, **changes)
    assert Kind.MISTAKE in kinds(given)
    assert said in repr(given)


@pytest.mark.parametrize("item", [item for item in NOTES if item != "identity"])
@pytest.mark.parametrize("missing", [None, ...])
def test_what_is_missing_is_open_not_wrong(
    item: str, missing: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item that is not answered yet, or whose record is not there, says so."""
    monkeypatch.chdir(tmp_path)
    names = (*reference(TASK), *measured_answers(records(TASK)), "machine", "table")
    empty: dict[str, Any] = dict.fromkeys(names, missing)
    empty["quiz"] = dict.fromkeys(("sensitive", "kvm", "survives", "convert"), missing)
    empty["places"] = dict.fromkeys(problem(ASSIGNMENT, None).choice.systems, missing)
    given = answer(item, None, **empty)
    assert kinds(given) == {Kind.UNANSWERED}, given


def test_without_virtual_machines_the_items_say_what_is_missing() -> None:
    """What stands in for a measurement is open, with the reason, and not wrong."""
    absent = Unavailable("There is no QEMU.")
    for item in ("machine", "boot", "devices", "speed"):
        given = answer(item, machine=absent, table=absent, disk_ratio=absent, slowdown=absent)
        assert kinds(given) == {Kind.UNANSWERED}
        assert "There is no QEMU." in repr(given)


# What was seen


def test_an_observation_survives_its_file(tmp_path: Path) -> None:
    """What is read is what was written, and it can be true."""
    observation.write(seen(TASK), tmp_path / "machine.json")
    again = observation.read(tmp_path / "machine.json")
    assert dataclasses.asdict(again) == dataclasses.asdict(seen(TASK))
    assert again.problems() == ()
    assert (again.memory_given_mib, again.cpus_given) == (TASK.memory_mib, TASK.cpus)


@pytest.mark.parametrize("argument", ["192", "192M", "size=192M", "192M,slots=2", "196600K"])
def test_memory_is_read_from_the_command_line(argument: str) -> None:
    """However QEMU was told, its memory is found."""
    made = seen(TASK, memory_asked_mib=192, command_line=("qemu", "-m", argument, "-smp", "2"))
    assert (made.memory_given_mib, made.cpus_given) == (192, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"form": 9},
        {"said": {"memory": 3}},
        {"command_line": "qemu"},
        {"seconds": "2"},
        {"memory_asked_mib": True},
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    """What is no observation is told to be none, and never half believed."""
    file = tmp_path / "machine.json"
    observation.write(seen(TASK), file)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(UnreadableObservationError):
        observation.read(file)


@pytest.mark.parametrize("content", ["", "[]", "{", "null", "[" * 5000])
def test_a_broken_file_is_refused(tmp_path: Path, content: str) -> None:
    """A file that holds nothing of use is an error with its name in it."""
    (tmp_path / "machine.json").write_text(content)
    with pytest.raises(UnreadableObservationError, match=r"machine\.json"):
        observation.read(tmp_path / "machine.json")


def test_a_record_is_read_and_nothing_booted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the same machine was seen already, its file is what is shown; graded or not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    observation.write(seen(TASK), tmp_path / "machine.json")
    found = observe("machine.json", memory_mib=TASK.memory_mib, cpus=TASK.cpus)
    assert repr(found) == repr(seen(TASK))
    other = observe("machine.json", memory_mib=TASK.memory_mib + 8)
    assert isinstance(other, Unavailable)
    assert "Hand it in too." in repr(other)


@pytest.mark.parametrize("record", ["../machine.json", "machine", "/tmp/machine.json", ""])  # noqa: S108
def test_a_record_stays_in_its_folder(record: str) -> None:
    """A record is a file beside the notebook, or an error."""
    with pytest.raises(ValueError, match="expected the name of a file"):
        observe(record)


# Images


@pytest.mark.parametrize("name", MAKERS)
def test_images_are_read_as_qemu_wrote_them(tmp_path: Path, name: str) -> None:
    """The reader agrees with the program that everybody uses, and with a writer of our own."""
    program = shutil.which("qemu-img")
    if program is None:
        pytest.skip("qemu-img is not installed")
    TASK.disk.write(tmp_path / "disk.raw")
    command = [program, "convert", "-f", "raw", "-O", name, "disk.raw", "disk.out"]
    subprocess.run(command, cwd=tmp_path, check=True)
    found = read(tmp_path / "disk.out")
    assert found.format == name
    assert found.content[:DISK_BYTES] == TASK.disk.content
    assert not found.content[DISK_BYTES:].strip(b"\0")
    (tmp_path / "own").write_bytes(image(TASK.disk, name))
    assert read(tmp_path / "own").content == TASK.disk.content


def test_an_image_that_needs_another_file_is_refused(tmp_path: Path) -> None:
    """An overlay holds nothing by itself, whatever lies below it."""
    program = shutil.which("qemu-img")
    if program is None:
        pytest.skip("qemu-img is not installed")
    TASK.disk.write(tmp_path / "disk.raw")
    for options, said in (
        (["create", "-q", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", "o"], "differs from"),
        (["convert", "-c", "-O", "qcow2", "disk.raw", "o"], "compressed"),
        (["create", "-q", "-f", "qcow2", "o", "4G"], "4294967296 bytes"),
        (["create", "-q", "-f", "vpc", "-o", "subformat=fixed", "o", "1M"], "raw"),
    ):
        subprocess.run([program, *options], cwd=tmp_path, check=True)
        if said == "raw":  # a fixed image begins with the disk; its footer is at the end
            assert read(tmp_path / "o").format == "raw"
            continue
        with pytest.raises(UnreadableImageError, match=said):
            read(tmp_path / "o")


@pytest.mark.parametrize("name", MAKERS)
def test_a_broken_image_is_an_error_or_another_disk(tmp_path: Path, name: str) -> None:
    """Whatever is cut off or written over, the reader ends, and never finds the disk."""
    whole = image(TASK.disk, name)
    file = tmp_path / "image"
    for cut in (5, 70, 200, 513, 1600, len(whole) // 2):
        file.write_bytes(whole[:cut])
        try:
            assert read(file).content != TASK.disk.content
        except UnreadableImageError as error:
            assert "image" in str(error)  # noqa: PT017 (either is right)
    for place in range(8, 120, 4):
        file.write_bytes(whole[:place] + b"\xff" * 4 + whole[place + 4 :])
        try:
            read(file)
        except UnreadableImageError as error:
            assert "image" in str(error)  # noqa: PT017


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """What is no image of the lesson's disk is left alone."""
    with (tmp_path / "image").open("wb") as stream:
        stream.truncate(2**31)
    with pytest.raises(UnreadableImageError, match="2048 MiB"):
        read(tmp_path / "image")


# Real machines


def require_machines() -> None:
    """Skip, or fail where nothing may be skipped, unless a virtual machine can be booted."""
    from course.live import vm
    from tests.live.conftest import cannot

    ready = vm.readiness()
    if ready.state != "built":
        cannot(f"{ready.reason}: {ready.remedy}")


@pytest.mark.labvm
def test_a_machine_is_seen_as_it_was_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real machine has the memory and the processors that were ordered, and a kernel."""
    require_machines()
    monkeypatch.chdir(tmp_path)
    found = observe("m.json", memory_mib=TASK.memory_mib, cpus=TASK.cpus, commands=["echo hello"])
    assert not isinstance(found, Unavailable), found
    assert found.problems() == ()
    assert (found.cpus, found.said["echo hello"]) == (TASK.cpus, "hello")
    assert 0.5 * TASK.memory_mib < found.memory_mib < TASK.memory_mib
    assert found.kernel.startswith("Linux")
    assert "virtio" in str(found.pci())
    assert kinds(answer("machine", machine=found, hidden_mib=TASK.memory_mib - found.memory_mib)
                 ) == {Kind.POSSIBLE}  # fmt: skip
    began = (tmp_path / "m.json").stat().st_mtime_ns
    again = observe("m.json", memory_mib=TASK.memory_mib, cpus=TASK.cpus)
    assert again == found
    assert (tmp_path / "m.json").stat().st_mtime_ns == began
    old = observe("m.json", devices="emulated")
    assert not isinstance(old, Unavailable), old
    assert "Intel" in str(old.pci())
    assert "virtio" not in str(old.pci())
    assert set(found.said["disks"].split()) != set(old.said["disks"].split())


@pytest.mark.labvm
def test_a_disk_is_converted_for_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the lesson's own call writes is what its check looks for."""
    require_machines()
    monkeypatch.chdir(tmp_path)
    TASK.disk.write(tmp_path / "disk.raw")
    for name, file in TASK.disk.files.items():
        said = convert("disk.raw", file, name)
        assert said.format == name
    assert kinds(answer("images")) == {Kind.POSSIBLE}
    assert isinstance(convert("nothing.raw", "x.qcow2", "qcow2"), Unavailable)


# The explorer


@pytest.fixture
def explorer() -> ToyMachineExplorer:
    """Return the explorer as it begins."""
    return ToyMachineExplorer()


def control(explorer: ToyMachineExplorer, description: str) -> ipywidgets.Widget:
    """Return the control that a learner sees under a description."""
    return next(c for c in explorer.children if getattr(c, "description", "") == description)


def drawn(explorer: ToyMachineExplorer) -> list[str]:
    """Return the descriptions of the charts that are shown."""
    output = explorer.children[-1]
    return [o["data"][VEGA_LITE_MIME_TYPE]["description"] for o in output.outputs]


def test_moving_a_slider_redraws(explorer: ToyMachineExplorer) -> None:
    """The charts, the counts and the words follow the control, and are the model's."""
    before = drawn(explorer)
    control(explorer, "privileged instructions (%)").value = 10.0
    assert len(drawn(explorer)) == 2
    assert all(one != other for one, other in zip(drawn(explorer), before, strict=True)) or (
        drawn(explorer)[0] != before[0]
    )
    trapped = explorer.runs[1]
    assert trapped.counts.exits == 100_000
    assert trapped.cycles == 900_000 + 100_000 * 1100
    assert "10.0 %" in explorer.message
    assert explorer.message in explorer.children[-2].value


def test_traits_move_the_sliders(explorer: ToyMachineExplorer) -> None:
    """A notebook may set what a hand may set."""
    explorer.batch = 8
    assert control(explorer, "privileged ones in one hypercall").value == 8
    assert explorer.runs[2].counts.hypercalls == 2500


def test_dearer_traps_never_help(explorer: ToyMachineExplorer) -> None:
    """What costs more for each exit costs more for the whole, and nothing else changes."""
    cycles = []
    for exit_cycles in (0, 500, 4000):
        explorer.exit_cycles = exit_cycles
        cycles.append([run.cycles for run in explorer.runs])
    assert [row[1] for row in cycles] == sorted(row[1] for row in cycles)
    assert len({(row[0], row[2], row[3]) for row in cycles}) == 1


@pytest.mark.parametrize(
    "extreme", [{"privileged_percent": 0.0}, {"exit_cycles": 0, "hypercall_cycles": 0,
                "emulation_cycles": 0, "dispatch_cycles": 0}, {"privileged_percent": 20.0}],
)  # fmt: skip
def test_every_end_of_the_sliders_can_be_drawn(
    explorer: ToyMachineExplorer, extreme: dict[str, Any]
) -> None:
    """Where something costs nothing, or never happens, there is a chart and a sentence still."""
    for name, value in extreme.items():
        setattr(explorer, name, value)
    assert len(drawn(explorer)) == 2
    assert "costs" in explorer.message or "cost the same" in explorer.message


def test_every_control_is_labelled(explorer: ToyMachineExplorer) -> None:
    """A control without a description is nothing to who cannot see it."""
    controls = explorer.children[:-2]
    assert len(controls) == 6
    assert all(c.description for c in controls)
    assert 'role="status"' in explorer.children[-2].value
    with pytest.raises(traitlets.TraitError):
        explorer.batch = "many"
