"""Formative notes: what can be said of an answer by one who does not know the right one.

- `Note` and its `Kind`s
- `unanswered`, `identity_notes`, `number_notes`, `choice_notes`: what every kind of answer can be
  checked for
- `near`: whether two numbers are the same but for rounding

Notes name usual mistakes. They are found from the learner's own numbers, from limits that any
answer must keep, and from what the mistake itself leads to. The right value is never computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.exercise.answer import Answer

__all__ = [
    "Kind",
    "Note",
    "choice_notes",
    "identity_notes",
    "near",
    "number_notes",
    "unanswered",
]

#: Answers are compared to within this fraction, so that three or more digits are enough.
TOLERANCE = 0.005


class Kind(Enum):
    """How a note is meant; its value is the mark before it."""

    UNANSWERED = "○"
    MISTAKE = "!"
    POSSIBLE = "✓"


@dataclass(frozen=True)
class Note:
    """One remark about an answer.

    Attributes:
        kind: how it is meant.
        text: what it says, in a sentence or two.
    """

    kind: Kind
    text: str

    @classmethod
    def unanswered(cls, name: str) -> Note:
        """Return the note that an answer is still missing."""
        return cls(Kind.UNANSWERED, f"{name} is not answered yet.")

    @classmethod
    def mistake(cls, text: str) -> Note:
        """Return a note that names a mistake."""
        return cls(Kind.MISTAKE, text)

    @classmethod
    def possible(cls, text: str) -> Note:
        """Return the note that nothing speaks against an answer."""
        return cls(Kind.POSSIBLE, text)


def near(found: float, expected: float, *, tolerance: float = TOLERANCE) -> bool:
    """Return whether two numbers are the same but for rounding.

    >>> near(0.0835, 0.0837), near(100, 107)
    (True, False)
    """
    return math.isclose(found, expected, rel_tol=tolerance, abs_tol=1e-9)


def unanswered(value: Any) -> bool:
    """Return whether a value is what a notebook holds before it is answered.

    >>> unanswered(None), unanswered(...), unanswered(0)
    (True, True, False)
    """
    return value is None or value is Ellipsis or (isinstance(value, str) and not value.strip())


def number_notes(name: str, value: Any, *, whole: bool = False) -> list[Note]:
    """Return what is wrong with a value that should be a number, zero or more.

    Args:
        name: what the learner calls it.
        value: what was found.
        whole: whether only a whole number can be right.
    """
    if unanswered(value):
        return [Note.unanswered(name)]
    if isinstance(value, bool) or not isinstance(value, Real):
        hint = " Leave out the quotes." if isinstance(value, str) else ""
        return [
            Note.mistake(
                f"{name} should be a number, found {type(value).__name__} {_short(value)}.{hint}"
            )
        ]
    try:
        number = float(value)
    except OverflowError:  # a whole number may have more digits than a float
        number = math.inf
    if not math.isfinite(number):
        return [Note.mistake(f"{name} should be a finite number, found {number}.")]
    if number < 0:
        return [Note.mistake(f"{name} cannot be negative, found {value}.")]
    if whole and number != int(number):
        return [Note.mistake(f"{name} should be a whole number, found {value}.")]
    return []


def identity_notes(_problem: object, answer: Answer) -> list[Note]:
    """Return the note that nobody has said whose notebook it is, where that is so."""
    return [Note.unanswered("student_id")] if unanswered(answer.student_id) else []


def choice_notes(item: str, value: Any, options: Mapping[str, Sequence[str]]) -> list[Note]:
    """Return what is wrong with a quiz: a dictionary with one option for each question.

    Args:
        item: what the learner calls the dictionary.
        value: what was found.
        options: for each question the letters that may be chosen.
    """
    if not isinstance(value, Mapping):
        first = next(iter(options))
        return [Note.mistake(f'{item} should stay a dictionary such as {{"{first}": "a", ...}}.')]
    notes: list[Note] = []
    for name, letters in options.items():
        chosen = value.get(name)
        if unanswered(chosen):
            notes.append(Note.unanswered(f'{item}["{name}"]'))
        elif not isinstance(chosen, str) or chosen.strip().lower() not in tuple(letters):
            notes.append(
                Note.mistake(
                    f'{item}["{name}"] should be one of {", ".join(letters)}, found {chosen!r}.'
                )
            )
    return notes


def _short(value: Any, longest: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
