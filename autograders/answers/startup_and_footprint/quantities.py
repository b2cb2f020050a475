"""Every number of lesson 05 that follows from the personal problem, and where mistakes lead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograders.checks import Mistake, Quantity, Values, own_number
from course.model import BYTES_PER_GB, BYTES_PER_GIB, BYTES_PER_MB

if TYPE_CHECKING:
    from course.exercise.startup_and_footprint.problem import Download, StartupProblem, Tenants

__all__ = ["quantities"]

MB_PER_GB = BYTES_PER_GB / BYTES_PER_MB
BITS_PER_BYTE = 8


def quantities(task: StartupProblem, own: Values = MappingProxyType({})) -> Mapping[str, Quantity]:
    """Return every number that follows from the personal problem.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    return _units(task.download, own) | _disk(task.tenants)


def _units(asked: Download, own: Values) -> dict[str, Quantity]:
    disk_gb = asked.disk_gib * BYTES_PER_GIB / BYTES_PER_GB
    followed_gb = own_number(own, "disk_gb", disk_gb)
    bits_per_s = asked.rate_mbit_per_s * 10**6
    seconds = followed_gb * BYTES_PER_GB * BITS_PER_BYTE / bits_per_s
    return {
        "disk_gb": Quantity(
            disk_gb,
            1,
            {
                "gb_for_gib": Mistake(asked.disk_gib),
                "conversion_inverted": Mistake(asked.disk_gib * BYTES_PER_GB / BYTES_PER_GIB, 0.25),
            },
        ),
        "download_s": Quantity(
            seconds,
            1,
            {
                "bytes_for_bits": Mistake(seconds / BITS_PER_BYTE, 0.25),
                "decimal_for_binary": Mistake(
                    asked.disk_gib * BYTES_PER_GB * BITS_PER_BYTE / bits_per_s, 0.5
                ),
            },
        ),
    }


def _disk(tenants: Tenants) -> dict[str, Quantity]:
    t = tenants
    images_mb = t.base_mb + t.applications * t.own_mb
    return {
        "copies_gb": _gigabytes(
            t.count * t.machine_mb, {"only_one": Mistake(t.machine_mb / MB_PER_GB)}
        ),
        "clones_gb": _gigabytes(
            t.machine_mb + t.count * t.clone_mb,
            {
                "base_for_each": Mistake(t.count * (t.machine_mb + t.clone_mb) / MB_PER_GB, 0.25),
                "base_forgotten": Mistake(t.count * t.clone_mb / MB_PER_GB, 0.5),
                "only_one": Mistake((t.machine_mb + t.clone_mb) / MB_PER_GB),
            },
        ),
        "containers_gb": _gigabytes(
            images_mb + t.count * t.written_mb,
            {
                "virtual_summed": Mistake(
                    t.count * (t.base_mb + t.own_mb + t.written_mb) / MB_PER_GB, 0.25
                ),
                "base_per_application": Mistake(
                    (t.applications * (t.base_mb + t.own_mb) + t.count * t.written_mb) / MB_PER_GB,
                    0.5,
                ),
                "written_once": Mistake((images_mb + t.written_mb) / MB_PER_GB, 0.5),
                "images_forgotten": Mistake(t.count * t.written_mb / MB_PER_GB, 0.25),
            },
        ),
    }


def _gigabytes(right_mb: float, mistakes: Mapping[str, Mistake]) -> Quantity:
    """Return a size that is asked for in GB, with the mistakes that every such size has."""
    everywhere = {
        "megabytes": Mistake(right_mb, 0.5),
        "binary_giga": Mistake(right_mb / 1024, 0.5),
    }
    return Quantity(right_mb / MB_PER_GB, 1, {**mistakes, **everywhere})
