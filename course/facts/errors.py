"""The errors of the catalogue.

::

    FactsError
    ├── UnknownIdError (also a KeyError)         a reader asked for something that is not there
    └── MalformedFactsError (also a ValueError)  a data file does not say what it must
"""

import re
from collections.abc import Iterable


class FactsError(Exception):
    """Tell apart the errors of the catalogue from all others.

    Example:
        >>> issubclass(UnknownIdError, FactsError) and issubclass(MalformedFactsError, FactsError)
        True
    """


class UnknownIdError(FactsError, KeyError):
    """Report an id that the catalogue does not hold, with those that may have been meant.

    Args:
        what: what was looked up: ``"claim"``, ``"system"``, ``"source"`` ...
        found: the id that was asked for.
        known: all the ids there are.

    Attributes:
        what: as given.
        found: as given.
        known: as a tuple, in the catalogue's order.
        near: up to three known ids that resemble the one asked for, the nearest first.

    Example:
        >>> error = UnknownIdError("system", "virtual-box", ["kvm", "virtualbox"])
        >>> error.near
        ('virtualbox',)
        >>> print(error)
        expected the id of a system, found 'virtual-box'. Did you mean 'virtualbox'?
    """

    def __init__(self, what: str, found: object, known: Iterable[str]) -> None:
        self.what = what
        self.found = found
        self.known = tuple(known)
        self.near = _near(found, self.known)
        super().__init__(what, found, self.known)

    def __str__(self) -> str:
        # KeyError shows the repr of its argument; a sentence is to be read as it is.
        expected = f"expected the id of a {self.what}, found {self.found!r}."
        if self.near:
            return f"{expected} Did you mean {' or '.join(map(repr, self.near))}?"
        if self.known:
            return f"{expected} There are: {', '.join(self.known)}."
        return f"{expected} There are none."


class MalformedFactsError(FactsError, ValueError):
    """Report the file and the entry whose data is not as expected.

    Args:
        file: the name of the data file.
        entry: the entry in it, such as ``"claim C06"``.
        expected: what should be there.
        found: what is there instead.

    Attributes:
        file: as given.
        entry: as given.
        expected: as given.
        found: as given.

    Example:
        >>> print(MalformedFactsError("claims.toml", "claim C06", "a field 'statement'", "none"))
        claims.toml, claim C06: expected a field 'statement', found none
    """

    def __init__(self, file: str, entry: str, expected: str, found: str) -> None:
        self.file = file
        self.entry = entry
        self.expected = expected
        self.found = found
        super().__init__(file, entry, expected, found)

    def __str__(self) -> str:
        return f"{self.file}, {self.entry}: expected {self.expected}, found {self.found}"


def _near(found: object, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the known ids that resemble `found`: the one that is spelt alike, or the closest."""
    from difflib import get_close_matches  # only a mistake needs it

    if not isinstance(found, str):
        return ()
    by_spelling = {_spelling(identifier): identifier for identifier in known}
    spelling = _spelling(found)
    if spelling in by_spelling:
        return (by_spelling[spelling],)
    return tuple(by_spelling[near] for near in get_close_matches(spelling, by_spelling))


def _spelling(identifier: str) -> str:
    """Return what is left without case, separators and leading zeros: ``C01`` and ``c-1`` agree."""
    letters_and_digits = "".join(filter(str.isalnum, identifier.casefold()))
    return re.sub(r"(?<!\d)0+(?=\d)", "", letters_and_digits)
