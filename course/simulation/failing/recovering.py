"""Snapshots: what is lost after a crash, and how long it takes to be back.

- `recovery`: the *recovery point*, how much of the work is lost, and the *recovery time*
- `best_interval_h`: how often to take a snapshot if taking one stops the work

A snapshot holds the state of the moment when it was begun, and it can be used once it is complete.
So a crash loses everything since the beginning of the last complete one: at least as long as a
snapshot takes, at most an interval more, and half an interval more on average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.simulation.errors import ConservationError, ParameterError, require
from course.simulation.failing.reliability import HOURS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Recovery", "best_interval_h", "recovery"]

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What crashes cost, with snapshots.

    Attributes:
        interval_h: how often a snapshot was begun, in hours.
        crashes_h: when the machine crashed, in hours from the first snapshot.
        lost_s: for each crash, how much of the work was lost, in seconds: its recovery point.
        recovery_time_s: how long the machine then was not usable, in seconds; the same each time.
        expected_recovery_point_s: what is lost on average, if a crash may come at any time: half
            an interval, and the time that a snapshot takes.
        worst_possible_s: the most that a crash can lose, in seconds.
        share_paused: the share of time in which snapshots stop the machine.
        years: for how long it went on.
        remark: what should be known of this run, such as that nothing crashed.
    """

    interval_h: float
    crashes_h: tuple[float, ...]
    lost_s: tuple[float, ...]
    recovery_time_s: float
    expected_recovery_point_s: float
    worst_possible_s: float
    share_paused: float
    years: float
    remark: str

    @property
    def crashes(self) -> int:
        """How many crashes there were."""
        return len(self.crashes_h)

    @property
    def recovery_point_s(self) -> float:
        """How much was lost in a crash on average, in seconds; 0 if there was none."""
        return math.fsum(self.lost_s) / len(self.lost_s) if self.lost_s else 0.0

    @property
    def worst_recovery_point_s(self) -> float:
        """How much was lost in the worst crash, in seconds; 0 if there was none."""
        return max(self.lost_s, default=0.0)

    @property
    def lost_h(self) -> float:
        """How much work was lost in all, in hours."""
        return math.fsum(self.lost_s) / _SECONDS_PER_HOUR

    @property
    def down_s(self) -> float:
        """How long the machine was not usable after crashes, in seconds in all."""
        return self.crashes * self.recovery_time_s

    @property
    def availability(self) -> float:
        """The share of time in which it was usable: neither being restored nor paused."""
        down = self.down_s / (self.years * HOURS_PER_YEAR * _SECONDS_PER_HOUR)
        return max(0.0, 1 - down - self.share_paused)

    def records(self) -> list[dict[str, float]]:
        """Return a row for each crash: when it was, and what it cost."""
        return [
            {
                "crash": number,
                "time_h": time_h,
                "lost_s": lost_s,
                "recovery_time_s": self.recovery_time_s,
            }
            for number, (time_h, lost_s) in enumerate(
                zip(self.crashes_h, self.lost_s, strict=True), 1
            )
        ]


def recovery(
    interval_h: float,
    *,
    restore_s: float,
    snapshot_s: float = 0,
    detection_s: float = 0,
    pause_s: float = 0,
    crashes_h: Iterable[float] | None = None,
    mean_time_to_failure_h: float | None = None,
    years: float = 1,
    generator: np.random.Generator | None = None,
) -> Recovery:
    """Let a machine crash that is saved by snapshots, and see what is lost.

    Args:
        interval_h: how often a snapshot is begun, in hours; the first one is complete at hour 0.
        restore_s: how long it takes to bring one back, in seconds.
        snapshot_s: how long it takes until a snapshot is complete and away from the host, in
            seconds; no longer than the interval.
        detection_s: how long a crash goes unnoticed, in seconds.
        pause_s: for how long the machine stands still while one is begun, in seconds.
        crashes_h: when it crashes, in hours; or
        mean_time_to_failure_h: how long it works on average until it crashes, in hours, and
        years: for how long, in years of 365 days, and
        generator: the source of chance.

    Returns:
        The recovery point of each crash, and the recovery time.

    Raises:
        ParameterError: a number is negative or of no use; or crashes are given and to be drawn, or
            neither.

    Example:
        >>> nightly = recovery(24, restore_s=300, snapshot_s=1800, crashes_h=[23.9, 24.1, 30])
        >>> [round(lost_s / 3600, 1) for lost_s in nightly.lost_s]
        [23.9, 24.1, 6.0]
        >>> nightly.expected_recovery_point_s / 3600
        12.5
    """
    require("interval_h", interval_h, above=0)
    require("restore_s", restore_s, at_least=0)
    require("detection_s", detection_s, at_least=0)
    interval_s = interval_h * _SECONDS_PER_HOUR
    require("snapshot_s", snapshot_s, at_least=0, at_most=interval_s)
    require("pause_s", pause_s, at_least=0, at_most=interval_s)
    require("years", years, above=0)
    times_h = _crashes(crashes_h, mean_time_to_failure_h, years, generator)
    delay_h = snapshot_s / _SECONDS_PER_HOUR
    complete = np.floor((times_h - delay_h) / interval_h)
    lost_h = times_h - np.maximum(0.0, complete) * interval_h
    worst_s = interval_s + snapshot_s
    if lost_h.size and not (
        lost_h.min() >= 0 and lost_h.max() * _SECONDS_PER_HOUR <= worst_s * (1 + 1e-9)
    ):
        raise ConservationError(f"a crash lost {lost_h.max()} h or {lost_h.min()} h")
    remark = ""
    if not times_h.size:
        remark = f"nothing crashed in {years:g} years, so that nothing was lost"
    return Recovery(
        interval_h=interval_h,
        crashes_h=tuple(times_h.tolist()),
        lost_s=tuple((lost_h * _SECONDS_PER_HOUR).tolist()),
        recovery_time_s=detection_s + restore_s,
        expected_recovery_point_s=interval_s / 2 + snapshot_s,
        worst_possible_s=worst_s,
        share_paused=pause_s / interval_s,
        years=years,
        remark=remark,
    )


def best_interval_h(pause_s: float, mean_time_to_failure_h: float) -> float:
    """Return how often to take a snapshot so that pauses and lost work are least together.

    A pause of C every T hours costs the share C / T, and a crash every F hours loses T / 2, the
    share T / (2 F). Their sum is least at T = sqrt(2 C F).

    Args:
        pause_s: for how long a snapshot stops the work, in seconds.
        mean_time_to_failure_h: how long the machine works on average until it crashes, in hours.

    References:
        Young, "A First Order Approximation to the Optimum Checkpoint Interval", Communications of
        the ACM 17(9), 1974.

    Example:
        >>> best_interval_h(pause_s=36, mean_time_to_failure_h=200)
        2.0
    """
    require("pause_s", pause_s, above=0)
    require("mean_time_to_failure_h", mean_time_to_failure_h, above=0)
    return math.sqrt(2 * pause_s / _SECONDS_PER_HOUR * mean_time_to_failure_h)


def _crashes(
    crashes_h: Iterable[float] | None,
    mean_time_to_failure_h: float | None,
    years: float,
    generator: np.random.Generator | None,
) -> np.ndarray:
    """Return when it crashes, in hours."""
    if (crashes_h is None) == (mean_time_to_failure_h is None):
        raise ParameterError(
            "expected either crashes_h, or mean_time_to_failure_h and a generator, found "
            + ("neither" if crashes_h is None else "both"),
            name="crashes_h",
            value=crashes_h,
        )
    duration_h = years * HOURS_PER_YEAR
    if crashes_h is not None:
        given = list(crashes_h)
        for time_h in given:
            require("crashes_h", time_h, at_least=0, at_most=duration_h)
        return np.array(sorted(given), dtype=np.float64)
    require("mean_time_to_failure_h", mean_time_to_failure_h, above=0)
    if not isinstance(generator, np.random.Generator):
        raise ParameterError(
            "expected generator to be a numpy.random.Generator, such as "
            f"numpy.random.default_rng(1), found {generator!r}",
            name="generator",
            value=generator,
        )
    # Given their number, the crashes of a Poisson process are spread evenly.
    number = generator.poisson(duration_h / mean_time_to_failure_h)  # type: ignore[operator]
    return np.sort(generator.random(number) * duration_h)
