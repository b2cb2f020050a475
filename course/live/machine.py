"""How busy the machine is on which the notebook runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Utilisation", "utilisation"]


@dataclass(frozen=True)
class Utilisation:
    """How busy a machine's cores were, measured.

    Attributes:
        interval_s: the length of each sample, in seconds.
        cores: how many cores it has.
        samples: for each sample, the fraction of all cores that was busy, 0 to 1.
    """

    interval_s: float
    cores: int
    samples: tuple[float, ...]

    @property
    def average(self) -> float:
        """The fraction of the cores that was busy, over all samples."""
        return sum(self.samples) / len(self.samples)

    def __str__(self) -> str:
        seconds = self.interval_s * len(self.samples)
        return (
            f"measured on this machine, {self.cores} cores, over {seconds:.1f} s: "
            f"{self.average:.1%} busy, {1 - self.average:.1%} idle"
        )


def utilisation(
    seconds: float = 3.0,
    interval_s: float = 0.25,
    *,
    progress: Callable[[float], None] | None = None,
) -> Utilisation:
    """Measure how busy this machine is.

    In a container the kernel reports the whole machine, its other tenants included: on Binder the
    figure is that of the node on which many learners sit.

    Args:
        seconds: how long to measure, in seconds.
        interval_s: the length of each sample, in seconds.
        progress: called after each sample with the fraction that is done.

    Raises:
        ValueError: a duration is not positive, or shorter than one sample.
    """
    import psutil

    if not 0 < interval_s <= seconds:
        raise ValueError(
            f"expected 0 < interval_s <= seconds, found interval_s {interval_s!r} "
            f"and seconds {seconds!r}"
        )
    count = round(seconds / interval_s)
    samples = []
    for number in range(count):
        samples.append(psutil.cpu_percent(interval=interval_s) / 100)
        if progress is not None:
            progress((number + 1) / count)
    return Utilisation(interval_s, psutil.cpu_count() or os.cpu_count() or 1, tuple(samples))
