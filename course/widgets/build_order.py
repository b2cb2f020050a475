"""The explorer of lesson 04: a Dockerfile's order against a month of edits."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from course import charts_images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.sizing.images import BuildPlan

__all__ = ["BuildOrderExplorer"]

_CONTROL = {"style": {"description_width": "230px"}, "layout": {"width": "560px"}}


class BuildOrderExplorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Put the steps of a Dockerfile into another order, and see the minutes that it saves.

    The controls and these traits follow each other, so a notebook can set them too:

    Attributes:
        order: the steps' letters in order; one in which a step misses what it needs is explained.
        chosen: the step that the buttons move.
        edits: how often each file is edited in a month.
        minutes: what the order takes in a month; None while it is not possible.
        message: what is said in words about the order.
    """

    order = traitlets.Unicode()
    chosen = traitlets.Unicode()
    edits = traitlets.Dict()
    minutes = traitlets.Float(allow_none=True)
    message = traitlets.Unicode()

    def __init__(self, plan: BuildPlan, found: Sequence[str]) -> None:
        """Explore the orders of a Dockerfile.

        Args:
            plan: its steps and the edits of a month.
            found: the order in which it was found.
        """
        self._plan = plan
        self._found = tuple(found)
        self._chart = ipywidgets.Output(layout={"min_height": "300px"})
        self._words = ipywidgets.HTML()
        choices = [(f"{letter}  {step.text}", letter) for letter, step in plan.steps.items()]
        self._choice = ipywidgets.Dropdown(description="step", options=choices, **_CONTROL)
        earlier = ipywidgets.Button(description="▲ earlier", tooltip="move the step up")
        later = ipywidgets.Button(description="▼ later", tooltip="move the step down")
        again = ipywidgets.Button(description="as it was found", tooltip="begin again")
        earlier.on_click(lambda _button: self.move(-1))
        later.on_click(lambda _button: self.move(1))
        again.on_click(lambda _button: self.set_trait("order", "".join(self._found)))
        self._sliders = {
            path: ipywidgets.IntSlider(
                description=f"edits a month of {path}", min=0, max=200, value=times, **_CONTROL
            )
            for path, times in plan.edits_per_month.items()
        }
        buttons = ipywidgets.HBox([earlier, later, again])
        super().__init__([self._choice, buttons, *self._sliders.values(), self._words, self._chart])
        with self.hold_trait_notifications():
            self.order, self.chosen = "".join(self._found), str(self._choice.value)
            self.edits = dict(plan.edits_per_month)
        traitlets.link((self, "chosen"), (self._choice, "value"))
        for slider in self._sliders.values():
            slider.observe(self._edited, names="value")
        self.observe(self._redraw, names=["order", "edits"])
        self._redraw()

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

    def _redraw(self, _change: Any = None) -> None:
        for path, slider in self._sliders.items():
            slider.value = self.edits.get(path, slider.value)
        plan = type(self._plan)(self._plan.first, self._plan.steps, dict(self.edits))
        if missing := plan.out_of_place(self.order):
            self.minutes = None
            step, needed = missing[0]
            self._say(
                f"{self.order}: {step} comes before {needed}, which it needs, and would fail."
            )
            return
        self.minutes = minutes = plan.minutes_per_month(self.order)
        before = plan.minutes_per_month(self._found)
        self._say(
            f"{self.order}: {minutes:,.0f} minutes of building a month, "
            f"{before - minutes:,.0f} fewer than as it was found."
        )
        chart = charts_images.month_of_builds(plan, self.order, self._found)
        data, metadata = chart._repr_mimebundle_()
        self._chart.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata},)

    def _say(self, message: str) -> None:
        self.message = message
        self._words.value = f'<p role="status" style="margin: 6px 0">{escape(message)}</p>'
