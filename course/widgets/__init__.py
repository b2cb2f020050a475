"""Explorers: sliders, a model, a chart; and the engine that a lesson uses.

- `engine_status`: which engine, why, its age; start it, stop it, clean up
- `my_work`: download all of the learner's work, bring it back, hand a lesson in
- `ConsolidationExplorer`: lesson 01, host size, headroom, overhead and heuristic
- `ToyMachineExplorer`: lesson 02, what privileged instructions cost, and the break-evens
- `BuildOrderExplorer`: lesson 04, the order of a Dockerfile against a month of edits
- `StartTimesExplorer`: lesson 05, published start-up times beside one's own
"""

from course.widgets.build_order import BuildOrderExplorer
from course.widgets.consolidation import ConsolidationExplorer
from course.widgets.engine_status import EngineStatus, engine_status
from course.widgets.my_work import MyWork, my_work
from course.widgets.start_times import StartTimesExplorer
from course.widgets.toy_machine import ToyMachineExplorer

__all__ = [
    "BuildOrderExplorer",
    "ConsolidationExplorer",
    "EngineStatus",
    "MyWork",
    "StartTimesExplorer",
    "ToyMachineExplorer",
    "engine_status",
    "my_work",
]
