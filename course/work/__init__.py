"""A learner's work: saved as one file, brought back, and handed in.

- `save`: all of a workspace as one archive
- `restore`: bring an archive back, and lose nothing that is there
- `submit`: one assignment as the archive that an instructor collects
- `workspace`: which folder holds the learner's work
- `WorkError`: what can go wrong, said for a learner

What an archive holds and how it is checked is in `course.work.archive`; what is said about a
notebook before it is handed in, in `course.work.condition`.
"""

from course.work.errors import WorkError
from course.work.restoring import Change, Restored, restore
from course.work.saving import Saved, save
from course.work.submitting import Submission, submit
from course.work.tree import workspace

__all__ = [
    "Change",
    "Restored",
    "Saved",
    "Submission",
    "WorkError",
    "restore",
    "save",
    "submit",
    "workspace",
]
