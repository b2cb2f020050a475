"""How a submission is executed before it is marked.

- `ExecuteSubmission`: nbgrader's own execution, told whose submission it is
"""

from autograders.execution.submission import ExecuteSubmission

__all__ = ["ExecuteSubmission"]
