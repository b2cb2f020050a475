"""The catalogue is complete, consistent, read late, and refuses what it cannot trust."""

import copy
import dataclasses
import datetime as dt
import json
import math
import pickle
import subprocess
import sys

import pytest

from course import facts
from course.facts.parsing import parse_claims, parse_sources, parse_systems
from course.facts.rows import Row
from course.simulation import boot_models

NAMED_BY_THE_TEXTS = {
    "bromium": "C",
    "chroot": "C",
    "coreos": "C",
    "docker": "ABCD",
    "esxi": "AB",
    "hyper-v": "ABC",
    "hyperkit": "B",
    "kvm": "ABC",
    "linux-vserver": "A",
    "lpar": "C",
    "lxc": "D",
    "lxd": "A",
    "oracle-vm-server": "B",
    "parallels": "BC",
    "qemu": "D",
    "rkt": "A",
    "virtualbox": "ABCD",
    "vmware-workstation": "ABD",
    "windows-containers": "AD",
    "wpar": "C",
    "xen": "ABCD",
}
BEYOND_THE_TEXTS = {
    "borg",
    "cloud-hypervisor",
    "firecracker",
    "gvisor",
    "kata",
    "kubernetes",
    "podman",
}
CLAIMED_BY = {
    "A": "01 03 05 06 07 08 16 19 22 23 24 25 26 28",
    "B": "01 02 03 04 05 08 10 12 13 14 15 17 18 19 23 25 27 32 34 35 36",
    "C": "05 07 11 20 21 23 31 32 33 34",
    "D": "03 04 05 07 08 09 20 21 23 27 28 29 30 32 34",
}
AT_STAKE = {  # the lesson whose subject the claim is; a claim may come up in others too
    "01": "01 02",
    "02": "03 04 05 08 09 29",
    "03": "20 21",
    "04": "13 14 15 16 17 18 19",
    "05": "06 07 10 30",
    "06": "11 12",
    "07": "28",
    "08": "22 23 24 33",
    "09": "25 26 27",
    "10": "31 32 34 35 36",
}


def all_figures():
    """Return (whose, figure) for every figure of the catalogue."""
    return [
        *((claim.id, figure) for claim in facts.claims().values() for figure in claim.figures),
        *(
            (system.id, figure)
            for system in facts.systems().values()
            for figure in system.parameters
        ),
    ]


def prose_of(record):
    """Return every text in a record, however deep."""
    if isinstance(record, str):
        return [record]
    if isinstance(record, tuple | list):
        return [text for part in record for text in prose_of(part)]
    if isinstance(record, dict):
        return [text for part in record.values() for text in prose_of(part)]
    return []


class TestFace:
    """What the package shows: six functions, their records, and nothing done too early."""

    def test_exports_are_sorted_and_there(self):
        """`__all__` is sorted and names only what exists."""
        assert facts.__all__ == sorted(facts.__all__)
        assert all(hasattr(facts, name) for name in facts.__all__)

    def test_one_is_the_one_of_all(self):
        """Asking for one record gives the very record that is among all."""
        assert all(facts.claim(id_) is record for id_, record in facts.claims().items())
        assert all(facts.system(id_) is record for id_, record in facts.systems().items())
        assert all(facts.source(id_) is record for id_, record in facts.sources().items())

    @pytest.mark.parametrize("of_all", [facts.claims, facts.systems, facts.sources])
    def test_records_stand_under_their_own_id(self, of_all):
        """The key of every record is its id, and the mapping is made once."""
        assert [record.id for record in of_all().values()] == list(of_all())
        assert of_all() is of_all()

    @pytest.mark.parametrize("of_all", [facts.claims, facts.systems, facts.sources])
    def test_nobody_can_change_the_catalogue(self, of_all):
        """Mappings are read-only and records frozen, since every notebook shares them."""
        records = of_all()
        id_, record = next(iter(records.items()))
        with pytest.raises(TypeError):
            records[id_] = record
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.id = "other"
        assert hash(record) == hash(copy.copy(record))

    def test_importing_reads_nothing(self):
        """Importing opens no data file and loads no TOML parser; asking then opens each once."""
        program = """
import json, pathlib, sys
opened = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".toml"):
        opened.append(pathlib.PurePath(arguments[0]).name)
sys.addaudithook(watch)
import course.facts as facts
at_import = list(opened)
late = sorted({"tomllib", "importlib.resources", "difflib"} & set(sys.modules))
facts.claims(); facts.claim("C01"); facts.systems(); facts.system("kvm"); facts.source("A")
print(json.dumps([at_import, late, sorted(opened)]))
"""
        # -S: no site-packages, whose start-up files import modules of their own.
        code = f"import sys; sys.path[:0] = {sys.path!r}\n{program}"
        done = subprocess.run(
            [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
        )
        at_import, late, opened = json.loads(done.stdout)
        assert at_import == []
        assert late == []
        assert opened == ["claims.toml", "sources.toml", "systems.toml"]


class TestUnknownIds:
    """An id that is not there is refused with a message that helps."""

    @pytest.mark.parametrize(
        ("ask", "id_", "near"),
        [
            (facts.claim, "C1", "C01"),
            (facts.system, "firecraker", "firecracker"),
            (facts.claim, "c07", "C07"),
            (facts.system, "virtual-box", "virtualbox"),
            (facts.system, "Docker", "docker"),
            (facts.source, "clark2005", "clark-2005"),
            (facts.source, "a", "A"),
        ],
    )
    def test_near_misses_are_named(self, ask, id_, near):
        """A near miss is refused, and the message names what was expected, found and meant."""
        with pytest.raises(facts.UnknownIdError) as caught:
            ask(id_)
        assert near in caught.value.near
        assert str(caught.value).startswith(
            f"expected the id of a {ask.__name__}, found {id_!r}. Did you mean "
        )
        assert repr(near) in str(caught.value)

    def test_a_far_miss_shows_what_there_is(self):
        """Where nothing resembles the id, the message lists all ids."""
        with pytest.raises(facts.UnknownIdError) as caught:
            facts.system("§§§")
        assert caught.value.near == ()
        assert all(id_ in str(caught.value) for id_ in facts.systems())

    @pytest.mark.parametrize("id_", [7, None, ["C01"], ""])
    def test_what_is_no_id_is_refused_alike(self, id_):
        """A number, None, a list or nothing is an unknown id, not another kind of error."""
        with pytest.raises(facts.UnknownIdError, match=r"expected the id of a claim, found "):
            facts.claim(id_)

    def test_it_is_a_key_error_of_the_catalogue(self):
        """The error is a KeyError and a FactsError, and survives a trip between processes."""
        error = facts.UnknownIdError("claim", "C99", ["C01"])
        assert isinstance(error, KeyError)
        assert isinstance(error, facts.FactsError)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes

    def test_unknown_parameters_are_named_too(self):
        """A system without a figure for a quantity says so, and names similar quantities."""
        with pytest.raises(facts.UnknownIdError, match=r"parameter of kvm.*'linpack'"):
            facts.system("kvm").parameter("linpak")
        with pytest.raises(facts.UnknownIdError, match="There are none"):
            facts.system("chroot").parameter("memory_overhead")


class TestClaims:
    """The claims are those of the texts."""

    def test_all_36_are_there_in_order(self):
        """The claims are C01 to C36, each once and in order."""
        assert list(facts.claims()) == [f"C{number:02}" for number in range(1, 37)]

    @pytest.mark.parametrize("text", "ABCD")
    def test_each_text_makes_its_claims(self, text):
        """Each text makes exactly the claims that were found in it."""
        of_text = [claim.id for claim in facts.claims().values() if text in claim.sources]
        assert of_text == [f"C{number}" for number in CLAIMED_BY[text].split()]

    @pytest.mark.parametrize("lesson", AT_STAKE)
    def test_each_claim_is_at_stake_in_its_lesson(self, lesson):
        """Each claim comes up in the lesson on its subject."""
        claims = [facts.claim(f"C{number}") for number in AT_STAKE[lesson].split()]
        assert [claim.id for claim in claims if lesson not in claim.lessons] == []

    def test_lessons_are_listed_in_their_order(self):
        """The lessons of a claim are in the order in which a learner meets them."""
        assert all(list(c.lessons) == sorted(c.lessons) for c in facts.claims().values())

    @pytest.mark.parametrize(
        ("id_", "quantity", "subject", "bounds", "unit"),
        [
            ("C06", "disk_size", "virtual machine", (3405, 3405), "MB"),
            ("C06", "disk_size", "container", (5, 5), "MB"),
            ("C10", "disk_size", "disks of all virtual machines", (2.4, 2.4), "GB"),
            ("C11", "density_ratio", "containers for each virtual machine", (3, 4), "times"),
            ("C21", "introduced", "chroot", (1979, 1979), "year"),
            ("C30", "disk_size", "stripped virtual machine image", (100, 100), "MB"),
        ],
    )
    def test_figures_are_those_of_the_texts(self, id_, quantity, subject, bounds, unit):
        """The numbers that the course turns on are those that the texts give."""
        found = [
            (figure.bounds, figure.unit.value)
            for figure in facts.claim(id_).figures
            if (figure.quantity, figure.subject) == (quantity, subject)
        ]
        assert found == [(bounds, unit)]

    def test_the_sums_of_the_texts_add_up(self):
        """3400 MB and 5 MB make the 3405 MB of the text, and 3 times 800 MB its 2.4 GB."""
        system, application, machine, _ = (f.value for f in facts.claim("C06").figures)
        assert system + application == machine
        count, one_mb, all_gb = (f.value for f in facts.claim("C10").figures)
        assert count * one_mb == pytest.approx(1000 * all_gb)


class TestSystems:
    """The systems are those of the texts and a few beyond them."""

    def test_every_system_is_there(self):
        """Every system that the texts name has an entry, and so have those beyond them."""
        assert set(facts.systems()) == set(NAMED_BY_THE_TEXTS) | BEYOND_THE_TEXTS

    @pytest.mark.parametrize("id_", NAMED_BY_THE_TEXTS)
    def test_the_texts_that_name_it(self, id_):
        """Each entry names exactly the texts in which the system is mentioned."""
        assert "".join(facts.system(id_).texts) == NAMED_BY_THE_TEXTS[id_]

    def test_systems_beyond_the_texts_say_so(self):
        """A system that no text names has no texts and no classification."""
        beyond = [facts.system(id_) for id_ in sorted(BEYOND_THE_TEXTS)]
        assert [s.id for s in beyond if s.texts or s.classified] == []

    def test_names_are_unambiguous(self):
        """No name or alias, in whatever case, belongs to two systems."""
        owners = {}
        for system in facts.systems().values():
            for name in {system.name.casefold(), *map(str.casefold, system.aliases)}:
                owners.setdefault(name, []).append(system.id)
        assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}

    def test_a_text_that_differs_is_explained(self):
        """Where a text puts a system elsewhere than this course does, a remark says why."""
        differing = {
            system.id
            for system in facts.systems().values()
            if any(entry.place is not system.place for entry in system.classified)
        }
        assert differing == {"hyperkit", "parallels", "coreos"}
        assert all(facts.system(id_).remark for id_ in differing | {"kvm", "chroot", "lpar"})

    def test_years_are_plausible(self):
        """Nothing is older than time sharing or newer than today, and nothing ends in advance."""
        today = dt.datetime.now(tz=dt.UTC).year
        for system in facts.systems().values():
            assert 1960 <= system.first_year <= today, system.id
            assert system.first_year <= (system.ended_year or today) <= today, system.id

    @pytest.mark.parametrize(
        ("id_", "ended"),
        [("rkt", 2020), ("coreos", 2020), ("bromium", 2019), ("oracle-vm-server", 2021)],
    )
    def test_what_ended_says_when(self, id_, ended):
        """A system that ended says in which year and what became of it."""
        system = facts.system(id_)
        assert (system.status, system.ended_year) == (facts.Status.ENDED, ended)
        assert len(system.status_note) > 40

    def test_every_place_is_taken(self):
        """The vocabularies hold no word that no system uses."""
        systems = facts.systems().values()
        assert {system.place for system in systems} == set(facts.Place)
        assert {system.kind for system in systems} == set(facts.Kind)
        assert {system.status for system in systems} == set(facts.Status)
        assert {technique for s in systems for technique in s.techniques} == set(facts.Technique)

    def test_parameters_are_found_by_quantity(self):
        """A published figure is found by its quantity, with unit, source and mark."""
        figure = facts.system("kvm").parameter("linpack")
        assert (figure.value, figure.baseline, figure.unit) == (284.20, 290.83, "GFLOPS")
        assert (figure.source, figure.mark) == ("felter-data", facts.Mark.PRIMARY)

    def test_machine_monitors_are_ordered_by_weight(self):
        """As published, Firecracker weighs less than Cloud Hypervisor, and that less than QEMU."""
        monitors = ["firecracker", "cloud-hypervisor", "qemu"]
        weights = [facts.system(id_).parameter("memory_overhead") for id_ in monitors]
        assert [weight.value for weight in weights] == [2.5, 13.3, 131]
        assert {weight.unit for weight in weights} == {facts.Unit.MEBIBYTE}

    @pytest.mark.parametrize("id_", ["firecracker", "cloud-hypervisor", "qemu"])
    def test_quantiles_are_ordered(self, id_):
        """The 99th percentile of a start time lies above the median of the same experiment."""
        by_quantity = {figure.quantity: figure.value for figure in facts.system(id_).parameters}
        pairs = [(name, name.replace("_p99", "_p50")) for name in by_quantity if "_p99" in name]
        assert pairs
        assert all(by_quantity[p99] > by_quantity[p50] for p99, p50 in pairs)


class TestFigures:
    """Every number has a unit and a source."""

    def test_each_is_a_value_or_a_range_with_unit_and_source(self):
        """Every figure is a value or a range, has a unit, and names a source that exists."""
        assert len(all_figures()) > 100
        for whose, figure in all_figures():
            low, high = figure.bounds
            assert 0 <= low <= high, whose
            assert (figure.value is None) == (low < high), whose
            assert figure.unit in set(facts.Unit), whose
            assert figure.source in facts.sources(), whose
            assert figure.mark in set(facts.Mark), whose

    def test_claims_are_from_texts_and_parameters_are_not(self):
        """A claim's figures come from the texts, a system's parameters never do."""
        kinds = {
            (whose in facts.claims(), facts.source(figure.source).kind is facts.SourceKind.TEXT)
            for whose, figure in all_figures()
        }
        assert kinds == {(True, True), (False, False)}

    def test_an_open_end_is_zero_or_infinity(self):
        """Where a source leaves an end open, the bound is 0 below and infinity above."""
        at_least, at_most = (facts.claim("C07").figures[index] for index in (0, 3))
        assert at_least.bounds == (1, math.inf)
        assert at_most.bounds == (0, 1)

    def test_ranges_that_were_read_from_words_say_so(self):
        """A figure that reads a number out of a word such as "minutes" explains the reading."""
        read = [f for f in facts.claim("C07").figures if "without a number" in f.note]
        assert len(read) == 4


class TestSources:
    """Every source says what it is and how far to trust it."""

    def test_the_five_texts(self):
        """The five texts are four, since A was published in two places."""
        texts = {s.id: s for s in facts.sources().values() if s.kind is facts.SourceKind.TEXT}
        assert list(texts) == ["A", "A2", "B", "C", "D"]
        assert [id_ for id_, text in texts.items() if text.same_as] == ["A2"]
        assert texts["A2"].same_as == "A"
        assert (texts["A"].date, texts["C"].date) == (dt.date(2020, 6, 28), dt.date(2015, 4, 27))
        assert (texts["B"].author, texts["D"].author) == ("Mayank Modi", "Runyu Pan")

    def test_every_source_is_used(self):
        """Each source carries a claim, a figure or a model, or repeats one that does."""
        used = {figure.source for _, figure in all_figures()}
        used |= {id_ for claim in facts.claims().values() for id_ in claim.sources}
        used |= {p.figure.source for model in boot_models().values() for p in model.published}
        assert [s.id for s in facts.sources().values() if s.id not in used and not s.same_as] == []

    def test_published_sources_can_be_found(self):
        """Whatever is not a text of the course says where in the world it is."""
        published = [s for s in facts.sources().values() if s.kind is not facts.SourceKind.TEXT]
        assert published
        assert [source.id for source in published if not source.locator] == []

    def test_marks_are_kept(self):
        """How a figure was come by is kept, down to what was only quoted by others."""
        assert {figure.mark for _, figure in all_figures()} == set(facts.Mark)
        assert facts.source("young-2019").mark is facts.Mark.SECOND_HAND
        assert facts.source("harter-2016").mark is facts.Mark.ABSTRACT

    def test_years_are_plausible(self):
        """Sources are younger than Xen's first paper and not from the future."""
        years = [source.year for source in facts.sources().values() if source.year]
        assert years
        assert all(2003 <= year <= dt.datetime.now(tz=dt.UTC).year for year in years)


@pytest.mark.parametrize("of_all", [facts.claims, facts.systems, facts.sources])
def test_prose_is_clean(of_all):
    """Texts have no stray blanks, and those that are sentences end like sentences."""
    sentences = {"statement", "measured", "what", "status_note", "remark", "live_here", "note"}
    for record in of_all().values():
        fields = dataclasses.asdict(record)
        for text in prose_of(fields):
            assert text == " ".join(text.split()), record.id
        for text in (fields[name] for name in sentences & set(fields) if fields[name]):
            assert text.endswith("."), (record.id, text)


def test_notes_are_sentences():
    """The note of a figure ends like a sentence."""
    notes = [(whose, figure.note) for whose, figure in all_figures() if figure.note]
    assert [note for note in notes if not note[1].endswith(".")] == []


SOURCE = {"id": '"E"', "kind": '"text"', "title": '"An example"', "mark": '"primary"'}
CLAIM = {
    "id": '"C01"',
    "statement": '"So it is."',
    "sources": '["A"]',
    "lessons": '["01"]',
    "measured": '"By looking."',
}
FIGURE = {
    "subject": '"container"',
    "quantity": '"disk_size"',
    "value": "5",
    "unit": '"MB"',
    "source": '"A"',
}
SYSTEM = {
    "id": '"box"',
    "name": '"Box"',
    "aliases": "[]",
    "kind": '"hypervisor"',
    "what": '"A box."',
    "place": '"type_1"',
    "techniques": '["paravirtualization"]',
    "first_year": "2000",
    "status": '"alive"',
    "status_note": '"Kept."',
    "texts": '["A"]',
    "live_here": '"As a model."',
}


def toml(what, fields, /, **changes):
    """Return the TOML of one entry; a change to None leaves the field out."""
    merged = {**fields, **changes}
    lines = [f"{name} = {value}" for name, value in merged.items() if value is not None]
    return "\n".join([f"[[{what}]]", *lines, ""])


def inline(fields, /, **changes):
    """Return a list with one inline table."""
    merged = {**fields, **changes}
    cells = [f"{name} = {value}" for name, value in merged.items() if value is not None]
    return f"[{{ {', '.join(cells)} }}]"


def parse(what, text):
    """Parse entries of one kind against the sources of the course."""
    if what == "source":
        return parse_sources(text)
    return {"claim": parse_claims, "system": parse_systems}[what](text, sources=facts.sources())


class TestMalformedData:
    """Data that cannot be trusted is refused, with file and entry."""

    @pytest.mark.parametrize(
        ("what", "fields", "id_"),
        [("source", SOURCE, "E"), ("claim", CLAIM, "C01"), ("system", SYSTEM, "box")],
    )
    def test_the_examples_are_sound(self, what, fields, id_):
        """The entries that the other tests break are accepted as they are."""
        assert list(parse(what, toml(what, fields))) == [id_]

    @pytest.mark.parametrize(
        ("what", "fields", "field"),
        [
            *(("source", SOURCE, field) for field in SOURCE),
            *(("claim", CLAIM, field) for field in CLAIM),
            *(("system", SYSTEM, field) for field in SYSTEM),
        ],
    )
    def test_a_missing_field_is_refused(self, what, fields, field):
        """Without a required field, the error names file, entry and field."""
        with pytest.raises(facts.MalformedFactsError) as caught:
            parse(what, toml(what, fields, **{field: None}))
        assert caught.value.file == f"{what}s.toml"
        assert caught.value.entry == (
            f"{what} 1" if field == "id" else f"{what} {fields['id'].strip(chr(34))}"
        )
        assert repr(field) in caught.value.expected
        assert caught.value.found == "nothing"

    @pytest.mark.parametrize("field", [field for field in FIGURE if field != "value"])
    def test_a_missing_field_of_a_figure_is_refused(self, field):
        """Without a required field of a figure, the error names claim, figure and field."""
        text = toml("claim", CLAIM, figures=inline(FIGURE, **{field: None}))
        with pytest.raises(facts.MalformedFactsError, match=rf"claim C01, figures 1: .*'{field}'"):
            parse("claim", text)

    @pytest.mark.parametrize(
        ("what", "fields"), [("source", SOURCE), ("claim", CLAIM), ("system", SYSTEM)]
    )
    def test_an_id_comes_once(self, what, fields):
        """A second entry with the same id is refused."""
        with pytest.raises(facts.MalformedFactsError, match="an id that no other entry has, found"):
            parse(what, 2 * toml(what, fields))

    @pytest.mark.parametrize(
        ("what", "text", "message"),
        [
            ("claim", "[[claim]\n", r"claims\.toml, top level: expected TOML, found "),
            ("claim", '[[claims]]\nid = "C01"\n', "expected no other field, found 'claims'"),
            ("claim", "claim = 3\n", "a list of tables in the field 'claim', found 3"),
            ("claim", toml("claim", CLAIM, id='"C1"'), "claim 1: expected an id such as 'C01'"),
            ("claim", toml("claim", CLAIM, id="1"), "text in the field 'id', found 1"),
            ("claim", toml("claim", CLAIM, statement='" "'), "text in the field 'statement'"),
            ("claim", toml("claim", CLAIM, statment='"x"'), "no other field, found 'statment'"),
            ("claim", toml("claim", CLAIM, sources='["Z"]'), "the id of a source, .*found 'Z'"),
            ("claim", toml("claim", CLAIM, sources='["clark-2005"]'), "of the kind 'text'"),
            ("claim", toml("claim", CLAIM, sources='"A"'), "a list of texts .*found 'A'"),
            ("claim", toml("claim", CLAIM, sources='["A", "A"]'), "no text twice"),
            ("claim", toml("claim", CLAIM, sources="[]"), "at least one source"),
            ("claim", toml("claim", CLAIM, lessons="[]"), "one lesson"),
            ("claim", toml("claim", CLAIM, lessons='["1"]'), "lessons from '01' to '10'"),
            ("source", toml("source", SOURCE, mark='"hearsay"'), "one of primary, computed,"),
            ("source", toml("source", SOURCE, date='"2020"'), "a date in the field 'date'"),
            ("source", toml("source", SOURCE, date="2020-06-28T10:00:00"), "a date in the field"),
            ("source", toml("source", SOURCE, date="2020-06-28", year="2020"), "found both"),
            ("source", toml("source", SOURCE, year="20"), "a year of four digits"),
            ("source", toml("source", SOURCE, same_as='"F"'), "source E: .*'same_as', found 'F'"),
            ("system", toml("system", SYSTEM, place='"type_3"'), "one of type_1, .*'place'"),
            ("system", toml("system", SYSTEM, techniques='["magic"]'), "found 'magic'"),
            ("system", toml("system", SYSTEM, first_year="true"), "a year of four digits"),
            ("system", toml("system", SYSTEM, status='"ended"'), "exactly where the status"),
            ("system", toml("system", SYSTEM, ended_year="2001"), "exactly where the status"),
            (
                "system",
                toml("system", SYSTEM, status='"ended"', ended_year="1999"),
                "an end after the beginning in 2000, found 1999",
            ),
            (
                "system",
                toml("system", SYSTEM, classified='[{ source = "B", place = "type_1" }]'),
                "from the texts that name the system, found 'B'",
            ),
            (
                "system",
                toml(
                    "system", SYSTEM, classified=2 * '[{ source = "A", place = "type_1" }]'
                ).replace("}][{", "}, {"),
                "every classification once, found 'A' again",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(self, what, text, message):
        """Whatever does not fit is refused with what was expected and what was found."""
        with pytest.raises(facts.MalformedFactsError, match=message) as caught:
            parse(what, text)
        assert isinstance(caught.value, ValueError)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"value": None}, "either 'value', .*found none"),
            ({"low": "1"}, "either 'value', .*found all"),
            ({"value": None, "low": "4", "high": "3"}, "'low' below 'high', found 4 and 3"),
            ({"value": None, "low": "4", "high": "4"}, "'low' below 'high'"),
            ({"value": "-5"}, "not negative"),
            ({"value": "inf"}, "a finite number"),
            ({"value": "nan"}, "a finite number"),
            ({"value": "true"}, "a number in the field 'value', found True"),
            ({"value": '"5"'}, "a number in the field 'value', found '5'"),
            ({"unit": '"parsec"'}, "one of B, KB, .*found 'parsec'"),
            ({"quantity": '"disk size"'}, "a quantity in snake case"),
            ({"source": '"Z"'}, "figures 1: expected the id of a source"),
            ({"source": '"B"'}, "figures from the sources of the claim, found 'B'"),
            ({"mark": '"hearsay"'}, "in the field 'mark'"),
            ({"colour": '"red"'}, "no other field, found 'colour'"),
        ],
    )
    def test_a_figure_that_does_not_fit_is_refused(self, changes, message):
        """A figure without number, unit or source, or with contradictory ones, is refused."""
        with pytest.raises(facts.MalformedFactsError, match=message):
            parse("claim", toml("claim", CLAIM, figures=inline(FIGURE, **changes)))

    def test_a_quantity_comes_once(self):
        """A system has one figure for a quantity, a claim one for a subject from each text."""
        parameter = inline(FIGURE, subject=None)
        doubled = f"{parameter[:-1]}, {parameter[1:]}"
        with pytest.raises(
            facts.MalformedFactsError, match="every parameter once, found 'disk_size"
        ):
            parse("system", toml("system", SYSTEM, parameters=doubled))
        figure = inline(FIGURE)
        doubled = f"{figure[:-1]}, {figure[1:]}"
        with pytest.raises(facts.MalformedFactsError, match="every figure once"):
            parse("claim", toml("claim", CLAIM, figures=doubled))

    def test_a_parameter_is_about_its_system(self):
        """The subject of a parameter is the system; the data must not name another."""
        sound = toml("system", SYSTEM, parameters=inline(FIGURE, subject=None))
        assert parse("system", sound)["box"].parameters[0].subject == "box"
        with pytest.raises(facts.MalformedFactsError, match="no other field, found 'subject'"):
            parse("system", toml("system", SYSTEM, parameters=inline(FIGURE)))

    def test_a_figure_may_be_stronger_than_its_source(self):
        """A figure takes the mark of its source unless it has one of its own."""
        marks = [
            parse("claim", toml("claim", CLAIM, figures=inline(FIGURE, mark=mark)))["C01"]
            .figures[0]
            .mark
            for mark in (None, '"second_hand"')
        ]
        assert marks == [facts.source("A").mark, facts.Mark.SECOND_HAND]

    def test_the_error_survives_a_trip_between_processes(self):
        """The message is the same after pickling, as a worker process would send it."""
        error = facts.MalformedFactsError("claims.toml", "claim C01", "this", "that")
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes

    def test_a_row_does_not_touch_what_it_is_given(self):
        """Reading an entry leaves the table that it was read from as it was."""
        fields = {"id": "C01"}
        Row(fields, file="claims.toml", entry="claim 1").text("id")
        assert fields == {"id": "C01"}
