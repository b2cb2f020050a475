"""Explorers: sliders, a model, a chart.

- `ConsolidationExplorer`: lesson 01, host size, headroom, overhead and heuristic
"""

from course.widgets.consolidation import ConsolidationExplorer

__all__ = ["ConsolidationExplorer"]
