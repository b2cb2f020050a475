"""Personal problems and formative feedback. No answers are here.

- `problem`: the numbers of one learner, from the assignment and her id
- `check`: what can be said of an answer without knowing the right one
- `Table`: rows with headings, shown as a table
"""

from course.exercise.answer import Answer, UnfinishedAnswer, check
from course.exercise.problem import problem
from course.exercise.student import normalise_student_id
from course.exercise.table import Table

__all__ = ["Answer", "Table", "UnfinishedAnswer", "check", "normalise_student_id", "problem"]
