"""Make this repository an nbgrader course: `source/` in, `gradebook.db` and `feedback/` out."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

c = get_config()  # noqa: F821 (traitlets provides it)

ROOT = Path(__file__).resolve().parent


def put_first(variable: str, folder: Path) -> None:
    """Let programs look into a folder before all others."""
    others = [path for path in os.environ.get(variable, "").split(os.pathsep) if path]
    os.environ[variable] = os.pathsep.join(dict.fromkeys([str(folder), *others]))


# nbgrader calls `alembic` by name: find it without an activated environment too.
put_first("PATH", Path(sys.executable).parent)
# Templates in here go before nbconvert's, whose pages load MathJax from the internet.
put_first("JUPYTER_PATH", Path(find_spec("autograders").origin).parent / "share")
os.environ.setdefault("AUTOGRADERS_ROOT", str(ROOT))  # where the course's secret lies

c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "measured-virtualization"

# A released notebook runs from top to bottom before anything is answered.
c.ClearSolutions.code_stub = {"python": "# Your answer goes here."}
c.ClearSolutions.text_stub = "*Your answer goes here.*"
# A marking scheme stands in the locked cell that asks the question, whose answer is graded by hand.
# nbgrader keeps locked cells in its gradebook, so the grader sees the scheme again.
c.ClearMarkScheme.enforce_metadata = False

# A grade cell that a learner deleted is put back and marked, not left open for ever.
c.OverwriteCells.add_missing_cells = True

# For zip_collect: one archive for each student, downloaded/ASSIGNMENT/archive/STUDENT.zip, with the
# notebook in it, in a folder or not, and beside it what the learner measured (.json) and made (disk
# images). nbgrader puts the extension back by itself.
c.FileNameCollectorPlugin.named_regexp = (
    r".*/extracted/(?P<student_id>[^/]+)/(?:.*/)?(?P<file_id>[^/]+)\.[a-z0-9]+$"
)
c.FileNameCollectorPlugin.valid_ext = [
    *(".ipynb", ".json"),
    *(".raw", ".qcow2", ".vmdk", ".vdi", ".vhdx", ".vpc", ".vhd"),
]

c.Autograde.autograde_preprocessors = [
    "autograders.execution.ExecuteSubmission",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Execute.timeout = 120  # seconds for one cell
c.Execute.shutdown_kernel = "immediate"

c.KernelManager.transport_encryption = "auto"  # other users can listen on the loopback

# Formgrader would show the server's whole configuration, its token included.
c.FormgradeExtension.debug = False
# Feedback and Formgrader show charts as pictures.
c.HTMLExporter.exclude_anchor_links = True
c.HTMLExporter.preprocessors = ["autograders.feedback.DrawCharts"]
