"""Explorers: sliders, a model, a chart; and the engine that a lesson uses.

- `engine_status`: which engine, why, its age; start it, stop it, clean up
- `my_work`: download all of the learner's work, bring it back, hand a lesson in
- `ConsolidationExplorer`: lesson 01, host size, headroom, overhead and heuristic
- `BuildOrderExplorer`: lesson 04, the order of a Dockerfile against a month of edits
"""

from course.widgets.build_order import BuildOrderExplorer
from course.widgets.consolidation import ConsolidationExplorer
from course.widgets.engine_status import EngineStatus, engine_status
from course.widgets.my_work import MyWork, my_work

__all__ = [
    "BuildOrderExplorer",
    "ConsolidationExplorer",
    "EngineStatus",
    "MyWork",
    "engine_status",
    "my_work",
]
