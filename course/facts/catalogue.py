"""The catalogue: what the texts claim, which systems they name, and who says so.

=============  ==================================  ====================
all of them    one of them, by its id              read from
=============  ==================================  ====================
`claims`       `claim` ``("C01")`` to ``("C36")``  ``claims.toml``
`systems`      `system` ``("kvm")`` ...            ``systems.toml``
`sources`      `source` ``("A")`` ...              ``sources.toml``
=============  ==================================  ====================

A file is read when it is first asked for, once in the life of the process, and checked as a whole.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from course.facts.errors import UnknownIdError
from course.facts.parsing import parse_claims, parse_sources, parse_systems
from course.facts.records import Claim, Source, System

Record = TypeVar("Record", Source, Claim, System)


@cache
def claims() -> Mapping[str, Claim]:
    """Return all claims of the texts.

    Returns:
        A read-only mapping from id to claim, in the order of the ids.

    Raises:
        MalformedFactsError: if a data file is not as it must be.

    Example:
        >>> len(claims()), next(iter(claims()))
        (36, 'C01')
    """
    return MappingProxyType(parse_claims(_text("claims.toml"), sources=sources()))


def claim(identifier: str) -> Claim:
    """Return one claim of the texts.

    Args:
        identifier: ``"C01"`` to ``"C36"``.

    Returns:
        The claim.

    Raises:
        UnknownIdError: if there is no such claim; it names those that may have been meant.

    Example:
        >>> [(figure.subject, figure.value) for figure in claim("C10").figures[1:]]
        [('disk of one virtual machine', 800.0), ('disks of all virtual machines', 2.4)]
    """
    return _one(claims(), "claim", identifier)


@cache
def systems() -> Mapping[str, System]:
    """Return all systems of the catalogue.

    Returns:
        A read-only mapping from id to system, grouped by their place on the map.

    Raises:
        MalformedFactsError: if a data file is not as it must be.

    Example:
        >>> [system.name for system in systems().values() if system.place.value == "partition"]
        ['LPAR']
    """
    return MappingProxyType(parse_systems(_text("systems.toml"), sources=sources()))


def system(identifier: str) -> System:
    """Return one system of the catalogue.

    Args:
        identifier: such as ``"kvm"`` or ``"hyper-v"``.

    Returns:
        The system.

    Raises:
        UnknownIdError: if there is no such system; it names those that may have been meant.

    Example:
        >>> system("rkt").ended_year
        2020
        >>> system("hyperv")
        Traceback (most recent call last):
        course.facts.errors.UnknownIdError: expected the id of a system, found 'hyperv'. Did you \
mean 'hyper-v'?
    """
    return _one(systems(), "system", identifier)


@cache
def sources() -> Mapping[str, Source]:
    """Return all sources: the texts of the course first, then what has been published.

    Returns:
        A read-only mapping from id to source.

    Raises:
        MalformedFactsError: if the data file is not as it must be.

    Example:
        >>> [source.id for source in sources().values() if source.kind.value == "text"]
        ['A', 'A2', 'B', 'C', 'D']
    """
    return MappingProxyType(parse_sources(_text("sources.toml")))


def source(identifier: str) -> Source:
    """Return one source.

    Args:
        identifier: ``"A"`` to ``"D"`` for a text, else such as ``"clark-2005"``.

    Returns:
        The source.

    Raises:
        UnknownIdError: if there is no such source; it names those that may have been meant.

    Example:
        >>> source("clark-2005").title
        'Live Migration of Virtual Machines'
    """
    return _one(sources(), "source", identifier)


def _one(records: Mapping[str, Record], what: str, identifier: str) -> Record:
    # The type is asked first: a list is a wrong id too, but cannot be looked up.
    if not isinstance(identifier, str) or identifier not in records:
        raise UnknownIdError(what, identifier, records)
    return records[identifier]


def _text(file: str) -> str:
    from importlib.resources import files  # here, because importing must cost next to nothing

    return files("course.facts").joinpath(file).read_text(encoding="utf-8")
