"""Reading the parts of an entry that refer to sources.

===================  ===============================================
`text_ids`           the texts that an entry names
`classification_of`  where one text puts a system
`figure_of`          a number, with the source that states it
===================  ===============================================

Each refuses a source that nobody described.
"""

import re
from collections.abc import Mapping

from course.facts.records import Classification, Figure, Source
from course.facts.rows import Row
from course.facts.vocabulary import Mark, Place, SourceKind, Unit

_QUANTITY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def text_ids(row: Row, name: str, sources: Mapping[str, Source]) -> tuple[str, ...]:
    """Take a field that lists texts of the course.

    Args:
        row: the entry.
        name: the field.
        sources: all sources.

    Returns:
        The ids of the texts, in the order of the file.

    Raises:
        MalformedFactsError: if one is no source, or a source that is not a text.

    Example:
        >>> from course.facts import sources
        >>> text_ids(Row({"texts": ["A", "D"]}, file="f", entry="e"), "texts", sources())
        ('A', 'D')
    """
    identifiers = tuple(_known(row, identifier, sources) for identifier in row.texts(name))
    for identifier in identifiers:
        if sources[identifier].kind is not SourceKind.TEXT:
            row.refuse(f"sources of the kind 'text' in the field {name!r}", repr(identifier))
    return identifiers


def classification_of(row: Row, sources: Mapping[str, Source]) -> Classification:
    """Read where one text puts a system.

    Args:
        row: a table with the fields ``source`` and ``place``.
        sources: all sources.

    Returns:
        The classification.

    Raises:
        MalformedFactsError: if the table is not as it must be.

    Example:
        >>> from course.facts import sources
        >>> row = Row({"source": "B", "place": "type_1"}, file="systems.toml", entry="system kvm")
        >>> classification_of(row, sources()).place.name
        'TYPE_1'
    """
    source = _known(row, row.text("source"), sources)
    classification = Classification(source=source, place=row.word("place", Place))
    row.finish()
    return classification


def figure_of(row: Row, sources: Mapping[str, Source], *, subject: str = "") -> Figure:
    """Read a number with the source that states it.

    Args:
        row: a table with the fields of `Figure`; ``mark`` may be absent.
        sources: all sources; the figure's source also gives the mark where the table does not.
        subject: what the figure is about, where the table does not say so itself.

    Returns:
        The figure.

    Raises:
        MalformedFactsError: if the table is not as it must be, or is neither value nor range.

    Example:
        >>> from course.facts import sources
        >>> fields = {"quantity": "disk_size", "value": 5, "unit": "MB", "source": "A"}
        >>> figure = figure_of(Row(fields, file="f", entry="e"), sources(), subject="container")
        >>> figure.value, figure.unit.value, figure.mark.value
        (5.0, 'MB', 'primary')
    """
    source = _known(row, row.text("source"), sources)
    value, low, high = row.number("value"), row.number("low"), row.number("high")
    is_range = low is not None or high is not None
    if is_range == (value is not None):
        row.refuse(
            "either 'value', or 'low' or 'high' or both of them", "all" if is_range else "none"
        )
    if low is not None and high is not None and low >= high:
        row.refuse("'low' below 'high'", f"{low:g} and {high:g}")
    quantity = row.text("quantity")
    if _QUANTITY.fullmatch(quantity) is None:
        row.refuse("a quantity in snake case", repr(quantity))
    figure = Figure(
        subject=subject or row.text("subject"),
        quantity=quantity,
        value=value,
        low=low,
        high=high,
        unit=row.word("unit", Unit),
        source=source,
        # A source may hold figures of several marks, such as raw logs and what we computed of them.
        mark=row.word("mark", Mark, default=sources[source].mark),
        baseline=row.number("baseline"),
        note=row.text("note", optional=True),
    )
    row.finish()
    return figure


def _known(row: Row, identifier: str, sources: Mapping[str, Source]) -> str:
    if identifier not in sources:
        row.refuse(f"the id of a source, one of {', '.join(sources)}", repr(identifier))
    return identifier
