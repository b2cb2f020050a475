"""Explorers: sliders, a model, charts; and the engine that a lesson uses.

- `engine_status`: which engine, why, its age; start it, stop it, clean up
- `my_work`: download all of the learner's work, bring it back, hand a lesson in
- `ConsolidationExplorer`: lesson 01, host size, headroom, overhead and heuristic
- `ToyMachineExplorer`: lesson 02, what privileged instructions cost, and the break-evens
- `BuildOrderExplorer`: lesson 04, the order of a Dockerfile against a month of edits
- `StartTimesExplorer`: lesson 05, published start-up times beside one's own
- `DensityExplorer`: lesson 06, how many fit on a host, and what ends it
- `OvercommitExplorer`: lesson 06, how much more may be promised than there is
- `ScalingExplorer`: lesson 07, what the start-up time of replicas costs under load
- `MigrationExplorer`: lesson 09, how fast a machine may write while it moves
- `AvailabilityExplorer`: lesson 09, what policies, spare hosts and quick restarts buy
- `Explorer`: what they have in common; see `course.widgets.explorer`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from course.widgets.build_order import BuildOrderExplorer
from course.widgets.consolidation import ConsolidationExplorer
from course.widgets.engine_status import EngineStatus, engine_status
from course.widgets.explorer import Explorer, Shown
from course.widgets.my_work import MyWork, my_work
from course.widgets.start_times import StartTimesExplorer
from course.widgets.toy_machine import ToyMachineExplorer

if TYPE_CHECKING:
    from course.widgets.availability import AvailabilityExplorer
    from course.widgets.density import DensityExplorer
    from course.widgets.migration import MigrationExplorer
    from course.widgets.overcommit import OvercommitExplorer
    from course.widgets.scaling import ScalingExplorer

__all__ = [
    "AvailabilityExplorer",
    "BuildOrderExplorer",
    "ConsolidationExplorer",
    "DensityExplorer",
    "EngineStatus",
    "Explorer",
    "MigrationExplorer",
    "MyWork",
    "OvercommitExplorer",
    "ScalingExplorer",
    "Shown",
    "StartTimesExplorer",
    "ToyMachineExplorer",
    "engine_status",
    "my_work",
]

# Their models bring numpy along, which the other lessons need not wait for.
_LATER = {
    "AvailabilityExplorer": "availability",
    "DensityExplorer": "density",
    "MigrationExplorer": "migration",
    "OvercommitExplorer": "overcommit",
    "ScalingExplorer": "scaling",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
