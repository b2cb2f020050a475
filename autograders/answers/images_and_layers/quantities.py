"""Every number that lesson 04 asks for: what is right, and where the usual mistakes lead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograders.checks import FOLLOWED_WITHIN, Mistake, Quantity, Values
from course.exercise.images_and_layers.notes import layer_bytes_notes, order_notes, steps_notes
from course.model import BYTES_PER_MB
from course.sizing.images import disk_bytes, rebuilt

if TYPE_CHECKING:
    from course.exercise.images_and_layers.problem import ImagesProblem

__all__ = ["CONTAINERS", "layer_bytes", "quantities", "rebuilt_steps", "wrong_layer_bytes",
           "wrong_steps"]  # fmt: skip

CONTAINERS = 3
_OVERWRITES = "COPY menus/today.txt /srv/site/menu.txt"


def layer_bytes(task: ImagesProblem) -> dict[int, int]:
    """Return what each line of the shop's Dockerfile adds, in bytes, for those that add any."""
    sizes, found = task.shop.sizes_bytes, {}
    for number, line in enumerate(task.shop.lines, 1):
        keyword, *words = line.split()
        if keyword == "COPY":
            found[number] = sum(
                size
                for path, size in sizes.items()
                if any(path == s or (path.startswith(s) and s.endswith("/")) for s in words[:-1])
            )
        elif keyword == "RUN":
            found[number] = task.shop.index_bytes
    return found


def wrong_layer_bytes(task: ImagesProblem) -> dict[str, tuple[dict[int, int], float]]:
    """Return the usual mistakes in `layer_bytes`: what they lead to, and what that still earns."""
    right, sizes, lines = layer_bytes(task), task.shop.sizes_bytes, task.shop.lines
    over = lines.index(_OVERWRITES) + 1
    longer = sizes["menus/today.txt"] - sizes["site/menu.txt"]
    first = {
        lines.index("COPY app.py settings.ini /srv/") + 1: sizes["app.py"],
        lines.index("COPY site/ /srv/site/") + 1: sizes["site/index.html"],
    }
    return {
        "overwrite_difference": (right | {over: longer}, 2.0),
        "kilobytes": ({line: size // 1000 for line, size in right.items()}, 1.0),
        "first_source_only": (right | first, 1.0),
        "base_counted": (right | {1: 2_000_000}, 2.0),
        "metadata_counted": (right | {len(lines): 40}, 2.0),
    }


def rebuilt_steps(task: ImagesProblem) -> list[int]:
    """Return the lines of the shop's Dockerfile that are built again after the edit."""
    return rebuilt(task.shop.lines, task.shop.edited)


def wrong_steps(task: ImagesProblem) -> dict[str, tuple[list[int], float]]:
    """Return the usual mistakes in `rebuilt_steps`: where they lead, and what that still earns."""
    right = rebuilt_steps(task)
    return {
        "only_the_changed": (right[:1], 0.5),
        "changed_left_out": (right[1:], 0.5),
        "everything": (list(range(1, len(task.shop.lines) + 1)), 0.0),
        "counts_from_zero": ([number - 1 for number in right], 1.0),
    }


def own_layer_bytes(task: ImagesProblem, own: Values) -> dict[int, float]:
    """Return a learner's `layer_bytes` to go on with, or the right ones where hers cannot serve."""
    value: Any = own.get("layer_bytes")
    if layer_bytes_notes(task, value):
        return dict(layer_bytes(task))
    return {int(line): float(size) for line, size in value.items()}


def own_steps(task: ImagesProblem, own: Values) -> list[int]:
    """Return a learner's `rebuilt_steps` to go on with, or the right ones."""
    value: Any = own.get("rebuilt_steps")
    return rebuilt_steps(task) if steps_notes(task, value) else [int(n) for n in value]


def quantities(task: ImagesProblem, own: Values = MappingProxyType({})) -> Mapping[str, Quantity]:
    """Return every single number that the lesson asks for.

    Args:
        task: the learner's problem.
        own: earlier answers of the learner to go on with; where there is none, or none that can
            serve, the right one is taken.
    """
    return {
        "minutes_saved": _minutes_saved(task, own),
        "pushed_bytes": _pushed_bytes(task, own),
        "three_disks_mb": _three_disks(task),
    }


def _minutes_saved(task: ImagesProblem, own: Values) -> Quantity:
    plan, found = task.kitchen.plan, task.kitchen.found_order
    order: Any = own.get("order")
    followed = plan.best_order() if order_notes(task, order) else tuple(str(s) for s in order)
    before, after = plan.minutes_per_month(found), plan.minutes_per_month(followed)
    saved = before - after
    once = dict.fromkeys(plan.edits_per_month, 1)
    single = type(plan)(plan.first, plan.steps, once)
    return Quantity(
        saved,
        1,
        {
            "seconds_for_minutes": Mistake(60 * saved, 0.5),
            "total_for_saving": Mistake(after, 0.5),
            "one_edit": Mistake(
                single.minutes_per_month(found) - single.minutes_per_month(followed), 0.25
            ),
        },
    )


def _pushed_bytes(task: ImagesProblem, own: Values) -> Quantity:
    right = _sent(layer_bytes(task), rebuilt_steps(task))
    sizes, steps = own_layer_bytes(task, own), own_steps(task, own)
    followed = _sent(sizes, steps)
    if not right / FOLLOWED_WITHIN < followed < right * FOLLOWED_WITHIN:
        sizes, steps = dict(layer_bytes(task)), rebuilt_steps(task)
        followed = right
    reader = rebuilt_steps(task)[0]
    return Quantity(
        followed,
        2,
        {
            "whole_image": Mistake(sum(sizes.values()), 0.25),
            "only_changed_layer": Mistake(sizes.get(reader, 0.0), 0.5),
            "file_only": Mistake(task.shop.sizes_bytes[task.shop.edited], 0.25),
        },
    )


def _sent(sizes: Mapping[int, float], steps: list[int]) -> float:
    return sum(size for line, size in sizes.items() if line in steps)


def _three_disks(task: ImagesProblem) -> Quantity:
    image, written = task.image_mb * BYTES_PER_MB, task.written_mb * BYTES_PER_MB
    return Quantity(
        disk_bytes(image, written, CONTAINERS) / BYTES_PER_MB,
        2,
        {
            "virtual_summed": Mistake(CONTAINERS * (image + written) / BYTES_PER_MB, 0.25),
            "image_forgotten": Mistake(CONTAINERS * written / BYTES_PER_MB, 0.5),
            "written_once": Mistake((image + written) / BYTES_PER_MB, 0.5),
        },
    )
