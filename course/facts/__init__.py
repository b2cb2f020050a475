"""What the texts claim, which systems they name, and what has been published about both.

==============  ==========================================================================
`catalogue`     the face: ``claim("C01")``, ``system("kvm")``, ``source("A")`` and all of each
`records`       what one claim, system, source and figure are
`vocabulary`    the closed sets of words: units, places on the map, marks of evidence ...
`errors`        what goes wrong when asking or reading
`parsing`       from the text of a data file to checked records
`references`    the parts of an entry that refer to sources
`rows`          one entry of a data file, field by field
==============  ==========================================================================

The data stands beside the code in ``sources.toml``, ``claims.toml`` and ``systems.toml``; to add
a claim, a system or a figure, add a line there. Nothing is read before it is asked for.

>>> from course import facts
>>> [f"{f.subject}: {f.value:g} {f.unit}" for f in facts.claim("C06").figures if f.value > 1000]
['guest operating system: 3400 MB', 'virtual machine: 3405 MB']
"""

from course.facts.catalogue import claim, claims, source, sources, system, systems
from course.facts.errors import FactsError, MalformedFactsError, UnknownIdError
from course.facts.records import Claim, Classification, Figure, Source, System
from course.facts.vocabulary import Kind, Mark, Place, SourceKind, Status, Technique, Unit

__all__ = [
    "Claim",
    "Classification",
    "FactsError",
    "Figure",
    "Kind",
    "MalformedFactsError",
    "Mark",
    "Place",
    "Source",
    "SourceKind",
    "Status",
    "System",
    "Technique",
    "Unit",
    "UnknownIdError",
    "claim",
    "claims",
    "source",
    "sources",
    "system",
    "systems",
]
