"""How well text stands out from what is behind it, as WCAG 2 reckons it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator

LEAST = 4.5  # WCAG 2.2, success criterion 1.4.3, level AA

# What is painted behind a letter is the topmost filled shape below its middle; where there is none,
# the background of the nearest element that has one.
_TEXTS = """
root => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return {rgb: [r, g, b], opacity: a};
  };
  const over = ({rgb, opacity}, below) =>
    rgb.map((value, i) => opacity * value + (1 - opacity) * below[i]);
  const painted = (element) => {
    const style = getComputedStyle(element);
    const filled = element instanceof SVGGeometryElement ? style.fill : style.backgroundColor;
    if (!filled || filled === "none" || !filled.startsWith("rgb")) return null;
    const colour = parse(filled);
    const fillOpacity = element instanceof SVGGeometryElement ? Number(style.fillOpacity) : 1;
    colour.opacity *= fillOpacity * Number(style.opacity);
    return colour.opacity > 0 ? colour : null;
  };
  const behind = (element, x, y) => {
    const layers = [];
    const stack = document.elementsFromPoint(x, y).filter((e) => !e.closest("text"));
    for (let e = element.parentElement; e; e = e.parentElement) {
      if (!stack.includes(e)) stack.push(e);
    }
    for (const e of stack) {
      const colour = painted(e);
      if (!colour) continue;
      layers.push(colour);
      if (colour.opacity === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const texts = [...root.querySelectorAll("svg text, [role=note], [role=status], label")];
  if (root.matches("[role=note]")) texts.push(root);
  return texts.filter((text) => text.textContent.trim()).map((text) => {
    text.scrollIntoView({block: "center"});
    const box = text.getBoundingClientRect();
    const style = getComputedStyle(text);
    const colour = parse(text instanceof SVGElement ? style.fill : style.color);
    const below = behind(text, box.x + box.width / 2, box.y + box.height / 2);
    return {text: text.textContent, colour: over(colour, below), behind: below};
  });
}
"""


@dataclass(frozen=True)
class Text:
    """A text as it is painted.

    Attributes:
        text: what it says.
        contrast: its contrast with what is behind it, from 1 (none) to 21 (black on white).
    """

    text: str
    contrast: float


def texts_in(part: Locator) -> list[Text]:
    """Return the texts of the charts, notes and labels in a part of a page."""
    return [
        Text(found["text"], contrast(found["colour"], found["behind"]))
        for found in part.evaluate(_TEXTS)
    ]


def contrast(colour: list[float], other: list[float]) -> float:
    """Return the contrast ratio of two colours, each of red, green and blue up to 255.

    >>> contrast([0, 0, 0], [255, 255, 255]), contrast([10, 20, 30], [10, 20, 30])
    (21.0, 1.0)
    """
    darker, lighter = sorted((_luminance(colour), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[float]) -> float:
    linear = [
        value / 255 / 12.92 if value / 255 <= 0.04045 else ((value / 255 + 0.055) / 1.055) ** 2.4
        for value in colour
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
