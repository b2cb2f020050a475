"""The records of start-up: what was published, the model fitted to it, and a sample of the model.

- `Published`: one figure about a start, and which statistic of how many parallel starts it is
- `Growth`: what more guests on the host do to the time of the next one
- `BootModel`: the distributions fitted to the figures of one technology
- `BootSample`: times drawn from a model
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from course.facts.vocabulary import Unit

if TYPE_CHECKING:
    from course.facts.records import Figure
    from course.simulation.distributions import Distribution

__all__ = ["BootModel", "BootSample", "Growth", "Published"]

_SECONDS: Final = MappingProxyType({Unit.MILLISECOND: 0.001, Unit.SECOND: 1.0, Unit.MINUTE: 60.0})


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure about starts.

    Attributes:
        figure: the number with its unit, source and note.
        statistic: ``mean``, ``p50``, ``p90``, ``p99``, or ``typical`` where the source gives one
            number and does not say which it is.
        stage: which part of the start it is of; empty for all of it.
        parallel: how many started at a time.
    """

    figure: Figure
    statistic: str = "typical"
    stage: str = ""
    parallel: int = 1

    @property
    def time_s(self) -> float:
        """The figure in seconds."""
        assert self.figure.value is not None  # a range is no time that a model is fitted to
        return self.figure.value * _SECONDS[self.figure.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What the guests that a host already has do to the start of the next one.

    Published is the first and the last start of a series. That the time between them grows in a
    straight line is an assumption of this model.

    Attributes:
        added_s: how much longer a start takes for each guest that exists, in seconds; 0 where the
            source says that it does not depend on them.
        most: up to how many existing guests the source has looked.
        figure: the last start of the series; None where it was only said that nothing grows.
    """

    added_s: float
    most: int
    figure: Published | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BootModel:
    """How long one technology takes to start, as far as it was published.

    Attributes:
        id: what `boot` calls it.
        name: what a chart calls it.
        what: what is started, and from when to when.
        stages: the names of its parts, first to last; empty where it is known as a whole only.
        times: the distribution of the whole, by how many start at a time.
        last_stage: the distribution of the last stage, likewise; the first one is the rest.
        growth: what existing guests add; None where nothing was published about that.
        published: the figures that all this comes from.
        why: which family was fitted to what, and what is assumed.
    """

    id: str
    name: str
    what: str
    stages: tuple[str, ...]
    times: Mapping[int, Distribution]
    last_stage: Mapping[int, Distribution]
    growth: Growth | None
    published: tuple[Published, ...]
    why: str

    @property
    def family(self) -> str:
        """The family of the distribution where one starts at a time."""
        return self.times[min(self.times)].family

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the sources of its figures, each once."""
        return tuple(dict.fromkeys(each.figure.source for each in self.published))

    @property
    def second_hand(self) -> bool:
        """Whether one of its figures was only quoted by somebody else."""
        return any(each.figure.mark.value == "second_hand" for each in self.published)


@dataclass(frozen=True, slots=True, kw_only=True)
class BootSample:
    """Times drawn from a model.

    Attributes:
        technology: the id of the model.
        model: what they were drawn from.
        parallel: how many started at a time.
        times_s: how long each start took, in seconds, in the order of the starts.
        stages_s: the parts of these times by their names, in seconds, in the same order; empty
            where nothing is known of parts.
    """

    technology: str
    model: BootModel
    parallel: int
    times_s: tuple[float, ...]
    stages_s: Mapping[str, tuple[float, ...]]

    def rows(self) -> list[dict[str, object]]:
        """Return one flat record for each start, for tables and charts."""
        return [
            {
                "technology": self.technology,
                "number": number,
                "time_s": time_s,
                **{f"{stage}_s": times[number - 1] for stage, times in self.stages_s.items()},
            }
            for number, time_s in enumerate(self.times_s, 1)
        ]
