"""From the text of a data file to checked records.

===============  ==========================================
`parse_sources`  the text of ``sources.toml``, sources by id
`parse_claims`   the text of ``claims.toml``, claims by id
`parse_systems`  the text of ``systems.toml``, systems by id
===============  ==========================================

Claims and systems refer to sources, so the sources are parsed first and handed on.
What cannot be trusted is refused, with file and entry: a field that is missing, misspelt or of
another type, an id that is not of its form or comes twice, a source that nobody described,
a figure that is neither a value nor a range.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from course.facts.errors import MalformedFactsError
from course.facts.records import Claim, Source, System
from course.facts.references import classification_of, figure_of, text_ids
from course.facts.rows import Row
from course.facts.vocabulary import Kind, Mark, Place, SourceKind, Status, Technique

_LESSONS = frozenset(f"{number:02}" for number in range(1, 11))
_IDS = {  # the form of each kind of id, and one to show in a message
    "source": (re.compile(r"[A-Z][0-9]?|[a-z0-9]+(-[a-z0-9]+)*"), "clark-2005"),
    "claim": (re.compile(r"C[0-9]{2}"), "C01"),
    "system": (re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), "hyper-v"),
}

Record = TypeVar("Record", Source, Claim, System)


def parse_sources(text: str, *, file: str = "sources.toml") -> dict[str, Source]:
    """Parse the sources.

    Args:
        text: TOML with a table ``[[source]]`` for each.
        file: the file's name, for messages.

    Returns:
        The sources by id, in the order of the text.

    Raises:
        MalformedFactsError: if an entry is not as it must be.

    Example:
        >>> parse_sources('''
        ... [[source]]
        ... id = "E"
        ... kind = "text"
        ... title = "An example"
        ... mark = "primary"
        ... ''')["E"].title
        'An example'
    """
    sources = _parse(text, "source", _source, file=file)
    for source in sources.values():
        if source.same_as and source.same_as not in sources:
            raise MalformedFactsError(
                file,
                f"source {source.id}",
                "the id of a source in the field 'same_as'",
                repr(source.same_as),
            )
    return sources


def parse_claims(
    text: str, *, sources: Mapping[str, Source], file: str = "claims.toml"
) -> dict[str, Claim]:
    """Parse the claims.

    Args:
        text: TOML with a table ``[[claim]]`` for each.
        sources: the sources that the claims may name.
        file: the file's name, for messages.

    Returns:
        The claims by id, in the order of the text.

    Raises:
        MalformedFactsError: if an entry is not as it must be.

    Example:
        >>> parse_claims("[[claim]]", sources={})
        Traceback (most recent call last):
        course.facts.errors.MalformedFactsError: claims.toml, claim 1: expected text in the field \
'id', found nothing
    """
    return _parse(text, "claim", lambda row, id_: _claim(row, id_, sources), file=file)


def parse_systems(
    text: str, *, sources: Mapping[str, Source], file: str = "systems.toml"
) -> dict[str, System]:
    """Parse the systems.

    Args:
        text: TOML with a table ``[[system]]`` for each.
        sources: the sources that the systems may name.
        file: the file's name, for messages.

    Returns:
        The systems by id, in the order of the text.

    Raises:
        MalformedFactsError: if an entry is not as it must be.

    Example:
        >>> parse_systems("", sources={})
        {}
    """
    return _parse(text, "system", lambda row, id_: _system(row, id_, sources), file=file)


def _parse(
    text: str, what: str, record_of: Callable[[Row, str], Record], *, file: str
) -> dict[str, Record]:
    import tomllib  # here, because importing the catalogue must cost next to nothing

    try:
        document = Row(tomllib.loads(text), file=file, entry="top level")
    except tomllib.TOMLDecodeError as error:
        raise MalformedFactsError(file, "top level", "TOML", str(error)) from error
    form, example = _IDS[what]
    records: dict[str, Record] = {}
    for number, row in enumerate(document.rows(what), start=1):
        row.entry = f"{what} {number}"  # until its id is known
        identifier = row.text("id")
        if form.fullmatch(identifier) is None:
            row.refuse(f"an id such as {example!r}", repr(identifier))
        row.entry = f"{what} {identifier}"
        if identifier in records:
            row.refuse("an id that no other entry has", f"{identifier!r} again")
        records[identifier] = record_of(row, identifier)
        row.finish()
    document.finish()
    return records


def _source(row: Row, identifier: str) -> Source:
    date, year = row.date("date"), row.year("year")
    if date is not None and year is not None:
        row.refuse("either 'date' or 'year'", "both")
    return Source(
        id=identifier,
        kind=row.word("kind", SourceKind),
        title=row.text("title"),
        author=row.text("author", optional=True),
        site=row.text("site", optional=True),
        date=date,
        year=year if date is None else date.year,
        mark=row.word("mark", Mark),
        locator=row.text("locator", optional=True),
        same_as=row.text("same_as", optional=True),
        note=row.text("note", optional=True),
    )


def _claim(row: Row, identifier: str, sources: Mapping[str, Source]) -> Claim:
    texts = text_ids(row, "sources", sources)
    lessons = row.texts("lessons")
    if not texts or not lessons:
        row.refuse("at least one source and one lesson", "none")
    if unknown := set(lessons) - _LESSONS:
        row.refuse("lessons from '01' to '10'", repr(sorted(unknown)))
    claim = Claim(
        id=identifier,
        statement=row.text("statement"),
        sources=texts,
        figures=tuple(figure_of(figure, sources) for figure in row.rows("figures")),
        lessons=lessons,
        measured=row.text("measured"),
    )
    for figure in claim.figures:
        if figure.source not in texts:
            row.refuse("figures from the sources of the claim", repr(figure.source))
    _refuse_repeats(row, "figure", [(f.subject, f.quantity, f.source) for f in claim.figures])
    return claim


def _system(row: Row, identifier: str, sources: Mapping[str, Source]) -> System:
    first_year = row.year("first_year")
    status, ended_year = row.word("status", Status), row.year("ended_year")
    if first_year is None:
        row.refuse("a year in the field 'first_year'", "nothing")
    if (status is Status.ENDED) != (ended_year is not None):
        row.refuse("a field 'ended_year' exactly where the status is 'ended'", f"{status.value!r}")
    if ended_year is not None and ended_year < first_year:
        row.refuse(f"an end after the beginning in {first_year}", str(ended_year))
    parameters = tuple(
        figure_of(parameter, sources, subject=identifier) for parameter in row.rows("parameters")
    )
    _refuse_repeats(row, "parameter", [parameter.quantity for parameter in parameters])
    texts = text_ids(row, "texts", sources)
    classified = tuple(classification_of(entry, sources) for entry in row.rows("classified"))
    _refuse_repeats(row, "classification", [entry.source for entry in classified])
    for entry in classified:
        if entry.source not in texts:
            row.refuse("classifications from the texts that name the system", repr(entry.source))
    return System(
        id=identifier,
        name=row.text("name"),
        aliases=row.texts("aliases"),
        kind=row.word("kind", Kind),
        what=row.text("what"),
        place=row.word("place", Place),
        techniques=row.words("techniques", Technique),
        first_year=first_year,
        status=status,
        ended_year=ended_year,
        status_note=row.text("status_note"),
        texts=texts,
        classified=classified,
        remark=row.text("remark", optional=True),
        live_here=row.text("live_here"),
        parameters=parameters,
    )


def _refuse_repeats(row: Row, what: str, keys: Sequence[object]) -> None:
    for position, key in enumerate(keys):
        if key in keys[:position]:
            row.refuse(f"every {what} once", f"{key!r} again")
