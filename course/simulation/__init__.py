"""What happens over time, in models: costs, starts, queues, scaling, migration, failures.

============  ================================================================================
`overhead`    a toy machine with privileged instructions, run in four ways
`booting`     `boot`: how long starts take, drawn from published figures
`queueing`    `queue`: customers in front of servers; `erlang_c` and others in closed form
`scaling`     `autoscale`: replicas that follow a `Load` by the rule of an `Autoscaler`
`migration`   `migrate`: live migration, round by round
`failing`     `fail`: hosts that fail; `availability` and others in closed form; `recovery`
`isolate`     noisy neighbours, the reach of a compromise, exposure to known flaws
============  ================================================================================

`distributions` and `variability` have distributions of times, and `errors` what goes wrong.

Models that are there to be read are SimPy processes (`queueing.process`, `scaling.fluid_process`,
`scaling.requests_process`, `migration.process`, `failing.process`); the quick ones give the same
answers. None of them knows charts, widgets or Docker. Chance is a generator that is passed in.

>>> import numpy
>>> from course.simulation import Exponential, erlang_c, migrate, queue
>>> generator = numpy.random.default_rng(1)
>>> found = queue(Exponential(1), Exponential(0.8), 1, 200_000, generator)
>>> abs(found.share_waiting - erlang_c(1, 0.8)) < 0.01
True
>>> migrate(memory_mib=1024, bandwidth_mib_per_s=128, dirty_mib_per_s=32).downtime_ms
125.0
"""

from importlib import import_module
from typing import TYPE_CHECKING

from course.simulation import isolate, overhead
from course.simulation.booting import BootModel, BootSample, boot, boot_model, boot_models
from course.simulation.distributions import (
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    Point,
    Uniform,
    Weibull,
)
from course.simulation.errors import (
    AssemblyError,
    ConservationError,
    InstructionError,
    ParameterError,
    SimulationError,
    StepLimitError,
    UnknownNameError,
)
from course.simulation.migration import METHODS, Migration, Region, Round, WorkingSet, migrate

if TYPE_CHECKING:
    from course.simulation.failing import (
        KUBERNETES_GRACE_S,
        KUBERNETES_NEWER_GRACE_S,
        KUBERNETES_TOLERATION_S,
        MINUTES_PER_YEAR,
        POLICIES,
        Failures,
        Outage,
        Recovery,
        availability,
        availability_of,
        best_interval_h,
        expected_availability,
        fail,
        in_parallel,
        in_series,
        k_of_n,
        minutes_down_per_year,
        nines,
        recovery,
        spare_hosts_for,
        with_spares,
    )
    from course.simulation.queueing import (
        Queue,
        answered_within,
        erlang_b,
        erlang_c,
        mean_wait_general_s,
        mean_wait_s,
        queue,
        servers_for,
        wait_quantile_s,
    )
    from course.simulation.scaling import (
        Autoscaler,
        Autoscaling,
        Controller,
        Decision,
        Limit,
        Load,
        LoadFileError,
        autoscale,
        autoscale_requests,
        bursty_load,
        daily_load,
        desired_replicas,
        load_from_csv,
        spike_load,
        steady_load,
    )

__all__ = [
    "KUBERNETES_GRACE_S",
    "KUBERNETES_NEWER_GRACE_S",
    "KUBERNETES_TOLERATION_S",
    "METHODS",
    "MINUTES_PER_YEAR",
    "POLICIES",
    "AssemblyError",
    "Autoscaler",
    "Autoscaling",
    "BootModel",
    "BootSample",
    "ConservationError",
    "Controller",
    "Decision",
    "Distribution",
    "Empirical",
    "Erlang",
    "Exponential",
    "Failures",
    "Hyperexponential",
    "InstructionError",
    "Limit",
    "Load",
    "LoadFileError",
    "Lognormal",
    "Migration",
    "Outage",
    "ParameterError",
    "Point",
    "Queue",
    "Recovery",
    "Region",
    "Round",
    "SimulationError",
    "StepLimitError",
    "Uniform",
    "UnknownNameError",
    "Weibull",
    "WorkingSet",
    "answered_within",
    "autoscale",
    "autoscale_requests",
    "availability",
    "availability_of",
    "best_interval_h",
    "boot",
    "boot_model",
    "boot_models",
    "bursty_load",
    "daily_load",
    "desired_replicas",
    "erlang_b",
    "erlang_c",
    "expected_availability",
    "fail",
    "in_parallel",
    "in_series",
    "isolate",
    "k_of_n",
    "load_from_csv",
    "mean_wait_general_s",
    "mean_wait_s",
    "migrate",
    "minutes_down_per_year",
    "nines",
    "overhead",
    "queue",
    "recovery",
    "servers_for",
    "spare_hosts_for",
    "spike_load",
    "steady_load",
    "wait_quantile_s",
    "with_spares",
]

# Packages that load NumPy, which takes longer than all others together.
_ON_DEMAND = ("failing", "queueing", "scaling")


def __getattr__(name: str) -> object:
    """Load what needs NumPy when it is first asked for."""
    if name in __all__:
        for package in _ON_DEMAND:
            its = import_module(f"course.simulation.{package}")
            if name in its.__all__:
                return getattr(its, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
