"""Wrong answers that each hold one mistake, for the tests of an assignment's marking.

- `Mutant`: such an answer
- `mutants_of_quantity`, `mutants_of_quiz`: those of the two kinds of answer that every lesson has
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.exercise.notes import near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograders.checks import Quantity

__all__ = ["Mutant", "mutants_of_quantity", "mutants_of_quiz"]


@dataclass(frozen=True)
class Mutant:
    """An answer with one mistake.

    Attributes:
        name: the answer and the mistake, such as `pushed_bytes: whole_image`.
        item: the item in which it is marked.
        variable: which answer holds it.
        value: the wrong value.
        points_lost: what it has to cost.
        sentence: what the learner has to be told, or part of it.
    """

    name: str
    item: str
    variable: str
    value: Any
    points_lost: float
    sentence: str


def mutants_of_quantity(
    variable: str, item: str, quantity: Quantity, sentences: Mapping[str, str]
) -> Iterator[Mutant]:
    """Yield the wrong numbers that usual mistakes lead to, and one that none leads to.

    Two mistakes that lead to the same number cannot be told apart; the first is taken.

    Args:
        variable: which answer holds the number.
        item: the item in which it is marked.
        quantity: the number as it is right.
        sentences: the sentence that names each mistake.
    """
    seen: list[float] = []
    for name, mistake in quantity.distinct_mistakes().items():
        # What is negative is refused before a mistake is looked for.
        if mistake.value < 0 or any(near(mistake.value, other) for other in seen):
            continue
        seen.append(mistake.value)
        yield Mutant(
            f"{variable}: {name}",
            item,
            variable,
            mistake.value,
            quantity.points * (1 - mistake.share),
            sentences[name],
        )
    wild = next(
        value
        for value in (quantity.right * factor + 11 for factor in (7.3, 8.9, 13.1))
        if not any(near(value, other) for other in seen)
    )
    yield Mutant(
        f"{variable}: wild", item, variable, wild, quantity.points, f"{variable} is not what"
    )


def mutants_of_quiz(quiz: Mapping[str, tuple[str, Mapping[str, str]]]) -> Iterator[Mutant]:
    """Yield every wrong answer to one question of a quiz, all others being right.

    Args:
        quiz: for each question the right option, and what is said to each one.
    """
    right = {name: option for name, (option, _remarks) in quiz.items()}
    for name, (option, remarks) in quiz.items():
        for letter, remark in remarks.items():
            if letter != option:
                yield Mutant(
                    f"quiz: {name} {letter}", "quiz", "quiz", right | {name: letter}, 1, remark
                )
