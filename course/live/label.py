"""The label that every object made for a lesson carries, and by which alone they are removed."""

__all__ = ["LABEL", "LESSON"]

LABEL = "course.made-for"
#: The label's value. The course's own images carry another one: cleaning up must not remove them.
LESSON = "lesson"
