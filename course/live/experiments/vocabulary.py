"""The words of a table: experiments, technologies, quantities with their units, engines.

Limits are those of what can be at all, on any machine of these decades: they find a figure that was
mistyped or put into another unit, and never a slow machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ACCELERATORS",
    "ENGINES",
    "EXPERIMENTS",
    "FAMILIES",
    "QUANTITIES",
    "Experiment",
    "Quantity",
    "quantity_of",
]


@dataclass(frozen=True)
class Quantity:
    """Something that is measured.

    Attributes:
        unit: the unit of all its figures.
        low: the least that it can be.
        high: the most.
        what: what it is, in a few words.
    """

    unit: str
    low: float
    high: float
    what: str


@dataclass(frozen=True)
class Experiment:
    """What one experiment measures.

    Attributes:
        name: its name, which is its function's too.
        technologies: what is compared.
        main: the quantity that is meant where none is named.
        what: what it measures, for a heading.
    """

    name: str
    technologies: tuple[str, ...]
    main: str
    what: str


#: For each engine, on which kinds of processor its figures can have been measured.
ENGINES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "host": ("native",),
        "docker": ("native",),
        "podman": ("native",),
        "labvm": ("tcg", "kvm"),
        "qemu": ("tcg", "kvm"),
    }
)

#: native: the processor itself; kvm: the processor, in a guest; tcg: QEMU's translation of code.
ACCELERATORS = ("native", "kvm", "tcg")

EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        experiment.name: experiment
        for experiment in (
            Experiment(
                "startup",
                (
                    "process",
                    "container",
                    "created container",
                    "tiny VM",
                    "full VM",
                    "resumed VM",
                ),
                "start",
                "How long a start takes",
            ),
            Experiment(
                "footprint",
                ("process", "container", "tiny VM", "full VM"),
                "disk",
                "What one service takes of disk and memory",
            ),
            Experiment(
                "density",
                ("container", "tiny VM", "clone"),
                "memory",
                "How many fit into the same memory",
            ),
            Experiment(
                "overhead",
                ("process", "container", "virtio VM", "emulated VM"),
                "CPU",
                "What the same work costs",
            ),
            Experiment("migration", ("tiny VM",), "downtime", "Moving a running machine"),
            Experiment(
                "recovery", ("tiny VM", "container"), "restore", "Coming back after a crash"
            ),
        )
    }
)

_DAY_S = 86_400.0
_TEBI = 2.0**40

QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "start": Quantity("s", 1e-5, _DAY_S, "from the request to the first line"),
        "user space": Quantity("s", 1e-3, _DAY_S, "from the request to the guest's first program"),
        "disk": Quantity("B", 1e3, _TEBI, "what the first one takes"),
        "disk, each further": Quantity("B", 0, _TEBI, "what each further one adds"),
        "disk, file": Quantity("B", 1e3, _TEBI, "the file in which it is handed on"),
        "disk, virtual": Quantity("B", 1e3, 2.0**50, "the size that the guest sees"),
        "memory": Quantity("MiB", 0.01, 2.0**20, "resident"),
        "memory, proportional": Quantity("MiB", 0.01, 2.0**20, "shared pages counted in part"),
        "memory, control group": Quantity("MiB", 0.01, 2.0**20, "charged to its control group"),
        "memory, guest used": Quantity("MiB", 0.1, 2.0**20, "as its own kernel counts"),
        "memory, guest total": Quantity("MiB", 1, 2.0**20, "that the guest has"),
        "instances": Quantity("count", 1, 1e5, "how many run"),
        "CPU": Quantity("s", 1e-4, _DAY_S, "a fixed amount of arithmetic"),
        "system call": Quantity("ns", 5, 1e8, "one read or write of a byte"),
        "memory bandwidth": Quantity("MiB/s", 1, 1e7, "filling a buffer with zeros"),
        "random read": Quantity("IOPS", 0.1, 1e8, "4 KiB at random places of a disk"),
        "network": Quantity("MiB/s", 1e-3, 1e6, "sending to a sink"),
        "dirty rate": Quantity("MiB/s", 0, 1e6, "how fast the guest was told to write"),
        "dirty rate, measured": Quantity("MiB/s", 0, 1e6, "how fast the guest wrote"),
        "downtime": Quantity("ms", 0, 1e3 * _DAY_S, "how long it stood still, as QEMU counts"),
        "outage": Quantity("ms", 0, 1e3 * _DAY_S, "how long it did not answer, from outside"),
        "total time": Quantity("s", 1e-4, _DAY_S, "from the first byte to the end"),
        "sent": Quantity("MiB", 0, _TEBI, "over the connection"),
        "rounds": Quantity("count", 0, 1e6, "passes over the memory"),
        "completed": Quantity("count", 0, 1, "whether it moved: 1 or 0"),
        "snapshot": Quantity("s", 1e-4, _DAY_S, "writing the whole state down"),
        "snapshot size": Quantity("MiB", 0.1, 2.0**20, "what was written"),
        "crash noticed": Quantity("s", 0, _DAY_S, "from the kill until it was known"),
        "restore": Quantity("s", 1e-4, _DAY_S, "until it answers again"),
        "content kept": Quantity("count", 0, 1, "whether its memory holds what it held: 1 or 0"),
    }
)

#: Quantities whose names go on: the stage, the part or the round.
FAMILIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "stage: ": Quantity("s", 0, _DAY_S, "a part of the start"),
        "disk: ": Quantity("B", 0, _TEBI, "a part of the disk"),
        "round: ": Quantity("MiB", 0, _TEBI, "sent in one pass"),
    }
)


def quantity_of(name: str) -> Quantity | None:
    """Return what a quantity's name stands for, or None if it is no quantity.

    >>> quantity_of("stage: kernel").unit, quantity_of("weight")
    ('s', None)
    """
    for beginning, quantity in FAMILIES.items():
        if name.startswith(beginning) and len(name) > len(beginning):
            return quantity
    return QUANTITIES.get(name)
