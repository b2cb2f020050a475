"""What can be said of the two functions of lesson 07, from cases small enough for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.exercise.notes import Note, near, number_notes
from course.exercise.own_work import call

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from course.exercise.answer import Answer

__all__ = ["READY_MADE", "desired_replicas", "erlang_c"]

#: Packages whose functions would do the work.
READY_MADE = ("course", "simpy", "scipy", "pandas")

# With one server all are busy as often as it is; with two and one erlang a third of all wait.
_WAITING: tuple[tuple[tuple[Any, ...], float], ...] = (((1, 0.5), 0.5), ((2, 1.0), 1 / 3))
# Twice as busy as they should be: twice as many. As busy as they should be: no change.
_WISHES: tuple[tuple[tuple[Any, ...], float], ...] = (
    ((4, 1.0, 0.5), 8),
    ((4, 0.5, 0.5), 4),
    ((3, 0.7, 0.5), 5),
)


def _tried(name: str, function: Any, cases: Sequence[tuple[tuple[Any, ...], float]]) -> list[Note]:
    if not callable(function):
        return [Note.unanswered(name)]
    for arguments, expected in cases:
        outcome = call(function, *arguments, packages=READY_MADE)
        asked = f"{name}({', '.join(map(str, arguments))})"
        if outcome.ready_made:
            return [
                Note.mistake(
                    f"{name} lets a ready-made function do the work. "
                    "The exercise is to write it, so that would earn nothing."
                )
            ]
        if outcome.error is not None:
            error = outcome.error
            return [Note.mistake(f"{asked} raised {type(error).__name__}: {error}")]
        if outcome.value is None:
            return [Note.unanswered(name)]
        if number_notes("", outcome.value) or not near(float(outcome.value), expected):
            return [
                Note.mistake(f"{asked} gives {outcome.value!r}; work it out with pen and paper.")
            ]
    return []


def _of(
    name: str, cases: Sequence[tuple[tuple[Any, ...], float]]
) -> Callable[[Any, Answer], list[Note]]:
    def notes(_task: Any, answer: Answer) -> list[Note]:
        return _tried(name, answer.values.get(name), cases)

    return notes


erlang_c = _of("erlang_c", _WAITING)
desired_replicas = _of("desired_replicas", _WISHES)
