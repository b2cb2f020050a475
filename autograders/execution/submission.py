"""Execute a submission in a kernel that knows whose submission it is."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, setenv

from autograders.marking import STUDENT_VARIABLE
from autograders.secret import SECRET_FILE, find_secret_file
from course.live.labvm.vm import NAME_VARIABLE as LABVM_VARIABLE

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["ExecuteSubmission"]

_UNDEFINED = (
    "A name that this check needs does not exist when the notebook runs once from top to bottom. "
    "Was it defined in a cell further down, or in one that you have deleted since? "
    "Before you hand in, choose Kernel > Restart Kernel and Run All Cells.\n"
)


class ExecuteSubmission(Execute):  # type: ignore[misc]  # nbgrader ships no types
    """Run a learner's notebook from top to bottom, grade cells included."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], **options: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run the notebook; called by nbgrader once for each notebook of a submission.

        Args:
            nb: the notebook, with its grade cells taken from the gradebook.
            resources: nbgrader's own, which say whose submission it is.
            options: nbconvert's own.
        """
        if find_secret_file() is None:
            self.log.warning(
                "Hidden tests are drawn from the public default secret, which is fit for trying "
                "out only. The README says how to make one of your own: %s",
                SECRET_FILE,
            )
        variables = {
            STUDENT_VARIABLE: resources["nbgrader"]["student"],
            # A lab VM of its own, which ends with its kernel: nobody finds what another has made.
            LABVM_VARIABLE: f"grading-{secrets.token_hex(4)}",
        }
        with setenv(**variables):
            nb, resources = super().preprocess(nb, resources, **options)
        for cell in nb.cells:
            if is_grade(cell) and _raised_name_error(cell):
                cell.outputs.append(new_output("stream", name="stdout", text=_UNDEFINED))
        return nb, resources


def _raised_name_error(cell: NotebookNode) -> bool:
    return any(
        output.output_type == "error" and output.ename == "NameError"
        for output in cell.get("outputs", [])
    )
