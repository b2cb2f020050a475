"""Measurements of processes, containers and virtual machines, as tidy tables.

==============  ==========================================================================
`startup`       how long a start takes
`footprint`     what one service takes of disk and memory, run each way
`density`       how many fit into the same memory
`overhead`      what the same work costs in each of them
`migration`     moving a running virtual machine, while it writes to its memory
`recovery`      coming back after a crash
`beside`        a table's figures beside what was claimed, published and modelled
`Table`, `Row`  what they return
==============  ==========================================================================

Each experiment measures once and records what it found in a file of the current folder, so that a
notebook that is run again, or graded, shows the same figures; ``again=True`` measures anew.
A table never compares figures of unlike processors without being told to.
"""

from course.live.experiments.comparison import Comparison, ComparisonRow, beside
from course.live.experiments.density import Slope, density, memory_per_instance_mib
from course.live.experiments.errors import (
    MixedAcceleratorsError,
    TableFileError,
    UnknownNameError,
)
from course.live.experiments.footprint import footprint
from course.live.experiments.migration import migration
from course.live.experiments.overhead import overhead
from course.live.experiments.recovery import recovery
from course.live.experiments.startup import startup
from course.live.experiments.table import Row, Table
from course.live.experiments.vocabulary import EXPERIMENTS, QUANTITIES

__all__ = [
    "EXPERIMENTS",
    "QUANTITIES",
    "Comparison",
    "ComparisonRow",
    "MixedAcceleratorsError",
    "Row",
    "Slope",
    "Table",
    "TableFileError",
    "UnknownNameError",
    "beside",
    "density",
    "footprint",
    "memory_per_instance_mib",
    "migration",
    "overhead",
    "recovery",
    "startup",
]
