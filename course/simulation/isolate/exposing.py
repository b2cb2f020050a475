"""For how long known vulnerabilities stay open, by what is done about them.

- `exposure`: the days on which a system has a vulnerability that is known
- `Advisory`: one vulnerability: when it became known, and when there was a fix
- `Exposure`: what came of it
- `draw_advisories`: advisories at random

==========  ==========================================================================
policy      what is done
==========  ==========================================================================
`never`     nothing: an image stays as it was built
`patch`     the packages of running machines are updated every so many days
`rebuild`   the image is built anew every so many days, and then rolled out
==========  ==========================================================================

Both of the latter take what has a fix on that day. A rebuilt image has to be rolled out before it
helps anybody, and replaces all that runs; a patch reaches only the machines that are still counted.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from course.simulation.errors import ConservationError, ParameterError, UnknownNameError, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

__all__ = ["EXPOSURE_POLICIES", "Advisory", "Exposure", "draw_advisories", "exposure"]

EXPOSURE_POLICIES = ("never", "patch", "rebuild")

_DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True)
class Advisory:
    """A vulnerability that became known.

    Attributes:
        name: what it is called.
        published_day: the day on which it became known, from 0 on.
        fixed_day: the day from which there is a fix, not before it was known; None if never.
        package: what it is in; may be empty.
        severity: how bad it is, in the words of its source; may be empty.

    Raises:
        ParameterError: a day is negative, or the fix came before the advisory.
    """

    name: str
    published_day: float
    fixed_day: float | None
    package: str = ""
    severity: str = ""

    def __post_init__(self) -> None:
        require("published_day", self.published_day, at_least=0)
        if self.fixed_day is not None:
            require("fixed_day", self.fixed_day, at_least=self.published_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """For how long a system had vulnerabilities that were known.

    Attributes:
        policy: what was done about them.
        days: how long it was looked at, in days.
        advisories: the vulnerabilities.
        open_from: for each, the day from which it was open.
        open_until: for each, the day on which it was closed, or the last day; the same as
            ``open_from`` if it was never open.
        remark: what should be known, such as that nothing became known.
    """

    policy: str
    days: float
    advisories: tuple[Advisory, ...]
    open_from: tuple[float, ...]
    open_until: tuple[float, ...]
    remark: str

    @property
    def exposure_days(self) -> float:
        """The days of all vulnerabilities together: two on one day are two days."""
        return math.fsum(
            end - start for start, end in zip(self.open_from, self.open_until, strict=True)
        )

    @property
    def mean_open(self) -> float:
        """How many vulnerabilities are open on average."""
        return self.exposure_days / self.days

    @property
    def open_at_end(self) -> int:
        """How many are open on the last day."""
        return sum(
            start < end == self.days
            for start, end in zip(self.open_from, self.open_until, strict=True)
        )

    @property
    def days_exposed(self) -> float:
        """On how many days at least one is open."""
        covered, reached = 0.0, -math.inf
        for start, end in sorted(zip(self.open_from, self.open_until, strict=True)):
            covered += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return covered

    @property
    def worst_open(self) -> int:
        """How many are open at once, at most."""
        return max((row["open"] for row in self.records()), default=0)

    def records(self) -> list[dict[str, int]]:
        """Return a row for each day: how many vulnerabilities are open at any time of it."""
        changes = [0] * (math.ceil(self.days) + 1)
        for start, end in zip(self.open_from, self.open_until, strict=True):
            if start < end:
                changes[math.floor(start)] += 1
                changes[math.ceil(end)] -= 1
        rows, still_open = [], 0
        for day, change in enumerate(changes[:-1]):
            still_open += change
            rows.append({"day": day, "open": still_open})
        return rows

    def advisory_records(self) -> list[dict[str, object]]:
        """Return a row for each vulnerability, with the days on which it was open."""
        rows = zip(self.advisories, self.open_from, self.open_until, strict=True)
        return [
            asdict(advisory) | {"open_from": start, "open_until": end, "days_open": end - start}
            for advisory, start, end in rows
        ]


def exposure(
    advisories: Iterable[Advisory],
    policy: str = "never",
    *,
    days: float,
    built_day: float = 0,
    every_days: float = 30,
    roll_out_days: float = 0,
) -> Exposure:
    """Reckon for how long vulnerabilities stay open.

    A vulnerability opens when it becomes known. What was fixed before the image was built is not
    in it. The first patch or rebuild is ``every_days`` after the image was built.

    Args:
        advisories: what became known, and when.
        policy: one of `EXPOSURE_POLICIES`.
        days: for how long to look, in days.
        built_day: the day on which the image was built, and put to use.
        every_days: how often it is patched or rebuilt, in days.
        roll_out_days: how long ``rebuild`` takes until the new image runs everywhere, in days.

    Returns:
        When each of them was open.

    Raises:
        ParameterError: a number is negative, or the image is built after the last day.
        UnknownNameError: there is no such policy.

    Example:
        >>> known = [Advisory("A", 3, 5), Advisory("B", 40, 41), Advisory("C", 50, None)]
        >>> for policy in EXPOSURE_POLICIES:
        ...     print(policy, exposure(known, policy, days=100, roll_out_days=2).exposure_days)
        never 207.0
        patch 97.0
        rebuild 101.0
    """
    if policy not in EXPOSURE_POLICIES:
        raise UnknownNameError("policy", policy, EXPOSURE_POLICIES)
    require("days", days, above=0)
    require("built_day", built_day, at_least=0, at_most=days)
    require("every_days", every_days, above=0)
    require("roll_out_days", roll_out_days, at_least=0)
    known = tuple(advisories)
    for advisory in known:
        if not isinstance(advisory, Advisory):
            raise ParameterError(
                f"expected each advisory to be an Advisory, found {advisory!r}",
                name="advisories",
                value=advisory,
            )
    delay = roll_out_days if policy == "rebuild" else 0.0
    open_from, open_until = [], []
    for advisory in known:
        start = min(float(days), max(advisory.published_day, built_day))
        end = float(days)
        if advisory.fixed_day is not None:
            if advisory.fixed_day <= built_day:
                end = start
            elif policy != "never":
                # The first day of work on which there is a fix; never the day of building itself.
                turns = max(1, math.ceil((advisory.fixed_day - built_day) / every_days - 1e-9))
                end = min(end, built_day + turns * every_days + delay)
        open_from.append(start)
        open_until.append(max(start, end))
    found = Exposure(
        policy=policy,
        days=float(days),
        advisories=known,
        open_from=tuple(open_from),
        open_until=tuple(open_until),
        remark="" if known else f"nothing became known in {days:g} days",
    )
    if found.days_exposed > min(days, found.exposure_days) * (1 + 1e-9):
        raise ConservationError(f"{found.days_exposed} days of exposure in {days} days")
    return found


def draw_advisories(
    per_year: float, mean_days_to_fix: float, *, days: float, generator: np.random.Generator
) -> tuple[Advisory, ...]:
    """Draw vulnerabilities that become known at any time, and are fixed after some days.

    Args:
        per_year: how many become known in a year of 365 days, on average.
        mean_days_to_fix: how long it takes on average until there is a fix, in days;
            exponentially distributed.
        days: for how long, in days.
        generator: the source of chance.

    Example:
        >>> from numpy.random import default_rng
        >>> drawn = draw_advisories(50, 7, days=365, generator=default_rng(1))
        >>> len(drawn), drawn[0].name
        (50, 'advisory 1')
    """
    require("per_year", per_year, at_least=0)
    require("mean_days_to_fix", mean_days_to_fix, at_least=0)
    require("days", days, above=0)
    number = generator.poisson(per_year * days / _DAYS_PER_YEAR)
    published = sorted((days * generator.random(number)).tolist())
    fixes = generator.exponential(mean_days_to_fix, len(published)).tolist()
    return tuple(
        Advisory(f"advisory {number}", day, day + fix)
        for number, (day, fix) in enumerate(zip(published, fixes, strict=True), 1)
    )
