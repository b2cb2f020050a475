"""The explorer of lesson 04: a Dockerfile's order against a month of edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from course import charts_images
from course.widgets.explorer import Explorer, Shown, choice, labelled, slider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.sizing.images import BuildPlan

__all__ = ["BuildOrderExplorer"]

_CONTROL = labelled(230)


class BuildOrderExplorer(Explorer):
    """Put the steps of a Dockerfile into another order, and see the minutes that it saves.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        order: the steps' letters in order; one in which a step misses what it needs is explained.
        chosen: the step that the buttons move.
        edits: how often each file is edited in a month.
        minutes: what the order takes in a month; None while it is not possible.
    """

    order = traitlets.Unicode()
    chosen = traitlets.Unicode()
    edits = traitlets.Dict()
    minutes = traitlets.Float(allow_none=True)

    file_name = "build-order"
    height_px = 300

    def __init__(self, plan: BuildPlan, found: Sequence[str]) -> None:
        """Explore the orders of a Dockerfile.

        Args:
            plan: its steps and the edits of a month.
            found: the order in which it was found.
        """
        self._plan = plan
        self._found = tuple(found)
        steps = {f"{letter}  {step.text}": letter for letter, step in plan.steps.items()}
        chosen = choice("step", steps, **_CONTROL)
        earlier = ipywidgets.Button(description="▲ earlier", tooltip="move the step up")
        later = ipywidgets.Button(description="▼ later", tooltip="move the step down")
        again = ipywidgets.Button(description="as it was found", tooltip="begin again")
        earlier.on_click(lambda _button: self.move(-1))
        later.on_click(lambda _button: self.move(1))
        again.on_click(lambda _button: self.set_trait("order", "".join(self._found)))
        self._sliders = {
            path: slider(f"edits a month of {path}", 0, 200, value=times, **_CONTROL)
            for path, times in plan.edits_per_month.items()
        }
        for each in self._sliders.values():
            each.observe(self._edited, names="value")
        super().__init__(
            {"chosen": chosen},
            begin={
                "order": "".join(self._found),
                "chosen": str(chosen.value),
                "edits": dict(plan.edits_per_month),
            },
            redrawn_by=["order", "edits"],
            arranged=[
                chosen,
                ipywidgets.HBox([earlier, later, again]),
                *self._sliders.values(),
            ],
        )

    def move(self, places: int) -> None:
        """Move the chosen step up or down.

        Args:
            places: by how many places; negative is up, towards the first line.
        """
        letters = list(self.order)
        place = letters.index(self.chosen)
        goal = min(max(place + places, 0), len(letters) - 1)
        letters.insert(goal, letters.pop(place))
        self.order = "".join(letters)

    def _edited(self, _change: Any) -> None:
        self.edits = {path: slider.value for path, slider in self._sliders.items()}

    @traitlets.validate("order")
    def _whole(self, proposal: Any) -> str:
        if sorted(proposal["value"]) != sorted(self._plan.steps):
            raise traitlets.TraitError(
                f"expected each of {''.join(self._plan.steps)} once, found {proposal['value']!r}"
            )
        return str(proposal["value"])

    def draw(self) -> Shown:
        """Return the minutes of the order, or which step fails in it."""
        for path, control in self._sliders.items():
            control.value = self.edits.get(path, control.value)
        plan = type(self._plan)(self._plan.first, self._plan.steps, dict(self.edits))
        if missing := plan.out_of_place(self.order):
            self.minutes = None
            step, needed = missing[0]
            return Shown(
                f"{self.order}: {step} comes before {needed}, which it needs, and would fail."
            )
        self.minutes = minutes = plan.minutes_per_month(self.order)
        before = plan.minutes_per_month(self._found)
        return Shown(
            f"{self.order}: {minutes:,.0f} minutes of building a month, "
            f"{before - minutes:,.0f} fewer than as it was found.",
            [charts_images.month_of_builds(plan, self.order, self._found)],
            [
                {"order": order, "minutes_per_month": plan.minutes_per_month(order)}
                for order in dict.fromkeys((self.order, "".join(self._found)))
            ],
        )
