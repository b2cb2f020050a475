"""What happens over time, in models: what virtualization costs, starts, migrations.

================  ======================================================================
`overhead`        a toy machine with privileged instructions, run in four ways
`booting`         `boot`: how long starts take, drawn from published figures
`boot_models`     one model of start-up for each technology
`boot_beyond`     those of public clouds and of a cluster, with their sources
`boot_fitting`    from published figures to a model
`boot_records`    what a published figure, a model and a sample are
`distributions`   point, lognormal, Weibull: fitted to the few figures there are
`precopy`         `migrate`: live migration, round by round
`errors`          what goes wrong in a simulation
================  ======================================================================

They know neither charts nor widgets nor Docker. Chance is a generator that is passed in.

>>> import random
>>> from course.simulation import boot, migrate
>>> boot("container", 2, random.Random(0)).times_s
(0.2, 0.2)
>>> migrate(memory_mib=1024, bandwidth_mib_per_s=128, dirty_mib_per_s=32).downtime_ms
125.0
"""

from course.simulation import overhead
from course.simulation.boot_models import boot_model, boot_models
from course.simulation.boot_records import BootModel, BootSample
from course.simulation.booting import boot
from course.simulation.errors import (
    AssemblyError,
    InstructionError,
    ParameterError,
    SimulationError,
    StepLimitError,
    UnknownNameError,
)
from course.simulation.precopy import METHODS, Migration, Round, migrate

__all__ = [
    "METHODS",
    "AssemblyError",
    "BootModel",
    "BootSample",
    "InstructionError",
    "Migration",
    "ParameterError",
    "Round",
    "SimulationError",
    "StepLimitError",
    "UnknownNameError",
    "boot",
    "boot_model",
    "boot_models",
    "migrate",
    "overhead",
]
