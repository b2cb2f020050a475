"""The instructor's package: reference answers, checks and the marking of submissions.

It is used from the instructor's checkout only: no wheel and no student repository holds it.
"""

from autograders.marking import grade

__all__ = ["grade"]
