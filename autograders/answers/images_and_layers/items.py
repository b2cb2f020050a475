"""How each item of lesson 04 is marked; the experiments by what the engine holds."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.answers.images_and_layers import rebuilt_function
from autograders.answers.images_and_layers.quantities import (
    layer_bytes,
    quantities,
    rebuilt_steps,
    wrong_layer_bytes,
    wrong_steps,
)
from autograders.checks import Mark, Marker, choices, identity, joined, numbers
from autograders.engine_state import engine_state
from autograders.experiments import experiment
from course.exercise.images_and_layers import experiments
from course.exercise.images_and_layers.mistakes import MISTAKES
from course.exercise.images_and_layers.notes import layer_bytes_notes, order_notes, steps_notes
from course.exercise.notes import number_notes, unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from course.exercise import Answer
    from course.exercise.draw import Draw
    from course.exercise.images_and_layers.problem import ImagesProblem

__all__ = ["ITEMS", "QUIZ"]

#: The right option of each question of the quiz, and what is said to each option.
QUIZ: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "deleted": (
            "c",
            {
                "a": "the layer with the file is below, and layers never change.",
                "b": "a layer cannot reach into the one below and shrink it.",
                "c": "right: the file is hidden, and it is sent and stored all the same.",
                "d": "nothing is stored twice; the deletion itself takes next to nothing.",
            },
        ),
        "name": (
            "b",
            {
                "a": "a tag, and latest is one, leads wherever it was moved last.",
                "b": "right: the digest is made from the bytes.",
                "c": "a version number in a tag is a promise of people, and tags can be moved.",
                "d": "a container's name says nothing of its image's bytes.",
            },
        ),
        "anywhere": (
            "d",
            {
                "a": "the files are in the image, so they come along.",
                "b": "the variables of the image come along.",
                "c": "the interpreter is a file of the image, so it comes along.",
                "d": "right: the kernel is the host's.",
            },
        ),
        "prune": (
            "a",
            {
                "a": "right: whatever no container uses is gone, names or not.",
                "b": "a container that runs is left alone, and so is its image.",
                "c": "a registry is another store and is not touched.",
                "d": "a mounted folder of the host is no object of the engine's.",
            },
        ),
    }
)


_numbers = partial(numbers, quantities, MISTAKES)


def _layer_bytes(task: ImagesProblem, answer: Answer, _draw: Draw) -> Mark:
    value: Any = answer.values.get("layer_bytes")
    if notes := layer_bytes_notes(task, value):
        return Mark(0, 3, notes[0].text)
    given = {int(line): int(size) for line, size in value.items() if size}
    right = layer_bytes(task)
    if given == right:
        return Mark(3, 3, "layer_bytes is right, line by line.")
    wrong = wrong_layer_bytes(task)
    # What is counted beside the files costs the same, however much it is.
    beside = {line: size for line, size in given.items() if line not in right}
    if beside and {line: size for line, size in given.items() if line in right} == right:
        name = "base_counted" if 1 in beside else "metadata_counted"
        return Mark(wrong[name][1], 3, f"layer_bytes: {MISTAKES[name]}")
    for name, (mistaken, points) in wrong.items():
        if given == {line: size for line, size in mistaken.items() if size}:
            return Mark(points, 3, f"layer_bytes: {MISTAKES[name]}")
    lines = sum(given.get(line) == size for line, size in right.items())
    points = 1.0 if 2 * lines > len(right) else 0.0
    return Mark(points, 3, f"layer_bytes is right in {lines} of the lines that add files.")


def _rebuilt_steps(task: ImagesProblem, answer: Answer, _draw: Draw) -> Mark:
    value: Any = answer.values.get("rebuilt_steps")
    if notes := steps_notes(task, value):
        return Mark(0, 2, notes[0].text)
    given = sorted({int(number) for number in value})
    if given == rebuilt_steps(task):
        return Mark(2, 2, "rebuilt_steps is right.")
    for name, (mistaken, points) in wrong_steps(task).items():
        if given == mistaken or (name == "everything" and given == mistaken[1:]):
            return Mark(points, 2, f"rebuilt_steps: {MISTAKES[name]}")
    return Mark(0, 2, "rebuilt_steps is not what this edit reaches: which line reads the file?")


def _order(task: ImagesProblem, answer: Answer) -> Mark:
    value: Any = answer.values.get("order")
    if notes := order_notes(task, value):
        return Mark(0, 2, notes[0].text)
    plan = task.kitchen.plan
    minutes = plan.minutes_per_month([str(letter) for letter in value])
    best = plan.minutes_per_month(plan.best_order())
    if minutes <= best * (1 + 1e-9):
        return Mark(2, 2, "No order takes less time.")
    if minutes <= 2 * best:
        return Mark(1, 2, "This order is good, and another one is better still.")
    if minutes < plan.minutes_per_month(task.kitchen.found_order):
        return Mark(0.5, 2, "This order is better than the one that was found, and far from best.")
    return Mark(0, 2, "This order saves nothing. What is edited often should come late.")


def _plan(task: ImagesProblem, answer: Answer, draw: Draw) -> Mark:
    return joined([_order(task, answer), _numbers("minutes_saved")(task, answer, draw)])


def _secret(task: ImagesProblem, answer: Answer, _draw: Draw) -> Mark:
    secret, layer = answer.values.get("secret"), answer.values.get("secret_layer")
    if unanswered(secret):
        return Mark(0, 3, "secret is not answered yet.")
    name = task.image("leaky")
    look = engine_state().look(f"the image {name}", lambda client: experiments.leaks(client, task))
    if look.found is None:
        return Mark(0, 3, look.missing)
    asked = [leak for leak in look.found if leak.deleted and not leak.replaced]
    if not asked:
        return Mark(0, 3, f"Looked for a deleted token in {name}: no layer of it holds one.")
    text = str(secret).strip()
    if text == asked[0].token:
        named = Mark(2, 2, "This is the deleted token.")
    elif text in {leak.token for leak in look.found}:
        named = Mark(0.5, 2, f"secret: {MISTAKES['old_token']}")
    elif text == "changeme":
        named = Mark(0, 2, f"secret: {MISTAKES['decoy']}")
    else:
        named = Mark(0, 2, "No layer of the image holds this token.")
    if not named.points:
        return joined([named, Mark(0, 1, "Where it lies counts once it is found.")])
    if notes := number_notes("secret_layer", layer, whole=True):
        return joined([named, Mark(0, 1, notes[0].text)])
    if layer == asked[0].layer:
        return joined([named, Mark(1, 1, "secret_layer is right.")])
    if layer == asked[0].layer - 1:
        return joined([named, Mark(0.5, 1, "secret_layer: layers are counted from 1 here.")])
    return joined([named, Mark(0, 1, "secret_layer is not where the token lies.")])


def _pinned(task: ImagesProblem, answer: Answer, draw: Draw) -> Mark:
    value = answer.values.get("pinned")
    if unanswered(value) or not value:
        return Mark(0, 3, "pinned is not answered yet.")
    return experiment(
        lambda task: f"the digest in the registry {task.name('registry')}",
        lambda client, task: experiments.pinned(client, task, value),
        {"digest": 2, "moved": 1},
    )(task, answer, draw)


#: Every item that is marked automatically, in the order of the lesson.
ITEMS: Mapping[str, Marker] = MappingProxyType(
    {
        "identity": identity,
        "layer_bytes": _layer_bytes,
        "rebuilt_steps": _rebuilt_steps,
        "rebuilt": rebuilt_function.mark,
        "plan": _plan,
        "secret": _secret,
        "contract": experiment(
            lambda task: f"the image {task.image('contract')}",
            experiments.contract,
            dict.fromkeys(("files", "settings", "owner", "size", "layers", "secret"), 1.0),
            only_with="files",
        ),
        "committed": experiment(
            lambda task: f"the image {task.image('committed')}",
            experiments.committed,
            dict.fromkeys(("added", "appended", "deleted", "only"), 1.0),
        ),
        "pushed_bytes": _numbers("pushed_bytes"),
        "pinned": _pinned,
        "disk": _numbers("three_disks_mb"),
        "tills": experiment(
            lambda task: f"the containers {task.name('till-1')} to {task.name('till-3')}",
            experiments.tills,
            {"running": 1.0, "written": 1.0},
        ),
        "pythons": experiment(
            lambda task: f"the containers {task.name('python-3.11')} and its sister",
            experiments.pythons,
            {"3.11": 1.5, "3.13": 1.5, "read-only": 1.0},
        ),
        "quiz": choices("quiz", QUIZ),
    }
)
