"""Reading one entry of a data file, field by field, and refusing what does not fit.

``Row``  one TOML table: each reader takes a field away and checks it, `finish` refuses the rest

A field is text, a list of texts, a number, a year, a date or a word of a vocabulary. What is
missing, of another type, empty or unexpected raises `MalformedFactsError` with file and entry.
"""

import datetime as dt
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn, TypeVar

from course.facts.errors import MalformedFactsError

Word = TypeVar("Word", bound=StrEnum)


class Row:
    """Read one entry of a data file, field by field.

    Every reader takes a field by its name and raises `MalformedFactsError` if it does not hold
    what the reader promises.

    Args:
        fields: the TOML table.
        file: the file's name, for messages.
        entry: what the entry is called in messages; to be set anew once its id is known.

    Example:
        >>> row = Row({"name": "Xen", "first_year": 2003}, file="systems.toml", entry="system 1")
        >>> row.text("name"), row.year("first_year"), row.text("remark", optional=True)
        ('Xen', 2003, '')
        >>> row.finish()
    """

    def __init__(self, fields: Mapping[str, object], *, file: str, entry: str) -> None:
        self._fields = dict(fields)
        self.file = file
        self.entry = entry

    def refuse(self, expected: str, found: str) -> NoReturn:
        """Raise the error that says what this entry should hold and what it holds instead.

        Args:
            expected: what should be there.
            found: what is there.

        Raises:
            MalformedFactsError: always.

        Example:
            >>> Row({}, file="claims.toml", entry="claim C01").refuse("a lesson", "none")
            Traceback (most recent call last):
            course.facts.errors.MalformedFactsError: claims.toml, claim C01: expected a lesson, \
found none
        """
        raise MalformedFactsError(self.file, self.entry, expected, found)

    def text(self, name: str, *, optional: bool = False) -> str:
        """Take a field that holds text which is not empty.

        Args:
            name: the field.
            optional: whether the field may be absent.

        Returns:
            The text; empty only where the field is optional and absent.

        Example:
            >>> Row({"name": "Xen"}, file="systems.toml", entry="system xen").text("name")
            'Xen'
        """
        value = self._fields.pop(name, None)
        if value is None and optional:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._refuse_field(name, "text", value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a field that holds a list of texts, none of them twice.

        Args:
            name: the field.

        Returns:
            The texts in the order of the file; the list may be empty but not absent.

        Example:
            >>> Row({"sources": ["A", "B"]}, file="claims.toml", entry="claim C01").texts("sources")
            ('A', 'B')
        """
        value = self._fields.pop(name, None)
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            self._refuse_field(name, "a list of texts", value)
        if len(set(value)) < len(value):
            self._refuse_field(name, "no text twice", value)
        return tuple(value)

    def number(self, name: str) -> float | None:
        """Take a field that may hold a number.

        Args:
            name: the field.

        Returns:
            The number, which is finite and not negative, or None where the field is absent.

        Example:
            >>> Row({"value": 3405}, file="claims.toml", entry="claim C06").number("value")
            3405.0
        """
        value = self._fields.pop(name, None)
        if value is None:
            return None
        # In Python, True is a number too; in the data it is a mistake.
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse_field(name, "a number", value)
        if not math.isfinite(value) or value < 0:
            self._refuse_field(name, "a finite number that is not negative", value)
        return float(value)

    def year(self, name: str) -> int | None:
        """Take a field that may hold a year.

        Args:
            name: the field.

        Returns:
            The year, of four digits, or None where the field is absent.

        Example:
            >>> Row({"first_year": 1979}, file="systems.toml", entry="chroot").year("first_year")
            1979
        """
        value = self._fields.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1000 <= value <= 9999:
            self._refuse_field(name, "a year of four digits", value)
        return value

    def date(self, name: str) -> dt.date | None:
        """Take a field that may hold a date.

        Args:
            name: the field.

        Returns:
            The date, or None where the field is absent.

        Example:
            >>> Row({}, file="sources.toml", entry="source B").date("date") is None
            True
        """
        value = self._fields.pop(name, None)
        # A datetime is a date too, but a source has a day and no hour.
        if value is not None and (isinstance(value, dt.datetime) or not isinstance(value, dt.date)):
            self._refuse_field(name, "a date", value)
        return value

    def word(self, name: str, vocabulary: type[Word], *, default: Word | None = None) -> Word:
        """Take a field that holds a word of a vocabulary.

        Args:
            name: the field.
            vocabulary: the enumeration of the words.
            default: what an absent field means; without it the field must be there.

        Returns:
            The member that the word names.

        Example:
            >>> from course.facts.vocabulary import Unit
            >>> Row({"unit": "MB"}, file="claims.toml", entry="claim C06").word("unit", Unit).name
            'MEGABYTE'
        """
        word = self.text(name, optional=default is not None)
        return default if default is not None and not word else self._member(name, vocabulary, word)

    def words(self, name: str, vocabulary: type[Word]) -> tuple[Word, ...]:
        """Take a field that holds a list of words of a vocabulary, none of them twice.

        Args:
            name: the field.
            vocabulary: the enumeration of the words.

        Returns:
            The members in the order of the file.

        Example:
            >>> from course.facts.vocabulary import Technique
            >>> row = Row({"techniques": ["namespaces"]}, file="systems.toml", entry="system lxc")
            >>> [technique.name for technique in row.words("techniques", Technique)]
            ['NAMESPACES']
        """
        return tuple(self._member(name, vocabulary, word) for word in self.texts(name))

    def rows(self, name: str) -> tuple["Row", ...]:
        """Take a field that may hold a list of tables.

        Args:
            name: the field.

        Returns:
            A row for each table, named in messages by its number; empty where there is none.

        Example:
            >>> row = Row({"figures": [{"unit": "MB"}]}, file="claims.toml", entry="claim C06")
            >>> [figure.entry for figure in row.rows("figures")]
            ['claim C06, figures 1']
        """
        value = self._fields.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            self._refuse_field(name, "a list of tables", value)
        return tuple(
            Row(table, file=self.file, entry=f"{self.entry}, {name} {number}")
            for number, table in enumerate(value, start=1)
        )

    def finish(self) -> None:
        """Refuse the fields that nobody took: they are misspelt or belong elsewhere.

        Raises:
            MalformedFactsError: if any field is left.

        Example:
            >>> Row({"nmae": "Xen"}, file="systems.toml", entry="system xen").finish()
            Traceback (most recent call last):
            course.facts.errors.MalformedFactsError: systems.toml, system xen: expected no other \
field, found 'nmae'
        """
        if self._fields:
            self.refuse("no other field", ", ".join(map(repr, sorted(self._fields))))

    def _member(self, name: str, vocabulary: type[Word], word: str) -> Word:
        try:
            return vocabulary(word)
        except ValueError:
            self._refuse_field(name, f"one of {', '.join(vocabulary)}", word)

    def _refuse_field(self, name: str, expected: str, value: object) -> NoReturn:
        self.refuse(
            f"{expected} in the field {name!r}", "nothing" if value is None else repr(value)
        )
