"""The records of the catalogue: what one source, figure, claim and system are.

==================  ====================================================================
``Source``          a text, paper or data set that statements and figures come from
``Figure``          one number with its unit, its subject and the source that states it
``Claim``           one thing that the texts claim, and the lessons that decide it
``Classification``  where one text puts a system
``System``          one technology: what it is, what became of it, what is known of it
==================  ====================================================================

Records are frozen and hold plain data. They are read from the TOML files beside this module,
where a figure is a line, and everything refers to its source by the source's id.
"""

import datetime as dt
import math
from dataclasses import dataclass

from course.facts.errors import UnknownIdError
from course.facts.vocabulary import Kind, Mark, Place, SourceKind, Status, Technique, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Name a text, paper or data set that statements and figures come from.

    Attributes:
        id: what figures and claims refer to; ``A`` to ``D`` are the texts of the course.
        kind: text, paper, data set or documentation.
        title: its title, or in the absence of one a description; ``note`` says which.
        author: who wrote it, as far as the source itself tells; else empty.
        site: where it was published, as far as the source itself tells; else empty.
        date: the day of publication, where it is known.
        year: the year of publication, where it is known.
        mark: how the figures taken from it were come by, unless a figure says otherwise.
        locator: where in the world to find it: a repository with its commit, a conference.
        same_as: the id of the source whose contents this one repeats, or empty.
        note: anything a reader must know before trusting it.

    Example:
        >>> import course.facts
        >>> course.facts.source("C").year
        2015
    """

    id: str
    kind: SourceKind
    title: str
    author: str
    site: str
    date: dt.date | None
    year: int | None
    mark: Mark
    locator: str
    same_as: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """State one number with its unit, its subject and the source that gives it.

    A figure is either one ``value``, or a range from ``low`` to ``high`` of which one end may be
    open (``None``). No figure is negative.

    Attributes:
        subject: what was measured or spoken about; for a system's parameter, the system's id.
        quantity: what of it, in snake case: ``disk_size``, ``start_time_p99``.
        value: the number, or None where the figure is a range.
        low: the lower end of a range, or None.
        high: the upper end of a range, or None.
        unit: the unit of all the numbers of this figure.
        source: the id of the source that states it.
        mark: how it was come by.
        baseline: the same quantity of what it was compared with in the same experiment, or None.
        note: under which conditions it holds, or how an imprecise wording was read.

    Example:
        >>> import course.facts
        >>> ratio = course.facts.claim("C11").figures[0]
        >>> ratio.low, ratio.high, ratio.unit.value
        (3.0, 4.0, 'times')
    """

    subject: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: Unit
    source: str
    mark: Mark
    baseline: float | None
    note: str

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the lowest and the highest number that the figure allows.

        Returns:
            Both ends in the figure's unit: equal for a single value, and for an end that the
            source leaves open 0 below and infinity above.

        Example:
            >>> import course.facts
            >>> [figure.bounds for figure in course.facts.claim("C30").figures]
            [(100.0, 100.0), (1.0, inf)]
        """
        if self.value is not None:
            return self.value, self.value
        return (
            0.0 if self.low is None else self.low,
            math.inf if self.high is None else self.high,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """State one thing that the texts claim, and where this course decides it.

    Attributes:
        id: ``C01`` to ``C36``.
        statement: the claim in this course's own words; it may be outdated or wrong.
        sources: the ids of the texts that make it.
        figures: the numbers that the texts give for it; empty where they give none.
        lessons: the numbers of the lessons where it is at stake, such as ``"05"``.
        measured: how a learner puts it to the test.

    Example:
        >>> import course.facts
        >>> course.facts.claim("C11").lessons
        ('06',)
    """

    id: str
    statement: str
    sources: tuple[str, ...]
    figures: tuple[Figure, ...]
    lessons: tuple[str, ...]
    measured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """State where one text puts a system on the map.

    Attributes:
        source: the id of the text.
        place: where that text puts it.

    Example:
        >>> import course.facts
        >>> [(c.source, c.place.value) for c in course.facts.system("hyperkit").classified]
        [('B', 'type_1')]
    """

    source: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Describe one technology: what it is, what became of it, and what is known of it.

    Attributes:
        id: lower case, words joined by hyphens.
        name: its name as its makers write it.
        aliases: other names, among them those that the texts use for it or for a part of it.
        kind: what sort of thing it is.
        what: what it is, in one or two sentences.
        place: where this course puts it on the map.
        techniques: by what means it isolates or virtualizes; the most characteristic first.
        first_year: the year of its first public release or, without one, of its description.
        status: whether it still lives.
        ended_year: the year it ended, exactly where the status is ``ended``.
        status_note: who keeps it, or what became of it; it says where that is uncertain.
        texts: the ids of the texts that name it; empty for systems beyond the texts.
        classified: where the texts put it on the map, as far as they do.
        remark: why a classification differs, or is debatable; else empty.
        live_here: how a learner of this course meets it.
        parameters: published figures about it; empty where none was found.

    Example:
        >>> import course.facts
        >>> kvm = course.facts.system("kvm")
        >>> kvm.place.value, kvm.texts
        ('type_1', ('A', 'B', 'C'))
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: Kind
    what: str
    place: Place
    techniques: tuple[Technique, ...]
    first_year: int
    status: Status
    ended_year: int | None
    status_note: str
    texts: tuple[str, ...]
    classified: tuple[Classification, ...]
    remark: str
    live_here: str
    parameters: tuple[Figure, ...]

    def parameter(self, quantity: str) -> Figure:
        """Return the published figure for one quantity of this system.

        Args:
            quantity: the name of the quantity, such as ``"memory_overhead"``.

        Returns:
            The figure; a system has at most one figure for each quantity.

        Raises:
            UnknownIdError: if no published figure for that quantity was found.

        Example:
            >>> import course.facts
            >>> overhead = course.facts.system("firecracker").parameter("memory_overhead")
            >>> overhead.value, overhead.unit.value, overhead.source
            (2.5, 'MiB', 'nsdi-2020-data')
        """
        for figure in self.parameters:
            if figure.quantity == quantity:
                return figure
        raise UnknownIdError(
            f"parameter of {self.id}", quantity, [figure.quantity for figure in self.parameters]
        )
