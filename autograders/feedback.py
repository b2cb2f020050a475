"""Show charts in feedback pages and in Formgrader as pictures, drawn without a browser."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

from nbconvert.preprocessors import Preprocessor

from course.charts import VEGA_LITE_MIME_TYPE

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["DrawCharts"]

_WIDGET_MIME_TYPE = "application/vnd.jupyter.widget-view+json"
_DRAWN_BY = "5.8"  # of those on offer, the nearest to the one that JupyterLab ships


class DrawCharts(Preprocessor):
    """Replace chart specifications, which only JupyterLab can draw, by SVG pictures."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], _index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Draw the charts in one cell's outputs; called by nbconvert.

        Args:
            cell: the cell, changed in place.
            resources: nbconvert's own, passed on.
        """
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            specification = data.pop(VEGA_LITE_MIME_TYPE, None)
            # A page has no kernel to move the sliders with, and nbconvert's widgets need jQuery.
            if data.pop(_WIDGET_MIME_TYPE, None) is not None:
                data["text/html"] = "<em>This works in the notebook.</em>"
            if specification is not None:
                output.metadata.pop(VEGA_LITE_MIME_TYPE, None)
                data["text/html"] = _picture(specification)
        return cell, resources


def _picture(specification: dict[str, Any]) -> str:
    """Return a chart as an image element: nbconvert would drop the description of plain SVG."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(dict(specification), vl_version=_DRAWN_BY)
    data = base64.b64encode(svg.encode()).decode()
    description = escape(specification.get("description", ""))
    return f'<img style="border: 0" alt="{description}" src="data:image/svg+xml;base64,{data}">'
