"""Who the learner is, written in one way."""

from __future__ import annotations

import unicodedata

__all__ = ["EXAMPLE_STUDENT", "normalise_student_id"]

#: Whose numbers a notebook shows until its learner has written an id.
EXAMPLE_STUDENT = "example"

_LONGEST = 254  # the longest e-mail address


def normalise_student_id(student_id: object) -> str:
    """Return the id as it is compared and hashed: trimmed, in one Unicode form, without case.

    Args:
        student_id: the id as a learner typed it, or None for the example student.

    Returns:
        The normalised id.

    Raises:
        TypeError: the id is not text.
        ValueError: the id is empty, too long, or holds a slash or a control character.

    >>> normalise_student_id(" Ada.Lovelace ")
    'ada.lovelace'
    """
    if student_id is None:
        return EXAMPLE_STUDENT
    if not isinstance(student_id, str):
        raise TypeError(
            f"student_id is text in quotes, found {type(student_id).__name__} {student_id!r}. "
            f'Try student_id = "{student_id}".'
        )
    name = unicodedata.normalize("NFKC", student_id).strip().casefold()
    if not name:
        raise ValueError('student_id is empty. Write your own, such as student_id = "ada".')
    if len(name) > _LONGEST:
        raise ValueError(f"student_id is {len(name)} characters long, expected {_LONGEST} or fewer")
    for character in name:
        if character in "/\\" or unicodedata.category(character).startswith("C"):
            raise ValueError(
                f"student_id holds the character {character!r}, which no id has. "
                "Copy your id from the course's list."
            )
    return name
