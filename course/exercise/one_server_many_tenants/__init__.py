"""Lesson 01, *One server, many tenants*: its personal problem and its formative notes.

- `problem`: the room, the host, the terms
- `inventory`: how the servers and the host are drawn
- `puzzles`: how the packing puzzles are drawn
- `mistakes`: the usual mistakes and the sentences that name them
- `notes`: what can be said of an answer without knowing whether it is right
"""

from course.exercise.one_server_many_tenants.notes import NOTES
from course.exercise.one_server_many_tenants.problem import ConsolidationProblem, pose

__all__ = ["NOTES", "ConsolidationProblem", "pose"]
