"""Right answers to lesson 04, and wrong ones that each hold one mistake.

The experiments have no answer that could be written down: the tests make them in an engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograders.answers.images_and_layers.items import QUIZ
from autograders.answers.images_and_layers.quantities import (
    layer_bytes,
    quantities,
    rebuilt_steps,
    wrong_layer_bytes,
    wrong_steps,
)
from autograders.answers.images_and_layers.rebuilt_function import rebuilt
from autograders.answers.mutant import Mutant, mutants_of_quantity, mutants_of_quiz
from course.exercise.images_and_layers.mistakes import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from course.exercise.images_and_layers.problem import ImagesProblem

__all__ = ["Mutant", "mutants", "reference"]


def reference(task: ImagesProblem) -> dict[str, Any]:
    """Return a right answer to every item that is no experiment, by the learner's names."""
    return {
        "layer_bytes": layer_bytes(task),
        "rebuilt_steps": rebuilt_steps(task),
        "rebuilt": rebuilt,
        "order": "".join(task.kitchen.plan.best_order()),
        **{name: quantity.right for name, quantity in quantities(task).items()},
        "quiz": {name: right for name, (right, _remarks) in QUIZ.items()},
    }


_ITEM_OF = {"minutes_saved": "plan", "three_disks_mb": "disk"}


def mutants(task: ImagesProblem) -> Iterator[Mutant]:
    """Yield every wrong answer that a usual mistake leads to, and other wrong answers.

    Two mistakes that lead to the same answer cannot be told apart; the first is taken.
    """
    right = reference(task)
    for name, (value, points) in wrong_layer_bytes(task).items():
        yield Mutant(
            f"layer_bytes: {name}", "layer_bytes", "layer_bytes", value, 3 - points, MISTAKES[name]
        )
    half = dict(list(right["layer_bytes"].items())[:2])
    yield Mutant("layer_bytes: few", "layer_bytes", "layer_bytes", half, 3, "right in 2 of the")
    for name, (steps, points) in wrong_steps(task).items():
        yield Mutant(
            f"rebuilt_steps: {name}", "rebuilt_steps", "rebuilt_steps", steps, 2 - points,
            MISTAKES[name],
        )  # fmt: skip
    yield Mutant("rebuilt_steps: wild", "rebuilt_steps", "rebuilt_steps", [2, 9], 2, "is not what")
    for variable, quantity in quantities(task).items():
        item = _ITEM_OF.get(variable, variable)
        yield from mutants_of_quantity(variable, item, quantity, MISTAKES)
    yield Mutant("order: impossible", "plan", "order", "GFEDCBA", 2, "which it needs")
    yield from mutants_of_quiz(QUIZ)
