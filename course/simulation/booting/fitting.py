"""From published figures to a model of start-up.

- `of`: a figure of a system in the catalogue
- `own`: a figure about something that is no system of the catalogue
- `model`: a model fitted to such figures
"""

from __future__ import annotations

from types import MappingProxyType

from course.facts.catalogue import system
from course.facts.records import Figure
from course.facts.vocabulary import Mark, Unit
from course.simulation.booting.records import BootModel, Growth, Published
from course.simulation.distributions import Distribution, Lognormal, Point, Weibull

__all__ = ["LOGNORMAL", "POINT", "TOGETHER", "model", "of", "own"]

POINT = "Each stage and each way to start has one published figure: a point, which cannot scatter."
LOGNORMAL = (
    "A lognormal through the published median and 99th percentile: times are positive, and slow "
    "ones lie farther from the median than fast ones. Where only a median was published, a point."
)
TOGETHER = (
    " Which stage of a slow start is the slow one was not published; here both are slow together."
)


def own(
    subject: str,
    quantity: str,
    value: float,
    unit: Unit,
    source: str,
    mark: Mark = Mark.PRIMARY,
    note: str = "",
) -> Figure:
    """Return a figure about something that the catalogue has no system for.

    Args:
        subject: what was timed.
        quantity: what of it, in snake case.
        value: the number.
        unit: its unit.
        source: the id of its source.
        mark: how it was come by.
        note: under which conditions it holds.
    """
    return Figure(
        subject=subject,
        quantity=quantity,
        value=value,
        low=None,
        high=None,
        unit=unit,
        source=source,
        mark=mark,
        baseline=None,
        note=note,
    )


def model(
    identifier: str,
    name: str,
    what: str,
    *published: Published,
    stages: tuple[str, ...] = (),
    growth: Growth | None = None,
    why: str = POINT,
) -> BootModel:
    """Fit a model to its figures.

    Args:
        identifier: what `boot` calls it.
        name: what a chart calls it.
        what: what is started, and from when to when.
        published: figures of the whole; where it has stages also of the last one, or instead of
            the whole one of each.
        stages: the names of the two stages, or none.
        growth: what existing guests add.
        why: which family was fitted to what.
    """
    times: dict[int, Distribution] = {}
    last: dict[int, Distribution] = {}
    for parallel in sorted({each.parallel for each in published}):
        here = [each for each in published if each.parallel == parallel]
        if stages:
            last[parallel] = _fitted([each for each in here if each.stage == stages[-1]])
        whole = [each for each in here if not each.stage]
        times[parallel] = _fitted(whole) if whole else Point(sum(each.time_s for each in here))
    return BootModel(
        id=identifier,
        name=name,
        what=what,
        stages=stages,
        times=MappingProxyType(times),
        last_stage=MappingProxyType(last),
        growth=growth,
        published=published,
        why=why,
    )


def _fitted(published: list[Published]) -> Distribution:
    by_statistic = {each.statistic: each.time_s for each in published}
    if {"p50", "p99"} <= by_statistic.keys():
        return Lognormal.through(by_statistic["p50"], by_statistic["p99"])
    if {"mean", "p90"} <= by_statistic.keys():
        return Weibull.through(by_statistic["mean"], by_statistic["p90"])
    (only,) = by_statistic.values()
    return Point(only)


def of(
    system_id: str,
    quantity: str,
    statistic: str = "typical",
    stage: str = "",
    parallel: int = 1,
) -> Published:
    """Return what the catalogue has published of a system.

    Args:
        system_id: the id of the system.
        quantity: the name of its parameter.
        statistic: which statistic it is.
        stage: which part of a start it is of; empty for all of it.
        parallel: how many started at a time.
    """
    return Published(system(system_id).parameter(quantity), statistic, stage, parallel)
