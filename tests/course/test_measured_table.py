"""Tables of measurements, without measuring: what they refuse, how they are kept, what they say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from course.live import experiments
from course.live.errors import LiveError, NotEnoughMemoryError
from course.live.experiments import (
    MixedAcceleratorsError,
    Row,
    Table,
    TableFileError,
    UnknownNameError,
)
from course.live.experiments.recording import HOST, Place, Recorder, recorded, repetitions
from course.live.experiments.vocabulary import ENGINES, EXPERIMENTS, QUANTITIES, quantity_of
from course.live.unavailable import Unavailable
from tests.measured_tables import BEGAN, TABLES, startup_table

STARTUP = startup_table()


def edited(table: Table, number: int, **changes: Any) -> Table:
    """Return a table with one row changed, whose digest is that of its new contents."""
    rows = list(table.rows)
    rows[number] = replace(rows[number], **changes)
    return replace(table, rows=tuple(rows), digest="")


def row_of(technology: str, quantity: str = "start", repeat: int = 1) -> int:
    """Return the place of a row."""
    wanted = (technology, quantity, repeat)
    return next(
        number
        for number, row in enumerate(STARTUP.rows)
        if (row.technology, row.quantity, row.repeat) == wanted
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_was_measured_has_no_problems(name: str) -> None:
    """What can be true is never refused."""
    assert TABLES[name]().problems() == ()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_survives_its_file(name: str, tmp_path: Path) -> None:
    """A table read from its file, or from data that went through JSON, equals the one written."""
    table = TABLES[name]()
    table.write(tmp_path / "table.json")
    assert Table.read(tmp_path / "table.json") == table
    assert Table.from_data(json.loads(json.dumps(table.to_data()))) == table
    assert not [file for file in tmp_path.iterdir() if file.name != "table.json"]


def test_values_come_in_order_of_repetition() -> None:
    """`values` gives figures of one kind, whatever the order of the rows of other kinds."""
    assert STARTUP.values("process", engine="host") == [0.0009, 0.0005, 0.0006]
    assert STARTUP.values("full VM", "user space") == [20.0, 21.0]
    native = STARTUP.values("container", accelerator="native")
    assert native == STARTUP.values("container", engine="docker")
    assert STARTUP.median("full VM") == 25.5


def test_figures_of_unlike_processors_are_never_mixed() -> None:
    """Figures of two processors are not given as one list, nor compared with each other."""
    with pytest.raises(MixedAcceleratorsError, match="accelerator='native'") as caught:
        STARTUP.values("container")
    assert caught.value.found == ("native", "tcg")
    assert isinstance(caught.value, ValueError)
    with pytest.raises(MixedAcceleratorsError, match="more about the processors"):
        STARTUP.select(engine=("host", "docker", "qemu")).ratio("full VM", "process")
    with pytest.raises(MixedAcceleratorsError, match="Say which"):
        STARTUP.ratio("container", "created container")


def test_a_ratio_is_of_the_one_processor_that_both_have() -> None:
    """A ratio takes the medians of the common accelerator, even where one has two."""
    emulated = STARTUP.median("container", accelerator="tcg")
    assert STARTUP.ratio("full VM", "container") == 25.5 / emulated
    native = STARTUP.ratio("container", "created container", accelerator="native")
    assert native == pytest.approx(0.2 / 0.15, rel=0.2)


def test_a_name_that_is_not_there_is_told() -> None:
    """An unknown technology or quantity names those that there are."""
    with pytest.raises(UnknownNameError, match="'tiny VM'"):
        STARTUP.values("unikernel")
    with pytest.raises(UnknownNameError, match="'user space'"):
        STARTUP.values("full VM", "weight")


def test_what_is_missing_goes_on_as_unavailable() -> None:
    """A technology that could not be measured gives no figures, and says why where it is used."""
    table = replace(
        STARTUP.select(technology=("process", "container")),
        missing={"full VM": "There is no QEMU."},
        digest="",
    )
    assert table.values("full VM") == []
    for answer in (table.median("full VM"), table.ratio("full VM", "container")):
        assert isinstance(answer, Unavailable)
        assert "There is no QEMU." in repr(answer)


def test_select_keeps_what_is_asked_for() -> None:
    """A selection holds exactly the rows that fit all choices."""
    chosen = STARTUP.select(technology=("container", "process"), accelerator="native", repeat=1)
    assert {(row.technology, row.accelerator, row.repeat) for row in chosen} == {
        ("container", "native", 1),
        ("process", "native", 1),
    }
    assert chosen.technologies == ("process", "container")
    assert STARTUP.accelerators("container") == ("native", "tcg")


def test_a_selection_of_a_changed_table_is_a_changed_table(tmp_path: Path) -> None:
    """Selecting rows does not wash an edited table clean."""
    changed = replace(edited(STARTUP, 0, value=0.0007), digest=STARTUP.digest)
    assert any("changed after" in one for one in changed.problems())
    assert any("changed after" in one for one in changed.select(technology="process").problems())


def test_a_file_that_was_edited_is_noticed(tmp_path: Path) -> None:
    """One digit changed in the file is a problem, and reading it is none."""
    path = tmp_path / "startup.json"
    STARTUP.write(path)
    text = path.read_text()
    path.write_text(text.replace('"value": 25.0', '"value": 26.0'))
    assert path.read_text() != text
    assert any("digest" in one for one in Table.read(path).problems())


# What cannot be, although its digest was computed anew.

IMPOSSIBLE = {
    "a unit of another kind": (row_of("process"), {"unit": "ms"}, "given in 'ms'"),
    "milliseconds for seconds": (row_of("full VM"), {"value": 25_000.0}, "had passed"),
    "nothing at all": (row_of("process"), {"value": 0.0}, "no machine has"),
    "less than nothing": (row_of("container"), {"value": -0.2}, "no machine has"),
    "not a number": (row_of("container"), {"value": float("nan")}, "no machine has"),
    "faster than light": (row_of("process"), {"value": 1e-9}, "no machine has"),
    "a repetition too many": (row_of("process", repeat=2), {"repeat": 1}, "numbered 1, 2, 3"),
    "a repetition left out": (row_of("process", repeat=3), {"repeat": 9}, "numbered 1, 2, 3"),
    "an engine without its processor": (
        row_of("tiny VM"),
        {"accelerator": "native"},
        "does not run on",
    ),
    "a technology of elsewhere": (row_of("process"), {"technology": "clone"}, "does not measure"),
    "a quantity of nowhere": (row_of("process"), {"quantity": "weight"}, "no quantity"),
    "before the beginning": (row_of("process"), {"time": BEGAN - timedelta(hours=1)}, "before"),
    "after the end": (row_of("resumed VM", repeat=3), {"time": BEGAN + timedelta(days=1)}, "after"),
    "stages that are more than the start": (
        row_of("tiny VM", "stage: kernel"),
        {"value": 5.0},
        "add up to",
    ),
    "another machine in between": (row_of("process"), {"machine": "a faster one"}, "one machine"),
}


@pytest.mark.parametrize("change", IMPOSSIBLE)
def test_what_cannot_be_is_refused(change: str) -> None:
    """A row changed into impossibility is told, though the digest fits."""
    number, changes, said = IMPOSSIBLE[change]
    found = edited(STARTUP, number, **changes).problems()
    assert any(said in one for one in found), found
    assert not any("digest" in one for one in found) or change == "not a number"


def test_a_series_of_equal_figures_was_written_not_measured() -> None:
    """A clock that counts nanoseconds never shows the same again and again."""
    rows = tuple(
        replace(row, value=0.0005) if row.technology == "process" else row for row in STARTUP
    )
    assert any("never shows" in one for one in replace(STARTUP, rows=rows, digest="").problems())


def test_an_order_that_physics_forbids_is_told() -> None:
    """A container that starts sooner than the process in it, a resume slower than a full boot."""
    rows = tuple(
        replace(row, value=row.value / 1e3) if row.technology == "container" else row
        for row in STARTUP
    )
    found = replace(STARTUP, rows=rows, digest="").problems()
    assert any("start of container should be more than that of process" in one for one in found)
    small = TABLES["footprint"]()
    rows = tuple(
        replace(row, value=row.value / 40)
        if row.technology == "full VM" and row.quantity.startswith("disk")
        else row
        for row in small
    )
    found = replace(small, rows=rows, digest="").problems()
    assert any("more than 20 times" in one for one in found)


def test_a_measurement_from_the_future_or_backwards_is_told() -> None:
    """A table ends after it began, and not next year."""
    late = replace(STARTUP, ended=datetime.now(UTC) + timedelta(days=400), digest="")
    assert any("future" in one for one in late.problems())
    backwards = replace(STARTUP, ended=BEGAN - timedelta(seconds=9), digest="")
    assert any("before it began" in one for one in backwards.problems())


def test_a_move_that_stood_still_longer_than_it_took_is_told() -> None:
    """Downtime is a part of a migration's time, and its rounds are a part of what was sent."""
    table = TABLES["migration"]()
    numbers = {row.quantity: number for number, row in enumerate(table.rows) if row.repeat == 1}
    for quantity, value in (("downtime", 90_000.0), ("rounds", 7.0), ("completed", 0.5)):
        found = edited(table, numbers[quantity], value=value).problems()
        assert found, quantity


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "cannot be read"),
        ("[]", "found list"),
        ("{}", "of form 1"),
        ('{"form": 1}', "'experiment'"),
        ("[" * 100_000, "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_told(content: str | None, said: str, tmp_path: Path) -> None:
    """A file that holds something else raises one error, which says what to do."""
    path = tmp_path / "startup.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(TableFileError, match=said):
        Table.read(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "fast"),
        ("value", True),
        ("value", None),
        ("repeat", 1.5),
        ("time", "yesterday"),
        ("time", "2026-01-01T00:00:00"),
        ("technology", 7),
    ],
)
def test_a_row_of_another_form_is_told(field: str, value: object) -> None:
    """Data in which a row's field is of another type is no table."""
    data = STARTUP.to_data()
    data["rows"][3] = data["rows"][3] | {field: value}
    with pytest.raises(TableFileError, match="row 4"):
        Table.from_data(data)


def test_a_table_shows_itself_in_short() -> None:
    """A notebook sees the first rows, how many more there are, the machine, and what is missing."""
    table = replace(STARTUP, missing={"clone": "<b>no</b>"}, digest="")
    html, text = table._repr_html_(), repr(table)
    assert html.count("<tr>") == 13
    assert f"{len(table) - 12} more rows" in html
    assert f"{len(table) - 12} more rows" in text
    assert "&lt;b&gt;no" in html
    assert "<b>no" not in html
    assert "emulated" in repr(table.select(technology="tiny VM"))


def test_records_are_flat() -> None:
    """Records hold plain values that JSON and pandas take."""
    records = STARTUP.to_records()
    assert json.loads(json.dumps(records)) == records
    assert set(records[0]) == set(vars(STARTUP.rows[0]))


def test_the_vocabulary_holds_together() -> None:
    """Every experiment's main quantity has a unit, and every engine a processor."""
    for experiment in EXPERIMENTS.values():
        assert quantity_of(experiment.main) is not None
        assert hasattr(experiments, experiment.name)
    assert all(ENGINES.values())
    assert all(0 <= one.low < one.high for one in QUANTITIES.values())


# The record


class Counting:
    """A measurement that is made of nothing, and counts how often it is made."""

    def __init__(self, *values: float) -> None:
        self.times = 0
        self.values = values or (0.001, 0.002)

    def __call__(self, recorder: Recorder) -> None:
        """Measure nothing."""
        self.times += 1
        with recorder.part("process"):
            for repeat, value in enumerate(self.values, 1):
                recorder.note("process", "start", value, place=HOST, repeat=repeat)


def made(measure: Any, record: str | None = "startup.json", *, again: bool = False) -> Any:
    """Make the experiment `startup` with a measurement of the test's own."""
    return recorded(
        "startup",
        measure,
        record=record,
        again=again,
        progress=lambda _: None,
        technologies=("process",),
        options={},
    )


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_a_record_is_measured_once() -> None:
    """The second time the record is read and nothing is measured; `again` measures."""
    measure = Counting()
    first = made(measure)
    assert made(measure) == first
    assert measure.times == 1
    assert made(measure, again=True) != first
    assert measure.times == 2
    assert Table.read("startup.json") == made(measure)


def test_without_a_record_nothing_is_written(tmp_path: Path) -> None:
    """A table that is not to be recorded leaves no file."""
    assert len(made(Counting(), None)) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "/startup.json", "figures/startup.json"])
def test_a_record_is_a_file_of_this_folder(name: str) -> None:
    """Only a plain name is taken, since the record is handed in with the notebook."""
    with pytest.raises(ValueError, match=r"startup\.json"):
        made(Counting(), name)


def test_another_experiments_record_is_told() -> None:
    """Two experiments do not share a file."""
    TABLES["footprint"]().write("startup.json")
    with pytest.raises(TableFileError, match="'footprint'"):
        made(Counting())


def test_an_interrupt_leaves_the_record_as_it_was() -> None:
    """Ctrl-C in the middle goes through, and the former record stays whole."""
    before = made(Counting())

    def interrupted(recorder: Recorder) -> None:
        Counting()(recorder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(interrupted, again=True)
    assert Table.read("startup.json") == before


def test_what_fails_is_missing_and_the_rest_goes_on() -> None:
    """A technology that fails midway gives no rows and a reason; others are measured."""

    def measure(recorder: Recorder) -> None:
        with recorder.part("tiny VM"):
            recorder.note("tiny VM", "start", 2, place=Place("qemu", "tcg"))
            raise NotEnoughMemoryError("expected 200 MiB, found 20 MiB")
        Counting()(recorder)

    table = made(measure)
    assert table.technologies == ("process",)
    assert table.missing == {"tiny VM": "expected 200 MiB, found 20 MiB"}


def test_where_nothing_can_be_measured_the_notebook_goes_on(tmp_path: Path) -> None:
    """Without a single figure there is no table and no record, but something that says why."""

    def measure(recorder: Recorder) -> None:
        with recorder.part("process"):
            raise LiveError("There is no engine.")

    answer = made(measure)
    assert isinstance(answer, Unavailable)
    assert "There is no engine." in answer.reason
    assert list(tmp_path.iterdir()) == []


def test_grading_never_measures_on_the_graders_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a submission is graded its record is read; without one nothing is measured."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    measure = Counting()
    answer = made(measure)
    assert isinstance(answer, Unavailable)
    assert "Hand it in" in answer.reason
    assert measure.times == 0
    STARTUP.write("startup.json")
    assert made(measure) == STARTUP


def test_a_technology_that_is_none_is_told() -> None:
    """An experiment lists its technologies where it is asked for another."""
    with pytest.raises(ValueError, match="resumed VM"):
        experiments.startup(technologies=("unikernel",))


@pytest.mark.parametrize(
    ("experiment", "sizes"),
    [
        ("startup", {"repeats": 0}),
        ("startup", {"seconds": -1}),
        ("density", {"budget_mib": 0}),
        ("overhead", {"turns": 0}),
        ("migration", {"dirty_rates": ()}),
        ("recovery", {"repeats": 0}),
    ],
)
def test_sizes_of_nothing_are_refused(experiment: str, sizes: dict[str, Any]) -> None:
    """A size with which nothing would be measured is told by its name."""
    with pytest.raises(ValueError, match="above 0"):
        getattr(experiments, experiment)(**sizes)


def test_repetitions_end_with_their_time() -> None:
    """At least one repetition is made, at most as many as are wanted, and none beyond the time."""
    assert list(repetitions(3, 100, None, "")) == [1, 2, 3]
    assert list(repetitions(5, 1e-9, None, "")) == [1]
    assert list(repetitions(5, 1e-9, None, "", least=2)) == [1, 2]
    assert list(repetitions(1, 1e-9, None, "", least=2)) == [1]


# Reckoned from tables


def test_memory_per_instance_is_the_slope() -> None:
    """Points on a line give its slope without error; a base that all share does not count."""
    table = TABLES["density"]()
    slope = experiments.memory_per_instance_mib(table, "tiny VM")
    assert slope.mib == pytest.approx(100)
    assert slope.standard_error_mib == pytest.approx(0, abs=1e-6)
    noisy = experiments.memory_per_instance_mib(table, "container")
    assert noisy.standard_error_mib is not None
    assert abs(noisy.mib - 10) < 3 * noisy.standard_error_mib + 1
    with pytest.raises(ValueError, match="at least two"):
        experiments.memory_per_instance_mib(table.select(repeat=1), "container")


@pytest.mark.parametrize("name", TABLES)
def test_a_comparison_has_sources_and_one_unit(name: str) -> None:
    """Every figure says where it is from; those of one quantity share the table's unit."""
    comparison = experiments.beside(TABLES[name]())
    assert not isinstance(comparison, Unavailable)
    units: dict[str, set[str]] = {}
    for row in comparison:
        assert row.source
        assert row.value is not None or row.low is not None or row.high is not None
        units.setdefault(row.quantity, set()).add(row.unit)
    assert all(len(found) == 1 for found in units.values()), units
    assert comparison.select(kind="measured")
    kinds = [row.kind for row in comparison]
    assert kinds == sorted(kinds, key=["claimed", "published", "modelled", "measured"].index)
    assert "measured" in comparison._repr_html_()


def test_the_comparison_of_starts_has_all_four_kinds() -> None:
    """Start-up is claimed, published, modelled and measured, and the claims are C07's."""
    comparison = experiments.beside(STARTUP)
    assert not isinstance(comparison, Unavailable)
    assert {row.kind for row in comparison} == {"claimed", "published", "modelled", "measured"}
    claimed = [row for row in comparison if row.kind == "claimed"]
    assert {row.source[:3] for row in claimed} == {"C07"}
    minutes = next(row for row in claimed if row.source.endswith("A") and "VM" not in row.subject)
    assert minutes.low == 60
    assert minutes.high is None


def test_a_ratio_beside_others_keeps_to_one_processor() -> None:
    """Work is compared with a process on the same kind of processor, or not at all."""
    comparison = experiments.beside(TABLES["overhead"]())
    assert not isinstance(comparison, Unavailable)
    for row in comparison.select(kind="measured"):
        assert row.unit == "times"
        emulated = "VM" in row.subject
        assert not emulated or row.accelerator == "tcg"


def test_what_is_unavailable_stays_so() -> None:
    """A comparison of nothing is what stands in for it."""
    nothing = Unavailable("There is no QEMU.")
    assert experiments.beside(nothing) is nothing


def test_a_row_is_a_value() -> None:
    """Rows cannot be changed."""
    row = STARTUP.rows[0]
    assert isinstance(row, Row)
    with pytest.raises(AttributeError):
        row.value = 1.0  # type: ignore[misc]
