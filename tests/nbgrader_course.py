"""An nbgrader course in a folder of its own, worked with nbgrader's real commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, SubmittedNotebook

ASSIGNMENT = "01-one-server-many-tenants"
IMAGES_ASSIGNMENT = "04-images-and-layers"
STARTUP_ASSIGNMENT = "05-startup-and-footprint"


@dataclass(frozen=True)
class Course:
    """A folder that holds `nbgrader_config.py`, `source/` and what nbgrader makes of them.

    Attributes:
        root: the folder.
        assignment: which of its assignments is worked on.
    """

    root: Path
    assignment: str = ASSIGNMENT

    @classmethod
    def copy_of(cls, project: Path, folder: Path, assignment: str = ASSIGNMENT) -> Course:
        """Copy what makes a project an nbgrader course, with one assignment."""
        shutil.copy(project / "nbgrader_config.py", folder)
        shutil.copytree(project / "source" / assignment, folder / "source" / assignment)
        return cls(folder, assignment)

    def run(self, *arguments: str) -> str:
        """Run one of nbgrader's commands in this course and return what it prints."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return output

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one of nbgrader's commands in this course."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTOGRADERS_")}
        return subprocess.Popen(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def generated(self) -> Course:
        """Generate the assignment."""
        self.run("generate_assignment", self.assignment)
        return self

    def folder(self, step: str, student: str = "") -> Path:
        """Return the folder of one of nbgrader's steps, such as `release` or `autograded`."""
        return self.root / step / student / self.assignment

    def notebook(self, step: str, student: str = "") -> nbformat.NotebookNode:
        """Read the notebook of one of nbgrader's steps."""
        path = self.folder(step, student) / f"{self.assignment}.ipynb"
        return nbformat.read(path, as_version=4)

    def submit(self, student: str, notebook: nbformat.NotebookNode) -> None:
        """Put a submission where nbgrader collects them."""
        folder = self.folder("submitted", student)
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{self.assignment}.ipynb")

    def gradebook(self) -> Gradebook:
        """Open the gradebook; use it as a context manager."""
        return Gradebook(f"sqlite:///{self.root / 'gradebook.db'}")

    def possible_points(self) -> dict[str, float]:
        """Return the points of each grade cell that is marked automatically."""
        return {
            cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
            for cell in self.notebook("release").cells
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
        }

    def scores(self, student: str) -> dict[str, float | None]:
        """Return the score of each graded cell of a student's submission."""
        with self.gradebook() as gradebook:
            submission: SubmittedNotebook = gradebook.find_submission_notebook(
                self.assignment, self.assignment, student
            )
            return {grade.name: grade.auto_score for grade in submission.grades}

    def messages(self, student: str) -> dict[str, str]:
        """Return what each grade cell of a graded submission printed or raised."""
        return {
            cell.metadata.nbgrader.grade_id: "\n".join(
                output.get("text", "") + output.get("evalue", "") for output in cell.outputs
            )
            for cell in self.notebook("autograded", student).cells
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
        }

    def feedback(self, student: str) -> str:
        """Return the page that tells a student how the submission was marked, as HTML."""
        return (self.folder("feedback", student) / f"{self.assignment}.html").read_text()
